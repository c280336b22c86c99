//! Attacks a target, runs the controls, and makes one report.
use super::controls::{ControlCache, run_controls};
use super::{Attack, Options, Outcome, run};
use crate::ciphers::{CipherError, Target};
use crate::report::{NotRun, NotRunKind, Report};

/// Runs `attacks` on a target, then those with findings on the controls, and reports both.
///
/// Findings on the controls are stored in `cache`, if given. A run that is stopped still returns a report, which lists what did
/// not run. The same holds for a target that fails after something was found.
///
/// # Errors
/// If the target fails before anything is found, or if `options` names an attack that is not in the list.
pub fn report(
    target: &Target,
    attacks: Vec<Box<dyn Attack>>,
    options: &Options,
    cache: Option<&dyn ControlCache>,
) -> Result<Report, CipherError> {
    let start = (options.clock)();
    let outcome = run(target, &attacks, options)?;
    let stopped = outcome.stopped;
    let mut report = outcome.into_report(target, options);
    if stopped || report.failure.is_some() {
        let reason = "stopped before their turn".into();
        report.not_run.push(NotRun { attack: "controls".into(), kind: NotRunKind::Interrupted, reason });
    } else {
        let ran = |name: &str| report.findings.iter().any(|finding| finding.attack == name);
        let attacks: Vec<Box<dyn Attack>> = attacks.into_iter().filter(|attack| ran(attack.name())).collect();
        let whole = options.only.is_empty() && target.data().is_none();
        let (controls, stopped) = run_controls(target, &attacks, whole, options, cache)?;
        report.controls = controls;
        report.not_run.extend(stopped);
    }
    report.seconds = (options.clock)() - start;
    report.decide();
    Ok(report)
}

impl Outcome {
    /// The report of attacks on `target` that ran with `options`, without controls. It says that none were run.
    pub fn into_report(self, target: &Target, options: &Options) -> Report {
        let mut report = Report::new(target.name(), target.key_use(), options.budget.name(), options.seed);
        report.allowance = self.allowance;
        report.findings = self.findings;
        report.not_run = self.skipped;
        report.notices = self.notices;
        report.failure = self.failure.map(|error| error.to_string());
        report.seconds = self.seconds;
        report.decide();
        report
    }
}
