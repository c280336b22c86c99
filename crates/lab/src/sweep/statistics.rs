//! What a part of trials says of a rate.

/// Two-sided 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a rate of which `count` of `of` were seen: E. B. Wilson, "Probable inference, the law of succession, and
/// statistical inference", JASA 22 (1927). From 0 to 1 where nothing was seen.
pub fn wilson(count: usize, of: usize) -> [f64; 2] {
    if of == 0 {
        return [0.0, 1.0];
    }
    let (n, p) = (of as f64, count as f64 / of as f64);
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    [((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)]
}

/// The middle of the values; of an even number, the mean of the two in the middle.
pub(super) fn median(mut values: Vec<u64>) -> Option<f64> {
    values.sort_unstable();
    let n = values.len();
    let sum = values.get(n / 2)? + values.get((n - 1) / 2)?;
    Some(sum as f64 / 2.0)
}

/// The mean, where there are values.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_wilsons_interval_are_rates_just_rejected() {
        for (count, of, low, high) in
            [(8_u32, 10_u32, 0.490_162, 0.943_318), (0, 20, 0.0, 0.161_125), (20, 20, 0.838_875, 1.0)]
        {
            let interval = wilson(count as usize, of as usize);
            assert!((interval[0] - low).abs() < 1e-5 && (interval[1] - high).abs() < 1e-5, "{interval:?}");
            let seen = f64::from(count) / f64::from(of);
            for end in interval {
                let distance = (seen - end).powi(2) - Z * Z * end * (1.0 - end) / f64::from(of);
                assert!(distance.abs() < 1e-12, "{count} of {of}: {end}");
            }
        }
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
    }

    #[test]
    fn medians_and_means() {
        assert_eq!(median(vec![3, 1, 2]), Some(2.0));
        assert_eq!(median(vec![4, 1, 2, 3]), Some(2.5));
        assert_eq!(median(vec![]), None);
        assert_eq!(mean([1.0, 2.0].into_iter()), Some(1.5));
        assert_eq!(mean(std::iter::empty()), None);
    }
}
