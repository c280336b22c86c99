//! Compiles a program to a list of steps over a tile. Unneeded operations are pruned, activations fused, rows assigned.

mod gradient;
mod layers;
mod lowering;
mod step;

use std::ops::Range;

use self::lowering::Lowering;
pub(crate) use self::lowering::{MASK_ROW, ZERO_ROW};
pub(crate) use self::step::{Pass, Step};
use crate::level::Level;
use crate::objective::Objective;
use crate::program::{Program, ScalarId, VarId};

/// The part of a program that one purpose needs, compiled and ready to run.
///
/// [`Plan::forward`] computes means and values. [`Plan::gradient`] also computes the gradient of one objective by the
/// parameters of some networks. Operations that these do not need are left out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One pass, or two if the objective's derivatives depend on batch means, which the first pass computes.
    pub(crate) passes: Vec<Pass>,
    pub(crate) sources: Vec<String>,
    /// Variables whose means are taken, in slot order.
    pub(crate) means: Vec<usize>,
    /// Number of features of each output.
    pub(crate) outputs: Vec<usize>,
    pub(crate) objective: Option<Objective>,
    pub(crate) trained: Range<usize>,
    pub(crate) parameters: usize,
    pub(crate) level: Level,
}

impl Plan {
    /// Compiles a plan that computes the batch means of `means` (one feature each) and the values of `outputs`, at SIMD level
    /// `level`.
    ///
    /// # Panics
    /// If a variable in `means` has more than one feature.
    pub fn forward(program: &Program, means: &[VarId], outputs: &[VarId], level: Level) -> Self {
        let means: Vec<usize> = means.iter().map(|v| v.0).collect();
        assert!(
            means.iter().all(|v| program.nodes[*v].features == 1),
            "a mean needs a value with one feature: sum the features first"
        );
        let mut lowering = Lowering::new(program, level, &means, outputs);
        lowering.forward(&means, outputs);
        let sources = lowering.sources.clone();
        Self {
            passes: vec![lowering.finish()],
            sources,
            means,
            outputs: outputs.iter().map(|v| program.nodes[v.0].features).collect(),
            objective: None,
            trained: 0..0,
            parameters: program.layout().len(),
            level,
        }
    }

    /// Compiles a plan that computes `objective` and its gradient by the parameters of `networks` (see [`Layout::range`]).
    ///
    /// [`Layout::range`]: crate::Layout::range
    ///
    /// # Panics
    /// If the networks have no parameters, or if these are not contiguous in the layout.
    pub fn gradient(program: &Program, objective: ScalarId, networks: &[&str], level: Level) -> Self {
        let objective = Objective::new(program, objective);
        let means = objective.variables().to_vec();
        let trained = program.layout().range(networks);
        let mut passes = Vec::new();
        if !objective.is_affine() {
            let mut lowering = Lowering::new(program, level, &means, &[]);
            lowering.forward(&means, &[]);
            passes.push(lowering.finish());
        }
        let mut lowering = Lowering::new(program, level, &means, &[]);
        lowering.forward(&means, &[]);
        gradient::lower(&mut lowering, &means, &trained);
        let sources = lowering.sources.clone();
        passes.push(lowering.finish());
        Self {
            passes,
            sources,
            means,
            outputs: vec![],
            objective: Some(objective),
            trained,
            parameters: program.layout().len(),
            level,
        }
    }

    /// The parameters whose gradient the plan computes, as a range of the flat buffer. Empty for a forward plan.
    pub fn trained(&self) -> Range<usize> {
        self.trained.clone()
    }

    /// The largest number of rows in memory for a tile, 512 bytes each.
    pub fn rows(&self) -> usize {
        self.passes.iter().map(|pass| pass.rows).max().unwrap_or(0)
    }
}
