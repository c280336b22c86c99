//! Correction for multiple tests.
use crate::report::{Finding, Verdict, probability};

/// The probability that a report on a flawless cipher says WEAKNESS FOUND because of a p-value.
pub const SIGNIFICANCE: f64 = 0.001;

/// Holm's step-down correction: for each p-value, the smallest family-wise error rate at which it is significant.
///
/// S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979,
/// 65-70. Valid for tests that depend on each other. The order of the input is kept; NaN counts as 1.
///
/// ```
/// assert_eq!(evesdrop_attack::battery::holm(&[0.25, 0.01]), [0.25, 0.02]);
/// ```
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let clean: Vec<f64> = p_values.iter().map(|p| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }).collect();
    let mut order: Vec<usize> = (0..clean.len()).collect();
    order.sort_by(|a, b| clean[*a].total_cmp(&clean[*b]));
    let mut adjusted = vec![1.0; clean.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max((clean[index] * (clean.len() - rank) as f64).min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}

/// Corrects a report's findings for their number. A weakness whose p-value is not significant at `significance` after Holm's
/// correction becomes NOTHING FOUND, with an explanation in its details.
///
/// Findings without a p-value neither count nor change. A break never changes: recovered text is not a coincidence.
pub fn correct_findings(findings: &mut [Finding], significance: f64) {
    let tested: Vec<usize> = (0..findings.len()).filter(|i| findings[*i].p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|i| findings[*i].p_value).collect();
    for (index, adjusted) in tested.iter().zip(holm(&p_values)) {
        let finding = &mut findings[*index];
        finding.details.push(("p-value, corrected for the number of attacks".to_owned(), probability(adjusted)));
        if finding.verdict == Verdict::WeaknessFound && adjusted > significance {
            finding.verdict = Verdict::NothingFound;
            finding.details.push((
                "not counted".to_owned(),
                format!("among {} tests, a result like this one is no surprise", p_values.len()),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of R's `p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")`.
    #[test]
    fn agrees_with_r() {
        let adjusted = holm(&[0.04, 0.01, 0.05, 0.02, 0.03]);
        for (got, want) in adjusted.iter().zip([0.09, 0.05, 0.09, 0.08, 0.09]) {
            assert!((got - want).abs() < 1e-12, "{adjusted:?}");
        }
        assert!(holm(&[]).is_empty());
        assert_eq!(holm(&[f64::NAN, 2.0]), [1.0, 1.0]);
    }

    #[test]
    fn a_chance_result_is_taken_back_but_a_break_is_not() {
        let finding =
            |verdict, p| Finding { verdict, p_value: Some(p), ..crate::report::example::finding("statistics") };
        let mut findings: Vec<Finding> = vec![
            finding(Verdict::WeaknessFound, 4e-4),
            finding(Verdict::WeaknessFound, 1e-9),
            finding(Verdict::Broken, 0.5),
            finding(Verdict::NothingFound, 0.7),
        ];
        correct_findings(&mut findings, SIGNIFICANCE);
        let verdicts: Vec<Verdict> = findings.iter().map(|f| f.verdict).collect();
        use Verdict::{Broken, NothingFound, WeaknessFound};
        assert_eq!(verdicts, [NothingFound, WeaknessFound, Broken, NothingFound]);
    }
}
