//! Peak throughput of a core for the operations that the kernels consist of.

use std::hint::black_box;

use fearless_simd::{Simd, SimdBase, f32x16};

use super::{LANES, Row, TILE, load, math, multiply_add};
use crate::level::{Level, dispatch};

/// Consecutive fused multiply-adds of one vector, for each accumulator.
const CHAIN: usize = 1024;

/// Runs fused multiply-adds on values in registers; returns their number.
pub(crate) fn multiply_adds(level: Level) -> u64 {
    dispatch!(level, simd => {
        // As many independent sums as fit into registers, so that consecutive operations overlap.
        if level.is_wide() { chains::<_, 16>(simd) } else { chains::<_, 5>(simd) }
    })
}

#[inline(always)]
fn chains<S: Simd, const A: usize>(simd: S) -> u64 {
    let (scale, offset) = (f32x16::splat(simd, black_box(0.5)), f32x16::splat(simd, black_box(1.0)));
    let mut sums = [offset; A];
    for _ in 0..CHAIN {
        for sum in &mut sums {
            *sum = multiply_add(*sum, scale, offset);
        }
    }
    let mut total = offset;
    for sum in &sums {
        total += *sum;
    }
    black_box(total.to_array());
    (A * CHAIN * LANES) as u64
}

/// Replaces values by the sigmoids of their scaled values, without a clamp, as layers do. Returns their number.
pub(crate) fn sigmoids(level: Level, rows: &mut [Row]) -> u64 {
    dispatch!(level, simd => {
        for vector in rows.iter_mut().flat_map(|row| &mut row.0) {
            math::calm_sigmoid(simd, load(simd, vector)).store_array(vector);
        }
    });
    (rows.len() * TILE) as u64
}
