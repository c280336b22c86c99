//! A cipher from a closure.
use super::cipher::{batch_rows, expect_bits, row_of};
use super::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse};

/// One direction: from key and text to text, as integers.
type Map = Box<dyn Fn(u128, u128) -> u128 + Send + Sync>;

/// Maximum number of bits in a block or key.
const MOST_BITS: usize = 128;

/// A cipher whose blocks and keys are integers of up to 128 bits, from a function `(key, plaintext) -> ciphertext`.
///
/// The highest of an integer's `block_bits` or `key_bits` bits is bit 0 of a row, as in [`Blocks`]. Result bits beyond
/// `block_bits` are dropped. For larger blocks and keys, implement [`Cipher`] with [`map_bytes`](super::map_bytes).
///
/// ```
/// use evesdrop_attack::ciphers::{Cipher, Blocks, Function};
/// let cipher = Function::new("rotate", 8, 3, |key, text| text << key | text >> (8 - key))
///     .with_decryption(|key, text| text >> key | text << (8 - key));
/// let (key, plaintext) = (Blocks::from_values(3, [1]), Blocks::from_values(8, [0x81]));
/// let ciphertext = cipher.encrypt(&key, &plaintext, 0)?;
/// assert_eq!(ciphertext.clone().bits(1).value(0), 0x03);
/// assert_eq!(cipher.decrypt(&key, &ciphertext, 0)?, plaintext);
/// # Ok::<(), evesdrop_attack::CipherError>(())
/// ```
pub struct Function {
    name: String,
    block_bits: usize,
    key_bits: usize,
    key_use: KeyUse,
    encrypt: Map,
    decrypt: Option<Map>,
}

impl Function {
    /// A cipher with reusable keys and without decryption.
    ///
    /// # Panics
    /// If `block_bits` or `key_bits` is not from 1 to 128.
    pub fn new(
        name: &str,
        block_bits: usize,
        key_bits: usize,
        encrypt: impl Fn(u128, u128) -> u128 + Send + Sync + 'static,
    ) -> Self {
        for (bits, what) in [(block_bits, "block"), (key_bits, "key")] {
            assert!((1..=MOST_BITS).contains(&bits), "a {what} has 1 to {MOST_BITS} bits, not {bits}");
        }
        let encrypt = Box::new(encrypt);
        Self { name: name.into(), block_bits, key_bits, key_use: KeyUse::Reusable, encrypt, decrypt: None }
    }

    /// Adds decryption, `(key, ciphertext) -> plaintext`, which some attacks also use.
    #[must_use]
    pub fn with_decryption(mut self, decrypt: impl Fn(u128, u128) -> u128 + Send + Sync + 'static) -> Self {
        self.decrypt = Some(Box::new(decrypt));
        self
    }

    /// Declares keys as one-time keys: findings that need a reused key are then misuse.
    #[must_use]
    pub fn with_one_time_keys(mut self) -> Self {
        self.key_use = KeyUse::OneTime;
        self
    }

    fn map(&self, map: &Map, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        let rows = batch_rows(self, keys, texts, self.block_bits)?;
        let mut out = Blocks::new(self.block_bits, rows);
        for row in 0..rows {
            let value = map(integer(keys, row_of(keys, row)), integer(texts, row_of(texts, row)));
            let words = value << (MOST_BITS - self.block_bits);
            let words = [(words >> 64) as u64, words as u64];
            out.row_mut(row).iter_mut().zip(words).for_each(|(out, word)| *out = word);
        }
        Ok(out)
    }
}

/// A row of at most 128 bits as an integer.
fn integer(blocks: &Blocks, row: usize) -> u128 {
    let word = |place: usize| u128::from(blocks.row(row).get(place).copied().unwrap_or(0));
    (word(0) << 64 | word(1)) >> (MOST_BITS - blocks.bits())
}

impl Cipher for Function {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn block_bits(&self) -> usize {
        self.block_bits
    }
    fn key_bits(&self) -> usize {
        self.key_bits
    }
    fn key_use(&self) -> KeyUse {
        self.key_use
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        self.map(&self.encrypt, keys, plaintexts).map(Ciphertexts::Bits)
    }
    fn decrypts(&self) -> bool {
        self.decrypt.is_some()
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        let Some(decrypt) = &self.decrypt else { return Err(CipherError::NoDecryption(self.name.clone())) };
        self.map(decrypt, keys, &expect_bits(self, ciphertexts)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::{Stream, Xor};

    #[test]
    fn agrees_with_the_same_cipher_over_rows() {
        for bits in [1, 8, 33, 64, 65, 100, 128] {
            let ours =
                Function::new("xor", bits, bits, move |key, text| key ^ text | if bits == 128 { 0 } else { 1 << bits })
                    .with_decryption(|key, text| key ^ text);
            let peer = Xor { block: bits, key: bits };
            let mut stream = Stream::new(1, "function");
            for keys in [1, 5] {
                let (keys, texts) = (stream.blocks(bits, keys), stream.blocks(bits, 5));
                let sent = ours.encrypt(&keys, &texts, 0).unwrap();
                assert_eq!(sent, peer.encrypt(&keys, &texts, 0).unwrap(), "{bits} bits");
                assert_eq!(ours.decrypt(&keys, &sent, 0).unwrap(), texts);
            }
        }
        let one_way = Function::new("one way", 8, 8, |key, _| key);
        let block = Blocks::new(8, 1);
        assert!(!one_way.decrypts() && one_way.decrypt(&block, &Ciphertexts::Bits(block.clone()), 0).is_err());
        assert!(one_way.encrypt(&Blocks::new(9, 1), &block, 0).unwrap_err().to_string().contains("keys of 8 bits"));
        assert_eq!(one_way.with_one_time_keys().key_use(), KeyUse::OneTime);
    }
}
