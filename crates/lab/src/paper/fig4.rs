//! Figure 4: what the selective game comes to, against yardsticks that are exact.

use std::fmt::Write;

use evesdrop_engine::{Engine, NoData, Plan, Runner};

use super::Group;
use super::compare::Comparison;
use super::summary::{mean_interval, shown};
use super::trial::{Row, Trial};
use evesdrop_learn::games::EveTerm;
use evesdrop_learn::model::Model;
use evesdrop_learn::networks::Initialisation;
use evesdrop_learn::run::Outcome;
use evesdrop_learn::train::{Evaluation, SquaredErrors, derived_seed};

/// Examples of the test: a squared error near 1 is then within 0.003 of its expectation.
const TEST_BATCH: usize = 1 << 20;
/// How far from its yardstick a mean may be.
const TOLERANCE: f64 = 0.02;

/// Tests a model of the selective game on fresh data.
pub(super) fn test(model: &Model, seed: u64, engine: &Engine) -> Evaluation {
    let game = model.note.rules.record(Initialisation::Xavier, EveTerm::PerExample);
    let plan = Plan::forward(&game.program, &game.errors.all(), &[], engine.level());
    let mut runner = Runner::new(engine, plan, TEST_BATCH, derived_seed(seed, "figure 4: test"));
    runner.run(&model.parameters, 0, &NoData);
    Evaluation::new(0, &game.errors, runner.means())
}

/// One line a training.
pub(super) fn table(all: &[(&Group, Vec<Row>)]) -> String {
    let mut text = String::from(
        "| seed | trained | rounds | public MSE | Bob's MSE | Eve's MSE - Blind Eve's | fresh Eves explain of C | of abs(C) | of C^2 |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for row in all.iter().flat_map(|(_, rows)| rows) {
        let Some(SquaredErrors { public_mse, bob_mse, eve_minus_blind, .. }) = row.squared else { continue };
        let trained = if row.outcome == Outcome::Trained { "yes" } else { "no" };
        let [c, size, square] = [0, 1, 2].map(|secret| best(row, secret));
        let _ = writeln!(
            text,
            "| {} | {trained} | {} | {public_mse:.3} | {bob_mse:.3} | {eve_minus_blind:+.3} | {c:.3} | {size:.3} | {square:.3} |",
            row.seed, row.rounds
        );
    }
    text
}

/// The part of the variance that the best fresh Eve explains of C (0), |C| (1) or C^2 (2).
fn best(row: &Row, secret: usize) -> f64 {
    row.fresh_explained.iter().skip(secret).step_by(3).copied().fold(0.0, f64::max)
}

/// The paper's words, the yardsticks, and the means of `rows`, trials like `trial`.
pub(super) fn compare(trial: &Trial, rows: &[&Row]) -> Vec<Comparison> {
    let selective = trial.specification.settings.selective.unwrap_or_default();
    let (bound, price) = (selective.bob_bound(), selective.public_price());
    let line = |what, paper, yardstick: Option<f64>, value: &dyn Fn(&Row) -> Option<f64>| {
        let values: Vec<f64> = rows.iter().filter_map(|row| value(row)).collect();
        let near = |want: f64| mean_interval(&values).map(|(mean, _)| (mean - want).abs() <= TOLERANCE);
        Comparison {
            what,
            paper,
            yardstick: yardstick.map(|want| format!("{want:.3}")),
            measured: shown(&values),
            agrees: yardstick.and_then(near),
        }
    };
    let squared = |row: &Row| row.squared;
    let ends = "slightly above Bob's";
    vec![
        line("Bob's squared error", "the best possible", Some(bound), &|row| Some(squared(row)?.bob_mse)),
        line("public estimate's less Bob's", ends, Some(price), &|row| {
            squared(row).map(|errors| errors.public_mse - errors.bob_mse)
        }),
        line("Eve's less Blind Eve's", "0 in the end", Some(0.0), &|row| Some(squared(row)?.eve_minus_blind)),
        line("part of C's variance that fresh Eves explain", "", Some(0.0), &|row| Some(best(row, 0))),
        line("the same of abs(C), which nothing forbids", "", None, &|row| Some(best(row, 1))),
        line("the same of C^2", "", None, &|row| Some(best(row, 2))),
    ]
}
