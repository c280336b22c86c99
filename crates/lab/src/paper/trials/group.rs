//! Trials that belong together, and their rows.

use super::row::Row;
use super::trial::Trial;

/// Trials that differ in their seed only.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they have in common, as the table says it.
    pub label: String,
    /// The same as a number, for the picture: bits of a message, bits of a key, steps of an attack.
    pub x: f64,
    /// One for each seed.
    pub trials: Vec<Trial>,
}

/// The groups of an experiment, each with the rows of the trials that are done.
#[derive(Clone, Debug)]
pub(in crate::paper) struct Rows {
    /// Group after group.
    pub(in crate::paper) groups: Vec<(Group, Vec<Row>)>,
}

impl Rows {
    /// All rows, with the number of their group.
    pub(in crate::paper) fn rows(&self) -> impl Iterator<Item = (f64, &Row)> {
        self.groups.iter().flat_map(|(group, rows)| rows.iter().map(move |row| (group.x, row)))
    }

    /// Each row's value, where it has one, with the number of its group.
    pub(in crate::paper) fn points(&self, value: impl Fn(&Row) -> Option<f64>) -> Vec<(f64, f64)> {
        self.rows().filter_map(|(x, row)| Some((x, value(row)?))).collect()
    }
}
