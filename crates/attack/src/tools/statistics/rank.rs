//! Ranks of matrices of bits (section 2.5).
use super::{Bits, Outcome, chi_squared, with_at_least};

/// Do 32 by 32 matrices of bits have the expected ranks (section 2.5)? Needs 38 matrices: 38,912 bits.
pub fn matrix_rank(bits: &Bits) -> Outcome {
    with_at_least(bits, 38 * 32 * 32, || {
        let (full, one_less) = (rank_share(32, 32), rank_share(32, 31));
        Outcome::one(chi_squared(&rank_counts(bits, 32), &[full, one_less, 1.0 - full - one_less]))
    })
}

/// The number of square matrices of `size` (up to 64) with full rank, with one less, and with a lower rank.
pub(super) fn rank_counts(bits: &Bits, size: usize) -> [u64; 3] {
    let mut counts = [0; 3];
    for matrix in 0..bits.len() / (size * size) {
        let rows = (0..size).map(|r| bits.word((matrix * size + r) * size, size)).collect();
        counts[(size - rank(rows)).min(2)] += 1;
    }
    counts
}

/// The probability that a random square matrix over GF(2) has this rank (section 3.5).
fn rank_share(size: usize, rank: usize) -> f64 {
    let (m, r) = (size as i32, rank as i32);
    let terms = (0..r).map(|i| (1.0 - 2f64.powi(i - m)).powi(2) / (1.0 - 2f64.powi(i - r)));
    2f64.powi(r * (2 * m - r) - m * m) * terms.product::<f64>()
}

/// The rank over GF(2), by elimination.
fn rank(mut rows: Vec<u64>) -> usize {
    let mut rank = 0;
    for column in 0..64 {
        let Some(pivot) = (rank..rows.len()).find(|r| rows[*r] >> column & 1 == 1) else {
            continue;
        };
        rows.swap(rank, pivot);
        let row = rows[rank];
        rows[rank + 1..].iter_mut().filter(|r| **r >> column & 1 == 1).for_each(|r| *r ^= row);
        rank += 1;
    }
    rank
}
