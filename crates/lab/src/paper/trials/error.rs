//! Errors of experiments.

use evesdrop_attack::AttackError;
use evesdrop_attack::ciphers::CipherError;
use evesdrop_learn::model::ModelError;
use evesdrop_learn::run::{FolderError, RunError};

/// Why an experiment cannot go on; one line.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// A file of the experiment.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A trial's row that is not one.
    #[error("{0}: not a trial's row; remove it to run the trial again")]
    Row(String),
    /// A training's folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A training.
    #[error(transparent)]
    Train(#[from] RunError),
    /// A trained model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The exact leakage.
    #[error(transparent)]
    Attack(#[from] AttackError),
    /// A CSV file that holds no rows of this experiment.
    #[error("not the rows of an experiment: {0}")]
    Csv(String),
    /// The SIMD level, or a thread that cannot be started.
    #[error("{0}")]
    Engine(String),
}

impl From<CipherError> for PaperError {
    fn from(error: CipherError) -> Self {
        Self::Attack(error.into())
    }
}
