//! Building a plan: the forward half of a program, step by step.

use std::collections::HashSet;

use super::step::{Pass, Step};
use crate::kernels::activation::Activation;
use crate::kernels::linear::{Finish, Linear, Packing};
use crate::kernels::pointwise::{Function, Pointwise, Rows};
use crate::level::Level;
use crate::program::{Binary, Op, Program, Unary, VarId};

/// The row that is always zero; padding reads it.
pub(crate) const ZERO_ROW: u32 = 0;
/// The row that is 1 for examples of the batch and 0 for the padding of the last tile.
pub(crate) const MASK_ROW: u32 = 1;
/// The first row that the plan assigns.
const FIRST_ROW: u32 = 2;

/// A plan under construction. Rows are virtual and written for one purpose each, until [`Lowering::finish`] assigns real rows.
pub(crate) struct Lowering<'p> {
    pub program: &'p Program,
    pub steps: Vec<Step>,
    pub level: Level,
    /// Nodes that the requested values depend on.
    pub needed: Vec<bool>,
    /// For a dense layer or convolution whose only user is an activation: the activation's node.
    pub fused: Vec<Option<usize>>,
    /// Rows of each node's value.
    pub values: Vec<Vec<u32>>,
    /// For each node: whether its values lie in -1 to 1 for any parameters.
    bounded: Vec<bool>,
    /// Rows of bits, coded -1 and +1.
    pub bits: HashSet<u32>,
    pub sources: Vec<String>,
    packings: Vec<Packing>,
    next_row: u32,
}

impl<'p> Lowering<'p> {
    pub(super) fn new(program: &'p Program, level: Level, means: &[usize], outputs: &[VarId]) -> Self {
        let count = program.nodes.len();
        let mut needed = vec![false; count];
        let mut consumers = vec![0; count];
        for wanted in means.iter().copied().chain(outputs.iter().map(|v| v.0)) {
            needed[wanted] = true;
            consumers[wanted] += 1;
        }
        let mut fused = vec![None; count];
        for node in (0..count).rev() {
            if needed[node] {
                for input in program.nodes[node].op.inputs() {
                    needed[input] = true;
                    consumers[input] += 1;
                }
            }
        }
        for node in (0..count).filter(|n| needed[*n]) {
            if let Op::Unary(Unary::Activation(_), input) = program.nodes[node].op
                && matches!(program.nodes[input].op, Op::Dense { .. } | Op::Conv { .. })
                && consumers[input] == 1
            {
                fused[input] = Some(node);
            }
        }
        Self {
            program,
            steps: vec![],
            level,
            needed,
            fused,
            values: vec![vec![]; count],
            bounded: bounded(program),
            bits: HashSet::new(),
            sources: vec![],
            packings: vec![],
            next_row: FIRST_ROW,
        }
    }

    pub(crate) fn new_rows(&mut self, count: usize) -> Vec<u32> {
        let first = self.next_row;
        self.next_row += count as u32;
        (first..self.next_row).collect()
    }

    pub(crate) fn push_packing(&mut self, packing: Packing) -> usize {
        self.packings.push(packing);
        self.packings.len() - 1
    }

    pub(super) fn forward(&mut self, means: &[usize], outputs: &[VarId]) {
        for node in 0..self.program.nodes.len() {
            if self.needed[node] && self.values[node].is_empty() {
                self.forward_node(node);
            }
        }
        for (slot, var) in means.iter().enumerate() {
            self.steps.push(Step::Mean { row: self.values[*var][0], slot });
        }
        for (slot, var) in outputs.iter().enumerate() {
            self.steps.push(Step::Output { slot, rows: self.values[var.0].clone() });
        }
    }

    fn forward_node(&mut self, node: usize) {
        let program = self.program;
        let features = program.nodes[node].features;
        match &program.nodes[node].op {
            Op::Source { kind, name } => {
                self.values[node] = self.new_rows(features);
                let (kind, source, rows) = (*kind, self.sources.len(), self.values[node].clone());
                self.sources.push(name.clone());
                if kind.is_bits() {
                    self.bits.extend(&rows);
                }
                self.steps.push(Step::Source { kind, source, rows });
            }
            Op::Concat(parts) => {
                self.values[node] = parts.iter().flat_map(|part| self.values[*part].clone()).collect();
            }
            Op::Slice { input, start } => {
                self.values[node] = self.values[*input][*start..start + features].to_vec();
            }
            Op::Dense { input, weight, bias } => {
                let (linear, rows) = self.dense(node, *input, *weight, *bias);
                self.push_fused(node, *input, linear, rows);
            }
            Op::Conv { input, weight, bias, shape } => {
                let (linear, rows) = self.conv(node, *input, *weight, *bias, *shape);
                self.push_fused(node, *input, linear, rows);
            }
            Op::Unary(unary, input) => {
                let function = match *unary {
                    Unary::Activation(activation) => Function::Activate(activation),
                    Unary::Affine { scale, offset } => Function::Affine { scale, offset },
                    Unary::Absolute => Function::Absolute,
                    Unary::Square => Function::Square,
                    Unary::Sign => Function::Sign,
                    Unary::Cosine => Function::Cosine,
                    Unary::Arccosine => Function::Arccosine,
                };
                self.push_pointwise(node, function, *input, *input);
                if function == Function::Sign {
                    self.bits.extend(&self.values[node]);
                }
            }
            Op::Binary(binary, a, b) => {
                let function = match binary {
                    Binary::Add => Function::Add,
                    Binary::Subtract => Function::Subtract,
                    Binary::Multiply => Function::Multiply,
                };
                self.push_pointwise(node, function, *a, *b);
            }
            Op::Sum(input) => {
                self.values[node] = self.new_rows(1);
                self.steps.push(Step::Sum { output: self.values[node][0], rows: self.values[*input].clone() });
            }
        }
    }

    fn push_pointwise(&mut self, node: usize, function: Function, a: usize, b: usize) {
        self.values[node] = self.new_rows(self.program.nodes[node].features);
        let rows = self.values[node]
            .iter()
            .enumerate()
            .map(|(f, output)| Rows {
                output: *output,
                a: broadcast(&self.values[a], f),
                b: broadcast(&self.values[b], f),
            })
            .collect();
        self.steps.push(Step::Pointwise(Pointwise { function, accumulate: false, rows }));
    }

    /// The value of a fused layer is that of its activation: the sum before the activation is never stored.
    fn push_fused(&mut self, node: usize, input: usize, mut linear: Linear, rows: Vec<u32>) {
        linear.bounded = self.bounded[input];
        if let Some(activation) = self.fused[node] {
            let function = self.activation(activation);
            linear.finish = Finish::Activate(function);
            linear.packings().for_each(|part| self.packings[part].scale = function.scale());
            self.values[activation] = rows.clone();
        }
        self.values[node] = rows;
        self.steps.push(Step::Linear(linear));
    }

    pub(crate) fn activation(&self, node: usize) -> Activation {
        match self.program.nodes[node].op {
            Op::Unary(Unary::Activation(activation), _) => activation,
            _ => unreachable!("only activations are fused"),
        }
    }

    /// Replaces virtual rows by real ones. A real row is reused once its value is no longer needed.
    pub(super) fn finish(self) -> Pass {
        let mut steps = self.steps;
        let mut last_use = vec![0; self.next_row as usize];
        for (i, step) in steps.iter_mut().enumerate() {
            step.rows(|row, _| last_use[*row as usize] = i);
        }
        let mut real: Vec<Option<u32>> = vec![None; self.next_row as usize];
        (real[ZERO_ROW as usize], real[MASK_ROW as usize]) = (Some(ZERO_ROW), Some(MASK_ROW));
        let mut free: Vec<u32> = vec![];
        let mut count = FIRST_ROW;
        for (i, step) in steps.iter_mut().enumerate() {
            let mut done = vec![];
            step.rows(|row, write| {
                let place = *row as usize;
                if real[place].is_none() {
                    assert!(write, "row {place} is read before it is written");
                    real[place] = free.pop().or_else(|| {
                        count += 1;
                        Some(count - 1)
                    });
                }
                if last_use[place] == i && place >= FIRST_ROW as usize {
                    done.push(place);
                    last_use[place] = usize::MAX; // a step may name a row twice
                }
                *row = real[place].expect("assigned above");
            });
            free.extend(done.iter().rev().map(|place| real[*place].expect("assigned above")));
        }
        Pass { steps, rows: count as usize, packings: self.packings }
    }
}

/// For each node: whether its values lie in -1 to 1 for any parameters.
fn bounded(program: &Program) -> Vec<bool> {
    let mut bounded: Vec<bool> = vec![];
    for node in &program.nodes {
        let known = match &node.op {
            Op::Source { kind, .. } => kind.is_bits(),
            Op::Unary(Unary::Activation(Activation::Sigmoid | Activation::Tanh) | Unary::Sign, _) => true,
            Op::Concat(parts) => parts.iter().all(|part| bounded[*part]),
            Op::Slice { input, .. } => bounded[*input],
            _ => false,
        };
        bounded.push(known);
    }
    bounded
}

/// The row of feature `f`. A value with one feature is used for all features.
pub(crate) fn broadcast(rows: &[u32], f: usize) -> u32 {
    if rows.len() == 1 { rows[0] } else { rows[f] }
}
