//! Boomerangs: two ciphertexts are changed alike, and their decryptions differ like the messages.
use crate::attacks::chosen_plaintext::differences;
use crate::battery::{Attack, AttackError, CONFIDENCE, Context, Draft, SIGNIFICANCE};
use crate::ciphers::{Blocks, Cipher, Ciphertexts, Form, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, binomial_tail, clopper_pearson};
use crate::tools::supply::encrypt;

/// Encrypts two messages with difference a, changes both ciphertexts by b, decrypts them, and counts how often the results have
/// difference a again. For a random permutation of n bits that happens once in 2^n.
///
/// Two short differentials, one from either side, reach further than one long one. D. Wagner, "The boomerang attack", FSE 1999.
pub struct Boomerang;

/// Bits of a block from which a return by chance is rare enough.
const LEAST_BITS: usize = 24;
/// Quartets of each pair of differences in the search, at least, and of those that returned.
const SEARCHED: usize = 4;
const RETRIED: usize = 256;
/// Pairs of differences that are tried again.
const KEPT: usize = 16;

impl Attack for Boomerang {
    fn name(&self) -> &'static str {
        "boomerang"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenCiphertext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher().filter(|cipher| cipher.decrypts()) else {
            return Err("needs decryption (--decrypt)".into());
        };
        if cipher.form() != Form::Bits(cipher.block_bits()) || cipher.takes_nonce() {
            return Err("is for block ciphers: ciphertexts as long as messages, without a nonce".into());
        }
        if cipher.block_bits() < LEAST_BITS {
            return Err(format!("blocks of {} bits return by chance (at least {LEAST_BITS})", cipher.block_bits()));
        }
        match context.allowance {
            Some(allowance) if allowance < 4 * KEPT * RETRIED => {
                Err(format!("needs {} blocks, the program's time allows for {allowance}", 4 * KEPT * RETRIED))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("boomerang");
        let all = differences(cipher.block_bits());
        let quartets = context.samples(KEPT * RETRIED, 1 << 17, 1 << 21, 1 << 25);
        let mut pairs: Vec<[usize; 2]> =
            (0..quartets / SEARCHED).map(|_| [(); 2].map(|()| stream.below(all.len() as u64) as usize)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut asked = 0;
        let mut returns = |pairs: &[[usize; 2]], each: usize, stream: &mut Stream| -> Result<Vec<u64>, AttackError> {
            let mut counts = Vec::with_capacity(pairs.len());
            // In groups, so that a program is started a few times.
            for group in pairs.chunks(((1 << 15) / each).max(1)) {
                context.check()?;
                asked += 4 * (group.len() * each) as u64;
                counts.extend(returned(cipher, &all, group, each, stream)?);
            }
            Ok(counts)
        };
        let each = (quartets / pairs.len()).max(SEARCHED);
        let mut best: Vec<(u64, [usize; 2])> = returns(&pairs, each, &mut stream)?.into_iter().zip(pairs).collect();
        best.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        best.truncate(KEPT);
        best.retain(|(count, _)| *count > 0);
        let again: Vec<[usize; 2]> = best.iter().map(|(_, pair)| *pair).collect();
        let counts = returns(&again, RETRIED, &mut stream)?;
        let Some((_, pair)) = counts.into_iter().zip(again).max_by_key(|(count, _)| *count) else {
            draft.finding.samples = asked;
            return Ok(vec![draft.conclude(Verdict::NothingFound, "no boomerang returned")]);
        };
        let count = returns(&[pair], KEPT * RETRIED, &mut stream)?[0];
        let of = (KEPT * RETRIED) as u64;
        draft.finding.samples = asked;
        let [a, b] = pair.map(|at| all[at].hex(0));
        draft.detail("difference of the messages", a.clone());
        draft.detail("change of the ciphertexts", b);
        draft.detail("returns on untouched messages", format!("{count} of {of}"));
        let p_value = binomial_tail(count, of, libm::exp2(-(cipher.block_bits() as f64)));
        draft.finding.advantage = Some(count as f64 / of as f64);
        draft.finding.interval = Some(clopper_pearson(count, of, CONFIDENCE));
        draft.finding.p_value = Some(p_value);
        if p_value > SIGNIFICANCE {
            return Ok(vec![draft.conclude(Verdict::NothingFound, "boomerangs return no more often than by chance")]);
        }
        let summary = format!(
            "boomerangs return: of pairs with difference {a}, {:.2} % have it again when both ciphertexts are changed alike and decrypted",
            100.0 * count as f64 / of as f64
        );
        Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)])
    }
}

/// How many of `each` quartets return for each pair of differences.
fn returned(
    cipher: &dyn Cipher,
    all: &[Blocks],
    pairs: &[[usize; 2]],
    each: usize,
    stream: &mut Stream,
) -> Result<Vec<u64>, AttackError> {
    let repeated = |side: usize| {
        let mut rows = Blocks::new(cipher.block_bits(), 0);
        pairs.iter().for_each(|pair| rows.extend(&all[pair[side]].repeat(0, each)));
        rows
    };
    let (a, b) = (repeated(0), repeated(1));
    let rows = pairs.len() * each;
    let (keys, first) = (cipher.random_keys(stream, rows), stream.blocks(cipher.block_bits(), rows));
    let changed = |texts: &Blocks| -> Result<Blocks, AttackError> {
        let sent = encrypt(cipher, &keys, texts)?.xor(&b);
        Ok(cipher.decrypt(&keys, &Ciphertexts::Bits(sent), 0)?)
    };
    let back = changed(&first)?.xor(&changed(&first.xor(&a))?);
    let count = |at: usize| (at * each..(at + 1) * each).filter(|&row| back.row(row) == a.row(row)).count() as u64;
    Ok((0..pairs.len()).map(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::Budget;
    use crate::ciphers::TargetOptions;
    use crate::tools::testing::{all_clean, all_weak, with_context};

    #[test]
    fn boomerangs_return_from_few_rounds() {
        all_weak(&Boomerang, &["speck32/64:5", "feistel:4", "vigenere"]);
    }

    #[test]
    fn no_boomerang_returns_from_good_ciphers() {
        all_clean(&Boomerang, &["aes-128", "speck32/64"], 1);
    }

    #[test]
    fn it_says_why_it_does_not_apply() {
        with_context(Budget::Quick, 1, |context| {
            let reason = |name| {
                Boomerang.applies(&Target::parse(name, &TargetOptions::default()).unwrap(), context).unwrap_err()
            };
            assert!(reason("xor").contains("16 bits"));
            assert!(reason("chacha20").contains("nonce"));
        });
    }
}
