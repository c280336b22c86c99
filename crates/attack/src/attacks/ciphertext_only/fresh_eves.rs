//! Fresh Eves: an ensemble of networks predicts plaintexts from ciphertexts, with a fresh key for every message.
use crate::battery::evidence::{conclude_above, retested};
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::Target;
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::neural::{EveNetwork, LEAST_ROWS, Ladder, Sizes, climb, features, rungs};
use crate::tools::supply::Supply;

/// The paper's own attack, made stronger. Abadi and Andersen freeze Alice and Bob and train five new Eves of one kind (section
/// 2.5). Here five kinds are trained from scratch with growing numbers of samples; the best is chosen on validation data and
/// tested on fresh data. Eve knows the algorithm, so she generates her own training messages.
pub struct FreshEves;

/// The ensemble.
const EVES: [EveNetwork; 5] =
    [EveNetwork::Paper, EveNetwork::Wide, EveNetwork::Deep, EveNetwork::Residual, EveNetwork::Product];
/// Number of multiplications for the largest sample size. The others together take a third of that.
const WORK: [f64; 3] = [4e10, 1.5e12, 3e13];

impl Attack for FreshEves {
    fn name(&self) -> &'static str {
        "fresh-eves"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::CiphertextOnly
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        match target.data() {
            Some(data) if data.one_key() => Err("the rows are under one key; this attack is about fresh ones".into()),
            Some(data) if data.rows() < LEAST_ROWS => {
                Err(format!("needs {LEAST_ROWS} rows, the file has {}", data.rows()))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut supply = Supply::fresh_keys(target, context, "fresh eves");
        let bits = target.block_bits();
        let sizes = Sizes::new(target, context, bits);
        let batch = context.pick(512, 1024, 4096);
        let work = context.pick(WORK[0], WORK[1], WORK[2]);
        let cost: u64 = EVES.iter().map(|net| net.cost(features(target), bits)).sum();
        let most = (work / cost as f64) as usize / batch * batch;
        let rungs = rungs(most.max(4 * batch), sizes.pool, context.pick(3, 5, 7));
        let ladder = Ladder {
            attack: self,
            nets: &EVES,
            rungs: &rungs,
            batch,
            rate: 2e-3,
            validation: sizes.validation,
            test: sizes.rung,
            enough: 0.999,
        };
        let Some(mut summit) = climb(&ladder, context, &mut |rows| supply.examples(rows))? else {
            return Ok(vec![draft.conclude(Verdict::Inconclusive, "there were no messages to train on")]);
        };
        let (mut last, mut samples, mut blind) = (None, summit.drawn, 0.5);
        let score = retested(|_| {
            let untouched = supply.examples(sizes.test)?;
            samples += untouched.rows() as u64;
            if target.data().is_some() {
                // Recorded messages may be alike.
                blind = summit.claim.blind(&untouched.targets);
            }
            let measure = summit.learner.measure(&untouched);
            let score = measure.score(summit.claim);
            last = Some(measure);
            Ok(score)
        })?;
        draft.finding.curve = summit.curve;
        draft.detail("Eves", EVES.map(EveNetwork::words).join(", "));
        draft.detail("best", format!("{}, after {} messages", summit.learner.net.words(), summit.samples));
        let mut told = String::new();
        let mut interval = score.interval();
        if let Some(measure) = &last {
            let wrong = format!("{:.2} of {bits} bits wrong, chance {}", measure.wrong_bits(), bits as f64 / 2.0);
            draft.detail("on untouched messages", wrong.clone());
            draft.detail("information", format!("at least {:.4} of {bits} bits per message", measure.information()));
            told = format!("{} reads messages under fresh keys: {wrong}", summit.learner.net.words());
            if let crate::tools::neural::Claim::Bit(bit) = summit.claim {
                told = format!("{told}; bit {bit} right in {:.2} %", 100.0 * score.accuracy());
            }
            interval = measure.interval(summit.claim);
        }
        let nothing = format!("{} fresh Eves do no better than guessing", EVES.len());
        let mut finding = conclude_above(blind, draft, score, |_| told, &nothing);
        if blind <= 0.5 {
            finding.interval = Some(interval);
        }
        // The number of messages, not of their guessed bits.
        finding.samples = samples;
        Ok(vec![finding])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::Budget;
    use crate::tools::testing::{attack, attack_slow, attack_target, recorded, with_context};

    /// One round leaves half of the message unchanged.
    #[test]
    fn few_messages_are_enough_where_half_is_not_encrypted() {
        let slow = &attack_slow(&FreshEves, "feistel:1", 1500)[0];
        assert_eq!(slow.verdict, Verdict::WeaknessFound, "{}", slow.summary);
        assert!(slow.samples < 10_000, "{}", slow.samples);
        let rows = &attack_target(&FreshEves, &recorded("feistel:1", 3000, false))[0];
        assert_eq!(rows.verdict, Verdict::WeaknessFound, "{}", rows.summary);
        assert!(rows.samples <= 3000, "{}", rows.samples);
        for clean in [
            attack_slow(&FreshEves, "one-time-pad", 1500),
            attack_target(&FreshEves, &recorded("one-time-pad", 3000, false)),
        ] {
            assert_eq!(clean[0].verdict, Verdict::NothingFound, "{}", clean[0].summary);
        }
        let reason = |rows, one_key| {
            with_context(Budget::Quick, 1, |context| {
                FreshEves.applies(&recorded("feistel:1", rows, one_key), context).unwrap_err()
            })
        };
        assert!(reason(600, true).contains("one key") && reason(100, false).contains("needs 512 rows"));
    }

    #[test]
    fn the_biased_pad_is_read_a_little() {
        let finding = &attack(&FreshEves, "biased-pad")[0];
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        let [low, high] = finding.interval.unwrap();
        assert!(low < 0.04 && 0.04 < high, "an advantage of 0.04 lies in {low} to {high}");
        assert!(!finding.misuse);
    }

    #[test]
    fn a_pad_is_not() {
        let finding = &attack(&FreshEves, "one-time-pad")[0];
        assert_eq!(finding.verdict, Verdict::NothingFound, "{}", finding.summary);
        assert!(finding.curve.windows(2).all(|pair| pair[0].samples < pair[1].samples));
    }
}
