//! Changes of the outputs when one bit flips.

use serde::Serialize;

use super::messages::Messages;
use super::{NOTABLE, Values};
use crate::learned::Pair;

/// The effect of one flipped bit on the outputs.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Moves {
    /// Effects of flipping one plaintext bit.
    pub plaintext: Flips,
    /// Effects of flipping one key bit.
    pub key: Flips,
}

/// The effect of flipping each plaintext (or each key) bit, averaged over messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Flips {
    /// For each flipped bit and each output: the mean absolute change, 0 to 2.
    pub mean_change: Vec<Vec<f64>>,
    /// For each flipped bit and each output: the fraction of messages in which the output moves notably, 0 to 1.
    pub notable: Vec<Vec<f64>>,
    /// For each flipped bit: the mean number of outputs that move notably.
    pub outputs_moved: Vec<f64>,
    /// The fraction of all cases (messages times flipped bits) in which exactly 0, 1, 2 ... outputs move notably.
    pub outputs_moved_parts: Vec<f64>,
}

impl Flips {
    /// The number of outputs that move notably, averaged over messages and flipped bits.
    pub fn mean_outputs_moved(&self) -> f64 {
        self.outputs_moved.iter().sum::<f64>() / self.outputs_moved.len().max(1) as f64
    }

    /// The mean absolute change of an output, 0 to 2, averaged over outputs and flipped bits.
    pub fn mean_change_overall(&self) -> f64 {
        let count = self.mean_change.iter().map(Vec::len).sum::<usize>();
        self.mean_change.iter().flatten().sum::<f64>() / count.max(1) as f64
    }

    /// The smallest n such that at most n outputs move notably in at least the fraction `part` (0 to 1) of all cases.
    pub fn quantile(&self, part: f64) -> usize {
        let mut sum = 0.0;
        let reaches = |p: &f64| {
            sum += p;
            sum >= part - 1e-12
        };
        self.outputs_moved_parts.iter().position(reaches).unwrap_or(self.outputs_moved_parts.len().saturating_sub(1))
    }

    /// The bit with the largest mean effect on the output, and that mean change.
    pub fn strongest(&self, output: usize) -> (usize, f64) {
        let changes = self.mean_change.iter().map(|row| row[output]).enumerate();
        // The first one if several are equal.
        changes.fold((0, f64::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best })
    }

    fn new(flips: &[Flip], messages: usize) -> Self {
        let mean = |sum: f64| sum / messages as f64;
        let outputs = flips.first().map_or(0, |flip| flip.change.len());
        let mut parts = vec![0.0; outputs + 1];
        for moved in flips.iter().flat_map(|flip| &flip.moved) {
            parts[usize::from(*moved)] += 1.0 / (messages * flips.len()) as f64;
        }
        let notable = |flip: &Flip| flip.notable.iter().map(|count| mean(*count as f64)).collect::<Vec<_>>();
        Self {
            mean_change: flips.iter().map(|flip| flip.change.iter().copied().map(mean).collect()).collect(),
            notable: flips.iter().map(notable).collect(),
            outputs_moved: flips.iter().map(|flip| notable(flip).iter().sum()).collect(),
            outputs_moved_parts: parts,
        }
    }
}

/// Sums over the messages for one flipped bit.
struct Flip {
    /// For each output: the sum of its absolute changes.
    change: Vec<f64>,
    /// For each output: the number of messages in which it moved notably.
    notable: Vec<u64>,
    /// For each message: the number of outputs that moved notably.
    moved: Vec<u16>,
}

/// Encrypts `messages`, then again with each bit flipped. Also returns the values for the unflipped messages.
pub(super) fn measure(pair: &mut Pair, mut messages: Messages) -> (Moves, Values) {
    let (outputs, count) = (pair.note().rules.bits, messages.count);
    let mut before = vec![vec![0.0; count]; outputs];
    messages.encrypt(pair, |output, first, values| {
        before[output][first..first + values.len()].copy_from_slice(values);
    });
    let mut flips = Vec::with_capacity(messages.inputs());
    for input in 0..messages.inputs() {
        let mut flip = Flip { change: vec![0.0; outputs], notable: vec![0; outputs], moved: vec![0; count] };
        messages.flip(input);
        messages.encrypt(pair, |output, first, values| {
            let here = first..first + values.len();
            let mut sum = 0.0;
            for ((value, before), moved) in values.iter().zip(&before[output][here.clone()]).zip(&mut flip.moved[here])
            {
                let change = (value - before).abs();
                sum += change;
                *moved += u16::from(change > NOTABLE);
                flip.notable[output] += u64::from(change > NOTABLE);
            }
            flip.change[output] += f64::from(sum);
        });
        messages.flip(input);
        flips.push(flip);
    }
    let (plaintext, key) = flips.split_at(outputs);
    let moves = Moves { plaintext: Flips::new(plaintext, count), key: Flips::new(key, count) };
    (moves, Values::count(before.into_iter().flatten()))
}
