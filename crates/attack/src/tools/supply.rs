//! Sources of messages for attacks: a cipher, or recorded rows.
use super::neural::Examples;
use crate::battery::{AttackError, Context};
use crate::ciphers::{Blocks, Cipher, CipherError, Ciphertexts, Floats, Form, Stream, Target};

/// Number of bits to which attacks on single bits quantise each real number of a ciphertext.
pub(crate) const DEPTH: u32 = 4;

/// Ciphertexts of bits. Every batch begins with the first nonce, so that only keys and plaintexts differ.
pub(crate) fn encrypt(cipher: &dyn Cipher, keys: &Blocks, plaintexts: &Blocks) -> Result<Blocks, AttackError> {
    Ok(cipher.encrypt(keys, plaintexts, 0)?.bits(1))
}

/// A cipher that returns ciphertexts as bits. Each message uses the next nonce.
pub(crate) struct Oracle<'a> {
    pub(crate) cipher: &'a dyn Cipher,
    nonce: u64,
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(cipher: &'a dyn Cipher) -> Self {
        Self { cipher, nonce: 0 }
    }

    pub(crate) fn encrypt(&mut self, keys: &Blocks, plaintexts: &Blocks) -> Result<Blocks, CipherError> {
        self.encrypt_unrounded(keys, plaintexts).map(|ciphertexts| ciphertexts.bits(DEPTH))
    }

    /// As [`Self::encrypt`], with real numbers unchanged. It does not call the cipher for zero messages.
    pub(crate) fn encrypt_unrounded(&mut self, keys: &Blocks, plaintexts: &Blocks) -> Result<Ciphertexts, CipherError> {
        if keys.rows() == 0 || plaintexts.rows() == 0 {
            return Ok(match self.cipher.form() {
                Form::Bits(bits) => Ciphertexts::Bits(Blocks::new(bits, 0)),
                Form::Floats(width) => Ciphertexts::Floats(Floats::new(width, Vec::new())),
            });
        }
        let ciphertexts = self.cipher.encrypt(keys, plaintexts, self.nonce)?;
        self.nonce += ciphertexts.rows() as u64;
        Ok(ciphertexts)
    }
}

/// Known plaintexts with their ciphertexts.
pub(crate) struct Pairs {
    pub(crate) keys: Option<Blocks>,
    pub(crate) plaintexts: Blocks,
    pub(crate) ciphertexts: Blocks,
}

impl Pairs {
    pub(crate) fn rows(&self) -> usize {
        self.plaintexts.rows()
    }
}

/// Draws pairs of random plaintexts and their ciphertexts, each only once.
pub(crate) struct Supply<'a> {
    target: &'a Target,
    stream: Stream,
    oracle: Option<Oracle<'a>>,
    /// The only key, or `None` if every message has a fresh one.
    pub(crate) key: Option<Blocks>,
    next: usize,
}

impl<'a> Supply<'a> {
    /// All messages under one key.
    pub(crate) fn one_key(target: &'a Target, context: &Context, purpose: &str) -> Self {
        let mut supply = Self::fresh_keys(target, context, purpose);
        supply.key = target.cipher().map(|cipher| cipher.random_keys(&mut supply.stream, 1));
        supply
    }

    /// Every message under its own key.
    pub(crate) fn fresh_keys(target: &'a Target, context: &Context, purpose: &str) -> Self {
        let oracle = target.cipher().map(Oracle::new);
        Self { target, stream: context.stream(purpose), oracle, key: None, next: 0 }
    }

    /// The next pairs, with their ciphertexts as input for a network. From recorded data, at most as many as are left.
    pub(crate) fn examples(&mut self, rows: usize) -> Result<Examples, AttackError> {
        match (&mut self.oracle, self.target.data()) {
            (Some(oracle), None) => {
                let targets = self.stream.blocks(self.target.block_bits(), rows);
                let keys = match &self.key {
                    Some(key) => key.clone(),
                    None => oracle.cipher.random_keys(&mut self.stream, rows),
                };
                Ok(Examples { inputs: oracle.encrypt_unrounded(&keys, &targets)?, targets })
            }
            _ => {
                let pairs = self.take(rows)?;
                Ok(Examples { inputs: Ciphertexts::Bits(pairs.ciphertexts), targets: pairs.plaintexts })
            }
        }
    }

    /// The next pairs. From recorded data, at most as many as are left.
    pub(crate) fn take(&mut self, rows: usize) -> Result<Pairs, AttackError> {
        if let Some(data) = self.target.data() {
            let range = self.next..(self.next + rows).min(data.rows());
            self.next = range.end;
            let keys = data.keys.as_ref().map(|keys| keys.slice(range.clone()));
            return Ok(Pairs {
                keys,
                plaintexts: data.plaintexts.slice(range.clone()),
                ciphertexts: data.ciphertexts.slice(range),
            });
        }
        let plaintexts = self.stream.blocks(self.target.block_bits(), rows);
        let Some(oracle) = &mut self.oracle else {
            return Err(CipherError::Target(format!("{} has neither a cipher nor data", self.target.name())).into());
        };
        let keys = match &self.key {
            Some(key) => key.clone(),
            None => oracle.cipher.random_keys(&mut self.stream, rows),
        };
        let ciphertexts = oracle.encrypt(&keys, &plaintexts)?;
        let keys = if keys.rows() == rows { keys } else { keys.repeat(0, rows) };
        Ok(Pairs { keys: Some(keys), plaintexts, ciphertexts })
    }
}
