//! What is timed: the parts of training and use, on the paper's game.

use std::time::{Duration, Instant};

use evesdrop_engine::{Adam, Engine, NoData, Plan, Profile, Runner, ScalarId};
use serde::Serialize;

use crate::games::{EveTerm, Rules};
use crate::networks::{Initialisation, Network};

/// The paper's learning rate.
const RATE: f64 = 8e-4;
/// What everything random here is drawn from.
const SEED: u64 = 1;

/// Something to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// One step of Alice and Bob and two of Eve, each on fresh random data.
    Round,
    /// One step of Eve alone.
    Eve,
    /// All three networks forward, and their wrong bits: a test.
    Forward,
    /// Alice alone forward, with her values kept: encryption.
    Encrypt,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Round, Self::Eve, Self::Forward, Self::Encrypt];

    /// The name in tables and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::Eve => "eve",
            Self::Forward => "forward",
            Self::Encrypt => "encrypt",
        }
    }

    /// How often each part of [`Workbench`] is run for it.
    fn parts(self) -> &'static [(usize, usize)] {
        match self {
            Self::Round => &[(ALICE_BOB, 1), (EVE, 2)],
            Self::Eve => &[(EVE, 1)],
            Self::Forward => &[(FORWARD, 1)],
            Self::Encrypt => &[(ENCRYPT, 1)],
        }
    }
}

const ALICE_BOB: usize = 0;
const EVE: usize = 1;
const FORWARD: usize = 2;
const ENCRYPT: usize = 3;

/// The game with its parts ready to run.
#[derive(Debug)]
pub struct Workbench {
    engine: Engine,
    parameters: Vec<f32>,
    parts: [Part; 4],
    steps: u64,
}

/// One plan, and the optimiser's state if it trains.
#[derive(Debug)]
struct Part {
    runner: Runner,
    adam: Adam,
}

impl Part {
    fn new(engine: &Engine, plan: Plan, batch: usize) -> Self {
        let adam = Adam::new(plan.trained().len());
        Self { runner: Runner::new(engine, plan, batch, SEED), adam }
    }

    fn run(&mut self, parameters: &mut [f32], step: u64) {
        self.runner.run(parameters, step, &NoData);
        let trained = self.runner.plan().trained();
        if !trained.is_empty() {
            self.adam.step(&mut parameters[trained], self.runner.gradient(), RATE);
        }
    }
}

impl Workbench {
    /// The paper's game for `bits` message and key bits, on batches of `batch` examples.
    pub fn new(engine: &Engine, bits: usize, batch: usize) -> Self {
        let game = Rules::symmetric(Network::Paper, bits, bits).record(Initialisation::Xavier, EveTerm::PerExample);
        let level = engine.level();
        let gradient =
            |objective: ScalarId, networks: &[&str]| Plan::gradient(&game.program, objective, networks, level);
        let plans = [
            gradient(game.alice_bob, &["alice", "bob"]),
            gradient(game.eve, &["eve"]),
            Plan::forward(&game.program, &[game.errors.all()[0], game.errors.eves()[0][0]], &[], level),
            Plan::forward(&game.program, &[], &[game.ciphertext], level),
        ];
        Self {
            parts: plans.map(|plan| Part::new(engine, plan, batch)),
            parameters: Initialisation::Xavier.parameters(game.program.layout(), SEED),
            engine: engine.clone(),
            steps: 0,
        }
    }

    fn once(&mut self, workload: Workload) {
        for (part, times) in workload.parts() {
            for _ in 0..*times {
                self.parts[*part].run(&mut self.parameters, self.steps);
                self.steps += 1;
            }
        }
    }

    /// Times `workload` over and over, after once that does not count, until `most` times or, after three, `enough` is over.
    pub fn time(&mut self, workload: Workload, most: usize, enough: Duration) -> Timing {
        let engine = self.engine.clone();
        let samples = engine.enter(|| {
            self.once(workload);
            let (begun, mut samples) = (Instant::now(), vec![]);
            while samples.is_empty() || samples.len() < most && (samples.len() < 3 || begun.elapsed() < enough) {
                let start = Instant::now();
                self.once(workload);
                samples.push(start.elapsed().as_secs_f64() * 1e3);
            }
            samples
        });
        Timing::new(samples)
    }

    /// The plans that `workload` runs, how often each, and the kernels' times in `times` goes of it.
    pub(super) fn profile(&mut self, workload: Workload, times: usize) -> Vec<(&Plan, usize, Profile)> {
        for (part, _) in workload.parts() {
            self.parts[*part].runner.start_profile();
        }
        let engine = self.engine.clone();
        engine.enter(|| (0..times).for_each(|_| self.once(workload)));
        workload
            .parts()
            .iter()
            .map(|(part, runs)| {
                let runner = &self.parts[*part].runner;
                (runner.plan(), *runs, runner.profile())
            })
            .collect()
    }
}

/// Milliseconds that something took, several times over.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Timing {
    /// The middle one.
    pub median_ms: f64,
    /// The fastest.
    pub fastest_ms: f64,
    /// The slowest.
    pub slowest_ms: f64,
    /// How many were taken.
    pub samples: usize,
}

impl Timing {
    fn new(mut ms: Vec<f64>) -> Self {
        ms.sort_by(f64::total_cmp);
        Self { median_ms: ms[ms.len() / 2], fastest_ms: ms[0], slowest_ms: ms[ms.len() - 1], samples: ms.len() }
    }
}
