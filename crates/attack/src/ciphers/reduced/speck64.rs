//! Speck64/128. Beaulieu et al., "The Simon and Speck families of lightweight block ciphers", 2013.
use super::{Specification, words, write};

pub(super) const SPECK64: Specification =
    Specification { name: "speck64/128", block_bits: 64, key_bits: 128, rounds: 27, encrypt, decrypt };

/// One round: x = ((x >>> 8) + y) ^ k, y = (y <<< 3) ^ x.
fn round(x: u32, y: u32, key: u32) -> (u32, u32) {
    let x = x.rotate_right(8).wrapping_add(y) ^ key;
    (x, y.rotate_left(3) ^ x)
}

/// Undoes one round.
fn undo(x: u32, y: u32, key: u32) -> (u32, u32) {
    let y = (y ^ x).rotate_right(3);
    ((x ^ key).wrapping_sub(y).rotate_left(8), y)
}

/// The key of each round.
fn round_keys(key: &[u8], rounds: usize) -> Vec<u32> {
    let [l2, l1, l0, mut key] = words::<4>(key);
    let mut l = [l0, l1, l2];
    let mut keys = Vec::with_capacity(rounds);
    for i in 0..rounds {
        keys.push(key);
        (l[i % 3], key) = round(l[i % 3], key, i as u32);
    }
    keys
}

fn encrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    let [x, y] = words::<2>(block);
    let (x, y) = round_keys(key, rounds).into_iter().fold((x, y), |(x, y), key| round(x, y, key));
    write(&[x, y], block);
}

fn decrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    let [x, y] = words::<2>(block);
    let (x, y) = round_keys(key, rounds).into_iter().rev().fold((x, y), |(x, y), key| undo(x, y, key));
    write(&[x, y], block);
}
