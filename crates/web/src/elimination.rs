//! Gaussian elimination over GF(2) on known pairs, one pivot at a time, so that a page can show each step.

use evesdrop_attack::Blocks;
use evesdrop_attack::ciphers::Stream;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Failure, Target, json, seed};

/// Maximum number of equations.
const MOST_ROWS: usize = 1024;

/// Linear equations over GF(2): one ciphertext bit is the XOR of some plaintext bits and a constant. Each row is a known pair under one
/// key: the plaintext bits, a 1 for the constant, and the ciphertext bit (for a ciphertext value, its sign). The attack `linear` solves
/// such equations for all ciphertext bits.
#[wasm_bindgen]
pub struct Elimination {
    equations: Blocks,
    /// The next column to eliminate.
    column: usize,
    /// For each eliminated column: the row of its pivot, or `None` if the pairs do not determine this unknown.
    pivots: Vec<Option<usize>>,
    last: Option<[usize; 2]>,
}

#[derive(Serialize)]
struct State {
    pivot: Option<[usize; 2]>,
    done: bool,
    explained: Option<bool>,
    terms: Vec<usize>,
}

#[wasm_bindgen]
impl Elimination {
    /// The equations for ciphertext bit `bit` (from 0) of `target`, from 1 to 1024 random `pairs` under one random key. The key and the
    /// plaintexts follow from the seed `number`, 0 to 2^53 - 1.
    ///
    /// # Errors
    /// If the target is recorded messages, if `bit`, `pairs` or `number` is out of range, or if the cipher fails.
    #[wasm_bindgen(constructor)]
    pub fn new(target: &Target, bit: usize, pairs: usize, number: f64) -> Result<Self, Failure> {
        if !(1..=MOST_ROWS).contains(&pairs) {
            return Err(Failure::new(format!("{pairs} pairs: must be from 1 to {MOST_ROWS}")));
        }
        let cipher = target.cipher()?;
        let mut stream = Stream::new(seed(number)?, "web: elimination");
        let (key, plaintexts) = (cipher.random_keys(&mut stream, 1), stream.blocks(cipher.block_bits(), pairs));
        let ciphertexts = cipher.encrypt(&key, &plaintexts, 0)?.bits(1);
        if bit >= ciphertexts.bits() {
            let most = ciphertexts.bits() - 1;
            return Err(Failure::new(format!("bit {bit}: must be from 0 to {most}")));
        }
        let ends = (0..pairs).map(|row| 0b10 | u64::from(ciphertexts.get(row, bit)));
        let equations = plaintexts.beside(&Blocks::from_values(2, ends));
        Ok(Self { equations, column: 0, pivots: vec![], last: None })
    }

    /// Number of equations.
    #[wasm_bindgen(getter)]
    pub fn rows(&self) -> usize {
        self.equations.rows()
    }

    /// Number of columns: one per plaintext bit, one for the constant, and one for the right-hand side.
    #[wasm_bindgen(getter)]
    pub fn columns(&self) -> usize {
        self.equations.bits()
    }

    fn is_done(&self) -> bool {
        self.column + 1 == self.columns()
    }

    /// Chooses the next pivot and clears its column in all other rows. Returns false if no column is left.
    pub fn step(&mut self) -> bool {
        while !self.is_done() {
            let column = self.column;
            self.column += 1;
            let free = |row: &usize| !self.pivots.contains(&Some(*row)) && self.equations.get(*row, column);
            let pivot = (0..self.rows()).find(free);
            self.pivots.push(pivot);
            let Some(pivot) = pivot else { continue };
            let words = self.equations.row(pivot).to_vec();
            for row in (0..self.rows()).filter(|row| *row != pivot) {
                if self.equations.get(row, column) {
                    self.equations.row_mut(row).iter_mut().zip(&words).for_each(|(word, pivot)| *word ^= pivot);
                }
            }
            self.last = Some([pivot, column]);
            return true;
        }
        self.last = None;
        false
    }

    /// The current equations: `rows` times `columns` bits (0 or 1), row after row.
    pub fn matrix(&self) -> Vec<u8> {
        (0..self.rows()).flat_map(|row| crate::bits::unpacked(&self.equations, row)).collect()
    }

    /// The state as JSON: `pivot` (row and column of the last step's pivot, or null), `done` (whether all columns are eliminated),
    /// `explained` (whether an XOR explains all pairs; null before the end) and `terms` (the plaintext bits of this XOR; the number of
    /// plaintext bits stands for the constant 1).
    #[wasm_bindgen(js_name = stateJson)]
    pub fn state(&self) -> String {
        let done = self.is_done();
        let right = |row: usize| self.equations.get(row, self.columns() - 1);
        // At the end, the left-hand side of a row without a pivot is 0. A 1 on its right-hand side is then a contradiction.
        let contradiction = (0..self.rows()).any(|row| right(row) && !self.pivots.contains(&Some(row)));
        let terms = self.pivots.iter().enumerate().filter(|(_, pivot)| pivot.is_some_and(right)).map(|(bit, _)| bit);
        let terms = if done && !contradiction { terms.collect() } else { vec![] };
        json(&State { pivot: self.last, done, explained: done.then_some(!contradiction), terms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(name: &str, bit: usize) -> serde_json::Value {
        let target = Target::built_in(name).unwrap();
        let mut equations = Elimination::new(&target, bit, target.block_bits() + 20, 1.0).unwrap();
        let mut steps = 0;
        while equations.step() {
            steps += 1;
        }
        assert_eq!(steps, target.block_bits() + 1, "random equations have full rank");
        assert_eq!(equations.matrix().len(), equations.rows() * equations.columns());
        serde_json::from_str(&equations.state()).unwrap()
    }

    #[test]
    fn an_xor_is_explained_and_speck_is_not() {
        let state = solved("xor:16/8", 3);
        assert_eq!((&state["explained"], &state["terms"][0]), (&true.into(), &3.into()));
        assert!(state["terms"].as_array().unwrap().iter().skip(1).all(|term| *term == 16), "{state}");
        let state = solved("speck32/64", 3);
        assert_eq!((&state["explained"], &state["terms"]), (&false.into(), &serde_json::json!([])));
        let target = Target::built_in("xor").unwrap();
        assert!(Elimination::new(&target, 16, 40, 1.0).is_err() && Elimination::new(&target, 0, 0, 1.0).is_err());
    }
}
