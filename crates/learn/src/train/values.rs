//! Over a channel for bits: which of Alice's values serve Bob, and which of them an Eve reads.

use evesdrop_engine::{Engine, Plan, Runner};

use crate::games::{Errors, Game, Transmission};

/// Messages of one examination.
const MESSAGES: usize = 2048;
/// An Eve reads a bit, or an XOR of two, if she is right more than half of the time by this much, or wrong: her advantage |1 - 2 e|. The
/// spread over [`MESSAGES`] is 0.02.
const READ: f64 = 0.15;
/// Bob needs a value if its flip costs him so many bits per message at least.
const NEEDED: f64 = 0.5;
/// A message bit is lost if Bob has it wrong in at least this fraction of the messages.
const LOST: f64 = 0.2;
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
    /// Message bits that Bob does not read.
    pub lost: Vec<usize>,
}

impl Examiner {
    pub(super) fn new(game: &Game, bits: usize, engine: &Engine, seed: u64) -> Self {
        let Errors::Bits(errors) = &game.errors else { unreachable!("a channel for bits has a game over bits") };
        let means = [&errors.bob_by_bit[..], &game.eve_targets].concat();
        let plan = Plan::forward(&game.program, &means, &[], engine.level());
        Self { runner: Runner::new(engine, plan, MESSAGES, seed), bits }
    }

    /// Examines the networks on the fresh messages number `step`.
    pub(super) fn examine(&mut self, parameters: &[f32], step: u64) -> Findings {
        let mut means = |flipped| {
            self.runner.run(parameters, step, &Transmission { flipped, ..Transmission::BITS });
            self.runner.means().to_vec()
        };
        let unflipped = means(None);
        let flipped: Vec<Vec<f64>> = (0..self.bits).map(|value| means(Some(value))).collect();
        judge(&unflipped, &flipped)
    }
}

/// `unflipped` has how often each message bit is wrong, first Bob's, then for each target of the Eves hers; `flipped` the same with
/// one value flipped after the other.
fn judge(unflipped: &[f64], flipped: &[Vec<f64>]) -> Findings {
    let bits = flipped.len();
    let by_bob = |means: &[f64]| means[..bits].iter().sum::<f64>();
    let needed: Vec<f64> = flipped.iter().map(|means| by_bob(means) - by_bob(unflipped)).collect();
    // Groups of values of which one has to start over.
    let mut groups: Vec<Vec<usize>> =
        (0..bits).filter(|&value| needed[value] < NEEDED).map(|value| vec![value]).collect();
    let mut read = false;
    for target in bits..unflipped.len() {
        if (1.0 - 2.0 * unflipped[target]).abs() <= READ {
            continue;
        }
        read = true;
        let uses: Vec<f64> = flipped.iter().map(|means| (means[target] - unflipped[target]).abs()).collect();
        let most = uses.iter().copied().fold(0.0, f64::max);
        groups.push((0..bits).filter(|&value| most > 0.0 && uses[value] >= 0.5 * most).collect());
    }
    let bob_reads = by_bob(unflipped) <= MISREAD * bits as f64;
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
    let lost = (0..bits).filter(|&bit| unflipped[bit] >= LOST).collect();
    Findings { clean: bob_reads && !read, guilty, lost }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bob's errors in three bits, then the Eves' in two targets.
    fn means(bob: [f64; 3], targets: [f64; 2]) -> Vec<f64> {
        [&bob[..], &targets].concat()
    }

    #[test]
    fn values_that_nobody_needs_and_values_that_are_read_start_over() {
        let chance = [0.5, 0.5];
        // One bit is wrong if value i is flipped.
        let needed = |targets: [[f64; 2]; 3]| {
            let flip = |i: usize| means([0, 1, 2].map(|bit| f64::from(bit == i)), targets[i]);
            [flip(0), flip(1), flip(2)]
        };
        let clean = judge(&means([0.0; 3], chance), &needed([chance; 3]));
        assert_eq!(clean, Findings { clean: true, guilty: vec![], lost: vec![] });
        // The first target is read from values 0 and 1. One of them starts over. An Eve who is always wrong reads too.
        for wrong in [0.02, 0.98] {
            let flipped = needed([[1.0 - wrong, 0.5], [1.0 - wrong, 0.5], [wrong, 0.5]]);
            let read = judge(&means([0.0; 3], [wrong, 0.5]), &flipped);
            assert_eq!(read, Findings { clean: false, guilty: vec![1], lost: vec![] });
        }
        // Bit 1 is lost, and value 1 is of no use.
        let lost = means([0.0, 0.5, 0.0], chance);
        let flipped = [means([1.0, 0.5, 0.0], chance), lost.clone(), means([0.0, 0.5, 1.0], chance)];
        assert_eq!(judge(&lost, &flipped), Findings { clean: false, guilty: vec![1], lost: vec![1] });
        // Bit 1 is lost although every value is of use: the least useful one starts over.
        let flipped = [means([1.0, 0.5, 0.0], chance), means([0.9, 0.6, 0.0], chance), means([0.0, 0.5, 0.8], chance)];
        assert_eq!(judge(&lost, &flipped), Findings { clean: false, guilty: vec![2], lost: vec![1] });
    }
}
