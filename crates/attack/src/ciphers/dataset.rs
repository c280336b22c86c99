//! Recorded messages of one length, with or without their keys, and the reading of files.
use super::cipher::{LOOK, printable};
use super::{Blocks, CipherError, Recording};
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
pub(super) const LONGEST_LINE: usize = 16 << 10;

impl Dataset {
    /// The rows of a table: see [`Recording`](super::Recording), which also says what was understood.
    ///
    /// # Errors
    /// If a line is not a row; the message names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        Recording::parse(text, &[]).map(|recording| recording.data)
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
            let read = scope.spawn(|| Recording::read(&silent, &[], &stop));
            std::thread::sleep(2 * LOOK);
            assert!(!read.is_finished(), "it waits for a writer");
            stop.store(true, Ordering::Relaxed);
            assert_eq!(read.join().unwrap(), Err(CipherError::Stopped));
        });
        // A pipe with a writer is read.
        stop.store(false, Ordering::Relaxed);
        std::thread::scope(|scope| {
            let read = scope.spawn(|| Recording::read(&written, &[], &stop));
            std::fs::write(&written, "00,11\n").unwrap();
            assert_eq!(read.join().unwrap().unwrap().data.rows(), 1);
        });
    }
}
