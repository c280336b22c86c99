//! Options for a battery of attacks.
use super::{Budget, Context, Progress};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A clock: seconds since any fixed moment.
pub type Clock<'a> = &'a (dyn Fn() -> f64 + Sync);

/// How to attack a target: the budget, and everything external that attacks need.
///
/// ```
/// use evesdrop_attack::{Budget, Options};
/// let options = Options { seed: 7, only: vec!["linear".into()], ..Options::quick() };
/// assert_eq!(options.budget, Budget::Quick);
/// ```
#[derive(Clone)]
pub struct Options<'a> {
    /// The budget.
    pub budget: Budget,
    /// The seed of all randomness.
    pub seed: u64,
    /// Names of the attacks to run; all if empty.
    pub only: Vec<String>,
    /// Set from another thread to stop. Findings so far are kept, and attacks that did not run are listed.
    pub cancel: &'a AtomicBool,
    /// Called from time to time with the progress of the running attack, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// The clock. Findings report seconds, and a slow program's speed determines its number of samples.
    pub clock: Clock<'a>,
    /// Number of attacks that run at the same time, each on its own thread; findings do not depend on it. At least 1.
    pub threads: usize,
}

static NEVER: AtomicBool = AtomicBool::new(false);

fn silent(_: Progress) {}

/// The system's monotonic clock in seconds since the first call.
pub fn system_clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

impl Options<'static> {
    /// All attacks with `budget`, seed 1, no stop flag, no progress reports, the system's clock, and one attack per core at the same
    /// time.
    pub fn new(budget: Budget) -> Self {
        Self {
            budget,
            seed: 1,
            only: Vec::new(),
            cancel: &NEVER,
            progress: &silent,
            clock: &system_clock,
            threads: rayon::current_num_threads(),
        }
    }

    /// The quick budget: seconds per target.
    pub fn quick() -> Self {
        Self::new(Budget::Quick)
    }

    /// The standard budget: minutes per target.
    pub fn standard() -> Self {
        Self::new(Budget::Standard)
    }
}

impl Default for Options<'static> {
    fn default() -> Self {
        Self::quick()
    }
}

impl<'a> Options<'a> {
    /// The context for one attack that runs alone.
    pub fn context(&self) -> Context<'a> {
        let Self { budget, seed, cancel, progress, clock, threads, .. } = *self;
        Context { budget, seed, cancel, progress, clock, threads, allowance: None }
    }

    /// Whether the attack called `name` was requested.
    pub(crate) fn asks_for(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
