//! Neural distinguishers: a network distinguishes ciphertext pairs with a chosen input difference from pairs of unrelated
//! messages.
//!
//! After A. Gohr, "Improving attacks on round-reduced Speck32/64 using deep learning", CRYPTO 2019.
use super::differential::{Asking, find};
use crate::battery::evidence::{conclude, retested};
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Ciphertexts, Floats, Form, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::classifier::learn;
use crate::tools::neural::{EveNetwork, Examples, Ladder, Measure, climb, rungs};
use crate::tools::supply::Oracle;

/// A benchmark for attackers: on Speck32/64 with 5, 6 and 7 rounds the published networks classify 0.929, 0.788 and 0.616 of
/// fresh pairs correctly, and tables of differences about 0.911, 0.758 and 0.591.
///
/// Every pair has a fresh key for its two messages. The classical distinguisher of [`super::Differential`] runs on the same
/// difference for comparison.
pub struct NeuralDistinguisher;

/// Number of multiplications for the largest sample size. The others together take a third of that.
const WORK: [f64; 3] = [6e10, 2e12, 6e13];

impl Attack for NeuralDistinguisher {
    fn name(&self) -> &'static str {
        "neural-distinguisher"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        match target.cipher() {
            None => Err("recorded data cannot be asked to encrypt chosen messages".into()),
            Some(cipher) if cipher.block_bits() < 2 => Err("one bit has only one difference".into()),
            Some(_) => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("neural distinguisher");
        let mut classical = Asking::new(cipher);
        let (difference, origin) = match cipher.known_difference() {
            Some(difference) => (difference, "published".into()),
            None => find(&mut classical, context, &mut stream)?,
        };
        draft.detail("input difference", format!("{}, {origin}", difference.hex(0)));
        let baseline = baseline(&mut classical, &difference, context, &mut stream)?;

        let (Form::Bits(width) | Form::Floats(width)) = cipher.form();
        let nets = nets(cipher, context);
        let cost: u64 = nets.iter().map(|net| net.cost(2 * width, 1)).sum();
        let batch = context.pick(256, 512, 2048);
        let most = (context.pick(WORK[0], WORK[1], WORK[2]) / cost as f64) as usize;
        let most = most.clamp(8 * batch, context.pick(1 << 18, 1 << 24, 1 << 30));
        let pool = context.allowance.map(|few| (few / 2).max(512));
        let rungs = rungs(most, pool, context.pick(2, 3, 4));
        let within = |rows: usize| context.allowance.map_or(rows, |allowance| rows.min(allowance / 4).max(256));
        let test = within(context.pick(1 << 15, 1 << 18, 1_000_000));
        let ladder = Ladder {
            attack: self,
            nets: &nets,
            rungs: &rungs,
            batch,
            rate: 4e-3,
            validation: within(test / 4),
            test: within(test / 4),
            enough: 0.9999,
        };
        let mut pairs = DistinguishedPairs::new(cipher, &difference, stream);
        let Some(mut summit) = climb(&ladder, context, &mut |rows| pairs.draw(rows))? else {
            return Ok(vec![draft.conclude(Verdict::Inconclusive, "no pairs could be asked for")]);
        };
        let mut last: Option<Measure> = None;
        let mut untouched = 0;
        let score = retested(|_| {
            let examples = pairs.draw(test)?;
            untouched += examples.rows() as u64;
            let measure = summit.learner.measure(&examples);
            let score = measure.score(summit.claim);
            last = Some(measure);
            Ok(score)
        })?;
        // `conclude` adds the pairs of the last test.
        draft.finding.samples = summit.drawn + untouched - score.of;
        draft.finding.curve = std::mem::take(&mut summit.curve);
        draft.detail("network", summit.learner.net.words());
        draft.detail("pairs to learn from", summit.samples.to_string());
        draft.detail("accuracy", format!("{:.4}", score.accuracy()));
        if let Some(Measure { ones: [ones, right], .. }) = last {
            draft.detail("true positives", format!("{:.4}", right as f64 / ones.max(1) as f64));
        }
        draft.detail("classical distinguisher beside it", baseline);
        let kind = summit.learner.net.words();
        let found = |score: crate::battery::Score| {
            let pair = difference.hex(0);
            format!(
                "{kind} tells pairs with input difference {pair} from random ones with accuracy {:.4} (guessing: 0.5)",
                score.accuracy()
            )
        };
        Ok(vec![conclude(draft, score, found, "no network tells pairs with a chosen difference from random ones")])
    }
}

/// The networks to train: convolutions if a block may consist of two words of a moderate size.
fn nets(cipher: &dyn Cipher, context: &Context) -> Vec<EveNetwork> {
    match cipher.form() {
        Form::Bits(width) if (16..=64).contains(&width) && width.is_multiple_of(2) => {
            vec![EveNetwork::Gohr { blocks: context.pick(1, 1, 2) }, EveNetwork::Pair]
        }
        _ => vec![EveNetwork::Pair],
    }
}

/// Accuracy based on the frequencies of differences, in words.
fn baseline(
    pairs: &mut Asking,
    difference: &Blocks,
    context: &Context,
    stream: &mut Stream,
) -> Result<String, AttackError> {
    let size = if difference.bits() > 64 { 1 << 12 } else { 1 << 15 };
    let rows = context.samples(512, size, 16 * size, 64 * size);
    let mut draw = |stream: &mut Stream| -> Result<[Blocks; 2], AttackError> {
        Ok([pairs.real(difference, rows, stream)?, pairs.random(rows, stream)?])
    };
    let [real, random] = draw(stream)?;
    let Some((_, classifier)) = learn(&real, &random) else { return Ok("no pairs could be asked for".into()) };
    let [real, random] = draw(stream)?;
    let score = classifier.score(&real, &random, stream);
    Ok(format!("accuracy {:.4} with {} of {rows} pairs of each kind", score.accuracy(), classifier.parts.words()))
}

/// Draws concatenated ciphertext pairs, and whether they are real.
pub(in crate::attacks) struct DistinguishedPairs<'a> {
    oracle: Oracle<'a>,
    difference: &'a Blocks,
    stream: Stream,
}

impl<'a> DistinguishedPairs<'a> {
    pub(in crate::attacks) fn new(cipher: &'a dyn Cipher, difference: &'a Blocks, stream: Stream) -> Self {
        Self { oracle: Oracle::new(cipher), difference, stream }
    }

    pub(in crate::attacks) fn draw(&mut self, rows: usize) -> Result<Examples, AttackError> {
        let bits = self.difference.bits();
        let targets = self.stream.blocks(1, rows);
        let first = self.stream.blocks(bits, rows);
        let mut second = first.xor(self.difference);
        for row in 0..rows {
            while !targets.get(row, 0) {
                // Unrelated but different: equal messages would be obvious under any cipher.
                let other = self.stream.blocks(bits, 1);
                if other.row(0) != first.row(row) {
                    second.row_mut(row).copy_from_slice(other.row(0));
                    break;
                }
            }
        }
        let keys = self.oracle.cipher.random_keys(&mut self.stream, rows);
        let mut ask = |texts: &Blocks| {
            self.oracle.encrypt_unrounded(&keys, texts).map(|ciphertexts| match ciphertexts {
                Ciphertexts::Bits(bits) => Ciphertexts::Bits(self.oracle.cipher.peeled(bits)),
                floats => floats,
            })
        };
        Ok(Examples { inputs: beside(ask(&first)?, ask(&second)?), targets })
    }
}

fn beside(first: Ciphertexts, second: Ciphertexts) -> Ciphertexts {
    match (first, second) {
        (Ciphertexts::Floats(first), Ciphertexts::Floats(second)) => {
            let rows = 0..first.rows().min(second.rows());
            let values = rows.flat_map(|row| [first.row(row), second.row(row)].concat());
            Ciphertexts::Floats(Floats::new(first.width() + second.width(), values.collect()))
        }
        (first, second) => Ciphertexts::Bits(first.bits(1).beside(&second.bits(1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::Budget;
    use crate::tools::testing::{attack, attack_slow, recorded, with_context};

    #[test]
    fn a_slow_program_is_told_from_random_and_recorded_rows_are_not_asked() {
        let finding = &attack_slow(&NeuralDistinguisher, "speck32/64:3", 2000)[0];
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        let finding = &attack_slow(&NeuralDistinguisher, "speck32/64", 2000)[0];
        assert_eq!(finding.verdict, Verdict::NothingFound, "{}", finding.summary);
        with_context(Budget::Quick, 1, |context| {
            let reason = NeuralDistinguisher.applies(&recorded("xor", 600, true), context).unwrap_err();
            assert!(reason.contains("recorded"), "{reason}");
        });
    }

    #[test]
    fn few_rounds_are_told_from_random() {
        let finding = &attack(&NeuralDistinguisher, "speck32/64:5")[0];
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        assert!(finding.advantage.is_some_and(|advantage| advantage > 0.5), "{}", finding.summary);
    }

    #[test]
    fn many_rounds_are_not() {
        let finding = &attack(&NeuralDistinguisher, "speck32/64")[0];
        assert_eq!(finding.verdict, Verdict::NothingFound, "{}", finding.summary);
    }
}
