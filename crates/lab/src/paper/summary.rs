//! What an experiment's trials come to: a table, a comparison with the paper, a picture, and every trial's row.

use std::fmt::Write;
use std::path::Path;

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::compare::{Comparison, beside, compare};
use super::trial::{DEPTHS, Leaked, PaperError, Row};
use super::{Experiment, Group, Scale, cryptonet, fig4};
use evesdrop_attack::report::clopper_pearson;
use evesdrop_chart::{Axis, Chart, Series};
use evesdrop_learn::run::Outcome;
use evesdrop_learn::train::SquaredErrors;

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
pub(super) fn best(row: &Row) -> Option<f64> {
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

/// How many of how many, with the exact interval of the part.
pub(super) fn counted(count: usize, of: usize) -> String {
    let [low, high] = clopper_pearson(count as u64, of as u64, 0.95);
    format!("{count} of {of} ({low:.2} to {high:.2})")
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
