//! The distribution of the output values.

use serde::Serialize;

/// Number of equal bins between -1 and +1.
const BINS: usize = 20;

/// The histogram of all ciphertext values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Values {
    /// Number of values counted: messages times outputs.
    pub count: u64,
    /// Number of values in each of 20 equal bins from -1 to +1.
    pub histogram: Vec<u64>,
    /// The fraction of values within 0.1 of -1 or +1.
    pub near_ends: f64,
    /// The fraction of values closer to 0 than to -1 and +1: magnitude below 0.5.
    pub near_zero: f64,
    /// Mean magnitude, 0 to 1.
    pub mean_magnitude: f64,
}

impl Values {
    /// Counts values in [-1, 1].
    pub(super) fn count(all: impl Iterator<Item = f32>) -> Self {
        let mut values = Self { histogram: vec![0; BINS], ..Self::default() };
        let (mut ends, mut zero) = (0u64, 0u64);
        for value in all {
            let bin = (((value + 1.0) * (BINS as f32 / 2.0)) as usize).min(BINS - 1);
            values.histogram[bin] += 1;
            values.count += 1;
            ends += u64::from(value.abs() >= 0.9);
            zero += u64::from(value.abs() < 0.5);
            values.mean_magnitude += f64::from(value.abs());
        }
        let count = values.count.max(1) as f64;
        (values.near_ends, values.near_zero) = (ends as f64 / count, zero as f64 / count);
        values.mean_magnitude /= count;
        values
    }

    /// The lower edge of a bin, -1 to 1. Its upper edge is the lower edge of the next bin.
    pub fn edge(&self, bin: usize) -> f64 {
        2.0 * bin as f64 / BINS as f64 - 1.0
    }
}
