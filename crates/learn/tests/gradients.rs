//! Gradients of whole games at every SIMD level, compared with finite differences of the naive f64 reference.

use evesdrop_engine::{Engine, Level, NoData, Plan, Runner, ScalarId, reference};
use evesdrop_learn::games::{BobTerm, EveKind, EveTerm, Game, GameKind, Rules, Selective, Terms};
use evesdrop_learn::networks::{Initialisation, Network};

const BATCH: usize = 130;
const SEED: u64 = 5;
const STEP: u64 = 3;

/// Parameters at which every layer passes a signal and none is 0.
fn parameters(game: &Game) -> Vec<f32> {
    let layout = game.program.layout();
    let mut parameters = layout.initialise(3);
    let mut numbers = evesdrop_engine::Stream::new(2, "biases").at(0, 0);
    for tensor in layout.tensors() {
        let values = parameters[tensor.range()].iter_mut();
        if tensor.name.ends_with(".bias") || tensor.name.ends_with(".output.weight") {
            // Biases and the attackers' last layers start at 0.
            values.for_each(|b| *b += 0.1 * numbers.normal() as f32);
        } else {
            values.for_each(|w| *w *= 2.0);
        }
    }
    parameters
}

/// Central differences of `objective` by the parameters at `places`.
fn differences(game: &Game, parameters: &[f32], objective: ScalarId, places: &[usize]) -> Vec<f64> {
    let parameters: Vec<f64> = parameters.iter().copied().map(f64::from).collect();
    let at = |i: usize, h: f64| {
        let mut moved = parameters.clone();
        moved[i] += h;
        reference::evaluate(&game.program, &moved, BATCH, SEED, STEP, &NoData).scalar(objective)
    };
    places.iter().map(|i| (at(*i, 1e-5) - at(*i, -1e-5)) / 2e-5).collect()
}

/// Compares up to `most` values of each tensor, evenly spaced.
fn check(rules: &Rules, terms: impl Into<Terms>, most: usize) {
    let terms = terms.into();
    // Near its ends, an arccosine amplifies the last bit of Alice's output.
    let tolerance = if rules.network == Network::CryptoNet { 1e-3 } else { 3e-5 };
    let game = rules.record(Initialisation::Xavier, terms);
    let parameters = parameters(&game);
    let eves: Vec<&str> = game.eves.iter().map(String::as_str).collect();
    for (objective, networks) in [(game.alice_bob, game.allies), (game.eve, &eves)] {
        let range = game.program.layout().range(networks);
        for tensor in game.program.layout().tensors().iter().filter(|t| range.contains(&t.offset)) {
            let places: Vec<usize> = tensor.range().step_by(tensor.len().div_ceil(most)).collect();
            let expected = differences(&game, &parameters, objective, &places);
            let largest = expected.iter().fold(0.0, |most: f64, want| most.max(want.abs()));
            assert!(largest > 1e-7, "{}: a gradient of zero shows nothing", tensor.name);
            for level in Level::available() {
                let engine = Engine::new(1, level).expect("one thread");
                let plan = Plan::gradient(&game.program, objective, networks, level);
                assert_eq!(plan.trained(), range);
                let mut runner = Runner::new(&engine, plan, BATCH, SEED);
                runner.run(&parameters, STEP, &NoData);
                let got = places.iter().map(|i| f64::from(runner.gradient()[i - range.start]));
                let error = got.zip(&expected).fold(0.0, |most: f64, (got, want)| most.max((got - want).abs()));
                println!("{rules:?}, {terms:?}, {level}, {}: largest {largest:.1e}, off by {error:.1e}", tensor.name);
                assert!(
                    error < tolerance * largest + 1e-10,
                    "{rules:?}, {terms:?}, {level}, {}: {error:e} off, the largest is {largest:e}",
                    tensor.name
                );
            }
        }
    }
}

#[test]
fn games_with_keys_shorter_than_messages() {
    for network in [Network::Paper, Network::Released, Network::Dense] {
        for eve_term in [EveTerm::PerExample, EveTerm::PerBit] {
            check(&Rules::symmetric(network, 5, 3), eve_term, usize::MAX);
        }
    }
}

#[test]
fn games_with_keys_as_long_as_messages() {
    for network in [Network::Paper, Network::Released, Network::Dense] {
        for eve_term in [EveTerm::PerExample, EveTerm::PerBit] {
            check(&Rules::symmetric(network, 8, 8), eve_term, usize::MAX);
        }
    }
}

#[test]
fn bobs_term_summed() {
    check(
        &Rules::symmetric(Network::Paper, 5, 3),
        Terms { bob: BobTerm::Summed, eve: EveTerm::PerExample, modulus: 1.0 },
        usize::MAX,
    );
}

/// Small enough for finite differences in a test.
fn small(game: GameKind) -> Rules {
    Rules { game, ..Rules::symmetric(Network::Paper, 4, 3) }
}

#[test]
fn a_game_with_a_leak_and_several_eves() {
    let eves = vec![EveKind::Same, EveKind::Residual, EveKind::Product];
    check(&Rules { leaked_key_bits: 2, eves, ..small(GameKind::Symmetric) }, EveTerm::PerBit, 12);
}

#[test]
fn selective_games() {
    check(&small(GameKind::Selective), EveTerm::PerBit, 12);
    let correlations = [[1.0, 0.2, 0.3, 0.0], [0.2, 1.0, 0.4, -0.5], [0.3, 0.4, 1.0, 0.1], [0.0, -0.5, 0.1, 1.0]];
    let selective = Selective { correlations, public_weight: 0.5, eve_weight: 3.0, ..Selective::default() };
    let eves = vec![EveKind::Wide, EveKind::Same];
    check(&Rules { selective, eves, ..small(GameKind::Selective) }, EveTerm::PerBit, 12);
}

#[test]
fn asymmetric_games() {
    check(&small(GameKind::Asymmetric), EveTerm::PerBit, 12);
    check(&Rules { random_bits: 2, ..small(GameKind::Asymmetric) }, EveTerm::PerExample, 12);
}

#[test]
fn games_over_angles() {
    let rules = |game| Rules { game, network: Network::CryptoNet, eves: vec![EveKind::Wide], ..small(game) };
    check(&rules(GameKind::ChosenPlaintext), EveTerm::PerBit, 12);
    check(&rules(GameKind::Symmetric), EveTerm::PerExample, 12);
    check(&Rules { eves: vec![EveKind::Angles], ..rules(GameKind::ChosenPlaintext) }, EveTerm::PerBit, 12);
    check(&Rules { eves: vec![EveKind::Same], ..rules(GameKind::ChosenPlaintext) }, EveTerm::Nothing, 12);
}

#[test]
fn games_of_chosen_plaintexts() {
    check(&small(GameKind::ChosenPlaintext), EveTerm::PerBit, 12);
    check(&Rules { eves: vec![EveKind::Wide], ..small(GameKind::ChosenPlaintext) }, EveTerm::PerExample, 12);
}
