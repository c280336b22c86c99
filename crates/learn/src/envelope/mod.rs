//! Files: encrypted and decrypted with a learned cipher.
//!
//! This is for study. Learned ciphers protect nothing: `evesdrop attack` recovers every message of one in seconds.
//!
//! A file is a header, chunks of 4096 blocks (the last may have fewer), and an end:
//!
//! | part | bytes | what |
//! | --- | --- | --- |
//! | header | 8 | `EVESDROP` |
//! | | 2 | version, 1 (all integers are little-endian) |
//! | | 1 | bits of precision of a ciphertext value, 1 to 16 |
//! | | 1 | 0 |
//! | | 32 | fingerprint: BLAKE3 of the model's file |
//! | | 16 | nonce |
//! | | 8 | length of the plaintext in bytes; all ones where it was not known at the start (a pipe) |
//! | chunk | 4 | plaintext bytes in it, not 0 |
//! | | 2 | how many times blocks were encrypted again |
//! | | 2 + 2n, each time | how many blocks, and which |
//! | | | the values, block after block, without gaps |
//! | end | 4 | 0 |
//! | | 8 | length of the plaintext |
//! | | 32 | tag: keyed BLAKE3 of all bytes before it |
//!
//! The key file's 32 bytes and the nonce give two keys (BLAKE3 key derivation): one of the tag, one of a ChaCha20 stream
//! that every block's key bits come from. Blocks that Bob does not read back are encrypted again under the next key bits.

mod chunk;
mod file;
mod paths;

pub use file::{Envelope, EnvelopeError, Report};
pub use paths::{Key, KeyError, PathError, decrypt_path, encrypt_path};
