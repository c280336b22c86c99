//! How a run ended.

use serde::{Deserialize, Serialize};

use crate::train::{Evaluation, SquaredErrors, Training, diagnose};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The goals were met.
    Trained,
    /// They were not, within the rounds allowed.
    Failed,
    /// Stopped before either; it can go on.
    Interrupted,
}

/// The result of a run: `summary.json`, and the line that `--json` prints. The errors are those of the saved model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// Rounds done.
    pub rounds: u64,
    /// Bob's soft wrong bits; null before the first evaluation, and in the selective game.
    pub bob_wrong_bits: Option<f64>,
    /// Eve's soft wrong bits.
    pub eve_wrong_bits: Option<f64>,
    /// Bob's wrong bits after hard decisions.
    pub bob_wrong_bits_hard: Option<f64>,
    /// Eve's wrong bits after hard decisions.
    pub eve_wrong_bits_hard: Option<f64>,
    /// The errors of the selective game; absent in others.
    #[serde(flatten)]
    pub squared: Option<SquaredErrors>,
    /// Seconds of training.
    pub seconds: f64,
    /// The run's seed.
    pub seed: u64,
    /// The run's folder.
    pub run: String,
    /// Starts that were given up because they were stuck.
    pub restarts: u64,
    /// Why it failed, or what there is to say, in words.
    pub diagnosis: String,
}

impl Summary {
    /// Of a training in the folder `run`, which ended so.
    pub(super) fn new(training: &Training, outcome: Outcome, run: String) -> Self {
        let config = training.config();
        let best = training.best();
        let wrong = best.and_then(Evaluation::bits);
        let mut diagnosis = match (outcome, best) {
            (Outcome::Trained, _) => "the goals were met".into(),
            (_, Some(best)) => diagnose(config, best),
            (_, None) => format!("stopped before the first test, at round {}", config.evaluate_every),
        };
        if training.best_model().rounded_sums().is_some_and(|sums| sums.is_pad()) {
            diagnosis += "; Alice's weights, rounded, are a one-time pad with the key bits permuted";
        }
        Self {
            outcome,
            rounds: training.rounds(),
            bob_wrong_bits: wrong.map(|w| w.bob_wrong_bits),
            eve_wrong_bits: wrong.map(|w| w.eve_wrong_bits),
            bob_wrong_bits_hard: wrong.map(|w| w.bob_wrong_bits_hard),
            eve_wrong_bits_hard: wrong.map(|w| w.eve_wrong_bits_hard),
            squared: best.and_then(Evaluation::values),
            seconds: training.seconds(),
            seed: config.seed,
            run,
            restarts: training.restarts(),
            diagnosis,
        }
    }
}
