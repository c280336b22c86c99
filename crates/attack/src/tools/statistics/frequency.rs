//! Ones and zeros, overall and in blocks (sections 2.1 and 2.2).
use super::special::{erfc, igamc};
use super::{Bits, Outcome, with_at_least};

/// Are there as many ones as zeros (section 2.1)? Needs 100 bits.
pub fn frequency(bits: &Bits) -> Outcome {
    with_at_least(bits, 100, || Outcome::one(frequency_p(bits)))
}

pub(super) fn frequency_p(bits: &Bits) -> f64 {
    let n = bits.len() as f64;
    let sum = 2.0 * bits.ones(0, bits.len()) as f64 - n;
    erfc(sum.abs() / n.sqrt() / std::f64::consts::SQRT_2)
}

/// Are there as many ones as zeros in every block of `block` bits (section 2.2)? Needs 100 bits and one whole block.
pub fn block_frequency(bits: &Bits, block: usize) -> Outcome {
    let block = block.max(1);
    with_at_least(bits, block.max(100), || Outcome::one(block_frequency_p(bits, block)))
}

pub(super) fn block_frequency_p(bits: &Bits, block: usize) -> f64 {
    let blocks = bits.len() / block;
    let squares = (0..blocks).map(|i| (bits.ones(i * block, block) as f64 / block as f64 - 0.5).powi(2));
    let statistic = 4.0 * block as f64 * squares.sum::<f64>();
    igamc(blocks as f64 / 2.0, statistic / 2.0)
}
