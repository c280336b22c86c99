//! The interface between ciphers and attacks: a black box with sizes.
use super::{Blocks, Floats, Stream};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a cipher's keys are meant to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyUse {
    /// A fresh key for every message; using one twice is misuse.
    OneTime,
    /// One key for many messages.
    Reusable,
}

impl KeyUse {
    /// The key use in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::OneTime => "one-time (a fresh key for every message)",
            Self::Reusable => "reusable (one key for many messages)",
        }
    }
}

/// The shape of one ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// This number of bits.
    Bits(usize),
    /// This number of real numbers in (-1, 1).
    Floats(usize),
}

/// A batch of ciphertexts.
#[derive(Clone, Debug, PartialEq)]
pub enum Ciphertexts {
    /// One row of bits per message.
    Bits(Blocks),
    /// One row of real numbers per message.
    Floats(Floats),
}

impl Ciphertexts {
    /// Number of ciphertexts.
    pub fn rows(&self) -> usize {
        match self {
            Self::Bits(blocks) => blocks.rows(),
            Self::Floats(floats) => floats.rows(),
        }
    }

    /// The ciphertexts as bits. Real numbers are quantised to `depth` bits each.
    pub fn bits(self, depth: u32) -> Blocks {
        match self {
            Self::Bits(blocks) => blocks,
            Self::Floats(floats) => floats.quantise(depth),
        }
    }
}

/// Errors between an attack and a cipher. Every message is one line and says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// Batches do not match the cipher.
    #[error("{0}")]
    Shape(String),
    /// Invalid hex.
    #[error("{0}")]
    Hex(String),
    /// The cipher has no decryption.
    #[error("{0} cannot decrypt: only its encryption is known")]
    NoDecryption(String),
    /// An external program failed.
    #[error("{0}")]
    Program(String),
    /// A target string or its options are invalid.
    #[error("{0}")]
    Target(String),
    /// A file cannot be read or has invalid content.
    #[error("{0}")]
    File(String),
    /// The user stopped the run while a program was encrypting.
    #[error("stopped")]
    Stopped,
}

/// A cipher as a black box with sizes.
///
/// Keys and plaintexts (or ciphertexts) come in batches. If one of them has a single row, that row is used for all rows of the
/// other.
pub trait Cipher: Send + Sync {
    /// The target string of this cipher; for your own cipher, its name in reports.
    fn name(&self) -> String;
    /// Number of bits of a plaintext.
    fn block_bits(&self) -> usize;
    /// Number of bits of a key.
    fn key_bits(&self) -> usize;
    /// Shape of a ciphertext.
    fn form(&self) -> Form {
        Form::Bits(self.block_bits())
    }
    /// If ciphertexts are real numbers of a finite set: the bits per value to which [`Floats::quantise`] loses nothing.
    fn bits_per_value(&self) -> Option<u32> {
        None
    }
    /// How keys are meant to be used.
    fn key_use(&self) -> KeyUse;
    /// Whether every message uses a fresh nonce. If not, `nonce` is ignored.
    fn takes_nonce(&self) -> bool {
        false
    }
    /// The probability that a key bit is 1. Key bits are independent.
    fn key_bit_probability(&self) -> f64 {
        0.5
    }
    /// Draws fresh keys with the distribution of real use.
    fn random_keys(&self, stream: &mut Stream, rows: usize) -> Blocks {
        match self.key_bit_probability() {
            0.5 => stream.blocks(self.key_bits(), rows),
            one => stream.biased_blocks(self.key_bits(), rows, one),
        }
    }
    /// Encrypts each plaintext under its key. Message `r` of the batch uses the nonce `nonce + r`. Attacks never pass an empty
    /// batch.
    ///
    /// # Errors
    /// If the batches do not match the cipher ([`batch_rows`] checks that), or if the cipher fails.
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, nonce: u64) -> Result<Ciphertexts, CipherError>;
    /// Whether anyone can encrypt: the public part of the key is in every ciphertext.
    fn public_key(&self) -> bool {
        false
    }
    /// Whether [`Self::decrypt`] works.
    fn decrypts(&self) -> bool {
        false
    }
    /// Decrypts the result of [`Self::encrypt`] under the same keys and nonces.
    ///
    /// # Errors
    /// As [`Self::encrypt`], and [`CipherError::NoDecryption`] if there is no decryption.
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, nonce: u64) -> Result<Blocks, CipherError> {
        let _ = (keys, ciphertexts, nonce);
        Err(CipherError::NoDecryption(self.name()))
    }
    /// Which ciphertexts decryption accepts, as a receiver does who checks the padding; all of them by default.
    ///
    /// # Errors
    /// As [`Self::decrypt`].
    fn accepts(&self, keys: &Blocks, ciphertexts: &Ciphertexts, nonce: u64) -> Result<Vec<bool>, CipherError> {
        let _ = nonce;
        Ok(vec![true; keys.rows().max(ciphertexts.rows())])
    }
    /// Whether the cipher is an external program: time then limits the number of samples.
    fn is_external(&self) -> bool {
        false
    }
    /// An input difference from published attacks on this cipher, which an attacker knows.
    fn known_difference(&self) -> Option<Blocks> {
        None
    }
    /// The same cipher with `rounds` rounds, fewer than it has; `None` if its rounds cannot be left out.
    fn with_rounds(&self, rounds: usize) -> Option<Box<dyn Cipher>> {
        let _ = rounds;
        None
    }
    /// Ciphertexts of bits with the last unkeyed operations removed, as an attacker who knows the algorithm would do first.
    fn peeled(&self, ciphertexts: Blocks) -> Blocks {
        ciphertexts
    }
    /// The cipher, if it is Speck32/64: key recovery takes off its rounds one by one.
    fn as_speck(&self) -> Option<&super::Speck> {
        None
    }
    /// A faster way to enumerate all keys than [`Self::encrypt`], for exact leakage.
    fn enumerator(&self) -> Option<Box<dyn Enumerator + '_>> {
        None
    }
}

/// A fast way to encrypt one plaintext under many consecutive keys, for exact leakage.
///
/// A learned cipher can split its first layer into a plaintext half and a key half, and tabulate each once.
pub trait Enumerator: Send + Sync {
    /// Encrypts `plaintext` under `count` keys: `first_key`, `first_key + 1`, ... (plaintext and keys as in [`Blocks::value`]).
    ///
    /// # Errors
    /// Errors of the cipher.
    fn encrypt(&self, plaintext: u64, first_key: u64, count: usize) -> Result<Box<dyn Enumerated + '_>, CipherError>;
}

/// The ciphertexts of one plaintext under consecutive keys.
///
/// Each ciphertext is read as a code: its bits as an integer if there are at most 64, else a 64-bit hash of them. Real numbers
/// are quantised to `depth` bits per value; `depth` is ignored if ciphertexts are bits.
pub trait Enumerated {
    /// Writes the codes under all keys.
    fn codes(&mut self, depth: u32, codes: &mut [u64]);

    /// The code under key number `place` alone, as in [`Enumerated::codes`].
    fn code(&mut self, depth: u32, place: usize) -> u64;

    /// If Bob can decrypt at this cost: writes the number of plaintext bits that he reads wrong under each key when he gets the
    /// quantised ciphertext, and returns true.
    ///
    /// # Errors
    /// Errors of the cipher.
    fn wrong(&mut self, depth: u32, wrong: &mut [u8]) -> Result<bool, CipherError>;
}

/// Checks that a batch matches a cipher with texts of `text_bits` bits, and returns its number of rows.
///
/// # Errors
/// [`CipherError::Shape`] if keys or texts have the wrong number of bits, or if their numbers of rows do not match.
pub fn batch_rows<C: Cipher + ?Sized>(
    cipher: &C,
    keys: &Blocks,
    texts: &Blocks,
    text_bits: usize,
) -> Result<usize, CipherError> {
    let rows = if keys.rows() == 1 { texts.rows() } else { keys.rows() };
    let fits = |rows_there: usize| rows_there == rows || rows_there == 1;
    if keys.bits() != cipher.key_bits() || texts.bits() != text_bits {
        return Err(CipherError::Shape(format!(
            "{} takes keys of {} bits and texts of {text_bits}, not {} and {}",
            cipher.name(),
            cipher.key_bits(),
            keys.bits(),
            texts.bits()
        )));
    }
    if !fits(keys.rows()) || !fits(texts.rows()) {
        let message = format!(
            "{} keys do not go with {} texts: give one of them a single row or both as many",
            keys.rows(),
            texts.rows()
        );
        return Err(CipherError::Shape(message));
    }
    Ok(rows)
}

/// The row of a batch for message `row`.
pub(crate) fn row_of(blocks: &Blocks, row: usize) -> usize {
    if blocks.rows() == 1 { 0 } else { row }
}

/// Encrypts or decrypts row by row on words: `apply(key, text, out)`.
pub(crate) fn map_words<C: Cipher + ?Sized>(
    cipher: &C,
    keys: &Blocks,
    texts: &Blocks,
    mut apply: impl FnMut(&[u64], &[u64], &mut [u64]),
) -> Result<Blocks, CipherError> {
    let rows = batch_rows(cipher, keys, texts, cipher.block_bits())?;
    let mut out = Blocks::new(texts.bits(), rows);
    for row in 0..rows {
        apply(keys.row(row_of(keys, row)), texts.row(row_of(texts, row)), out.row_mut(row));
    }
    Ok(out)
}

/// Encrypts or decrypts row by row on bytes: `apply(key, text)` changes the text in place. A row of keys or texts that is not a
/// whole number of bytes has zero bits at its end; what `apply` writes there is dropped.
///
/// For ciphers whose ciphertexts are as long as their plaintexts:
///
/// ```
/// use evesdrop_attack::ciphers::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse, map_bytes};
///
/// struct Shift;
///
/// impl Cipher for Shift {
///     fn name(&self) -> String {
///         "shift".into()
///     }
///     fn block_bits(&self) -> usize {
///         256
///     }
///     fn key_bits(&self) -> usize {
///         8
///     }
///     fn key_use(&self) -> KeyUse {
///         KeyUse::Reusable
///     }
///     fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
///         let shift = |key: &[u8], text: &mut [u8]| text.iter_mut().for_each(|byte| *byte = byte.wrapping_add(key[0]));
///         map_bytes(self, keys, plaintexts, shift).map(Ciphertexts::Bits)
///     }
/// }
/// # let sent = Shift.encrypt(&Blocks::from_values(8, [2]), &Blocks::new(256, 3), 0)?;
/// # assert_eq!(sent.bits(1).hex(2), "02".repeat(32));
/// # Ok::<(), CipherError>(())
/// ```
///
/// # Errors
/// If the batches do not match the cipher or each other; see [`batch_rows`].
pub fn map_bytes<C: Cipher + ?Sized>(
    cipher: &C,
    keys: &Blocks,
    texts: &Blocks,
    mut apply: impl FnMut(&[u8], &mut [u8]),
) -> Result<Blocks, CipherError> {
    let rows = batch_rows(cipher, keys, texts, cipher.block_bits())?;
    let mut out = Blocks::new(texts.bits(), rows);
    let (mut key, mut text) = (vec![0; keys.bits().div_ceil(8)], vec![0; texts.bits().div_ceil(8)]);
    for row in 0..rows {
        keys.write_bytes(row_of(keys, row), &mut key);
        texts.write_bytes(row_of(texts, row), &mut text);
        apply(&key, &mut text);
        out.set_bytes(row, &text);
    }
    Ok(out)
}

/// The bits of a ciphertext. An error if the cipher has ciphertexts of bits but real numbers were passed.
pub(crate) fn expect_bits<C: Cipher + ?Sized>(cipher: &C, ciphertexts: &Ciphertexts) -> Result<Blocks, CipherError> {
    match ciphertexts {
        Ciphertexts::Bits(blocks) => Ok(blocks.clone()),
        Ciphertexts::Floats(_) => {
            Err(CipherError::Shape(format!("{} has ciphertexts of bits, not of real numbers", cipher.name())))
        }
    }
}

/// Time between two checks of `stop` during a wait.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// A line for an error message: 160 characters at most.
pub(super) fn short(line: &str) -> String {
    let line = line.trim_end();
    if line.chars().nth(160).is_none() { line.into() } else { line.chars().take(157).chain("...".chars()).collect() }
}

/// Output of a target, without codes that control a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
