//! Known plaintexts under one key: a network learns to read the other messages.
use crate::battery::evidence::SUSPICIOUS;
use crate::battery::{Attack, AttackError, Context, Draft, SIGNIFICANCE};
use crate::ciphers::Target;
use crate::report::{Finding, ThreatModel, Verdict, binomial_tail};
use crate::tools::neural::{Claim, EveNetwork, Ladder, Measure, Rung, Sizes, climb, features};
use crate::tools::supply::Supply;

/// Networks are trained from scratch on growing numbers of known pairs under one key: how many pairs does it take to read new
/// messages?
pub struct NeuralKnownPlaintext;

const NETS: [EveNetwork; 3] = [EveNetwork::Wide, EveNetwork::Deep, EveNetwork::Product];
/// Known pairs in the first training; each later one has four times as many.
const FIRST: usize = 64;
/// Smallest block: for fewer bits, a few pairs are most of the codebook.
const LEAST_BLOCK: usize = 12;
/// Number of multiplications for one sample size.
const WORK: [f64; 3] = [8e9, 2e11, 2e12];

impl Attack for NeuralKnownPlaintext {
    fn name(&self) -> &'static str {
        "neural-known-plaintext"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let bits = target.block_bits();
        match target.data() {
            _ if bits < LEAST_BLOCK => Err(format!(
                "blocks of {bits} bits are too small: a network memorises them (at least {LEAST_BLOCK} bits)"
            )),
            Some(data) if !data.one_key() => Err("the rows are under different keys".into()),
            Some(data) if data.rows() < 512 => Err(format!("needs 512 rows, the file has {}", data.rows())),
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut supply = Supply::one_key(target, context, "neural known plaintext");
        let bits = target.block_bits();
        let mut sizes = Sizes::new(target, context, bits);
        let batch = context.pick(128, 256, 512);
        let cost: u64 = NETS.iter().map(|net| net.cost(features(target), bits)).sum();
        let examples = (context.pick(WORK[0], WORK[1], WORK[2]) / cost as f64) as usize;
        let most = sizes.pool.unwrap_or(usize::MAX).min(context.pick(1 << 12, 1 << 16, 1 << 20));
        let most = if bits < 32 { most.min(1 << (bits - 4)) } else { most };
        let passes = |samples: usize| (examples / samples).clamp(2, 400);
        let mut rungs: Vec<Rung> = (0..)
            .map(|step| FIRST << (2 * step))
            .take_while(|samples| *samples <= most)
            .map(|samples| Rung { samples, passes: passes(samples) })
            .collect();
        if target.data().is_some() {
            rungs = vec![Rung { samples: most, passes: passes(most) }];
        } else {
            // A useful result must be easy to see: hundreds of messages for validation, thousands for the test.
            (sizes.validation, sizes.rung) = (256, 1 << 10);
            sizes.test = sizes.test.min(1 << 13);
        }
        let ladder = Ladder {
            attack: self,
            nets: &NETS,
            rungs: &rungs,
            batch,
            rate: 2e-3,
            validation: sizes.validation,
            test: sizes.rung,
            enough: 0.9999,
        };
        let Some(mut summit) = climb(&ladder, context, &mut |rows| supply.examples(rows))? else {
            return Ok(vec![draft.conclude(Verdict::Inconclusive, "there were no messages to train on")]);
        };
        let known = summit.samples + sizes.validation;
        let mut untouched = supply.examples(sizes.test)?;
        // Recorded messages may be alike: what anyone guesses who sees no ciphertext is not read.
        let blind = if target.data().is_some() { summit.claim.blind(&untouched.targets) } else { 0.5 };
        let null = blind.max(0.5 + by_heart(known, bits) / 2.0);
        let luck = |measure: &Measure| {
            let score = measure.score(summit.claim);
            binomial_tail(score.right, score.of, null)
        };
        let mut measure = summit.learner.measure(&untouched);
        draft.finding.samples = summit.drawn + measure.messages;
        if luck(&measure) < SUSPICIOUS {
            untouched = supply.examples(sizes.test)?;
            measure = summit.learner.measure(&untouched);
            draft.finding.samples += measure.messages;
        }
        let score = measure.score(summit.claim);
        draft.finding.p_value = Some(luck(&measure));
        draft.finding.advantage = Some(score.advantage());
        draft.finding.interval = Some(measure.interval(summit.claim));
        draft.finding.curve = std::mem::take(&mut summit.curve);
        draft.detail("network", summit.learner.net.words());
        draft.detail("known pairs", format!("{} for training, {} for validation", summit.samples, sizes.validation));
        draft.detail("new messages read", format!("{} of {}", measure.whole, measure.messages));
        draft.detail("bits of new messages", format!("{:.2} of {bits} wrong", measure.wrong_bits()));
        let half = |measure: &Measure| 2 * measure.whole >= measure.messages.max(1);
        if half(&measure) && luck(&measure) <= SIGNIFICANCE {
            let enough = summit.tests.iter().find(|(_, test)| half(test)).map_or(summit.samples, |(pairs, _)| *pairs);
            let said = summit.learner.say(&untouched);
            let read = (0..said.rows()).filter(|row| said.row(*row) == untouched.targets.row(*row));
            draft.finding.recovered = read.take(4).map(|row| format!("message {}", said.hex(row))).collect();
            let share = 100.0 * measure.whole as f64 / measure.messages as f64;
            let words = format!("{enough} known pairs under one key are enough: {share:.1} % of new messages are read");
            return Ok(vec![draft.conclude(Verdict::Broken, words)]);
        }
        if luck(&measure) <= SIGNIFICANCE {
            let part = match summit.claim {
                Claim::All => format!("{:.2} of {bits} bits wrong", measure.wrong_bits()),
                Claim::Bit(bit) => format!("bit {bit} right in {:.2} %", 100.0 * score.accuracy()),
            };
            let words = format!("{} known pairs under one key predict part of new messages: {part}", summit.samples);
            return Ok(vec![draft.conclude(Verdict::WeaknessFound, words)]);
        }
        let nothing =
            format!("{} known pairs under one key do not help to read others", rungs.last().map_or(0, |r| r.samples));
        Ok(vec![draft.conclude(Verdict::NothingFound, nothing)])
    }
}

/// The advantage that `known` pairs give on an ideal cipher with blocks of this size: known messages are read from memory, and
/// any permutation has chance correlations of 2^(-bits/2), of which a linear map of `bits` inputs learns a part that grows with
/// the square root of the pairs. Four times that is allowed. It matters only for very small blocks.
fn by_heart(known: usize, bits: usize) -> f64 {
    let (known, book) = (known as f64, (bits as f64).exp2());
    (known / book + 4.0 * (bits as f64 * known).sqrt() / book).min(0.9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::Budget;
    use crate::tools::testing::{attack, attack_slow, attack_target, recorded, with_context};

    #[test]
    fn recorded_rows_and_slow_programs_are_read() {
        for findings in [
            attack_slow(&NeuralKnownPlaintext, "xor", 600),
            attack_target(&NeuralKnownPlaintext, &recorded("xor", 1200, true)),
        ] {
            let finding = &findings[0];
            assert_eq!((finding.verdict, finding.misuse), (Verdict::Broken, false), "{}", finding.summary);
            assert!(finding.recovered[0].starts_with("message "), "{:?}", finding.recovered);
        }
        let clean = &attack_target(&NeuralKnownPlaintext, &recorded("speck32/64", 1200, true))[0];
        assert_eq!(clean.verdict, Verdict::NothingFound, "{}", clean.summary);
        with_context(Budget::Quick, 1, |context| {
            let fresh = recorded("xor", 600, false);
            assert!(NeuralKnownPlaintext.applies(&fresh, context).unwrap_err().contains("different keys"));
        });
    }

    #[test]
    fn a_pad_used_twice_is_read() {
        let finding = &attack(&NeuralKnownPlaintext, "one-time-pad")[0];
        assert_eq!((finding.verdict, finding.misuse), (Verdict::Broken, true), "{}", finding.summary);
        assert!(!finding.recovered.is_empty());
    }

    #[test]
    fn what_is_known_by_heart_is_granted() {
        assert!((0.07..0.09).contains(&by_heart(1 << 12, 16)));
        assert!(by_heart(1 << 16, 64) < 1e-9);
    }
}
