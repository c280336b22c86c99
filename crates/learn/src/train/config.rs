//! The checked configuration of a training.

use super::{Preset, Settings};
use crate::games::{BobTerm, Channel, EveKind, EveTerm, GameKind, Rules};
use crate::networks::{Initialisation, Network};

/// Why settings cannot be used; one line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A value is outside its range.
    #[error("{name} = {value}: must be {range}")]
    Range {
        /// Name of the setting.
        name: &'static str,
        /// The given value.
        value: String,
        /// The allowed range.
        range: String,
    },
    /// A rule of the game is violated.
    #[error("{0}")]
    Rules(String),
    /// The text is not TOML, or has an unknown setting or a value of the wrong type.
    #[error("line {line}: {message}")]
    Toml {
        /// Line number in the file, from 1.
        line: usize,
        /// What is wrong in that line.
        message: String,
    },
    /// The file is not UTF-8 text.
    #[error("not text in UTF-8")]
    NotText,
}

/// A checked configuration, made only by [`Settings::check`]. Apart from the game's rules, the fields are those of
/// [`Settings`], which documents their meaning.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "documented in Settings")]
pub struct Config {
    pub preset: Preset,
    pub rules: Rules,
    pub seed: u64,
    pub batch: usize,
    pub max_rounds: u64,
    pub learning_rate: f64,
    pub eve_learning_rate: f64,
    pub eve_steps: u64,
    pub normalised: bool,
    pub initialisation: Initialisation,
    pub bob_term: BobTerm,
    pub eve_term: EveTerm,
    pub evaluate_every: u64,
    pub bob_goal: f64,
    pub eve_goal: f64,
    pub confirm_steps: u64,
    pub decay_rounds: u64,
    pub patience: u64,
    pub give_up: u64,
    pub modulus_weight: f64,
    pub channel_noise: f64,
    pub harden_rounds: u64,
    pub value_patience: u64,
}

impl Settings {
    /// Fills in the preset's values and checks all settings.
    ///
    /// # Errors
    /// For the first value that is outside its range.
    pub fn check(&self) -> Result<Config, ConfigError> {
        let game = self.game.unwrap_or_default();
        let selective = game == GameKind::Selective;
        let bits = self.bits.unwrap_or(if selective { 10 } else { 16 });
        let preset = Self::of(self.preset.unwrap_or_default(), bits);
        let s = self.clone().or(if selective { preset.for_values() } else { preset });
        let absent = "every preset sets all values except those set below";
        let rate = |name, rate: f64| {
            let inside = rate > 0.0 && rate <= 1.0;
            inside.then_some(rate).ok_or_else(|| range(name, rate, "above 0 and at most 1".into()))
        };
        let learning_rate = rate("learning-rate", s.learning_rate.expect(absent))?;
        let rules = Rules {
            game,
            network: s.network.expect(absent),
            bits,
            key_bits: s.key_bits.unwrap_or(if selective { 8 } else { bits }),
            random_bits: s.random_bits.unwrap_or(0),
            leaked_key_bits: s.leaked_key_bits.unwrap_or(0),
            channel: s.channel.unwrap_or_default(),
            eves: s.eves.unwrap_or_else(|| vec![EveKind::Same]),
            selective: s.selective.unwrap_or_default(),
        };
        rules.check().map_err(ConfigError::Rules)?;
        self.refuse_ignored(&rules)?;
        // In other networks, an output does not have weights of its own in the dense layer.
        let value_patience = s.value_patience.filter(|_| rules.network == Network::Product).unwrap_or(0);
        Ok(Config {
            preset: s.preset.unwrap_or_default(),
            rules,
            seed: within("seed", self.seed.unwrap_or(1), 0, i64::MAX as u64)?, // what TOML can hold
            batch: within("batch", s.batch.expect(absent), 1, 1 << 20)?,
            max_rounds: within("max-rounds", s.max_rounds.expect(absent), 1, u64::from(u32::MAX))?,
            learning_rate,
            eve_learning_rate: rate("eve-learning-rate", s.eve_learning_rate.unwrap_or(learning_rate))?,
            eve_steps: within("eve-steps", s.eve_steps.expect(absent), 1, 100)?,
            normalised: s.normalised.unwrap_or_default(),
            initialisation: s.initialisation.expect(absent),
            bob_term: s.bob_term.unwrap_or_default(),
            eve_term: s.eve_term.expect(absent),
            evaluate_every: within("evaluate-every", s.evaluate_every.expect(absent), 1, 1_000_000)?,
            // Wrong bits of 16.
            bob_goal: within("bob-goal", s.bob_goal.expect(absent), 0.0, 8.0)?,
            eve_goal: within("eve-goal", s.eve_goal.expect(absent), 0.0, 8.0)?,
            confirm_steps: within("confirm-steps", s.confirm_steps.expect(absent), 0, 1_000_000)?,
            decay_rounds: within("decay-rounds", s.decay_rounds.expect(absent), 0, u64::from(u32::MAX))?,
            patience: within("patience", s.patience.expect(absent), 0, u64::from(u32::MAX))?,
            give_up: within("give-up", s.give_up.expect(absent), 0, u64::from(u32::MAX))?,
            modulus_weight: within("modulus-weight", s.modulus_weight.unwrap_or(1.0), 0.0, 100.0)?,
            channel_noise: within("channel-noise", s.channel_noise.unwrap_or(0.0), 0.0, 1.0)?,
            harden_rounds: within("harden-rounds", s.harden_rounds.unwrap_or(0), 0, u64::from(u32::MAX))?,
            value_patience: within("value-patience", value_patience, 0, u64::from(u32::MAX))?,
        })
    }

    /// Refuses settings that the game ignores, because the user may rely on them.
    fn refuse_ignored(&self, rules: &Rules) -> Result<(), ConfigError> {
        let given = |settings: &Self| serde_json::to_value(settings).expect("settings are plain values");
        let used = given(&self.clone().used_by(rules.game, rules.network, rules.channel));
        let all = given(self);
        let ignored = all.as_object().and_then(|all| all.keys().find(|name| used.get(name).is_none()));
        let Some(name) = ignored else { return Ok(()) };
        let place = match name.as_str() {
            "random-bits" => "in the asymmetric game",
            "leaked-key-bits" => "in the symmetric game",
            "channel" => "in the symmetric and the chosen-plaintext game",
            "modulus-weight" | "channel-noise" | "harden-rounds" => "with channel = bits",
            "value-patience" => "with channel = bits and network = product",
            "normalised" => "with network = cryptonet",
            "selective" => "in the selective game",
            _ => "in games over bits",
        };
        Err(ConfigError::Rules(format!("{name}: only {place}")))
    }

    /// These settings without those that the game and the network ignore.
    fn used_by(self, game: GameKind, network: Network, channel: Channel) -> Self {
        let bits = game != GameKind::Selective;
        let over_bits = channel == Channel::Bits;
        Self {
            random_bits: self.random_bits.filter(|_| game == GameKind::Asymmetric),
            leaked_key_bits: self.leaked_key_bits.filter(|_| game == GameKind::Symmetric),
            channel: self.channel.filter(|_| matches!(game, GameKind::Symmetric | GameKind::ChosenPlaintext)),
            modulus_weight: self.modulus_weight.filter(|_| over_bits),
            channel_noise: self.channel_noise.filter(|_| over_bits),
            harden_rounds: self.harden_rounds.filter(|_| over_bits),
            value_patience: self.value_patience.filter(|_| over_bits && network == Network::Product),
            normalised: self.normalised.filter(|_| network == Network::CryptoNet),
            selective: self.selective.filter(|_| !bits),
            bob_term: self.bob_term.filter(|_| bits),
            eve_term: self.eve_term.filter(|_| bits),
            bob_goal: self.bob_goal.filter(|_| bits),
            eve_goal: self.eve_goal.filter(|_| bits),
            ..self
        }
    }

    /// Checks the settings of an existing run. Earlier versions also wrote settings that the game ignores.
    ///
    /// # Errors
    /// As [`Settings::check`].
    pub(crate) fn check_again(self) -> Result<Config, ConfigError> {
        let (game, network) = (self.game.unwrap_or_default(), self.network.unwrap_or(Network::Paper));
        let channel = self.channel.unwrap_or_default();
        self.used_by(game, network, channel).check()
    }
}

fn range(name: &'static str, value: impl ToString, range: String) -> ConfigError {
    ConfigError::Range { name, value: value.to_string(), range }
}

fn within<T: PartialOrd + Copy + ToString>(name: &'static str, value: T, low: T, high: T) -> Result<T, ConfigError> {
    // NaN is not within.
    let allowed = || format!("from {} to {}", low.to_string(), high.to_string());
    if (low..=high).contains(&value) { Ok(value) } else { Err(range(name, value, allowed())) }
}

impl Config {
    /// Identifies what a training depends on: every setting except the limit of rounds, which may be raised when a run is
    /// resumed. 64 hex digits.
    pub fn fingerprint(&self) -> String {
        let unlimited = Self { max_rounds: 0, ..self.clone() };
        blake3::hash(toml(&unlimited.canonical_settings()).as_bytes()).to_hex().to_string()
    }

    /// The settings that check into this configuration: every setting that the game uses, as in a run's `config.toml`.
    pub fn settings(&self) -> Settings {
        Settings {
            preset: Some(self.preset),
            game: Some(self.rules.game),
            bits: Some(self.rules.bits),
            key_bits: Some(self.rules.key_bits),
            random_bits: Some(self.rules.random_bits),
            leaked_key_bits: Some(self.rules.leaked_key_bits),
            eves: Some(self.rules.eves.clone()),
            seed: Some(self.seed),
            batch: Some(self.batch),
            max_rounds: Some(self.max_rounds),
            learning_rate: Some(self.learning_rate),
            eve_learning_rate: Some(self.eve_learning_rate),
            eve_steps: Some(self.eve_steps),
            network: Some(self.rules.network),
            normalised: Some(self.normalised),
            initialisation: Some(self.initialisation),
            bob_term: Some(self.bob_term),
            eve_term: Some(self.eve_term),
            evaluate_every: Some(self.evaluate_every),
            bob_goal: Some(self.bob_goal),
            eve_goal: Some(self.eve_goal),
            confirm_steps: Some(self.confirm_steps),
            decay_rounds: Some(self.decay_rounds),
            patience: Some(self.patience),
            give_up: Some(self.give_up),
            channel: Some(self.rules.channel),
            modulus_weight: Some(self.modulus_weight),
            channel_noise: Some(self.channel_noise),
            harden_rounds: Some(self.harden_rounds),
            value_patience: Some(self.value_patience),
            selective: Some(self.rules.selective),
        }
        .used_by(self.rules.game, self.rules.network, self.rules.channel)
    }

    /// The settings in the form whose hash names trials and checkpoints. That form must not change. So settings that were added
    /// later are left out if they have their default value, and settings that the game ignores are kept.
    pub fn canonical_settings(&self) -> Settings {
        Settings {
            random_bits: Some(self.rules.random_bits),
            leaked_key_bits: Some(self.rules.leaked_key_bits),
            channel: (self.rules.channel != Channel::Real).then_some(self.rules.channel),
            eve_learning_rate: (self.eve_learning_rate != self.learning_rate).then_some(self.eve_learning_rate),
            normalised: self.normalised.then_some(true),
            bob_term: (self.bob_term != BobTerm::default()).then_some(self.bob_term),
            eve_term: Some(self.eve_term),
            bob_goal: Some(self.bob_goal),
            eve_goal: Some(self.eve_goal),
            ..self.settings()
        }
    }

    /// The goals of Bob and Eve in wrong bits, scaled to this message length.
    pub fn goals(&self) -> (f64, f64) {
        let scale = self.rules.bits as f64 / 16.0;
        (self.bob_goal * scale, self.eve_goal * scale)
    }

    /// Converts [`Config::settings`] to TOML.
    pub fn to_toml(&self) -> String {
        toml(&self.settings())
    }
}

fn toml(settings: &Settings) -> String {
    toml::to_string(settings).expect("settings are plain values")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_the_file() {
        for (preset, bits) in [(Preset::Fast, 16), (Preset::Paper, 48), (Preset::Released, 7)] {
            let settings = Settings { preset: Some(preset), bits: Some(bits), ..Settings::default() };
            let config = settings.check().unwrap();
            let named = toml(&config.canonical_settings());
            assert!(!named.contains("bob-term"), "default values are no part of the names of trials");
            assert!(config.to_toml().contains("bob-term"), "config.toml holds every setting");
            let unusual = Config { bob_term: BobTerm::Summed, eve_learning_rate: 0.5, ..config.clone() };
            assert_ne!(unusual.fingerprint(), config.fingerprint());
            let angles = Settings { network: Some(Network::CryptoNet), normalised: Some(true), ..config.settings() }
                .check()
                .unwrap();
            assert!(angles.normalised);
            for config in [config, unusual, angles] {
                let again = Settings::from_toml(&config.to_toml()).unwrap().check().unwrap();
                assert_eq!(again, config);
                // As written by earlier versions.
                let earlier = Settings::from_toml(&toml(&config.canonical_settings())).unwrap();
                assert_eq!(earlier.check_again().unwrap(), config);
            }
        }
    }

    #[test]
    fn errors_are_one_line_and_name_the_place() {
        let line = |text: &str| Settings::from_toml(text).map(|s| s.check()).unwrap_err().to_string();
        assert_eq!(
            line("seed = 1\n\nlearning_rate = 0.1"),
            "line 3: unknown field `learning_rate`: did you mean `learning-rate`?"
        );
        assert_eq!(line("preset = \"papr\""), "line 1: unknown variant `papr`: did you mean `paper`?");
        assert!(line("bits = \"many\"").starts_with("line 1: invalid type"));
        assert!(line("seed = 1\nbits =").starts_with("line 2:"));
        let range = |text: &str| Settings::from_toml(text).unwrap().check().unwrap_err().to_string();
        assert_eq!(range("bits = 3"), "bits = 3: must be from 4 to 256");
        assert_eq!(range("key-bits = 0"), "key-bits = 0: must be from 1 to 256");
        assert_eq!(range("learning-rate = nan"), "learning-rate = NaN: must be above 0 and at most 1");
        assert_eq!(range("bob-goal = nan"), "bob-goal = NaN: must be from 0 to 8");
        assert_eq!(range("batch = 0"), "batch = 0: must be from 1 to 1048576");
        assert_eq!(range("key-bits = 8\nleaked-key-bits = 9"), "leaked-key-bits = 9: must be from 0 to 8");
        assert_eq!(range("random-bits = 4"), "random-bits = 4: only in the asymmetric game");
        let leak = "game = \"chosen-plaintext\"\nleaked-key-bits = 1";
        assert_eq!(range(leak), "leaked-key-bits = 1: only in the symmetric game");
        assert_eq!(range("eves = []"), "eves = 0: must be from 1 to 8");
        assert_eq!(range("normalised = true"), "normalised: only with network = cryptonet");
        assert_eq!(range("random-bits = 0"), "random-bits: only in the asymmetric game");
        assert_eq!(range("game = \"selective\"\neve-goal = 7"), "eve-goal: only in games over bits");
        assert_eq!(
            range("seed = 9223372036854775807\ngame = \"asymmetric\"\nleaked-key-bits = 0"),
            "leaked-key-bits: only in the symmetric game"
        );
        let weights = "[selective]\npublic-weight = 2";
        assert_eq!(range(weights), "selective: only in the selective game");
        let matrix = "game = \"selective\"\n[selective]\ncorrelations = [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]";
        let said = "selective.correlations: not positive definite: value number 2 cannot have these correlations";
        assert_eq!(range(matrix), said);
        assert!(line("game = \"selective\"\n[selective]\ncorrelations = [[1]]").starts_with("line 3: "));
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_settings_or_one_line(text in "\\PC{0,80}|(bits|seed|batch|preset|goal) ?= ?[-0-9a-z.\"\n]{0,12}") {
            if let Err(error) = Settings::from_toml(&text).and_then(|s| s.check()) {
                proptest::prop_assert!(!error.to_string().contains('\n'));
            }
        }
    }
}
