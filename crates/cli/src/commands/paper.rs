//! `evesdrop paper`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, ensure};
use console::Term;
use evesdrop::paper::{self, Experiment, Group, Results, Shard, Summary};
use evesdrop_files::printable;

use super::progress::TrialProgress;
use super::{counted, engine, note, say, say_json, stop_flag};
use crate::args::{Experiments, Paper};

pub(crate) fn run(command: &Paper) -> Result<ExitCode> {
    let (which, options) = match command {
        Paper::List => {
            let width = Term::stdout().size_checked().map_or(80, |(_, columns)| columns.into());
            say(list(width).trim_end())?;
            return Ok(ExitCode::SUCCESS);
        }
        Paper::Merge { parts, out } => {
            let copied = paper::merge(parts, out)?;
            say(&format!("{} copied to {}", counted(copied as u64, "new trial"), printable(out)))?;
            return Ok(ExitCode::SUCCESS);
        }
        Paper::Fig2(options) => (vec![Experiment::Fig2], options),
        Paper::Fig3(options) => (vec![Experiment::Fig3], options),
        Paper::Ablation(options) => (vec![Experiment::Ablation], options),
        Paper::Lengths(options) => (vec![Experiment::Lengths], options),
        Paper::ShortKeys(options) => (vec![Experiment::ShortKeys], options),
        Paper::LeakedKeys(options) => (vec![Experiment::LeakedKeys], options),
        Paper::StrongEve(options) => (vec![Experiment::StrongEve], options),
        Paper::Fig4(options) => (vec![Experiment::Fig4], options),
        Paper::Fig6(options) => (vec![Experiment::Fig6], options),
        Paper::Cryptonet(options) => (vec![Experiment::CryptoNet], options),
        Paper::Bits(options) => (vec![Experiment::Bits], options),
        Paper::All(options) => (Experiment::ALL.to_vec(), options),
    };
    let Experiments { scale, runs, out, threads, .. } = options;
    if let Some(runs) = runs {
        ensure!((1..=10_000).contains(runs), "--runs {runs}: must be from 1 to 10000");
    }
    let engine = engine(*threads)?;
    let stop = stop_flag()?;
    let which: Vec<_> = which.into_iter().map(|it| (it, it.groups(*scale, *runs))).collect();
    // All trials form one queue: no thread waits for the last trials of one experiment before the next begins.
    let groups: Vec<Group> = which.iter().flat_map(|(_, groups)| groups).cloned().collect();
    let progress = TrialProgress::new(if let [(one, _)] = which[..] { one.name() } else { "all" });
    let shard = options.shard.unwrap_or(Shard::WHOLE);
    let result = engine.enter(|| paper::run(&groups, out, shard, &stop, &|at| progress.show(at.done, at.of)));
    progress.finish();
    result?;
    for (experiment, groups) in &which {
        let summary = Summary::of(*experiment, *scale, groups, out)?;
        // An experiment that was interrupted before it started has no results.
        if summary.done.0 > 0 || which.len() == 1 {
            write(*experiment, options, &summary, out)?;
        }
    }
    if stop.load(Ordering::Relaxed) {
        note("interrupted; the same command continues");
        return Ok(ExitCode::from(130));
    }
    Ok(ExitCode::SUCCESS)
}

/// The experiments in lines of at most `width` characters.
fn list(width: usize) -> String {
    let experiments = Experiment::ALL.map(|it| (it.name(), it.words()));
    let mut list = String::new();
    for (mut name, words) in experiments.into_iter().chain([("all", "all of these")]) {
        let mut line = String::new();
        for word in words.split(' ') {
            if !line.is_empty() && 12 + line.len() + 1 + word.len() > width {
                list += &format!("{name:12}{line}\n");
                (name, line) = ("", String::new());
            }
            line += &format!(" {word}");
        }
        list += &format!("{name:12}{line}\n");
    }
    list
}

/// Writes the table, the chart and the trials, and prints the table.
fn write(experiment: Experiment, options: &Experiments, summary: &Summary, out: &Path) -> Result<()> {
    let name = format!("{}-{}", experiment.name(), options.scale);
    for (end, text) in [("md", &summary.markdown), ("svg", &summary.svg), ("csv", &summary.csv)] {
        let path = out.join(format!("{name}.{end}"));
        std::fs::create_dir_all(out)
            .and_then(|()| std::fs::write(&path, text))
            .with_context(|| path.display().to_string())?;
    }
    if options.json {
        return say_json(&Results::new(experiment, options.scale, summary, &out.join(format!("{name}.csv"))));
    }
    say(&summary.markdown)?;
    say(&format!("table, chart and trials: {}.md, .svg and .csv\n", printable(out.join(&name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_fits_its_width() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for width in [50, 80, 200] {
            let list = list(width);
            assert!(list.lines().all(|line| line.len() <= width), "{list}");
            assert_eq!(words(&list), words(&super::list(1000)));
        }
    }
}
