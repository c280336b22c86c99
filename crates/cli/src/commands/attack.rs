//! `evesdrop attack`.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::{Result, bail};
use console::Term;
use evesdrop::attacks;
use evesdrop::battery::{ControlCache, FolderCache, Options};
use evesdrop::ciphers::{BUILT_IN, Target};
use evesdrop::report::{Exporter, Report, ReportFolder, Terminal};

use super::progress::AttackProgress;
use super::{note, say, stop_flag};
use crate::args::{Attack, WARNING};

pub(crate) fn run(arguments: &Attack) -> Result<ExitCode> {
    let Some(text) = arguments.target.as_ref().filter(|_| !arguments.list) else {
        say(&list())?;
        return Ok(ExitCode::SUCCESS);
    };
    let stop = stop_flag()?;
    let target = Target::parse(text, &arguments.target_options(&stop))?;
    // Before the work, not after it.
    let folder = arguments.out.as_deref().map(ReportFolder::open).transpose()?;
    if target.is_learned() {
        note(&format!("warning: {WARNING}"));
    }
    let progress = AttackProgress::new();
    let options = Options {
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

    // What was found is said even where it cannot be written.
    let written = folder.map_or(Ok(()), |folder| folder.write(&report));
    show(&report, arguments)?;
    written?;
    if let Some(folder) = &arguments.out {
        note(&format!("report: {}", folder.join("report.html").display()));
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

/// The report on standard output; with `--json` that is one object, and the table goes to standard error.
fn show(report: &Report, arguments: &Attack) -> Result<()> {
    let term = if arguments.json { Term::stderr() } else { Term::stdout() };
    let is_terminal = if arguments.json { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let width = term.size_checked().map_or(100, |(_, columns)| usize::from(columns).min(140));
    let table = Terminal { width, colour: is_terminal && !plain }.export(report)?;
    if arguments.json {
        note(table.trim_end());
        say(&serde_json::to_string(report)?)?;
    } else {
        say(table.trim_end())?;
    }
    Ok(())
}

/// The attacks and the built-in targets.
fn list() -> String {
    let mut lines = vec!["Attacks:".to_owned()];
    for attack in attacks::all() {
        let misuse = if attack.reuses_key() { ", needs a key used again" } else { "" };
        lines.push(format!("  {:<23} {}{misuse}", attack.name(), attack.threat_model().words()));
    }
    lines.push("\nBuilt-in targets:".into());
    lines.extend(BUILT_IN.iter().map(|(name, words)| format!("  {name:<18} {words}")));
    lines.push("\nYour own: exec:COMMAND, csv:FILE, the folder of a training run".into());
    lines.join("\n")
}
