//! Weight and bias gradients: products of input rows and output-gradient rows, summed over the examples of a tile.

use fearless_simd::{Simd, SimdBase, f32x16};

use super::{LANES, Row, VECTORS, WASM, load, multiply_add, reduce};
use crate::level::{Level, dispatch};

/// The table of one weight gradient: the pairs of rows for every position.
#[derive(Clone, Debug)]
pub(crate) struct Outer {
    /// Offset of the weights, `inputs` by `outputs`, in the gradient.
    pub weight: u32,
    pub bias: u32,
    pub inputs: usize,
    pub outputs: usize,
    /// Input rows, position after position. Padding is the row of zeros.
    pub x: Vec<u32>,
    /// Rows of the outputs' gradient, position after position.
    pub dy: Vec<u32>,
}

impl Outer {
    /// Adds the contribution of this tile to `gradient`.
    pub(crate) fn run(&self, level: Level, arena: &[Row], gradient: &mut [f32]) {
        dispatch!(level, simd => self.all(simd, arena, gradient));
    }

    #[inline(always)]
    fn all<S: Simd>(&self, simd: S, arena: &[Row], gradient: &mut [f32]) {
        if S::f32s::LEN == LANES {
            match self.outputs {
                1 => self.blocks::<_, 4, 1>(simd, arena, gradient),
                2 => self.blocks::<_, 4, 2>(simd, arena, gradient),
                _ => self.blocks::<_, 4, 4>(simd, arena, gradient),
            }
        } else if WASM {
            self.blocks::<_, 2, 1>(simd, arena, gradient);
        } else {
            match self.outputs {
                1 => self.blocks::<_, 2, 1>(simd, arena, gradient),
                _ => self.blocks::<_, 2, 2>(simd, arena, gradient),
            }
        }
    }

    /// Computes 4 x 4 weights at a time, `R` x `C` of them in registers. Few outputs get narrow blocks, because results beyond
    /// the border are discarded. The bias gradients are summed together with the first inputs' weights, which use the same
    /// rows.
    #[inline(always)]
    fn blocks<S: Simd, const R: usize, const C: usize>(&self, simd: S, arena: &[Row], gradient: &mut [f32]) {
        let mut biases = [f32x16::splat(simd, 0.0); LANES];
        for i in (0..self.inputs).step_by(4) {
            for o in (0..self.outputs).step_by(4) {
                let (rows, columns) = (4.min(self.inputs - i), 4.min(self.outputs - o));
                let mut sums = [f32x16::splat(simd, 0.0); 16];
                for a in (0..rows).step_by(R) {
                    for b in (0..columns).step_by(C) {
                        let block = if i + a == 0 {
                            let (block, bias) = self.block::<S, R, C, true>(simd, arena, i + a, o + b);
                            for (c, sum) in bias.iter().enumerate() {
                                biases[(o + b + c) % LANES] = *sum;
                            }
                            block
                        } else {
                            self.block::<S, R, C, false>(simd, arena, i + a, o + b).0
                        };
                        for (r, row) in block.iter().enumerate() {
                            for (c, sum) in row.iter().enumerate() {
                                sums[(a + r) * 4 + b + c] = *sum;
                            }
                        }
                    }
                }
                let totals: [f32; 16] = reduce::sum_each(&sums).to_array();
                for r in 0..rows {
                    let place = self.weight as usize + (i + r) * self.outputs + o;
                    add(&mut gradient[place..place + columns], &totals[r * 4..]);
                }
                let done = o + columns;
                if i == 0 && (done == self.outputs || done.is_multiple_of(LANES)) {
                    let first = o / LANES * LANES;
                    let totals: [f32; 16] = reduce::sum_each(&biases).to_array();
                    add(&mut gradient[self.bias as usize + first..self.bias as usize + done], &totals);
                }
            }
        }
    }

    /// Computes `R` x `C` weights, and the biases of the `C` outputs if `BIAS`.
    #[inline(always)]
    fn block<S: Simd, const R: usize, const C: usize, const BIAS: bool>(
        &self,
        simd: S,
        arena: &[Row],
        i: usize,
        o: usize,
    ) -> ([[f32x16<S>; C]; R], [f32x16<S>; C]) {
        let mut sums = [[f32x16::splat(simd, 0.0); C]; R];
        let mut biases = [f32x16::splat(simd, 0.0); C];
        for (x, dy) in self.x.chunks_exact(self.inputs).zip(self.dy.chunks_exact(self.outputs)) {
            // Rows beyond the border repeat the last row; their sums are not used.
            let x: [&Row; R] = std::array::from_fn(|r| &arena[x[(i + r).min(self.inputs - 1)] as usize]);
            let dy: [&Row; C] = std::array::from_fn(|c| &arena[dy[(o + c).min(self.outputs - 1)] as usize]);
            for v in 0..VECTORS {
                let mut d = [f32x16::splat(simd, 0.0); C];
                for c in 0..C {
                    d[c] = load(simd, &dy[c].0[v]);
                    if BIAS {
                        biases[c] += d[c];
                    }
                }
                for r in 0..R {
                    let x = load(simd, &x[r].0[v]);
                    for c in 0..C {
                        sums[r][c] = multiply_add(x, d[c], sums[r][c]);
                    }
                }
            }
        }
        (sums, biases)
    }
}

fn add(gradient: &mut [f32], totals: &[f32]) {
    for (g, total) in gradient.iter_mut().zip(totals) {
        *g += total;
    }
}
