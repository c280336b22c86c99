//! `evesdrop train`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use evesdrop::train::{Outcome, RunFolder, Settings, Summary, Trainer};

use super::progress::Progress;
use super::{engine, stop_flag};
use crate::args::Train;

pub(crate) fn run(arguments: &Train) -> Result<ExitCode> {
    let engine = engine(arguments.threads)?;
    let (folder, config) = match (&arguments.resume, &arguments.out) {
        (Some(path), _) => {
            let (folder, config) = RunFolder::open(path)?;
            // More rounds may be allowed than at first.
            let more = Settings { max_rounds: arguments.max_rounds, ..Settings::default() };
            (folder, more.or(config.settings()).check()?)
        }
        (None, out) => {
            let file = arguments.config.as_ref().map(|path| {
                let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
                Settings::from_toml(&text).with_context(|| path.display().to_string())
            });
            let config = arguments.settings().or(file.transpose()?.unwrap_or_default()).check()?;
            let path = out.as_ref().context("name a folder with --out DIR")?;
            (RunFolder::create(path, &config, arguments.force)?, config)
        }
    };
    let stop = stop_flag()?;
    let path = folder.path().to_owned();
    let rounds = config.max_rounds;
    let mut trainer = Trainer::new(config, folder, &engine).with_context(|| path.display().to_string())?;
    let mut progress = Progress::new(trainer.round(), rounds);
    let summary = trainer.run(arguments.keep_going, &stop, &mut progress);
    progress.finish();
    let summary = summary.with_context(|| path.display().to_string())?;
    report(&summary, arguments.json);
    Ok(match summary.outcome {
        Outcome::Trained => ExitCode::SUCCESS,
        Outcome::Failed => ExitCode::from(1),
        Outcome::Interrupted => ExitCode::from(130),
    })
}

fn report(summary: &Summary, json: bool) {
    let Summary { rounds, seconds, run, .. } = summary;
    let number = |value: Option<f64>| value.map_or("?".into(), |x| format!("{x:.3}"));
    let wrong = format!(
        "wrong bits: Bob {} (hard {}), Eve {} (hard {})",
        number(summary.bob_wrong_bits),
        number(summary.bob_wrong_bits_hard),
        number(summary.eve_wrong_bits),
        number(summary.eve_wrong_bits_hard)
    );
    let say = |text: String| if json { eprintln!("{text}") } else { println!("{text}") };
    match summary.outcome {
        Outcome::Trained => say(format!("trained in {rounds} rounds, {seconds:.1} s; {wrong}; saved in {run}")),
        Outcome::Failed => say(format!(
            "failed after {rounds} rounds, {seconds:.1} s: {}; {wrong}; the best model is in {run}",
            summary.diagnosis
        )),
        Outcome::Interrupted => {
            say(format!("interrupted after {rounds} rounds; go on with: evesdrop train --resume {run}"));
        }
    }
    if json {
        println!("{}", serde_json::to_string(summary).expect("a summary is plain values"));
    }
}
