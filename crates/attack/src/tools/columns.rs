//! A transposed batch: one bit string per bit position, so that counting over rows uses popcounts.
use crate::ciphers::Blocks;

/// The columns of a batch. Bit `r` of a column belongs to row `r`; unused bits are zero.
pub(crate) struct Columns {
    rows: usize,
    words: usize,
    data: Vec<u64>,
}

impl Columns {
    pub(crate) fn of(blocks: &Blocks) -> Self {
        let words = blocks.rows().div_ceil(64);
        let mut data = vec![0; blocks.bits() * words];
        let mut square = [0u64; 64];
        for group in 0..words {
            let first = 64 * group;
            let here = (blocks.rows() - first).min(64);
            for index in 0..blocks.stride() {
                for (row, word) in square.iter_mut().enumerate() {
                    *word = if row < here { blocks.row(first + row)[index] } else { 0 };
                }
                transpose(&mut square);
                for bit in 0..(blocks.bits() - 64 * index).min(64) {
                    data[(64 * index + bit) * words + group] = square[bit];
                }
            }
        }
        Self { rows: blocks.rows(), words, data }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn len(&self) -> usize {
        self.data.len().checked_div(self.words).unwrap_or(0)
    }

    pub(crate) fn get(&self, column: usize) -> &[u64] {
        &self.data[column * self.words..(column + 1) * self.words]
    }

    /// Number of ones in a column.
    pub(crate) fn ones(&self, column: usize) -> u64 {
        self.get(column).iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// Number of rows in which two columns differ.
pub(crate) fn differences(a: &[u64], b: &[u64]) -> u64 {
    a.iter().zip(b).map(|(a, b)| u64::from((a ^ b).count_ones())).sum()
}

/// Transposes a 64 x 64 matrix whose first column is the highest bit (Hacker's Delight, section 7-3). Row r of the result has
/// the former row 0 in its highest bit; the order of rows does not matter for counting.
fn transpose(square: &mut [u64; 64]) {
    let mut width = 32;
    let mut mask = 0x0000_0000_ffff_ffffu64;
    while width > 0 {
        let mut row = 0;
        while row < 64 {
            let swap = (square[row] ^ square[row + width] >> width) & mask;
            square[row] ^= swap;
            square[row + width] ^= swap << width;
            row = (row + width + 1) & !width;
        }
        width /= 2;
        mask ^= mask << width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Stream;

    #[test]
    fn columns_count_what_rows_hold() {
        for (bits, rows) in [(7, 3), (64, 64), (130, 200), (1, 65)] {
            let blocks = Stream::new(1, "columns").blocks(bits, rows);
            let columns = Columns::of(&blocks);
            assert_eq!((columns.len(), columns.rows()), (bits, rows));
            for bit in 0..bits {
                let ones = (0..rows).filter(|&row| blocks.get(row, bit)).count();
                assert_eq!(columns.ones(bit), ones as u64);
                let differ = (0..rows).filter(|&row| blocks.get(row, bit) != blocks.get(row, 0)).count();
                assert_eq!(differences(columns.get(bit), columns.get(0)), differ as u64);
            }
        }
    }
}
