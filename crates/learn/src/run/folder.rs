//! The folder of a run: its files and how they are written.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::Summary;
use crate::games::GameKind;
use crate::train::{Config, ConfigError, Errors, Evaluation, Settings, SquaredErrors};
use evesdrop_chart::{EstimatePoint, LearningPoint, estimate_curve, learning_curve};
use evesdrop_files::{LARGEST, read_at_most, sweep, write_atomically};

/// Why a folder cannot be used; one line.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder is not empty.
    #[error("{0} is not empty: choose another folder, continue with --resume, or replace its run with --force")]
    NotEmpty(PathBuf),
    /// It is not a run's folder.
    #[error("{0} is not the folder of a training run: it has no config.toml")]
    NotARun(PathBuf),
    /// The path is a file, not a folder.
    #[error("{0} is a file: name a folder")]
    NotAFolder(PathBuf),
    /// Another program is training in the folder.
    #[error("{0}: another training is running in this folder")]
    Busy(PathBuf),
    /// The run has begun, but its checkpoint is missing.
    #[error(
        "{0} holds a model but no checkpoint.safetensors, so it cannot be resumed; start again with --out and --force"
    )]
    NoCheckpoint(PathBuf),
    /// A file system error.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The configuration cannot be read.
    #[error("{path}: {error}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: ConfigError,
    },
}

/// A run's folder: `config.toml`, `metrics.jsonl`, `model.safetensors`, `checkpoint.safetensors`, `summary.json`, `curve.svg`.
/// Files are replaced as a whole, except `metrics.jsonl`, which is appended to. A lock lets only one program use the folder.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Holds the lock on `config.toml`; `None` if the file system has no locks.
    _lock: Option<Arc<fs::File>>,
}

/// The files that a new run in the same folder removes: those of a run, and the picture of `evesdrop inspect`.
const FILES: [&str; 7] = [
    "config.toml",
    "metrics.jsonl",
    "model.safetensors",
    "checkpoint.safetensors",
    "summary.json",
    "curve.svg",
    "inspect.svg",
];

/// Maximum size of a configuration in bytes.
const LARGEST_CONFIG: u64 = 1 << 20;

/// Reads settings from a TOML file.
///
/// # Errors
/// If the file cannot be read, and as [`Settings::from_toml`].
pub fn read_settings(path: &Path) -> Result<Settings, FolderError> {
    let bytes = read_at_most(path, LARGEST_CONFIG);
    let bytes = bytes.map_err(|error| FolderError::Io { path: path.to_owned(), error })?;
    let settings =
        String::from_utf8(bytes).map_err(|_| ConfigError::NotText).and_then(|text| Settings::from_toml(&text));
    settings.map_err(|error| FolderError::Config { path: path.to_owned(), error })
}

impl RunFolder {
    /// Creates the folder of a new run. With `force`, the files of an earlier run in it are removed; all other files stay.
    ///
    /// # Errors
    /// If the folder is not empty and `force` is false; if it has files with a run's names that are not a run's; if that run is
    /// still training; or if the folder cannot be written.
    pub fn create(path: &Path, config: &Config, force: bool) -> Result<Self, FolderError> {
        let io = |error| FolderError::Io { path: path.to_owned(), error };
        if path.is_file() {
            return Err(FolderError::NotAFolder(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(io)?;
        if !force && fs::read_dir(path).map_err(io)?.next().is_some() {
            return Err(FolderError::NotEmpty(path.to_owned()));
        }
        sweep(path).map_err(io)?;
        // Other files are left alone. Files with our names are removed only if they belong to a run.
        if FILES.iter().any(|file| path.join(file).exists()) {
            let _earlier = Self::open(path)?;
            for file in FILES {
                match fs::remove_file(path.join(file)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
                    _ => {}
                }
            }
        }
        let folder = Self { path: path.to_owned(), _lock: None };
        folder.write("config.toml", config.to_toml().as_bytes())?;
        folder.lock()
    }

    /// Opens the folder of an earlier run and reads its configuration.
    ///
    /// # Errors
    /// If it is not a run's folder, if its configuration cannot be read, or if another program is training in it.
    pub fn open(path: &Path) -> Result<(Self, Config), FolderError> {
        let file = path.join("config.toml");
        let settings = match read_settings(&file) {
            Err(FolderError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                return Err(FolderError::NotARun(path.to_owned()));
            }
            other => other?,
        };
        let folder = Self { path: path.to_owned(), _lock: None }.lock()?;
        sweep(path).map_err(|error| FolderError::Io { path: path.to_owned(), error })?;
        Ok((folder, settings.check_again().map_err(|error| FolderError::Config { path: file, error })?))
    }

    /// Takes a lock that keeps other programs out until it is dropped.
    fn lock(self) -> Result<Self, FolderError> {
        let path = self.path.join("config.toml");
        let file = fs::File::open(&path).map_err(|error| FolderError::Io { path, error })?;
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => Err(FolderError::Busy(self.path)),
            Err(fs::TryLockError::Error(_)) => Ok(self),
            Ok(()) => Ok(Self { _lock: Some(Arc::new(file)), ..self }),
        }
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.path.join(name);
        write_atomically(&path, bytes).map_err(|error| FolderError::Io { path, error })
    }

    /// The bytes of a file, or `None` if it does not exist.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FolderError> {
        let path = self.path.join(name);
        match read_at_most(&path, LARGEST) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FolderError::Io { path, error }),
        }
    }

    pub(crate) fn append_metrics(&self, evaluation: &Evaluation) -> Result<(), FolderError> {
        let path = self.path.join("metrics.jsonl");
        let mut line = serde_json::to_string(evaluation).expect("an evaluation is plain values");
        line.push('\n');
        let file = fs::OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut f| f.write_all(line.as_bytes())).map_err(|error| FolderError::Io { path, error })
    }

    /// The evaluations up to `round`, from `metrics.jsonl`. A line that a crash truncated is skipped.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn metrics(&self, round: u64) -> Result<Vec<Evaluation>, FolderError> {
        let bytes = self.read("metrics.jsonl")?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let all = text.lines().filter_map(|line| serde_json::from_str::<Evaluation>(line).ok());
        Ok(all.filter(|evaluation| evaluation.round <= round).collect())
    }

    /// Removes the evaluations after `round`, which a resumed run repeats.
    pub(crate) fn rewind_metrics(&self, round: u64) -> Result<(), FolderError> {
        #[derive(Deserialize)]
        struct Line {
            round: u64,
        }
        let bytes = self.read("metrics.jsonl")?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        // Lines are kept verbatim: an evaluation that diverged has numbers that JSON cannot represent.
        let lines =
            text.lines().filter(|line| serde_json::from_str::<Line>(line).is_ok_and(|line| line.round <= round));
        let kept: String = lines.flat_map(|line| [line, "\n"]).collect();
        self.write("metrics.jsonl", kept.as_bytes())
    }

    /// Draws `curve.svg` from the metrics.
    pub(crate) fn draw_curve(&self, config: &Config, end: Option<(u64, &str)>) -> Result<(), FolderError> {
        let (mut bits, mut values) = (vec![], vec![]);
        for Evaluation { round, errors } in self.metrics(u64::MAX)? {
            match errors {
                Errors::Bits(w) => bits.push(LearningPoint { round, bob: w.bob_wrong_bits, eve: w.eve_wrong_bits }),
                Errors::Values(SquaredErrors { public_mse, bob_mse, eve_minus_blind, .. }) => {
                    values.push(EstimatePoint { round, public: public_mse, bob: bob_mse, eve: eve_minus_blind });
                }
            }
        }
        let rules = &config.rules;
        let chart = if rules.game == GameKind::Selective {
            estimate_curve(&values, rules.selective.bob_bound(), rules.selective.public_price(), end)
        } else {
            learning_curve(&bits, rules.bits, config.goals(), end)
        };
        self.write("curve.svg", chart.to_svg().as_bytes())
    }

    /// The summary of the last session, if it completed.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn summary(&self) -> Result<Option<Summary>, FolderError> {
        Ok(self.read("summary.json")?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}
