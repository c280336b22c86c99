//! The players' performance on fresh data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Config;
use crate::games;

/// The players' errors, averaged over a batch that was not used for training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Evaluation {
    /// Rounds completed.
    pub round: u64,
    /// The errors, in the units of the game.
    #[serde(flatten)]
    pub errors: Errors,
}

/// The players' errors, in the units of the game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Errors {
    /// Errors of a game on bits.
    Bits(WrongBits),
    /// Errors of the selective game.
    Values(SquaredErrors),
}

/// Wrong bits per message, 0 to N. N/2 is chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WrongBits {
    /// Bob's soft error: the sum of |P_i - Q_i| / 2 (Abadi and Andersen, section 2.3).
    pub bob_wrong_bits: f64,
    /// Eve's soft error, the lowest of all Eves.
    pub eve_wrong_bits: f64,
    /// Bob's wrong bits after hard decisions: each output is rounded to -1 or +1.
    pub bob_wrong_bits_hard: f64,
    /// Eve's wrong bits after hard decisions.
    pub eve_wrong_bits_hard: f64,
    /// For each plaintext bit: the fraction of messages in which Bob's hard decision is wrong, 0 to 1.
    pub bob_by_bit: Vec<f64>,
}

/// Mean squared errors of the selective game. All values have variance 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SquaredErrors {
    /// Error of the public estimate of D.
    pub public_mse: f64,
    /// Error of Bob's estimate of D.
    pub bob_mse: f64,
    /// Error of Eve's estimate of C.
    pub eve_mse: f64,
    /// Eve's error minus the error of Blind Eve, who knows only C's distribution, on the same data. It is below 0 if Eve
    /// learned something.
    pub eve_minus_blind: f64,
}

impl Evaluation {
    /// The evaluation after `round` rounds, from the `means` of a game's `errors` in the order of [`games::Errors::all`]. Among
    /// several Eves, the most successful one counts.
    pub fn new(round: u64, errors: &games::Errors, means: &[f64]) -> Self {
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let (before, eves) = means.split_at(means.len() - 2 * errors.eves().len());
        let errors = match errors {
            games::Errors::Bits(_) => Errors::Bits(WrongBits {
                bob_wrong_bits: before[0],
                eve_wrong_bits: least(&mut eves.iter().step_by(2).copied()),
                bob_wrong_bits_hard: before[1],
                eve_wrong_bits_hard: least(&mut eves.iter().skip(1).step_by(2).copied()),
                bob_by_bit: before[2..].to_vec(),
            }),
            games::Errors::Values(_) => Errors::Values(SquaredErrors {
                public_mse: before[0],
                bob_mse: before[1],
                eve_mse: least(&mut eves.iter().step_by(2).copied()),
                eve_minus_blind: least(&mut eves.chunks_exact(2).map(|eve| eve[0] - eve[1])),
            }),
        };
        Self { round, errors }
    }

    /// False if the training diverged.
    pub fn is_finite(&self) -> bool {
        match &self.errors {
            Errors::Bits(wrong) => wrong.bob_wrong_bits.is_finite() && wrong.eve_wrong_bits.is_finite(),
            Errors::Values(SquaredErrors { public_mse, bob_mse, eve_mse, .. }) => {
                [public_mse, bob_mse, eve_mse].into_iter().all(|error| error.is_finite())
            }
        }
    }

    /// Distance from the goals, used to choose the best model of a run. It is 0 if all goals are met, else the sum of the
    /// amounts by which they are missed. Wrong bits count as fractions of the message.
    pub fn shortfall(&self, config: &Config) -> f64 {
        match &self.errors {
            Errors::Bits(wrong) => {
                let (bob_goal, eve_goal) = config.goals();
                let missing = (wrong.bob_wrong_bits - bob_goal).max(0.0) + (eve_goal - wrong.eve_wrong_bits).max(0.0);
                missing / wrong.bob_by_bit.len() as f64
            }
            Errors::Values(errors) => {
                let tolerance = config.rules.selective.tolerance;
                errors.from_best(config).into_iter().map(|far| (far - tolerance).max(0.0)).sum()
            }
        }
    }

    /// Whether all goals are met.
    pub fn meets(&self, config: &Config) -> bool {
        self.is_finite() && self.shortfall(config) == 0.0
    }

    /// The wrong bits, for a game on bits.
    pub fn bits(&self) -> Option<&WrongBits> {
        match &self.errors {
            Errors::Bits(wrong) => Some(wrong),
            Errors::Values(_) => None,
        }
    }

    /// The squared errors, for the selective game.
    pub fn values(&self) -> Option<SquaredErrors> {
        match &self.errors {
            Errors::Bits(_) => None,
            Errors::Values(errors) => Some(*errors),
        }
    }
}

impl SquaredErrors {
    /// The distance of each error from its optimum, 0 or more: Bob's error above his bound; the public estimate's error from
    /// Bob's plus the price of hiding C; Eve's error from Blind Eve's.
    pub fn from_best(&self, config: &Config) -> [f64; 3] {
        let selective = &config.rules.selective;
        let bob = (self.bob_mse - selective.bob_bound()).max(0.0);
        [bob, (self.public_mse - self.bob_mse - selective.public_price()).abs(), self.eve_minus_blind.abs()]
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bits(WrongBits { bob_wrong_bits, eve_wrong_bits, .. }) => {
                write!(f, "wrong bits: Bob {bob_wrong_bits:.3}, Eve {eve_wrong_bits:.3}")
            }
            Self::Values(SquaredErrors { public_mse, bob_mse, eve_minus_blind, .. }) => {
                write!(
                    f,
                    "squared errors: public {public_mse:.3}, Bob {bob_mse:.3}, Eve - Blind Eve {eve_minus_blind:+.3}"
                )
            }
        }
    }
}
