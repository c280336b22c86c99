//! How far Bob and Eve are, on fresh data.

use serde::{Deserialize, Serialize};

/// Wrong bits of a message, averaged over a batch that nobody trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Rounds done.
    pub round: u64,
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

impl Evaluation {
    /// False for a run that diverged.
    pub fn is_finite(&self) -> bool {
        self.bob_wrong_bits.is_finite() && self.eve_wrong_bits.is_finite()
    }

    /// How far from the goals, for choosing the best model of a run: 0 when both are met, else the sum of what Bob and Eve
    /// miss, as parts of the message.
    pub fn shortfall(&self, (bob_goal, eve_goal): (f64, f64)) -> f64 {
        let missing = (self.bob_wrong_bits - bob_goal).max(0.0) + (eve_goal - self.eve_wrong_bits).max(0.0);
        missing / self.bob_by_bit.len() as f64
    }

    /// Both goals met.
    pub fn meets(&self, (bob_goal, eve_goal): (f64, f64)) -> bool {
        self.bob_wrong_bits <= bob_goal && self.eve_wrong_bits >= eve_goal
    }
}
