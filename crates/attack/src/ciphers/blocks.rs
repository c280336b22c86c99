//! Rows of bits: the plaintexts, keys and ciphertexts of ciphers.
use super::CipherError;

/// A batch of equally long bit strings, one per row.
///
/// Bit 0 is the most significant bit of the first byte, in hex and in memory: the 12-bit row `abc0` begins with the bits 1, 0,
/// 1, 0. A row that is not a whole number of bytes is padded with zero bits at its end.
///
/// ```
/// use evesdrop_attack::ciphers::Blocks;
/// let block = Blocks::from_hex(16, "6574")?;
/// assert!(!block.get(0, 0) && block.get(0, 1));
/// assert_eq!(block.value(0), 0x6574);
/// assert_eq!(block.hex(0), "6574");
/// # Ok::<(), evesdrop_attack::ciphers::CipherError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    bits: usize,
    rows: usize,
    stride: usize,
    words: Vec<u64>,
}

impl Blocks {
    /// `rows` rows of `bits` zero bits.
    pub fn new(bits: usize, rows: usize) -> Self {
        let stride = bits.div_ceil(64);
        Self { bits, rows, stride, words: vec![0; stride * rows] }
    }

    /// One row per integer: its lowest `bits` bits, the highest of them first.
    ///
    /// # Panics
    /// If `bits` is not from 1 to 64.
    pub fn from_values(bits: usize, values: impl IntoIterator<Item = u64>) -> Self {
        assert!((1..=64).contains(&bits), "a value holds 1 to 64 bits");
        let words: Vec<u64> = values.into_iter().map(|value| value << (64 - bits)).collect();
        Self { bits, rows: words.len(), stride: 1, words }
    }

    /// One row from hex, with two digits per byte in upper or lower case. Bits beyond the row must be zero.
    ///
    /// # Errors
    /// [`CipherError::Hex`] if the text is not hex, has the wrong length, or sets bits beyond the row.
    pub fn from_hex(bits: usize, hex: &str) -> Result<Self, CipherError> {
        let mut blocks = Self::new(bits, 1);
        let bytes = parse_hex(hex).map_err(CipherError::Hex)?;
        if bytes.len() != bits.div_ceil(8) {
            let want = 2 * bits.div_ceil(8);
            return Err(CipherError::Hex(format!("`{hex}` has {} hex digits; {bits} bits take {want}", hex.len())));
        }
        if !bits.is_multiple_of(8) && bytes.last().is_some_and(|last| last << (bits % 8) != 0) {
            let message = format!("`{hex}` sets bits beyond its {bits}; bit 0 is the first byte's highest bit");
            return Err(CipherError::Hex(message));
        }
        blocks.set_bytes(0, &bytes);
        Ok(blocks)
    }

    /// Number of bits per row.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of 64-bit words per row in memory.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// A row as words. Bit 0 is the highest bit of the first word; bits beyond the row are zero.
    pub fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.stride..(row + 1) * self.stride]
    }

    /// A row for writing. The writer must keep the bits beyond the row zero; see [`Self::last_mask`].
    pub fn row_mut(&mut self, row: usize) -> &mut [u64] {
        &mut self.words[row * self.stride..(row + 1) * self.stride]
    }

    /// Mask of the bits in a row's last word that belong to the row.
    pub fn last_mask(&self) -> u64 {
        match self.bits % 64 {
            0 => u64::MAX,
            used => !(u64::MAX >> used),
        }
    }

    /// One bit.
    pub fn get(&self, row: usize, bit: usize) -> bool {
        self.words[row * self.stride + bit / 64] >> (63 - bit % 64) & 1 == 1
    }

    /// Sets one bit.
    pub fn set(&mut self, row: usize, bit: usize, value: bool) {
        let mask = 1 << (63 - bit % 64);
        let word = &mut self.words[row * self.stride + bit / 64];
        *word = if value { *word | mask } else { *word & !mask };
    }

    /// Flips one bit.
    pub fn flip(&mut self, row: usize, bit: usize) {
        self.words[row * self.stride + bit / 64] ^= 1 << (63 - bit % 64);
    }

    /// A row of at most 64 bits as an integer, bit 0 its highest bit.
    pub fn value(&self, row: usize) -> u64 {
        debug_assert!(self.bits <= 64);
        self.words[row * self.stride] >> (64 - self.bits)
    }

    /// A row as bytes; the last byte is padded with zero bits.
    pub fn bytes(&self, row: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.bits.div_ceil(8)];
        self.write_bytes(row, &mut bytes);
        bytes
    }

    /// Writes a row into `bytes`, as many bytes as fit.
    pub fn write_bytes(&self, row: usize, bytes: &mut [u8]) {
        for (chunk, word) in bytes.chunks_mut(8).zip(self.row(row)) {
            chunk.copy_from_slice(&word.to_be_bytes()[..chunk.len()]);
        }
    }

    /// Sets a row from its bytes. Bits beyond the row are dropped.
    pub fn set_bytes(&mut self, row: usize, bytes: &[u8]) {
        let mask = self.last_mask();
        let words = self.row_mut(row);
        for (word, chunk) in words.iter_mut().zip(bytes.chunks(8)) {
            let mut full = [0; 8];
            full[..chunk.len()].copy_from_slice(chunk);
            *word = u64::from_be_bytes(full);
        }
        if let Some(last) = words.last_mut() {
            *last &= mask;
        }
    }

    /// A row in lower-case hex, two digits per byte.
    pub fn hex(&self, row: usize) -> String {
        self.bytes(row).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// `rows` copies of one row.
    pub fn repeat(&self, row: usize, rows: usize) -> Self {
        Self { bits: self.bits, rows, stride: self.stride, words: self.row(row).repeat(rows) }
    }

    /// The rows in a range.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let words = self.words[range.start * self.stride..range.end * self.stride].to_vec();
        Self { bits: self.bits, rows: range.len(), stride: self.stride, words }
    }

    /// Appends the rows of another batch with the same number of bits.
    ///
    /// # Panics
    /// If the numbers of bits differ.
    pub fn extend(&mut self, other: &Self) {
        assert_eq!(self.bits, other.bits, "rows of one width");
        self.rows += other.rows;
        self.words.extend_from_slice(&other.words);
    }

    /// The XOR of every row with the same row of `other`, or with its only row.
    pub fn xor(&self, other: &Self) -> Self {
        let mut out = self.clone();
        for row in 0..self.rows {
            let right = other.row(if other.rows == 1 { 0 } else { row });
            out.row_mut(row).iter_mut().zip(right).for_each(|(word, right)| *word ^= right);
        }
        out
    }

    /// Concatenates rows: the bits of `self`, then those of `other`.
    pub fn beside(&self, other: &Self) -> Self {
        let mut out = Self::new(self.bits + other.bits, self.rows);
        let (skip, shift) = (self.bits / 64, self.bits % 64);
        for row in 0..self.rows {
            let target = out.row_mut(row);
            target[..self.stride].copy_from_slice(self.row(row));
            for (index, &word) in other.row(row).iter().enumerate() {
                target[skip + index] |= word >> shift;
                if shift > 0 && skip + index + 1 < target.len() {
                    target[skip + index + 1] |= word << (64 - shift);
                }
            }
        }
        out
    }
}

/// Bytes from hex digits, two per byte, without separators.
pub(crate) fn parse_hex(hex: &str) -> Result<Vec<u8>, String> {
    let digit =
        |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8).ok_or_else(|| format!("`{hex}` is not hex"));
    hex.bytes().try_for_each(|byte| digit(byte).map(drop))?;
    if !hex.len().is_multiple_of(2) {
        return Err(format!("`{hex}` has an odd number of hex digits; each byte has two"));
    }
    hex.as_bytes().chunks_exact(2).map(|pair| Ok(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bit_zero_is_the_highest_bit_of_the_first_byte() {
        let block = Blocks::from_hex(12, "8010").unwrap();
        assert_eq!((0..12).filter(|&bit| block.get(0, bit)).collect::<Vec<_>>(), [0, 11]);
        assert_eq!(block.value(0), 0x801);
        assert!(Blocks::from_hex(12, "8011").unwrap_err().to_string().contains("beyond"));
        assert!(Blocks::from_hex(12, "801").is_err());
        assert!(Blocks::from_hex(8, "zz").unwrap_err().to_string().contains("zz"));
        assert!(Blocks::from_hex(8, "é").is_err());
    }

    proptest! {
        #[test]
        fn hex_round_trips_and_rows_join(left in 1usize..200, right in 1usize..200, seed: u64) {
            let mut stream = crate::ciphers::Stream::new(seed, "test");
            let (a, b) = (stream.blocks(left, 3), stream.blocks(right, 3));
            prop_assert_eq!(&Blocks::from_hex(left, &a.hex(0)).unwrap(), &a.slice(0..1));
            let joined = a.beside(&b);
            for row in 0..3 {
                prop_assert!((0..left).all(|bit| joined.get(row, bit) == a.get(row, bit)));
                prop_assert!((0..right).all(|bit| joined.get(row, left + bit) == b.get(row, bit)));
            }
            prop_assert_eq!(a.xor(&a), Blocks::new(left, 3));
        }
    }
}
