//! Running a plan over a batch.
//!
//! A batch is cut into tiles of [`TILE`] examples, and the tiles into shards. The number of shards depends only on the plan and
//! the batch. Threads take whole shards. Each shard sums its own gradient and means, tile after tile, and the sums of the
//! shards are added in order. So the result has the same bits for any number of threads.

use std::sync::Arc;

use rayon::prelude::*;

use crate::kernels::linear::{Packing, Weights};
use crate::kernels::lookup;
use crate::kernels::pointwise::{self, Function, Rows};
use crate::kernels::{Row, TILE, reduce};
use crate::level::Level;
use crate::objective::Objective;
use crate::plan::{MASK_ROW, Pass, Plan, Step, ZERO_ROW};
use crate::program::SourceKind;
use crate::random::Stream;
use crate::work::{Meter, Profile};

/// Maximum number of shards of a batch.
const MOST_SHARDS: usize = 16;
/// Maximum memory for the shards' gradients, unless that would leave fewer than four shards.
const SHARD_BYTES: usize = 13 << 20;

/// The threads and the SIMD level that plans run with.
#[derive(Clone, Debug)]
pub struct Engine {
    level: Level,
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl Engine {
    /// An engine with `threads` threads (at least one) at SIMD level `level`.
    ///
    /// # Errors
    /// If the system cannot start the threads.
    pub fn new(threads: usize, level: Level) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = match threads {
            0 | 1 => None,
            _ => Some(Arc::new(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?)),
        };
        Ok(Self { level, pool })
    }

    /// The SIMD level for which this engine's plans must be compiled.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// Runs `f` on each of the engine's threads at the same time, and returns all results.
    pub(crate) fn on_each<R: Send>(&self, f: impl Fn() -> R + Sync) -> Vec<R> {
        match &self.pool {
            Some(pool) => pool.broadcast(|_| f()),
            None => vec![f()],
        }
    }

    /// Runs `f` on one of the engine's threads. Runs inside `f` then need no handover to another thread.
    pub fn enter<R: Send>(&self, f: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(f),
            None => f(),
        }
    }
}

/// Supplies the values of [`Recorder::data`](crate::Recorder::data) sources.
pub trait Feed: Sync {
    /// Writes feature `feature` of source `name` for the examples from `tile * TILE` on into `row`. Values beyond the batch are
    /// ignored.
    fn fill(&self, name: &str, tile: usize, feature: usize, row: &mut [f32; TILE]);
}

/// The feed for programs without data sources. It panics if a source asks for data.
#[derive(Clone, Copy, Debug)]
pub struct NoData;

impl Feed for NoData {
    fn fill(&self, name: &str, _tile: usize, _feature: usize, _row: &mut [f32; TILE]) {
        panic!("the program reads data source {name}, and no data was given");
    }
}

/// The values of one data source, example by example; the features of an example are adjacent.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a> {
    /// Name of the source.
    pub name: &'a str,
    /// Number of features of the source.
    pub features: usize,
    /// The values, features times examples of them.
    pub values: &'a [f32],
}

impl Feed for [Array<'_>] {
    fn fill(&self, name: &str, tile: usize, feature: usize, row: &mut [f32; TILE]) {
        let Some(array) = self.iter().find(|array| array.name == name) else {
            panic!("the program reads data source {name}, and no array of that name was given");
        };
        for (lane, value) in row.iter_mut().enumerate() {
            let place = (tile * TILE + lane) * array.features + feature;
            *value = array.values.get(place).copied().unwrap_or(0.0);
        }
    }
}

impl<const N: usize> Feed for [Array<'_>; N] {
    fn fill(&self, name: &str, tile: usize, feature: usize, row: &mut [f32; TILE]) {
        self.as_slice().fill(name, tile, feature, row);
    }
}

/// A plan with the memory to run it on batches of one size. Running allocates no memory.
#[derive(Debug)]
pub struct Runner {
    plan: Plan,
    engine: Engine,
    batch: usize,
    streams: Vec<Stream>,
    packed: Vec<Vec<Vec<f32>>>,
    /// For each packing: whether its activations need no clamp in this run.
    calm: Vec<Vec<bool>>,
    workers: Vec<Worker>,
    gradient: Vec<f32>,
    means: Vec<f64>,
    seeds: Vec<f64>,
    objective: Option<Objective>,
}

/// One thread's share of a batch.
#[derive(Debug)]
struct Worker {
    arena: Vec<Row>,
    meter: Meter,
    shards: Vec<Shard>,
    first_tile: usize,
    /// For each output: its rows, tile after tile.
    outputs: Vec<Vec<Row>>,
}

#[derive(Debug)]
struct Shard {
    tiles: std::ops::Range<usize>,
    gradient: Vec<f32>,
    sums: Vec<f64>,
}

/// Data that the workers share during a pass.
struct Context<'a> {
    plan: &'a Plan,
    pass: &'a Pass,
    packed: &'a [Vec<f32>],
    calm: &'a [bool],
    streams: &'a [Stream],
    seeds: &'a [f64],
    step: u64,
    batch: usize,
    feed: &'a dyn Feed,
}

impl Runner {
    /// Allocates the memory to run `plan` on batches of `batch` examples, with random sources drawn from `seed`.
    ///
    /// # Panics
    /// If `batch` is 0, or if the plan was compiled for a SIMD level other than the engine's.
    pub fn new(engine: &Engine, plan: Plan, batch: usize, seed: u64) -> Self {
        assert!(batch > 0, "a batch has at least one example");
        assert_eq!(plan.level.to_string(), engine.level.to_string(), "plan and engine");
        let tiles = batch.div_ceil(TILE);
        let bytes = plan.trained.len() * size_of::<f32>();
        let shards = MOST_SHARDS.min((SHARD_BYTES / bytes.max(1)).max(4)).min(tiles);
        let threads = engine.threads().min(shards);
        let workers = (0..threads)
            .map(|worker| {
                let mine = worker * shards / threads..(worker + 1) * shards / threads;
                let first_tile = mine.start * tiles / shards;
                let count = mine.end * tiles / shards - first_tile;
                Worker {
                    arena: vec![Row::ZERO; plan.rows()],
                    meter: Meter::default(),
                    first_tile,
                    outputs: plan.outputs.iter().map(|features| vec![Row::ZERO; features * count]).collect(),
                    shards: mine
                        .map(|shard| Shard {
                            tiles: shard * tiles / shards..(shard + 1) * tiles / shards,
                            gradient: vec![0.0; plan.trained.len()],
                            sums: vec![0.0; plan.means.len()],
                        })
                        .collect(),
                }
            })
            .collect();
        Self {
            streams: plan.sources.iter().map(|name| Stream::new(seed, &format!("source {name}"))).collect(),
            packed: plan.passes.iter().map(|p| p.packings.iter().map(|p| vec![0.0; p.len()]).collect()).collect(),
            calm: plan.passes.iter().map(|p| vec![false; p.packings.len()]).collect(),
            workers,
            gradient: vec![0.0; plan.trained.len()],
            means: vec![0.0; plan.means.len()],
            seeds: vec![0.0; plan.means.len()],
            objective: plan.objective.clone(),
            engine: engine.clone(),
            batch,
            plan,
        }
    }

    /// Runs the plan on batch number `step` of the random sources, with `feed` for data sources.
    ///
    /// # Panics
    /// If the length of `parameters` differs from the program's layout, or if `feed` lacks a data source.
    pub fn run(&mut self, parameters: &[f32], step: u64, feed: &dyn Feed) {
        assert_eq!(parameters.len(), self.plan.parameters, "parameters of another program");
        for ((pass, packed), calm) in self.plan.passes.iter().zip(&mut self.packed).zip(&mut self.calm) {
            for (packing, packed) in pass.packings.iter().zip(packed.iter_mut()) {
                Packing::pack(packing, parameters, packed);
            }
            for step in &pass.steps {
                if let Step::Linear(linear) = step {
                    calm[linear.weights] = linear.is_calm(&pass.packings, parameters);
                }
            }
            if let Some(objective) = &mut self.objective {
                objective.derivatives(&self.means, &mut self.seeds);
                self.seeds.iter_mut().for_each(|seed| *seed /= self.batch as f64);
            }
            let context = Context {
                plan: &self.plan,
                pass,
                packed,
                calm,
                streams: &self.streams,
                seeds: &self.seeds,
                step,
                batch: self.batch,
                feed,
            };
            match &self.engine.pool {
                Some(pool) if self.workers.len() > 1 => {
                    pool.install(|| self.workers.par_iter_mut().with_max_len(1).for_each(|w| w.run(&context)));
                }
                _ => self.workers.iter_mut().for_each(|worker| worker.run(&context)),
            }
            self.means.fill(0.0);
            for shard in self.workers.iter().flat_map(|worker| &worker.shards) {
                for (mean, sum) in self.means.iter_mut().zip(&shard.sums) {
                    *mean += sum;
                }
            }
            for mean in &mut self.means {
                *mean /= self.batch as f64;
            }
        }
        self.gradient.fill(0.0);
        for shard in self.workers.iter().flat_map(|worker| &worker.shards) {
            for (total, part) in self.gradient.iter_mut().zip(&shard.gradient) {
                *total += part;
            }
        }
    }

    /// The gradient of the objective in the last run, by the parameters in [`Plan::trained`]. Empty for a forward plan.
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// The value of the objective in the last run.
    ///
    /// # Panics
    /// If the plan has no objective.
    pub fn objective(&mut self) -> f64 {
        self.objective.as_mut().expect("the plan has an objective").value(&self.means)
    }

    /// The batch means of the last run, in the order given to [`Plan::forward`].
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Output `slot` of the last run for the examples of tile `tile`, one row per feature.
    ///
    /// # Panics
    /// If there is no such output or tile.
    pub fn output(&self, slot: usize, tile: usize) -> &[Row] {
        let worker = self.workers.iter().rfind(|w| w.first_tile <= tile).expect("the first worker starts at tile 0");
        let features = self.plan.outputs[slot];
        let place = (tile - worker.first_tile) * features;
        &worker.outputs[slot][place..place + features]
    }

    /// The plan that this runner executes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Times every step of later runs for [`Runner::profile`]. This slows them by one or two per cent.
    pub fn start_profile(&mut self) {
        self.workers.iter_mut().for_each(|worker| worker.meter.profile = Some(Profile::default()));
    }

    /// The times since [`Runner::start_profile`], or zeros if it was not called.
    pub fn profile(&self) -> Profile {
        let mut all = Profile::default();
        self.workers.iter().filter_map(|worker| worker.meter.profile).for_each(|part| all += part);
        all
    }

    /// Number of examples in a batch.
    pub fn batch(&self) -> usize {
        self.batch
    }
}

impl Worker {
    fn run(&mut self, context: &Context<'_>) {
        self.arena[ZERO_ROW as usize] = Row::ZERO;
        for shard in &mut self.shards {
            shard.gradient.fill(0.0);
            shard.sums.fill(0.0);
            for tile in shard.tiles.clone() {
                let valid = (context.batch - tile * TILE).min(TILE);
                let mask = self.arena[MASK_ROW as usize].values_mut();
                mask[..valid].fill(1.0);
                mask[valid..].fill(0.0);
                for step in &context.pass.steps {
                    let begun = self.meter.begin();
                    if let Step::Output { slot, rows } = step {
                        let place = (tile - self.first_tile) * rows.len();
                        for (output, row) in self.outputs[*slot][place..].iter_mut().zip(rows) {
                            *output = self.arena[*row as usize];
                        }
                    } else {
                        context.run(step, &mut self.arena, shard, tile);
                    }
                    self.meter.end(begun, step);
                }
            }
        }
    }
}

impl Context<'_> {
    fn run(&self, step: &Step, arena: &mut [Row], shard: &mut Shard, tile: usize) {
        let level = self.plan.level;
        match step {
            Step::Source { kind: SourceKind::Bits, source, rows } => {
                self.streams[*source].bits(level, (self.step, tile as u64), arena, rows);
            }
            Step::Source { kind: SourceKind::Normals, source, rows } => {
                self.streams[*source].normals((self.step, tile as u64), arena, rows);
            }
            Step::Source { kind: SourceKind::Data | SourceKind::DataBits, source, rows } => {
                for (feature, row) in rows.iter().enumerate() {
                    self.feed.fill(&self.plan.sources[*source], tile, feature, arena[*row as usize].values_mut());
                }
            }
            Step::Linear(linear) => {
                let weights = Weights {
                    packed: &self.packed[linear.weights],
                    looked_up: linear.lookup.as_ref().map_or(&[], |lookup| &self.packed[lookup.weights]),
                    calm: self.calm[linear.weights],
                };
                linear.run(level, arena, weights);
            }
            Step::Places { inputs, outputs } => lookup::places(level, arena, inputs, outputs),
            Step::Outer(outer) => outer.run(level, arena, &mut shard.gradient),
            Step::Pointwise(pointwise) => pointwise.run(level, arena),
            Step::Sum { output, rows } => reduce::sum_rows(level, arena, *output, rows),
            Step::Zero { rows } => rows.iter().for_each(|row| arena[*row as usize] = Row::ZERO),
            Step::Mean { row, slot } => {
                let (row, mask) = (&arena[*row as usize], &arena[MASK_ROW as usize]);
                shard.sums[*slot] += f64::from(reduce::sum_examples(level, row, mask));
            }
            Step::Seed { row, slot } => {
                let function = Function::Affine { scale: self.seeds[*slot] as f32, offset: 0.0 };
                let rows = Rows { output: *row, a: MASK_ROW, b: MASK_ROW };
                pointwise::run(level, function, false, &[rows], arena);
            }
            Step::Output { .. } => unreachable!("outputs are copied by the worker"),
        }
    }
}
