//! Key and message that come apart: C = L(P) + c(K).
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Ciphertexts, Form, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::gf2::AffineMap;
use crate::tools::modular::Law;
use crate::tools::supply::encrypt;

/// Looks for ciphers in which the difference of a message's ciphertexts under two keys is the same for all messages: the key only
/// adds a constant, by XOR or by addition of words, to a map of the message that everyone can compute.
///
/// One known pair then gives the constant between the unknown key and a key of the attacker's own, who decrypts with that one.
pub struct Translations;

/// Messages in which the difference has to be the same: a bit is constant by chance with probability 2^-63.
const CHECKS: usize = 64;
/// Messages beyond those that determine an affine map.
const MARGIN: usize = 64;

impl Attack for Translations {
    fn name(&self) -> &'static str {
        "translations"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn reuses_key(&self) -> bool {
        true
    }

    fn applies(&self, target: &Target, _context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data cannot be asked for a message under two keys".into());
        };
        if cipher.takes_nonce() || cipher.public_key() {
            return Err("keys cannot be compared where ciphertexts also depend on a nonce or a public key".into());
        }
        match cipher.form() {
            Form::Bits(_) => Ok(()),
            Form::Floats(_) => Err("ciphertexts are real numbers".into()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("translations");
        // The attacker's own key, and the unknown one.
        let [own, unknown] = [(); 2].map(|()| cipher.random_keys(&mut stream, 1));
        let texts = stream.blocks(cipher.block_bits(), 2 * CHECKS);
        let [ours, seen] = [encrypt(cipher, &own, &texts)?, encrypt(cipher, &unknown, &texts)?];
        draft.finding.samples = 4 * CHECKS as u64;
        let (known, untouched) = (0..CHECKS, CHECKS..2 * CHECKS);
        let constant = |law: Law| {
            let delta = law.less(&seen, &ours, 0);
            let stays =
                |bit: &usize| known.clone().all(|row| law.less(&seen, &ours, row).get(0, *bit) == delta.get(0, *bit));
            let varies = |bit: &usize| known.clone().any(|row| seen.get(row, *bit) != seen.get(0, *bit));
            let bits: Vec<usize> = (0..seen.bits()).filter(varies).filter(stays).collect();
            (bits, law, delta)
        };
        let best = Law::all(seen.bits())
            .map(constant)
            .reduce(|best, next| if next.0.len() > best.0.len() { next } else { best });
        let Some((bits, law, delta)) = best.filter(|(bits, ..)| !bits.is_empty()) else {
            return Ok(vec![draft.conclude(
                Verdict::NothingFound,
                "the difference of a message's ciphertexts under two keys depends on the message",
            )]);
        };
        // What the first pair alone foretells about messages that had no part in this.
        let moved = |row: usize| law.less(&seen, &delta.repeat(0, seen.rows()), row);
        let right = |bit: &&usize| untouched.clone().all(|row| moved(row).get(0, **bit) == ours.get(row, **bit));
        let confirmed = bits.iter().filter(right).count();
        let varying =
            (0..seen.bits()).filter(|&bit| (0..seen.rows()).any(|row| seen.get(row, bit) != seen.get(0, bit))).count();
        draft.detail("how the key's constant is added", law.words());
        draft.detail("ciphertext bits from which it is taken off", format!("{confirmed} of {varying}"));
        draft.finding.advantage = Some(1.0);
        if confirmed < varying {
            let summary = format!(
                "in {confirmed} of {varying} ciphertext bits the key only adds a constant to a function of the message ({}), and one \
                 known pair gives it",
                law.words()
            );
            let verdict = if confirmed == 0 { Verdict::NothingFound } else { Verdict::WeaknessFound };
            return Ok(vec![draft.conclude(verdict, summary)]);
        }
        let mut under_own = Blocks::new(seen.bits(), 0);
        (CHECKS..CHECKS + 3).for_each(|row| under_own.extend(&moved(row)));
        let read = decrypt(cipher, &own, &under_own, &mut draft, context)?
            .filter(|read| *read == texts.slice(CHECKS..CHECKS + 3));
        draft.finding.recovered = (0..3)
            .map(|row| match &read {
                Some(read) => format!("ciphertext {} is message {}", seen.hex(CHECKS + row), read.hex(row)),
                None => format!(
                    "ciphertext {} is the message that key {} encrypts to {}",
                    seen.hex(CHECKS + row),
                    own.hex(0),
                    under_own.hex(row)
                ),
            })
            .collect();
        let how = if read.is_some() { "" } else { ", for whoever can decrypt under a key of their own" };
        let summary = format!(
            "ciphertext = function of the message + function of the key ({}): one known pair reads every other message under the \
             same key{how}",
            law.words()
        );
        Ok(vec![draft.conclude(Verdict::Broken, summary)])
    }
}

/// The messages of ciphertexts under the attacker's own key: by the cipher's decryption, or by an affine map learned under that key.
fn decrypt(
    cipher: &dyn Cipher,
    own: &Blocks,
    ciphertexts: &Blocks,
    draft: &mut Draft,
    context: &Context,
) -> Result<Option<Blocks>, AttackError> {
    if cipher.decrypts() {
        return Ok(Some(cipher.decrypt(own, &Ciphertexts::Bits(ciphertexts.clone()), 0)?));
    }
    let rows = ciphertexts.bits() + 1 + MARGIN;
    if context.allowance.is_some_and(|allowance| allowance < rows) {
        return Ok(None);
    }
    let texts = context.stream("translations: own messages").blocks(cipher.block_bits(), rows);
    draft.finding.samples += rows as u64;
    Ok(Some(AffineMap::fit(&encrypt(cipher, own, &texts)?, &texts).apply(ciphertexts)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::Function;
    use crate::tools::testing::{all_clean, attack, attack_cipher};

    fn cipher(encrypt: fn(u128, u128) -> u128) -> Vec<Finding> {
        attack_cipher(&Translations, Box::new(Function::new("test", 64, 32, encrypt)))
    }

    /// A permutation of the message that no key has a part in.
    fn mixed(text: u128) -> u128 {
        let word = (text as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        u128::from((word ^ word >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9))
    }

    #[test]
    fn one_known_pair_is_enough() {
        let xor = &cipher(|key, text| mixed(text) ^ mixed(key))[0];
        assert_eq!(xor.verdict, Verdict::Broken, "{}", xor.summary);
        assert!(xor.summary.contains("(XOR)") && xor.summary.contains("decrypt under a key of their own"));
        let sum = &cipher(|key, text| u128::from((mixed(text) as u64).wrapping_add(mixed(key) as u64)))[0];
        assert_eq!(sum.verdict, Verdict::Broken, "{}", sum.summary);
        assert!(sum.summary.contains("big-endian words added modulo 2^64"), "{}", sum.summary);
        // Linear in the message: it is read without the cipher's decryption.
        let linear = &cipher(|key, text| (text ^ text << 7 ^ text >> 11) & u128::from(u64::MAX) ^ mixed(key))[0];
        assert_eq!(linear.verdict, Verdict::Broken, "{}", linear.summary);
        assert!(linear.recovered[0].contains("is message"), "{:?}", linear.recovered);
    }

    #[test]
    fn a_part_of_the_ciphertext_is_a_weakness() {
        let half =
            &cipher(|key, text| (mixed(text) ^ mixed(key)) & 0xFFFF_FFFF | (mixed(text ^ key) & 0xFFFF_FFFF) << 32)[0];
        assert_eq!(half.verdict, Verdict::WeaknessFound, "{}", half.summary);
        assert!(half.summary.contains("32 of 64"), "{}", half.summary);
    }

    #[test]
    fn a_reused_pad_is_misuse_and_good_ciphers_stand() {
        let pad = &attack(&Translations, "one-time-pad")[0];
        assert!(pad.misuse && pad.verdict == Verdict::Broken, "{}", pad.summary);
        all_clean(&Translations, &["aes-128", "speck32/64", "feistel:8"], 1);
    }
}
