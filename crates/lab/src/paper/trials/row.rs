//! The row of a trial: all its results, and the file that stores them.

use std::fs;
use std::path::{Path, PathBuf};

use evesdrop_files::write_atomically;
use evesdrop_learn::run::Outcome;
use evesdrop_learn::train::SquaredErrors;
use serde::{Deserialize, Serialize};

use super::error::PaperError;

/// The results of one trial, stored in `trials/ID.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Row {
    /// Id of the trial.
    pub id: String,
    /// Version of the program that ran it.
    pub version: String,
    /// Seed of the training.
    pub seed: u64,
    /// Duration in seconds, including the training unless another trial ran it. After an interruption, the time since the trial
    /// was last resumed.
    pub seconds: f64,
    /// Outcome of the training.
    pub outcome: Outcome,
    /// Rounds of training.
    pub rounds: u64,
    /// Bob's soft wrong bits. Null in the selective game.
    pub bob_wrong_bits: Option<f64>,
    /// Soft wrong bits of the best Eve in the training. Null in the selective game.
    pub eve_wrong_bits: Option<f64>,
    /// Each fresh Eve's lowest soft wrong bits. Empty if none was trained.
    pub fresh_wrong_bits: Vec<f64>,
    /// Leakage of the varied message bits at 1 and at 8 bits per ciphertext value. Empty if it was not measured.
    #[serde(default)]
    pub leakage: Vec<Leaked>,
    /// Fraction of the messages that the codebook attack recovers, 0 to 1.
    #[serde(default)]
    pub codebook: Option<f64>,
    /// The saved model's squared errors on fresh data, in the selective game.
    #[serde(default)]
    pub squared: Option<SquaredErrors>,
    /// The fraction of the variance of C, |C| and C^2 that fresh Eves explain at best, by kind of Eve, in the selective game.
    #[serde(default)]
    pub fresh_explained: Vec<f64>,
    /// Whether Alice's rounded weights are a permuted one-time pad, for CryptoNet. For a product network over bits, whether her weights
    /// prove one.
    #[serde(default)]
    pub pad: Option<bool>,
    /// Whether they are one under a linear map of the key, for CryptoNet.
    #[serde(default)]
    pub keyed_pad: Option<bool>,
    /// Whether they are perfectly secret, for CryptoNet.
    #[serde(default)]
    pub secret: Option<bool>,
    /// Whether the weights prove that Bob reads every message under every key, for a product network over bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readable: Option<bool>,
    /// BLAKE3 of the model's file, in hex. Absent in rows of 0.2.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Precisions, in bits per ciphertext value, at which leakage is measured: the lowest, and the one that Bob needs to read.
pub(in crate::paper) const DEPTHS: [u32; 2] = [1, 8];

/// The leakage at one precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Leaked {
    /// Mutual information of message and ciphertext, I(P;C), in bits.
    pub bits: f64,
    /// Its 99 % interval, if ciphertexts were sampled.
    pub interval: Option<[f64; 2]>,
    /// Bob's wrong bits per message.
    pub bob_wrong_bits: f64,
    /// Lower bound on the leakage of any cipher with these keys and this error rate of Bob, in bits (Shannon, Fano).
    pub least: f64,
}

impl Row {
    /// The path of a trial's row.
    pub(in crate::paper) fn file(folder: &Path, id: &str) -> PathBuf {
        folder.join("trials").join(format!("{id}.json"))
    }

    /// Reads the row of a trial, or `None` if there is none.
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

    /// Writes the row, as a whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<(), PaperError> {
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
