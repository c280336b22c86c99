//! Simon. Beaulieu et al., "The Simon and Speck families of lightweight block ciphers", 2013.
use super::{Specification, words, write};

pub(super) const SIMON32: Specification = Specification {
    name: "simon32/64",
    block_bits: 32,
    key_bits: 64,
    rounds: 32,
    encrypt: |key, block, rounds| simon32(key, block, rounds, true),
    decrypt: |key, block, rounds| simon32(key, block, rounds, false),
};
pub(super) const SIMON64: Specification = Specification {
    name: "simon64/128",
    block_bits: 64,
    key_bits: 128,
    rounds: 44,
    encrypt: |key, block, rounds| simon64(key, block, rounds, true),
    decrypt: |key, block, rounds| simon64(key, block, rounds, false),
};

/// The sequences z0 and z3 of the key schedules, the first bit at the top.
const Z0: u64 = 0b11111010001001010110000111001101111101000100101011000011100110;
const Z3: u64 = 0b11011011101011000110010111100000010010001010011100110100001111;

/// A round takes the words x, y to y + f(x) + k, x with f(x) = (x <<< 1 & x <<< 8) + x <<< 2. Backwards it is the same with the words
/// exchanged. Four key words precede the schedule.
macro_rules! simon {
    ($word:ty, $z:expr, $key:expr, $block:expr, $rounds:expr, $forward:expr) => {{
        let mut keys: Vec<$word> = $key.into_iter().rev().collect();
        for i in 4..$rounds {
            let t = keys[i - 1].rotate_right(3) ^ keys[i - 3];
            let z = ($z >> (61 - (i - 4) % 62) & 1) as $word;
            keys.push(!keys[i - 4] ^ t ^ t.rotate_right(1) ^ z ^ 3);
        }
        keys.truncate($rounds);
        let f = |x: $word| (x.rotate_left(1) & x.rotate_left(8)) ^ x.rotate_left(2);
        let [mut x, mut y]: [$word; 2] = $block;
        if $forward {
            keys.iter().for_each(|key| (x, y) = (y ^ f(x) ^ key, x));
        } else {
            keys.iter().rev().for_each(|key| (x, y) = (y, x ^ f(y) ^ key));
        }
        [x, y]
    }};
}

fn simon32(key: &[u8], block: &mut [u8], rounds: usize, forward: bool) {
    let word = |bytes: &[u8], i: usize| u16::from_be_bytes([bytes[2 * i], bytes[2 * i + 1]]);
    let key = [0, 1, 2, 3].map(|i| word(key, i));
    let [x, y] = simon!(u16, Z0, key, [word(block, 0), word(block, 1)], rounds, forward);
    block[..2].copy_from_slice(&x.to_be_bytes());
    block[2..].copy_from_slice(&y.to_be_bytes());
}

fn simon64(key: &[u8], block: &mut [u8], rounds: usize, forward: bool) {
    let out = simon!(u32, Z3, words::<4>(key), words::<2>(block), rounds, forward);
    write(&out, block);
}
