//! Settings as a file or a command line gives them.

use serde::{Deserialize, Serialize};

use super::{ConfigError, Preset};
use crate::games::{BobTerm, EveKind, EveTerm, GameKind, Selective};
use crate::networks::{Initialisation, Network};

/// Settings as a file or a command line gives them: what is absent comes from the preset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where absent settings come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// The game. Symmetric if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub game: Option<GameKind>,
    /// Bits of a message, N: 4 to 256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<usize>,
    /// Bits of a key: 1 to 256. As many as the message if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<usize>,
    /// Random bits for Alice in the asymmetric game: 0 to 256. 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_bits: Option<usize>,
    /// Key bits that Eve is given in the symmetric game: 0 to all. 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaked_key_bits: Option<usize>,
    /// The Eves that Alice and Bob play against at once, 1 to 8. One with a network as theirs if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eves: Option<Vec<EveKind>>,
    /// Every random choice follows from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Examples of a step: 1 to 1,048,576.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// Rounds after which a run that has not met its goals has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rounds: Option<u64>,
    /// Adam's learning rate, above 0 and at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Eve's learning rate, likewise. As theirs if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eve_learning_rate: Option<f64>,
    /// Eve's steps after each of Alice and Bob's: 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eve_steps: Option<u64>,
    /// The networks' form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// After each step Alice's weights are divided so that message and key turn each output by half a turn in all; with CryptoNet only.
    /// False if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalised: Option<bool>,
    /// How the networks start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialisation: Option<Initialisation>,
    /// What Alice and Bob are told of Bob's errors. Per bit if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bob_term: Option<BobTerm>,
    /// What Alice and Bob are told of Eve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eve_term: Option<EveTerm>,
    /// Rounds between two looks at the goals, on fresh data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluate_every: Option<u64>,
    /// Goal: Bob's wrong bits at most, of 16 (scaled with the message).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bob_goal: Option<f64>,
    /// Goal: Eve's wrong bits at least, of 16 (scaled with the message).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eve_goal: Option<f64>,
    /// When the goals are met, Eve trains on alone for so many steps, and they must still be met. 0: the first look counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_steps: Option<u64>,
    /// The learning rate falls to a fifth over so many rounds, exponentially, and stays there. 0: it is constant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay_rounds: Option<u64>,
    /// Looks in a row at which some bits must be lost while the others arrive for the start to be given up for another.
    /// 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// Rounds after which a start that has not met the goals is given up for another. 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub give_up: Option<u64>,
    /// What the selective game is about: correlations, weights, goal. What is absent has the values of [`Selective::default`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selective: Option<Selective>,
}

impl Settings {
    /// Reads settings from TOML.
    ///
    /// # Errors
    /// With the line, for what is not TOML, not a setting, or a value of another kind.
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
            let mut message = message.replace("expected f64", "expected a number");
            let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
            let unknown = unknown.map(str::to_owned).unwrap_or_default();
            let meant = unknown.replace('_', "-");
            // The parser lists the settings that there are.
            if meant != unknown && message.contains(&format!("`{meant}`")) {
                message = format!("unknown field `{unknown}`: write `{meant}`");
            }
            ConfigError::Toml { line, message }
        })
    }

    /// These settings, and where they are silent, `others`.
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
            selective: self.selective.or(others.selective),
        }
    }
}
