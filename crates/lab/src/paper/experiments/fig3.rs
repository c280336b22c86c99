//! Figure 3: trainings of the symmetric game, and five fresh Eves against each that succeeds.

use evesdrop_chart::{Axis, Strip, StripPlot};

use super::definition::Definition;
use super::recipes::{KEPT_OUT, Recipes};
use crate::paper::tables::{Comparison, counted, mean_interval, proportion, shown, table, trained};
use crate::paper::trials::{Group, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "fig3",
    words: "trainings of the symmetric game, and five fresh Eves against each that succeeds",
    runs: (4, 20),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

/// The paper's best of five fresh Eves: minimum, mean and maximum over its successful runs (section 2.5).
const PAPER: (f64, f64, f64) = (4.67, 6.1, 6.97);

fn groups(recipes: &Recipes) -> Vec<Group> {
    vec![recipes.group("N = 16", 16.0, &recipes.paper, |s| {
        s.fresh = Some(recipes.five());
        s.fresh_if_trained = true;
    })]
}

/// The rows of the only group.
fn rows(results: &Rows) -> &[Row] {
    results.groups.first().map_or(&[], |(_, rows)| rows)
}

fn compare(results: &Rows) -> Vec<Comparison> {
    let rows = rows(results);
    let against: Vec<f64> = trained(rows).filter_map(Row::best).collect();
    let range = || {
        let low = against.iter().copied().reduce(f64::min)?;
        let high = against.iter().copied().reduce(f64::max)?;
        Some(format!("{low:.2} to {high:.2}"))
    };
    let interval = mean_interval(&against).and_then(|(_, interval)| interval);
    let kept_out = against.iter().filter(|wrong| **wrong >= KEPT_OUT).count();
    vec![
        proportion("training failures", ("6 of 20", 0.3), rows.len() - trained(rows).count(), rows.len()),
        Comparison {
            what: "best fresh Eve, wrong bits, range",
            paper: "4.67 to 6.97",
            yardstick: None,
            measured: range().unwrap_or("no run".into()),
            agrees: None,
        },
        Comparison {
            what: "the same, mean",
            paper: "6.1",
            yardstick: None,
            measured: shown(&against),
            agrees: interval.map(|[low, high]| (low..=high).contains(&PAPER.1)),
        },
        proportion("successes: Bob reads and fresh Eves have 6 bits wrong", ("10 of 20", 0.5), kept_out, rows.len()),
    ]
}

/// One row of dots each for Bob, the Eve of the training and the best fresh Eve. Failed trainings are shown separately.
fn picture(results: &Rows) -> String {
    let rows = rows(results);
    let (done, failed): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| trained(std::slice::from_ref(row)).next().is_some());
    let of =
        |rows: &[&Row], value: fn(&Row) -> Option<f64>| rows.iter().filter_map(|row| value(row)).collect::<Vec<_>>();
    let ends = |rows: &[&Row]| {
        let strip = Strip::new("end of training").dots(0, of(rows, |row| row.bob_wrong_bits));
        strip.dots(1, of(rows, |row| row.eve_wrong_bits))
    };
    let best = of(&done, Row::best);
    let kept_out = best.iter().filter(|wrong| **wrong >= KEPT_OUT).count();
    let mean = mean_interval(&best).map_or(String::new(), |(mean, _)| format!("mean {mean:.2}; "));
    let mut plot = StripPlot::new(
        format!("{} trainings, five fresh Eves against each that succeeded", rows.len()),
        Axis::linear("wrong bits of 16").range(0.0, 8.4).ticks([0.0, 2.0, 4.0, 6.0, 8.0]),
    )
    .note("Each dot is a training. 0: every bit is read. Kept out: the best fresh Eve has 6 or more bits wrong.")
    .series("Bob")
    .series("Eve of the training")
    .series("best of five fresh Eves")
    .level(KEPT_OUT, "kept out: 6")
    .level(8.0, "chance: 8")
    .row(ends(&done))
    .row(Strip::new("fresh Eves").dots(2, best.clone()).note(format!("{mean}{kept_out} of {} kept out", best.len())))
    .row(Strip::new("fresh Eves in the paper").interval(PAPER.0, PAPER.1, PAPER.2).note("range and mean"));
    if !failed.is_empty() {
        let heading = format!("Failed trainings: {} (6 of 20 in the paper)", counted(failed.len(), rows.len()));
        plot = plot.row(ends(&failed).heading(heading));
    }
    plot.to_svg()
}
