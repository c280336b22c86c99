//! Attacks: each file one attack, with its threat model, its cost and how to replay it.
//!
//! [`run`] runs them all on one target. A new attack implements [`Attack`] and joins the list in [`all`].
mod attack;
mod avalanche;
mod bytewise;
mod chosen_plaintext;
mod classifier;
pub(crate) mod codebook;
mod columns;
mod controls;
mod correlation;
mod cube;
mod differential;
mod evidence;
mod fresh_eves;
mod gf2;
mod key_parts;
mod key_search;
pub mod leakage;
mod linear;
mod messages;
mod neural;
mod neural_distinguisher;
mod neural_known_plaintext;
mod randomness;
mod report;
mod run;
mod self_test;
pub mod statistics;
mod structure;
mod supply;
#[cfg(test)]
pub(crate) mod testing;

pub use attack::{Attack, AttackError, Budget, Context, Draft, Progress};
pub use avalanche::Avalanche;
pub use bytewise::Bytewise;
pub use chosen_plaintext::ChosenPlaintext;
pub use codebook::Codebook;
pub use controls::CONTROLS;
pub use correlation::{Correlation, Regression};
pub use cube::Cube;
pub use differential::Differential;
pub use evidence::{CONFIDENCE, SUSPICIOUS, Score};
pub use fresh_eves::FreshEves;
pub use key_parts::KeyParts;
pub use key_search::{KeySearch, Reading, read};
pub use leakage::Leakage;
pub use linear::Linear;
pub use neural_distinguisher::NeuralDistinguisher;
pub use neural_known_plaintext::NeuralKnownPlaintext;
pub use randomness::Statistics;
pub use report::{default_cache, report};
pub use run::{Options, Outcome, run, run_with, verdict};
pub use self_test::SelfTest;
pub use structure::Structure;

/// All attacks, in the order in which they run.
pub fn all() -> Vec<Box<dyn Attack>> {
    vec![
        Box::new(SelfTest),
        Box::new(Correlation),
        Box::new(FreshEves),
        Box::new(KeySearch),
        Box::new(KeyParts),
        Box::new(Codebook),
        Box::new(Leakage),
        Box::new(Linear),
        Box::new(Bytewise),
        Box::new(Regression),
        Box::new(NeuralKnownPlaintext),
        Box::new(ChosenPlaintext),
        Box::new(Differential),
        Box::new(NeuralDistinguisher),
        Box::new(Cube),
        Box::new(Avalanche),
        Box::new(Structure),
        Box::new(Statistics),
    ]
}
