//! CryptoNet: does it find the one-time pad, and against whom? (M. Coutinho et al. 2018)

use std::fmt::Write;

use super::Group;
use super::compare::Comparison;
use super::summary::{counted, shown};
use super::trial::Row;
use evesdrop_chart::{Axis, Chart, Series};
use evesdrop_learn::games::{EveKind, EveTerm, GameKind};
use evesdrop_learn::networks::Network;
use evesdrop_learn::run::Outcome;
use evesdrop_learn::train::Settings;

/// Bits of a message and of a key.
const LENGTHS: [usize; 4] = [2, 4, 8, 16];
/// Whom Alice and Bob play against.
const REGIMES: [(&str, GameKind, EveTerm); 3] = [
    ("no Eve", GameKind::Symmetric, EveTerm::Nothing),
    ("plain Eve", GameKind::Symmetric, EveTerm::PerBit),
    ("chosen-plaintext Eve", GameKind::ChosenPlaintext, EveTerm::PerBit),
];

/// Whether Alice's weights are normalised, and how labels begin that say so.
const FORMS: [(bool, &str); 2] = [(false, ""), (true, "normalised, ")];
const FREE: usize = 0;
const NORMALISED: usize = 1;

/// What each group trains: label, bits, settings; for one form, length and regime after another.
pub(super) fn settings(quick: bool) -> impl Iterator<Item = (String, usize, Settings)> {
    let forms = FORMS.into_iter().flat_map(|form| LENGTHS.map(|bits| (form, bits)));
    forms.flat_map(move |((normalised, words), bits)| {
        REGIMES.into_iter().map(move |(regime, game, eve_term)| {
            let settings = Settings {
                game: Some(game),
                network: Some(Network::CryptoNet),
                normalised: Some(normalised),
                bits: Some(bits),
                eve_term: Some(eve_term),
                // Products of degree 4 miss an XOR of three outputs and two message bits; sums of angles tell any (RESULTS.md).
                eves: Some(vec![EveKind::Angles]),
                batch: Some(64),
                learning_rate: Some(0.02),
                eve_learning_rate: Some(0.01),
                eve_goal: Some(if eve_term == EveTerm::Nothing { 0.0 } else { 7.9 }),
                confirm_steps: Some(10_000),
                patience: Some(0),
                give_up: Some(7000),
                // Beyond 4 bits nothing that was tried learns to keep a secret within 40,000 either.
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

/// How many of a group's runs have found it. Weights of which Bob can make nothing, with more than one bit in twenty wrong, say
/// nothing once rounded.
fn found(property: Property, group: &Group, rows: &[Row]) -> usize {
    let most = 0.05 * group.x;
    rows.iter()
        .filter(|row| property(row) == Some(true) && row.bob_wrong_bits.is_some_and(|wrong| wrong <= most))
        .count()
}

/// One line a length and regime.
pub(super) fn table(all: &[(&Group, Vec<Row>)]) -> String {
    let mut text = String::from(
        "| | trained | rounds, median | Bob wrong | Eve wrong | rounded: a permuted pad | a pad under a map of the key | perfectly secret |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for (group, rows) in all {
        let of = |value: &dyn Fn(&Row) -> Option<f64>| shown(&rows.iter().filter_map(value).collect::<Vec<_>>());
        let trained = rows.iter().filter(|row| row.outcome == Outcome::Trained).count();
        let mut rounds: Vec<u64> = rows.iter().map(|row| row.rounds).collect();
        rounds.sort_unstable();
        let _ = writeln!(
            text,
            "| {} | {trained} of {} | {} | {} | {} | {} | {} | {} |",
            group.label,
            rows.len(),
            rounds.get(rounds.len() / 2).map_or(String::new(), u64::to_string),
            of(&|row| row.bob_wrong_bits),
            of(&|row| row.eve_wrong_bits),
            counted(found(PAD, group, rows), rows.len()),
            counted(found(KEYED_PAD, group, rows), rows.len()),
            counted(found(SECRET, group, rows), rows.len()),
        );
    }
    text
}

/// The rows of all groups of one form and one regime.
fn of_regime<'r>(
    all: &'r [(&Group, Vec<Row>)],
    form: usize,
    regime: usize,
) -> impl Iterator<Item = &'r (&'r Group, Vec<Row>)> {
    let groups = LENGTHS.len() * REGIMES.len();
    all.iter().skip(form * groups).take(groups).skip(regime).step_by(REGIMES.len())
}

/// What is reported of CryptoNet, beside ours.
pub(super) fn compare(all: &[(&Group, Vec<Row>)]) -> Vec<Comparison> {
    let at_four = |what, form, property: Property| {
        let four = of_regime(all, form, 2).find(|(group, _)| group.x == 4.0);
        let (count, of) = four.map_or((0, 0), |(group, rows)| (found(property, group, rows), rows.len()));
        let agrees = (of > 0).then_some(2 * count > of);
        Comparison { what, paper: "learned", yardstick: None, measured: counted(count, of), agrees }
    };
    let by_regime = |what, form, property: Property, lengths: &[usize]| {
        let count = |regime: usize| -> (usize, usize) {
            let groups = of_regime(all, form, regime).filter(|(group, _)| lengths.contains(&(group.x as usize)));
            let counts = groups.map(|(group, rows)| (found(property, group, rows), rows.len()));
            counts.fold((0, 0), |sum, (count, of)| (sum.0 + count, sum.1 + of))
        };
        let by_regime: Vec<(usize, usize)> = (0..REGIMES.len()).map(count).collect();
        let parts: Vec<f64> = by_regime.iter().map(|&(count, of)| count as f64 / of.max(1) as f64).collect();
        let named =
            REGIMES.iter().zip(&by_regime).map(|((name, ..), &(count, of))| format!("{name} {}", counted(count, of)));
        Comparison {
            what,
            paper: "likelier the stronger Eve",
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

/// The part of the runs whose rounded weights are a permuted pad, where they are normalised, against the length.
pub(super) fn picture(all: &[(&Group, Vec<Row>)]) -> String {
    let axis = Axis::linear("part of the runs").range(0.0, 1.0);
    let title = "CryptoNet, normalised: runs that find a permuted pad";
    let chart = Chart::new(title, Axis::log("bits of a message"), axis);
    let line = |regime: usize| {
        let groups = of_regime(all, NORMALISED, regime).filter(|(_, rows)| !rows.is_empty());
        groups.map(|(group, rows)| (group.x, found(PAD, group, rows) as f64 / rows.len() as f64)).collect()
    };
    let series = |(i, regime): (usize, &(&str, GameKind, EveTerm))| Series::line(regime.0, line(i)).with_dots();
    REGIMES.iter().enumerate().map(series).fold(chart, Chart::series).to_svg()
}
