//! The naive reference: a program evaluated in f64, one example after another, exactly as defined.
//!
//! It is slow and simple. The fast kernels must agree with it, and finite differences are taken of it.

use crate::kernels::activation::Activation;
use crate::kernels::{Row, TILE};
use crate::level::Level;
use crate::objective::Objective;
use crate::program::{Binary, Op, Program, ScalarId, SourceKind, Unary, VarId};
use crate::random::Stream;
use crate::run::Feed;

/// All values of a program on one batch.
#[derive(Clone, Debug)]
pub struct Evaluation<'p> {
    program: &'p Program,
    /// For each node: its values, example after example.
    values: Vec<Vec<Vec<f64>>>,
}

/// Evaluates `program` on the same batch that a [`Runner`](crate::Runner) with this `seed` computes at `step`.
///
/// # Panics
/// If the length of `parameters` differs from the program's layout, or if `feed` lacks a data source.
pub fn evaluate<'p>(
    program: &'p Program,
    parameters: &[f64],
    batch: usize,
    seed: u64,
    step: u64,
    feed: &dyn Feed,
) -> Evaluation<'p> {
    assert_eq!(parameters.len(), program.layout().len(), "parameters of another program");
    let tensor = |i: usize| &parameters[program.layout().tensors()[i].range()];
    let mut values: Vec<Vec<Vec<f64>>> = vec![];
    for node in &program.nodes {
        let features = node.features;
        let sources = matches!(node.op, Op::Source { .. }).then(|| source(node, batch, seed, step, feed));
        let example = |e: usize| -> Vec<f64> {
            match &node.op {
                Op::Source { .. } => sources.as_ref().expect("made above")[e].clone(),
                Op::Dense { input, weight, bias } => {
                    let (x, w, b) = (&values[*input][e], tensor(*weight), tensor(*bias));
                    (0..features)
                        .map(|o| b[o] + x.iter().enumerate().map(|(i, x)| x * w[i * features + o]).sum::<f64>())
                        .collect()
                }
                Op::Conv { input, weight, bias, shape: c } => {
                    let (x, w, b) = (&values[*input][e], tensor(*weight), tensor(*bias));
                    let length = x.len() / c.in_channels;
                    let padding = ((length.div_ceil(c.stride) - 1) * c.stride + c.window).saturating_sub(length) / 2;
                    let mut y = vec![];
                    for p in 0..length.div_ceil(c.stride) {
                        for o in 0..c.out_channels {
                            let mut sum = b[o];
                            for k in 0..c.window {
                                let q = (p * c.stride + k) as isize - padding as isize;
                                if q < 0 || q >= length as isize {
                                    continue;
                                }
                                for i in 0..c.in_channels {
                                    let weight = w[(k * c.in_channels + i) * c.out_channels + o];
                                    sum += weight * x[q as usize * c.in_channels + i];
                                }
                            }
                            y.push(sum);
                        }
                    }
                    y
                }
                Op::Unary(op, input) => values[*input][e].iter().map(|x| unary(*op, *x)).collect(),
                Op::Binary(op, a, b) => {
                    let (a, b) = (&values[*a][e], &values[*b][e]);
                    let pick = |v: &[f64], f: usize| if v.len() == 1 { v[0] } else { v[f] };
                    (0..features)
                        .map(|f| match op {
                            Binary::Add => pick(a, f) + pick(b, f),
                            Binary::Subtract => pick(a, f) - pick(b, f),
                            Binary::Multiply => pick(a, f) * pick(b, f),
                        })
                        .collect()
                }
                Op::Sum(input) => vec![values[*input][e].iter().sum()],
                Op::Concat(parts) => parts.iter().flat_map(|part| values[*part][e].clone()).collect(),
                Op::Slice { input, start } => values[*input][e][*start..start + features].to_vec(),
            }
        };
        let all = (0..batch).map(example).collect();
        values.push(all);
    }
    Evaluation { program, values }
}

impl Evaluation<'_> {
    /// The features of one variable for one example, in f64.
    pub fn value(&self, var: VarId, example: usize) -> &[f64] {
        &self.values[var.0][example]
    }

    /// The value of an objective over the batch.
    pub fn scalar(&self, scalar: ScalarId) -> f64 {
        let mut objective = Objective::new(self.program, scalar);
        let mean = |var: &usize| {
            let examples = &self.values[*var];
            examples.iter().map(|x| x[0]).sum::<f64>() / examples.len() as f64
        };
        let means: Vec<f64> = objective.variables().iter().map(mean).collect();
        objective.value(&means)
    }
}

fn unary(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Activation(Activation::Sigmoid) => 1.0 / (1.0 + (-x).exp()),
        Unary::Activation(Activation::Tanh) => x.tanh(),
        Unary::Activation(Activation::LeakyRelu(slope)) => {
            if x > 0.0 {
                x
            } else {
                x * f64::from(slope)
            }
        }
        Unary::Affine { scale, offset } => x * f64::from(scale) + f64::from(offset),
        Unary::Absolute => x.abs(),
        Unary::Square => x * x,
        Unary::Cosine => x.cos(),
        Unary::Arccosine => x.clamp(-1.0, 1.0).acos(),
        Unary::Sign => {
            if x >= 0.0 {
                1.0
            } else {
                -1.0
            }
        }
    }
}

/// Sources draw the same values as in the runner.
fn source(node: &crate::program::Node, batch: usize, seed: u64, step: u64, feed: &dyn Feed) -> Vec<Vec<f64>> {
    let Op::Source { kind, name } = &node.op else { unreachable!("called for sources") };
    let stream = Stream::new(seed, &format!("source {name}"));
    let scalar = Level::available()[0];
    let rows: Vec<u32> = (0..node.features as u32).collect();
    let mut examples = vec![];
    for tile in 0..batch.div_ceil(TILE) {
        let mut arena = vec![Row::ZERO; node.features];
        match kind {
            SourceKind::Bits => stream.bits(scalar, (step, tile as u64), &mut arena, &rows),
            SourceKind::Normals => stream.normals((step, tile as u64), &mut arena, &rows),
            SourceKind::Data | SourceKind::DataBits => {
                arena.iter_mut().enumerate().for_each(|(f, row)| feed.fill(name, tile, f, row.values_mut()));
            }
        }
        for lane in 0..TILE.min(batch - tile * TILE) {
            examples.push(arena.iter().map(|row| f64::from(row.values()[lane])).collect());
        }
    }
    examples
}
