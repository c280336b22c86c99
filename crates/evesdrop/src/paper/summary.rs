//! What an experiment's trials come to: a table, a comparison with the paper, a picture, and every trial's row.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::trial::{DEPTHS, Leaked, PaperError, Row};
use super::{Experiment, Group, Scale, cryptonet, fig4};
use crate::chart::{Axis, Chart, Series};
use crate::report::clopper_pearson;
use crate::train::{Outcome, SquaredErrors};

/// Wrong bits of 16 from which a fresh Eve counts as kept out (Abadi and Andersen, section 2.5).
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

/// An experiment's result, or as much of it as is done.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Trials done, and trials in all.
    pub done: (usize, usize),
    /// Tables, as Markdown.
    pub markdown: String,
    /// The picture.
    pub svg: String,
    /// Every trial's row.
    pub csv: String,
    /// The paper beside us.
    pub comparisons: Vec<Comparison>,
}

/// A mean with its 95 % interval, after Student.
pub(super) fn mean_interval(values: &[f64]) -> Option<(f64, Option<[f64; 2]>)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (!values.is_empty()).then_some((mean, None));
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let t = StudentsT::new(0.0, 1.0, n - 1.0).expect("at least one degree of freedom").inverse_cdf(0.975);
    let half = t * (variance / n).sqrt();
    Some((mean, Some([mean - half, mean + half])))
}

/// The mean with its interval; of two values, whose interval would say nothing, both.
pub(super) fn shown(values: &[f64]) -> String {
    match (values, mean_interval(values)) {
        ([a, b], _) => format!("{a:.3}, {b:.3}"),
        (_, None) => String::new(),
        (_, Some((mean, None))) => format!("{mean:.3}"),
        (_, Some((mean, Some([low, high])))) => format!("{mean:.3} ({low:.3} to {high:.3})"),
    }
}

/// The best of a trial's fresh Eves.
fn best(row: &Row) -> Option<f64> {
    row.fresh_wrong_bits.iter().copied().reduce(f64::min)
}

impl Summary {
    /// Reads what is done of `groups` in `folder`.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn of(experiment: Experiment, scale: Scale, groups: &[Group], folder: &Path) -> Result<Self, PaperError> {
        let mut all: Vec<(&Group, Vec<Row>)> = Vec::new();
        for group in groups {
            let rows: Result<Vec<Option<Row>>, _> = group.trials.iter().map(|trial| trial.row(folder)).collect();
            all.push((group, rows?.into_iter().flatten().collect()));
        }
        let total = groups.iter().map(|group| group.trials.len()).sum();
        let done = (all.iter().map(|(_, rows)| rows.len()).sum(), total);
        let comparisons = compare(experiment, &all);
        let mut markdown = format!(
            "### {}: {}\n\nScale {scale}, {} of {} trials done.\n\n",
            experiment.name(),
            experiment.words(),
            done.0,
            done.1
        );
        markdown += &match experiment {
            Experiment::Fig4 => fig4::table(&all),
            Experiment::CryptoNet => cryptonet::table(&all),
            _ => table(&all),
        };
        markdown += &beside(&comparisons);
        let svg = match (experiment, groups) {
            // The training's own curve, where it was run in this folder.
            (Experiment::Fig2 | Experiment::Fig4, [group]) => {
                group.trials.first().and_then(|trial| trial.curve(folder))
            }
            _ => None,
        };
        let svg = svg.unwrap_or_else(|| picture(experiment, &all));
        Ok(Self { done, markdown, svg, csv: csv(&all), comparisons })
    }
}

fn table(all: &[(&Group, Vec<Row>)]) -> String {
    let leak = all.iter().any(|(_, rows)| rows.iter().any(|row| !row.leakage.is_empty()));
    let mut text = String::from("| | trained | rounds | Bob wrong | Eve wrong | best fresh Eve wrong |");
    for depth in DEPTHS.iter().filter(|_| leak) {
        let _ = write!(
            text,
            " leaks at {depth} bit{} a value | at least | Bob wrong |",
            if *depth == 1 { "" } else { "s" }
        );
    }
    text += "\n|---|---|---|---|---|---|";
    text += if leak { "---|---|---|---|---|---|\n" } else { "\n" };
    for (group, rows) in all {
        let of = |value: &dyn Fn(&Row) -> Option<f64>| shown(&rows.iter().filter_map(value).collect::<Vec<_>>());
        let trained = rows.iter().filter(|row| row.outcome == Outcome::Trained).count();
        let mut rounds: Vec<u64> = rows.iter().map(|row| row.rounds).collect();
        rounds.sort_unstable();
        let median = rounds.get(rounds.len() / 2).map_or(String::new(), u64::to_string);
        let _ = write!(
            text,
            "| {} | {trained} of {} | {median} | {} | {} | {} |",
            group.label,
            rows.len(),
            of(&|row| row.bob_wrong_bits),
            of(&|row| row.eve_wrong_bits),
            of(&best),
        );
        for depth in (0..DEPTHS.len()).filter(|_| leak) {
            let of = |value: &dyn Fn(&Leaked) -> f64| of(&|row| row.leakage.get(depth).map(value));
            let _ = write!(text, " {} | {} | {} |", of(&|l| l.bits), of(&|l| l.least), of(&|l| l.bob_wrong_bits));
        }
        text.push('\n');
    }
    text
}

/// The paper beside us.
fn beside(comparisons: &[Comparison]) -> String {
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

/// How many of how many, with the exact interval of the part.
pub(super) fn counted(count: usize, of: usize) -> String {
    let [low, high] = clopper_pearson(count as u64, of as u64, 0.95);
    format!("{count} of {of} ({low:.2} to {high:.2})")
}

/// A part of all with its exact interval, and whether the paper's part lies in it.
fn part(what: &'static str, paper: (&'static str, f64), count: usize, of: usize) -> Comparison {
    let [low, high] = clopper_pearson(count as u64, of as u64, 0.95);
    let agrees = (of > 0).then_some((low..=high).contains(&paper.1));
    Comparison { what, paper: paper.0, yardstick: None, measured: counted(count, of), agrees }
}

/// The paper's figures, section 2.5 and appendix A, beside ours.
fn compare(experiment: Experiment, all: &[(&Group, Vec<Row>)]) -> Vec<Comparison> {
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
        Experiment::Fig4 => fig4::compare(&all[0].0.trials[0], &rows),
        Experiment::CryptoNet => cryptonet::compare(all),
        _ => vec![],
    }
}

fn picture(experiment: Experiment, all: &[(&Group, Vec<Row>)]) -> String {
    let title = match experiment {
        Experiment::Fig2 => "One training",
        Experiment::Fig3 => "Bob, and the best of five fresh Eves",
        Experiment::Ablation => "What figure 3 hangs on",
        Experiment::Lengths => "Messages of other lengths",
        Experiment::ShortKeys => "Keys shorter than the message",
        Experiment::LeakedKeys => "Key bits given to Eve",
        Experiment::StrongEve => "Ever stronger Eves against one cipher",
        Experiment::Fig4 => "Learning what to protect",
        Experiment::CryptoNet => return cryptonet::picture(all),
        Experiment::Fig6 => "A public key: Bob, and the best of five fresh Eves",
    };
    let rows = || all.iter().flat_map(|(group, rows)| rows.iter().map(move |row| (group.x, row)));
    if matches!(experiment, Experiment::Fig2 | Experiment::Fig3 | Experiment::Fig4 | Experiment::Fig6) {
        let pair = |(_, row): (f64, &Row)| Some((row.bob_wrong_bits?, best(row).or(row.eve_wrong_bits)?));
        let points = rows().filter_map(pair).collect();
        return Chart::new(title, Axis::linear("Bob's wrong bits"), Axis::linear("Eve's wrong bits").range(0.0, 8.5))
            .series(Series::scatter("trainings", points))
            .level(8.0, "chance")
            .to_svg();
    }
    let (axis, unit) = match experiment {
        Experiment::Ablation => (Axis::linear("row of the table"), "wrong bits"),
        Experiment::Lengths => (Axis::log("bits of a message"), "wrong, as a part of the message"),
        Experiment::ShortKeys => (Axis::linear("bits of the key"), "wrong bits"),
        Experiment::LeakedKeys => (Axis::linear("key bits leaked"), "wrong bits"),
        _ => (Axis::log("steps of the fresh Eve"), "wrong bits"),
    };
    let scale = |x: f64| if experiment == Experiment::Lengths { x } else { 1.0 };
    let points = |value: &dyn Fn(&Row) -> Option<f64>| {
        rows().filter_map(|(x, row)| Some((x, value(row)? / scale(x)))).collect::<Vec<_>>()
    };
    let mut chart = Chart::new(title, axis, Axis::linear(unit))
        .series(Series::scatter("Bob", points(&|row| row.bob_wrong_bits)))
        .series(Series::scatter("Eve in training", points(&|row| row.eve_wrong_bits)));
    let fresh = points(&best);
    if !fresh.is_empty() {
        chart = chart.series(Series::scatter("best fresh Eve", fresh));
    }
    chart.level(8.0 / scale(16.0), "chance").to_svg()
}

fn csv(all: &[(&Group, Vec<Row>)]) -> String {
    let mut text = String::from(
        "group,id,version,seed,outcome,rounds,bob_wrong_bits,eve_wrong_bits,fresh_wrong_bits,leaks,leaks_at_least,leaks_bob_wrong_bits,codebook,seconds,public_mse,bob_mse,eve_mse,eve_minus_blind,fresh_explained,pad,keyed_pad,secret\n",
    );
    let number = |value: Option<f64>| value.map_or(String::new(), |x| x.to_string());
    for (group, rows) in all {
        for row in rows {
            let list = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
            let leaked = |value: &dyn Fn(&Leaked) -> f64| list(&row.leakage.iter().map(value).collect::<Vec<_>>());
            let squared = |error: &dyn Fn(&SquaredErrors) -> f64| number(row.squared.as_ref().map(error));
            let yes = |value: Option<bool>| value.map_or(String::new(), |yes| yes.to_string());
            let outcome = if row.outcome == Outcome::Trained { "trained" } else { "failed" };
            let _ = writeln!(
                text,
                "\"{}\",{},{},{},{outcome},{},{},{},{},{},{},{},{},{:.3},{},{},{},{},{},{},{},{}",
                group.label,
                row.id,
                row.version,
                row.seed,
                row.rounds,
                number(row.bob_wrong_bits),
                number(row.eve_wrong_bits),
                list(&row.fresh_wrong_bits),
                leaked(&|leaked| leaked.bits),
                leaked(&|leaked| leaked.least),
                leaked(&|leaked| leaked.bob_wrong_bits),
                number(row.codebook),
                row.seconds,
                squared(&|errors| errors.public_mse),
                squared(&|errors| errors.bob_mse),
                squared(&|errors| errors.eve_mse),
                squared(&|errors| errors.eve_minus_blind),
                list(&row.fresh_explained),
                yes(row.pad),
                yes(row.keyed_pad),
                yes(row.secret)
            );
        }
    }
    text
}
