//! A training saved in a folder.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use evesdrop_engine::{Engine, FileError, Level};

use super::{FolderError, Outcome, RunFolder, Summary};
use crate::train::{Config, ConfigError, Evaluation, Look, Settings, StateError, Training};

/// Default time between two checkpoints.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);

/// Why a run cannot continue; one line.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An error of the run's folder or one of its files.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The checkpoint is damaged, or belongs to another game.
    #[error("checkpoint.safetensors: {0}")]
    Checkpoint(FileError),
    /// The checkpoint was made with other settings.
    #[error("config.toml was changed since the run began: put its settings back, or start another run")]
    Settings,
    /// A setting is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The threads cannot be started, or `EVESDROP_SIMD` names a level that this machine does not support.
    #[error("{0}")]
    Engine(String),
}

impl From<StateError> for RunError {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Bytes(error) => Self::Checkpoint(error),
            StateError::Settings => Self::Settings,
        }
    }
}

/// A progress report of a run to its caller.
#[derive(Clone, Copy, Debug)]
pub enum Update<'a> {
    /// The number of rounds completed. Sent after every round, so the receiver must be quick.
    Round(u64),
    /// The networks were tested on fresh data.
    Looked(&'a Look),
}

/// Trains in a new folder, on all cores, until the goals are met or the limit of rounds is reached.
///
/// # Errors
/// If a setting is out of range, or if the folder is not empty or cannot be written.
///
/// ```
/// use evesdrop_learn::train::Settings;
/// # let scratch = tempfile::tempdir()?;
/// # let folder = scratch.path().join("run");
/// let settings = Settings { bits: Some(4), max_rounds: Some(100), ..Settings::default() };
/// let summary = evesdrop_learn::train(&folder, &settings)?;
/// println!("{}: {}", summary.rounds, summary.diagnosis);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn train(folder: impl AsRef<Path>, settings: &Settings) -> Result<Summary, RunError> {
    let config = settings.check()?;
    let level = Level::from_environment().map_err(RunError::Engine)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let engine = Engine::new(cores, level).map_err(|error| RunError::Engine(error.to_string()))?;
    let folder = RunFolder::create(folder.as_ref(), &config, false)?;
    Run::new(config, folder, &engine)?.train(false, &AtomicBool::new(false), &mut |_| ())
}

/// A training with the folder that it is saved in.
///
/// ```
/// use evesdrop_engine::{Engine, Level};
/// use evesdrop_learn::run::{Run, RunFolder, Update};
/// use evesdrop_learn::train::Settings;
///
/// # let scratch = tempfile::tempdir()?;
/// # let folder = scratch.path().join("run");
/// let config = Settings { bits: Some(4), max_rounds: Some(200), ..Settings::default() }.check()?;
/// let engine = Engine::new(1, Level::from_environment()?)?;
/// let mut run = Run::new(config.clone(), RunFolder::create(&folder, &config, false)?, &engine)?;
/// let summary = run.train(false, &false.into(), &mut |update| {
///     if let Update::Looked(look) = update {
///         println!("{}", look.evaluation.errors);
///     }
/// })?;
/// assert_eq!(summary.rounds, 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Run {
    training: Training,
    folder: RunFolder,
    engine: Engine,
    checkpoint_every: Duration,
}

impl Run {
    /// Starts a run in its folder, or resumes it from the folder's checkpoint if there is one.
    ///
    /// # Errors
    /// If the checkpoint is missing, cannot be read, or was made with other settings.
    pub fn new(config: Config, folder: RunFolder, engine: &Engine) -> Result<Self, RunError> {
        let training = match folder.read("checkpoint.safetensors")? {
            None if folder.read("model.safetensors")?.is_some() => {
                return Err(FolderError::NoCheckpoint(folder.path().to_owned()).into());
            }
            None => Training::new(config, engine),
            Some(bytes) => Training::resume(config, &bytes, engine)?,
        };
        folder.rewind_metrics(training.rounds())?;
        Ok(Self { training, folder, engine: engine.clone(), checkpoint_every: CHECKPOINT_EVERY })
    }

    /// Puts a training that had no folder until now into one, with the tests that it has made. [`Run::train`] writes the other files.
    ///
    /// # Errors
    /// When the metrics cannot be written.
    pub fn adopt(
        training: Training,
        looks: &[Evaluation],
        folder: RunFolder,
        engine: &Engine,
    ) -> Result<Self, RunError> {
        for look in looks {
            folder.append_metrics(look)?;
        }
        Ok(Self { training, folder, engine: engine.clone(), checkpoint_every: CHECKPOINT_EVERY })
    }

    /// Sets the time between two checkpoints, which is the most that a crash can cost. 0 saves a checkpoint after every round.
    #[must_use]
    pub fn checkpoint_every(self, interval: Duration) -> Self {
        Self { checkpoint_every: interval, ..self }
    }

    /// The training core.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// The training without its folder, which is unlocked.
    pub fn into_training(self) -> Training {
        self.training
    }

    /// Trains until the goals are met, the limit of rounds is reached, or `stop` is set. With `keep_going`, meeting the goals
    /// does not end the run. The best model and a checkpoint are saved in every case.
    ///
    /// # Errors
    /// If a file of the folder cannot be written.
    pub fn train(
        &mut self,
        keep_going: bool,
        stop: &AtomicBool,
        tell: &mut (dyn FnMut(Update) + Send),
    ) -> Result<Summary, RunError> {
        let engine = self.engine.clone();
        let mut counted = Instant::now();
        let result = engine.enter(|| self.rounds(keep_going, stop, &mut counted, tell));
        self.count(&mut counted);
        let outcome = result?;
        self.save()?;
        let summary = Summary::new(&self.training, outcome, self.folder.path().display().to_string());
        let mut json = serde_json::to_vec_pretty(&summary).expect("a summary is plain values");
        json.push(b'\n');
        self.folder.write("summary.json", &json)?;
        let met = self.training.best().filter(|_| self.training.is_trained()).map(|e| (e.round, "goals met"));
        self.folder.draw_curve(self.training.config(), met)?;
        Ok(summary)
    }

    fn rounds(
        &mut self,
        keep_going: bool,
        stop: &AtomicBool,
        counted: &mut Instant,
        tell: &mut (dyn FnMut(Update) + Send),
    ) -> Result<Outcome, RunError> {
        let mut saved = Instant::now();
        loop {
            let trained = self.training.is_trained();
            if trained && !keep_going {
                return Ok(Outcome::Trained);
            }
            if self.training.rounds() >= self.training.config().max_rounds {
                if self.training.best().is_none() {
                    // If the run was too short for a test, the summary gets one now.
                    self.look(tell)?;
                }
                return Ok(if self.training.is_trained() { Outcome::Trained } else { Outcome::Failed });
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(Outcome::Interrupted);
            }
            self.training.round();
            tell(Update::Round(self.training.rounds()));
            if self.training.is_time_to_look() {
                self.look(tell)?;
            }
            if saved.elapsed() >= self.checkpoint_every {
                self.count(counted);
                self.save()?;
                saved = Instant::now();
            }
        }
    }

    fn look(&mut self, tell: &mut dyn FnMut(Update)) -> Result<(), RunError> {
        let look = self.training.look();
        self.folder.append_metrics(&look.evaluation)?;
        tell(Update::Looked(&look));
        Ok(())
    }

    /// Adds the time since the last call to the training time.
    fn count(&mut self, counted: &mut Instant) {
        self.training.count_seconds(counted.elapsed().as_secs_f64());
        *counted = Instant::now();
    }

    fn save(&self) -> Result<(), RunError> {
        self.folder.write("checkpoint.safetensors", &self.training.state())?;
        self.folder.write("model.safetensors", &self.training.best_model().to_bytes())?;
        Ok(())
    }
}
