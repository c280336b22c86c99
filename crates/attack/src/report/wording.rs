//! Numbers and texts as used by every format.
use super::{Finding, NotRunKind};

/// A whole number with thousands separators: 1,048,576.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A duration: "12 ms", "3.2 s", "4 min 10 s".
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() || s < 0.0 => "unknown".to_owned(),
        s if s < 0.9995 => format!("{:.0} ms", s * 1000.0),
        s if s < 99.95 => format!("{s:.1} s"),
        s => format!("{} min {} s", (s.round() as u64) / 60, (s.round() as u64) % 60),
    }
}

/// An advantage with three decimals, or more if it is small.
pub(crate) fn advantage(value: f64) -> String {
    match value {
        v if v.is_nan() => "unknown".to_owned(),
        v if v == 0.0 || v.abs() >= 0.01 => format!("{v:.3}"),
        v if v.abs() >= 0.0001 => format!("{v:.5}"),
        v => format!("{v:.1e}"),
    }
}

/// "1 key bit", "12 key bits".
pub(crate) fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

/// A probability, which may be very small.
pub(crate) fn probability(p: f64) -> String {
    if p < 1e-300 { "below 1e-300".to_owned() } else { format!("{p:.2e}") }
}

/// The leakage, or the advantage with its interval. Empty if there is neither.
pub(crate) fn measured(finding: &Finding) -> String {
    if let Some(bits) = finding.leaked_bits {
        return format!("leaks {} bits", advantage(bits));
    }
    match (finding.advantage, finding.interval) {
        (Some(value), Some([low, high])) => format!("{} [{}, {}]", advantage(value), advantage(low), advantage(high)),
        (Some(value), None) => advantage(value),
        (None, _) => String::new(),
    }
}

/// The cost of the finding.
pub(crate) fn cost(finding: &Finding) -> String {
    let samples = if finding.samples == 1 { "sample" } else { "samples" };
    format!("{} {samples}, {}", count(finding.samples), duration(finding.seconds))
}

/// The attacks of some findings, each once, in order.
pub(crate) fn attacks(findings: &[&Finding]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for finding in findings {
        if !names.contains(&finding.attack.as_str()) {
            names.push(&finding.attack);
        }
    }
    names.join(", ")
}

/// Why an attack did not run, as briefly as possible.
pub(crate) fn not_run(kind: NotRunKind) -> &'static str {
    match kind {
        NotRunKind::NotApplicable => "does not apply",
        NotRunKind::TooSlow => "too slow",
        NotRunKind::Interrupted => "stopped",
        NotRunKind::Error => "failed",
    }
}

/// Text for one line of a terminal. Control characters, with which a target could change the screen, become spaces.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([count(0), count(999), count(1000), count(1_048_576)], ["0", "999", "1,000", "1,048,576"]);
        let durations = [0.0123, 3.21, 250.4, 99.97, f64::NAN].map(duration);
        assert_eq!(durations, ["12 ms", "3.2 s", "4 min 10 s", "1 min 40 s", "unknown"]);
        assert_eq!([0.0, 0.25, 0.0012, 1e-6].map(advantage), ["0.000", "0.250", "0.00120", "1.0e-6"]);
    }
}
