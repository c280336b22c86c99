//! Reverse mode: the backward half of a plan.
//!
//! Walks the program backwards. For every node that depends on a trained parameter, it adds the node's contribution to the
//! gradients of its inputs. Gradients are stored in rows like values. Views (concatenations and slices) have no gradient rows
//! of their own, so a gradient that is not needed, such as that of a key concatenated to a ciphertext, is never computed.

use std::collections::HashSet;
use std::ops::Range;

use super::lowering::{Lowering, ZERO_ROW, broadcast};
use super::step::Step;
use crate::kernels::linear::{Finish, Packing, Start, Tap};
use crate::kernels::outer::Outer;
use crate::kernels::pointwise::{Function, Pointwise, Rows};
use crate::program::{Binary, Conv, Op, Unary};

/// Appends the backward half to `lowering`, whose forward half is complete. `means` are the variables that the objective
/// depends on, in slot order. `trained` is the range of parameters whose gradient is requested.
pub(super) fn lower(lowering: &mut Lowering<'_>, means: &[usize], trained: &Range<usize>) {
    let count = lowering.program.nodes.len();
    let mut backward = Backward {
        reached: reached(lowering, trained),
        rows: vec![None; count],
        written: HashSet::new(),
        trained: trained.clone(),
        lowering,
    };
    for (slot, var) in means.iter().enumerate() {
        if let Some(row) = backward.row(*var, 0) {
            // Each variable has one seed and no earlier contribution, so the seed replaces. A view of a seeded row adds.
            let seed = if backward.written.insert(row) { row } else { backward.lowering.new_rows(1)[0] };
            backward.lowering.steps.push(Step::Seed { row: seed, slot });
            if seed != row {
                backward.add(Function::Affine { scale: 1.0, offset: 0.0 }, vec![(row, seed, seed)]);
            }
        }
    }
    for node in (0..count).rev() {
        backward.node(node);
    }
}

/// The needed nodes whose values depend on a trained parameter.
fn reached(lowering: &Lowering<'_>, trained: &Range<usize>) -> Vec<bool> {
    let program = lowering.program;
    let mut reached = vec![false; program.nodes.len()];
    for (i, node) in program.nodes.iter().enumerate() {
        let own = match node.op {
            Op::Dense { weight, .. } | Op::Conv { weight, .. } => {
                trained.contains(&program.layout().tensors()[weight].offset)
            }
            _ => false,
        };
        reached[i] = lowering.needed[i] && (own || node.op.inputs().iter().any(|input| reached[*input]));
    }
    reached
}

struct Backward<'l, 'p> {
    lowering: &'l mut Lowering<'p>,
    reached: Vec<bool>,
    /// Gradient rows of the nodes that are not views.
    rows: Vec<Option<Vec<u32>>>,
    /// Gradient rows that already hold a contribution.
    written: HashSet<u32>,
    trained: Range<usize>,
}

impl Backward<'_, '_> {
    /// The row that accumulates the gradient of one feature, or `None` if it is not needed.
    fn row(&mut self, node: usize, feature: usize) -> Option<u32> {
        if !self.reached[node] {
            return None;
        }
        match &self.lowering.program.nodes[node].op {
            Op::Slice { input, start } => self.row(*input, start + feature),
            Op::Concat(parts) => {
                let (mut part, mut feature) = (parts.iter(), feature);
                loop {
                    let node = *part.next()?;
                    let features = self.lowering.program.nodes[node].features;
                    if feature < features {
                        return self.row(node, feature);
                    }
                    feature -= features;
                }
            }
            _ => {
                if self.rows[node].is_none() {
                    let features = self.lowering.program.nodes[node].features;
                    self.rows[node] = Some(self.lowering.new_rows(features));
                }
                self.rows[node].as_ref().map(|rows| rows[feature])
            }
        }
    }

    /// Adds `function(a, b)` to each (output, a, b). The first contribution to a row replaces its old content.
    fn add(&mut self, function: Function, rows: Vec<(u32, u32, u32)>) {
        let (mut first, mut more) = (vec![], vec![]);
        for (output, a, b) in rows {
            let list = if self.written.insert(output) { &mut first } else { &mut more };
            list.push(Rows { output, a, b });
        }
        for (accumulate, rows) in [(false, first), (true, more)] {
            if !rows.is_empty() {
                self.lowering.steps.push(Step::Pointwise(Pointwise { function, accumulate, rows }));
            }
        }
    }

    /// Adds `function(dy, b)` to the gradient of `input`, feature by feature.
    fn add_to(&mut self, function: Function, input: usize, dy: &[u32], b: &[u32]) {
        let width = self.lowering.program.nodes[input].features;
        let rows = (0..dy.len().max(width))
            .filter_map(|f| {
                let output = self.row(input, if width == 1 { 0 } else { f })?;
                Some((output, broadcast(dy, f), broadcast(b, f)))
            })
            .collect();
        self.add(function, rows);
    }

    fn node(&mut self, node: usize) {
        let Some(dy) = self.rows[node].clone() else { return };
        let program = self.lowering.program;
        if !dy.iter().any(|row| self.written.contains(row)) {
            return;
        }
        let missing: Vec<u32> = dy.iter().copied().filter(|row| self.written.insert(*row)).collect();
        if !missing.is_empty() {
            self.lowering.steps.push(Step::Zero { rows: missing });
        }
        let identity = Function::Affine { scale: 1.0, offset: 0.0 };
        match program.nodes[node].op {
            Op::Source { .. } | Op::Concat(_) | Op::Slice { .. } => {}
            Op::Dense { input, weight, bias } => self.dense(input, weight, bias, &dy),
            Op::Conv { input, weight, bias, shape } => self.conv(input, weight, bias, shape, &dy),
            Op::Unary(unary, input) => {
                let x = self.lowering.values[input].clone();
                match unary {
                    Unary::Activation(_) if self.lowering.fused[input] == Some(node) => self.through(node, input, dy),
                    Unary::Activation(activation) => {
                        let y = self.lowering.values[node].clone();
                        self.add_to(Function::Through(activation), input, &dy, &y);
                    }
                    Unary::Affine { scale, .. } => {
                        self.add_to(Function::Affine { scale, offset: 0.0 }, input, &dy, &dy)
                    }
                    Unary::Absolute => self.add_to(Function::ThroughAbsolute, input, &dy, &x),
                    Unary::Square => self.add_to(Function::ThroughSquare, input, &dy, &x),
                    Unary::Sign => self.add_to(identity, input, &dy, &dy),
                    Unary::Cosine => self.add_to(Function::ThroughCosine, input, &dy, &x),
                    Unary::Arccosine => self.add_to(Function::ThroughArccosine, input, &dy, &x),
                }
            }
            Op::Binary(Binary::Multiply, a, b) => {
                let (x, y) = (self.lowering.values[a].clone(), self.lowering.values[b].clone());
                self.add_to(Function::Multiply, a, &dy, &y);
                self.add_to(Function::Multiply, b, &dy, &x);
            }
            Op::Binary(binary, a, b) => {
                self.add_to(identity, a, &dy, &dy);
                let scale = if binary == Binary::Add { 1.0 } else { -1.0 };
                self.add_to(Function::Affine { scale, offset: 0.0 }, b, &dy, &dy);
            }
            Op::Sum(input) => self.add_to(identity, input, &dy, &dy),
        }
    }

    /// Applies the derivative of an activation that was fused into its layer. This happens in place, or in the last step that
    /// wrote the gradient if that was a linear map over exactly these rows.
    fn through(&mut self, node: usize, layer: usize, dy: Vec<u32>) {
        let activation = self.lowering.activation(node);
        let y = self.lowering.values[node].clone();
        let names: HashSet<u32> = dy.iter().copied().collect();
        let writer = self.lowering.steps.iter_mut().rev().find_map(|step| {
            let mut writes = false;
            // `rows` takes a mutable step because plans rewrite rows through it. Nothing changes here.
            step.rows(|row, write| writes |= write && names.contains(row));
            writes.then_some(step)
        });
        match writer {
            Some(Step::Linear(linear))
                if matches!(linear.finish, Finish::Nothing)
                    && linear.rows.len() == dy.len()
                    && linear.rows.iter().all(|row| names.contains(row)) =>
            {
                let place = |row: &u32| dy.iter().position(|other| other == row).expect("the same rows");
                let values = linear.rows.iter().map(|row| y[place(row)]).collect();
                linear.finish = Finish::Derivative(activation, values);
            }
            _ => {
                let rows = dy.iter().zip(&y).map(|(dy, y)| Rows { output: *dy, a: *dy, b: *y }).collect();
                let function = Function::Through(activation);
                self.lowering.steps.push(Step::Pointwise(Pointwise { function, accumulate: false, rows }));
            }
        }
        self.rows[layer] = Some(dy);
    }

    /// The weight gradient of a layer, if it is trained.
    fn outer(&mut self, weight: usize, bias: usize, inputs: usize, outputs: usize, x: Vec<u32>, dy: &[u32]) {
        let tensors = self.lowering.program.layout().tensors();
        let place = |tensor: usize| tensors[tensor].offset.checked_sub(self.trained.start);
        if self.trained.contains(&tensors[weight].offset)
            && let (Some(weight), Some(bias)) = (place(weight), place(bias))
        {
            let (weight, bias) = (weight as u32, bias as u32);
            self.lowering.steps.push(Step::Outer(Outer { weight, bias, inputs, outputs, x, dy: dy.to_vec() }));
        }
    }

    fn dense(&mut self, input: usize, weight: usize, bias: usize, dy: &[u32]) {
        let x = self.lowering.values[input].clone();
        self.outer(weight, bias, x.len(), dy.len(), x.clone(), dy);
        let targets: Vec<(u32, u32)> = (0..x.len()).filter_map(|i| Some((i as u32, self.row(input, i)?))).collect();
        if targets.is_empty() {
            return;
        }
        let outputs = dy.len() as u32;
        let packing = Packing::new(
            self.lowering.program.layout().tensors()[weight].offset as u32,
            (0..outputs).collect(),
            targets.iter().map(|(i, _)| i * outputs).collect(),
            self.lowering.level,
        );
        let taps = dy.iter().zip(0..).map(|(row, weight)| Tap { row: *row, weight }).collect();
        self.linear(packing, taps, vec![outputs], targets.iter().map(|(_, row)| *row).collect());
    }

    fn conv(&mut self, input: usize, weight: usize, bias: usize, c: Conv, dy: &[u32]) {
        let x = self.lowering.values[input].clone();
        let length = x.len() / c.in_channels;
        let positions = c.out_length(length);
        let window: Vec<u32> = (0..positions)
            .flat_map(|p| (0..c.window).map(move |k| c.input_position(length, p, k)))
            .flat_map(|q| (0..c.in_channels).map(move |i| q.map(|q| q * c.in_channels + i)))
            .map(|place| place.map_or(ZERO_ROW, |place| x[place]))
            .collect();
        self.outer(weight, bias, c.window * c.in_channels, c.out_channels, window, dy);
        if !self.reached[input] {
            return;
        }
        let (mut taps, mut ends) = (vec![], vec![]);
        for q in 0..length {
            for p in 0..positions {
                for k in (0..c.window).filter(|k| c.input_position(length, p, *k) == Some(q)) {
                    taps.extend(
                        (0..c.out_channels)
                            .map(|o| Tap { row: dy[p * c.out_channels + o], weight: (k * c.out_channels + o) as u32 }),
                    );
                }
            }
            ends.push(taps.len() as u32);
        }
        let (channels, outputs) = (c.in_channels as u32, c.out_channels as u32);
        let packing = Packing::new(
            self.lowering.program.layout().tensors()[weight].offset as u32,
            (0..c.window as u32).flat_map(|k| (0..outputs).map(move |o| k * channels * outputs + o)).collect(),
            (0..channels).map(|i| i * outputs).collect(),
            self.lowering.level,
        );
        let targets =
            (0..x.len()).map(|i| self.row(input, i).unwrap_or_else(|| self.lowering.new_rows(1)[0])).collect();
        self.linear(packing, taps, ends, targets);
    }

    /// Adds a linear map of gradients to `targets`.
    fn linear(&mut self, packing: Packing, taps: Vec<Tap>, ends: Vec<u32>, targets: Vec<u32>) {
        let distinct: HashSet<u32> = targets.iter().copied().collect();
        if distinct.len() < targets.len() {
            // An input used twice, as in concat([x, x]), is accumulated through separate rows.
            let rows = self.lowering.new_rows(targets.len());
            let linear = self.lowering.linear(packing, taps, ends, rows.clone(), Start::Zero);
            self.lowering.steps.push(Step::Linear(linear));
            let sums = targets.iter().zip(&rows).map(|(target, row)| (*target, *row, *row)).collect();
            self.add(Function::Affine { scale: 1.0, offset: 0.0 }, sums);
            return;
        }
        let fresh: Vec<u32> = targets.iter().copied().filter(|row| self.written.insert(*row)).collect();
        let start = if fresh.len() == targets.len() { Start::Zero } else { Start::Output };
        if matches!(start, Start::Output) && !fresh.is_empty() {
            self.lowering.steps.push(Step::Zero { rows: fresh });
        }
        let linear = self.lowering.linear(packing, taps, ends, targets, start);
        self.lowering.steps.push(Step::Linear(linear));
    }
}
