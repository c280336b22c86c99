//! The command line of Evesdrop: arguments in, library calls, an exit code out.

mod args;
mod commands;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    match commands::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            // One line: what went wrong, then why, from the outside in.
            commands::note(&format!("evesdrop: {error:#}"));
            ExitCode::from(2)
        }
    }
}
