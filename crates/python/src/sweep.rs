//! Sweeps whose trials run somewhere else.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use evesdrop::paper::{Row, Trial};
use evesdrop::sweep::{self, Results};
use evesdrop::train::Settings;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::errors;
use crate::watch::watched;

/// A sweep: its trials by number.
#[pyclass(frozen, module = "evesdrop._evesdrop")]
pub(crate) struct Sweep {
    sweep: sweep::Sweep,
    trials: Vec<(usize, usize)>,
}

fn io(error: evesdrop::paper::PaperError) -> PyErr {
    PyOSError::new_err(error.to_string())
}

impl Sweep {
    fn trial(&self, number: usize) -> PyResult<&Trial> {
        let (group, place) = self.trials.get(number).ok_or_else(|| errors::value(format!("no trial {number}")))?;
        Ok(&self.sweep.groups()[*group].trials[*place])
    }
}

#[pymethods]
impl Sweep {
    /// Reads a specification in TOML, with changes as `--set` takes them.
    ///
    /// # Errors
    /// `ValueError` with the line, in one line.
    #[new]
    fn new(py: Python<'_>, text: &str, set: Vec<String>) -> PyResult<Self> {
        let sweep = py.detach(|| sweep::Sweep::parse(text, &set)).map_err(errors::value)?;
        let groups = sweep.groups().iter().enumerate();
        let trials = groups.flat_map(|(group, of)| (0..of.trials.len()).map(move |place| (group, place))).collect();
        Ok(Self { sweep, trials })
    }

    /// Trials in all; they have numbers from 0.
    fn __len__(&self) -> usize {
        self.trials.len()
    }

    /// The numbers of the trials without a row in `folder`. Of trials that are the same, the first stands for all.
    ///
    /// # Errors
    /// `OSError` where a row cannot be read.
    fn pending(&self, py: Python<'_>, folder: &str) -> PyResult<Vec<usize>> {
        py.detach(|| {
            let mut seen = std::collections::HashSet::new();
            let mut pending = vec![];
            for number in 0..self.trials.len() {
                let trial = self.trial(number)?;
                if seen.insert(&trial.id) && trial.row(Path::new(folder)).map_err(io)?.is_none() {
                    pending.push(number);
                }
            }
            Ok(pending)
        })
    }

    /// What [`run_trial`] takes: the trial's id, its settings in TOML, and whether it trains on when the goals are met.
    ///
    /// # Errors
    /// `ValueError` for a number that no trial has.
    fn trial_of(&self, number: usize) -> PyResult<(String, String, bool)> {
        let trial = self.trial(number)?;
        Ok((trial.id.clone(), trial.config().to_toml(), trial.specification.keep_going))
    }

    /// Keeps the row of a trial, JSON as [`run_trial`] gives it, in `folder`, unless there is one.
    ///
    /// # Errors
    /// `ValueError` for the row of another trial, `OSError` where it cannot be written.
    fn keep(&self, number: usize, row: &str, folder: &str) -> PyResult<()> {
        let row: Row = serde_json::from_str(row).map_err(errors::value)?;
        let trial = self.trial(number)?;
        if row.id != trial.id {
            return Err(errors::value(format!("the row of trial {} where that of {} belongs", row.id, trial.id)));
        }
        if trial.row(Path::new(folder)).map_err(io)?.is_none() {
            row.write(Path::new(folder)).map_err(io)?;
        }
        Ok(())
    }

    /// Writes the tables and the picture of what is done in `folder`; returns the table, in Markdown.
    ///
    /// # Errors
    /// `OSError` where a row cannot be read, or a file not written.
    fn write(&self, py: Python<'_>, folder: &str) -> PyResult<String> {
        py.detach(|| {
            let results = Results::of(&self.sweep, Path::new(folder)).map_err(io)?;
            results.write(Path::new(folder)).map_err(io)?;
            Ok(results.markdown)
        })
    }
}

/// Runs a trial in `folder`; returns its row as JSON.
///
/// # Errors
/// `ValueError` for settings that make no game, `OSError` for the folder, `KeyboardInterrupt` on Ctrl-C, and `RuntimeError` when this version gives the trial another id: driver and workers must be of one version.
#[pyfunction]
pub(crate) fn run_trial(py: Python<'_>, id: &str, toml: &str, keep_going: bool, folder: &str) -> PyResult<String> {
    let config = Settings::from_toml(toml).and_then(|settings| settings.check()).map_err(errors::value)?;
    let trial = Trial::new(config, |specification| specification.keep_going = keep_going);
    if trial.id != id {
        let why = "another version of Evesdrop runs here than in the driver";
        return Err(errors::runtime(format!("trial {id} is {} here: {why}", trial.id)));
    }
    let stop = AtomicBool::new(false);
    let row = watched(py, &stop, |_| Ok(()), || trial.run(Path::new(folder), &stop))?.map_err(io)?;
    let row = row.ok_or_else(|| errors::runtime("stopped"))?;
    Ok(serde_json::to_string(&row).expect("plain values"))
}
