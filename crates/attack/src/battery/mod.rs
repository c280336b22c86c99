//! Running attacks: the trait and its context, options, controls, evidence, and the correction for multiple tests.
mod attack;
mod cache;
mod controls;
mod correction;
pub(crate) mod evidence;
mod options;
mod parallel;
mod report;
mod run;

pub use attack::{Attack, AttackError, Budget, Context, Draft, Progress};
pub use cache::FolderCache;
pub use controls::{CONTROLS, ControlCache, ControlKey};
pub use correction::{SIGNIFICANCE, correct_findings, holm};
pub use evidence::{CONFIDENCE, SUSPICIOUS, Score};
pub use options::{Clock, Options, system_clock};
pub use report::report;
pub use run::{Outcome, run, verdict};
