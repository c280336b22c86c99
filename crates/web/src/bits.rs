//! Converts bits and values between JavaScript, which stores them block after block, and the library.

use evesdrop_attack::{Blocks, Ciphertexts};
use evesdrop_engine::{Row, TILE};

use crate::Failure;

/// Number of blocks of `width` values. `what` names the values in the error.
///
/// # Errors
/// If `values` is not a multiple of `width`.
pub(crate) fn blocks(what: &str, values: usize, width: usize) -> Result<usize, Failure> {
    if !values.is_multiple_of(width) {
        return Err(Failure::new(format!("{what}: {values} values are not a whole number of blocks of {width}")));
    }
    Ok(values / width)
}

/// Packs bits (one per byte) as the networks read them. Each block starts at a new byte. A single block is repeated for all `rows`.
pub(crate) fn packed(bits: &[u8], width: usize, rows: usize) -> Vec<u8> {
    let stride = width.div_ceil(8);
    let mut bytes = vec![0; rows * stride];
    for (row, bytes) in bytes.chunks_exact_mut(stride).enumerate() {
        let from = if bits.len() == width { 0 } else { row * width };
        for (place, bit) in bits[from..from + width].iter().enumerate() {
            bytes[place / 8] |= u8::from(*bit != 0) << (7 - place % 8);
        }
    }
    bytes
}

/// Copies the rows of a tile to blocks. There is one row per value of a block. `out` may hold fewer blocks than the tile.
pub(crate) fn from_rows(rows: &[Row], out: &mut [f32]) {
    for (example, block) in out.chunks_exact_mut(rows.len()).enumerate() {
        block.iter_mut().zip(rows).for_each(|(value, row)| *value = row.values()[example]);
    }
}

/// The first `used` values of each block of `width` values, as the rows of a tile. Blocks beyond [`TILE`] are ignored.
pub(crate) fn to_rows(values: &[f32], width: usize, used: usize) -> Vec<Row> {
    let mut rows = vec![Row::ZERO; used];
    for (example, block) in values.chunks_exact(width).take(TILE).enumerate() {
        rows.iter_mut().zip(block).for_each(|(row, value)| row.values_mut()[example] = *value);
    }
    rows
}

/// Row `row` as bytes 0 and 1.
pub(crate) fn unpacked(blocks: &Blocks, row: usize) -> Vec<u8> {
    (0..blocks.bits()).map(|bit| u8::from(blocks.get(row, bit))).collect()
}

/// Ciphertext `row` as numbers: its bits or its values.
pub(crate) fn numbers(ciphertexts: &Ciphertexts, row: usize) -> Vec<f32> {
    match ciphertexts {
        Ciphertexts::Bits(blocks) => unpacked(blocks, row).into_iter().map(f32::from).collect(),
        Ciphertexts::Floats(floats) => floats.row(row).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_survive_a_round_trip() {
        assert_eq!(packed(&[1, 0, 0, 0, 0, 0, 0, 0, 1, 0], 5, 2), [0b1000_0000, 0b0001_0000]);
        assert_eq!(packed(&[0, 1, 1], 3, 2), [0b0110_0000, 0b0110_0000], "one key for all blocks");
        let values: Vec<f32> = (0..9).map(|x| x as f32).collect();
        let rows = to_rows(&values, 3, 3);
        let mut again = vec![0.0; 9];
        from_rows(&rows, &mut again);
        assert_eq!(again, values);
        assert_eq!(to_rows(&values, 3, 2)[1].values()[..3], [1.0, 4.0, 7.0]);
        assert!(blocks("key", 7, 3).is_err());
    }
}
