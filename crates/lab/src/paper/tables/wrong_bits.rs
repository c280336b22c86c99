//! The table that most experiments use.

use std::fmt::Write;

use evesdrop_learn::run::Outcome;

use super::statistics::shown;
use crate::paper::trials::{DEPTHS, Leaked, Row, Rows};

/// The rows of trainings that met their goals.
pub(in crate::paper) fn trained(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| row.outcome == Outcome::Trained)
}

/// The median number of rounds, or `None` without rows.
pub(in crate::paper) fn median_rounds(rows: &[Row]) -> String {
    let mut rounds: Vec<u64> = rows.iter().map(|row| row.rounds).collect();
    rounds.sort_unstable();
    rounds.get(rounds.len() / 2).map_or(String::new(), u64::to_string)
}

/// One line per group: how many trainings succeeded, everybody's wrong bits and, if measured, the leakage.
pub(in crate::paper) fn table(results: &Rows) -> String {
    let leak = results.rows().any(|(_, row)| !row.leakage.is_empty());
    let mut text = String::from("| | trained | rounds | Bob wrong | Eve wrong | best fresh Eve wrong |");
    for depth in DEPTHS.iter().filter(|_| leak) {
        let _ = write!(
            text,
            " leaks at {depth} bit{} per value | at least | Bob wrong |",
            if *depth == 1 { "" } else { "s" }
        );
    }
    text += "\n|---|---|---|---|---|---|";
    text += if leak { "---|---|---|---|---|---|\n" } else { "\n" };
    for (group, rows) in &results.groups {
        let of = |value: &dyn Fn(&Row) -> Option<f64>| shown(&rows.iter().filter_map(value).collect::<Vec<_>>());
        let trained = trained(rows).count();
        let median = median_rounds(rows);
        let _ = write!(
            text,
            "| {} | {trained} of {} | {median} | {} | {} | {} |",
            group.label,
            rows.len(),
            of(&|row| row.bob_wrong_bits),
            of(&|row| row.eve_wrong_bits),
            of(&Row::best),
        );
        for depth in (0..DEPTHS.len()).filter(|_| leak) {
            let of = |value: &dyn Fn(&Leaked) -> f64| of(&|row| row.leakage.get(depth).map(value));
            let _ = write!(text, " {} | {} | {} |", of(&|l| l.bits), of(&|l| l.least), of(&|l| l.bob_wrong_bits));
        }
        text.push('\n');
    }
    text
}
