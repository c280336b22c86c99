//! How far the players are, on fresh data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Config;
use crate::games;

/// The players' errors, averaged over a batch that nobody trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Evaluation {
    /// Rounds done.
    pub round: u64,
    /// The errors, in the game's own terms.
    #[serde(flatten)]
    pub errors: Errors,
}

/// Errors in a game's own terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Errors {
    /// Of a game over bits.
    Bits(WrongBits),
    /// Of the selective game.
    Values(SquaredErrors),
}

/// Wrong bits of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WrongBits {
    /// Bob's soft error: sum of |P_i - Q_i| / 2.
    pub bob_wrong_bits: f64,
    /// Eve's soft error.
    pub eve_wrong_bits: f64,
    /// Bob's wrong bits when each output is taken for the nearer of -1 and +1.
    pub bob_wrong_bits_hard: f64,
    /// Eve's, likewise.
    pub eve_wrong_bits_hard: f64,
    /// For each plaintext bit, how often Bob's hard decision is wrong.
    pub bob_by_bit: Vec<f64>,
}

/// Mean squared errors of the selective game; all values have variance 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SquaredErrors {
    /// Of the public estimate of D.
    pub public_mse: f64,
    /// Of Bob's estimate of D.
    pub bob_mse: f64,
    /// Of Eve's estimate of C.
    pub eve_mse: f64,
    /// The same less the error of Blind Eve, who knows no more than C's distribution, on the same data: below 0 where Eve sees
    /// something.
    pub eve_minus_blind: f64,
}

impl Evaluation {
    /// What the `means` of a game's `errors`, in the order of [`games::Errors::all`], say after so many rounds. Of several Eves the
    /// one who does best counts.
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

    /// False for a run that diverged.
    pub fn is_finite(&self) -> bool {
        match &self.errors {
            Errors::Bits(wrong) => wrong.bob_wrong_bits.is_finite() && wrong.eve_wrong_bits.is_finite(),
            Errors::Values(SquaredErrors { public_mse, bob_mse, eve_mse, .. }) => {
                [public_mse, bob_mse, eve_mse].into_iter().all(|error| error.is_finite())
            }
        }
    }

    /// How far from the goals, for choosing the best model of a run: 0 when all are met, else the sum of what is missed, of wrong
    /// bits as parts of the message.
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

    /// All goals met.
    pub fn meets(&self, config: &Config) -> bool {
        self.is_finite() && self.shortfall(config) == 0.0
    }

    /// The wrong bits, in a game over bits.
    pub fn bits(&self) -> Option<&WrongBits> {
        match &self.errors {
            Errors::Bits(wrong) => Some(wrong),
            Errors::Values(_) => None,
        }
    }

    /// The squared errors, in the selective game.
    pub fn values(&self) -> Option<SquaredErrors> {
        match &self.errors {
            Errors::Bits(_) => None,
            Errors::Values(errors) => Some(*errors),
        }
    }
}

impl SquaredErrors {
    /// How far each is from the best that there is, 0 or more: Bob above his bound; the public estimate from what it costs to say
    /// nothing of C; Eve from Blind Eve.
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
