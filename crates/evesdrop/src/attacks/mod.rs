//! Attacks: each file one attack, with its threat model, its cost and how to replay it.
//!
//! [`run`] runs them all on one target. A new attack implements [`Attack`] and joins the list in [`all`].
mod attack;
mod bytewise;
mod columns;
mod correlation;
mod evidence;
mod gf2;
mod key_search;
mod linear;
mod run;
mod self_test;
mod supply;
#[cfg(test)]
pub(crate) mod testing;

pub use attack::{Attack, AttackError, Budget, Context, Draft, Progress};
pub use bytewise::Bytewise;
pub use correlation::Correlation;
pub use evidence::{
    CONFIDENCE, FAMILY_ALPHA, SUSPICIOUS, Score, clopper_pearson, holm, upper_tail,
};
pub use key_search::KeySearch;
pub use linear::Linear;
pub use run::{Options, Outcome, Skipped, correct, run, run_with, verdict};
pub use self_test::SelfTest;

/// All attacks, in the order in which they run.
pub fn all() -> Vec<Box<dyn Attack>> {
    vec![
        Box::new(SelfTest),
        Box::new(Correlation),
        Box::new(KeySearch),
        Box::new(Linear),
        Box::new(Bytewise),
    ]
}
