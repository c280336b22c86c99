//! The whole of it: a target attacked, the controls beside it, one report.
use super::controls::run_controls;
use super::{Options, all, run_with};
use crate::ciphers::{CipherError, Target};
use crate::report::{NotRun, NotRunKind, Report};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Attacks a target, runs the controls through the same attacks and budget, and reports both.
///
/// What came of the controls is kept in the folder `cache`, where one is given. A run that is stopped still gives a report;
/// it names what did not run. So does a target that fails after something was found.
///
/// # Errors
/// When the target fails before anything is found, or `options` names an attack that does not exist.
///
/// ```
/// use evesdrop::attacks::{Budget, Options, report};
/// use evesdrop::ciphers::{Target, TargetOptions};
/// use evesdrop::report::{Exporter, Markdown, Verdict};
/// let target = Target::parse("xor", &TargetOptions::default())?;
/// let options = Options {
///     budget: Budget::Quick,
///     seed: 1,
///     only: vec!["linear".into()],
///     cancel: &false.into(),
///     progress: &|_| (),
/// };
/// let report = report(&target, &options, None)?;
/// assert_eq!(report.verdict, Verdict::Broken);
/// println!("{}", Markdown.export(&report)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn report(target: &Target, options: &Options, cache: Option<&Path>) -> Result<Report, CipherError> {
    let start = Instant::now();
    let attacks = all();
    let outcome = run_with(target, &attacks, options)?;
    let mut report = Report::new(target.name(), target.key_use(), options.budget.name(), options.seed);
    report.allowance = outcome.allowance;
    report.findings = outcome.findings;
    report.not_run = outcome.skipped;
    report.failure = outcome.failure.map(|error| error.to_string());
    if outcome.stopped || report.failure.is_some() {
        let reason = "stopped before their turn".into();
        report.not_run.push(NotRun { attack: "controls".into(), kind: NotRunKind::Interrupted, reason });
    } else {
        let (controls, stopped) = run_controls(&attacks, options, cache)?;
        report.controls = controls;
        report.not_run.extend(stopped);
    }
    report.seconds = start.elapsed().as_secs_f64();
    report.decide();
    Ok(report)
}

/// The folder for the cache of controls: `evesdrop` in `XDG_CACHE_HOME`, or in `.cache` of the home folder.
pub fn default_cache() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    cache.map(|cache| cache.join("evesdrop"))
}
