//! A whole encrypted file: header, chunks, end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Instant;

use evesdrop_engine::Engine;
use rayon::prelude::*;
use serde::Serialize;

use super::chunk::{BLOCKS, Chunk, Coder, MOST_TIMES};
use crate::model::Model;

const MAGIC: &[u8; 8] = b"EVESDROP";
const VERSION: u16 = 1;
const HEADER: usize = 68;
const TAG: usize = 32;
/// The length field if the length was not known when the header was written.
const UNKNOWN: u64 = u64::MAX;

/// Why a file cannot be encrypted or decrypted. The message is one line.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The input does not start like an encrypted file.
    #[error("not a file that evesdrop encrypted")]
    NotOurs,
    /// The output file exists and must not be replaced.
    #[error("the file exists: choose another name, or replace it with --force")]
    Exists,
    /// The file has a newer format version.
    #[error("encrypted by a newer version, or altered (format {0}; this one reads format {VERSION})")]
    Version(u16),
    /// The file was encrypted with another model.
    #[error("encrypted with another model, or altered (model {theirs} in the file, this one is {ours})")]
    Model {
        /// Fingerprint of the model that the file was encrypted with, the first bytes in hex.
        theirs: String,
        /// Fingerprint of the given model, the first bytes in hex.
        ours: String,
    },
    /// The authentication tag does not match.
    #[error("wrong key, or the file was cut short or altered: its tag does not fit; nothing was written")]
    Tag,
    /// The tag matches but the contents are invalid: a faulty program made the file.
    #[error("malformed file: {0}")]
    Malformed(&'static str),
    /// Bob cannot decrypt some blocks.
    #[error(
        "at {precision} bit{} per value, Bob misreads {blocks} blocks under each of {times} keys: \
         train the model further, or try a higher --precision",
        if *precision == 1 { "" } else { "s" }
    )]
    Undecodable {
        /// Bits per ciphertext value.
        precision: u8,
        /// Number of blocks that are still wrong.
        blocks: usize,
        /// Number of keys tried.
        times: usize,
    },
    /// The precision is outside 1 to 16.
    #[error("precision {0}: must be from 1 to 16 bits per value")]
    Precision(u8),
}

/// The result of encrypting or decrypting one file. `encrypt --json` and `decrypt --json` print the same object.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// Size of the plaintext in bytes.
    pub bytes: u64,
    /// Size of the encrypted file in bytes.
    pub encrypted_bytes: u64,
    /// Number of times that a block was encrypted again because Bob misread it.
    #[serde(rename = "encrypted_again")]
    pub again: u64,
    /// Bits per ciphertext value, 1 to 16.
    pub precision: u8,
    /// Duration in seconds.
    pub seconds: f64,
    /// Plaintext megabytes (10^6 bytes) per second.
    pub megabytes_per_second: f64,
}

impl Report {
    fn begin(precision: u8) -> Self {
        Self { bytes: 0, encrypted_bytes: 0, again: 0, precision, seconds: 0.0, megabytes_per_second: 0.0 }
    }

    fn add(&mut self, chunk: &Chunk) {
        self.bytes += chunk.length as u64;
        self.again += chunk.again.iter().map(|which| which.len() as u64).sum::<u64>();
    }

    fn end(mut self, encrypted_bytes: u64, start: Instant) -> Self {
        self.encrypted_bytes = encrypted_bytes;
        self.seconds = start.elapsed().as_secs_f64();
        self.megabytes_per_second = self.bytes as f64 / self.seconds.max(1e-9) / 1e6;
        self
    }

    /// Bytes of the encrypted file per byte of plaintext; `None` for an empty plaintext.
    pub fn expansion(&self) -> Option<f64> {
        (self.bytes > 0).then(|| self.encrypted_bytes as f64 / self.bytes as f64)
    }
}

/// Encrypts and decrypts files with one model and key. Learned ciphers protect nothing: this is for study.
#[derive(Debug)]
pub struct Envelope<'a> {
    model: &'a Model,
    key: &'a [u8; 32],
    threads: usize,
    engine: Engine,
}

/// The keys of one file.
struct FileKeys {
    stream: [u8; 32],
    tag: [u8; 32],
}

impl FileKeys {
    fn new(key: &[u8; 32], nonce: &[u8]) -> Self {
        let derive = |context| {
            let mut hasher = blake3::Hasher::new_derive_key(context);
            hasher.update(key).update(nonce);
            *hasher.finalize().as_bytes()
        };
        Self { stream: derive("evesdrop file 1: key stream"), tag: derive("evesdrop file 1: tag") }
    }
}

/// A writer that also hashes and counts the bytes.
struct Hashing<'w> {
    out: &'w mut dyn Write,
    hasher: blake3::Hasher,
    count: u64,
}

impl Hashing<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.count += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

impl<'a> Envelope<'a> {
    /// An envelope for files encrypted under `key` with the networks of `model`. Each thread of `engine` works on its own
    /// chunks.
    ///
    /// # Errors
    /// If the system cannot start the threads.
    pub fn new(model: &'a Model, key: &'a [u8; 32], engine: &Engine) -> Result<Self, EnvelopeError> {
        let one = Engine::new(1, engine.level()).map_err(io::Error::other)?;
        Ok(Self { model, key, threads: engine.threads(), engine: one })
    }

    fn coders(&self, precision: u8) -> Vec<Coder> {
        (0..self.threads).map(|_| Coder::new(self.model, &self.engine, precision)).collect()
    }

    /// The smallest precision, in bits per ciphertext value, at which Bob still reads: his error rate on random blocks is at
    /// most 0.01 above that at 16 bits.
    pub fn precision(&self) -> u8 {
        let rate = |precision| Coder::new(self.model, &self.engine, precision).error_rate();
        let most = rate(16) + 0.01;
        [1, 2, 3, 4, 6, 8, 12].into_iter().find(|precision| rate(*precision) <= most).unwrap_or(16)
    }

    /// Encrypts `input` into `output`. `length` is the input's length in bytes, if known. `precision` is in bits per ciphertext
    /// value; [`Envelope::precision`] chooses it if absent. A `nonce` must never be used twice with one key.
    ///
    /// # Errors
    /// If reading or writing fails, if the precision is out of range, or if Bob cannot decrypt some block.
    pub fn encrypt(
        &self,
        input: &mut dyn Read,
        length: Option<u64>,
        output: &mut dyn Write,
        precision: Option<u8>,
        nonce: &[u8; 16],
    ) -> Result<Report, EnvelopeError> {
        let start = Instant::now();
        let precision = precision.unwrap_or_else(|| self.precision());
        if !(1..=16).contains(&precision) {
            return Err(EnvelopeError::Precision(precision));
        }
        let keys = FileKeys::new(self.key, nonce);
        let mut out = Hashing { out: output, hasher: blake3::Hasher::new_keyed(&keys.tag), count: 0 };
        out.put(MAGIC)?;
        out.put(&VERSION.to_le_bytes())?;
        out.put(&[precision, 0])?;
        out.put(&self.model.fingerprint)?;
        out.put(nonce)?;
        out.put(&length.unwrap_or(UNKNOWN).to_le_bytes())?;

        let mut coders = self.coders(precision);
        let mut report = Report::begin(precision);
        let mut index = 0;
        loop {
            let mut plaintexts = vec![];
            for _ in 0..coders.len() {
                let mut bytes = vec![];
                let most = coders[0].chunk_bytes() as u64;
                (&mut *input).take(most).read_to_end(&mut bytes)?;
                if bytes.is_empty() {
                    break;
                }
                plaintexts.push(bytes);
            }
            let chunks: Result<Vec<Chunk>, EnvelopeError> = coders
                .par_iter_mut()
                .zip(plaintexts.par_iter())
                .enumerate()
                .map(|(i, (coder, plaintext))| coder.encrypt(plaintext, &keys.stream, index + i as u64))
                .collect();
            index += plaintexts.len() as u64;
            for chunk in chunks? {
                report.add(&chunk);
                put_chunk(&mut out, &chunk)?;
            }
            if plaintexts.len() < coders.len() {
                break;
            }
        }
        if length.is_some_and(|length| length != report.bytes) {
            return Err(io::Error::other("the input changed while it was read").into());
        }
        out.put(&0u32.to_le_bytes())?;
        out.put(&report.bytes.to_le_bytes())?;
        let tag = *out.hasher.finalize().as_bytes();
        out.out.write_all(&tag)?;
        out.out.flush()?;
        Ok(report.end(out.count + TAG as u64, start))
    }

    /// Decrypts one whole file from `input` into `output`. The tag is verified first, in a separate pass, so no byte of a wrong
    /// or altered file is decrypted.
    ///
    /// # Errors
    /// If the file is not an encrypted one, belongs to another model or key, or was cut short or altered. Nothing has been
    /// written in these cases.
    pub fn decrypt(&self, input: &mut (impl Read + Seek), output: &mut dyn Write) -> Result<Report, EnvelopeError> {
        let start = Instant::now();
        let (keys, precision, size) = self.verify(input)?;
        input.seek(SeekFrom::Start(HEADER as u64))?;
        let mut body = io::BufReader::new(input.take(size - (HEADER + TAG) as u64));
        let mut coders = self.coders(precision);
        let mut report = Report::begin(precision);
        let mut index = 0;
        loop {
            let mut chunks = vec![];
            while chunks.len() < coders.len() {
                let Some(chunk) = take_chunk(&mut body, &coders[0])? else { break };
                report.add(&chunk);
                chunks.push(chunk);
            }
            let plaintexts: Result<Vec<Vec<u8>>, EnvelopeError> = coders
                .par_iter_mut()
                .zip(chunks.par_iter())
                .enumerate()
                .map(|(i, (coder, chunk))| coder.decrypt(chunk, &keys.stream, index + i as u64))
                .collect();
            index += chunks.len() as u64;
            for plaintext in plaintexts? {
                output.write_all(&plaintext)?;
            }
            if chunks.len() < coders.len() {
                break;
            }
        }
        if u64::from_le_bytes(take(&mut body)?) != report.bytes {
            return Err(EnvelopeError::Malformed("the chunks do not add up to the length"));
        }
        output.flush()?;
        Ok(report.end(size, start))
    }

    /// Checks the header of an input that cannot seek (a pipe, a device) and copies the input to an unnamed temporary file. The
    /// tag is at the end, and nothing may be decrypted before it is verified.
    pub(super) fn spool(&self, input: &mut dyn Read) -> Result<File, EnvelopeError> {
        let header = self.header(input)?;
        let mut file = tempfile::tempfile()?;
        file.write_all(&header)?;
        io::copy(input, &mut file)?;
        Ok(file)
    }

    /// Reads the header and checks that the file was encrypted with this model.
    fn header(&self, input: &mut dyn Read) -> Result<[u8; HEADER], EnvelopeError> {
        let mut header = [0; HEADER];
        input.read_exact(&mut header).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => EnvelopeError::NotOurs,
            _ => error.into(),
        })?;
        if &header[..8] != MAGIC {
            return Err(EnvelopeError::NotOurs);
        }
        let version = u16::from_le_bytes([header[8], header[9]]);
        if version != VERSION {
            return Err(EnvelopeError::Version(version));
        }
        let fingerprint = &header[12..44];
        if fingerprint != self.model.fingerprint {
            let short = |bytes: &[u8]| bytes[..8].iter().map(|b| format!("{b:02x}")).collect();
            return Err(EnvelopeError::Model { theirs: short(fingerprint), ours: short(&self.model.fingerprint) });
        }
        Ok(header)
    }

    /// Reads the header and verifies the tag. Returns the file's keys, its precision and its size.
    fn verify(&self, input: &mut (impl Read + Seek)) -> Result<(FileKeys, u8, u64), EnvelopeError> {
        input.seek(SeekFrom::Start(0))?;
        let header = self.header(input)?;
        let keys = FileKeys::new(self.key, &header[44..60]);
        let size = input.seek(SeekFrom::End(0))?;
        let hashed = size.checked_sub(TAG as u64).filter(|end| *end >= HEADER as u64).ok_or(EnvelopeError::Tag)?;
        input.seek(SeekFrom::Start(0))?;
        let mut hasher = blake3::Hasher::new_keyed(&keys.tag);
        let copied = io::copy(&mut input.take(hashed), &mut hasher)?;
        let mut tag = [0; TAG];
        input.read_exact(&mut tag)?;
        // blake3::Hash compares in constant time.
        if copied != hashed || hasher.finalize() != blake3::Hash::from_bytes(tag) {
            return Err(EnvelopeError::Tag);
        }
        let precision = header[10];
        if !(1..=16).contains(&precision) {
            return Err(EnvelopeError::Malformed("no such precision"));
        }
        Ok((keys, precision, size))
    }
}

fn put_chunk(out: &mut Hashing<'_>, chunk: &Chunk) -> io::Result<()> {
    out.put(&(chunk.length as u32).to_le_bytes())?;
    out.put(&(chunk.again.len() as u16).to_le_bytes())?;
    for which in &chunk.again {
        out.put(&(which.len() as u16).to_le_bytes())?;
        for block in which {
            out.put(&block.to_le_bytes())?;
        }
    }
    out.put(&chunk.values)
}

fn take<const N: usize>(input: &mut impl Read) -> Result<[u8; N], EnvelopeError> {
    let mut bytes = [0; N];
    fill(input, &mut bytes)?;
    Ok(bytes)
}

fn fill(input: &mut impl Read, bytes: &mut [u8]) -> Result<(), EnvelopeError> {
    input.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => EnvelopeError::Malformed("it ends inside a chunk"),
        _ => error.into(),
    })
}

/// The next chunk, or `None` at the end.
fn take_chunk(input: &mut impl Read, coder: &Coder) -> Result<Option<Chunk>, EnvelopeError> {
    let length = u32::from_le_bytes(take(input)?) as usize;
    if length == 0 {
        return Ok(None);
    }
    if length > coder.chunk_bytes() {
        return Err(EnvelopeError::Malformed("a chunk is too long"));
    }
    let mut again = vec![];
    let times = u16::from_le_bytes(take(input)?);
    if usize::from(times) > MOST_TIMES {
        return Err(EnvelopeError::Malformed("a chunk was encrypted again too often"));
    }
    for _ in 0..times {
        let count = u16::from_le_bytes(take(input)?);
        if usize::from(count) > BLOCKS {
            return Err(EnvelopeError::Malformed("a chunk names more blocks than it has"));
        }
        let mut which = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            which.push(u16::from_le_bytes(take(input)?));
        }
        again.push(which);
    }
    let mut values = vec![0; coder.value_bytes(length)];
    fill(input, &mut values)?;
    Ok(Some(Chunk { length, again, values }))
}
