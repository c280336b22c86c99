//! TEA and XTEA. D. Wheeler and R. Needham, "TEA, a tiny encryption algorithm", FSE 1994; "TEA extensions", 1997.
//!
//! A round here is a cycle of two Feistel rounds, as the authors count.
use super::{Specification, words, write};

pub(super) const TEA: Specification = Specification {
    name: "tea",
    block_bits: 64,
    key_bits: 128,
    rounds: 32,
    encrypt: |key, block, rounds| forward(tea, key, block, rounds),
    decrypt: |key, block, rounds| backward(tea, key, block, rounds),
};
pub(super) const XTEA: Specification = Specification {
    name: "xtea",
    block_bits: 64,
    key_bits: 128,
    rounds: 32,
    encrypt: |key, block, rounds| forward(xtea, key, block, rounds),
    decrypt: |key, block, rounds| backward(xtea, key, block, rounds),
};

const DELTA: u32 = 0x9E37_79B9;

/// The round function: `f(v, key, round, half)` is what is added to the other word in half 0 or 1 of a round; rounds count from 1.
type Round = fn(u32, [u32; 4], u32, usize) -> u32;

fn tea(v: u32, key: [u32; 4], round: u32, half: usize) -> u32 {
    let (a, b) = (key[2 * half], key[2 * half + 1]);
    (v << 4).wrapping_add(a) ^ v.wrapping_add(round.wrapping_mul(DELTA)) ^ (v >> 5).wrapping_add(b)
}

fn xtea(v: u32, key: [u32; 4], round: u32, half: usize) -> u32 {
    let sum = (round - 1 + half as u32).wrapping_mul(DELTA);
    let word = if half == 0 { sum & 3 } else { sum >> 11 & 3 };
    (v << 4 ^ v >> 5).wrapping_add(v) ^ sum.wrapping_add(key[word as usize])
}

fn forward(f: Round, key: &[u8], block: &mut [u8], rounds: usize) {
    let (key, [mut v0, mut v1]) = (words::<4>(key), words::<2>(block));
    for round in 1..=rounds as u32 {
        v0 = v0.wrapping_add(f(v1, key, round, 0));
        v1 = v1.wrapping_add(f(v0, key, round, 1));
    }
    write(&[v0, v1], block);
}

fn backward(f: Round, key: &[u8], block: &mut [u8], rounds: usize) {
    let (key, [mut v0, mut v1]) = (words::<4>(key), words::<2>(block));
    for round in (1..=rounds as u32).rev() {
        v1 = v1.wrapping_sub(f(v0, key, round, 1));
        v0 = v0.wrapping_sub(f(v1, key, round, 0));
    }
    write(&[v0, v1], block);
}
