//! Controls: ciphers of known quality, attacked with the same attacks and budget.
use super::correction::{SIGNIFICANCE, correct_findings};
use super::parallel::in_parallel;
use super::run::{run_uncorrected, verdict};
use super::{Attack, Options, Progress};
use crate::ciphers::{Captures, CipherError, Target, TargetOptions};
use crate::report::{Control, Finding, NotRun, NotRunKind};
use serde::{Deserialize, Serialize};

/// The controls: target strings, and whether something must be found in them.
pub const CONTROLS: [(&str, bool); 4] =
    [("one-time-pad", false), ("aes-128", false), ("vigenere", true), ("speck32/64:3", true)];

/// The same for captured ciphertexts: pieces of English under these ciphers.
const CAPTURED: [(&str, bool); 4] =
    [("one-time-pad:512", false), ("chacha20", false), ("vigenere:512/48", true), ("xor:512/40", true)];

/// Everything that the findings of one attack on one control depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlKey {
    /// The control's target string.
    pub control: String,
    /// The attack's name.
    pub attack: String,
    /// Version of this crate.
    pub version: String,
    /// Name of the budget.
    pub budget: String,
    /// The seed of all randomness.
    pub seed: u64,
}

/// Stores findings on controls between runs, because they do not depend on the target.
pub trait ControlCache: Sync {
    /// The cached findings, if there are any.
    fn get(&self, key: &ControlKey) -> Option<Vec<Finding>>;
    /// Stores findings. Failures are ignored.
    fn put(&self, key: &ControlKey, findings: &[Finding]);
}

/// Runs the controls for a target with `attacks`, or takes their results from the cache. With `whole`, something must be found in the weak
/// ones.
/// Also returns the controls that were not finished because of a stop.
pub(super) fn run_controls(
    target: &Target,
    attacks: &[Box<dyn Attack>],
    whole: bool,
    options: &Options,
    cache: Option<&dyn ControlCache>,
) -> Result<(Vec<Control>, Vec<NotRun>), CipherError> {
    let (mut controls, mut not_run) = (Vec::new(), Vec::new());
    let captured = target.captures().is_some();
    let ciphers = if captured { CAPTURED } else { CONTROLS };
    let mut results = in_parallel(options.threads, ciphers.len() * attacks.len(), |job| {
        let (name, attack) = (ciphers[job / attacks.len()].0, attacks[job % attacks.len()].as_ref());
        run_or_recall(name, captured, attack, &Options { threads: 1, ..options.clone() }, cache)
    })
    .into_iter();
    for (name, weak) in ciphers {
        let (mut findings, mut cached, mut stopped) = (Vec::new(), true, false);
        for result in results.by_ref().take(attacks.len()) {
            match result? {
                Some((found, known)) => {
                    findings.extend(found);
                    cached &= known;
                }
                None => stopped = true,
            }
        }
        if stopped {
            let reason = "stopped before it was done".into();
            not_run.push(NotRun { attack: format!("control {name}"), kind: NotRunKind::Interrupted, reason });
            continue;
        }
        let expected = match (weak, whole) {
            (false, _) => Control::NOTHING,
            (true, true) => Control::SOMETHING,
            // Not every attack breaks these ciphers.
            (true, false) => Control::ANYTHING,
        };
        correct_findings(&mut findings, SIGNIFICANCE);
        let verdict = verdict(&findings);
        controls.push(Control { target: name.into(), expected: expected.into(), verdict, cached });
    }
    Ok((controls, not_run))
}

fn key(control: &str, attack: &dyn Attack, options: &Options) -> ControlKey {
    ControlKey {
        control: control.into(),
        attack: attack.name().into(),
        version: env!("CARGO_PKG_VERSION").into(),
        budget: options.budget.name().into(),
        seed: options.seed,
    }
}

/// The findings of one attack on one control, and whether they were cached; `None` if the user stopped it.
fn run_or_recall(
    name: &str,
    captured: bool,
    attack: &dyn Attack,
    options: &Options,
    cache: Option<&dyn ControlCache>,
) -> Result<Option<(Vec<Finding>, bool)>, CipherError> {
    let key = key(name, attack, options);
    if let Some(known) = cache.and_then(|cache| cache.get(&key)) {
        return Ok(Some((known, true)));
    }
    let found = run_control(name, captured, attack, options)?;
    if let (Some(cache), Some(found)) = (cache, &found) {
        cache.put(&key, found);
    }
    Ok(found.map(|found| (found, false)))
}

/// The findings of one attack on one control, not corrected for their number; `None` if the user stopped it.
fn run_control(
    name: &str,
    captured: bool,
    attack: &dyn Attack,
    options: &Options,
) -> Result<Option<Vec<Finding>>, CipherError> {
    let mut target = Target::parse(name, &TargetOptions::default())?;
    if let Some(cipher) = target.cipher().filter(|_| captured) {
        target = Target::from_captures(name, Captures::of_english(cipher, options.seed)?);
    }
    let progress = |progress: Progress| {
        let attack = format!("control {name}: {}", progress.attack);
        (options.progress)(Progress { attack: &attack, done: progress.done });
    };
    let options = Options { only: vec![], progress: &progress, ..options.clone() };
    let outcome = run_uncorrected(&target, &[attack], &options)?;
    Ok((!outcome.stopped).then_some(outcome.findings))
}
