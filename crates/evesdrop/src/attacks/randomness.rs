//! Statistics of ciphertext and keystream: the battery of SP 800-22 over structured and random plaintexts.
use super::statistics::{Bits, battery};
use super::supply::Oracle;
use super::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, KeyUse, Stream, Target};
use crate::report::{Finding, ThreatModel};

/// Ciphertexts of random, counting and sparse plaintexts, one after another, each a sequence for
/// [`battery`](super::statistics::battery()). Of real numbers only the signs are taken.
///
/// Under a one-time key every message has a fresh key. Under a reusable one as many messages as an ideal block cipher would
/// still look random: the outputs of a permutation never repeat, which shows after about 2^(bits/2) blocks, so a new key is
/// drawn after 2^(bits/2 - 1). A cipher that gives noise on all three may still be broken at once by other means.
pub struct Statistics;

/// Kinds of plaintexts.
#[derive(Clone, Copy)]
enum Plaintexts {
    Random,
    Counter,
    Sparse,
}

impl Attack for Statistics {
    fn name(&self) -> &'static str {
        "statistics"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn applies(&self, _target: &Target, _context: &Context) -> Result<(), String> {
        Ok(())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(self.recorded(target, context)) };
        // 2^20 bits are enough for all fifteen tests.
        let wanted = context.pick(1 << 20, 1 << 21, 1 << 23);
        let most = context.allowance.map_or(wanted, |blocks| wanted.min(blocks * cipher.block_bits()));
        [Plaintexts::Random, Plaintexts::Counter, Plaintexts::Sparse]
            .into_iter()
            .map(|kind| {
                context.check()?;
                let mut source = Source {
                    oracle: Oracle::new(cipher),
                    stream: context.stream(&format!("statistics of {}", kind.words())),
                    kind,
                    next: 0,
                };
                let draft = Draft::new(self, target, context);
                let first = source.bits(most)?;
                let mut failed = None;
                let result = battery(&first, |len| source.bits(len).map_err(|error| failed = Some(error)).ok());
                if let Some(error) = failed {
                    return Err(error);
                }
                Ok(report(draft, &result, &format!("ciphertexts of {}", kind.words())))
            })
            .collect()
    }
}

impl Statistics {
    /// Recorded ciphertexts: one half, and the other where the first is suspicious.
    fn recorded(&self, target: &Target, context: &Context) -> Vec<Finding> {
        let Some(data) = target.data() else { return Vec::new() };
        let draft = Draft::new(self, target, context);
        let half = data.rows() / 2;
        let (mut first, mut second) = (Bits::default(), Bits::default());
        append(&mut first, &data.ciphertexts.slice(0..half));
        append(&mut second, &data.ciphertexts.slice(half..data.rows()));
        let result = battery(&first, |len| {
            second.truncate(len);
            Some(second.clone())
        });
        vec![report(draft, &result, "recorded ciphertexts")]
    }
}

/// Words a battery's result as a finding.
fn report(draft: Draft, result: &super::statistics::Battery, what: &str) -> Finding {
    let frame = draft.conclude(result.verdict, String::new());
    let whole = result.finding(&frame.attack, frame.threat_model, frame.seconds, frame.replay);
    let summary = format!("{what}: {}", result.summary());
    Finding { summary, misuse: frame.misuse, ..whole }
}

fn append(bits: &mut Bits, blocks: &Blocks) {
    for row in 0..blocks.rows() {
        (0..blocks.bits()).for_each(|bit| bits.push(blocks.get(row, bit)));
    }
}

impl Plaintexts {
    fn words(self) -> &'static str {
        match self {
            Self::Random => "random plaintexts",
            Self::Counter => "counting plaintexts",
            Self::Sparse => "sparse plaintexts",
        }
    }

    /// Messages number `first` on, all different as far as their length allows.
    fn make(self, bits: usize, first: u64, rows: usize, stream: &mut Stream) -> Blocks {
        let mut out = match self {
            Self::Random => return stream.blocks(bits, rows),
            Self::Counter | Self::Sparse => Blocks::new(bits, rows),
        };
        for row in 0..rows {
            let number = first + row as u64;
            match self {
                Self::Counter => {
                    (0..bits.min(64)).for_each(|bit| out.set(row, bits - 1 - bit, number >> bit & 1 == 1));
                }
                // No bit, each single bit, then every two, and so over again.
                _ => {
                    let n = bits as u64;
                    let turn = number % (1 + n + n * (n - 1) / 2);
                    if (1..=n).contains(&turn) {
                        out.flip(row, turn as usize - 1);
                    } else if turn > n {
                        // Pair number k: (a, b) with a < b, counted by b.
                        let k = turn - n - 1;
                        let b = (((8 * k + 1) as f64).sqrt() as u64 + 1) / 2;
                        let b = if b * (b - 1) / 2 > k { b - 1 } else { b };
                        out.flip(row, b as usize);
                        out.flip(row, (k - b * (b - 1) / 2) as usize);
                    }
                }
            }
        }
        out
    }
}

/// A stream of ciphertext bits.
struct Source<'a> {
    oracle: Oracle<'a>,
    stream: Stream,
    kind: Plaintexts,
    next: u64,
}

impl Source<'_> {
    fn bits(&mut self, len: usize) -> Result<Bits, AttackError> {
        let cipher = self.oracle.cipher;
        let block = cipher.block_bits();
        let mut bits = Bits::default();
        // Messages under one key.
        let most = if cipher.takes_nonce() { 1 << 16 } else { 1 << (block / 2).saturating_sub(1).min(16) };
        while bits.len() < len {
            let left = (len - bits.len()).div_ceil(block);
            let (keys, rows) = match cipher.key_use() {
                KeyUse::OneTime => {
                    let rows = left.min(1 << 14);
                    (cipher.random_keys(&mut self.stream, rows), rows)
                }
                KeyUse::Reusable if most >= 64 => (cipher.random_keys(&mut self.stream, 1), left.min(most)),
                // Tiny blocks: many keys in one batch.
                KeyUse::Reusable => {
                    let count = left.min(1 << 14).div_ceil(most);
                    let single = cipher.random_keys(&mut self.stream, count);
                    let mut keys = Blocks::new(single.bits(), 0);
                    (0..count).for_each(|key| keys.extend(&single.repeat(key, most)));
                    (keys, count * most)
                }
            };
            let texts = self.kind.make(block, self.next, rows, &mut self.stream);
            self.next += rows as u64;
            append(&mut bits, &self.oracle.encrypt_unrounded(&keys, &texts)?.bits(1));
        }
        bits.truncate(len);
        Ok(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::attack;
    use super::*;
    use crate::report::Verdict;

    #[test]
    fn sparse_messages_are_different_and_sparse() {
        let texts = Plaintexts::Sparse.make(16, 0, 137, &mut Stream::new(1, "test"));
        let values: std::collections::BTreeSet<u64> = (0..137).map(|row| texts.value(row)).collect();
        assert_eq!(values.len(), 137);
        assert!(values.iter().all(|value| value.count_ones() <= 2));
    }

    #[test]
    fn repeating_keys_show_and_good_ciphers_do_not() {
        let found = |name| {
            let findings = attack(&Statistics, name);
            findings.iter().map(|finding| finding.verdict).collect::<Vec<_>>()
        };
        assert_eq!(found("xor")[1], Verdict::WeaknessFound);
        assert_eq!(found("one-time-pad"), [Verdict::NothingFound; 3]);
    }
}
