//! Encryption of named files, and key files. `-` is a standard stream.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Envelope, EnvelopeError, Report};
use evesdrop_files::Unfinished;

/// A key: 32 random bytes in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key([u8; 32]);

/// Why a key file cannot be used. The message is one line.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file exists.
    #[error("{0} exists: a key file is never overwritten")]
    Exists(PathBuf),
    /// The file system or the system's random source failed.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// The file is not 32 bytes long.
    #[error("{0} holds {1} bytes, a key file holds 32; make one with evesdrop keygen")]
    Length(PathBuf, String),
}

impl Key {
    /// Generates a new key and writes it to `path`, which must not exist. Only the owner can read the file.
    ///
    /// # Errors
    /// If the file exists or cannot be written.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let io = |error| KeyError::Io(path.to_owned(), error);
        let key = random().map_err(io)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyError::Exists(path.to_owned()));
            }
            other => other.map_err(io)?,
        };
        if let Err(error) = file.write_all(&key).and_then(|()| file.sync_all()) {
            // A partial key file must not remain.
            let _ = std::fs::remove_file(path);
            return Err(io(error));
        }
        Ok(Self(key))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// If the file cannot be read or is not 32 bytes long.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let mut bytes = vec![];
        // Reads one byte more than a key, to detect longer files without reading huge ones.
        let read = File::open(path).and_then(|file| file.take(33).read_to_end(&mut bytes));
        let length = read.map_err(|error| KeyError::Io(path.to_owned(), error))?;
        let file = std::fs::metadata(path).ok().filter(|m| m.is_file());
        // Devices report a length of 0.
        let length =
            file.map_or(if length > 32 { "more than 32".into() } else { length.to_string() }, |m| m.len().to_string());
        Ok(Self(bytes.try_into().map_err(|_| KeyError::Length(path.to_owned(), length))?))
    }

    /// The bytes of the key.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Random bytes from the system.
fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// An error, and the file that it concerns.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct PathError {
    /// The file or stream.
    pub path: String,
    /// What is wrong.
    pub error: EnvelopeError,
}

fn at(path: &Path) -> impl Fn(EnvelopeError) -> PathError {
    let path = if is_standard(path) { "standard input".to_owned() } else { path.display().to_string() };
    move |error| PathError { path: path.clone(), error }
}

fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// What to do with an existing regular output file. Devices and pipes are always written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Keep it, and return an error.
    Keep,
    /// Replace it by the finished output.
    Replace,
}

/// Encrypts a file. The output file appears as a whole or not at all; standard output gets the bytes as they are produced.
///
/// # Errors
/// As [`Envelope::encrypt`], and an error if the output exists and must be kept.
pub fn encrypt_path(
    envelope: &Envelope<'_>,
    input: &Path,
    output: &Path,
    precision: Option<u8>,
    existing: Existing,
) -> Result<Report, PathError> {
    let nonce = random().map_err(|error| at(input)(error.into()))?;
    let mut length = None;
    let mut reader: Box<dyn Read> = if is_standard(input) {
        Box::new(io::stdin().lock())
    } else {
        let file = open(input)?;
        // Pipes and devices have no known length, and files in /proc report 0.
        length = file.metadata().ok().filter(|m| m.is_file() && m.len() > 0).map(|m| m.len());
        Box::new(io::BufReader::new(file))
    };
    write_to(output, existing, |writer| envelope.encrypt(&mut reader, length, writer, precision, &nonce), input)
}

/// Decrypts a file. Nothing is written before the whole file is verified.
///
/// # Errors
/// As [`Envelope::decrypt`], and an error if the output exists and must be kept.
pub fn decrypt_path(
    envelope: &Envelope<'_>,
    input: &Path,
    output: &Path,
    existing: Existing,
) -> Result<Report, PathError> {
    let spool = |from: &mut dyn Read| envelope.spool(from).map_err(at(input));
    let mut file = if is_standard(input) {
        spool(&mut io::stdin().lock())?
    } else {
        let mut file = open(input)?;
        if file.metadata().is_ok_and(|m| m.is_file()) { file } else { spool(&mut file)? }
    };
    write_to(output, existing, |writer| envelope.decrypt(&mut file, writer), input)
}

fn open(path: &Path) -> Result<File, PathError> {
    let file = File::open(path).map_err(|error| at(path)(error.into()))?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(at(path)(io::Error::other("is a folder").into()));
    }
    Ok(file)
}

/// Runs `work` on standard output, on a device, or on a temporary file that is then renamed to `output`. An error of `work`
/// names `input`. A read or write error names both files, because it may come from either.
fn write_to(
    output: &Path,
    existing: Existing,
    work: impl FnOnce(&mut dyn Write) -> Result<Report, EnvelopeError>,
    input: &Path,
) -> Result<Report, PathError> {
    let from = at(input);
    let to = if is_standard(output) { "standard output".to_owned() } else { output.display().to_string() };
    let failed = |error| match from(error) {
        PathError { path, error: error @ EnvelopeError::Io(_) } => PathError { path: format!("{path} to {to}"), error },
        other => other,
    };
    if is_standard(output) {
        return work(&mut io::stdout().lock()).map_err(failed);
    }
    match std::fs::metadata(output) {
        Ok(metadata) if metadata.is_dir() => return Err(at(output)(io::Error::other("is a folder").into())),
        // A device or a pipe is written to, not replaced.
        Ok(metadata) if !metadata.is_file() => {
            let file = OpenOptions::new().write(true).open(output).map_err(|error| at(output)(error.into()))?;
            return work(&mut io::BufWriter::new(file)).map_err(failed);
        }
        Ok(_) if existing == Existing::Keep => return Err(at(output)(EnvelopeError::Exists)),
        _ => {}
    }
    let mut file = Unfinished::beside(output).map_err(|error| at(output)(error.into()))?;
    let mut writer = io::BufWriter::new(file.file());
    let report = work(&mut writer).map_err(failed)?;
    drop(writer);
    let kept = match existing {
        Existing::Replace => file.keep(output),
        Existing::Keep => file.keep_new(output),
    };
    // Another program may have created it in the meantime.
    let in_the_way = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => EnvelopeError::Exists,
        _ => error.into(),
    };
    kept.map_err(|error| at(output)(in_the_way(error)))?;
    Ok(report)
}
