//! Runs of equal bits (sections 2.3 and 2.4).
use super::frequency::frequency_p;
use super::special::erfc;
use super::{Bits, Outcome, chi_squared, with_at_least};

/// Is the number of runs as expected (section 2.3)? Needs 100 bits.
///
/// The standard returns 0 if the fraction of ones is so far from one half that this test does not apply. This happens for one
/// in 16,000 good sequences, so a p-value of 0 would be a false alarm. The frequency test's p-value, which is the relevant one
/// there, is returned instead.
pub fn runs(bits: &Bits) -> Outcome {
    with_at_least(bits, 100, || Outcome::one(runs_p(bits)))
}

pub(super) fn runs_p(bits: &Bits) -> f64 {
    let n = bits.len() as f64;
    let share = bits.ones(0, bits.len()) as f64 / n;
    if (share - 0.5).abs() >= 2.0 / n.sqrt() {
        return frequency_p(bits);
    }
    let changes = (1..bits.len()).filter(|i| bits.get(*i) != bits.get(i - 1)).count();
    let expected = 2.0 * n * share * (1.0 - share);
    erfc((changes as f64 + 1.0 - expected).abs() / (2.0 * (2.0 * n).sqrt() * share * (1.0 - share)))
}

/// Is the longest run of ones in each block as long as expected (section 2.4)? Needs 128 bits. Blocks have 8, 128 (from 6272
/// bits) or 10,000 bits (from 750,000).
///
/// The class probabilities are computed, not taken from the standard's table, which has only four digits for the largest block.
pub fn longest_run(bits: &Bits) -> Outcome {
    with_at_least(bits, 128, || {
        let (block, shortest, classes) = longest_run_layout(bits.len());
        Outcome::one(longest_run_p(bits, block, shortest, &longest_run_shares(block, shortest, classes)))
    })
}

/// Block length, the run length of the first class ("this or shorter"), and the number of classes (section 2.4.2).
pub(super) fn longest_run_layout(n: usize) -> (usize, usize, usize) {
    match n {
        0..6272 => (8, 1, 4),
        6272..750_000 => (128, 4, 6),
        _ => (10_000, 10, 7),
    }
}

/// The probability of each class, from the recurrence for the probability of no run of k + 1 ones in n tosses: f(n) = f(n - 1)
/// - f(n - k - 2) / 2^(k + 2).
pub(super) fn longest_run_shares(block: usize, shortest: usize, classes: usize) -> Vec<f64> {
    let at_most = |k: usize| {
        let mut f = vec![1.0; block + 1];
        for n in k + 1..=block {
            let ends_here = if n == k + 1 { 0.5 } else { 0.25 * f[n - k - 2] };
            f[n] = f[n - 1] - ends_here * 0.5f64.powi(k as i32);
        }
        f[block]
    };
    let below: Vec<f64> = (shortest..shortest + classes - 1).map(at_most).collect();
    let mut shares = vec![below[0]];
    shares.extend(below.windows(2).map(|w| w[1] - w[0]));
    shares.push(1.0 - below[classes - 2]);
    shares
}

pub(super) fn longest_run_p(bits: &Bits, block: usize, shortest: usize, shares: &[f64]) -> f64 {
    let mut counts = vec![0; shares.len()];
    for start in (0..bits.len() / block).map(|i| i * block) {
        let (mut longest, mut run) = (0, 0);
        for i in start..start + block {
            run = if bits.get(i) { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        counts[longest.clamp(shortest, shortest + shares.len() - 1) - shortest] += 1;
    }
    chi_squared(&counts, shares)
}
