//! Fresh Eves trained against a frozen pair (Abadi and Andersen, section 2.5).

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use evesdrop_engine::{Adam, Engine, Plan, Runner};
use serde::{Deserialize, Serialize};

use evesdrop_files::{LARGEST, read_at_most, write_atomically};

use evesdrop_learn::games::{Errors, EveKind, Transmission};
use evesdrop_learn::model::Model;
use evesdrop_learn::networks::Initialisation;
use evesdrop_learn::train::derived_seed;

/// Number of test examples. The standard error of a message's soft wrong bits is then below 0.01.
const TEST_BATCH: usize = 1 << 16;
/// Number of steps between two tests.
const TEST_EVERY: u64 = 500;
/// Time between two checkpoints.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(20);

/// Eves to train from scratch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FreshEves {
    /// The network of each Eve.
    pub kinds: Vec<EveKind>,
    /// Number of training steps.
    pub steps: u64,
    /// Batch size, in examples per step.
    pub batch: usize,
    /// Learning rate (Adam).
    pub rate: f64,
}

/// The state of Eves in training, as saved in a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    step: u64,
    parameters: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
    best: Vec<f64>,
}

impl State {
    /// Reads a checkpoint of Eves with this number of parameters. `None` if there is none or it is damaged.
    fn read(path: &Path, parameters: usize) -> Option<Self> {
        let text = String::from_utf8(read_at_most(path, LARGEST).ok()?).ok()?;
        let (hash, json) = text.split_once('\n')?;
        let state: Self = serde_json::from_str(json).ok()?;
        let whole = *hash == *blake3::hash(json.as_bytes()).to_hex() && state.parameters.len() == parameters;
        whole.then_some(state)
    }

    /// One line with a hash, one with the state.
    fn write(&self, path: &Path) -> io::Result<()> {
        let json = serde_json::to_string(self).expect("plain values");
        write_atomically(path, format!("{}\n{json}", blake3::hash(json.as_bytes())).as_bytes())
    }
}

/// Trains the Eves against the pair of `model`, which stays frozen. Each Eve sees what the game shows her. All Eves learn from
/// the same batches, so Alice encrypts each message once. Returns each Eve's lowest error ("the best Eve ever seen") in tests
/// on fresh data every 500 steps, or `None` if `stop` was set. The error is in soft wrong bits. In the selective game three
/// Eves of each kind estimate C, |C| and C^2, and the error is the squared error relative to Blind Eve's.
///
/// Training resumes from the file `checkpoint`. The file remains at the end, so that later steps of a trial can be interrupted
/// too.
///
/// # Errors
/// If the checkpoint cannot be written.
pub fn fresh_eves(
    model: &Model,
    fresh: &FreshEves,
    seed: u64,
    engine: &Engine,
    checkpoint: &Path,
    stop: &AtomicBool,
) -> io::Result<Option<Vec<f64>>> {
    let game = model.note.rules.against(&fresh.kinds, Initialisation::Xavier);
    let derived = |purpose| derived_seed(seed, purpose);
    let mut parameters = Initialisation::Xavier.parameters(game.program.layout(), derived("fresh Eves: start"));
    let trained = model.note.layout();
    let is_eve = |name: &str| game.eves.iter().any(|eve| name.starts_with(&format!("{eve}.")));
    for tensor in game.program.layout().tensors().iter().filter(|tensor| !is_eve(&tensor.name)) {
        let same = trained.tensors().iter().find(|t| t.name == tensor.name).expect("the pair's networks are the same");
        parameters[tensor.range()].copy_from_slice(&model.parameters[same.range()]);
    }
    let eves: Vec<&str> = game.eves.iter().map(String::as_str).collect();
    let plan = Plan::gradient(&game.program, game.eve, &eves, engine.level());
    let range = plan.trained();
    let mut training = Runner::new(engine, plan, fresh.batch, derived("fresh Eves: training"));
    let test = Plan::forward(&game.program, game.errors.eves().as_flattened(), &[], engine.level());
    let error = |pair: &[f64]| match game.errors {
        Errors::Bits(_) => pair[0],
        Errors::Values(_) => pair[0] / pair[1],
    };
    let mut testing = Runner::new(engine, test, TEST_BATCH, derived("fresh Eves: tests"));
    let mut adam = Adam::new(range.len());
    let mut best = vec![f64::MAX; eves.len()];
    let mut first = 0;
    if let Some(state) = State::read(checkpoint, range.len()) {
        parameters[range.clone()].copy_from_slice(&state.parameters);
        adam = Adam { mean: state.mean, square: state.square, steps: state.step };
        (first, best) = (state.step, state.best);
    }
    let save = |step, parameters: &[f32], adam: &Adam, best: &[f64]| {
        let (mean, square) = (adam.mean.clone(), adam.square.clone());
        State { step, parameters: parameters[range.clone()].to_vec(), mean, square, best: best.to_vec() }
            .write(checkpoint)
    };
    let mut saved = Instant::now();
    for step in first..fresh.steps {
        if stop.load(Ordering::Relaxed) {
            save(step, &parameters, &adam, &best)?;
            return Ok(None);
        }
        training.run(&parameters, step, &Transmission::BITS);
        adam.step(&mut parameters[range.clone()], training.gradient(), fresh.rate);
        if (step + 1).is_multiple_of(TEST_EVERY) || step + 1 == fresh.steps {
            testing.run(&parameters, step, &Transmission::BITS);
            best.iter_mut().zip(testing.means().chunks_exact(2)).for_each(|(best, pair)| *best = best.min(error(pair)));
            if saved.elapsed() > CHECKPOINT_EVERY {
                save(step + 1, &parameters, &adam, &best)?;
                saved = Instant::now();
            }
        }
    }
    save(fresh.steps, &parameters, &adam, &best)?;
    Ok(Some(best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evesdrop_learn::games::Rules;
    use evesdrop_learn::model::ModelNote;
    use evesdrop_learn::networks::Network;

    #[test]
    fn fresh_eves_resume_where_they_were_stopped() {
        let note = ModelNote::new(Rules { leaked_key_bits: 4, ..Rules::symmetric(Network::Paper, 4, 4) });
        let parameters = Initialisation::TruncatedNormal.parameters(&note.layout(), 1);
        let model = Model::new(note, parameters);
        let engine = Engine::new(1, evesdrop_engine::Level::from_environment().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let train = |file: &str, steps, stop: bool| {
            let fresh = FreshEves { kinds: vec![EveKind::Same, EveKind::Wide], steps, batch: 64, rate: 0.01 };
            fresh_eves(&model, &fresh, 1, &engine, &folder.path().join(file), &stop.into()).unwrap()
        };
        let whole = train("whole", 2 * TEST_EVERY, false).unwrap();
        let half = train("parts", TEST_EVERY, false).unwrap();
        assert!(whole[1] < half[1], "more steps must reduce the error: {half:?}, {whole:?}");
        assert_eq!(train("parts", 2 * TEST_EVERY, true), None);
        assert_eq!(train("parts", 2 * TEST_EVERY, false).unwrap(), whole);
        // A damaged checkpoint is ignored, and training starts again.
        let file = folder.path().join("parts");
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replacen("0.1", "0.2", 1)).unwrap();
        assert_eq!(train("parts", 2 * TEST_EVERY, false).unwrap(), whole);
    }
}
