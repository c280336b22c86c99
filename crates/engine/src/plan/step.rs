//! The steps of a plan.

use crate::kernels::linear::{Finish, Linear, Packing};
use crate::kernels::outer::Outer;
use crate::kernels::pointwise::{Pointwise, Rows};
use crate::program::SourceKind;

/// One traversal of the batch.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub steps: Vec<Step>,
    pub rows: usize,
    pub packings: Vec<Packing>,
}

/// One operation on every tile.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Source {
        kind: SourceKind,
        source: usize,
        rows: Vec<u32>,
    },
    Linear(Linear),
    /// See [`places`](crate::kernels::lookup::places).
    Places {
        inputs: Vec<u32>,
        outputs: Vec<u32>,
    },
    Outer(Outer),
    Pointwise(Pointwise),
    Sum {
        output: u32,
        rows: Vec<u32>,
    },
    Zero {
        rows: Vec<u32>,
    },
    /// Adds the row's sum over examples to mean `slot`.
    Mean {
        row: u32,
        slot: usize,
    },
    /// Starts the backward half: writes the derivative of the objective by this row for every example.
    Seed {
        row: u32,
        slot: usize,
    },
    Output {
        slot: usize,
        rows: Vec<u32>,
    },
}

impl Step {
    /// Calls `f` with every row that the step names, and whether the step writes it.
    pub(crate) fn rows(&mut self, mut f: impl FnMut(&mut u32, bool)) {
        let mut many = |rows: &mut [u32], write| rows.iter_mut().for_each(|row| f(row, write));
        match self {
            Self::Source { rows, .. } | Self::Zero { rows } => many(rows, true),
            Self::Output { rows, .. } => many(rows, false),
            Self::Mean { row, .. } => f(row, false),
            Self::Seed { row, .. } => f(row, true),
            Self::Sum { output, rows } => {
                many(rows, false);
                f(output, true);
            }
            Self::Places { inputs, outputs } => {
                many(inputs, false);
                many(outputs, true);
            }
            Self::Outer(outer) => {
                many(&mut outer.x, false);
                many(&mut outer.dy, false);
            }
            Self::Pointwise(pointwise) => {
                for Rows { output, a, b } in &mut pointwise.rows {
                    f(a, false);
                    f(b, false);
                    f(output, true);
                }
            }
            Self::Linear(linear) => {
                if let Finish::Derivative(_, values) = &mut linear.finish {
                    many(values, false);
                }
                linear.taps.iter_mut().for_each(|tap| f(&mut tap.row, false));
                linear.lookup.iter_mut().flat_map(|lookup| &mut lookup.rows).for_each(|row| f(row, false));
                linear.rows.iter_mut().for_each(|row| f(row, true));
            }
        }
    }
}
