//! Known pairs, and key recovery part by part from ciphertext bits that depend on few key bits.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::supply::Oracle;

/// Flips key bits to see which of them each ciphertext bit depends on, tries all values of the smallest set, keeps those that
/// explain the known pairs, and continues with the ciphertext bits that now have few unknown key bits. This breaks two rounds
/// of a Feistel network, and ciphers whose bytes have separate key bytes. A key counts only if it explains messages that were
/// not used to choose any part of it.
pub struct KeyParts;

/// Number of keys and messages with which each key bit is flipped.
const TRIES: usize = 256;
/// Number of known pairs, and of fresh ones.
const PAIRS: usize = 48;
const UNTOUCHED: usize = 16;
/// Data sets of a slow target after which the search gives up.
const DATA_SETS: u64 = 24;
/// Number of blocks encrypted at a time.
const CHUNK: usize = 1 << 14;

impl Attack for KeyParts {
    fn name(&self) -> &'static str {
        "key-parts"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let need = 2 * TRIES;
        match (target.cipher(), context.allowance) {
            (None, _) => Err("recorded data has no algorithm to try keys with".into()),
            (Some(cipher), _) if cipher.takes_nonce() => Err("the search takes no account of nonces".into()),
            (_, Some(allowance)) if allowance < need => {
                Err(format!("needs {need} blocks, the program's time allows for {allowance}"))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("key-parts");
        let influence = influence(cipher, &mut stream, context)?;
        draft.finding.samples = (2 * TRIES * cipher.key_bits()) as u64;
        let mut oracle = Oracle::new(cipher);
        let key = cipher.random_keys(&mut stream, 1);
        let plaintexts = stream.blocks(cipher.block_bits(), PAIRS + UNTOUCHED);
        let seen = oracle.encrypt(&key, &plaintexts)?;
        let most = context.pick(16, 20, 24).min(context.allowance.map_or(usize::MAX, |blocks| blocks.ilog2() as usize));

        let mut guess = Blocks::new(cipher.key_bits(), 1);
        let mut unknown: Vec<Vec<usize>> = influence;
        let (mut parts, mut need) = (0, 1);
        let mut decided = vec![false; cipher.key_bits()];
        let mut open: Vec<(Vec<usize>, Vec<u32>)> = Vec::new();
        while let Some(part) = unknown.iter().filter(|bits| !bits.is_empty()).min_by_key(|bits| bits.len()).cloned() {
            if context.allowance.is_some_and(|blocks| draft.finding.samples > DATA_SETS * blocks as u64) {
                let summary =
                    "some ciphertext bits depend on few key bits, but the program is too slow to try all their values";
                return Ok(vec![draft.conclude(Verdict::Inconclusive, summary)]);
            }
            if part.len() > most {
                let few = counted(most, "key bit");
                return Ok(vec![
                    draft.conclude(Verdict::NothingFound, format!("no ciphertext bit depends on {few} or fewer")),
                ]);
            }
            // All ciphertext bits that depend on no other unknown key bits.
            let mut mask = Blocks::new(seen.bits(), 1);
            let alone = |bits: &Vec<usize>| !bits.is_empty() && bits.iter().all(|key| part.contains(key));
            (0..seen.bits()).filter(|&bit| alone(&unknown[bit])).for_each(|bit| mask.set(0, bit, true));
            let known = Known { plaintexts: plaintexts.slice(0..PAIRS), ciphertexts: seen.slice(0..PAIRS), mask };
            let (values, pairs) = known.search(&mut oracle, &guess, &part, context, &mut draft)?;
            need = need.max(pairs);
            // Key bits with almost no effect here are left open, for other ciphertext bits to decide. No value is left if a key
            // bit has an effect so rarely that flipping it did not show.
            let agreed = |at: &usize| values.iter().all(|value| (value ^ values[0]) >> at & 1 == 0);
            let sure: Vec<usize> = (0..part.len()).filter(|at| !values.is_empty() && agreed(at)).collect();
            for &at in &sure {
                guess.set(0, part[at], values[0] >> at & 1 == 1);
                decided[part[at]] = true;
            }
            if sure.len() < part.len() {
                open.push((part.clone(), values));
            }
            for (bit, keys) in unknown.iter_mut().enumerate() {
                keys.retain(|key| sure.iter().all(|&at| part[at] != *key));
                if known.mask.get(0, bit) {
                    keys.clear();
                }
            }
            parts += usize::from(!sure.is_empty());
        }
        // Bits that no other ciphertext bit decided: any of the values that explain everything will do, as where only a remainder of
        // the key counts.
        let mut equal = 1.0;
        for (part, values) in &open {
            let fits = |value: &&u32| {
                (0..part.len()).all(|at| !decided[part[at]] || guess.get(0, part[at]) == (**value >> at & 1 == 1))
            };
            let all: Vec<&u32> = values.iter().filter(fits).collect();
            let Some(value) = all.first() else { continue };
            equal *= all.len() as f64;
            parts += 1;
            for (at, &bit) in part.iter().enumerate() {
                guess.set(0, bit, **value >> at & 1 == 1);
                decided[bit] = true;
            }
        }
        let untouched = PAIRS..PAIRS + UNTOUCHED;
        let again = oracle.encrypt(&guess, &plaintexts.slice(untouched.clone()))?;
        if parts == 0 || again != seen.slice(untouched) {
            return Ok(vec![
                draft.conclude(Verdict::NothingFound, "no key put together from parts explains new messages"),
            ]);
        }
        draft.detail("parts in which the key was found", parts.to_string());
        draft.detail("untouched messages explained", format!("{UNTOUCHED} of {UNTOUCHED}"));
        let hidden = cipher.key_bits() - decided.iter().filter(|decided| **decided).count();
        let equals = equal.log2() + hidden as f64;
        if equals > 0.0 {
            draft.detail("keys that explain the same", format!("about 2^{equals:.1}, of which this is one"));
        }
        draft.finding.recovered = vec![format!("key {}", guess.hex(0))];
        let row = |row| format!("{},{}\n", plaintexts.hex(row), seen.hex(row));
        let rows: String = (0..PAIRS + UNTOUCHED).map(row).collect();
        draft.finding.inputs.push(("pairs.csv".into(), format!("plaintext,ciphertext\n{rows}")));
        draft.finding.advantage = Some(1.0);
        let (parts, need) = (counted(parts, "part"), counted(need, "known pair"));
        let summary = format!("the key is found in {parts} from {need}; it explains every new message");
        Ok(vec![draft.conclude(Verdict::Broken, summary)])
    }
}

/// For each ciphertext bit: the key bits whose flip ever flipped it.
fn influence(cipher: &dyn Cipher, stream: &mut Stream, context: &Context) -> Result<Vec<Vec<usize>>, AttackError> {
    let mut oracle = Oracle::new(cipher);
    let mut influence = Vec::new();
    let bits: Vec<usize> = (0..cipher.key_bits()).collect();
    // Bits are processed in groups, so a program is started only a few times.
    for group in bits.chunks(CHUNK / TRIES) {
        context.check()?;
        let rows = group.len() * TRIES;
        let (keys, texts) = (cipher.random_keys(stream, rows), stream.blocks(cipher.block_bits(), rows));
        let mut flipped = keys.clone();
        (0..rows).for_each(|row| flipped.flip(row, group[row / TRIES]));
        let changed = oracle.encrypt(&keys, &texts)?.xor(&oracle.encrypt(&flipped, &texts)?);
        influence.resize(changed.bits(), Vec::new());
        for (at, &key) in group.iter().enumerate() {
            for (bit, keys) in influence.iter_mut().enumerate() {
                if (at * TRIES..(at + 1) * TRIES).any(|row| changed.get(row, bit)) {
                    keys.push(key);
                }
            }
        }
    }
    Ok(influence)
}

/// Writes the low bits of `value` into the positions `part` of a row.
fn set(keys: &mut Blocks, row: usize, part: &[usize], value: u32) {
    part.iter().enumerate().for_each(|(at, &bit)| keys.set(row, bit, value >> at & 1 == 1));
}

/// Known pairs, and the ciphertext bits to compare.
struct Known {
    plaintexts: Blocks,
    ciphertexts: Blocks,
    mask: Blocks,
}

impl Known {
    /// The values of the key bits `part`, the others as in `guess`, that explain all pairs, and the number of pairs after which no
    /// other value was left.
    fn search(
        &self,
        oracle: &mut Oracle,
        guess: &Blocks,
        part: &[usize],
        context: &Context,
        draft: &mut Draft,
    ) -> Result<(Vec<u32>, usize), AttackError> {
        let mut need = 0;
        let mut left: Vec<u32> = (0..1 << part.len()).collect();
        let mut pair = 0;
        while pair < PAIRS && !left.is_empty() {
            // The fewer values are left, the more pairs fit into one batch.
            let pairs = (CHUNK / left.len()).clamp(1, PAIRS - pair);
            let mut kept = Vec::new();
            for values in left.chunks(CHUNK) {
                context.check()?;
                let mut keys = guess.repeat(0, values.len() * pairs);
                let mut texts = Blocks::new(self.plaintexts.bits(), 0);
                for (at, &value) in values.iter().enumerate() {
                    (at * pairs..(at + 1) * pairs).for_each(|row| set(&mut keys, row, part, value));
                    texts.extend(&self.plaintexts.slice(pair..pair + pairs));
                }
                let said = oracle.encrypt(&keys, &texts)?;
                draft.finding.samples += said.rows() as u64;
                let fits = |row: usize, pair: usize| {
                    let words = said.row(row).iter().zip(self.ciphertexts.row(pair)).zip(self.mask.row(0));
                    words.into_iter().all(|((said, seen), mask)| (said ^ seen) & mask == 0)
                };
                for (at, &value) in values.iter().enumerate() {
                    match (0..pairs).find(|of| !fits(at * pairs + of, pair + of)) {
                        Some(of) => need = need.max(pair + of + 1),
                        None => kept.push(value),
                    }
                }
            }
            left = kept;
            pair += pairs;
        }
        Ok((left, need))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::Budget;
    use crate::ciphers::TargetOptions;
    use crate::tools::testing::{all_clean, attack, attack_slow, with_context};

    #[test]
    fn keys_that_come_apart_are_found() {
        for name in ["feistel:2", "vigenere", "xor"] {
            let target = Target::parse(name, &TargetOptions::default()).unwrap();
            for seed in 1..=20 {
                let findings = with_context(Budget::Quick, seed, |context| KeyParts.run(&target, context).unwrap());
                let seen = (findings[0].verdict, findings[0].misuse, findings[0].recovered.len());
                assert_eq!(seen, (Verdict::Broken, false, 1), "{name}, seed {seed}: {}", findings[0].summary);
            }
        }
        let pad = &attack(&KeyParts, "one-time-pad")[0];
        assert_eq!((pad.verdict, pad.misuse), (Verdict::Broken, true), "{}", pad.summary);
        let slow = &attack_slow(&KeyParts, "vigenere", 2000)[0];
        assert_eq!(slow.verdict, Verdict::Broken, "{}", slow.summary);
    }

    #[test]
    fn any_of_several_equal_keys_will_do() {
        // Each letter is moved by a remainder of its key byte, as passwords over an alphabet are.
        let move_by = |key: u128, text: u128| {
            let byte = |word: u128, at: usize| word >> (24 - 8 * at) & 255;
            (0..4).fold(0, |out, at| out << 8 | (byte(text, at) + byte(key, at) % 62) & 255)
        };
        let cipher = crate::ciphers::Function::new("remainders", 32, 32, move_by);
        let finding = &crate::tools::testing::attack_cipher(&KeyParts, Box::new(cipher))[0];
        assert_eq!(finding.verdict, Verdict::Broken, "{}", finding.summary);
        assert!(finding.summary.ends_with("from 1 known pair; it explains every new message"), "{}", finding.summary);
        assert!(finding.details.iter().any(|(label, _)| label == "keys that explain the same"));
    }

    #[test]
    fn good_ciphers_keep_theirs() {
        all_clean(&KeyParts, &["aes-128", "speck32/64", "feistel:8"], 1);
    }
}
