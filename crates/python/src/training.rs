//! Training, round by round.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use evesdrop::engine::{Engine, Level};
use evesdrop::formats::Format;
use evesdrop::run::{Outcome, Run, RunFolder, Summary};
use evesdrop::train::{self, Evaluation, Event, Look, Settings, Turn};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};

use crate::errors;
use crate::watch::LOOK;

/// A training in memory, with every test that it has made. Values with structure are given and returned as JSON.
#[pyclass(module = "evesdrop._evesdrop")]
pub(crate) struct Training {
    training: train::Training,
    engine: Engine,
    looks: Vec<Evaluation>,
}

fn engine(threads: Option<usize>) -> PyResult<Engine> {
    let level = Level::from_environment().map_err(errors::runtime)?;
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    match threads {
        Some(n) if !(1..=1024).contains(&n) => Err(errors::value(format!("threads = {n}: must be from 1 to 1024"))),
        _ => Engine::new(threads.unwrap_or_else(cores), level).map_err(errors::runtime),
    }
}

fn settings(json: &str) -> PyResult<Settings> {
    serde_json::from_str(json).map_err(|error| {
        // The place in the JSON text means nothing to a user.
        let text = error.to_string();
        errors::value(text.split(" at line ").next().unwrap_or(&text))
    })
}

fn state(error: train::StateError) -> PyErr {
    errors::value(error)
}

/// A look as JSON: the errors, and what happened.
fn told(look: &Look) -> String {
    let mut value = json!(look.evaluation);
    let events = look.events.iter().map(|event| match event {
        Event::GoalsMet => "goals met".to_owned(),
        Event::Restarted { reason } => format!("started again: {reason}"),
    });
    value["events"] = Value::from(events.collect::<Vec<_>>());
    value.to_string()
}

#[pymethods]
impl Training {
    /// A training before its first round: settings as a JSON object, and threads, one for each core if absent.
    ///
    /// # Errors
    /// `ValueError` for settings that make no game, and for threads below 1 or above 1024.
    #[new]
    fn new(py: Python<'_>, json: &str, threads: Option<usize>) -> PyResult<Self> {
        let config = settings(json)?.check().map_err(errors::value)?;
        let engine = engine(threads)?;
        let training = py.detach(|| train::Training::new(config, &engine));
        Ok(Self { training, engine, looks: vec![] })
    }

    /// The training of a run's folder, where it stopped.
    ///
    /// # Errors
    /// `OSError` where it cannot be read or another program trains in it, `ValueError` where its files are damaged.
    #[staticmethod]
    fn load(folder: &str, threads: Option<usize>) -> PyResult<Self> {
        let (folder, config) = RunFolder::open(Path::new(folder)).map_err(errors::folder)?;
        let engine = engine(threads)?;
        let run = Run::new(config, folder.clone(), &engine).map_err(errors::run)?;
        let looks = folder.metrics(run.training().rounds()).map_err(errors::folder)?;
        Ok(Self { training: run.into_training(), engine, looks })
    }

    /// Every setting, with the preset's values, as a JSON object.
    #[getter]
    fn settings(&self) -> String {
        json!(self.training.config().settings()).to_string()
    }

    /// Rounds done, over all starts.
    #[getter]
    fn rounds(&self) -> u64 {
        self.training.rounds()
    }

    /// Seconds of work so far.
    #[getter]
    fn seconds(&self) -> f64 {
        self.training.seconds()
    }

    /// Whether the goals have been met.
    #[getter]
    fn trained(&self) -> bool {
        self.training.is_trained()
    }

    /// All tests so far, as a JSON array.
    #[getter]
    fn looks(&self) -> String {
        serde_json::to_string(&self.looks).expect("plain values")
    }

    /// How it stands, as the JSON of a run's summary.
    #[getter]
    fn summary(&self) -> String {
        json!(Summary::new(&self.training, self.outcome(), String::new())).to_string()
    }

    /// Rounds in which the players named train: "everybody", "alice-and-bob" or "eve".
    ///
    /// # Errors
    /// `ValueError` for another name; `KeyboardInterrupt` on Ctrl-C, between two rounds.
    fn round(&mut self, py: Python<'_>, count: u64, who: &str) -> PyResult<()> {
        let turn = match who {
            "everybody" => Turn::Everybody,
            "alice-and-bob" => Turn::AliceAndBob,
            "eve" => Turn::Eve,
            _ => return Err(errors::value(format!("who = {who:?}: must be everybody, alice-and-bob or eve"))),
        };
        let end = self.training.rounds() + count;
        self.until(py, turn, |training| training.rounds() >= end)
    }

    /// Trains to the next round at which a test is due, and tests; `None` when the training has ended: when the goals are met, unless
    /// `keep_going`, or the rounds are used up. The test is a JSON object, as of [`look`](Self::look).
    ///
    /// # Errors
    /// `KeyboardInterrupt` on Ctrl-C, between two rounds.
    fn advance(&mut self, py: Python<'_>, keep_going: bool) -> PyResult<Option<String>> {
        if self.training.is_trained() && !keep_going {
            return Ok(None);
        }
        let most = self.training.config().max_rounds;
        if self.training.rounds() >= most {
            // So few rounds that the networks were never tested: there are figures all the same.
            return Ok(if self.training.best().is_none() && self.looks.is_empty() {
                Some(self.look(py))
            } else {
                None
            });
        }
        let begun = self.training.rounds();
        let end = |training: &train::Training| {
            training.rounds() >= most || training.is_time_to_look() && training.rounds() > begun
        };
        self.until(py, Turn::Everybody, end)?;
        if self.training.is_time_to_look() || self.training.best().is_none() {
            return Ok(Some(self.look(py)));
        }
        Ok(None)
    }

    /// Tests on fresh data: a JSON object of the round, the errors, and `events`, texts.
    fn look(&mut self, py: Python<'_>) -> String {
        let Self { training, engine, looks } = self;
        py.detach(|| {
            let begun = Instant::now();
            let look = engine.enter(|| training.look());
            training.count_seconds(begun.elapsed().as_secs_f64());
            looks.push(look.evaluation.clone());
            told(&look)
        })
    }

    /// The whole state, as the bytes of `checkpoint.safetensors`.
    fn state<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.training.state())
    }

    /// Goes back (or forward) to a state of this training.
    ///
    /// # Errors
    /// `ValueError` for a state that is damaged or has other settings; the training is then unchanged.
    fn restore(&mut self, bytes: &[u8]) -> PyResult<()> {
        self.training.restore(bytes).map_err(state)?;
        let rounds = self.training.rounds();
        self.looks.retain(|look| look.round <= rounds);
        Ok(())
    }

    /// A training that goes on from here with other settings, a JSON object of those that change.
    ///
    /// # Errors
    /// `ValueError` for settings that make no game, or change the sizes of networks.
    fn branch(&self, json: &str, threads: Option<usize>) -> PyResult<Self> {
        let config = settings(json)?.or(self.training.config().settings()).check().map_err(errors::value)?;
        let engine = if threads.is_some() { engine(threads)? } else { self.engine.clone() };
        let training = train::Training::branch(config, &self.training.state(), &engine).map_err(state)?;
        Ok(Self { training, engine, looks: self.looks.clone() })
    }

    /// The best networks so far, or the latest, as a model's file.
    fn model<'py>(&self, py: Python<'py>, latest: bool) -> Bound<'py, PyBytes> {
        let model = if latest { self.training.latest_model() } else { self.training.best_model() };
        PyBytes::new(py, &model.to_bytes())
    }

    /// The best networks in a format for other programs: names of files, and bytes.
    ///
    /// # Errors
    /// `ValueError` for another format than "onnx", "safetensors" and "npz".
    fn export<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Vec<(String, Bound<'py, PyBytes>)>> {
        let format: Format = format.parse().map_err(|error: String| errors::value(error))?;
        let files = format.files(&self.training.best_model()).into_iter();
        Ok(files.map(|(name, bytes)| (name, PyBytes::new(py, &bytes))).collect())
    }

    /// BLAKE3 of the best networks' file, in hex.
    #[getter]
    fn fingerprint(&self) -> String {
        self.training.best_model().fingerprint.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Writes a run's folder, from which the command line can go on. `force` replaces an earlier run.
    ///
    /// # Errors
    /// `OSError` where the folder is not empty, or cannot be written.
    fn save(&self, folder: &str, force: bool) -> PyResult<()> {
        let config = self.training.config().clone();
        let training = train::Training::resume(config.clone(), &self.training.state(), &self.engine).map_err(state)?;
        let folder = RunFolder::create(Path::new(folder), &config, force).map_err(errors::folder)?;
        let run = Run::adopt(training, &self.looks, folder, &self.engine).map_err(errors::run)?;
        let stop = AtomicBool::new(true);
        { run }.train(false, &stop, &mut |_| ()).map(drop).map_err(errors::run)
    }
}

impl Training {
    fn outcome(&self) -> Outcome {
        match &self.training {
            training if training.is_trained() => Outcome::Trained,
            training if training.rounds() >= training.config().max_rounds => Outcome::Failed,
            _ => Outcome::Interrupted,
        }
    }

    /// Rounds until `end` says so. A signal is looked for between two rounds, when it is time.
    fn until(&mut self, py: Python<'_>, turn: Turn, end: impl Fn(&train::Training) -> bool + Sync) -> PyResult<()> {
        let Self { training, engine, .. } = self;
        while !end(training) {
            py.detach(|| {
                let begun = Instant::now();
                engine.enter(|| {
                    while !end(training) && begun.elapsed() < LOOK {
                        training.turn(turn);
                    }
                });
                training.count_seconds(begun.elapsed().as_secs_f64());
            });
            py.check_signals()?;
        }
        Ok(())
    }
}
