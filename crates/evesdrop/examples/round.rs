//! Times one workload and prints a line of JSON:
//! `cargo run --release -p evesdrop --example round [WORKLOAD] [BITS] [BATCH] [THREADS] [SAMPLES]`.

use std::error::Error;
use std::str::FromStr;
use std::time::Duration;

use evesdrop::bench::{Workbench, Workload};
use evesdrop_engine::{Engine, Level};

/// Samples are taken for so long at most.
const ENOUGH: Duration = Duration::from_secs(60);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, otherwise| arguments.get(place).map_or(Ok(otherwise), |text| usize::from_str(text));
    let name = arguments.first().map_or("round", String::as_str);
    let workload = Workload::ALL.into_iter().find(|workload| workload.name() == name);
    let workload = workload.ok_or_else(|| format!("{name}: round, eve, forward or encrypt"))?;
    let (bits, batch, threads, samples) = (number(1, 16)?, number(2, 4096)?, number(3, 1)?, number(4, 300)?);
    let engine = Engine::new(threads, Level::from_environment()?)?;
    let timing = Workbench::new(&engine, bits, batch).time(workload, samples, ENOUGH);
    let line = serde_json::json!({
        "level": engine.level().to_string(), "workload": name, "bits": bits, "batch": batch, "threads": threads,
        "median_ms": timing.median_ms, "fastest_ms": timing.fastest_ms, "slowest_ms": timing.slowest_ms,
        "samples": timing.samples, "peak_mb": peak_mb(),
    });
    println!("{line}");
    Ok(())
}

/// Most memory that this process has held, in MB, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1e3)
}
