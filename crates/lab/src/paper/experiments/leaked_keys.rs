//! Experiments in which Eve gets some of the key bits.

use evesdrop_chart::{Axis, Chart, Series};
use evesdrop_learn::train::Settings;

use super::definition::Definition;
use super::recipes::Recipes;
use crate::paper::tables::{Comparison, means, table};
use crate::paper::trials::{Group, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "leaked-keys",
    words: "some of the key bits given to Eve",
    runs: (2, 5),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

/// The wrong bits that a one-time pad of 16 bits leaves to an Eve who knows `leaked` of its key bits.
fn pad(leaked: f64) -> f64 {
    (16.0 - leaked) / 2.0
}

fn groups(recipes: &Recipes) -> Vec<Group> {
    let group = |j: usize| {
        let settings = Settings { leaked_key_bits: Some(j), ..recipes.fixed.clone() };
        recipes.group(format!("{j} key bits leaked"), j as f64, &settings, |s| s.fresh = Some(recipes.three_kinds()))
    };
    (0..=16).step_by(recipes.pick(4, 1)).map(group).collect()
}

fn compare(results: &Rows) -> Vec<Comparison> {
    let over = results.points(Row::best).into_iter().map(|(leaked, wrong)| wrong - pad(leaked));
    let least = over.fold(f64::INFINITY, f64::min);
    vec![Comparison {
        what: "best fresh Eve's wrong bits minus those under a one-time pad, (16 - j) / 2, minimum",
        paper: "",
        yardstick: Some("0 or more".into()),
        measured: format!("{least:.3}"),
        agrees: Some(least >= 0.0),
    }]
}

/// Everybody's wrong bits against the number of key bits that Eve knows, with the one-time pad for comparison.
fn picture(results: &Rows) -> String {
    let series = |name: &str, value: fn(&Row) -> Option<f64>| {
        let points = results.points(value);
        Series::scatter(name, points.clone()).through(means(&points))
    };
    let axis = Axis::linear("key bits that Eve is given, j").ticks(results.groups.iter().map(|(group, _)| group.x));
    Chart::new(
        "Key bits given to Eve",
        axis,
        Axis::linear("wrong bits of 16").range(0.0, 8.2).ticks([0.0, 2.0, 4.0, 6.0, 8.0]),
    )
    .note("Dots: trainings. Lines: means. With a one-time pad and j known key bits, Eve has (16 - j) / 2 bits wrong.")
    .series(series("Bob", |row| row.bob_wrong_bits))
    .series(series("Eve of the training", |row| row.eve_wrong_bits))
    .series(series("best fresh Eve", Row::best))
    .level(8.0, "chance")
    .reference(vec![(0.0, pad(0.0)), (16.0, pad(16.0))], "one-time pad")
    .to_svg()
}
