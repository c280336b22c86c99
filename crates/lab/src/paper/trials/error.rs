//! Errors of experiments.

use evesdrop_attack::AttackError;
use evesdrop_attack::ciphers::CipherError;
use evesdrop_learn::model::ModelError;
use evesdrop_learn::run::{FolderError, RunError};

/// Why an experiment cannot continue; one line.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// A file of the experiment cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// The system's error.
        error: std::io::Error,
    },
    /// The file of a trial's row is invalid.
    #[error("{0}: not a trial's row; remove it to run the trial again")]
    Row(String),
    /// An error of a training's folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// An error of a training.
    #[error(transparent)]
    Train(#[from] RunError),
    /// An error of a trained model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An error of the measurement of leakage.
    #[error(transparent)]
    Attack(#[from] AttackError),
    /// A CSV file that contains no rows of this experiment.
    #[error("not the rows of an experiment: {0}")]
    Csv(String),
    /// An unsupported SIMD level, or a thread that cannot be started.
    #[error("{0}")]
    Engine(String),
}

impl From<CipherError> for PaperError {
    fn from(error: CipherError) -> Self {
        Self::Attack(error.into())
    }
}
