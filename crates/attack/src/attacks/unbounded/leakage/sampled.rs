//! Leakage for ciphertexts that are too long for a table: exact posteriors of a sample of ciphertexts.
//!
//! I(P;C) = H(P) - E[H(P | C = c)]. A sample of ciphertexts is drawn from their distribution. One enumeration of all messages
//! and keys counts, for each of them, the messages that lead to it. So each posterior is exact, and only their mean is a sample
//! mean.
use super::{Leak, Space, plain};
use crate::battery::AttackError;
use crate::battery::Context;
use std::collections::HashMap;

/// Number of ciphertexts in the sample.
const SAMPLE: usize = 2048;
/// log2 of the filter's bits: small enough for the first-level cache, large enough to reject most other codes.
const FILTER: u32 = 17;
/// The posterior of one sampled ciphertext.
#[derive(Clone, Default)]
struct Posterior {
    /// Weight of all messages and keys that give it.
    sum: f64,
    /// Sum over messages of w log2 w.
    logs: f64,
    /// For each message bit: the weight of the messages in which it is 1.
    ones: Vec<f64>,
}

/// The sampled ciphertexts by code, with a filter that rejects most other codes.
pub(super) struct Sample {
    /// The codes as drawn, possibly with repetitions.
    drawn: Vec<u64>,
    filter: Vec<u64>,
    places: HashMap<u64, usize>,
}

impl Sample {
    fn new(drawn: Vec<u64>) -> Self {
        let mut sample = Self { drawn, filter: vec![0; 1 << (FILTER - 6)], places: HashMap::new() };
        for &code in &sample.drawn {
            let next = sample.places.len();
            sample.places.entry(code).or_insert(next);
            let bit = Self::bit(code);
            sample.filter[bit / 64] |= 1 << (bit % 64);
        }
        sample
    }

    fn bit(code: u64) -> usize {
        (code.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER)) as usize
    }

    /// 1 if a code may be in the sample.
    fn may_hold(&self, code: u64) -> usize {
        let bit = Self::bit(code);
        (self.filter[bit / 64] >> (bit % 64) & 1) as usize
    }

    fn place(&self, code: u64) -> Option<usize> {
        if self.may_hold(code) == 0 { None } else { self.places.get(&code).copied() }
    }
}

/// Draws ciphertexts of random messages under random keys, one sample per depth.
pub(super) fn draw(space: &Space, context: &Context) -> Result<Vec<Sample>, AttackError> {
    let mut stream = context.stream("leakage: sampled ciphertexts");
    // A key bit is 1 with the probability that the weights imply.
    let (none, one) = (space.weights[0], space.weights[1]);
    let probability = one / (none + one);
    let depths = space.depths.len();
    let pairs: Vec<(u64, u64)> = (0..SAMPLE)
        .map(|_| {
            let message = space.message(stream.below(space.messages()));
            let key = (0..space.key_bits).fold(0, |key, _| key << 1 | u64::from(stream.uniform() < probability));
            (message, key)
        })
        .collect();
    if let Some(cipher) = space.program {
        return Ok(plain::codes_of(cipher, &pairs, space.depths)?.into_iter().map(Sample::new).collect());
    }
    let mut drawn = vec![Vec::with_capacity(SAMPLE); depths];
    for (message, key) in pairs {
        let mut ciphertext = space.enumerator.encrypt(message, key, 1)?;
        drawn.iter_mut().zip(space.depths).for_each(|(drawn, &depth)| drawn.push(ciphertext.code(depth, 0)));
    }
    Ok(drawn.into_iter().map(Sample::new).collect())
}

/// Counts the messages of one part that lead to the sampled ciphertexts.
pub(super) struct Posteriors<'a> {
    sample: &'a Sample,
    all: Vec<Posterior>,
    /// Weight of each sampled ciphertext for the current message, and which of them occurred.
    here: Vec<f64>,
    touched: Vec<usize>,
}

impl<'a> Posteriors<'a> {
    /// For messages with `bits` varied bits.
    pub(super) fn new(sample: &'a Sample, bits: u32) -> Self {
        let count = sample.places.len();
        let empty = Posterior { ones: vec![0.0; bits as usize], ..Posterior::default() };
        Self { sample, all: vec![empty; count], here: vec![0.0; count], touched: Vec::new() }
    }

    /// The positions of the codes that may be in the sample.
    pub(super) fn candidates(&self, codes: &[u64]) -> Vec<usize> {
        let mut places = vec![0; codes.len()];
        let mut count = 0;
        for (place, &code) in codes.iter().enumerate() {
            // Always written and rarely kept: no branch to mispredict.
            places[count] = place;
            count += self.sample.may_hold(code);
        }
        places.truncate(count);
        places
    }

    /// Counts one ciphertext of the current message if it is in the sample. Returns whether it is.
    pub(super) fn add(&mut self, code: u64, weight: f64) -> bool {
        let place = self.sample.place(code);
        if let Some(place) = place {
            self.here[place] += weight;
            self.touched.push(place);
        }
        place.is_some()
    }

    /// Ends the current message, number `index` of all.
    pub(super) fn end(&mut self, index: u64) {
        for place in self.touched.drain(..) {
            let weight = std::mem::take(&mut self.here[place]);
            if weight > 0.0 {
                let posterior = &mut self.all[place];
                posterior.sum += weight;
                posterior.logs += weight * weight.log2();
                for (bit, ones) in posterior.ones.iter_mut().enumerate() {
                    if index >> bit & 1 == 1 {
                        *ones += weight;
                    }
                }
            }
        }
    }
}

/// Combines the parts.
pub(super) fn leak(space: &Space, sample: &Sample, parts: &[&Posteriors]) -> Leak {
    let bits = space.places.len();
    let mut all = vec![Posterior { ones: vec![0.0; bits], ..Posterior::default() }; sample.places.len()];
    for part in parts {
        for (all, part) in all.iter_mut().zip(&part.all) {
            all.sum += part.sum;
            all.logs += part.logs;
            all.ones.iter_mut().zip(&part.ones).for_each(|(all, part)| *all += part);
        }
    }
    let drawn = || sample.drawn.iter().filter_map(|&code| sample.place(code)).map(|place| &all[place]);
    let told: Vec<f64> = drawn().map(|Posterior { sum, logs, .. }| bits as f64 - (sum.log2() - logs / sum)).collect();
    let count = told.len() as f64;
    let mean = told.iter().sum::<f64>() / count;
    let variance = told.iter().map(|told| (told - mean).powi(2)).sum::<f64>() / (count - 1.0);
    // 2.576 standard errors: 99 % of a normal distribution.
    let margin = 2.576 * (variance / count).sqrt();
    let mut advantages = vec![0.0; bits];
    for posterior in drawn() {
        for (advantage, ones) in advantages.iter_mut().zip(&posterior.ones) {
            *advantage += (2.0 * ones / posterior.sum - 1.0).abs() / count;
        }
    }
    let interval = Some([(mean - margin).max(0.0), (mean + margin).min(bits as f64)]);
    Leak { information: mean.max(0.0), interval, advantages, bob_wrong: None, bob_sample: None }
}
