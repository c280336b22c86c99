//! The row of a trial: every number that it gave, and the file that keeps it.

use std::fs;
use std::path::{Path, PathBuf};

use evesdrop_files::write_atomically;
use evesdrop_learn::run::Outcome;
use evesdrop_learn::train::SquaredErrors;
use serde::{Deserialize, Serialize};

use super::error::PaperError;

/// The numbers of one trial, kept in `trials/ID.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Row {
    /// The trial.
    pub id: String,
    /// Version of the program that ran it.
    pub version: String,
    /// The training's seed.
    pub seed: u64,
    /// Seconds that it took, training included, unless that was another trial's; since it last went on, if it was interrupted.
    pub seconds: f64,
    /// How the training ended.
    pub outcome: Outcome,
    /// Rounds of training.
    pub rounds: u64,
    /// Soft wrong bits of Bob and of the best Eve that the game was played against; null in the selective game.
    pub bob_wrong_bits: Option<f64>,
    /// Eve's.
    pub eve_wrong_bits: Option<f64>,
    /// Each fresh Eve's soft wrong bits at her best; empty where none was trained.
    pub fresh_wrong_bits: Vec<f64>,
    /// What leaks of the message bits varied, at 1 and at 8 bits a ciphertext value; empty where it was not measured.
    #[serde(default)]
    pub leakage: Vec<Leaked>,
    /// The part of the messages that the codebook gives away.
    #[serde(default)]
    pub codebook: Option<f64>,
    /// Of the selective game: the saved model's squared errors, on fresh data.
    #[serde(default)]
    pub squared: Option<SquaredErrors>,
    /// Likewise: the part of the variance that fresh Eves explain at their best, of C, |C| and C^2, for one kind of Eve after another.
    #[serde(default)]
    pub fresh_explained: Vec<f64>,
    /// Of CryptoNet: whether Alice's rounded weights are a permuted one-time pad.
    #[serde(default)]
    pub pad: Option<bool>,
    /// Likewise: whether they are one under a map of the key.
    #[serde(default)]
    pub keyed_pad: Option<bool>,
    /// Likewise: whether they are perfectly secret.
    #[serde(default)]
    pub secret: Option<bool>,
}

/// Bits a ciphertext value at which leakage is measured: the fewest, and as many as Bob needs to read.
pub(in crate::paper) const DEPTHS: [u32; 2] = [1, 8];

/// What leaks, at one precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Leaked {
    /// I(P;C) in bits.
    pub bits: f64,
    /// Its 99 % interval, where ciphertexts were sampled.
    pub interval: Option<[f64; 2]>,
    /// Bob's wrong bits of a message.
    pub bob_wrong_bits: f64,
    /// What leaks at least, from any cipher with these keys and a Bob as good (Shannon, Fano).
    pub least: f64,
}

impl Row {
    /// The file of a trial's row.
    pub(in crate::paper) fn file(folder: &Path, id: &str) -> PathBuf {
        folder.join("trials").join(format!("{id}.json"))
    }

    /// Reads the row of a trial; None where there is none.
    pub(in crate::paper) fn read(folder: &Path, id: &str) -> Result<Option<Self>, PaperError> {
        let file = Self::file(folder, id);
        match fs::read(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(PaperError::Io { path: file.display().to_string(), error }),
            Ok(bytes) => match serde_json::from_slice::<Self>(&bytes) {
                Ok(row) if row.id == id => Ok(Some(row)),
                _ => Err(PaperError::Row(file.display().to_string())),
            },
        }
    }

    /// Writes it, whole or not at all.
    pub(super) fn write(&self, folder: &Path) -> Result<(), PaperError> {
        let file = Self::file(folder, &self.id);
        fs::create_dir_all(folder.join("trials"))
            .and_then(|()| write_atomically(&file, serde_json::to_string(self).expect("plain values").as_bytes()))
            .map_err(|error| PaperError::Io { path: file.display().to_string(), error })
    }

    /// The wrong bits of the best fresh Eve.
    pub(in crate::paper) fn best(&self) -> Option<f64> {
        self.fresh_wrong_bits.iter().copied().reduce(f64::min)
    }
}
