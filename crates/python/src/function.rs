//! A Python function as a cipher.

use std::sync::{Arc, Mutex, PoisonError};

use evesdrop::ciphers::{Blocks, Cipher, CipherError, Ciphertexts, Form, KeyUse, batch_rows};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;

use crate::arrays;

/// A function of arrays of keys and plaintexts, both of as many rows. The Python half checks what it returns.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) block_bits: usize,
    pub(crate) key_bits: usize,
    pub(crate) form: Form,
    pub(crate) key_use: KeyUse,
    pub(crate) function: Py<PyAny>,
    pub(crate) raised: Raised,
    /// Held during a call: attacks run on several threads, and the function need not be made for that.
    pub(crate) turn: Mutex<()>,
}

/// The first exception that the function raised: an attack sees only its text.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    pub(crate) fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, exception: PyErr) -> CipherError {
        let text = exception.to_string();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(exception);
        CipherError::Program(text)
    }
}

impl Function {
    fn call(&self, py: Python<'_>, keys: &Blocks, plaintexts: &Blocks) -> PyResult<Ciphertexts> {
        let (keys, plaintexts) = (arrays::bits(py, keys)?, arrays::bits(py, plaintexts)?);
        let given = self.function.bind(py).call1((keys, plaintexts))?;
        Ok(match self.form {
            Form::Bits(_) => {
                Ciphertexts::Bits(arrays::blocks(py, "ciphertexts", &given.extract::<PyReadonlyArray2<'_, u8>>()?)?)
            }
            Form::Floats(_) => {
                Ciphertexts::Floats(arrays::floats("ciphertexts", &given.extract::<PyReadonlyArray2<'_, f32>>()?)?)
            }
        })
    }
}

/// As many rows as `rows`, of one row if need be.
fn spread(blocks: &Blocks, rows: usize) -> Blocks {
    if blocks.rows() == rows { blocks.clone() } else { blocks.repeat(0, rows) }
}

impl Cipher for Function {
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
        self.form
    }
    fn key_use(&self) -> KeyUse {
        self.key_use
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        let rows = batch_rows(self, keys, plaintexts, self.block_bits)?;
        let (keys, plaintexts) = (spread(keys, rows), spread(plaintexts, rows));
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        Python::attach(|py| self.call(py, &keys, &plaintexts)).map_err(|exception| self.raised.keep(exception))
    }
    /// Its speed is not ours, so time bounds the number of samples.
    fn is_external(&self) -> bool {
        true
    }
}
