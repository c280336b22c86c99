//! Known plaintexts and linear algebra over GF(2).
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::gf2::AffineMap;
use crate::tools::supply::{Pairs, Supply};

/// Solves for the cipher as an affine map over GF(2): under one unknown key from known pairs and, since the algorithm is known,
/// for the key itself from a few pairs.
pub struct Linear;

/// Number of examples beyond those that determine the map: a non-affine bit looks affine with probability 2^-64.
const MARGIN: usize = 64;
/// Number of fresh messages on which every claim is checked.
const UNTOUCHED: usize = 64;
/// Maximum number of known pairs under one key for solving the key.
const MOST_PAIRS: usize = 4;

impl Attack for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let Some(data) = target.data() else {
            return Ok(());
        };
        let need = target.block_bits() + 1 + MARGIN + UNTOUCHED;
        if !data.one_key() {
            return Err("the rows are under different keys".into());
        }
        if data.rows() < need {
            return Err(format!("needs {need} rows under one key, the file has {}", data.rows()));
        }
        Ok(())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let mut findings = vec![self.solve_map(target, context)?];
        context.check()?;
        if target.cipher().is_some() {
            findings.push(self.solve_key(target, context)?);
        }
        Ok(findings)
    }
}

impl Linear {
    /// Learns encryption and decryption under one unknown key from known pairs.
    fn solve_map(&self, target: &Target, context: &Context) -> Result<Finding, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut supply = Supply::one_key(target, context, "linear: one key");
        let first = supply.take(target.block_bits() + 1 + MARGIN)?;
        let untouched = supply.take(UNTOUCHED)?;
        let forward = AffineMap::fit(&first.plaintexts, &first.ciphertexts);
        let affine = forward.confirmed(&untouched.plaintexts, &untouched.ciphertexts);
        let affine = affine.into_iter().filter(|&bit| forward.varies(bit)).count();
        draft.finding.samples = (first.rows() + untouched.rows()) as u64;
        let total = first.ciphertexts.bits();
        draft.detail("ciphertext bits affine in the plaintext", format!("{affine} of {total}"));

        // Reading messages needs the map from ciphertext to plaintext, which has a different number of unknowns.
        let more = supply.take(first.ciphertexts.bits().saturating_sub(first.plaintexts.bits()))?;
        let all = joined(first, &more);
        let map = AffineMap::fit(&all.ciphertexts, &all.plaintexts);
        // Bits that are the same in all known messages are known beforehand, and no ciphertext is needed to read them.
        let (read, blind): (Vec<usize>, Vec<usize>) =
            readable(&all, &untouched).into_iter().partition(|&bit| map.varies(bit));
        let bits = all.plaintexts.bits();
        if !blind.is_empty() {
            draft.detail(
                "plaintext bits that are the same in every known message",
                format!("{} of {bits}", blind.len()),
            );
        }
        if read.is_empty() {
            let summary = match affine {
                0 => "no ciphertext bit is an affine function of the plaintext under a fixed key".to_string(),
                affine => format!("{affine} of {total} ciphertext bits are affine in the plaintext under a fixed key"),
            };
            let verdict = if affine == 0 { Verdict::NothingFound } else { Verdict::WeaknessFound };
            return Ok(draft.conclude(verdict, summary));
        }
        let need = fewest(&all, &untouched, &read);
        draft.detail("plaintext bits read", format!("{} of {bits}", read.len()));
        draft.detail("known pairs needed", need.to_string());
        if read.len() + blind.len() < bits {
            let summary =
                format!("{} of {bits} bits of every new message are read after {need} known pairs", read.len());
            return Ok(draft.conclude(Verdict::WeaknessFound, summary));
        }
        let shown = map.apply(&untouched.ciphertexts.slice(0..3));
        draft.finding.recovered = (0..3)
            .map(|row| format!("ciphertext {} is message {}", untouched.ciphertexts.hex(row), shown.hex(row)))
            .collect();
        draft.finding.advantage = Some(1.0);
        Ok(draft.conclude(
            Verdict::Broken,
            format!("new messages are read completely after {need} known pairs: decryption is an affine map"),
        ))
    }

    /// Learns the map from known pairs to the key by encrypting under chosen keys, and applies it to an unknown key.
    fn solve_key(&self, target: &Target, context: &Context) -> Result<Finding, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("linear: key");
        let Some(cipher) = target.cipher() else {
            return Ok(draft.conclude(Verdict::Inconclusive, "recorded data has no algorithm to ask"));
        };
        let mut oracle = crate::tools::supply::Oracle::new(cipher);
        let mut gather = |pairs: usize, rows: usize, stream: &mut Stream| -> Result<(Blocks, Blocks), AttackError> {
            let keys = cipher.random_keys(stream, rows);
            let mut seen: Option<Blocks> = None;
            for _ in 0..pairs {
                let plaintexts = stream.blocks(cipher.block_bits(), rows);
                let both = plaintexts.beside(&oracle.encrypt(&keys, &plaintexts)?);
                seen = Some(seen.map_or(both.clone(), |seen| seen.beside(&both)));
            }
            Ok((seen.unwrap_or_else(|| Blocks::new(0, rows)), keys))
        };
        for pairs in 1..=MOST_PAIRS {
            context.check()?;
            let cipher_bits = seen_bits(target)?;
            let unknowns = pairs * (cipher.block_bits() + cipher_bits);
            let (seen, keys) = gather(pairs, unknowns + 1 + MARGIN, &mut stream)?;
            let (new_seen, new_keys) = gather(pairs, UNTOUCHED, &mut stream)?;
            draft.finding.samples += (pairs * (seen.rows() + new_seen.rows())) as u64;
            let map = AffineMap::fit(&seen, &keys);
            let solved = map.confirmed(&new_seen, &new_keys);
            if solved.is_empty() {
                // More pairs under the same key add equations only if there were some before.
                break;
            }
            draft.detail(
                &format!("key bits solved from {pairs} known pairs"),
                format!("{} of {}", solved.len(), keys.bits()),
            );
            if solved.len() == keys.bits() {
                let guess = map.apply(&new_seen.slice(0..3));
                draft.finding.recovered = (0..3).map(|row| format!("key {}", guess.hex(row))).collect();
                draft.finding.advantage = Some(1.0);
                let word = if pairs == 1 { "pair" } else { "pairs" };
                let summary = format!("the whole key is solved from {pairs} known {word} by linear equations");
                return Ok(draft.conclude(Verdict::Broken, summary));
            }
            if pairs == MOST_PAIRS {
                let summary = format!(
                    "{} of {} key bits are solved from {pairs} known pairs by linear equations",
                    solved.len(),
                    keys.bits()
                );
                return Ok(draft.conclude(Verdict::WeaknessFound, summary));
            }
        }
        Ok(draft.conclude(Verdict::NothingFound, "no key bit is an affine function of a known pair"))
    }
}

/// Number of bits of a ciphertext for attacks on single bits.
fn seen_bits(target: &Target) -> Result<usize, AttackError> {
    use crate::ciphers::Form;
    Ok(match target.cipher().map(crate::ciphers::Cipher::form) {
        Some(Form::Bits(bits)) => bits,
        Some(Form::Floats(values)) => values * crate::tools::supply::DEPTH as usize,
        None => target.data().map_or(0, |data| data.ciphertexts.bits()),
    })
}

fn joined(mut pairs: Pairs, more: &Pairs) -> Pairs {
    pairs.plaintexts.extend(&more.plaintexts);
    pairs.ciphertexts.extend(&more.ciphertexts);
    pairs
}

/// The plaintext bits that a decryption map solved from `known` reads correctly in every fresh message.
fn readable(known: &Pairs, untouched: &Pairs) -> Vec<usize> {
    AffineMap::fit(&known.ciphertexts, &known.plaintexts).confirmed(&untouched.ciphertexts, &untouched.plaintexts)
}

/// The fewest known pairs from which these bits are read.
fn fewest(known: &Pairs, untouched: &Pairs, bits: &[usize]) -> usize {
    let enough = |rows: usize| {
        let pairs = Pairs {
            keys: None,
            plaintexts: known.plaintexts.slice(0..rows),
            ciphertexts: known.ciphertexts.slice(0..rows),
        };
        let read = readable(&pairs, untouched);
        bits.iter().all(|bit| read.contains(bit))
    };
    let (mut low, mut high) = (0, known.rows());
    while low + 1 < high {
        let middle = low.midpoint(high);
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::{Dataset, KeyUse, TargetOptions};
    use crate::tools::testing::{attack, attack_target};

    #[test]
    fn affine_ciphers_fall() {
        for (name, pairs) in [("xor", 17..=20), ("lfsr", 65..=70)] {
            let findings = attack(&Linear, name);
            assert_eq!(findings[0].verdict, Verdict::Broken, "{name}: {}", findings[0].summary);
            let need = findings[0].details.iter().find(|(label, _)| label == "known pairs needed").unwrap();
            assert!(pairs.contains(&need.1.parse::<usize>().unwrap()), "{name} {}", need.1);
            assert_eq!(findings[1].verdict, Verdict::Broken, "{name}: {}", findings[1].summary);
            assert!(findings[1].summary.contains("1 known pair "));
            assert!(findings.iter().all(|finding| !finding.misuse));
        }
    }

    #[test]
    fn a_reused_pad_falls_under_misuse() {
        let findings = attack(&Linear, "one-time-pad");
        assert!(findings.iter().all(|finding| finding.misuse && finding.verdict == Verdict::Broken));
    }

    #[test]
    fn good_ciphers_stand() {
        for name in ["aes-128", "chacha20", "speck32/64", "feistel:8"] {
            for finding in attack(&Linear, name) {
                assert_eq!(finding.verdict, Verdict::NothingFound, "{name}: {}", finding.summary);
            }
        }
    }

    #[test]
    fn what_is_known_beforehand_is_not_read() {
        // Messages of digits and a constant word.
        let texts = |rows: usize| {
            let mut texts = Blocks::new(128, rows);
            (0..rows)
                .for_each(|row| texts.set_bytes(row, format!("temp={:03} ok=1..", 150 + row * row % 97).as_bytes()));
            texts
        };
        for (name, verdict) in [("aes-128", Verdict::NothingFound), ("xor:128/16", Verdict::Broken)] {
            let target = Target::parse(name, &TargetOptions::default()).unwrap();
            let (cipher, plaintexts) = (target.cipher().unwrap(), texts(400));
            let key = cipher.random_keys(&mut Stream::new(1, "key"), 1);
            let ciphertexts = cipher.encrypt(&key, &plaintexts, 0).unwrap().bits(1);
            let data = Dataset { keys: None, plaintexts, ciphertexts };
            let (target, notices) = Target::from_data("rows", data, KeyUse::Reusable).opened(1).unwrap();
            assert!(notices.iter().any(|notice| notice.contains("rows repeat")), "{notices:?}");
            assert!(target.data().unwrap().rows() < 97);
            // Each message once is too few; more digits are enough.
            let mut plaintexts = Blocks::new(128, 400);
            (0..400).for_each(|row| {
                plaintexts
                    .set_bytes(row, format!("temp={:03} ok={:04}", row * 617 % 1000, row * 7919 % 10007).as_bytes())
            });
            let ciphertexts = cipher.encrypt(&key, &plaintexts, 0).unwrap().bits(1);
            let data = Dataset { keys: None, plaintexts, ciphertexts };
            let finding = &attack_target(&Linear, &Target::from_data("rows", data, KeyUse::Reusable))[0];
            assert_eq!(finding.verdict, verdict, "{name}: {}", finding.summary);
            let known = finding.details.iter().any(|(label, _)| label.contains("the same in every known message"));
            assert!(known, "{name}");
        }
    }

    #[test]
    fn works_on_recorded_rows() {
        let target = Target::parse("lfsr", &TargetOptions::default()).unwrap();
        let pairs = crate::tools::testing::with_context(crate::battery::Budget::Quick, 3, |context| {
            Supply::one_key(&target, context, "record").take(200).unwrap()
        });
        let data = Dataset { keys: None, plaintexts: pairs.plaintexts, ciphertexts: pairs.ciphertexts };
        let findings = attack_target(&Linear, &Target::from_data("csv:rows", data, KeyUse::Reusable));
        assert_eq!((findings.len(), findings[0].verdict), (1, Verdict::Broken));
    }
}
