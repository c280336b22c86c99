//! Encryption and decryption of files with a learned cipher.
//!
//! This is for study. Learned ciphers protect nothing: `evesdrop attack` recovers every message of one in seconds.
//!
//! A file is a header, chunks of 4096 blocks (the last may have fewer), and an end:
//!
//! | part | bytes | content |
//! | --- | --- | --- |
//! | header | 8 | `EVESDROP` |
//! | | 2 | version, 1 (all integers are little-endian) |
//! | | 1 | precision: bits per ciphertext value, 1 to 16 |
//! | | 1 | 0 |
//! | | 32 | fingerprint: BLAKE3 of the model's file |
//! | | 16 | nonce |
//! | | 8 | length of the plaintext in bytes; all ones if it was unknown at the start (a pipe) |
//! | chunk | 4 | number of its plaintext bytes, not 0 |
//! | | 2 | how many times blocks were encrypted again |
//! | | 2 + 2n, each time | the number n of these blocks, and their indices |
//! | | | the values, block after block, packed without gaps |
//! | end | 4 | 0 |
//! | | 8 | length of the plaintext |
//! | | 32 | tag: keyed BLAKE3 of all bytes before it |
//!
//! BLAKE3 derives two keys from the key file and the nonce: one for the tag, and one for a ChaCha20 stream that supplies the
//! key bits of every block. A block that Bob misreads is encrypted again under the next key bits.

mod chunk;
mod file;
mod paths;

pub use file::{Envelope, EnvelopeError, Report};
pub use paths::{Existing, Key, KeyError, PathError, decrypt_path, encrypt_path};
