//! Speck32/64 with any number of rounds. Beaulieu et al., "The Simon and Speck families of lightweight block ciphers", 2013.
use super::cipher::{expect_bits, map_words};
use super::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse};

/// Rounds of the full cipher.
pub const FULL_ROUNDS: usize = 22;

/// Speck with 32-bit blocks (words x, y) and 64-bit keys (words l2, l1, l0, k0, in the designers' order).
///
/// One round: x = ((x >>> 7) + y) ^ k, y = (y <<< 2) ^ x.
#[derive(Clone, Debug)]
pub struct Speck {
    rounds: usize,
}

impl Speck {
    /// Speck32/64 with `rounds` rounds.
    pub fn new(rounds: usize) -> Self {
        Self { rounds }
    }

    /// Number of rounds.
    pub fn rounds(&self) -> usize {
        self.rounds
    }

    /// One round on the words x, y.
    pub fn round(x: u16, y: u16, key: u16) -> (u16, u16) {
        let x = x.rotate_right(7).wrapping_add(y) ^ key;
        (x, y.rotate_left(2) ^ x)
    }

    /// Undoes one round.
    pub fn undo(x: u16, y: u16, key: u16) -> (u16, u16) {
        let y = (y ^ x).rotate_right(2);
        ((x ^ key).wrapping_sub(y).rotate_left(7), y)
    }

    /// The key of each round.
    pub fn round_keys(&self, key: u64) -> Vec<u16> {
        let mut keys = Vec::with_capacity(self.rounds);
        self.each_key(key, |round_key| keys.push(round_key));
        keys
    }

    /// The only key whose last four round keys are `last`, the last round's at the end. The key schedule runs backwards.
    ///
    /// # Panics
    /// If there are fewer than four rounds.
    pub fn key_from_last(&self, last: [u16; 4]) -> u64 {
        let first = self.rounds.checked_sub(4).expect("four round keys need four rounds");
        // The words of the schedule before round `first`, and the round key there.
        let word = |i: usize| Self::undo(last[i + 1] ^ last[i].rotate_left(2), last[i + 1], (first + i) as u16).0;
        let (mut words, mut round_key) = ([word(0), word(1), word(2)], last[0]);
        for round in (0..first).rev() {
            let (word, before) = Self::undo(words[2], round_key, round as u16);
            round_key = before;
            words = [word, words[0], words[1]];
        }
        let [l0, l1, l2] = words.map(u64::from);
        l2 << 48 | l1 << 32 | l0 << 16 | u64::from(round_key)
    }

    /// Calls `step` with each round's key in order.
    fn each_key(&self, key: u64, mut step: impl FnMut(u16)) {
        let mut words = [(key >> 16) as u16, (key >> 32) as u16, (key >> 48) as u16];
        let mut round_key = key as u16;
        for round in 0..self.rounds {
            step(round_key);
            (words[round % 3], round_key) = Self::round(words[round % 3], round_key, round as u16);
        }
    }

    /// Encrypts one block, words x, y.
    pub fn encrypt_block(&self, key: u64, block: u32) -> u32 {
        let (mut x, mut y) = ((block >> 16) as u16, block as u16);
        self.each_key(key, |round_key| (x, y) = Self::round(x, y, round_key));
        u32::from(x) << 16 | u32::from(y)
    }

    fn backward(&self, keys: &[u16], block: u32) -> u32 {
        let (mut x, mut y) = ((block >> 16) as u16, block as u16);
        for &key in keys.iter().rev() {
            (x, y) = Self::undo(x, y, key);
        }
        u32::from(x) << 16 | u32::from(y)
    }
}

impl Cipher for Speck {
    fn name(&self) -> String {
        format!("speck32/64:{}", self.rounds)
    }
    fn block_bits(&self) -> usize {
        32
    }
    fn key_bits(&self) -> usize {
        64
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::Reusable
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        let apply = |key: &[u64], text: &[u64], out: &mut [u64]| {
            out[0] = u64::from(self.encrypt_block(key[0], (text[0] >> 32) as u32)) << 32
        };
        map_words(self, keys, plaintexts, apply).map(Ciphertexts::Bits)
    }
    /// 0x0040/0000: A. Gohr, CRYPTO 2019, after F. Abed et al., FSE 2014.
    fn known_difference(&self) -> Option<Blocks> {
        Some(Blocks::from_values(32, [0x0040_0000]))
    }
    /// The last operations on y, a rotation and the XOR of x, do not depend on the key.
    fn peeled(&self, mut ciphertexts: Blocks) -> Blocks {
        if self.rounds > 0 && ciphertexts.bits() == 32 {
            for row in 0..ciphertexts.rows() {
                let block = ciphertexts.row(row)[0];
                let (x, y) = ((block >> 48) as u16, (block >> 32) as u16);
                ciphertexts.row_mut(row)[0] = u64::from(x) << 48 | u64::from((x ^ y).rotate_right(2)) << 32;
            }
        }
        ciphertexts
    }
    fn as_speck(&self) -> Option<&Speck> {
        Some(self)
    }
    fn decrypts(&self) -> bool {
        true
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        let apply = |key: &[u64], text: &[u64], out: &mut [u64]| {
            out[0] = u64::from(self.backward(&self.round_keys(key[0]), (text[0] >> 32) as u32)) << 32;
        };
        map_words(self, keys, &expect_bits(self, ciphertexts)?, apply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Stream;
    use speck_cipher::Speck32_64;
    use speck_cipher::cipher::{BlockCipherEncrypt, KeyInit};

    #[test]
    fn published_vector() {
        let key = Blocks::from_hex(64, "1918111009080100").unwrap();
        let plaintext = Blocks::from_hex(32, "6574694c").unwrap();
        let c = Speck::new(FULL_ROUNDS).encrypt(&key, &plaintext, 0).unwrap();
        assert_eq!(c.clone().bits(1).hex(0), "a86842f2");
        assert_eq!(Speck::new(FULL_ROUNDS).decrypt(&key, &c, 0).unwrap(), plaintext);
    }

    #[test]
    fn the_last_round_keys_give_the_key() {
        let mut stream = Stream::new(9, "speck");
        for rounds in [4, 5, 7, 11, FULL_ROUNDS] {
            let (speck, key) = (Speck::new(rounds), stream.word());
            let keys = speck.round_keys(key);
            assert_eq!(speck.key_from_last(keys[rounds - 4..].try_into().unwrap()), key, "{rounds} rounds");
        }
    }

    #[test]
    fn what_takes_no_key_can_be_peeled() {
        // One round does not change y before them.
        let mut stream = Stream::new(8, "speck");
        let (keys, plaintexts) = (stream.blocks(64, 50), stream.blocks(32, 50));
        let speck = Speck::new(1);
        let peeled = speck.peeled(speck.encrypt(&keys, &plaintexts, 0).unwrap().bits(1));
        assert!((0..50).all(|row| peeled.value(row) as u16 == plaintexts.value(row) as u16));
    }

    #[test]
    fn agrees_with_another_implementation() {
        let mut stream = Stream::new(7, "speck");
        let (keys, plaintexts) = (stream.blocks(64, 200), stream.blocks(32, 200));
        let ours = Speck::new(FULL_ROUNDS).encrypt(&keys, &plaintexts, 0).unwrap().bits(1);
        for row in 0..200 {
            let peer = Speck32_64::new_from_slice(&keys.bytes(row)).unwrap();
            let mut block = speck_cipher::cipher::Block::<Speck32_64>::try_from(&plaintexts.bytes(row)[..]).unwrap();
            peer.encrypt_block(&mut block);
            assert_eq!(block[..], ours.bytes(row)[..]);
        }
    }
}
