//! Training.

use evesdrop_learn::model::Model;
use evesdrop_learn::train::{Event, Look, StateError, Training, Turn, diagnose};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use web_time::{Duration, Instant};

use crate::settings::config;
use crate::{Failure, Players, engine, json, seed};

/// A training of Alice and Bob against Eve, one round at a time (Abadi and Andersen, arXiv 1610.06918, section 2.5).
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trainer {
    training: Training,
}

#[derive(Serialize)]
struct LookNote {
    evaluation: evesdrop_learn::train::Evaluation,
    events: Vec<EventNote>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum EventNote {
    GoalsMet,
    Restarted { reason: String },
}

impl From<Look> for LookNote {
    fn from(Look { evaluation, events }: Look) -> Self {
        let note = |event| match event {
            Event::GoalsMet => EventNote::GoalsMet,
            Event::Restarted { reason } => EventNote::Restarted { reason },
        };
        Self { evaluation, events: events.into_iter().map(note).collect() }
    }
}

#[derive(Serialize)]
struct Advance {
    rounds: u64,
    trained: bool,
    finished: bool,
    looks: Vec<LookNote>,
}

fn turn(name: &str) -> Result<Turn, Failure> {
    match name {
        "everybody" => Ok(Turn::Everybody),
        "alice-bob" => Ok(Turn::AliceAndBob),
        "eve" => Ok(Turn::Eve),
        other => Err(Failure::new(format!("no turn `{other}`: must be everybody, alice-bob or eve"))),
    }
}

fn state_failure(error: StateError) -> Failure {
    Failure::new(format!("this state cannot be used: {error}"))
}

#[wasm_bindgen]
impl Trainer {
    /// A training before its first round. `settings` is TOML as in `config.toml`, or JSON with the same names.
    ///
    /// # Errors
    /// If `settings` is neither, if a setting is unknown, or if a setting is out of range.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str) -> Result<Self, Failure> {
        Ok(Self { training: Training::new(config(settings)?, &engine()) })
    }

    /// Continues from an earlier [`Trainer::state`] with changed settings. The networks must stay the same.
    ///
    /// # Errors
    /// As [`Trainer::new`], and if the state is damaged or belongs to networks of another size.
    pub fn branch(settings: &str, state: &[u8]) -> Result<Self, Failure> {
        let training = Training::branch(config(settings)?, state, &engine()).map_err(state_failure)?;
        Ok(Self { training })
    }

    /// Rounds completed, over all starts.
    #[wasm_bindgen(getter)]
    pub fn rounds(&self) -> f64 {
        self.training.rounds() as f64
    }

    /// Number of restarts.
    #[wasm_bindgen(getter)]
    pub fn restarts(&self) -> f64 {
        self.training.restarts() as f64
    }

    /// Whether the goals have been met.
    #[wasm_bindgen(getter)]
    pub fn trained(&self) -> bool {
        self.training.is_trained()
    }

    /// Whether the program would stop now: the goals are met, or the maximum number of rounds is reached.
    #[wasm_bindgen(getter)]
    pub fn finished(&self) -> bool {
        self.trained() || self.training.rounds() >= self.training.config().max_rounds
    }

    /// Number of plaintext bits per message.
    #[wasm_bindgen(getter)]
    pub fn bits(&self) -> usize {
        self.training.config().rules.bits
    }

    /// Number of key bits.
    #[wasm_bindgen(getter, js_name = keyBits)]
    pub fn key_bits(&self) -> usize {
        self.training.config().rules.key_bits
    }

    /// Number of public values per message: Alice's ciphertext values and, in the asymmetric game, the public key.
    #[wasm_bindgen(getter, js_name = wireValues)]
    pub fn wire_values(&self) -> usize {
        self.training.config().rules.public_values()
    }

    /// The two goals, in wrong bits per message: Bob's maximum, then Eve's minimum.
    #[wasm_bindgen(getter)]
    pub fn goals(&self) -> Vec<f64> {
        let (bob, eve) = self.training.config().goals();
        vec![bob, eve]
    }

    /// Runs a round in which `everybody`, only `alice-bob` or only `eve` trains, without a test.
    ///
    /// # Errors
    /// If `who` is another name.
    pub fn turn(&mut self, who: &str) -> Result<(), Failure> {
        self.training.turn(turn(who)?);
        Ok(())
    }

    /// Whether the settings ask for a test ([`Trainer::look`]) at the current round. To get the program's results, test exactly then.
    #[wasm_bindgen(getter, js_name = isTimeToLook)]
    pub fn is_time_to_look(&self) -> bool {
        self.training.is_time_to_look()
    }

    /// Tests on fresh data, keeps the best model, confirms goals that seem to be met, and restarts if the start is stuck. Returns JSON: the
    /// `evaluation` and the `events` that followed from it (`goals-met`, or `restarted` with a `reason`).
    #[wasm_bindgen(js_name = lookJson)]
    pub fn look(&mut self) -> String {
        json(&LookNote::from(self.training.look()))
    }

    /// Tests on the same fresh data as [`Trainer::look`] does first, and changes nothing. Returns the evaluation as JSON.
    #[wasm_bindgen(js_name = testJson)]
    pub fn test(&mut self) -> String {
        json(&self.training.test())
    }

    /// Trains as the program does, including its tests, until the program would stop. It runs at most `rounds` rounds, and starts no round
    /// after `milliseconds` except the first.
    ///
    /// Returns JSON: `rounds` (completed in total), `trained`, `finished`, and `looks` (the result of each test, as [`Trainer::look`]
    /// returns it).
    #[wasm_bindgen(js_name = advanceJson)]
    pub fn advance(&mut self, rounds: f64, milliseconds: f64) -> String {
        let begun = Instant::now();
        let limit = Duration::from_secs_f64(milliseconds.clamp(0.0, 1e9) / 1e3);
        let (mut done, mut looks) = (0.0, vec![]);
        while done < rounds && !self.finished() && (done == 0.0 || begun.elapsed() < limit) {
            self.training.round();
            done += 1.0;
            if self.training.is_time_to_look() {
                looks.push(self.training.look().into());
            }
        }
        json(&Advance { rounds: self.training.rounds(), trained: self.trained(), finished: self.finished(), looks })
    }

    /// The whole state between two rounds, in the format of `checkpoint.safetensors`.
    pub fn state(&self) -> Vec<u8> {
        self.training.state()
    }

    /// Goes back (or forward) to a state of this training.
    ///
    /// # Errors
    /// If the state is damaged, or was made with other settings. The training is then unchanged.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), Failure> {
        self.training.restore(state).map_err(state_failure)
    }

    /// Gives Eve new random weights that follow from the seed `number`, 0 to 2^53 - 1. Alice and Bob are unchanged. If only Eve trains from
    /// then on, a fresh Eve learns against a frozen Alice and Bob (Abadi and Andersen, arXiv 1610.06918, section 2.5).
    ///
    /// # Errors
    /// If `number` is out of range.
    #[wasm_bindgen(js_name = freshEve)]
    pub fn fresh_eve(&mut self, number: f64) -> Result<(), Failure> {
        self.training.renew_eves(seed(number)?);
        Ok(())
    }

    /// The best evaluation so far as JSON; `null` before the first test.
    #[wasm_bindgen(js_name = bestJson)]
    pub fn best(&self) -> String {
        json(&self.training.best())
    }

    /// The state of the training in words.
    pub fn diagnosis(&self) -> String {
        let said = self.training.best().map(|best| diagnose(self.training.config(), best));
        said.unwrap_or_else(|| "not tested yet".into())
    }

    /// All settings, in the format of a run's `config.toml`.
    #[wasm_bindgen(js_name = configToml)]
    pub fn config_toml(&self) -> String {
        self.training.config().to_toml()
    }

    fn chosen(&self, which: &str) -> Result<Model, Failure> {
        match which {
            "best" => Ok(self.training.best_model()),
            "latest" => Ok(self.training.latest_model()),
            other => Err(Failure::new(format!("no model `{other}`: must be best or latest"))),
        }
    }

    /// The bytes of a `model.safetensors`. `best` are the networks at the best evaluation so far, which the program saves. `latest` are the
    /// current networks.
    ///
    /// # Errors
    /// If `which` is another name.
    pub fn model(&self, which: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.chosen(which)?.to_bytes())
    }

    /// The BLAKE3 hash of the best model's file, in hexadecimal.
    pub fn hash(&self) -> String {
        crate::files::hexadecimal(&self.training.best_model().fingerprint)
    }

    /// The current Alice, Bob and Eve.
    ///
    /// # Errors
    /// If the game is selective: it has no messages of bits.
    pub fn players(&self) -> Result<Players, Failure> {
        Players::of(&self.training.latest_model())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "bits = 4\nbatch = 128\nevaluate-every = 5\nmax-rounds = 20";

    #[test]
    fn advance_trains_as_the_program_does() {
        let mut by_hand = Training::new(config(SMALL).unwrap(), &engine());
        while by_hand.rounds() < 20 {
            by_hand.round();
            if by_hand.is_time_to_look() {
                by_hand.look();
            }
        }
        let mut trainer = Trainer::new(SMALL).unwrap();
        // Without any time, one round still runs.
        trainer.advance(100.0, 0.0);
        assert_eq!(trainer.rounds(), 1.0);
        let state = trainer.state();
        trainer.advance(100.0, 1e9);
        assert!(trainer.finished() && trainer.rounds() == 20.0);
        assert_eq!(trainer.hash(), crate::files::hexadecimal(&by_hand.best_model().fingerprint));
        // Going back and training again gives the same model.
        let hash = trainer.hash();
        trainer.restore(&state).unwrap();
        let advance: serde_json::Value = serde_json::from_str(&trainer.advance(100.0, 1e9)).unwrap();
        assert_eq!(advance["looks"].as_array().unwrap().len(), 4);
        assert_eq!(trainer.hash(), hash);
        assert!(trainer.restore(&state[1..]).is_err() && trainer.turn("bob").is_err());
    }

    #[test]
    fn tests_change_nothing_and_a_fresh_eve_changes_only_eve() {
        let mut trainer = Trainer::new(SMALL).unwrap();
        trainer.advance(3.0, 1e9);
        let state = trainer.state();
        let test = trainer.test();
        assert_eq!((trainer.test(), trainer.state() == state), (test, true));
        let before = trainer.training.latest_model();
        trainer.fresh_eve(7.0).unwrap();
        trainer.turn("eve").unwrap();
        let after = trainer.training.latest_model();
        let (mut moved, mut kept) = (0, 0);
        for tensor in before.note.layout().tensors() {
            let same = before.parameters[tensor.range()] == after.parameters[tensor.range()];
            assert_eq!(same, !tensor.name.starts_with("eve"), "{}", tensor.name);
            moved += usize::from(!same);
            kept += usize::from(same);
        }
        assert!(moved > 0 && kept > 0);
        assert!(trainer.fresh_eve(0.5).is_err());
    }
}
