//! A trial: a training and the measurements after it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use evesdrop_attack::attacks::chosen_plaintext::{MESSAGES, messages_read};
use evesdrop_attack::attacks::unbounded::leakage::{self, Leak};
use evesdrop_attack::battery::Context;
use evesdrop_attack::ciphers::Learned;
use evesdrop_attack::{AttackError, Options};
use evesdrop_engine::{Engine, Level};
use evesdrop_learn::games::GameKind;
use evesdrop_learn::model::Model;
use evesdrop_learn::run::{Outcome, Run, RunFolder};
use evesdrop_learn::train::{Config, Evaluation, Settings};
use serde::{Deserialize, Serialize};

use super::error::PaperError;
use super::fresh_eves::{FreshEves, fresh_eves};
use super::measure;
use super::row::{DEPTHS, Leaked, Row};

/// What a trial does. Its results follow from this and the version of the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Specification {
    /// All settings of the training, including the seed.
    pub settings: Settings,
    /// Whether to train to the last round even if the goals are met.
    pub keep_going: bool,
    /// Eves to train from scratch against the frozen pair.
    pub fresh: Option<FreshEves>,
    /// Whether to train them only against a pair that met its goals.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fresh_if_trained: bool,
    /// Number of message bits to vary for the exact leakage at one bit per ciphertext value.
    pub leakage: Option<u32>,
    /// Whether to try the codebook attack on a cipher with a public key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub codebook: bool,
}

/// A specification and its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Hash of the specification and of the version since which results are the same: 32 hex digits.
    pub id: String,
    /// The specification.
    pub specification: Specification,
    config: Config,
}

/// The version of the program since which every trial gives the same results. It is part of each id. A version that changes any
/// result must change this value. A version that changes none must not, or finished trials are run again.
const NUMBERS: &str = "0.2.0";

fn hash(text: &str) -> String {
    let whole = format!("evesdrop {NUMBERS} {text}");
    blake3::hash(whole.as_bytes()).to_hex()[..32].to_owned()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values")
}

impl Trial {
    /// The trial of a checked training. `specify` adds the measurements after it.
    pub fn new(config: Config, specify: impl FnOnce(&mut Specification)) -> Self {
        let mut specification = Specification {
            settings: config.canonical_settings(),
            keep_going: false,
            fresh: None,
            fresh_if_trained: false,
            leakage: None,
            codebook: false,
        };
        specify(&mut specification);
        Self { id: hash(&json(&specification)), specification, config }
    }

    /// The checked configuration of its training.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The id of the training. Trials that differ only in the measurements share it.
    pub fn training_id(&self) -> String {
        hash(&json(&(&self.specification.settings, self.specification.keep_going)))
    }

    /// Lower bound, in bits, on the leakage of `varied` message bits of any cipher with these keys, if Bob has `wrong` bits of
    /// a message wrong.
    ///
    /// H(P|C) <= H(P,K|C) <= H(K) + H(P|C,K), so I(P;C) >= N - |K| - H(P|C,K) (C. E. Shannon, "Communication theory of secrecy
    /// systems", 1949, where the last term is 0). By Fano's inequality the last term is at most N h(e/N) for e wrong bits,
    /// where h is the binary entropy.
    pub(in crate::paper) fn least_leak(&self, varied: u32, bob_wrong: f64) -> f64 {
        let n = f64::from(varied);
        let p = (bob_wrong / n).min(0.5);
        let h = if p > 0.0 { -p * p.log2() - (1.0 - p) * (1.0 - p).log2() } else { 0.0 };
        (n * (1.0 - h) - self.config.rules.key_bits as f64).max(0.0)
    }

    /// The learning curve of the training, if it ran in `folder`.
    pub(in crate::paper) fn curve(&self, folder: &Path) -> Option<String> {
        fs::read_to_string(self.training_folder(folder).join("curve.svg")).ok()
    }

    /// The tests during its training, where that was run in `folder`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn evaluations(&self, folder: &Path) -> Result<Vec<Evaluation>, PaperError> {
        let (run, _) = RunFolder::open(&self.training_folder(folder))?;
        Ok(run.metrics(u64::MAX)?)
    }

    fn training_folder(&self, folder: &Path) -> PathBuf {
        folder.join("runs").join(self.training_id())
    }

    fn eves_checkpoint(&self, folder: &Path) -> PathBuf {
        self.training_folder(folder).join(format!("eves-{}", self.id))
    }

    /// The row of the trial, if it is finished.
    ///
    /// # Errors
    /// If the row cannot be read.
    pub fn row(&self, folder: &Path) -> Result<Option<Row>, PaperError> {
        Row::read(folder, &self.id)
    }

    /// Runs the trial unless it is finished. `None` if `stop` was set before the end.
    ///
    /// # Errors
    /// If its files cannot be read or written.
    pub fn run(&self, folder: &Path, stop: &AtomicBool) -> Result<Option<Row>, PaperError> {
        if let Some(row) = self.row(folder)? {
            return Ok(Some(row));
        }
        let begin = Instant::now();
        let level = Level::from_environment().map_err(PaperError::Engine)?;
        let engine = Engine::new(1, level).map_err(|error| PaperError::Engine(error.to_string()))?;
        let run = self.training_folder(folder);
        let (runs, config) = if run.join("config.toml").exists() {
            RunFolder::open(&run)?
        } else {
            (RunFolder::create(&run, &self.config, true)?, self.config.clone())
        };
        let summary = Run::new(config, runs, &engine)?.train(self.specification.keep_going, stop, &mut |_| ())?;
        if summary.outcome == Outcome::Interrupted {
            return Ok(None);
        }
        let model = Model::load(&run)?;
        let mut row = Row {
            id: self.id.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            seed: summary.seed,
            seconds: 0.0,
            outcome: summary.outcome,
            rounds: summary.rounds,
            bob_wrong_bits: summary.bob_wrong_bits,
            eve_wrong_bits: summary.eve_wrong_bits,
            fresh_wrong_bits: vec![],
            leakage: vec![],
            codebook: None,
            squared: None,
            fresh_explained: vec![],
            pad: None,
            keyed_pad: None,
            secret: None,
            readable: None,
            model: Some(model.fingerprint.iter().map(|byte| format!("{byte:02x}")).collect()),
        };
        let selective = self.config.rules.game == GameKind::Selective;
        let attacked = !self.specification.fresh_if_trained || summary.outcome == Outcome::Trained;
        if let Some(fresh) = self.specification.fresh.as_ref().filter(|_| attacked) {
            let checkpoint = self.eves_checkpoint(folder);
            let trained = fresh_eves(&model, fresh, summary.seed, &engine, &checkpoint, stop);
            let trained = trained.map_err(|error| PaperError::Io { path: checkpoint.display().to_string(), error })?;
            let Some(wrong) = trained else { return Ok(None) };
            if selective {
                row.fresh_explained = wrong.into_iter().map(|left| 1.0 - left).collect();
            } else {
                row.fresh_wrong_bits = wrong;
            }
        }
        if selective {
            row.squared = measure::selective(&model, summary.seed, &engine).values();
            return self.keep(row, folder, begin).map(Some);
        }
        if let Some(sums) = model.rounded_sums() {
            (row.pad, row.keyed_pad, row.secret) =
                (Some(sums.is_pad()), Some(sums.is_keyed_pad()), Some(sums.is_secret()));
        }
        if model.xors().is_some() {
            (row.pad, row.readable) = (Some(model.is_proved_pad()), Some(model.is_proved_readable()));
        }
        let cipher = Learned::new("trial", model).map_err(AttackError::from)?;
        let context = Options { seed: summary.seed, cancel: stop, ..Options::quick() }.context();
        match self.measure(&cipher, &context, &mut row) {
            Err(AttackError::Cancelled) => return Ok(None),
            measured => measured?,
        }
        self.keep(row, folder, begin).map(Some)
    }

    /// Writes the row of a trial that started at `begin`.
    fn keep(&self, mut row: Row, folder: &Path, begin: Instant) -> Result<Row, PaperError> {
        row.seconds = begin.elapsed().as_secs_f64();
        row.write(folder)?;
        // The checkpoint is no longer needed. It does not exist if no Eves were trained.
        let _ = fs::remove_file(self.eves_checkpoint(folder));
        Ok(row)
    }

    /// The results of attacks on the trained cipher.
    fn measure(&self, cipher: &Learned, context: &Context, row: &mut Row) -> Result<(), AttackError> {
        if let Some(varied) = self.specification.leakage {
            let leaked = |leak: Leak| {
                let bob_wrong_bits = leak.bob_wrong.expect("a learned cipher has a Bob");
                let least = self.least_leak(varied, bob_wrong_bits);
                Leaked { bits: leak.information, interval: leak.interval, bob_wrong_bits, least }
            };
            row.leakage = leakage::measure(cipher, varied, &DEPTHS, context)?.into_iter().map(leaked).collect();
        }
        if self.specification.codebook {
            row.codebook = Some(messages_read(cipher, context)?.len() as f64 / MESSAGES as f64);
        }
        Ok(())
    }
}
