//! Attacks on ciphertexts alone, each under a fresh key.
mod correlation;
mod fresh_eves;

pub use correlation::Correlation;
pub use fresh_eves::FreshEves;
