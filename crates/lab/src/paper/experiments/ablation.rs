//! What figure 3 depends on: the same experiment with one choice changed at a time.

use evesdrop_chart::{Axis, Strip, StripPlot};
use evesdrop_learn::games::{BobTerm, EveKind};
use evesdrop_learn::networks::Initialisation;
use evesdrop_learn::train::Settings;

use super::definition::Definition;
use super::recipes::{KEPT_OUT, Recipes};
use crate::paper::tables::{Comparison, mean_interval, shown, table, trained};
use crate::paper::trials::{Group, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "ablation",
    words: "what figure 3 depends on: Bob's term, the first weights, the batch, how long a fresh Eve trains",
    runs: (2, 5),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

fn groups(recipes: &Recipes) -> Vec<Group> {
    let variants = variants(recipes).into_iter().zip(1u8..);
    let group = |((label, settings, steps), row): ((&str, Settings, u64), u8)| {
        recipes.group(label, row.into(), &settings, |s| {
            s.fresh = Some(recipes.eves(&[EveKind::Same], steps));
            s.fresh_if_trained = true;
        })
    };
    variants.map(group).collect()
}

/// The paper's symmetric game, and the same with one choice changed: label, settings, steps of the one fresh Eve. Most
/// trainings that succeed do so within 10,000 rounds, so that is the limit.
fn variants(recipes: &Recipes) -> Vec<(&'static str, Settings, u64)> {
    let base = Settings { max_rounds: Some(recipes.pick(15_000, 20_000)), ..recipes.paper.clone() };
    let steps = recipes.pick(5000, 50_000);
    let start = |initialisation| Settings { initialisation: Some(initialisation), ..base.clone() };
    let summed = Settings { bob_term: Some(BobTerm::Summed), ..base.clone() };
    let small = Settings { batch: Some(512), ..base.clone() };
    vec![
        ("as fig3, but for one fresh Eve", base.clone(), steps),
        ("Bob's term not divided by N", summed, steps),
        ("first weights doubled in the convolutions", start(Initialisation::Doubled), steps),
        ("first weights normal (TensorFlow's of 2016)", start(Initialisation::TruncatedNormal), steps),
        ("Alice's and Bob's batch 512", small, steps),
        ("the fresh Eve a fifth as long", base.clone(), steps / 5),
        ("the fresh Eve five times as long", base, 5 * steps),
    ]
}

fn compare(results: &Rows) -> Vec<Comparison> {
    let unchanged: Vec<f64> = results.groups[0].1.iter().filter_map(Row::best).collect();
    let interval = mean_interval(&unchanged).and_then(|(_, interval)| interval);
    vec![Comparison {
        what: "no change: one fresh Eve's wrong bits, mean (in the paper: the best of five)",
        paper: "6.1",
        yardstick: None,
        measured: shown(&unchanged),
        agrees: interval.map(|[low, high]| (low..=high).contains(&6.1)),
    }]
}

/// One row per change, with its fresh Eves as dots.
fn picture(results: &Rows) -> String {
    let axis = Axis::linear("the fresh Eve's wrong bits of 16");
    let plot = StripPlot::new("What figure 3 depends on: one choice changed at a time", axis)
        .note("Each dot is the fresh Eve of one training that succeeded. Further left, Eve reads more.")
        .level(KEPT_OUT, "kept out: 6")
        .level(8.0, "chance: 8")
        .width(900.0);
    let rows = results.groups.iter().map(|(group, rows)| {
        let wrong: Vec<f64> = rows.iter().filter_map(Row::best).collect();
        let mean = mean_interval(&wrong).map_or(String::new(), |(mean, _)| format!("; mean {mean:.2}"));
        let note = format!("{} of {} trained{mean}", trained(rows).count(), rows.len());
        Strip::new(group.label.clone()).dots(0, wrong).note(note)
    });
    rows.fold(plot, StripPlot::row).to_svg()
}
