//! The self-test of a target: does it behave like a cipher, and does it use its whole key?
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Ciphertexts, Form, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use crate::tools::supply::DEPTH;

/// Checks that the target is deterministic, that it decrypts what it encrypted, and that every bit of key and plaintext
/// matters. A key bit that never changes a ciphertext is a finding: the key is shorter than declared.
pub struct SelfTest;

/// Number of messages tried with each bit flipped. A bit without effect is tried with [`RETRY`] times as many.
const TRIES: usize = 16;
const RETRY: usize = 32;

impl Attack for SelfTest {
    fn name(&self) -> &'static str {
        "self-test"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownAlgorithm
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        target.cipher().map(|_| ()).ok_or_else(|| "recorded data cannot be asked to encrypt again".into())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else {
            return Ok(Vec::new());
        };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("self-test");
        let rows = 256;
        let (keys, plaintexts) = (cipher.random_keys(&mut stream, rows), stream.blocks(cipher.block_bits(), rows));
        let first = cipher.encrypt(&keys, &plaintexts, 0)?;
        let deterministic = first == cipher.encrypt(&keys, &plaintexts, 0)?;
        draft.finding.samples = 2 * rows as u64;
        if !deterministic {
            draft.finding.notice = Some(
                "The target encrypted the same message twice under the same key and gave two different ciphertexts. If it is not meant \
                 to use random numbers, the program has a fault. Attacks that compare repeated encryptions say little about it."
                    .into(),
            );
        }
        draft.detail(
            "deterministic",
            if deterministic { "yes" } else { "no: the same key and plaintext gave two ciphertexts" },
        );
        draft.detail("decrypts", decryption(cipher, &keys, &plaintexts, &first)?);
        if let Some((flips, bits)) = malleable(cipher, &keys.slice(0..TRIES), &plaintexts.slice(0..TRIES))? {
            let forged = "anyone can change messages without the key; a message authentication code prevents it";
            draft.detail(
                "flips of one ciphertext bit that change every message alike",
                format!("{flips} of {bits}{}", if flips > 0 { format!(": {forged}") } else { String::new() }),
            );
        }

        let idle = |bits: usize, part: Part, stream: &mut Stream| -> Result<Vec<usize>, AttackError> {
            let quiet = quiet_bits(cipher, &(0..bits).collect::<Vec<_>>(), part, TRIES, stream, context)?;
            quiet_bits(cipher, &quiet, part, TRIES * RETRY, stream, context)
        };
        let (key_bits, block_bits) = (cipher.key_bits(), cipher.block_bits());
        // Two ciphertexts of a randomised cipher always differ, which says nothing about the flipped bit.
        let (key_idle, text_idle) = if deterministic {
            (idle(key_bits, Part::Key, &mut stream)?, idle(block_bits, Part::Plaintext, &mut stream)?)
        } else {
            (Vec::new(), Vec::new())
        };
        draft.finding.samples += ((key_bits + block_bits) * 2 * TRIES) as u64;
        if !text_idle.is_empty() {
            draft.detail("plaintext bits that never reach the ciphertext", list(&text_idle));
        }
        if key_idle.is_empty() {
            let summary = match (deterministic, text_idle.len()) {
                (false, _) => "encryption is randomised; use of each key bit was not tested".to_string(),
                (true, 0) => {
                    let all = |bits: usize, what: &str| match bits {
                        1 => format!("the one {what} bit"),
                        _ => format!("all {bits} {what} bits"),
                    };
                    format!("{} and {} are used", all(key_bits, "key"), all(block_bits, "plaintext"))
                }
                (true, lost) => {
                    let bits = counted(block_bits, "plaintext bit");
                    format!("the whole key is used; {lost} of {bits} never reach the ciphertext")
                }
            };
            return Ok(vec![draft.conclude(Verdict::NothingFound, summary)]);
        }
        let used = key_bits - key_idle.len();
        draft.detail("key bits never used", list(&key_idle));
        if used == 0 {
            let (key, other) = (keys.slice(0..1), keys.slice(1..2));
            let text = plaintexts.slice(0..1);
            let under = |key: &Blocks| cipher.encrypt(key, &text, 0).map(|seen| seen.bits(DEPTH).hex(0));
            let example =
                format!("{} under {} and {} under {}", under(&key)?, key.hex(0), under(&other)?, other.hex(0));
            draft.detail("one message under two keys", format!("{} becomes {example}", text.hex(0)));
            draft.finding.advantage = Some(1.0);
            draft.finding.recovered.push(format!("key: any, for instance {}", key.hex(0)));
            let summary = "the key is not used: every key gives the same ciphertexts, so anyone who has the program reads everything";
            return Ok(vec![draft.conclude(Verdict::Broken, summary)]);
        }
        let summary = format!(
            "only {used} of {} ever matter: the key is {} long at most",
            counted(key_bits, "key bit"),
            counted(used, "bit")
        );
        Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)])
    }
}

#[derive(Clone, Copy)]
enum Part {
    Key,
    Plaintext,
}

/// Describes how well decryption inverts encryption.
fn decryption(
    cipher: &dyn Cipher,
    keys: &Blocks,
    plaintexts: &Blocks,
    ciphertexts: &Ciphertexts,
) -> Result<String, AttackError> {
    if !cipher.decrypts() {
        return Ok("not tested: only encryption is known".into());
    }
    let back = cipher.decrypt(keys, ciphertexts, 0)?.xor(plaintexts);
    let wrong: u32 = (0..back.rows()).flat_map(|row| back.row(row)).map(|word| word.count_ones()).sum();
    Ok(match wrong {
        0 => "yes, every message".into(),
        wrong => format!("not always: {:.4} bits of a message come back wrong", f64::from(wrong) / back.rows() as f64),
    })
}

/// The number of ciphertext bits whose flip changes all decrypted messages by the same difference, and of all ciphertext bits. `None`
/// without a decryption of bits.
fn malleable(cipher: &dyn Cipher, keys: &Blocks, plaintexts: &Blocks) -> Result<Option<(usize, usize)>, AttackError> {
    if !cipher.decrypts() || matches!(cipher.form(), Form::Floats(_)) {
        return Ok(None);
    }
    let sent = cipher.encrypt(keys, plaintexts, 0)?.bits(1);
    let (rows, bits) = (sent.rows(), sent.bits());
    let mut malleable = 0;
    // The nonces of a group's rows would not be those of the messages.
    let at_once = if cipher.takes_nonce() { 1 } else { (1 << 14) / rows };
    for group in (0..bits).collect::<Vec<_>>().chunks(at_once) {
        let (mut all_keys, mut flipped) = (Blocks::new(keys.bits(), 0), Blocks::new(bits, 0));
        for &bit in group {
            let mut row = sent.clone();
            (0..rows).for_each(|at| row.flip(at, bit));
            flipped.extend(&row);
            all_keys.extend(keys);
        }
        let back = cipher.decrypt(&all_keys, &Ciphertexts::Bits(flipped), 0)?;
        let alike = |at: &usize| {
            let difference = back.slice(at * rows..(at + 1) * rows).xor(plaintexts);
            let first = difference.row(0);
            first.iter().any(|word| *word != 0) && (1..rows).all(|row| difference.row(row) == first)
        };
        malleable += (0..group.len()).filter(alike).count();
    }
    Ok(Some((malleable, bits)))
}

/// The bits among `bits` whose flip changed none of `tries` ciphertexts.
fn quiet_bits(
    cipher: &dyn Cipher,
    bits: &[usize],
    part: Part,
    tries: usize,
    stream: &mut Stream,
    context: &Context,
) -> Result<Vec<usize>, AttackError> {
    let mut quiet = Vec::new();
    // Bits are processed in groups, so a program is started only a few times.
    for group in bits.chunks((1 << 14) / tries) {
        context.check()?;
        let rows = group.len() * tries;
        let (keys, plaintexts) = (cipher.random_keys(stream, rows), stream.blocks(cipher.block_bits(), rows));
        let (mut other_keys, mut other_plaintexts) = (keys.clone(), plaintexts.clone());
        for row in 0..rows {
            match part {
                Part::Key => other_keys.flip(row, group[row / tries]),
                Part::Plaintext => other_plaintexts.flip(row, group[row / tries]),
            }
        }
        // The same nonces for both, so that only the flipped bit can make a difference.
        let before = cipher.encrypt(&keys, &plaintexts, 0)?;
        let after = cipher.encrypt(&other_keys, &other_plaintexts, 0)?;
        let same = |row: usize| match (&before, &after) {
            (Ciphertexts::Bits(a), Ciphertexts::Bits(b)) => a.row(row) == b.row(row),
            (Ciphertexts::Floats(a), Ciphertexts::Floats(b)) => a.row(row) == b.row(row),
            _ => false,
        };
        quiet.extend(
            group.iter().enumerate().filter(|(at, _)| (at * tries..(at + 1) * tries).all(same)).map(|(_, &bit)| bit),
        );
    }
    Ok(quiet)
}

/// Bit numbers for a report, the first few of them.
fn list(bits: &[usize]) -> String {
    let shown: Vec<String> = bits.iter().take(24).map(usize::to_string).collect();
    let more = bits.len().saturating_sub(24);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::{CipherError, KeyUse};
    use crate::tools::testing::{attack, attack_cipher};

    /// A pad that ignores key bit 3 and plaintext bit 1.
    struct Careless;

    impl Cipher for Careless {
        fn name(&self) -> String {
            "careless".into()
        }
        fn block_bits(&self) -> usize {
            8
        }
        fn key_bits(&self) -> usize {
            8
        }
        fn key_use(&self) -> KeyUse {
            KeyUse::OneTime
        }
        fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
            let code = |row| (keys.value(row) & !(1 << 4)) ^ (plaintexts.value(row) & !(1 << 6));
            Ok(Ciphertexts::Bits(Blocks::from_values(8, (0..keys.rows()).map(code))))
        }
    }

    #[test]
    fn names_idle_bits() {
        let finding = &attack_cipher(&SelfTest, Box::new(Careless))[0];
        assert_eq!(finding.verdict, Verdict::WeaknessFound);
        assert_eq!(finding.summary, "only 7 of 8 key bits ever matter: the key is 7 bits long at most");
        assert!(finding.notice.is_none());
        assert!(finding.details.contains(&("key bits never used".into(), "3".into())));
        assert!(finding.details.contains(&("plaintext bits that never reach the ciphertext".into(), "1".into())));
    }

    /// A permutation that ignores its key.
    struct Keyless;

    impl Cipher for Keyless {
        fn name(&self) -> String {
            "keyless".into()
        }
        fn block_bits(&self) -> usize {
            16
        }
        fn key_bits(&self) -> usize {
            16
        }
        fn key_use(&self) -> KeyUse {
            KeyUse::Reusable
        }
        fn encrypt(&self, _keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
            let code = |row| plaintexts.value(row).wrapping_mul(0x9E37) & 0xFFFF;
            Ok(Ciphertexts::Bits(Blocks::from_values(16, (0..plaintexts.rows()).map(code))))
        }
    }

    #[test]
    fn a_key_that_is_not_used_is_a_break() {
        let finding = &attack_cipher(&SelfTest, Box::new(Keyless))[0];
        assert_eq!(finding.verdict, Verdict::Broken, "{}", finding.summary);
        assert!(finding.summary.starts_with("the key is not used"));
    }

    #[test]
    fn ciphertexts_that_anyone_can_change_are_named() {
        for (name, flips) in [("one-time-pad", "16 of 16"), ("chacha20", "512 of 512"), ("aes-128", "0 of 128")] {
            let details = &attack(&SelfTest, name)[0].details;
            let (_, found) = details.iter().find(|(label, _)| label.starts_with("flips")).expect("it decrypts");
            assert!(found.starts_with(flips), "{name}: {found}");
        }
    }

    #[test]
    fn sound_ciphers_pass() {
        for name in ["one-time-pad", "aes-128", "chacha20", "affine", "lfsr", "speck32/64"] {
            let finding = &attack(&SelfTest, name)[0];
            assert_eq!(finding.verdict, Verdict::NothingFound, "{name}: {}", finding.summary);
            assert!(finding.details.contains(&("decrypts".into(), "yes, every message".into())), "{name}");
        }
    }
}
