//! Errors: one line on standard error, and exit code 2.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use evesdrop::train::Settings;

use crate::commands;

/// Maximum number of characters in an error line. The middle of a longer line is left out: its ends name the file and the
/// reason.
const LONGEST: usize = 800;

/// Prints the error as one line.
pub(crate) fn refuse(error: &str) -> ExitCode {
    commands::note(&format!("evesdrop: {}", one_line(error)));
    ExitCode::from(2)
}

/// The text with control characters replaced, which file names and program outputs may contain, and of bounded length.
fn one_line(text: &str) -> String {
    let text = without_codes(text).replace(char::is_control, "?");
    let count = text.chars().count();
    if count <= LONGEST {
        return text;
    }
    let part = LONGEST / 2;
    let (head, tail): (String, String) = (text.chars().take(part).collect(), text.chars().skip(count - part).collect());
    format!("{head} [{} characters left out] {tail}", count - 2 * part)
}

/// The error of the argument parser in one line, without the usage. `arguments` are the typed ones.
pub(crate) fn usage(error: &clap::Error, arguments: &[String]) -> String {
    if let Some(hint) = toml_setting(error, arguments) {
        return hint;
    }
    plain(&error.to_string())
}

fn plain(text: &str) -> String {
    let parts = text.split("\n\n").filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
    let lines = parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let line = lines.collect::<Vec<_>>().join("; ");
    // Rust's errors for numbers, in plain words.
    let line = line.replace("invalid digit found in string", "not a whole number, 0 or more");
    let line = line.replace("number too large to fit in target type", "too large");
    let line = line.replace("invalid float literal", "not a number");
    let line = line.replace(" is not in ", ": must be from ").replace("..=", " to ");
    format!("{}; see --help", line.strip_prefix("error: ").unwrap_or(&line))
}

/// The hint for an unknown option of `train` that is a setting of the TOML file, such as `--learning-rate`.
fn toml_setting(error: &clap::Error, arguments: &[String]) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument || arguments.get(1).map(String::as_str) != Some("train") {
        return None;
    }
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = option.strip_prefix("--")?.replace('_', "-");
    let reads = |value: &str| Settings::from_toml(&format!("{name} = {value}"));
    if reads("0").is_err_and(|error| error.to_string().contains("unknown field")) {
        return None;
    }
    let place = arguments.iter().position(|word| word.split('=').next() == Some(option))?;
    let value = match arguments[place].split_once('=') {
        Some((_, value)) => value,
        None => arguments.get(place + 1).map_or("", String::as_str),
    };
    let value = [value.to_owned(), format!("\"{value}\"")].into_iter().find(|value| reads(value).is_ok());
    let line = format!("{name} = {}", value.as_deref().unwrap_or("..."));
    Some(format!(
        "{option} is not an option but a setting of the TOML file: write the line `{line}` to a file, settings.toml, and \
         add --config settings.toml"
    ))
}

/// The text without the operating system's error numbers.
fn without_codes(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |line, part| line + part.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_one_line_of_bounded_length() {
        let text = "error: unexpected argument '--bit' found\n\n  tip: a similar argument exists: '--bits'\n\nUsage: evesdrop\n\nFor more";
        assert_eq!(
            plain(text),
            "unexpected argument '--bit' found; tip: a similar argument exists: '--bits'; see --help"
        );
        assert_eq!(
            plain("error: '--precision': 99 is not in 1..=16"),
            "'--precision': 99: must be from 1 to 16; see --help"
        );
        assert_eq!(one_line("a: File exists (os error 17); b"), "a: File exists; b");
        assert_eq!(one_line("red \u{1b}[31m\nline"), "red ?[31m?line");
        let long = format!("file {}: no such file", "é".repeat(100_000));
        let shown = one_line(&long);
        assert!(shown.chars().count() < LONGEST + 50);
        assert!(shown.starts_with("file é") && shown.ends_with("é: no such file"), "{shown}");
    }
}
