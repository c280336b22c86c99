//! Occurrences of given patterns (sections 2.7 and 2.8).
use super::special::igamc;
use super::{Bits, Outcome, chi_squared, with_at_least};

/// Does the pattern occur as often as expected, counted without overlap in eight blocks (section 2.7)?
///
/// `template` holds the pattern in reading order, its first bit highest; `length` is its length, 2 to 16. The pattern must not
/// overlap itself; 000000001 is an example. Needs five expected occurrences per block: 20,544 bits for nine.
pub fn non_overlapping_template(bits: &Bits, template: u64, length: usize) -> Outcome {
    let length = length.clamp(2, 16);
    let needed = 8 * ((5 << length) + length - 1);
    with_at_least(bits, needed, || Outcome::one(non_overlapping_p(bits, template, length, 8)))
}

pub(super) fn non_overlapping_p(bits: &Bits, template: u64, length: usize, blocks: usize) -> f64 {
    let pattern = template.reverse_bits() >> (64 - length);
    let size = bits.len() / blocks;
    let (m, two) = (length as f64, 2f64.powi(length as i32));
    let mean = (size as f64 - m + 1.0) / two;
    let variance = size as f64 * (1.0 / two - (2.0 * m - 1.0) / (two * two));
    let statistic: f64 = (0..blocks)
        .map(|block| {
            let (mut at, end, mut found) = (block * size, (block + 1) * size, 0u64);
            while at + length <= end {
                let hit = bits.word(at, length) == pattern;
                found += u64::from(hit);
                at += if hit { length } else { 1 };
            }
            (found as f64 - mean).powi(2) / variance
        })
        .sum();
    igamc(blocks as f64 / 2.0, statistic / 2.0)
}

/// The probability of 0, 1, 2, 3, 4 and more runs of nine ones in 1032 bits, overlaps counted: the exact values of K. Hamano &
/// T. Kaneko, "Correction of Overlapping Template Matching Test", IEICE Trans. Fundamentals E90-A, 2007, as printed in Revision
/// 1a (section 3.8).
const OVERLAPPING: [f64; 6] = [0.364091, 0.185659, 0.139381, 0.100571, 0.0704323, 0.1398657];

/// Do runs of nine ones occur as often as expected, overlaps counted (section 2.8)? Needs 1,000,000 bits.
pub fn overlapping_template(bits: &Bits) -> Outcome {
    with_at_least(bits, 1_000_000, || Outcome::one(overlapping_p(bits, &OVERLAPPING)))
}

pub(super) fn overlapping_p(bits: &Bits, shares: &[f64; 6]) -> f64 {
    const BLOCK: usize = 1032;
    let mut counts = [0; 6];
    for start in (0..bits.len() / BLOCK).map(|i| i * BLOCK) {
        let found = (start..=start + BLOCK - 9).filter(|at| bits.word(*at, 9) == 0x1ff).count();
        counts[found.min(5)] += 1;
    }
    chi_squared(&counts, shares)
}
