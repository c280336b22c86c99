//! The enumerator of a learned cipher: one message under many keys, at several depths at once.
use super::{CipherError, Enumerator};
use crate::learned::{AliceRest, SplitAlice};
use crate::model::Model;
use evesdrop_engine::{Engine, Row, TILE};
use std::sync::{Mutex, PoisonError};

/// Alice, her first layer tabulated for all keys. Bob is not run: at several depths he would take most of the time.
pub(super) struct Split<'a> {
    model: &'a Model,
    engine: &'a Engine,
    alice: SplitAlice,
    /// Memory that no thread uses just now: with room for one tile of keys, and for [`TILES`].
    idle: [Mutex<Vec<AliceRest>>; 2],
}

/// Tiles of a large run: a chunk of keys, as exact leakage asks for.
const TILES: usize = 8;

impl<'a> Split<'a> {
    /// Longer keys would take too much memory.
    pub(super) const MOST_KEY_BITS: usize = 20;

    pub(super) fn new(model: &'a Model, engine: &'a Engine) -> Self {
        Self { model, engine, alice: SplitAlice::new(model), idle: Default::default() }
    }
}

impl Enumerator for Split<'_> {
    fn codes(
        &self,
        plaintext: u64,
        first_key: u64,
        depths: &[u32],
        codes: &mut [u64],
        _wrong: &mut [u8],
    ) -> Result<bool, CipherError> {
        let count = codes.len() / depths.len().max(1);
        let large = count >= TILES * TILE;
        let idle = || self.idle[usize::from(large)].lock().unwrap_or_else(PoisonError::into_inner);
        let spare = idle().pop();
        let mut rest = spare.unwrap_or_else(|| AliceRest::new(self.model, self.engine, if large { TILES } else { 1 }));
        let half = self.alice.message_half(plaintext);
        for start in (0..count).step_by(rest.room()) {
            rest.encrypt(&self.alice, &half, first_key + start as u64);
            let here = rest.room().min(count - start);
            for tile in 0..here.div_ceil(TILE) {
                let range = start + tile * TILE..start + here.min((tile + 1) * TILE);
                let steps = Steps::of(rest.ciphertext(tile));
                for (codes, &depth) in codes.chunks_exact_mut(count).zip(depths) {
                    steps.codes(depth, &mut codes[range.clone()]);
                }
            }
        }
        idle().push(rest);
        Ok(false)
    }
}

/// The values of a tile's ciphertexts as 16-bit steps of [-1, 1], one row for each value.
struct Steps(Vec<[u16; TILE]>);

impl Steps {
    fn of(ciphertext: &[Row]) -> Self {
        // v / 2 + 3 / 2 lies from 1 to 2, where the highest bits of a float's fraction count equal steps.
        let step = |value: f32| ((value * 0.5 + 1.5).clamp(1.0, 1.999_999_9).to_bits() >> 7) as u16;
        let steps = ciphertext.iter().map(|row| {
            let mut steps = [0; TILE];
            steps.iter_mut().zip(row.values()).for_each(|(to, &value)| *to = step(value));
            steps
        });
        Self(steps.collect())
    }

    /// The codes at `depth` bits a value: the bits in order, or a hash of them where they are more than 64.
    fn codes(&self, depth: u32, codes: &mut [u64]) {
        let depth = depth.clamp(1, 16);
        // Words of 32 bits, which vectors hold more of.
        let words: Vec<[u32; TILE]> = self
            .0
            .chunks(32 / depth as usize)
            .map(|values| {
                let mut words = [0; TILE];
                for steps in values {
                    for (word, &step) in words.iter_mut().zip(steps) {
                        *word = *word << depth | u32::from(step) >> (16 - depth);
                    }
                }
                words
            })
            .collect();
        match &words[..] {
            [word] => codes.iter_mut().zip(word).for_each(|(code, &word)| *code = word.into()),
            [first, second] => {
                let last = (self.0.len() as u32 - 32 / depth) * depth;
                for ((code, &first), &second) in codes.iter_mut().zip(first).zip(second) {
                    *code = u64::from(first) << last | u64::from(second);
                }
            }
            _ => {
                // The sum of all words times odd numbers: a universal hash, and one that vectors compute.
                codes.fill(0);
                let mut factor = 0x9e37_79b9_7f4a_7c15_u64;
                for word in &words {
                    codes.iter_mut().zip(word).for_each(|(code, &word)| {
                        *code = code.wrapping_add(u64::from(word).wrapping_mul(factor));
                    });
                    factor = factor.wrapping_mul(0xda94_2042_e4dd_58b5);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Blocks, Cipher, Ciphertexts, Learned, Stream};
    use crate::games::Rules;
    use crate::model::{Model, ModelNote};
    use crate::networks::{Initialisation, Network};

    #[test]
    fn codes_are_those_of_the_whole_networks() {
        for network in [Network::Paper, Network::Released, Network::CryptoNet] {
            let note = ModelNote::new(Rules::symmetric(network, 12, 10));
            let parameters = Initialisation::Doubled.parameters(&note.layout(), 1);
            let model = Model::from_bytes(&Model::to_bytes(&note, &parameters).unwrap()).unwrap();
            let cipher = Learned::new("test", model).unwrap();
            let enumerator = cipher.enumerator().unwrap();
            let mut stream = Stream::new(1, "test");
            // All keys; a few in the middle; one tile that begins between tiles; the last ones.
            for (first, count) in [(0, 1024), (300, 3), (77, 128), (1000, 24)] {
                let plaintext = stream.below(1 << 12);
                let keys = Blocks::from_values(10, first..first + count as u64);
                let sent = cipher.encrypt(&keys, &Blocks::from_values(12, [plaintext]), 0).unwrap();
                let Ciphertexts::Floats(sent) = sent else { panic!("a learned cipher has real numbers") };
                let depths = [1, 2, 4, 8];
                let (mut codes, mut wrong) = (vec![0; count * 4], vec![0; count * 4]);
                assert!(!enumerator.codes(plaintext, first, &depths, &mut codes, &mut wrong).unwrap());
                for (at, depth) in depths.into_iter().enumerate().take(3) {
                    let bits = sent.quantise(depth);
                    // Sums in another order may move a value over a border, which is rare.
                    let other = (0..count).filter(|&row| codes[at * count + row] != bits.value(row)).count();
                    assert!(other <= count / 100, "{other} of {count} at {depth} bits");
                }
                // 96 bits do not fit a code: equal hashes where the ciphertexts are equal, other ones elsewhere.
                let mut hashes = codes[3 * count..].to_vec();
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
