//! The heat map of how far outputs move.

use super::{Flips, Inspection};
use crate::chart::{HeatMap, Shades};

/// Most rows for the bits of one kind, and most columns; beyond that neighbours share a cell.
const MOST: usize = 64;

pub(super) fn svg(inspection: &Inspection) -> String {
    let Inspection { bits, key_bits, moves, .. } = inspection;
    let share = bits.div_ceil(MOST);
    let columns = groups(*bits, share).map(|(first, last)| name("", first, last)).collect();
    let mut rows = rows("p", &moves.plaintext, share);
    // A gap between the two kinds of bits.
    rows.push((String::new(), vec![]));
    rows.extend(self::rows("k", &moves.key, share));
    let most = rows.iter().flat_map(|row| row.1.iter().copied()).fold(0.0, f64::max);
    let grouped = if share > 1 || key_bits.div_ceil(MOST) > 1 { " (means of neighbours)" } else { "" };
    HeatMap::new(format!("How far Alice's outputs move when one bit flips{grouped}"), columns, rows)
        .titles("ciphertext value", "flipped: plaintext bits p, key bits k", "mean change")
        .shades(Shades::Sequential, Some((0.0, (most * 2.0).ceil().clamp(1.0, 4.0) / 2.0)))
        .width(if bits.min(&MOST) > &24 { 1080.0 } else { 860.0 })
        .to_svg()
}

/// Consecutive runs of `share` numbers below `count`, first and last.
fn groups(count: usize, share: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).step_by(share).map(move |first| (first, count.min(first + share) - 1))
}

fn name(kind: &str, first: usize, last: usize) -> String {
    if first == last { format!("{kind}{first}") } else { format!("{kind}{first}–{last}") }
}

/// One row for each flipped bit, or for each group of them; each cell the mean over `share` outputs.
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
