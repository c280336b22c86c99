//! Attacks: the trait, the budget, the context, and findings in progress.
use super::Clock;
use crate::ciphers::{CipherError, KeyUse, Stream, Target};
use crate::report::{Finding, NO_COMMAND, ThreatModel, Verdict};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// How much an attack may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// Seconds per target.
    Quick,
    /// Minutes per target.
    Standard,
    /// Hours per target.
    Thorough,
}

impl Budget {
    /// The name for `--budget`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Thorough => "thorough",
        }
    }

    /// Maximum number of seconds for one data set of a slow cipher.
    pub fn seconds_per_data_set(self) -> f64 {
        match self {
            Self::Quick => 0.5,
            Self::Standard => 5.0,
            Self::Thorough => 60.0,
        }
    }
}

impl std::str::FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        evesdrop_learn::names::parse("budget", text)
    }
}

/// Why an attack ended without findings.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// The target failed.
    #[error(transparent)]
    Cipher(CipherError),
    /// The user stopped the run.
    #[error("stopped before it was done")]
    Cancelled,
}

impl From<CipherError> for AttackError {
    fn from(error: CipherError) -> Self {
        if error == CipherError::Stopped { Self::Cancelled } else { Self::Cipher(error) }
    }
}

/// The progress of an attack.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The attack's name.
    pub attack: &'a str,
    /// From 0 (started) to 1 (finished).
    pub done: f64,
}

/// The context of an attack: its budget, its randomness, and the stop flag. Made by
/// [`Options::context`](super::Options::context).
pub struct Context<'a> {
    /// The budget.
    pub budget: Budget,
    /// The seed of all randomness.
    pub seed: u64,
    /// Set from another thread to stop.
    pub cancel: &'a AtomicBool,
    /// Called from time to time with the attack's progress, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// The clock for the durations that findings report.
    pub clock: Clock<'a>,
    /// Number of threads on which the attack may train networks.
    pub threads: usize,
    /// Maximum number of blocks in a data set, if the target is slow; else `None`.
    pub allowance: Option<usize>,
}

impl Context<'_> {
    /// One of three values, by budget.
    pub fn pick<T>(&self, quick: T, standard: T, thorough: T) -> T {
        match self.budget {
            Budget::Quick => quick,
            Budget::Standard => standard,
            Budget::Thorough => thorough,
        }
    }

    /// The size of a data set: that of the budget, or what a slow target can produce in its time, but at least `least`.
    pub fn samples(&self, least: usize, quick: usize, standard: usize, thorough: usize) -> usize {
        let wanted = self.pick(quick, standard, thorough);
        self.allowance.map_or(wanted, |allowance| wanted.min(allowance.max(least)))
    }

    /// The stream of random bits for one purpose of one attack.
    pub fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.seed, purpose)
    }

    /// Call this in long loops.
    ///
    /// # Errors
    /// [`AttackError::Cancelled`] if the user stopped the run.
    pub fn check(&self) -> Result<(), AttackError> {
        if self.cancel.load(Ordering::Relaxed) { Err(AttackError::Cancelled) } else { Ok(()) }
    }

    /// Reports the attack's progress.
    pub fn report(&self, attack: &dyn Attack, done: f64) {
        (self.progress)(Progress { attack: attack.name(), done });
    }
}

/// One way to attack a target.
pub trait Attack: Send + Sync {
    /// The name for `--only`.
    fn name(&self) -> &'static str;
    /// What the attacker is given.
    fn threat_model(&self) -> ThreatModel;
    /// Whether it needs several messages under one key. With one-time keys that is misuse, and reported as such.
    fn reuses_key(&self) -> bool {
        false
    }
    /// Whether the attack is for recorded ciphertexts without plaintexts ([`Target::captures`]). It then gets no other target, and
    /// attacks of which this is not true get no such target.
    fn reads_captures(&self) -> bool {
        false
    }
    /// Whether the attack applies to this target within this budget.
    ///
    /// # Errors
    /// The reason in words if it does not. The report lists it with the attack's name under "Not run".
    fn applies(&self, target: &Target, context: &Context) -> Result<(), String>;
    /// Runs the attack. It returns at least one finding, even if nothing was found.
    ///
    /// # Errors
    /// If the target fails, or if the user stopped the run.
    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError>;
}

/// A finding in progress, and the time at which work on it started.
pub struct Draft<'a> {
    /// The finding. Its initial verdict is "nothing found".
    pub finding: Finding,
    clock: Clock<'a>,
    start: f64,
}

impl<'a> Draft<'a> {
    /// Starts the finding of an attack on a target.
    pub fn new(attack: &dyn Attack, target: &Target, context: &Context<'a>) -> Self {
        let finding = Finding {
            curve: vec![],
            attack: attack.name().into(),
            threat_model: attack.threat_model(),
            verdict: Verdict::NothingFound,
            summary: String::new(),
            notice: None,
            advantage: None,
            leaked_bits: None,
            interval: None,
            p_value: None,
            samples: 0,
            seconds: 0.0,
            recovered: Vec::new(),
            replay: replay(attack.name(), target, context),
            inputs: Vec::new(),
            misuse: attack.reuses_key() && target.key_use() == KeyUse::OneTime,
            details: Vec::new(),
        };
        Self { finding, clock: context.clock, start: (context.clock)() }
    }

    /// Adds a fact.
    pub fn detail(&mut self, label: &str, text: impl Into<String>) {
        self.finding.details.push((label.into(), text.into()));
    }

    /// Completes the finding with its verdict and its summary.
    pub fn conclude(mut self, verdict: Verdict, summary: impl Into<String>) -> Finding {
        self.finding.verdict = verdict;
        self.finding.summary = summary.into();
        self.finding.seconds = (self.clock)() - self.start;
        self.finding
    }
}

/// The command that runs one attack again with the same seed and budget, quoted for a shell. If no command line can name the
/// target, the text explains what to do instead.
fn replay(attack: &str, target: &Target, context: &Context) -> String {
    let budget = context.budget.name();
    if !target.is_command_line() {
        let seed = context.seed;
        return format!("{NO_COMMAND}run your program again with attack {attack}, budget {budget}, seed {seed}");
    }
    let mut words = vec!["evesdrop attack".to_string(), evesdrop_files::quoted(target.name())];
    words.extend(target.arguments().iter().cloned());
    words.push(format!("--only {attack} --budget {budget} --seed {}", context.seed));
    words.join(" ")
}
