//! Controls: ciphers of known quality under the same attacks and budget, and the cache of what came of them.
use super::{Attack, Options, Progress, run_with};
use crate::ciphers::{CipherError, Target, TargetOptions};
use crate::files::write_atomically;
use crate::report::{Control, NotRun, NotRunKind, Verdict};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The controls: target strings, and whether something must be found in them.
pub const CONTROLS: [(&str, bool); 4] =
    [("one-time-pad", false), ("aes-128", false), ("vigenere", true), ("speck32/64:3", true)];

/// What a control's verdict depends on. The program's own size and age stand for changes that keep the version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Key {
    target: String,
    version: String,
    program: Option<(u64, u64)>,
    budget: String,
    seed: u64,
    attacks: Vec<String>,
}

/// A file of the cache.
#[derive(Serialize, Deserialize)]
struct Cached {
    key: Key,
    verdict: Verdict,
}

impl Key {
    fn new(target: &str, attacks: &[Box<dyn Attack>], options: &Options) -> Self {
        let chosen = |name: &&str| options.only.is_empty() || options.only.iter().any(|only| only == name);
        Self {
            target: target.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            program: program(),
            budget: options.budget.name().into(),
            seed: options.seed,
            attacks: attacks.iter().map(|attack| attack.name()).filter(chosen).map(String::from).collect(),
        }
    }

    /// The file for this key.
    fn file(&self, cache: &Path) -> Option<PathBuf> {
        let name = blake3::hash(&serde_json::to_vec(self).ok()?).to_hex();
        Some(cache.join(format!("control-{}.json", &name[..32])))
    }

    /// What is known already; a file that is damaged or about something else is none.
    fn read(&self, cache: &Path) -> Option<Verdict> {
        let cached: Cached = serde_json::from_slice(&std::fs::read(self.file(cache)?).ok()?).ok()?;
        (cached.key == *self).then_some(cached.verdict)
    }

    /// Keeps a verdict. A cache that cannot be written is no reason to fail.
    fn write(self, cache: &Path, verdict: Verdict) {
        let file = self.file(cache);
        if let (Some(file), Ok(text)) = (file, serde_json::to_vec(&Cached { key: self, verdict })) {
            let _ = std::fs::create_dir_all(cache).and_then(|()| write_atomically(&file, &text));
        }
    }
}

/// Size and time of change of the running program, in seconds.
fn program() -> Option<(u64, u64)> {
    let data = std::env::current_exe().and_then(std::fs::metadata).ok()?;
    let changed = data.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((data.len(), changed.as_secs()))
}

/// Runs the controls, or takes what is known of them from the folder `cache`. Those that a stop left out are named.
pub(super) fn run_controls(
    attacks: &[Box<dyn Attack>],
    options: &Options,
    cache: Option<&Path>,
) -> Result<(Vec<Control>, Vec<NotRun>), CipherError> {
    let (mut controls, mut not_run) = (Vec::new(), Vec::new());
    for (name, weak) in CONTROLS {
        let key = Key::new(name, attacks, options);
        let known = cache.and_then(|cache| key.read(cache));
        let verdict = match known {
            Some(verdict) => Some(verdict),
            None => {
                let verdict = run_control(name, attacks, options)?;
                if let (Some(cache), Some(verdict)) = (cache, verdict) {
                    key.write(cache, verdict);
                }
                verdict
            }
        };
        let Some(verdict) = verdict else {
            let reason = "stopped before it was done".into();
            not_run.push(NotRun { attack: format!("control {name}"), kind: NotRunKind::Interrupted, reason });
            continue;
        };
        let expected = match (weak, options.only.is_empty()) {
            (false, _) => Control::NOTHING,
            (true, true) => Control::SOMETHING,
            // Not every attack is one that these ciphers fall to.
            (true, false) => Control::ANYTHING,
        };
        controls.push(Control { target: name.into(), expected: expected.into(), verdict, cached: known.is_some() });
    }
    Ok((controls, not_run))
}

/// The verdict on one control; `None` where the user stopped it.
fn run_control(name: &str, attacks: &[Box<dyn Attack>], options: &Options) -> Result<Option<Verdict>, CipherError> {
    let target = Target::parse(name, &TargetOptions::default())?;
    let progress = |progress: Progress| {
        let attack = format!("control {name}: {}", progress.attack);
        (options.progress)(Progress { attack: &attack, done: progress.done });
    };
    let Options { budget, seed, only, cancel, .. } = options;
    let options = Options { budget: *budget, seed: *seed, only: only.clone(), cancel, progress: &progress };
    let outcome = run_with(&target, attacks, &options)?;
    Ok((!outcome.stopped).then_some(outcome.verdict))
}
