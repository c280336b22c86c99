//! Rules that may explain an output: XORs of bits for its sign, and an affine function for its value.
//!
//! The sign of an output is a bit, 1 for values of at least 0. With bits coded -1 and +1, the XOR of a plaintext bit p and a
//! key bit k is -p k, so its correlation with the sign is the negative of that of p k.

use rayon::prelude::*;
use serde::Serialize;

use super::fit::{Affine, Explained};
use super::messages::{Sample, column};

/// Number of word operations for trying all small sets of bits.
const BUDGET: usize = 1 << 28;

/// The rule that the sign of an output is the XOR of some plaintext and key bits: an affine function over GF(2).
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Rule {
    /// Indices of the plaintext bits in the XOR.
    pub plaintext_bits: Vec<usize>,
    /// Indices of the key bits in the XOR.
    pub key_bits: Vec<usize>,
    /// Whether the rule is the negated XOR. Without any bits, the XOR is 0: a negative sign.
    pub inverted: bool,
    /// Correlation on messages that were not used to choose the rule: 1 if it is always right, 0 if it is no better than
    /// guessing.
    pub correlation: f64,
}

impl Rule {
    /// The fraction of messages in which the rule gives the output's sign, 0 to 1.
    pub fn right(&self) -> f64 {
        f64::midpoint(1.0, self.correlation)
    }
}

/// How well rules explain one output.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct OutputRules {
    /// The best XOR of one plaintext bit and one key bit.
    pub one_of_each: Rule,
    /// The best XOR found over any set of bits.
    pub any_bits: Rule,
    /// The fraction of the output's variance that an affine function of the bits explains. `None` for a constant output.
    pub affine: Option<Explained>,
}

/// A set of inputs in ascending order, and its score: the number of messages in which its XOR and the output agree minus the
/// number in which they differ.
#[derive(Clone, Debug, Default, PartialEq)]
struct Candidate {
    inputs: Vec<usize>,
    score: i64,
}

/// The size up to which all sets are tried: as large as the budget allows, at least 1.
pub(super) fn bits_tried(sample: &Sample) -> usize {
    let work = sample.outputs.len() * sample.count.div_ceil(64);
    let inputs = sample.inputs.len();
    let (mut sets, mut tried) = (1, 0);
    while tried < inputs {
        sets = sets * (inputs - tried) / (tried + 1);
        if tried >= 1 && sets.saturating_mul(work) > BUDGET {
            break;
        }
        tried += 1;
    }
    tried
}

/// Chooses rules for every output on one sample and scores them on another. The first `bits` inputs are plaintext bits.
pub(super) fn explain(choose: &Sample, judge: &Sample, bits: usize, tried: usize) -> Vec<OutputRules> {
    let affine = Affine::new(choose);
    let explain = |output: usize| {
        let search = Search { inputs: &choose.inputs, target: &choose.signs(output), count: choose.count as i64 };
        let rule = |candidate: &Candidate| {
            let judged = Search { inputs: &judge.inputs, target: &judge.signs(output), count: judge.count as i64 };
            let (plaintext, key): (Vec<_>, Vec<_>) = candidate.inputs.iter().partition(|input| **input < bits);
            let sign = if candidate.score < 0 { -1.0 } else { 1.0 };
            Rule {
                plaintext_bits: plaintext,
                key_bits: key.into_iter().map(|input| input - bits).collect(),
                inverted: candidate.score < 0,
                correlation: sign * judged.score(&candidate.inputs) as f64 / judge.count as f64,
            }
        };
        let one_of_each = search.one_of_each(bits);
        let best = search.best(tried, &[one_of_each.clone(), search.candidate(solve(choose, output))]);
        OutputRules {
            one_of_each: rule(&one_of_each),
            any_bits: rule(&best),
            affine: affine.as_ref().and_then(|affine| affine.explains(output, judge, bits)),
        }
    };
    (0..choose.outputs.len()).into_par_iter().map(explain).collect()
}

/// The search for the set of inputs whose XOR agrees or disagrees most with a column.
struct Search<'a> {
    inputs: &'a [Vec<u64>],
    target: &'a [u64],
    count: i64,
}

impl Search<'_> {
    /// Agreements minus disagreements, given the XOR of the set and the target.
    fn count(&self, words: impl Iterator<Item = u64>) -> i64 {
        self.count - 2 * words.map(|word| i64::from(word.count_ones())).sum::<i64>()
    }

    fn with(&self, words: &[u64], input: usize) -> Vec<u64> {
        words.iter().zip(&self.inputs[input]).map(|(a, b)| a ^ b).collect()
    }

    fn score_with(&self, words: &[u64], input: usize) -> i64 {
        self.count(words.iter().zip(&self.inputs[input]).map(|(a, b)| a ^ b))
    }

    fn score(&self, inputs: &[usize]) -> i64 {
        let words = inputs.iter().fold(self.target.to_vec(), |words, input| self.with(&words, *input));
        self.count(words.into_iter())
    }

    fn one_of_each(&self, bits: usize) -> Candidate {
        let mut best = Candidate::default();
        for p in 0..bits {
            let words = self.with(self.target, p);
            for k in bits..self.inputs.len() {
                let score = self.score_with(&words, k);
                if best.inputs.is_empty() || score.abs() > best.score.abs() {
                    best = Candidate { inputs: vec![p, k], score };
                }
            }
        }
        best
    }

    fn candidate(&self, inputs: Vec<usize>) -> Candidate {
        Candidate { score: self.score(&inputs), inputs }
    }

    /// The best of all sets of up to `tried` inputs and of `others`, followed by hill climbing: adding or removing one input
    /// while that helps.
    ///
    /// A larger set must be better by two standard errors of a score, so that chance does not lengthen rules.
    fn best(&self, tried: usize, others: &[Candidate]) -> Candidate {
        let margin = 2 * self.count.isqrt();
        let mut best = self.candidate(vec![]);
        for size in 1..=tried {
            let mut found = Candidate::default();
            self.sets(size, self.target, &mut vec![], &mut found);
            if found.score.abs() > best.score.abs() + margin {
                best = found;
            }
        }
        for other in others {
            if other.score.abs() > best.score.abs() + margin {
                best = other.clone();
            }
        }
        loop {
            let words = best.inputs.iter().fold(self.target.to_vec(), |words, input| self.with(&words, *input));
            let scores = (0..self.inputs.len()).map(|input| (input, self.score_with(&words, input)));
            let Some((input, score)) = scores.max_by_key(|(_, score)| score.abs()) else { break };
            if score.abs() <= best.score.abs() + margin {
                break;
            }
            best.score = score;
            match best.inputs.binary_search(&input) {
                Ok(place) => drop(best.inputs.remove(place)),
                Err(place) => best.inputs.insert(place, input),
            }
        }
        best
    }

    /// Tries all sets of `size` more inputs in addition to `chosen`, whose XOR with the target is `words`.
    fn sets(&self, size: usize, words: &[u64], chosen: &mut Vec<usize>, best: &mut Candidate) {
        let first = chosen.last().map_or(0, |last| last + 1);
        for input in first..self.inputs.len() {
            if size > 1 {
                chosen.push(input);
                self.sets(size - 1, &self.with(words, input), chosen, best);
                chosen.pop();
                continue;
            }
            let score = self.score_with(words, input);
            if score.abs() > best.score.abs() {
                *best = Candidate { inputs: chosen.iter().copied().chain([input]).collect(), score };
            }
        }
    }
}

/// Solves equations over GF(2) from the messages in which the output is farthest from 0. Returns the set of inputs.
///
/// This finds a rule of any number of bits if it always holds, or fails only where the output is near 0. Equations that
/// contradict earlier ones are skipped.
fn solve(sample: &Sample, output: usize) -> Vec<usize> {
    let inputs = sample.inputs.len();
    let values = &sample.outputs[output];
    let mut order: Vec<usize> = (0..sample.count).collect();
    order.sort_by(|a, b| values[*b].abs().total_cmp(&values[*a].abs()));
    // One unknown for each input and one for the constant. The last bit is the right-hand side.
    let get = |row: &[u64], at: usize| row[at / 64] >> (at % 64) & 1 == 1;
    let mut rows: Vec<Option<Vec<u64>>> = vec![None; inputs + 1];
    let mut missing = rows.len();
    for message in order {
        let mut row = column(inputs + 2, |at| match at.checked_sub(inputs) {
            None => sample.inputs[at][message / 64] >> (message % 64) & 1 == 1,
            Some(0) => true,
            Some(_) => values[message] >= 0.0,
        });
        for (at, place) in rows.iter_mut().enumerate() {
            if !get(&row, at) {
                continue;
            }
            if let Some(known) = place {
                row.iter_mut().zip(known).for_each(|(a, b)| *a ^= *b);
            } else {
                *place = Some(row);
                missing -= 1;
                break;
            }
        }
        if missing == 0 {
            break;
        }
    }
    // Back substitution from the last unknown. Undetermined unknowns are 0.
    let mut solution = vec![false; inputs + 1];
    for (at, row) in rows.iter().enumerate().rev() {
        if let Some(row) = row {
            solution[at] = (at + 1..=inputs).filter(|i| get(row, *i) && solution[*i]).count() % 2 == 1;
            solution[at] ^= get(row, inputs + 1);
        }
    }
    (0..inputs).filter(|input| solution[*input]).collect()
}

#[cfg(test)]
mod tests {
    use evesdrop_engine::Stream;

    use super::*;

    /// 32 random inputs, and one output: the XOR of `set`, with the sign flipped where `wrong` is true.
    fn sample(seed: u64, set: &[usize], wrong: impl Fn(usize) -> bool) -> Sample {
        let count = 1000;
        let mut numbers = Stream::new(seed, "rules").at(0, 0);
        let bits: Vec<Vec<bool>> = (0..32).map(|_| (0..count).map(|_| numbers.below(2) == 1).collect()).collect();
        let value = |m: usize| {
            let bit = set.iter().filter(|input| bits[**input][m]).count() % 2 == 1;
            // Wrong if the value is near 0.
            if wrong(m) {
                if bit { -0.1 } else { 0.1 }
            } else if bit {
                0.9
            } else {
                -0.9
            }
        };
        Sample {
            count,
            outputs: vec![(0..count).map(value).collect()],
            inputs: bits.iter().map(|bits| column(count, |m| bits[m])).collect(),
        }
    }

    fn found(set: &[usize], wrong: impl Fn(usize) -> bool + Copy) -> OutputRules {
        explain(&sample(1, set, wrong), &sample(2, set, wrong), 16, 3).remove(0)
    }

    #[test]
    fn a_small_set_is_found_under_noise() {
        let rules = found(&[5, 9, 20], |m| m % 10 == 0);
        let Rule { plaintext_bits, key_bits, inverted, correlation } = rules.any_bits;
        assert_eq!((plaintext_bits, key_bits, inverted), (vec![5, 9], vec![4], false));
        assert!((correlation - 0.8).abs() < 1e-9, "{correlation}");
        assert!(rules.one_of_each.correlation.abs() < 0.15);
    }

    #[test]
    fn a_large_set_is_found_by_solving() {
        let set = [0, 2, 3, 7, 8, 13, 16, 17, 21, 25, 31];
        let rule = found(&set, |m| m % 4 == 0).any_bits;
        assert!((rule.right() - 0.75).abs() < 1e-9);
        assert_eq!((rule.plaintext_bits, rule.key_bits), (vec![0, 2, 3, 7, 8, 13], vec![0, 1, 5, 9, 15]));
    }

    #[test]
    fn random_outputs_are_not_explained() {
        let coin = |m: usize| m.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62 & 1 == 1;
        let rules = found(&[], coin);
        assert!(rules.any_bits.correlation.abs() < 0.1, "{rules:?}");
        assert!(rules.affine.as_ref().unwrap().r_squared < 0.05, "{rules:?}");
    }

    #[test]
    fn the_budget_bounds_the_sets() {
        let wide = |inputs: usize, outputs| Sample {
            count: 4096,
            inputs: vec![vec![]; inputs],
            outputs: vec![vec![]; outputs],
        };
        assert_eq!(bits_tried(&wide(5, 4)), 5);
        assert_eq!(bits_tried(&wide(32, 16)), 5);
        assert_eq!(bits_tried(&wide(512, 256)), 1);
    }
}
