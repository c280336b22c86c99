//! Tables of recorded messages, as people have them: any headings, separators, encodings and lengths.
use super::captures::Encoding;
use super::cipher::{printable, short};
use super::dataset::{Dataset, LONGEST_LINE, read_text};
use super::{Blocks, CipherError};
use csv::{ReaderBuilder, StringRecord, Trim};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::AtomicBool;

/// What a column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The key of each message.
    Key,
    /// The message.
    Plaintext,
    /// What was sent.
    Ciphertext,
    /// An initial value or a nonce. It is taken for the beginning of the ciphertext.
    Iv,
}

impl Role {
    const ALL: [Self; 4] = [Self::Key, Self::Plaintext, Self::Ciphertext, Self::Iv];

    /// The headings that say so, the name for `--columns` first.
    pub(super) fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Key => &["key", "secret"],
            Self::Plaintext => &["plaintext", "plain", "message", "msg", "text", "cleartext", "pt"],
            Self::Ciphertext => &["ciphertext", "cipher", "encrypted", "ct"],
            Self::Iv => &["iv", "nonce"],
        }
    }

    fn name(self) -> &'static str {
        self.headings()[0]
    }
}

/// The heading of one column, as `--columns` names it: `plaintext=NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// What the column holds.
    pub role: Role,
    /// Its heading in the file.
    pub name: String,
}

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}={}", self.role.name(), self.name)
    }
}

impl FromStr for Heading {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not key=, plaintext=, ciphertext= or iv= with a heading of the file");
        let (role, name) = text.split_once('=').ok_or_else(wrong)?;
        let role = Role::ALL.into_iter().find(|it| it.name() == role.trim()).ok_or_else(wrong)?;
        Ok(Self { role, name: name.trim().into() })
    }
}

/// The places of the columns in a row, by role.
type Places = [Option<usize>; 4];

/// The places that a line of headings gives. `named` overrides the usual headings.
fn places(fields: &[&str], named: &[Heading]) -> Result<Places, String> {
    let mut places = [None; 4];
    for (place, role) in places.iter_mut().zip(Role::ALL) {
        let asked: Vec<&Heading> = named.iter().filter(|heading| heading.role == role).collect();
        let is_it = |field: &&str| match asked.first() {
            Some(heading) => field.eq_ignore_ascii_case(&heading.name),
            None => role.headings().iter().any(|name| field.eq_ignore_ascii_case(name)),
        };
        let found: Vec<usize> = (0..fields.len()).filter(|&at| is_it(&fields[at])).collect();
        match (&found[..], asked.first()) {
            ([], Some(heading)) => {
                return Err(format!("no column `{}` in `{}`", short(&heading.name), short(&fields.join(","))));
            }
            ([_, _, ..], _) => {
                let line = short(&fields.join(","));
                return Err(format!("`{line}` has two columns {}; name one with --columns", role.name()));
            }
            (found, _) => *place = found.first().copied(),
        }
    }
    Ok(places)
}

/// The separator of columns: the first comma, semicolon or tab of the text, else a comma.
fn separator(text: &str) -> u8 {
    text.bytes().find(|byte| matches!(byte, b',' | b';' | b'\t')).unwrap_or(b',')
}

/// Replaces spaces by tabs, if spaces alone separate the columns.
fn spaces_to_tabs(text: &str) -> Cow<'_, str> {
    let is_spaced = |line: &str| line.split_whitespace().nth(1).is_some();
    if text.contains([',', ';', '\t']) || !text.lines().any(is_spaced) {
        return text.into();
    }
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join("\t");
    text.lines().map(line).collect::<Vec<_>>().join("\n").into()
}

/// The values of one column as they stand in the file, each with the number of its line.
type Values = Vec<(usize, String)>;

/// A table by columns.
struct Table {
    columns: [Option<Values>; 4],
    has_headings: bool,
}

impl Table {
    fn read(text: &str, named: &[Heading]) -> Result<Self, String> {
        let text = &spaces_to_tabs(text.trim_start_matches('\u{feff}'));
        let mut rows = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(separator(text))
            .from_reader(text.as_bytes());
        let mut columns: [Option<Values>; 4] = [None, None, None, None];
        let (mut headed, mut from_headings, mut width) = (false, [None; 4], 0);
        let mut record = StringRecord::new();
        let mut lines = LineNumbers { text, byte: 0, line: 1 };
        while rows.read_record(&mut record).map_err(|error| error.to_string())? {
            let line = lines.of(&record);
            let at = |message: String| format!("line {line}: {message}");
            // A quote after a space is part of the value according to CSV.
            let fields: Vec<&str> = record.iter().map(|field| field.trim_matches('"')).collect();
            if fields == [""] {
                continue;
            }
            let is_first = width == 0;
            if is_first && (!named.is_empty() || fields.iter().all(|field| Encoding::Hex.decode(field).is_err())) {
                from_headings = places(&fields, named).map_err(at)?;
                if from_headings[1].is_none() || from_headings[2].is_none() {
                    let line = short(&fields.join(","));
                    let message = format!(
                        "headings are plaintext, ciphertext and perhaps key and iv, not `{line}`; --columns plaintext=NAME,\
                         ciphertext=NAME says which is which"
                    );
                    return Err(at(message));
                }
                (headed, width) = (true, fields.len());
                continue;
            }
            let shown = || short(&fields.join(","));
            if is_first {
                width = fields.len();
            }
            let places = match (headed, fields.len()) {
                (_, here) if here != width => {
                    let first = if headed { "the headings name" } else { "the first row has" };
                    return Err(at(format!("`{}` has {here} columns where {first} {width}", shown())));
                }
                (true, _) => from_headings,
                (false, 2) => [None, Some(0), Some(1), None],
                (false, 3) => [Some(0), Some(1), Some(2), None],
                (false, count) => {
                    return Err(at(format!(
                        "`{}` has {count} columns; give key,plaintext,ciphertext or plaintext,ciphertext",
                        shown()
                    )));
                }
            };
            for (column, place) in columns.iter_mut().zip(places) {
                let Some(place) = place else { continue };
                if fields[place].is_empty() {
                    return Err(at("a value is missing".into()));
                }
                column.get_or_insert_default().push((line, fields[place].to_owned()));
            }
        }
        if columns[1].is_none() {
            return Err("no rows; give key,plaintext,ciphertext or plaintext,ciphertext".into());
        }
        Ok(Self { columns, has_headings: headed })
    }
}

/// Numbers of lines, counted on from record to record.
struct LineNumbers<'a> {
    text: &'a str,
    byte: usize,
    line: usize,
}

impl LineNumbers<'_> {
    /// The number of the line on which a record begins. The reader's position is that at which it began to look for the record,
    /// which may be before empty lines.
    fn of(&mut self, record: &StringRecord) -> usize {
        let bytes = self.text.as_bytes();
        let from = record.position().map_or(0, |position| position.byte() as usize).min(bytes.len());
        let empty = bytes[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.line += bytes[self.byte..from + empty].iter().filter(|&&byte| byte == b'\n').count();
        self.byte = from + empty;
        self.line
    }
}

/// Recorded messages, and what was understood of their file.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The messages.
    pub data: Dataset,
    /// What was understood, in sentences; nothing if all is plain hex of one length.
    pub notices: Vec<String>,
}

impl Recording {
    /// Reads a file, which may be a pipe: rows of `key,plaintext,ciphertext` or `plaintext,ciphertext`, or with a line of headings any
    /// columns in any order, among them perhaps `iv`. `named` gives headings for columns that are not called as usual; further columns
    /// are ignored. The maximum size of a file is 256 MiB, that of a line 16 KiB. Setting `stop` from another thread ends the wait.
    ///
    /// Commas, semicolons, tabs or spaces separate columns. Values are hex, with or without `0x` and colons, base64, decimal bytes, or,
    /// for plaintexts below a heading, text. If messages have different lengths, their beginnings are used.
    ///
    /// # Errors
    /// If the file cannot be read, is too large or not text, or if a line is not such a row; the message names the line.
    /// [`CipherError::Stopped`] once `stop` is set.
    pub fn read(path: &Path, named: &[Heading], stop: &AtomicBool) -> Result<Self, CipherError> {
        let text = read_text(path, LONGEST_LINE, stop)?;
        let data = Self::parse(&text, named);
        data.map_err(|message| CipherError::File(format!("{}: {}", path.display(), printable(&message))))
    }

    /// As [`Self::read`], from text.
    ///
    /// # Errors
    /// As those of [`Self::read`] about what is in the file.
    pub fn parse(text: &str, named: &[Heading]) -> Result<Self, String> {
        let table = Table::read(text, named)?;
        let mut understood = Vec::new();
        let mut columns: [Option<Vec<Vec<u8>>>; 4] = [None, None, None, None];
        for ((column, values), role) in columns.iter_mut().zip(table.columns).zip(Role::ALL) {
            let Some(values) = values else { continue };
            let encoding = encoding(&values, role == Role::Plaintext && table.has_headings);
            if encoding != Encoding::Hex {
                understood.push(format!("{}s are read as {}", role.name(), encoding.name()));
            }
            let decoded = values.iter().map(|(line, value)| match encoding.decode(value) {
                Ok(bytes) if bytes.is_empty() => Err(format!("line {line}: a value is missing")),
                decoded => decoded.map_err(|error| format!("line {line}: {}", short(&error))),
            });
            *column = Some(decoded.collect::<Result<_, _>>()?);
        }
        let [keys, plaintexts, ciphertexts, ivs] = columns;
        let (mut plaintexts, mut ciphertexts) = (plaintexts.unwrap_or_default(), ciphertexts.unwrap_or_default());
        if let Some(ivs) = &ivs {
            understood.push("the column iv is the beginning of the ciphertext".into());
            ciphertexts.iter_mut().zip(ivs).for_each(|(ciphertext, iv)| {
                ciphertext.splice(0..0, iv.iter().copied());
            });
        }
        let all = plaintexts.len();
        let kept = cut(&mut plaintexts, &mut ciphertexts, &mut understood);
        let of = |values: &[Vec<u8>]| -> Blocks {
            let mut blocks = Blocks::new(8 * values[kept[0]].len(), kept.len());
            kept.iter().enumerate().for_each(|(row, &at)| blocks.set_bytes(row, &values[at]));
            blocks
        };
        if let Some(keys) = &keys
            && let Some(odd) = keys.iter().position(|key| key.len() != keys[0].len())
        {
            let (here, first) = (8 * keys[odd].len(), 8 * keys[0].len());
            return Err(format!("row {} has a key of {here} bits where the first has {first}", odd + 1));
        }
        let data =
            Dataset { keys: keys.as_deref().map(of), plaintexts: of(&plaintexts), ciphertexts: of(&ciphertexts) };
        let notices = match understood.len() {
            0 => Vec::new(),
            _ => vec![format!("Recorded messages, {all} rows: {} (--columns names columns).", understood.join("; "))],
        };
        Ok(Self { data, notices })
    }
}

/// Part of the values of a column that are hex if it is a column of hex with errors, and not text.
const HEX: f64 = 0.9;

/// How the values of a column are written.
fn encoding(values: &Values, may_be_text: bool) -> Encoding {
    let lines: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
    let hex = lines.iter().filter(|line| Encoding::Hex.is_of(&[**line])).count();
    if hex as f64 >= HEX * lines.len() as f64 {
        return Encoding::Hex;
    }
    let others = [Encoding::Decimal, Encoding::Base64];
    let text = if may_be_text { Encoding::Text } else { Encoding::Hex };
    others.into_iter().find(|encoding| encoding.is_of(&lines)).unwrap_or(text)
}

/// Makes all messages equally long, and all ciphertexts: of the possible lengths, that which keeps many bytes, and above all many rows.
/// Returns the rows that are long enough.
fn cut(plaintexts: &mut [Vec<u8>], ciphertexts: &mut [Vec<u8>], understood: &mut Vec<String>) -> Vec<usize> {
    let lengths = |values: &[Vec<u8>]| values.iter().map(Vec::len).collect::<BTreeSet<usize>>();
    let (of_plaintexts, of_ciphertexts) = (lengths(plaintexts), lengths(ciphertexts));
    if of_plaintexts.len() == 1 && of_ciphertexts.len() == 1 {
        return (0..plaintexts.len()).collect();
    }
    let long_enough = |length: usize| plaintexts.iter().filter(|text| text.len() >= length).count();
    let length =
        of_plaintexts.iter().copied().max_by_key(|&length| (length * long_enough(length).pow(2), length)).unwrap_or(0);
    let kept: Vec<usize> = (0..plaintexts.len()).filter(|&row| plaintexts[row].len() >= length).collect();
    let sent = kept.iter().map(|&row| ciphertexts[row].len()).min().unwrap_or(0);
    plaintexts.iter_mut().for_each(|text| text.truncate(length));
    ciphertexts.iter_mut().for_each(|text| text.truncate(sent));
    understood.push(format!(
        "messages have different lengths, and the first {length} bytes of each are used, with the first {sent} of its ciphertext"
    ));
    if kept.len() < plaintexts.len() {
        understood.push(format!("{} shorter ones are left out", plaintexts.len() - kept.len()));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Dataset, String> {
        Dataset::parse(text)
    }

    #[test]
    fn reads_two_and_three_columns_with_and_without_headings() {
        let three = parse("key,plaintext,ciphertext\n01,0203,0405\r\nff, 0001 ,\"beef\"\n\n").unwrap();
        assert_eq!(
            (three.rows(), three.keys.as_ref().unwrap().bits(), three.ciphertexts.hex(1).as_str()),
            (2, 8, "beef")
        );
        assert!(!three.one_key());
        let turned = parse("Ciphertext,plaintext,KEY\n0405,0203,01\nbeef,0001,ff").unwrap();
        assert_eq!(turned, three);
        let quoted = "\u{feff}\"Ciphertext\" , \"plaintext\",KEY\n\n\"0405\",0203,01\r\n \nbeef, \"0001\", ff";
        assert_eq!(parse(quoted).unwrap(), three);
        let two = parse("00,11\n22,33").unwrap();
        assert!(two.keys.is_none() && two.one_key());
        assert_eq!(two.plaintexts.value(1), 0x22);
    }

    #[test]
    fn other_separators_and_hex_are_understood() {
        let plain = parse("0001,beef\n0203,dead").unwrap();
        for text in [
            "0001;beef\n0203;dead\n",
            "0001\tbeef\n0203\tdead",
            "0001  beef\n\n 0203 dead\n",
            "0x0001, 0xBEEF\n0X0203, 0xdead",
            "00:01,be:ef\n02:03,de:ad",
            "time;ciphertext;plaintext;note\n12:00;beef;0001;first\n12:01;dead;0203;",
        ] {
            assert_eq!(parse(text).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        let message = |text: &str| parse(text).unwrap_err();
        assert!(message("plaintext,ciphertext\n00,11\n00,1x\n").starts_with("line 3: `1x` is not hex"));
        assert!(message("p,c\n00,11\n").starts_with("line 1: headings are plaintext, ciphertext"));
        assert!(message("key,ciphertext\n00,11\n").starts_with("line 1: headings are plaintext, ciphertext"));
        assert!(message("key,plaintext,ciphertext,Key\n00,11,22,33\n").contains("two columns key"));
        assert!(message("plaintext,ciphertext,note\n00,11\n").contains("has 2 columns where the headings name 3"));
        assert!(message("key,plaintext,ciphertext\n00,11\n").contains("the headings name 3"));
        assert!(message("00,11\n00\n").starts_with("line 2: `00` has 1 columns"));
        assert!(message("00,11,22\n0000,11,22\n").contains("a key of 16 bits where the first has 8"));
        assert!(message("00,11\n00,\n").starts_with("line 2: a value is missing"));
        assert!(message("00,11,22,33\n").contains("4 columns"));
        assert!(message("plaintext,ciphertext\n").contains("no rows"));
        assert!(message("").contains("no rows"));
        // Empty lines and both line endings count as in an editor.
        assert!(message("\u{feff}00,11\r\n\r\n  \r\n00,1x\r\n").starts_with("line 4: `1x` is not hex"));
        assert!(message("\n\n00,11\n\n\n00,zz\n").starts_with("line 6: `zz` is not hex"));
        let unclosed = message(&format!("00,11\n00,\"{}", "22\n".repeat(10_000)));
        assert!(unclosed.starts_with("line 2: ") && unclosed.len() < 300, "{unclosed}");
        let read = |file: &Path| Recording::read(file, &[], &AtomicBool::new(false));
        assert!(read(Path::new("/no/such/file")).unwrap_err().to_string().contains("/no/such/file"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.csv");
        let of = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            read(&file).unwrap_err().to_string()
        };
        assert!(of(b"00,11\n\xff\xfe,00\n").ends_with("line 2 is not text"));
        assert!(of(&[b"00,11\n", &[b'0'; 1 << 15][..]].concat()).ends_with("line 2 is longer than 16384 bytes"));
    }

    #[test]
    fn encodings_headings_and_lengths_are_understood() {
        let read = |text: &str, named: &str| {
            let named: Vec<Heading> = named.split_terminator(',').map(|one| one.parse().unwrap()).collect();
            Recording::parse(text, &named).unwrap()
        };
        let plain = read("plaintext,ciphertext\n6178,deadbeef\n6379,01c80300", "");
        assert!(plain.notices.is_empty());
        for (text, named) in [
            ("id,Message,ct\n1,ax,3q2+7w==\n2,cy,AcgDAA==\n", ""),
            ("when;was;is\n1;6178;deadbeef\n2;6379;01c80300\n", "plaintext=was,ciphertext=is"),
            ("pt,iv,ct\n6178,dead,beef\n6379,01c8,0300\n", ""),
            ("text\tencrypted\nax\t222 173 190 239\ncy\t1 200 3 0\n", ""),
        ] {
            assert_eq!(read(text, named).data, plain.data, "{text}");
        }
        let notice = read("msg,iv,ct\nax,dead,beef\ncy,01c8,0300\n", "").notices.remove(0);
        assert!(notice.contains("plaintexts are read as text; the column iv is the beginning"), "{notice}");

        let uneven = read("plaintext,ciphertext\nhello,aabbccddee\nhello world,00112233445566778899aa\nhi,0011\n", "");
        assert_eq!(uneven.data.rows(), 2);
        assert_eq!((uneven.data.plaintexts.bytes(1), uneven.data.ciphertexts.bits()), (b"hello".to_vec(), 40));
        assert!(uneven.notices[0].contains("the first 5 bytes") && uneven.notices[0].contains("1 shorter"));
    }

    #[test]
    fn wrong_names_and_damaged_values_are_errors() {
        let error = |text: &str, named: &[Heading]| Recording::parse(text, named).unwrap_err();
        let named = |text: &str| vec![text.parse::<Heading>().unwrap()];
        let missing = error("a,plaintext,ciphertext\n00,11,22\n", &named("plaintext=b"));
        assert!(missing.starts_with("line 1: no column `b`"), "{missing}");
        assert!("message=b".parse::<Heading>().unwrap_err().contains("plaintext="));
        // One damaged value does not make a column text.
        let rows: String = (0..20).map(|row| format!("{row:02x}{row:02x},1122\n")).collect();
        let damaged = error(&format!("plaintext,ciphertext\n{rows}zz,1122\n"), &[]);
        assert!(damaged.starts_with("line 22: `zz` is not hex"), "{damaged}");
        assert!(error("msg,ct\nab,0x\n", &[]).starts_with("line 2: a value is missing"));
    }

    #[test]
    fn malformed_tables_never_panic() {
        // `CAPTURES_FUZZ=1000000` runs as many as were run before the release.
        let rounds = std::env::var("CAPTURES_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(5_000);
        let pieces = [
            "plaintext",
            "ciphertext",
            "iv",
            "key",
            ",",
            ",",
            "\n",
            "\n",
            "00ff",
            "0x",
            "\"",
            " ",
            ";",
            "\t",
            "=",
            "é",
            "3q2+7w==",
            "255 0",
        ];
        let mut stream = crate::ciphers::Stream::new(1, "malformed tables");
        for _ in 0..rounds {
            let length = stream.below(16);
            let text: String = (0..length).map(|_| pieces[stream.below(pieces.len() as u64) as usize]).collect();
            for text in [text.clone(), format!("plaintext,ciphertext\n{text}")] {
                if let Ok(read) = Recording::parse(&text, &[]) {
                    assert!(
                        read.data.rows() <= text.len() && read.data.ciphertexts.bits() <= 8 * text.len(),
                        "{text:?}"
                    );
                }
            }
        }
    }
}
