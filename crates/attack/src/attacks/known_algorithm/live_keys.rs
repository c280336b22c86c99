//! The key bits that count.
use crate::ciphers::{Blocks, Cipher, CipherError, Ciphertexts, Form, KeyUse, Stream};

/// Keys and messages under which each key bit is flipped.
const TRIES: usize = 64;

/// A cipher whose keys have only those bits that ever changed a ciphertext; the others are 0.
pub(super) struct LiveKeys<'a> {
    cipher: &'a dyn Cipher,
    live: Vec<usize>,
}

impl<'a> LiveKeys<'a> {
    /// Flips each key bit under [`TRIES`] keys. A key bit that matters more rarely than that is overlooked.
    ///
    /// # Errors
    /// Those of the cipher.
    pub(super) fn of(cipher: &'a dyn Cipher, stream: &mut Stream) -> Result<Self, CipherError> {
        let bits = cipher.key_bits();
        let texts = stream.blocks(cipher.block_bits(), TRIES);
        let base = cipher.random_keys(stream, TRIES);
        let (mut keys, mut repeated) = (base.clone(), texts.clone());
        for bit in 0..bits {
            let mut flipped = base.clone();
            (0..TRIES).for_each(|row| flipped.flip(row, bit));
            keys.extend(&flipped);
            repeated.extend(&texts);
        }
        let sent = cipher.encrypt(&keys, &repeated, 0)?;
        let same = |a: usize, b: usize| match &sent {
            Ciphertexts::Bits(sent) => sent.row(a) == sent.row(b),
            Ciphertexts::Floats(sent) => sent.row(a) == sent.row(b),
        };
        let counts = |bit: &usize| (0..TRIES).any(|row| !same(row, (bit + 1) * TRIES + row));
        Ok(Self { cipher, live: (0..bits).filter(counts).collect() })
    }

    /// Keys of the cipher itself.
    pub(super) fn whole(&self, keys: &Blocks) -> Blocks {
        let mut whole = Blocks::new(self.cipher.key_bits(), keys.rows());
        for row in 0..keys.rows() {
            self.live.iter().enumerate().for_each(|(at, &bit)| whole.set(row, bit, keys.get(row, at)));
        }
        whole
    }
}

impl Cipher for LiveKeys<'_> {
    fn name(&self) -> String {
        self.cipher.name()
    }
    fn block_bits(&self) -> usize {
        self.cipher.block_bits()
    }
    fn key_bits(&self) -> usize {
        self.live.len()
    }
    fn form(&self) -> Form {
        self.cipher.form()
    }
    fn key_use(&self) -> KeyUse {
        self.cipher.key_use()
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, nonce: u64) -> Result<Ciphertexts, CipherError> {
        self.cipher.encrypt(&self.whole(keys), plaintexts, nonce)
    }
    fn decrypts(&self) -> bool {
        self.cipher.decrypts()
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, nonce: u64) -> Result<Blocks, CipherError> {
        self.cipher.decrypt(&self.whole(keys), ciphertexts, nonce)
    }
    fn is_external(&self) -> bool {
        self.cipher.is_external()
    }
}
