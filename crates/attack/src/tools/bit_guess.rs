//! The plainest guess at a plaintext bit: one ciphertext bit, or the XOR of two.
use super::columns::{Columns, differences};
use super::supply::Supply;
use crate::battery::evidence::{Score, conclude, retested};
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::Target;
use crate::report::Finding;

/// Ciphertexts of at most this many bits are searched by pairs, too.
const PAIRS_UP_TO: usize = 32;

/// A guess at plaintext bit `plain`: the XOR of ciphertext bits, inverted where `inverted` is set.
#[derive(Clone, Copy)]
struct Guess {
    plain: usize,
    first: usize,
    second: Option<usize>,
    inverted: bool,
}

/// Whether there are rows enough to choose a guess and to test it.
pub(crate) fn enough(target: &Target) -> Result<(), String> {
    match target.data() {
        Some(data) if data.rows() < 512 => Err(format!("needs 512 rows, the file has {}", data.rows())),
        _ => Ok(()),
    }
}

/// Chooses the best guess and counts on untouched messages how often it is right.
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
