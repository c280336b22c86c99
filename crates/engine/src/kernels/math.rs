//! Exponential, sigmoid, hyperbolic tangent, cosine and arccosine on vectors, without libm and without approximate instructions.

use std::f32::consts::{FRAC_1_PI, FRAC_PI_2, LOG2_E, PI};

use fearless_simd::{Select, Simd, SimdBase, SimdFloat, f32x16, u32x16};

use super::multiply_add;

/// Adding 1.5 * 2^23 rounds a float of moderate size to an integer, which is then in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;
/// The exponent field of a float for 2^0.
const EXPONENT: f32 = 127.0;

/// r(u) = a + b u with 2^f = (r(f^2) + f) / (r(f^2) - f) on -1/2 <= f <= 1/2, fitted for this project (`tools/fit_exp2.py`):
/// relative error 4.4e-7, exactly 1 at 0, and 2^-f is the inverse of 2^f. (The form is that of S. Moshier's Cephes library.) A
/// sigmoid or hyperbolic tangent needs a division anyway, so the fraction costs nothing. Its two coefficients are nearly as
/// accurate as a polynomial's six (1.1e-7).
const EXP2: [f32; 2] = [0.115_236_07, 2.885_408_2];

/// Coefficients of a polynomial of degree 5 for cos(sqrt u) on 0 <= u <= (pi/2)^2, highest degree first, fitted for this
/// project (`tools/fit_cosine.py`): error 3e-10, exactly 1 at 0.
const COSINE: [f32; 6] = [-2.607_71e-7, 2.476_188_6e-5, -1.388_840_4e-3, 4.166_664e-2, -0.5, 1.0];

/// Coefficients of a polynomial of degree 7 for arccos(x) / sqrt(1 - x) on 0 <= x <= 1, highest degree first, from the same
/// fit: error 3e-8. (The form is that of C. Hastings, "Approximations for digital computers", 1955.)
const ARCCOSINE: [f32; 8] = [
    -1.262_830_3e-3,
    6.671_291_3e-3,
    -1.708_980_8e-2,
    3.089_305_2e-2,
    -5.017_471_5e-2,
    8.897_905e-2,
    -0.214_598_8,
    FRAC_PI_2,
];

/// Fused multiply-adds of a cosine: three to subtract whole half turns, a square, and those of the polynomial.
pub(crate) const COSINE_MULTIPLY_ADDS: usize = 3 + COSINE.len();
/// Fused multiply-adds of an arccosine: those of the polynomial, and operations around the square root.
pub(crate) const ARCCOSINE_MULTIPLY_ADDS: usize = 2 + ARCCOSINE.len();

/// Multiplications and fused multiply-adds of a sigmoid of a scaled argument: a square, the polynomial, and the sum in the
/// denominator. A hyperbolic tangent has one more, in the numerator.
pub(crate) const SIGMOID_MULTIPLY_ADDS: usize = 1 + (EXP2.len() - 1) + 1;

/// The factor that turns an argument into that of [`sigmoid`]: 1 / (1 + exp(-x)) is 1 / (1 + 2^t) for t = -log2(e) x. Layers
/// multiply their weights by it, once per run instead of once per value.
pub(crate) const SIGMOID_SCALE: f32 = -LOG2_E;
/// The same for [`tanh`], which is 2 / (1 + exp(-2x)) - 1.
pub(crate) const TANH_SCALE: f32 = -2.0 * LOG2_E;

/// Exponents are clamped to this size, because 2^t would leave the range of floats.
const BORDER: f32 = 125.0;
/// Arguments of sigmoids and hyperbolic tangents within plus and minus this need no clamp: 125 / (2 log2(e)) is 43.
pub(crate) const CALM: f32 = 40.0;

/// 2^t as a fraction, (b 2^n) / a, for |t| up to 125. Returns a and b, and 2^n.
#[inline(always)]
fn exp2<S: Simd>(simd: S, t: f32x16<S>) -> [f32x16<S>; 3] {
    let round = f32x16::splat(simd, ROUND + EXPONENT);
    let shifted = t + round;
    let f = t - (shifted - round);
    let r = polynomial(simd, &EXP2, f * f);
    // The low bits of `shifted` hold n + 127. Moved to the exponent field of a float, that is 2^n.
    let n: u32x16<S> = shifted.to_bits();
    [r - f, r + f, f32x16::from_bits(n << 23)]
}

#[inline(always)]
fn clamp<S: Simd>(simd: S, t: f32x16<S>) -> f32x16<S> {
    t.max(f32x16::splat(simd, -BORDER)).min(f32x16::splat(simd, BORDER))
}

/// The sigmoid of x, given t = [`SIGMOID_SCALE`] x: absolute error below 2e-7.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, t: f32x16<S>) -> f32x16<S> {
    calm_sigmoid(simd, clamp(simd, t))
}

/// The same as [`sigmoid`], bit for bit, if |x| is at most [`CALM`].
#[inline(always)]
pub(crate) fn calm_sigmoid<S: Simd>(simd: S, t: f32x16<S>) -> f32x16<S> {
    let [a, b, power] = exp2(simd, t);
    a / multiply_add(b, power, a)
}

/// The hyperbolic tangent of x, given t = [`TANH_SCALE`] x: absolute error below 3e-7.
#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, t: f32x16<S>) -> f32x16<S> {
    calm_tanh(simd, clamp(simd, t))
}

/// The same as [`tanh`], bit for bit, if |x| is at most [`CALM`].
#[inline(always)]
pub(crate) fn calm_tanh<S: Simd>(simd: S, t: f32x16<S>) -> f32x16<S> {
    let [a, b, power] = exp2(simd, t);
    multiply_add(-b, power, a) / multiply_add(b, power, a)
}

/// The value of a polynomial, highest coefficient first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, coefficients: &[f32; N], x: f32x16<S>) -> f32x16<S> {
    let mut p = f32x16::splat(simd, coefficients[0]);
    for c in &coefficients[1..] {
        p = multiply_add(p, x, f32x16::splat(simd, *c));
    }
    p
}

/// cos x, absolute error below 3e-7 for |x| up to 10,000.
#[inline(always)]
pub(crate) fn cos<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    let splat = |value| f32x16::splat(simd, value);
    // x = n pi + r, and cos x = (-1)^n cos r. The low bit of `shifted` is that of n.
    let shifted = multiply_add(x, splat(FRAC_1_PI), splat(ROUND));
    let n = shifted - splat(ROUND);
    // pi as a float, and what the float lacks.
    let r = multiply_add(n, splat(8.742_278e-8), multiply_add(n, splat(-PI), x));
    let even = polynomial(simd, &COSINE, r * r);
    let n: u32x16<S> = shifted.to_bits();
    f32x16::from_bits(even.to_bits() ^ (n << 31))
}

/// arccos of x clamped to [-1, 1], absolute error below 5e-7.
#[inline(always)]
pub(crate) fn acos<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    let splat = |value| f32x16::splat(simd, value);
    let size = x.abs().min(splat(1.0));
    let angle = (splat(1.0) - size).sqrt() * polynomial(simd, &ARCCOSINE, size);
    x.simd_ge(splat(0.0)).select(angle, splat(PI) - angle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{Level, dispatch};

    /// The largest error of `ours` against `exact` in double precision, for x from `low` to `high`.
    macro_rules! largest_error {
        ($low:literal..$high:literal, $ours:expr, $exact:expr) => {
            dispatch!(Level::from_environment().unwrap(), simd => (0..=1 << 18).map(|i| {
                let x = $low + ($high - $low) * i as f32 / (1 << 18) as f32;
                let y = $ours(simd, f32x16::splat(simd, x)).as_slice()[0];
                (f64::from(y) - $exact(f64::from(x))).abs()
            }).fold(0.0, |largest: f64, error| if error <= largest { largest } else { error }))
        };
    }

    #[test]
    fn functions_are_as_accurate_as_documented() {
        let sigmoid_error =
            largest_error!(-50.0..50.0, |s, x| sigmoid(s, x * SIGMOID_SCALE), |x: f64| 1.0 / (1.0 + (-x).exp()));
        let tanh_error = largest_error!(-50.0..50.0, |s, x| tanh(s, x * TANH_SCALE), f64::tanh);
        let cos_error = largest_error!(-1e4..1e4, cos, f64::cos);
        let acos_error = largest_error!(-1.0..1.0, acos, f64::acos);
        let errors = [sigmoid_error, tanh_error, cos_error, acos_error];
        assert!(errors.iter().zip([2e-7, 3e-7, 3e-7, 5e-7]).all(|(error, said)| *error < said), "{errors:?}");
    }
}
