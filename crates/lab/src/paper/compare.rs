//! The paper's figures, and what else is known, beside ours.

use std::fmt::Write;

use serde::Serialize;

use super::summary::{best, counted, mean_interval, shown};
use super::trial::{Leaked, Row};
use super::{Experiment, Group, cryptonet, fig4};
use evesdrop_attack::report::clopper_pearson;
use evesdrop_learn::run::Outcome;

/// Wrong bits of 16, or as large a part of a longer message, from which a fresh Eve counts as kept out (Abadi and Andersen, section 2.5).
const KEPT_OUT: f64 = 6.0;

/// A figure of the paper beside ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What it is.
    pub what: &'static str,
    /// The paper's figure, as it says it.
    pub paper: &'static str,
    /// What is best, or right, where that is known exactly.
    pub yardstick: Option<String>,
    /// Ours.
    pub measured: String,
    /// Whether the paper's figure lies in our 95 % interval, or the mean within the tolerance of the yardstick; None where there is
    /// neither.
    pub agrees: Option<bool>,
}

/// The paper beside us.
pub(super) fn beside(comparisons: &[Comparison]) -> String {
    if comparisons.is_empty() {
        return String::new();
    }
    let exact = comparisons.iter().any(|comparison| comparison.yardstick.is_some());
    let mut text = String::from(if exact {
        "\n| | paper | yardstick | measured (95 % interval) | agrees |\n|---|---|---|---|---|\n"
    } else {
        "\n| | paper | measured (95 % interval) | agrees |\n|---|---|---|---|\n"
    });
    for Comparison { what, paper, yardstick, measured, agrees } in comparisons {
        let agrees = agrees.map_or("", |agrees| if agrees { "yes" } else { "**no**" });
        let yardstick = if exact { format!(" {} |", yardstick.as_deref().unwrap_or_default()) } else { String::new() };
        let _ = writeln!(text, "| {what} | {paper} |{yardstick} {measured} | {agrees} |");
    }
    text
}

/// A part of all with its exact interval, and whether the paper's part lies in it.
fn part(what: &'static str, paper: (&'static str, f64), count: usize, of: usize) -> Comparison {
    let [low, high] = clopper_pearson(count as u64, of as u64, 0.95);
    let agrees = (of > 0).then_some((low..=high).contains(&paper.1));
    Comparison { what, paper: paper.0, yardstick: None, measured: counted(count, of), agrees }
}

/// The paper's figures, section 2.5 and appendix A, beside ours.
pub(super) fn compare(experiment: Experiment, all: &[(&Group, Vec<Row>)]) -> Vec<Comparison> {
    let rows: Vec<&Row> = all.iter().flat_map(|(_, rows)| rows).collect();
    if rows.is_empty() {
        return vec![];
    }
    let trained: Vec<&&Row> = rows.iter().filter(|row| row.outcome == Outcome::Trained).collect();
    let against: Vec<f64> = trained.iter().filter_map(|row| best(row)).collect();
    let range = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.is_empty() { "no run".into() } else { format!("{low:.2} to {high:.2}") }
    };
    match experiment {
        Experiment::Fig3 => {
            let interval = mean_interval(&against);
            let agrees = interval.and_then(|(_, interval)| interval).map(|[low, high]| (low..=high).contains(&6.1));
            let kept_out = against.iter().filter(|wrong| **wrong >= KEPT_OUT).count();
            vec![
                part("training failures", ("6 of 20", 0.3), rows.len() - trained.len(), rows.len()),
                Comparison {
                    what: "best fresh Eve, wrong bits, range",
                    paper: "4.67 to 6.97",
                    yardstick: None,
                    measured: range(&against),
                    agrees: None,
                },
                Comparison { what: "the same, mean", paper: "6.1", yardstick: None, measured: shown(&against), agrees },
                part("successes: Bob reads and fresh Eves have 6 bits wrong", ("10 of 20", 0.5), kept_out, rows.len()),
            ]
        }
        Experiment::Fig6 => {
            // The paper names no goal here: a fresh Eve breaks a run when she reads better than 6 bits wrong, or than Bob.
            let broken = rows
                .iter()
                .filter(|row| {
                    best(row)
                        .is_some_and(|wrong| wrong < KEPT_OUT || row.bob_wrong_bits.is_some_and(|bob| wrong <= bob))
                })
                .count();
            let [_, high] = clopper_pearson(broken as u64, rows.len() as u64, 0.95);
            let codebook: Vec<f64> = rows.iter().filter_map(|row| row.codebook).collect();
            vec![
                Comparison {
                    what: "runs that a fresh Eve breaks, or in which Bob reads no better than she",
                    paper: "most",
                    yardstick: None,
                    measured: counted(broken, rows.len()),
                    agrees: Some(high > 0.5),
                },
                Comparison {
                    what: "messages read by encrypting all under the public key",
                    paper: "",
                    yardstick: None,
                    measured: shown(&codebook),
                    agrees: None,
                },
            ]
        }
        Experiment::ShortKeys => {
            let most = |leaked: &Leaked| leaked.interval.map_or(leaked.bits, |[_, high]| high);
            let over = rows.iter().flat_map(|row| &row.leakage).map(|leaked| most(leaked) - leaked.least);
            let least = over.fold(f64::INFINITY, f64::min);
            vec![Comparison {
                what: "what leaks less what must (Shannon, with Bob's errors after Fano), the least of all",
                paper: "",
                yardstick: Some("0 or more".into()),
                measured: format!("{least:.3}"),
                agrees: Some(least >= -1e-9),
            }]
        }
        Experiment::Fig2 => vec![Comparison {
            what: "rounds until the goals are met",
            paper: "by 15,000",
            yardstick: None,
            measured: trained.first().map_or("not met".into(), |row| row.rounds.to_string()),
            agrees: Some(trained.first().is_some_and(|row| row.rounds <= 15_000)),
        }],
        Experiment::Ablation => {
            let unchanged: Vec<f64> = all[0].1.iter().filter_map(best).collect();
            let interval = mean_interval(&unchanged).and_then(|(_, interval)| interval);
            vec![Comparison {
                what: "nothing changed: one fresh Eve's wrong bits, mean (the paper's: the best of five)",
                paper: "6.1",
                yardstick: None,
                measured: shown(&unchanged),
                agrees: interval.map(|[low, high]| (low..=high).contains(&6.1)),
            }]
        }
        Experiment::Lengths => {
            let succeeded = |label: &str| {
                let (group, rows) = all.iter().find(|(group, _)| group.label == label).expect("a group of lengths");
                let wanted = KEPT_OUT / 16.0 * group.x;
                (rows.iter().filter_map(best).filter(|wrong| *wrong >= wanted).count(), rows.len())
            };
            let (small, sixteen, long) = (succeeded("N = 16, batch 512"), succeeded("N = 16"), succeeded("N = 64"));
            let [_, high] = clopper_pearson(long.0 as u64, long.1 as u64, 0.95);
            vec![
                part("batch 512: Bob reads and fresh Eves have 6 bits wrong", ("1 of 3", 1.0 / 3.0), small.0, small.1),
                Comparison {
                    what: "N = 64: the same with 24 bits wrong, beside N = 16",
                    paper: "somewhat more often",
                    yardstick: None,
                    measured: format!("{}; N = 16 {}", counted(long.0, long.1), counted(sixteen.0, sixteen.1)),
                    agrees: (sixteen.1 > 0).then(|| high >= sixteen.0 as f64 / sixteen.1 as f64),
                },
            ]
        }
        Experiment::LeakedKeys => {
            let less = |(group, rows): &(&Group, Vec<Row>)| {
                let pads = (16.0 - group.x) / 2.0;
                rows.iter().filter_map(best).map(|wrong| wrong - pads).collect::<Vec<_>>()
            };
            let least = all.iter().flat_map(less).fold(f64::INFINITY, f64::min);
            vec![Comparison {
                what: "what the best fresh Eve has wrong less what a one-time pad leaves her, (16 - j) / 2, the least of all",
                paper: "",
                yardstick: Some("0 or more".into()),
                measured: format!("{least:.3}"),
                agrees: Some(least >= 0.0),
            }]
        }
        Experiment::StrongEve => {
            let right = rows.iter().filter_map(|row| best(row)).map(|wrong| 100.0 * (1.0 - wrong / 16.0));
            vec![Comparison {
                what: "bits that an Eve stronger than that of the training has right, at most",
                paper: "61 to 65 % (arXiv 2407.08831)",
                yardstick: None,
                measured: format!("{:.0} %", right.fold(0.0, f64::max)),
                agrees: None,
            }]
        }
        Experiment::Fig4 => fig4::compare(&all[0].0.trials[0], &rows),
        Experiment::CryptoNet => cryptonet::compare(all),
    }
}
