//! Attacks that choose messages.
mod avalanche;
mod chosen_plaintext;
mod codebook;
mod cube;
mod differential;
mod neural_distinguisher;
mod statistics;

pub use avalanche::Avalanche;
pub use chosen_plaintext::ChosenPlaintext;
pub use codebook::{Codebook, MESSAGES, messages_read};
pub use cube::Cube;
pub use differential::Differential;
pub use neural_distinguisher::NeuralDistinguisher;
pub use statistics::Statistics;
