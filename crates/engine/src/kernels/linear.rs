//! The one loop behind dense layers, convolutions, and the input gradients of both.
//!
//! An output row is a weighted sum of input rows. Which rows and which weights is a table made once, when the plan is made:
//! a dense layer has one position, a convolution one for each place of its window.

use fearless_simd::{Simd, SimdBase, SimdFloat, f32x16};

use super::{LANES, Row, VECTORS, load, math, pointwise};
use crate::level::{Level, dispatch};

/// An activation that follows a dense layer or a convolution, fused into its store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activation {
    Sigmoid,
    Tanh,
    LeakyRelu(f32),
}

/// One input row and the place of its weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tap {
    pub row: u32,
    pub weight: u32,
}

/// What the sum starts from.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    Zero,
    /// Offset of the bias in the parameters; one value an output.
    Bias(u32),
    /// What the output row holds already.
    Output,
}

/// What happens to the sum before it is stored.
#[derive(Clone, Debug)]
pub(crate) enum Finish {
    Nothing,
    Activate(Activation),
    /// Multiply by the derivative of the activation whose values stand in the given rows, one an output row.
    Derivative(Activation, Vec<u32>),
}

/// Weights gathered from the parameters into panels of 1, 2, 4 or 8 outputs, so that the loop reads them in order.
#[derive(Clone, Debug)]
pub(crate) struct Packing {
    pub base: u32,
    /// Offset of each input's weights.
    pub inputs: Vec<u32>,
    /// Offset of each output's weights.
    pub outputs: Vec<u32>,
    pub width: usize,
}

impl Packing {
    pub(crate) fn new(base: u32, inputs: Vec<u32>, outputs: Vec<u32>, level: Level) -> Self {
        let most = if level.is_wide() { 8 } else { 4 };
        let width = outputs.len().next_power_of_two().min(most);
        Self { base, inputs, outputs, width }
    }

    pub(crate) fn panels(&self) -> usize {
        self.outputs.len().div_ceil(self.width)
    }

    /// Length of the packed weights.
    pub(crate) fn len(&self) -> usize {
        self.panels() * self.inputs.len() * self.width
    }

    /// Whether no weighted sum of inputs from -1 to 1 that starts from the biases at `bias` leaves the range in which
    /// activations need no clamp: the sum of the weights' sizes bounds it.
    pub(crate) fn is_calm(&self, parameters: &[f32], bias: u32) -> bool {
        let weights = &parameters[self.base as usize..];
        let biases = &parameters[bias as usize..];
        self.outputs.iter().zip(biases).all(|(output, bias)| {
            let size = |input: &u32| weights[(input + output) as usize].abs();
            self.inputs.iter().map(size).sum::<f32>() + bias.abs() <= math::CALM
        })
    }

    /// Fills `packed`; outputs that pad the last panel get weight 0.
    pub(crate) fn pack(&self, parameters: &[f32], packed: &mut [f32]) {
        let weights = &parameters[self.base as usize..];
        let panels = packed.chunks_exact_mut(self.inputs.len() * self.width);
        for (panel, outputs) in panels.zip(self.outputs.chunks(self.width)) {
            for (row, input) in panel.chunks_exact_mut(self.width).zip(&self.inputs) {
                for (weight, output) in row.iter_mut().zip(outputs) {
                    *weight = weights[(input + output) as usize];
                }
            }
        }
    }
}

/// The table of one linear map.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    /// Index of the packing.
    pub weights: usize,
    pub width: usize,
    /// Inputs of the packing: the distance between two panels.
    pub inputs: usize,
    /// Outputs a position.
    pub outputs: usize,
    /// For each position, the end of its taps in `taps`.
    pub ends: Vec<u32>,
    pub taps: Vec<Tap>,
    /// Output rows, position after position.
    pub rows: Vec<u32>,
    pub start: Start,
    pub finish: Finish,
    /// All inputs are from -1 to 1: bits, or values of a sigmoid or hyperbolic tangent.
    pub bounded: bool,
}

/// What a linear map works with in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights<'a> {
    pub packed: &'a [f32],
    pub parameters: &'a [f32],
    /// As [`Packing::is_calm`] says, for a map whose inputs are bounded.
    pub calm: bool,
}

impl Linear {
    pub(crate) fn run(&self, level: Level, arena: &mut [Row], weights: Weights<'_>) {
        dispatch!(level, simd => self.all(simd, arena, weights));
    }

    /// Chooses the block: as much as the registers hold. The condition is a constant of the level, so that each level is
    /// compiled with its own blocks only.
    #[inline(always)]
    fn all<S: Simd>(&self, simd: S, arena: &mut [Row], weights: Weights<'_>) {
        if S::f32s::LEN == LANES {
            match self.width {
                8 => self.panels::<_, 8, 2>(simd, arena, weights),
                4 => self.panels::<_, 4, 4>(simd, arena, weights),
                2 => self.panels::<_, 2, 8>(simd, arena, weights),
                _ => self.panels::<_, 1, 8>(simd, arena, weights),
            }
        } else {
            match self.width {
                4 => self.panels::<_, 4, 1>(simd, arena, weights),
                2 => self.panels::<_, 2, 2>(simd, arena, weights),
                _ => self.panels::<_, 1, 4>(simd, arena, weights),
            }
        }
    }

    /// `W` outputs by `V` vectors are summed in registers.
    #[inline(always)]
    fn panels<S: Simd, const W: usize, const V: usize>(&self, simd: S, arena: &mut [Row], weights: Weights<'_>) {
        let Weights { packed, parameters, calm } = weights;
        let (packed, _) = packed.as_chunks::<W>();
        let mut begin = 0;
        for (position, end) in self.ends.iter().enumerate() {
            let taps = &self.taps[begin..*end as usize];
            begin = *end as usize;
            for (panel, weights) in packed.chunks_exact(self.inputs).enumerate() {
                let first = panel * W;
                let count = W.min(self.outputs - first);
                let place = position * self.outputs + first;
                let rows = &self.rows[place..place + count];
                for v in (0..VECTORS).step_by(V) {
                    let mut initial = [[f32x16::splat(simd, 0.0); V]; W];
                    match self.start {
                        Start::Zero => {}
                        Start::Bias(offset) => {
                            let bias = &parameters[offset as usize + first..][..count];
                            for o in 0..W {
                                if o < count {
                                    initial[o] = [f32x16::splat(simd, bias[o]); V];
                                }
                            }
                        }
                        Start::Output => {
                            for o in 0..W {
                                if o < count {
                                    let row = &arena[rows[o] as usize].0;
                                    for k in 0..V {
                                        initial[o][k] = load(simd, &row[v + k]);
                                    }
                                }
                            }
                        }
                    }
                    let sums = accumulate(simd, arena, taps, weights, v, initial);
                    self.store(simd, arena, sums, rows, (place, v), calm);
                }
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "constant indices keep the sums in registers")]
    fn store<S: Simd, const W: usize, const V: usize>(
        &self,
        simd: S,
        arena: &mut [Row],
        sums: [[f32x16<S>; V]; W],
        rows: &[u32],
        (place, v): (usize, usize),
        calm: bool,
    ) {
        match &self.finish {
            Finish::Nothing => {
                for o in 0..W {
                    if let Some(row) = rows.get(o) {
                        store_row(arena, *row, v, sums[o]);
                    }
                }
            }
            Finish::Activate(Activation::Sigmoid) if calm => {
                each(arena, sums, rows, v, |sum| math::calm_sigmoid(simd, sum));
            }
            Finish::Activate(Activation::Tanh) if calm => {
                each(arena, sums, rows, v, |sum| math::calm_tanh(simd, sum));
            }
            Finish::Activate(Activation::Sigmoid) => each(arena, sums, rows, v, |sum| math::sigmoid(simd, sum)),
            Finish::Activate(Activation::Tanh) => each(arena, sums, rows, v, |sum| math::tanh(simd, sum)),
            Finish::Activate(Activation::LeakyRelu(slope)) => {
                each(arena, sums, rows, v, |sum| pointwise::leaky_relu(simd, sum, *slope));
            }
            Finish::Derivative(activation, values) => {
                let values = &values[place..];
                match *activation {
                    Activation::Sigmoid => through(simd, Activation::Sigmoid, arena, sums, rows, values, v),
                    Activation::Tanh => through(simd, Activation::Tanh, arena, sums, rows, values, v),
                    Activation::LeakyRelu(slope) => {
                        through(simd, Activation::LeakyRelu(slope), arena, sums, rows, values, v);
                    }
                }
            }
        }
    }
}

/// Stores the sums times the derivative of `activation`, which is a constant to the compiler wherever this is called.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "constant indices keep the sums in registers")]
fn through<S: Simd, const W: usize, const V: usize>(
    simd: S,
    activation: Activation,
    arena: &mut [Row],
    mut sums: [[f32x16<S>; V]; W],
    rows: &[u32],
    values: &[u32],
    v: usize,
) {
    for o in 0..W {
        if let (Some(row), Some(value)) = (rows.get(o), values.get(o)) {
            let y = &arena[*value as usize].0;
            for k in 0..V {
                sums[o][k] = pointwise::through(simd, activation, sums[o][k], load(simd, &y[v + k]));
            }
            store_row(arena, *row, v, sums[o]);
        }
    }
}

#[inline(always)]
fn store_row<S: Simd, const V: usize>(arena: &mut [Row], row: u32, v: usize, sums: [f32x16<S>; V]) {
    let row = &mut arena[row as usize].0;
    for k in 0..V {
        sums[k].store_array(&mut row[v + k]);
    }
}

/// Adds the weighted taps. The block has an array of its own here, indexed by constants alone: one that is also indexed by
/// variables would live in memory, and every multiplication would end with a store.
#[inline(always)]
fn accumulate<S: Simd, const W: usize, const V: usize>(
    simd: S,
    arena: &[Row],
    taps: &[Tap],
    weights: &[[f32; W]],
    v: usize,
    initial: [[f32x16<S>; V]; W],
) -> [[f32x16<S>; V]; W] {
    let mut sums = initial;
    for tap in taps {
        let weight = &weights[tap.weight as usize];
        let row = &arena[tap.row as usize].0;
        let mut x = [f32x16::splat(simd, 0.0); V];
        for k in 0..V {
            x[k] = load(simd, &row[v + k]);
        }
        for o in 0..W {
            let w = f32x16::splat(simd, weight[o]);
            for k in 0..V {
                sums[o][k] = w.mul_add_precise(x[k], sums[o][k]);
            }
        }
    }
    sums
}

/// Stores `f(sum)` for every sum of the block. A loop, through memory, on purpose: activations unrolled over the block are slower.
#[inline(always)]
fn each<S: Simd, const W: usize, const V: usize>(
    arena: &mut [Row],
    sums: [[f32x16<S>; V]; W],
    rows: &[u32],
    v: usize,
    f: impl Fn(f32x16<S>) -> f32x16<S>,
) {
    for (row, sums) in rows.iter().zip(sums) {
        for (k, sum) in (v..).zip(sums) {
            f(sum).store_array(&mut arena[*row as usize].0[k]);
        }
    }
}
