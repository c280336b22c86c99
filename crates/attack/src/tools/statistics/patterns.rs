//! Frequencies of all patterns of a length (sections 2.11 and 2.12).
use super::special::igamc;
use super::{Bits, Outcome, with_at_least};

/// The pattern length for a sequence of `n` bits: below log2(n) - 2 as required in section 2.11.7, at most 16.
pub(super) fn serial_length(n: usize) -> usize {
    (n.max(1).ilog2() as usize).saturating_sub(3).clamp(2, 16)
}

/// The pattern length for a sequence of `n` bits: below log2(n) - 5 as required in section 2.12.7, at most 10.
pub(super) fn entropy_length(n: usize) -> usize {
    (n.max(1).ilog2() as usize).saturating_sub(6).clamp(1, 10)
}

/// Do all patterns of `length` (2 to 24) bits occur equally often (section 2.11)? Two p-values. Needs 2^(length + 3) bits, at
/// least 100.
pub fn serial(bits: &Bits, length: usize) -> Outcome {
    let length = length.clamp(2, 24);
    with_at_least(bits, (8 << length).max(100), || {
        let [first, second] = serial_p(bits, length);
        Outcome::parts([("first difference".to_owned(), first), ("second difference".to_owned(), second)])
    })
}

pub(super) fn serial_p(bits: &Bits, length: usize) -> [f64; 2] {
    let psi = |m: usize| {
        if m == 0 {
            return 0.0;
        }
        let squares: f64 = counts(bits, m).iter().map(|c| (*c as f64).powi(2)).sum();
        2f64.powi(m as i32) / bits.len() as f64 * squares - bits.len() as f64
    };
    let (a, b, c) = (psi(length), psi(length - 1), psi(length.saturating_sub(2)));
    let two = 2f64.powi(length as i32 - 2);
    [igamc(two, (a - b) / 2.0), igamc(two / 2.0, (a - 2.0 * b + c) / 2.0)]
}

/// Do the frequencies of patterns of `length` (1 to 24) bits and of one more bit agree (section 2.12)? Needs 2^(length + 6)
/// bits, at least 100.
pub fn approximate_entropy(bits: &Bits, length: usize) -> Outcome {
    let length = length.clamp(1, 24);
    with_at_least(bits, (64 << length).max(100), || Outcome::one(approximate_entropy_p(bits, length)))
}

pub(super) fn approximate_entropy_p(bits: &Bits, length: usize) -> f64 {
    let n = bits.len() as f64;
    let phi = |m: usize| -> f64 {
        let shares = counts(bits, m).into_iter().filter(|c| *c > 0).map(|c| c as f64 / n);
        shares.map(|s| s * s.ln()).sum()
    };
    let statistic = 2.0 * n * (std::f64::consts::LN_2 - (phi(length) - phi(length + 1)));
    igamc(2f64.powi(length as i32 - 1), statistic / 2.0)
}

/// The number of occurrences of each pattern of `length` bits in the cyclic sequence.
fn counts(bits: &Bits, length: usize) -> Vec<u64> {
    let mut counts = vec![0; 1 << length];
    let mask = (1usize << length) - 1;
    let mut pattern = 0;
    for i in 0..bits.len() + length - 1 {
        pattern = (pattern << 1 | usize::from(bits.get(i % bits.len()))) & mask;
        if i + 1 >= length {
            counts[pattern] += 1;
        }
    }
    counts
}
