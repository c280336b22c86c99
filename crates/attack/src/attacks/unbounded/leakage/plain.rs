//! The enumerator for ciphers without a faster one.
use crate::ciphers::{Blocks, Cipher, CipherError, Ciphertexts, Enumerated, Enumerator};

/// Encrypts and decrypts batch by batch.
pub(super) struct Plain<'a>(pub(super) &'a dyn Cipher);

/// A batch.
struct Batch<'a> {
    cipher: &'a dyn Cipher,
    plaintext: Blocks,
    keys: Blocks,
    sent: Ciphertexts,
    /// The codes at the most recently requested depth.
    known: Option<(u32, Vec<u64>)>,
}

impl Enumerator for Plain<'_> {
    fn encrypt(&self, plaintext: u64, first_key: u64, count: usize) -> Result<Box<dyn Enumerated + '_>, CipherError> {
        let keys = Blocks::from_values(self.0.key_bits(), first_key..first_key + count as u64);
        let plaintext = Blocks::from_values(self.0.block_bits(), [plaintext]);
        let sent = self.0.encrypt(&keys, &plaintext, 0)?;
        Ok(Box::new(Batch { cipher: self.0, plaintext, keys, sent, known: None }))
    }
}

impl Batch<'_> {
    fn all(&mut self, depth: u32) -> &[u64] {
        if self.known.as_ref().is_none_or(|(known, _)| *known != depth) {
            let codes = match &self.sent {
                Ciphertexts::Bits(bits) => codes(bits),
                Ciphertexts::Floats(floats) => codes(&floats.quantise(depth)),
            };
            self.known = Some((depth, codes));
        }
        self.known.as_ref().map_or(&[], |(_, codes)| codes)
    }
}

impl Enumerated for Batch<'_> {
    fn codes(&mut self, depth: u32, codes: &mut [u64]) {
        codes.copy_from_slice(self.all(depth));
    }

    fn code(&mut self, depth: u32, place: usize) -> u64 {
        self.all(depth)[place]
    }

    fn wrong(&mut self, depth: u32, wrong: &mut [u8]) -> Result<bool, CipherError> {
        if !self.cipher.decrypts() {
            return Ok(false);
        }
        let rounded = match &self.sent {
            Ciphertexts::Bits(_) => None,
            Ciphertexts::Floats(floats) => Some(Ciphertexts::Floats(floats.rounded(depth))),
        };
        let read = self.cipher.decrypt(&self.keys, rounded.as_ref().unwrap_or(&self.sent), 0)?;
        for (row, wrong) in wrong.iter_mut().enumerate() {
            *wrong = (read.row(row)[0] ^ self.plaintext.row(0)[0]).count_ones() as u8;
        }
        Ok(true)
    }
}

/// The codes of messages under keys at each depth, all computed at once.
pub(super) fn codes_of(
    cipher: &dyn Cipher,
    pairs: &[(u64, u64)],
    depths: &[u32],
) -> Result<Vec<Vec<u64>>, CipherError> {
    let messages = Blocks::from_values(cipher.block_bits(), pairs.iter().map(|pair| pair.0));
    let keys = Blocks::from_values(cipher.key_bits(), pairs.iter().map(|pair| pair.1));
    let sent = cipher.encrypt(&keys, &messages, 0)?;
    Ok(depths.iter().map(|&depth| codes(&sent.clone().bits(depth))).collect())
}

fn codes(bits: &Blocks) -> Vec<u64> {
    let code = |row| if bits.bits() <= 64 { bits.value(row) } else { hash(bits.row(row)) };
    (0..bits.rows()).map(code).collect()
}

/// A 64-bit hash of words, by a multiplication and a fold for each. This is enough to distinguish ciphertexts.
fn hash(words: &[u64]) -> u64 {
    words.iter().fold(0x9e37_79b9_7f4a_7c15, |hash: u64, word| {
        let product = u128::from(hash ^ word) * 0xda94_2042_e4dd_58b5;
        (product >> 64) as u64 ^ product as u64
    })
}
