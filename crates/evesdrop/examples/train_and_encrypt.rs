//! Trains a cipher and encrypts an array: `cargo run --release -p evesdrop --example train_and_encrypt`.

use evesdrop::ciphers::{Blocks, Cipher, Learned, Stream};
use evesdrop::model::Model;
use evesdrop::train::Settings;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    let run = scratch.path().join("run");
    let summary = evesdrop::train(&run, &Settings { seed: Some(1), ..Settings::default() })?;
    println!("{} rounds: {}", summary.rounds, summary.diagnosis);

    let cipher = Learned::new("example", Model::load(&run)?)?;
    let messages = Blocks::from_values(16, [0x4576, 0x6573, 0x6472, 0x6f70]);
    // A fresh key for every message. Learned ciphers protect nothing: never rely on them.
    let keys = cipher.random_keys(&mut Stream::new(1, "keys"), messages.rows());
    let ciphertexts = cipher.encrypt(&keys, &messages, 0)?;
    let read = cipher.decrypt(&keys, &ciphertexts, 0)?;
    let right = (0..messages.rows()).filter(|&row| read.row(row) == messages.row(row)).count();
    println!("Bob read {right} of {} messages", messages.rows());
    Ok(())
}
