//! Tools shared by several attacks.
pub(crate) mod bit_guess;
pub(crate) mod classifier;
pub(crate) mod coincidence;
pub(crate) mod columns;
pub(crate) mod gf2;
pub(crate) mod keyed;
pub(crate) mod language;
pub(crate) mod messages;
pub(crate) mod modular;
pub(crate) mod neural;
pub mod statistics;
pub(crate) mod supply;
#[cfg(test)]
pub(crate) mod testing;
