//! The work of a plan's steps: arithmetic and memory traffic, counted from their tables, and their measured times.

use std::fmt;
use std::ops::{Add, AddAssign, Mul};
use std::time::{Duration, Instant};

use crate::kernels::TILE;
use crate::kernels::activation::Activation;
use crate::kernels::linear::{Finish, Linear, Start};
use crate::kernels::lookup::Lookup;
use crate::kernels::math::{ARCCOSINE_MULTIPLY_ADDS, COSINE_MULTIPLY_ADDS, SIGMOID_MULTIPLY_ADDS};
use crate::kernels::outer::Outer;
use crate::kernels::pointwise::{Function, Pointwise};
use crate::plan::{MASK_ROW, Plan, Step, ZERO_ROW};

/// Bytes of a row: one feature of a tile.
const ROW_BYTES: u64 = (TILE * size_of::<f32>()) as u64;

/// The kinds of kernels that a plan's steps run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Random bits, random normals, and input data.
    Source,
    /// Dense layers and convolutions, with the activation that follows.
    Layer,
    /// Gradients by the inputs of layers, with the derivative of the preceding activation.
    InputGradient,
    /// Gradients by weights and biases.
    WeightGradient,
    /// Functions of one or two rows.
    Pointwise,
    /// Sums over features and examples, copies, and clears.
    Sum,
}

impl Kind {
    /// All kinds, in the order of [`Profile::kinds`].
    pub const ALL: [Self; 6] =
        [Self::Source, Self::Layer, Self::InputGradient, Self::WeightGradient, Self::Pointwise, Self::Sum];

    pub(crate) fn of(step: &Step) -> Self {
        match step {
            Step::Source { .. } => Self::Source,
            Step::Places { .. } => Self::Layer,
            Step::Linear(linear) if matches!(linear.start, Start::Bias) => Self::Layer,
            Step::Linear(_) => Self::InputGradient,
            Step::Outer(_) => Self::WeightGradient,
            Step::Pointwise(_) | Step::Seed { .. } => Self::Pointwise,
            Step::Sum { .. } | Step::Mean { .. } | Step::Zero { .. } | Step::Output { .. } => Self::Sum,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Source => "random bits",
            Self::Layer => "layers",
            Self::InputGradient => "input gradients",
            Self::WeightGradient => "weight gradients",
            Self::Pointwise => "pointwise",
            Self::Sum => "sums",
        })
    }
}

/// An amount of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Fused multiply-adds of single values, including those inside sigmoids, and unfused additions and multiplications.
    pub multiply_adds: u64,
    /// Sigmoids and hyperbolic tangents of single values.
    pub sigmoids: u64,
    /// Bytes read and written if every kernel accesses each of its rows once.
    pub bytes: u64,
}

impl Add for Work {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            multiply_adds: self.multiply_adds + other.multiply_adds,
            sigmoids: self.sigmoids + other.sigmoids,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Work {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self { multiply_adds: self.multiply_adds * times, sigmoids: self.sigmoids * times, bytes: self.bytes * times }
    }
}

impl Plan {
    /// The work of one tile, by kind in the order of [`Kind::ALL`].
    pub fn work(&self) -> [Work; 6] {
        let mut work = [Work::default(); 6];
        for step in self.passes.iter().flat_map(|pass| &pass.steps) {
            work[Kind::of(step) as usize] += of_step(step);
        }
        work
    }
}

fn of_step(step: &Step) -> Work {
    let values = |rows: usize| (rows * TILE) as u64;
    let (multiply_adds, sigmoids) = match step {
        Step::Source { .. } | Step::Zero { .. } | Step::Output { .. } => (0, 0),
        Step::Places { inputs, .. } => (values(inputs.len()), 0),
        Step::Linear(linear) => of_linear(linear),
        Step::Outer(outer) => (of_outer(outer), 0),
        Step::Pointwise(pointwise) => of_pointwise(pointwise),
        Step::Sum { rows, .. } => (values(rows.len()), 0),
        Step::Mean { .. } | Step::Seed { .. } => (values(1), 0),
    };
    // The rows of zeros and of the mask already exist and stay in the cache.
    let (mut read, mut written) = (vec![], vec![]);
    step.clone().rows(|row, write| if write { written.push(*row) } else { read.push(*row) });
    read.retain(|row| *row != ZERO_ROW && *row != MASK_ROW);
    for rows in [&mut read, &mut written] {
        rows.sort_unstable();
        rows.dedup();
    }
    Work { multiply_adds, sigmoids, bytes: (read.len() + written.len()) as u64 * ROW_BYTES }
}

/// Operations of an activation's derivative: one fused multiply-add, one multiplication.
const DERIVATIVE: usize = 2;

/// Multiply-adds and sigmoids of one activation value.
fn of_activation(activation: Activation) -> (usize, usize) {
    match activation {
        Activation::Sigmoid => (SIGMOID_MULTIPLY_ADDS, 1),
        Activation::Tanh => (SIGMOID_MULTIPLY_ADDS + 1, 1),
        Activation::LeakyRelu(_) => (1, 0),
    }
}

fn of_linear(linear: &Linear) -> (u64, u64) {
    let rows = linear.rows.len() * TILE;
    let taps = (linear.taps.len() + linear.lookup.as_ref().map_or(0, Lookup::terms)) * linear.outputs * TILE;
    let (finish, sigmoids) = match linear.finish {
        Finish::Nothing => (0, 0),
        Finish::Activate(activation) => of_activation(activation),
        Finish::Derivative(..) => (DERIVATIVE, 0),
    };
    ((taps + finish * rows) as u64, (sigmoids * rows) as u64)
}

/// Products with the row of zeros (the padding of a convolution) are not counted: they need not be computed.
fn of_outer(outer: &Outer) -> u64 {
    let inputs = outer.x.iter().filter(|row| **row != ZERO_ROW).count();
    ((inputs * outer.outputs + outer.dy.len()) * TILE) as u64
}

fn of_pointwise(pointwise: &Pointwise) -> (u64, u64) {
    let values = pointwise.rows.len() * TILE;
    let (operations, sigmoids) = match pointwise.function {
        Function::Activate(activation) => of_activation(activation),
        Function::Through(_) => (DERIVATIVE, 0),
        Function::Cosine => (COSINE_MULTIPLY_ADDS, 0),
        Function::ThroughCosine => (COSINE_MULTIPLY_ADDS + 2, 0),
        Function::Arccosine => (ARCCOSINE_MULTIPLY_ADDS, 0),
        Function::ThroughArccosine => (DERIVATIVE, 0),
        _ => (1, 0),
    };
    let operations = operations + usize::from(pointwise.accumulate);
    ((values * operations) as u64, (values * sigmoids) as u64)
}

/// The time that each kind of kernel took, summed over the threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Times by kind, in the order of [`Kind::ALL`].
    pub kinds: [Duration; 6],
}

impl AddAssign for Profile {
    fn add_assign(&mut self, other: Self) {
        for (mine, theirs) in self.kinds.iter_mut().zip(other.kinds) {
            *mine += theirs;
        }
    }
}

/// Measures the times of steps on request. Two clock readings per step cost too much to do always.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    pub profile: Option<Profile>,
}

impl Meter {
    /// The start time of a step, if steps are timed.
    pub(crate) fn begin(&self) -> Option<Instant> {
        self.profile.map(|_| Instant::now())
    }

    /// Adds the time since `begun` to the step's kind.
    pub(crate) fn end(&mut self, begun: Option<Instant>, step: &Step) {
        if let (Some(profile), Some(begun)) = (&mut self.profile, begun) {
            profile.kinds[Kind::of(step) as usize] += begun.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Init, Level, Recorder};

    fn level() -> Level {
        Level::from_environment().unwrap()
    }

    #[test]
    fn a_dense_layer_is_counted() {
        let g = Recorder::new();
        let init = Init::Normal { deviation: 1.0 };
        let y = g.dense("net", g.normals("x", 5), 3, init).sigmoid();
        let (y, loss) = (y.id(), y.sum().mean().id());
        let program = g.finish();
        let tile = TILE as u64;
        let work = Plan::forward(&program, &[], &[y], level()).work();
        let rows = 5 + 3;
        let sigmoid = SIGMOID_MULTIPLY_ADDS as u64;
        let layer = Work { multiply_adds: (15 + 3 * sigmoid) * tile, sigmoids: 3 * tile, bytes: rows * ROW_BYTES };
        assert_eq!(work[Kind::Layer as usize], layer);
        let work = Plan::gradient(&program, loss, &["net"], level()).work();
        assert_eq!(work[Kind::Layer as usize], layer);
        assert_eq!(work[Kind::WeightGradient as usize].multiply_adds, (15 + 3) * tile);
        assert_eq!(work[Kind::InputGradient as usize], Work::default());
    }

    #[test]
    fn bits_that_are_looked_up_cost_an_addition_for_four() {
        let g = Recorder::new();
        let y = g.dense("net", g.bits("x", 10), 3, Init::Zeros).id();
        let program = g.finish();
        for level in Level::available() {
            let work = Plan::forward(&program, &[], &[y], level).work()[Kind::Layer as usize];
            // Two groups of four bits, and two more bits. Without tables, each group takes four products; with tables, eight
            // rows are read.
            let (sums, rows) = if level.is_wide() { (2 * 3, 8) } else { (2 * 3 + 8 * 3, 0) };
            assert_eq!(work.multiply_adds, (sums + 2 * 3 + rows) * TILE as u64, "{level}");
        }
    }

    #[test]
    fn kinds_are_in_order() {
        for (place, kind) in Kind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, place);
        }
    }
}
