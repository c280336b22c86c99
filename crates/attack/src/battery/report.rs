//! Attacks a target, runs the controls, and makes one report.
use super::controls::{ControlCache, run_controls};
use super::{Attack, Options, run};
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
    let mut report = Report::new(target.name(), target.key_use(), options.budget.name(), options.seed);
    report.allowance = outcome.allowance;
    report.findings = outcome.findings;
    report.not_run = outcome.skipped;
    report.notices = outcome.notices;
    report.failure = outcome.failure.map(|error| error.to_string());
    if outcome.stopped || report.failure.is_some() {
        let reason = "stopped before their turn".into();
        report.not_run.push(NotRun { attack: "controls".into(), kind: NotRunKind::Interrupted, reason });
    } else {
        let ran = |name: &str| report.findings.iter().any(|finding| finding.attack == name);
        let attacks: Vec<Box<dyn Attack>> = attacks.into_iter().filter(|attack| ran(attack.name())).collect();
        let whole = options.only.is_empty() && target.cipher().is_some();
        let (controls, stopped) = run_controls(&attacks, whole, options, cache)?;
        report.controls = controls;
        report.not_run.extend(stopped);
    }
    report.seconds = (options.clock)() - start;
    report.decide();
    Ok(report)
}
