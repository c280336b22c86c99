//! Runs attacks on one target and draws the verdict.
use super::correction::{SIGNIFICANCE, correct_findings};
use super::{Attack, AttackError, Clock, Options};
use crate::ciphers::{Cipher, CipherError, Stream, Target};
use crate::report::{Finding, NotRun, NotRunKind, Verdict};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;

/// The result of attacking one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The target string.
    pub target: String,
    /// The worst finding that is not misuse.
    pub verdict: Verdict,
    /// Findings in the order of the attacks.
    pub findings: Vec<Finding>,
    /// Attacks that were not run.
    pub skipped: Vec<NotRun>,
    /// Most blocks in a data set, where the target is a slow program and its time decided; `None` otherwise.
    pub allowance: Option<u64>,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Whether the user stopped it: then the attacks not run are among `skipped`.
    pub stopped: bool,
    /// How the target failed, where it did so after something was found; the attacks not run are among `skipped`.
    #[serde(skip)]
    pub failure: Option<CipherError>,
}

/// Runs `attacks` on a target, without controls.
///
/// Statistical findings are corrected for their number by Holm's procedure, so that a report on a flawless cipher says
/// something with probability below [`SIGNIFICANCE`].
///
/// # Errors
/// When the target fails before anything is found, or `options` names an attack that is not in the list.
///
/// ```
/// use evesdrop_attack::{Options, Target, TargetOptions, Verdict, attacks, battery};
/// let target = Target::parse("xor", &TargetOptions::default())?;
/// let options = Options { only: vec!["linear".into()], ..Options::quick() };
/// assert_eq!(battery::run(&target, &attacks::all(), &options)?.verdict, Verdict::Broken);
/// # Ok::<(), evesdrop_attack::CipherError>(())
/// ```
pub fn run(target: &Target, attacks: &[Box<dyn Attack>], options: &Options) -> Result<Outcome, CipherError> {
    let attacks: Vec<&dyn Attack> = attacks.iter().map(AsRef::as_ref).collect();
    let mut outcome = run_uncorrected(target, &attacks, options)?;
    correct_findings(&mut outcome.findings, SIGNIFICANCE);
    outcome.verdict = verdict(&outcome.findings);
    Ok(outcome)
}

/// As [`run`], before findings are corrected for their number and the verdict is drawn.
pub(super) fn run_uncorrected(
    target: &Target,
    attacks: &[&dyn Attack],
    options: &Options,
) -> Result<Outcome, CipherError> {
    let start = (options.clock)();
    if let Some(unknown) = options.only.iter().find(|name| attacks.iter().all(|attack| attack.name() != name.as_str()))
    {
        let names: Vec<&str> = attacks.iter().map(|attack| attack.name()).collect();
        return Err(CipherError::Target(format!("no attack `{unknown}`; there are {}", names.join(", "))));
    }
    let mut stopped = false;
    let mut context = options.context();
    if let Some(cipher) = target.cipher().filter(|cipher| cipher.is_external()) {
        match blocks_per_second(cipher, options.seed, options.clock) {
            Ok(speed) => context.allowance = Some((speed * options.budget.seconds_per_data_set()) as usize),
            Err(CipherError::Stopped) => stopped = true,
            Err(error) => return Err(error),
        }
    }
    let mut outcome = Outcome {
        target: target.name().into(),
        verdict: Verdict::Inconclusive,
        findings: Vec::new(),
        skipped: Vec::new(),
        allowance: context.allowance.map(|blocks| blocks as u64),
        seconds: 0.0,
        stopped,
        failure: None,
    };
    for attack in attacks {
        let mut skip = |kind, reason: String| {
            outcome.skipped.push(NotRun { attack: attack.name().into(), kind, reason });
        };
        if !options.asks_for(attack.name()) {
            continue;
        }
        outcome.stopped |= options.cancel.load(Ordering::Relaxed);
        if outcome.stopped {
            skip(NotRunKind::Interrupted, "stopped before its turn".into());
            continue;
        }
        if outcome.failure.is_some() {
            skip(NotRunKind::Interrupted, "the target had failed".into());
            continue;
        }
        if let Err(reason) = attack.applies(target, &context) {
            skip(NotRunKind::NotApplicable, reason);
            continue;
        }
        context.report(*attack, 0.0);
        match attack.run(target, &context) {
            Ok(findings) => outcome.findings.extend(findings),
            // What was found before the target failed stands.
            Err(AttackError::Cipher(error)) if !outcome.findings.is_empty() => {
                skip(NotRunKind::Error, error.to_string());
                outcome.failure = Some(error);
            }
            Err(AttackError::Cipher(error)) => return Err(error),
            Err(AttackError::Cancelled) => {
                skip(NotRunKind::Interrupted, "stopped before it was done".into());
                outcome.stopped = true;
            }
        }
        context.report(*attack, 1.0);
    }
    outcome.seconds = (options.clock)() - start;
    Ok(outcome)
}

/// The worst verdict among the findings that are not misuse.
///
/// An attack that needs more than its budget does not make the whole inconclusive, as long as another one ran through.
pub fn verdict(findings: &[Finding]) -> Verdict {
    let counted = || findings.iter().filter(|finding| !finding.misuse).map(|finding| finding.verdict);
    let decided = counted().filter(|&verdict| verdict != Verdict::Inconclusive).min();
    decided.or_else(|| counted().min()).unwrap_or(Verdict::Inconclusive)
}

/// How many blocks a program encrypts in a second, once it has started.
fn blocks_per_second(cipher: &dyn Cipher, seed: u64, clock: Clock) -> Result<f64, CipherError> {
    let mut stream = Stream::new(seed, "speed of the target");
    let (mut rows, mut least) = (64, f64::INFINITY);
    loop {
        let (keys, plaintexts) = (cipher.random_keys(&mut stream, rows), stream.blocks(cipher.block_bits(), rows));
        let start = clock();
        cipher.encrypt(&keys, &plaintexts, 0)?;
        let seconds = (clock() - start).max(1e-6);
        least = seconds.min(least);
        // Long enough that the start no longer matters, or too long to try more, or as many blocks as any data set has.
        if seconds > (2.0 * least).max(0.2) || seconds > 2.0 || rows >= 1 << 16 {
            return Ok(rows as f64 / seconds);
        }
        rows *= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn misuse_does_not_decide_and_neither_does_one_attack_without_budget() {
        use Verdict::{Broken, Inconclusive, NothingFound, WeaknessFound};
        let of = |verdicts: &[(Verdict, bool)]| {
            let finding = |&(verdict, misuse): &_| Finding { verdict, misuse, ..example::finding("test") };
            verdict(&verdicts.iter().map(finding).collect::<Vec<_>>())
        };
        assert_eq!(of(&[(Broken, true), (NothingFound, false)]), NothingFound);
        assert_eq!(of(&[(Inconclusive, false), (NothingFound, false)]), NothingFound);
        assert_eq!(of(&[(WeaknessFound, false), (NothingFound, false)]), WeaknessFound);
        assert_eq!(of(&[(Inconclusive, false)]), Inconclusive);
        assert_eq!(of(&[]), Inconclusive);
    }
}
