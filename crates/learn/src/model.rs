//! Model files: the parameters of trained networks, and the rules needed to rebuild their game.

use evesdrop_engine::{FileError, Layout};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::games::{Channel, EveTerm, GameKind, Rules};
use crate::networks::{Initialisation, Network, RoundedSums, Xor, xors};
use evesdrop_files::{LARGEST, read_at_most};

/// The description in a model file's header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelNote {
    /// Version of the header's format.
    pub format: u32,
    /// The rules of the game that the networks were trained in.
    #[serde(flatten)]
    pub rules: Rules,
}

/// The header of a model file: the description, and a hash over the description and the values, because the safetensors format
/// does not detect altered values.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    note: ModelNote,
    checksum: String,
}

/// A trained Alice, Bob and Eve.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The description: format version and rules.
    pub note: ModelNote,
    /// All parameters of the game, in the order of [`ModelNote::layout`].
    pub parameters: Vec<f32>,
    /// BLAKE3 hash of the model file; it identifies the model.
    pub fingerprint: [u8; 32],
}

/// Why a model file cannot be used; one line.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The folder contains no model.
    #[error("no model.safetensors in this folder: not a training run, or stopped before its first save")]
    NoModel,
    /// The file is damaged, or not a model file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The header has no description, or one that this version does not support.
    #[error("not a model of Evesdrop: {0}")]
    Note(String),
    /// The model's game has no key shared by Alice and Bob, but the caller needs one.
    #[error("a model of the {0} game: this needs one that encrypts bits under a shared key (train --game symmetric)")]
    NoSharedKey(&'static str),
    /// A value or the header was altered.
    #[error("damaged: its checksum does not fit")]
    Checksum,
}

/// BLAKE3 of the header's text and the tensors' values, in hex.
pub(crate) fn checksum(note: &str, tensors: &[&[f32]]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(note.len() as u64).to_le_bytes()).update(note.as_bytes());
    for tensor in tensors {
        hasher.update(&(tensor.len() as u64).to_le_bytes());
        let bytes: Vec<u8> = tensor.iter().flat_map(|x| x.to_le_bytes()).collect();
        hasher.update(&bytes);
    }
    hasher.finalize().to_hex().to_string()
}

impl ModelNote {
    /// The description of a model trained in the game of `rules`.
    pub fn new(rules: Rules) -> Self {
        Self { format: 1, rules }
    }

    /// The layout of the game's parameters.
    pub fn layout(&self) -> Layout {
        // Neither the initialisation nor the losses change the layout.
        self.rules.record(Initialisation::Xavier, EveTerm::PerExample).program.layout().clone()
    }

    fn checksum(&self, parameters: &[f32]) -> String {
        checksum(&serde_json::to_string(self).expect("a note is plain values"), &[parameters])
    }
}

impl Model {
    /// A model with these parameters, in the order of the game's layout.
    ///
    /// # Panics
    /// If there are fewer parameters than the layout has.
    pub fn new(note: ModelNote, parameters: Vec<f32>) -> Self {
        let mut model = Self { note, parameters, fingerprint: [0; 32] };
        model.fingerprint = *blake3::hash(&model.to_bytes()).as_bytes();
        model
    }

    /// Serialises the model to the safetensors format. The same parameters give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = Header { note: self.note.clone(), checksum: self.note.checksum(&self.parameters) };
        let text = serde_json::to_string(&header).expect("a note is plain values");
        self.note.layout().to_safetensors(&self.parameters, &text)
    }

    /// The parameters of the tensor called `name`, in row-major order.
    ///
    /// # Panics
    /// If the game has no such tensor.
    pub(crate) fn tensor(&self, name: &str) -> &[f32] {
        let layout = self.note.layout();
        let tensor = layout.tensors().iter().find(|tensor| tensor.name == name).expect("the game has this layer");
        &self.parameters[tensor.range()]
    }

    /// The XORs that the Alice of a CryptoNet computes if her weights are rounded; `None` for other networks.
    pub fn rounded_sums(&self) -> Option<RoundedSums> {
        let rules = &self.note.rules;
        if rules.network != Network::CryptoNet {
            return None;
        }
        Some(RoundedSums::new(self.tensor("alice.dense.weight"), rules.bits))
    }

    /// For a product network over a channel for bits: the XOR that each of Alice's outputs computes of the message bits and, after them,
    /// the key bits, proved for all inputs from her weights. `None` for other models, and for outputs without a proof.
    pub fn xors(&self) -> Option<Vec<Option<Xor>>> {
        self.proved_xors("alice")
    }

    /// The XORs of a player's network.
    fn proved_xors(&self, player: &str) -> Option<Vec<Option<Xor>>> {
        let rules = &self.note.rules;
        if rules.network != Network::Product || rules.channel != Channel::Bits {
            return None;
        }
        let tensor = |name| self.tensor(&format!("{player}.dense.{name}"));
        Some(xors(tensor("weight"), tensor("bias"), rules.bits))
    }

    /// Whether [`Model::xors`] proves a permuted one-time pad: each output is one message bit XOR one key bit, and no bit is used twice.
    /// Such a cipher is perfectly secret (C. E. Shannon, "Communication theory of secrecy systems", 1949, section 10) if each key is
    /// used once: I(P;C) = 0.
    pub fn is_proved_pad(&self) -> bool {
        let bits = self.note.rules.bits;
        let Some(xors) = self.xors().and_then(|xors| xors.into_iter().collect::<Option<Vec<Xor>>>()) else {
            return false;
        };
        let mut used = vec![0; bits + self.note.rules.key_bits];
        xors.iter().flat_map(|xor| xor.inputs).for_each(|input| used[input] += 1);
        xors.iter().all(|xor| xor.inputs[0] < bits && xor.inputs[1] >= bits) && used.iter().all(|times| *times <= 1)
    }

    /// Whether the weights prove that Bob reads every message under every key without error: each of his outputs is the XOR of a
    /// ciphertext bit and a key bit, and that ciphertext bit is the XOR of the message bit and the same key bit.
    pub fn is_proved_readable(&self) -> bool {
        let bits = self.note.rules.bits;
        let (Some(sent), Some(read)) = (self.xors(), self.proved_xors("bob")) else { return false };
        let undoes = |(message, read): (usize, &Option<Xor>)| {
            let Some(Xor { inputs: [value, key], complement }) = *read else { return false };
            value < bits && sent[value] == Some(Xor { inputs: [message, key], complement })
        };
        read.iter().enumerate().all(undoes)
    }

    /// Reads a model.
    ///
    /// # Errors
    /// If the bytes are damaged, or if this version does not support the model.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(FileError::from)?;
        let text = header.metadata().as_ref().and_then(|m| m.get("evesdrop"));
        let text = text.ok_or_else(|| ModelError::Note("its header has no description of a game".into()))?;
        let Header { note, checksum: expected } =
            serde_json::from_str(text).map_err(|e| ModelError::Note(format!("in its header, {e}")))?;
        if note.format != 1 {
            return Err(ModelError::Note(format!("format {}", note.format)));
        }
        note.rules.check().map_err(ModelError::Note)?;
        let parameters = note.layout().from_safetensors(bytes)?;
        if note.checksum(&parameters) != expected {
            return Err(ModelError::Checksum);
        }
        Ok(Self { note, parameters, fingerprint: *blake3::hash(bytes).as_bytes() })
    }

    /// Reads a model file, or the model in a run's folder.
    ///
    /// # Errors
    /// As [`Model::from_bytes`], and an error if the file cannot be read.
    pub fn load(path: &std::path::Path) -> Result<Self, ModelError> {
        let file = if path.is_dir() { path.join("model.safetensors") } else { path.to_owned() };
        if path.is_dir() && !file.exists() {
            return Err(ModelError::NoModel);
        }
        Self::from_bytes(&read_at_most(&file, LARGEST)?)
    }

    /// As [`Model::load`], but only for games in which Alice encrypts bits under a key shared with Bob.
    ///
    /// # Errors
    /// As [`Model::load`], and an error for models of the asymmetric and the selective game.
    pub fn load_with_shared_key(path: &std::path::Path) -> Result<Self, ModelError> {
        Self::load(path)?.with_shared_key()
    }

    /// This model, if Alice encrypts bits under a key that she shares with Bob.
    ///
    /// # Errors
    /// For the asymmetric and the selective game.
    pub fn with_shared_key(self) -> Result<Self, ModelError> {
        match self.note.rules.game {
            GameKind::Symmetric | GameKind::ChosenPlaintext => Ok(self),
            other => Err(ModelError::NoSharedKey(other.name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let note = ModelNote::new(Rules::symmetric(Network::Paper, 4, 3));
        let parameters = note.layout().initialise(1);
        Model::new(note, parameters).to_bytes()
    }

    #[test]
    fn a_model_survives_its_file() {
        let model = Model::from_bytes(&file()).unwrap();
        assert_eq!(model.parameters, model.note.layout().initialise(1));
        assert_eq!(model.to_bytes(), file());
        assert_eq!(Model::new(model.note.clone(), model.parameters.clone()), model);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let whole = file();
        for place in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[place / 8] ^= 1 << (place % 8);
            assert!(Model::from_bytes(&bytes).is_err(), "bit {place}");
        }
        for length in 0..whole.len() {
            let error = Model::from_bytes(&whole[..length]).unwrap_err().to_string();
            assert!(!error.contains('\n'), "{length} bytes: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_model_or_one_line(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let error = Model::from_bytes(&bytes).unwrap_err().to_string();
            proptest::prop_assert!(!error.contains('\n'));
        }
    }
}
