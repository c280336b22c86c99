//! One cipher attacked by Eves of growing strength.

use evesdrop_chart::{Axis, Chart, Series};
use evesdrop_learn::games::EveKind::{self, Deep, Product, Residual, Same, Wide};

use super::definition::Definition;
use super::recipes::Recipes;
use crate::paper::tables::{Comparison, means, table};
use crate::paper::trials::{Group, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "strong-eve",
    words: "one cipher attacked by Eves of growing strength",
    runs: (2, 5),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

/// Kinds of Eves, and the prefixes of their labels.
const KINDS: [(EveKind, &str); 5] =
    [(Same, "as Alice's"), (Wide, "wide"), (Deep, "deep"), (Residual, "residual"), (Product, "products")];

fn groups(recipes: &Recipes) -> Vec<Group> {
    let steps = recipes.pick([1000, 4000, 16_000], [1000, 10_000, 100_000]);
    let ladder = steps.into_iter().flat_map(|steps| KINDS.map(|(kind, words)| (steps, kind, words)));
    let group = |(steps, kind, words)| {
        let label = format!("{words}, {steps} steps");
        recipes.group(label, steps as f64, &recipes.fast, |s| s.fresh = Some(recipes.eves(&[kind], steps)))
    };
    ladder.map(group).collect()
}

fn compare(results: &Rows) -> Vec<Comparison> {
    let right = results.rows().filter_map(|(_, row)| row.best()).map(|wrong| 100.0 * (1.0 - wrong / 16.0));
    vec![Comparison {
        what: "bits that an Eve stronger than that of the training gets right, maximum",
        paper: "61 to 65 % (arXiv 2407.08831)",
        yardstick: None,
        measured: format!("{:.0} %", right.fold(0.0, f64::max)),
        agrees: None,
    }]
}

/// One line for each kind of Eve, against her training steps.
fn picture(results: &Rows) -> String {
    let steps = results.groups.iter().map(|(group, _)| group.x);
    let axis = Axis::log("training steps of the fresh Eve").ticks(steps);
    let chart =
        Chart::new("Eves of growing strength against the same ciphers", axis, Axis::linear("Eve's wrong bits of 16"))
            .note("One line for each kind of fresh Eve: the mean. Each dot is one cipher. Lower: Eve reads more.")
            .names_at_ends()
            .level(8.0, "chance");
    let trained = results.points(|row| row.eve_wrong_bits);
    let mean = trained.iter().map(|point| point.1).sum::<f64>() / trained.len().max(1) as f64;
    let line = |(_, words): (EveKind, &str)| {
        let of = |label: &str| label.split_once(", ").is_some_and(|(kind, _)| kind == words);
        let groups = results.groups.iter().filter(|(group, _)| of(&group.label));
        let points: Vec<(f64, f64)> =
            groups.flat_map(|(group, rows)| rows.iter().filter_map(|row: &Row| Some((group.x, row.best()?)))).collect();
        Series::scatter(words, points.clone()).through(means(&points))
    };
    let chart = KINDS.into_iter().map(line).fold(chart, Chart::series);
    if trained.is_empty() { chart } else { chart.level(mean, "Eve of the training") }.to_svg()
}
