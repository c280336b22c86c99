//! The definition of an experiment.

use super::recipes::Recipes;
use crate::paper::tables::Comparison;
use crate::paper::trials::{Group, Rows};

/// An experiment: its trials and how their rows are presented.
pub(in crate::paper) struct Definition {
    /// The name on the command line.
    pub(super) name: &'static str,
    /// The description, in one line.
    pub(super) words: &'static str,
    /// Default number of trainings per group, at the quick and at the full scale.
    pub(super) runs: (u64, u64),
    /// The trials.
    pub(super) groups: fn(&Recipes) -> Vec<Group>,
    /// A table in Markdown.
    pub(in crate::paper) table: fn(&Rows) -> String,
    /// The paper's or exactly known figures, compared with the measured ones. Called only if there are rows.
    pub(in crate::paper) compare: fn(&Rows) -> Vec<Comparison>,
    /// A picture as SVG.
    pub(in crate::paper) picture: fn(&Rows) -> String,
    /// Whether to show the learning curve of the first training instead, if that ran in the same folder.
    pub(in crate::paper) curve: bool,
}
