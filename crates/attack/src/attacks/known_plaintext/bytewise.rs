//! Known plaintexts against ciphers that treat bytes one by one.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::supply::{Pairs, Supply};

/// Finds, under one key, ciphertext bytes that depend on a single plaintext byte: as x + b or a x + b modulo 256, or as any
/// substitution table. Vigenere, Caesar and affine ciphers fall to it.
pub struct Bytewise;

/// Pairs from which dependence is learned: each byte value occurs about eight times.
const KNOWN: usize = 2048;
/// Untouched messages on which every claim is checked.
const UNTOUCHED: usize = 64;

/// How ciphertext byte `to` comes from plaintext byte `from`.
struct Rule {
    from: usize,
    to: usize,
    table: Box<[Option<u8>; 256]>,
    /// Multiplier and offset, where the table is a line modulo 256.
    line: Option<(u8, u8)>,
}

impl Attack for Bytewise {
    fn name(&self) -> &'static str {
        "bytewise"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        if !target.block_bits().is_multiple_of(8) {
            return Err("messages are not whole bytes".into());
        }
        let Some(data) = target.data() else {
            return Ok(());
        };
        if !data.one_key() {
            return Err("the rows are under different keys".into());
        }
        if data.rows() < 4 * UNTOUCHED {
            return Err(format!("needs {} rows under one key, the file has {}", 4 * UNTOUCHED, data.rows()));
        }
        Ok(())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut supply = Supply::one_key(target, context, "bytewise");
        let untouched = supply.take(UNTOUCHED)?;
        let known = supply.take(context.samples(256, KNOWN, KNOWN, KNOWN))?;
        draft.finding.samples = (known.rows() + untouched.rows()) as u64;
        if !known.ciphertexts.bits().is_multiple_of(8) {
            return Ok(vec![draft.conclude(Verdict::NothingFound, "ciphertexts are not whole bytes")]);
        }
        let rules: Vec<Rule> = rules(&known).into_iter().filter(|rule| rule.holds(&untouched)).collect();
        let bytes = target.block_bits() / 8;
        let mut readable: Vec<usize> = rules.iter().filter(|rule| rule.reversible()).map(|rule| rule.from).collect();
        readable.sort_unstable();
        readable.dedup();
        draft.detail("plaintext bytes read", format!("{} of {bytes}", readable.len()));
        let lines = rules.iter().filter(|rule| rule.line.is_some()).count();
        if let Some(Rule { from, to, line: Some((a, b)), .. }) = rules.iter().find(|rule| rule.line.is_some()) {
            draft.detail("for example", format!("ciphertext byte {to} = {a} x plaintext byte {from} + {b} modulo 256"));
        }
        if rules.is_empty() {
            return Ok(vec![
                draft.conclude(Verdict::NothingFound, "no ciphertext byte depends on a single plaintext byte"),
            ]);
        }
        if readable.len() < bytes {
            let summary = format!(
                "{} of {} ciphertext bytes depend on a single plaintext byte each",
                rules.len(),
                known.ciphertexts.bits() / 8
            );
            return Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)]);
        }
        let read = decrypt(&rules, &untouched.ciphertexts, bytes);
        let right = (0..UNTOUCHED.min(untouched.rows()))
            .filter(|&row| read[row].as_deref() == Some(&untouched.plaintexts.bytes(row)[..]))
            .count();
        draft.detail("untouched messages read whole", format!("{right} of {}", untouched.rows()));
        draft.finding.recovered = (0..3)
            .filter_map(|row| {
                Some(format!(
                    "ciphertext {} is message {}",
                    untouched.ciphertexts.hex(row),
                    hex(read.get(row)?.as_ref()?)
                ))
            })
            .collect();
        draft.finding.advantage = Some(right as f64 / untouched.rows() as f64);
        let summary = if lines == rules.len() {
            // A line modulo 256 is fixed by its offset where a = 1, and else by two pairs whose difference is odd.
            let pairs = if rules.iter().all(|rule| matches!(rule.line, Some((1, _)))) {
                "one known pair"
            } else {
                "two known pairs"
            };
            format!("every byte is encrypted as a x + b modulo 256: new messages are read after {pairs}")
        } else {
            format!(
                "every byte is encrypted by a fixed table: new messages are read after {} known pairs",
                known.rows()
            )
        };
        Ok(vec![draft.conclude(Verdict::Broken, summary)])
    }
}

/// For each ciphertext byte the first plaintext byte that decides it.
fn rules(known: &Pairs) -> Vec<Rule> {
    let plain: Vec<Vec<u8>> = (0..known.rows()).map(|row| known.plaintexts.bytes(row)).collect();
    let cipher: Vec<Vec<u8>> = (0..known.rows()).map(|row| known.ciphertexts.bytes(row)).collect();
    let (from, to) = (known.plaintexts.bits() / 8, known.ciphertexts.bits() / 8);
    // A byte's own place first: that is where most ciphers leave it.
    let places = |to: usize| {
        std::iter::once(to).chain((0..from).filter(move |&place| place != to)).filter(move |&place| place < from)
    };
    (0..to).filter_map(|to| places(to).find_map(|from| rule(&plain, &cipher, from, to))).collect()
}

/// The rule from one byte to another, where the data agrees with one and repeats itself often enough to prove it.
fn rule(plain: &[Vec<u8>], cipher: &[Vec<u8>], from: usize, to: usize) -> Option<Rule> {
    let mut table = Box::new([None; 256]);
    let mut agreements = 0;
    for (plain, cipher) in plain.iter().zip(cipher) {
        match &mut table[usize::from(plain[from])] {
            Some(seen) if *seen != cipher[to] => return None,
            Some(_) => agreements += 1,
            unseen => *unseen = Some(cipher[to]),
        }
    }
    // A byte that never changes is no rule, and each agreement is luck with probability 1/256.
    let mut values = table.iter().flatten();
    let first = *values.next()?;
    if agreements < 16 || values.all(|&value| value == first) {
        return None;
    }
    let line = line(&table);
    if let Some((a, b)) = line {
        for (x, value) in table.iter_mut().enumerate() {
            *value = Some(a.wrapping_mul(x as u8).wrapping_add(b));
        }
    }
    Some(Rule { from, to, table, line })
}

/// Multiplier and offset, where all known values of a table lie on one line modulo 256.
fn line(table: &[Option<u8>; 256]) -> Option<(u8, u8)> {
    let known = || table.iter().enumerate().filter_map(|(x, y)| Some((x as u8, (*y)?)));
    let (x, y) = known().next()?;
    (0..=255u8).find_map(|a| {
        let b = y.wrapping_sub(a.wrapping_mul(x));
        known().all(|(x, y)| a.wrapping_mul(x).wrapping_add(b) == y).then_some((a, b))
    })
}

impl Rule {
    fn holds(&self, pairs: &Pairs) -> bool {
        (0..pairs.rows()).all(|row| {
            let (plain, cipher) = (pairs.plaintexts.bytes(row), pairs.ciphertexts.bytes(row));
            self.table[usize::from(plain[self.from])].is_none_or(|value| value == cipher[self.to])
        })
    }

    fn reversible(&self) -> bool {
        let mut seen = [false; 256];
        self.table.iter().flatten().all(|&value| !std::mem::replace(&mut seen[usize::from(value)], true))
    }
}

/// Reads ciphertexts by the rules; `None` where a byte's value was never seen.
fn decrypt(rules: &[Rule], ciphertexts: &Blocks, bytes: usize) -> Vec<Option<Vec<u8>>> {
    let one = |row: usize| {
        let cipher = ciphertexts.bytes(row);
        let mut plain = vec![None; bytes];
        for rule in rules.iter().filter(|rule| rule.reversible()) {
            let value = rule.table.iter().position(|&value| value == Some(cipher[rule.to]));
            plain[rule.from] = plain[rule.from].or(value.map(|value| value as u8));
        }
        plain.into_iter().collect()
    };
    (0..ciphertexts.rows()).map(one).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::testing::attack;

    #[test]
    fn vigenere_and_affine_are_read() {
        for (name, words) in [("vigenere", "one known pair"), ("affine", "two known pairs"), ("xor", "fixed table")] {
            let finding = &attack(&Bytewise, name)[0];
            assert_eq!(finding.verdict, Verdict::Broken, "{name}: {}", finding.summary);
            assert!(finding.summary.contains(words), "{name}: {}", finding.summary);
            assert!(finding.details.contains(&("untouched messages read whole".into(), "64 of 64".into())), "{name}");
            assert!(finding.recovered.len() == 3 && !finding.misuse);
        }
    }

    #[test]
    fn good_ciphers_stand() {
        for name in ["aes-128", "chacha20", "speck32/64"] {
            assert_eq!(attack(&Bytewise, name)[0].verdict, Verdict::NothingFound, "{name}");
        }
        assert!(attack(&Bytewise, "one-time-pad")[0].misuse);
    }
}
