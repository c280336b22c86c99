//! Measures the workloads and the machine's limits at every SIMD level.

use std::time::Duration;

use evesdrop_engine::limits::{Limits, bandwidth};
use evesdrop_engine::{Engine, Kind, TILE};
use serde::Serialize;

use super::workload::{Timing, Workbench, Workload};

/// Duration of the timing of a workload, and of the timing of its kernels.
const ENOUGH: Duration = Duration::from_millis(300);
/// Batch size of the distinguisher, whose examples cost fourteen times as much as those of a round.
pub(super) const PAIRS: usize = 512;
/// More bytes than a first-level cache holds, fewer than a second-level cache.
const SECOND_LEVEL: usize = 256 << 10;
/// More bytes than the caches of most processors hold.
const MEMORY: usize = 128 << 20;

/// The results of `evesdrop bench`.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Bench {
    /// Number of message bits, and of key bits.
    pub bits: usize,
    /// Batch size, in examples per step.
    pub batch: usize,
    /// Number of threads for all measurements, including those of the limits.
    pub threads: usize,
    /// One entry per SIMD level, slowest first.
    pub levels: Vec<OfLevel>,
}

/// The results at one SIMD level: the machine's limits, and the workloads.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct OfLevel {
    /// Name of the level.
    pub level: String,
    /// Maximum fused multiply-adds per second.
    pub multiply_adds_per_second: f64,
    /// Maximum sigmoids per second.
    pub sigmoids_per_second: f64,
    /// Read bandwidth of 16 KiB (first-level cache), in bytes per second, at the fastest level.
    pub first_level_bytes_per_second: f64,
    /// Read bandwidth of 256 KiB (second-level cache), in bytes per second.
    pub second_level_bytes_per_second: f64,
    /// Read bandwidth of 128 MiB (memory), in bytes per second.
    pub memory_bytes_per_second: f64,
    /// The measured workloads.
    pub workloads: Vec<Measured>,
}

/// The measurements of one workload.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Measured {
    /// The workload.
    pub workload: Workload,
    /// The measured times.
    #[serde(flatten)]
    pub timing: Timing,
    /// Its kernels. The last entry is the time between them: packing weights, adding shards, the optimiser's step.
    pub kernels: Vec<OfKernel>,
    /// The minimum time in milliseconds: the sum of its kernels' limits.
    pub limit_ms: f64,
    /// The limit divided by the fastest time, in per cent.
    pub percent_of_limit: f64,
}

/// One kind of kernel in one workload.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct OfKernel {
    /// Name of the kind.
    pub kernel: String,
    /// Milliseconds per repetition.
    pub ms: f64,
    /// Fused multiply-adds per repetition.
    pub multiply_adds: u64,
    /// Sigmoids and hyperbolic tangents per repetition.
    pub sigmoids: u64,
    /// Bytes read and written per repetition, if every kernel accesses each of its rows once.
    pub bytes: u64,
    /// The minimum time in milliseconds. 0 if no work is counted.
    pub limit_ms: f64,
}

/// Measures every workload at the level of each engine. All engines must have the same number of threads.
pub fn measure(engines: &[Engine], bits: usize, batch: usize) -> Bench {
    let measured: Vec<Limits> = engines.iter().map(Limits::measure).collect();
    // The bandwidth of a cache does not depend on the instructions that a level reads with.
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
