//! Ciphers, and whatever else can be attacked.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evesdrop::ciphers::{self, Form, KeyUse, Learned, Stream, TargetOptions};
use evesdrop::engine::{Engine, Level, Row, TILE};
use evesdrop::games::{EveKind, GameKind};
use evesdrop::learned::{Eavesdropper, PackedBits, RUN};
use evesdrop::model::Model;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::function::{Function, Raised};
use crate::{arrays, errors};

/// A cipher, or recorded messages: what an attack is aimed at.
#[pyclass(frozen, module = "evesdrop._evesdrop")]
pub(crate) struct Target {
    pub(crate) target: ciphers::Target,
    /// Of a learned cipher.
    model: Option<Model>,
    /// Of a Python function.
    pub(crate) raised: Raised,
    /// What stops a program that encrypts.
    pub(crate) stop: Arc<AtomicBool>,
}

impl Target {
    fn of(target: ciphers::Target) -> Self {
        Self { target, model: None, raised: Raised::default(), stop: Arc::default() }
    }

    fn learned(name: &str, model: Model) -> PyResult<Self> {
        let cipher = Learned::new(name, model.clone()).map_err(errors::cipher)?;
        Ok(Self { model: Some(model), ..Self::of(cipher.into()) })
    }

    fn cipher(&self) -> PyResult<&dyn ciphers::Cipher> {
        self.target.cipher().ok_or_else(|| errors::value("recorded messages: there is no cipher to run"))
    }
}

#[pymethods]
impl Target {
    /// What a target string of the command line names. Sizes are in bits, `timeout` in seconds for each answer of a program.
    ///
    /// # Errors
    /// `ValueError` for a string that names nothing, or sizes that do not go with it; `OSError` for a file; `RuntimeError` for a program.
    #[staticmethod]
    #[pyo3(signature = (text, block_bits=None, key_bits=None, cipher_bits=None, one_time_key=false, timeout=60.0))]
    fn parse(
        py: Python<'_>,
        text: &str,
        block_bits: Option<usize>,
        key_bits: Option<usize>,
        cipher_bits: Option<usize>,
        one_time_key: bool,
        timeout: f64,
    ) -> PyResult<Self> {
        let stop = Arc::<AtomicBool>::default();
        let timeout = Some(Duration::try_from_secs_f64(timeout).map_err(errors::value)?);
        let options = TargetOptions {
            block_bits,
            key_bits,
            cipher_bits,
            one_time_key,
            timeout,
            stop: stop.clone(),
            ..Default::default()
        };
        let target = py.detach(|| ciphers::Target::parse(text, &options)).map_err(errors::cipher)?;
        // Its name is a path.
        let model = target.is_learned().then(|| Model::load(Path::new(text))).transpose().map_err(errors::model)?;
        Ok(Self { model, stop, ..Self::of(target) })
    }

    /// The cipher of a model's bytes, those of `model.safetensors`.
    ///
    /// # Errors
    /// `ValueError` where they hold no model, or one of the selective game.
    #[staticmethod]
    fn from_model(name: &str, bytes: &[u8]) -> PyResult<Self> {
        Self::learned(name, Model::from_bytes(bytes).map_err(errors::model)?)
    }

    /// A function of arrays of keys (rows, `key_bits`) and plaintexts (rows, `block_bits`) of 0 and 1, that returns an array
    /// (rows, `width`): `float32` if `floats`, else `uint8` of 0 and 1.
    #[staticmethod]
    fn from_function(
        function: Py<PyAny>,
        name: String,
        block_bits: usize,
        key_bits: usize,
        width: usize,
        floats: bool,
        one_time_key: bool,
    ) -> Self {
        let form = if floats { Form::Floats(width) } else { Form::Bits(width) };
        let key_use = if one_time_key { KeyUse::OneTime } else { KeyUse::Reusable };
        let raised = Raised::default();
        let function = Function {
            name,
            block_bits,
            key_bits,
            form,
            key_use,
            function,
            raised: raised.clone(),
            turn: Mutex::default(),
        };
        Self { raised, ..Self::of(function.into()) }
    }

    /// What reports call it.
    #[getter]
    fn name(&self) -> &str {
        self.target.name()
    }

    /// Bits of a plaintext.
    #[getter]
    fn block_bits(&self) -> usize {
        self.target.block_bits()
    }

    /// Bits of a key.
    #[getter]
    fn key_bits(&self) -> usize {
        self.target.key_bits()
    }

    /// Values of a ciphertext, and whether they are real numbers; `None` of recorded messages.
    #[getter]
    fn form(&self) -> Option<(usize, bool)> {
        self.target.cipher().map(|cipher| match cipher.form() {
            Form::Bits(width) => (width, false),
            Form::Floats(width) => (width, true),
        })
    }

    /// Whether a key serves for one message only.
    #[getter]
    fn one_time_key(&self) -> bool {
        self.target.key_use() == KeyUse::OneTime
    }

    /// Encrypts plaintexts (rows, block bits) under keys (rows, key bits), both of 0 and 1; one row serves for all rows of the other.
    /// Message r has nonce `nonce + r`. The ciphertexts (rows, width) are `float32` of a learned cipher, else `uint8`.
    ///
    /// # Errors
    /// `ValueError` for other shapes or values, or recorded messages; what a Python function raises; `RuntimeError` for a program.
    fn encrypt<'py>(
        &self,
        py: Python<'py>,
        plaintexts: PyReadonlyArray2<'py, u8>,
        keys: PyReadonlyArray2<'py, u8>,
        nonce: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let cipher = self.cipher()?;
        let (plaintexts, keys) = (arrays::blocks(py, "plaintexts", &plaintexts)?, arrays::blocks(py, "keys", &keys)?);
        let sent = py.detach(|| cipher.encrypt(&keys, &plaintexts, nonce));
        arrays::ciphertexts(py, sent.map_err(|error| self.raised.take().unwrap_or_else(|| errors::cipher(error)))?)
    }

    /// Decrypts ciphertexts (rows, width) of bits under keys (rows, key bits): plaintexts (rows, block bits).
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), and `ValueError` where the cipher cannot decrypt.
    fn decrypt_bits<'py>(
        &self,
        py: Python<'py>,
        ciphertexts: PyReadonlyArray2<'py, u8>,
        keys: PyReadonlyArray2<'py, u8>,
        nonce: u64,
    ) -> PyResult<Bound<'py, PyArray2<u8>>> {
        let ciphertexts = ciphers::Ciphertexts::Bits(arrays::blocks(py, "ciphertexts", &ciphertexts)?);
        self.decrypt(py, &ciphertexts, &keys, nonce)
    }

    /// The same for ciphertexts of real numbers.
    fn decrypt_floats<'py>(
        &self,
        py: Python<'py>,
        ciphertexts: PyReadonlyArray2<'py, f32>,
        keys: PyReadonlyArray2<'py, u8>,
        nonce: u64,
    ) -> PyResult<Bound<'py, PyArray2<u8>>> {
        let ciphertexts = ciphers::Ciphertexts::Floats(arrays::floats("ciphertexts", &ciphertexts)?);
        self.decrypt(py, &ciphertexts, &keys, nonce)
    }

    /// What the Eve of a learned cipher's training reads in ciphertexts (rows, width): her guesses (rows, block bits), 0 and 1.
    ///
    /// # Errors
    /// `ValueError` for another width, for a cipher that was not learned, and for an Eve who is given more than ciphertexts.
    fn eavesdrop<'py>(
        &self,
        py: Python<'py>,
        ciphertexts: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Bound<'py, PyArray2<u8>>> {
        let model = self.model.as_ref().ok_or_else(|| errors::value(format!("{}: no Eve was trained", self.name())))?;
        let rules = &model.note.rules;
        if rules.game != GameKind::Symmetric || rules.leaked_key_bits > 0 || rules.eves[0] != EveKind::Same {
            let why = "its Eve does not read ciphertexts alone with a network as Bob's; attack() trains another";
            return Err(errors::value(format!("{}: {why}", self.name())));
        }
        let floats = arrays::floats("ciphertexts", &ciphertexts)?;
        let level = Level::from_environment().map_err(errors::runtime)?;
        let engine = Engine::new(1, level).map_err(errors::runtime)?;
        let eve = Eavesdropper::with_tiles(model, &engine, RUN / TILE);
        let mut eve = eve.ok_or_else(|| errors::value(format!("{}: no Eve reads its plaintext", self.name())))?;
        let bits = py.detach(|| read(&mut eve, &floats, rules.bits));
        PyArray1::from_vec(py, bits).reshape([floats.rows(), rules.bits])
    }

    /// `count` random plaintexts (rows, block bits) and keys (rows, key bits), and their ciphertexts (rows, width).
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    #[allow(clippy::type_complexity, reason = "three arrays as a tuple of Python")]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        count: usize,
        seed: u64,
    ) -> PyResult<(Bound<'py, PyArray2<u8>>, Bound<'py, PyArray2<u8>>, Bound<'py, PyAny>)> {
        let cipher = self.cipher()?;
        let mut stream = Stream::new(seed, "a sample for Python");
        let (keys, plaintexts) =
            py.detach(|| (cipher.random_keys(&mut stream, count), stream.blocks(cipher.block_bits(), count)));
        let sent = py.detach(|| cipher.encrypt(&keys, &plaintexts, 0));
        let sent = sent.map_err(|error| self.raised.take().unwrap_or_else(|| errors::cipher(error)))?;
        Ok((arrays::bits(py, &plaintexts)?, arrays::bits(py, &keys)?, arrays::ciphertexts(py, sent)?))
    }
}

impl Target {
    fn decrypt<'py>(
        &self,
        py: Python<'py>,
        ciphertexts: &ciphers::Ciphertexts,
        keys: &PyReadonlyArray2<'py, u8>,
        nonce: u64,
    ) -> PyResult<Bound<'py, PyArray2<u8>>> {
        let cipher = self.cipher()?;
        let keys = arrays::blocks(py, "keys", keys)?;
        let read = py.detach(|| cipher.decrypt(&keys, ciphertexts, nonce)).map_err(errors::cipher)?;
        arrays::bits(py, &read)
    }
}

/// The bits that Eve reads in the ciphertexts, row after row.
fn read(eve: &mut Eavesdropper, ciphertexts: &ciphers::Floats, bits: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(ciphertexts.rows() * bits);
    for first in (0..ciphertexts.rows()).step_by(RUN) {
        let count = RUN.min(ciphertexts.rows() - first);
        let mut rows = vec![Row::ZERO; count.div_ceil(TILE) * bits];
        for at in 0..count {
            let tile = &mut rows[at / TILE * bits..][..bits];
            tile.iter_mut()
                .zip(ciphertexts.row(first + at))
                .for_each(|(to, value)| to.values_mut()[at % TILE] = *value);
        }
        eve.read(&rows, PackedBits { bytes: &[], stride: 0 });
        for at in 0..count {
            all.extend(eve.guess(at / TILE).iter().map(|guess| u8::from(guess.values()[at % TILE] >= 0.0)));
        }
    }
    all
}
