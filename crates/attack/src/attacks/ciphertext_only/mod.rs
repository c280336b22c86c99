//! Ciphertext-only attacks: with a fresh key for every message, and on captured ciphertexts under whatever keys.
mod correlation;
mod fresh_eves;
mod repeated_blocks;
mod repeating_key;
mod substitution;

pub use correlation::Correlation;
pub use fresh_eves::FreshEves;
pub use repeated_blocks::RepeatedBlocks;
pub use repeating_key::RepeatingKey;
pub use substitution::Substitution;
