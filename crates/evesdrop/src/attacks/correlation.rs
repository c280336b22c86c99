//! Ciphertexts only, fresh keys: does any ciphertext bit, or XOR of two, lean towards a plaintext bit?
use super::columns::{Columns, differences};
use super::evidence::{Score, conclude, retested};
use super::supply::Supply;
use super::{Attack, AttackError, Context, Draft};
use crate::ciphers::Target;
use crate::report::{Finding, ThreatModel};

/// The plainest Eve: she guesses a plaintext bit from one ciphertext bit, or from two XORed, every message being under a fresh
/// key. Which bits, she chooses on one data set; how often she is right is counted on another.
pub struct Correlation;

/// As [`Correlation`], with one unknown key for all messages and the choice made from known plaintexts.
pub struct Regression;

/// Ciphertexts of at most this many bits are searched by pairs, too.
const PAIRS_UP_TO: usize = 32;
/// Smallest block for [`Regression`]: any one permutation of fewer bits has correlations that show in the data used here.
const LEAST_BLOCK: usize = 24;

/// A guess at plaintext bit `plain`: the XOR of ciphertext bits, inverted where `inverted` is set.
#[derive(Clone, Copy)]
struct Guess {
    plain: usize,
    first: usize,
    second: Option<usize>,
    inverted: bool,
}

impl Attack for Correlation {
    fn name(&self) -> &'static str {
        "correlation"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::CiphertextOnly
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        match target.data() {
            Some(data) if data.one_key() => Err("the rows are under one key; this attack is about fresh ones".into()),
            _ => enough(target),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        guess(self, target, context, Supply::fresh_keys(target, context, "correlation"), "under fresh keys")
    }
}

impl Attack for Regression {
    fn name(&self) -> &'static str {
        "regression"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        if target.block_bits() < LEAST_BLOCK {
            return Err(format!(
                "blocks of {} bits are learned by heart sooner (at least {LEAST_BLOCK})",
                target.block_bits()
            ));
        }
        match target.data() {
            Some(data) if !data.one_key() => Err("the rows are under different keys".into()),
            _ => enough(target),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        guess(self, target, context, Supply::one_key(target, context, "regression"), "under one key")
    }
}

fn enough(target: &Target) -> Result<(), String> {
    match target.data() {
        Some(data) if data.rows() < 512 => Err(format!("needs 512 rows, the file has {}", data.rows())),
        _ => Ok(()),
    }
}

/// Chooses the best guess and counts on untouched messages how often it is right.
fn guess(
    attack: &dyn Attack,
    target: &Target,
    context: &Context,
    mut supply: Supply,
    keys: &str,
) -> Result<Vec<Finding>, AttackError> {
    let mut draft = Draft::new(attack, target, context);
    let quick = if target.block_bits() > 64 { 1 << 14 } else { 1 << 17 };
    let mut rows = context.samples(1024, quick, 8 * quick, 64 * quick);
    if let Some(data) = target.data() {
        rows = data.rows() / 3;
    }
    let search = supply.take(rows)?;
    let guess = best(&Columns::of(&search.plaintexts), &Columns::of(&search.ciphertexts), context)?;
    draft.finding.samples = rows as u64;
    let score = retested(|_| {
        let fresh = supply.take(rows)?;
        Ok(guess.score(&Columns::of(&fresh.plaintexts), &Columns::of(&fresh.ciphertexts)))
    })?;
    let found = |score: Score| format!("{} in {:.2} % of messages {keys}", guess.words(), 100.0 * score.accuracy());
    let nothing = format!("no ciphertext bit, and no XOR of two, tells of a plaintext bit {keys}");
    Ok(vec![conclude(draft, score, found, &nothing)])
}

/// The guess that was right most often.
fn best(plain: &Columns, cipher: &Columns, context: &Context) -> Result<Guess, AttackError> {
    let mut best = (0, Guess { plain: 0, first: 0, second: None, inverted: false });
    let rows = plain.rows() as u64;
    let mut consider = |column: &[u64], first: usize, second: Option<usize>| {
        for at in 0..plain.len() {
            let wrong = differences(plain.get(at), column);
            let right = wrong.max(rows - wrong);
            if right > best.0 {
                best = (right, Guess { plain: at, first, second, inverted: 2 * wrong > rows });
            }
        }
    };
    for first in 0..cipher.len() {
        context.check()?;
        consider(cipher.get(first), first, None);
        if cipher.len() > PAIRS_UP_TO {
            continue;
        }
        for second in first + 1..cipher.len() {
            let both: Vec<u64> = cipher.get(first).iter().zip(cipher.get(second)).map(|(a, b)| a ^ b).collect();
            consider(&both, first, Some(second));
        }
    }
    Ok(best.1)
}

impl Guess {
    fn score(self, plain: &Columns, cipher: &Columns) -> Score {
        let mut column = cipher.get(self.first).to_vec();
        if let Some(second) = self.second {
            column.iter_mut().zip(cipher.get(second)).for_each(|(a, b)| *a ^= b);
        }
        let (rows, wrong) = (plain.rows() as u64, differences(plain.get(self.plain), &column));
        Score { right: if self.inverted { wrong } else { rows - wrong }, of: rows }
    }

    fn words(self) -> String {
        let second = self.second.map_or(String::new(), |second| format!(" xor ciphertext bit {second}"));
        let not = if self.inverted { "not " } else { "" };
        format!("plaintext bit {} = {not}ciphertext bit {}{second}", self.plain, self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::attack;
    use super::*;
    use crate::report::Verdict;

    #[test]
    fn the_biased_pad_leaks_its_bias() {
        let finding = &attack(&Correlation, "biased-pad")[0];
        assert_eq!(finding.verdict, Verdict::WeaknessFound, "{}", finding.summary);
        let [low, high] = finding.interval.unwrap();
        assert!(low < 0.04 && 0.04 < high, "an advantage of 0.04 lies in {low} to {high}");
        assert!(!finding.misuse);
    }

    #[test]
    fn bits_sent_in_clear_show() {
        // One Feistel round sends the right half in clear.
        let finding = &attack(&Correlation, "feistel:1")[0];
        assert_eq!((finding.verdict, finding.advantage), (Verdict::WeaknessFound, Some(1.0)));
    }

    #[test]
    fn one_key_shows_more() {
        for (name, misuse) in [("lfsr", false), ("speck32/64:1", false), ("one-time-pad:32", true)] {
            let finding = &attack(&Regression, name)[0];
            assert_eq!(
                (finding.verdict, finding.misuse),
                (Verdict::WeaknessFound, misuse),
                "{name}: {}",
                finding.summary
            );
        }
        for name in ["aes-128", "chacha20", "speck32/64"] {
            assert_eq!(attack(&Regression, name)[0].verdict, Verdict::NothingFound, "{name}");
        }
    }

    #[test]
    fn good_ciphers_stand() {
        for name in ["one-time-pad", "aes-128", "chacha20", "speck32/64"] {
            let finding = &attack(&Correlation, name)[0];
            assert_eq!(finding.verdict, Verdict::NothingFound, "{name}: {}", finding.summary);
        }
    }
}
