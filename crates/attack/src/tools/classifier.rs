//! A classical distinguisher: separates two kinds of bit strings by the frequencies of their parts.
use crate::battery::evidence::Score;
use crate::ciphers::{Blocks, Stream};
use std::collections::HashMap;

/// The parts of a string whose frequencies are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// Every single bit.
    Bits,
    /// Every bit, and the XOR of every two.
    BitPairs,
    /// Every single byte.
    Bytes,
    /// Every pair of bytes.
    BytePairs,
    /// The whole string.
    Whole,
}

impl Parts {
    /// The parts to try on strings of `bits` bits.
    pub(crate) fn for_width(bits: usize) -> &'static [Self] {
        match bits {
            0..=8 => &[Self::Bits, Self::Whole],
            9..=32 => &[Self::Bits, Self::BitPairs, Self::Bytes, Self::BytePairs, Self::Whole],
            33..=64 => &[Self::Bits, Self::Bytes, Self::BytePairs, Self::Whole],
            _ => &[Self::Bits, Self::Bytes],
        }
    }

    /// The number of parts in a string of `bits` bits, and of values of a part. Whole strings have too many values for a table.
    fn tables(self, bits: usize) -> (usize, usize) {
        let bytes = bits.div_ceil(8);
        match self {
            Self::Bits => (bits, 2),
            Self::BitPairs => (bits * (bits / 2 + 1), 2),
            Self::Bytes => (bytes, 1 << 8),
            Self::BytePairs => (bytes * (bytes - 1) / 2, 1 << 16),
            Self::Whole => (0, 0),
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Bits => "frequencies of single bits",
            Self::BitPairs => "frequencies of single bits and of XORs of two",
            Self::Bytes => "frequencies of bytes",
            Self::BytePairs => "frequencies of pairs of bytes",
            Self::Whole => "frequencies of whole differences or blocks",
        }
    }
}

/// Sums, over the parts of a string, the log likelihood ratio of the two kinds.
pub(crate) struct Classifier {
    pub(crate) parts: Parts,
    /// One table per part, one after another.
    dense: Vec<f64>,
    /// For whole strings.
    sparse: HashMap<u64, f64>,
    /// Number of values of a part.
    values: usize,
    /// Strings with a larger sum are classified as the first kind.
    threshold: f64,
}

impl Classifier {
    /// Learns frequencies from equal numbers of strings of each kind.
    pub(crate) fn fit(parts: Parts, first: &Blocks, second: &Blocks) -> Self {
        let (tables, values) = parts.tables(first.bits());
        let mut dense = vec![[0.0; 2]; tables * values];
        let mut sparse: HashMap<u64, [f64; 2]> = HashMap::new();
        for (kind, blocks) in [first, second].into_iter().enumerate() {
            for row in 0..blocks.rows() {
                match parts {
                    Parts::Whole => sparse.entry(blocks.row(row)[0]).or_default()[kind] += 1.0,
                    _ => each_part(parts, blocks, row, |at, value| dense[at * values + value][kind] += 1.0),
                }
            }
        }
        // One imaginary string of each kind keeps rare values from being decisive.
        let weigh = |[a, b]: [f64; 2]| ((a + 1.0) / (b + 1.0)).ln();
        Self {
            parts,
            dense: dense.into_iter().map(weigh).collect(),
            sparse: sparse.into_iter().map(|(value, counts)| (value, weigh(counts))).collect(),
            values,
            threshold: 0.0,
        }
    }

    fn sum(&self, blocks: &Blocks, row: usize) -> f64 {
        if self.parts == Parts::Whole {
            return self.sparse.get(&blocks.row(row)[0]).copied().unwrap_or(0.0);
        }
        let mut sum = 0.0;
        each_part(self.parts, blocks, row, |at, value| sum += self.dense[at * self.values + value]);
        sum
    }

    /// Moves the threshold to the best position on a second data set. Returns the number of correct classifications.
    pub(crate) fn calibrate(&mut self, first: &Blocks, second: &Blocks) -> u64 {
        let sums = |blocks: &Blocks, kind: bool| {
            (0..blocks.rows()).map(|row| (self.sum(blocks, row), kind)).collect::<Vec<_>>()
        };
        let mut all = sums(first, true);
        all.extend(sums(second, false));
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Below all of them, everything is classified as the first kind.
        let mut right = first.rows() as i64;
        let (mut best, mut threshold) = (right, f64::NEG_INFINITY);
        for (at, &(sum, kind)) in all.iter().enumerate() {
            right += if kind { -1 } else { 1 };
            let splits = all.get(at + 1).is_none_or(|next| next.0 > sum);
            if splits && right > best {
                (best, threshold) = (right, sum);
            }
        }
        self.threshold = threshold;
        best as u64
    }

    /// The number of correct classifications of fresh strings. For each row a fair coin decides which of the two kinds is
    /// shown. So the guesses are independent and right with probability 1/2 by chance, for any threshold.
    pub(crate) fn score(&self, first: &Blocks, second: &Blocks, coins: &mut Stream) -> Score {
        let rows = first.rows().min(second.rows());
        let right = (0..rows).filter(|&row| {
            let kind = coins.word() & 1 == 1;
            let guess = self.sum(if kind { first } else { second }, row) > self.threshold;
            guess == kind
        });
        Score { right: right.count() as u64, of: rows as u64 }
    }
}

/// The best classifier: every kind of parts is learned from the first half of the data, and the one that does best on the
/// second half is kept.
pub(crate) fn learn(first: &Blocks, second: &Blocks) -> Option<(u64, Classifier)> {
    let rows = first.rows().min(second.rows());
    let half = rows / 2;
    let candidates = Parts::for_width(first.bits()).iter().map(|&parts| {
        let mut classifier = Classifier::fit(parts, &first.slice(0..half), &second.slice(0..half));
        let right = classifier.calibrate(&first.slice(half..rows), &second.slice(half..rows));
        (right, classifier)
    });
    candidates.max_by_key(|(right, _)| *right)
}

/// Calls `each(part, value)` for every part of a string.
fn each_part(parts: Parts, blocks: &Blocks, row: usize, mut each: impl FnMut(usize, usize)) {
    let words = blocks.row(row);
    let bytes = blocks.bits().div_ceil(8);
    let byte = |at: usize| (words[at / 8] >> (56 - 8 * (at % 8)) & 0xff) as usize;
    match parts {
        Parts::Bits => (0..blocks.bits()).for_each(|bit| each(bit, usize::from(blocks.get(row, bit)))),
        Parts::BitPairs => {
            // Rotated by nothing, a string contributes its own bits; rotated by s, the XORs of bits at distance s.
            let (bits, value) = (blocks.bits(), blocks.value(row));
            for turn in 0..=bits / 2 {
                let turned = if turn == 0 { value } else { value ^ (value << turn | value >> (bits - turn)) };
                (0..bits).for_each(|bit| each(turn * bits + bit, (turned >> bit & 1) as usize));
            }
        }
        Parts::Bytes => (0..bytes).for_each(|at| each(at, byte(at))),
        Parts::BytePairs => {
            let mut part = 0;
            for first in 0..bytes {
                for second in first + 1..bytes {
                    each(part, byte(first) << 8 | byte(second));
                    part += 1;
                }
            }
        }
        Parts::Whole => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_biased_strings_from_fair_ones_and_nothing_from_nothing() {
        let mut stream = Stream::new(1, "classifier");
        let (biased, fair) = (stream.biased_blocks(24, 4000, 0.6), stream.blocks(24, 4000));
        let (_, classifier) = learn(&biased, &fair).unwrap();
        assert_eq!(classifier.parts, Parts::Bits);
        let score = classifier.score(
            &stream.biased_blocks(24, 2000, 0.6),
            &stream.blocks(24, 2000),
            &mut Stream::new(2, "coins"),
        );
        // The sums differ by about one standard deviation: 0.69 is the best possible accuracy.
        assert!((0.65..0.73).contains(&score.accuracy()), "{score:?}");
        let (_, classifier) = learn(&stream.blocks(24, 4000), &fair).unwrap();
        let score = classifier.score(&stream.blocks(24, 2000), &stream.blocks(24, 2000), &mut Stream::new(3, "coins"));
        assert!(score.p_value() > 1e-3, "{score:?}");
    }

    #[test]
    fn a_rare_whole_value_is_noticed() {
        let values = |offset: u64| {
            Blocks::from_values(32, (0..4000).map(|row: u64| ((row % 50 + offset) * 0x9e37_79b9) & 0xffff_ffff))
        };
        let (right, classifier) = learn(&values(0), &values(1000)).unwrap();
        assert_eq!(right, 4000);
        assert_eq!(
            classifier.score(&values(0), &values(1000), &mut Stream::new(1, "coins")),
            Score { right: 4000, of: 4000 }
        );
    }
}
