//! What an attack is aimed at.

use std::rc::Rc;

use evesdrop_attack::ciphers::{self, BUILT_IN, Dataset, Stream};
use evesdrop_attack::{Cipher, KeyUse, TargetOptions};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bits::{numbers, unpacked};
use crate::script::{Coding, Script};
use crate::{Failure, json, seed};

/// Pairs that can be asked for at once.
const MOST_PAIRS: usize = 4096;

/// A cipher that can be asked, or recorded messages.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Target(pub(crate) Rc<ciphers::Target>);

#[derive(Serialize)]
struct BuiltIn {
    form: &'static str,
    summary: &'static str,
}

/// The built-in targets: how each is written, and what it is, as JSON.
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

    /// The cipher, which recorded messages lack.
    pub(crate) fn cipher(&self) -> Result<&dyn Cipher, Failure> {
        self.0.cipher().ok_or_else(|| Failure::new(format!("{}: recorded messages cannot be asked", self.0.name())))
    }
}

#[wasm_bindgen]
impl Target {
    /// A built-in cipher, written as on the command line.
    ///
    /// # Errors
    /// For what is none of them.
    #[wasm_bindgen(js_name = builtIn)]
    pub fn built_in(name: &str) -> Result<Self, Failure> {
        let word = name.split(':').next();
        if !BUILT_IN.iter().any(|(form, _)| form.split(['[', ':']).next() == word) {
            let forms = BUILT_IN.map(|(form, _)| form).join(", ");
            return Err(Failure::new(format!("no built-in target of that name; there are {forms}")));
        }
        Ok(Self::new(ciphers::Target::parse(name, &TargetOptions::default())?))
    }

    /// A trained model, from the bytes of a `model.safetensors`; `name` is the path of its run on a command line.
    ///
    /// # Errors
    /// When it is damaged, or of the selective game.
    pub fn model(name: &str, model: &[u8]) -> Result<Self, Failure> {
        Ok(Self::new(ciphers::Target::from_model(name, crate::files::model(model)?)?))
    }

    /// Recorded messages: rows of `key,plaintext,ciphertext` or `plaintext,ciphertext` in hexadecimal; `name` is that of the file.
    ///
    /// # Errors
    /// With the number of the line that is no such row.
    pub fn csv(name: &str, text: &str, one_time_key: bool) -> Result<Self, Failure> {
        let data = Dataset::parse(text).map_err(|why| Failure::new(evesdrop_files::printable(why).to_string()))?;
        let target = ciphers::Target::from_data(&format!("csv:{name}"), data, key_use(one_time_key));
        Ok(Self::new(target.named_on_a_command_line()))
    }

    /// A cipher in JavaScript. `encrypt(keys, texts, rows)` encrypts that many blocks: bits as bytes 0 and 1 or, where `packed`, in whole
    /// bytes for each block, the first bit highest. It returns the ciphertexts likewise.
    ///
    /// # Errors
    /// For sizes out of range.
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

    /// The name in reports.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.name().into()
    }

    /// Bits of a plaintext.
    #[wasm_bindgen(getter, js_name = blockBits)]
    pub fn block_bits(&self) -> usize {
        self.0.block_bits()
    }

    /// Bits of a key; 0 where recorded messages do not give the keys.
    #[wasm_bindgen(getter, js_name = keyBits)]
    pub fn key_bits(&self) -> usize {
        self.0.key_bits()
    }

    /// Random plaintexts and what becomes of them under one random key, as JSON.
    ///
    /// # Errors
    /// For more than 4096 pairs, for recorded messages, and when the cipher fails.
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
    fn targets_are_what_they_are_called() {
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
        // Neither files nor programs, whatever the name.
        for name in ["exec:true", "csv:/etc/passwd", "/etc/passwd", "rot13", "", "model.safetensors", "speck32/64:x"] {
            let failure = Target::built_in(name).err().unwrap();
            assert!(!failure.message().contains('\n'), "{failure:?}");
        }
        let recorded = Target::csv("a b.csv", "00,ff\n01,fe\n", false).unwrap();
        assert!((recorded.block_bits(), recorded.key_bits()) == (8, 0) && recorded.pairs(1, 1.0).is_err());
        assert!(Target::csv("x", "00,ff\nzz,fe\n", false).err().unwrap().message().starts_with("line 2"));
    }
}
