//! Exhaustive key search, pair by pair, so that a page can show how keys drop out.

use evesdrop_attack::attacks::known_algorithm::same_ciphertext;
use evesdrop_attack::ciphers::{CipherError, Ciphertexts, Stream};
use evesdrop_attack::{Blocks, Cipher};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bits::{numbers, unpacked};
use crate::{Failure, Target, json, seed};

/// Most key bits: a page draws them all.
const MOST_BITS: usize = 20;
/// Keys tried in one batch.
const BATCH: usize = 1 << 13;

/// All keys of a cipher, and which of them explain what was seen so far.
#[wasm_bindgen]
pub struct KeySearch {
    target: Target,
    stream: Stream,
    secret: Blocks,
    ciphertext_only: bool,
    left: Vec<u64>,
    last: Option<Pair>,
}

#[derive(Serialize)]
struct Pair {
    plaintext: Vec<u8>,
    ciphertext: Vec<f32>,
}

#[wasm_bindgen]
impl KeySearch {
    /// A search for a key that follows from `seed`. With `ciphertext_only` the attacker knows no plaintexts: under every key Bob decrypts and
    /// Alice encrypts again, and a key fits if that gives the ciphertext back.
    ///
    /// # Errors
    /// For recorded messages, for keys of more than 20 bits, and with `ciphertext_only` for a cipher that does not decrypt.
    #[wasm_bindgen(constructor)]
    pub fn new(target: &Target, number: f64, ciphertext_only: bool) -> Result<Self, Failure> {
        let cipher = target.cipher()?;
        let bits = cipher.key_bits();
        if bits > MOST_BITS {
            return Err(Failure::new(format!("{bits} key bits are too many to show all keys (at most {MOST_BITS})")));
        }
        if ciphertext_only && !cipher.decrypts() {
            return Err(CipherError::NoDecryption(cipher.name()).into());
        }
        let mut stream = Stream::new(seed(number)?, "web: key search");
        let secret = cipher.random_keys(&mut stream, 1);
        let left = (0..1 << bits).collect();
        Ok(Self { target: target.clone(), stream, secret, ciphertext_only, left, last: None })
    }

    /// Number of keys.
    #[wasm_bindgen(getter)]
    pub fn keys(&self) -> usize {
        1 << self.secret.bits()
    }

    /// How many are left.
    #[wasm_bindgen(getter)]
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// The right key.
    #[wasm_bindgen(getter)]
    pub fn secret(&self) -> f64 {
        self.secret.value(0) as f64
    }

    /// Takes another message into account. Returns a byte a key, 1 where the key is still left.
    ///
    /// # Errors
    /// When the cipher fails.
    pub fn step(&mut self) -> Result<Vec<u8>, Failure> {
        let cipher = self.target.cipher()?;
        let plaintext = self.stream.blocks(cipher.block_bits(), 1);
        let seen = cipher.encrypt(&self.secret, &plaintext, 0)?;
        let mut left = vec![];
        for keys in self.left.chunks(BATCH) {
            let batch = Blocks::from_values(self.secret.bits(), keys.iter().copied());
            let guess = if self.ciphertext_only { cipher.decrypt(&batch, &seen, 0)? } else { plaintext.clone() };
            let fits = explains(cipher, &batch, &guess, &seen)?;
            left.extend(keys.iter().zip(fits).filter(|(_, fits)| *fits).map(|(key, _)| *key));
        }
        self.left = left;
        self.last = Some(Pair { plaintext: unpacked(&plaintext, 0), ciphertext: numbers(&seen, 0) });
        let mut shown = vec![0; self.keys()];
        self.left.iter().for_each(|key| shown[*key as usize] = 1);
        Ok(shown)
    }

    /// The message of the last step and its ciphertext, as JSON; `null` before the first.
    #[wasm_bindgen(js_name = pairJson)]
    pub fn pair(&self) -> String {
        json(&self.last)
    }
}

/// For each key, whether it turns the plaintexts into what was seen.
fn explains(
    cipher: &dyn Cipher,
    keys: &Blocks,
    plaintexts: &Blocks,
    seen: &Ciphertexts,
) -> Result<Vec<bool>, CipherError> {
    let again = cipher.encrypt(keys, plaintexts, 0)?;
    Ok((0..keys.rows()).map(|row| same_ciphertext(&again, row, seen, 0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(name: &str, steps: usize, ciphertext_only: bool) -> (KeySearch, Vec<u8>) {
        let mut search = KeySearch::new(&Target::built_in(name).unwrap(), 5.0, ciphertext_only).unwrap();
        let shown = (0..steps).map(|_| search.step().unwrap()).last().unwrap();
        (search, shown)
    }

    #[test]
    fn known_pairs_leave_the_right_key() {
        let (search, shown) = after("affine:8", 4, false);
        assert_eq!((search.keys(), search.left(), shown.len()), (1 << 15, 1, 1 << 15));
        assert_eq!(shown.iter().position(|left| *left == 1), Some(search.secret() as usize));
        let (first, _) = after("affine:8", 1, false);
        assert!(first.left() > 1 && first.pair().contains("plaintext"));
    }

    #[test]
    fn a_one_time_pad_gives_no_key_away() {
        let (search, shown) = after("one-time-pad:8", 3, true);
        assert_eq!((search.left(), shown), (256, vec![1; 256]));
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        for name in ["aes-128", "lfsr"] {
            assert!(KeySearch::new(&Target::built_in(name).unwrap(), 1.0, false).is_err(), "{name}");
        }
        assert!(KeySearch::new(&Target::csv("x", "00,ff\n", false).unwrap(), 1.0, false).is_err());
    }
}
