//! A trained Alice, Bob and Eve at work on blocks of bits.

use std::ops::Range;

use evesdrop_engine::{Engine, Feed, Level, Plan, Program, Recorder, Row, Runner, TILE, VarId};

use crate::games::Rules;
use crate::model::{Model, ModelNote};
use crate::networks::{Initialisation, Network};

/// Blocks that one run of the networks takes: a whole number of tiles.
pub const RUN: usize = 32 * TILE;

/// Alice and Bob of one model, with the memory to run them on up to [`Pair::room`] blocks at a time.
#[derive(Debug)]
pub struct Pair {
    note: ModelNote,
    room: usize,
    alice: Part,
    bob: Part,
}

/// Eve of one model: the one that Alice and Bob learned to keep out.
#[derive(Debug)]
pub struct Eavesdropper(Part);

/// One network by itself, with its share of the parameters.
#[derive(Debug)]
struct Part {
    parameters: Vec<f32>,
    runner: Runner,
}

impl Part {
    /// Alice, as [`Rules::alice`] has her.
    fn alice(model: &Model, engine: &Engine, room: usize) -> Self {
        let (program, seen) = model.note.rules.alice();
        Self::of(model, engine, &program, seen, room)
    }

    /// Bob, or an Eve who sees no more than the ciphertext: from `ciphertext` and, for Bob, `key` to the plaintext.
    fn reader(model: &Model, engine: &Engine, name: &str, room: usize) -> Self {
        let Rules { network, bits, key_bits, .. } = model.note.rules;
        let g = Recorder::new();
        let mut inputs = vec![g.data("ciphertext", bits)];
        if name == "bob" {
            inputs.push(g.data_bits("key", key_bits));
        }
        let output = network.apply(&g, name, &inputs, bits, Initialisation::Xavier).id();
        Self::of(model, engine, &g.finish(), output, room)
    }

    /// What `program`, recorded with layers of the model's networks, makes of its inputs.
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

/// Alice with her first layer split: what the key adds to it is tabulated, so that a message is encrypted under many keys for
/// the price of the layers that follow.
#[derive(Debug)]
pub struct SplitAlice {
    network: Network,
    bits: usize,
    /// The dense layer's weights of the message bits, row after row.
    message: Vec<f32>,
    bias: Vec<f32>,
    /// For each output of the dense layer, what the last bits of the keys of a tile add: the tables of all keys would not fit
    /// into the innermost cache.
    low: Vec<Row>,
    /// For each tile of keys, in the order of their values, what their first bits add to each output.
    high: Vec<f32>,
}

/// The layers of [`SplitAlice`] after the first, with memory to run them on some tiles of keys.
#[derive(Debug)]
pub struct AliceRest {
    part: Part,
    level: Level,
    tiles: usize,
}

impl SplitAlice {
    /// Tabulates the keys of `model`: 4 x 2N x 2^K / [`TILE`] bytes (half as many for CryptoNet).
    pub fn new(model: &Model) -> Self {
        let Rules { network, bits, key_bits, .. } = model.note.rules;
        let outputs = network.mixed(bits);
        let layout = model.note.layout();
        let tensor = |name: &str| {
            let found = layout.tensors().iter().find(|t| t.name == name).expect("the game has this layer");
            &model.parameters[found.range()]
        };
        let weight = tensor("alice.dense.weight");
        let (message, key) = weight.split_at(bits * outputs);
        // What the key bits of `places`, counted from the last one, add to each output for the key `value`.
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
        Self { network, bits, message: message.to_vec(), bias: tensor("alice.dense.bias").to_vec(), low, high }
    }

    /// What a message (bit 0 is the highest of its `bits`) and the bias add to the dense layer's outputs.
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
        let Rules { network, bits, .. } = model.note.rules;
        let g = Recorder::new();
        let output = network.transform(&g, "alice", g.data("mixed", network.mixed(bits)), Initialisation::Xavier).id();
        Self { part: Part::of(model, engine, &g.finish(), output, tiles * TILE), level: engine.level(), tiles }
    }

    /// Keys of one run.
    pub fn room(&self) -> usize {
        self.tiles * TILE
    }

    /// Encrypts the message of `half` (see [`SplitAlice::message_half`]) under `first_key` and the keys that follow it.
    pub fn encrypt(&mut self, alice: &SplitAlice, half: &[f32], first_key: u64) {
        self.part.run(&SplitFeed { level: self.level, alice, half, first_key: first_key as usize });
    }

    /// The ciphertext values under the keys of tile `tile`, one row for each value.
    pub fn ciphertext(&self, tile: usize) -> &[Row] {
        self.part.runner.output(0, tile)
    }
}

/// Bits packed without gaps, block after block; the first bit is the most significant of the first byte.
#[derive(Clone, Copy, Debug)]
pub struct PackedBits<'a> {
    /// The bytes; what lies beyond them reads as 0.
    pub bytes: &'a [u8],
    /// Bits from one block to the next.
    pub stride: usize,
}

impl PackedBits<'_> {
    /// Bit `bit` of block `block`.
    pub fn get(&self, block: usize, bit: usize) -> bool {
        let place = block * self.stride + bit;
        self.bytes.get(place / 8).is_some_and(|byte| byte >> (7 - place % 8) & 1 == 1)
    }

    /// Bit `bit` of the blocks of tile `tile`, coded -1 and +1.
    pub(crate) fn fill(&self, tile: usize, bit: usize, row: &mut [f32; TILE]) {
        let first = tile * TILE * self.stride + bit;
        if self.stride.is_multiple_of(8) && self.bytes.len() >= (tile + 1) * TILE * self.stride / 8 {
            // Blocks of whole bytes: the same bit of each, at a fixed distance.
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

    /// The pair of `model`, with room for so many tiles of blocks (at least one). A run always takes the time of all of them.
    pub fn with_tiles(model: &Model, engine: &Engine, tiles: usize) -> Self {
        let room = tiles.max(1) * TILE;
        Self {
            note: model.note.clone(),
            room,
            alice: Part::alice(model, engine, room),
            bob: Part::reader(model, engine, "bob", room),
        }
    }

    /// Blocks of one run.
    pub fn room(&self) -> usize {
        self.room
    }

    /// What the networks are.
    pub fn note(&self) -> &ModelNote {
        &self.note
    }

    /// Alice encrypts up to [`Pair::room`] blocks. [`Pair::ciphertext`] has the result.
    pub fn encrypt(&mut self, plaintext: PackedBits<'_>, key: PackedBits<'_>) {
        self.encrypt_with(plaintext, key, PackedBits { bytes: &[], stride: 0 });
    }

    /// The same where Alice also gets random bits.
    pub fn encrypt_with(&mut self, plaintext: PackedBits<'_>, key: PackedBits<'_>, random: PackedBits<'_>) {
        self.alice.run(&AliceFeed { plaintext, key, random });
    }

    /// What everybody sees of the blocks of tile `tile`, one row for each value, in (-1, 1): Alice's values and, in the
    /// asymmetric game, the public key.
    pub fn ciphertext(&self, tile: usize) -> &[Row] {
        self.alice.runner.output(0, tile)
    }

    /// Bob decrypts up to [`Pair::room`] blocks, given their values as rows, tile after tile. [`Pair::decrypted`] has the result.
    pub fn decrypt(&mut self, ciphertext: &[Row], key: PackedBits<'_>) {
        let features = self.note.rules.bits;
        self.bob.run(&CiphertextFeed { ciphertext, features, key });
    }

    /// Bob's values for the blocks of tile `tile`, one row a plaintext bit: the bit is 1 where the value is at least 0.
    pub fn decrypted(&self, tile: usize) -> &[Row] {
        self.bob.runner.output(0, tile)
    }
}

impl Eavesdropper {
    /// The Eve of `model`.
    pub fn new(model: &Model, engine: &Engine) -> Self {
        Self(Part::reader(model, engine, "eve", RUN))
    }

    /// Eve guesses up to [`RUN`] blocks, given their values as rows, tile after tile. [`Eavesdropper::guess`] has the result.
    pub fn read(&mut self, ciphertext: &[Row], features: usize) {
        let key = PackedBits { bytes: &[], stride: 0 };
        self.0.run(&CiphertextFeed { ciphertext, features, key });
    }

    /// Eve's values for the blocks of tile `tile`, one row a plaintext bit: she guesses 1 where the value is at least 0.
    pub fn guess(&self, tile: usize) -> &[Row] {
        self.0.runner.output(0, tile)
    }
}
