//! A toy Feistel network for teaching: few rounds break immediately, more rounds resist a little longer.
use super::cipher::{expect_bits, map_words};
use super::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse};

/// Maximum number of rounds.
pub(crate) const MAX_ROUNDS: usize = 64;

/// A Feistel network on 32-bit blocks (two halves of 16 bits) with a 64-bit key k0 k1 k2 k3 of 16-bit words.
///
/// Round r = 0, 1, ... maps (L, R) to (R, L ^ F(R, k)), with round key k = (k[r mod 4] <<< r) ^ r and
/// F(x, k) = ((x + k) <<< 5) ^ ((x + k) & ((x ^ k) <<< 8)), sums modulo 2^16. The halves are not swapped back at the end.
#[derive(Clone, Debug)]
pub struct Feistel {
    rounds: usize,
}

impl Feistel {
    /// The network with `rounds` rounds.
    pub fn new(rounds: usize) -> Self {
        Self { rounds }
    }

    fn round(right: u16, key: u64, round: usize) -> u16 {
        let word = (key >> (48 - 16 * (round % 4))) as u16;
        let key = word.rotate_left(round as u32 % 16) ^ round as u16;
        let sum = right.wrapping_add(key);
        sum.rotate_left(5) ^ (sum & (right ^ key).rotate_left(8))
    }

    fn forward(&self, key: u64, block: u32) -> u32 {
        let (mut left, mut right) = ((block >> 16) as u16, block as u16);
        for round in 0..self.rounds {
            (left, right) = (right, left ^ Self::round(right, key, round));
        }
        u32::from(left) << 16 | u32::from(right)
    }

    fn backward(&self, key: u64, block: u32) -> u32 {
        let (mut left, mut right) = ((block >> 16) as u16, block as u16);
        for round in (0..self.rounds).rev() {
            (left, right) = (right ^ Self::round(left, key, round), left);
        }
        u32::from(left) << 16 | u32::from(right)
    }
}

impl Cipher for Feistel {
    fn name(&self) -> String {
        format!("feistel:{}", self.rounds)
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
            out[0] = u64::from(self.forward(key[0], (text[0] >> 32) as u32)) << 32
        };
        map_words(self, keys, plaintexts, apply).map(Ciphertexts::Bits)
    }
    fn decrypts(&self) -> bool {
        true
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        let apply = |key: &[u64], text: &[u64], out: &mut [u64]| {
            out[0] = u64::from(self.backward(key[0], (text[0] >> 32) as u32)) << 32
        };
        map_words(self, keys, &expect_bits(self, ciphertexts)?, apply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_left_half_after_two_rounds_is_left_xor_f_of_right() {
        let (key, block) = (0x0123_4567_89ab_cdef, 0xdead_beef);
        let two = Feistel::new(2).forward(key, block);
        assert_eq!((two >> 16) as u16, 0xdead ^ Feistel::round(0xbeef, key, 0));
        // Computed by hand: x = 0, k = 1 gives sum 1, so F = 1 <<< 5 ^ (1 & 1 <<< 8) = 0x20.
        assert_eq!(Feistel::round(0, 1 << 48, 0), 0x20);
        for rounds in [1, 2, 3, 20] {
            let cipher = Feistel::new(rounds);
            assert_eq!(cipher.backward(key, cipher.forward(key, block)), block);
        }
    }
}
