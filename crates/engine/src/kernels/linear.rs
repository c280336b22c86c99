//! The one loop behind dense layers, convolutions, and the input gradients of both.
//!
//! An output row is a weighted sum of input rows. A table of rows and weights is built once per plan. A dense layer has one
//! position, a convolution has one for each placement of its window.

use fearless_simd::{Simd, SimdBase, f32x16};

use super::activation::{self, Activation};
use super::lookup::{self, Lookup};
use super::{LANES, Row, VECTORS, WASM, load, math, multiply_add};
use crate::level::{Level, dispatch};

/// One input row and the position of its weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tap {
    pub row: u32,
    pub weight: u32,
}

/// The initial value of a sum.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    Zero,
    /// The biases, which come first in each panel of the packing.
    Bias,
    /// The current content of the output row.
    Output,
}

/// The operation on a sum before it is stored.
#[derive(Clone, Debug)]
pub(crate) enum Finish {
    Nothing,
    Activate(Activation),
    /// Multiply by the derivative of the activation, whose values are in the given rows, one per output row.
    Derivative(Activation, Vec<u32>),
}

/// Weights copied from the parameters into panels of 1, 2, 4 or 8 outputs, in the order in which the loop reads them.
#[derive(Clone, Debug)]
pub(crate) struct Packing {
    pub base: u32,
    /// Offset of each input's weights.
    pub inputs: Vec<u32>,
    /// Offset of each output's weights.
    pub outputs: Vec<u32>,
    /// Offset of the biases in the parameters, one per output, for panels that begin with biases.
    pub bias: Option<u32>,
    pub width: usize,
    /// Factor of the weights and biases: see [`Activation::scale`].
    pub scale: f32,
    /// If true, the packing holds sums instead of weights: for every four inputs, the sums of their weights for each choice of
    /// four bits.
    pub tabulated: bool,
}

impl Packing {
    pub(crate) fn new(base: u32, inputs: Vec<u32>, outputs: Vec<u32>, level: Level) -> Self {
        let most = match level.is_wide() {
            true => 8,
            false if WASM => 2,
            false => 4,
        };
        let width = outputs.len().next_power_of_two().min(most);
        Self { base, inputs, outputs, bias: None, width, scale: 1.0, tabulated: false }
    }

    /// Length of a panel.
    pub(crate) fn panel(&self) -> usize {
        let weights = self.inputs.len() * self.width;
        if self.tabulated {
            weights / lookup::BITS * LANES
        } else {
            weights + usize::from(self.bias.is_some()) * self.width
        }
    }

    /// Length of the packed weights.
    pub(crate) fn len(&self) -> usize {
        self.outputs.len().div_ceil(self.width) * self.panel()
    }

    /// The sum of the absolute values of an output's weights and bias.
    fn size(&self, parameters: &[f32], output: usize) -> f32 {
        let weights = &parameters[(self.base + self.outputs[output]) as usize..];
        let bias = self.bias.map_or(0.0, |bias| parameters[bias as usize + output].abs());
        self.inputs.iter().map(|input| weights[*input as usize].abs()).sum::<f32>() + bias
    }

    /// Fills `packed`. Outputs that pad the last panel get weight 0.
    pub(crate) fn pack(&self, parameters: &[f32], packed: &mut [f32]) {
        let weights = &parameters[self.base as usize..];
        let panels = packed.chunks_exact_mut(self.panel()).zip(self.outputs.chunks(self.width));
        for ((panel, outputs), first) in panels.zip((0..).step_by(self.width)) {
            if self.tabulated {
                let tables = panel.as_chunks_mut::<LANES>().0.chunks_exact_mut(self.width);
                for (tables, inputs) in tables.zip(self.inputs.as_chunks().0) {
                    for (table, output) in tables.iter_mut().zip(outputs) {
                        *table = lookup::table(inputs.map(|input| weights[(input + output) as usize] * self.scale));
                    }
                }
                continue;
            }
            let mut rows = panel.chunks_exact_mut(self.width);
            if let Some(bias) = self.bias {
                let row = rows.next().expect("the panel begins with biases");
                let biases = &parameters[bias as usize + first..];
                row.iter_mut().zip(outputs).zip(biases).for_each(|((value, _), bias)| *value = bias * self.scale);
            }
            for (row, input) in rows.zip(&self.inputs) {
                for (weight, output) in row.iter_mut().zip(outputs) {
                    *weight = weights[(input + output) as usize] * self.scale;
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
    /// Rows of a panel of the packing.
    pub panel: usize,
    /// Outputs per position.
    pub outputs: usize,
    /// For each position, the end of its taps in `taps`.
    pub ends: Vec<u32>,
    pub taps: Vec<Tap>,
    /// Inputs that are bits. Their part of the sum is added after that of the taps.
    pub lookup: Option<Lookup>,
    /// Output rows, position after position.
    pub rows: Vec<u32>,
    pub start: Start,
    pub finish: Finish,
    /// All inputs lie in -1 to 1: bits, or values of a sigmoid or hyperbolic tangent.
    pub bounded: bool,
}

/// The packed weights of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights<'a> {
    pub packed: &'a [f32],
    /// The packed weights of [`Linear::lookup`].
    pub looked_up: &'a [f32],
    /// The result of [`Linear::is_calm`].
    pub calm: bool,
}

impl Linear {
    /// Whether the activation that follows needs no clamp. For inputs in -1 to 1 the sum is bounded by the absolute values of
    /// the weights and the bias.
    pub(crate) fn is_calm(&self, packings: &[Packing], parameters: &[f32]) -> bool {
        let size = |output| self.packings().map(|part| packings[part].size(parameters, output)).sum::<f32>();
        self.bounded && (0..self.outputs).all(|output| size(output) <= math::CALM)
    }

    /// The packings whose weights it uses.
    pub(crate) fn packings(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.weights).chain(self.lookup.as_ref().map(|lookup| lookup.weights))
    }

    pub(crate) fn run(&self, level: Level, arena: &mut [Row], weights: Weights<'_>) {
        dispatch!(level, simd => self.all(simd, arena, weights));
    }

    /// Chooses the block size: as much as fits into registers. The condition is a constant of the level, so each level is
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
        } else if WASM {
            match self.width {
                2 => self.panels::<_, 2, 1>(simd, arena, weights),
                _ => self.panels::<_, 1, 2>(simd, arena, weights),
            }
        } else {
            match self.width {
                4 => self.panels::<_, 4, 1>(simd, arena, weights),
                2 => self.panels::<_, 2, 2>(simd, arena, weights),
                _ => self.panels::<_, 1, 4>(simd, arena, weights),
            }
        }
    }

    /// Sums `W` outputs by `V` vectors in registers.
    #[inline(always)]
    fn panels<S: Simd, const W: usize, const V: usize>(&self, simd: S, arena: &mut [Row], weights: Weights<'_>) {
        let Weights { packed, looked_up, calm } = weights;
        let (packed, _) = packed.as_chunks::<W>();
        let mut begin = 0;
        for (position, end) in self.ends.iter().enumerate() {
            let taps = &self.taps[begin..*end as usize];
            begin = *end as usize;
            for (panel, first) in (0..self.outputs).step_by(W).enumerate() {
                let weights = &packed[panel * self.panel..][..self.panel];
                let count = W.min(self.outputs - first);
                let place = position * self.outputs + first;
                let rows = &self.rows[place..place + count];
                for v in (0..VECTORS).step_by(V) {
                    let mut initial = [[f32x16::splat(simd, 0.0); V]; W];
                    let mut weights = weights;
                    match self.start {
                        Start::Zero => {}
                        Start::Bias => {
                            let (bias, rest) = weights.split_first().expect("biases");
                            for o in 0..W {
                                initial[o] = [f32x16::splat(simd, bias[o]); V];
                            }
                            weights = rest;
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
                    let mut sums = accumulate(simd, arena, taps, weights, v, initial);
                    if let Some(lookup) = &self.lookup {
                        sums = lookup.accumulate(simd, arena, looked_up, panel, v, sums);
                    }
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
                each(arena, sums, rows, v, |sum| activation::leaky_relu(simd, sum, *slope));
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

/// Stores the sums times the derivative of `activation`, which is a compile-time constant at every call.
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
                sums[o][k] = activation::through(simd, activation, sums[o][k], load(simd, &y[v + k]));
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

/// Adds the weighted taps. The block has its own array here, indexed by constants only. An array that is also indexed by
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
                sums[o][k] = multiply_add(w, x[k], sums[o][k]);
            }
        }
    }
    sums
}

/// Stores `f(sum)` for every sum of the block. The loop through memory is intended: activations unrolled over the block are
/// slower.
#[inline(always)]
fn each<S: Simd, const W: usize, const V: usize>(
    arena: &mut [Row],
    sums: [[f32x16<S>; V]; W],
    rows: &[u32],
    v: usize,
    f: impl Fn(f32x16<S>) -> f32x16<S>,
) {
    for (row, sums) in rows.iter().zip(sums) {
        let row = &mut arena[*row as usize].0;
        for k in 0..V {
            f(sums[k]).store_array(&mut row[v + k]);
        }
    }
}
