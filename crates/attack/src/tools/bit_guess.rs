//! The simplest guess at a plaintext bit: one ciphertext bit, or the XOR of two.
use super::columns::{Columns, differences};
use super::supply::{Pairs, Supply};
use crate::battery::evidence::{Score, conclude, retested};
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Target};
use crate::report::Finding;

/// Ciphertexts of at most this many bits are also searched by pairs.
const PAIRS_UP_TO: usize = 32;

/// A guess at plaintext bit `plain`: the XOR of ciphertext bits, inverted if `inverted` is set.
#[derive(Clone, Copy)]
struct Guess {
    plain: usize,
    first: usize,
    second: Option<usize>,
    inverted: bool,
}

/// Whether there are enough rows to choose a guess and to test it.
pub(crate) fn enough(target: &Target) -> Result<(), String> {
    match target.data() {
        Some(data) if data.rows() < 512 => Err(format!("needs 512 rows, the file has {}", data.rows())),
        _ => Ok(()),
    }
}

/// Chooses the best guess and counts on fresh messages how often it is right.
pub(crate) fn guess(
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
    // Recorded messages may be alike. Then only those count for which the guess is not the bit's usual value: someone who sees no
    // ciphertext is wrong there if the guess is right.
    let (ones, rows_seen) = (Columns::of(&search.plaintexts).ones(guess.plain) as f64, search.rows() as f64);
    let usual = (target.data().is_some() && (2.0 * ones - rows_seen).abs() > 3.0 * rows_seen.sqrt())
        .then_some(2.0 * ones > rows_seen);
    let score = retested(|_| {
        let fresh = supply.take(rows)?;
        Ok(match usual {
            None => guess.score(&Columns::of(&fresh.plaintexts), &Columns::of(&fresh.ciphertexts)),
            Some(usual) => guess.unusual(usual, &fresh),
        })
    })?;
    let among = if usual.is_some() { " where that is not its usual value" } else { "" };
    let found =
        |score: Score| format!("{} in {:.2} % of messages {keys}{among}", guess.words(), 100.0 * score.accuracy());
    let nothing = format!("no ciphertext bit, and no XOR of two, predicts a plaintext bit {keys}");
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

    /// How often the guess is right where it is not the plaintext bit's usual value.
    fn unusual(self, usual: bool, pairs: &Pairs) -> Score {
        let differing = (0..pairs.rows()).filter(|&row| self.says(&pairs.ciphertexts, row) != usual);
        let (mut right, mut of) = (0, 0);
        for row in differing {
            right += u64::from(pairs.plaintexts.get(row, self.plain) != usual);
            of += 1;
        }
        Score { right, of }
    }

    /// The guess for one message.
    fn says(self, ciphertexts: &Blocks, row: usize) -> bool {
        let second = self.second.is_some_and(|second| ciphertexts.get(row, second));
        ciphertexts.get(row, self.first) ^ second ^ self.inverted
    }

    fn words(self) -> String {
        let second = self.second.map_or(String::new(), |second| format!(" xor ciphertext bit {second}"));
        let not = if self.inverted { "not " } else { "" };
        format!("plaintext bit {} = {not}ciphertext bit {}{second}", self.plain, self.first)
    }
}
