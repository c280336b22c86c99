//! Adversarial neural cryptography: networks, games, training and trained ciphers.
pub mod envelope;
pub mod games;
pub mod inspect;
pub mod learned;
pub mod model;
pub mod names;
pub mod networks;
pub mod run;
pub mod train;
