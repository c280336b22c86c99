//! The preset `bits`: a cipher over bits, judged by enumeration.

use evesdrop_engine::{Engine, Level, TILE};
use evesdrop_learn::games::{Channel, EveTerm};
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

/// Over a quantised channel Bob and Eve read the middles of steps; over a noisy one, noise adds to Bob's errors. Both train.
#[test]
fn quantised_and_noisy_channels_train() {
    let engine = Engine::new(1, Level::from_environment().unwrap()).unwrap();
    let bob_after = |channel: Option<Channel>| {
        let settings = Settings { channel, bits: Some(4), eve_term: Some(EveTerm::Nothing), ..Settings::default() };
        let mut training = Training::new(settings.check().unwrap(), &engine);
        (0..400).for_each(|_| training.round());
        let bob = training.test().bits().unwrap().bob_wrong_bits;
        (bob, training.latest_model())
    };
    let (real, _) = bob_after(None);
    let (quantised, model) = bob_after(Some(Channel::Quantised(2)));
    let (noisy, noisy_model) = bob_after(Some(Channel::Noisy(1.0)));
    assert!(real < 0.5 && quantised < 0.5, "{real}, {quantised}: chance is 2");
    assert!(noisy > real && noisy < 1.5, "{real}, {noisy}");
    let messages = vec![0b0110_0000; TILE];
    let bits = PackedBits { bytes: &messages, stride: 8 };
    let sent = |model| {
        let mut pair = Pair::with_tiles(model, &engine, 1);
        pair.encrypt(bits, bits);
        pair.ciphertext(0).iter().map(|row| row.values()[0]).collect::<Vec<f32>>()
    };
    assert!(sent(&model).iter().all(|value| [0.25, 0.75].contains(&value.abs())), "{:?}", sent(&model));
    assert!(!sent(&noisy_model).iter().all(|value| [0.25, 0.75, 1.0].contains(&value.abs())));
}
