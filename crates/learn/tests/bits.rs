//! The preset `bits`: a cipher over bits, judged by enumeration.

use evesdrop_engine::{Engine, Level, TILE};
use evesdrop_learn::learned::{PackedBits, Pair};
use evesdrop_learn::train::{Event, Preset, Settings, Training};

fn trained(bits: usize) -> (Training, Engine) {
    let engine = Engine::new(1, Level::from_environment().unwrap()).unwrap();
    let settings = Settings { preset: Some(Preset::Bits), bits: Some(bits), ..Settings::default() };
    let mut training = Training::new(settings.check().unwrap(), &engine);
    while training.rounds() < 40_000 {
        training.round();
        if training.is_time_to_look() && training.look().events.contains(&Event::GoalsMet) {
            break;
        }
    }
    (training, engine)
}

/// For each message and key: Alice's bits and Bob's, by the networks themselves.
#[test]
fn four_bits_are_encrypted_without_error_or_leakage() {
    let (training, engine) = trained(4);
    assert!(training.is_trained(), "{} rounds", training.rounds());
    assert!(training.best_model().is_proved_pad() && training.best_model().is_proved_readable());
    let mut pair = Pair::with_tiles(&training.best_model(), &engine, 2);
    // The message in the first four bits of a byte, the key in the last four.
    let all: Vec<u8> = (0..=255).collect();
    let shifted: Vec<u8> = all.iter().map(|byte| byte << 4).collect();
    let (plaintext, key) = (PackedBits { bytes: &all, stride: 8 }, PackedBits { bytes: &shifted, stride: 8 });
    pair.encrypt(plaintext, key);
    let ciphertext: Vec<_> = (0..2).flat_map(|tile| pair.ciphertext(tile).to_vec()).collect();
    assert!(ciphertext.iter().all(|row| row.values().iter().all(|value| value.abs() == 1.0)), "bits");
    pair.decrypt(&ciphertext, key);
    let mut counts = [[0; 16]; 16];
    for block in 0..256 {
        let (tile, lane) = (block / TILE, block % TILE);
        let sent = |f: usize| usize::from(ciphertext[tile * 4 + f].values()[lane] > 0.0);
        counts[block >> 4][(0..4).fold(0, |c, f| 2 * c + sent(f))] += 1;
        for bit in 0..4 {
            let read = pair.decrypted(tile)[bit].values()[lane] >= 0.0;
            assert_eq!(read, plaintext.get(block, bit), "block {block}, bit {bit}");
        }
    }
    assert_eq!(counts, [[1; 16]; 16], "every message gives every ciphertext under exactly one key: no information");
}

#[test]
fn a_training_over_bits_resumes_with_the_same_bits() {
    let engine = Engine::new(1, Level::from_environment().unwrap()).unwrap();
    let settings = Settings { preset: Some(Preset::Bits), bits: Some(4), ..Settings::default() };
    // Values and whole starts are given up meanwhile.
    let config = Settings { value_patience: Some(100), evaluate_every: Some(50), give_up: Some(300), ..settings };
    let config = config.check().unwrap();
    let go_on = |training: &mut Training, rounds: u64| {
        while training.rounds() < rounds {
            training.round();
            if training.is_time_to_look() {
                training.look();
            }
        }
    };
    let mut whole = Training::new(config.clone(), &engine);
    go_on(&mut whole, 350);
    let halfway = whole.state();
    go_on(&mut whole, 700);
    let mut resumed = Training::resume(config, &halfway, &engine).unwrap();
    go_on(&mut resumed, 700);
    assert_eq!(resumed.state(), whole.state());
    assert!(whole.restarts() > 0);
}
