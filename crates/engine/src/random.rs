//! Counter-based random streams: any part of a stream can be computed without the parts before it.
//!
//! A stream is keyed by a seed and a purpose (a string). Its numbers are addressed by (step, tile), so the numbers that a shard
//! draws depend neither on the number of threads nor on earlier runs.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use crate::kernels::pointwise::expand_bits;
use crate::kernels::{Row, TILE};
use crate::level::Level;

/// One stream of random numbers: ChaCha8, keyed by BLAKE3 of the seed and the purpose.
///
/// ```
/// use evesdrop_engine::Stream;
/// let draw = |seed, purpose| Stream::new(seed, purpose).at(0, 0).uniform();
/// assert_eq!(draw(1, "weights"), draw(1, "weights"));
/// assert_ne!(draw(1, "weights"), draw(2, "weights"));
/// assert_ne!(draw(1, "weights"), draw(1, "keys"));
/// ```
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u8; 32],
}

impl Stream {
    /// The stream of `seed` for `purpose`. Different purposes give independent streams.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("evesdrop random stream 1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(purpose.as_bytes());
        Self { key: *hasher.finalize().as_bytes() }
    }

    /// The numbers of step `step`, from 32-bit word `word` on.
    pub fn at(&self, step: u64, word: u64) -> Numbers {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        rng.set_stream(step);
        rng.set_word_pos(u128::from(word));
        Numbers { rng, spare: None }
    }

    /// Fills rows of a tile with independent uniform bits, coded -1 and +1.
    pub(crate) fn bits(&self, level: Level, (step, tile): (u64, u64), arena: &mut [Row], rows: &[u32]) {
        const WORDS: u64 = (TILE / 32) as u64;
        let mut numbers = self.at(step, tile * rows.len() as u64 * WORDS);
        for row in rows {
            let mut bytes = [0; TILE / 8];
            numbers.rng.fill_bytes(&mut bytes);
            let pairs = bytes.as_chunks::<2>().0;
            let words = std::array::from_fn(|i| u16::from_le_bytes(pairs[i]));
            expand_bits(level, &words, &mut arena[*row as usize]);
        }
    }

    /// Fills rows of a tile with independent standard normal numbers.
    pub(crate) fn normals(&self, (step, tile): (u64, u64), arena: &mut [Row], rows: &[u32]) {
        // The Box-Muller transform takes two 64-bit words for two normals.
        const WORDS: u64 = 2 * TILE as u64;
        let mut numbers = self.at(step, tile * rows.len() as u64 * WORDS);
        for row in rows {
            arena[*row as usize].values_mut().fill_with(|| numbers.normal() as f32);
        }
    }
}

/// Consecutive numbers from a [`Stream`].
#[derive(Debug)]
pub struct Numbers {
    rng: ChaCha8Rng,
    spare: Option<f64>,
}

impl Numbers {
    /// 64 uniform bits.
    pub fn word(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 * (-53f64).exp2()
    }

    /// Uniform in 0..bound, without bias (rejection sampling).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "no number is below 0");
        let usable = u64::MAX - u64::MAX % bound;
        loop {
            let word = self.word();
            if word < usable {
                return word % bound;
            }
        }
    }

    /// Standard normal: G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates", 1958. It uses the
    /// `libm` crate, which gives the same bits on every machine.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        let angle = std::f64::consts::TAU * self.uniform();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// Fills `bytes` with uniform bits.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.rng.fill_bytes(bytes);
    }
}
