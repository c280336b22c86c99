//! What defines an experiment.

use super::recipes::Recipes;
use crate::paper::tables::Comparison;
use crate::paper::trials::{Group, Rows};

/// An experiment: its trials, and how their rows are shown.
pub(in crate::paper) struct Definition {
    /// The name on the command line.
    pub(super) name: &'static str,
    /// What it is, in a line.
    pub(super) words: &'static str,
    /// Trainings of each group, at the quick and at the full scale, where the user does not say.
    pub(super) runs: (u64, u64),
    /// The trials.
    pub(super) groups: fn(&Recipes) -> Vec<Group>,
    /// A table in Markdown.
    pub(in crate::paper) table: fn(&Rows) -> String,
    /// The paper's figures, or known ones, beside the measured ones. Called only when there are rows.
    pub(in crate::paper) compare: fn(&Rows) -> Vec<Comparison>,
    /// A picture as SVG.
    pub(in crate::paper) picture: fn(&Rows) -> String,
    /// Show the learning curve of the first training instead, where that was run in the same folder.
    pub(in crate::paper) curve: bool,
}
