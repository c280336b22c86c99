//! Settings from a file or a command line.

use serde::{Deserialize, Serialize};

use super::{ConfigError, Preset};
use crate::games::{BobTerm, Channel, EveKind, EveTerm, GameKind, Selective};
use crate::networks::{Initialisation, Network};

/// Settings from a file or a command line. The preset supplies absent ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The preset that supplies absent settings. `fast` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// The game. Symmetric if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub game: Option<GameKind>,
    /// Bits of a message, N: 4 to 256; from 2 with the product network and CryptoNet, at most 32 with a quadratic Eve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<usize>,
    /// Bits of a key: 1 to 256. Equal to the message length if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<usize>,
    /// Random bits for Alice in the asymmetric game: 0 to 256. 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_bits: Option<usize>,
    /// Number of key bits that Eve gets in the symmetric game: 0 to all. 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaked_key_bits: Option<usize>,
    /// The Eves that Alice and Bob train against simultaneously, 1 to 8. If absent, one with the same network as theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eves: Option<Vec<EveKind>>,
    /// Seed of all random numbers. 1 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Batch size, in examples per step: 1 to 1,048,576.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// Limit of rounds, from 1: a run that has not met its goals by then has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rounds: Option<u64>,
    /// Learning rate of Alice and Bob (Adam), above 0 and at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Learning rate of Eve, above 0 and at most 1. The same as theirs if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eve_learning_rate: Option<f64>,
    /// Eve's steps per step of Alice and Bob: 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eve_steps: Option<u64>,
    /// The architecture of the networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Whether Alice's weights are normalised after each step, so that message and key turn each output by half a turn in all.
    /// With CryptoNet only. False if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalised: Option<bool>,
    /// The initial distribution of the networks' weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialisation: Option<Initialisation>,
    /// The term of Bob's errors in Alice and Bob's loss. Per bit if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bob_term: Option<BobTerm>,
    /// The term of Eve's errors in Alice and Bob's loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eve_term: Option<EveTerm>,
    /// Number of rounds between two tests of the goals on fresh data, 1 to 1,000,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluate_every: Option<u64>,
    /// Goal: Bob's wrong bits of 16 are at most this (scaled to the message length), 0 to 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bob_goal: Option<f64>,
    /// Goal: Eve's wrong bits of 16 are at least this (scaled to the message length), 0 to 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eve_goal: Option<f64>,
    /// When the goals are met, Eve alone trains for this number of steps, and the goals must still be met. 0 to 1,000,000; 0:
    /// the first test counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_steps: Option<u64>,
    /// The learning rate decays exponentially to a fifth over this number of rounds and then stays constant. 0: no decay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay_rounds: Option<u64>,
    /// Number of consecutive tests after which a start is given up if some bits never arrive while the others do. 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// Number of rounds after which a start that has not met the goals is given up. 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub give_up: Option<u64>,
    /// What of Alice's values is sent in the symmetric and the chosen-plaintext game. Default: real.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// With `channel = "bits"`: weight of the mean of (1 - c^2)^2 over Alice's values c in Alice and Bob's loss, 0 to 100. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modulus_weight: Option<f64>,
    /// With `channel = "bits"`: deviation of the normal noise that is added to each value in training, 0 to 1. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_noise: Option<f64>,
    /// With `channel = "bits"`: number of rounds in which the channel moves from Alice's values to their signs. It begins when Bob reads
    /// and no Eve does. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harden_rounds: Option<u64>,
    /// With `channel = "bits"`: number of rounds after which a single value that Bob does not need, or that an Eve reads from, starts over
    /// with new random weights. 0: never. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_patience: Option<u64>,
    /// The selective game's correlations, weights and goal. Absent ones have the values of [`Selective::default`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selective: Option<Selective>,
}

impl Settings {
    /// Reads settings from TOML.
    ///
    /// # Errors
    /// If the text is not TOML, or has an unknown setting or a value of the wrong type. The message names the line.
    ///
    /// ```
    /// use evesdrop_learn::train::Settings;
    /// let error = Settings::from_toml("bits = 16\nbitz = 8\n").unwrap_err().to_string();
    /// assert!(error.starts_with("line 2: unknown field `bitz`"), "{error}");
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            let message = message.replace("expected usize", "expected a whole number, 0 or more");
            let message = message.replace("expected u64", "expected a whole number, 0 or more");
            let message = crate::names::suggesting(&message.replace("expected f64", "expected a number"));
            ConfigError::Toml { line, message }
        })
    }

    /// These settings, with absent ones taken from `others`.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            preset: self.preset.or(others.preset),
            game: self.game.or(others.game),
            bits: self.bits.or(others.bits),
            key_bits: self.key_bits.or(others.key_bits),
            random_bits: self.random_bits.or(others.random_bits),
            leaked_key_bits: self.leaked_key_bits.or(others.leaked_key_bits),
            eves: self.eves.or(others.eves),
            seed: self.seed.or(others.seed),
            batch: self.batch.or(others.batch),
            max_rounds: self.max_rounds.or(others.max_rounds),
            learning_rate: self.learning_rate.or(others.learning_rate),
            eve_learning_rate: self.eve_learning_rate.or(others.eve_learning_rate),
            eve_steps: self.eve_steps.or(others.eve_steps),
            network: self.network.or(others.network),
            normalised: self.normalised.or(others.normalised),
            initialisation: self.initialisation.or(others.initialisation),
            bob_term: self.bob_term.or(others.bob_term),
            eve_term: self.eve_term.or(others.eve_term),
            evaluate_every: self.evaluate_every.or(others.evaluate_every),
            bob_goal: self.bob_goal.or(others.bob_goal),
            eve_goal: self.eve_goal.or(others.eve_goal),
            confirm_steps: self.confirm_steps.or(others.confirm_steps),
            decay_rounds: self.decay_rounds.or(others.decay_rounds),
            patience: self.patience.or(others.patience),
            give_up: self.give_up.or(others.give_up),
            channel: self.channel.or(others.channel),
            modulus_weight: self.modulus_weight.or(others.modulus_weight),
            channel_noise: self.channel_noise.or(others.channel_noise),
            harden_rounds: self.harden_rounds.or(others.harden_rounds),
            value_patience: self.value_patience.or(others.value_patience),
            selective: self.selective.or(others.selective),
        }
    }
}
