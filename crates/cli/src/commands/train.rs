//! `evesdrop train`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use evesdrop::formats::EventFile;
use evesdrop::run::{Outcome, Run, RunFolder, Summary, Update, read_settings};
use evesdrop::train::{Errors, Settings};
use evesdrop_files::{printable, quoted};

use super::progress::Progress;
use super::{counted, engine, note, program, say, stop_flag};
use crate::args::Train;

pub(crate) fn run(arguments: &Train) -> Result<ExitCode> {
    let engine = engine(arguments.threads)?;
    let seconds = arguments.checkpoint_every;
    ensure!((0.0..=1e6).contains(&seconds), "--checkpoint-every {seconds}: must be from 0 to 1000000 seconds");
    let interval = Duration::from_secs_f64(seconds);
    let (folder, config) = match (&arguments.resume, &arguments.out) {
        (Some(path), _) => {
            let (folder, config) = RunFolder::open(path)?;
            // A resumed run may get a higher limit of rounds.
            let more = Settings { max_rounds: arguments.max_rounds, ..Settings::default() };
            (folder, more.or(config.settings()).check()?)
        }
        (None, out) => {
            let file = arguments.config.as_deref().map(read_settings).transpose()?;
            let config = arguments.settings().or(file.unwrap_or_default()).check()?;
            let path = out
                .as_ref()
                .context("name the folder of a new run with --out DIR, or continue a run with --resume DIR")?;
            (RunFolder::create(path, &config, arguments.force)?, config)
        }
    };
    let stop = stop_flag()?;
    let path = folder.path().to_owned();
    let rounds = config.max_rounds;
    let run = Run::new(config, folder, &engine).with_context(|| path.display().to_string())?;
    let mut run = run.checkpoint_every(interval);
    let before = run.training().rounds();
    let mut progress = Progress::new(before, rounds);
    let events = arguments.tensorboard.as_deref().map(|folder| (folder, EventFile::create(folder)));
    let mut events = events.map(|(folder, file)| file.with_context(|| printable(folder))).transpose()?;
    let mut unwritten = None;
    let summary = run.train(arguments.keep_going, &stop, &mut |update| {
        if let (Update::Looked(look), Some(events)) = (update, &mut events) {
            unwritten = unwritten.take().or(events.add(&look.evaluation).err());
        }
        progress.show(update);
    });
    progress.finish();
    if let Some(error) = unwritten {
        note(&format!("warning: the event file of TensorBoard is not complete: {error}"));
    }
    let summary = summary.with_context(|| path.display().to_string())?;
    if before > 0 && summary.rounds == before {
        match summary.outcome {
            Outcome::Failed => note("this run is finished: it used all its rounds; --max-rounds gives it more"),
            Outcome::Trained => note("this run is finished: it is trained; nothing to do"),
            Outcome::Interrupted => {}
        }
    }
    report(&summary, arguments)?;
    Ok(match summary.outcome {
        Outcome::Trained => ExitCode::SUCCESS,
        Outcome::Failed => ExitCode::from(1),
        Outcome::Interrupted => ExitCode::from(130),
    })
}

fn report(summary: &Summary, arguments: &Train) -> Result<()> {
    let Summary { rounds, seconds, run, .. } = summary;
    let shown = printable(run);
    let number = |value: Option<f64>| value.map_or("?".into(), |x| format!("{x:.3}"));
    let wrong = match summary.squared {
        Some(squared) => Errors::Values(squared).to_string(),
        None => format!(
            "wrong bits: Bob {}, Eve {} (soft errors; hard errors: Bob {}, Eve {})",
            number(summary.bob_wrong_bits),
            number(summary.eve_wrong_bits),
            number(summary.bob_wrong_bits_hard),
            number(summary.eve_wrong_bits_hard)
        ),
    };
    let text = match summary.outcome {
        Outcome::Trained => {
            format!("trained in {}, {seconds:.1} s; {wrong}; saved in {shown}", counted(*rounds, "round"))
        }
        Outcome::Failed => format!(
            "goals not met after {}, {seconds:.1} s: {}; {wrong}; the best model is in {shown}",
            counted(*rounds, "round"),
            summary.diagnosis
        ),
        Outcome::Interrupted => {
            format!("interrupted after {}; continue with: {}", counted(*rounds, "round"), go_on(run, arguments))
        }
    };
    if arguments.json {
        note(&text);
        say(&serde_json::to_string(summary).expect("a summary is plain values"))
    } else {
        say(&text)
    }
}

/// The command that continues an interrupted run as it was started.
fn go_on(run: &str, arguments: &Train) -> String {
    let mut command = format!("{} train --resume {}", program(), quoted(run));
    if let (Some(rounds), true) = (arguments.max_rounds, arguments.resume.is_some() || arguments.keep_going) {
        command += &format!(" --max-rounds {rounds}");
    }
    if arguments.keep_going {
        command += " --keep-going";
    }
    command
}
