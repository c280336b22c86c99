//! A figure of the paper, or one that is known, beside the measured one.

use std::fmt::Write;

use evesdrop_attack::report::clopper_pearson;
use serde::Serialize;

use super::statistics::counted;

/// A figure of the paper beside ours.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
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
pub(in crate::paper) fn beside(comparisons: &[Comparison]) -> String {
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
pub(in crate::paper) fn part(what: &'static str, paper: (&'static str, f64), count: usize, of: usize) -> Comparison {
    let [low, high] = clopper_pearson(count as u64, of as u64, 0.95);
    let agrees = (of > 0).then_some((low..=high).contains(&paper.1));
    Comparison { what, paper: paper.0, yardstick: None, measured: counted(count, of), agrees }
}
