//! A game of your own: what each player sees and minimises.
//!
//! Alice and Bob use each key for two messages, and Eve sees both ciphertexts.
//! `cargo run --release -p evesdrop-learn --example own_game`

use evesdrop_engine::{Adam, Engine, Level, NoData, Plan, Recorder, Runner, Var};
use evesdrop_learn::networks::{EveNetwork, Initialisation, Network};

const BITS: usize = 8;

/// Soft wrong bits, sum of |P_i - Q_i| / 2: 0 if all bits are right, BITS / 2 for guessing.
fn wrong<'g>(p: Var<'g>, q: Var<'g>) -> Var<'g> {
    ((p - q).abs() * 0.5).sum()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let g = Recorder::new();
    let (first, second, key) = (g.bits("first", BITS), g.bits("second", BITS), g.bits("key", BITS));
    let start = Initialisation::Doubled;
    let messages = g.concat(&[first, second]);
    let sent = Network::Paper.apply(&g, "alice", &[messages, key], 2 * BITS, start);
    let by_bob = Network::Paper.apply(&g, "bob", &[sent, key], 2 * BITS, start);
    let by_eve = EveNetwork::Wide.record(&g, "eve", sent, 2 * BITS).tanh();

    let (bob, eve) = (wrong(messages, by_bob), wrong(messages, by_eve));
    // Bob should read. Eve should be at chance; more than chance is not rewarded.
    let secrecy = eve.affine(-1.0 / BITS as f32, 1.0).square().mean();
    let (allies, enemy) = ((bob.mean() * (0.5 / BITS as f64) + secrecy).id(), eve.mean().id());
    let errors = [bob.id(), eve.id()];
    let program = g.finish();

    let engine = Engine::new(1, Level::from_environment()?)?;
    let level = engine.level();
    let plans =
        [Plan::gradient(&program, allies, &["alice", "bob"], level), Plan::gradient(&program, enemy, &["eve"], level)];
    let mut players = plans.map(|plan| (Adam::new(plan.trained().len()), Runner::new(&engine, plan, 512, 1)));
    let mut test = Runner::new(&engine, Plan::forward(&program, &errors, &[], level), 4096, 2);
    let mut parameters = start.parameters(program.layout(), 1);
    for round in 0..3000 {
        for (place, (adam, runner)) in players.iter_mut().enumerate() {
            runner.run(&parameters, 2 * round + place as u64, &NoData);
            let trained = runner.plan().trained();
            adam.step(&mut parameters[trained], runner.gradient(), 0.004);
        }
        if (round + 1) % 500 == 0 {
            test.run(&parameters, round, &NoData);
            let [bob, eve] = [test.means()[0], test.means()[1]];
            println!(
                "round {:4}: wrong bits of {}: Bob {bob:.2}, Eve {eve:.2}; guessing gives {BITS}",
                round + 1,
                2 * BITS
            );
        }
    }
    Ok(())
}
