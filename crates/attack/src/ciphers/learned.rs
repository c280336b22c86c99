//! A trained model as a cipher.
use super::cipher::{batch_rows, row_of};
use super::split::Split;
use super::{Blocks, Cipher, CipherError, Ciphertexts, Enumerator, Floats, Form, KeyUse, Stream};
use evesdrop_engine::{Engine, Level, Row, TILE};
use evesdrop_learn::games::{Channel, GameKind};
use evesdrop_learn::learned::{PackedBits, Pair, RUN};
use evesdrop_learn::model::Model;
use rayon::prelude::*;
use std::path::Path;
use std::sync::Mutex;

/// Alice and Bob of a trained model: a cipher with real-valued ciphertexts and a fresh key for every message.
///
/// For the asymmetric game the key is the secret key. The public key follows Alice's values in the ciphertext, and Alice's
/// random bits, if she has any, are drawn again for every block and nonce.
///
/// Its ciphertexts are Alice's unrounded outputs. Bob reads a bit as 1 if his output is at least 0, and may be wrong.
pub struct Learned {
    name: String,
    model: Model,
    engine: Engine,
    /// Pairs that are currently not in use: with room for one tile of blocks, and for [`RUN`] blocks.
    idle: [Mutex<Vec<Pair>>; 2],
}

impl Learned {
    /// The cipher of `model`, with the name for reports.
    ///
    /// # Errors
    /// If the model is of the selective game, or if `EVESDROP_SIMD` names a level that this machine does not support.
    pub fn new(name: &str, model: Model) -> Result<Self, CipherError> {
        if model.note.rules.game == GameKind::Selective {
            let why = "a model of the selective game: it estimates values and is no cipher over bits (evesdrop paper fig4 attacks it)";
            return Err(CipherError::Target(format!("{name}: {why}")));
        }
        let level = Level::from_environment().map_err(CipherError::Target)?;
        // Threads take whole runs, so each run needs one thread only.
        let engine = Engine::new(1, level).map_err(|error| CipherError::Target(error.to_string()))?;
        Ok(Self { name: name.into(), model, engine, idle: Default::default() })
    }

    /// Loads the cipher from the run's folder, or the model.safetensors, at `path`.
    ///
    /// # Errors
    /// If there is no model, or a damaged one.
    pub fn load(path: &Path) -> Result<Self, CipherError> {
        let name = path.display().to_string();
        let model = Model::load(path).map_err(|error| CipherError::File(format!("{name}: {error}")))?;
        Self::new(&name, model)
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    fn is_asymmetric(&self) -> bool {
        self.model.note.rules.game == GameKind::Asymmetric
    }

    /// Alice's random bits for this number of blocks. Those of block `r` follow from `nonce + r`.
    fn random_bits(&self, rows: usize, nonce: u64) -> Blocks {
        let bits = self.model.note.rules.random_bits;
        let mut random = Blocks::new(bits, 0);
        if bits > 0 {
            for nonce in (0..rows as u64).map(|row| nonce.wrapping_add(row)) {
                random.extend(&Stream::new(nonce, "Alice's random bits").blocks(bits, 1));
            }
        }
        random
    }

    /// Runs `work` with a pair that has room for at least `blocks` blocks (at most [`RUN`]).
    fn with_pair<T>(&self, blocks: usize, work: impl FnOnce(&mut Pair) -> T) -> T {
        let large = blocks > TILE;
        let idle = &self.idle[usize::from(large)];
        let pop = || idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let tiles = if large { RUN / TILE } else { 1 };
        let mut pair = pop().unwrap_or_else(|| Pair::with_tiles(&self.model, &self.engine, tiles));
        let result = work(&mut pair);
        idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(pair);
        result
    }
}

/// Calls `work` for chunks of at most [`RUN`] of `rows` blocks on all threads, and joins the results in order.
fn in_pieces<T: Send>(rows: usize, work: impl Fn(std::ops::Range<usize>) -> T + Sync) -> Vec<T> {
    (0..rows.div_ceil(RUN)).into_par_iter().map(|piece| work(piece * RUN..((piece + 1) * RUN).min(rows))).collect()
}

/// Rows of a batch as the networks read them, padded to whole tiles. A single row is used for all.
fn packed(blocks: &Blocks, rows: std::ops::Range<usize>) -> Vec<u8> {
    let size = blocks.stride() * 8;
    let mut bytes = vec![0; rows.len().next_multiple_of(TILE) * size];
    for (row, bytes) in rows.zip(bytes.chunks_exact_mut(size)) {
        for (word, bytes) in blocks.row(row_of(blocks, row)).iter().zip(bytes.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
    }
    bytes
}

fn bits<'a>(blocks: &Blocks, bytes: &'a [u8]) -> PackedBits<'a> {
    PackedBits { bytes, stride: blocks.stride() * 64 }
}

impl Cipher for Learned {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn block_bits(&self) -> usize {
        self.model.note.rules.bits
    }
    fn key_bits(&self) -> usize {
        self.model.note.rules.key_bits
    }
    fn form(&self) -> Form {
        Form::Floats(self.model.note.rules.public_values())
    }
    fn bits_per_value(&self) -> Option<u32> {
        match self.model.note.rules.channel {
            Channel::Bits => Some(1),
            Channel::Quantised(bits) => Some(bits.into()),
            Channel::Real | Channel::Noisy(_) => None,
        }
    }
    fn key_use(&self) -> KeyUse {
        // A key pair is meant to be reused.
        if self.is_asymmetric() { KeyUse::Reusable } else { KeyUse::OneTime }
    }
    fn takes_nonce(&self) -> bool {
        self.model.note.rules.random_bits > 0
    }
    fn public_key(&self) -> bool {
        self.is_asymmetric()
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, nonce: u64) -> Result<Ciphertexts, CipherError> {
        let rows = batch_rows(self, keys, plaintexts, self.block_bits())?;
        let width = self.model.note.rules.public_values();
        let random = self.random_bits(rows, nonce);
        let pieces = in_pieces(rows, |range| {
            let (key, plaintext) = (packed(keys, range.clone()), packed(plaintexts, range.clone()));
            let mut values = vec![0.0; range.len() * width];
            let fresh = if random.bits() == 0 { Vec::new() } else { packed(&random, range.clone()) };
            self.with_pair(range.len(), |pair| {
                pair.encrypt_with(bits(plaintexts, &plaintext), bits(keys, &key), bits(&random, &fresh));
                for (tile, values) in values.chunks_mut(TILE * width).enumerate() {
                    for (column, row) in pair.ciphertext(tile).iter().enumerate() {
                        values
                            .iter_mut()
                            .skip(column)
                            .step_by(width)
                            .zip(row.values())
                            .for_each(|(to, from)| *to = *from);
                    }
                }
            });
            values
        });
        Ok(Ciphertexts::Floats(Floats::new(width, pieces.concat())))
    }
    fn enumerator(&self) -> Option<Box<dyn Enumerator + '_>> {
        let small = !self.is_asymmetric() && self.key_bits() <= Split::MOST_KEY_BITS && self.block_bits() <= 64;
        small.then(|| Box::new(Split::new(&self.model, &self.engine)) as Box<dyn Enumerator>)
    }
    fn decrypts(&self) -> bool {
        true
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        let (width, values) = (self.block_bits(), self.model.note.rules.public_values());
        let floats = match ciphertexts {
            Ciphertexts::Floats(floats) if floats.width() == values => floats,
            _ => return Err(CipherError::Shape(format!("{} has ciphertexts of {values} real numbers", self.name))),
        };
        // The shapes of keys and ciphertexts are checked like those of keys and texts.
        let rows = batch_rows(self, keys, &Blocks::new(width, floats.rows()), width)?;
        // Over a channel for bits, Bob gets -1 and +1, however the values were rounded.
        let over_bits = self.model.note.rules.channel == Channel::Bits;
        let received = |value: f32| if over_bits { value.signum() } else { value };
        let pieces = in_pieces(rows, |range| {
            let key = packed(keys, range.clone());
            let mut values = vec![Row::ZERO; range.len().div_ceil(TILE) * width];
            for (at, row) in range.clone().enumerate() {
                let floats = floats.row(if floats.rows() == 1 { 0 } else { row });
                let tile = &mut values[at / TILE * width..][..width];
                tile.iter_mut().zip(floats).for_each(|(to, from)| to.values_mut()[at % TILE] = received(*from));
            }
            let mut plaintexts = Blocks::new(width, range.len());
            self.with_pair(range.len(), |pair| {
                pair.decrypt(&values, bits(keys, &key));
                for row in 0..range.len() {
                    for (bit, values) in pair.decrypted(row / TILE).iter().enumerate() {
                        plaintexts.set(row, bit, values.values()[row % TILE] >= 0.0);
                    }
                }
            });
            plaintexts
        });
        let mut plaintexts = Blocks::new(width, 0);
        pieces.iter().for_each(|piece| plaintexts.extend(piece));
        Ok(plaintexts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Stream, Target, TargetOptions};
    use super::*;
    use evesdrop_learn::games::Rules;
    use evesdrop_learn::model::ModelNote;
    use evesdrop_learn::networks::{Initialisation, Network};

    /// Untrained networks in a file.
    pub(crate) fn untrained(folder: &Path, bits: usize, key_bits: usize) -> std::path::PathBuf {
        let note = ModelNote::new(Rules::symmetric(Network::Paper, bits, key_bits));
        let parameters = Initialisation::Doubled.parameters(&note.layout(), 1);
        let file = folder.join("model.safetensors");
        std::fs::write(&file, Model::new(note, parameters).to_bytes()).unwrap();
        file
    }

    #[test]
    fn a_public_key_follows_the_ciphertext_and_random_bits_come_with_the_nonce() {
        for random_bits in [0, 3] {
            let rules = Rules { game: GameKind::Asymmetric, random_bits, ..Rules::symmetric(Network::Paper, 6, 5) };
            let note = ModelNote::new(rules);
            let parameters = Initialisation::Doubled.parameters(&note.layout(), 1);
            let model = Model::new(note, parameters);
            let cipher = Learned::new("test", model).unwrap();
            let mut stream = Stream::new(1, "test");
            let (keys, plaintexts) = (cipher.random_keys(&mut stream, 300), stream.blocks(6, 300));
            let floats = |keys: &Blocks, plaintexts: &Blocks, nonce| match cipher.encrypt(keys, plaintexts, nonce) {
                Ok(Ciphertexts::Floats(floats)) => floats,
                other => panic!("{other:?}"),
            };
            let (first, other) = (floats(&keys, &plaintexts, 0), floats(&keys, &stream.blocks(6, 300), 0));
            assert_eq!((first.width(), first.rows()), (12, 300));
            for row in 0..300 {
                assert_eq!(first.row(row)[6..], other.row(row)[6..], "the public key follows from the key alone");
            }
            assert!((0..300).any(|row| first.row(row)[..6] != other.row(row)[..6]));
            assert_eq!(floats(&keys, &plaintexts, 0), first);
            let later = floats(&keys, &plaintexts, 1);
            assert_eq!(later == first, random_bits == 0);
            let (second, again) = (keys.slice(1..2), floats(&keys.slice(1..2), &plaintexts.slice(1..2), 1));
            assert_eq!(again.row(0), first.row(1), "block r takes nonce + r: {second:?}");
            assert_eq!(cipher.decrypt(&keys, &Ciphertexts::Floats(first), 0).unwrap().rows(), 300);
        }
    }

    #[test]
    fn batches_of_any_size_agree_with_single_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let cipher = Learned::load(&untrained(folder.path(), 12, 70)).unwrap();
        let mut stream = Stream::new(1, "test");
        let rows = RUN + 300;
        let (keys, texts) = (stream.blocks(70, rows), stream.blocks(12, rows));
        let all = cipher.encrypt(&keys, &texts, 0).unwrap();
        let read = cipher.decrypt(&keys, &all, 0).unwrap();
        let Ciphertexts::Floats(all) = all else { panic!("a learned cipher has real numbers") };
        for row in [0, 127, 128, RUN - 1, RUN, rows - 1] {
            let key = keys.slice(row..row + 1);
            let one = cipher.encrypt(&key, &texts.slice(row..row + 1), 0).unwrap();
            assert_eq!(cipher.decrypt(&key, &one, 0).unwrap(), read.slice(row..row + 1));
            assert_eq!(one, Ciphertexts::Floats(Floats::new(12, all.row(row).to_vec())));
        }
        // One key for all messages, and one ciphertext under all keys.
        let key = keys.slice(5..6);
        let Ciphertexts::Floats(same) = cipher.encrypt(&key, &texts, 0).unwrap() else { panic!() };
        assert_eq!((same.rows(), same.row(5)), (rows, all.row(5)));
        let one = Ciphertexts::Floats(Floats::new(12, all.row(7).to_vec()));
        let under_all = cipher.decrypt(&keys, &one, 0).unwrap();
        assert_eq!((under_all.rows(), under_all.row(7)), (rows, read.row(7)));
        assert!(cipher.decrypt(&keys, &Ciphertexts::Bits(texts), 0).is_err());
    }

    #[test]
    fn bob_gets_bits_over_a_channel_for_bits() {
        let rules = Rules { channel: Channel::Bits, ..Rules::symmetric(Network::Product, 5, 5) };
        let note = ModelNote::new(rules);
        let parameters = Initialisation::Xavier.parameters(&note.layout(), 1);
        let cipher = Learned::new("test", Model::new(note, parameters)).unwrap();
        let mut stream = Stream::new(1, "test");
        let (keys, texts) = (stream.blocks(5, 200), stream.blocks(5, 200));
        let sent = cipher.encrypt(&keys, &texts, 0).unwrap();
        let Ciphertexts::Floats(values) = &sent else { panic!("a learned cipher has real numbers") };
        let read = cipher.decrypt(&keys, &sent, 0).unwrap();
        for depth in [1, 2, 8] {
            assert_eq!(cipher.decrypt(&keys, &Ciphertexts::Floats(values.rounded(depth)), 0).unwrap(), read, "{depth}");
        }
    }

    #[test]
    fn folders_and_files_are_targets() {
        let folder = tempfile::tempdir().unwrap();
        let parse = |path: &Path| Target::parse(&path.display().to_string(), &TargetOptions::default());
        let message = |path: &Path| parse(path).err().unwrap().to_string();
        assert!(message(folder.path()).contains("no model.safetensors"), "{}", message(folder.path()));
        assert!(message(&folder.path().join("none")).contains("no such folder of a training run"));
        let file = untrained(folder.path(), 16, 16);
        for path in [folder.path(), &file] {
            let target = parse(path).unwrap();
            assert_eq!((target.block_bits(), target.key_bits(), target.key_use()), (16, 16, KeyUse::OneTime));
            assert!(target.is_learned());
        }
        std::fs::write(&file, b"no model").unwrap();
        assert!(message(&file).starts_with(&file.display().to_string()) && !message(&file).contains('\n'));
    }
}
