//! What Alice learned: how her outputs move when one bit flips, what values they take, and which simple rules explain her.
//!
//! An *input* is a plaintext bit or a key bit; inputs are numbered from 0, the plaintext bits before the key bits. An output
//! is one ciphertext value in (-1, 1). All messages and keys are uniform random bits, drawn from a seed; the same model,
//! settings and seed give the same figures.
//!
//! * [`Moves`]: the mean absolute change of every output for every flipped input, and how often it is *notable*: by more
//!   than [`NOTABLE`] in that message. M. Abadi and D. G. Andersen (arXiv 1610.06918) saw 3 to 6 of 16 outputs move notably
//!   when one bit flips, without saying what they took for notable.
//! * [`Values`]: the histogram of the ciphertext values.
//! * [`OutputRules`]: the best XOR of one plaintext and one key bit, the best XOR of any bits (an affine rule over GF(2)),
//!   and the best real-valued affine function, all chosen on some messages and judged on others.
//!
//! That no simple rule explains an output says nothing for the cipher: there are many other rules.

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
use crate::networks::Network;
pub use fit::Explained;
use messages::{Messages, Sample};
pub use moves::{Flips, Moves};
pub use rules::{OutputRules, Rule};
pub use values::Values;

/// A change of one output beyond which it has moved notably: a quarter of the way from -1 to +1.
pub const NOTABLE: f32 = 0.5;
/// Fewest messages that can be asked for.
pub const FEWEST_SAMPLES: usize = 128;
/// Most messages that can be asked for.
pub const MOST_SAMPLES: usize = 65_536;

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Random messages, [`FEWEST_SAMPLES`] to [`MOST_SAMPLES`]. Rules are chosen on at least eight messages for each input.
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
    /// Too few or too many messages were asked for.
    #[error("samples {0}: must be from {FEWEST_SAMPLES} to {MOST_SAMPLES}")]
    Samples(usize),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Inspection {
    /// The form of the networks.
    pub network: Network,
    /// Plaintext bits, and ciphertext values, of a message.
    pub bits: usize,
    /// Key bits of a message.
    pub key_bits: usize,
    /// The BLAKE3 hash of the model's file, in hexadecimal.
    pub model: String,
    /// Random messages in which bits were flipped.
    pub messages: usize,
    /// Random messages on which the rules were chosen; as many others judged them.
    pub rule_messages: usize,
    /// Seed of the messages.
    pub seed: u64,
    /// The change beyond which an output has moved notably ([`NOTABLE`]).
    pub notable: f32,
    /// Sets of up to so many bits, and all pairs of a plaintext and a key bit, were tried as XOR rules; others only by
    /// climbing and by solving equations.
    pub xor_bits_tried: usize,
    /// What one flipped bit does.
    pub moves: Moves,
    /// What values the outputs take.
    pub values: Values,
    /// For each output, the rules that explain it best.
    pub outputs: Vec<OutputRules>,
}

impl Inspection {
    /// Runs the Alice of `model` on random messages.
    ///
    /// # Errors
    /// When the settings are out of range.
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
            }
        }))
    }

    /// Everything as one JSON object, matrices included.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an inspection is plain values")
    }

    /// Tables of at most 60 columns.
    pub fn to_text(&self) -> String {
        table::text(self)
    }

    /// Heat maps as one SVG document: a row for each flipped bit, a column for each output, the mean change as colour.
    /// Beyond 64 rows or columns, neighbours share a cell.
    pub fn to_svg(&self) -> String {
        picture::svg(self)
    }

    /// Writes the heat maps to `path`, whole or not at all; a file of that name is replaced.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write_svg(&self, path: &std::path::Path) -> std::io::Result<()> {
        evesdrop_files::write_atomically(path, self.to_svg().as_bytes())
    }
}

#[cfg(test)]
mod tests;
