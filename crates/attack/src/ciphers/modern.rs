//! AES-128 and ChaCha20 from RustCrypto: targets in which nothing may be found.
use super::cipher::{batch_rows, expect_bits, map_bytes, row_of};
use super::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse};
use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};

/// AES with 128-bit blocks and keys, one block per message.
#[derive(Clone, Debug)]
pub struct Aes;

impl Aes {
    fn apply(&self, keys: &Blocks, texts: &Blocks, decrypt: bool) -> Result<Blocks, CipherError> {
        // The key schedule of the last key is cached, because batches under one key are common.
        let mut schedule: Option<([u8; 16], Aes128)> = None;
        map_bytes(self, keys, texts, |key, text| {
            let mut wanted = [0; 16];
            wanted.copy_from_slice(key);
            let aes = match &mut schedule {
                Some((held, aes)) if *held == wanted => aes,
                held => &mut held.insert((wanted, Aes128::new(&wanted.into()))).1,
            };
            let mut block = [0; 16];
            block.copy_from_slice(text);
            let mut block = block.into();
            if decrypt {
                aes.decrypt_block(&mut block);
            } else {
                aes.encrypt_block(&mut block);
            }
            text.copy_from_slice(&block);
        })
    }
}

impl Cipher for Aes {
    fn name(&self) -> String {
        "aes-128".into()
    }
    fn block_bits(&self) -> usize {
        128
    }
    fn key_bits(&self) -> usize {
        128
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::Reusable
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        self.apply(keys, plaintexts, false).map(Ciphertexts::Bits)
    }
    fn decrypts(&self) -> bool {
        true
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        self.apply(keys, &expect_bits(self, ciphertexts)?, true)
    }
}

/// ChaCha20 (RFC 8439) on messages of one 64-byte block with block counter 0. The message's number is the nonce: its eight
/// bytes, little-endian, are the last of the 12.
#[derive(Clone, Debug)]
pub struct ChaCha;

impl ChaCha {
    fn apply(&self, keys: &Blocks, texts: &Blocks, nonce: u64) -> Result<Blocks, CipherError> {
        let rows = batch_rows(self, keys, texts, self.block_bits())?;
        let mut out = Blocks::new(self.block_bits(), rows);
        let (mut key, mut text, mut full) = ([0; 32], [0; 64], [0; 12]);
        for row in 0..rows {
            keys.write_bytes(row_of(keys, row), &mut key);
            texts.write_bytes(row_of(texts, row), &mut text);
            full[4..].copy_from_slice(&nonce.wrapping_add(row as u64).to_le_bytes());
            ChaCha20::new(&key.into(), &full.into()).apply_keystream(&mut text);
            out.set_bytes(row, &text);
        }
        Ok(out)
    }
}

impl Cipher for ChaCha {
    fn name(&self) -> String {
        "chacha20".into()
    }
    fn block_bits(&self) -> usize {
        512
    }
    fn key_bits(&self) -> usize {
        256
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::Reusable
    }
    fn takes_nonce(&self) -> bool {
        true
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, nonce: u64) -> Result<Ciphertexts, CipherError> {
        self.apply(keys, plaintexts, nonce).map(Ciphertexts::Bits)
    }
    fn decrypts(&self) -> bool {
        true
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, nonce: u64) -> Result<Blocks, CipherError> {
        self.apply(keys, &expect_bits(self, ciphertexts)?, nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Stream;

    #[test]
    fn aes_vector_of_fips_197() {
        let key = Blocks::from_hex(128, "000102030405060708090a0b0c0d0e0f").unwrap();
        let plaintext = Blocks::from_hex(128, "00112233445566778899aabbccddeeff").unwrap();
        let c = Aes.encrypt(&key, &plaintext, 0).unwrap();
        assert_eq!(c.clone().bits(1).hex(0), "69c4e0d86a7b0430d8cdb78070b4c55a");
        assert_eq!(Aes.decrypt(&key, &c, 0).unwrap(), plaintext);
    }

    #[test]
    fn chacha_vector_of_rfc_8439_and_fresh_nonces() {
        // RFC 8439, A.1, test vector 1: all-zero key, nonce and counter.
        let zeros = Blocks::new(512, 2);
        let stream = ChaCha.encrypt(&Blocks::new(256, 1), &zeros, 0).unwrap().bits(1);
        assert!(stream.hex(0).starts_with("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"));
        assert_ne!(stream.row(0), stream.row(1));
        let mut random = Stream::new(1, "chacha");
        let (keys, plaintexts) = (random.blocks(256, 5), random.blocks(512, 5));
        let c = ChaCha.encrypt(&keys, &plaintexts, 9).unwrap();
        assert_eq!(ChaCha.decrypt(&keys, &c, 9).unwrap(), plaintexts);
        // RFC 8439, A.1, test vector 5 has its nonce's last byte 2: here message number 2 << 56.
        let five = ChaCha.encrypt(&Blocks::new(256, 1), &Blocks::new(512, 1), 2 << 56).unwrap().bits(1);
        assert!(five.hex(0).starts_with("c2c64d378cd536374ae204b9ef933fcd"));
    }
}
