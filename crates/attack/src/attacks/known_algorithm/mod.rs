//! Attacks that know the algorithm.
mod key_recovery;
mod key_search;
mod live_keys;
mod relations;
mod self_test;
mod structure;

pub use key_recovery::{KeyRecovery, train_distinguisher};
pub use key_search::{KeySearch, Reading, read, same_ciphertext};
pub use relations::Relations;
pub use self_test::SelfTest;
pub use structure::Structure;
