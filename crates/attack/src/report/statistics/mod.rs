//! Exact intervals and exact tails.
mod beta;
mod binomial;

pub use binomial::{advantage_interval, binomial_tail, clopper_pearson};
