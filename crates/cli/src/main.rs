//! The command line of Evesdrop: arguments in, library calls, an exit code out.

mod args;
mod commands;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

fn main() -> ExitCode {
    let arguments = match args::Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version, which go to standard output.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
        Err(error) => return refuse(&usage(&error.to_string())),
    };
    // What went wrong, then why, from the outside in.
    commands::run(arguments).unwrap_or_else(|error| refuse(&format!("{error:#}")))
}

/// One line, and exit code 2.
fn refuse(error: &str) -> ExitCode {
    // Names of files and of programs may hold anything, codes that command a terminal among it.
    let shown = without_codes(error).replace(char::is_control, "?");
    commands::note(&format!("evesdrop: {shown}"));
    ExitCode::from(2)
}

/// What the parser of the command line says, in one line: the error and its hints, without the usage.
fn usage(text: &str) -> String {
    let parts = text.split("\n\n").filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
    let lines = parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let line = lines.collect::<Vec<_>>().join("; ");
    // In the words of those who type.
    let line = line.replace("invalid digit found in string", "not a whole number, 0 or more");
    let line = line.replace("number too large to fit in target type", "too large");
    let line = line.replace("invalid float literal", "not a number");
    format!("{}; see --help", line.strip_prefix("error: ").unwrap_or(&line))
}

/// Without the numbers that the system has for its errors: it has words for them too.
fn without_codes(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |line, part| line + part.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_one_line() {
        let text = "error: unexpected argument '--bit' found\n\n  tip: a similar argument exists: '--bits'\n\nUsage: evesdrop\n\nFor more";
        assert_eq!(
            usage(text),
            "unexpected argument '--bit' found; tip: a similar argument exists: '--bits'; see --help"
        );
        assert_eq!(without_codes("a: File exists (os error 17); b"), "a: File exists; b");
        assert_eq!(without_codes("plain"), "plain");
    }
}
