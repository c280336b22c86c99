//! `evesdrop bench`.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, ensure};
use evesdrop::bench::measure;
use evesdrop::engine::{Engine, Level};

use super::{cores, note, say};
use crate::args::Bench;

pub(crate) fn run(arguments: &Bench) -> Result<ExitCode> {
    let Bench { bits, batch, threads, json } = *arguments;
    ensure!((4..=256).contains(&bits), "--bits {bits}: must be from 4 to 256");
    ensure!((1..=1 << 20).contains(&batch), "--batch {batch}: must be from 1 to 1048576");
    // With more threads than cores the threads would wait for each other, and the limits would mean nothing.
    let cores = cores();
    ensure!(
        (1..=cores).contains(&threads),
        "--threads {threads}: must be from 1 to {cores}, the cores of this machine"
    );
    let levels = match std::env::var_os("EVESDROP_SIMD").is_none_or(|name| name.is_empty()) {
        true => Level::available(),
        false => vec![Level::from_environment().map_err(|error| anyhow!(error))?],
    };
    let names: Vec<String> = levels.iter().map(Level::to_string).collect();
    note(&format!("measuring {}; a few seconds per level, longer for scalar", names.join(", ")));
    let engine = |level| Engine::new(threads, level).context("the threads cannot be started");
    let engines = levels.into_iter().map(engine).collect::<Result<Vec<_>>>()?;
    let bench = measure(&engines, bits, batch);
    say(&if json { bench.to_json() } else { bench.to_text() })?;
    Ok(ExitCode::SUCCESS)
}
