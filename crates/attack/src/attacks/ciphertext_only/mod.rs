//! Ciphertext-only attacks, with a fresh key for every message.
mod correlation;
mod fresh_eves;

pub use correlation::Correlation;
pub use fresh_eves::FreshEves;
