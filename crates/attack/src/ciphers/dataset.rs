//! `csv:` targets: recorded rows of key, plaintext and ciphertext, or of plaintext and ciphertext.
use super::blocks::parse_hex;
use super::cipher::{LOOK, printable, short};
use super::{Blocks, CipherError};
use csv::{ReaderBuilder, StringRecord, Trim};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// Recorded messages. Without keys, all rows must be under one unknown key.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The key of each row, if the file contains keys.
    pub keys: Option<Blocks>,
    /// The plaintext of each row.
    pub plaintexts: Blocks,
    /// The ciphertext of each row.
    pub ciphertexts: Blocks,
}

/// Maximum size in bytes of a file and of one line. Longer input is something else, or has no end.
const LARGEST: usize = 256 << 20;
const LONGEST_LINE: usize = 16 << 10;

impl Dataset {
    /// Reads a file with rows of `key,plaintext,ciphertext` or `plaintext,ciphertext` in hex. With a header line of these
    /// names, the columns may have any order. All values of a column have the length of the first. The maximum size of a file
    /// is 256 MiB, that of a line 16 KiB.
    ///
    /// Semicolons, tabs and spaces separate columns too. Hex may begin with `0x` or have colons between bytes. Further columns
    /// are ignored if the header line names them.
    ///
    /// The file may be a pipe. Setting `stop` from another thread ends the wait for it.
    ///
    /// # Errors
    /// If the file cannot be read, is too large or not text, or if a line is not such a row; the message names the line.
    /// [`CipherError::Stopped`] once `stop` is set.
    pub fn read(path: &Path, stop: &AtomicBool) -> Result<Self, CipherError> {
        let text = read_text(path, LONGEST_LINE, stop)?;
        let data = Self::parse(&text);
        data.map_err(|message| CipherError::File(format!("{}: {}", path.display(), printable(&message))))
    }

    /// As [`Self::read`], from text.
    ///
    /// # Errors
    /// If a line is not such a row; the message names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = &spaces_to_tabs(text);
        let mut rows = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .delimiter(separator(text))
            .from_reader(text.as_bytes());
        let mut columns: Vec<Blocks> = Vec::new();
        let mut named: Option<[Option<usize>; 3]> = None;
        let mut width = 0;
        let mut record = StringRecord::new();
        while rows.read_record(&mut record).map_err(|error| error.to_string())? {
            let at = |message: String| format!("line {}: {message}", line_of(text, &record));
            // A quote after a space is part of the value according to CSV.
            let fields: Vec<&str> = record.iter().map(|field| field.trim_matches('"')).collect();
            if fields == [""] {
                continue;
            }
            if columns.is_empty() && named.is_none() && fields.iter().all(|field| parse_hex(&plain(field)).is_err()) {
                named = Some(headings(&fields).map_err(at)?);
                width = fields.len();
                continue;
            }
            if named.is_some() && fields.len() != width {
                let here = fields.len();
                return Err(at(format!("{here} columns where the headings name {width}")));
            }
            // Of named columns, only the three of a row.
            let counting = |place: &usize| named.is_none_or(|places| places.contains(&Some(*place)));
            let fields: Vec<String> = (0..fields.len()).filter(counting).map(|place| plain(fields[place])).collect();
            let line = || short(&fields.join(","));
            if columns.is_empty() {
                if !(2..=3).contains(&fields.len()) {
                    return Err(at(format!(
                        "`{}` has {} columns; give key,plaintext,ciphertext or plaintext,ciphertext in hex",
                        line(),
                        fields.len()
                    )));
                }
                columns = fields.iter().map(|field| Blocks::new(4 * field.len(), 0)).collect();
            }
            if fields.len() != columns.len() {
                let (here, first) = (fields.len(), columns.len());
                return Err(at(format!("`{}` has {here} columns where the first row has {first}", line())));
            }
            for (column, field) in columns.iter_mut().zip(&fields) {
                if field.is_empty() {
                    return Err(at("a value is missing".into()));
                }
                let value = Blocks::from_hex(column.bits(), field);
                column.extend(&value.map_err(|error| at(short(&error.to_string())))?);
            }
        }
        let unnamed = if columns.len() == 3 { [Some(0), Some(1), Some(2)] } else { [None, Some(0), Some(1)] };
        // Places among the columns that are kept.
        let rank = |place: usize| named.iter().flatten().flatten().filter(|other| **other < place).count();
        let places = named.map_or(unnamed, |places| places.map(|place| place.map(rank)));
        if columns.len() != places.iter().flatten().count() {
            return Err("no rows with a value for each heading".into());
        }
        let [keys, plaintexts, ciphertexts] = places.map(|place| Some(columns[place?].clone()));
        let (Some(plaintexts), Some(ciphertexts)) = (plaintexts, ciphertexts) else {
            return Err("no rows; give key,plaintext,ciphertext or plaintext,ciphertext in hex".into());
        };
        Ok(Self { keys, plaintexts, ciphertexts })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.plaintexts.rows()
    }

    /// The rows without those under one key that repeat a message and its ciphertext, and a sentence about the repetitions.
    pub(crate) fn distinct(&self) -> (Self, Option<String>) {
        if !self.one_key() {
            return (self.clone(), None);
        }
        let mut seen = HashSet::new();
        let rows: Vec<usize> = (0..self.rows())
            .filter(|&row| seen.insert((self.plaintexts.row(row), self.ciphertexts.row(row))))
            .collect();
        if rows.len() == self.rows() {
            return (self.clone(), None);
        }
        let of = |blocks: &Blocks| {
            let mut kept = Blocks::new(blocks.bits(), 0);
            rows.iter().for_each(|&row| kept.extend(&blocks.slice(row..row + 1)));
            kept
        };
        let kept = Self {
            keys: self.keys.as_ref().map(of),
            plaintexts: of(&self.plaintexts),
            ciphertexts: of(&self.ciphertexts),
        };
        let words = format!(
            "{} of {} rows repeat an earlier message and its ciphertext: encryption is deterministic under this key (as in ECB mode), so \
             an observer sees which messages are equal. Each of the {} different messages is used once.",
            self.rows() - rows.len(),
            self.rows(),
            rows.len()
        );
        (kept, Some(words))
    }

    /// Whether all rows are under one key, as far as the file shows.
    pub fn one_key(&self) -> bool {
        self.keys.as_ref().is_none_or(|keys| (1..keys.rows()).all(|row| keys.row(row) == keys.row(0)))
    }
}

/// The number of the line on which a record begins. The reader's position is that at which it began to look for the record,
/// which may be before empty lines.
fn line_of(text: &str, record: &StringRecord) -> usize {
    let from = record.position().map_or(0, |position| position.byte() as usize).min(text.len());
    let empty = text.as_bytes()[from..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + text.as_bytes()[..from + empty].iter().filter(|&&byte| byte == b'\n').count()
}

/// The columns of the key, the plaintext and the ciphertext.
fn headings(fields: &[&str]) -> Result<[Option<usize>; 3], String> {
    let places =
        ["key", "plaintext", "ciphertext"].map(|name| fields.iter().position(|field| field.to_lowercase() == name));
    let [_, Some(_), Some(_)] = places else {
        return Err(format!("headings are plaintext, ciphertext and perhaps key, not `{}`", short(&fields.join(","))));
    };
    let twice = ["key", "plaintext", "ciphertext"]
        .into_iter()
        .find(|name| fields.iter().filter(|field| field.to_lowercase() == **name).count() > 1);
    if let Some(name) = twice {
        return Err(format!("`{}` has two columns {name}", short(&fields.join(","))));
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

/// Hex without `0x` before it or colons in it.
fn plain(field: &str) -> String {
    let digits = field.strip_prefix("0x").or_else(|| field.strip_prefix("0X")).unwrap_or(field);
    digits.replace(':', "")
}

/// Reads a file's text, which may come from a pipe, with lines of at most `longest` bytes.
///
/// # Errors
/// If the file cannot be read, is too large or not text. [`CipherError::Stopped`] once `stop` is set.
pub(super) fn read_text(path: &Path, longest: usize, stop: &AtomicBool) -> Result<String, CipherError> {
    let (sender, receiver) = mpsc::channel();
    let file = path.to_owned();
    // In a separate thread, because opening a pipe blocks until it has a writer.
    std::thread::spawn(move || sender.send(read_lines(&file, longest)));
    let text = loop {
        if stop.load(Ordering::Relaxed) {
            return Err(CipherError::Stopped);
        }
        match receiver.recv_timeout(LOOK) {
            Ok(text) => break text,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break Err("reading failed".into()),
        }
    };
    text.map_err(|message| CipherError::File(format!("{}: {}", path.display(), printable(&message))))
}

/// Reads a file's text line by line, to detect early if it has no lines or no end.
fn read_lines(path: &Path, longest: usize) -> Result<String, String> {
    let words = |error: io::Error| error.to_string();
    let mut file = BufReader::new(File::open(path).map_err(words)?);
    let mut text = String::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        match (&mut file).take(longest as u64 + 1).read_until(b'\n', &mut line).map_err(words)? {
            0 => break,
            length if length > longest => {
                return Err(format!("line {number} is longer than {longest} bytes"));
            }
            _ => {}
        }
        text.push_str(std::str::from_utf8(&line).map_err(|_| format!("line {number} is not text"))?);
        if text.len() > LARGEST {
            return Err(format!("larger than {} MiB: attack a part of it", LARGEST >> 20));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_two_and_three_columns_with_and_without_headings() {
        let three = Dataset::parse("key,plaintext,ciphertext\n01,0203,0405\r\nff, 0001 ,\"beef\"\n\n").unwrap();
        assert_eq!(
            (three.rows(), three.keys.as_ref().unwrap().bits(), three.ciphertexts.hex(1).as_str()),
            (2, 8, "beef")
        );
        assert!(!three.one_key());
        let turned = Dataset::parse("Ciphertext,plaintext,KEY\n0405,0203,01\nbeef,0001,ff").unwrap();
        assert_eq!(turned, three);
        let quoted = "\u{feff}\"Ciphertext\" , \"plaintext\",KEY\n\n\"0405\",0203,01\r\n \nbeef, \"0001\", ff";
        assert_eq!(Dataset::parse(quoted).unwrap(), three);
        let two = Dataset::parse("00,11\n22,33").unwrap();
        assert!(two.keys.is_none() && two.one_key());
        assert_eq!(two.plaintexts.value(1), 0x22);
    }

    #[test]
    fn other_separators_and_hex_are_understood() {
        let plain = Dataset::parse("0001,beef\n0203,dead").unwrap();
        for text in [
            "0001;beef\n0203;dead\n",
            "0001\tbeef\n0203\tdead",
            "0001  beef\n\n 0203 dead\n",
            "0x0001, 0xBEEF\n0X0203, 0xdead",
            "00:01,be:ef\n02:03,de:ad",
            "time;ciphertext;plaintext;note\n12:00;beef;0001;first\n12:01;dead;0203;",
        ] {
            assert_eq!(Dataset::parse(text).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        let message = |text| Dataset::parse(text).unwrap_err();
        assert!(message("plaintext,ciphertext\n00,11\n00,1x\n").starts_with("line 3: `1x` is not hex"));
        assert!(message("p,c\n00,11\n").starts_with("line 1: headings are plaintext, ciphertext"));
        assert!(message("key,ciphertext\n00,11\n").starts_with("line 1: headings are plaintext, ciphertext"));
        assert!(message("key,plaintext,ciphertext,key\n00,11,22,33\n").contains("two columns key"));
        assert!(
            message("plaintext,ciphertext,note\n00,11\n").starts_with("line 2: 2 columns where the headings name 3")
        );
        assert!(message("key,plaintext,ciphertext\n00,11\n").contains("the headings name 3"));
        assert!(message("00,11\n00\n").starts_with("line 2: `00` has 1 columns"));
        assert!(message("00,11\n00,1122\n").starts_with("line 2: `1122` has 4 hex digits"));
        assert!(message("00,11\n00,\n").starts_with("line 2: a value is missing"));
        assert!(message("00,11,22,33\n").contains("4 columns"));
        assert!(message("plaintext,ciphertext\n").contains("no rows"));
        assert!(message("").contains("no rows"));
        // Empty lines and both line endings count as in an editor.
        assert!(message("\u{feff}00,11\r\n\r\n  \r\n00,1x\r\n").starts_with("line 4: `1x` is not hex"));
        assert!(message("\n\n00,11\n\n\n00,zz\n").starts_with("line 6: `zz` is not hex"));
        let unclosed = message(&format!("00,11\n00,\"{}", "22\n".repeat(10_000)));
        assert!(unclosed.starts_with("line 2: ") && unclosed.len() < 300, "{unclosed}");
        let read = |file: &Path| Dataset::read(file, &AtomicBool::new(false));
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

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_nobody_writes_to_hears_the_wish_to_stop() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = |name: &str| {
            let pipe = folder.path().join(name);
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            pipe
        };
        let (silent, written) = (pipe("silent"), pipe("written"));
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let read = scope.spawn(|| Dataset::read(&silent, &stop));
            std::thread::sleep(2 * LOOK);
            assert!(!read.is_finished(), "it waits for a writer");
            stop.store(true, Ordering::Relaxed);
            assert_eq!(read.join().unwrap(), Err(CipherError::Stopped));
        });
        // A pipe with a writer is read.
        stop.store(false, Ordering::Relaxed);
        std::thread::scope(|scope| {
            let read = scope.spawn(|| Dataset::read(&written, &stop));
            std::fs::write(&written, "00,11\n").unwrap();
            assert_eq!(read.join().unwrap().unwrap().rows(), 1);
        });
    }
}
