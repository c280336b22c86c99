//! HIGHT. D. Hong et al., "HIGHT: a new block cipher suitable for low-resource device", CHES 2006.
use super::Specification;

pub(super) const HIGHT: Specification =
    Specification { name: "hight", block_bits: 64, key_bits: 128, rounds: 32, encrypt, decrypt };

fn f0(x: u8) -> u8 {
    x.rotate_left(1) ^ x.rotate_left(2) ^ x.rotate_left(7)
}

fn f1(x: u8) -> u8 {
    x.rotate_left(3) ^ x.rotate_left(4) ^ x.rotate_left(6)
}

/// The constants of the subkeys: a shift register over x^7 + x^3 + 1 that begins with 1011010.
fn constants(count: usize) -> Vec<u8> {
    let mut state = 0b101_1010u8;
    let mut constants = Vec::with_capacity(count);
    for _ in 0..count {
        constants.push(state);
        let bit = (state >> 3 ^ state) & 1;
        state = state >> 1 | bit << 6;
    }
    constants
}

/// Whitening keys and the subkeys of the rounds. Byte 0 of the specification is the last one.
fn schedule(key: &[u8], rounds: usize) -> ([u8; 8], Vec<u8>) {
    let master = |i: usize| key[15 - i];
    let whitening = std::array::from_fn(|i| if i < 4 { master(i + 12) } else { master(i - 4) });
    let subkey = |(i, constant): (usize, u8)| {
        let byte = (i + 8 - i / 16 % 8) % 8 + if i % 16 < 8 { 0 } else { 8 };
        master(byte).wrapping_add(constant)
    };
    (whitening, constants(4 * rounds).into_iter().enumerate().map(subkey).collect())
}

fn encrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    let (w, subkeys) = schedule(key, rounds);
    let mut x: [u8; 8] = std::array::from_fn(|i| block[7 - i]);
    let whiten = |x: &mut [u8; 8], w: &[u8]| {
        x[0] = x[0].wrapping_add(w[0]);
        x[2] ^= w[1];
        x[4] = x[4].wrapping_add(w[2]);
        x[6] ^= w[3];
    };
    whiten(&mut x, &w[..4]);
    for k in subkeys.chunks(4) {
        x = [
            x[7] ^ f0(x[6]).wrapping_add(k[3]),
            x[0],
            x[1].wrapping_add(f1(x[0]) ^ k[0]),
            x[2],
            x[3] ^ f0(x[2]).wrapping_add(k[1]),
            x[4],
            x[5].wrapping_add(f1(x[4]) ^ k[2]),
            x[6],
        ];
    }
    // The last round does not move bytes.
    x.rotate_left(1);
    whiten(&mut x, &w[4..]);
    block.iter_mut().rev().zip(x).for_each(|(byte, x)| *byte = x);
}

fn decrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    let (w, subkeys) = schedule(key, rounds);
    let mut x: [u8; 8] = std::array::from_fn(|i| block[7 - i]);
    let clear = |x: &mut [u8; 8], w: &[u8]| {
        x[0] = x[0].wrapping_sub(w[0]);
        x[2] ^= w[1];
        x[4] = x[4].wrapping_sub(w[2]);
        x[6] ^= w[3];
    };
    clear(&mut x, &w[4..]);
    x.rotate_right(1);
    for k in subkeys.chunks(4).rev() {
        let (x0, x2, x4, x6) = (x[1], x[3], x[5], x[7]);
        x = [
            x0,
            x[2].wrapping_sub(f1(x0) ^ k[0]),
            x2,
            x[4] ^ f0(x2).wrapping_add(k[1]),
            x4,
            x[6].wrapping_sub(f1(x4) ^ k[2]),
            x6,
            x[0] ^ f0(x6).wrapping_add(k[3]),
        ];
    }
    clear(&mut x, &w[..4]);
    block.iter_mut().rev().zip(x).for_each(|(byte, x)| *byte = x);
}
