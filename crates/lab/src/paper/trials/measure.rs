//! The additional test of models of the selective game.

use evesdrop_engine::{Engine, NoData, Plan, Runner};
use evesdrop_learn::games::EveTerm;
use evesdrop_learn::model::Model;
use evesdrop_learn::networks::Initialisation;
use evesdrop_learn::train::{Evaluation, derived_seed};

/// Number of test examples. A squared error near 1 is then within 0.003 of its expectation.
const TEST_BATCH: usize = 1 << 20;

/// Tests a model of the selective game on fresh data.
pub(super) fn selective(model: &Model, seed: u64, engine: &Engine) -> Evaluation {
    let game = model.note.rules.record(Initialisation::Xavier, EveTerm::PerExample);
    let plan = Plan::forward(&game.program, &game.errors.all(), &[], engine.level());
    let mut runner = Runner::new(engine, plan, TEST_BATCH, derived_seed(seed, "figure 4: test"));
    runner.run(&model.parameters, 0, &NoData);
    Evaluation::new(0, &game.errors, runner.means())
}
