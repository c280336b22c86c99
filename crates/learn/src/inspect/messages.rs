//! Random messages and keys, and Alice's outputs for them.

use evesdrop_engine::{Numbers, TILE};

use crate::learned::{PackedBits, Pair, RUN};
use crate::model::ModelNote;

/// Messages with their keys. The bits of each message fill whole bytes, and so do those of each key.
pub(super) struct Messages {
    pub count: usize,
    bits: usize,
    key_bits: usize,
    plaintext: Vec<u8>,
    key: Vec<u8>,
}

impl Messages {
    /// Messages and keys of uniform random bits.
    pub(super) fn random(note: &ModelNote, count: usize, numbers: &mut Numbers) -> Self {
        let mut draw = |bits: usize| {
            let mut bytes = vec![0; count * bits.div_ceil(8)];
            numbers.fill(&mut bytes);
            bytes
        };
        let (plaintext, key) = (draw(note.rules.bits), draw(note.rules.key_bits));
        Self { count, bits: note.rules.bits, key_bits: note.rules.key_bits, plaintext, key }
    }

    /// Number of plaintext and key bits.
    pub(super) fn inputs(&self) -> usize {
        self.bits + self.key_bits
    }

    /// Flips one input bit in every message.
    pub(super) fn flip(&mut self, input: usize) {
        let (bytes, bits, bit) = match input.checked_sub(self.bits) {
            None => (&mut self.plaintext, self.bits, input),
            Some(bit) => (&mut self.key, self.key_bits, bit),
        };
        bytes.iter_mut().skip(bit / 8).step_by(bits.div_ceil(8)).for_each(|byte| *byte ^= 0x80 >> (bit % 8));
    }

    /// One input bit of one message.
    fn get(&self, message: usize, input: usize) -> bool {
        match input.checked_sub(self.bits) {
            None => self.packed(0).0.get(message, input),
            Some(bit) => self.packed(0).1.get(message, bit),
        }
    }

    fn packed(&self, first: usize) -> (PackedBits<'_>, PackedBits<'_>) {
        let from = |bytes, bits: usize| {
            let stride = bits.div_ceil(8);
            PackedBits { bytes: <[u8]>::split_at(bytes, first * stride).1, stride: stride * 8 }
        };
        (from(&self.plaintext, self.bits), from(&self.key, self.key_bits))
    }

    /// Alice encrypts the messages, run by run. `take` is called for each tile and output, with the index of the output, the
    /// index of the tile's first message, and the tile's values.
    pub(super) fn encrypt(&self, pair: &mut Pair, mut take: impl FnMut(usize, usize, &[f32])) {
        for first in (0..self.count).step_by(RUN) {
            let (plaintext, key) = self.packed(first);
            pair.encrypt(plaintext, key);
            for start in (first..self.count.min(first + RUN)).step_by(TILE) {
                let valid = TILE.min(self.count - start);
                for (output, row) in pair.ciphertext((start - first) / TILE).iter().enumerate() {
                    take(output, start, &row.values()[..valid]);
                }
            }
        }
    }
}

/// Messages as columns, one per input, and Alice's values, one column per output.
pub(super) struct Sample {
    pub count: usize,
    /// 64 messages per word. Bits beyond the last message are 0.
    pub inputs: Vec<Vec<u64>>,
    pub outputs: Vec<Vec<f32>>,
}

impl Sample {
    pub(super) fn of(pair: &mut Pair, messages: &Messages) -> Self {
        let count = messages.count;
        let inputs = (0..messages.inputs()).map(|input| column(count, |message| messages.get(message, input)));
        let inputs = inputs.collect();
        let mut outputs = vec![vec![0.0; count]; messages.bits];
        messages.encrypt(pair, |output, first, values| {
            outputs[output][first..first + values.len()].copy_from_slice(values);
        });
        Self { count, inputs, outputs }
    }

    /// The signs of an output as a column: 1 for values of at least 0.
    pub(super) fn signs(&self, output: usize) -> Vec<u64> {
        column(self.count, |message| self.outputs[output][message] >= 0.0)
    }
}

/// Packs one bit per message.
pub(super) fn column(count: usize, bit: impl Fn(usize) -> bool) -> Vec<u64> {
    let mut words = vec![0; count.div_ceil(64)];
    for message in (0..count).filter(|message| bit(*message)) {
        words[message / 64] |= 1 << (message % 64);
    }
    words
}
