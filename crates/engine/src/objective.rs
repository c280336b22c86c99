//! Scalars of the batch: their values from the means, and their derivatives by each mean.

use crate::program::{Program, ScalarId, ScalarOp};

/// An objective as a function of the batch means of some variables.
#[derive(Clone, Debug)]
pub(crate) struct Objective {
    ops: Vec<ScalarOp>,
    root: usize,
}

impl Objective {
    pub(crate) fn new(program: &Program, root: ScalarId) -> Self {
        Self { ops: program.scalars[..=root.0].to_vec(), root: root.0 }
    }

    fn used(&self) -> Vec<bool> {
        let mut used = vec![false; self.ops.len()];
        used[self.root] = true;
        for i in (0..self.ops.len()).rev() {
            if used[i] {
                match self.ops[i] {
                    ScalarOp::Add(a, b) | ScalarOp::Multiply(a, b) => (used[a], used[b]) = (true, true),
                    ScalarOp::Absolute(a) => used[a] = true,
                    ScalarOp::Mean(_) | ScalarOp::Constant(_) => {}
                }
            }
        }
        used
    }

    /// The variables whose means it needs, each once.
    pub(crate) fn variables(&self) -> Vec<usize> {
        let used = self.used();
        let mut vars: Vec<usize> = Vec::new();
        for (op, used) in self.ops.iter().zip(used) {
            if let (ScalarOp::Mean(var), true) = (op, used)
                && !vars.contains(var)
            {
                vars.push(*var);
            }
        }
        vars
    }

    /// True if the derivatives do not depend on the means, so that one pass over the batch is enough.
    pub(crate) fn is_affine(&self) -> bool {
        let mut constant = Vec::with_capacity(self.ops.len());
        let mut affine = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            let (c, a) = match *op {
                ScalarOp::Constant(_) => (true, true),
                ScalarOp::Mean(_) => (false, true),
                ScalarOp::Add(a, b) => (constant[a] && constant[b], affine[a] && affine[b]),
                ScalarOp::Multiply(a, b) => {
                    (constant[a] && constant[b], (constant[a] && affine[b]) || (constant[b] && affine[a]))
                }
                ScalarOp::Absolute(a) => (constant[a], constant[a]),
            };
            constant.push(c);
            affine.push(a);
        }
        affine[self.root]
    }

    fn values(&self, mean_of: &dyn Fn(usize) -> f64) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            values.push(match *op {
                ScalarOp::Mean(var) => mean_of(var),
                ScalarOp::Constant(value) => value,
                ScalarOp::Add(a, b) => values[a] + values[b],
                ScalarOp::Multiply(a, b) => values[a] * values[b],
                ScalarOp::Absolute(a) => values[a].abs(),
            });
        }
        values
    }

    /// Its value, given the mean of each variable.
    pub(crate) fn value(&self, mean_of: &dyn Fn(usize) -> f64) -> f64 {
        self.values(mean_of)[self.root]
    }

    /// Its derivative by the mean of `variable`.
    pub(crate) fn derivative(&self, mean_of: &dyn Fn(usize) -> f64, variable: usize) -> f64 {
        let values = self.values(mean_of);
        let mut adjoint = vec![0.0; self.ops.len()];
        adjoint[self.root] = 1.0;
        let mut result = 0.0;
        for (i, op) in self.ops.iter().enumerate().rev() {
            let d = adjoint[i];
            match *op {
                ScalarOp::Mean(var) if var == variable => result += d,
                ScalarOp::Mean(_) | ScalarOp::Constant(_) => {}
                ScalarOp::Add(a, b) => {
                    adjoint[a] += d;
                    adjoint[b] += d;
                }
                ScalarOp::Multiply(a, b) => {
                    adjoint[a] += d * values[b];
                    adjoint[b] += d * values[a];
                }
                ScalarOp::Absolute(a) if values[a] != 0.0 => adjoint[a] += d * values[a].signum(),
                ScalarOp::Absolute(_) => {}
            }
        }
        result
    }
}
