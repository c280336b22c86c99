//! Training: settings, the alternation of Alice and Bob with Eve, goals, and the stopping rule.
//!
//! [`Settings`] are checked into a [`Config`]; a [`Training`] takes only the checked one. Nothing here knows files, a clock or a
//! terminal: what happens comes back as values ([`Look`]), the whole state as bytes. [`crate::run`] puts a folder on top.

mod config;
mod diagnosis;
mod evaluation;
mod presets;
mod settings;
mod state;
mod training;

pub use config::{Config, ConfigError};
pub use diagnosis::diagnose;
pub use evaluation::{Errors, Evaluation, SquaredErrors, WrongBits};
pub use presets::Preset;
pub use settings::Settings;
pub use state::State;
pub use training::{Event, Look, StateError, Training, Turn, derived_seed};
