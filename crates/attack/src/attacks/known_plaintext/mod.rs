//! Known-plaintext attacks, under one key.
mod bytewise;
mod key_parts;
mod keystream;
mod linear;
mod local;
mod neural_known_plaintext;
mod regression;
mod symbols;
mod translations;

pub use bytewise::Bytewise;
pub use key_parts::KeyParts;
pub use keystream::Keystream;
pub use linear::Linear;
pub use local::LocalFunctions;
pub use neural_known_plaintext::NeuralKnownPlaintext;
pub use regression::Regression;
pub use symbols::Symbols;
pub use translations::Translations;
