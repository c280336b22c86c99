//! Differential distinguishers: pairs of messages with a fixed difference, and the difference of their ciphertexts.
use crate::battery::evidence::{Score, conclude, retested};
use crate::battery::{Attack, AttackError, Budget, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::classifier::learn;
use crate::tools::columns::{Columns, differences};
use crate::tools::supply::Oracle;

/// The classical counterpart of neural distinguishers: pairs of messages with a chosen difference against pairs of unrelated
/// messages, with a fresh key for each pair. A search proposes the difference. Frequencies of differing bits, bytes and whole
/// differences distinguish the pairs.
pub struct Differential;

/// Number of input differences kept from one round of the search to the next.
const KEEP: usize = 4;
/// Number of rounds in which each kept difference is changed in one more bit.
const ROUNDS: usize = 2;
/// Number of differences in the final round of the search, and the factor by which their number of pairs is larger.
const FINALISTS: usize = 8;
const FINAL: usize = 16;
/// Pairs by which a difference is judged in the search over rounds, and the probability of chance below which it counts.
const SURVIVAL: usize = 1 << 13;
const SURE: f64 = 1e-6;
/// Squared deviations up to this, eight variances, count as chance in the search.
const BY_LUCK: f64 = 8.0;
/// Ciphertexts of at most this many bits are also scored by XORs of two bits.
const PAIRS_UP_TO: usize = 64;

impl Attack for Differential {
    fn name(&self) -> &'static str {
        "differential"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        target.cipher().map(|_| ()).ok_or_else(|| "recorded data cannot be asked to encrypt chosen messages".into())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else {
            return Ok(Vec::new());
        };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("differential");
        let mut pairs = Asking::new(cipher);
        let (difference, origin) = find(&mut pairs, context, &mut stream)?;
        draft.detail("input difference", format!("{}, {origin}", difference.hex(0)));

        let size = if cipher.block_bits() > 64 { 1 << 13 } else { 1 << 16 };
        let rows = context.samples(512, size, 16 * size, 64 * size);
        let (real, random) = (pairs.real(&difference, rows, &mut stream)?, pairs.random(rows, &mut stream)?);
        context.check()?;
        let Some((_, classifier)) = learn(&real, &random) else {
            return Ok(vec![draft.conclude(Verdict::Inconclusive, "no pairs could be asked for")]);
        };
        draft.detail("distinguisher", classifier.parts.words());
        let score = retested(|_| {
            let (real, random) = (pairs.real(&difference, rows, &mut stream)?, pairs.random(rows, &mut stream)?);
            Ok(classifier.score(&real, &random, &mut stream))
        })?;
        draft.finding.samples = 2 * pairs.asked;
        draft.detail("pairs to learn from", format!("{rows} of each kind"));
        draft.detail("accuracy", format!("{:.4}", score.accuracy()));
        let found = |score: Score| {
            let pair = difference.hex(0);
            format!(
                "pairs with input difference {pair} are told from random ones with accuracy {:.4} (guessing: 0.5)",
                score.accuracy()
            )
        };
        Ok(vec![conclude(draft, score, found, "no input difference was found that survives encryption")])
    }
}

/// Encrypts pairs and returns output differences.
pub(super) struct Asking<'a> {
    oracle: Oracle<'a>,
    /// Number of pairs encrypted.
    pub(super) asked: u64,
}

impl<'a> Asking<'a> {
    pub(super) fn new(cipher: &'a dyn Cipher) -> Self {
        Self { oracle: Oracle::new(cipher), asked: 0 }
    }

    fn pairs(&mut self, first: &Blocks, second: &Blocks, stream: &mut Stream) -> Result<Blocks, AttackError> {
        let keys = self.oracle.cipher.random_keys(stream, first.rows());
        self.asked += first.rows() as u64;
        Ok(self.oracle.encrypt(&keys, first)?.xor(&self.oracle.encrypt(&keys, second)?))
    }

    /// Output differences of pairs with the given input differences, one for all or one for each pair.
    pub(super) fn real(
        &mut self,
        difference: &Blocks,
        rows: usize,
        stream: &mut Stream,
    ) -> Result<Blocks, AttackError> {
        let first = stream.blocks(difference.bits(), rows);
        let second = first.xor(difference);
        self.pairs(&first, &second, stream)
    }

    /// Output differences of unrelated but different messages.
    pub(super) fn random(&mut self, rows: usize, stream: &mut Stream) -> Result<Blocks, AttackError> {
        let bits = self.oracle.cipher.block_bits();
        let (first, mut second) = (stream.blocks(bits, rows), stream.blocks(bits, rows));
        // Equal messages would distinguish the kinds for any small block cipher.
        for row in 0..rows {
            while first.row(row) == second.row(row) {
                let again = stream.blocks(bits, 1);
                second.row_mut(row).copy_from_slice(again.row(0));
            }
        }
        self.pairs(&first, &second, stream)
    }

    /// The bias of the output differences for each of some input differences: the sum of squared deviations from one half, in
    /// units of their variance and beyond chance, over output bits and, if they are few, XORs of two.
    fn unevenness(&mut self, inputs: &[Blocks], trial: usize, stream: &mut Stream) -> Result<Vec<f64>, AttackError> {
        let mut scores = Vec::with_capacity(inputs.len());
        for group in inputs.chunks(((1 << 14) / trial).max(1)) {
            let mut each = Blocks::new(group[0].bits(), 0);
            group.iter().for_each(|difference| each.extend(&difference.repeat(0, trial)));
            let out = self.real(&each, each.rows(), stream)?;
            for at in 0..group.len() {
                let columns = Columns::of(&out.slice(at * trial..(at + 1) * trial));
                let excess = |ones: u64| {
                    let squared = (2.0 * ones as f64 - trial as f64).powi(2) / trial as f64;
                    if squared > BY_LUCK { squared } else { 0.0 }
                };
                let mut score = (0..columns.len()).map(|column| excess(columns.ones(column))).sum::<f64>();
                if columns.len() <= PAIRS_UP_TO {
                    for first in 0..columns.len() {
                        let others = first + 1..columns.len();
                        score += others
                            .map(|second| excess(differences(columns.get(first), columns.get(second))))
                            .sum::<f64>();
                    }
                }
                scores.push(score);
            }
        }
        Ok(scores)
    }
}

/// An input difference, and how it was found, in words.
///
/// Where nothing survives all rounds, every difference looks alike. So for a cipher of which rounds can be left out, the search begins
/// with one round, and the difference is that of the most rounds that it survives. After E. Bellini et al., "A cipher-agnostic neural
/// training pipeline with automated finding of good input differences", ToSC 2023.
pub(super) fn find(
    pairs: &mut Asking,
    context: &Context,
    stream: &mut Stream,
) -> Result<(Blocks, String), AttackError> {
    let cipher = pairs.oracle.cipher;
    let quick = Context { budget: Budget::Quick, ..*context };
    let mut found = None;
    for rounds in 1.. {
        let Some(reduced) = cipher.with_rounds(rounds) else { break };
        let mut asking = Asking::new(reduced.as_ref());
        let difference = search(&mut asking, &quick, stream)?;
        let survives = survives(&mut asking, &difference, stream)?;
        pairs.asked += asking.asked;
        if !survives {
            return Ok(found.unwrap_or((difference, "found by search".into())));
        }
        found = Some((difference, format!("found by search with {}", counted(rounds, "round"))));
    }
    let difference = search(pairs, context, stream)?;
    match found {
        Some(found) if !survives(pairs, &difference, stream)? => Ok(found),
        _ => Ok((difference, "found by search".into())),
    }
}

/// Whether the frequencies of output differences tell pairs with this difference from others.
fn survives(pairs: &mut Asking, difference: &Blocks, stream: &mut Stream) -> Result<bool, AttackError> {
    let mut draw = || -> Result<[Blocks; 2], AttackError> {
        Ok([pairs.real(difference, SURVIVAL, stream)?, pairs.random(SURVIVAL, stream)?])
    };
    let [[real, random], [other_real, other_random]] = [draw()?, draw()?];
    let Some((_, classifier)) = learn(&real, &random) else { return Ok(false) };
    Ok(classifier.score(&other_real, &other_random, stream).p_value() < SURE)
}

/// Proposes an input difference: single bits and pairs of neighbours first, then the best of them changed in one more bit.
fn search(pairs: &mut Asking, context: &Context, stream: &mut Stream) -> Result<Blocks, AttackError> {
    let bits = pairs.oracle.cipher.block_bits();
    let one = |places: &[usize]| {
        let mut block = Blocks::new(bits, 1);
        places.iter().for_each(|&place| block.flip(0, place));
        block
    };
    let mut candidates: Vec<Blocks> = (0..bits).map(|bit| one(&[bit])).collect();
    candidates.extend((1..bits).map(|bit| one(&[bit - 1, bit])));
    // Larger blocks have more differences to try, and therefore fewer pairs for each.
    let few = ((1 << 15) / bits).clamp(64, 1024);
    let more = (4096 / bits).clamp(8, 128);
    let trial = context.samples(64, few, more * few, 8 * more * few);
    let mut ranked: Vec<(f64, Blocks)> = Vec::new();
    // For a slow program only single bits are affordable.
    let rounds =
        if context.allowance.is_some_and(|allowance| allowance < 4 * KEEP * bits * trial) { 0 } else { ROUNDS };
    for round in 0..=rounds {
        context.check()?;
        let scores = pairs.unevenness(&candidates, trial, stream)?;
        ranked.extend(scores.into_iter().zip(candidates.drain(..)));
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.truncate(FINALISTS);
        if round < rounds {
            for (_, kept) in ranked.iter().take(KEEP) {
                for bit in 0..bits {
                    let changed = kept.xor(&one(&[bit]));
                    if changed.row(0).iter().any(|&word| word != 0) {
                        candidates.push(changed);
                    }
                }
            }
        }
    }
    let finalists: Vec<Blocks> = ranked.into_iter().map(|(_, difference)| difference).collect();
    let last = context.allowance.map_or(FINAL * trial, |allowance| trial.max(allowance / FINALISTS).min(FINAL * trial));
    let scores = pairs.unevenness(&finalists, last.min(1 << 20), stream)?;
    let best = scores.iter().zip(finalists).max_by(|a, b| a.0.total_cmp(b.0)).map(|(_, difference)| difference);
    Ok(best.unwrap_or_else(|| one(&[0])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::testing::attack;

    #[test]
    fn few_rounds_are_told_from_random() {
        for (name, least) in
            [("speck32/64:3", 0.9), ("speck32/64:5", 0.5), ("feistel:2", 0.9), ("lfsr", 0.9), ("affine", 0.5)]
        {
            let finding = &attack(&Differential, name)[0];
            assert_eq!(finding.verdict, Verdict::WeaknessFound, "{name}: {}", finding.summary);
            assert!(finding.advantage.unwrap() > least, "{name}: {}", finding.summary);
            assert!(!finding.misuse);
        }
    }

    #[test]
    fn differences_come_from_fewer_rounds_where_rounds_can_be_left_out() {
        let found = |name: &str| attack(&Differential, name)[0].details[0].1.clone();
        // Nothing survives all rounds of these; the top bit of a word survives most.
        assert!(found("xtea").starts_with("8000000000000000, found by search with 4 rounds"), "{}", found("xtea"));
        assert!(found("speck32/64").ends_with("found by search"));
    }

    #[test]
    fn full_ciphers_are_not() {
        for name in ["speck32/64:22", "aes-128", "chacha20"] {
            let finding = &attack(&Differential, name)[0];
            assert_eq!(finding.verdict, Verdict::NothingFound, "{name}: {}", finding.summary);
        }
        assert!(attack(&Differential, "one-time-pad")[0].misuse);
    }
}
