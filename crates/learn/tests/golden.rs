//! Compares the symmetric game with PyTorch: losses, gradients of every tensor, ciphertexts. `tools/oracles/symmetric_torch.py`
//! made the expected values in double precision.

use std::collections::BTreeMap;

use evesdrop_engine::{Array, Engine, Level, Plan, Runner, reference};
use evesdrop_learn::games::{Errors, EveTerm, Rules};
use evesdrop_learn::networks::{Initialisation, Network};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    torch: String,
    bits: usize,
    key_bits: usize,
    batch: usize,
    objectives: BTreeMap<String, Objective>,
    wrong_bits: BTreeMap<String, f64>,
    ciphertext: BTreeMap<usize, Vec<f64>>,
}

#[derive(Deserialize)]
struct Objective {
    loss: f64,
    gradients: BTreeMap<String, Vec<f64>>,
}

/// Value i is +1 if multiplier (i^2 + i + 1) mod modulus is odd, else -1.
fn bits(count: usize, multiplier: usize, modulus: usize) -> Vec<f32> {
    (0..count).map(|i| if multiplier * (i * i + i + 1) % modulus % 2 == 1 { 1.0 } else { -1.0 }).collect()
}

fn check(network: Network, file: &str) {
    let golden: Golden = serde_json::from_str(file).expect("the golden file");
    let Golden { bits: n, key_bits, batch, .. } = golden;
    let (plaintext, key) = (bits(batch * n, 7, 101), bits(batch * key_bits, 11, 97));
    let feed = [
        Array { name: "plaintext", features: n, values: &plaintext },
        Array { name: "key", features: key_bits, values: &key },
    ];
    let game = |term| Rules::symmetric(network, n, key_bits).on_data(Initialisation::Xavier, term);
    let (per_example, per_bit) = (game(EveTerm::PerExample), game(EveTerm::PerBit));
    let program = &per_example.program;
    let parameters: Vec<f32> = (0..program.layout().len()).map(|i| (2.0 * libm::sin(i as f64 + 1.0)) as f32).collect();
    let wide: Vec<f64> = parameters.iter().map(|p| f64::from(*p)).collect();

    // The naive reference computes in double precision too.
    let naive = reference::evaluate(program, &wide, batch, 0, 0, &feed);
    for (example, expected) in &golden.ciphertext {
        let off = largest_difference(naive.value(per_example.ciphertext, *example).iter().copied(), expected);
        assert!(off < 1e-12, "ciphertext of example {example}: {off:e} off");
    }
    let objectives = [
        ("alice_bob_per_example", &per_example, per_example.alice_bob, &["alice", "bob"][..]),
        ("alice_bob_per_bit", &per_bit, per_bit.alice_bob, &["alice", "bob"]),
        ("eve", &per_example, per_example.eve, &["eve"]),
    ];
    for (name, game, objective, networks) in objectives {
        let expected = &golden.objectives[name];
        let loss = reference::evaluate(&game.program, &wide, batch, 0, 0, &feed).scalar(objective);
        assert!((loss - expected.loss).abs() < 1e-12, "{name}: {loss}, torch {} says {}", golden.torch, expected.loss);
        for level in Level::available() {
            let engine = Engine::new(1, level).expect("one thread");
            let plan = Plan::gradient(&game.program, objective, networks, level);
            let mut runner = Runner::new(&engine, plan, batch, 0);
            runner.run(&parameters, 0, &feed);
            let off = (runner.objective() - expected.loss).abs();
            assert!(off < 2e-6 * expected.loss, "{name}, {level}: the loss is {off:e} off");
            let trained = runner.plan().trained();
            let tensors: Vec<_> =
                game.program.layout().tensors().iter().filter(|t| trained.contains(&t.offset)).collect();
            assert_eq!(tensors.len(), expected.gradients.len());
            for tensor in tensors {
                let place = tensor.offset - trained.start..tensor.offset - trained.start + tensor.len();
                let wanted = &expected.gradients[&tensor.name];
                let off = largest_difference(runner.gradient()[place].iter().map(|g| f64::from(*g)), wanted);
                let largest = wanted.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
                println!("{network:?} {name} {level} {}: largest {largest:.3e}, off by {off:.1e}", tensor.name);
                assert!(off < 3e-5 * largest, "{name}, {level}, {}: {off:e} of {largest:e} off", tensor.name);
            }
        }
    }
    for level in Level::available() {
        let engine = Engine::new(1, level).expect("one thread");
        let Errors::Bits(wrong) = &per_example.errors else { panic!("a game over bits") };
        let ([bob, bob_hard], [eve, eve_hard]) = (wrong.bob, wrong.eves[0]);
        let plan = Plan::forward(program, &[bob, eve, bob_hard, eve_hard], &[per_example.ciphertext], level);
        let mut runner = Runner::new(&engine, plan, batch, 0);
        runner.run(&parameters, 0, &feed);
        for (mean, name) in runner.means().iter().zip(["bob", "eve", "bob_hard", "eve_hard"]) {
            let off = (mean - golden.wrong_bits[name]).abs();
            assert!(off < 1e-5, "{level}: {name} is {off:e} off");
        }
        for (example, expected) in &golden.ciphertext {
            let (tile, lane) = (example / evesdrop_engine::TILE, example % evesdrop_engine::TILE);
            let values = runner.output(0, tile).iter().map(|row| f64::from(row.values()[lane]));
            let off = largest_difference(values, expected);
            assert!(off < 3e-6, "{level}: ciphertext of example {example}: {off:e} off");
        }
    }
}

fn largest_difference(got: impl ExactSizeIterator<Item = f64>, expected: &[f64]) -> f64 {
    assert_eq!(got.len(), expected.len());
    got.zip(expected).fold(0.0, |most, (got, want)| most.max((got - want).abs()))
}

#[test]
fn the_papers_game() {
    check(Network::Paper, include_str!("golden/symmetric_paper.json"));
}

#[test]
fn the_released_game() {
    check(Network::Released, include_str!("golden/symmetric_released.json"));
}
