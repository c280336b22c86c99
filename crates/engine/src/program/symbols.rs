//! What a recorder hands out, and the operators on it.

use std::ops::{Add, Mul, Neg, Sub};

use super::{Binary, Op, Recorder, ScalarId, ScalarOp, Unary, VarId};
use crate::kernels::activation::Activation;

/// A symbolic value: some features for every example of the batch.
#[derive(Clone, Copy, Debug)]
pub struct Var<'g> {
    pub(super) recorder: &'g Recorder,
    pub(super) id: usize,
    pub(super) features: usize,
}

impl<'g> Var<'g> {
    /// The name by which plans know it.
    pub fn id(self) -> VarId {
        VarId(self.id)
    }

    /// Number of features.
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

    /// 1 / (1 + exp(-x)).
    pub fn sigmoid(self) -> Self {
        self.unary(Unary::Activation(Activation::Sigmoid))
    }

    /// Hyperbolic tangent.
    pub fn tanh(self) -> Self {
        self.unary(Unary::Activation(Activation::Tanh))
    }

    /// max(x, 0).
    pub fn relu(self) -> Self {
        self.leaky_relu(0.0)
    }

    /// x where positive, else `slope` x.
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

    /// +1 where x >= 0, else -1, with the straight-through gradient: as if it were x.
    pub fn sign(self) -> Self {
        self.unary(Unary::Sign)
    }

    /// cos x, for |x| up to 10,000; beyond, whatever the reduction by turns leaves of the precision.
    pub fn cos(self) -> Self {
        self.unary(Unary::Cosine)
    }

    /// arccos x, in 0 to pi; what lies outside [-1, 1] counts as the nearer end.
    ///
    /// Its slope has no bound at the ends. The gradient is taken with 1 - x^2 of at least 10^-6: a slope of at most 1000.
    pub fn acos(self) -> Self {
        self.unary(Unary::Arccosine)
    }

    /// scale x + offset.
    pub fn affine(self, scale: f32, offset: f32) -> Self {
        self.unary(Unary::Affine { scale, offset })
    }

    /// Sum over the features: one feature remains.
    pub fn sum(self) -> Self {
        self.recorder.push(Op::Sum(self.id), 1)
    }

    /// Features `start..start + len`. Costs nothing.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn slice(self, start: usize, len: usize) -> Self {
        assert!(start + len <= self.features, "slice {start}..{} of {} features", start + len, self.features);
        self.recorder.push(Op::Slice { input: self.id, start }, len)
    }

    /// Mean over the examples of the batch.
    ///
    /// # Panics
    /// If the value has more than one feature.
    pub fn mean(self) -> Scalar<'g> {
        assert_eq!(self.features, 1, "the mean over the batch is of one feature: sum first");
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

/// A symbolic scalar of the whole batch: means, and what is made of them.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<'g> {
    pub(super) recorder: &'g Recorder,
    pub(super) id: usize,
}

impl Scalar<'_> {
    /// The name by which plans know it.
    pub fn id(self) -> ScalarId {
        ScalarId(self.id)
    }

    /// Absolute value; its gradient at 0 is 0.
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
