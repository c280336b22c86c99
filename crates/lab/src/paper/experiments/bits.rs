//! Ciphers over bits: do they leak, and which parts of the recipe matter?

use std::fmt::Write;

use evesdrop_chart::{Axis, Strip, StripPlot};
use evesdrop_learn::games::{BobTerm, Channel, EveKind, EveTerm, GameKind};
use evesdrop_learn::networks::Network;
use evesdrop_learn::train::{Preset, Settings};

use super::definition::Definition;
use super::recipes::Recipes;
use crate::paper::tables::{Comparison, counted, median_rounds, shown, trained};
use crate::paper::trials::{Group, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "bits",
    words: "ciphers over bits: Bob's errors and the leakage over all messages and keys, and one part of the recipe changed at a time",
    runs: (2, 20),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

/// Bits of message and key in the groups in which one part of the recipe is changed.
const CHANGED: usize = 8;
/// At most this many trainings in each of these groups, and of the longest messages.
const CHANGED_RUNS: usize = 3;
const LONGEST_RUNS: usize = 3;
/// Bits of a message of which only a few are trained.
const LONGEST: usize = 32;
/// Most bits of a message for which all messages and keys are enumerated.
const ENUMERATED: usize = 8;

fn groups(recipes: &Recipes) -> Vec<Group> {
    let whole = |bits: usize| (format!("n = {bits}"), Settings { bits: Some(bits), ..recipe() });
    let lengths = if recipes.quick { vec![4, 8] } else { vec![4, 8, 16, LONGEST] };
    let group = |(label, settings): (String, Settings)| {
        let bits = settings.bits.expect("every group has a length");
        recipes.group(label, bits as f64, &settings, |s| s.leakage = (bits <= ENUMERATED).then_some(bits as u32))
    };
    let at_most = |runs: usize| {
        move |mut group: Group| {
            group.trials.truncate(runs);
            group
        }
    };
    let whole = lengths.into_iter().map(whole).map(group);
    let whole = whole.map(|group| if group.x > 16.0 { at_most(LONGEST_RUNS)(group) } else { group });
    let combined = combinations().filter(|_| !recipes.quick);
    let changed = changes().chain(combined).map(group).map(at_most(CHANGED_RUNS));
    whole.chain(changed).collect()
}

fn recipe() -> Settings {
    Settings { preset: Some(Preset::Bits), ..Settings::default() }
}

/// The recipe with one part changed. The label begins with the length.
fn changes() -> impl Iterator<Item = (String, Settings)> {
    let base = || Settings { bits: Some(CHANGED), max_rounds: Some(30_000), ..recipe() };
    [
        // New starts of single values depend on what Eve reads.
        ("no Eve", Settings { eve_term: Some(EveTerm::Nothing), value_patience: Some(0), ..base() }),
        ("no term of Eve in the loss", Settings { eve_term: Some(EveTerm::Nothing), ..base() }),
        ("an Eve for single bits, of products", Settings { eves: Some(vec![EveKind::Product]), ..base() }),
        ("an Eve for single bits, wide", Settings { eves: Some(vec![EveKind::Wide]), ..base() }),
        (
            "an Eve who chooses plaintexts",
            Settings { game: Some(GameKind::ChosenPlaintext), eves: Some(vec![EveKind::Angles]), ..base() },
        ),
        ("Eve's learning rate as Alice's", Settings { eve_learning_rate: Some(0.004), ..base() }),
        ("no single value starts over", Settings { value_patience: Some(0), ..base() }),
        ("no constant modulus", Settings { modulus_weight: Some(0.0), ..base() }),
        ("no noise", Settings { channel_noise: Some(0.0), ..base() }),
        ("no gradual move to bits", Settings { harden_rounds: Some(0), ..base() }),
        ("Bob's term of absolute errors", Settings { bob_term: Some(BobTerm::PerBit), ..base() }),
        ("real values", Settings { channel: Some(Channel::Real), ..base() }),
        ("two bits per value", Settings { channel: Some(Channel::Quantised(2)), ..base() }),
        ("the paper's network", Settings { network: Some(Network::Paper), ..base() }),
        ("CryptoNet", Settings { network: Some(Network::CryptoNet), ..base() }),
        ("a key of 6 bits", Settings { key_bits: Some(6), ..base() }),
        ("a key of 4 bits", Settings { key_bits: Some(4), ..base() }),
    ]
    .into_iter()
    .map(|(change, settings)| (format!("n = {CHANGED}, {change}"), settings))
}

/// Every network with every Eve over every channel, but for those of which [`changes`] has a row. The label begins with the length.
fn combinations() -> impl Iterator<Item = (String, Settings)> {
    let networks = [
        ("the product network", Network::Product),
        ("the paper's network", Network::Paper),
        ("a dense network", Network::Dense),
        ("CryptoNet", Network::CryptoNet),
    ];
    let eves = ["no Eve", "an Eve for single bits", "an Eve for XORs", "an Eve who chooses plaintexts"];
    let channels =
        [("bits", Channel::Bits), ("two bits per value", Channel::Quantised(2)), ("real values", Channel::Real)];
    let combined = move |(network, words): (Network, &str), eve: &str, (sent, channel): (&str, Channel)| {
        let base = Settings {
            bits: Some(CHANGED),
            max_rounds: Some(30_000),
            network: Some(network),
            channel: Some(channel),
            ..recipe()
        };
        let settings = match eve {
            "no Eve" => {
                // Elsewhere no value starts over.
                let starts_over = channel == Channel::Bits && network == Network::Product;
                Settings { eve_term: Some(EveTerm::Nothing), value_patience: starts_over.then_some(0), ..base }
            }
            "an Eve for single bits" => Settings { eves: Some(vec![EveKind::Wide]), ..base },
            "an Eve for XORs" => base,
            _ => Settings { game: Some(GameKind::ChosenPlaintext), eves: Some(vec![EveKind::Angles]), ..base },
        };
        (format!("n = {CHANGED}, {words}, {eve}, {sent}"), settings)
    };
    let shown: Vec<Settings> = changes().map(|(_, settings)| settings).chain([recipe()]).collect();
    let new = move |settings: &Settings| {
        let same = |other: &Settings| {
            let whole = Settings { bits: Some(CHANGED), max_rounds: Some(30_000), ..other.clone() };
            whole.check().ok() == settings.check().ok()
        };
        !shown.iter().any(same)
    };
    networks
        .into_iter()
        .flat_map(move |(words, network)| {
            eves.into_iter()
                .flat_map(move |eve| channels.into_iter().map(move |channel| combined((network, words), eve, channel)))
        })
        .filter(move |(_, settings)| new(settings))
}

/// Bob's mean wrong bits over all messages and keys, by enumeration or by proof. Real values are quantised to 8 bits.
fn bob_wrong(row: &Row) -> Option<f64> {
    let proved = (row.readable == Some(true)).then_some(0.0);
    row.leakage.last().map(|leaked| leaked.bob_wrong_bits).or(proved)
}

/// I(P;C) in bits, by enumeration or by proof. Real values are quantised to 8 bits.
fn information(row: &Row) -> Option<f64> {
    let proved = (row.pad == Some(true)).then_some(0.0);
    row.leakage.last().map(|leaked| leaked.bits).or(proved)
}

/// The most information, in bits per message, of a cipher that counts as one that leaks nothing.
fn little(bits: f64) -> f64 {
    if bits > 8.0 { 0.01 } else { 0.005 }
}

/// How many ciphers Bob reads without error and leak nothing.
fn perfect(group: &Group, rows: &[Row]) -> usize {
    let is = |row: &&Row| bob_wrong(row) == Some(0.0) && information(row).is_some_and(|bits| bits < little(group.x));
    rows.iter().filter(is).count()
}

fn table(results: &Rows) -> String {
    let mut text = String::from(
        "| | trained | rounds, median | Bob's wrong bits, all P and K | I(P;C) | proved pads | no error, no leakage |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for (group, rows) in &results.groups {
        let of = |value: fn(&Row) -> Option<f64>| shown(&rows.iter().filter_map(value).collect::<Vec<_>>());
        let _ = writeln!(
            text,
            "| {} | {} of {} | {} | {} | {} | {} | {} |",
            group.label,
            trained(rows).count(),
            rows.len(),
            median_rounds(rows),
            of(bob_wrong),
            of(information),
            rows.iter().filter(|row| row.pad == Some(true)).count(),
            counted(perfect(group, rows), rows.len()),
        );
    }
    text
}

fn compare(results: &Rows) -> Vec<Comparison> {
    let goals =
        [("n = 8", "n = 8: no error and I(P;C) < 0.005 bit"), ("n = 16", "n = 16: no error and I(P;C) < 0.01 bit")];
    let compared = |(label, what): (&str, &'static str)| {
        let (group, rows) = results.groups.iter().find(|(group, rows)| group.label == label && !rows.is_empty())?;
        let (count, of) = (perfect(group, rows), rows.len());
        let agrees = Some(10 * count >= 9 * of);
        Some(Comparison { what, paper: "", yardstick: Some("18 of 20".into()), measured: counted(count, of), agrees })
    };
    let groups = results.groups.iter().filter(|(group, _)| group.label.starts_with("n = 8, a key of"));
    let over = groups.flat_map(|(_, rows)| rows).flat_map(|row| row.leakage.last()).map(|leak| leak.bits - leak.least);
    let least = over.reduce(f64::min).map(|least| Comparison {
        what: "short keys: excess of the leakage over its lower bound (Shannon; Fano for Bob's errors), minimum",
        paper: "",
        yardstick: Some("0 or more".into()),
        measured: format!("{least:.3}"),
        agrees: Some(least >= -1e-9),
    });
    goals.into_iter().filter_map(compared).chain(least).collect()
}

/// One row per group but for the many combinations: Bob's wrong bits and the leakage.
fn picture(results: &Rows) -> String {
    let combined: Vec<String> = combinations().map(|(label, _)| label).collect();
    let plot = StripPlot::new("Ciphers over bits", Axis::linear("bits").range(0.0, 8.0))
        .note("Trainings with equal figures share a dot. All messages and keys were enumerated, or the figure follows from a proof.")
        .series("Bob's wrong bits of a message")
        .series("I(P;C): information that the ciphertext gives about the message")
        .width(900.0);
    let drawn = results.groups.iter().filter(|(group, rows)| !rows.is_empty() && !combined.contains(&group.label));
    let rows = drawn.map(|(group, rows)| {
        let note = format!("{} of {} without error and leakage", perfect(group, rows), rows.len());
        let distinct = |value: fn(&Row) -> Option<f64>| {
            let mut values: Vec<f64> = rows.iter().filter_map(value).collect();
            values.sort_by(f64::total_cmp);
            values.dedup();
            values
        };
        Strip::new(group.label.clone()).dots(0, distinct(bob_wrong)).dots(1, distinct(information)).note(note)
    });
    rows.fold(plot, StripPlot::row).to_svg()
}
