//! Deterministic randomness: the same seed and purpose always give the same bits.
use super::Blocks;
use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// A stream of random bits for one purpose of one seed (ChaCha with 8 rounds, keyed by BLAKE3 of both).
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of `purpose` under `seed`. Streams of different purposes are independent.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("evesdrop stream of random bits, version 1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(purpose.as_bytes());
        Self(ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()))
    }

    /// 64 random bits.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform number below `bound` (the bias of at most `bound / 2^64` does not matter here).
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    /// A uniform number in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Rows of uniform bits.
    pub fn blocks(&mut self, bits: usize, rows: usize) -> Blocks {
        let mut blocks = Blocks::new(bits, rows);
        let mask = blocks.last_mask();
        for row in 0..rows {
            let words = blocks.row_mut(row);
            for word in words.iter_mut() {
                *word = self.0.next_u64();
            }
            if let Some(last) = words.last_mut() {
                *last &= mask;
            }
        }
        blocks
    }

    /// Rows of independent bits that are 1 with probability `one`.
    pub fn biased_blocks(&mut self, bits: usize, rows: usize, one: f64) -> Blocks {
        let mut blocks = Blocks::new(bits, rows);
        for row in 0..rows {
            for bit in 0..bits {
                let value = self.uniform() < one;
                blocks.set(row, bit, value);
            }
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ_by_purpose() {
        let draw = |seed, purpose| Stream::new(seed, purpose).blocks(100, 4);
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_eq!(draw(1, "a").row(0)[1] & !draw(1, "a").last_mask(), 0);
        let biased = Stream::new(3, "c").biased_blocks(64, 1000, 0.25);
        let ones: u32 = (0..1000).map(|row| biased.row(row)[0].count_ones()).sum();
        assert!((15_000..17_000).contains(&ones));
    }
}
