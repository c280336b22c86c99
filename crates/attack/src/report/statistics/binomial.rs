//! Exact binomial intervals and tails.
use super::beta::beta_inc;

/// The exact (Clopper-Pearson) confidence interval of a proportion: [low, high], both 0 to 1.
///
/// `confidence` is 0.95 for a 95 % interval; it is clamped to 0.5 to 1 - 1e-12. The interval covers any true proportion with at
/// least this probability (C. J. Clopper & E. S. Pearson, Biometrika 26, 1934, 404-413). Without trials it is [0, 1]. More
/// successes than trials count as all successes.
///
/// ```
/// let [low, high] = evesdrop_attack::report::clopper_pearson(4, 20, 0.95);
/// assert!((low - 0.0573).abs() < 1e-4 && (high - 0.4366).abs() < 1e-4);
/// ```
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> [f64; 2] {
    if trials == 0 {
        return [0.0, 1.0];
    }
    let successes = successes.min(trials);
    let tail = (1.0 - confidence.clamp(0.5, 1.0 - 1e-12)) / 2.0;
    let (k, n) = (successes as f64, trials as f64);
    let low = if successes == 0 { 0.0 } else { solve(|p| beta_inc(k, n - k + 1.0, p) < tail) };
    // By symmetry, an upper bound for the successes is a lower bound for the failures.
    let high = if successes == trials { 1.0 } else { 1.0 - solve(|q| beta_inc(n - k, k + 1.0, q) < tail) };
    [low, high]
}

/// The point in 0 to 1 at which `below` changes from true to false.
fn solve(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The advantage in a game with two answers, 2 p - 1, and its exact interval, with negative values set to 0.
///
/// 0 is guessing, 1 is certainty. `confidence` as for [`clopper_pearson`].
pub fn advantage_interval(right: u64, trials: u64, confidence: f64) -> (f64, [f64; 2]) {
    let advantage = |p: f64| (2.0 * p - 1.0).max(0.0);
    let rate = if trials == 0 { 0.5 } else { right.min(trials) as f64 / trials as f64 };
    (advantage(rate), clopper_pearson(right, trials, confidence).map(advantage))
}

/// The probability of at least `successes` in `trials` that each succeed with probability `p`: the exact one-sided p-value.
pub fn binomial_tail(successes: u64, trials: u64, p: f64) -> f64 {
    match successes {
        0 => 1.0,
        k if k > trials => 0.0,
        k => beta_inc(k as f64, (trials - k) as f64 + 1.0, p),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from SciPy 1.x, `scipy.stats.beta.ppf`; the third is also R's `binom.test(4, 20)`.
    #[test]
    fn intervals_agree_with_scipy() {
        let cases = [
            (0, 10, 0.95, [0.0, 0.3084971078187607]),
            (10, 10, 0.95, [0.6915028921812392, 1.0]),
            (4, 20, 0.95, [0.05733399705003278, 0.4366140029966683]),
            (517, 1000, 0.99, [0.4757939691050685, 0.558041947887578]),
            (500_900, 1_000_000, 0.999, [0.499_254_237_368_720_8, 0.5025457490323281]),
        ];
        for (k, n, confidence, want) in cases {
            let got = clopper_pearson(k, n, confidence);
            assert!((got[0] - want[0]).abs() < 1e-10 && (got[1] - want[1]).abs() < 1e-10, "{k}/{n}: {got:?}");
        }
    }

    /// Values from SciPy 1.x, `scipy.stats.binom.sf(k - 1, n, p)`.
    #[test]
    fn tails_agree_with_scipy() {
        for (k, n, p, want) in [
            (8, 10, 0.5, 0.0546875),
            (520, 1000, 0.5, 0.10872414660207075),
            (501_500, 1_000_000, 0.5, 0.001354327653029687),
            (3, 5, 0.2, 0.05792),
        ] {
            let got = binomial_tail(k, n, p);
            assert!((got / want - 1.0).abs() < 1e-9, "{k}/{n}: {got}");
        }
        assert_eq!((binomial_tail(0, 5, 0.1), binomial_tail(6, 5, 0.1)), (1.0, 0.0));
    }

    #[test]
    fn odd_input_gives_the_widest_answer() {
        assert_eq!(clopper_pearson(0, 0, 0.95), [0.0, 1.0]);
        assert_eq!(clopper_pearson(9, 3, 2.0)[1], 1.0);
        assert_eq!(advantage_interval(0, 0, 0.95), (0.0, [0.0, 1.0]));
        assert_eq!(advantage_interval(0, 100, 0.95).0, 0.0);
    }
}
