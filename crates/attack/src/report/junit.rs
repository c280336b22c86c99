//! `junit.xml`: each control and each attack as a test case, for continuous integration.
use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::wording::{cost, measured, not_run, one_line};
use super::{Exporter, Finding, NotRunKind, Report, Verdict};

/// JUnit XML. A break or weakness is a failure; an inconclusive or inapplicable attack is skipped with its reason; a wrong
/// control or a failed attack is an error. Findings of misuse never fail: they are skipped with a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Junit;

impl Exporter for Junit {
    fn file_name(&self) -> &'static str {
        "junit.xml"
    }

    fn export(&self, report: &Report) -> io::Result<String> {
        let mut suite = TestSuite::new(one_line(&report.target));
        suite.set_time(time(report.seconds));
        suite.add_properties([
            Property::new("verdict", report.verdict.words()),
            Property::new("version", one_line(&report.version)),
            Property::new("budget", one_line(&report.budget)),
            Property::new("seed", report.seed.to_string()),
        ]);
        for control in &report.controls {
            let wrong = || {
                let message = format!("{} was expected, the verdict is {}", control.expected, control.verdict.words());
                with_message(TestCaseStatus::non_success(NonSuccessKind::Error), &message)
            };
            let status = if control.is_right() { TestCaseStatus::success() } else { wrong() };
            suite.add_test_case(case("controls", &control.target, 0.0, status));
        }
        for finding in &report.findings {
            let class = if finding.misuse { "misuse" } else { "attacks" };
            suite.add_test_case(case(class, &finding.attack, finding.seconds, status(finding)));
        }
        for missing in &report.not_run {
            let status = match missing.kind {
                NotRunKind::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
                NotRunKind::NotApplicable | NotRunKind::TooSlow | NotRunKind::Interrupted => TestCaseStatus::skipped(),
            };
            let message = format!("{}: {}", not_run(missing.kind), missing.reason);
            suite.add_test_case(case("attacks", &missing.attack, 0.0, with_message(status, &message)));
        }
        let mut all = quick_junit::Report::new("evesdrop");
        all.set_time(time(report.seconds)).add_test_suite(suite);
        all.to_string().map_err(io::Error::other)
    }
}

/// Seconds as a duration. Invalid durations become zero.
fn time(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn case(class: &str, name: &str, seconds: f64, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(one_line(name), status);
    case.set_classname(format!("evesdrop.{class}")).set_time(time(seconds));
    case
}

fn with_message(mut status: TestCaseStatus, message: &str) -> TestCaseStatus {
    status.set_message(one_line(message));
    status
}

/// The status of a finding, with its message and, for a break or weakness, the information needed to replay it.
fn status(finding: &Finding) -> TestCaseStatus {
    let message = format!("{}: {}", finding.verdict.words(), finding.summary);
    match finding.verdict {
        Verdict::NothingFound => TestCaseStatus::success(),
        _ if finding.misuse => with_message(TestCaseStatus::skipped(), &format!("MISUSE, not counted. {message}")),
        Verdict::Inconclusive => with_message(TestCaseStatus::skipped(), &message),
        Verdict::Invalid => with_message(TestCaseStatus::non_success(NonSuccessKind::Error), &message),
        Verdict::Broken | Verdict::WeaknessFound => {
            let mut status = with_message(TestCaseStatus::non_success(NonSuccessKind::Failure), &message);
            status.set_description(evidence(finding));
            status
        }
    }
}

/// Threat model, cost, advantage or leakage, recovered messages and the replay command, one per line.
fn evidence(finding: &Finding) -> String {
    let mut lines = vec![format!("threat model: {}", finding.threat_model.words()), format!("cost: {}", cost(finding))];
    if finding.leaked_bits.is_some() {
        lines.push(measured(finding));
    } else if finding.advantage.is_some() {
        lines.push(format!("advantage: {}", measured(finding)));
    }
    lines.extend(finding.recovered.iter().map(|text| format!("recovered: {text}")));
    lines.push(format!("replay: {}", finding.replay));
    lines.iter().map(|line| one_line(line) + "\n").collect()
}
