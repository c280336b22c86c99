//! Scalars of the batch: their values from the batch means, and their derivatives by each mean.

use crate::program::{Program, ScalarId, ScalarOp};

/// An objective as a function of batch means, with the memory to evaluate it.
#[derive(Clone, Debug)]
pub(crate) struct Objective {
    /// The recorded operations, with each mean's variable replaced by its slot.
    ops: Vec<ScalarOp>,
    /// The variables whose means it needs, in slot order.
    variables: Vec<usize>,
    values: Vec<f64>,
    adjoints: Vec<f64>,
}

impl Objective {
    pub(crate) fn new(program: &Program, root: ScalarId) -> Self {
        let mut ops = program.scalars[..=root.0].to_vec();
        let mut used = vec![false; ops.len()];
        used[root.0] = true;
        let mut variables = vec![];
        for i in (0..ops.len()).rev() {
            match &mut ops[i] {
                op if !used[i] => *op = ScalarOp::Constant(0.0),
                ScalarOp::Add(a, b) | ScalarOp::Multiply(a, b) => (used[*a], used[*b]) = (true, true),
                ScalarOp::Absolute(a) => used[*a] = true,
                ScalarOp::Constant(_) => {}
                ScalarOp::Mean(var) => {
                    let slot = variables.iter().position(|v| v == var).unwrap_or_else(|| {
                        variables.push(*var);
                        variables.len() - 1
                    });
                    *var = slot;
                }
            }
        }
        let (values, adjoints) = (vec![0.0; ops.len()], vec![0.0; ops.len()]);
        Self { ops, variables, values, adjoints }
    }

    /// The variables whose means it needs, in slot order.
    pub(crate) fn variables(&self) -> &[usize] {
        &self.variables
    }

    /// True if the derivatives do not depend on the means: one pass over the batch is then enough.
    pub(crate) fn is_affine(&self) -> bool {
        // For each scalar: whether it is constant, and whether it is affine.
        let mut kinds: Vec<(bool, bool)> = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            kinds.push(match *op {
                ScalarOp::Constant(_) => (true, true),
                ScalarOp::Mean(_) => (false, true),
                ScalarOp::Add(a, b) => (kinds[a].0 && kinds[b].0, kinds[a].1 && kinds[b].1),
                ScalarOp::Multiply(a, b) => {
                    let constant = kinds[a].0 && kinds[b].0;
                    (constant, (kinds[a].0 && kinds[b].1) || (kinds[b].0 && kinds[a].1))
                }
                ScalarOp::Absolute(a) => (kinds[a].0, kinds[a].0),
            });
        }
        kinds.last().is_none_or(|(_, affine)| *affine)
    }

    /// The objective's value at these means.
    pub(crate) fn value(&mut self, means: &[f64]) -> f64 {
        for (i, op) in self.ops.iter().enumerate() {
            self.values[i] = match *op {
                ScalarOp::Mean(slot) => means[slot],
                ScalarOp::Constant(value) => value,
                ScalarOp::Add(a, b) => self.values[a] + self.values[b],
                ScalarOp::Multiply(a, b) => self.values[a] * self.values[b],
                ScalarOp::Absolute(a) => self.values[a].abs(),
            };
        }
        self.values.last().copied().unwrap_or(0.0)
    }

    /// The objective's derivatives by the means, at these means.
    pub(crate) fn derivatives(&mut self, means: &[f64], derivatives: &mut [f64]) {
        self.value(means);
        derivatives.fill(0.0);
        self.adjoints.fill(0.0);
        if let Some(root) = self.adjoints.last_mut() {
            *root = 1.0;
        }
        for (i, op) in self.ops.iter().enumerate().rev() {
            let d = self.adjoints[i];
            match *op {
                ScalarOp::Mean(slot) => derivatives[slot] += d,
                ScalarOp::Constant(_) => {}
                ScalarOp::Add(a, b) => {
                    self.adjoints[a] += d;
                    self.adjoints[b] += d;
                }
                ScalarOp::Multiply(a, b) => {
                    self.adjoints[a] += d * self.values[b];
                    self.adjoints[b] += d * self.values[a];
                }
                ScalarOp::Absolute(a) if self.values[a] != 0.0 => {
                    self.adjoints[a] += d * self.values[a].signum();
                }
                ScalarOp::Absolute(_) => {}
            }
        }
    }
}
