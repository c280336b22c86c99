//! Attacks with unlimited computation: everything is enumerated.
pub mod leakage;

pub use leakage::Leakage;
