//! `captures:` targets: ciphertexts alone, of any length, one on each line.
use super::blocks::parse_hex;
use super::cipher::short;
use super::dataset::read_text;
use super::{Blocks, Cipher, CipherError, KeyUse, Role, Stream};
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// How the lines of a file of captures are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Hex, with or without `0x`, colons and spaces.
    Hex,
    /// Base64, in the usual alphabet or in that for addresses, with or without padding.
    Base64,
    /// Numbers from 0 to 255, separated by spaces or commas.
    Decimal,
    /// Characters as they stand.
    Text,
}

impl Encoding {
    /// All encodings, in the order in which they are tried.
    pub const ALL: [Self; 4] = [Self::Hex, Self::Decimal, Self::Base64, Self::Text];

    /// The name for `--encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Decimal => "decimal",
            Self::Text => "text",
        }
    }

    pub(super) fn decode(self, line: &str) -> Result<Vec<u8>, String> {
        match self {
            Self::Hex => {
                let digits = line.trim_start_matches("0x").trim_start_matches("0X");
                parse_hex(&digits.replace([':', ' ', '-'], ""))
            }
            Self::Decimal => {
                let words = line.split([' ', ',', ';', '\t']).filter(|word| !word.is_empty());
                let number =
                    |word: &str| word.parse().map_err(|_| format!("`{}` is no number from 0 to 255", short(word)));
                words.map(number).collect()
            }
            Self::Base64 => base64(line).ok_or_else(|| format!("`{}` is not base64", short(line))),
            Self::Text => Ok(line.into()),
        }
    }

    /// Whether these lines are written so, and not by chance.
    pub(super) fn is_of(self, lines: &[&str]) -> bool {
        let all = || lines.iter().all(|line| self.decode(line).is_ok());
        let any = |is: &dyn Fn(char) -> bool| lines.iter().any(|line| line.contains(is));
        match self {
            // Numbers of one to three digits with separators are decimal.
            Self::Hex => {
                let pairs = |line: &&str| line.split([' ', ':', '-']).all(|word| word.len().is_multiple_of(2));
                all() && lines.iter().all(|line| line.len() > 1) && lines.iter().all(pairs)
            }
            Self::Decimal => all() && lines.iter().all(|line| line.trim().contains([' ', ',', ';', '\t'])),
            // Words are base64 too, but have no digits or end in no padding.
            Self::Base64 => {
                let mixed = any(&|c| c.is_ascii_digit())
                    && any(&|c| c.is_ascii_lowercase())
                    && any(&|c| c.is_ascii_uppercase());
                all() && (mixed || any(&|c| c == '=')) && !any(&|c| c == ' ')
            }
            Self::Text => true,
        }
    }
}

impl std::str::FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|encoding| encoding.name() == text)
            .ok_or_else(|| format!("no encoding `{text}`; there are hex, base64, decimal and text"))
    }
}

/// Ciphertexts without plaintexts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captures {
    /// The different ciphertexts, in the order of the file.
    pub messages: Vec<Vec<u8>>,
    /// How they were written.
    pub encoding: Encoding,
    /// Number of lines that repeat an earlier one.
    pub repeated: usize,
    /// Characters around every ciphertext that were removed: in front and behind.
    pub removed: [usize; 2],
}

/// Maximum number of bytes of a line.
const LONGEST_LINE: usize = 1 << 20;

/// English in ASCII, for chosen messages and controls (Gettysburg address, 1863).
pub(crate) const ENGLISH: &[u8] = b"Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived \
in Liberty, and dedicated to the proposition that all men are created equal. Now we are engaged in a great civil war, testing \
whether that nation, or any nation so conceived and so dedicated, can long endure. We are met on a great battle-field of that \
war. We have come to dedicate a portion of that field, as a final resting place for those who here gave their lives that that \
nation might live. It is altogether fitting and proper that we should do this.";

impl Captures {
    /// Reads a file with one ciphertext on each line. Without an encoding it is recognised. If a heading names a column `ciphertext`,
    /// that column is read. Characters that surround every ciphertext, as in JSON, are removed where what is inside is hex or base64.
    ///
    /// The maximum size of a file is 256 MiB, that of a line 1 MiB.
    ///
    /// # Errors
    /// If the file cannot be read or is not text, has no ciphertexts, or a line is not written in the encoding; the message names the
    /// line. [`CipherError::Stopped`] once `stop` is set.
    pub fn read(path: &Path, encoding: Option<Encoding>, stop: &AtomicBool) -> Result<Self, CipherError> {
        let text = read_text(path, LONGEST_LINE, stop)?;
        Self::parse(&text, encoding).map_err(|message| CipherError::File(format!("{}: {message}", path.display())))
    }

    /// As [`Self::read`], from text.
    ///
    /// # Errors
    /// As those of [`Self::read`] about what is in the file.
    pub fn parse(text: &str, encoding: Option<Encoding>) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines: Vec<(usize, &str)> =
            (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty()).collect();
        let Some(&(_, first)) = lines.first() else { return Err("no ciphertexts; give one on each line".into()) };
        if let Some((separator, column)) = heading(first) {
            lines.remove(0);
            for (number, line) in &mut lines {
                let field = line.split(separator).nth(column).map(str::trim).filter(|field| !field.is_empty());
                *line = field.ok_or_else(|| format!("line {number}: no value in column ciphertext"))?.trim_matches('"');
            }
        }
        if lines.is_empty() {
            return Err("no ciphertexts below the headings; give one on each line".into());
        }
        let plain: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
        let mut removed = [0; 2];
        let mut found = encoding.or_else(|| recognised(&plain));
        if found.is_none() && plain.len() > 1 {
            // What surrounds every ciphertext, such as the braces of JSON.
            let (front, behind) = (common(&plain, false), common(&plain, true));
            let inside = |line: &&'_ str| line.get(front..line.len().saturating_sub(behind)).unwrap_or("").len();
            if plain.iter().all(|line| inside(line) > 1) {
                let inner: Vec<&str> = plain.iter().map(|line| &line[front..line.len() - behind]).collect();
                found = recognised(&inner);
                if found.is_some() {
                    removed = [front, behind];
                    lines.iter_mut().zip(inner).for_each(|((_, line), inner)| *line = inner);
                }
            }
        }
        let encoding = found.unwrap_or(Encoding::Text);
        let (mut messages, mut seen, mut repeated) = (Vec::new(), HashSet::new(), 0);
        for (number, line) in lines {
            let bytes = encoding.decode(line).map_err(|error| format!("line {number}: {}", short(&error)))?;
            if !seen.insert(bytes.clone()) {
                repeated += 1;
            } else if !bytes.is_empty() {
                messages.push(bytes);
            }
        }
        if messages.is_empty() {
            return Err("no ciphertexts; give one on each line".into());
        }
        Ok(Self { messages, encoding, repeated, removed })
    }

    /// Ciphertexts of a program of your own, as bytes.
    pub fn of_bytes(messages: Vec<Vec<u8>>) -> Self {
        Self { messages, encoding: Encoding::Hex, repeated: 0, removed: [0; 2] }
    }

    /// Pieces of English under a cipher, with keys as it is meant to be used.
    pub(crate) fn of_english(cipher: &dyn Cipher, seed: u64) -> Result<Self, CipherError> {
        let pieces: Vec<&[u8]> = ENGLISH.chunks_exact(cipher.block_bits() / 8).collect();
        let mut texts = Blocks::new(cipher.block_bits(), pieces.len());
        pieces.iter().enumerate().for_each(|(row, piece)| texts.set_bytes(row, piece));
        let keys = if cipher.key_use() == KeyUse::OneTime { pieces.len() } else { 1 };
        let keys = cipher.random_keys(&mut Stream::new(seed, "captures"), keys);
        let sent = cipher.encrypt(&keys, &texts, 0)?.bits(1);
        Ok(Self::of_bytes((0..sent.rows()).map(|row| sent.bytes(row)).collect()))
    }

    /// What was understood, in one sentence, and what is known at once.
    pub(crate) fn notices(&self) -> Vec<String> {
        let lengths = || self.messages.iter().map(Vec::len);
        let (least, most) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
        let span = if least == most { format!("{most}") } else { format!("{least} to {most}") };
        let around = match self.removed {
            [0, 0] => String::new(),
            [front, behind] => {
                format!(", without the {front} characters in front and {behind} behind that are always the same")
            }
        };
        let mut notices = vec![format!(
            "Ciphertexts alone: {} of {span} bytes, read as {}{around} (--encoding changes that). Attacks that need plaintexts or the \
             cipher are left out.",
            self.messages.len(),
            self.encoding.name()
        )];
        if self.repeated > 0 {
            notices.push(format!(
                "{} ciphertexts repeat an earlier one: if these are equal messages, encryption is deterministic, and an observer sees which \
                 messages are equal. Each is used once.",
                self.repeated
            ));
        }
        notices
    }
}

/// The first encoding but text that all lines are written in.
fn recognised(lines: &[&str]) -> Option<Encoding> {
    Encoding::ALL.into_iter().find(|encoding| *encoding != Encoding::Text && encoding.is_of(lines))
}

/// The separator of columns and the place of the column of ciphertexts, if the line has headings with it.
fn heading(line: &str) -> Option<(char, usize)> {
    let separator = line.chars().find(|c| [',', ';', '\t'].contains(c)).unwrap_or(',');
    let is_it = |field: &str, name: &&str| field.trim().trim_matches('"').eq_ignore_ascii_case(name);
    let name = |field: &str| Role::Ciphertext.headings().iter().any(|name| is_it(field, name));
    line.split(separator).position(name).map(|column| (separator, column))
}

/// Number of bytes at the beginning or end that are the same in all lines, at a boundary of characters.
fn common(lines: &[&str], end: bool) -> usize {
    let Some((first, others)) = lines.split_first() else { return 0 };
    let same = |other: &&str| {
        let (a, b) = (first.bytes(), other.bytes());
        if end {
            a.rev().zip(b.rev()).take_while(|(a, b)| a == b).count()
        } else {
            a.zip(b).take_while(|(a, b)| a == b).count()
        }
    };
    let least = others.iter().map(same).min().unwrap_or(0);
    let whole = |&count: &usize| first.is_char_boundary(if end { first.len() - count } else { count });
    (0..=least).rev().find(whole).unwrap_or(0)
}

/// The bytes of base64 in either alphabet; `None` if it is none.
fn base64(line: &str) -> Option<Vec<u8>> {
    let digits = line.trim_end_matches('=');
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let values: Vec<u8> = digits.bytes().map(value).collect::<Option<_>>()?;
    let padding = line.len() - digits.len();
    if values.len() % 4 == 1 || padding > 0 && !line.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(values.len() * 3 / 4);
    for four in values.chunks(4) {
        let word = four.iter().fold(0u32, |word, value| word << 6 | u32::from(*value)) << (6 * (4 - four.len()));
        out.extend(&word.to_be_bytes()[1..four.len()]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Captures {
        Captures::parse(text, None).unwrap()
    }

    #[test]
    fn encodings_are_recognised() {
        let bytes = vec![vec![0xde, 0xad, 0xbe, 0xef], vec![1, 200, 3]];
        for (text, encoding) in [
            ("deadbeef\n01c803\n", Encoding::Hex),
            ("\u{feff}0xDEADBEEF\r\n\r\n0x01C803", Encoding::Hex),
            ("de:ad:be:ef\n01 c8 03", Encoding::Hex),
            ("222 173 190 239\n1,200,3", Encoding::Decimal),
            ("3q2+7w==\nAcgD", Encoding::Base64),
            ("3q2-7w\nAcgD", Encoding::Base64),
            ("time;Ciphertext;note\n1;deadbeef;a\n2;01c803;b", Encoding::Hex),
            ("{\"id\":1,\"ct\":\"deadbeef\"}\n{\"id\":1,\"ct\":\"01c803\"}", Encoding::Hex),
        ] {
            let read = parse(text);
            assert_eq!((read.encoding, &read.messages), (encoding, &bytes), "{text}");
        }
        assert_eq!(parse("Wkh txlfn eurzq ira\n").encoding, Encoding::Text);
        assert_eq!(parse("ATTACKATDAWN\n").encoding, Encoding::Text);
        assert_eq!(Captures::parse("12 34\n", Some(Encoding::Text)).unwrap().messages, [b"12 34"]);
        let twice = parse("aabb\nccdd\naabb\n");
        assert_eq!((twice.messages.len(), twice.repeated), (2, 1));
        assert!(twice.notices()[0].contains("2 of 2 bytes, read as hex"));
    }

    #[test]
    fn errors_name_the_line() {
        let error = |text, encoding| Captures::parse(text, encoding).unwrap_err();
        assert!(error("aabb\n\nzz", Some(Encoding::Hex)).starts_with("line 3: `zz` is not hex"));
        assert!(error("1 2\n3 256", Some(Encoding::Decimal)).contains("line 2: `256` is no number"));
        assert!(error("", None).contains("no ciphertexts"));
        assert!(error("id,ciphertext\n", None).contains("no ciphertexts below"));
        assert!(error("id,ciphertext\n1,aa\n2\n", None).starts_with("line 3: no value"));
        assert!("rot13".parse::<Encoding>().unwrap_err().contains("base64"));
    }

    #[test]
    fn malformed_captures_never_panic() {
        // `CAPTURES_FUZZ=1000000` runs as many as were run before the release.
        let rounds = std::env::var("CAPTURES_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(5_000);
        let pieces = [
            "deadbeef",
            "0x",
            "=",
            "\n",
            "\r\n",
            " ",
            ",",
            "ciphertext",
            "\"",
            "{",
            "é",
            "\u{feff}",
            "255",
            "256",
            ":",
            "3q2+7w==",
            "\u{0}",
            "\t;",
            "A",
            "-",
        ];
        let mut stream = Stream::new(1, "malformed captures");
        for _ in 0..rounds {
            let length = stream.below(12);
            let text: String = (0..length).map(|_| pieces[stream.below(pieces.len() as u64) as usize]).collect();
            for encoding in Encoding::ALL.map(Some).into_iter().chain([None]) {
                if let Ok(read) = Captures::parse(&text, encoding) {
                    assert!(read.messages.iter().map(Vec::len).sum::<usize>() <= text.len(), "{text:?}");
                }
            }
        }
    }
}
