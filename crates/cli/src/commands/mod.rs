//! One file a command.

mod attack;
mod bench;
mod crypt;
mod demo;
mod inspect;
mod paper;
mod progress;
mod train;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow};
use evesdrop_engine::{Engine, Level};

use crate::args::{Arguments, Command};

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Train(train) => train::run(&train),
        Command::Attack(attack) => attack::run(&attack),
        Command::Paper { command } => paper::run(&command),
        Command::Keygen(keygen) => crypt::keygen(&keygen),
        Command::Encrypt(arguments) => crypt::run(&arguments, crypt::Direction::Encrypt),
        Command::Decrypt(arguments) => crypt::run(&arguments, crypt::Direction::Decrypt),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    }
}

/// A line on standard output. Whoever stopped reading it is not an error.
fn say(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// A line on standard error, which nobody may be reading.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The engine for so many threads, or one for each core.
fn engine(threads: Option<usize>) -> Result<Engine> {
    let level = Level::from_environment().map_err(|error| anyhow!(error))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    match threads {
        Some(n) if !(1..=1024).contains(&n) => Err(anyhow!("--threads {n}: must be from 1 to 1024")),
        _ => Engine::new(threads.unwrap_or(cores), level).context("the threads cannot be started"),
    }
}

/// A flag that Ctrl-C sets. A second Ctrl-C ends the program at once.
fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .context("Ctrl-C cannot be caught")?;
    Ok(stop)
}
