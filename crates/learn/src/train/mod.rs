//! Training: settings, alternating steps of Alice and Bob and of Eve, goals, and the stopping rule.
//!
//! [`Settings`] are checked into a [`Config`], and a [`Training`] takes only a checked one. This module uses no files, clock or
//! terminal. Events are returned as values ([`Look`]), and the whole state as bytes. [`crate::run`] adds a folder.

mod config;
mod diagnosis;
mod evaluation;
mod presets;
mod settings;
mod state;
mod training;
mod values;

pub use config::{Config, ConfigError};
pub use diagnosis::diagnose;
pub use evaluation::{Errors, Evaluation, SquaredErrors, WrongBits};
pub use presets::Preset;
pub use settings::Settings;
pub use state::State;
pub use training::{Event, Look, StateError, Training, Turn, derived_seed};
