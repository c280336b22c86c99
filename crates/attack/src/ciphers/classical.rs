//! Three classical ciphers: repeating-key XOR, Vigenere and affine, on bytes or bits.
use super::cipher::{expect_bits, map_bytes, map_words};
use super::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse};

/// Implements [`Cipher`] for a type with `forward` and `backward` maps of batches and a `target` string.
macro_rules! classical {
    ($type:ty, $key_bits:expr) => {
        impl Cipher for $type {
            fn name(&self) -> String {
                self.target()
            }
            fn block_bits(&self) -> usize {
                self.block
            }
            fn key_bits(&self) -> usize {
                $key_bits(self)
            }
            fn key_use(&self) -> KeyUse {
                KeyUse::Reusable
            }
            fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
                self.forward(keys, plaintexts).map(Ciphertexts::Bits)
            }
            fn decrypts(&self) -> bool {
                true
            }
            fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
                self.backward(keys, &expect_bits(self, ciphertexts)?)
            }
        }
    };
}

/// Repeating-key XOR: plaintext bit i is XORed with key bit i mod |K|.
#[derive(Clone, Debug)]
pub struct Xor {
    /// Bits of a message.
    pub block: usize,
    /// Bits of the key, 1 or more.
    pub key: usize,
}

impl Xor {
    fn target(&self) -> String {
        format!("xor:{}/{}", self.block, self.key)
    }

    fn forward(&self, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        map_words(self, keys, texts, |key, text, out| {
            out.copy_from_slice(text);
            for bit in 0..self.block {
                let from = bit % self.key;
                out[bit / 64] ^= (key[from / 64] >> (63 - from % 64) & 1) << (63 - bit % 64);
            }
        })
    }

    fn backward(&self, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        self.forward(keys, texts)
    }
}
classical!(Xor, |cipher: &Xor| cipher.key);

/// Vigenere on bytes: ciphertext byte i = plaintext byte i + key byte i mod |K|, modulo 256.
#[derive(Clone, Debug)]
pub struct Vigenere {
    /// Bits of a message, a multiple of 8.
    pub block: usize,
    /// Bits of the key, a multiple of 8.
    pub key: usize,
}

impl Vigenere {
    fn target(&self) -> String {
        format!("vigenere:{}/{}", self.block, self.key)
    }

    fn forward(&self, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        map_bytes(self, keys, texts, |key, text| {
            text.iter_mut().zip(key.iter().cycle()).for_each(|(text, key)| *text = text.wrapping_add(*key));
        })
    }

    fn backward(&self, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        map_bytes(self, keys, texts, |key, text| {
            text.iter_mut().zip(key.iter().cycle()).for_each(|(text, key)| *text = text.wrapping_sub(*key));
        })
    }
}
classical!(Vigenere, |cipher: &Vigenere| cipher.key);

/// The affine cipher on bytes: every byte x becomes a x + b modulo 256. The key has 15 bits: seven for the odd multiplier a
/// (its lowest bit is always 1, so the map is invertible) and eight for b.
#[derive(Clone, Debug)]
pub struct Affine {
    /// Bits of a message, a multiple of 8.
    pub block: usize,
}

impl Affine {
    fn target(&self) -> String {
        format!("affine:{}", self.block)
    }

    /// Multiplier and offset of a key.
    fn parts(key: &[u8]) -> (u8, u8) {
        (key[0] | 1, key[0] << 7 | key[1] >> 1)
    }

    fn forward(&self, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        map_bytes(self, keys, texts, |key, text| {
            let (a, b) = Self::parts(key);
            text.iter_mut().for_each(|x| *x = a.wrapping_mul(*x).wrapping_add(b));
        })
    }

    fn backward(&self, keys: &Blocks, texts: &Blocks) -> Result<Blocks, CipherError> {
        map_bytes(self, keys, texts, |key, text| {
            let (a, b) = Self::parts(key);
            // a is its own inverse modulo 8; each step of Newton's iteration doubles the number of correct bits.
            let inverse = (0..2).fold(a, |x, _| x.wrapping_mul(2u8.wrapping_sub(a.wrapping_mul(x))));
            text.iter_mut().for_each(|y| *y = inverse.wrapping_mul(y.wrapping_sub(b)));
        })
    }
}
classical!(Affine, |_: &Affine| 15);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cipher: &dyn Cipher, key: &str, plaintext: &str, ciphertext: &str) {
        let key = Blocks::from_hex(cipher.key_bits(), key).unwrap();
        let plaintext = Blocks::from_hex(cipher.block_bits(), plaintext).unwrap();
        let c = cipher.encrypt(&key, &plaintext, 0).unwrap();
        assert_eq!(c.clone().bits(1).hex(0), ciphertext, "{}", cipher.name());
        assert_eq!(cipher.decrypt(&key, &c, 0).unwrap(), plaintext, "{}", cipher.name());
    }

    #[test]
    fn worked_by_hand() {
        check(&Xor { block: 16, key: 8 }, "0f", "55aa", "5aa5");
        check(&Xor { block: 8, key: 3 }, "a0", "00", "b6");
        // "attackatdawn" under the bytes 1, 2, 3, 4.
        check(&Vigenere { block: 96, key: 32 }, "01020304", "61747461636b61746461776e", "62767765646d647865637a72");
        // a = 0b00000101 = 5, b = 8: key bits 0000010 00001000.
        check(&Affine { block: 24 }, "0410", "000102", "080d12");
    }

    #[test]
    fn every_affine_key_can_be_undone() {
        let cipher = Affine { block: 8 };
        let keys = Blocks::from_values(15, 0..1 << 15);
        let plaintext = Blocks::from_hex(8, "c3").unwrap();
        let c = cipher.encrypt(&keys, &plaintext, 0).unwrap();
        assert_eq!(cipher.decrypt(&keys, &c, 0).unwrap(), plaintext.repeat(0, 1 << 15));
    }
}
