//! `evesdrop attack`.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Error, Result, anyhow, bail};
use console::Term;
use evesdrop::attacks;
use evesdrop::battery::{ControlCache, FolderCache, Options};
use evesdrop::ciphers::{BUILT_IN, CipherError, Target};
use evesdrop::names::nearest;
use evesdrop::report::{Exporter, Report, ReportFolder, Terminal};
use evesdrop_files::{printable, quoted};

use super::progress::AttackProgress;
use super::{note, program, say, say_json, stop_flag, threads};
use crate::args::{Attack, WARNING};

pub(crate) fn run(arguments: &Attack) -> Result<ExitCode> {
    if arguments.list {
        say(&list())?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(text) = &arguments.target else {
        bail!(
            "name a TARGET: the folder of a training run, a built-in cipher such as speck32/64:7 (--list names all), \
             exec:COMMAND, csv:FILE or captures:FILE"
        );
    };
    let stop = stop_flag()?;
    let target = match Target::parse(text, &arguments.target_options(&stop)) {
        Err(CipherError::Stopped) => {
            note("interrupted before the target could be read");
            return Ok(ExitCode::from(130));
        }
        Err(error) => return Err(wrong_prefix(text, arguments).unwrap_or_else(|| error.into())),
        Ok(target) => target,
    };
    // Checked before the work, not after it.
    let folder = arguments.out.as_deref().map(ReportFolder::open).transpose()?;
    if target.is_learned() {
        note(&format!("warning: {WARNING}"));
    }
    let progress = AttackProgress::new();
    let options = Options {
        threads: threads(arguments.threads)?,
        seed: arguments.seed,
        only: arguments.only.clone(),
        cancel: &stop,
        progress: &|p| progress.show(p),
        ..Options::new(arguments.budget)
    };
    let cache = FolderCache::of_user();
    let report = evesdrop::report(&target, &options, cache.as_ref().map(|cache| cache as &dyn ControlCache));
    progress.finish();
    let report = match (report, &folder) {
        (Err(error), Some(folder)) => {
            folder.abandon();
            return Err(error.into());
        }
        (report, _) => report?,
    };

    // The findings are printed even if the report cannot be written.
    let written = folder.map_or(Ok(()), |folder| folder.write(&report));
    show(&report, arguments)?;
    written?;
    if let Some(folder) = &arguments.out {
        note(&format!("report: {}", printable(folder.join("report.html"))));
    }
    if let Some(failure) = &report.failure {
        bail!("{failure}");
    }
    Ok(match arguments.fail_on {
        _ if report.is_partial() => ExitCode::from(130),
        Some(limit) if limit.fails(report.verdict) => ExitCode::from(3),
        _ => ExitCode::SUCCESS,
    })
}

/// The error for a target that is no cipher, run or file, but looks like `exec:` or `csv:` was forgotten or misspelt.
fn wrong_prefix(text: &str, arguments: &Attack) -> Option<Error> {
    let path = Path::new(text);
    let ends_in = |end: &str| path.extension().is_some_and(|it| it.eq_ignore_ascii_case(end));
    if ends_in("safetensors") || path.is_dir() {
        return None;
    }
    let attack = format!("{} attack", program());
    if let Some((typed, rest)) = text.split_once(':')
        && let Some(meant) = nearest(typed, ["exec", "csv", "captures"])
    {
        let word = quoted(format!("{meant}:{rest}"));
        return (meant != typed).then(|| anyhow!("no target `{typed}:`: did you mean {attack} {word}?"));
    }
    if ends_in("csv") && !text.contains(char::is_whitespace) {
        let word = quoted(format!("csv:{text}"));
        return Some(anyhow!("`{text}`: a file of recorded data needs csv: before its name: {attack} {word}"));
    }
    if path.is_file() || text.trim().contains(char::is_whitespace) {
        let here = path.is_file() && !text.contains('/');
        let word = quoted(format!("exec:{}{text}", if here { "./" } else { "" }));
        let bits = |bits: Option<usize>, name: &str| bits.map_or(name.into(), |bits| bits.to_string());
        let (n, k) = (bits(arguments.block_bits, "N"), bits(arguments.key_bits, "K"));
        return Some(anyhow!(
            "`{text}`: a program needs exec: before its command: {attack} {word} --block-bits {n} --key-bits {k}"
        ));
    }
    None
}

/// Prints the report on standard output. With `--json` that is one object, and the table goes to standard error.
fn show(report: &Report, arguments: &Attack) -> Result<()> {
    let term = if arguments.json { Term::stderr() } else { Term::stdout() };
    let is_terminal = if arguments.json { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let width = term.size_checked().map_or(100, |(_, columns)| usize::from(columns).min(140));
    let table = Terminal { width, colour: is_terminal && !plain }.export(report)?;
    if arguments.json {
        note(table.trim_end());
        say_json(report)?;
    } else {
        say(table.trim_end())?;
    }
    Ok(())
}

/// The attacks and the built-in targets.
fn list() -> String {
    let mut lines = vec!["Attacks:".to_owned()];
    for attack in attacks::all() {
        let misuse = if attack.reuses_key() { ", needs a key that is reused" } else { "" };
        lines.push(format!("  {:<23} {}{misuse}", attack.name(), attack.threat_model().words()));
    }
    lines.push("\nBuilt-in targets:".into());
    lines.extend(BUILT_IN.iter().map(|(name, words)| format!("  {name:<18} {words}")));
    lines.push("\nYour own: exec:COMMAND, csv:FILE, captures:FILE, the folder of a training run".into());
    lines.join("\n")
}
