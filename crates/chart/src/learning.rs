//! Charts of a training run.
use super::axis::number;
use super::{Axis, Chart, Series};

/// One measurement of a training run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearningPoint {
    /// Training rounds completed. A round is one step of Alice and Bob and Eve's steps.
    pub round: u64,
    /// Bob's wrong bits per message, 0 to the number of message bits.
    pub bob: f64,
    /// Eve's wrong bits per message, 0 to the number of message bits. Half of them is chance.
    pub eve: f64,
}

/// Bob's and Eve's wrong bits against rounds: the curve of figure 2 in Abadi & Andersen (arXiv 1610.06918).
///
/// `message_bits` is N. `bob_goal` and `eve_goal` are the wrong bits at which training counts as successful (0.05 and 7.3 in
/// the paper, for N = 16). `end` is a round and what happened there, such as "goal met".
pub fn learning_curve(
    points: &[LearningPoint],
    message_bits: usize,
    (bob_goal, eve_goal): (f64, f64),
    end: Option<(u64, &str)>,
) -> Chart {
    let chance = message_bits as f64 / 2.0;
    let highest = points.iter().flat_map(|p| [p.bob, p.eve]).filter(|v| v.is_finite()).fold(chance, f64::max);
    let last = points.last().map_or(1, |p| p.round.max(1)) as f64;
    let goal = |value: f64| format!("{}", (value * 100.0).round() / 100.0);
    let chart = Chart::new(
        format!("Wrong bits of {message_bits} during training"),
        Axis::linear("training rounds").range(0.0, last),
        Axis::linear("wrong bits per message").range(0.0, highest * 1.04),
    )
    .note(format!(
        "0 wrong bits: every message is read. {} wrong bits: no better than guessing (chance). Training succeeds when Bob is below his \
         goal and Eve is above hers.",
        goal(chance)
    ))
    .series(Series::line("Bob, who has the key", points.iter().map(|p| (p.round as f64, p.bob)).collect()))
    .series(Series::line("Eve, without the key", points.iter().map(|p| (p.round as f64, p.eve)).collect()))
    .level(chance, format!("chance {}", goal(chance)))
    .level(eve_goal, format!("Eve's goal {}", goal(eve_goal)))
    .level(bob_goal, format!("Bob's goal {}", goal(bob_goal)));
    ended(chart, end)
}

/// Marks the round at which an event happened.
fn ended(chart: Chart, end: Option<(u64, &str)>) -> Chart {
    match end {
        Some((round, what)) => chart.marker(round as f64, format!("{what}: round {}", number(round as f64, 1.0, 1.0))),
        None => chart,
    }
}

/// One measurement of a training run of the selective game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EstimatePoint {
    /// Training rounds done.
    pub round: u64,
    /// Mean squared error of the public estimate, in squared units of the data.
    pub public: f64,
    /// Mean squared error of Bob's estimate.
    pub bob: f64,
    /// Eve's mean squared error minus Blind Eve's. Negative values mean that Eve learned something about the secret.
    pub eve: f64,
}

/// The errors of the selective game against rounds: the curves of figure 4 in Abadi & Andersen (arXiv 1610.06918).
///
/// `bob_bound` is the lowest error that Bob can reach. A public estimate that reveals nothing about the secret value is worse
/// by `price`. `end` is a round and what happened there.
pub fn estimate_curve(points: &[EstimatePoint], bob_bound: f64, price: f64, end: Option<(u64, &str)>) -> Chart {
    let last = points.last().map_or(1, |p| p.round.max(1)) as f64;
    let line = |name: &str, value: &dyn Fn(&EstimatePoint) -> f64| {
        Series::line(name, points.iter().map(|p| (p.round as f64, value(p))).collect())
    };
    let title = "Squared errors while learning what to protect";
    let note = "Alice publishes an estimate that should be useful but reveal nothing about a secret value. At 0 Eve knows no more \
                about the secret than Blind Eve, who sees nothing; below 0 she knows more.";
    let values = points.iter().flat_map(|p| [p.public, p.bob, p.eve]).filter(|v| v.is_finite());
    let (low, high) = values.fold((0.0, bob_bound + price), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    let errors = Axis::linear("mean squared error").range(low - 0.05, high + 0.05);
    let chart = Chart::new(title, Axis::linear("training rounds").range(0.0, last), errors)
        .note(note)
        .series(line("public estimate", &|p| p.public))
        .series(line("Bob, who has the key", &|p| p.bob))
        .series(line("Eve - Blind Eve", &|p| p.eve))
        .level(bob_bound + price, "best public")
        .level(bob_bound, "best for Bob")
        .level(0.0, "Blind Eve");
    ended(chart, end)
}
