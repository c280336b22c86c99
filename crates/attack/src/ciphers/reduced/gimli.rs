//! Gimli, a permutation. D. J. Bernstein et al., "Gimli: a cross-platform permutation", CHES 2017.
use super::{Specification, words, write};

/// A key is added before and after the permutation (S. Even and Y. Mansour, 1991). Fewer rounds are the last ones, as in the published
/// attacks.
pub(super) const GIMLI: Specification =
    Specification { name: "gimli", block_bits: 384, key_bits: 384, rounds: ROUNDS, encrypt, decrypt };

const ROUNDS: usize = 24;

/// What happens to the first row after the columns of a round: words change places, and the round's number is added.
fn swap(state: &mut [u32; 12], round: u32) {
    match round % 4 {
        0 => {
            (state[0], state[1], state[2], state[3]) = (state[1], state[0], state[3], state[2]);
            state[0] ^= 0x9e37_7900 ^ round;
        }
        2 => (state[0], state[1], state[2], state[3]) = (state[2], state[3], state[0], state[1]),
        _ => {}
    }
}

/// The permutation's last `rounds` rounds, numbered down to 1, on three rows of four words.
fn permute(state: &mut [u32; 12], rounds: usize) {
    for round in (1..=rounds as u32).rev() {
        for column in 0..4 {
            let (x, y, z) = (state[column].rotate_left(24), state[4 + column].rotate_left(9), state[8 + column]);
            state[8 + column] = x ^ z << 1 ^ (y & z) << 2;
            state[4 + column] = y ^ x ^ (x | z) << 1;
            state[column] = z ^ y ^ (x & y) << 3;
        }
        swap(state, round);
    }
}

fn undo(state: &mut [u32; 12], rounds: usize) {
    for round in 1..=rounds as u32 {
        if round % 4 == 0 {
            state[0] ^= 0x9e37_7900 ^ round;
            (state[0], state[1], state[2], state[3]) = (state[1], state[0], state[3], state[2]);
        } else {
            // It is its own inverse.
            swap(state, round);
        }
        for column in 0..4 {
            let [a, b, c] = [state[column], state[4 + column], state[8 + column]];
            let (mut x, mut y, mut z) = (0, 0, 0);
            // Each bit depends on lower ones, so that each pass makes one more bit right.
            for _ in 0..32 {
                x = c ^ z << 1 ^ (y & z) << 2;
                y = b ^ x ^ (x | z) << 1;
                z = a ^ y ^ (x & y) << 3;
            }
            (state[column], state[4 + column], state[8 + column]) = (x.rotate_right(24), y.rotate_right(9), z);
        }
    }
}

/// Adds the key, applies `inner`, and adds the key again.
fn between(key: &[u8], block: &mut [u8], inner: impl FnOnce(&mut [u32; 12])) {
    let key = words::<12>(key);
    let mut state = words::<12>(block);
    let add = |state: &mut [u32; 12]| state.iter_mut().zip(key).for_each(|(word, key)| *word ^= key);
    add(&mut state);
    inner(&mut state);
    add(&mut state);
    write(&state, block);
}

fn encrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    between(key, block, |state| permute(state, rounds));
}

fn decrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    between(key, block, |state| undo(state, rounds));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The designers' test.
    #[test]
    fn published_vector() {
        let mut state: [u32; 12] =
            std::array::from_fn(|i| (i as u32).pow(3).wrapping_add((i as u32).wrapping_mul(0x9e37_79b9)));
        permute(&mut state, ROUNDS);
        let expected = [
            0xba11_c85a,
            0x91ba_d119,
            0x380c_e880,
            0xd24c_2c68,
            0x3ece_ffea,
            0x277a_921c,
            0x4f73_a0bd,
            0xda5a_9cd8,
            0x84b6_73f0,
            0x34e5_2ff7,
            0x9e2b_ef49,
            0xf41b_b8d6,
        ];
        assert_eq!(state, expected);
    }
}
