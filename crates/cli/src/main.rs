//! The command line of Evesdrop: arguments in, library calls, an exit code out.

mod args;
mod commands;
mod refusal;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use refusal::{refuse, usage};

fn main() -> ExitCode {
    let arguments = match args::Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version go to standard output.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
        Err(error) => {
            let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
            return refuse(&usage(&error, &words));
        }
    };
    // The error, then its causes.
    commands::run(arguments).unwrap_or_else(|error| refuse(&format!("{error:#}")))
}
