//! Exhaustive key search, one message at a time, so that a page can show the remaining keys.

use evesdrop_attack::attacks::known_algorithm::same_ciphertext;
use evesdrop_attack::ciphers::{CipherError, Ciphertexts, Stream};
use evesdrop_attack::{Blocks, Cipher};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bits::{numbers, unpacked};
use crate::{Failure, Target, json, seed};

/// Maximum number of key bits. A page draws all keys.
const MOST_BITS: usize = 20;
/// Number of keys in a batch.
const BATCH: usize = 1 << 13;

/// All keys of a cipher, and those that are consistent with the messages so far.
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
    /// A search for a random key that follows from the seed `number`, 0 to 2^53 - 1.
    ///
    /// The attacker knows the algorithm and gets known pairs under this key; a key is consistent if it encrypts all of them correctly. With
    /// `ciphertext_only` she gets only ciphertexts: Bob decrypts under every key, and Alice re-encrypts. A key is consistent if this gives
    /// the same ciphertext.
    ///
    /// # Errors
    /// If the target is recorded messages, if a key has more than 20 bits, if `number` is out of range, or if `ciphertext_only` is set and
    /// the cipher does not decrypt.
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

    /// Number of keys: 2^K for keys of K bits.
    #[wasm_bindgen(getter)]
    pub fn keys(&self) -> usize {
        1 << self.secret.bits()
    }

    /// Number of consistent keys.
    #[wasm_bindgen(getter)]
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// The right key as an integer; its first bit is the most significant.
    #[wasm_bindgen(getter)]
    pub fn secret(&self) -> f64 {
        self.secret.value(0) as f64
    }

    /// Tries the consistent keys on another random message. Returns one byte per key, in the order of their values: 1 if the key is still
    /// consistent, else 0.
    ///
    /// # Errors
    /// If the cipher fails.
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

    /// The message of the last step as JSON: the bits of its `plaintext`, and the bits or values of its `ciphertext`. `null` before the
    /// first step.
    #[wasm_bindgen(js_name = pairJson)]
    pub fn pair(&self) -> String {
        json(&self.last)
    }
}

/// For each key: whether it encrypts the plaintexts to the ciphertexts in `seen`.
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
    fn all_keys_of_a_one_time_pad_are_consistent() {
        let (search, shown) = after("one-time-pad:8", 3, true);
        assert_eq!((search.left(), shown), (256, vec![1; 256]));
    }

    #[test]
    fn unsuitable_targets_are_refused() {
        for name in ["aes-128", "lfsr"] {
            assert!(KeySearch::new(&Target::built_in(name).unwrap(), 1.0, false).is_err(), "{name}");
        }
        assert!(KeySearch::new(&Target::csv("x", "00,ff\n", false).unwrap(), 1.0, false).is_err());
    }
}
