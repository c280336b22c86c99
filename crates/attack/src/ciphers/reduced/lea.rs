//! LEA-128. D. Hong et al., "LEA: a 128-bit block cipher for fast encryption on common processors", WISA 2013.
use super::Specification;

pub(super) const LEA: Specification =
    Specification { name: "lea-128", block_bits: 128, key_bits: 128, rounds: 24, encrypt, decrypt };

const DELTA: [u32; 4] = [0xC3EF_E9DB, 0x4462_6B02, 0x79E2_7C8A, 0x78DF_30EC];

/// Words are little-endian.
fn words(bytes: &[u8]) -> [u32; 4] {
    std::array::from_fn(|i| u32::from_le_bytes(std::array::from_fn(|j| bytes[4 * i + j])))
}

fn write(words: [u32; 4], bytes: &mut [u8]) {
    for (chunk, word) in bytes.chunks_exact_mut(4).zip(words) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
}

/// The four words of each round key, of which the second one is used three times.
fn round_keys(key: &[u8], rounds: usize) -> Vec<[u32; 4]> {
    let mut t = words(key);
    let next = |round: usize| {
        for (i, turn) in [1, 3, 6, 11].into_iter().enumerate() {
            let delta = DELTA[round % 4].rotate_left((round + i) as u32 % 32);
            t[i] = t[i].wrapping_add(delta).rotate_left(turn);
        }
        t
    };
    (0..rounds).map(next).collect()
}

fn encrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    let mut x = words(block);
    for t in round_keys(key, rounds) {
        x = [
            (x[0] ^ t[0]).wrapping_add(x[1] ^ t[1]).rotate_left(9),
            (x[1] ^ t[2]).wrapping_add(x[2] ^ t[1]).rotate_right(5),
            (x[2] ^ t[3]).wrapping_add(x[3] ^ t[1]).rotate_right(3),
            x[0],
        ];
    }
    write(x, block);
}

fn decrypt(key: &[u8], block: &mut [u8], rounds: usize) {
    let mut x = words(block);
    for t in round_keys(key, rounds).into_iter().rev() {
        let x0 = x[3];
        let x1 = x[0].rotate_right(9).wrapping_sub(x0 ^ t[0]) ^ t[1];
        let x2 = x[1].rotate_left(5).wrapping_sub(x1 ^ t[2]) ^ t[1];
        let x3 = x[2].rotate_left(3).wrapping_sub(x2 ^ t[3]) ^ t[1];
        x = [x0, x1, x2, x3];
    }
    write(x, block);
}
