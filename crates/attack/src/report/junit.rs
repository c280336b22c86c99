//! `junit.xml`: each control and each attack a test case, for continuous integration.
use std::fmt::Write as _;
use std::io;

use super::wording::{cost, measured, not_run};
use super::{Exporter, Finding, NotRunKind, Report, Verdict};
use evesdrop_chart::escape;

/// JUnit's XML: a break or weakness is a failure, an inconclusive or inapplicable attack is skipped with its reason, a
/// wrong control or an attack that failed is an error. Findings of misuse never fail: they are skipped with a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Junit;

/// Counts as JUnit's headers want them.
#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Exporter for Junit {
    fn file_name(&self) -> &'static str {
        "junit.xml"
    }

    fn export(&self, report: &Report) -> io::Result<String> {
        let mut counts = Counts::default();
        let mut cases = String::new();
        for control in &report.controls {
            let wrong = format!("{} was expected, the verdict is {}", control.expected, control.verdict.words());
            let outcome = (!control.is_right()).then_some(("error", wrong, String::new()));
            case(&mut cases, &mut counts, ("controls", &control.target), 0.0, outcome);
        }
        for finding in &report.findings {
            let class = if finding.misuse { "misuse" } else { "attacks" };
            case(&mut cases, &mut counts, (class, &finding.attack), finding.seconds, outcome(finding));
        }
        for missing in &report.not_run {
            let element = if missing.kind == NotRunKind::Error { "error" } else { "skipped" };
            let message = format!("{}: {}", not_run(missing.kind), missing.reason);
            case(&mut cases, &mut counts, ("attacks", &missing.attack), 0.0, Some((element, message, String::new())));
        }
        let numbers = format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\"",
            counts.tests,
            counts.failures,
            counts.errors,
            counts.skipped,
            time(report.seconds)
        );
        let property = |name: &str, value: &str| format!("<property name=\"{name}\" value=\"{}\"/>\n", escape(value));
        Ok(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"evesdrop\" {numbers}>\n\
             <testsuite name=\"{}\" {numbers}>\n<properties>\n{}{}{}{}</properties>\n{cases}</testsuite>\n</testsuites>\n",
            escape(&report.target),
            property("verdict", report.verdict.words()),
            property("version", &report.version),
            property("budget", &report.budget),
            property("seed", &report.seed.to_string()),
        ))
    }
}

/// Seconds that a number can be printed for.
fn time(seconds: f64) -> f64 {
    if seconds.is_finite() { seconds.max(0.0) } else { 0.0 }
}

/// What stands inside a finding's test case: element, message, text. Nothing for one that found nothing.
fn outcome(finding: &Finding) -> Option<(&'static str, String, String)> {
    let message = format!("{}: {}", finding.verdict.words(), finding.summary);
    match finding.verdict {
        Verdict::NothingFound => None,
        _ if finding.misuse => Some(("skipped", format!("MISUSE, not counted. {message}"), String::new())),
        Verdict::Inconclusive => Some(("skipped", message, String::new())),
        Verdict::Invalid => Some(("error", message, String::new())),
        Verdict::Broken | Verdict::WeaknessFound => {
            let mut text = format!("threat model: {}\ncost: {}\n", finding.threat_model.words(), cost(finding));
            if finding.leaked_bits.is_some() {
                let _ = writeln!(text, "{}", measured(finding));
            } else if finding.advantage.is_some() {
                let _ = writeln!(text, "advantage: {}", measured(finding));
            }
            for recovered in &finding.recovered {
                let _ = writeln!(text, "recovered: {recovered}");
            }
            let _ = writeln!(text, "replay: {}", finding.replay);
            Some(("failure", message, text))
        }
    }
}

/// Writes one test case and counts it.
fn case(
    out: &mut String,
    counts: &mut Counts,
    name: (&str, &str),
    seconds: f64,
    outcome: Option<(&str, String, String)>,
) {
    counts.tests += 1;
    let _ = write!(
        out,
        "<testcase classname=\"evesdrop.{}\" name=\"{}\" time=\"{:.3}\"",
        name.0,
        escape(name.1),
        time(seconds)
    );
    let Some((element, message, text)) = outcome else {
        out.push_str("/>\n");
        return;
    };
    match element {
        "failure" => counts.failures += 1,
        "error" => counts.errors += 1,
        _ => counts.skipped += 1,
    }
    // Escaped line by line: newlines stay, other control characters go.
    let text: Vec<String> = text.lines().map(escape).collect();
    let text = text.join("\n");
    let _ = writeln!(out, ">\n<{element} message=\"{}\">{text}</{element}>\n</testcase>", escape(&message));
}
