//! The one-time pad, and a pad with biased key bits.
use super::cipher::{expect_bits, map_words};
use super::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse};

/// Probability of a 1 in the key bits of `biased-pad`.
pub const BIASED_ONE: f64 = 0.52;

/// Ciphertext = plaintext XOR a fresh key of the same length. With uniform key bits this is the one-time pad, which leaks
/// nothing. With key bits that are 1 with probability q, each bit leaks 1 - h2(q) bits, where h2 is the binary entropy.
#[derive(Clone, Debug)]
pub struct Pad {
    bits: usize,
    one: f64,
}

impl Pad {
    /// The one-time pad for messages of `bits` bits.
    pub fn fair(bits: usize) -> Self {
        Self { bits, one: 0.5 }
    }

    /// A pad whose key bits are 1 with probability [`BIASED_ONE`].
    pub fn biased(bits: usize) -> Self {
        Self { bits, one: BIASED_ONE }
    }

    fn apply(&self, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        map_words(self, keys, texts, |key, text, out| {
            for ((out, key), text) in out.iter_mut().zip(key).zip(text) {
                *out = key ^ text;
            }
        })
    }
}

impl Cipher for Pad {
    fn name(&self) -> String {
        let kind = if self.one == 0.5 { "one-time-pad" } else { "biased-pad" };
        format!("{kind}:{}", self.bits)
    }
    fn block_bits(&self) -> usize {
        self.bits
    }
    fn key_bits(&self) -> usize {
        self.bits
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::OneTime
    }
    fn key_bit_probability(&self) -> f64 {
        self.one
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        self.apply(keys, plaintexts).map(Ciphertexts::Bits)
    }
    fn decrypts(&self) -> bool {
        true
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        self.apply(keys, &expect_bits(self, ciphertexts)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Stream;

    #[test]
    fn encrypts_by_xor_and_biased_keys_are_biased() {
        let pad = Pad::fair(8);
        let one = |hex| Blocks::from_hex(8, hex).unwrap();
        let c = pad.encrypt(&one("0f"), &one("55"), 0).unwrap();
        assert_eq!(c, Ciphertexts::Bits(one("5a")));
        assert_eq!(pad.decrypt(&one("0f"), &c, 0).unwrap(), one("55"));
        let keys = Pad::biased(16).random_keys(&mut Stream::new(1, "keys"), 10_000);
        let ones: u32 = (0..keys.rows()).map(|row| keys.row(row)[0].count_ones()).sum();
        assert!((82_000..84_500).contains(&ones), "{ones} of 160000, expected 83200");
    }
}
