//! What the attacks by networks share: how examples reach a network, the networks, one network's training, and the ladder
//! of ever more samples on which a group of networks is trained, chosen and tested.
mod examples;
mod ladder;
mod learner;
mod measure;
mod sizes;

pub(crate) use evesdrop_learn::networks::EveNetwork;
pub(crate) use examples::{Examples, engine};
pub(crate) use ladder::{Ladder, Rung, climb};
pub(crate) use learner::Learner;
pub(crate) use measure::{Claim, Measure};
pub(crate) use sizes::{LEAST_ROWS, Sizes, features};
