//! Analysis of what Alice learned: how her outputs move when one bit flips, their distribution, and which simple rules explain
//! them.
//!
//! An *input* is a plaintext bit or a key bit. Inputs are numbered from 0, plaintext bits before key bits. An *output* is one
//! ciphertext value in (-1, 1). All messages and keys are uniform random bits, drawn from a seed. The same model, settings and
//! seed give the same figures.
//!
//! * [`Moves`]: the mean absolute change of every output for every flipped input, and how often the change is *notable*: larger
//!   than [`NOTABLE`] in a message. M. Abadi and D. G. Andersen (arXiv 1610.06918) report that 3 to 6 of 16 outputs change
//!   significantly when one bit flips, without a definition of significant.
//! * [`Values`]: the histogram of the ciphertext values.
//! * [`Proved`]: for a product network over bits, the XORs that its weights prove.
//! * [`OutputRules`]: the best XOR of one plaintext and one key bit, the best XOR of any bits (an affine rule over GF(2)), and
//!   the best real-valued affine function. All are chosen on some messages and scored on others.
//!
//! If no simple rule explains an output, that does not show that the cipher is strong: there are many other rules.

mod fit;
mod messages;
mod moves;
mod picture;
mod rules;
mod table;
mod values;

use evesdrop_engine::{Engine, Stream};
use serde::Serialize;

use crate::learned::Pair;
use crate::model::Model;
use crate::networks::{Network, Xor};
pub use fit::Explained;
use messages::{Messages, Sample};
pub use moves::{Flips, Moves};
pub use rules::{OutputRules, Rule};
pub use values::Values;

/// An output moves notably if it changes by more than this: a quarter of the distance from -1 to +1.
pub const NOTABLE: f32 = 0.5;
/// Minimum number of messages.
pub const FEWEST_SAMPLES: usize = 128;
/// Maximum number of messages.
pub const MOST_SAMPLES: usize = 65_536;

/// The size and seed of an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Number of random messages, [`FEWEST_SAMPLES`] to [`MOST_SAMPLES`]. Rules are chosen on at least eight messages per
    /// input.
    pub samples: usize,
    /// Seed of the messages and keys.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { samples: 4096, seed: 1 }
    }
}

/// Why a model cannot be inspected; one line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// The number of messages is out of range.
    #[error("samples {0}: must be from {FEWEST_SAMPLES} to {MOST_SAMPLES}")]
    Samples(usize),
}

/// The results of an inspection.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Inspection {
    /// The architecture of the networks.
    pub network: Network,
    /// Plaintext bits per message, and ciphertext values per message.
    pub bits: usize,
    /// Key bits per message.
    pub key_bits: usize,
    /// BLAKE3 hash of the model file, in hexadecimal.
    pub model: String,
    /// Number of random messages in which bits were flipped.
    pub messages: usize,
    /// Number of random messages on which rules were chosen. The same number of other messages was used to score them.
    pub rule_messages: usize,
    /// Seed of the messages.
    pub seed: u64,
    /// The change beyond which an output moves notably ([`NOTABLE`]).
    pub notable: f32,
    /// All sets of up to this many bits, and all pairs of a plaintext and a key bit, were tried as XOR rules. Larger sets were
    /// tried only by hill climbing and by solving equations.
    pub xor_bits_tried: usize,
    /// The effects of one flipped bit.
    pub moves: Moves,
    /// The distribution of the outputs.
    pub values: Values,
    /// For each output: the rules that explain it best.
    pub outputs: Vec<OutputRules>,
    /// What the weights of a product network over bits prove; absent for other models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proved: Option<Proved>,
}

/// What holds for every message and key, proved from the weights of a product network over bits.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Proved {
    /// For each output: the two inputs whose XOR it is. Null without a proof.
    pub outputs: Vec<Option<Xor>>,
    /// Whether Alice's outputs are a one-time pad with the bits permuted ([`Model::is_proved_pad`]).
    pub pad: bool,
    /// Whether Bob reads every message ([`Model::is_proved_readable`]).
    pub readable: bool,
}

impl Inspection {
    /// Inspects the Alice of `model` on random messages.
    ///
    /// # Errors
    /// If the settings are out of range.
    pub fn new(model: &Model, settings: Settings, engine: &Engine) -> Result<Self, InspectError> {
        let Settings { samples, seed } = settings;
        if !(FEWEST_SAMPLES..=MOST_SAMPLES).contains(&samples) {
            return Err(InspectError::Samples(samples));
        }
        let note = &model.note;
        let rule_messages = samples.max(8 * (note.rules.bits + note.rules.key_bits + 1));
        let stream = Stream::new(seed, "inspect");
        let mut pair = Pair::new(model, engine);
        Ok(engine.enter(|| {
            let flipped = Messages::random(note, samples, &mut stream.at(0, 0));
            let (moves, values) = moves::measure(&mut pair, flipped);
            let choose = Sample::of(&mut pair, &Messages::random(note, rule_messages, &mut stream.at(1, 0)));
            let judge = Sample::of(&mut pair, &Messages::random(note, rule_messages, &mut stream.at(2, 0)));
            let xor_bits_tried = rules::bits_tried(&choose);
            let outputs = rules::explain(&choose, &judge, note.rules.bits, xor_bits_tried);
            Self {
                network: note.rules.network,
                bits: note.rules.bits,
                key_bits: note.rules.key_bits,
                model: model.fingerprint.iter().map(|byte| format!("{byte:02x}")).collect(),
                messages: samples,
                rule_messages,
                seed,
                notable: NOTABLE,
                xor_bits_tried,
                moves,
                values,
                outputs,
                proved: model.xors().map(|outputs| Proved {
                    outputs,
                    pad: model.is_proved_pad(),
                    readable: model.is_proved_readable(),
                }),
            }
        }))
    }

    /// All results as one JSON object, matrices included.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an inspection is plain values")
    }

    /// All results as tables of at most 60 columns.
    pub fn to_text(&self) -> String {
        table::text(self)
    }

    /// What the weights prove, in words ([`Inspection::proved`]).
    pub fn proof(&self) -> Option<String> {
        table::proof(self)
    }

    /// The best rule found for each output, in one sentence.
    pub fn sentences(&self) -> Vec<String> {
        table::sentences(self)
    }

    /// Heat maps as one SVG document: a row for each flipped bit, a column for each output, the mean change as colour. Beyond
    /// 64 rows or columns, neighbours share a cell.
    pub fn to_svg(&self) -> String {
        picture::svg(self)
    }

    /// Writes the heat maps to `path`, as a whole or not at all. An existing file is replaced.
    ///
    /// # Errors
    /// File system errors.
    pub fn write_svg(&self, path: &std::path::Path) -> std::io::Result<()> {
        evesdrop_files::write_atomically(path, self.to_svg().as_bytes())
    }
}

/// What one flipped bit does to the outputs of `pair`'s Alice, over so many random messages but no more than `pair` has room for: the
/// quick part of an [`Inspection`]. For games with a shared key.
pub fn influence(pair: &mut Pair, samples: usize, seed: u64) -> Moves {
    let messages = Messages::random(pair.note(), samples.min(pair.room()), &mut Stream::new(seed, "inspect").at(0, 0));
    moves::measure(pair, messages).0
}

#[cfg(test)]
mod tests;
