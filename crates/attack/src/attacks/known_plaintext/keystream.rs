//! Stream ciphers: the key gives a keystream that is added to the message, and known text gives the keystream away.
use crate::battery::{Attack, AttackError, Context, Draft};
use crate::ciphers::{Blocks, Cipher, Form, KeyUse, Stream, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use crate::tools::columns::Columns;
use crate::tools::gf2::AffineMap;
use crate::tools::modular::{self, Law};
use crate::tools::supply::encrypt;

/// Recognises C = P + S for XOR and for addition modulo 2^w, takes S off known text, and predicts its continuation: by sums over
/// GF(2) that hold under every key (shift registers, xorshift, a key shorter than the message), and by recurrences modulo 2^w
/// (lagged sums, linear congruences).
///
/// Whoever knows the beginning of a message reads the rest of that same message then, so this is an attack on one-time keys too.
/// J. L. Massey, "Shift-register synthesis and BCH decoding", IEEE Transactions on Information Theory 15, 1969; J. A. Reeds,
/// "Cracking a random number generator", Cryptologia 1, 1977.
pub struct Keystream;

/// Keys under which the law of addition is checked, and untouched ones on which a prediction is.
const CHECKS: usize = 64;
/// Keys beyond those that fix the sums: a bit that is no sum looks like one with probability 2^-64.
const MARGIN: usize = 64;

impl Attack for Keystream {
    fn name(&self) -> &'static str {
        "keystream"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownPlaintext
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data cannot be asked for two messages under one key and nonce".into());
        };
        if cipher.form() != Form::Bits(cipher.block_bits()) {
            return Err("ciphertexts are not as long as messages".into());
        }
        match context.allowance {
            Some(allowance) if allowance < 4 * CHECKS => {
                Err(format!("needs {} blocks, the program's time allows for {allowance}", 4 * CHECKS))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else { return Ok(Vec::new()) };
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("keystream");
        let keys = cipher.random_keys(&mut stream, CHECKS);
        let texts = [(); 2].map(|()| stream.blocks(cipher.block_bits(), CHECKS));
        let sent = [encrypt(cipher, &keys, &texts[0])?, encrypt(cipher, &keys, &texts[1])?];
        draft.finding.samples = 2 * CHECKS as u64;
        let holds =
            |law: &Law| (0..CHECKS).all(|row| law.less(&sent[0], &sent[1], row) == law.less(&texts[0], &texts[1], row));
        let Some(law) = Law::all(cipher.block_bits()).find(holds) else {
            return Ok(vec![
                draft.conclude(Verdict::NothingFound, "the ciphertext is no sum of message and keystream"),
            ]);
        };
        draft.detail("how message and keystream are combined", law.words());
        let mut findings = vec![self.continuation(law, cipher, draft, &mut stream, context)?];
        // A pad or a cipher with nonces is of this form too; it matters where one keystream serves for several messages.
        if !cipher.takes_nonce() {
            findings.push(self.reuse(law, cipher, target, context, &mut stream)?);
        }
        Ok(findings)
    }
}

impl Keystream {
    /// One known message gives the keystream, which reads all others under the same key.
    fn reuse(
        &self,
        law: Law,
        cipher: &dyn Cipher,
        target: &Target,
        context: &Context,
        stream: &mut Stream,
    ) -> Result<Finding, AttackError> {
        let mut draft = Draft::new(self, target, context);
        draft.finding.misuse = cipher.key_use() == KeyUse::OneTime;
        let key = cipher.random_keys(stream, 1);
        let texts = stream.blocks(cipher.block_bits(), CHECKS);
        let sent = encrypt(cipher, &key, &texts)?;
        draft.finding.samples = CHECKS as u64;
        let keystream = law.less(&sent, &texts, 0);
        let read = |row: usize| law.less(&sent, &keystream.repeat(0, CHECKS), row);
        let right = (1..CHECKS).filter(|&row| read(row) == texts.slice(row..row + 1)).count();
        draft.detail("untouched messages read whole", format!("{right} of {}", CHECKS - 1));
        if right < CHECKS - 1 {
            return Ok(draft.conclude(Verdict::NothingFound, "messages under one key have different keystreams"));
        }
        let shown = |row: usize| format!("ciphertext {} is message {}", sent.hex(row), read(row).hex(0));
        draft.finding.recovered = (1..4).map(shown).collect();
        draft.finding.advantage = Some(1.0);
        let summary = format!(
            "ciphertext = message + keystream ({}): one known pair reads every other message under the same key",
            law.words()
        );
        Ok(draft.conclude(Verdict::Broken, summary))
    }

    /// Whether a keystream's beginning gives its rest.
    fn continuation(
        &self,
        law: Law,
        cipher: &dyn Cipher,
        mut draft: Draft,
        stream: &mut Stream,
        context: &Context,
    ) -> Result<Finding, AttackError> {
        let bits = cipher.block_bits();
        let wanted = bits + 1 + MARGIN + CHECKS;
        if context.allowance.is_some_and(|allowance| 2 * allowance < wanted) {
            let summary =
                format!("whether keystreams can be predicted takes {wanted} of them, and the program is too slow");
            return Ok(draft.conclude(Verdict::Inconclusive, summary));
        }
        let texts = Blocks::new(bits, 1);
        let keystreams = encrypt(cipher, &cipher.random_keys(stream, wanted), &texts)?;
        draft.finding.samples += wanted as u64;
        let (known, fresh) = (keystreams.slice(0..wanted - CHECKS), keystreams.slice(wanted - CHECKS..wanted));
        let sums = dependent(&known);
        let prefix = (0..bits).rfind(|&bit| !sums[bit]).map_or(0, |last| last + 1);
        if let Some(rule) = modular::predict(&known, &fresh).filter(|rule| rule.prefix < prefix) {
            let rest = columns(&fresh, rule.prefix..bits);
            return Ok(read_on(draft, &law, rule.prefix, &rest, &rest.slice(0..1), &rule.words));
        }
        if prefix < bits && prefix > 0 {
            let part = |rows: &Blocks, range: std::ops::Range<usize>| columns(rows, range);
            let map = AffineMap::fit(&part(&known, 0..prefix), &part(&known, prefix..bits));
            let right = map.confirmed(&part(&fresh, 0..prefix), &part(&fresh, prefix..bits)).len();
            if right == bits - prefix {
                let example = map.apply(&part(&fresh.slice(0..1), 0..prefix));
                return Ok(read_on(
                    draft,
                    &law,
                    prefix,
                    &part(&fresh, prefix..bits),
                    &example,
                    "sums over GF(2) of earlier bits",
                ));
            }
        }
        let some = sums.iter().filter(|sum| **sum).count();
        if some > 0 && confirmed_sums(&known, &fresh, &sums) {
            draft.finding.advantage = Some(1.0);
            let summary = format!(
                "{some} of {bits} keystream bits are sums of earlier ones under every key: whoever knows a message so far reads these"
            );
            return Ok(draft.conclude(Verdict::WeaknessFound, summary));
        }
        Ok(draft.conclude(Verdict::NothingFound, "no keystream bit is foretold by those before it"))
    }
}

/// The finding that the beginning of a message gives its rest.
fn read_on(mut draft: Draft, law: &Law, prefix: usize, rest: &Blocks, read: &Blocks, how: &str) -> Finding {
    let bits = prefix + rest.bits();
    draft.detail("untouched keystreams continued rightly", format!("{} of {}", rest.rows(), rest.rows()));
    draft.finding.recovered =
        vec![format!("message bits {prefix} to {} from those before them: keystream {}", bits - 1, read.hex(0))];
    draft.finding.advantage = Some(1.0);
    let summary = format!(
        "the first {prefix} known bits of a message read its other {}, under one-time keys too: the keystream ({}) continues by {how}",
        rest.bits(),
        law.words()
    );
    draft.conclude(Verdict::Broken, summary)
}

/// A range of columns.
fn columns(rows: &Blocks, range: std::ops::Range<usize>) -> Blocks {
    let mut out = Blocks::new(range.len(), rows.rows());
    for row in 0..rows.rows() {
        range.clone().enumerate().for_each(|(at, bit)| out.set(row, at, rows.get(row, bit)));
    }
    out
}

/// For each column, whether it is a sum of the columns before it and a constant.
fn dependent(rows: &Blocks) -> Vec<bool> {
    let columns = Columns::of(rows);
    let ones = Columns::of(&Blocks::from_values(1, std::iter::repeat_n(1, rows.rows())));
    let mut pivots: Vec<(usize, Vec<u64>)> = Vec::new();
    let mut reduce = |column: &[u64]| {
        let mut rest = column.to_vec();
        for (place, pivot) in &pivots {
            if rest[place / 64] >> (place % 64) & 1 == 1 {
                rest.iter_mut().zip(pivot).for_each(|(word, pivot)| *word ^= pivot);
            }
        }
        match rest.iter().position(|word| *word != 0) {
            None => true,
            Some(word) => {
                pivots.push((64 * word + rest[word].trailing_zeros() as usize, rest));
                false
            }
        }
    };
    reduce(ones.get(0));
    (0..columns.len()).map(|column| reduce(columns.get(column))).collect()
}

/// Whether the sums hold for fresh keys too.
fn confirmed_sums(known: &Blocks, fresh: &Blocks, sums: &[bool]) -> bool {
    let mut all = known.clone();
    all.extend(fresh);
    dependent(&all) == sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::{CipherError, Ciphertexts, batch_rows};
    use crate::tools::testing::{all_clean, attack, attack_cipher};

    /// A stream cipher of 512 bits under 64-bit one-time keys, whose generator gives eight bytes at a time.
    struct Generated {
        next: fn(u64) -> u64,
        added: bool,
    }

    impl Cipher for Generated {
        fn name(&self) -> String {
            "generated".into()
        }
        fn block_bits(&self) -> usize {
            512
        }
        fn key_bits(&self) -> usize {
            64
        }
        fn key_use(&self) -> KeyUse {
            KeyUse::OneTime
        }
        fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
            let rows = batch_rows(self, keys, plaintexts, 512)?;
            let mut out = Blocks::new(512, rows);
            let of = |blocks: &Blocks, row| if blocks.rows() == 1 { 0 } else { row };
            for row in 0..rows {
                let mut state = keys.value(of(keys, row));
                let texts = plaintexts.row(of(plaintexts, row)).to_vec();
                for (out, text) in out.row_mut(row).iter_mut().zip(texts) {
                    state = (self.next)(state);
                    *out = if self.added { text.wrapping_add(state) } else { text ^ state };
                }
            }
            Ok(Ciphertexts::Bits(out))
        }
    }

    fn xorshift(mut s: u64) -> u64 {
        s ^= s >> 13;
        s ^= s >> 7;
        s ^ s << 17
    }

    fn congruence(s: u64) -> u64 {
        s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407)
    }

    fn mixed(s: u64) -> u64 {
        let s = s.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let s = (s ^ s >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (s ^ s >> 29).wrapping_mul(0xc4ce_b9fe_1a85_ec53) ^ s >> 32
    }

    #[test]
    fn the_beginning_of_a_message_reads_the_rest() {
        for (name, next, words) in
            [("xorshift", xorshift as fn(u64) -> u64, "sums over GF(2)"), ("congruence", congruence, "modulo 2^64")]
        {
            for added in [false, true] {
                let findings = attack_cipher(&Keystream, Box::new(Generated { next, added }));
                let (first, reuse) = (&findings[0], &findings[1]);
                assert_eq!((first.verdict, first.misuse), (Verdict::Broken, false), "{name}: {}", first.summary);
                assert!(first.summary.starts_with("the first ") && first.summary.contains(words), "{}", first.summary);
                assert_eq!((reuse.verdict, reuse.misuse), (Verdict::Broken, true), "{name}: {}", reuse.summary);
            }
        }
        let findings = attack_cipher(&Keystream, Box::new(Generated { next: mixed, added: false }));
        assert_eq!(findings[0].verdict, Verdict::NothingFound, "{}", findings[0].summary);
    }

    #[test]
    fn short_keys_repeat() {
        for (name, prefix) in [("xor:64/16", 16), ("vigenere", 64), ("lfsr", 32)] {
            let findings = attack(&Keystream, name);
            assert_eq!(
                (findings[0].verdict, findings[0].misuse),
                (Verdict::Broken, false),
                "{name}: {}",
                findings[0].summary
            );
            assert!(
                findings[0].summary.starts_with(&format!("the first {prefix} known bits")),
                "{}",
                findings[0].summary
            );
            assert_eq!(
                (findings[1].verdict, findings[1].misuse),
                (Verdict::Broken, false),
                "{name}: {}",
                findings[1].summary
            );
            assert!(findings[1].summary.contains("one known pair"), "{}", findings[1].summary);
        }
    }

    #[test]
    fn pads_and_good_ciphers_stand() {
        all_clean(&Keystream, &["aes-128", "chacha20", "speck32/64", "feistel:8"], 1);
        let findings = attack(&Keystream, "one-time-pad");
        assert_eq!(
            (findings[0].verdict, findings[0].misuse),
            (Verdict::NothingFound, false),
            "{}",
            findings[0].summary
        );
        assert_eq!((findings[1].verdict, findings[1].misuse), (Verdict::Broken, true));
    }
}
