//! Structured messages that an attacker may choose.
use crate::ciphers::{Blocks, Stream};

/// A kind of messages; each makes a few of them, one a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Messages {
    /// All bits 0, then counting up: 0, 1, 2, ...
    Counter,
    /// All bits 1, then counting down.
    CounterDown,
    /// One message, then the same with single bits flipped, the first bits first.
    SingleBits,
    /// One byte repeated throughout the message, another for each message.
    Repetition,
    /// Consecutive pieces of English text.
    English,
    /// Uniform random bits, distinct from each other.
    Random,
}

/// English in ASCII (Gettysburg address, 1863).
const ENGLISH: &[u8] = b"Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived \
in Liberty, and dedicated to the proposition that all men are created equal. Now we are engaged in a great civil war, testing \
whether that nation, or any nation so conceived and so dedicated, can long endure. We are met on a great battle-field of that \
war. We have come to dedicate a portion of that field, as a final resting place for those who here gave their lives that that \
nation might live. It is altogether fitting and proper that we should do this.";

impl Messages {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Counter => "a counter from zero",
            Self::CounterDown => "a counter down from all ones",
            Self::SingleBits => "single-bit differences",
            Self::Repetition => "repeated bytes",
            Self::English => "English text",
            Self::Random => "random messages",
        }
    }

    /// `count` messages of `bits` bits.
    pub(crate) fn make(self, bits: usize, count: usize, stream: &mut Stream) -> Blocks {
        let mut out = Blocks::new(bits, count);
        let bytes = bits.div_ceil(8);
        let number = |value: u64| {
            let mut all = vec![0; bytes.max(8)];
            let end = all.len();
            // The number stands at the end of the message; a last byte that is not full has its bits at its top.
            all[end - 8..].copy_from_slice(&(value << (8 * bytes - bits)).to_be_bytes());
            all[end - bytes..].to_vec()
        };
        let start = stream.below(ENGLISH.len() as u64) as usize;
        for row in 0..count {
            let message: Vec<u8> = match self {
                Self::Counter => number(row as u64),
                Self::CounterDown => number(row as u64).into_iter().map(|byte| !byte).collect(),
                Self::SingleBits => vec![0; bytes],
                Self::Repetition => vec![b'a' + (row % 26) as u8; bytes],
                Self::English => ENGLISH
                    .iter()
                    .cycle()
                    .skip(start + row * bytes)
                    .take(bytes)
                    .copied()
                    .collect(),
                Self::Random => {
                    let random = stream.blocks(bits, 1);
                    out.row_mut(row).copy_from_slice(random.row(0));
                    continue;
                }
            };
            out.set_bytes(row, &message);
            if self == Self::SingleBits && row > 0 {
                out.flip(row, (row - 1) % bits);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_what_they_say() {
        let mut stream = Stream::new(1, "messages");
        let mut hex = |kind: Messages, bits| {
            let blocks = kind.make(bits, 3, &mut stream);
            (0..3).map(|row| blocks.hex(row)).collect::<Vec<_>>()
        };
        assert_eq!(hex(Messages::Counter, 16), ["0000", "0001", "0002"]);
        assert_eq!(hex(Messages::Counter, 12), ["0000", "0010", "0020"]);
        assert_eq!(hex(Messages::CounterDown, 12), ["fff0", "ffe0", "ffd0"]);
        assert_eq!(hex(Messages::SingleBits, 72)[2], "400000000000000000");
        assert_eq!(hex(Messages::Repetition, 16), ["6161", "6262", "6363"]);
        assert_eq!(hex(Messages::Counter, 72)[1], "000000000000000001");
        assert!(
            hex(Messages::English, 512)
                .iter()
                .all(|text| text.len() == 128)
        );
    }
}
