//! Figure 2: one training, both errors against rounds.

use evesdrop_chart::{Axis, Strip, StripPlot};

use super::definition::Definition;
use super::recipes::Recipes;
use crate::paper::tables::{Comparison, table, trained};
use crate::paper::trials::{Group, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "fig2",
    words: "one training of the symmetric game: Bob's and Eve's errors against rounds",
    runs: (1, 1),
    groups,
    table,
    compare,
    picture,
    curve: true,
};

fn groups(recipes: &Recipes) -> Vec<Group> {
    vec![recipes.group("N = 16", 16.0, &recipes.paper, |_| {})]
}

fn compare(results: &Rows) -> Vec<Comparison> {
    let first = results.groups.iter().find_map(|(_, rows)| trained(rows).next());
    vec![Comparison {
        what: "rounds until the goals are met",
        paper: "by 15,000",
        yardstick: None,
        measured: first.map_or("not met".into(), |row| row.rounds.to_string()),
        agrees: Some(first.is_some_and(|row| row.rounds <= 15_000)),
    }]
}

/// If the rounds of the training are not available, its final errors.
fn picture(results: &Rows) -> String {
    let values =
        |value: fn(&crate::paper::trials::Row) -> Option<f64>| results.rows().filter_map(move |(_, row)| value(row));
    StripPlot::new(
        "The end of one training",
        Axis::linear("wrong bits of 16").range(0.0, 8.4).ticks([0.0, 2.0, 4.0, 6.0, 8.0]),
    )
    .level(8.0, "chance: 8")
    .row(Strip::new("Bob").dots(0, values(|row| row.bob_wrong_bits)))
    .row(Strip::new("Eve").dots(1, values(|row| row.eve_wrong_bits)))
    .to_svg()
}
