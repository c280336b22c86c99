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
use evesdrop::engine::{Engine, Level};

use crate::args::{Arguments, Command};

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Train(train) => train::run(&train),
        Command::Attack(attack) => attack::run(&attack),
        Command::Paper { command } => paper::run(&command),
        Command::Keygen(keygen) => crypt::keygen(&keygen),
        Command::Encrypt(arguments) => crypt::encrypt(&arguments),
        Command::Decrypt(files) => crypt::decrypt(&files),
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

/// "1 byte", "2 bytes".
fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A flag that Ctrl-C sets, and what else asks a program to end. When asked a second time it ends at once.
fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    on_interrupt(move || {
        if flag.swap(true, Ordering::Relaxed) {
            end_now();
        }
    })?;
    Ok(stop)
}

/// Has Ctrl-C end the program at once, for commands that have nothing to save.
fn end_on_interrupt() -> Result<()> {
    on_interrupt(|| {
        note("interrupted");
        end_now();
    })
}

fn on_interrupt(act: impl FnMut() + Send + 'static) -> Result<()> {
    ctrlc::set_handler(act).context("Ctrl-C cannot be caught")
}

fn end_now() {
    evesdrop::abandon_unfinished_files();
    std::process::exit(130);
}
