//! Counts of right guesses, and what a count proves.
//!
//! Every statistical claim has the same form: something was chosen on one data set (a pair of bits and a sign, a classifier
//! with its threshold) to predict a fair coin. On fresh data it is right `right` times out of `of`. Without a weakness, this
//! count is binomial with probability 1/2.
use super::{AttackError, Draft, SIGNIFICANCE};
use crate::report::{Finding, Verdict, advantage_interval, binomial_tail};

/// A result with a smaller p-value is tested again on fresh data, and only the second result counts.
pub const SUSPICIOUS: f64 = 0.01;

/// Confidence of every reported interval.
pub const CONFIDENCE: f64 = 0.99;

/// How often a guess at a fair coin was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// Number of right guesses.
    pub right: u64,
    /// Number of guesses.
    pub of: u64,
}

impl Score {
    /// The probability of at least this many right guesses by chance.
    pub fn p_value(self) -> f64 {
        binomial_tail(self.right, self.of, 0.5)
    }

    /// Advantage over guessing: 2 x accuracy - 1, at least 0.
    pub fn advantage(self) -> f64 {
        (2.0 * self.right as f64 / self.of.max(1) as f64 - 1.0).max(0.0)
    }

    /// Fraction of right guesses.
    pub fn accuracy(self) -> f64 {
        self.right as f64 / self.of.max(1) as f64
    }

    /// Exact interval of the advantage at [`CONFIDENCE`].
    pub fn interval(self) -> [f64; 2] {
        advantage_interval(self.right, self.of, CONFIDENCE).1
    }
}

/// Runs a test on fresh data, and again on other fresh data if the first result is suspicious; the last one counts. `test`
/// receives the number of the attempt, 0 or 1.
pub(crate) fn retested(mut test: impl FnMut(usize) -> Result<Score, AttackError>) -> Result<Score, AttackError> {
    let first = test(0)?;
    if first.p_value() < SUSPICIOUS { test(1) } else { Ok(first) }
}

/// Completes a finding based on a score: a weakness if chance is excluded, and nothing otherwise.
pub(crate) fn conclude(draft: Draft, score: Score, found: impl FnOnce(Score) -> String, nothing: &str) -> Finding {
    conclude_above(0.5, draft, score, found, nothing)
}

/// As [`conclude`], where someone who sees no ciphertext is right with probability `blind`.
pub(crate) fn conclude_above(
    blind: f64,
    mut draft: Draft,
    score: Score,
    found: impl FnOnce(Score) -> String,
    nothing: &str,
) -> Finding {
    let above = |advantage: f64| {
        if blind <= 0.5 { advantage } else { ((advantage + 1.0) / 2.0 - blind).max(0.0) / (1.0 - blind).max(1e-9) }
    };
    let p_value = if blind <= 0.5 { score.p_value() } else { binomial_tail(score.right, score.of, blind) };
    draft.finding.advantage = Some(above(score.advantage()));
    draft.finding.interval = Some(score.interval().map(above));
    draft.finding.p_value = Some(p_value);
    draft.finding.samples += score.of;
    draft.detail("right guesses on untouched data", format!("{} of {}", score.right, score.of));
    if blind > 0.5 {
        draft.detail("right without any ciphertext", format!("{:.2} %", 100.0 * blind));
    }
    if p_value <= SIGNIFICANCE {
        draft.conclude(Verdict::WeaknessFound, found(score))
    } else {
        draft.conclude(Verdict::NothingFound, nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_at_or_below_chance_has_no_advantage() {
        assert_eq!(Score { right: 50, of: 100 }.advantage(), 0.0);
        assert_eq!(Score { right: 40, of: 100 }.interval()[0], 0.0);
        assert!(Score { right: 40, of: 100 }.p_value() > 0.9);
        // 2^-20 exactly.
        assert!((Score { right: 20, of: 20 }.p_value() * f64::from(1 << 20) - 1.0).abs() < 1e-9);
    }
}
