//! What a run is asked to do: settings as given, and the configuration that they are checked into.

use serde::{Deserialize, Serialize};

use crate::games::{BobTerm, EveKind, EveTerm, GameKind, Rules, Selective};
use crate::networks::{Initialisation, Network};

/// Where the defaults come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The recipe found here to train soonest and most surely (RESULTS.md has the measurements).
    #[default]
    Fast,
    /// The paper's networks, losses and training.
    Paper,
    /// The released code's.
    Released,
}

impl std::str::FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        crate::names::parse("preset", name)
    }
}

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

/// Why settings cannot be used; one line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A value outside its range.
    #[error("{name} = {value}: must be {range}")]
    Range {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        range: String,
    },
    /// A rule of the game outside its range.
    #[error("{0}")]
    Rules(String),
    /// Not TOML, an unknown setting, or a value of another kind.
    #[error("line {line}: {message}")]
    Toml {
        /// Line of the file, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// Not even text.
    #[error("not text in UTF-8")]
    NotText,
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
            // In the words of those who write such files.
            let message = message.replace("expected usize", "expected a whole number, 0 or more");
            let message = message.replace("expected u64", "expected a whole number, 0 or more");
            let message = message.replace("expected f64", "expected a number");
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

    /// Fills in the preset's values and checks all of them.
    ///
    /// # Errors
    /// For the first value outside its range.
    pub fn check(&self) -> Result<Config, ConfigError> {
        let game = self.game.unwrap_or_default();
        let selective = game == GameKind::Selective;
        let bits = self.bits.unwrap_or(if selective { 10 } else { 16 });
        let preset = Self::of(self.preset.unwrap_or_default(), bits);
        let s = self.clone().or(if selective { preset.for_values() } else { preset });
        let absent = "every preset sets every value but those set below";
        let rate = |name, rate: f64| {
            let inside = rate > 0.0 && rate <= 1.0;
            inside.then_some(rate).ok_or_else(|| range(name, rate, "above 0 and at most 1".into()))
        };
        let learning_rate = rate("learning-rate", s.learning_rate.expect(absent))?;
        let goal = |name, value: f64| {
            let inside = (0.0..=8.0).contains(&value);
            inside.then_some(value).ok_or_else(|| range(name, value, "from 0 to 8 (wrong bits of 16)".into()))
        };
        let rules = Rules {
            game,
            network: s.network.expect(absent),
            bits,
            key_bits: s.key_bits.unwrap_or(if selective { 8 } else { bits }),
            random_bits: s.random_bits.unwrap_or(0),
            leaked_key_bits: s.leaked_key_bits.unwrap_or(0),
            eves: s.eves.unwrap_or_else(|| vec![EveKind::Same]),
            selective: s.selective.unwrap_or_default(),
        };
        rules.check().map_err(ConfigError::Rules)?;
        let normalised = s.normalised.unwrap_or_default();
        if normalised && rules.network != Network::CryptoNet {
            return Err(ConfigError::Rules("normalised: only with network = cryptonet".into()));
        }
        Ok(Config {
            preset: s.preset.unwrap_or_default(),
            rules,
            seed: within("seed", self.seed.unwrap_or(1), 0, i64::MAX as u64)?, // what TOML can hold
            batch: within("batch", s.batch.expect(absent), 1, 1 << 20)?,
            max_rounds: within("max-rounds", s.max_rounds.expect(absent), 1, u64::from(u32::MAX))?,
            learning_rate,
            eve_learning_rate: rate("eve-learning-rate", s.eve_learning_rate.unwrap_or(learning_rate))?,
            eve_steps: within("eve-steps", s.eve_steps.expect(absent), 1, 100)?,
            normalised,
            initialisation: s.initialisation.expect(absent),
            bob_term: s.bob_term.unwrap_or_default(),
            eve_term: s.eve_term.expect(absent),
            evaluate_every: within("evaluate-every", s.evaluate_every.expect(absent), 1, 1_000_000)?,
            bob_goal: goal("bob-goal", s.bob_goal.expect(absent))?,
            eve_goal: goal("eve-goal", s.eve_goal.expect(absent))?,
            confirm_steps: within("confirm-steps", s.confirm_steps.expect(absent), 0, 1_000_000)?,
            decay_rounds: within("decay-rounds", s.decay_rounds.expect(absent), 0, u64::from(u32::MAX))?,
            patience: within("patience", s.patience.expect(absent), 0, u64::from(u32::MAX))?,
            give_up: within("give-up", s.give_up.expect(absent), 0, u64::from(u32::MAX))?,
        })
    }

    fn of(preset: Preset, bits: usize) -> Self {
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
            Preset::Fast => Self {
                batch: Some(1024),
                learning_rate: Some(0.004),
                initialisation: Some(Initialisation::Doubled),
                eve_term: Some(EveTerm::PerBit),
                confirm_steps: Some(200),
                // Long messages: the noise of a constant rate keeps Bob from his goal.
                decay_rounds: Some(if bits < 64 { 0 } else { 3000 }),
                patience: Some(5),
                give_up: Some(if bits <= 16 { 4000 } else { 8000 }),
                ..paper
            },
        }
    }
}

impl Settings {
    /// A preset as the selective game needs it (RESULTS.md has the measurements): most starts never come to use the key, so they
    /// are given up for others. Of the presets only the Eves, the batch and the initialisation are left.
    fn for_values(self) -> Self {
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

fn range(name: &'static str, value: impl ToString, range: String) -> ConfigError {
    ConfigError::Range { name, value: value.to_string(), range }
}

fn within<T: PartialOrd + Copy + ToString>(name: &'static str, value: T, low: T, high: T) -> Result<T, ConfigError> {
    let allowed = || format!("from {} to {}", low.to_string(), high.to_string());
    if value < low || value > high { Err(range(name, value, allowed())) } else { Ok(value) }
}

/// A checked configuration: only [`Settings::check`] makes one. The fields but for the game's rules are those of [`Settings`],
/// which says what they mean.
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
}

impl Config {
    /// Names what a training depends on: every setting but the limit of rounds, which may be raised when a run goes on. 64 hex digits.
    pub fn fingerprint(&self) -> String {
        let unlimited = Self { max_rounds: 0, ..self.clone() };
        blake3::hash(unlimited.to_toml().as_bytes()).to_hex().to_string()
    }

    /// The settings that check into this configuration, every one given: what a run's `config.toml` holds.
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
            // Left out where it is the same, and so is what is usual below: trials are named by the hash of their settings.
            eve_learning_rate: (self.eve_learning_rate != self.learning_rate).then_some(self.eve_learning_rate),
            eve_steps: Some(self.eve_steps),
            network: Some(self.rules.network),
            normalised: self.normalised.then_some(true),
            initialisation: Some(self.initialisation),
            bob_term: (self.bob_term != BobTerm::default()).then_some(self.bob_term),
            eve_term: Some(self.eve_term),
            evaluate_every: Some(self.evaluate_every),
            bob_goal: Some(self.bob_goal),
            eve_goal: Some(self.eve_goal),
            confirm_steps: Some(self.confirm_steps),
            decay_rounds: Some(self.decay_rounds),
            patience: Some(self.patience),
            give_up: Some(self.give_up),
            selective: (self.rules.game == GameKind::Selective).then_some(self.rules.selective),
        }
    }

    /// Bob's and Eve's goal in wrong bits of a message of this length.
    pub fn goals(&self) -> (f64, f64) {
        let scale = self.rules.bits as f64 / 16.0;
        (self.bob_goal * scale, self.eve_goal * scale)
    }

    /// As TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.settings()).expect("settings are plain values")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_the_file() {
        for (preset, bits) in [(Preset::Fast, 16), (Preset::Paper, 48), (Preset::Released, 7)] {
            let settings = Settings { preset: Some(preset), bits: Some(bits), ..Settings::default() };
            let config = settings.check().unwrap();
            assert!(!config.to_toml().contains("bob-term"), "what is usual has no part in names of trials");
            let unusual = Config { bob_term: BobTerm::Summed, eve_learning_rate: 0.5, ..config.clone() };
            assert_ne!(unusual.fingerprint(), config.fingerprint());
            let angles = Settings { network: Some(Network::CryptoNet), normalised: Some(true), ..config.settings() }
                .check()
                .unwrap();
            assert!(angles.normalised);
            for config in [config, unusual, angles] {
                let again = Settings::from_toml(&config.to_toml()).unwrap().check().unwrap();
                assert_eq!(again, config);
            }
        }
    }

    #[test]
    fn errors_are_one_line_and_name_the_place() {
        let line = |text: &str| Settings::from_toml(text).map(|s| s.check()).unwrap_err().to_string();
        assert!(line("seed = 1\n\nlearning_rate = 0.1").starts_with("line 3: unknown field `learning_rate`"));
        assert!(line("bits = \"many\"").starts_with("line 1: invalid type"));
        assert!(line("seed = 1\nbits =").starts_with("line 2:"));
        let range = |text: &str| Settings::from_toml(text).unwrap().check().unwrap_err().to_string();
        assert_eq!(range("bits = 3"), "bits = 3: must be from 4 to 256");
        assert_eq!(range("key-bits = 0"), "key-bits = 0: must be from 1 to 256");
        assert_eq!(range("learning-rate = nan"), "learning-rate = NaN: must be above 0 and at most 1");
        assert_eq!(range("batch = 0"), "batch = 0: must be from 1 to 1048576");
        assert_eq!(range("key-bits = 8\nleaked-key-bits = 9"), "leaked-key-bits = 9: must be from 0 to 8");
        assert_eq!(range("random-bits = 4"), "random-bits = 4: only in the asymmetric game");
        let leak = "game = \"chosen-plaintext\"\nleaked-key-bits = 1";
        assert_eq!(range(leak), "leaked-key-bits = 1: only in the symmetric game");
        assert_eq!(range("eves = []"), "eves = 0: must be from 1 to 8");
        assert_eq!(range("normalised = true"), "normalised: only with network = cryptonet");
        let weights = "[selective]\npublic-weight = 2";
        assert_eq!(range(weights), "selective: only in the selective game");
        let matrix = "game = \"selective\"\n[selective]\ncorrelations = [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]";
        let said = "selective.correlations: not positive definite: no value number 2 is correlated so";
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
