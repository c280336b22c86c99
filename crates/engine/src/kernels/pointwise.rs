//! Functions of one or two rows, value by value, forward and backward.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat, f32x16, u32x16};

use super::activation::{Activation, leaky_relu, through};
use super::{Row, VECTORS, load, math, multiply_add};
use crate::level::{Level, dispatch};

/// The operation on each pair of values (a, b). Functions of one argument ignore b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    /// scale * a + offset
    Affine {
        scale: f32,
        offset: f32,
    },
    Add,
    Subtract,
    Multiply,
    Absolute,
    Square,
    /// +1 where a >= 0, else -1
    Sign,
    Activate(Activation),
    /// a is the gradient of the activation's value b
    Through(Activation),
    /// a * sign(b), with sign(0) = 0: the gradient through |b|
    ThroughAbsolute,
    /// 2 a b: the gradient through b^2
    ThroughSquare,
    Cosine,
    /// arccos of a clamped to [-1, 1]
    Arccosine,
    /// -a sin(b)
    ThroughCosine,
    /// -a / sqrt(1 - b^2), the square root of at least 10^-6
    ThroughArccosine,
}

/// The output row and the argument rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub output: u32,
    pub a: u32,
    pub b: u32,
}

/// One function applied to many rows.
#[derive(Clone, Debug)]
pub(crate) struct Pointwise {
    pub function: Function,
    /// Add to the output instead of replacing it.
    pub accumulate: bool,
    pub rows: Vec<Rows>,
}

impl Pointwise {
    pub(crate) fn run(&self, level: Level, arena: &mut [Row]) {
        run(level, self.function, self.accumulate, &self.rows, arena);
    }
}

/// output (+)= function(a, b) for every entry of `rows`, in their order.
pub(crate) fn run(level: Level, function: Function, accumulate: bool, rows: &[Rows], arena: &mut [Row]) {
    dispatch!(level, simd => all(simd, function, accumulate, rows, arena));
}

#[inline(always)]
fn all<S: Simd>(simd: S, function: Function, accumulate: bool, rows: &[Rows], arena: &mut [Row]) {
    let splat = |value| f32x16::splat(simd, value);
    let (zero, one) = (splat(0.0), splat(1.0));
    // One copy of the loop for each function. The closures are inlined into it.
    macro_rules! each {
        ($f:expr) => {
            each(simd, accumulate, rows, arena, $f)
        };
    }
    match function {
        Function::Affine { scale, offset } => {
            let (scale, offset) = (splat(scale), splat(offset));
            each!(|a, _| multiply_add(a, scale, offset));
        }
        Function::Add => each!(|a, b| a + b),
        Function::Subtract => each!(|a, b| a - b),
        Function::Multiply => each!(|a, b| a * b),
        Function::Absolute => each!(|a, _| a.abs()),
        Function::Square => each!(|a, _| a * a),
        Function::Sign => each!(|a, _| a.simd_ge(zero).select(one, -one)),
        Function::Activate(Activation::Sigmoid) => each!(|a, _| math::sigmoid(simd, a * splat(math::SIGMOID_SCALE))),
        Function::Activate(Activation::Tanh) => each!(|a, _| math::tanh(simd, a * splat(math::TANH_SCALE))),
        Function::Activate(Activation::LeakyRelu(slope)) => each!(|a, _| leaky_relu(simd, a, slope)),
        Function::Through(activation) => each!(|a, b| through(simd, activation, a, b)),
        Function::ThroughAbsolute => each!(|a, b| b.simd_gt(zero).select(a, b.simd_lt(zero).select(-a, zero))),
        Function::ThroughSquare => each!(|a, b| (a + a) * b),
        Function::Cosine => each!(|a, _| math::cos(simd, a)),
        Function::Arccosine => each!(|a, _| math::acos(simd, a)),
        // -sin b = cos(b + pi/2)
        Function::ThroughCosine => each!(|a, b| a * math::cos(simd, b + splat(std::f32::consts::FRAC_PI_2))),
        Function::ThroughArccosine => each!(|a, b| -a / multiply_add(-b, b, one).max(splat(1e-6)).sqrt()),
    }
}

#[inline(always)]
fn each<S: Simd>(
    simd: S,
    accumulate: bool,
    rows: &[Rows],
    arena: &mut [Row],
    f: impl Fn(f32x16<S>, f32x16<S>) -> f32x16<S>,
) {
    for rows in rows {
        for v in 0..VECTORS {
            let a = load(simd, &arena[rows.a as usize].0[v]);
            let b = load(simd, &arena[rows.b as usize].0[v]);
            let mut value = f(a, b);
            let output = &mut arena[rows.output as usize].0[v];
            if accumulate {
                value += load(simd, output);
            }
            value.store_array(output);
        }
    }
}

/// Bit i of `words` (least significant first) becomes value i of the row: +1 for 1, -1 for 0.
pub(crate) fn expand_bits(level: Level, words: &[u16; VECTORS], row: &mut Row) {
    #[inline(always)]
    fn run<S: Simd>(simd: S, words: &[u16; VECTORS], row: &mut Row) {
        // Shifting bit `lane` to the top makes it the sign bit. The bit is inverted first, because 0 stands for -1.
        let shifts = u32x16::from_fn(simd, |lane| 31 - lane as u32);
        let (sign, one) = (u32x16::splat(simd, 1 << 31), u32x16::splat(simd, 1f32.to_bits()));
        for (word, vector) in words.iter().zip(&mut row.0) {
            let inverted = u32x16::splat(simd, u32::from(!word));
            f32x16::from_bits(((inverted << shifts) & sign) | one).store_array(vector);
        }
    }
    dispatch!(level, simd => run(simd, words, row));
}
