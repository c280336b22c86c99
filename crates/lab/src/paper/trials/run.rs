//! Running many trials: in parallel, in parts, with interruptions and merges.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use evesdrop_files::write_atomically;
use rayon::prelude::*;

use super::error::PaperError;
use super::group::Group;
use super::row::Row;
use super::trial::Trial;

/// A part of the trials: number `part` of `of`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `of`.
    pub part: usize,
    /// Total number of parts.
    pub of: usize,
}

impl Shard {
    /// All trials.
    pub const WHOLE: Self = Self { part: 1, of: 1 };
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((part, of)) if (1..=of).contains(&part) => Ok(Self { part, of }),
            _ => Err("write a part as 2/5: the second of five".into()),
        }
    }
}

/// How far a run of trials has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Trials done, including those found done.
    pub done: usize,
    /// Trials in all.
    pub of: usize,
    /// The trial that was just done, with its row. None at the start.
    pub finished: Option<(&'a Trial, &'a Row)>,
}

/// Runs the unfinished trials of `groups` that belong to `shard`, in `folder`, one per thread of the current rayon pool, or one
/// after another outside a pool, as an engine with one thread has none. `tell` receives the progress. If `stop` is set, it returns early; everything finished
/// so far is on disk.
///
/// # Errors
/// If a trial's files cannot be read or written.
pub fn run(
    groups: &[Group],
    folder: &Path,
    shard: Shard,
    stop: &AtomicBool,
    tell: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<(), PaperError> {
    let mut trials: Vec<&Trial> = groups.iter().flat_map(|group| &group.trials).collect();
    trials.sort_by(|a, b| a.id.cmp(&b.id));
    trials.dedup_by(|a, b| a.id == b.id);
    let mine: Vec<&Trial> = trials.into_iter().skip(shard.part - 1).step_by(shard.of).collect();
    let done = AtomicUsize::new(0);
    let of = mine.len();
    tell(Progress { done: 0, of, finished: None });
    // Trials that share a training must not run at the same time. The first one trains, and the others load its model.
    let mut families: BTreeMap<String, Vec<&Trial>> = BTreeMap::new();
    for trial in mine {
        families.entry(trial.training_id()).or_default().push(trial);
    }
    let work = |(_, family): (String, Vec<&Trial>)| {
        for trial in family {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            if let Some(row) = trial.run(folder, stop)? {
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                tell(Progress { done, of, finished: Some((trial, &row)) });
            }
        }
        Ok(())
    };
    match rayon::current_thread_index() {
        Some(_) => families.into_par_iter().try_for_each(work),
        None => families.into_iter().try_for_each(work),
    }
}

/// Copies the finished trials of `parts` into `folder`. Returns the number of trials that were new there.
///
/// # Errors
/// If a part has no trials, or if a file cannot be read or written.
pub fn merge(parts: &[PathBuf], folder: &Path) -> Result<usize, PaperError> {
    let io = |path: &Path| {
        let path = path.display().to_string();
        move |error| PaperError::Io { path, error }
    };
    let target = folder.join("trials");
    // All parts are checked before anything is written.
    for part in parts {
        fs::read_dir(part.join("trials")).map_err(io(&part.join("trials")))?;
    }
    fs::create_dir_all(&target).map_err(io(&target))?;
    let mut copied = 0;
    for part in parts {
        let trials = part.join("trials");
        for entry in fs::read_dir(&trials).map_err(io(&trials))? {
            let path = entry.map_err(io(&trials))?.path();
            let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|e| e == "json")) else {
                continue;
            };
            let bytes = fs::read(&path).map_err(io(&path))?;
            let row: Row = serde_json::from_slice(&bytes).map_err(|_| PaperError::Row(path.display().to_string()))?;
            let to = target.join(name);
            if path.file_stem().is_some_and(|stem| *stem == *row.id) && !to.exists() {
                write_atomically(&to, &bytes).map_err(io(&to))?;
                copied += 1;
            }
        }
    }
    Ok(copied)
}
