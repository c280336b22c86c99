//! The workloads against the machine's limits, at every SIMD level.

use std::time::Duration;

use evesdrop_engine::limits::{Limits, bandwidth};
use evesdrop_engine::{Engine, Kind, TILE};
use serde::Serialize;

use super::workload::{Timing, Workbench, Workload};

/// Time for which a workload is timed, and again for which its kernels are.
const ENOUGH: Duration = Duration::from_millis(300);
/// Batch of the distinguisher, whose examples cost fourteen times as much as those of a round.
pub(super) const PAIRS: usize = 512;
/// More than a first-level cache holds, less than a second.
const SECOND_LEVEL: usize = 256 << 10;
/// More than the caches of most processors hold.
const MEMORY: usize = 128 << 20;

/// What `evesdrop bench` measured.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Bench {
    /// Bits of a message, and of a key.
    pub bits: usize,
    /// Examples of a step.
    pub batch: usize,
    /// Threads that everything ran on, the measurements of the limits too.
    pub threads: usize,
    /// One entry a SIMD level, slowest first.
    pub levels: Vec<OfLevel>,
}

/// One SIMD level: the machine's limits, and the workloads.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct OfLevel {
    /// Its name.
    pub level: String,
    /// Fused multiply-adds a second at most.
    pub multiply_adds_per_second: f64,
    /// Sigmoids a second at most.
    pub sigmoids_per_second: f64,
    /// Bytes read a second from 16 KiB, over and over, at the level that does it fastest: a first-level cache.
    pub first_level_bytes_per_second: f64,
    /// From 256 KiB: a second-level cache.
    pub second_level_bytes_per_second: f64,
    /// From 128 MiB: memory.
    pub memory_bytes_per_second: f64,
    /// The workloads.
    pub workloads: Vec<Measured>,
}

/// One workload.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Measured {
    /// Which.
    pub workload: Workload,
    /// How long it takes.
    #[serde(flatten)]
    pub timing: Timing,
    /// Its kernels; the last entry is what lies between them: weights packed, shards added, the optimiser's step.
    pub kernels: Vec<OfKernel>,
    /// How long it takes at least: the sum of its kernels' limits.
    pub limit_ms: f64,
    /// The limit by the fastest time, in per cent.
    pub percent_of_limit: f64,
}

/// One kind of kernel in one workload.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct OfKernel {
    /// Its name.
    pub kernel: String,
    /// Milliseconds a go.
    pub ms: f64,
    /// Fused multiply-adds a go.
    pub multiply_adds: u64,
    /// Sigmoids and hyperbolic tangents a go.
    pub sigmoids: u64,
    /// Bytes read and written a go, if every kernel touches each of its rows once.
    pub bytes: u64,
    /// Milliseconds that this takes at least; 0 where nothing of it is counted.
    pub limit_ms: f64,
}

/// Measures every workload at the level of each engine; all have the same number of threads.
pub fn measure(engines: &[Engine], bits: usize, batch: usize) -> Bench {
    let measured: Vec<Limits> = engines.iter().map(Limits::measure).collect();
    // How fast a cache can be read is its own affair, not that of the instructions that a level reads with.
    let bytes = measured.iter().map(|limits| limits.bytes).fold(0.0, f64::max);
    let limits = measured.iter().map(|limits| Limits { bytes, ..*limits });
    Bench {
        bits,
        batch,
        threads: engines.first().map_or(1, Engine::threads),
        levels: engines.iter().zip(limits).map(|(engine, limits)| of_level(engine, limits, bits, batch)).collect(),
    }
}

fn of_level(engine: &Engine, limits: Limits, bits: usize, batch: usize) -> OfLevel {
    OfLevel {
        level: engine.level().to_string(),
        multiply_adds_per_second: limits.multiply_adds,
        sigmoids_per_second: limits.sigmoids,
        first_level_bytes_per_second: limits.bytes,
        second_level_bytes_per_second: bandwidth(engine, SECOND_LEVEL),
        memory_bytes_per_second: bandwidth(engine, MEMORY),
        workloads: Workload::ALL.map(|workload| of_workload(workload, engine, &limits, bits, batch)).into(),
    }
}

fn of_workload(workload: Workload, engine: &Engine, limits: &Limits, bits: usize, batch: usize) -> Measured {
    let batch = if workload == Workload::Distinguisher { PAIRS } else { batch };
    let mut bench = Workbench::new(engine, workload, bits, batch);
    let timing = bench.time(usize::MAX, ENOUGH);
    let goes = ((ENOUGH.as_secs_f64() * 1e3 / timing.median_ms) as usize).max(1);
    let tiles = batch.div_ceil(TILE) as u64;
    let mut kernels: Vec<OfKernel> = Kind::ALL.iter().map(|kind| OfKernel::none(kind.to_string())).collect();
    for (plan, runs, profile) in bench.profile(goes) {
        for ((kernel, work), time) in kernels.iter_mut().zip(plan.work()).zip(profile.kinds) {
            let work = work * tiles * runs as u64;
            kernel.ms += time.as_secs_f64() * 1e3 / (goes * engine.threads()) as f64;
            kernel.multiply_adds += work.multiply_adds;
            kernel.sigmoids += work.sigmoids;
            kernel.bytes += work.bytes;
            kernel.limit_ms += limits.seconds(work) * 1e3;
        }
    }
    let within: f64 = kernels.iter().map(|kernel| kernel.ms).sum();
    kernels.push(OfKernel { ms: (timing.median_ms - within).max(0.0), ..OfKernel::none("between".into()) });
    let limit_ms = kernels.iter().map(|kernel| kernel.limit_ms).sum();
    Measured { workload, percent_of_limit: 100.0 * limit_ms / timing.fastest_ms, timing, kernels, limit_ms }
}

impl OfKernel {
    fn none(kernel: String) -> Self {
        Self { kernel, ms: 0.0, multiply_adds: 0, sigmoids: 0, bytes: 0, limit_ms: 0.0 }
    }
}
