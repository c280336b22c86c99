//! One file per command.

mod attack;
mod bench;
mod crypt;
mod demo;
mod export;
mod inspect;
mod paper;
mod progress;
mod shell;
mod sweep;
mod train;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use evesdrop::engine::{Engine, Level};
use evesdrop_files::quoted;

use crate::args::{Arguments, Command};

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Train(train) => train::run(&train),
        Command::Attack(attack) => attack::run(&attack),
        Command::Paper { command } => paper::run(&command),
        Command::Sweep(arguments) => sweep::run(&arguments),
        Command::Keygen(keygen) => crypt::keygen(&keygen),
        Command::Encrypt(arguments) => crypt::encrypt(&arguments),
        Command::Decrypt(arguments) => crypt::decrypt(&arguments.files),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
    }
}

/// Prints a line on standard output. If the reader has closed the pipe, that is not an error.
fn say(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// Prints a value as one line of JSON on standard output.
fn say_json(value: &impl serde::Serialize) -> Result<()> {
    say(&serde_json::to_string(value)?)
}

/// Prints a line on standard error. A failure is ignored.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// This program as it was called, quoted for a shell, because it may not be in the PATH.
fn program() -> String {
    std::env::args_os().next().filter(|name| !name.is_empty()).map_or("evesdrop".into(), quoted)
}

/// The number of cores that this program may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The value of `--threads`; one per core if absent.
fn threads(asked: Option<usize>) -> Result<usize> {
    match asked {
        Some(n) if !(1..=1024).contains(&n) => Err(anyhow!("--threads {n}: must be from 1 to 1024")),
        asked => Ok(asked.unwrap_or(cores())),
    }
}

/// The engine with this number of threads; one per core if absent.
fn engine(asked: Option<usize>) -> Result<Engine> {
    let level = Level::from_environment().map_err(|error| anyhow!(error))?;
    Engine::new(threads(asked)?, level).context("the threads cannot be started")
}

/// "1 byte", "2 bytes".
fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// Signals within this time are one request: `timeout` signals the program and then its whole process group.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// A stop that takes longer than this is explained.
const PROMPT: Duration = Duration::from_secs(2);

/// A flag set by Ctrl-C and by the signals TERM and HUP. A second request ends the program at once.
fn stop_flag() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let mut first: Option<Instant> = None;
    on_interrupt(move || {
        if !flag.swap(true, Ordering::Relaxed) {
            std::thread::spawn(|| {
                std::thread::sleep(PROMPT);
                note(
                    "stopping after the work in progress; Ctrl-C again ends at once, and the work since the last save is lost",
                );
            });
        }
        if first.get_or_insert_with(Instant::now).elapsed() > ONE_REQUEST {
            end_now();
        }
    })?;
    Ok(stop)
}

/// Makes Ctrl-C end the program at once, for commands that have nothing to save.
fn end_on_interrupt() -> Result<()> {
    on_interrupt(|| {
        note("interrupted");
        end_now();
    })
}

fn on_interrupt(act: impl FnMut() + Send + 'static) -> Result<()> {
    ctrlc::set_handler(act).context("the handler of Ctrl-C cannot be set")
}

fn end_now() {
    evesdrop::abandon_unfinished_files();
    std::process::exit(130);
}
