//! Targets of attacks.

use std::rc::Rc;

use evesdrop_attack::ciphers::{self, BUILT_IN, Recording, Stream};
use evesdrop_attack::{Cipher, KeyUse, TargetOptions};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bits::{numbers, unpacked};
use crate::script::{Coding, Script};
use crate::{Failure, json, seed};

/// Maximum number of pairs per call.
const MOST_PAIRS: usize = 4096;

/// A target of attacks: a cipher, or recorded messages.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Target(pub(crate) Rc<ciphers::Target>);

#[derive(Serialize)]
struct BuiltIn {
    form: &'static str,
    summary: &'static str,
}

/// The built-in targets as a JSON array. Each has its syntax (`form`) and a description (`summary`).
#[wasm_bindgen(js_name = builtInTargetsJson)]
pub fn built_in_targets() -> String {
    json(&BUILT_IN.map(|(form, summary)| BuiltIn { form, summary }))
}

#[derive(Serialize)]
struct Pairs {
    key: Vec<u8>,
    plaintexts: Vec<Vec<u8>>,
    ciphertexts: Vec<Vec<f32>>,
}

fn key_use(one_time: bool) -> KeyUse {
    if one_time { KeyUse::OneTime } else { KeyUse::Reusable }
}

impl Target {
    fn new(target: ciphers::Target) -> Self {
        Self(Rc::new(target))
    }

    /// The cipher.
    ///
    /// # Errors
    /// If the target is recorded messages.
    pub(crate) fn cipher(&self) -> Result<&dyn Cipher, Failure> {
        self.0.cipher().ok_or_else(|| {
            Failure::new(format!("{}: recorded messages cannot encrypt; this needs a cipher", self.0.name()))
        })
    }
}

#[wasm_bindgen]
impl Target {
    /// A built-in cipher by its target string, as on the command line: see [`built_in_targets`].
    ///
    /// # Errors
    /// If there is no built-in target of that name, or if its parameters are invalid. No name opens a file or starts a program.
    #[wasm_bindgen(js_name = builtIn)]
    pub fn built_in(name: &str) -> Result<Self, Failure> {
        let word = name.split(':').next();
        if !BUILT_IN.iter().any(|(form, _)| form.split(['[', ':']).next() == word) {
            let forms = BUILT_IN.map(|(form, _)| form).join(", ");
            return Err(Failure::new(format!("no built-in target of that name; use one of {forms}")));
        }
        Ok(Self::new(ciphers::Target::parse(name, &TargetOptions::default())?))
    }

    /// A trained model from the bytes of a `model.safetensors`. `name` is the path of its run, for the command lines in reports.
    ///
    /// # Errors
    /// If the file is damaged, or if it is a model of the selective game.
    pub fn model(name: &str, model: &[u8]) -> Result<Self, Failure> {
        Ok(Self::new(ciphers::Target::from_model(name, crate::files::model(model)?)?))
    }

    /// Recorded messages: a table of plaintexts and ciphertexts, perhaps with keys. `name` is the file name.
    /// `one_time_key` says whether every message is meant to have a fresh key.
    ///
    /// # Errors
    /// If a row is invalid; the message gives the number of its line.
    pub fn csv(name: &str, text: &str, one_time_key: bool) -> Result<Self, Failure> {
        let recording =
            Recording::parse(text, &[]).map_err(|why| Failure::new(evesdrop_files::printable(why).to_string()))?;
        let target = ciphers::Target::from_recording(&format!("csv:{name}"), recording, key_use(one_time_key));
        Ok(Self::new(target.named_on_a_command_line()))
    }

    /// A cipher written in JavaScript. `encrypt(keys, texts, rows)` encrypts `rows` blocks, each under its own key, and returns the
    /// ciphertexts as a `Uint8Array`.
    ///
    /// Keys, plaintexts and ciphertexts have one byte per bit, 0 or 1. With `packed` they have whole bytes per block, and the first bit is
    /// the most significant. `one_time_key` says whether every message is meant to have a fresh key.
    ///
    /// # Errors
    /// If one of the three sizes is not from 1 to 4096 bits.
    pub fn javascript(
        name: &str,
        block_bits: usize,
        key_bits: usize,
        cipher_bits: usize,
        one_time_key: bool,
        packed: bool,
        encrypt: js_sys::Function,
    ) -> Result<Self, Failure> {
        let coding = if packed { Coding::Bytes } else { Coding::Bits };
        let script = Script::new(name, [block_bits, key_bits, cipher_bits], key_use(one_time_key), coding, encrypt)?;
        Ok(Self::new(ciphers::Target::new(name, Box::new(script))))
    }

    /// The name for reports.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.name().into()
    }

    /// Number of plaintext bits per message.
    #[wasm_bindgen(getter, js_name = blockBits)]
    pub fn block_bits(&self) -> usize {
        self.0.block_bits()
    }

    /// Number of key bits; 0 for recorded messages without keys.
    #[wasm_bindgen(getter, js_name = keyBits)]
    pub fn key_bits(&self) -> usize {
        self.0.key_bits()
    }

    /// Encrypts `count` random plaintexts, 1 to 4096, under one random key. All follow from the seed `number`, 0 to 2^53 - 1.
    ///
    /// Returns JSON: the bits of the `key`, the bits of each of the `plaintexts`, and the bits or values of each of the `ciphertexts`.
    ///
    /// # Errors
    /// If `count` or `number` is out of range, if the target is recorded messages, or if the cipher fails.
    #[wasm_bindgen(js_name = pairsJson)]
    pub fn pairs(&self, count: usize, number: f64) -> Result<String, Failure> {
        if !(1..=MOST_PAIRS).contains(&count) {
            return Err(Failure::new(format!("{count} pairs: must be from 1 to {MOST_PAIRS}")));
        }
        let cipher = self.cipher()?;
        let mut stream = Stream::new(seed(number)?, "web: pairs");
        let (key, plaintexts) = (cipher.random_keys(&mut stream, 1), stream.blocks(cipher.block_bits(), count));
        let ciphertexts = cipher.encrypt(&key, &plaintexts, 0)?;
        Ok(json(&Pairs {
            key: unpacked(&key, 0),
            plaintexts: (0..count).map(|row| unpacked(&plaintexts, row)).collect(),
            ciphertexts: (0..count).map(|row| numbers(&ciphertexts, row)).collect(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_their_names_and_sizes() {
        let target = Target::built_in("xor:16/8").unwrap();
        assert_eq!((target.name(), target.block_bits(), target.key_bits()), ("xor:16/8".into(), 16, 8));
        let pairs: serde_json::Value = serde_json::from_str(&target.pairs(3, 1.0).unwrap()).unwrap();
        for row in 0..3 {
            for bit in 0..16 {
                let at = |name: &str| pairs[name][row][bit].as_f64().unwrap();
                let key = pairs["key"][bit % 8].as_f64().unwrap();
                assert_eq!(at("ciphertexts"), (at("plaintexts") - key).abs());
            }
        }
        // No name opens a file or starts a program.
        for name in ["exec:true", "csv:/etc/passwd", "/etc/passwd", "rot13", "", "model.safetensors", "speck32/64:x"] {
            let failure = Target::built_in(name).err().unwrap();
            assert!(!failure.message().contains('\n'), "{failure:?}");
        }
        let recorded = Target::csv("a b.csv", "00,ff\n01,fe\n", false).unwrap();
        assert!((recorded.block_bits(), recorded.key_bits()) == (8, 0) && recorded.pairs(1, 1.0).is_err());
        assert!(Target::csv("x", "00,ff\nzz,fe\n", false).err().unwrap().message().starts_with("line 2"));
    }
}
