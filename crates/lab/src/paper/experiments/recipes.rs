//! Settings that experiments share.

use evesdrop_learn::games::EveKind;
use evesdrop_learn::train::{Preset, Settings};

use crate::paper::trials::{FreshEves, Group, Specification, Trial};

/// A fresh Eve counts as kept out from this many wrong bits of 16, or the same fraction of a longer message (Abadi and
/// Andersen, section 2.5).
pub(super) const KEPT_OUT: f64 = 6.0;

/// The size of an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// The same shape in minutes on two cores: a batch of 1024, few runs, short attacks.
    #[default]
    Quick,
    /// The paper's protocol.
    Full,
}

impl std::str::FromStr for Scale {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        evesdrop_learn::names::parse("scale", name)
    }
}

impl std::fmt::Display for Scale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::Quick { "quick" } else { "full" })
    }
}

/// The settings of one scale.
pub(super) struct Recipes {
    /// Whether the scale is the quick one.
    pub(super) quick: bool,
    runs: u64,
    /// The paper's recipe. The quick scale uses a quarter of its batch and gives up sooner.
    pub(super) paper: Settings,
    /// The most reliable recipe, for questions that the paper left open.
    pub(super) fast: Settings,
    /// The same for a fixed number of rounds, for games whose goals cannot be met.
    pub(super) fixed: Settings,
}

impl Recipes {
    pub(super) fn new(scale: Scale, runs: u64) -> Self {
        let quick = scale == Scale::Quick;
        let paper = Settings {
            preset: Some(Preset::Paper),
            batch: quick.then_some(1024),
            max_rounds: quick.then_some(15_000),
            ..Settings::default()
        };
        let fast = Settings { preset: Some(Preset::Fast), ..Settings::default() };
        let fixed = Settings { max_rounds: Some(if quick { 3000 } else { 20_000 }), give_up: Some(0), ..fast.clone() };
        Self { quick, runs, paper, fast, fixed }
    }

    /// One of two values, by scale.
    pub(super) fn pick<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    /// Trials of these settings with seeds from 1 on. `specify` adds what follows the training.
    pub(super) fn group(
        &self,
        label: impl Into<String>,
        x: f64,
        settings: &Settings,
        specify: impl Fn(&mut Specification),
    ) -> Group {
        let trial = |seed| {
            let config = Settings { seed: Some(seed), ..settings.clone() }.check().expect("settings in range");
            Trial::new(config, &specify)
        };
        Group { label: label.into(), x, trials: (1..=self.runs).map(trial).collect() }
    }

    /// Fresh Eves of these kinds.
    pub(super) fn eves(&self, kinds: &[EveKind], steps: u64) -> FreshEves {
        FreshEves { kinds: kinds.to_vec(), steps, batch: self.pick(1024, 4096), rate: 0.0008 }
    }

    /// The five fresh Eves of the paper.
    pub(super) fn five(&self) -> FreshEves {
        self.eves(&[EveKind::Same; 5], self.pick(5000, 250_000))
    }

    /// One fresh Eve of each of three kinds.
    pub(super) fn three_kinds(&self) -> FreshEves {
        self.eves(&[EveKind::Same, EveKind::Wide, EveKind::Product], self.pick(3000, 50_000))
    }
}
