//! Sums of weights over inputs that are bits: four bits select one of sixteen precomputed sums.
//!
//! A vector of sixteen lanes holds the table of one output: one instruction looks up four inputs for sixteen examples. V. L.
//! Arlazarov and others, "On economical construction of the transitive closure of an oriented graph", 1970, tabulated products
//! of bit matrices in the same way. Without such an instruction, the four products are added in the order of the table's sums,
//! which gives the same bits.

use fearless_simd::{Bytes, Simd, SimdBase, SimdFloat, f32x16, u32x16};

use super::{LANES, Row, VECTORS, load, multiply_add};
use crate::level::{Level, dispatch};

/// Number of inputs that are looked up together: a table has 2^4 = [`LANES`] entries.
pub(crate) const BITS: usize = 4;

/// The part of a linear map whose inputs are bits, coded -1 and +1.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    /// Index of the packing.
    pub weights: usize,
    /// Number of inputs: a multiple of [`BITS`].
    pub inputs: usize,
    /// At a wide level: rows of table positions made by [`places`], one for four inputs. At other levels: the inputs' rows.
    pub rows: Vec<u32>,
}

/// The sums of four weights times -1 or +1. Bit i of an entry's index is 1 if weight i is subtracted.
pub(crate) fn table(weights: [f32; BITS]) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    for (number, sum) in sums.iter_mut().enumerate() {
        let signed = |i: usize| if number >> i & 1 == 1 { -weights[i] } else { weights[i] };
        *sum = signed(0) + signed(1) + signed(2) + signed(3);
    }
    sums
}

/// For every four rows of bits, the positions of their sums in a table, as the four bytes that a byte shuffle takes.
pub(crate) fn places(level: Level, arena: &mut [Row], inputs: &[u32], outputs: &[u32]) {
    #[inline(always)]
    fn run<S: Simd>(simd: S, arena: &mut [Row], inputs: &[u32], outputs: &[u32]) {
        // Four consecutive bytes from the start of the entry; each bit of the index moves all four.
        let first = u32x16::splat(simd, 0x0302_0100);
        let step = u32x16::splat(simd, 0x0404_0404);
        let (fours, _) = inputs.as_chunks::<BITS>();
        for (four, output) in fours.iter().zip(outputs) {
            for v in 0..VECTORS {
                let mut places = first;
                for (i, row) in (0..).zip(four) {
                    let bits: u32x16<S> = load(simd, &arena[*row as usize].0[v]).to_bits();
                    // All bits set for a negative input, none for a positive one.
                    let negative = u32x16::splat(simd, 0) - (bits >> 31);
                    places |= negative & (step << i);
                }
                f32x16::from_bits(places).store_array(&mut arena[*output as usize].0[v]);
            }
        }
    }
    dispatch!(level, simd => run(simd, arena, inputs, outputs));
}

impl Lookup {
    /// Number of terms in an output's sum, including the products inside it if these are not tabulated.
    pub(crate) fn terms(&self) -> usize {
        let fours = self.inputs / BITS;
        if self.rows.len() == fours { fours } else { fours + self.inputs }
    }

    /// Adds the contribution to panel `panel`, `W` outputs wide, for the vectors from `v` on.
    #[inline(always)]
    pub(crate) fn accumulate<S: Simd, const W: usize, const V: usize>(
        &self,
        simd: S,
        arena: &[Row],
        packed: &[f32],
        panel: usize,
        v: usize,
        initial: [[f32x16<S>; V]; W],
    ) -> [[f32x16<S>; V]; W] {
        if S::f32s::LEN == LANES {
            let (tables, _) = packed.as_chunks::<LANES>();
            let (tables, _) = tables.as_chunks::<W>();
            let fours = self.inputs / BITS;
            self.tables(simd, arena, &tables[panel * fours..][..fours], v, initial)
        } else {
            let (weights, _) = packed.as_chunks::<W>();
            self.products(simd, arena, &weights[panel * self.inputs..][..self.inputs], v, initial)
        }
    }

    #[inline(always)]
    fn tables<S: Simd, const W: usize, const V: usize>(
        &self,
        simd: S,
        arena: &[Row],
        tables: &[[[f32; LANES]; W]],
        v: usize,
        initial: [[f32x16<S>; V]; W],
    ) -> [[f32x16<S>; V]; W] {
        let mut sums = initial;
        for (row, tables) in self.rows.iter().zip(tables) {
            let row = &arena[*row as usize].0;
            let mut places = [f32x16::splat(simd, 0.0).to_bytes(); V];
            for k in 0..V {
                places[k] = load(simd, &row[v + k]).to_bytes();
            }
            for o in 0..W {
                let table = load(simd, &tables[o]);
                for k in 0..V {
                    sums[o][k] += table.swizzle_dyn(places[k]);
                }
            }
        }
        sums
    }

    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "constant indices keep the sums in registers")]
    fn products<S: Simd, const W: usize, const V: usize>(
        &self,
        simd: S,
        arena: &[Row],
        weights: &[[f32; W]],
        v: usize,
        initial: [[f32x16<S>; V]; W],
    ) -> [[f32x16<S>; V]; W] {
        let mut sums = initial;
        for (rows, weights) in self.rows.as_chunks::<BITS>().0.iter().zip(weights.as_chunks::<BITS>().0) {
            for o in 0..W {
                for k in 0..V {
                    let mut sum = load(simd, &arena[rows[0] as usize].0[v + k]) * f32x16::splat(simd, weights[0][o]);
                    for i in 1..BITS {
                        let w = f32x16::splat(simd, weights[i][o]);
                        sum = multiply_add(w, load(simd, &arena[rows[i] as usize].0[v + k]), sum);
                    }
                    sums[o][k] += sum;
                }
            }
        }
        sums
    }
}
