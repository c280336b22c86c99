//! The summary of a run.

use serde::{Deserialize, Serialize};

use crate::train::{Evaluation, SquaredErrors, Training, diagnose};

/// The outcome of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The goals were met.
    Trained,
    /// The goals were not met within the limit of rounds.
    Failed,
    /// The run was stopped before either; it can be resumed.
    Interrupted,
}

/// The result of a run: the content of `summary.json` and the line printed by `--json`. The errors are those of the saved
/// model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Summary {
    /// The outcome.
    pub outcome: Outcome,
    /// Rounds completed.
    pub rounds: u64,
    /// Bob's soft wrong bits. Null before the first evaluation and in the selective game.
    pub bob_wrong_bits: Option<f64>,
    /// Eve's soft wrong bits. Null in the same cases.
    pub eve_wrong_bits: Option<f64>,
    /// Bob's wrong bits after hard decisions. Null in the same cases.
    pub bob_wrong_bits_hard: Option<f64>,
    /// Eve's wrong bits after hard decisions. Null in the same cases.
    pub eve_wrong_bits_hard: Option<f64>,
    /// The errors of the selective game. Absent in other games.
    #[serde(flatten)]
    pub squared: Option<SquaredErrors>,
    /// Duration of training in seconds, over all sessions.
    pub seconds: f64,
    /// The seed of the run.
    pub seed: u64,
    /// The folder of the run.
    pub run: String,
    /// Number of restarts.
    pub restarts: u64,
    /// Why the run failed, or another remark, in words.
    pub diagnosis: String,
}

impl Summary {
    /// The summary of a training in the folder `run`, which is empty for a training without one.
    pub fn new(training: &Training, outcome: Outcome, run: String) -> Self {
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
