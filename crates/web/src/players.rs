//! Alice, Bob and Eve at work on messages.

use evesdrop_engine::TILE;
use evesdrop_learn::games::GameKind;
use evesdrop_learn::inspect;
use evesdrop_learn::learned::{Eavesdropper, PackedBits, Pair};
use evesdrop_learn::model::Model;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bits::{blocks, from_rows, packed, to_rows};
use crate::{Failure, engine, seed};

/// Random messages behind [`Players::influence`].
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
                "a model of the selective game: it estimates values and sends no messages of bits",
            ));
        }
        let engine = engine();
        Ok(Self { pair: Pair::with_tiles(model, &engine, 1), eve: Eavesdropper::with_tiles(model, &engine, 1) })
    }

    fn packed_keys(&self, key: &[u8], rows: usize) -> Result<Vec<u8>, Failure> {
        let width = self.key_bits();
        if ![width, rows * width].contains(&key.len()) {
            let message =
                format!("key: {} bits, where one key has {width} and {rows} have {}", key.len(), rows * width);
            return Err(Failure::new(message));
        }
        Ok(packed(key, width, rows))
    }

    /// Room for what is read from `wire`, and the keys.
    fn reading(&self, wire: &[f32], key: &[u8]) -> Result<(Vec<f32>, Vec<u8>), Failure> {
        let rows = blocks("wire", wire.len(), self.wire_values())?;
        Ok((vec![0.0; rows * self.bits()], self.packed_keys(key, rows)?))
    }
}

/// The bits of the blocks from number `first` on.
fn from(bytes: &[u8], width: usize, first: usize) -> PackedBits<'_> {
    let stride = width.div_ceil(8);
    PackedBits { bytes: &bytes[first * stride..], stride: 8 * stride }
}

#[wasm_bindgen]
impl Players {
    /// Those of a `model.safetensors`.
    ///
    /// # Errors
    /// When it is damaged, or of the selective game.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &[u8]) -> Result<Self, Failure> {
        Self::of(&crate::files::model(model)?)
    }

    /// Bits of a message.
    #[wasm_bindgen(getter)]
    pub fn bits(&self) -> usize {
        self.pair.note().rules.bits
    }

    /// Bits of a key.
    #[wasm_bindgen(getter, js_name = keyBits)]
    pub fn key_bits(&self) -> usize {
        self.pair.note().rules.key_bits
    }

    /// Values that everybody sees of a message.
    #[wasm_bindgen(getter, js_name = wireValues)]
    pub fn wire_values(&self) -> usize {
        self.pair.note().rules.public_values()
    }

    /// Whether Eve reads messages in this game.
    #[wasm_bindgen(getter, js_name = eveReads)]
    pub fn eve_reads(&self) -> bool {
        self.eve.is_some()
    }

    /// What Alice sends: the wire's values, block after block. One block of key bits serves for all blocks. Where she has random bits,
    /// they are 0.
    ///
    /// # Errors
    /// When plaintext or key is not a whole number of blocks.
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

    /// What Bob reads: a value for each plaintext bit, 1 where it is at least 0.
    ///
    /// # Errors
    /// When wire or key is not a whole number of blocks.
    pub fn bob(&mut self, wire: &[f32], key: &[u8]) -> Result<Vec<f32>, Failure> {
        let (bits, key_bits, width) = (self.bits(), self.key_bits(), self.wire_values());
        let (mut read, keys) = self.reading(wire, key)?;
        for (tile, (read, wire)) in read.chunks_mut(TILE * bits).zip(wire.chunks(TILE * width)).enumerate() {
            self.pair.decrypt(&to_rows(wire, width, bits), from(&keys, key_bits, tile * TILE));
            from_rows(self.pair.decrypted(0), read);
        }
        Ok(read)
    }

    /// What Eve reads, likewise. Of the keys she sees the leaked bits alone.
    ///
    /// # Errors
    /// When wire or key is not a whole number of blocks, and in games in which Eve reads no messages.
    pub fn eve(&mut self, wire: &[f32], key: &[u8]) -> Result<Vec<f32>, Failure> {
        let (bits, key_bits, width) = (self.bits(), self.key_bits(), self.wire_values());
        let (mut read, keys) = self.reading(wire, key)?;
        let Some(eve) = &mut self.eve else {
            return Err(Failure::new("in this game Eve says which of two messages was sent and reads none"));
        };
        for (tile, (read, wire)) in read.chunks_mut(TILE * bits).zip(wire.chunks(TILE * width)).enumerate() {
            eve.read(&to_rows(wire, width, width), from(&keys, key_bits, tile * TILE));
            from_rows(eve.guess(0), read);
        }
        Ok(read)
    }

    /// The mean absolute change, 0 to 2, of each of Alice's values when one input bit flips, over 128 random messages: a row of `bits`
    /// values for each plaintext bit, then for each key bit.
    ///
    /// # Errors
    /// In games without a shared key, and for a seed that is no whole number.
    pub fn influence(&mut self, number: f64) -> Result<Vec<f32>, Failure> {
        if self.wire_values() != self.bits() {
            return Err(Failure::new("no influence of key bits: in the asymmetric game Alice has no secret key"));
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
    fn bob_reads_what_alice_sends_as_the_evaluation_says() {
        let mut trainer = Trainer::new("bits = 4\nkey-bits = 6\nbatch = 256\nmax-rounds = 600").unwrap();
        trainer.advance(600.0, 1e9);
        let mut players = trainer.players().unwrap();
        // More than a tile, so that every part of it is used.
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
        // One block alone, and one key for all.
        assert_eq!(players.encrypt(&plaintext[..4], &keys[..6]).unwrap(), wire[..4]);
        assert_eq!(players.encrypt(&plaintext[..8], &keys[..6]).unwrap()[..4], wire[..4]);
        assert_eq!(players.influence(1.0).unwrap().len(), (4 + 6) * 4);
        assert!(players.encrypt(&plaintext[..5], &keys[..6]).is_err());
        assert!(players.bob(&wire[..8], &keys[..7]).is_err());
        // From the file: the same.
        let mut again = Players::new(&trainer.model("latest").unwrap()).unwrap();
        assert_eq!(again.encrypt(&plaintext, &keys).unwrap(), wire);
    }

    #[test]
    fn every_game_has_the_players_that_it_says() {
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
