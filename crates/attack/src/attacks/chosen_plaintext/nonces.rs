//! Randomised encryption: how long is the random value, and what does it give away when it repeats?
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Form, Target};
use crate::report::{Finding, ThreatModel, Verdict, counted};
use std::collections::HashMap;

/// Encrypts one message under one key many times. A random value of n bits, drawn for each message, repeats after about 2^(n/2)
/// messages (the birthday bound), and then the whole ciphertext does. Two different messages under a repeated value show whether
/// it is the nonce of a keystream: then their XOR is the XOR of the messages, as in WEP (N. Borisov, I. Goldberg and D. Wagner,
/// "Intercepting mobile communications: the insecurity of 802.11", MobiCom 2001).
pub struct Nonces;

/// Fewest repetitions that count; a single one might be luck.
const REPEATS: u64 = 3;

impl Attack for Nonces {
    fn name(&self) -> &'static str {
        "nonces"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::ChosenPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data cannot be asked to encrypt again".into());
        };
        let Form::Bits(bits) = cipher.form() else {
            return Err("ciphertexts are real numbers, which hardly ever repeat".into());
        };
        if cipher.takes_nonce() || cipher.public_key() {
            return Err("the target is told which nonce to use".into());
        }
        // Whole ciphertexts must not repeat by chance.
        let need = 2 * messages(context).ilog2() as usize + 16;
        if bits < need {
            return Err(format!("ciphertexts of {bits} bits repeat by chance (at least {need})"));
        }
        Ok(())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("nonces");
        let key = cipher.random_keys(&mut stream, 1);
        let texts = [stream.blocks(cipher.block_bits(), 1), stream.blocks(cipher.block_bits(), 1)];
        draft.finding.samples = 2;
        let twice = encrypt(cipher, &key, &texts[0], 2)?;
        if twice.row(0) == twice.row(1) {
            return Ok(vec![draft.conclude(Verdict::NothingFound, "encryption is not randomised")]);
        }
        let count = messages(context);
        let sent = encrypt(cipher, &key, &texts[0], count)?;
        draft.finding.samples += count as u64;
        let mut seen: HashMap<&[u64], u64> = HashMap::new();
        let mut repeats = 0;
        for row in 0..count {
            let before = seen.entry(sent.row(row)).or_default();
            repeats += *before;
            *before += 1;
        }
        draft.detail("equal pairs of ciphertexts of one message", format!("{repeats} among {count} ciphertexts"));
        if repeats < REPEATS {
            let summary = format!("the random value did not repeat in {}", counted(count, "message"));
            return Ok(vec![draft.conclude(Verdict::NothingFound, summary)]);
        }
        let bits = ((count as f64).powi(2) / 2.0 / repeats as f64).log2();
        draft.finding.advantage = Some(1.0);
        let after = (bits / 2.0).exp2() * 1.18;
        let mut summary = format!(
            "the random value of each message has about {bits:.0} bits: it repeats after about {after:.0} messages under one key"
        );
        let other = encrypt(cipher, &key, &texts[1], count)?;
        draft.finding.samples += count as u64;
        if let Some(example) = keystream(&sent, &other, &texts, bits) {
            draft.detail("for example", example);
            summary.push_str(", and then the XOR of two ciphertexts is the XOR of their messages");
        }
        Ok(vec![draft.conclude(Verdict::WeaknessFound, summary)])
    }
}

/// Messages under the one key.
fn messages(context: &Context) -> usize {
    let most = context.pick(1 << 14, 1 << 17, 1 << 20);
    context.allowance.map_or(most, |allowance| most.min((2 * allowance).max(1024)))
}

fn encrypt(cipher: &dyn Cipher, key: &Blocks, text: &Blocks, rows: usize) -> Result<Blocks, AttackError> {
    Ok(cipher.encrypt(key, &text.repeat(0, rows), 0)?.bits(1))
}

/// Two ciphertexts whose first bits are the same random value and whose last bits differ as the messages do, in words.
fn keystream(sent: &Blocks, other: &Blocks, texts: &[Blocks; 2], bits: f64) -> Option<String> {
    let (width, block) = (sent.bits(), texts[0].bits());
    let front = width.checked_sub(block)?;
    if front == 0 || (front as f64) < bits - 4.0 {
        return None;
    }
    let part = |rows: &Blocks, row: usize, range: std::ops::Range<usize>| {
        range.map(|bit| rows.get(row, bit)).collect::<Vec<bool>>()
    };
    let values: HashMap<Vec<bool>, usize> = (0..sent.rows()).map(|row| (part(sent, row, 0..front), row)).collect();
    let wanted = part(&texts[0].xor(&texts[1]), 0, 0..block);
    let pairs = (0..other.rows()).filter_map(|row| values.get(&part(other, row, 0..front)).map(|first| (*first, row)));
    let pairs: Vec<(usize, usize)> = pairs.collect();
    let holds = |(first, second): &(usize, usize)| {
        let difference = sent.slice(*first..first + 1).xor(&other.slice(*second..second + 1));
        part(&difference, 0, front..width) == wanted
    };
    let &(first, second) = pairs.first().filter(|_| pairs.iter().all(holds))?;
    Some(format!(
        "{} and {} are of messages {} and {}",
        sent.hex(first),
        other.hex(second),
        texts[0].hex(0),
        texts[1].hex(0)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::{CipherError, Ciphertexts, KeyUse, Stream, batch_rows};
    use crate::tools::testing::{all_clean, attack_cipher};
    use std::sync::Mutex;

    /// A random value of so many bits in front, and the message under a keystream of key and value.
    struct Random {
        bits: usize,
        values: Mutex<Stream>,
    }

    impl Cipher for Random {
        fn name(&self) -> String {
            "random".into()
        }
        fn block_bits(&self) -> usize {
            64
        }
        fn key_bits(&self) -> usize {
            64
        }
        fn form(&self) -> Form {
            Form::Bits(self.bits + 64)
        }
        fn key_use(&self) -> KeyUse {
            KeyUse::Reusable
        }
        fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
            let rows = batch_rows(self, keys, plaintexts, 64)?;
            let values = self.values.lock().unwrap().blocks(self.bits, rows);
            let mut sent = Blocks::new(64, rows);
            for row in 0..rows {
                let key = keys.value(if keys.rows() == 1 { 0 } else { row });
                let mut state = key ^ values.row(row)[0] ^ values.row(row).get(1).copied().unwrap_or(0).rotate_left(9);
                for _ in 0..3 {
                    state = (state ^ state >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                }
                sent.row_mut(row)[0] = plaintexts.row(if plaintexts.rows() == 1 { 0 } else { row })[0] ^ state;
            }
            Ok(Ciphertexts::Bits(values.beside(&sent)))
        }
    }

    #[test]
    fn short_random_values_repeat() {
        for (bits, verdict) in [(16, Verdict::WeaknessFound), (22, Verdict::WeaknessFound), (96, Verdict::NothingFound)]
        {
            let cipher = Random { bits, values: Mutex::new(Stream::new(1, "values")) };
            let finding = &attack_cipher(&Nonces, Box::new(cipher))[0];
            assert_eq!(finding.verdict, verdict, "{bits}: {}", finding.summary);
            let words = finding.summary.contains("the XOR of their messages");
            assert_eq!(words, verdict == Verdict::WeaknessFound, "{bits}: {}", finding.summary);
        }
    }

    #[test]
    fn good_ciphers_do_not_repeat() {
        all_clean(&Nonces, &["aes-128", "one-time-pad:64"], 1);
    }
}
