//! Exact leakage: all messages under all keys, and what the best possible Eve learns from the ciphertexts.
mod dense;
mod plain;
mod sampled;

use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, CipherError, Ciphertexts, Enumerator, Form, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Enumerates messages and keys. Computes I(P;C) = H(C) - H(C|P) in bits, the advantage of the best possible Eve for every
/// message bit, and Bob's exact error. 0 bits is perfect secrecy. If Bob decrypts correctly, I(P;C) is at least N - |K| (C. E.
/// Shannon, "Communication theory of secrecy systems", 1949).
///
/// If there are too many messages and keys, some message bits are held fixed: the result is then the leakage to an Eve who
/// knows these bits.
pub struct Leakage;

/// Ciphertexts of at most this many bits are counted in tables; longer ones are sampled.
const DENSE_BITS: u32 = 18;
/// Leakage below this many bits is a rounding error.
const ROUNDING: f64 = 1e-7;
/// log2 of the number of parts into which the messages are split for threads.
const PARTS: u32 = 3;
/// Number of keys passed to the cipher at a time (few enough that their blocks stay in the first-level cache), and to a
/// program, which is started for each batch.
const CHUNK: usize = 1 << 10;
const PROGRAM_CHUNK: usize = 1 << 16;
/// Number of messages on which Bob is measured if running him on everything would take too long, and the limit for that by
/// budget.
const BOB_SAMPLE: usize = 1 << 18;
const BOB_EVERYWHERE: [u64; 3] = [1 << 20, 1 << 26, 1 << 40];
/// Bits per value at which a cipher with real-valued ciphertexts is measured, up to those that its values have.
const DEPTHS: [u32; 4] = [1, 2, 4, 8];

/// The leakage of a cipher at one depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Leak {
    /// Mutual information I(P;C) in bits.
    pub information: f64,
    /// If ciphertexts were sampled: the 99 % interval of `information` (normal approximation).
    pub interval: Option<[f64; 2]>,
    /// For each varied message bit: twice the best Eve's probability to be right, minus 1.
    pub advantages: Vec<f64>,
    /// Mean number of message bits that Bob reads wrong; `None` if he cannot decrypt.
    pub bob_wrong: Option<f64>,
    /// Number of messages that `bob_wrong` is measured on; `None` if it is exact.
    pub bob_sample: Option<u64>,
}

/// The messages and keys to enumerate.
struct Space<'a> {
    enumerator: Box<dyn Enumerator + 'a>,
    /// Bits per value to which real numbers are quantised, in ascending order. A single ignored entry if ciphertexts are bits.
    depths: &'a [u32],
    key_bits: u32,
    /// The fixed message bits.
    base: u64,
    /// The positions of the varied message bits as shifts, the last one first.
    places: Vec<u32>,
    /// The probability of a key by its number of ones; 1 for all if keys are uniform, so that counts stay integers.
    weights: Vec<f64>,
    /// Whether all weights are 1.
    uniform: bool,
    /// Number of keys passed to the cipher at a time.
    chunk: usize,
    /// The cipher, if it is a program, which should be started rarely.
    program: Option<&'a dyn Cipher>,
}

/// Counts ciphertexts of one depth over a part of the messages.
enum Tally<'a> {
    Dense(dense::Tables),
    Sampled(sampled::Posteriors<'a>),
}

/// The result of one part of the messages.
struct Part<'a> {
    /// One entry per depth.
    tallies: Vec<Tally<'a>>,
    /// For each depth: Bob's wrong bits summed over messages; `None` if he cannot decrypt.
    wrong: Option<Vec<f64>>,
}

impl Space<'_> {
    fn messages(&self) -> u64 {
        1 << self.places.len()
    }

    fn weight(&self, key: u64) -> f64 {
        if self.uniform { 1.0 } else { self.weights[key.count_ones() as usize] }
    }

    /// The sum of all keys' weights.
    fn total(&self) -> f64 {
        if self.uniform { (1u64 << self.key_bits) as f64 } else { 1.0 }
    }

    /// Message number `index`.
    fn message(&self, index: u64) -> u64 {
        self.places.iter().enumerate().fold(self.base, |message, (bit, place)| message ^ (index >> bit & 1) << place)
    }

    /// Adds one message under every key to the counts of all depths.
    fn each_key(&self, index: u64, part: &mut Part) -> Result<(), AttackError> {
        let keys = 1u64 << self.key_bits;
        let size = self.chunk.min(keys as usize);
        let (mut codes, mut wrong) = (vec![0; size], vec![0; size]);
        for first in (0..keys).step_by(size) {
            let here = (keys - first).min(size as u64) as usize;
            let (codes, wrong) = (&mut codes[..here], &mut wrong[..here]);
            let mut batch = self.enumerator.encrypt(self.message(index), first, here)?;
            let weight = |place: usize| self.weight(first + place as u64);
            // A ciphertext that is not in the sample at few bits per value is not in it at more.
            let mut candidates: Option<Vec<usize>> = None;
            for (number, &depth) in self.depths.iter().enumerate() {
                match &mut part.tallies[number] {
                    Tally::Dense(tables) => {
                        batch.codes(depth, codes);
                        codes.iter().enumerate().for_each(|(place, &code)| tables.add(code, weight(place)));
                    }
                    Tally::Sampled(sample) => match &mut candidates {
                        None => {
                            batch.codes(depth, codes);
                            let mut places = sample.candidates(codes);
                            places.retain(|&place| sample.add(codes[place], weight(place)));
                            candidates = Some(places);
                        }
                        Some(places) => places.retain(|&place| sample.add(batch.code(depth, place), weight(place))),
                    },
                }
                let Some(sums) = &mut part.wrong else { continue };
                if batch.wrong(depth, wrong)? {
                    let sum: f64 =
                        wrong.iter().enumerate().map(|(place, &wrong)| f64::from(wrong) * weight(place)).sum();
                    sums[number] += sum / self.total();
                } else {
                    part.wrong = None;
                }
            }
        }
        for tally in &mut part.tallies {
            match tally {
                Tally::Dense(tables) => tables.end(index),
                Tally::Sampled(sample) => sample.end(index),
            }
        }
        Ok(())
    }

    /// Enumerates all messages and keys, in parts for threads.
    fn run<'a>(
        &self,
        context: &Context,
        tallies: impl Fn(u32) -> Vec<Tally<'a>> + Sync,
    ) -> Result<Vec<Part<'a>>, AttackError> {
        let bits = self.places.len() as u32;
        let below = bits - PARTS.min(bits);
        let done = AtomicU64::new(0);
        let run_part = |part: u64| {
            let mut result = Part { tallies: tallies(below), wrong: Some(vec![0.0; self.depths.len()]) };
            for index in part << below..(part + 1) << below {
                context.check()?;
                self.each_key(index, &mut result)?;
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                if done.is_multiple_of((self.messages() / 64).max(1)) {
                    context.report(&Leakage, done as f64 / self.messages() as f64);
                }
            }
            Ok(result)
        };
        (0..1u64 << (bits - below)).into_par_iter().map(run_part).collect()
    }
}

/// The leakage of a cipher with `varied` of its message bits varied, for each depth in `depths`, to which real numbers are
/// quantised in bits per value (a single ignored entry if ciphertexts are bits).
///
/// Takes about 2^(`varied` + key bits) encryptions for any number of depths.
///
/// # Errors
/// If the space is too large, if the cipher fails, or if the user stopped the run.
pub fn measure(cipher: &dyn Cipher, varied: u32, depths: &[u32], context: &Context) -> Result<Vec<Leak>, AttackError> {
    let (block, key_bits) = (cipher.block_bits() as u32, cipher.key_bits() as u32);
    if block > 64 || key_bits > 32 || varied == 0 || varied > block || varied + key_bits > 40 || depths.is_empty() {
        let message =
            format!("{varied} of {block} message bits and {key_bits} key bits are no space that can be run through");
        return Err(CipherError::Shape(message).into());
    }
    let one = cipher.key_bit_probability();
    let weight = |ones: u32| {
        if one == 0.5 { 1.0 } else { one.powi(ones as i32) * (1.0 - one).powi((key_bits - ones) as i32) }
    };
    // The varied bits are spread over the message.
    let places: Vec<u32> = (0..varied).rev().map(|bit| block - 1 - bit * block / varied).collect();
    let used = places.iter().fold(0, |used, place| used | 1u64 << place);
    let space = Space {
        enumerator: cipher.enumerator().unwrap_or_else(|| Box::new(plain::Plain(cipher))),
        depths,
        key_bits,
        base: context.stream("leakage: fixed bits").word() >> (64 - block) & !used,
        places,
        weights: (0..=key_bits).map(weight).collect(),
        uniform: one == 0.5,
        chunk: if cipher.is_external() { PROGRAM_CHUNK } else { CHUNK },
        program: cipher.is_external().then_some(cipher),
    };
    let cipher_bits = |depth: u32| match cipher.form() {
        Form::Bits(bits) => bits as u32,
        Form::Floats(values) => values as u32 * depth,
    };
    let samples = sampled::draw(&space, context)?;
    let parts = space.run(context, |below| {
        let tally = |(&depth, sample)| match cipher_bits(depth) {
            bits @ 0..=DENSE_BITS => Tally::Dense(dense::Tables::new(bits, key_bits, below)),
            _ => Tally::Sampled(sampled::Posteriors::new(sample, varied)),
        };
        depths.iter().zip(&samples).map(tally).collect()
    })?;
    let pairs = space.messages() << key_bits;
    let within = pairs <= context.pick(BOB_EVERYWHERE[0], BOB_EVERYWHERE[1], BOB_EVERYWHERE[2]);
    let unmeasured = cipher.decrypts() && parts.iter().any(|part| part.wrong.is_none());
    let everywhere = if unmeasured && within { Some(bob_everywhere(cipher, &space, context)?) } else { None };
    let leak = |depth: usize| -> Result<Leak, AttackError> {
        let (mut tables, mut posteriors) = (Vec::new(), Vec::new());
        for part in &parts {
            match &part.tallies[depth] {
                Tally::Dense(part) => tables.push(part),
                Tally::Sampled(part) => posteriors.push(part),
            }
        }
        let mut leak = if tables.is_empty() {
            sampled::leak(&space, &samples[depth], &posteriors)
        } else {
            dense::leak(&space, &tables)
        };
        let wrong: Option<f64> = parts.iter().map(|part| part.wrong.as_ref().map(|wrong| wrong[depth])).sum();
        leak.bob_wrong = wrong.map(|wrong| wrong / space.messages() as f64);
        if let Some(wrong) = &everywhere {
            leak.bob_wrong = Some(wrong[depth]);
        } else if unmeasured {
            leak.bob_wrong = Some(bob_on_sample(cipher, &space, depths[depth], context)?);
            leak.bob_sample = Some(BOB_SAMPLE as u64);
        }
        // Bit 0 of a message is the highest bit of its number.
        leak.advantages.reverse();
        Ok(leak)
    };
    (0..depths.len()).map(leak).collect()
}

/// Mean number of message bits that Bob reads wrong, over all messages and keys, at each depth, if the cipher's own enumerator
/// does not run him.
fn bob_everywhere(cipher: &dyn Cipher, space: &Space, context: &Context) -> Result<Vec<f64>, AttackError> {
    let plain = plain::Plain(cipher);
    let keys = 1u64 << space.key_bits;
    let size = PROGRAM_CHUNK.min(keys as usize);
    let of_message = |index: u64| -> Result<Vec<f64>, AttackError> {
        context.check()?;
        let mut sums = vec![0.0; space.depths.len()];
        let mut wrong = vec![0; size];
        for first in (0..keys).step_by(size) {
            let mut batch = plain.encrypt(space.message(index), first, size)?;
            for (sum, &depth) in sums.iter_mut().zip(space.depths) {
                batch.wrong(depth, &mut wrong)?;
                *sum += (first..).zip(&wrong).map(|(key, &wrong)| f64::from(wrong) * space.weight(key)).sum::<f64>();
            }
        }
        Ok(sums)
    };
    let add = |a: Vec<f64>, b: Vec<f64>| Ok(a.iter().zip(&b).map(|(a, b)| a + b).collect());
    let sums = (0..space.messages()).into_par_iter().map(of_message);
    let sums: Vec<f64> = sums.try_reduce(|| vec![0.0; space.depths.len()], add)?;
    Ok(sums.iter().map(|sum| sum / (space.messages() as f64 * space.total())).collect())
}

/// Mean number of message bits that Bob reads wrong, on random messages and keys of the space.
fn bob_on_sample(cipher: &dyn Cipher, space: &Space, depth: u32, context: &Context) -> Result<f64, AttackError> {
    let mut stream = context.stream("leakage: Bob");
    let messages = (0..BOB_SAMPLE).map(|_| space.message(stream.below(space.messages()))).collect::<Vec<_>>();
    let messages = Blocks::from_values(cipher.block_bits(), messages);
    let keys = cipher.random_keys(&mut stream, BOB_SAMPLE);
    let arrived = match cipher.encrypt(&keys, &messages, 0)? {
        Ciphertexts::Floats(floats) => Ciphertexts::Floats(floats.rounded(depth)),
        bits => bits,
    };
    let wrong = cipher.decrypt(&keys, &arrived, 0)?.xor(&messages);
    let wrong: u32 = (0..wrong.rows()).map(|row| wrong.row(row)[0].count_ones()).sum();
    Ok(f64::from(wrong) / BOB_SAMPLE as f64)
}

/// log2 of the number of pairs of messages and keys that a budget enumerates; more if that covers all of them.
fn limit(cipher: &dyn Cipher, context: &Context) -> u32 {
    let all = (cipher.block_bits() + cipher.key_bits()) as u32;
    context.pick(if all <= 24 { 24 } else { 22 }, 32, 32)
}

impl Attack for Leakage {
    fn name(&self) -> &'static str {
        "leakage"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::Unbounded
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data is not all messages under all keys".into());
        };
        if cipher.takes_nonce() {
            return Err("running through all keys takes no account of nonces".into());
        }
        let (block, key) = (cipher.block_bits(), cipher.key_bits());
        if block > 64 || key > 31 {
            return Err(format!("messages of {block} bits under keys of {key} are too many (64 and 31 at most)"));
        }
        if key as u32 >= limit(cipher, context) {
            return Err(format!("2^{key} keys are too many for this budget; use --budget standard"));
        }
        match context.allowance {
            Some(allowance) if (allowance as u64) * 20 < 2 << key => {
                Err(format!("2^{key} keys would take this program too long; it allows for {}", 20 * allowance))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else {
            return Ok(Vec::new());
        };
        if cipher.is_external() && !repeats(cipher, context)? {
            let summary = "the program draws random numbers: all messages under all keys are not all that it may send";
            return Ok(vec![Draft::new(self, target, context).conclude(Verdict::Inconclusive, summary)]);
        }
        let affordable = context.allowance.map_or(u32::MAX, |allowance| (20 * allowance as u64).max(1).ilog2());
        let key_bits = cipher.key_bits() as u32;
        // A program is started for every message.
        let starts = if cipher.is_external() { context.pick(6, 9, 12) } else { u32::MAX };
        let varied = limit(cipher, context).min(affordable).saturating_sub(key_bits);
        let varied = varied.min(starts).clamp(1, cipher.block_bits() as u32);
        let depths: Vec<u32> = match (cipher.form(), cipher.bits_per_value()) {
            (Form::Bits(_), _) => vec![1],
            (Form::Floats(_), None) => DEPTHS.to_vec(),
            // More bits give the same ciphertexts.
            (Form::Floats(_), Some(bits)) => DEPTHS.into_iter().filter(|&depth| depth < bits).chain([bits]).collect(),
        };
        let draft = Draft::new(self, target, context);
        let leaks = measure(cipher, varied, &depths, context)?;
        let seconds = draft.conclude(Verdict::NothingFound, "").seconds;
        let mut findings = Vec::new();
        for (&depth, leak) in depths.iter().zip(&leaks) {
            let mut finding = self.finding(cipher, target, varied, depth, leak, context);
            // One run covers all depths.
            finding.seconds = seconds / depths.len() as f64;
            findings.push(finding);
        }
        Ok(findings)
    }
}

impl Leakage {
    /// Reports the leakage at one depth.
    fn finding(
        &self,
        cipher: &dyn Cipher,
        target: &Target,
        varied: u32,
        depth: u32,
        leak: &Leak,
        context: &Context,
    ) -> Finding {
        let mut draft = Draft::new(self, target, context);
        draft.finding.samples = 1 << (varied as usize + cipher.key_bits());
        let block = cipher.block_bits();
        if (varied as usize) < block {
            draft.detail("messages", format!("{varied} of {block} message bits varied, the others known to Eve"));
        }
        if let Form::Floats(_) = cipher.form() {
            draft.detail("ciphertext", format!("quantised to {}", a_value(depth)));
        }
        draft.detail("I(P;C)", format!("{:.6} bits", leak.information));
        if let Some([low, high]) = leak.interval {
            draft.detail("I(P;C), interval", format!("{low:.4} to {high:.4} bits, from sampled ciphertexts"));
        }
        let shown: Vec<String> = leak.advantages.iter().map(|advantage| format!("{advantage:.4}")).collect();
        draft.detail("best Eve's advantage for each message bit", shown.join(" "));
        let bob = leak
            .bob_wrong
            .map_or("unknown: he cannot decrypt".into(), |wrong| format!("{wrong:.6} bits of a message wrong"));
        let label = leak.bob_sample.map_or("Bob, exactly".into(), |sample| format!("Bob, on {sample} random messages"));
        draft.detail(&label, bob);
        let best = leak.advantages.iter().copied().fold(0.0, f64::max);
        draft.finding.advantage = Some(best);
        draft.finding.leaked_bits = Some(leak.information);
        let at =
            if matches!(cipher.form(), Form::Floats(_)) { format!(" at {}", a_value(depth)) } else { String::new() };
        if leak.information < ROUNDING {
            return draft.conclude(
                Verdict::NothingFound,
                format!("the ciphertext{at} reveals nothing about the message: I(P;C) = 0"),
            );
        }
        let summary = format!(
            "the ciphertext{at} reveals {:.4} of {}{}",
            leak.information,
            counted(varied as usize, "message bit"),
            if best < ROUNDING {
                ": of several together, each single one stays hidden".into()
            } else {
                format!("; the best Eve's advantage for one bit is {best:.4}")
            }
        );
        draft.conclude(Verdict::WeaknessFound, summary)
    }
}

/// Whether the same messages under the same keys give the same ciphertexts again.
fn repeats(cipher: &dyn Cipher, context: &Context) -> Result<bool, AttackError> {
    let mut stream = context.stream("leakage: twice");
    let (keys, messages) = (cipher.random_keys(&mut stream, 64), stream.blocks(cipher.block_bits(), 64));
    Ok(cipher.encrypt(&keys, &messages, 0)? == cipher.encrypt(&keys, &messages, 0)?)
}

/// The depth in words.
fn a_value(depth: u32) -> String {
    if depth == 1 { "1 bit per value".into() } else { format!("{depth} bits per value") }
}

#[cfg(test)]
mod tests;
