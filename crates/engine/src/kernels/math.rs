//! Exponential, sigmoid and hyperbolic tangent on vectors, without libm and without approximate instructions.

use std::f32::consts::LOG2_E;

use fearless_simd::{Simd, SimdBase, SimdFloat, f32x16, u32x16};

/// Adding 1.5 * 2^23 rounds a float of moderate size to an integer that then stands in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

/// Coefficients of a polynomial of degree 5 for 2^f on -1/2 <= f <= 1/2, highest first, fitted for this project
/// (`tools/fit_exp2.py`): relative error 1.1e-7, and exactly 1 at 0.
#[expect(clippy::approx_constant, reason = "fitted: the best polynomial's coefficient is not exactly ln 2")]
const EXP2: [f32; 6] = [1.326_473e-3, 9.671_513e-3, 5.550_733_6e-2, 2.402_224_2e-1, 6.931_47e-1, 1.0];

/// Fused multiply-adds of a sigmoid: two to split the exponent, and the polynomial's. A hyperbolic tangent has one more.
pub(crate) const SIGMOID_MULTIPLY_ADDS: usize = EXP2.len() + 1;

/// Within plus and minus this, sigmoids and hyperbolic tangents need no clamp: 125 / (2 log2(e)) is 43.
pub(crate) const CALM: f32 = 40.0;

/// 2^(factor * x), for |factor * x| up to 125; beyond, the value at the border. `factor` is a power of 2 times log2(e).
#[inline(always)]
fn exp2_scaled<S: Simd>(simd: S, x: f32x16<S>, factor: f32) -> f32x16<S> {
    let border = 125.0 / factor.abs();
    let x = x.max(f32x16::splat(simd, -border)).min(f32x16::splat(simd, border));
    calm_exp2_scaled(simd, x, factor)
}

/// The same where |factor * x| is at most 125.
#[inline(always)]
fn calm_exp2_scaled<S: Simd>(simd: S, x: f32x16<S>, factor: f32) -> f32x16<S> {
    let splat = |value| f32x16::splat(simd, value);
    let shifted = x.mul_add_precise(splat(factor), splat(ROUND));
    let f = x.mul_add_precise(splat(factor), splat(ROUND) - shifted);
    let mut p = splat(EXP2[0]);
    for c in &EXP2[1..] {
        p = p.mul_add_precise(f, splat(*c));
    }
    // Multiply by 2^n: add n to the exponent field of p. The low bits of `shifted` hold n.
    let n: u32x16<S> = shifted.to_bits();
    f32x16::from_bits(p.to_bits() + (n << 23))
}

/// 1 / (1 + exp(-x)), absolute error below 2e-7.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    sigmoid_of(simd, exp2_scaled(simd, x, -LOG2_E))
}

/// The same, bit for bit, where |x| is at most [`CALM`].
#[inline(always)]
pub(crate) fn calm_sigmoid<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    sigmoid_of(simd, calm_exp2_scaled(simd, x, -LOG2_E))
}

/// tanh x = 2 sigmoid(2x) - 1, absolute error below 3e-7.
#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    tanh_of(simd, exp2_scaled(simd, x, -2.0 * LOG2_E))
}

/// The same, bit for bit, where |x| is at most [`CALM`].
#[inline(always)]
pub(crate) fn calm_tanh<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    tanh_of(simd, calm_exp2_scaled(simd, x, -2.0 * LOG2_E))
}

/// The sigmoid of x, given exp(-x).
#[inline(always)]
fn sigmoid_of<S: Simd>(simd: S, exp: f32x16<S>) -> f32x16<S> {
    let one = f32x16::splat(simd, 1.0);
    one / (exp + one)
}

/// The hyperbolic tangent of x, given exp(-2x).
#[inline(always)]
fn tanh_of<S: Simd>(simd: S, exp: f32x16<S>) -> f32x16<S> {
    let one = f32x16::splat(simd, 1.0);
    sigmoid_of(simd, exp).mul_add_precise(f32x16::splat(simd, 2.0), -one)
}
