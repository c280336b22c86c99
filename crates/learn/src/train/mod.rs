//! Training: configuration, the alternation of Alice and Bob with Eve, the stopping rule, and the run's folder.

mod checkpoint;
mod config;
mod diagnosis;
mod evaluation;
mod folder;
mod trainer;

pub use checkpoint::State;
pub use config::{Config, ConfigError, Preset, Settings};
pub use diagnosis::diagnose;
pub use evaluation::{Errors, Evaluation, SquaredErrors, WrongBits};
pub use folder::{FolderError, Outcome, RunFolder, Summary, read_settings};
pub use trainer::derived_seed;
pub use trainer::{Observer, TrainError, Trainer};
