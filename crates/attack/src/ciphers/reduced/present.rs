//! PRESENT-80. A. Bogdanov et al., "PRESENT: an ultra-lightweight block cipher", CHES 2007.
use super::Specification;

pub(super) const PRESENT: Specification =
    Specification { name: "present-80", block_bits: 64, key_bits: 80, rounds: 31, encrypt, decrypt };

const SBOX: [u8; 16] = [0xC, 5, 6, 0xB, 9, 0, 0xA, 0xD, 3, 0xE, 0xF, 8, 4, 7, 1, 2];

/// Where bit i goes: 16 i mod 63.
fn moved(i: u32) -> u32 {
    if i == 63 { 63 } else { 16 * i % 63 }
}

/// The S-box on each of sixteen nibbles, then the permutation of bits.
fn layer(state: u64) -> u64 {
    let nibble = |n: u32| u64::from(SBOX[(state >> (4 * n) & 15) as usize]);
    (0..64).fold(0, |out, i| out | (nibble(i / 4) >> (i % 4) & 1) << moved(i))
}

fn undo_layer(state: u64) -> u64 {
    let before = (0..64).fold(0, |out, i| out | (state >> moved(i) & 1) << i);
    let nibble =
        |n: u32| SBOX.iter().position(|s| u64::from(*s) == before >> (4 * n) & 15).expect("a permutation") as u64;
    (0..16).fold(0, |out, n| out | nibble(n) << (4 * n))
}

/// The keys of the rounds, and the one that is added at the end.
fn round_keys(key: &[u8], rounds: usize) -> Vec<u64> {
    // The register is the lower 80 bits.
    let mut register = key.iter().fold(0u128, |register, byte| register << 8 | u128::from(*byte));
    let mut keys = vec![(register >> 16) as u64];
    for round in 1..=rounds {
        register = (register << 61 | register >> 19) & ((1 << 80) - 1);
        let top = u128::from(SBOX[(register >> 76) as usize]);
        register = register & ((1 << 76) - 1) | top << 76;
        register ^= (round as u128 & 31) << 15;
        keys.push((register >> 16) as u64);
    }
    keys
}

fn encrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    let mut state = u64::from_be_bytes(std::array::from_fn(|i| block[i]));
    let keys = round_keys(key, rounds);
    keys[..rounds].iter().for_each(|key| state = layer(state ^ key));
    block.copy_from_slice(&(state ^ keys[rounds]).to_be_bytes());
}

fn decrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    let keys = round_keys(key, rounds);
    let mut state = u64::from_be_bytes(std::array::from_fn(|i| block[i])) ^ keys[rounds];
    keys[..rounds].iter().rev().for_each(|key| state = undo_layer(state) ^ key);
    block.copy_from_slice(&state.to_be_bytes());
}
