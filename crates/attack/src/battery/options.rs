//! How a battery of attacks runs.
use super::{Budget, Context, Progress};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A clock: seconds since any fixed moment.
pub type Clock<'a> = &'a (dyn Fn() -> f64 + Sync);

/// How to attack a target: what may be spent, and what the attacks are given of the world outside.
///
/// ```
/// use evesdrop_attack::{Budget, Options};
/// let options = Options { seed: 7, only: vec!["linear".into()], ..Options::quick() };
/// assert_eq!(options.budget, Budget::Quick);
/// ```
#[derive(Clone)]
pub struct Options<'a> {
    /// How much may be spent.
    pub budget: Budget,
    /// The seed of all randomness.
    pub seed: u64,
    /// Names of the attacks to run; all of them when empty.
    pub only: Vec<String>,
    /// Set from outside to stop: what was found so far is kept, and the attacks that did not run are listed.
    pub cancel: &'a AtomicBool,
    /// Called now and then with how far the running attack has come, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// The time. Findings report seconds, and a slow program's speed decides how many samples it gives.
    pub clock: Clock<'a>,
}

static NEVER: AtomicBool = AtomicBool::new(false);

fn silent(_: Progress) {}

/// The system's monotonic clock, from the first call on.
pub fn system_clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

impl Options<'static> {
    /// All attacks within `budget`, seed 1, without a way to stop, in silence, by the system's clock.
    pub fn new(budget: Budget) -> Self {
        Self { budget, seed: 1, only: Vec::new(), cancel: &NEVER, progress: &silent, clock: &system_clock }
    }

    /// Seconds for a target.
    pub fn quick() -> Self {
        Self::new(Budget::Quick)
    }

    /// Minutes for a target.
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
    /// What one attack is run with.
    pub fn context(&self) -> Context<'a> {
        let Self { budget, seed, cancel, progress, clock, .. } = *self;
        Context { budget, seed, cancel, progress, clock, allowance: None }
    }

    /// Whether the attack called `name` is asked for.
    pub(crate) fn asks_for(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
