//! Over a channel for bits: which of Alice's values serve Bob, and which of them an Eve reads.

use evesdrop_engine::{Engine, Plan, Runner};

use super::training::Sent;
use crate::games::{Game, Transmission};

/// Messages of one examination.
const MESSAGES: usize = 2048;
/// An Eve reads a bit, or an XOR of two, if she is right more than half of the time by this much, or wrong: her advantage |1 - 2 e|. The
/// spread over [`MESSAGES`] is 0.02.
const READ: f64 = 0.15;
/// Bob needs a value if its flip costs him so many bits per message at least.
const NEEDED: f64 = 0.5;
/// Bob reads if he has at most this fraction of all bits wrong.
const MISREAD: f64 = 0.001;

/// Runs the game with single values flipped.
#[derive(Debug)]
pub(super) struct Examiner {
    runner: Runner,
    bits: usize,
}

/// What an examination found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Findings {
    /// Bob reads, and no Eve reads anything.
    pub clean: bool,
    /// Values to start over: those that Bob does not need, and from each bit that an Eve reads, one of the values that she uses.
    pub guilty: Vec<usize>,
}

impl Examiner {
    pub(super) fn new(game: &Game, bits: usize, engine: &Engine, seed: u64) -> Self {
        let mut means = vec![game.errors.all()[1]];
        means.extend(&game.eve_targets);
        let plan = Plan::forward(&game.program, &means, &[], engine.level());
        Self { runner: Runner::new(engine, plan, MESSAGES, seed), bits }
    }

    /// Examines the networks on the fresh messages number `step`.
    pub(super) fn examine(&mut self, parameters: &[f32], step: u64) -> Findings {
        let mut means = |flipped| {
            self.runner.run(parameters, step, &Sent(Transmission { flipped, ..Transmission::BITS }));
            self.runner.means().to_vec()
        };
        let unflipped = means(None);
        let flipped: Vec<Vec<f64>> = (0..self.bits).map(|value| means(Some(value))).collect();
        judge(&unflipped, &flipped)
    }
}

/// `unflipped` has Bob's wrong bits, then for each target of the Eves how often she has it wrong; `flipped` the same with one value
/// flipped after the other.
fn judge(unflipped: &[f64], flipped: &[Vec<f64>]) -> Findings {
    let bits = flipped.len();
    let needed: Vec<f64> = flipped.iter().map(|means| means[0] - unflipped[0]).collect();
    // Groups of values of which one has to start over.
    let mut groups: Vec<Vec<usize>> =
        (0..bits).filter(|&value| needed[value] < NEEDED).map(|value| vec![value]).collect();
    let mut read = false;
    for target in 1..unflipped.len() {
        if (1.0 - 2.0 * unflipped[target]).abs() <= READ {
            continue;
        }
        read = true;
        let uses: Vec<f64> = flipped.iter().map(|means| (means[target] - unflipped[target]).abs()).collect();
        let most = uses.iter().copied().fold(0.0, f64::max);
        groups.push((0..bits).filter(|&value| most > 0.0 && uses[value] >= 0.5 * most).collect());
    }
    let bob_reads = unflipped[0] <= MISREAD * bits as f64;
    groups.retain(|group| !group.is_empty());
    if groups.is_empty() && !bob_reads {
        groups.push((0..bits).min_by(|a, b| needed[*a].total_cmp(&needed[*b])).into_iter().collect());
    }
    let mut guilty = vec![];
    while !groups.is_empty() {
        // The value in most groups; of two, the later one.
        let in_groups = |value: &usize| groups.iter().filter(|group| group.contains(value)).count();
        let Some(value) = (0..bits).max_by_key(in_groups) else { break };
        groups.retain(|group| !group.contains(&value));
        guilty.push(value);
    }
    Findings { clean: bob_reads && !read, guilty }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_nobody_needs_and_values_that_are_read_start_over() {
        // Three values; two targets: one read from values 0 and 1, one at chance.
        let unflipped = [0.0, 0.02, 0.5];
        let flip = |bob, first| vec![bob, first, 0.5];
        let all_needed = [flip(1.0, 0.98), flip(1.0, 0.98), flip(1.0, 0.02)];
        assert_eq!(judge(&unflipped, &all_needed), Findings { clean: false, guilty: vec![1] });
        let unread = [0.0, 0.5, 0.5];
        let flip = |bob| vec![bob, 0.5, 0.5];
        assert_eq!(
            judge(&unread, &[flip(1.0), flip(1.0), flip(1.0)]),
            Findings { clean: true, guilty: vec![] }
        );
        assert_eq!(judge(&unread, &[flip(1.0), flip(0.1), flip(1.0)]).guilty, [1]);
        // An Eve who is always wrong reads too.
        assert!(!judge(&[0.0, 0.98, 0.5], &all_needed).clean);
        // Bob lacks a bit although every value is of use: the least useful one starts over.
        let lost = [0.5, 0.5, 0.5];
        assert_eq!(judge(&lost, &[flip(1.5), flip(1.4), flip(1.1)]), Findings { clean: false, guilty: vec![2] });
    }
}
