//! Trains the preset `bits` with many seeds and prints one CSV row per seed: the table of docs/science/bits.md.
//!
//! `cargo run --release -p evesdrop-learn --example bits_table -- BITS FIRST_SEED LAST_SEED [SETTINGS.toml]`
//!
//! The columns: message bits, seed, rounds, seconds on one thread, whether the goals were met, whether Alice's weights prove a
//! permuted one-time pad, Bob's wrong bits on the last test; up to 16 bits of message and key together, Bob's mean wrong bits over all
//! messages and keys and the information I(P;C) that the ciphertext gives about the message, in bits, both by enumeration.

use std::time::Instant;

use evesdrop_engine::{Engine, Level, TILE};
use evesdrop_learn::learned::{PackedBits, Pair};
use evesdrop_learn::model::Model;
use evesdrop_learn::train::{Event, Preset, Settings, Training};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bits, first, last, file @ ..] = &arguments[..] else {
        return Err("usage: BITS FIRST_SEED LAST_SEED [TOML]".into());
    };
    let extra = match file.first() {
        Some(file) => Settings::from_toml(&std::fs::read_to_string(file)?)?,
        None => Settings::default(),
    };
    let engine = Engine::new(1, Level::from_environment()?)?;
    println!("bits,seed,rounds,seconds,goals_met,proved_pad,bob_wrong_bits,bob_wrong_exact,information");
    for seed in first.parse()?..=last.parse()? {
        let settings = Settings { bits: Some(bits.parse()?), seed: Some(seed), ..Settings::default() };
        let config =
            settings.or(extra.clone()).or(Settings { preset: Some(Preset::Bits), ..Settings::default() }).check()?;
        let started = Instant::now();
        let mut training = Training::new(config.clone(), &engine);
        while training.rounds() < config.max_rounds {
            training.round();
            if training.is_time_to_look() && training.look().events.contains(&Event::GoalsMet) {
                break;
            }
        }
        let bob = training.best().and_then(|best| best.bits()).map_or(f64::NAN, |wrong| wrong.bob_wrong_bits);
        println!(
            "{bits},{seed},{},{:.1},{},{},{bob:.4},{}",
            training.rounds(),
            started.elapsed().as_secs_f64(),
            training.is_trained(),
            training.best_model().is_proved_pad(),
            exact(&training.best_model(), &engine),
        );
    }
    Ok(())
}

/// Bob's mean wrong bits and I(P;C) over all messages and keys; nothing for more than 16 bits.
fn exact(model: &Model, engine: &Engine) -> String {
    let (n, k) = (model.note.rules.bits, model.note.rules.key_bits);
    if n + k > 16 {
        return ",".into();
    }
    let blocks = 1 << (n + k);
    let mut pair = Pair::with_tiles(model, engine, 1);
    let mut counts = vec![0u32; 1 << (2 * n)];
    let mut wrong = 0u64;
    for first in (0..blocks).step_by(TILE) {
        // Message and key of each block at the top of 16 bits each.
        let pack = |bits: &dyn Fn(usize) -> usize| -> Vec<u8> {
            (first..first + TILE).flat_map(|block| (bits(block) as u16).to_be_bytes()).collect()
        };
        let messages = pack(&|block| (block & ((1 << n) - 1)) << (16 - n));
        let keys = pack(&|block| (block >> n) << (16 - k));
        let (plaintext, key) = (PackedBits { bytes: &messages, stride: 16 }, PackedBits { bytes: &keys, stride: 16 });
        pair.encrypt(plaintext, key);
        let ciphertext = pair.ciphertext(0).to_vec();
        pair.decrypt(&ciphertext, key);
        for lane in 0..TILE.min(blocks - first) {
            let sent = ciphertext.iter().fold(0, |c, row| 2 * c + usize::from(row.values()[lane] > 0.0));
            let message = (first + lane) & ((1 << n) - 1);
            counts[sent << n | message] += 1;
            wrong += (0..n).filter(|&i| (pair.decrypted(0)[i].values()[lane] >= 0.0) != plaintext.get(lane, i)).count()
                as u64;
        }
    }
    let total = blocks as f64;
    let information: f64 = counts
        .chunks(1 << n)
        .map(|of| {
            let all = f64::from(of.iter().sum::<u32>());
            let terms = of.iter().filter(|count| **count > 0).map(|&count| f64::from(count));
            terms.map(|count| count / total * (count * (1u64 << n) as f64 / all).log2()).sum::<f64>()
        })
        .sum();
    format!("{:.6},{information:.6}", wrong as f64 / total)
}
