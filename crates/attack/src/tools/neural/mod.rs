//! Shared parts of neural attacks: examples for networks, the networks, the training of one network, and the sequence of
//! growing sample sizes at which networks are trained, chosen and tested.
mod examples;
mod ladder;
mod learner;
mod measure;
mod sizes;

pub(crate) use evesdrop_learn::networks::EveNetwork;
pub(crate) use examples::{Examples, engine};
pub(crate) use ladder::{Ladder, Rung, climb, rungs};
pub(crate) use learner::Learner;
pub(crate) use measure::{Claim, Measure};
pub(crate) use sizes::{LEAST_ROWS, Sizes, features};
