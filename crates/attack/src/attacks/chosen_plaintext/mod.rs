//! Chosen-plaintext attacks.
mod avalanche;
mod codebook;
mod cube;
mod differential;
mod distinguishing_game;
mod modular_linear;
mod neural_distinguisher;
mod nonces;
mod slide;
mod statistics;
mod subspace;

pub use avalanche::Avalanche;
pub use codebook::{Codebook, MESSAGES, messages_read};
pub use cube::Cube;
pub use differential::Differential;
pub use distinguishing_game::ChosenPlaintext;
pub use modular_linear::ModularLinear;
pub(super) use neural_distinguisher::DistinguishedPairs;
pub use neural_distinguisher::NeuralDistinguisher;
pub use nonces::Nonces;
pub use slide::Slide;
pub use statistics::Statistics;
pub use subspace::Subspace;
pub(super) use subspace::differences;
