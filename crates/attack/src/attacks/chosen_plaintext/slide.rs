//! Slide attacks on Feistel networks whose rounds are all the same.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Form, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::supply::Oracle;
use std::collections::{BTreeSet, HashMap};

/// Looks for slid pairs: the second message is the first one after a round, so the second ciphertext is the first one after a round.
///
/// A round makes (R, L + f(R)) of (L, R). Among messages (L, R) with one R and messages (R, X), chosen such that every difference X - L
/// occurs once, one pair is slid. Halves of its ciphertexts are then equal, and its difference f(R) is the same among other such
/// messages. The number of rounds does not matter. Where R is the left half, the same pair is slid backwards.
///
/// A. Biryukov and D. Wagner, "Slide attacks", FSE 1999.
pub struct Slide;

/// Sets of messages, each with one slid pair.
const SETS: usize = 3;
/// Bits of a block for which pairs by chance are rare enough, and messages few enough.
const BITS: std::ops::RangeInclusive<usize> = 24..=64;

/// How a network may write its halves and add.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    /// The last round does not swap the halves.
    crossed: bool,
    /// Addition modulo a power of two, not XOR.
    modular: bool,
}

impl Attack for Slide {
    fn name(&self) -> &'static str {
        "slide"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data cannot be asked to encrypt chosen messages".into());
        };
        let bits = cipher.block_bits();
        if cipher.form() != Form::Bits(bits) || cipher.takes_nonce() {
            return Err("is for block ciphers: ciphertexts as long as messages, without a nonce".into());
        }
        if !BITS.contains(&bits) || !bits.is_multiple_of(4) {
            return Err(format!("is for blocks of 24 to 64 bits, not for {bits}"));
        }
        let need = 2 << (bits / 4);
        match context.allowance {
            Some(allowance) if 4 * allowance < need => {
                Err(format!("needs {need} blocks at a time, the program's time allows for {}", 4 * allowance))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("slide");
        let mut oracle = Oracle::new(cipher);
        let half = cipher.block_bits() / 2;
        let mask = (1u64 << half) - 1;
        let (key, right) = (cipher.random_keys(&mut stream, 1), stream.word() & mask);
        let count = 1u64 << (half / 2);
        // What is left of the differences that may be f(R).
        let mut differences: Option<BTreeSet<(Shape, u64)>> = None;
        for _ in 0..SETS {
            let (low, high) = (stream.below(count), stream.below(count) << (half / 2));
            let mut seen = BTreeSet::new();
            context.check()?;
            // The L differ in their upper bits and the X in their lower ones.
            let (l, x) = (|i: u64| i << (half / 2) | low, |j: u64| high | j);
            let first = (0..count).map(|i| l(i) << half | right);
            let second = (0..count).map(|j| right << half | x(j));
            let sent = oracle.encrypt(&key, &Blocks::from_values(2 * half, first.chain(second)))?;
            draft.finding.samples += 2 * count;
            for crossed in [false, true] {
                let halves = |row: u64| {
                    let (left, right) = (sent.value(row as usize) >> half, sent.value(row as usize) & mask);
                    if crossed { (right, left) } else { (left, right) }
                };
                let mut by_right: HashMap<u64, Vec<u64>> = HashMap::new();
                (0..count).for_each(|i| by_right.entry(halves(i).1).or_default().push(i));
                let alike = |j: u64| by_right.get(&halves(count + j).0).map_or(&[][..], |all| all);
                // One pair is expected by chance. Where halves depend on a half of the message alone, all pairs are alike.
                if (0..count).map(|j| alike(j).len() as u64).sum::<u64>() > count {
                    continue;
                }
                for j in 0..count {
                    for &i in alike(j) {
                        seen.insert((Shape { crossed, modular: false }, l(i) ^ x(j)));
                        seen.insert((Shape { crossed, modular: true }, x(j).wrapping_sub(l(i)) & mask));
                    }
                }
            }
            differences = Some(match differences {
                None => seen,
                Some(before) => &before & &seen,
            });
        }
        let left = differences.unwrap_or_default();
        // A round has one value.
        let [(shape, difference)] = left.into_iter().collect::<Vec<_>>()[..] else {
            return Ok(vec![draft.conclude(Verdict::NothingFound, "no slid pairs were found")]);
        };
        let digits = half.div_ceil(4);
        draft.finding.advantage = Some(1.0);
        draft.detail("sum in a round", if shape.modular { "addition" } else { "XOR" });
        draft.detail("half of a message", format!("{right:0digits$x}"));
        draft.detail("round function of it, under the key", format!("{difference:0digits$x}"));
        draft.detail(
            "what an attacker who sees the rounds does next",
            "collects values of the round function and solves them for the key of one round, which is that of all",
        );
        let summary = format!(
            "slid pairs: the cipher repeats one round, so the number of rounds does not matter; {} chosen messages give values of the \
             round function under the key",
            draft.finding.samples
        );
        Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::Budget;
    use crate::ciphers::{Function, TargetOptions};
    use crate::tools::testing::{all_clean, attack_cipher, with_context};

    fn scrambled(value: u64, key: u64) -> u64 {
        let mixed = (value ^ key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 17
    }

    /// Forty rounds over two halves of `half` bits, all with the same key; the last one swaps or not.
    fn repeated(half: usize, modular: bool, swaps: bool) -> Function {
        let mask = (1u64 << half) - 1;
        Function::new("repeated", 2 * half, 64, move |key, text| {
            let (mut l, mut r) = ((text >> half) as u64 & mask, text as u64 & mask);
            for _ in 0..40 {
                let f = scrambled(r, key as u64) & mask;
                (l, r) = (r, if modular { l.wrapping_add(f) & mask } else { l ^ f });
            }
            if !swaps {
                (l, r) = (r, l);
            }
            u128::from(l) << half | u128::from(r)
        })
    }

    #[test]
    fn one_round_repeated_shows_however_many_rounds_there_are() {
        for (half, modular, swaps) in [(16, false, true), (16, true, false), (24, false, false), (32, true, true)] {
            let finding = &attack_cipher(&Slide, Box::new(repeated(half, modular, swaps)))[0];
            assert_eq!(finding.verdict, Verdict::WeaknessFound, "{half} {modular} {swaps}: {}", finding.summary);
            let value = |label: &str| {
                let text = &finding.details.iter().find(|(name, _)| name.starts_with(label)).unwrap().1;
                u64::from_str_radix(text, 16).unwrap()
            };
            let key = with_context(Budget::Quick, 1, |context| context.stream("slide").word());
            let f = scrambled(value("half"), key) & ((1 << half) - 1);
            assert_eq!(value("round function"), f, "{half} {modular} {swaps}");
        }
    }

    #[test]
    fn other_ciphers_have_no_slid_pairs() {
        all_clean(&Slide, &["speck32/64", "speck32/64:3", "feistel:4", "xor:32/16", "affine"], 1);
    }

    #[test]
    fn it_says_why_it_does_not_apply() {
        with_context(Budget::Quick, 1, |context| {
            let reason =
                |name| Slide.applies(&Target::parse(name, &TargetOptions::default()).unwrap(), context).unwrap_err();
            assert!(reason("aes-128").contains("24 to 64 bits"));
            assert!(reason("chacha20").contains("nonce"));
        });
    }
}
