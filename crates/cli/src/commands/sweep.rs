//! `evesdrop sweep`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, ensure};
use evesdrop::formats::EventFile;
use evesdrop::paper::{self, Shard, Trial};
use evesdrop::sweep::{Results, Sweep};
use evesdrop_files::{printable, read_at_most};

use super::progress::SweepProgress;
use super::{engine, note, say, say_json, stop_flag};
use crate::args;

/// Bytes of a specification at most.
const LARGEST: u64 = 1 << 20;

pub(crate) fn run(arguments: &args::Sweep) -> Result<ExitCode> {
    let file = || printable(&arguments.spec);
    let bytes = read_at_most(&arguments.spec, LARGEST).with_context(file)?;
    let text = String::from_utf8(bytes).ok().with_context(|| format!("{}: not text in UTF-8", file()))?;
    let sweep = Sweep::parse(&text, &arguments.set).with_context(file)?;
    ensure!(!arguments.out.is_file(), "{} is a file: name a folder", printable(&arguments.out));
    let engine = engine(arguments.threads)?;
    let stop = stop_flag()?;
    let progress = SweepProgress::new(sweep.groups());
    let unwritten = Mutex::new(None);
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let result = engine.enter(|| {
        paper::run(sweep.groups(), &arguments.out, shard, &stop, &|at| {
            if let (Some((trial, _)), Some(folder)) = (at.finished, &arguments.tensorboard)
                && let Err(error) = events(trial, &sweep, &arguments.out, folder)
                && let Ok(mut unwritten) = unwritten.lock()
            {
                unwritten.get_or_insert(error);
            }
            progress.show(&at);
        })
    });
    progress.finish();
    result?;
    if let Some(error) = unwritten.into_inner().ok().flatten() {
        return Err(error).context("--tensorboard");
    }
    let results = Results::of(&sweep, &arguments.out)?;
    results.write(&arguments.out)?;
    let files = arguments.out.join("sweep");
    if arguments.json {
        say_json(&results.outline(&arguments.out))?;
    } else {
        say(&results.markdown)?;
        say(&format!("table, chart and trials: {0}.md, .svg, .csv and .jsonl", printable(&files)))?;
    }
    if stop.load(Ordering::Relaxed) {
        note("interrupted; the same command continues");
        return Ok(ExitCode::from(130));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the event file of a finished trial, unless there is one.
fn events(trial: &Trial, sweep: &Sweep, out: &Path, folder: &Path) -> Result<()> {
    let of = |group: &&paper::Group| group.trials.iter().any(|other| other.id == trial.id);
    let label = sweep.groups().iter().find(of).map_or("all", |group| group.label.as_str());
    let seed = trial.config().seed;
    let folder = folder.join(label.replace(['/', '\\'], "_")).join(format!("seed-{seed}"));
    if folder.exists() {
        return Ok(());
    }
    let evaluations = trial.evaluations(out)?;
    let mut file = EventFile::create(&folder).with_context(|| printable(&folder))?;
    for evaluation in evaluations {
        file.add(&evaluation).with_context(|| printable(&folder))?;
    }
    Ok(())
}
