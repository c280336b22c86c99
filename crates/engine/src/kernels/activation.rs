//! Activations and their derivatives, applied to a vector.

use fearless_simd::{Select, Simd, SimdBase, f32x16};

use super::{math, multiply_add};

/// An activation. After a dense layer or a convolution it is fused into the store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activation {
    Sigmoid,
    Tanh,
    LeakyRelu(f32),
}

impl Activation {
    /// The factor by which the kernels expect the argument to be multiplied. A layer's packed weights and biases include it.
    pub(crate) fn scale(self) -> f32 {
        match self {
            Self::Sigmoid => math::SIGMOID_SCALE,
            Self::Tanh => math::TANH_SCALE,
            Self::LeakyRelu(_) => 1.0,
        }
    }
}

/// max(x, slope * x): leaky ReLU for 0 <= slope <= 1, ReLU for slope 0.
#[inline(always)]
pub(crate) fn leaky_relu<S: Simd>(simd: S, x: f32x16<S>, slope: f32) -> f32x16<S> {
    let zero = f32x16::splat(simd, 0.0);
    x.simd_ge(zero).select(x, x * f32x16::splat(simd, slope))
}

/// The gradient through an activation, from the gradient of its value and the value y.
#[inline(always)]
pub(crate) fn through<S: Simd>(simd: S, activation: Activation, gradient: f32x16<S>, y: f32x16<S>) -> f32x16<S> {
    match activation {
        Activation::Sigmoid => gradient * multiply_add(-y, y, y),
        Activation::Tanh => gradient * multiply_add(-y, y, f32x16::splat(simd, 1.0)),
        Activation::LeakyRelu(slope) => {
            y.simd_gt(f32x16::splat(simd, 0.0)).select(gradient, gradient * f32x16::splat(simd, slope))
        }
    }
}
