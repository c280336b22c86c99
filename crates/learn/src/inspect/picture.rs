//! The heat maps of the outputs' changes.

use super::{Flips, Inspection};
use evesdrop_chart::{HeatMap, Shades};

/// Maximum number of rows per kind of bits, and of columns. Beyond that, neighbours share a cell.
const MOST: usize = 64;

/// Two maps with separate scales, because plaintext bits often move the outputs far less than key bits do.
pub(super) fn svg(inspection: &Inspection) -> String {
    let Inspection { bits, moves, .. } = inspection;
    let share = bits.div_ceil(MOST);
    let columns: Vec<String> = groups(*bits, share).map(|(first, last)| name("", first, last)).collect();
    let map = |kind: &str, flips: &Flips| {
        let rows = rows(&kind[..1], flips, share);
        let most = rows.iter().flat_map(|row| row.1.iter().copied()).fold(0.0, f64::max);
        let grouped = if rows.len() < flips.mean_change.len() || share > 1 { " Neighbours share a cell." } else { "" };
        HeatMap::new(format!("One {kind} bit flipped: mean change of Alice's outputs"), columns.clone(), rows)
            .note(format!(
                "Mean change over random messages: 0 if an output never moves, 2 if it always moves from end to end. Maximum {most:.3}.{grouped}"
            ))
            .titles("Alice's output", format!("{kind} bit flipped"), "mean change")
            .shades(Shades::Sequential, Some((0.0, round_up(most))))
            .width(if bits.min(&MOST) > &24 { 1080.0 } else { 860.0 })
    };
    HeatMap::stacked(&[map("plaintext", &moves.plaintext), map("key", &moves.key)])
}

/// The next of 1, 2 and 5 times a power of ten, at least 0.01 and at most 2, which is the largest possible change.
fn round_up(value: f64) -> f64 {
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0].into_iter().find(|step| value <= *step).unwrap_or(2.0)
}

/// Consecutive groups of `share` numbers below `count`, as first and last.
fn groups(count: usize, share: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).step_by(share).map(move |first| (first, count.min(first + share) - 1))
}

fn name(kind: &str, first: usize, last: usize) -> String {
    if first == last { format!("{kind}{first}") } else { format!("{kind}{first}–{last}") }
}

/// One row for each flipped bit, or for each group of them. Each cell is the mean over `share` outputs.
fn rows(kind: &str, flips: &Flips, share: usize) -> Vec<(String, Vec<f64>)> {
    let changes = &flips.mean_change;
    let row = |(first, last): (usize, usize)| {
        let outputs = changes[first].len();
        let cell = |(from, to): (usize, usize)| {
            let cells = changes[first..=last].iter().flat_map(|row| &row[from..=to]);
            cells.sum::<f64>() / ((last - first + 1) * (to - from + 1)) as f64
        };
        (name(kind, first, last), groups(outputs, share).map(cell).collect())
    };
    groups(changes.len(), changes.len().div_ceil(MOST)).map(row).collect()
}
