//! Ciphers: black boxes with sizes. Built-in ones and your own.
//!
//! For your own cipher in Rust, make a [`Function`] from a closure on integers, or implement [`Cipher`] row by row with
//! [`map_bytes`]. A program in another language and recorded messages are targets too: see [`Target::parse`].
//!
//! None of them is for protecting anything: they are here to be attacked.
mod blocks;
mod captures;
mod cipher;
mod classical;
mod dataset;
pub(crate) mod envelope;
mod external;
mod feistel;
mod floats;
mod function;
mod learned;
mod lfsr;
mod modern;
mod pads;
mod persistent;
mod reduced;
mod speck;
mod split;
mod stream;
mod table;
mod target;

pub use blocks::Blocks;
pub(crate) use captures::ENGLISH;
pub use captures::{Captures, Encoding};
#[cfg(test)]
pub(crate) use cipher::row_of;
pub use cipher::{Cipher, CipherError, Ciphertexts, Enumerated, Enumerator, Form, KeyUse, batch_rows, map_bytes};
pub use classical::{Affine, Vigenere, Xor};
pub use dataset::Dataset;
pub use external::External;
pub use feistel::Feistel;
pub use floats::Floats;
pub use function::Function;
pub use learned::Learned;
pub use lfsr::Lfsr;
pub use modern::{Aes, ChaCha};
pub use pads::{BIASED_ONE, Pad};
pub use persistent::Persistent;
pub use reduced::Reduced;
pub use speck::{FULL_ROUNDS, Speck};
pub use stream::Stream;
pub use table::{Heading, Recording, Role};
pub use target::{BUILT_IN, Target, TargetOptions};
