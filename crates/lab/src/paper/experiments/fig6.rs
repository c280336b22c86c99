//! Appendix A: trainings of the asymmetric game, five fresh Eves against each, and the codebook.

use evesdrop_attack::report::clopper_pearson;
use evesdrop_chart::{Axis, Strip, StripPlot};
use evesdrop_learn::games::GameKind;
use evesdrop_learn::train::Settings;

use super::definition::Definition;
use super::recipes::{KEPT_OUT, Recipes};
use crate::paper::tables::{Comparison, counted, shown, table};
use crate::paper::trials::{Group, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "fig6",
    words: "trainings of the asymmetric game, five fresh Eves against each, and the codebook",
    runs: (4, 20),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

fn groups(recipes: &Recipes) -> Vec<Group> {
    // No known run of this game meets the symmetric goals, so a fixed number of rounds is followed by the fresh Eves.
    let settings = Settings {
        game: Some(GameKind::Asymmetric),
        max_rounds: Some(recipes.pick(5000, 150_000)),
        ..recipes.paper.clone()
    };
    vec![recipes.group("N = 16", 16.0, &settings, |s| {
        s.fresh = Some(recipes.five());
        s.codebook = true;
    })]
}

/// Whether the best fresh Eve reads at least as well as Bob.
fn no_worse_than_bob(row: &Row) -> bool {
    row.best().zip(row.bob_wrong_bits).is_some_and(|(wrong, bob)| wrong <= bob)
}

fn compare(results: &Rows) -> Vec<Comparison> {
    // The paper names no goal here. A fresh Eve breaks a run if she has fewer than 6 bits wrong, or reads at least as well as
    // Bob.
    let broken = |row: &Row| row.best().is_some_and(|wrong| wrong < KEPT_OUT) || no_worse_than_bob(row);
    let all = results.rows().count();
    let broken = results.rows().filter(|(_, row)| broken(row)).count();
    let [_, high] = clopper_pearson(broken as u64, all as u64, 0.95);
    let codebook: Vec<f64> = results.rows().filter_map(|(_, row)| row.codebook).collect();
    vec![
        Comparison {
            what: "runs in which a fresh Eve breaks the cipher or reads at least as well as Bob",
            paper: "most",
            yardstick: None,
            measured: counted(broken, all),
            agrees: Some(high > 0.5),
        },
        Comparison {
            what: "messages recovered by encrypting all under the public key",
            paper: "",
            yardstick: None,
            measured: shown(&codebook),
            agrees: None,
        },
    ]
}

/// One row of dots each for Bob, the Eve of the training and the best fresh Eve.
fn picture(results: &Rows) -> String {
    let of = |value: fn(&Row) -> Option<f64>| results.rows().filter_map(move |(_, row)| value(row));
    let all = results.rows().count();
    let better = results.rows().filter(|(_, row)| no_worse_than_bob(row)).count();
    StripPlot::new(
        "A public key: Bob, and five fresh Eves",
        Axis::linear("wrong bits of 16").range(0.0, 8.4).ticks([0.0, 2.0, 4.0, 6.0, 8.0]),
    )
    .note("Each dot is a training. 0 wrong bits: every bit is read.")
    .level(KEPT_OUT, "kept out: 6")
    .level(8.0, "chance: 8")
    .row(Strip::new("Bob, with the secret key").dots(0, of(|row| row.bob_wrong_bits)))
    .row(Strip::new("Eve of the training").dots(1, of(|row| row.eve_wrong_bits)))
    .row(
        Strip::new("best of five fresh Eves")
            .dots(2, of(Row::best))
            .note(format!("no worse than Bob: {better} of {all}")),
    )
    .to_svg()
}
