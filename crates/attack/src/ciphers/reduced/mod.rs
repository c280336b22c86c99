//! Published block ciphers with any number of rounds, as targets for distinguishers.
mod gimli;
mod hight;
mod lea;
mod present;
mod simon;
mod speck64;
mod tea;

use super::cipher::expect_bits;
use super::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse, map_bytes};

/// A cipher of which rounds can be left out.
pub(super) struct Specification {
    /// The name as a target.
    pub(super) name: &'static str,
    block_bits: usize,
    key_bits: usize,
    /// Rounds of the full cipher.
    pub(super) rounds: usize,
    /// Encrypts a block in place with so many rounds, in the byte order of the specification: `encrypt(key, block, rounds)`.
    encrypt: fn(&[u8], &mut [u8], usize),
    /// Undoes it.
    decrypt: fn(&[u8], &mut [u8], usize),
}

/// All of them.
pub(super) const CIPHERS: [&Specification; 9] = [
    &simon::SIMON32,
    &simon::SIMON64,
    &speck64::SPECK64,
    &present::PRESENT,
    &hight::HIGHT,
    &lea::LEA,
    &tea::TEA,
    &tea::XTEA,
    &gimli::GIMLI,
];

/// One of these ciphers with a number of rounds: Simon32/64, Simon64/128, Speck64/128, PRESENT-80, HIGHT, LEA-128, TEA and XTEA (whose
/// rounds are pairs of Feistel rounds), and the permutation Gimli between two additions of a key.
pub struct Reduced {
    specification: &'static Specification,
    rounds: usize,
}

impl Reduced {
    /// The cipher called `name` as a target, with all its rounds if `rounds` is absent. `None` for other names.
    pub fn new(name: &str, rounds: Option<usize>) -> Option<Self> {
        let specification = CIPHERS.into_iter().find(|cipher| cipher.name == name)?;
        Some(Self { specification, rounds: rounds.unwrap_or(specification.rounds) })
    }
}

impl Cipher for Reduced {
    fn name(&self) -> String {
        format!("{}:{}", self.specification.name, self.rounds)
    }
    fn block_bits(&self) -> usize {
        self.specification.block_bits
    }
    fn key_bits(&self) -> usize {
        self.specification.key_bits
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::Reusable
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        let encrypt = |key: &[u8], block: &mut [u8]| (self.specification.encrypt)(key, block, self.rounds);
        map_bytes(self, keys, plaintexts, encrypt).map(Ciphertexts::Bits)
    }
    fn with_rounds(&self, rounds: usize) -> Option<Box<dyn Cipher>> {
        (rounds < self.rounds).then(|| Box::new(Self { rounds, ..*self }) as Box<dyn Cipher>)
    }
    fn decrypts(&self) -> bool {
        true
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        let decrypt = |key: &[u8], block: &mut [u8]| (self.specification.decrypt)(key, block, self.rounds);
        map_bytes(self, keys, &expect_bits(self, ciphertexts)?, decrypt)
    }
}

/// The big-endian words of some bytes.
fn words<const N: usize>(bytes: &[u8]) -> [u32; N] {
    std::array::from_fn(|i| u32::from_be_bytes(std::array::from_fn(|j| bytes[4 * i + j])))
}

/// Writes words as big-endian bytes.
fn write(words: &[u32], bytes: &mut [u8]) {
    for (chunk, word) in bytes.chunks_exact_mut(4).zip(words) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors in the specifications: name, key, plaintext, ciphertext.
    const VECTORS: [(&str, &str, &str, &str); 8] = [
        ("simon32/64", "1918111009080100", "65656877", "c69be9bb"),
        ("simon64/128", "1b1a1918131211100b0a090803020100", "656b696c20646e75", "44c8fc20b9dfa07a"),
        ("speck64/128", "1b1a1918131211100b0a090803020100", "3b7265747475432d", "8c6fa548454e028b"),
        ("present-80", "00000000000000000000", "0000000000000000", "5579c1387b228445"),
        ("hight", "00112233445566778899aabbccddeeff", "0000000000000000", "00f418aed94f03f2"),
        (
            "lea-128",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "101112131415161718191a1b1c1d1e1f",
            "9fc84e3528c6c6185532c7a704648bfd",
        ),
        ("tea", "00000000000000000000000000000000", "0000000000000000", "41ea3a0a94baa940"),
        ("xtea", "00000000000000000000000000000000", "0000000000000000", "dee9d4d8f7131ed9"),
    ];

    #[test]
    fn published_vectors() {
        for (name, key, plaintext, ciphertext) in VECTORS {
            let cipher = Reduced::new(name, None).unwrap();
            let key = Blocks::from_hex(cipher.key_bits(), key).unwrap();
            let plaintext = Blocks::from_hex(cipher.block_bits(), plaintext).unwrap();
            assert_eq!(cipher.encrypt(&key, &plaintext, 0).unwrap().bits(1).hex(0), ciphertext, "{name}");
        }
    }

    #[test]
    fn decryption_undoes_any_number_of_rounds() {
        let mut stream = crate::ciphers::Stream::new(2, "reduced");
        for specification in CIPHERS {
            for rounds in [0, 1, 2, 5, specification.rounds] {
                let cipher = Reduced::new(specification.name, Some(rounds)).unwrap();
                let (keys, texts) = (stream.blocks(cipher.key_bits(), 20), stream.blocks(cipher.block_bits(), 20));
                let sent = cipher.encrypt(&keys, &texts, 0).unwrap();
                assert_eq!(cipher.decrypt(&keys, &sent, 0).unwrap(), texts, "{} {rounds}", specification.name);
            }
        }
    }

    #[test]
    fn fewer_rounds_are_fewer_rounds() {
        let mut stream = crate::ciphers::Stream::new(1, "reduced");
        for specification in CIPHERS {
            let sent = |rounds: usize, stream: &mut crate::ciphers::Stream| {
                let cipher = Reduced::new(specification.name, Some(rounds)).unwrap();
                let (key, text) = (stream.blocks(cipher.key_bits(), 1), stream.blocks(cipher.block_bits(), 1));
                let mut flipped = text.clone();
                flipped.flip(0, 0);
                let differs = cipher
                    .encrypt(&key, &text, 0)
                    .unwrap()
                    .bits(1)
                    .xor(&cipher.encrypt(&key, &flipped, 0).unwrap().bits(1));
                differs.row(0).iter().map(|word| word.count_ones()).sum::<u32>() as usize
            };
            let name = specification.name;
            assert!((1..=16).contains(&sent(1, &mut stream)), "{name}: one round changes few bits");
            let all = sent(specification.rounds, &mut stream);
            assert!(all > specification.block_bits / 5, "{name}: {all} bits change");
        }
    }
}
