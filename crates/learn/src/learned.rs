//! Runs a trained Alice, Bob and Eve on blocks of bits.

use std::ops::Range;

use evesdrop_engine::{Engine, Feed, Level, Plan, Program, Recorder, Row, Runner, TILE, VarId};

use crate::games::Rules;
use crate::model::{Model, ModelNote};
use crate::networks::{Initialisation, Network};

/// Number of blocks in one run of the networks: a whole number of tiles.
pub const RUN: usize = 32 * TILE;

/// Alice and Bob of one model, with the memory to run them on up to [`Pair::room`] blocks at a time.
#[derive(Debug)]
pub struct Pair {
    note: ModelNote,
    room: usize,
    alice: Part,
    bob: Part,
}

/// The Eve of one model, against whom Alice and Bob were trained; the first of several.
#[derive(Debug)]
pub struct Eavesdropper {
    part: Part,
    features: usize,
}

/// One network of a model, with its own parameters.
#[derive(Debug)]
struct Part {
    parameters: Vec<f32>,
    runner: Runner,
}

impl Part {
    /// Alice, as recorded by [`Rules::alice`].
    fn alice(model: &Model, engine: &Engine, room: usize) -> Self {
        let (program, seen) = model.note.rules.alice();
        Self::of(model, engine, &program, seen, room)
    }

    /// Bob: from `ciphertext` and `key` to the plaintext.
    fn bob(model: &Model, engine: &Engine, room: usize) -> Self {
        let Rules { network, bits, key_bits, .. } = model.note.rules;
        let g = Recorder::new();
        let inputs = [g.data("ciphertext", bits), g.data_bits("key", key_bits)];
        let output = network.apply(&g, "bob", &inputs, bits, Initialisation::Xavier).id();
        Self::of(model, engine, &g.finish(), output, room)
    }

    /// Runs `program`, whose layers are those of the model's networks.
    fn of(model: &Model, engine: &Engine, program: &Program, output: VarId, room: usize) -> Self {
        let whole = model.note.layout();
        let parameters = program.layout().tensors().iter().flat_map(|tensor| {
            let place = whole.tensors().iter().find(|t| t.name == tensor.name).expect("the game has this network");
            model.parameters[place.range()].to_vec()
        });
        let parameters = parameters.collect();
        let plan = Plan::forward(program, &[], &[output], engine.level());
        Self { parameters, runner: Runner::new(engine, plan, room, 0) }
    }

    fn run(&mut self, feed: &dyn Feed) {
        self.runner.run(&self.parameters, 0, feed);
    }
}

/// Alice with her first layer split into a message part and a tabulated key part. A message is then encrypted under many keys
/// at the cost of the later layers only.
#[derive(Debug)]
pub struct SplitAlice {
    network: Network,
    bits: usize,
    /// The dense layer's weights of the message bits, in row-major order.
    message: Vec<f32>,
    bias: Vec<f32>,
    /// For each output of the dense layer: the contribution of the last key bits in a tile. Tables of all keys would not fit
    /// into the first-level cache.
    low: Vec<Row>,
    /// For each tile of keys, in order of their values: the contribution of their first bits to each output.
    high: Vec<f32>,
}

/// The layers of [`SplitAlice`] after the first, with the memory to run them on a fixed number of key tiles.
#[derive(Debug)]
pub struct AliceRest {
    part: Part,
    level: Level,
    tiles: usize,
}

impl SplitAlice {
    /// Tabulates the keys of `model`. The tables take 4 x 2N x 2^K / [`TILE`] bytes, half as many for CryptoNet.
    pub fn new(model: &Model) -> Self {
        let Rules { network, bits, key_bits, .. } = model.note.rules;
        let outputs = network.mixed(bits);
        let weight = model.tensor("alice.dense.weight");
        let (message, key) = weight.split_at(bits * outputs);
        // For the key `value`: the contribution of the key bits `places`, counted from the last one, to each output.
        let added = |places: Range<usize>, value: usize| {
            let mut sums = vec![0.0; outputs];
            for place in places {
                let code = network.code(value >> place & 1 == 1);
                let weights = &key[(key_bits - 1 - place) * outputs..][..outputs];
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += code * weight);
            }
            sums
        };
        let low_bits = key_bits.min(TILE.ilog2() as usize);
        let mut low = vec![Row::ZERO; outputs];
        for lane in 0..TILE {
            low.iter_mut().zip(added(0..low_bits, lane)).for_each(|(row, sum)| row.values_mut()[lane] = sum);
        }
        let tiles = (1usize << key_bits).div_ceil(TILE);
        let high = (0..tiles).flat_map(|tile| added(low_bits..key_bits, tile * TILE)).collect();
        Self { network, bits, message: message.to_vec(), bias: model.tensor("alice.dense.bias").to_vec(), low, high }
    }

    /// The contribution of a message and the bias to the dense layer's outputs. Bit 0 is the most significant of the message's
    /// `bits`.
    pub fn message_half(&self, message: u64) -> Vec<f32> {
        let mut half = self.bias.clone();
        for (bit, weights) in self.message.chunks_exact(self.network.mixed(self.bits)).enumerate() {
            let code = self.network.code(message >> (self.bits - 1 - bit) & 1 == 1);
            half.iter_mut().zip(weights).for_each(|(half, weight)| *half += code * weight);
        }
        half
    }
}

struct SplitFeed<'a> {
    level: Level,
    alice: &'a SplitAlice,
    half: &'a [f32],
    first_key: usize,
}

impl Feed for SplitFeed<'_> {
    fn fill(&self, _name: &str, tile: usize, feature: usize, row: &mut [f32; TILE]) {
        let (first_key, low) = (self.first_key + tile * TILE, self.alice.low[feature].values());
        let high = |tile: usize| self.alice.high.get(tile * self.half.len() + feature);
        if first_key.is_multiple_of(TILE) {
            if let Some(high) = high(first_key / TILE) {
                let sum = high + self.half[feature];
                self.level.vectorize(
                    #[inline(always)]
                    || row.iter_mut().zip(low).for_each(|(value, low)| *value = low + sum),
                );
            }
            return;
        }
        for (key, value) in (first_key..).zip(row) {
            *value = high(key / TILE).map_or(0.0, |high| low[key % TILE] + (high + self.half[feature]));
        }
    }
}

impl AliceRest {
    /// The layers after the first of `model`'s Alice, for up to `tiles` tiles of keys at a time.
    pub fn new(model: &Model, engine: &Engine, tiles: usize) -> Self {
        let Rules { network, bits, channel, .. } = model.note.rules;
        let g = Recorder::new();
        let values = network.transform(&g, "alice", g.data("mixed", network.mixed(bits)), Initialisation::Xavier);
        let output = channel.send(values).id();
        Self { part: Part::of(model, engine, &g.finish(), output, tiles * TILE), level: engine.level(), tiles }
    }

    /// Number of keys in one run.
    pub fn room(&self) -> usize {
        self.tiles * TILE
    }

    /// Encrypts one message under `first_key` and the keys that follow it. `half` comes from [`SplitAlice::message_half`].
    pub fn encrypt(&mut self, alice: &SplitAlice, half: &[f32], first_key: u64) {
        self.part.run(&SplitFeed { level: self.level, alice, half, first_key: first_key as usize });
    }

    /// The ciphertext values under the keys of tile `tile`, one row per value.
    pub fn ciphertext(&self, tile: usize) -> &[Row] {
        self.part.runner.output(0, tile)
    }
}

/// Bits of consecutive blocks, packed without gaps. The first bit is the most significant of the first byte.
#[derive(Clone, Copy, Debug)]
pub struct PackedBits<'a> {
    /// The bytes. Bits beyond their end read as 0.
    pub bytes: &'a [u8],
    /// Distance in bits between the starts of neighbouring blocks.
    pub stride: usize,
}

impl PackedBits<'_> {
    /// Bit `bit` of block `block`, both from 0.
    pub fn get(&self, block: usize, bit: usize) -> bool {
        let place = block * self.stride + bit;
        self.bytes.get(place / 8).is_some_and(|byte| byte >> (7 - place % 8) & 1 == 1)
    }

    /// Bit `bit` of the blocks of tile `tile`, coded -1 and +1.
    pub(crate) fn fill(&self, tile: usize, bit: usize, row: &mut [f32; TILE]) {
        let first = tile * TILE * self.stride + bit;
        if self.stride.is_multiple_of(8) && self.bytes.len() >= (tile + 1) * TILE * self.stride / 8 {
            // Blocks of whole bytes: the bit is at the same position in bytes at a fixed distance.
            let bytes = self.bytes[first / 8..].iter().step_by(self.stride / 8);
            let shift = 7 - first % 8;
            for (value, byte) in row.iter_mut().zip(bytes) {
                let one = u32::from(byte >> shift & 1);
                *value = f32::from_bits(1f32.to_bits() | ((one ^ 1) << 31));
            }
            return;
        }
        for (lane, value) in row.iter_mut().enumerate() {
            *value = if self.get(tile * TILE + lane, bit) { 1.0 } else { -1.0 };
        }
    }
}

struct AliceFeed<'a> {
    plaintext: PackedBits<'a>,
    key: PackedBits<'a>,
    random: PackedBits<'a>,
}

impl Feed for AliceFeed<'_> {
    fn fill(&self, name: &str, tile: usize, feature: usize, row: &mut [f32; TILE]) {
        let bits = match name {
            "key" => self.key,
            "random" => self.random,
            _ => self.plaintext,
        };
        bits.fill(tile, feature, row);
    }
}

struct CiphertextFeed<'a> {
    /// Rows tile after tile, feature after feature.
    ciphertext: &'a [Row],
    features: usize,
    key: PackedBits<'a>,
}

impl Feed for CiphertextFeed<'_> {
    fn fill(&self, name: &str, tile: usize, feature: usize, row: &mut [f32; TILE]) {
        if name == "key" {
            self.key.fill(tile, feature, row);
        } else if let Some(values) = self.ciphertext.get(tile * self.features + feature) {
            row.copy_from_slice(values.values());
        }
    }
}

impl Pair {
    /// The pair of `model`, with room for [`RUN`] blocks.
    pub fn new(model: &Model, engine: &Engine) -> Self {
        Self::with_tiles(model, engine, RUN / TILE)
    }

    /// The pair of `model`, with room for `tiles` tiles of blocks (at least one). The time of a run does not depend on how many
    /// of them are used.
    pub fn with_tiles(model: &Model, engine: &Engine, tiles: usize) -> Self {
        let room = tiles.max(1) * TILE;
        Self {
            note: model.note.clone(),
            room,
            alice: Part::alice(model, engine, room),
            bob: Part::bob(model, engine, room),
        }
    }

    /// Number of blocks in one run.
    pub fn room(&self) -> usize {
        self.room
    }

    /// The description of the model.
    pub fn note(&self) -> &ModelNote {
        &self.note
    }

    /// Alice encrypts up to [`Pair::room`] blocks. [`Pair::ciphertext`] returns the result.
    pub fn encrypt(&mut self, plaintext: PackedBits<'_>, key: PackedBits<'_>) {
        self.encrypt_with(plaintext, key, PackedBits { bytes: &[], stride: 0 });
    }

    /// As [`Pair::encrypt`], with the random bits that Alice gets in the asymmetric game.
    pub fn encrypt_with(&mut self, plaintext: PackedBits<'_>, key: PackedBits<'_>, random: PackedBits<'_>) {
        self.alice.run(&AliceFeed { plaintext, key, random });
    }

    /// The public values of the blocks of tile `tile`, one row per value, in (-1, 1): Alice's values and, in the asymmetric
    /// game, the public key.
    pub fn ciphertext(&self, tile: usize) -> &[Row] {
        self.alice.runner.output(0, tile)
    }

    /// Bob decrypts up to [`Pair::room`] blocks, given their ciphertext values as rows, tile after tile. [`Pair::decrypted`]
    /// returns the result.
    pub fn decrypt(&mut self, ciphertext: &[Row], key: PackedBits<'_>) {
        let features = self.note.rules.bits;
        self.bob.run(&CiphertextFeed { ciphertext, features, key });
    }

    /// Bob's values for the blocks of tile `tile`, one row per plaintext bit. A bit is 1 if its value is at least 0.
    pub fn decrypted(&self, tile: usize) -> &[Row] {
        self.bob.runner.output(0, tile)
    }
}

impl Eavesdropper {
    /// The Eve of `model`, with room for so many tiles of blocks (at least one); `None` in the games in which she reads no plaintext.
    pub fn with_tiles(model: &Model, engine: &Engine, tiles: usize) -> Option<Self> {
        let (program, guess) = model.note.rules.eve()?;
        let part = Part::of(model, engine, &program, guess, tiles.max(1) * TILE);
        Some(Self { part, features: model.note.rules.public_values() })
    }

    /// Eve guesses as many blocks as she has room for, given what everybody sees of them as rows, tile after tile, and the keys, of
    /// which she reads only the leaked bits. [`Eavesdropper::guess`] returns the result.
    pub fn read(&mut self, ciphertext: &[Row], key: PackedBits<'_>) {
        self.part.run(&CiphertextFeed { ciphertext, features: self.features, key });
    }

    /// Eve's values for the blocks of tile `tile`, one row per plaintext bit. Her guess is 1 if the value is at least 0.
    pub fn guess(&self, tile: usize) -> &[Row] {
        self.part.runner.output(0, tile)
    }
}
