use super::*;
use crate::battery::Budget;
use crate::ciphers::{BIASED_ONE, Blocks, Ciphertexts, KeyUse, Learned, Pad, Vigenere, Xor};
use crate::tools::testing::{attack, attack_cipher, with_context};
use evesdrop_learn::games::{Channel, Rules};
use evesdrop_learn::model::{Model, ModelNote};
use evesdrop_learn::networks::{Initialisation, Network};

fn measured(cipher: &dyn Cipher, varied: u32) -> Leak {
    with_context(Budget::Quick, 1, |context| measure(cipher, varied, &[1], context).unwrap().remove(0))
}

/// Entropy in bits of a bit that is 1 with probability p.
fn h2(p: f64) -> f64 {
    -p * p.log2() - (1.0 - p) * (1.0 - p).log2()
}

#[test]
fn a_one_time_pad_leaks_nothing() {
    for varied in [3, 10] {
        let leak = measured(&Pad::fair(10), varied);
        assert!(leak.information < 1e-12 && leak.advantages.iter().all(|&advantage| advantage == 0.0));
        assert_eq!((leak.bob_wrong, leak.advantages.len()), (Some(0.0), varied as usize));
    }
}

#[test]
fn a_repeated_key_leaks_the_missing_key_bits() {
    // Tables summed as a tree, tables written directly, sampled ciphertexts.
    for (block, key) in [(10, 7), (12, 5), (20, 3)] {
        let leak = measured(&Xor { block, key }, block.min(14) as u32);
        let varied = block.min(14) as f64;
        if block <= 14 {
            assert!((leak.information - (varied - key as f64)).abs() < 1e-9, "{block}/{key}: {}", leak.information);
        }
        assert_eq!(leak.bob_wrong, Some(0.0));
    }
    let leak = measured(&Vigenere { block: 16, key: 8 }, 16);
    assert!((leak.information - 8.0).abs() < 1e-9);
}

#[test]
fn a_biased_pad_leaks_its_closed_form() {
    let leak = measured(&Pad::biased(9), 9);
    assert!((leak.information - 9.0 * (1.0 - h2(BIASED_ONE))).abs() < 1e-9, "{}", leak.information);
    assert!(leak.advantages.iter().all(|advantage| (advantage - 0.04).abs() < 1e-9));
}

/// Message bits 0..4 under a 3-bit key, with a ciphertext of 30 bits that repeats itself.
struct Wide {
    one: f64,
}

impl Cipher for Wide {
    fn name(&self) -> String {
        "wide".into()
    }
    fn block_bits(&self) -> usize {
        4
    }
    fn key_bits(&self) -> usize {
        3
    }
    fn form(&self) -> Form {
        Form::Bits(72)
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::OneTime
    }
    fn key_bit_probability(&self) -> f64 {
        self.one
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        let rows = keys.rows().max(plaintexts.rows());
        let mut out = Blocks::new(72, rows);
        for row in 0..rows {
            let key = keys.value(if keys.rows() == 1 { 0 } else { row });
            let text = plaintexts.value(if plaintexts.rows() == 1 { 0 } else { row });
            out.set_bytes(row, &[(text ^ key) as u8; 9]);
        }
        Ok(Ciphertexts::Bits(out))
    }
}

#[test]
fn sampled_ciphertexts_give_the_same_answer() {
    let leak = measured(&Wide { one: 0.5 }, 4);
    // Three bits are encrypted with a pad; the highest is sent unencrypted.
    assert!((leak.information - 1.0).abs() < 1e-9, "{}", leak.information);
    assert_eq!((leak.advantages.clone(), leak.bob_wrong), (vec![1.0, 0.0, 0.0, 0.0], None));
    let leak = measured(&Wide { one: 0.8 }, 4);
    let exact = 1.0 + 3.0 * (1.0 - h2(0.8));
    assert!((leak.information - exact).abs() < 1e-9, "{} and {exact}", leak.information);
    assert!(leak.interval.is_some());
}

#[test]
fn findings_say_it_in_words() {
    let pad = &attack(&Leakage, "one-time-pad")[0];
    assert_eq!(pad.verdict, Verdict::NothingFound);
    assert!(pad.details[0].1.starts_with("6 of 16 message bits"), "{:?}", pad.details);
    let biased = &attack(&Leakage, "biased-pad")[0];
    assert_eq!(biased.verdict, Verdict::WeaknessFound);
    let xor = &attack(&Leakage, "xor:12/6")[0];
    assert!(xor.summary.contains("reveals 6.0000 of 12"), "{}", xor.summary);
    assert!(!xor.misuse && !biased.misuse);
}

#[test]
fn bob_is_exact_where_all_can_be_run() {
    use crate::ciphers::Learned;
    use evesdrop_learn::games::Rules;
    use evesdrop_learn::model::{Model, ModelNote};
    use evesdrop_learn::networks::{Initialisation, Network};
    let note = ModelNote::new(Rules::symmetric(Network::Paper, 6, 5));
    let parameters = Initialisation::Doubled.parameters(&note.layout(), 1);
    let model = Model::new(note, parameters);
    let cipher = Learned::new("test", model).unwrap();
    let leaks = with_context(Budget::Quick, 1, |context| measure(&cipher, 6, &[2, 8], context).unwrap());
    let messages = Blocks::from_values(6, (0..1 << 11).map(|place| place >> 5));
    let keys = Blocks::from_values(5, (0..1 << 11).map(|place| place & 31));
    let Ciphertexts::Floats(sent) = cipher.encrypt(&keys, &messages, 0).unwrap() else { panic!("real numbers") };
    for (leak, depth) in leaks.iter().zip([2, 8]) {
        let read = cipher.decrypt(&keys, &Ciphertexts::Floats(sent.rounded(depth)), 0).unwrap().xor(&messages);
        let wrong: u32 = (0..1 << 11).map(|row| read.row(row)[0].count_ones()).sum();
        assert_eq!((leak.bob_wrong, leak.bob_sample), (Some(f64::from(wrong) / 2048.0), None), "{depth} bits");
        assert!(wrong > 0, "untrained");
    }
}

#[test]
fn no_depth_exceeds_the_bits_of_a_value() {
    for (channel, depths) in [(Channel::Bits, 1), (Channel::Quantised(3), 3), (Channel::Real, 4)] {
        let note = ModelNote::new(Rules { channel, ..Rules::symmetric(Network::Product, 4, 4) });
        let parameters = Initialisation::Xavier.parameters(&note.layout(), 1);
        let cipher = Learned::new("test", Model::new(note, parameters)).unwrap();
        assert_eq!(attack_cipher(&Leakage, Box::new(cipher)).len(), depths, "{channel}");
    }
}
