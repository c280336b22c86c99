//! Runs attacks on one target and determines the verdict.
use super::correction::{SIGNIFICANCE, correct_findings};
use super::parallel::in_parallel;
use super::{Attack, AttackError, Clock, Context, Options};
use crate::ciphers::{Cipher, CipherError, Stream, Target};
use crate::report::{Finding, NotRun, NotRunKind, Verdict};
use evesdrop_learn::names::nearest;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// What was set aside before the attacks, in words: envelopes of ciphertexts, repeated messages.
    #[serde(default)]
    pub notices: Vec<String>,
    /// Maximum number of blocks in a data set, if the target is a slow program and its speed limits the samples; else `None`.
    pub allowance: Option<u64>,
    /// Wall-clock duration in seconds.
    pub seconds: f64,
    /// Whether the user stopped the run. The attacks that did not run are then in `skipped`.
    pub stopped: bool,
    /// How the target failed, if it did so after something was found. The attacks that did not run are in `skipped`.
    #[serde(skip)]
    pub failure: Option<CipherError>,
}

/// Runs `attacks` on a target, without controls.
///
/// Statistical findings are corrected for their number by Holm's procedure: a report on a flawless cipher finds something with
/// probability below [`SIGNIFICANCE`].
///
/// # Errors
/// If the target fails before anything is found, or if `options` names an attack that is not in the list.
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

/// As [`run`], before findings are corrected and the verdict is determined.
pub(super) fn run_uncorrected(
    target: &Target,
    attacks: &[&dyn Attack],
    options: &Options,
) -> Result<Outcome, CipherError> {
    let start = (options.clock)();
    if let Some(unknown) = options.only.iter().find(|name| attacks.iter().all(|attack| attack.name() != name.as_str()))
    {
        let names: Vec<&str> = attacks.iter().map(|attack| attack.name()).collect();
        let hint = match nearest(unknown, names.iter().copied()) {
            Some(meant) => format!(": did you mean `{meant}`?"),
            None => format!("; there are {}", names.join(", ")),
        };
        return Err(CipherError::Target(format!("no attack `{unknown}`{hint}")));
    }
    let mut stopped = false;
    let mut context = options.context();
    let mut opened = None;
    match target.opened(options.seed) {
        Ok(parts) => opened = Some(parts),
        Err(CipherError::Stopped) => stopped = true,
        Err(error) => return Err(error),
    }
    let (target, notices) = opened.as_ref().map_or((target, &[][..]), |(target, notices)| (target, &notices[..]));
    if let Some(cipher) = target.cipher().filter(|cipher| cipher.is_external() && !stopped) {
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
        notices: notices.to_vec(),
        allowance: context.allowance.map(|blocks| blocks as u64),
        seconds: 0.0,
        stopped,
        failure: None,
    };
    let asked: Vec<&dyn Attack> = attacks.iter().copied().filter(|attack| options.asks_for(attack.name())).collect();
    context.threads = (options.threads / asked.len().max(1)).max(1);
    let failed = AtomicBool::new(false);
    let results = in_parallel(options.threads, asked.len(), |index| {
        attempt(asked[index], target, &context, options, stopped, &failed)
    });
    for (attack, result) in asked.iter().zip(results) {
        let (kind, reason) = match result {
            Ok(findings) => {
                outcome.findings.extend(findings);
                continue;
            }
            Err(Missing::Unneeded) => continue,
            Err(Missing::NotRun(kind, reason)) => (kind, reason),
            Err(Missing::Stopped(reason)) => {
                outcome.stopped = true;
                (NotRunKind::Interrupted, reason.into())
            }
            Err(Missing::Failed(error)) => {
                let reason = error.to_string();
                outcome.failure.get_or_insert(error);
                (NotRunKind::Error, reason)
            }
        };
        outcome.skipped.push(NotRun { attack: attack.name().into(), kind, reason });
    }
    // Findings from before the target's failure are kept.
    if let Some(error) = outcome.failure.take_if(|_| outcome.findings.is_empty()) {
        return Err(error);
    }
    outcome.seconds = (options.clock)() - start;
    Ok(outcome)
}

/// Why an attack has no findings.
enum Missing {
    /// Nobody expects it on this target.
    Unneeded,
    NotRun(NotRunKind, String),
    /// The user stopped the run.
    Stopped(&'static str),
    /// The target failed.
    Failed(CipherError),
}

/// Runs one attack, unless it does not apply, the user has stopped the run, or the target has `failed` before.
fn attempt(
    attack: &dyn Attack,
    target: &Target,
    context: &Context,
    options: &Options,
    stopped: bool,
    failed: &AtomicBool,
) -> Result<Vec<Finding>, Missing> {
    if attack.reads_captures() != target.captures().is_some() {
        // It is mentioned only if it was asked for.
        if options.only.is_empty() {
            return Err(Missing::Unneeded);
        }
        let reason = match target.captures() {
            Some(_) => "needs plaintexts or the cipher; captures are ciphertexts alone",
            None => "is for captures:, ciphertexts alone",
        };
        return Err(Missing::NotRun(NotRunKind::NotApplicable, reason.into()));
    }
    if stopped || context.check().is_err() {
        return Err(Missing::Stopped("stopped before its turn"));
    }
    if failed.load(Ordering::Relaxed) {
        return Err(Missing::NotRun(NotRunKind::Interrupted, "the target had failed".into()));
    }
    if let Err(reason) = attack.applies(target, context) {
        let in_time = Context { allowance: None, ..*context };
        let slow = context.allowance.is_some() && attack.applies(target, &in_time).is_ok();
        return Err(Missing::NotRun(if slow { NotRunKind::TooSlow } else { NotRunKind::NotApplicable }, reason));
    }
    context.report(attack, 0.0);
    let result = attack.run(target, context);
    context.report(attack, 1.0);
    result.map_err(|error| match error {
        AttackError::Cancelled => Missing::Stopped("stopped before it was done"),
        AttackError::Cipher(error) => {
            failed.store(true, Ordering::Relaxed);
            Missing::Failed(error)
        }
    })
}

/// The worst verdict among the findings that are not misuse.
///
/// An attack that exceeds its budget does not make the whole run inconclusive if another one completed.
pub fn verdict(findings: &[Finding]) -> Verdict {
    let counted = || findings.iter().filter(|finding| !finding.misuse).map(|finding| finding.verdict);
    let decided = counted().filter(|&verdict| verdict != Verdict::Inconclusive).min();
    decided.or_else(|| counted().min()).unwrap_or(Verdict::Inconclusive)
}

/// Blocks in the smallest and the largest batch that a program's speed is measured with.
const FEW: usize = 64;
const MANY: usize = 1 << 16;
/// Seconds of a few blocks after which a program is slow or starts slowly, up to which they are measured twice, and seconds of a batch
/// up to which it may only have been late.
const SLOW: f64 = 2.0;
const LATEST: f64 = 10.0;
const LATE: f64 = 5.0;

/// The number of blocks that a program encrypts per second, after it has started.
///
/// What a batch of a few blocks takes is the start, and what a larger batch takes beyond it are its blocks. A moment in which the
/// machine had other work is no property of the program, so the best of two measurements counts at either size.
fn blocks_per_second(cipher: &dyn Cipher, seed: u64, clock: Clock) -> Result<f64, CipherError> {
    let mut stream = Stream::new(seed, "speed of the target");
    let mut seconds = |rows: usize| -> Result<f64, CipherError> {
        let (keys, plaintexts) = (cipher.random_keys(&mut stream, rows), stream.blocks(cipher.block_bits(), rows));
        let start = clock();
        cipher.encrypt(&keys, &plaintexts, 0)?;
        Ok((clock() - start).max(1e-6))
    };
    let mut start = seconds(FEW)?;
    if start > SLOW {
        // On a busy machine a program may take seconds to start. If one block takes much less time, the blocks take it.
        if start < LATEST {
            start = start.min(seconds(FEW)?);
        }
        let one = seconds(1)?;
        if start - one > 0.5 * start {
            return Ok((FEW - 1) as f64 / (start - one));
        }
        start = start.min(one);
    }
    start = start.min(seconds(FEW)?);
    let enough = |taken: f64| taken > (2.0 * start).max(start + 0.2);
    let mut rows = FEW;
    loop {
        rows *= 4;
        let mut taken = seconds(rows)?;
        if enough(taken) && taken < LATE {
            taken = taken.min(seconds(rows)?);
        }
        if enough(taken) || rows >= MANY {
            // The start of a fast program takes as long as all its blocks, and hides them.
            return Ok((rows - FEW) as f64 / (taken - start).max(0.05 * taken));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::{Blocks, Ciphertexts, KeyUse};
    use crate::report::example;
    use std::sync::Mutex;

    /// A program that takes `start` seconds to start and `block` seconds a block, on a clock of its own, and now and then a second more.
    struct Timed<'a> {
        now: &'a Mutex<f64>,
        start: f64,
        block: f64,
        starts: Mutex<usize>,
    }

    impl Cipher for Timed<'_> {
        fn name(&self) -> String {
            "timed".into()
        }
        fn block_bits(&self) -> usize {
            16
        }
        fn key_bits(&self) -> usize {
            16
        }
        fn key_use(&self) -> KeyUse {
            KeyUse::Reusable
        }
        fn encrypt(&self, _: &Blocks, plaintexts: &Blocks, _: u64) -> Result<Ciphertexts, CipherError> {
            let mut starts = self.starts.lock().unwrap();
            *starts += 1;
            let late = if *starts == 3 { 1.0 } else { 0.0 };
            *self.now.lock().unwrap() += self.start + late + self.block * plaintexts.rows() as f64;
            Ok(Ciphertexts::Bits(plaintexts.clone()))
        }
    }

    #[test]
    fn a_late_start_does_not_make_a_program_slow() {
        for (start, block) in [(0.2, 2e-6), (1.0, 1e-5), (0.01, 1e-3), (0.0, 0.5), (3.0, 1e-4), (0.1, 0.2)] {
            let now = Mutex::new(0.0);
            let program = Timed { now: &now, start, block, starts: Mutex::new(0) };
            let clock = || *now.lock().unwrap();
            let speed = blocks_per_second(&program, 1, &clock).unwrap();
            assert!((0.4..1.2).contains(&(speed * block)), "{start} s, {block} s a block: {speed} a second");
        }
    }

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
