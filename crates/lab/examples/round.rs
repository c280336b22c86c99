//! Times one workload, optionally in several independent runs at once, and prints one line of JSON:
//! `cargo run --release -p evesdrop-lab --example round [WORKLOAD] [BITS] [BATCH] [THREADS] [SAMPLES] [RUNS]`.

use std::error::Error;
use std::str::FromStr;
use std::sync::Barrier;
use std::time::Duration;

use evesdrop_engine::{Engine, Level};
use evesdrop_lab::bench::{Timing, Workbench, Workload};

/// Maximum total time of the samples.
const ENOUGH: Duration = Duration::from_secs(60);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, otherwise| arguments.get(place).map_or(Ok(otherwise), |text| usize::from_str(text));
    let name = arguments.first().map_or("round", String::as_str);
    let workload = Workload::ALL.into_iter().find(|workload| workload.name() == name);
    let names = || Workload::ALL.map(Workload::name).join(", ");
    let workload = workload.ok_or_else(|| format!("{name}: workloads are {}", names()))?;
    let (bits, batch, threads, samples) = (number(1, 16)?, number(2, 4096)?, number(3, 1)?, number(4, 300)?);
    let runs = number(5, 1)?.max(1);
    let level = Level::from_environment()?;
    let engines = (0..runs).map(|_| Engine::new(threads, level)).collect::<Result<Vec<_>, _>>()?;
    let ready = Barrier::new(runs);
    let time = |engine: &Engine| {
        let mut bench = Workbench::new(engine, workload, bits, batch);
        ready.wait();
        bench.time(samples, ENOUGH)
    };
    let timings: Vec<Timing> = std::thread::scope(|scope| {
        let running: Vec<_> = engines.iter().map(|engine| scope.spawn(|| time(engine))).collect();
        running.into_iter().map(|run| run.join().expect("a run does not panic")).collect()
    });
    let mean = |of: fn(&Timing) -> f64| timings.iter().map(of).sum::<f64>() / runs as f64;
    let line = serde_json::json!({
        "level": level.to_string(), "workload": name, "bits": bits, "batch": batch, "threads": threads, "runs": runs,
        "median_ms": mean(|timing| timing.median_ms), "fastest_ms": mean(|timing| timing.fastest_ms),
        "slowest_ms": mean(|timing| timing.slowest_ms), "samples": samples, "peak_mb": peak_mb(),
    });
    println!("{line}");
    Ok(())
}

/// Peak memory of this process in MB, if the system reports it.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1e3)
}
