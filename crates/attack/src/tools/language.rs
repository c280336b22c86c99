//! How likely a text is as English, from counted trigrams.
//!
//! `tools/count_trigrams.py` counted the tables from two books in the public domain, and describes them.

static TABLES: &[u8; CLASSES * CLASSES * CLASSES + LETTERS * LETTERS * LETTERS] = include_bytes!("english.bin");

/// Classes of bytes: 26 letters of either case, space, full stop, comma, digits, other printable bytes, unprintable ones.
const CLASSES: usize = 32;
/// Number of letters.
pub(crate) const LETTERS: usize = 26;
/// The class of a space.
pub(crate) const SPACE: usize = 26;
const UNPRINTABLE: usize = 31;

/// Bits per character up to which a text of bytes is read as English: English has 3 to 4.2, and the most English of 256 readings of
/// random bytes about 9.
pub(crate) const BYTES_LIMIT: f64 = 5.0;

/// The class of a byte, and the bits that say which byte of its class it is.
fn class(byte: u8) -> (usize, u32) {
    match byte {
        b'a'..=b'z' => (usize::from(byte - b'a'), 1),
        b'A'..=b'Z' => (usize::from(byte - b'A'), 30),
        b' ' => (SPACE, 0),
        b'.' => (27, 0),
        b',' => (28, 0),
        b'0'..=b'9' => (29, 27),
        b'\n' | b'\r' | b'\t' => (SPACE, 40),
        0x21..=0x7e => (30, 39),
        _ => (UNPRINTABLE, 58),
    }
}

/// What is taken to stand before a text.
pub(crate) const START: [u8; 2] = *b". ";

/// Eighths of a bit that a byte costs after two others. A capital after a capital or at the beginning of a sentence is no surprise.
pub(crate) fn byte_cost(before: [u8; 2], byte: u8) -> u32 {
    let ((a, _), (b, _), (c, mut within)) = (class(before[0]), class(before[1]), class(byte));
    if byte.is_ascii_alphabetic() && before == START {
        within = if byte.is_ascii_uppercase() { 2 } else { 20 };
    } else if byte.is_ascii_uppercase() && before[1].is_ascii_uppercase() {
        within = 8;
    }
    class_cost(a, b, c) + within
}

/// Eighths of a bit that a class costs after two others; letters are 0 to 25.
pub(crate) fn class_cost(a: usize, b: usize, c: usize) -> u32 {
    u32::from(TABLES[(a * CLASSES + b) * CLASSES + c])
}

/// Eighths of a bit that a letter costs after two others, in a text of letters alone.
pub(crate) fn letter_cost(a: usize, b: usize, c: usize) -> u32 {
    u32::from(TABLES[CLASSES * CLASSES * CLASSES + (a * LETTERS + b) * LETTERS + c])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Stream;

    #[test]
    fn english_is_told_from_other_texts() {
        let bits_of = |text: &[u8]| {
            let cost = |at: usize| byte_cost([1, 2].map(|back: usize| text[at + back - 3]), text[at]);
            f64::from((2..text.len()).map(cost).sum::<u32>()) / 8.0 / text.len() as f64
        };
        let bits = |text: &str| bits_of(text.as_bytes());
        let english = "The committee will meet again on Thursday at half past nine, and the minutes of the last meeting are attached.";
        assert!(bits(english) < 3.5, "{}", bits(english));
        assert!(bits(&english.to_uppercase()) < 4.5, "{}", bits(&english.to_uppercase()));
        assert!(bits("transfer of 1,250.00 to account 48213 on 2024-03-17 was accepted") < BYTES_LIMIT);
        // The most English of all readings of random bytes under one byte of key.
        let bytes = Stream::new(1, "random").blocks(800, 1).bytes(0);
        let readings = (0..=255u8).map(|key| bits_of(&bytes.iter().map(|byte| byte ^ key).collect::<Vec<u8>>()));
        let least = readings.fold(f64::INFINITY, f64::min);
        assert!(least > 8.0, "{least}");
        let letters = |text: &str| {
            let text: Vec<usize> = text.bytes().map(|byte| usize::from(byte - b'a')).collect();
            text.windows(3).map(|three| letter_cost(three[0], three[1], three[2])).sum::<u32>() / text.len() as u32
        };
        assert!(letters("themeetingisonthursdayathalfpastnine") + 16 < letters("uifnffujohjtpouivstebzbuibmgqbtuojof"));
    }
}
