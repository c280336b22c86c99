//! Attacks that ask for decryptions.
mod boomerang;
mod padding_oracle;

pub use boomerang::Boomerang;
pub use padding_oracle::PaddingOracle;
