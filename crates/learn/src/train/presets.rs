//! Presets: the values of settings that are not given.

use serde::{Deserialize, Serialize};

use super::Settings;
use crate::games::{BobTerm, Channel, EveKind, EveTerm};
use crate::networks::{Initialisation, Network};

/// The source of default settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The fastest and most reliable settings found in this project (measured in docs/science/presets.md).
    #[default]
    Fast,
    /// The networks, losses and training of the paper (Abadi and Andersen, section 2).
    Paper,
    /// The settings of the paper's released code.
    Released,
    /// A cipher over bits, by products (docs/science/bits.md has the measurements).
    Bits,
}

impl std::str::FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        crate::names::parse("preset", name)
    }
}

impl Settings {
    /// The settings of a preset for messages of `bits` bits.
    pub(super) fn of(preset: Preset, bits: usize) -> Self {
        let paper = Self {
            preset: Some(preset),
            batch: Some(4096),
            max_rounds: Some(150_000),
            learning_rate: Some(0.0008),
            eve_steps: Some(2),
            network: Some(Network::Paper),
            initialisation: Some(Initialisation::Xavier),
            eve_term: Some(EveTerm::PerExample),
            evaluate_every: Some(100),
            bob_goal: Some(0.05),
            eve_goal: Some(7.3),
            confirm_steps: Some(0),
            decay_rounds: Some(0),
            patience: Some(0),
            give_up: Some(0),
            ..Self::default()
        };
        match preset {
            Preset::Paper => paper,
            Preset::Released => Self {
                network: Some(Network::Released),
                max_rounds: Some(850_000),
                evaluate_every: Some(200),
                bob_goal: Some(0.02),
                eve_goal: Some(7.7),
                ..paper
            },
            Preset::Bits => Self {
                channel: Some(Channel::Bits),
                channel_noise: Some(0.2),
                harden_rounds: Some(2000),
                value_patience: Some(1500),
                network: Some(Network::Product),
                eves: Some(vec![EveKind::Quadratic]),
                bob_term: Some(BobTerm::Squared),
                eve_term: Some(EveTerm::PerBit),
                batch: Some(512),
                max_rounds: Some(100_000),
                learning_rate: Some(0.004),
                eve_learning_rate: Some(0.01),
                evaluate_every: Some(250),
                confirm_steps: Some(500),
                ..paper
            },
            Preset::Fast => Self {
                batch: Some(1024),
                learning_rate: Some(0.004),
                initialisation: Some(Initialisation::Doubled),
                eve_term: Some(EveTerm::PerBit),
                confirm_steps: Some(200),
                // With long messages, the noise of a constant learning rate keeps Bob from his goal.
                decay_rounds: Some(if bits < 64 { 0 } else { 3000 }),
                patience: Some(5),
                give_up: Some(if bits <= 16 { 4000 } else { 8000 }),
                ..paper
            },
        }
    }

    /// The preset adapted to the selective game (measured in docs/science/selective.md). Most starts never learn to use the key
    /// and are restarted. Only the Eves, the batch size and the initialisation of the preset remain.
    pub(super) fn for_values(self) -> Self {
        Self {
            network: Some(Network::Released),
            learning_rate: Some(0.004),
            evaluate_every: Some(250),
            confirm_steps: Some(200),
            decay_rounds: Some(12_000),
            patience: Some(0),
            give_up: Some(20_000),
            ..self
        }
    }
}
