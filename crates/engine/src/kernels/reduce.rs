//! Sums across lanes and across features, in an order that does not depend on the SIMD level.

use fearless_simd::{Simd, SimdBase, f32x16};

use super::{LANES, Row, VECTORS, load};
use crate::level::{Level, dispatch};

/// The sums of sixteen vectors in one vector, each by the same tree over neighbouring lanes.
#[inline(always)]
pub(crate) fn sum_each<S: Simd>(vectors: &[f32x16<S>; LANES]) -> f32x16<S> {
    let mut v = *vectors;
    // No closures and no array::from_fn: their bodies would not be compiled for the caller's instructions.
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            v[i] = v[2 * i].unzip_low(v[2 * i + 1]) + v[2 * i].unzip_high(v[2 * i + 1]);
        }
    }
    v[0]
}

/// output = sum of the rows, in order of features.
pub(crate) fn sum_rows(level: Level, arena: &mut [Row], output: u32, rows: &[u32]) {
    #[inline(always)]
    fn run<S: Simd>(simd: S, arena: &mut [Row], output: u32, rows: &[u32]) {
        let mut sums = [f32x16::splat(simd, 0.0); VECTORS];
        for row in rows {
            for (sum, vector) in sums.iter_mut().zip(&arena[*row as usize].0) {
                *sum += load(simd, vector);
            }
        }
        for (sum, vector) in sums.iter().zip(&mut arena[output as usize].0) {
            sum.store_array(vector);
        }
    }
    dispatch!(level, simd => run(simd, arena, output, rows));
}

/// The sum of `row * mask` over the examples of a tile.
pub(crate) fn sum_examples(level: Level, row: &Row, mask: &Row) -> f32 {
    #[inline(always)]
    fn run<S: Simd>(simd: S, row: &Row, mask: &Row) -> f32 {
        let mut sum = f32x16::splat(simd, 0.0);
        for (x, m) in row.0.iter().zip(&mask.0) {
            sum += load(simd, x) * load(simd, m);
        }
        sum.reduce_sum()
    }
    dispatch!(level, simd => run(simd, row, mask))
}
