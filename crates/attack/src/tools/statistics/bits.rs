//! A packed sequence of bits.

/// A sequence of bits, 64 per word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// The bits of `bytes`, the most significant of each byte first, as in SP 800-22's own program.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let words = bytes
            .chunks(8)
            .map(|chunk| {
                let mut word = [0u8; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                // Bit i of the sequence is bit i of the word, so the order within each byte is reversed.
                u64::from_le_bytes(word.map(u8::reverse_bits))
            })
            .collect();
        Self { words, len: bytes.len() * 8 }
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a bit.
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        if let Some(last) = self.words.last_mut() {
            *last |= u64::from(bit) << (self.len % 64);
        }
        self.len += 1;
    }

    /// Keeps the first `len` bits. No effect if there are fewer.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.words.truncate(len.div_ceil(64));
            if let Some(last) = self.words.last_mut().filter(|_| !len.is_multiple_of(64)) {
                *last &= (1 << (len % 64)) - 1;
            }
            self.len = len;
        }
    }

    /// The bits in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = bool> + ExactSizeIterator + '_ {
        (0..self.len).map(|i| self.get(i))
    }

    /// The bit at `index`; false beyond the end.
    pub(super) fn get(&self, index: usize) -> bool {
        index < self.len && self.words[index / 64] >> (index % 64) & 1 == 1
    }

    /// The `count` (up to 64) bits from `start` on as a number, with the bit at `start` lowest. Bits beyond the end are zero.
    pub(super) fn word(&self, start: usize, count: usize) -> u64 {
        let (at, shift) = (start / 64, start % 64);
        let low = self.words.get(at).copied().unwrap_or(0) >> shift;
        let high = if shift == 0 { 0 } else { self.words.get(at + 1).copied().unwrap_or(0) << (64 - shift) };
        let all = low | high;
        if count < 64 { all & ((1 << count) - 1) } else { all }
    }

    /// Number of ones among the `count` bits from `start` on.
    pub(super) fn ones(&self, start: usize, count: usize) -> u64 {
        (0..count.div_ceil(64))
            .map(|i| u64::from(self.word(start + 64 * i, (count - 64 * i).min(64)).count_ones()))
            .sum()
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut all = Self::default();
        bits.into_iter().for_each(|bit| all.push(bit));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_keeps_the_order() {
        let bits = Bits::from_bytes(&[0b1000_0001, 0b0100_0000, 0, 0, 0, 0, 0, 0, 0b0000_0011]);
        let pushed: Bits = bits.iter().collect();
        assert_eq!(bits, pushed);
        assert!(bits.get(0) && !bits.get(1) && bits.get(7) && bits.get(9) && bits.get(71) && !bits.get(72));
        assert_eq!(bits.word(7, 3), 0b101);
        assert_eq!(bits.ones(0, 72), 5);
        assert_eq!(bits.ones(60, 12), 2);
        let mut short = bits.clone();
        short.truncate(8);
        assert_eq!((short.len(), short.ones(0, 64)), (8, 2));
        assert_eq!(short, bits.iter().take(8).collect());
    }
}
