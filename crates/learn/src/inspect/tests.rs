//! Tests with a handmade Alice whose behaviour is known exactly.

use evesdrop_engine::{Engine, Level};

use super::*;
use crate::games::Rules;
use crate::model::ModelNote;

fn engine() -> Engine {
    Engine::new(1, Level::from_environment().unwrap()).unwrap()
}

/// Alice's outputs for 4 plaintext and 6 key bits: p0 k0, p1 k1 (as products of -1 and +1), p2, and always -1.
///
/// The released network's convolutions, the same at every output, give +1 if the first of the output's two dense values is 2 or
/// -2, and -1 if it is 0.
fn by_hand() -> Model {
    let note = ModelNote::new(Rules::symmetric(Network::Released, 4, 6));
    let layout = note.layout();
    let mut parameters = vec![0.0; layout.len()];
    let mut set = |name: &str, at: usize, value: f32| {
        let tensor = layout.tensors().iter().find(|tensor| tensor.name == format!("alice.{name}")).unwrap();
        parameters[tensor.range()][at] = value;
    };
    let dense = |input: usize, output: usize| input * 8 + 2 * output;
    for output in 0..2 {
        set("dense.weight", dense(output, output), 1.0);
        set("dense.weight", dense(4 + output, output), 1.0);
    }
    set("dense.weight", dense(2, 2), 1.0);
    set("dense.bias", 4, 1.0);
    for channel in 0..2 {
        set("conv1.weight", channel, if channel == 0 { 20.0 } else { -20.0 });
        set("conv1.bias", channel, -20.0);
        set("conv2.weight", 3 * channel, 20.0);
        set("conv2.bias", channel, -10.0);
        set("conv3.weight", channel, 10.0);
    }
    set("conv3.bias", 0, -5.0);
    Model { note, parameters, fingerprint: [7; 32] }
}

/// An untrained model.
fn untrained(bits: usize, key_bits: usize) -> Model {
    let note = ModelNote::new(Rules::symmetric(Network::Paper, bits, key_bits));
    let parameters = note.layout().initialise(1);
    Model { note, parameters, fingerprint: [0; 32] }
}

fn inspect(model: &Model, samples: usize) -> Inspection {
    Inspection::new(model, Settings { samples, seed: 1 }, &engine()).unwrap()
}

#[test]
fn flips_move_the_right_outputs() {
    let Inspection { moves, values, .. } = inspect(&by_hand(), 1000);
    let expected = |input: usize, output: usize| if input == output { 2.0 } else { 0.0 };
    for input in 0..4 {
        for output in 0..4 {
            let p = if output < 3 { expected(input, output) } else { 0.0 };
            let k = if output < 2 { expected(input, output) } else { 0.0 };
            assert!((moves.plaintext.mean_change[input][output] - p).abs() < 1e-3, "p{input}, output {output}");
            assert!((moves.key.mean_change[input][output] - k).abs() < 1e-3, "k{input}, output {output}");
        }
    }
    assert_eq!(moves.plaintext.outputs_moved, [1.0, 1.0, 1.0, 0.0]);
    assert_eq!(moves.key.outputs_moved, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(moves.plaintext.notable[1], [0.0, 1.0, 0.0, 0.0]);
    assert!((moves.plaintext.outputs_moved_parts[1] - 0.75).abs() < 1e-9);
    assert!((moves.plaintext.mean_outputs_moved() - 0.75).abs() < 1e-9);
    assert_eq!((moves.plaintext.quantile(0.1), moves.plaintext.quantile(0.9)), (0, 1));
    assert_eq!((moves.plaintext.strongest(2).0, moves.key.strongest(1).0), (2, 1));
    assert_eq!((values.count, values.near_ends, values.near_zero), (4000, 1.0, 0.0));
    assert_eq!(values.histogram[1..19].iter().sum::<u64>(), 0);
}

#[test]
fn the_true_rules_are_found() {
    let outputs = inspect(&by_hand(), 1000).outputs;
    let rule = |plaintext: &[usize], key: &[usize], inverted| Rule {
        plaintext_bits: plaintext.to_vec(),
        key_bits: key.to_vec(),
        inverted,
        correlation: 1.0,
    };
    for (output, rules) in outputs[..2].iter().enumerate() {
        assert_eq!(rules.one_of_each, rule(&[output], &[output], true));
        assert_eq!(rules.any_bits, rules.one_of_each);
        assert!(rules.affine.unwrap().r_squared < 0.01);
    }
    assert_eq!(outputs[2].any_bits, rule(&[2], &[], false));
    assert!(outputs[2].one_of_each.correlation.abs() < 0.15);
    let affine = outputs[2].affine.unwrap();
    assert!((affine.r_squared - 1.0).abs() < 1e-3 && (affine.by_plaintext - 1.0).abs() < 1e-2, "{affine:?}");
    assert_eq!(outputs[3].any_bits, rule(&[], &[], false));
    assert_eq!(outputs[3].affine, None);
}

#[test]
fn the_table_shows_the_rules() {
    let text = inspect(&by_hand(), 500).to_text();
    for part in
        ["Output 0 moves by 2.000 when plaintext bit 0 flips", "not(p1^k1) 100 %", "p2 100 %", "always 0", "constant"]
    {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn the_quick_part_is_part_of_the_whole() {
    let (model, engine) = (untrained(7, 5), engine());
    let moves = influence(&mut Pair::with_tiles(&model, &engine, 32), 200, 1);
    assert_eq!(moves, inspect(&model, 200).moves);
}

#[test]
fn sentences_say_the_rules() {
    let sentences = inspect(&by_hand(), 1000).sentences();
    assert!(sentences[0].starts_with("Output 0: its sign is not(p0^k0) in 100 % of messages."), "{}", sentences[0]);
    assert!(
        sentences[2].starts_with("Output 2: its sign is p2 in 100 % of messages. A weighted sum"),
        "{}",
        sentences[2]
    );
    assert_eq!(sentences[3], "Output 3 is constant.");
}

#[test]
fn all_sizes_fit_the_terminal_and_the_picture() {
    for (bits, key_bits) in [(4, 1), (16, 16), (33, 70)] {
        let inspection = inspect(&untrained(bits, key_bits), 200);
        let text = inspection.to_text();
        let wide = text.lines().find(|line| line.chars().count() > 60 || line.ends_with(' '));
        assert_eq!(wide, None, "{bits} bits, {key_bits} key bits");
        let cells = inspection.to_svg().matches("<title>p").count();
        assert_eq!(cells, bits * bits);
        let json: serde_json::Value = serde_json::from_str(&inspection.to_json()).unwrap();
        let key = json["moves"]["key"]["mean_change"].as_array().unwrap();
        assert_eq!((key.len(), key[0].as_array().unwrap().len()), (key_bits, bits));
    }
}

#[test]
fn the_same_seed_gives_the_same_results() {
    let model = untrained(5, 9);
    let with = |threads, seed| {
        let engine = Engine::new(threads, Level::from_environment().unwrap()).unwrap();
        Inspection::new(&model, Settings { samples: 300, seed }, &engine).unwrap()
    };
    assert_eq!(with(1, 3), with(2, 3));
    assert_ne!(with(1, 3).moves, with(1, 4).moves);
}

#[test]
fn bad_settings_are_refused() {
    for samples in [0, 127, 65_537, usize::MAX] {
        let refused = Inspection::new(&by_hand(), Settings { samples, seed: 1 }, &engine());
        assert_eq!(refused, Err(InspectError::Samples(samples)));
    }
}

#[test]
fn a_pad_of_products_is_proved_and_its_rules_are_named() {
    let rules = Rules { channel: crate::games::Channel::Bits, ..Rules::symmetric(Network::Product, 4, 4) };
    let note = ModelNote::new(rules);
    let layout = note.layout();
    let mut parameters = vec![0.0; layout.len()];
    let mut set = |name: &str, input: usize, output: usize| {
        let tensor = layout.tensors().iter().find(|tensor| tensor.name == name).unwrap();
        parameters[tensor.range()][input * 8 + output] = 1.0;
    };
    // c_i = p_i k_(3-i), and Bob undoes it.
    for output in 0..4 {
        for network in ["alice.dense.weight", "bob.dense.weight"] {
            set(network, output, output);
            set(network, 4 + (3 - output), 4 + output);
        }
    }
    let mut model = Model { note, parameters, fingerprint: [7; 32] };
    let inspection = inspect(&model, 200);
    let proved = inspection.proved.as_ref().unwrap();
    assert!(proved.pad && proved.readable);
    let text = inspection.to_text().replace('\n', " ");
    assert!(
        text.contains("c0 = not(p0^k3), c1 = not(p1^k2), c2 = not(p2^k1), c3 = not(p3^k0): a one-time pad"),
        "{text}"
    );
    assert!(text.contains("Bob reads every message."), "{text}");
    // Two outputs share a key bit, and Bob does not know.
    let alice = layout.tensors().iter().find(|tensor| tensor.name == "alice.dense.weight").unwrap();
    model.parameters[alice.range()][(4 + 3) * 8 + 4] = 0.0;
    model.parameters[alice.range()][(4 + 2) * 8 + 4] = 1.0;
    let proved = inspect(&model, 200).proved.unwrap();
    assert_eq!((proved.pad, proved.readable), (false, false));
    assert_eq!(proved.outputs[0].unwrap().inputs, [0, 6]);
    assert_eq!(inspect(&by_hand(), 200).proved, None);
}
