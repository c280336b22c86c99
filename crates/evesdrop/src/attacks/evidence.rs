//! Counting right guesses, and what a count proves.
//!
//! Every statistical claim has the same shape: something was chosen on one data set (a pair of bits and a sign, a classifier with
//! its threshold) so that it predicts a fair coin. On untouched data it is right `right` times `of` times; were there no
//! weakness, that count would be binomial with probability 1/2.
use super::{AttackError, Draft};
use crate::report::{Finding, Verdict};

/// The chance that a report on a flawless cipher says anything at all, over all its tests (before retests, which
/// lower it a hundredfold).
pub const FAMILY_ALPHA: f64 = 0.001;

/// A result this unlikely is tried again on fresh data, and only the fresh result counts.
pub const SUSPICIOUS: f64 = 0.01;

/// Confidence of every reported interval.
pub const CONFIDENCE: f64 = 0.99;

/// How often a guess at a fair coin was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// Right guesses.
    pub right: u64,
    /// Guesses.
    pub of: u64,
}

impl Score {
    /// The chance of at least as many right guesses by luck.
    pub fn p_value(self) -> f64 {
        upper_tail(self.right, self.of, 0.5)
    }

    /// Advantage over guessing: 2 x accuracy - 1, and no less than 0.
    pub fn advantage(self) -> f64 {
        (2.0 * self.right as f64 / self.of.max(1) as f64 - 1.0).max(0.0)
    }

    /// Share of right guesses.
    pub fn accuracy(self) -> f64 {
        self.right as f64 / self.of.max(1) as f64
    }

    /// Exact interval of the advantage at [`CONFIDENCE`].
    pub fn interval(self) -> [f64; 2] {
        let [low, high] = clopper_pearson(self.right, self.of, CONFIDENCE);
        [(2.0 * low - 1.0).max(0.0), (2.0 * high - 1.0).max(0.0)]
    }
}

/// Runs a test on fresh data, and once more on other fresh data when the first result is suspicious; the last one counts.
/// `test` is told which time it is, 0 or 1.
pub(crate) fn retested(mut test: impl FnMut(usize) -> Result<Score, AttackError>) -> Result<Score, AttackError> {
    let first = test(0)?;
    if first.p_value() < SUSPICIOUS { test(1) } else { Ok(first) }
}

/// Ends a finding that rests on a score: a weakness when luck is out of the question, and nothing otherwise.
pub(crate) fn conclude(mut draft: Draft, score: Score, found: impl FnOnce(Score) -> String, nothing: &str) -> Finding {
    draft.finding.advantage = Some(score.advantage());
    draft.finding.interval = Some(score.interval());
    draft.finding.p_value = Some(score.p_value());
    draft.finding.samples += score.of;
    draft.detail("right guesses on untouched data", format!("{} of {}", score.right, score.of));
    if score.p_value() <= FAMILY_ALPHA {
        draft.conclude(Verdict::WeaknessFound, found(score))
    } else {
        draft.conclude(Verdict::NothingFound, nothing)
    }
}

/// P(X >= k) for X binomial(n, p), summed exactly from its terms.
pub fn upper_tail(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    // Sum the shorter side, so that the terms fall and the sum can stop.
    if (k as f64) < n as f64 * p {
        return (1.0 - upper_tail(n - k + 1, n, 1.0 - p)).clamp(0.0, 1.0);
    }
    let (kf, nf) = (k as f64, n as f64);
    let choose = libm::lgamma(nf + 1.0) - libm::lgamma(kf + 1.0) - libm::lgamma(nf - kf + 1.0);
    let mut term = (choose + kf * p.ln() + (nf - kf) * (1.0 - p).ln()).exp();
    let (mut sum, mut at) = (0.0, kf);
    while term > sum * 1e-16 && at <= nf {
        sum += term;
        term *= (nf - at) / (at + 1.0) * p / (1.0 - p);
        at += 1.0;
    }
    sum.min(1.0)
}

/// The exact (Clopper-Pearson) interval of a probability after `k` successes in `n` trials.
pub fn clopper_pearson(k: u64, n: u64, confidence: f64) -> [f64; 2] {
    let tail = (1.0 - confidence) / 2.0;
    let solve = |too_low: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = (low + high) / 2.0;
            if too_low(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low + high) / 2.0
    };
    let low = if k == 0 { 0.0 } else { solve(&|p| upper_tail(k, n, p) < tail) };
    let high = if k >= n { 1.0 } else { solve(&|p| upper_tail(k + 1, n, p) < 1.0 - tail) };
    [low, high]
}

/// Holm's step-down procedure: which of these p-values are significant at family-wise level `alpha`.
pub fn holm(p_values: &[f64], alpha: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut rejected = vec![false; p_values.len()];
    for (rank, &index) in order.iter().enumerate() {
        if p_values[index] > alpha / (p_values.len() - rank) as f64 {
            break;
        }
        rejected[index] = true;
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Beta, ContinuousCDF};

    #[test]
    fn tails_agree_with_another_library() {
        for (k, n, p) in [
            (0, 10, 0.5),
            (5, 10, 0.5),
            (9, 10, 0.5),
            (60, 100, 0.5),
            (3, 100, 0.02),
            (520, 1000, 0.5),
            (480, 1000, 0.5),
        ] {
            let ours = upper_tail(k, n, p);
            let peer = if k == 0 { 1.0 } else { Beta::new(k as f64, (n - k + 1) as f64).unwrap().cdf(p) };
            assert!((ours - peer).abs() < 1e-9 * peer.max(1e-3), "{k} of {n} at {p}: {ours} and {peer}");
        }
        // 2^-20 exactly, and a large case against the normal approximation.
        assert!((upper_tail(20, 20, 0.5) * (1 << 20) as f64 - 1.0).abs() < 1e-9);
        let large = upper_tail(501_645, 1_000_000, 0.5);
        assert!((large - 0.0005).abs() < 3e-6, "{large}");
        assert!(upper_tail(1_000_000, 1_000_000, 0.5) < 1e-300);
    }

    #[test]
    fn intervals_agree_with_another_library() {
        for (k, n) in [(0u64, 20u64), (7, 20), (20, 20), (5_200, 10_000)] {
            let [low, high] = clopper_pearson(k, n, 0.99);
            if k > 0 {
                let peer = Beta::new(k as f64, (n - k + 1) as f64).unwrap().inverse_cdf(0.005);
                assert!((low - peer).abs() < 1e-4, "{low} {peer}");
            }
            if k < n {
                let peer = Beta::new((k + 1) as f64, (n - k) as f64).unwrap().inverse_cdf(0.995);
                assert!((high - peer).abs() < 1e-4, "{high} {peer}");
            }
        }
        assert_eq!(Score { right: 50, of: 100 }.advantage(), 0.0);
        assert_eq!(Score { right: 40, of: 100 }.interval()[0], 0.0);
    }

    #[test]
    fn holm_steps_down() {
        assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005], 0.05), [true, false, false, true]);
        assert_eq!(holm(&[], 0.05), Vec::<bool>::new());
    }
}
