//! Trained networks in a file: the parameters, and what is needed to rebuild the game around them.

use evesdrop_engine::{FileError, Layout};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::games::{EveTerm, Symmetric};
use crate::networks::{Initialisation, Network};

/// What a model file says of itself, in its header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelNote {
    /// Version of this note.
    pub format: u32,
    /// The game that was played.
    pub game: String,
    /// The networks' form.
    pub network: Network,
    /// Bits of a message.
    pub bits: usize,
    /// Bits of a key.
    pub key_bits: usize,
}

/// A trained Alice, Bob and Eve.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What it is.
    pub note: ModelNote,
    /// The game's parameters, in the order of its layout.
    pub parameters: Vec<f32>,
    /// Hash of the file: names this very model.
    pub fingerprint: [u8; 32],
}

/// Why a model file cannot be used; one line.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file is damaged, or not a model of ours.
    #[error("{0}")]
    File(#[from] FileError),
    /// The header says nothing, or nothing that this version understands.
    #[error("not a model of Evesdrop: {0}")]
    Note(String),
}

impl ModelNote {
    /// The note for a symmetric game.
    pub fn symmetric(network: Network, bits: usize, key_bits: usize) -> Self {
        Self { format: 1, game: "symmetric".into(), network, bits, key_bits }
    }

    /// The layout of the game's parameters.
    pub fn layout(&self) -> Layout {
        // Neither the start nor the losses change the layout.
        let game = Symmetric::new(self.bits, self.key_bits, self.network, Initialisation::Xavier, EveTerm::PerExample);
        game.program.layout().clone()
    }
}

impl Model {
    /// The file of a model. The same parameters give the same bytes.
    ///
    /// # Errors
    /// Only if the format refuses.
    pub fn to_bytes(note: &ModelNote, parameters: &[f32]) -> Result<Vec<u8>, FileError> {
        let note_text = serde_json::to_string(note).expect("a note is plain values");
        note.layout().to_safetensors(parameters, &note_text)
    }

    /// Reads a model.
    ///
    /// # Errors
    /// When the bytes are damaged, or not a model that this version understands.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(FileError::Format)?;
        let text = header.metadata().as_ref().and_then(|m| m.get("evesdrop"));
        let text = text.ok_or_else(|| ModelError::Note("its header has no note of ours".into()))?;
        let note: ModelNote = serde_json::from_str(text).map_err(|e| ModelError::Note(e.to_string()))?;
        if note.format != 1 || note.game != "symmetric" {
            return Err(ModelError::Note(format!("format {}, game {}", note.format, note.game)));
        }
        if !(4..=256).contains(&note.bits) || !(1..=256).contains(&note.key_bits) {
            return Err(ModelError::Note(format!("{} message bits and {} key bits", note.bits, note.key_bits)));
        }
        let parameters = note.layout().from_safetensors(bytes)?;
        Ok(Self { note, parameters, fingerprint: *blake3::hash(bytes).as_bytes() })
    }

    /// Reads the model of a run's folder, or of a file.
    ///
    /// # Errors
    /// As [`Model::from_bytes`], and when the file cannot be read.
    pub fn load(path: &std::path::Path) -> Result<Self, ModelError> {
        let file = if path.is_dir() { path.join("model.safetensors") } else { path.to_owned() };
        Self::from_bytes(&std::fs::read(file)?)
    }
}
