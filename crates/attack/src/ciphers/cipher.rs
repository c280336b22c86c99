//! What a cipher is to an attack: a black box with sizes.
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
    /// That many bits.
    Bits(usize),
    /// That many real numbers in (-1, 1).
    Floats(usize),
}

/// A batch of ciphertexts.
#[derive(Clone, Debug, PartialEq)]
pub enum Ciphertexts {
    /// One row of bits a message.
    Bits(Blocks),
    /// One row of real numbers a message.
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

    /// The ciphertexts as bits: real numbers are quantised to `depth` bits each.
    pub fn bits(self, depth: u32) -> Blocks {
        match self {
            Self::Bits(blocks) => blocks,
            Self::Floats(floats) => floats.quantise(depth),
        }
    }
}

/// What can go wrong between an attack and a cipher. Every message is one line and says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// Batches that do not fit the cipher.
    #[error("{0}")]
    Shape(String),
    /// A bad hex string.
    #[error("{0}")]
    Hex(String),
    /// The cipher gives no way back.
    #[error("{0} cannot decrypt: only its encryption is known")]
    NoDecryption(String),
    /// A program that was to encrypt failed.
    #[error("{0}")]
    Program(String),
    /// A target string, or the options beside it, make no sense.
    #[error("{0}")]
    Target(String),
    /// A file that could not be read or understood.
    #[error("{0}")]
    File(String),
    /// The user asked to stop while a program was encrypting.
    #[error("stopped")]
    Stopped,
}

/// A cipher as a black box with sizes.
///
/// Keys and plaintexts (or ciphertexts) come as batches; where one of them has a single row, that row serves for all rows
/// of the other.
pub trait Cipher: Send + Sync {
    /// The target string that makes this cipher; for your own, the name that reports give it.
    fn name(&self) -> String;
    /// Bits of a plaintext.
    fn block_bits(&self) -> usize;
    /// Bits of a key.
    fn key_bits(&self) -> usize;
    /// Shape of a ciphertext.
    fn form(&self) -> Form {
        Form::Bits(self.block_bits())
    }
    /// How keys are meant to be used.
    fn key_use(&self) -> KeyUse;
    /// Whether every message takes a fresh nonce; otherwise `nonce` is ignored.
    fn takes_nonce(&self) -> bool {
        false
    }
    /// The probability that a key bit is 1; keys' bits are independent.
    fn key_bit_probability(&self) -> f64 {
        0.5
    }
    /// Fresh keys as the cipher's users would draw them.
    fn random_keys(&self, stream: &mut Stream, rows: usize) -> Blocks {
        match self.key_bit_probability() {
            0.5 => stream.blocks(self.key_bits(), rows),
            one => stream.biased_blocks(self.key_bits(), rows, one),
        }
    }
    /// Encrypts each plaintext under its key; message `r` of the batch takes the nonce `nonce + r`. A batch that an attack asks for is
    /// never empty.
    ///
    /// # Errors
    /// When the batches do not fit the cipher ([`batch_rows`] checks that), or the cipher fails.
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, nonce: u64) -> Result<Ciphertexts, CipherError>;
    /// Whether everybody can encrypt: what is public of a key stands in every ciphertext.
    fn public_key(&self) -> bool {
        false
    }
    /// Whether [`Self::decrypt`] works.
    fn decrypts(&self) -> bool {
        false
    }
    /// Decrypts what [`Self::encrypt`] gave under the same keys and nonces.
    ///
    /// # Errors
    /// As [`Self::encrypt`]; [`CipherError::NoDecryption`] where there is no way back.
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, nonce: u64) -> Result<Blocks, CipherError> {
        let _ = (keys, ciphertexts, nonce);
        Err(CipherError::NoDecryption(self.name()))
    }
    /// A program outside this one: the number of samples is then bounded by time.
    fn is_external(&self) -> bool {
        false
    }
    /// An input difference that published attacks on this cipher use: what is printed, an attacker knows.
    fn known_difference(&self) -> Option<Blocks> {
        None
    }
    /// What remains of ciphertexts of bits when their last steps, as far as they take no key, are undone: an attacker who
    /// knows the algorithm begins with that.
    fn peeled(&self, ciphertexts: Blocks) -> Blocks {
        ciphertexts
    }
    /// A faster way to run through all keys than [`Self::encrypt`], for exact leakage.
    fn enumerator(&self) -> Option<Box<dyn Enumerator + '_>> {
        None
    }
}

/// A fast way to encrypt one plaintext under many consecutive keys, as exact leakage needs it.
///
/// A learned cipher can split its first layer into a plaintext half and a key half and tabulate each once.
pub trait Enumerator: Send + Sync {
    /// Encrypts `plaintext` under `count` keys: `first_key`, `first_key + 1`, ... (plaintext and keys as [`Blocks::value`] reads
    /// them).
    ///
    /// # Errors
    /// Those of the cipher.
    fn encrypt(&self, plaintext: u64, first_key: u64, count: usize) -> Result<Box<dyn Enumerated + '_>, CipherError>;
}

/// The ciphertexts of one plaintext under consecutive keys.
///
/// Each is asked for as a code: its bits as an integer where they are at most 64, else a 64-bit hash of them. Real numbers are
/// quantised to `depth` bits a value, which does not matter where ciphertexts are bits.
pub trait Enumerated {
    /// Writes the codes under all keys.
    fn codes(&mut self, depth: u32, codes: &mut [u64]);

    /// The code under key number `place` alone: the same as [`Enumerated::codes`] writes there.
    fn code(&mut self, depth: u32, place: usize) -> u64;

    /// Where Bob can decrypt at this price, writes how many plaintext bits he reads wrong under each key when the quantised
    /// ciphertext reaches him, and returns true.
    ///
    /// # Errors
    /// Those of the cipher.
    fn wrong(&mut self, depth: u32, wrong: &mut [u8]) -> Result<bool, CipherError>;
}

/// Checks that a batch fits a cipher, with texts of `text_bits` bits, and returns its number of rows.
///
/// # Errors
/// [`CipherError::Shape`] when keys or texts have another number of bits, or their rows do not go together.
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

/// The row of a batch that serves for message `row`.
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
/// whole number of bytes has zero bits at its end, and what `apply` writes there is dropped.
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
/// When the batches do not fit the cipher or each other; see [`batch_rows`].
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

/// The bits inside a ciphertext, or an error where the cipher gives bits and was handed real numbers.
pub(crate) fn expect_bits<C: Cipher + ?Sized>(cipher: &C, ciphertexts: &Ciphertexts) -> Result<Blocks, CipherError> {
    match ciphertexts {
        Ciphertexts::Bits(blocks) => Ok(blocks.clone()),
        Ciphertexts::Floats(_) => {
            Err(CipherError::Shape(format!("{} has ciphertexts of bits, not of real numbers", cipher.name())))
        }
    }
}

/// How often a wait looks whether it is to stop.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// A line as an error may quote it: 160 characters at most.
pub(super) fn short(line: &str) -> String {
    let line = line.trim_end();
    if line.chars().nth(160).is_none() { line.into() } else { line.chars().take(157).chain("...".chars()).collect() }
}

/// What a target says, without the codes that would command a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
