//! Runs a trained Alice, Bob and Eve on messages.

use evesdrop_engine::TILE;
use evesdrop_learn::games::GameKind;
use evesdrop_learn::inspect;
use evesdrop_learn::learned::{Eavesdropper, PackedBits, Pair};
use evesdrop_learn::model::Model;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bits::{blocks, from_rows, packed, to_rows};
use crate::{Failure, engine, seed};

/// Number of random messages for [`Players::influence`].
const SAMPLES: usize = 128;

/// Alice, Bob and Eve of one model.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Players {
    pair: Pair,
    eve: Option<Eavesdropper>,
}

impl Players {
    pub(crate) fn of(model: &Model) -> Result<Self, Failure> {
        if model.note.rules.game == GameKind::Selective {
            return Err(Failure::new(
                "a model of the selective game, which estimates values and sends no messages of bits",
            ));
        }
        let engine = engine();
        Ok(Self { pair: Pair::with_tiles(model, &engine, 1), eve: Eavesdropper::with_tiles(model, &engine, 1) })
    }

    fn packed_keys(&self, key: &[u8], rows: usize) -> Result<Vec<u8>, Failure> {
        let width = self.key_bits();
        if ![width, rows * width].contains(&key.len()) {
            let message =
                format!("key: {} bits; must be {width} for one key or {} for {rows} keys", key.len(), rows * width);
            return Err(Failure::new(message));
        }
        Ok(packed(key, width, rows))
    }

    /// A buffer for the values read from `wire`, and the packed keys.
    fn reading(&self, wire: &[f32], key: &[u8]) -> Result<(Vec<f32>, Vec<u8>), Failure> {
        let rows = blocks("wire", wire.len(), self.wire_values())?;
        Ok((vec![0.0; rows * self.bits()], self.packed_keys(key, rows)?))
    }
}

/// The bits of the blocks from block `first` on.
fn from(bytes: &[u8], width: usize, first: usize) -> PackedBits<'_> {
    let stride = width.div_ceil(8);
    PackedBits { bytes: &bytes[first * stride..], stride: 8 * stride }
}

#[wasm_bindgen]
impl Players {
    /// Loads the players of a `model.safetensors` from its bytes.
    ///
    /// # Errors
    /// If the file is damaged, or if it is a model of the selective game.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &[u8]) -> Result<Self, Failure> {
        Self::of(&crate::files::model(model)?)
    }

    /// Number of plaintext bits per message.
    #[wasm_bindgen(getter)]
    pub fn bits(&self) -> usize {
        self.pair.note().rules.bits
    }

    /// Number of key bits.
    #[wasm_bindgen(getter, js_name = keyBits)]
    pub fn key_bits(&self) -> usize {
        self.pair.note().rules.key_bits
    }

    /// Number of public values per message: Alice's ciphertext values and, in the asymmetric game, the public key.
    #[wasm_bindgen(getter, js_name = wireValues)]
    pub fn wire_values(&self) -> usize {
        self.pair.note().rules.public_values()
    }

    /// Whether Eve reads plaintexts in this game.
    #[wasm_bindgen(getter, js_name = eveReads)]
    pub fn eve_reads(&self) -> bool {
        self.eve.is_some()
    }

    /// Encrypts `plaintext` as Alice does. Returns the public values, [`Players::wire_values`] per block, from -1 to 1.
    ///
    /// `key` holds one key per block, or one key for all blocks. In the asymmetric game, Alice's random bits are 0.
    ///
    /// # Errors
    /// If `plaintext` is not a whole number of blocks, or if `key` has another length.
    pub fn encrypt(&mut self, plaintext: &[u8], key: &[u8]) -> Result<Vec<f32>, Failure> {
        let (bits, key_bits, width) = (self.bits(), self.key_bits(), self.wire_values());
        let rows = blocks("plaintext", plaintext.len(), bits)?;
        let (keys, plaintext) = (self.packed_keys(key, rows)?, packed(plaintext, bits, rows));
        let random_bits = self.pair.note().rules.random_bits;
        let random = vec![0; TILE * random_bits.div_ceil(8)];
        let mut wire = vec![0.0; rows * width];
        for (tile, wire) in wire.chunks_mut(TILE * width).enumerate() {
            let (plaintext, key) = (from(&plaintext, bits, tile * TILE), from(&keys, key_bits, tile * TILE));
            self.pair.encrypt_with(plaintext, key, from(&random, random_bits, 0));
            from_rows(self.pair.ciphertext(0), wire);
        }
        Ok(wire)
    }

    /// Decrypts `wire` as Bob does. Returns one value from -1 to 1 per plaintext bit. A bit is 1 if its value is at least 0.
    ///
    /// `key` is as for [`Players::encrypt`].
    ///
    /// # Errors
    /// If `wire` is not a whole number of blocks, or if `key` has another length.
    pub fn bob(&mut self, wire: &[f32], key: &[u8]) -> Result<Vec<f32>, Failure> {
        let (bits, key_bits, width) = (self.bits(), self.key_bits(), self.wire_values());
        let (mut read, keys) = self.reading(wire, key)?;
        for (tile, (read, wire)) in read.chunks_mut(TILE * bits).zip(wire.chunks(TILE * width)).enumerate() {
            self.pair.decrypt(&to_rows(wire, width, bits), from(&keys, key_bits, tile * TILE));
            from_rows(self.pair.decrypted(0), read);
        }
        Ok(read)
    }

    /// Eve's guess at the plaintexts, in the form of [`Players::bob`]. Of `key` she reads only the leaked bits.
    ///
    /// # Errors
    /// As [`Players::bob`], and if Eve reads no plaintexts in this game ([`Players::eve_reads`]).
    pub fn eve(&mut self, wire: &[f32], key: &[u8]) -> Result<Vec<f32>, Failure> {
        let (bits, key_bits, width) = (self.bits(), self.key_bits(), self.wire_values());
        let (mut read, keys) = self.reading(wire, key)?;
        let Some(eve) = &mut self.eve else {
            return Err(Failure::new(
                "in this game Eve guesses which of two messages was sent and reads no plaintexts",
            ));
        };
        for (tile, (read, wire)) in read.chunks_mut(TILE * bits).zip(wire.chunks(TILE * width)).enumerate() {
            eve.read(&to_rows(wire, width, width), from(&keys, key_bits, tile * TILE));
            from_rows(eve.guess(0), read);
        }
        Ok(read)
    }

    /// The mean absolute change, 0 to 2, of each ciphertext value when one input bit flips, over 128 random messages
    /// ([`inspect::influence`]). The messages follow from the seed `number`, 0 to 2^53 - 1.
    ///
    /// Returns one row of [`Players::bits`] values per plaintext bit, then one per key bit. Abadi and Andersen (arXiv 1610.06918) flip
    /// single bits in the same way.
    ///
    /// # Errors
    /// If the game has no shared key, or if `number` is out of range.
    pub fn influence(&mut self, number: f64) -> Result<Vec<f32>, Failure> {
        if self.wire_values() != self.bits() {
            return Err(Failure::new("in the asymmetric game Alice has no secret key, so key bits have no influence"));
        }
        let moves = inspect::influence(&mut self.pair, SAMPLES, seed(number)?);
        let rows = moves.plaintext.mean_change.iter().chain(&moves.key.mean_change);
        Ok(rows.flatten().map(|change| *change as f32).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trainer;

    #[test]
    fn errors_agree_with_the_evaluation() {
        let mut trainer = Trainer::new("bits = 4\nkey-bits = 6\nbatch = 256\nmax-rounds = 600").unwrap();
        trainer.advance(600.0, 1e9);
        let mut players = trainer.players().unwrap();
        // More blocks than a tile has, so that several tiles are used.
        let rows = 300;
        let bit = |n: usize| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61 & 1) as u8;
        let plaintext: Vec<u8> = (0..rows * 4).map(bit).collect();
        let keys: Vec<u8> = (0..rows * 6).map(|n| bit(n + 77_777)).collect();
        let wire = players.encrypt(&plaintext, &keys).unwrap();
        let wrong = |read: &[f32]| {
            read.iter().zip(&plaintext).filter(|(value, bit)| (**value >= 0.0) != (**bit == 1)).count() as f64
                / rows as f64
        };
        let evaluation: serde_json::Value = serde_json::from_str(&trainer.test()).unwrap();
        let near = |read: &[f32], name: &str| {
            let expected = evaluation[name].as_f64().unwrap();
            assert!((wrong(read) - expected).abs() < 0.35, "{name}: {} and {expected}", wrong(read));
        };
        near(&players.bob(&wire, &keys).unwrap(), "bob_wrong_bits_hard");
        near(&players.eve(&wire, &keys).unwrap(), "eve_wrong_bits_hard");
        // A single block, and one key for all blocks.
        assert_eq!(players.encrypt(&plaintext[..4], &keys[..6]).unwrap(), wire[..4]);
        assert_eq!(players.encrypt(&plaintext[..8], &keys[..6]).unwrap()[..4], wire[..4]);
        assert_eq!(players.influence(1.0).unwrap().len(), (4 + 6) * 4);
        assert!(players.encrypt(&plaintext[..5], &keys[..6]).is_err());
        assert!(players.bob(&wire[..8], &keys[..7]).is_err());
        // The players of the model file give the same values.
        let mut again = Players::new(&trainer.model("latest").unwrap()).unwrap();
        assert_eq!(again.encrypt(&plaintext, &keys).unwrap(), wire);
    }

    #[test]
    fn every_game_has_its_players() {
        for (game, wire, eve) in [
            ("leaked-key-bits = 2", 4, true),
            ("game = \"asymmetric\"\nrandom-bits = 2", 8, true),
            ("game = \"chosen-plaintext\"", 4, false),
            ("eves = [\"wide\", \"same\"]", 4, true),
            ("network = \"cryptonet\"", 4, true),
        ] {
            let trainer = Trainer::new(&format!("bits = 4\n{game}")).unwrap();
            let mut players = trainer.players().unwrap();
            let sent = players.encrypt(&[0, 1, 1, 0], &[1, 1, 0, 0]).unwrap();
            assert_eq!((sent.len(), players.eve_reads()), (wire, eve), "{game}");
            assert_eq!(players.bob(&sent, &[1, 1, 0, 0]).unwrap().len(), 4);
            assert_eq!(players.eve(&sent, &[1, 1, 0, 0]).is_ok(), eve, "{game}");
        }
        assert!(Trainer::new("game = \"selective\"").unwrap().players().is_err());
    }
}
