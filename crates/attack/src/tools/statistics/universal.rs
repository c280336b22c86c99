//! Maurer's universal test: the distances between equal blocks (section 2.9).
use super::special::erfc;
use super::{Bits, Outcome, with_at_least};

/// Number of bits needed, block length, expected value and variance of the statistic (sections 2.9.4 and 2.9.7).
const LAYOUTS: [(usize, usize, f64, f64); 11] = [
    (387_840, 6, 5.2177052, 2.954),
    (904_960, 7, 6.1962507, 3.125),
    (2_068_480, 8, 7.1836656, 3.238),
    (4_654_080, 9, 8.1764248, 3.311),
    (10_342_400, 10, 9.1723243, 3.356),
    (22_753_280, 11, 10.170032, 3.384),
    (49_643_520, 12, 11.168765, 3.401),
    (107_560_960, 13, 12.168070, 3.410),
    (231_669_760, 14, 13.167693, 3.416),
    (496_435_200, 15, 14.167488, 3.419),
    (1_059_061_760, 16, 15.167379, 3.421),
];

/// Can the sequence be compressed (section 2.9)? Needs 387,840 bits.
pub fn universal(bits: &Bits) -> Outcome {
    with_at_least(bits, LAYOUTS[0].0, || {
        let (_, length, mean, variance) = LAYOUTS.into_iter().rfind(|l| bits.len() >= l.0).unwrap_or(LAYOUTS[0]);
        let first = 10 << length;
        let (statistic, tested) = mean_log_distance(bits, length, first);
        let (l, k) = (length as f64, tested as f64);
        let c = 0.7 - 0.8 / l + (4.0 + 32.0 / l) * k.powf(-3.0 / l) / 15.0;
        let deviation = c * (variance / k).sqrt();
        Outcome::one(erfc(((statistic - mean) / (std::f64::consts::SQRT_2 * deviation)).abs()))
    })
}

/// The mean of log2 of the distance to the last equal block, over the blocks after the first `first` ones, and the number of
/// these blocks.
pub(super) fn mean_log_distance(bits: &Bits, length: usize, first: usize) -> (f64, usize) {
    let blocks = bits.len() / length;
    let mut last = vec![0usize; 1 << length];
    let mut sum = 0.0;
    for i in 1..=blocks {
        let seen = &mut last[bits.word((i - 1) * length, length) as usize];
        if i > first {
            sum += ((i - *seen) as f64).log2();
        }
        *seen = i;
    }
    let tested = blocks.saturating_sub(first);
    (sum / tested as f64, tested)
}
