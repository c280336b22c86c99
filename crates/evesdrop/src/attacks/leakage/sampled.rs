//! Leakage where ciphertexts are too long for a table: exact for each of a sample of ciphertexts.
//!
//! I(P;C) = H(P) - E[H(P | C = c)]. A sample of ciphertexts is drawn as they occur, and one run through all messages and keys counts,
//! for each of them, the messages that lead to it. So each posterior is exact, and only their mean is a sample's mean.
use super::{Context, Leak, Space};
use crate::attacks::AttackError;
use rayon::prelude::*;
use std::collections::HashMap;

/// Ciphertexts in the sample.
const SAMPLE: usize = 2048;
/// log2 of the number of parts into which the messages are split for threads.
const PARTS: u32 = 3;

/// What leads to one sampled ciphertext.
#[derive(Clone, Default)]
struct Posterior {
    /// Weight of all messages and keys that give it.
    sum: f64,
    /// Sum over messages of w log2 w.
    logs: f64,
    /// For each message bit the weight of the messages in which it is 1.
    ones: Vec<f64>,
}

/// The sampled ciphertexts by code, behind a filter that most other codes do not pass.
struct Index {
    filter: Vec<u64>,
    places: HashMap<u64, usize>,
}

impl Index {
    fn new(codes: &[u64]) -> Self {
        let mut index = Self { filter: vec![0; 1 << 14], places: HashMap::new() };
        for &code in codes {
            let next = index.places.len();
            index.places.entry(code).or_insert(next);
            let bit = Self::bit(code);
            index.filter[bit / 64] |= 1 << (bit % 64);
        }
        index
    }

    fn bit(code: u64) -> usize {
        (code.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44) as usize
    }

    fn place(&self, code: u64) -> Option<usize> {
        let bit = Self::bit(code);
        if self.filter[bit / 64] >> (bit % 64) & 1 == 0 { None } else { self.places.get(&code).copied() }
    }
}

pub(super) fn leak(space: &Space, context: &Context) -> Result<Leak, AttackError> {
    let drawn = draw(space, context)?;
    let index = Index::new(&drawn);
    let bits = space.places.len();
    let split = PARTS.min(bits as u32);
    let messages = space.messages();
    let each = messages >> split;
    let parts: Vec<(Vec<Posterior>, Option<f64>)> = (0..1u64 << split)
        .into_par_iter()
        .map(|part| posteriors(space, context, &index, part * each..(part + 1) * each))
        .collect::<Result<_, AttackError>>()?;
    let mut all = vec![Posterior { ones: vec![0.0; bits], ..Posterior::default() }; index.places.len()];
    let mut wrong = Some(0.0);
    for (part, part_wrong) in &parts {
        for (all, part) in all.iter_mut().zip(part) {
            all.sum += part.sum;
            all.logs += part.logs;
            all.ones.iter_mut().zip(&part.ones).for_each(|(all, part)| *all += part);
        }
        wrong = wrong.zip(*part_wrong).map(|(wrong, part)| wrong + part);
    }
    let told: Vec<f64> = drawn
        .iter()
        .filter_map(|&code| index.place(code))
        .map(|place| {
            let Posterior { sum, logs, .. } = &all[place];
            bits as f64 - (sum.log2() - logs / sum)
        })
        .collect();
    let count = told.len() as f64;
    let mean = told.iter().sum::<f64>() / count;
    let variance = told.iter().map(|told| (told - mean).powi(2)).sum::<f64>() / (count - 1.0);
    // 2.576 standard errors: 99 % of a normal distribution.
    let margin = 2.576 * (variance / count).sqrt();
    let mut advantages = vec![0.0; bits];
    for posterior in drawn.iter().filter_map(|&code| index.place(code)).map(|place| &all[place]) {
        for (advantage, ones) in advantages.iter_mut().zip(&posterior.ones) {
            *advantage += (2.0 * ones / posterior.sum - 1.0).abs() / count;
        }
    }
    let interval = Some([(mean - margin).max(0.0), (mean + margin).min(bits as f64)]);
    Ok(Leak { information: mean.max(0.0), interval, advantages, bob_wrong: wrong.map(|wrong| wrong / messages as f64) })
}

/// Ciphertexts of random messages under random keys.
fn draw(space: &Space, context: &Context) -> Result<Vec<u64>, AttackError> {
    let mut stream = context.stream("leakage: sampled ciphertexts");
    // A key bit is 1 with the probability that the weights imply.
    let (none, one) = (space.weights[0], space.weights.get(1).copied().unwrap_or(1.0));
    let probability = one / (none + one);
    let mut drawn = Vec::with_capacity(SAMPLE);
    for _ in 0..SAMPLE {
        let message = space.message(stream.below(space.messages()));
        let key = (0..space.key_bits).fold(0, |key, _| key << 1 | u64::from(stream.uniform() < probability));
        let (mut code, mut wrong) = ([0], [0]);
        space.enumerator.codes(message, key, space.depth, &mut code, &mut wrong)?;
        drawn.push(code[0]);
    }
    Ok(drawn)
}

/// Counts, over some messages and all keys, what leads to the sampled ciphertexts.
fn posteriors(
    space: &Space,
    context: &Context,
    index: &Index,
    messages: std::ops::Range<u64>,
) -> Result<(Vec<Posterior>, Option<f64>), AttackError> {
    let bits = space.places.len();
    let mut all = vec![Posterior { ones: vec![0.0; bits], ..Posterior::default() }; index.places.len()];
    let mut here = vec![0.0; index.places.len()];
    let mut touched = Vec::new();
    let mut wrong = Some(0.0);
    for message in messages {
        let errors = space.each_key(message, context, |code, weight| {
            if let Some(place) = index.place(code) {
                here[place] += weight;
                touched.push(place);
            }
        })?;
        wrong = wrong.zip(errors).map(|(wrong, errors)| wrong + errors);
        for place in touched.drain(..) {
            let weight = std::mem::take(&mut here[place]);
            if weight > 0.0 {
                let posterior = &mut all[place];
                posterior.sum += weight;
                posterior.logs += weight * weight.log2();
                for (bit, ones) in posterior.ones.iter_mut().enumerate() {
                    if message >> bit & 1 == 1 {
                        *ones += weight;
                    }
                }
            }
        }
    }
    Ok((all, wrong))
}
