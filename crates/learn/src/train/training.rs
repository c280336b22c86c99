//! The training core: Alice and Bob against Eve, one round at a time.

use std::ops::Range;

use evesdrop_engine::{Adam, Engine, FileError, Plan, Runner, Stream};

use super::diagnosis::is_stuck;
use super::state::{Progress, State};
use super::values::{Examiner, Findings};
use super::{Config, Evaluation, diagnose};
use crate::games::{Channel, Game, GameKind, Terms, Transmission};
use crate::model::{Model, ModelNote};
use crate::networks::normalise;

/// Number of examples in an evaluation. Wrong bits are then within 0.02, or squared errors within 0.004, of their expectation.
const fn evaluation_batch(game: GameKind) -> usize {
    if matches!(game, GameKind::Selective) { 1 << 16 } else { 1 << 13 }
}

/// The players that train in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Alice and Bob, then Eve.
    Everybody,
    /// Alice and Bob only.
    AliceAndBob,
    /// Eve only.
    Eve,
}

/// The result of a test on fresh data, and the events that followed from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The players' errors.
    pub evaluation: Evaluation,
    /// Events in the order in which they happened. Usually empty.
    pub events: Vec<Event>,
}

/// An event in a training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The goals were met for the first time.
    GoalsMet,
    /// A start that was stuck, too slow or diverged was given up. The networks start again from new random weights.
    Restarted {
        /// Why the start was given up, in words.
        reason: String,
    },
}

/// Why a training cannot continue from a state; one line.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The bytes are damaged, or belong to a game of another size.
    #[error(transparent)]
    Bytes(#[from] FileError),
    /// The state was made with other settings.
    #[error("the state was made with other settings")]
    Settings,
}

/// A training: a game and its networks. It uses no files, clock or terminal.
///
/// ```
/// use evesdrop_engine::{Engine, Level};
/// use evesdrop_learn::train::{Settings, Training};
///
/// let config = Settings { bits: Some(4), batch: Some(128), ..Settings::default() }.check()?;
/// let engine = Engine::new(1, Level::from_environment()?)?;
/// let mut training = Training::new(config.clone(), &engine);
/// training.round();
/// let earlier = training.state();
/// training.round();
/// println!("{}", training.look().evaluation.errors); // wrong bits: Bob ..., Eve ...
///
/// // Go back to the earlier state and continue from there with another batch size.
/// let settings = Settings { batch: Some(256), ..config.settings() };
/// let branch = Training::branch(settings.check()?, &earlier, &engine)?;
/// assert_eq!(branch.rounds(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Training {
    config: Config,
    game: Game,
    state: State,
    alice_bob: Runner,
    eve: Runner,
    /// Eve's extra steps when the goals seem to be met. They use other data than her rounds.
    confirmation: Runner,
    evaluation: Runner,
    /// Over a channel for bits.
    examiner: Option<Examiner>,
}

impl Training {
    /// A training before its first round.
    pub fn new(config: Config, engine: &Engine) -> Self {
        let Config { ref rules, initialisation, bob_term, eve_term, modulus_weight, batch, seed, .. } = config;
        let game = rules.record(initialisation, Terms { bob: bob_term, eve: eve_term, modulus: modulus_weight });
        let level = engine.level();
        let runner = |plan, batch, purpose| Runner::new(engine, plan, batch, derived_seed(seed, purpose));
        let eves: Vec<&str> = game.eves.iter().map(String::as_str).collect();
        let eve_plan = Plan::gradient(&game.program, game.eve, &eves, level);
        let measured = Plan::forward(&game.program, &game.errors.all(), &[], level);
        let alice_bob = Plan::gradient(&game.program, game.alice_bob, game.allies, level);
        let over_bits = config.rules.channel == Channel::Bits;
        let seed = derived_seed(seed, "examination");
        let examiner = over_bits.then(|| Examiner::new(&game, config.rules.bits, engine, seed));
        Self {
            examiner,
            state: start(&config, &game, alice_bob.trained().len(), eve_plan.trained().len(), 0),
            alice_bob: runner(alice_bob, batch, "training"),
            confirmation: runner(eve_plan.clone(), batch, "confirmation"),
            eve: runner(eve_plan, batch, "training"),
            evaluation: runner(measured, evaluation_batch(config.rules.game), "evaluation"),
            game,
            config,
        }
    }

    /// Continues a training from the bytes of an earlier [`Training::state`], as if it had never stopped.
    ///
    /// # Errors
    /// If the bytes are damaged, or the state was made with other settings. The limit of rounds may differ.
    pub fn resume(config: Config, state: &[u8], engine: &Engine) -> Result<Self, StateError> {
        let mut training = Self::new(config, engine);
        training.restore(state)?;
        Ok(training)
    }

    /// Continues from the bytes of an earlier [`Training::state`] with changed settings. The networks must stay the same.
    ///
    /// # Errors
    /// If the bytes are damaged, or belong to networks of another size.
    pub fn branch(config: Config, state: &[u8], engine: &Engine) -> Result<Self, StateError> {
        let mut training = Self::new(config, engine);
        training.state = training.read(state)?;
        training.state.progress.settings = training.config.fingerprint();
        Ok(training)
    }

    /// Goes back (or forward) to a state of this training.
    ///
    /// # Errors
    /// As [`Training::resume`]. On an error the training is unchanged.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        let state = self.read(state)?;
        if state.progress.settings != self.config.fingerprint() {
            return Err(StateError::Settings);
        }
        self.state = state;
        Ok(())
    }

    fn read(&self, state: &[u8]) -> Result<State, FileError> {
        let State { parameters, alice_bob, eve, .. } = &self.state;
        State::from_bytes(state, parameters.len(), alice_bob.mean.len(), eve.mean.len())
    }

    /// The whole state between two rounds, in the safetensors format, as in `checkpoint.safetensors`. Random numbers need no
    /// state, because they are addressed by round.
    pub fn state(&self) -> Vec<u8> {
        self.state.to_bytes()
    }

    /// The settings of the training.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Rounds completed, over all starts.
    pub fn rounds(&self) -> u64 {
        self.state.progress.round
    }

    /// Number of restarts.
    pub fn restarts(&self) -> u64 {
        self.state.progress.restarts
    }

    /// Whether the goals have been met.
    pub fn is_trained(&self) -> bool {
        self.state.progress.met
    }

    /// The best evaluation so far; `None` before the first [`Training::look`].
    pub fn best(&self) -> Option<&Evaluation> {
        self.state.progress.best.as_ref()
    }

    /// Seconds of training that the caller has counted ([`Training::count_seconds`]), over all sessions.
    pub fn seconds(&self) -> f64 {
        self.state.progress.seconds
    }

    /// Adds to [`Training::seconds`], which is part of the state.
    pub fn count_seconds(&mut self, seconds: f64) {
        self.state.progress.seconds += seconds;
    }

    /// The networks at the best evaluation so far. Before the first evaluation, the current networks.
    pub fn best_model(&self) -> Model {
        let best = &self.state.best;
        self.model(if best.is_empty() { &self.state.parameters } else { best })
    }

    /// The current networks.
    pub fn latest_model(&self) -> Model {
        self.model(&self.state.parameters)
    }

    fn model(&self, parameters: &[f32]) -> Model {
        Model::new(ModelNote::new(self.config.rules.clone()), parameters.to_vec())
    }

    /// Runs one step of Alice and Bob, then Eve's steps, each on a fresh batch (Abadi and Andersen, section 2.5).
    pub fn round(&mut self) {
        self.turn(Turn::Everybody);
    }

    /// Runs a round in which only some of the players train.
    pub fn turn(&mut self, turn: Turn) {
        let (rate, eve_rate) = (self.rate(self.config.learning_rate), self.rate(self.config.eve_learning_rate));
        let sent = self.transmission();
        let State { progress, parameters, alice_bob, eve, .. } = &mut self.state;
        let first = progress.round * (1 + self.config.eve_steps);
        if turn != Turn::Eve {
            step(&mut self.alice_bob, alice_bob, parameters, first, rate, &sent);
            if self.config.normalised {
                let weights =
                    self.game.program.layout().tensors().iter().find(|tensor| tensor.name == "alice.dense.weight");
                normalise(&mut parameters[weights.expect("Alice's").range()], self.config.rules.bits);
            }
        }
        if turn != Turn::AliceAndBob {
            for i in 1..=self.config.eve_steps {
                step(&mut self.eve, eve, parameters, first + i, eve_rate, &sent);
            }
        }
        progress.round += 1;
    }

    /// Whether the settings ask for a test ([`Training::look`]) at the current round.
    pub fn is_time_to_look(&self) -> bool {
        self.rounds().is_multiple_of(self.config.evaluate_every)
    }

    /// Tests on fresh data, keeps the best model, confirms goals that seem to be met, and restarts if the start is stuck.
    pub fn look(&mut self) -> Look {
        let mut evaluation = self.evaluate(0);
        let over_bits = self.config.rules.channel == Channel::Bits;
        let arrived = !over_bits || self.harden();
        if arrived && evaluation.meets(&self.config) && self.config.confirm_steps > 0 {
            self.confirm();
            evaluation = self.evaluate(1);
        }
        let mut events = vec![];
        let State { progress, parameters, best, .. } = &mut self.state;
        if arrived && evaluation.meets(&self.config) && !progress.met {
            progress.met = true;
            events.push(Event::GoalsMet);
        }
        let better = events.contains(&Event::GoalsMet)
            || progress.best.as_ref().is_none_or(|b| evaluation.shortfall(&self.config) < b.shortfall(&self.config));
        if better && evaluation.is_finite() {
            progress.best = Some(evaluation.clone());
            best.clone_from(parameters);
        }
        events.extend(self.give_up_if_stuck(&evaluation));
        Look { evaluation, events }
    }

    /// Tests on the same fresh data as [`Training::look`] does first, and changes nothing.
    pub fn test(&mut self) -> Evaluation {
        self.evaluate(0)
    }

    /// Gives the Eves other random weights, which follow from `seed`, and lets them begin to learn again. Alice and Bob stay as they
    /// are: with [`Turn::Eve`] a fresh Eve learns to read what they say now.
    pub fn renew_eves(&mut self, seed: u64) {
        let layout = self.game.program.layout();
        let fresh = self.config.initialisation.parameters(layout, derived_seed(seed, "fresh Eves"));
        let theirs = self.eve.plan().trained();
        self.state.parameters[theirs.clone()].copy_from_slice(&fresh[theirs.clone()]);
        self.state.eve = Adam::new(theirs.len());
    }

    /// The current value of `rate`, which decays over the rounds.
    fn rate(&self, learning_rate: f64) -> f64 {
        let decay_rounds = self.config.decay_rounds;
        if decay_rounds == 0 {
            return learning_rate;
        }
        let age = self.state.progress.round - self.state.progress.began;
        learning_rate * libm::pow(0.2, (age as f64 / decay_rounds as f64).min(1.0))
    }

    /// Trains Eve on alone, on other data than in her rounds.
    fn confirm(&mut self) {
        let (steps, rate, sent) =
            (self.config.confirm_steps, self.rate(self.config.eve_learning_rate), self.transmission());
        let State { progress, parameters, eve, .. } = &mut self.state;
        for i in 0..steps {
            step(&mut self.confirmation, eve, parameters, progress.round * steps + i, rate, &sent);
        }
    }

    /// How the present round is transmitted over a channel for bits.
    fn transmission(&self) -> Transmission {
        let Progress { round, hardening_since, .. } = self.state.progress;
        let hardness = match hardening_since {
            None => 0.0,
            Some(since) if round - since >= self.config.harden_rounds => 1.0,
            Some(since) => (round - since) as f32 / self.config.harden_rounds as f32,
        };
        Transmission { hardness, noise: self.config.channel_noise as f32, flipped: None }
    }

    /// Moves the channel to bits while Bob reads and no Eve does; else starts single values over. Returns whether the channel has
    /// arrived at bits.
    fn harden(&mut self) -> bool {
        let examine = |training: &mut Self, number| {
            let examiner = training.examiner.as_mut().expect("a game over bits has one");
            examiner.examine(&training.state.parameters, 2 * training.state.progress.round + number)
        };
        let mut findings = examine(self, 0);
        if findings.clean && self.state.progress.hardening_since.is_none() {
            self.confirm();
            findings = examine(self, 1);
        }
        let progress = &mut self.state.progress;
        match (findings.clean, progress.hardening_since) {
            (true, None) => progress.hardening_since = Some(progress.round),
            (true, Some(_)) => {}
            (false, _) => progress.hardening_since = None,
        }
        self.restart_values(&findings);
        findings.clean && self.transmission().hardness == 1.0
    }

    /// Gives those of the guilty values that have had their time new random weights, and with them Bob's outputs for the lost bits: an
    /// output that reads nothing has shrunk to 0, where a product has no gradient.
    fn restart_values(&mut self, Findings { guilty, lost, .. }: &Findings) {
        let (bits, patience) = (self.config.rules.bits, self.config.value_patience);
        let State { progress, parameters, alice_bob, .. } = &mut self.state;
        progress.values_began.resize(bits, progress.began);
        let late = |value: &&usize| patience > 0 && progress.round - progress.values_began[**value] >= patience;
        let restarted: Vec<usize> = guilty.iter().filter(late).copied().collect();
        if restarted.is_empty() {
            return;
        }
        restarted.iter().for_each(|value| progress.values_began[*value] = progress.round);
        progress.values_restarted += 1;
        let seed = derived_seed(self.config.seed, &format!("values {}", progress.values_restarted));
        let layout = self.game.program.layout();
        let fresh = self.config.initialisation.parameters(layout, seed);
        let first = self.alice_bob.plan().trained().start;
        for (network, outputs) in [("alice.dense.", &restarted), ("bob.dense.", lost)] {
            for tensor in layout.tensors().iter().filter(|tensor| tensor.name.starts_with(network)) {
                // Output i of a product network is made from outputs i and N + i of its dense layer.
                for place in tensor.range().filter(|place| outputs.contains(&((place - tensor.range().start) % bits))) {
                    parameters[place] = fresh[place];
                    alice_bob.mean[place - first] = 0.0;
                }
            }
        }
    }

    /// Gives up a start that is stuck, has taken too long or has diverged, and restarts.
    fn give_up_if_stuck(&mut self, evaluation: &Evaluation) -> Option<Event> {
        let Config { patience, give_up, .. } = self.config;
        let progress = &mut self.state.progress;
        progress.stuck = if is_stuck(evaluation) { progress.stuck + 1 } else { 0 };
        let Progress { round, began, met, restarts, stuck, .. } = *progress;
        let hopeless = patience > 0 && (stuck >= patience || !evaluation.is_finite());
        let late = give_up > 0 && round - began >= give_up;
        if met || !(hopeless || late) {
            return None;
        }
        let (alice_bob, eve) = (self.state.alice_bob.mean.len(), self.state.eve.mean.len());
        let fresh = start(&self.config, &self.game, alice_bob, eve, restarts + 1);
        self.state.parameters = fresh.parameters;
        self.state.alice_bob = fresh.alice_bob;
        self.state.eve = fresh.eve;
        self.state.progress.restarts = restarts + 1;
        self.state.progress.began = round;
        self.state.progress.hardening_since = None;
        self.state.progress.values_began = vec![];
        self.state.progress.stuck = 0;
        Some(Event::Restarted { reason: diagnose(&self.config, evaluation) })
    }

    /// Tests on fresh data. `look` numbers the tests within a round.
    fn evaluate(&mut self, look: u64) -> Evaluation {
        let round = self.state.progress.round;
        self.evaluation.run(&self.state.parameters, 2 * round + look, &Transmission::BITS);
        Evaluation::new(round, &self.game.errors, self.evaluation.means())
    }
}

/// One optimiser step.
fn step(runner: &mut Runner, adam: &mut Adam, parameters: &mut [f32], number: u64, rate: f64, sent: &Transmission) {
    runner.run(parameters, number, sent);
    let trained: Range<usize> = runner.plan().trained();
    adam.step(&mut parameters[trained], runner.gradient(), rate);
}

/// The state before the first round, after `restarts` restarts.
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

/// Derives an independent seed for one purpose of a run.
pub fn derived_seed(seed: u64, purpose: &str) -> u64 {
    Stream::new(seed, purpose).at(0, 0).word()
}
