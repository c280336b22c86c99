//! Means, proportions and their intervals, formatted for tables.

use evesdrop_attack::report::clopper_pearson;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean with its 95 % confidence interval (Student's t).
pub(in crate::paper) fn mean_interval(values: &[f64]) -> Option<(f64, Option<[f64; 2]>)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (!values.is_empty()).then_some((mean, None));
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let t = StudentsT::new(0.0, 1.0, n - 1.0).expect("at least one degree of freedom").inverse_cdf(0.975);
    let half = t * (variance / n).sqrt();
    Some((mean, Some([mean - half, mean + half])))
}

/// The mean with its interval. For two values, whose interval would be meaningless, both values.
pub(in crate::paper) fn shown(values: &[f64]) -> String {
    match (values, mean_interval(values)) {
        ([a, b], _) => format!("{a:.3}, {b:.3}"),
        (_, None) => String::new(),
        (_, Some((mean, None))) => format!("{mean:.3}"),
        (_, Some((mean, Some([low, high])))) => format!("{mean:.3} ({low:.3} to {high:.3})"),
    }
}

/// A proportion as "a of b" with its exact (Clopper-Pearson) 95 % interval.
pub(in crate::paper) fn counted(count: usize, of: usize) -> String {
    let [low, high] = clopper_pearson(count as u64, of as u64, 0.95);
    format!("{count} of {of} ({low:.2} to {high:.2})")
}

/// The mean of the points at each x, in ascending order of x.
pub(in crate::paper) fn means(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = |points: &[(f64, f64)]| points.iter().map(|p| p.1).sum::<f64>() / points.len() as f64;
    sorted.chunk_by(|a, b| a.0 == b.0).map(|points| (points[0].0, mean(points))).collect()
}
