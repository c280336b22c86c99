//! Honest numbers: exact intervals, exact tails, and correction for the number of tests made.
mod beta;
mod binomial;
mod multiple;

pub use binomial::{advantage_interval, binomial_tail, clopper_pearson};
pub use multiple::{SIGNIFICANCE, correct_findings, holm};
