//! Comparisons of measured figures with the paper's or with exactly known ones.

use std::fmt::Write;

use evesdrop_attack::report::clopper_pearson;
use serde::Serialize;

use super::statistics::counted;

/// A figure of the paper and the measured one.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Comparison {
    /// Description of the figure.
    pub what: &'static str,
    /// The paper's figure, as the paper states it.
    pub paper: &'static str,
    /// The optimal or correct value, if it is known exactly.
    pub yardstick: Option<String>,
    /// The measured figure.
    pub measured: String,
    /// Whether the paper's figure lies in the measured 95 % interval, or the mean within the tolerance of the yardstick. `None`
    /// if there is nothing to compare.
    pub agrees: Option<bool>,
}

/// The comparisons as a Markdown table.
pub(in crate::paper) fn comparison_table(comparisons: &[Comparison]) -> String {
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

/// A proportion with its exact interval, and whether the paper's proportion lies in it.
pub(in crate::paper) fn proportion(
    what: &'static str,
    paper: (&'static str, f64),
    count: usize,
    of: usize,
) -> Comparison {
    let [low, high] = clopper_pearson(count as u64, of as u64, 0.95);
    let agrees = (of > 0).then_some((low..=high).contains(&paper.1));
    Comparison { what, paper: paper.0, yardstick: None, measured: counted(count, of), agrees }
}
