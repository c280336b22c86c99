//! CryptoNet: does it find the one-time pad, and against which Eves? (M. Coutinho et al., Sensors 18(5):1306, 2018)

use std::fmt::Write;

use evesdrop_chart::{HeatMap, Shades};
use evesdrop_learn::games::{EveKind, EveTerm, GameKind};
use evesdrop_learn::networks::Network;
use evesdrop_learn::train::Settings;

use super::definition::Definition;
use super::recipes::Recipes;
use crate::paper::tables::{Comparison, counted, median_rounds, shown, trained};
use crate::paper::trials::{Group, Row, Rows};

pub(super) const DEFINITION: Definition = Definition {
    name: "cryptonet",
    words: "CryptoNet with no Eve, a plain Eve and a chosen-plaintext Eve: how often it finds the pad",
    runs: (5, 20),
    groups,
    table,
    compare,
    picture,
    curve: false,
};

fn groups(recipes: &Recipes) -> Vec<Group> {
    settings(recipes.quick)
        .map(|(label, bits, settings)| recipes.group(label, bits as f64, &settings, |_| {}))
        .collect()
}

/// Number of bits of a message and of a key.
const LENGTHS: [usize; 4] = [2, 4, 8, 16];
/// The Eves that Alice and Bob train against.
const REGIMES: [(&str, GameKind, EveTerm); 3] = [
    ("no Eve", GameKind::Symmetric, EveTerm::Nothing),
    ("plain Eve", GameKind::Symmetric, EveTerm::PerBit),
    ("chosen-plaintext Eve", GameKind::ChosenPlaintext, EveTerm::PerBit),
];

/// Whether Alice's weights are normalised, and the prefix of the labels.
const FORMS: [(bool, &str); 2] = [(false, ""), (true, "normalised, ")];
const FREE: usize = 0;
const NORMALISED: usize = 1;

/// The trainings of each group: label, bits, settings. Order: by form, then by length, then by regime.
fn settings(quick: bool) -> impl Iterator<Item = (String, usize, Settings)> {
    let forms = FORMS.into_iter().flat_map(|form| LENGTHS.map(|bits| (form, bits)));
    forms.flat_map(move |((normalised, words), bits)| {
        REGIMES.into_iter().map(move |(regime, game, eve_term)| {
            let settings = Settings {
                game: Some(game),
                network: Some(Network::CryptoNet),
                normalised: Some(normalised),
                bits: Some(bits),
                eve_term: Some(eve_term),
                // Products of degree 4 cannot represent an XOR of three outputs and two message bits; sums of angles can
                // represent any XOR (RESULTS.md).
                eves: Some(vec![EveKind::Angles]),
                batch: Some(64),
                learning_rate: Some(0.02),
                eve_learning_rate: Some(0.01),
                eve_goal: Some(if eve_term == EveTerm::Nothing { 0.0 } else { 7.9 }),
                confirm_steps: Some(10_000),
                patience: Some(0),
                give_up: Some(7000),
                // Beyond 4 bits no setting that was tried learns to keep a secret within 40,000 rounds.
                max_rounds: Some(match quick {
                    true if bits <= 4 => 40_000,
                    true => 10_000,
                    false => 100_000,
                }),
                ..Settings::default()
            };
            (format!("{words}n = {bits}, {regime}"), bits, settings)
        })
    })
}

/// A property of rounded weights.
type Property = fn(&Row) -> Option<bool>;
const PAD: Property = |row| row.pad;
const KEYED_PAD: Property = |row| row.keyed_pad;
const SECRET: Property = |row| row.secret;

/// How many runs of a group have found it. Runs in which Bob has more than one bit in twenty wrong do not count: their rounded
/// weights mean nothing.
fn found(property: Property, group: &Group, rows: &[Row]) -> usize {
    let most = 0.05 * group.x;
    rows.iter()
        .filter(|row| property(row) == Some(true) && row.bob_wrong_bits.is_some_and(|wrong| wrong <= most))
        .count()
}

/// One line per length and regime.
fn table(results: &Rows) -> String {
    let mut text = String::from(
        "| | trained | rounds, median | Bob wrong | Eve wrong | rounded: a permuted pad | a pad under a map of the key | perfectly secret |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for (group, rows) in &results.groups {
        let of = |value: &dyn Fn(&Row) -> Option<f64>| shown(&rows.iter().filter_map(value).collect::<Vec<_>>());
        let trained = trained(rows).count();
        let _ = writeln!(
            text,
            "| {} | {trained} of {} | {} | {} | {} | {} | {} | {} |",
            group.label,
            rows.len(),
            median_rounds(rows),
            of(&|row| row.bob_wrong_bits),
            of(&|row| row.eve_wrong_bits),
            counted(found(PAD, group, rows), rows.len()),
            counted(found(KEYED_PAD, group, rows), rows.len()),
            counted(found(SECRET, group, rows), rows.len()),
        );
    }
    text
}

/// The rows of all groups with one form and one regime.
fn of_regime(results: &Rows, form: usize, regime: usize) -> impl Iterator<Item = &(Group, Vec<Row>)> {
    let groups = LENGTHS.len() * REGIMES.len();
    results.groups.iter().skip(form * groups).take(groups).skip(regime).step_by(REGIMES.len())
}

/// The reported results for CryptoNet, compared with ours.
fn compare(results: &Rows) -> Vec<Comparison> {
    let at_four = |what, form, property: Property| {
        let four = of_regime(results, form, 2).find(|(group, _)| group.x == 4.0);
        let (count, of) = four.map_or((0, 0), |(group, rows)| (found(property, group, rows), rows.len()));
        let agrees = (of > 0).then_some(2 * count > of);
        Comparison { what, paper: "learned", yardstick: None, measured: counted(count, of), agrees }
    };
    let by_regime = |what, form, property: Property, lengths: &[usize]| {
        let count = |regime: usize| -> (usize, usize) {
            let groups = of_regime(results, form, regime).filter(|(group, _)| lengths.contains(&(group.x as usize)));
            let counts = groups.map(|(group, rows)| (found(property, group, rows), rows.len()));
            counts.fold((0, 0), |sum, (count, of)| (sum.0 + count, sum.1 + of))
        };
        let by_regime: Vec<(usize, usize)> = (0..REGIMES.len()).map(count).collect();
        let parts: Vec<f64> = by_regime.iter().map(|&(count, of)| count as f64 / of.max(1) as f64).collect();
        let named =
            REGIMES.iter().zip(&by_regime).map(|((name, ..), &(count, of))| format!("{name} {}", counted(count, of)));
        Comparison {
            what,
            paper: "more likely with a stronger Eve",
            yardstick: None,
            measured: named.collect::<Vec<_>>().join("; "),
            agrees: Some(parts.is_sorted() && parts[0] < parts[2]),
        }
    };
    vec![
        at_four("n = 4, chosen-plaintext Eve, normalised: permuted pads", NORMALISED, PAD),
        at_four("the same, weights free", FREE, PAD),
        at_four("the same under a map of the key", FREE, KEYED_PAD),
        at_four("the same under maps of the key and the message: perfectly secret", FREE, SECRET),
        by_regime("normalised, n = 4: permuted pads", NORMALISED, PAD, &[4]),
        by_regime("normalised, all lengths: permuted pads", NORMALISED, PAD, &LENGTHS),
        by_regime("weights free, all lengths: permuted pads", FREE, PAD, &LENGTHS),
        by_regime("the same under a map of the key", FREE, KEYED_PAD, &LENGTHS),
        by_regime("the same under maps of the key and the message: perfectly secret", FREE, SECRET, &LENGTHS),
    ]
}

/// For each form and regime: how many runs of each length find a permuted pad.
fn picture(results: &Rows) -> String {
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for (form, words) in [(NORMALISED, "weights normalised"), (FREE, "weights free")] {
        for (regime, (name, ..)) in REGIMES.iter().enumerate() {
            let cell = |(group, rows): &(Group, Vec<Row>)| (found(PAD, group, rows), rows.len());
            let cells: Vec<(usize, usize)> = of_regime(results, form, regime).map(cell).collect();
            rows.push((
                format!("{words}, {name}"),
                cells.iter().map(|&(count, of)| if of == 0 { f64::NAN } else { count as f64 / of as f64 }).collect(),
            ));
            labels.push(cells.iter().map(|(count, of)| format!("{count} of {of}")).collect());
        }
    }
    HeatMap::new("CryptoNet: runs that find a permuted one-time pad", LENGTHS.map(|n| n.to_string()).into(), rows)
        .note("Runs whose rounded weights are a one-time pad up to the order of the bits, and in which Bob reads.")
        .titles("bits of a message", "", "fraction of runs")
        .shades(Shades::Sequential, Some((0.0, 1.0)))
        .labels(labels)
        .to_svg()
}
