//! Search for a round key: keys are proposed by what the distinguisher says of other keys.
//!
//! A. Gohr, "Improving attacks on round-reduced Speck32/64 using deep learning" (CRYPTO 2019), section 4.3, algorithm 1.
use super::distinguisher::{Distinguisher, PROFILED, Pairs, undo};
use crate::ciphers::Stream;

/// Keys tried at a time, and how often others are proposed.
const TRIED: usize = 32;
const PROPOSALS: usize = 5;

/// A round key and its evidence: the sum over the pairs of log2(p / (1 - p)), where p is the network's probability that the pair,
/// decrypted by one round with this key, is real.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) score: f32,
    pub(super) key: u16,
}

impl Distinguisher {
    /// The keys tried for the last round of `pairs`, each once, in no order.
    pub(super) fn search(&mut self, pairs: &Pairs, stream: &mut Stream) -> Vec<Candidate> {
        // How badly each right key would explain the responses so far; infinite for keys that were tried.
        let mut distance = vec![0f32; PROFILED];
        let mut tried: Vec<Candidate> = Vec::with_capacity(TRIED * PROPOSALS);
        for proposal in 0..PROPOSALS {
            let keys = if proposal == 0 { random_keys(stream) } else { nearest(&distance) };
            let decrypted: Vec<(u32, u32)> =
                keys.iter().flat_map(|&key| pairs.iter().map(move |&pair| undo(pair, key))).collect();
            let probabilities = self.probabilities(&decrypted);
            for (&key, p) in keys.iter().zip(probabilities.chunks(pairs.len())) {
                tried.push(Candidate { score: evidence(p), key });
                self.learn(&mut distance, key, p.iter().sum::<f32>() / p.len() as f32);
                distance[usize::from(key)] = f32::INFINITY;
            }
        }
        tried
    }

    /// Adds the mean response under a key that was tried: the profile says what to expect for every right key. The squared difference
    /// counts in variances.
    fn learn(&self, distance: &mut [f32], tried: u16, response: f32) {
        for (key, distance) in distance.iter_mut().enumerate() {
            let at = key ^ usize::from(tried);
            *distance += ((response - self.mean[at]) / self.deviation[at]).powi(2);
        }
    }

    /// The evidence for each of several decryptions of the same `count` pairs.
    pub(super) fn evidence(&mut self, decrypted: &Pairs, count: usize) -> Vec<f32> {
        self.probabilities(decrypted).chunks(count).map(evidence).collect()
    }
}

/// The sum of log2(p / (1 - p)).
fn evidence(probabilities: &[f32]) -> f32 {
    probabilities.iter().map(|p| libm::log2f(p / (1.0 - p))).sum()
}

/// Different random keys.
fn random_keys(stream: &mut Stream) -> Vec<u16> {
    let mut keys = Vec::with_capacity(TRIED);
    while keys.len() < TRIED {
        let key = stream.below(PROFILED as u64) as u16;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The keys with the smallest distances.
fn nearest(distance: &[f32]) -> Vec<u16> {
    let mut keys: Vec<u16> = (0..PROFILED as u16).collect();
    keys.select_nth_unstable_by(TRIED, |&a, &b| distance[usize::from(a)].total_cmp(&distance[usize::from(b)]));
    keys.truncate(TRIED);
    keys
}
