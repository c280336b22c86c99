//! What this machine can do at most, measured: the bound that the kernels are held against.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::kernels::{Row, peak, reduce};
use crate::run::Engine;
use crate::work::Work;

/// Time that one measurement repeats its loop for: less than a share of time that the system gives to another program.
const BURST: Duration = Duration::from_millis(1);
/// Bursts; the fastest counts, since whatever else runs on the machine only slows them.
const BURSTS: usize = 50;
/// Rows that sigmoids are measured on: few enough for any first-level cache.
const FEW: usize = 16;
/// Bytes that any first-level cache holds.
const FIRST_LEVEL: usize = 16 << 10;

/// The measured limits of an engine's threads together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Fused multiply-adds of single values a second.
    pub multiply_adds: f64,
    /// Sigmoids a second.
    pub sigmoids: f64,
    /// Bytes read a second from a first-level cache.
    pub bytes: f64,
}

impl Limits {
    /// Measures them; takes a tenth of a second.
    pub fn measure(engine: &Engine) -> Self {
        let level = engine.level();
        let multiply_adds = fastest(engine, || (), |()| peak::multiply_adds(level));
        let sigmoids = fastest(engine, || vec![Row::ZERO; FEW], |rows| peak::sigmoids(level, rows));
        Self { multiply_adds, sigmoids, bytes: bandwidth(engine, FIRST_LEVEL) }
    }

    /// Seconds that `work` takes at least: multiply-adds, sigmoids (whose divisions are made beside the multiply-adds) and
    /// reading go on at the same time, and the one that takes longest counts.
    pub fn seconds(&self, work: Work) -> f64 {
        let parts = [
            work.multiply_adds as f64 / self.multiply_adds,
            work.sigmoids as f64 / self.sigmoids,
            work.bytes as f64 / self.bytes,
        ];
        parts.into_iter().fold(0.0, f64::max)
    }
}

/// Bytes a second that the engine's threads read together, each from `bytes` bytes of its own, over and over.
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

/// The most that `f` gets done a second, on all threads at once; each has what `make` makes.
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
