//! The symbols that a recorder returns, and the operators on them.

use std::ops::{Add, Mul, Neg, Sub};

use super::{Binary, Op, Recorder, ScalarId, ScalarOp, Unary, VarId};
use crate::kernels::activation::Activation;

/// A symbolic value: a fixed number of features for every example of the batch.
/// Both operands of an operator must come from the same recorder. They need equal numbers of features, or one feature on
/// one side, which is then used for all; other operands panic.
#[derive(Clone, Copy, Debug)]
pub struct Var<'g> {
    pub(super) recorder: &'g Recorder,
    pub(super) id: usize,
    pub(super) features: usize,
}

impl<'g> Var<'g> {
    /// The identifier by which plans refer to this value.
    pub fn id(self) -> VarId {
        VarId(self.id)
    }

    /// Number of features, at least 1.
    pub fn features(self) -> usize {
        self.features
    }

    fn unary(self, op: Unary) -> Self {
        self.recorder.push(Op::Unary(op, self.id), self.features)
    }

    fn binary(self, op: Binary, other: Self) -> Self {
        let (a, b) = (self.features, other.features);
        assert!(a == b || a == 1 || b == 1, "{op:?} of {a} and {b} features");
        self.recorder.push(Op::Binary(op, self.id, other.id), a.max(b))
    }

    /// The logistic sigmoid, 1 / (1 + exp(-x)), feature by feature.
    pub fn sigmoid(self) -> Self {
        self.unary(Unary::Activation(Activation::Sigmoid))
    }

    /// The hyperbolic tangent, feature by feature.
    pub fn tanh(self) -> Self {
        self.unary(Unary::Activation(Activation::Tanh))
    }

    /// max(x, 0), feature by feature.
    pub fn relu(self) -> Self {
        self.leaky_relu(0.0)
    }

    /// x if x is positive, else `slope` x. `slope` lies in 0 to 1.
    pub fn leaky_relu(self, slope: f32) -> Self {
        self.unary(Unary::Activation(Activation::LeakyRelu(slope)))
    }

    /// |x|; its gradient at 0 is 0.
    pub fn abs(self) -> Self {
        self.unary(Unary::Absolute)
    }

    /// x^2.
    pub fn square(self) -> Self {
        self.unary(Unary::Square)
    }

    /// +1 if x >= 0, else -1. The gradient is straight-through (Y. Bengio, N. Léonard and A. Courville, arXiv 1308.3432): that
    /// of the identity.
    pub fn sign(self) -> Self {
        self.unary(Unary::Sign)
    }

    /// cos x, for x in radians with |x| up to 10,000. Beyond, argument reduction loses precision.
    pub fn cos(self) -> Self {
        self.unary(Unary::Cosine)
    }

    /// arccos x, in 0 to pi radians. x is clamped to [-1, 1].
    ///
    /// The slope is unbounded at the ends. The gradient uses 1 - x^2 of at least 10^-6: a slope of at most 1000.
    pub fn acos(self) -> Self {
        self.unary(Unary::Arccosine)
    }

    /// scale x + offset.
    pub fn affine(self, scale: f32, offset: f32) -> Self {
        self.unary(Unary::Affine { scale, offset })
    }

    /// The sum over the features: a value with one feature.
    pub fn sum(self) -> Self {
        self.recorder.push(Op::Sum(self.id), 1)
    }

    /// Features `start..start + len`. No value is copied.
    ///
    /// # Panics
    /// If `start + len` exceeds the number of features.
    pub fn slice(self, start: usize, len: usize) -> Self {
        assert!(start + len <= self.features, "slice {start}..{} of {} features", start + len, self.features);
        self.recorder.push(Op::Slice { input: self.id, start }, len)
    }

    /// The mean over the examples of the batch.
    ///
    /// # Panics
    /// If the value has more than one feature.
    pub fn mean(self) -> Scalar<'g> {
        assert_eq!(self.features, 1, "a mean needs a value with one feature: sum the features first");
        self.recorder.scalar(ScalarOp::Mean(self.id))
    }
}

impl Add for Var<'_> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.binary(Binary::Add, other)
    }
}

impl Sub for Var<'_> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.binary(Binary::Subtract, other)
    }
}

impl Mul for Var<'_> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.binary(Binary::Multiply, other)
    }
}

impl Mul<f32> for Var<'_> {
    type Output = Self;
    fn mul(self, scale: f32) -> Self {
        self.affine(scale, 0.0)
    }
}

impl Add<f32> for Var<'_> {
    type Output = Self;
    fn add(self, offset: f32) -> Self {
        self.affine(1.0, offset)
    }
}

impl Neg for Var<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.affine(-1.0, 0.0)
    }
}

/// A symbolic scalar of the whole batch: a mean, a constant, or arithmetic on these.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<'g> {
    pub(super) recorder: &'g Recorder,
    pub(super) id: usize,
}

impl Scalar<'_> {
    /// The identifier by which plans refer to this scalar.
    pub fn id(self) -> ScalarId {
        ScalarId(self.id)
    }

    /// Absolute value. Its gradient at 0 is 0.
    pub fn abs(self) -> Self {
        self.recorder.scalar(ScalarOp::Absolute(self.id))
    }
}

impl Add for Scalar<'_> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.recorder.scalar(ScalarOp::Add(self.id, other.id))
    }
}

impl Mul for Scalar<'_> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.recorder.scalar(ScalarOp::Multiply(self.id, other.id))
    }
}

impl Mul<f64> for Scalar<'_> {
    type Output = Self;
    fn mul(self, scale: f64) -> Self {
        self * self.recorder.constant(scale)
    }
}

impl Sub for Scalar<'_> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other * -1.0
    }
}
