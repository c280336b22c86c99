//! Attacks that know some of the messages under one key.
mod bytewise;
mod key_parts;
mod linear;
mod neural_known_plaintext;
mod regression;

pub use bytewise::Bytewise;
pub use key_parts::KeyParts;
pub use linear::Linear;
pub use neural_known_plaintext::NeuralKnownPlaintext;
pub use regression::Regression;
