//! Fresh Eves against a frozen pair (Abadi and Andersen, section 2.5).

use std::sync::atomic::{AtomicBool, Ordering};

use evesdrop_engine::{Adam, Engine, NoData, Plan, Runner};
use serde::{Deserialize, Serialize};

use crate::games::{Errors, EveKind};
use crate::model::Model;
use crate::networks::Initialisation;
use crate::train::derived_seed;

/// Examples that Eves are tested on: the error of a message's soft wrong bits is then below 0.01.
const TEST_BATCH: usize = 1 << 16;
/// Steps between two tests.
const TEST_EVERY: u64 = 500;

/// Eves to train from scratch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FreshEves {
    /// One network each.
    pub kinds: Vec<EveKind>,
    /// Steps of training.
    pub steps: u64,
    /// Examples of a step.
    pub batch: usize,
    /// Adam's learning rate.
    pub rate: f64,
}

/// Trains the Eves against the pair of `model`, which does not change; each sees what the game shows her. All learn from the same
/// batches, so that Alice encrypts each message once. Returns each Eve's least error ("the best Eve ever seen"), tested on
/// fresh data every 500 steps: soft wrong bits; in the selective game, where three Eves of each kind estimate C, |C| and C^2, the
/// squared error as a part of Blind Eve's. None when `stop` was set.
pub fn fresh_eves(model: &Model, fresh: &FreshEves, seed: u64, engine: &Engine, stop: &AtomicBool) -> Option<Vec<f64>> {
    let game = model.note.rules.against(&fresh.kinds, Initialisation::Xavier);
    let derived = |purpose| derived_seed(seed, purpose);
    let mut parameters = Initialisation::Xavier.parameters(game.program.layout(), derived("fresh Eves: start"));
    let trained = model.note.layout();
    let is_eve = |name: &str| game.eves.iter().any(|eve| name.starts_with(&format!("{eve}.")));
    for tensor in game.program.layout().tensors().iter().filter(|tensor| !is_eve(&tensor.name)) {
        let same = trained.tensors().iter().find(|t| t.name == tensor.name).expect("the pair's networks are the same");
        parameters[tensor.range()].copy_from_slice(&model.parameters[same.range()]);
    }
    let eves: Vec<&str> = game.eves.iter().map(String::as_str).collect();
    let plan = Plan::gradient(&game.program, game.eve, &eves, engine.level());
    let range = plan.trained();
    let mut training = Runner::new(engine, plan, fresh.batch, derived("fresh Eves: training"));
    let test = Plan::forward(&game.program, game.errors.eves().as_flattened(), &[], engine.level());
    let error = |pair: &[f64]| match game.errors {
        Errors::Bits(_) => pair[0],
        Errors::Values(_) => pair[0] / pair[1],
    };
    let mut testing = Runner::new(engine, test, TEST_BATCH, derived("fresh Eves: tests"));
    let mut adam = Adam::new(range.len());
    let mut best = vec![f64::INFINITY; eves.len()];
    for step in 0..fresh.steps {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        training.run(&parameters, step, &NoData);
        adam.step(&mut parameters[range.clone()], training.gradient(), fresh.rate);
        if (step + 1).is_multiple_of(TEST_EVERY) || step + 1 == fresh.steps {
            testing.run(&parameters, step, &NoData);
            best.iter_mut().zip(testing.means().chunks_exact(2)).for_each(|(best, pair)| *best = best.min(error(pair)));
        }
    }
    Some(best)
}
