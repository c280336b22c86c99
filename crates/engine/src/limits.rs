//! Measured limits of this machine: the bound that the kernels are compared with.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::kernels::{Row, peak, reduce};
use crate::run::Engine;
use crate::work::Work;

/// Duration of one measurement, shorter than a scheduler's time slice.
const BURST: Duration = Duration::from_millis(1);
/// Number of bursts. The fastest counts, because other programs only slow a burst down.
const BURSTS: usize = 50;
/// Rows for the measurement of sigmoids: few enough for any first-level cache.
const FEW: usize = 16;
/// Bytes that fit into any first-level cache.
const FIRST_LEVEL: usize = 16 << 10;

/// The measured limits of all threads of an engine together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Fused multiply-adds of single values per second.
    pub multiply_adds: f64,
    /// Sigmoids per second.
    pub sigmoids: f64,
    /// Bytes per second read from a first-level cache.
    pub bytes: f64,
}

impl Limits {
    /// Measures the limits, which takes a tenth of a second.
    pub fn measure(engine: &Engine) -> Self {
        let level = engine.level();
        let multiply_adds = fastest(engine, || (), |()| peak::multiply_adds(level));
        let sigmoids = fastest(engine, || vec![Row::ZERO; FEW], |rows| peak::sigmoids(level, rows));
        Self { multiply_adds, sigmoids, bytes: bandwidth(engine, FIRST_LEVEL) }
    }

    /// The minimum time for `work`, in seconds. Multiply-adds, sigmoids (whose divisions run in parallel to the multiply-adds)
    /// and reads overlap, so the slowest of the three counts.
    pub fn seconds(&self, work: Work) -> f64 {
        let parts = [
            work.multiply_adds as f64 / self.multiply_adds,
            work.sigmoids as f64 / self.sigmoids,
            work.bytes as f64 / self.bytes,
        ];
        parts.into_iter().fold(0.0, f64::max)
    }
}

/// The read bandwidth of the engine's threads together in bytes per second. Each thread reads a buffer of `bytes` bytes
/// repeatedly.
pub fn bandwidth(engine: &Engine, bytes: usize) -> f64 {
    let level = engine.level();
    let count = (bytes / size_of::<Row>()).max(2);
    let memory = || {
        let rows: Vec<u32> = (1..count as u32).collect();
        (vec![Row::ZERO; count], rows)
    };
    fastest(engine, memory, |(arena, rows)| {
        reduce::sum_rows(level, arena, 0, rows);
        black_box(&arena[0]);
        size_of_val(rows.as_slice()) as u64 / size_of::<u32>() as u64 * size_of::<Row>() as u64
    })
}

/// The highest total rate per second of `f` on all threads at once. Each thread gets its own state from `make`.
fn fastest<T>(engine: &Engine, make: impl Fn() -> T + Sync, f: impl Fn(&mut T) -> u64 + Sync) -> f64 {
    let rates = engine.on_each(|| {
        let mut own = make();
        f(&mut own);
        let mut best: f64 = 0.0;
        for _ in 0..BURSTS {
            let (start, mut done) = (Instant::now(), 0);
            while start.elapsed() < BURST {
                done += f(&mut own);
            }
            best = best.max(done as f64 / start.elapsed().as_secs_f64());
        }
        best
    });
    rates.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn limits_are_positive_at_every_level() {
        for level in Level::available() {
            let engine = Engine::new(2, level).unwrap();
            let limits = Limits::measure(&engine);
            assert!(limits.multiply_adds > 0.0 && limits.sigmoids > 0.0, "{level}: {limits:?}");
            assert!(limits.bytes > 0.0, "{level}: {limits:?}");
            let work = Work { multiply_adds: 1000, sigmoids: 10, bytes: 0 };
            assert!(limits.seconds(work) > 0.0, "{level}");
        }
    }
}
