//! Avalanche: how often each ciphertext bit flips if one bit of message or key flips, and which bits flip together.
use crate::battery::evidence::{Score, conclude, retested};
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Stream, Target};
use crate::report::{Finding, ThreatModel};
use crate::tools::columns::{Columns, differences};
use crate::tools::supply::Oracle;

/// In a good block cipher every ciphertext bit flips with probability one half for any flipped input bit, independently of the
/// others. The most significant entry of each matrix is chosen on one data set and tested on another.
pub struct Avalanche;

/// Maximum number of input bits for which joint flips are counted. The number of pairs grows with the square of the ciphertext.
const TOGETHER_INPUTS: usize = 48;

/// A flipped input bit: message bits first, then key bits.
type Input = usize;

/// A guess: with this input flip, ciphertext bit `first` flips (or flips together with `second`), or does not.
#[derive(Clone, Copy)]
struct Guess {
    input: Input,
    first: usize,
    second: Option<usize>,
    flips: bool,
}

/// Summary statistics of the avalanche matrix.
#[derive(Default)]
struct Summary {
    rows: u64,
    cells: u64,
    sum: f64,
    never: u64,
    always: u64,
    /// For each input bit: the mean fraction of ciphertext bits that flip.
    inputs: Vec<f64>,
}

impl Attack for Avalanche {
    fn name(&self) -> &'static str {
        "avalanche"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data cannot be asked to encrypt chosen messages".into());
        };
        let need = 64 * (cipher.block_bits() + cipher.key_bits());
        match context.allowance {
            Some(allowance) if allowance < need => {
                Err(format!("needs {need} blocks, the program's time allows for {allowance}"))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else {
            return Ok(Vec::new());
        };
        let mut drafts = [(); 3].map(|()| Draft::new(self, target, context));
        let mut stream = context.stream("avalanche");
        let mut flipper = Flipper { oracle: Oracle::new(cipher), stream: &mut stream };
        let (summary, survey) = survey(&mut flipper, context)?;
        summary.describe(&mut drafts[0], cipher.block_bits());
        // An attacker does not choose key differences.
        drafts[1].finding.threat_model = ThreatModel::KnownAlgorithm;

        // Two ciphertexts of an n-bit block cipher are never equal, so their bits differ with a probability 2^-(n+1) above one
        // half. The number of samples is limited so that this stays within a quarter of a standard deviation.
        let fresh = context.samples(256, 1 << 14, 1 << 17, 1 << 19);
        let fresh = fresh.min(1 << (2 * cipher.block_bits()).clamp(8, 60).saturating_sub(4));
        let mut findings = Vec::new();
        for ((mut draft, best), nothing) in drafts.into_iter().zip(survey).zip(NOTHING) {
            let Some((_, guess)) = best else { continue };
            draft.finding.samples = 2 * summary.rows;
            let score = retested(|_| flipper.score(guess, fresh))?;
            findings.push(conclude(draft, score, |score| guess.words(cipher, score), nothing));
        }
        Ok(findings)
    }
}

/// The summaries of the three findings if nothing is found.
const NOTHING: [&str; 3] = [
    "every ciphertext bit flips half the time, whichever plaintext bit is flipped",
    "every ciphertext bit flips half the time, whichever key bit is flipped",
    "no two ciphertext bits flip together more or less often than by chance",
];

/// The most significant guess so far, with its count.
type Best = Option<(u64, Guess)>;

/// Flips every input bit. Returns the summary, and the most significant guess about plaintext flips, key flips, and joint
/// flips.
fn survey(flipper: &mut Flipper, context: &Context) -> Result<(Summary, [Best; 3]), AttackError> {
    let block = flipper.oracle.cipher.block_bits();
    let inputs = block + flipper.oracle.cipher.key_bits();
    let trials = context.samples(64, 512, 4096, 16384);
    // Input bits are processed in groups, so a program is started only a few times.
    let group = ((1 << 14) / trials).max(1);
    let step = block.div_ceil(TOGETHER_INPUTS);
    let (mut summary, mut best) = (Summary::default(), [None; 3]);
    let mut flips = Blocks::new(0, 0);
    for input in 0..inputs {
        context.check()?;
        if input % group == 0 {
            let inputs: Vec<Input> = (input..inputs.min(input + group)).collect();
            flips = flipper.flips(&inputs, trials)?;
        }
        let at = input % group * trials;
        let columns = Columns::of(&flips.slice(at..at + trials));
        summary.add(&columns);
        let guess = |first, second| Guess { input, first, second, flips: true };
        let single = &mut best[usize::from(input >= block)];
        for first in 0..columns.len() {
            keep(single, trials, columns.ones(first), guess(first, None));
        }
        if input < block && input % step == 0 {
            for first in 0..columns.len() {
                for second in first + 1..columns.len() {
                    let agree = trials as u64 - differences(columns.get(first), columns.get(second));
                    keep(&mut best[2], trials, agree, guess(first, Some(second)));
                }
            }
        }
    }
    Ok((summary, best))
}

/// Keeps the guess that deviates most from one half.
fn keep(best: &mut Best, trials: usize, count: u64, guess: Guess) {
    let rows = trials as u64;
    let right = count.max(rows - count);
    if best.is_none_or(|(most, _)| right > most) {
        *best = Some((right, Guess { flips: 2 * count >= rows, ..guess }));
    }
}

struct Flipper<'a> {
    oracle: Oracle<'a>,
    stream: &'a mut Stream,
}

impl Flipper<'_> {
    /// Differences of ciphertexts under random keys and messages if one input bit is flipped, `trials` rows for each input bit.
    fn flips(&mut self, inputs: &[Input], trials: usize) -> Result<Blocks, AttackError> {
        let block = self.oracle.cipher.block_bits();
        let rows = inputs.len() * trials;
        let (mut keys, mut texts) =
            (self.oracle.cipher.random_keys(self.stream, rows), self.stream.blocks(block, rows));
        let before = self.oracle.encrypt(&keys, &texts)?;
        for row in 0..rows {
            let input = inputs[row / trials];
            if input < block { texts.flip(row, input) } else { keys.flip(row, input - block) }
        }
        Ok(before.xor(&self.oracle.encrypt(&keys, &texts)?))
    }

    fn score(&mut self, guess: Guess, rows: usize) -> Result<Score, AttackError> {
        let flips = self.flips(&[guess.input], rows)?;
        let event = |row: usize| match guess.second {
            None => flips.get(row, guess.first),
            Some(second) => flips.get(row, guess.first) == flips.get(row, second),
        };
        let right = (0..rows).filter(|&row| event(row) == guess.flips).count();
        Ok(Score { right: right as u64, of: rows as u64 })
    }
}

impl Guess {
    fn words(self, cipher: &dyn Cipher, score: Score) -> String {
        let input = match self.input.checked_sub(cipher.block_bits()) {
            None => format!("plaintext bit {}", self.input),
            Some(key) => format!("key bit {key}"),
        };
        let share = 100.0 * if self.flips { score.accuracy() } else { 1.0 - score.accuracy() };
        match self.second {
            None => format!("flipping {input} flips ciphertext bit {} in {share:.2} % of cases, not half", self.first),
            Some(second) => format!(
                "flipping {input}, ciphertext bits {} and {second} agree in {share:.2} % of cases, not half",
                self.first
            ),
        }
    }
}

impl Summary {
    fn add(&mut self, columns: &Columns) {
        let mut sum = 0.0;
        self.rows += columns.rows() as u64;
        for column in 0..columns.len() {
            let ones = columns.ones(column);
            self.cells += 1;
            self.never += u64::from(ones == 0);
            self.always += u64::from(ones == columns.rows() as u64);
            sum += ones as f64 / columns.rows() as f64;
        }
        self.sum += sum;
        self.inputs.push(sum / columns.len().max(1) as f64);
    }

    fn describe(&self, draft: &mut Draft, block_bits: usize) {
        let cells = self.cells.max(1) as f64;
        draft.detail("mean share of ciphertext bits that flip", format!("{:.4}", self.sum / cells));
        draft.detail(
            "entries that never or always flip",
            format!("{:.1} % and {:.1} %", 100.0 * self.never as f64 / cells, 100.0 * self.always as f64 / cells),
        );
        let (text, key) = self.inputs.split_at(block_bits);
        for (what, inputs) in [("plaintext", text), ("key", key)] {
            let range = inputs
                .iter()
                .fold([f64::INFINITY, 0.0], |[low, high]: [f64; 2], &share| [low.min(share), high.max(share)]);
            if !inputs.is_empty() {
                draft
                    .detail(&format!("share flipped by one {what} bit"), format!("{:.4} to {:.4}", range[0], range[1]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::testing::{all_clean, all_weak, attack};

    #[test]
    fn weak_ciphers_show() {
        all_weak(&Avalanche, &["xor", "vigenere", "feistel:2", "speck32/64:3", "lfsr"]);
    }

    #[test]
    fn good_ciphers_do_not() {
        all_clean(&Avalanche, &["speck32/64", "aes-128", "chacha20"], 3);
        assert!(attack(&Avalanche, "one-time-pad").iter().all(|finding| finding.misuse));
    }
}
