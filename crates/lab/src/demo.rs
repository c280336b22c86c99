//! The demo: trains a cipher, encrypts a file, decrypts it, and shows what Bob, Eve and an attacker read.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use evesdrop_engine::{Engine, Stream, TILE};

use evesdrop_attack::attacks::known_algorithm::read;
use evesdrop_attack::ciphers::{Blocks, Cipher, CipherError, Learned};
use evesdrop_attack::{AttackError, Options};
use evesdrop_files::write_atomically;
use evesdrop_learn::envelope::{Envelope, Existing, Key, KeyError, PathError, Report, decrypt_path, encrypt_path};
use evesdrop_learn::learned::{Eavesdropper, PackedBits, Pair};
use evesdrop_learn::model::{Model, ModelError};
use evesdrop_learn::run::{FolderError, Outcome, Run, RunError, RunFolder, Summary, Update};
use evesdrop_learn::train::Settings;

/// The plaintext: two paragraphs about cryptography.
pub const LETTER: &str = include_str!("../assets/gold-bug.txt");

/// Number of bytes of the letter that are shown and attacked.
const SHOWN: usize = 64;

/// The results of the demo and the paths of its files.
#[derive(Debug)]
pub struct Story {
    /// The training run; its folder has the model and the learning curve.
    pub training: Summary,
    /// The path of the letter.
    pub letter: PathBuf,
    /// The encrypted file.
    pub encrypted: PathBuf,
    /// Sizes and times of the encryption.
    pub encryption: Report,
    /// Whether the decrypted file equals the letter, byte for byte.
    pub identical: bool,
    /// The fraction of the letter's bits that Eve guesses wrong from the ciphertext; 0.5 is chance.
    pub eve_wrong: f64,
    /// The beginning of the letter as Bob reads it.
    pub bob_reads: String,
    /// The same part as Eve reads it. Unprintable bytes are dots.
    pub eve_reads: String,
    /// The key search on the same part of the letter.
    pub attack: Attack,
}

/// The result of an exhaustive key search on every block.
#[derive(Debug)]
pub struct Attack {
    /// Number of blocks attacked.
    pub blocks: usize,
    /// Number of blocks for which exactly one message remained, and it was the one that was sent.
    pub recovered: usize,
    /// The recovered text. Unprintable bytes are dots.
    pub reads: String,
    /// Duration in seconds.
    pub seconds: f64,
}

/// Why the demo failed. The message is one line.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each is the error of one step")]
pub enum DemoError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("{0}: {1}")]
    Write(PathBuf, std::io::Error),
    #[error(transparent)]
    Cipher(#[from] CipherError),
    #[error(transparent)]
    Attack(#[from] AttackError),
    #[error("{0} contains files that are not from a demo: choose another folder with --out")]
    Foreign(PathBuf),
    #[error("interrupted")]
    Stopped,
    #[error("the training failed: {0}")]
    Failed(String),
}

/// Runs the demo in the folder `out` and replaces an earlier demo there. `tell` receives the progress of the training.
///
/// # Errors
/// If a file cannot be written, if the folder contains other files than those of a demo, or if the training fails or is
/// stopped.
pub fn demo(
    out: &Path,
    engine: &Engine,
    stop: &AtomicBool,
    tell: &mut (dyn FnMut(Update) + Send),
) -> Result<Story, DemoError> {
    let [letter, key_file, encrypted, decrypted] =
        ["letter.txt", "demo.key", "letter.eve", "letter.decrypted.txt"].map(|name| out.join(name));
    if out.is_file() {
        return Err(FolderError::NotAFolder(out.to_owned()).into());
    }
    // The letter is written first: it marks the folder as that of a demo.
    let empty = std::fs::read_dir(out).map_or(true, |mut entries| entries.next().is_none());
    if !empty && !std::fs::read(&letter).is_ok_and(|bytes| bytes == LETTER.as_bytes()) {
        return Err(DemoError::Foreign(out.to_owned()));
    }
    let write = |error| DemoError::Write(letter.clone(), error);
    std::fs::create_dir_all(out).and_then(|()| write_atomically(&letter, LETTER.as_bytes())).map_err(write)?;
    let run = out.join("run");
    let config = Settings::default().check().expect("the defaults are in range");
    let folder = RunFolder::create(&run, &config, run.join("config.toml").exists())?;
    let training = Run::new(config, folder, engine)?.train(false, stop, tell)?;
    match training.outcome {
        Outcome::Trained => {}
        Outcome::Failed => return Err(DemoError::Failed(training.diagnosis)),
        Outcome::Interrupted => return Err(DemoError::Stopped),
    }
    let model = Model::load(&run)?;
    let key = if key_file.exists() { Key::read(&key_file)? } else { Key::create(&key_file)? };
    let envelope = Envelope::new(&model, key.bytes(), engine)
        .map_err(|error| PathError { path: letter.display().to_string(), error })?;
    let encryption = encrypt_path(&envelope, &letter, &encrypted, None, Existing::Replace)?;
    decrypt_path(&envelope, &encrypted, &decrypted, Existing::Replace)?;
    let identical = std::fs::read(&decrypted).is_ok_and(|bytes| bytes == LETTER.as_bytes());
    let (bob_reads, eve_reads, eve_wrong) = overhear(&model, engine);
    let attack = attack(model, stop)?;
    Ok(Story { attack, training, letter, encrypted, encryption, identical, eve_wrong, bob_reads, eve_reads })
}

/// Encrypts the letter. Returns what Bob and Eve read from the same ciphertext, and the fraction of bits that Eve has wrong.
fn overhear(model: &Model, engine: &Engine) -> (String, String, f64) {
    let (bits, key_bits) = (model.note.rules.bits, model.note.rules.key_bits);
    let blocks = LETTER.len() * 8 / bits;
    let mut keys = vec![0; (blocks * key_bits).div_ceil(8)];
    Stream::new(0, "demo keys").at(0, 0).fill(&mut keys);
    let plaintext = PackedBits { bytes: LETTER.as_bytes(), stride: bits };
    let key = PackedBits { bytes: &keys, stride: key_bits };
    let mut pair = Pair::new(model, engine);
    pair.encrypt(plaintext, key);
    let tiles = blocks.div_ceil(TILE);
    let ciphertext: Vec<_> = (0..tiles).flat_map(|tile| pair.ciphertext(tile).to_vec()).collect();
    pair.decrypt(&ciphertext, key);
    let mut eve = Eavesdropper::with_tiles(model, engine, tiles).expect("Eve reads in the symmetric game");
    eve.read(&ciphertext, key);

    let (mut by_bob, mut by_eve, mut wrong) = (vec![0; blocks * bits / 8], vec![0; blocks * bits / 8], 0);
    for place in 0..blocks * bits / 8 * 8 {
        let (block, bit) = (place / bits, place % bits);
        let value = |rows: &[evesdrop_engine::Row]| rows[bit].values()[block % TILE].is_sign_positive();
        let (bob, guess) = (value(pair.decrypted(block / TILE)), value(eve.guess(block / TILE)));
        by_bob[place / 8] |= u8::from(bob) << (7 - place % 8);
        by_eve[place / 8] |= u8::from(guess) << (7 - place % 8);
        wrong += usize::from(guess != plaintext.get(block, bit));
    }
    (readable(&by_bob), readable(&by_eve), wrong as f64 / (blocks * bits) as f64)
}

/// Recovers the beginning of the letter from the ciphertext and the networks alone. Each block has a fresh key.
fn attack(model: Model, stop: &AtomicBool) -> Result<Attack, DemoError> {
    let start = Instant::now();
    let context = Options { seed: 0, cancel: stop, ..Options::quick() }.context();
    let (bits, blocks) = (model.note.rules.bits, SHOWN * 8 / model.note.rules.bits);
    let cipher = Learned::new("demo", model)?;
    let mut stream = context.stream("demo attack keys");
    let (mut text, mut recovered) = (vec![], 0);
    for block in 0..blocks {
        let sent = &LETTER.as_bytes()[block * bits / 8..(block + 1) * bits / 8];
        let mut plaintext = Blocks::new(bits, 1);
        plaintext.set_bytes(0, sent);
        let seen = cipher.encrypt(&cipher.random_keys(&mut stream, 1), &plaintext, 0)?;
        match &read(&cipher, &seen, &context)?.messages[..] {
            [(message, _)] => {
                recovered += usize::from(*message == plaintext);
                text.extend(message.bytes(0));
            }
            _ => text.extend(vec![0; bits / 8]),
        }
    }
    Ok(Attack { blocks, recovered, reads: readable(&text), seconds: start.elapsed().as_secs_f64() })
}

/// The first [`SHOWN`] bytes, with a dot for each unprintable byte.
fn readable(bytes: &[u8]) -> String {
    let shown = bytes.iter().take(SHOWN).map(|byte| match byte {
        b'\n' => ' ',
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    });
    shown.collect()
}
