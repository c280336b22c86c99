//! Attacks, and what they report.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use evesdrop::battery::{ControlCache, FolderCache, Options};
use evesdrop::report::{self, Exporter, Html, Json, Markdown, ReportFolder, Terminal};
use pyo3::prelude::*;

use crate::cipher::Target;
use crate::watch::watched;
use crate::{errors, function};

/// What attacks found.
#[pyclass(frozen, module = "evesdrop._evesdrop")]
pub(crate) struct Report(report::Report);

#[pymethods]
impl Report {
    /// As `report.json` has it.
    fn json(&self) -> PyResult<String> {
        Ok(Json.export(&self.0)?)
    }

    /// As a page.
    fn html(&self) -> PyResult<String> {
        Ok(Html.export(&self.0)?)
    }

    /// As Markdown.
    fn markdown(&self) -> PyResult<String> {
        Ok(Markdown.export(&self.0)?)
    }

    /// As a table for a terminal of so many columns.
    fn text(&self, width: usize) -> PyResult<String> {
        Ok(Terminal { width, colour: false }.export(&self.0)?)
    }

    /// What the verdict means, and what it does not.
    fn explanation(&self) -> &'static str {
        self.0.verdict.explanation()
    }

    /// The verdict in words.
    fn verdict(&self) -> &'static str {
        self.0.verdict.words()
    }

    /// Writes every format into a folder, and a bundle for each break.
    ///
    /// # Errors
    /// `OSError` where the folder holds something else, or cannot be written.
    fn save(&self, folder: &str) -> PyResult<()> {
        let folder = ReportFolder::open(folder.as_ref()).map_err(errors::report)?;
        folder.write(&self.0).map_err(errors::report)
    }
}

/// Attacks a target beside the controls. `budget` is "quick", "standard" or "thorough"; `only` names attacks, all if empty; `cache` keeps
/// findings on controls in the user's cache. `progress` is called with the running attack's name and how far it has come, from 0 to 1.
///
/// # Errors
/// `ValueError` for another budget or attack. The exception of a Python function that encrypts, of `progress`, or of a signal; else that of the target.
#[pyfunction]
#[pyo3(signature = (target, budget, seed, only, cache, progress=None))]
pub(crate) fn attack(
    py: Python<'_>,
    target: &Target,
    budget: &str,
    seed: u64,
    only: Vec<String>,
    cache: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Report> {
    let budget = budget.parse().map_err(|error: String| errors::value(error))?;
    target.stop.store(false, Ordering::Relaxed);
    let latest = Mutex::new(None);
    let note = |p: evesdrop::battery::Progress<'_>| {
        if let Ok(mut latest) = latest.lock() {
            *latest = Some((p.attack.to_owned(), p.done));
        }
    };
    let options = Options { seed, only, cancel: &target.stop, progress: &note, ..Options::new(budget) };
    let cache = if cache { FolderCache::of_user() } else { None };
    let tell = |py: Python<'_>| {
        let news = latest.lock().ok().and_then(|mut latest| latest.take());
        if let (Some(news), Some(progress)) = (news, &progress) {
            progress.call1(py, news)?;
        }
        Ok(())
    };
    let work = || evesdrop::report(&target.target, &options, cache.as_ref().map(|cache| cache as &dyn ControlCache));
    let report = watched(py, &target.stop, tell, work)?;
    if let Some(exception) = function::Raised::take(&target.raised) {
        return Err(exception);
    }
    report.map(Report).map_err(errors::cipher)
}
