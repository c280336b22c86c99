//! The gradients of whole games, at every SIMD level, against finite differences of the naive f64 twin.

use evesdrop::games::{EveTerm, Symmetric};
use evesdrop::networks::{Initialisation, Network};
use evesdrop_engine::{Engine, Level, NoData, Plan, Runner, ScalarId, reference};

const BATCH: usize = 130;
const SEED: u64 = 5;
const STEP: u64 = 3;

/// Parameters at which every layer passes a signal on, and no bias is 0.
fn parameters(game: &Symmetric) -> Vec<f32> {
    let layout = game.program.layout();
    let mut parameters = layout.initialise(3);
    let mut numbers = evesdrop_engine::Stream::new(2, "biases").at(0, 0);
    for tensor in layout.tensors() {
        let values = parameters[tensor.range()].iter_mut();
        if tensor.name.ends_with(".bias") {
            values.for_each(|b| *b += 0.1 * numbers.normal() as f32);
        } else {
            values.for_each(|w| *w *= 2.0);
        }
    }
    parameters
}

/// Central differences of `objective` by the parameters in `range`.
fn differences(game: &Symmetric, parameters: &[f32], objective: ScalarId, range: std::ops::Range<usize>) -> Vec<f64> {
    let parameters: Vec<f64> = parameters.iter().copied().map(f64::from).collect();
    let at = |i: usize, h: f64| {
        let mut moved = parameters.clone();
        moved[i] += h;
        reference::evaluate(&game.program, &moved, BATCH, SEED, STEP, &NoData).scalar(objective)
    };
    range.map(|i| (at(i, 1e-5) - at(i, -1e-5)) / 2e-5).collect()
}

fn check(bits: usize, key_bits: usize, network: Network, eve_term: EveTerm) {
    let game = Symmetric::new(bits, key_bits, network, Initialisation::Xavier, eve_term);
    let parameters = parameters(&game);
    for (objective, networks) in [(game.alice_bob, &["alice", "bob"][..]), (game.eve, &["eve"])] {
        let range = game.program.layout().range(networks);
        let expected = differences(&game, &parameters, objective, range.clone());
        for level in Level::available() {
            let engine = Engine::new(1, level).expect("one thread");
            let plan = Plan::gradient(&game.program, objective, networks, level);
            assert_eq!(plan.trained(), range);
            let mut runner = Runner::new(&engine, plan, BATCH, SEED);
            runner.run(&parameters, STEP, &NoData);
            for tensor in game.program.layout().tensors() {
                if !(range.start..range.end).contains(&tensor.offset) {
                    continue;
                }
                let place = tensor.offset - range.start..tensor.offset - range.start + tensor.len();
                let pairs = || runner.gradient()[place.clone()].iter().zip(&expected[place.clone()]);
                let largest = pairs().fold(0.0, |most: f64, (_, want)| most.max(want.abs()));
                let error = pairs().fold(0.0, |most: f64, (got, want)| most.max((f64::from(*got) - want).abs()));
                println!(
                    "{bits} bits, {network:?}, {eve_term:?}, {level}, {}: largest {largest:.1e}, off by {error:.1e}",
                    tensor.name
                );
                assert!(largest > 1e-7, "{}: a gradient of zero shows nothing", tensor.name);
                assert!(
                    error < 3e-5 * largest + 1e-10,
                    "{bits} bits, {network:?}, {eve_term:?}, {level}, {}: {error:e} off, the largest is {largest:e}",
                    tensor.name
                );
            }
        }
    }
}

#[test]
fn games_with_keys_shorter_than_messages() {
    for network in [Network::Paper, Network::Released] {
        for eve_term in [EveTerm::PerExample, EveTerm::PerBit] {
            check(5, 3, network, eve_term);
        }
    }
}

#[test]
fn games_with_keys_as_long_as_messages() {
    for network in [Network::Paper, Network::Released] {
        for eve_term in [EveTerm::PerExample, EveTerm::PerBit] {
            check(8, 8, network, eve_term);
        }
    }
}
