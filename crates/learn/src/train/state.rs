//! The whole state of a training between two rounds, as bytes.

use evesdrop_engine::{Adam, FileError, safetensors_file};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use super::Evaluation;
use crate::model::checksum;

/// Everything that determines how a training continues, as saved in a checkpoint. Random numbers need no state, because they
/// are addressed by round.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub(crate) progress: Progress,
    pub(crate) parameters: Vec<f32>,
    pub(crate) alice_bob: Adam,
    pub(crate) eve: Adam,
    /// Parameters of the best evaluation so far. Empty before the first evaluation.
    pub(crate) best: Vec<f32>,
}

/// The part of the state that is not a tensor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Fingerprint of the settings used so far: `Config::fingerprint`.
    #[serde(default)]
    pub settings: String,
    /// Rounds completed, over all starts.
    pub round: u64,
    /// Number of restarts.
    pub restarts: u64,
    /// The round at which the current start began.
    pub began: u64,
    /// Number of consecutive tests at which the start was stuck.
    pub stuck: u64,
    /// Whether the goals have been met.
    pub met: bool,
    pub best: Option<Evaluation>,
    /// Over a channel for bits: the round in which each of Alice's values last started over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_began: Vec<u64>,
    /// Over a channel for bits: the round in which the channel began to move to bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardening_since: Option<u64>,
    /// How often values started over.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub values_restarted: u64,
    pub alice_bob_steps: u64,
    pub eve_steps: u64,
    /// Seconds of training, over all sessions.
    pub seconds: f64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The header of a checkpoint: the progress, and a hash over it and the tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    progress: Progress,
    checksum: String,
}

const NAMES: [&str; 6] =
    ["parameters", "alice_bob.mean", "alice_bob.square", "eve.mean", "eve.square", "best.parameters"];

impl State {
    fn tensors(&self) -> [&[f32]; 6] {
        let Self { parameters, alice_bob, eve, best, .. } = self;
        [parameters, &alice_bob.mean, &alice_bob.square, &eve.mean, &eve.square, best]
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut progress = self.progress.clone();
        (progress.alice_bob_steps, progress.eve_steps) = (self.alice_bob.steps, self.eve.steps);
        let text = serde_json::to_string(&progress).expect("progress is plain values");
        let header = Header { progress, checksum: checksum(&text, &self.tensors()) };
        let note = serde_json::to_string(&header).expect("progress is plain values");
        let tensors: Vec<_> = NAMES.iter().zip(self.tensors()).map(|(name, t)| (*name, vec![t.len()], t)).collect();
        safetensors_file(&tensors, &note)
    }

    /// Reads a state for a game with `parameters` parameters. `alice_bob` and `eve` are the numbers of parameters that these
    /// players train.
    ///
    /// # Errors
    /// If the bytes are damaged, or belong to a game of another size.
    pub fn from_bytes(bytes: &[u8], parameters: usize, alice_bob: usize, eve: usize) -> Result<Self, FileError> {
        let wrong = |name: &str, what: &str| FileError::Tensor { name: name.into(), what: what.into() };
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let note = header.metadata().as_ref().and_then(|m| m.get("evesdrop")).cloned().unwrap_or_default();
        let Header { progress, checksum: expected } =
            serde_json::from_str(&note).map_err(|e| wrong("header", &e.to_string()))?;
        let file = SafeTensors::deserialize(bytes)?;
        let best = if progress.best.is_some() { parameters } else { 0 };
        let mut tensors = vec![];
        for (name, len) in NAMES.iter().zip([parameters, alice_bob, alice_bob, eve, eve, best]) {
            let view = file.tensor(name)?;
            if view.dtype() != Dtype::F32 || view.shape() != [len] {
                return Err(wrong(name, &format!("is {:?}, expected {len} values", view.shape())));
            }
            tensors.push(view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect::<Vec<f32>>());
        }
        let mut next = tensors.into_iter();
        let mut take = || next.next().expect("as many as names");
        let state = Self {
            parameters: take(),
            alice_bob: Adam { mean: take(), square: take(), steps: progress.alice_bob_steps },
            eve: Adam { mean: take(), square: take(), steps: progress.eve_steps },
            best: take(),
            progress,
        };
        let text = serde_json::to_string(&state.progress).expect("progress is plain values");
        if checksum(&text, &state.tensors()) != expected {
            return Err(wrong("checksum", "does not fit: the file is damaged"));
        }
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Errors, WrongBits};

    fn state() -> State {
        let adam = |len: usize| Adam { mean: vec![0.5; len], square: vec![0.25; len], steps: 7 };
        let errors = Errors::Bits(WrongBits {
            bob_wrong_bits: 0.1,
            eve_wrong_bits: 7.0,
            bob_wrong_bits_hard: 0.1 + 0.2,
            eve_wrong_bits_hard: 1.0 / 3.0,
            bob_by_bit: vec![0.0, 1.0 / 7.0],
        });
        let best = Evaluation { round: 100, errors };
        let progress = Progress {
            settings: "abc".into(),
            round: 123,
            restarts: 1,
            began: 40,
            stuck: 2,
            met: false,
            best: Some(best),
            alice_bob_steps: 7,
            eve_steps: 7,
            seconds: 1.5,
            values_began: vec![3, 0],
            hardening_since: Some(5),
            values_restarted: 2,
        };
        State { progress, parameters: vec![1.0, -2.0, 3.5], alice_bob: adam(2), eve: adam(1), best: vec![0.1; 3] }
    }

    #[test]
    fn a_state_survives_its_file_to_the_bit() {
        let bytes = state().to_bytes();
        assert_eq!(State::from_bytes(&bytes, 3, 2, 1).unwrap(), state());
        assert_eq!(bytes, State::from_bytes(&bytes, 3, 2, 1).unwrap().to_bytes());
        assert!(State::from_bytes(&bytes, 4, 2, 1).is_err(), "a state of another game");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let whole = state().to_bytes();
        for place in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[place / 8] ^= 1 << (place % 8);
            // A flip that does not change the meaning (1e-5, 1E-5) may pass.
            if let Ok(read) = State::from_bytes(&bytes, 3, 2, 1) {
                assert_eq!(read, state(), "bit {place}");
            }
        }
        for length in 0..whole.len() {
            let error = State::from_bytes(&whole[..length], 3, 2, 1).unwrap_err().to_string();
            assert!(!error.contains('\n'), "{length} bytes: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_state_or_one_line(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let error = State::from_bytes(&bytes, 3, 2, 1).unwrap_err().to_string();
            proptest::prop_assert!(!error.contains('\n'));
        }
    }
}
