//! The arithmetic: one file per kind of loop, each generic over the SIMD level.
//!
//! A tile is [`TILE`] examples. Memory is an arena of [`Row`]s, each one feature of one tile. A kernel names the rows that it
//! reads and writes by index, so concatenations and slices are just lists of indices.

pub(crate) mod activation;
pub(crate) mod linear;
pub(crate) mod lookup;
pub(crate) mod math;
pub(crate) mod outer;
pub(crate) mod peak;
pub(crate) mod pointwise;
pub(crate) mod reduce;

use fearless_simd::{Simd, SimdBase, SimdFloat, f32x16};

/// Logical lanes of a vector, the same at every SIMD level. They define the order of summation.
pub(crate) const LANES: usize = 16;
/// Vectors in a row.
pub(crate) const VECTORS: usize = 8;
/// WebAssembly: vectors of four lanes, sixteen registers of them. Two outputs by sixteen lanes take half of these; larger blocks spill.
pub(crate) const WASM: bool = cfg!(target_arch = "wasm32");
/// Examples in a tile.
pub const TILE: usize = LANES * VECTORS;

/// One feature of one tile: 128 examples, in order.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Row(pub(crate) [[f32; LANES]; VECTORS]);

impl Row {
    /// All zeros.
    pub const ZERO: Self = Self([[0.0; LANES]; VECTORS]);

    /// The 128 values, one per example.
    pub fn values(&self) -> &[f32; TILE] {
        self.0.as_flattened().try_into().expect("a row has TILE values")
    }

    /// The 128 values, one per example, for writing.
    pub fn values_mut(&mut self) -> &mut [f32; TILE] {
        self.0.as_flattened_mut().try_into().expect("a row has TILE values")
    }
}

#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, values: &[f32; LANES]) -> f32x16<S> {
    f32x16::load_array_ref(simd, values)
}

/// `a * b + c`, rounded once. WebAssembly has an instruction for that only among the relaxed ones, and even these may round twice:
/// [`Level::fuses`](crate::Level::fuses) finds out. Without them it rounds twice, for emulation takes fifteen times as long.
#[inline(always)]
pub(crate) fn multiply_add<S: Simd>(a: f32x16<S>, b: f32x16<S>, c: f32x16<S>) -> f32x16<S> {
    if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) {
        a.mul_add(b, c)
    } else {
        a.mul_add_precise(b, c)
    }
}
