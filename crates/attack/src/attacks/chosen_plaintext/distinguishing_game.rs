//! The distinguishing game (IND-CPA): the attacker chooses two lists of messages, sees the encryption of one of them, and
//! guesses which.
use crate::battery::evidence::{Score, conclude, retested};
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, KeyUse, Stream, Target};
use crate::report::{Finding, ThreatModel, counted};
use crate::tools::classifier::{Classifier, learn};
use crate::tools::messages::Messages;
use crate::tools::supply::Oracle;

/// Every game uses a fresh key, with one or a few messages. No message is encrypted twice, so a block cipher is not penalised
/// for being deterministic. The distinguisher uses the first ciphertext and the differences between neighbours.
pub struct ChosenPlaintext;

/// Number of messages in a list with several messages under one key.
const LIST: usize = 4;

/// The choices that are tried with one message, and with a list of messages.
const SINGLE: [[Messages; 2]; 3] = [
    [Messages::Counter, Messages::CounterDown],
    [Messages::Counter, Messages::Random],
    [Messages::English, Messages::Random],
];
const LISTS: [[Messages; 2]; 4] = [
    [Messages::Counter, Messages::Random],
    [Messages::SingleBits, Messages::Random],
    [Messages::Repetition, Messages::Random],
    [Messages::English, Messages::Random],
];

impl Attack for ChosenPlaintext {
    fn name(&self) -> &'static str {
        "chosen-plaintext"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        target.cipher().map(|_| ()).ok_or_else(|| "recorded data cannot be asked to encrypt chosen messages".into())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else {
            return Ok(Vec::new());
        };
        // Lists of very short messages must leave room for different ones.
        let distinct = 1 << ((cipher.block_bits() - 1) / 2).min(8);
        Ok(vec![
            self.play(cipher, target, context, 1, &SINGLE)?,
            self.play(cipher, target, context, LIST.min(distinct), &LISTS)?,
        ])
    }
}

impl ChosenPlaintext {
    /// Plays with lists of `count` messages. The best choice is found on one data set and scored on another.
    fn play(
        &self,
        cipher: &dyn Cipher,
        target: &Target,
        context: &Context,
        count: usize,
        choices: &[[Messages; 2]],
    ) -> Result<Finding, AttackError> {
        let mut draft = Draft::new(self, target, context);
        draft.finding.misuse = count > 1 && cipher.key_use() == KeyUse::OneTime;
        let mut stream = context.stream(&format!("chosen plaintext: {count}"));
        let mut oracle = Oracle::new(cipher);
        let games = (1 << 18) / (count * cipher.block_bits()).next_power_of_two();
        let games = context.samples(
            256,
            games.clamp(1 << 8, 1 << 14),
            games.clamp(1 << 8, 1 << 14) * 16,
            games.clamp(1 << 8, 1 << 14) * 128,
        );
        let mut best: Option<(u64, [Messages; 2], Classifier)> = None;
        for &choice in choices {
            context.check()?;
            let [first, second] = [0, 1].map(|side| views(&mut oracle, choice[side], count, games, &mut stream));
            draft.finding.samples += 2 * (games * count) as u64;
            let Some((right, classifier)) = learn(&first?, &second?) else {
                continue;
            };
            if best.as_ref().is_none_or(|(most, ..)| right > *most) {
                best = Some((right, choice, classifier));
            }
        }
        let Some((_, choice, classifier)) = best else {
            return Ok(draft.conclude(crate::report::Verdict::Inconclusive, "no game could be played"));
        };
        let score = retested(|_| {
            let [first, second] = [0, 1].map(|side| views(&mut oracle, choice[side], count, 2 * games, &mut stream));
            Ok(classifier.score(&first?, &second?, &mut stream))
        })?;
        draft.detail(
            "messages",
            format!("{count} of a kind under each key; {} against {}", choice[0].words(), choice[1].words()),
        );
        draft.detail("distinguisher", classifier.parts.words());
        let found = |score: Score| {
            let kinds = format!("{} from {}", choice[0].words(), choice[1].words());
            format!(
                "encryptions tell {kinds} in {:.2} % of games ({} under a key; guessing: 50 %)",
                100.0 * score.accuracy(),
                counted(count, "message")
            )
        };
        let nothing = if count == 1 {
            "chosen messages are not told apart"
        } else {
            "lists of chosen messages are not told apart"
        };
        Ok(conclude(draft, score, found, nothing))
    }
}

/// The distinguisher's input for each game: the first ciphertext, then the XOR of each ciphertext with the next.
fn views(
    oracle: &mut Oracle,
    kind: Messages,
    count: usize,
    games: usize,
    stream: &mut Stream,
) -> Result<Blocks, AttackError> {
    let single = oracle.cipher.random_keys(stream, games);
    let (mut keys, mut texts) = (Blocks::new(single.bits(), 0), Blocks::new(oracle.cipher.block_bits(), 0));
    for game in 0..games {
        keys.extend(&single.repeat(game, count));
        texts.extend(&kind.make(texts.bits(), count, stream));
    }
    let seen = oracle.encrypt(&keys, &texts)?;
    let pick = |offset: usize| {
        let mut out = Blocks::new(seen.bits(), games);
        (0..games).for_each(|game| out.row_mut(game).copy_from_slice(seen.row(game * count + offset)));
        out
    };
    let mut view = pick(0);
    for offset in 1..count {
        view = view.beside(&pick(offset - 1).xor(&pick(offset)));
    }
    Ok(view)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;
    use crate::tools::testing::attack;

    #[test]
    fn weak_ciphers_lose_the_game() {
        // A biased pad loses with a single message under each key, which is no misuse.
        let biased = &attack(&ChosenPlaintext, "biased-pad")[0];
        assert_eq!((biased.verdict, biased.misuse), (Verdict::WeaknessFound, false), "{}", biased.summary);
        for name in ["xor", "vigenere", "affine", "lfsr", "feistel:2", "speck32/64:2"] {
            let finding = &attack(&ChosenPlaintext, name)[1];
            assert_eq!(finding.verdict, Verdict::WeaknessFound, "{name}: {}", finding.summary);
            assert!(finding.advantage.unwrap() > 0.5, "{name}: {}", finding.summary);
        }
    }

    #[test]
    fn good_ciphers_do_not() {
        for name in ["one-time-pad", "aes-128", "chacha20", "speck32/64"] {
            let findings = attack(&ChosenPlaintext, name);
            assert_eq!(findings[0].verdict, Verdict::NothingFound, "{name}: {}", findings[0].summary);
            let reused = if name == "one-time-pad" { Verdict::WeaknessFound } else { Verdict::NothingFound };
            assert_eq!(
                (findings[1].verdict, findings[1].misuse),
                (reused, name == "one-time-pad"),
                "{name}: {}",
                findings[1].summary
            );
        }
    }
}
