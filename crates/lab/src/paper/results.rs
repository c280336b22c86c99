//! The results of an experiment as a JSON object.

use std::path::Path;

use serde::Serialize;

use super::{Comparison, Experiment, Scale, Summary};

/// The object that `evesdrop paper EXPERIMENT --json` prints for each experiment.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Results {
    /// The experiment's name on the command line.
    pub experiment: &'static str,
    /// The scale that was run.
    pub scale: Scale,
    /// Number of finished trials.
    pub done: usize,
    /// Number of all trials.
    pub trials: usize,
    /// The paper's figures and the measured ones.
    pub comparisons: Vec<Comparison>,
    /// Path of the file with a row for every trial.
    pub csv: String,
}

impl Results {
    /// The object for one experiment. `csv` is the path of its rows.
    pub fn new(experiment: Experiment, scale: Scale, summary: &Summary, csv: &Path) -> Self {
        let (done, trials) = summary.done;
        let (experiment, comparisons) = (experiment.name(), summary.comparisons.clone());
        Self { experiment, scale, done, trials, comparisons, csv: csv.display().to_string() }
    }
}
