//! A stream cipher with one linear feedback shift register.
use super::cipher::{expect_bits, map_words};
use super::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse};

/// XOR with the output of a 32-bit Fibonacci register with feedback polynomial x^32 + x^22 + x^2 + x + 1 (primitive, period
/// 2^32 - 1). The initial state is the key, and key bit 0 is the first output. There is no nonce: every message uses the same
/// keystream.
#[derive(Clone, Debug)]
pub struct Lfsr {
    /// Bits of a message.
    pub block: usize,
}

impl Lfsr {
    fn apply(&self, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        map_words(self, keys, texts, |key, text, out| {
            // Bit i of the register (counted from the lowest) is output after i steps.
            let mut state = ((key[0] >> 32) as u32).reverse_bits();
            for (index, word) in out.iter_mut().enumerate() {
                let used = (self.block - 64 * index).min(64);
                let mut stream = 0;
                for bit in 0..used {
                    stream |= u64::from(state & 1) << (63 - bit);
                    let feedback = (state ^ state >> 1 ^ state >> 2 ^ state >> 22) & 1;
                    state = state >> 1 | feedback << 31;
                }
                *word = text[index] ^ stream;
            }
        })
    }
}

impl Cipher for Lfsr {
    fn name(&self) -> String {
        format!("lfsr:{}", self.block)
    }
    fn block_bits(&self) -> usize {
        self.block
    }
    fn key_bits(&self) -> usize {
        32
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::Reusable
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

    #[test]
    fn keystream_follows_the_recurrence_and_starts_with_the_key() {
        let cipher = Lfsr { block: 200 };
        let key = Blocks::from_hex(32, "9e3779b9").unwrap();
        let stream = cipher.encrypt(&key, &Blocks::new(200, 1), 0).unwrap().bits(1);
        assert_eq!(&stream.hex(0)[..8], "9e3779b9");
        for bit in 0..168 {
            let fed = [0, 1, 2, 22].iter().fold(false, |sum, tap| sum ^ stream.get(0, bit + tap));
            assert_eq!(stream.get(0, bit + 32), fed, "bit {bit}");
        }
    }
}
