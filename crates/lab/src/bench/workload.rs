//! The workloads: parts of training and use, on the paper's game.

use std::time::{Duration, Instant};

use evesdrop_engine::{Adam, Engine, Level, NoData, Plan, Profile, Recorder, Runner};
use serde::Serialize;

use evesdrop_learn::games::{EveTerm, Game, Rules};
use evesdrop_learn::networks::{EveNetwork, Initialisation, Network};

/// The paper's learning rate.
const RATE: f64 = 8e-4;
/// Seed of all random numbers of the benchmark.
const SEED: u64 = 1;
/// Bits of a block of the distinguisher, which sees two of them: those of Speck32/64.
const PAIRED_BITS: usize = 32;

/// A workload to be timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// One training round: a step of Alice and Bob and two of Eve, each on fresh random data.
    Round,
    /// One step of Eve alone.
    Eve,
    /// A test: all three networks forward, and their wrong bits.
    Forward,
    /// Encryption: Alice forward, with her values stored.
    Encrypt,
    /// One step of a distinguisher after Gohr 2019 with two residual blocks, on random pairs of 32-bit blocks. It does not
    /// depend on the game's bits.
    Distinguisher,
}

impl Workload {
    /// All workloads.
    pub const ALL: [Self; 5] = [Self::Round, Self::Eve, Self::Forward, Self::Encrypt, Self::Distinguisher];

    /// The name in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::Eve => "eve",
            Self::Forward => "forward",
            Self::Encrypt => "encrypt",
            Self::Distinguisher => "distinguisher",
        }
    }

    /// The parameters, and the plans with the number of times each is run.
    fn prepare(self, bits: usize, level: Level) -> (Vec<f32>, Vec<(Plan, usize)>) {
        let eve = |game: &Game| Plan::gradient(&game.program, game.eve, &["eve"], level);
        let alice_bob = |game: &Game| Plan::gradient(&game.program, game.alice_bob, &["alice", "bob"], level);
        let errors = |game: &Game| [game.errors.all()[0], game.errors.eves()[0][0]];
        let of_game = |plans: &dyn Fn(&Game) -> Vec<(Plan, usize)>| {
            let game = Rules::symmetric(Network::Paper, bits, bits).record(Initialisation::Xavier, EveTerm::PerExample);
            (Initialisation::Xavier.parameters(game.program.layout(), SEED), plans(&game))
        };
        match self {
            Self::Round => of_game(&|game| vec![(alice_bob(game), 1), (eve(game), 2)]),
            Self::Eve => of_game(&|game| vec![(eve(game), 1)]),
            Self::Forward => of_game(&|game| vec![(Plan::forward(&game.program, &errors(game), &[], level), 1)]),
            Self::Encrypt => of_game(&|game| vec![(Plan::forward(&game.program, &[], &[game.ciphertext], level), 1)]),
            Self::Distinguisher => distinguisher(level),
        }
    }
}

/// Trained on random pairs and labels: the time of a step does not depend on them.
fn distinguisher(level: Level) -> (Vec<f32>, Vec<(Plan, usize)>) {
    let g = Recorder::new();
    let pair = g.bits("pair", 2 * PAIRED_BITS);
    let says = EveNetwork::Gohr { blocks: 2 }.record(&g, "eve", pair, 1);
    let loss = (says - g.bits("real", 1)).square().sum().mean().id();
    let program = g.finish();
    (program.layout().initialise(SEED), vec![(Plan::gradient(&program, loss, &["eve"], level), 1)])
}

/// A workload ready to run.
#[derive(Debug)]
pub struct Workbench {
    engine: Engine,
    parameters: Vec<f32>,
    parts: Vec<Part>,
    steps: u64,
}

/// One plan, the number of times it is run, and the optimiser's state if it trains.
#[derive(Debug)]
struct Part {
    runner: Runner,
    times: usize,
    adam: Adam,
}

impl Part {
    fn run(&mut self, parameters: &mut [f32], step: u64) {
        self.runner.run(parameters, step, &NoData);
        let trained = self.runner.plan().trained();
        if !trained.is_empty() {
            self.adam.step(&mut parameters[trained], self.runner.gradient(), RATE);
        }
    }
}

impl Workbench {
    /// Prepares `workload` in the paper's game for `bits` message and key bits, on batches of `batch` examples.
    pub fn new(engine: &Engine, workload: Workload, bits: usize, batch: usize) -> Self {
        let (parameters, plans) = workload.prepare(bits, engine.level());
        let part = |(plan, times): (Plan, usize)| {
            let adam = Adam::new(plan.trained().len());
            Part { runner: Runner::new(engine, plan, batch, SEED), times, adam }
        };
        Self { parts: plans.into_iter().map(part).collect(), parameters, engine: engine.clone(), steps: 0 }
    }

    fn once(&mut self) {
        for part in &mut self.parts {
            for _ in 0..part.times {
                part.run(&mut self.parameters, self.steps);
                self.steps += 1;
            }
        }
    }

    /// Times the workload repeatedly after one warm-up: at most `most` times, and at least three times until `enough` has
    /// passed.
    pub fn time(&mut self, most: usize, enough: Duration) -> Timing {
        let engine = self.engine.clone();
        let samples = engine.enter(|| {
            self.once();
            let (begun, mut samples) = (Instant::now(), vec![]);
            while samples.is_empty() || samples.len() < most && (samples.len() < 3 || begun.elapsed() < enough) {
                let start = Instant::now();
                self.once();
                samples.push(start.elapsed().as_secs_f64() * 1e3);
            }
            samples
        });
        Timing::new(samples)
    }

    /// The plans that it runs, how often each, and the kernels' times over `goes` repetitions.
    pub(super) fn profile(&mut self, goes: usize) -> Vec<(&Plan, usize, Profile)> {
        self.parts.iter_mut().for_each(|part| part.runner.start_profile());
        let engine = self.engine.clone();
        engine.enter(|| (0..goes).for_each(|_| self.once()));
        self.parts.iter().map(|part| (part.runner.plan(), part.times, part.runner.profile())).collect()
    }
}

/// Milliseconds of repeated measurements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Timing {
    /// The median.
    pub median_ms: f64,
    /// The minimum.
    pub fastest_ms: f64,
    /// The maximum.
    pub slowest_ms: f64,
    /// The number of measurements.
    pub samples: usize,
}

impl Timing {
    fn new(mut ms: Vec<f64>) -> Self {
        ms.sort_by(f64::total_cmp);
        Self { median_ms: ms[ms.len() / 2], fastest_ms: ms[0], slowest_ms: ms[ms.len() - 1], samples: ms.len() }
    }
}
