//! Keys shorter than the message, with the exact leakage and Shannon's bound.

use evesdrop_chart::{Axis, Chart, Series};
use evesdrop_learn::train::Settings;

use super::definition::Definition;
use super::recipes::Recipes;
use crate::paper::tables::{Comparison, means, table};
use crate::paper::trials::{DEPTHS, Group, Leaked, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "short-keys",
    words: "keys shorter than the message, with the exact leakage and Shannon's bound",
    runs: (2, 5),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

fn groups(recipes: &Recipes) -> Vec<Group> {
    let group = |bits: usize| {
        let settings = Settings { key_bits: Some(bits), ..recipes.fixed.clone() };
        // All 16 message bits are varied where that is affordable.
        let varied = recipes.pick(22u32.saturating_sub(bits as u32).min(16), 16);
        let label = format!("key of {bits} bits, {varied} of 16 message bits varied for the leakage");
        recipes.group(label, bits as f64, &settings, |s| {
            s.fresh = Some(recipes.three_kinds());
            s.leakage = Some(varied);
        })
    };
    [16, 12, 8, 4].map(group).into()
}

fn compare(results: &Rows) -> Vec<Comparison> {
    let most = |leaked: &Leaked| leaked.interval.map_or(leaked.bits, |[_, high]| high);
    let over = results.rows().flat_map(|(_, row)| &row.leakage).map(|leaked| most(leaked) - leaked.least);
    let least = over.fold(f64::INFINITY, f64::min);
    vec![Comparison {
        what: "excess of the leakage over its lower bound (Shannon; Fano for Bob's errors), minimum",
        paper: "",
        yardstick: Some("0 or more".into()),
        measured: format!("{least:.3}"),
        agrees: Some(least >= -1e-9),
    }]
}

/// A chart of everybody's wrong bits against the key bits, and below it one of the leakage.
fn picture(results: &Rows) -> String {
    let keys = || results.groups.iter().map(|(group, _)| group.x);
    let axis = || Axis::linear("key bits").ticks(keys());
    let series = |name: &str, value: &dyn Fn(&Row) -> Option<f64>| {
        let points = results.points(value);
        Series::scatter(name, points.clone()).through(means(&points))
    };
    let lengths = [4.0, 16.0];
    let leak = |depth: usize| {
        let bob = results.points(|row| Some(row.leakage.get(depth)?.bob_wrong_bits));
        let bob = bob.iter().map(|point| point.1).sum::<f64>() / bob.len().max(1) as f64;
        let name =
            format!("{} bits per value (Bob has {bob:.1} of 16 wrong)", DEPTHS[depth]).replace("1 bits", "1 bit");
        series(&name, &|row| Some(row.leakage.get(depth)?.bits))
    };
    let wrong = Chart::new(
        "Keys shorter than the message of 16 bits",
        axis(),
        Axis::linear("wrong bits").range(0.0, 8.2).ticks([0.0, 2.0, 4.0, 6.0, 8.0]),
    )
    .note("Each dot is a training, each line the mean.")
    .series(series("Bob", &|row| row.bob_wrong_bits))
    .series(series("Eve of the training", &|row| row.eve_wrong_bits))
    .series(series("best fresh Eve", &Row::best))
    .level(8.0, "chance")
    .reference(lengths.map(|key| (key, key / 2.0)).into(), "pad on |K| bits")
    .size(760.0, 400.0);
    // The message bits that were varied, as stated by the trials.
    let varied = |group: &Group| group.trials.first().and_then(|trial| trial.specification.leakage).unwrap_or(16);
    let bound = |value: fn(f64, f64) -> f64| {
        let mut points: Vec<(f64, f64)> =
            results.groups.iter().map(|(group, _)| (group.x, value(f64::from(varied(group)), group.x))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    let leaks = Chart::new("What the ciphertext leaks", axis(), Axis::linear("message bits").range(0.0, 16.0).ticks([0.0, 4.0, 8.0, 12.0, 16.0]))
        .note(
            "Mutual information of message and ciphertext, for an unknown key. If Bob reads everything, the leakage is at least the number of \
             varied message bits minus the number of key bits (Shannon).",
        )
        .series(leak(1))
        .series(leak(0))
        .reference(bound(|varied, _| varied), "all varied bits")
        .reference(bound(|varied, key| (varied - key).max(0.0)), "lower bound if Bob reads")
        .size(760.0, 400.0);
    Chart::stacked(&[wrong, leaks])
}
