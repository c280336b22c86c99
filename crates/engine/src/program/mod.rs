//! Recording computations.
//!
//! A [`Recorder`] hands out [`Var`]s: symbolic values with a number of features for every example of a batch. Operators and
//! methods on them record operations. [`Recorder::finish`] returns the [`Program`], from which plans are made.

mod symbols;

use std::cell::RefCell;

pub use self::symbols::{Scalar, Var};
use crate::kernels::activation::Activation;
use crate::parameters::{Init, Layout};

/// Identifies a value of a program, also after the recorder is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub(crate) usize);

/// Identifies a scalar of a program, such as an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScalarId(pub(crate) usize);

/// The origin of a source's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Bits,
    Normals,
    Data,
    DataBits,
}

impl SourceKind {
    /// Whether all values are -1 or +1.
    pub(crate) fn is_bits(self) -> bool {
        matches!(self, Self::Bits | Self::DataBits)
    }
}

/// The shape of a 1-D convolution. Features are ordered by position; the channels of a position are adjacent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Number of input positions that one output sees, at least 1.
    pub window: usize,
    /// Channels per input position.
    pub in_channels: usize,
    /// Channels per output position.
    pub out_channels: usize,
    /// Distance in input positions between neighbouring outputs, at least 1.
    pub stride: usize,
}

impl Conv {
    /// Number of output positions for `length` input positions, with SAME padding: ceil(length / stride).
    pub fn out_length(&self, length: usize) -> usize {
        length.div_ceil(self.stride)
    }

    /// Zeros before the first position. With SAME padding an odd one goes after the last position.
    pub(crate) fn pad_before(&self, length: usize) -> usize {
        ((self.out_length(length) - 1) * self.stride + self.window).saturating_sub(length) / 2
    }

    /// The input position that tap `k` of output position `p` sees, or `None` for padding.
    pub(crate) fn input_position(&self, length: usize, p: usize, k: usize) -> Option<usize> {
        (p * self.stride + k).checked_sub(self.pad_before(length)).filter(|q| *q < length)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unary {
    Activation(Activation),
    Affine { scale: f32, offset: f32 },
    Absolute,
    Square,
    Sign,
    Cosine,
    Arccosine,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
}

/// One recorded operation. Tensors are indices into the layout.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    Source {
        kind: SourceKind,
        name: String,
    },
    Dense {
        input: usize,
        weight: usize,
        bias: usize,
    },
    Conv {
        input: usize,
        weight: usize,
        bias: usize,
        shape: Conv,
    },
    Unary(Unary, usize),
    /// Both operands have the same number of features, or one has a single feature, which is used for all.
    Binary(Binary, usize, usize),
    Sum(usize),
    Concat(Vec<usize>),
    Slice {
        input: usize,
        start: usize,
    },
}

impl Op {
    pub(crate) fn inputs(&self) -> Vec<usize> {
        match self {
            Self::Source { .. } => vec![],
            Self::Dense { input, .. } | Self::Conv { input, .. } | Self::Slice { input, .. } => vec![*input],
            Self::Unary(_, input) | Self::Sum(input) => vec![*input],
            Self::Binary(_, a, b) => vec![*a, *b],
            Self::Concat(inputs) => inputs.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub op: Op,
    pub features: usize,
}

/// One operation on scalars of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ScalarOp {
    /// Mean over the batch of a value with one feature.
    Mean(usize),
    Constant(f64),
    Add(usize, usize),
    Multiply(usize, usize),
    Absolute(usize),
}

/// A recorded program: operations on values, scalars of the batch, and the layout of the parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    pub(crate) nodes: Vec<Node>,
    pub(crate) scalars: Vec<ScalarOp>,
    layout: Layout,
}

impl Program {
    /// The names, shapes and offsets of the parameters.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of features of a value.
    pub fn features(&self, var: VarId) -> usize {
        self.nodes[var.0].features
    }
}

/// Records a program.
///
/// ```
/// use evesdrop_engine::{Init, Recorder};
/// let g = Recorder::new();
/// let x = g.bits("x", 8);
/// let y = g.dense("net.dense", x, 3, Init::Xavier { fan_in: 8, fan_out: 3 }).sigmoid();
/// assert_eq!(y.features(), 3);
/// let loss = y.square().sum().mean().id();
/// let program = g.finish();
/// assert_eq!(program.layout().len(), 8 * 3 + 3);
/// # let _ = loss;
/// ```
#[derive(Debug, Default)]
pub struct Recorder(RefCell<Program>);

impl Recorder {
    /// An empty program.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the recording and returns the program.
    pub fn finish(self) -> Program {
        self.0.into_inner()
    }

    fn push(&self, op: Op, features: usize) -> Var<'_> {
        assert!(features > 0, "a value needs at least one feature: {op:?}");
        let mut program = self.0.borrow_mut();
        program.nodes.push(Node { op, features });
        Var { recorder: self, id: program.nodes.len() - 1, features }
    }

    fn scalar(&self, op: ScalarOp) -> Scalar<'_> {
        let mut program = self.0.borrow_mut();
        program.scalars.push(op);
        Scalar { recorder: self, id: program.scalars.len() - 1 }
    }

    fn tensor(&self, name: String, shape: &[usize], init: Init) -> usize {
        self.0.borrow_mut().layout.push(name, shape.to_vec(), init)
    }

    fn source(&self, kind: SourceKind, name: &str, features: usize) -> Var<'_> {
        let op = Op::Source { kind, name: name.to_owned() };
        let taken =
            self.0.borrow().nodes.iter().any(|n| matches!(&n.op, Op::Source { name: other, .. } if other == name));
        assert!(!taken, "two sources are called {name}");
        self.push(op, features)
    }

    /// Uniform random bits coded -1 and +1, independent for every example, step and source name.
    ///
    /// # Panics
    /// If another source has this name, or `features` is 0.
    pub fn bits(&self, name: &str, features: usize) -> Var<'_> {
        self.source(SourceKind::Bits, name, features)
    }

    /// Independent standard normal numbers, different for every example, step and source name.
    ///
    /// # Panics
    /// If another source has this name, or `features` is 0.
    pub fn normals(&self, name: &str, features: usize) -> Var<'_> {
        self.source(SourceKind::Normals, name, features)
    }

    /// Values that the caller supplies through a [`Feed`](crate::Feed) when the program runs.
    ///
    /// # Panics
    /// If another source has this name, or `features` is 0.
    pub fn data(&self, name: &str, features: usize) -> Var<'_> {
        self.source(SourceKind::Data, name, features)
    }

    /// As [`Self::data`], for values that are all -1 or +1; layers process these faster. For other values the result is
    /// undefined: it depends on the processor, since some use only the sign.
    ///
    /// # Panics
    /// If another source has this name, or `features` is 0.
    pub fn data_bits(&self, name: &str, features: usize) -> Var<'_> {
        self.source(SourceKind::DataBits, name, features)
    }

    /// A dense layer x W + b. Its tensors are `name.weight` (inputs, outputs), initialised by `init`, and `name.bias`, zeros.
    ///
    /// # Panics
    /// If a tensor of that name exists, or `outputs` is 0.
    pub fn dense<'g>(&'g self, name: &str, input: Var<'g>, outputs: usize, init: Init) -> Var<'g> {
        let weight = self.tensor(format!("{name}.weight"), &[input.features, outputs], init);
        let bias = self.tensor(format!("{name}.bias"), &[outputs], Init::Zeros);
        self.push(Op::Dense { input: input.id, weight, bias }, outputs)
    }

    /// A 1-D convolution with SAME padding. Its tensors are `name.weight` (window, input channels, output channels),
    /// initialised by `init`, and `name.bias`, zeros.
    ///
    /// # Panics
    /// If a tensor of that name exists, if the number of input features is not a multiple of the input channels, or if the
    /// window or the stride is 0.
    pub fn conv<'g>(&'g self, name: &str, input: Var<'g>, shape: Conv, init: Init) -> Var<'g> {
        assert_eq!(input.features % shape.in_channels, 0, "{name}: features are not a multiple of the channels");
        assert!(shape.window > 0 && shape.stride > 0, "{name}: window and stride are at least 1");
        let dims = [shape.window, shape.in_channels, shape.out_channels];
        let weight = self.tensor(format!("{name}.weight"), &dims, init);
        let bias = self.tensor(format!("{name}.bias"), &[shape.out_channels], Init::Zeros);
        let positions = shape.out_length(input.features / shape.in_channels);
        self.push(Op::Conv { input: input.id, weight, bias, shape }, positions * shape.out_channels)
    }

    /// The features of all `parts`, in order. No value is copied.
    ///
    /// # Panics
    /// If `parts` is empty.
    pub fn concat<'g>(&'g self, parts: &[Var<'g>]) -> Var<'g> {
        let features = parts.iter().map(|v| v.features).sum();
        self.push(Op::Concat(parts.iter().map(|v| v.id).collect()), features)
    }

    /// A scalar that does not depend on the batch.
    pub fn constant(&self, value: f64) -> Scalar<'_> {
        self.scalar(ScalarOp::Constant(value))
    }
}
