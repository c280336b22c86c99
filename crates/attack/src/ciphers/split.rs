//! Fast enumeration for a learned cipher: one message under many keys, at several depths at once.
use super::{CipherError, Enumerated, Enumerator};
use evesdrop_engine::{Engine, Level, Row, TILE};
use evesdrop_learn::learned::{AliceRest, SplitAlice};
use evesdrop_learn::model::Model;
use std::sync::{Mutex, PoisonError};

/// Alice with her first layer tabulated for all keys. Bob is not run: with several depths he would take most of the time.
pub(super) struct Split<'a> {
    model: &'a Model,
    engine: &'a Engine,
    alice: SplitAlice,
    /// Memory that is currently not in use: with room for one tile of keys, and for [`TILES`].
    idle: [Mutex<Vec<AliceRest>>; 2],
}

/// Tiles of a large run: the chunk of keys that exact leakage requests.
const TILES: usize = 8;

impl<'a> Split<'a> {
    /// Longer keys would take too much memory.
    pub(super) const MOST_KEY_BITS: usize = 20;

    pub(super) fn new(model: &'a Model, engine: &'a Engine) -> Self {
        Self { model, engine, alice: SplitAlice::new(model), idle: Default::default() }
    }
}

impl Enumerator for Split<'_> {
    fn encrypt(&self, plaintext: u64, first_key: u64, count: usize) -> Result<Box<dyn Enumerated + '_>, CipherError> {
        let large = count >= TILES * TILE;
        let idle = || self.idle[usize::from(large)].lock().unwrap_or_else(PoisonError::into_inner);
        let spare = idle().pop();
        let mut rest = spare.unwrap_or_else(|| AliceRest::new(self.model, self.engine, if large { TILES } else { 1 }));
        let half = self.alice.message_half(plaintext);
        let values = self.model.note.rules.bits;
        let level = self.engine.level();
        let mut steps = vec![[0; TILE]; values * count.div_ceil(TILE)];
        for start in (0..count).step_by(rest.room()) {
            rest.encrypt(&self.alice, &half, first_key + start as u64);
            let here = rest.room().min(count - start);
            let tiles = steps[start / TILE * values..].chunks_exact_mut(values).take(here.div_ceil(TILE));
            for (tile, steps) in tiles.enumerate() {
                let rows = rest.ciphertext(tile);
                level.vectorize(
                    #[inline(always)]
                    || rows.iter().zip(steps).for_each(|(row, steps)| write_steps(row, steps)),
                );
            }
        }
        idle().push(rest);
        Ok(Box::new(Steps { level, values, steps }))
    }
}

/// The values of ciphertexts as 16-bit steps of [-1, 1]: tile after tile, one row per value.
struct Steps {
    level: Level,
    values: usize,
    steps: Vec<[u16; TILE]>,
}

#[inline(always)]
fn write_steps(row: &Row, steps: &mut [u16; TILE]) {
    for (step, value) in steps.iter_mut().zip(row.values()) {
        // v / 2 + 3 / 2 lies in 1 to 2, where the highest bits of a float's fraction count equal steps.
        *step = ((value * 0.5 + 1.5).clamp(1.0, 1.999_999_9).to_bits() >> 7) as u16;
    }
}

impl Steps {
    /// The bits of some values in order, for each key, as 32-bit words, of which a vector holds more.
    #[inline(always)]
    fn word(values: &[[u16; TILE]], depth: u32) -> [u32; TILE] {
        let mut words = [0; TILE];
        for steps in values {
            for (word, &step) in words.iter_mut().zip(steps) {
                *word = *word << depth | u32::from(step) >> (16 - depth);
            }
        }
        words
    }

    #[inline(always)]
    fn write_codes(&self, depth: u32, codes: &mut [u64]) {
        let depth = depth.clamp(1, 16);
        codes.fill(0);
        for (codes, values) in codes.chunks_mut(TILE).zip(self.steps.chunks_exact(self.values)) {
            let mut joint = Joint::new(self.values, depth);
            for values in values.chunks(32 / depth as usize) {
                let (shift, factor) = joint.next();
                let words = Self::word(values, depth);
                let both = codes.iter_mut().zip(words);
                if factor == 1 {
                    both.for_each(|(code, word)| *code = *code << shift | u64::from(word));
                } else {
                    both.for_each(|(code, word)| *code = code.wrapping_add(u64::from(word).wrapping_mul(factor)));
                }
            }
        }
    }
}

/// Joins words: the bits in order, or a hash if they exceed 64 bits. The hash is the sum of all words times odd numbers, a
/// universal hash.
struct Joint {
    words: usize,
    /// Number of bits in the last of two words.
    last: u32,
    factor: u64,
}

impl Joint {
    fn new(values: usize, depth: u32) -> Self {
        let room = 32 / depth as usize;
        let last = values.saturating_sub(room) as u32 * depth;
        Self { words: values.div_ceil(room), last, factor: 0x9e37_79b9_7f4a_7c15 }
    }

    /// How the next word enters a code: the code is shifted, and the word times a factor is added.
    fn next(&mut self) -> (u32, u64) {
        if self.words <= 2 {
            return (self.last, 1);
        }
        let factor = self.factor;
        self.factor = factor.wrapping_mul(0xda94_2042_e4dd_58b5);
        (0, factor)
    }
}

impl Enumerated for Steps {
    fn codes(&mut self, depth: u32, codes: &mut [u64]) {
        self.level.vectorize(
            #[inline(always)]
            || self.write_codes(depth, codes),
        );
    }

    fn code(&mut self, depth: u32, place: usize) -> u64 {
        let depth = depth.clamp(1, 16);
        let mut joint = Joint::new(self.values, depth);
        let mut code = 0u64;
        for values in self.steps[place / TILE * self.values..][..self.values].chunks(32 / depth as usize) {
            let (shift, factor) = joint.next();
            let bits = |word: u32, steps: &[u16; TILE]| word << depth | u32::from(steps[place % TILE]) >> (16 - depth);
            code = (code << shift).wrapping_add(u64::from(values.iter().fold(0, bits)).wrapping_mul(factor));
        }
        code
    }

    fn wrong(&mut self, _depth: u32, _wrong: &mut [u8]) -> Result<bool, CipherError> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Blocks, Cipher, Ciphertexts, Learned, Stream};
    use evesdrop_learn::games::Rules;
    use evesdrop_learn::model::{Model, ModelNote};
    use evesdrop_learn::networks::{Initialisation, Network};

    #[test]
    fn codes_are_those_of_the_whole_networks() {
        for network in [Network::Paper, Network::Released, Network::Dense, Network::CryptoNet] {
            let note = ModelNote::new(Rules::symmetric(network, 12, 10));
            let parameters = Initialisation::Doubled.parameters(&note.layout(), 1);
            let model = Model::new(note, parameters);
            let cipher = Learned::new("test", model).unwrap();
            let enumerator = cipher.enumerator().unwrap();
            let mut stream = Stream::new(1, "test");
            // All keys; a few in the middle; one tile that does not start at a tile boundary; the last ones.
            for (first, count) in [(0, 1024), (300, 3), (77, 128), (1000, 24)] {
                let plaintext = stream.below(1 << 12);
                let keys = Blocks::from_values(10, first..first + count as u64);
                let sent = cipher.encrypt(&keys, &Blocks::from_values(12, [plaintext]), 0).unwrap();
                let Ciphertexts::Floats(sent) = sent else { panic!("a learned cipher has real numbers") };
                let mut batch = enumerator.encrypt(plaintext, first, count).unwrap();
                assert!(!batch.wrong(1, &mut vec![0; count]).unwrap());
                let mut codes = vec![0; count];
                for depth in [1, 2, 4, 8] {
                    batch.codes(depth, &mut codes);
                    let alone: Vec<u64> = (0..count).map(|place| batch.code(depth, place)).collect();
                    assert_eq!(alone, codes, "{depth} bits");
                    if depth < 8 {
                        let bits = sent.quantise(depth);
                        // A different order of summation may move a value over a boundary, which is rare.
                        let other = (0..count).filter(|&row| codes[row] != bits.value(row)).count();
                        assert!(other <= count / 100, "{other} of {count} at {depth} bits");
                    }
                }
                // 96 bits do not fit into a code: hashes must be equal exactly if the ciphertexts are.
                let mut hashes = codes;
                hashes.sort_unstable();
                hashes.dedup();
                let bits = sent.quantise(8);
                let mut texts: Vec<String> = (0..count).map(|row| bits.hex(row)).collect();
                texts.sort_unstable();
                texts.dedup();
                assert!(hashes.len().abs_diff(texts.len()) <= count / 100);
            }
        }
    }
}
