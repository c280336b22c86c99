//! Statistics of ciphertext and keystream: the SP 800-22 battery on structured and random plaintexts.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::envelope::LEAST_ROWS;
use crate::ciphers::{Blocks, Cipher, KeyUse, Stream, Target};
use crate::report::{Finding, ThreatModel};
use crate::tools::statistics::{Bits, battery};
use crate::tools::supply::Oracle;

/// Consecutive ciphertexts of random, counting and sparse plaintexts, each a sequence for
/// [`battery`](crate::tools::statistics::battery()). Real numbers are reduced to their signs.
///
/// With one-time keys every message has a fresh key. With reusable keys, one key is used as long as an ideal block cipher would
/// still look random. The outputs of a permutation never repeat, which shows after about 2^(bits/2) blocks, so a new key is
/// drawn after 2^(bits/2 - 1). A cipher with random-looking output on all three may still be broken easily by other means.
pub struct Statistics;

/// The kinds of plaintexts.
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

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        match target.data() {
            Some(data) if data.rows() < LEAST_ROWS => Err(format!(
                "needs {LEAST_ROWS} different messages, since of fewer the constant bytes are not known; the file has {}",
                data.rows()
            )),
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(self.recorded(target, context)) };
        // 2^20 bits are enough for all fifteen tests.
        let wanted = context.pick(1 << 20, 1 << 21, 1 << 23);
        let bits = cipher.block_bits();
        let most = context.allowance.map_or(wanted, |blocks| wanted.min(blocks * bits));
        [Plaintexts::Random, Plaintexts::Counter, Plaintexts::Sparse]
            .into_iter()
            .map(|kind| {
                context.check()?;
                let mut source = Source {
                    oracle: Oracle::new(cipher),
                    stream: context.stream(&format!("statistics of {}", kind.words())),
                    kind,
                    // Up to two ones, or as many as needed for different messages under one key.
                    sparse: sparse(bits, under_one_key(cipher).min(most.div_ceil(bits)).max(1 + bits * (bits + 1) / 2)),
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
    /// Recorded ciphertexts: the first half, and the second half if the first is suspicious.
    fn recorded(&self, target: &Target, context: &Context) -> Vec<Finding> {
        let Some(data) = target.data() else { return Vec::new() };
        let mut draft = Draft::new(self, target, context);
        // The attacker did not choose these messages, and the tests ignore the plaintexts.
        draft.finding.threat_model =
            if data.one_key() { ThreatModel::KnownPlaintext } else { ThreatModel::CiphertextOnly };
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

/// Reports a battery's result as a finding.
fn report(draft: Draft, result: &crate::tools::statistics::Battery, what: &str) -> Finding {
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
}

/// The `count` messages with the fewest ones, or all messages: no ones, each single one, each pair, and so on.
fn sparse(bits: usize, count: usize) -> Blocks {
    let mut out = Blocks::new(bits, 0);
    for weight in 0..=bits {
        let mut places: Vec<usize> = (0..weight).collect();
        loop {
            if out.rows() == count {
                return out;
            }
            let mut message = Blocks::new(bits, 1);
            places.iter().for_each(|&place| message.flip(0, place));
            out.extend(&message);
            // The next combination: the last position that can move does, and those after it follow directly.
            let Some(at) = (0..weight).rfind(|&at| places[at] < bits - weight + at) else { break };
            places[at] += 1;
            for later in at + 1..weight {
                places[later] = places[later - 1] + 1;
            }
        }
    }
    out
}

/// A stream of ciphertext bits.
struct Source<'a> {
    oracle: Oracle<'a>,
    stream: Stream,
    kind: Plaintexts,
    /// Sparse messages, which are used again under other keys.
    sparse: Blocks,
    next: usize,
}

impl Source<'_> {
    fn bits(&mut self, len: usize) -> Result<Bits, AttackError> {
        let cipher = self.oracle.cipher;
        let block = cipher.block_bits();
        let mut bits = Bits::default();
        let most = under_one_key(cipher);
        while bits.len() < len {
            let left = (len - bits.len()).div_ceil(block);
            let count = left.min(1 << 14).div_ceil(most);
            let single = cipher.random_keys(&mut self.stream, count);
            let (keys, rows) = match (count, most) {
                (1, _) => (single, left.min(most)),
                (_, 1) => (single, count),
                // Tiny blocks: several keys in one batch.
                _ => {
                    let mut keys = Blocks::new(single.bits(), 0);
                    (0..count).for_each(|key| keys.extend(&single.repeat(key, most)));
                    (keys, count * most)
                }
            };
            let texts = self.plaintexts(rows);
            append(&mut bits, &self.oracle.encrypt_unrounded(&keys, &texts)?.bits(1));
        }
        bits.truncate(len);
        Ok(bits)
    }

    /// The next messages. Those under one key are all different.
    fn plaintexts(&mut self, rows: usize) -> Blocks {
        let bits = self.oracle.cipher.block_bits();
        if let Plaintexts::Random = self.kind {
            return self.stream.blocks(bits, rows);
        }
        let mut out = Blocks::new(bits, rows);
        for row in 0..rows {
            let number = self.next + row;
            if let Plaintexts::Counter = self.kind {
                (0..bits.min(64)).for_each(|bit| out.set(row, bits - 1 - bit, number >> bit & 1 == 1));
            } else {
                out.row_mut(row).copy_from_slice(self.sparse.row(number % self.sparse.rows()));
            }
        }
        self.next += rows;
        out
    }
}

/// Maximum number of messages under one key.
fn under_one_key(cipher: &dyn Cipher) -> usize {
    match cipher.key_use() {
        KeyUse::OneTime => 1,
        KeyUse::Reusable if cipher.takes_nonce() => 1 << 16,
        KeyUse::Reusable => 1 << (cipher.block_bits() / 2).saturating_sub(1).min(16),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;
    use crate::tools::testing::attack;

    #[test]
    fn sparse_messages_are_different_and_sparse() {
        let values = |bits, count| {
            let texts = sparse(bits, count);
            (0..texts.rows()).map(|row| texts.value(row)).collect::<Vec<_>>()
        };
        assert_eq!(values(3, 100), [0, 4, 2, 1, 6, 5, 3, 7]);
        let distinct: std::collections::BTreeSet<u64> = values(16, 137).into_iter().collect();
        assert_eq!(distinct.len(), 137);
        assert!(distinct.iter().all(|value| value.count_ones() <= 2));
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
