//! The symmetric game of the paper, for the engine's tests and benchmarks.

use evesdrop_engine::{Adam, Conv, Engine, Init, NoData, Plan, Program, Recorder, Runner, ScalarId, Var, VarId};

const RATE: f64 = 8e-4;

/// The recorded game.
pub(crate) struct Game {
    pub(crate) program: Program,
    pub(crate) alice_bob: ScalarId,
    pub(crate) eve: ScalarId,
    pub(crate) ciphertext: VarId,
}

fn network<'g>(g: &'g Recorder, name: &str, x: Var<'g>, n: usize) -> Var<'g> {
    let conv = |layer: &str, x, window, in_channels, out_channels, stride| {
        let init = Init::Xavier { fan_in: window * in_channels, fan_out: window * out_channels };
        g.conv(&format!("{name}.{layer}"), x, Conv { window, in_channels, out_channels, stride }, init)
    };
    let dense = Init::Xavier { fan_in: x.features(), fan_out: 2 * n };
    let h = g.dense(&format!("{name}.dense"), x, 2 * n, dense).sigmoid();
    let h = conv("conv1", h, 4, 1, 2, 1).sigmoid();
    let h = conv("conv2", h, 2, 2, 4, 2).sigmoid();
    let h = conv("conv3", h, 1, 4, 4, 1).sigmoid();
    conv("conv4", h, 1, 4, 1, 1).tanh()
}

impl Game {
    /// The game for `n` bits of message and key.
    pub(crate) fn new(n: usize) -> Self {
        let g = Recorder::new();
        let (p, k) = (g.bits("plaintext", n), g.bits("key", n));
        let c = network(&g, "alice", g.concat(&[p, k]), n);
        let by_bob = network(&g, "bob", g.concat(&[c, k]), n);
        let by_eve = network(&g, "eve", c, n);
        let bob = (p - by_bob).abs().sum() * 0.5;
        let eve = (p - by_eve).abs().sum() * 0.5;
        let secret = (eve * (-2.0 / n as f32) + 1.0).square();
        let alice_bob = (bob * (1.0 / n as f32) + secret).mean().id();
        let (eve, ciphertext) = (eve.mean().id(), c.id());
        Self { program: g.finish(), alice_bob, eve, ciphertext }
    }
}

/// The state for training rounds: one step of Alice and Bob, two of Eve.
pub(crate) struct Round {
    alice_bob: (Runner, Adam),
    eve: (Runner, Adam),
    parameters: Vec<f32>,
    done: u64,
}

impl Round {
    /// The networks before the first round.
    pub(crate) fn new(engine: &Engine, game: &Game, batch: usize) -> Self {
        let half = |objective, networks: &[&str]| {
            let plan = Plan::gradient(&game.program, objective, networks, engine.level());
            let adam = Adam::new(plan.trained().len());
            (Runner::new(engine, plan, batch, 1), adam)
        };
        Self {
            alice_bob: half(game.alice_bob, &["alice", "bob"]),
            eve: half(game.eve, &["eve"]),
            parameters: game.program.layout().initialise(1),
            done: 0,
        }
    }

    /// One round.
    pub(crate) fn run(&mut self) {
        for i in 0..3 {
            let (runner, adam) = if i == 0 { &mut self.alice_bob } else { &mut self.eve };
            runner.run(&self.parameters, 3 * self.done + i, &NoData);
            adam.step(&mut self.parameters[runner.plan().trained()], runner.gradient(), RATE);
        }
        self.done += 1;
    }
}
