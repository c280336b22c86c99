//! Groups of trials, and their rows.

use super::row::Row;
use super::trial::Trial;

/// Trials that differ only in their seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What they have in common, as shown in tables.
    pub label: String,
    /// The same as a number, for charts: message bits, key bits, or steps of an attack.
    pub x: f64,
    /// The trials, one per seed.
    pub trials: Vec<Trial>,
}

/// The groups of an experiment, each with the rows of its finished trials.
#[derive(Clone, Debug)]
pub(in crate::paper) struct Rows {
    /// The groups in order.
    pub(in crate::paper) groups: Vec<(Group, Vec<Row>)>,
}

impl Rows {
    /// All rows, with the index of their group.
    pub(in crate::paper) fn rows(&self) -> impl Iterator<Item = (f64, &Row)> {
        self.groups.iter().flat_map(|(group, rows)| rows.iter().map(move |row| (group.x, row)))
    }

    /// The value of each row that has one, with the index of its group.
    pub(in crate::paper) fn points(&self, value: impl Fn(&Row) -> Option<f64>) -> Vec<(f64, f64)> {
        self.rows().filter_map(|(x, row)| Some((x, value(row)?))).collect()
    }
}
