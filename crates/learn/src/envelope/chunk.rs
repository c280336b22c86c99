//! One chunk of a file: from blocks to values and back.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use evesdrop_engine::{Engine, Row, TILE};

use super::EnvelopeError;
use crate::games::Channel;
use crate::learned::{PackedBits, Pair, RUN};
use crate::model::Model;

/// Number of blocks in a chunk. The last chunk may have fewer.
pub(super) const BLOCKS: usize = RUN;
/// Maximum number of times that blocks are encrypted again.
pub(super) const MOST_TIMES: usize = 200;
/// A bit counts as misread if Bob's value is closer to 0 than this. Files then survive changes in rounding.
const MARGIN: f32 = 1e-4;

/// Encodes and decodes chunks with one model at one precision.
#[derive(Debug)]
pub(super) struct Coder {
    pair: Pair,
    /// For the few blocks that are encrypted again.
    few: Pair,
    bits: usize,
    key_bytes: usize,
    precision: u8,
    channel: Channel,
    /// The codes of a chunk's values: by tile, then by feature, then by block.
    codes: Vec<[u16; TILE]>,
    /// The codes of the latest attempt.
    fresh: Vec<[u16; TILE]>,
    values: Vec<Row>,
    keys: Vec<u8>,
}

/// A chunk as stored in a file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Chunk {
    /// Plaintext bytes.
    pub length: usize,
    /// For each repetition: the blocks that were encrypted again.
    pub again: Vec<Vec<u16>>,
    pub values: Vec<u8>,
}

impl Coder {
    pub(super) fn new(model: &Model, engine: &Engine, precision: u8) -> Self {
        let (bits, key_bytes) = (model.note.rules.bits, model.note.rules.key_bits.div_ceil(8));
        let rows = BLOCKS / TILE * bits;
        Self {
            pair: Pair::new(model, engine),
            few: Pair::with_tiles(model, engine, 1),
            bits,
            key_bytes,
            precision,
            channel: model.note.rules.channel,
            codes: vec![[0; TILE]; rows],
            fresh: vec![[0; TILE]; rows],
            values: vec![Row::ZERO; rows],
            keys: vec![0; BLOCKS * key_bytes],
        }
    }

    /// Plaintext bytes in a full chunk.
    pub(super) fn chunk_bytes(&self) -> usize {
        BLOCKS * self.bits / 8
    }

    /// Bytes of the values of a chunk with `length` plaintext bytes.
    pub(super) fn value_bytes(&self, length: usize) -> usize {
        (self.blocks(length) * self.bits * usize::from(self.precision)).div_ceil(8)
    }

    fn blocks(&self, length: usize) -> usize {
        (length * 8).div_ceil(self.bits)
    }

    /// Encrypts chunk number `index`.
    ///
    /// # Errors
    /// If Bob cannot decrypt some block under any of the keys tried.
    pub(super) fn encrypt(&mut self, plaintext: &[u8], stream: &[u8; 32], index: u64) -> Result<Chunk, EnvelopeError> {
        let blocks = self.blocks(plaintext.len());
        let mut keys = key_stream(stream, index);
        let mut again: Vec<Vec<u16>> = vec![];
        let mut wrong = self.attempt(plaintext, &mut keys, None, blocks);
        while !wrong.is_empty() {
            if again.len() == MOST_TIMES {
                let (precision, blocks) = (self.precision, wrong.len());
                return Err(EnvelopeError::Undecodable { precision, blocks, times: MOST_TIMES });
            }
            again.push(wrong);
            wrong = self.attempt(plaintext, &mut keys, again.last().map(Vec::as_slice), blocks);
        }
        Ok(Chunk { length: plaintext.len(), again, values: self.pack(blocks) })
    }

    /// Encrypts all blocks, or those of `which`, under the next key bits. Returns the blocks that Bob misreads.
    fn attempt(&mut self, plaintext: &[u8], keys: &mut ChaCha20Rng, which: Option<&[u16]>, blocks: usize) -> Vec<u16> {
        let count = which.map_or(blocks, <[u16]>::len);
        let gathered;
        let plain = PackedBits { bytes: plaintext, stride: self.bits };
        let plain = match which {
            None => plain,
            Some(which) => {
                gathered = gather(plain, which, self.bits);
                PackedBits { bytes: &gathered, stride: self.bits }
            }
        };
        keys.fill_bytes(&mut self.keys[..count * self.key_bytes]);
        let key = PackedBits { bytes: &self.keys, stride: self.key_bytes * 8 };
        let pair = if count <= TILE { &mut self.few } else { &mut self.pair };
        pair.encrypt(plain, key);
        for tile in 0..count.div_ceil(TILE) {
            for (f, row) in pair.ciphertext(tile).iter().enumerate() {
                let place = tile * self.bits + f;
                quantise(row, self.precision, &mut self.fresh[place]);
                dequantise(&self.fresh[place], self.precision, self.channel, &mut self.values[place]);
            }
        }
        pair.decrypt(&self.values, key);
        let mut wrong = vec![];
        for tile in 0..count.div_ceil(TILE) {
            // The sign bit of bad[lane] is set if any bit of the block is wrong or too close to 0.
            let mut bad = [0u32; TILE];
            let mut sent = [0.0; TILE];
            for (f, row) in pair.decrypted(tile).iter().enumerate() {
                plain.fill(tile, f, &mut sent);
                for ((bad, value), sent) in bad.iter_mut().zip(row.values()).zip(&sent) {
                    *bad |= (value * sent - MARGIN).to_bits();
                }
            }
            let places =
                (0..TILE.min(count - tile * TILE)).filter(|lane| bad[*lane] >> 31 == 1).map(|lane| tile * TILE + lane);
            wrong.extend(places.map(|place| which.map_or(place as u16, |which| which[place])));
        }
        match which {
            None => std::mem::swap(&mut self.codes, &mut self.fresh),
            Some(which) => {
                for (from, to) in which.iter().enumerate() {
                    let to = usize::from(*to);
                    for f in 0..self.bits {
                        self.codes[to / TILE * self.bits + f][to % TILE] =
                            self.fresh[from / TILE * self.bits + f][from % TILE];
                    }
                }
            }
        }
        wrong
    }

    /// The codes of the first `blocks` blocks, packed without gaps.
    fn pack(&self, blocks: usize) -> Vec<u8> {
        if self.precision == 8 {
            // The usual case: one byte per value.
            let mut out = vec![0; blocks * self.bits];
            for (place, codes) in self.codes.iter().enumerate() {
                let (tile, f) = (place / self.bits, place % self.bits);
                let bytes = out.iter_mut().skip(tile * TILE * self.bits + f).step_by(self.bits);
                bytes.zip(codes).for_each(|(byte, code)| *byte = *code as u8);
            }
            return out;
        }
        let mut out = Vec::with_capacity(blocks * self.bits * usize::from(self.precision) / 8 + 1);
        let (mut held, mut count) = (0u32, 0);
        for block in 0..blocks {
            for f in 0..self.bits {
                held = held << self.precision | u32::from(self.codes[block / TILE * self.bits + f][block % TILE]);
                count += self.precision;
                while count >= 8 {
                    count -= 8;
                    out.push((held >> count) as u8);
                }
            }
        }
        if count > 0 {
            out.push((held << (8 - count)) as u8);
        }
        out
    }

    fn unpack(&mut self, values: &[u8], blocks: usize) {
        let mut bytes = values.iter();
        let (mut held, mut count) = (0u32, 0);
        let mask = (1u32 << self.precision) - 1;
        for block in 0..blocks {
            for f in 0..self.bits {
                while count < self.precision {
                    held = held << 8 | u32::from(bytes.next().copied().unwrap_or(0));
                    count += 8;
                }
                count -= self.precision;
                self.codes[block / TILE * self.bits + f][block % TILE] = (held >> count & mask) as u16;
            }
        }
    }

    /// Decrypts chunk number `index`.
    ///
    /// # Errors
    /// If the parts of the chunk do not match.
    pub(super) fn decrypt(&mut self, chunk: &Chunk, stream: &[u8; 32], index: u64) -> Result<Vec<u8>, EnvelopeError> {
        let blocks = self.blocks(chunk.length);
        if chunk.values.len() != self.value_bytes(chunk.length) {
            return Err(EnvelopeError::Malformed("a chunk's values do not fit its length"));
        }
        let mut keys = key_stream(stream, index);
        keys.fill_bytes(&mut self.keys[..blocks * self.key_bytes]);
        for which in &chunk.again {
            // The same number of bytes at once as in encryption, because the stream is drawn in whole words.
            let mut new = vec![0; which.len() * self.key_bytes];
            keys.fill_bytes(&mut new);
            for (block, key) in which.iter().zip(new.chunks_exact(self.key_bytes)) {
                if usize::from(*block) >= blocks {
                    return Err(EnvelopeError::Malformed("a chunk names a block that it does not have"));
                }
                let place = usize::from(*block) * self.key_bytes;
                self.keys[place..place + self.key_bytes].copy_from_slice(key);
            }
        }
        self.unpack(&chunk.values, blocks);
        for (codes, row) in self.codes.iter().zip(&mut self.values) {
            dequantise(codes, self.precision, self.channel, row);
        }
        self.pair.decrypt(&self.values, PackedBits { bytes: &self.keys, stride: self.key_bytes * 8 });
        let mut plaintext = vec![0; (blocks * self.bits).div_ceil(8)];
        for tile in 0..blocks.div_ceil(TILE) {
            for (f, row) in self.pair.decrypted(tile).iter().enumerate() {
                for (lane, value) in row.values().iter().enumerate().take(blocks - tile * TILE) {
                    let place = (tile * TILE + lane) * self.bits + f;
                    plaintext[place / 8] |= u8::from(value.is_sign_positive()) << (7 - place % 8);
                }
            }
        }
        plaintext.truncate(chunk.length);
        Ok(plaintext)
    }

    /// The fraction of random blocks that Bob misreads at this precision.
    pub(super) fn error_rate(&mut self) -> f64 {
        let mut numbers = evesdrop_engine::Stream::new(0, "precision").at(0, 0);
        let mut plaintext = vec![0; self.chunk_bytes()];
        numbers.fill(&mut plaintext);
        let wrong = self.attempt(&plaintext, &mut key_stream(&[0; 32], 0), None, BLOCKS);
        wrong.len() as f64 / BLOCKS as f64
    }
}

/// The key bits of chunk `index`. Every chunk has its own ChaCha20 stream.
fn key_stream(key: &[u8; 32], index: u64) -> ChaCha20Rng {
    let mut keys = ChaCha20Rng::from_seed(*key);
    keys.set_stream(index);
    keys
}

fn gather(bits: PackedBits<'_>, which: &[u16], width: usize) -> Vec<u8> {
    let mut out = vec![0; (which.len() * width).div_ceil(8)];
    for (to, from) in which.iter().enumerate() {
        for bit in 0..width {
            let place = to * width + bit;
            out[place / 8] |= u8::from(bits.get(usize::from(*from), bit)) << (7 - place % 8);
        }
    }
    out
}

/// Quantises values in (-1, 1) to codes of `precision` bits: 2^precision equal steps.
fn quantise(row: &Row, precision: u8, codes: &mut [u16; TILE]) {
    let half = f32::from(1u16 << (precision - 1));
    let most = (1u32 << precision) - 1;
    for (code, value) in codes.iter_mut().zip(row.values()) {
        // Rounds down by adding 1.5 * 2^23 to level - 1/2. The integer is then in the low bits.
        let level = (value * half + half - 0.5).max(0.0) + 12_582_912.0;
        *code = (level.to_bits() & 0x3f_ffff).min(most) as u16;
    }
}

/// Converts codes to the middle of their steps; over a channel for bits, to -1 and +1.
fn dequantise(codes: &[u16; TILE], precision: u8, channel: Channel, row: &mut Row) {
    let step = 1.0 / f32::from(1u16 << (precision - 1));
    for (code, value) in codes.iter().zip(row.values_mut()) {
        let middle = (f32::from(*code) + 0.5) * step - 1.0;
        *value = if channel == Channel::Bits { middle.signum() } else { middle };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantising_keeps_the_middle_of_each_step() {
        for precision in 1..=16 {
            let mut row = Row::ZERO;
            for (i, value) in row.values_mut().iter_mut().enumerate() {
                *value = (i as f32 / 63.5 - 1.0) * 0.999;
            }
            let (mut codes, mut back) = ([0; TILE], Row::ZERO);
            quantise(&row, precision, &mut codes);
            dequantise(&codes, precision, Channel::Real, &mut back);
            let step = 2.0 / f32::from(2u16.saturating_pow(precision.into()));
            for (value, back) in row.values().iter().zip(back.values()) {
                assert!((value - back).abs() <= step * 0.5001 + 1e-6, "{precision}: {value} {back}");
            }
            let again = codes;
            quantise(&back, precision, &mut codes);
            assert_eq!(codes, again, "{precision} bits");
        }
    }
}
