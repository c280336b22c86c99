//! The enumerator for ciphers that do not bring a faster one.
use crate::ciphers::{Blocks, Cipher, CipherError, Ciphertexts, Enumerator};

/// Encrypts and decrypts batch by batch.
pub(super) struct Plain<'a>(pub(super) &'a dyn Cipher);

impl Enumerator for Plain<'_> {
    fn codes(
        &self,
        plaintext: u64,
        first_key: u64,
        depths: &[u32],
        codes: &mut [u64],
        wrong: &mut [u8],
    ) -> Result<bool, CipherError> {
        let here = codes.len() / depths.len().max(1);
        let keys = Blocks::from_values(self.0.key_bits(), first_key..first_key + here as u64);
        let plaintext = Blocks::from_values(self.0.block_bits(), [plaintext]);
        let sent = self.0.encrypt(&keys, &plaintext, 0)?;
        for (at, &depth) in depths.iter().enumerate() {
            let rounded = match &sent {
                Ciphertexts::Bits(_) => None,
                Ciphertexts::Floats(floats) => Some(Ciphertexts::Floats(floats.rounded(depth))),
            };
            let arrived = rounded.as_ref().unwrap_or(&sent);
            if self.0.decrypts() {
                let read = self.0.decrypt(&keys, arrived, 0)?;
                for (row, wrong) in wrong[at * here..(at + 1) * here].iter_mut().enumerate() {
                    *wrong = (read.row(row)[0] ^ plaintext.row(0)[0]).count_ones() as u8;
                }
            }
            let codes = &mut codes[at * here..(at + 1) * here];
            match arrived {
                Ciphertexts::Bits(bits) => write_codes(bits, codes),
                Ciphertexts::Floats(floats) => write_codes(&floats.quantise(depth), codes),
            }
        }
        Ok(self.0.decrypts())
    }
}

fn write_codes(bits: &Blocks, codes: &mut [u64]) {
    for (row, code) in codes.iter_mut().enumerate() {
        *code = if bits.bits() <= 64 { bits.value(row) } else { hash(bits.row(row)) };
    }
}

/// A 64-bit hash of words: a multiply and a fold for each, which is plenty for telling ciphertexts apart.
fn hash(words: &[u64]) -> u64 {
    words.iter().fold(0x9e37_79b9_7f4a_7c15, |hash: u64, word| {
        let product = u128::from(hash ^ word) * 0xda94_2042_e4dd_58b5;
        (product >> 64) as u64 ^ product as u64
    })
}
