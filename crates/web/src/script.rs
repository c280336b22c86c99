//! Ciphers written in JavaScript.

use evesdrop_attack::ciphers::batch_rows;
use evesdrop_attack::{Blocks, Cipher, CipherError, Ciphertexts, Form, KeyUse};
use js_sys::{Function, Uint8Array};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};

use crate::Failure;
use crate::bits::{packed, unpacked};

/// Maximum number of bits of a block, key or ciphertext.
const MOST_BITS: usize = 4096;
/// Maximum number of characters of an error message.
const SHOWN: usize = 200;

/// How a script represents bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// One byte per bit, 0 or 1.
    Bits,
    /// Whole bytes for each block. The first bit is the most significant.
    Bytes,
}

/// A cipher whose encryption is a JavaScript function. There is one thread, so the function never leaves it.
pub(crate) struct Script {
    name: String,
    block_bits: usize,
    key_bits: usize,
    cipher_bits: usize,
    key_use: KeyUse,
    coding: Coding,
    encrypt: SendWrapper<Function>,
}

impl Script {
    pub(crate) fn new(
        name: &str,
        [block_bits, key_bits, cipher_bits]: [usize; 3],
        key_use: KeyUse,
        coding: Coding,
        encrypt: Function,
    ) -> Result<Self, Failure> {
        for (what, bits) in [("block", block_bits), ("key", key_bits), ("ciphertext", cipher_bits)] {
            if !(1..=MOST_BITS).contains(&bits) {
                return Err(Failure::new(format!("{what} of {bits} bits: must be from 1 to {MOST_BITS}")));
            }
        }
        let encrypt = SendWrapper::new(encrypt);
        Ok(Self { name: name.into(), block_bits, key_bits, cipher_bits, key_use, coding, encrypt })
    }

    /// The blocks in the script's representation. A single row is repeated for all `rows`.
    fn coded(&self, blocks: &Blocks, rows: usize) -> Vec<u8> {
        let code = |row| match self.coding {
            Coding::Bits => unpacked(blocks, row),
            Coding::Bytes => blocks.bytes(row),
        };
        (0..rows).flat_map(|row| code(if blocks.rows() == 1 { 0 } else { row })).collect()
    }

    /// Converts the bytes that the script returned to blocks.
    fn decoded(&self, bytes: &[u8], rows: usize) -> Result<Blocks, CipherError> {
        let size = match self.coding {
            Coding::Bits => self.cipher_bits,
            Coding::Bytes => self.cipher_bits.div_ceil(8),
        };
        if bytes.len() != rows * size {
            let message =
                format!("encrypt returned {} bytes for {rows} blocks; {} are needed", bytes.len(), rows * size);
            return Err(CipherError::Program(message));
        }
        if self.coding == Coding::Bits && bytes.iter().any(|bit| *bit > 1) {
            return Err(CipherError::Program("encrypt returned something other than bits 0 and 1".into()));
        }
        let mut blocks = Blocks::new(self.cipher_bits, rows);
        for (row, bytes) in bytes.chunks_exact(size).enumerate() {
            match self.coding {
                Coding::Bits => blocks.set_bytes(row, &packed(bytes, size, 1)),
                Coding::Bytes => blocks.set_bytes(row, bytes),
            }
        }
        Ok(blocks)
    }
}

/// An error message of one short line for the value that a script threw.
fn thrown(value: &JsValue) -> String {
    let text = match value.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => value.as_string().unwrap_or_else(|| format!("{value:?}")),
    };
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    format!("encrypt threw {line}")
}

impl Cipher for Script {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn block_bits(&self) -> usize {
        self.block_bits
    }
    fn key_bits(&self) -> usize {
        self.key_bits
    }
    fn form(&self) -> Form {
        Form::Bits(self.cipher_bits)
    }
    fn key_use(&self) -> KeyUse {
        self.key_use
    }
    /// A script is as slow as an external program, so its speed limits the number of samples.
    fn is_external(&self) -> bool {
        true
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        let rows = batch_rows(self, keys, plaintexts, self.block_bits)?;
        let [keys, texts] = [keys, plaintexts].map(|blocks| Uint8Array::from(&self.coded(blocks, rows)[..]));
        let returned = self.encrypt.call3(&JsValue::NULL, &keys, &texts, &JsValue::from_f64(rows as f64));
        let returned = returned.map_err(|value| CipherError::Program(thrown(&value)))?;
        let Some(bytes) = returned.dyn_ref::<Uint8Array>() else {
            return Err(CipherError::Program("encrypt returned something other than a Uint8Array".into()));
        };
        self.decoded(&bytes.to_vec(), rows).map(Ciphertexts::Bits)
    }
}
