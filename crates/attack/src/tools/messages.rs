//! Structured messages for chosen-plaintext attacks.
use crate::ciphers::{Blocks, ENGLISH, Stream};

/// A kind of messages, one per row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Messages {
    /// All bits 0, then counting up: 0, 1, 2, ...
    Counter,
    /// All bits 1, then counting down.
    CounterDown,
    /// One message, then the same message with single bits flipped, from the first bit on.
    SingleBits,
    /// One byte repeated throughout the message, a different one for each message.
    Repetition,
    /// Consecutive pieces of English text.
    English,
    /// Uniform random bits, distinct from each other.
    Random,
}

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

    /// `count` messages of `bits` bits, all different as far as their length permits: equal ciphertexts of equal messages are
    /// no weakness of a block cipher.
    pub(crate) fn make(self, bits: usize, count: usize, stream: &mut Stream) -> Blocks {
        let mut out = Blocks::new(bits, 0);
        let start = stream.below(ENGLISH.len() as u64) as usize;
        let mut number = 0;
        while out.rows() < count {
            let message = self.message(number, bits, start, stream);
            number += 1;
            let seen = (0..out.rows()).any(|row| out.row(row) == message.row(0));
            if !seen || number > 64 {
                out.extend(&message);
            }
        }
        out
    }

    /// Message number `number`. Text is taken from position `start`.
    fn message(self, number: usize, bits: usize, start: usize, stream: &mut Stream) -> Blocks {
        let mut out = Blocks::new(bits, 1);
        let bytes = bits.div_ceil(8);
        match self {
            Self::Counter | Self::CounterDown => {
                for bit in 0..bits.min(32) {
                    out.set(0, bits - 1 - bit, number >> bit & 1 == 1);
                }
                if self == Self::CounterDown {
                    (0..bits).for_each(|bit| out.flip(0, bit));
                }
            }
            Self::SingleBits if number == 0 => {}
            Self::SingleBits => out.flip(0, (number - 1) % bits),
            Self::Repetition => out.set_bytes(0, &vec![b'a' + (number % 26) as u8; bytes]),
            Self::English => {
                let text = ENGLISH.iter().cycle().skip(start + number * bytes);
                out.set_bytes(0, &text.take(bytes).copied().collect::<Vec<u8>>());
            }
            Self::Random => return stream.blocks(bits, 1),
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
        assert!(hex(Messages::English, 512).iter().all(|text| text.len() == 128));
    }
}
