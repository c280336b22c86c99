//! The training loop.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use evesdrop_engine::{Adam, Engine, FileError, NoData, Plan, Runner, Stream};

use super::checkpoint::{Progress, State};
use super::diagnosis::is_stuck;
use super::{Config, Evaluation, FolderError, Outcome, RunFolder, Summary, diagnose};
use crate::games::{Game, GameKind, Terms};
use crate::model::{Model, ModelNote};
use crate::networks::normalise;

/// Examples of an evaluation: wrong bits are then within 0.02, or squared errors within 0.004, of their expectation.
const fn evaluation_batch(game: GameKind) -> usize {
    if matches!(game, GameKind::Selective) { 1 << 16 } else { 1 << 13 }
}
/// Time between two checkpoints, unless another is asked for.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);

/// Is told how a run goes.
pub trait Observer {
    /// Bob and Eve were tested on fresh data.
    fn evaluated(&mut self, evaluation: &Evaluation);
    /// Something worth a line happened.
    fn event(&mut self, text: &str);
    /// So many rounds are done; called after every round, so it must be quick.
    fn round(&mut self, round: u64);
}

/// Why a run cannot go on; one line.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A file of the run's folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The checkpoint is damaged, or of another game.
    #[error("checkpoint.safetensors: {0}")]
    Checkpoint(FileError),
    /// The settings are not those that the checkpoint was made with.
    #[error("config.toml was changed since the run began: put its settings back, or begin another run")]
    Settings,
    /// The model cannot be written.
    #[error("model.safetensors: {0}")]
    Model(FileError),
}

/// A run: the game, the networks in training, and the folder that they are saved in.
#[derive(Debug)]
pub struct Trainer {
    config: Config,
    folder: RunFolder,
    game: Game,
    engine: Engine,
    state: State,
    alice_bob: Runner,
    eve: Runner,
    /// Eve's extra steps when the goals seem met: other data than her rounds'.
    confirmation: Runner,
    evaluation: Runner,
    session: Instant,
    checkpoint_every: Duration,
}

impl Trainer {
    /// Starts a run in its folder, or goes on from the folder's checkpoint if it has one.
    ///
    /// # Errors
    /// When the checkpoint is lost, cannot be read, or is not of this game.
    pub fn new(config: Config, folder: RunFolder, engine: &Engine) -> Result<Self, TrainError> {
        let Config { ref rules, initialisation, bob_term, eve_term, batch, seed, .. } = config;
        let game = rules.record(initialisation, Terms { bob: bob_term, eve: eve_term });
        let level = engine.level();
        let runner = |plan, batch, purpose| Runner::new(engine, plan, batch, derived_seed(seed, purpose));
        let eves: Vec<&str> = game.eves.iter().map(String::as_str).collect();
        let eve_plan = Plan::gradient(&game.program, game.eve, &eves, level);
        let measured = Plan::forward(&game.program, &game.errors.all(), &[], level);
        let alice_bob = Plan::gradient(&game.program, game.alice_bob, game.allies, level);
        let parameters = game.program.layout().len();
        let state = match folder.read("checkpoint.safetensors")? {
            None if folder.read("model.safetensors")?.is_some() => {
                return Err(FolderError::NoCheckpoint(folder.path().to_owned()).into());
            }
            None => start(&config, &game, alice_bob.trained().len(), eve_plan.trained().len(), 0),
            Some(bytes) => State::from_bytes(&bytes, parameters, alice_bob.trained().len(), eve_plan.trained().len())
                .map_err(TrainError::Checkpoint)?,
        };
        if state.progress.settings != config.fingerprint() {
            return Err(TrainError::Settings);
        }
        folder.rewind_metrics(state.progress.round)?;
        Ok(Self {
            alice_bob: runner(alice_bob, batch, "training"),
            confirmation: runner(eve_plan.clone(), batch, "confirmation"),
            eve: runner(eve_plan, batch, "training"),
            evaluation: runner(measured, evaluation_batch(config.rules.game), "evaluation"),
            engine: engine.clone(),
            config,
            folder,
            game,
            state,
            session: Instant::now(),
            checkpoint_every: CHECKPOINT_EVERY,
        })
    }

    /// With so much time between two checkpoints, which is what a crash can cost; 0 saves one after every round.
    #[must_use]
    pub fn checkpoint_every(self, interval: Duration) -> Self {
        Self { checkpoint_every: interval, ..self }
    }

    /// Rounds done so far.
    pub fn round(&self) -> u64 {
        self.state.progress.round
    }

    /// Trains until the goals are met, the rounds are used up, or `stop` is set. With `keep_going`, meeting the goals does
    /// not end it. The best model and a checkpoint are saved in every case.
    ///
    /// # Errors
    /// When a file of the folder cannot be written.
    pub fn run(
        &mut self,
        keep_going: bool,
        stop: &AtomicBool,
        observer: &mut (dyn Observer + Send),
    ) -> Result<Summary, TrainError> {
        self.session = Instant::now();
        let before = self.state.progress.seconds;
        let engine = self.engine.clone();
        let result = engine.enter(|| self.rounds(keep_going, stop, before, observer));
        self.state.progress.seconds = before + self.session.elapsed().as_secs_f64();
        let outcome = result?;
        self.save()?;
        let summary = self.summary(outcome);
        let mut json = serde_json::to_vec_pretty(&summary).expect("a summary is plain values");
        json.push(b'\n');
        self.folder.write("summary.json", &json)?;
        let met = self.state.progress.best.as_ref().filter(|_| self.state.progress.met).map(|e| (e.round, "goals met"));
        self.folder.draw_curve(&self.config, met)?;
        Ok(summary)
    }

    fn rounds(
        &mut self,
        keep_going: bool,
        stop: &AtomicBool,
        before: f64,
        observer: &mut (dyn Observer + Send),
    ) -> Result<Outcome, TrainError> {
        let mut saved = Instant::now();
        loop {
            let Progress { round, met, .. } = self.state.progress;
            if met && !keep_going {
                return Ok(Outcome::Trained);
            }
            if round >= self.config.max_rounds {
                if self.state.progress.best.is_none() {
                    // So few rounds that none was looked at: the summary has figures all the same.
                    self.look(observer)?;
                }
                return Ok(if self.state.progress.met { Outcome::Trained } else { Outcome::Failed });
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(Outcome::Interrupted);
            }
            self.one_round();
            observer.round(self.state.progress.round);
            if self.state.progress.round.is_multiple_of(self.config.evaluate_every) {
                self.look(observer)?;
            }
            if saved.elapsed() >= self.checkpoint_every {
                self.state.progress.seconds = before + self.session.elapsed().as_secs_f64();
                self.save()?;
                saved = Instant::now();
            }
        }
    }

    /// One step of Alice and Bob, then Eve's, each on a fresh batch (P, section 2.5).
    fn one_round(&mut self) {
        let (rate, eve_rate) = (self.rate(self.config.learning_rate), self.rate(self.config.eve_learning_rate));
        let State { progress, parameters, alice_bob, eve, .. } = &mut self.state;
        let first = progress.round * (1 + self.config.eve_steps);
        step(&mut self.alice_bob, alice_bob, parameters, first, rate);
        if self.config.normalised {
            let weights =
                self.game.program.layout().tensors().iter().find(|tensor| tensor.name == "alice.dense.weight");
            normalise(&mut parameters[weights.expect("Alice's").range()], self.config.rules.bits);
        }
        for i in 1..=self.config.eve_steps {
            step(&mut self.eve, eve, parameters, first + i, eve_rate);
        }
        progress.round += 1;
    }

    /// Tests on fresh data, keeps the best model, confirms goals that seem met, and gives up a start that is stuck.
    fn look(&mut self, observer: &mut dyn Observer) -> Result<(), TrainError> {
        let mut evaluation = self.evaluate(0);
        let confirm = self.config.confirm_steps;
        if evaluation.meets(&self.config) && confirm > 0 {
            let rate = self.rate(self.config.eve_learning_rate);
            let State { progress, parameters, eve, .. } = &mut self.state;
            for i in 0..confirm {
                step(&mut self.confirmation, eve, parameters, progress.round * confirm + i, rate);
            }
            evaluation = self.evaluate(1);
        }
        self.folder.append_metrics(&evaluation)?;
        observer.evaluated(&evaluation);
        let State { progress, parameters, best, .. } = &mut self.state;
        if evaluation.meets(&self.config) && !progress.met {
            progress.met = true;
            observer.event(&format!("round {}: goals met", progress.round));
        }
        let better =
            progress.best.as_ref().is_none_or(|b| evaluation.shortfall(&self.config) < b.shortfall(&self.config));
        if better && evaluation.is_finite() {
            progress.best = Some(evaluation.clone());
            best.clone_from(parameters);
        }
        self.mend(&evaluation, observer);
        Ok(())
    }

    /// What `learning_rate` has fallen to in the present round.
    fn rate(&self, learning_rate: f64) -> f64 {
        let decay_rounds = self.config.decay_rounds;
        if decay_rounds == 0 {
            return learning_rate;
        }
        let age = self.state.progress.round - self.state.progress.began;
        learning_rate * libm::pow(0.2, (age as f64 / decay_rounds as f64).min(1.0))
    }

    /// Gives up a start that is stuck, or that has taken too long, or has diverged, for another.
    fn mend(&mut self, evaluation: &Evaluation, observer: &mut dyn Observer) {
        let Config { patience, give_up, .. } = self.config;
        let progress = &mut self.state.progress;
        progress.stuck = if is_stuck(evaluation) { progress.stuck + 1 } else { 0 };
        let Progress { round, began, met, restarts, stuck, .. } = *progress;
        let hopeless = patience > 0 && (stuck >= patience || !evaluation.is_finite());
        let late = give_up > 0 && round - began >= give_up;
        if met || !(hopeless || late) {
            return;
        }
        observer.event(&format!("round {round}: {}; starting anew", diagnose(&self.config, evaluation)));
        let (alice_bob, eve) = (self.state.alice_bob.mean.len(), self.state.eve.mean.len());
        let fresh = start(&self.config, &self.game, alice_bob, eve, restarts + 1);
        self.state.parameters = fresh.parameters;
        self.state.alice_bob = fresh.alice_bob;
        self.state.eve = fresh.eve;
        self.state.progress.restarts = restarts + 1;
        self.state.progress.began = round;
        self.state.progress.stuck = 0;
    }

    /// Tests on fresh data; `look` numbers the tests of one round.
    fn evaluate(&mut self, look: u64) -> Evaluation {
        let round = self.state.progress.round;
        self.evaluation.run(&self.state.parameters, 2 * round + look, &NoData);
        Evaluation::new(round, &self.game.errors, self.evaluation.means())
    }

    fn save(&mut self) -> Result<(), TrainError> {
        let checkpoint = self.state.to_bytes().map_err(TrainError::Checkpoint)?;
        self.folder.write("checkpoint.safetensors", &checkpoint)?;
        let best = if self.state.best.is_empty() { &self.state.parameters } else { &self.state.best };
        let note = ModelNote::new(self.config.rules.clone());
        let model = Model::to_bytes(&note, best).map_err(TrainError::Model)?;
        self.folder.write("model.safetensors", &model)?;
        Ok(())
    }

    fn summary(&self, outcome: Outcome) -> Summary {
        let progress = &self.state.progress;
        let best = progress.best.as_ref();
        let wrong = best.and_then(Evaluation::bits);
        let diagnosis = match (outcome, best) {
            (Outcome::Trained, _) => "the goals were met".into(),
            (_, Some(best)) => diagnose(&self.config, best),
            (_, None) => format!("stopped before the first test, at round {}", self.config.evaluate_every),
        };
        Summary {
            outcome,
            rounds: progress.round,
            bob_wrong_bits: wrong.map(|w| w.bob_wrong_bits),
            eve_wrong_bits: wrong.map(|w| w.eve_wrong_bits),
            bob_wrong_bits_hard: wrong.map(|w| w.bob_wrong_bits_hard),
            eve_wrong_bits_hard: wrong.map(|w| w.eve_wrong_bits_hard),
            squared: best.and_then(Evaluation::values),
            seconds: progress.seconds,
            seed: self.config.seed,
            run: self.folder.path().display().to_string(),
            restarts: progress.restarts,
            diagnosis,
        }
    }
}

/// One optimiser step.
fn step(runner: &mut Runner, adam: &mut Adam, parameters: &mut [f32], number: u64, rate: f64) {
    runner.run(parameters, number, &NoData);
    let trained: Range<usize> = runner.plan().trained();
    adam.step(&mut parameters[trained], runner.gradient(), rate);
}

/// The state before the first round of start number `restarts`.
fn start(config: &Config, game: &Game, alice_bob: usize, eve: usize, restarts: u64) -> State {
    let seed = derived_seed(config.seed, &format!("start {restarts}"));
    State {
        progress: Progress { settings: config.fingerprint(), ..Progress::default() },
        parameters: config.initialisation.parameters(game.program.layout(), seed),
        alice_bob: Adam::new(alice_bob),
        eve: Adam::new(eve),
        best: vec![],
    }
}

/// An independent seed for one purpose of a run.
pub fn derived_seed(seed: u64, purpose: &str) -> u64 {
    Stream::new(seed, purpose).at(0, 0).word()
}
