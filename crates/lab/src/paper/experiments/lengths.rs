//! Messages of 16, 32, 64 bits and more, and a smaller batch.

use evesdrop_attack::report::clopper_pearson;
use evesdrop_chart::{Axis, Strip, StripPlot};
use evesdrop_learn::train::Settings;

use super::definition::Definition;
use super::recipes::{KEPT_OUT, Recipes};
use crate::paper::tables::{Comparison, counted, proportion, table, trained};
use crate::paper::trials::{Group, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "lengths",
    words: "messages of 16, 32, 64 bits and more, and a smaller batch",
    runs: (2, 5),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

fn groups(recipes: &Recipes) -> Vec<Group> {
    let lengths: &[usize] = recipes.pick(&[16, 32, 64], &[16, 32, 64, 128, 256]);
    let recipe = recipes.pick(&recipes.fast, &recipes.paper);
    let of = |label: String, n: usize, batch: Option<usize>| {
        let settings = Settings { bits: Some(n), batch: batch.or(recipe.batch), ..recipe.clone() };
        recipes.group(label, n as f64, &settings, |s| {
            // At the full scale, five Eves against one pair of 256 bits would take four days on one core.
            s.fresh = (n <= 64).then(|| recipes.five());
            s.fresh_if_trained = true;
        })
    };
    let mut groups: Vec<Group> = lengths.iter().map(|&n| of(format!("N = {n}"), n, None)).collect();
    groups.push(of("N = 16, batch 512".into(), 16, Some(512)));
    groups
}

fn compare(results: &Rows) -> Vec<Comparison> {
    let succeeded = |label: &str| {
        let (group, rows) = results.groups.iter().find(|(group, _)| group.label == label).expect("a group of lengths");
        let wanted = KEPT_OUT / 16.0 * group.x;
        (rows.iter().filter_map(Row::best).filter(|wrong| *wrong >= wanted).count(), rows.len())
    };
    let (small, sixteen, long) = (succeeded("N = 16, batch 512"), succeeded("N = 16"), succeeded("N = 64"));
    let [_, high] = clopper_pearson(long.0 as u64, long.1 as u64, 0.95);
    vec![
        proportion("batch 512: Bob reads and fresh Eves have 6 bits wrong", ("1 of 3", 1.0 / 3.0), small.0, small.1),
        Comparison {
            what: "N = 64: the same with 24 bits wrong, compared with N = 16",
            paper: "somewhat more often",
            yardstick: None,
            measured: format!("{}; N = 16 {}", counted(long.0, long.1), counted(sixteen.0, sixteen.1)),
            agrees: (sixteen.1 > 0).then(|| high >= sixteen.0 as f64 / sixteen.1 as f64),
        },
    ]
}

/// One row per length: everybody's wrong bits as a percentage of the message.
fn picture(results: &Rows) -> String {
    let plot = StripPlot::new(
        "Messages of other lengths",
        Axis::linear("wrong bits, % of the message").range(0.0, 52.0),
    )
    .note("Each dot is a training. A cipher keeps fresh Eves out if the best of five has 6 of 16 bits or more wrong.")
    .series("Bob")
    .series("Eve of the training")
    .series("best of five fresh Eves")
    .level(100.0 * KEPT_OUT / 16.0, "kept out: 37.5 %")
    .level(50.0, "chance: 50 %");
    let rows = results.groups.iter().map(|(group, rows)| {
        let of = |value: fn(&Row) -> Option<f64>| {
            rows.iter().filter_map(value).map(|wrong| 100.0 * wrong / group.x).collect::<Vec<_>>()
        };
        Strip::new(group.label.clone())
            .dots(0, of(|row| row.bob_wrong_bits))
            .dots(1, of(|row| row.eve_wrong_bits))
            .dots(2, of(Row::best))
            .note(format!("{} of {} trained", trained(rows).count(), rows.len()))
    });
    rows.fold(plot, StripPlot::row).to_svg()
}
