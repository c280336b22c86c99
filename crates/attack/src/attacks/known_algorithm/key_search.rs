//! Exhaustive key search with a known algorithm.
use super::live_keys::LiveKeys;
use crate::battery::{Attack, AttackError, Budget, Context, Draft};
use crate::ciphers::{Blocks, Cipher, CipherError, Ciphertexts, KeyUse, Target};
use crate::report::{Finding, ThreatModel, Verdict};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tries all keys, up to 2^32 of them.
///
/// From one ciphertext alone: Bob decrypts under every key, and Alice re-encrypts. A key is consistent if this gives the same
/// ciphertext. For a one-time pad all keys are consistent; if only one is, the message is read. This breaks ciphers with
/// real-valued ciphertexts. If Bob is wrong under the right key, no key is consistent; his guesses are then tried again with
/// each single bit flipped. From known pairs under one key: the keys that encrypt all of them correctly.
pub struct KeySearch;

/// Number of keys that one thread tries at a time.
const CHUNK: u64 = 1 << 13;
/// Number of known pairs; enough for any key of 32 bits unless messages are very short.
const KNOWN: usize = 8;
/// Number of messages for reading from the ciphertext alone.
const MESSAGES: usize = 32;
/// Maximum number of consistent keys that are kept.
const KEPT: usize = 16;
/// Maximum difference of two real numbers that count as the same ciphertext value.
const NEAR: f32 = 1e-5;

/// Most key bits of which all values are tried.
const MOST_BITS: usize = 32;

/// The cipher with the key bits that count.
fn live<'a>(cipher: &'a dyn Cipher, context: &Context) -> Result<LiveKeys<'a>, CipherError> {
    LiveKeys::of(cipher, &mut context.stream("key-search: key bits that count"))
}

/// Keys that explain the observed data.
struct Consistent {
    count: u64,
    /// The first of them, in order.
    kept: Vec<u64>,
}

impl Attack for KeySearch {
    fn name(&self) -> &'static str {
        "key-search"
    }

    fn threat_model(&self) -> ThreatModel {
        ThreatModel::KnownAlgorithm
    }

    fn applies(&self, target: &Target, context: &Context) -> Result<(), String> {
        let Some(cipher) = target.cipher() else {
            return Err("recorded data has no algorithm to try keys with".into());
        };
        if cipher.takes_nonce() {
            return Err("the search takes no account of nonces".into());
        }
        let mut bits = cipher.key_bits();
        if bits > MOST_BITS {
            // Only those count that ever change a ciphertext. A cipher that fails here fails again when it is attacked.
            let live = live(cipher, context).map_or(bits, |live| live.key_bits());
            if live > MOST_BITS {
                return Err(format!("{live} key bits are too many to try them all (at most {MOST_BITS})"));
            }
            bits = live.max(1);
        }
        let limit = context.pick(24, 32, 32);
        if bits > limit {
            return Err(format!("{bits} key bits are too many for {}; use --budget standard", Budget::Quick.name()));
        }
        if let Some(allowance) = context.allowance.filter(|&allowance| (allowance as u64) * 20 < 1 << bits) {
            return Err(format!("2^{bits} keys would take this program too long; it allows for {}", 20 * allowance));
        }
        Ok(())
    }

    fn run(&self, target: &Target, context: &Context) -> Result<Vec<Finding>, AttackError> {
        let Some(cipher) = target.cipher() else {
            return Ok(Vec::new());
        };
        if cipher.key_bits() > MOST_BITS {
            let live = live(cipher, context)?;
            if live.key_bits() == 0 {
                let unused = Draft::new(self, target, context);
                return Ok(vec![
                    unused.conclude(Verdict::NothingFound, "no key bit changes a ciphertext: there is no key to find"),
                ]);
            }
            let mut found = self.by_known_pairs(&live, target, context)?;
            let (count, all) = (live.key_bits(), cipher.key_bits());
            found.details.insert(0, ("key bits that ever change a ciphertext".into(), format!("{count} of {all}")));
            for key in &mut found.recovered {
                if let Some(Ok(short)) = key.strip_prefix("key ").map(|hex| Blocks::from_hex(count, hex)) {
                    *key = format!("key {}", live.whole(&short).hex(0));
                }
            }
            return Ok(vec![found]);
        }
        let mut findings = Vec::new();
        if cipher.decrypts() {
            findings.push(self.by_ciphertext(cipher, target, context)?);
        }
        findings.push(self.by_known_pairs(cipher, target, context)?);
        Ok(findings)
    }
}

impl KeySearch {
    /// The number of keys consistent with one ciphertext, and the message if there is only one.
    fn by_ciphertext(&self, cipher: &dyn Cipher, target: &Target, context: &Context) -> Result<Finding, AttackError> {
        let mut draft = Draft::new(self, target, context);
        let mut stream = context.stream("key-search: ciphertext");
        let total = 1u64 << cipher.key_bits();
        // Large key spaces, and those of programs, are searched for a single message.
        let messages = if cipher.key_bits() <= 16 && !cipher.is_external() { MESSAGES } else { 1 };
        let (mut counts, mut read_right) = (Vec::new(), 0);
        let (mut inputs, mut helped) = (String::from("ciphertext\n"), 0);
        for _ in 0..messages {
            let (key, plaintext) = (cipher.random_keys(&mut stream, 1), stream.blocks(cipher.block_bits(), 1));
            let seen = cipher.encrypt(&key, &plaintext, 0)?;
            inputs.push_str(&(written(&seen, 0) + "\n"));
            let reading = read(cipher, &seen, context)?;
            helped += usize::from(reading.helped);
            if let [(message, key)] = &reading.messages[..]
                && *message == plaintext
            {
                read_right += 1;
                draft.finding.recovered.push(format!("message {} under key {}", message.hex(0), key.hex(0)));
            }
            counts.push(reading.consistent);
        }
        draft.finding.samples = messages as u64 * total;
        let mut tally = std::collections::BTreeMap::new();
        counts.iter().for_each(|&count| *tally.entry(count).or_insert(0u64) += 1);
        let shown: Vec<String> = tally.iter().map(|(count, times)| format!("{count} ({times} times)")).collect();
        draft.detail("keys consistent with a ciphertext", shown.join(", "));
        draft.detail("messages read", format!("{read_right} of {messages}"));
        if helped > 0 {
            draft.detail("messages that Bob himself misreads", format!("{helped}: tried with each bit of his flipped"));
        }
        draft.finding.inputs.push(("ciphertexts.txt".into(), inputs));
        if read_right > 0 {
            draft.finding.advantage = Some(read_right as f64 / messages as f64);
            let read = format!("{read_right} of {messages} messages read by trying all {total} keys");
            let summary = if 2 * read_right > messages {
                format!("one ciphertext gives its key away: {read}")
            } else {
                format!("some ciphertexts give their key away: {read}")
            };
            return Ok(draft.conclude(Verdict::Broken, summary));
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        let summary = if counts.iter().all(|&count| count == total) {
            format!("all {total} keys stay consistent with each ciphertext: it reveals nothing about the key")
        } else {
            format!("of {total} keys up to {most} are consistent with one ciphertext")
        };
        Ok(draft.conclude(Verdict::NothingFound, summary))
    }

    /// The keys that explain known pairs, and a new message read with the remaining one.
    fn by_known_pairs(&self, cipher: &dyn Cipher, target: &Target, context: &Context) -> Result<Finding, AttackError> {
        let mut draft = Draft::new(self, target, context);
        draft.finding.threat_model = ThreatModel::KnownPlaintext;
        draft.finding.misuse = cipher.key_use() == KeyUse::OneTime;
        let mut stream = context.stream("key-search: known pairs");
        let (key, plaintexts) = (cipher.random_keys(&mut stream, 1), stream.blocks(cipher.block_bits(), 2 * KNOWN));
        let seen = cipher.encrypt(&key, &plaintexts, 0)?;
        let first = AtomicU64::new(0);
        let found = search(context, self, cipher, |keys| {
            let again = cipher.encrypt(keys, &plaintexts.slice(0..1), 0)?;
            let mut fits: Vec<bool> = (0..keys.rows()).map(|row| same_ciphertext(&again, row, &seen, 0)).collect();
            first.fetch_add(fits.iter().filter(|&&fits| fits).count() as u64, Ordering::Relaxed);
            // Only the remaining keys are tried further, all in one batch.
            let left: Vec<usize> = (0..keys.rows()).filter(|&row| fits[row]).collect();
            let (mut batch, mut texts) = (Blocks::new(keys.bits(), 0), Blocks::new(cipher.block_bits(), 0));
            for &row in &left {
                batch.extend(&keys.repeat(row, KNOWN - 1));
                texts.extend(&plaintexts.slice(1..KNOWN));
            }
            let again = cipher.encrypt(&batch, &texts, 0)?;
            for (at, &row) in left.iter().enumerate() {
                fits[row] = (1..KNOWN).all(|pair| same_ciphertext(&again, at * (KNOWN - 1) + pair - 1, &seen, pair));
            }
            Ok(fits)
        })?;
        draft.finding.samples = 1 << cipher.key_bits();
        draft.detail("keys consistent with one known pair", first.into_inner().to_string());
        draft.detail(&format!("keys consistent with {KNOWN} known pairs"), found.count.to_string());
        let Some(&guess) = found.kept.first() else {
            return Ok(draft
                .conclude(Verdict::NothingFound, "no key explains the known pairs: encryption is not deterministic"));
        };
        let guess = Blocks::from_values(cipher.key_bits(), [guess]);
        let again = cipher.encrypt(&guess, &plaintexts, 0)?;
        let right = (KNOWN..2 * KNOWN).filter(|&row| same_ciphertext(&again, row, &seen, row)).count();
        draft.detail("untouched messages explained by the first of them", format!("{right} of {KNOWN}"));
        if right < KNOWN {
            return Ok(draft
                .conclude(Verdict::WeaknessFound, format!("{} keys are left after {KNOWN} known pairs", found.count)));
        }
        draft.finding.recovered = vec![format!("key {}", guess.hex(0))];
        let pairs: String =
            (0..2 * KNOWN).map(|row| format!("{},{}\n", plaintexts.hex(row), written(&seen, row))).collect();
        draft.finding.inputs.push(("pairs.csv".into(), format!("plaintext,ciphertext\n{pairs}")));
        draft.finding.advantage = Some(1.0);
        let summary = format!(
            "the key is found by trying all {} against {KNOWN} known pairs; it explains every new message",
            1u64 << cipher.key_bits()
        );
        Ok(draft.conclude(Verdict::Broken, summary))
    }
}

/// The result of trying all keys on one ciphertext.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Number of keys under which Bob's decryption encrypts to the same ciphertext again.
    pub consistent: u64,
    /// The messages that explain it, each with its key; empty unless a single key remains.
    pub messages: Vec<(Blocks, Blocks)>,
    /// Whether no key was consistent at first, because Bob misreads this message, and each bit of his decryption was also tried
    /// flipped.
    pub helped: bool,
}

/// Reads one ciphertext of a cipher with decryption by trying all keys: Bob decrypts, and Alice encrypts again.
///
/// # Errors
/// If the cipher fails, or if the user stopped the run.
pub fn read(cipher: &dyn Cipher, seen: &Ciphertexts, context: &Context) -> Result<Reading, AttackError> {
    let guesses = |keys: &Blocks| cipher.decrypt(keys, seen, 0);
    let consistent = |keys: &Blocks, guesses: &Blocks| -> Result<Vec<bool>, CipherError> {
        let again = cipher.encrypt(keys, guesses, 0)?;
        Ok((0..keys.rows()).map(|row| same_ciphertext(&again, row, seen, 0)).collect())
    };
    let mut found = search(context, &KeySearch, cipher, |keys| consistent(keys, &guesses(keys)?))?;
    let helped = found.count == 0;
    let flips: Vec<usize> = if helped { (0..cipher.block_bits()).collect() } else { vec![] };
    if helped {
        found = search(context, &KeySearch, cipher, |keys| {
            let guesses = guesses(keys)?;
            let mut fits = vec![false; keys.rows()];
            for &bit in &flips {
                let flipped = consistent(keys, &with_flipped(&guesses, bit))?;
                fits.iter_mut().zip(flipped).for_each(|(fits, flipped)| *fits |= flipped);
            }
            Ok(fits)
        })?;
    }
    let mut messages = Vec::new();
    if let [only] = found.kept[..] {
        let key = Blocks::from_values(cipher.key_bits(), [only]);
        let guess = guesses(&key)?;
        let mut tries = vec![guess.clone()];
        tries.extend(flips.iter().map(|&bit| with_flipped(&guess, bit)));
        for message in tries {
            if consistent(&key, &message)?[0] {
                messages.push((message, key.clone()));
            }
        }
    }
    Ok(Reading { consistent: found.count, messages, helped })
}

fn with_flipped(blocks: &Blocks, bit: usize) -> Blocks {
    let mut flipped = blocks.clone();
    (0..blocks.rows()).for_each(|row| flipped.flip(row, bit));
    flipped
}

/// One ciphertext as text: hex, or real numbers separated by spaces.
fn written(ciphertexts: &Ciphertexts, row: usize) -> String {
    match ciphertexts {
        Ciphertexts::Bits(blocks) => blocks.hex(row),
        Ciphertexts::Floats(floats) => floats.row(row).iter().map(f32::to_string).collect::<Vec<_>>().join(" "),
    }
}

/// Tries all keys in parallel. `fits` decides for each key of a batch whether it explains the observed data.
fn search(
    context: &Context,
    attack: &dyn Attack,
    cipher: &dyn Cipher,
    fits: impl Fn(&Blocks) -> Result<Vec<bool>, CipherError> + Sync,
) -> Result<Consistent, AttackError> {
    let total = 1u64 << cipher.key_bits();
    // A program is started once per batch, so its batches are large.
    let chunk = if cipher.is_external() { 1 << 18 } else { CHUNK };
    let chunks = total.div_ceil(chunk);
    let done = AtomicU64::new(0);
    let parts = (0..chunks).into_par_iter().map(|part| {
        context.check()?;
        let range = part * chunk..((part + 1) * chunk).min(total);
        let fits = fits(&Blocks::from_values(cipher.key_bits(), range.clone()))?;
        let hits = || range.clone().zip(&fits).filter(|(_, fits)| **fits).map(|(key, _)| key);
        let part = Consistent { count: hits().count() as u64, kept: hits().take(KEPT).collect() };
        let finished = done.fetch_add(1, Ordering::Relaxed);
        if finished.is_multiple_of(64) {
            context.report(attack, finished as f64 / chunks as f64);
        }
        Ok(part)
    });
    parts.try_reduce(
        || Consistent { count: 0, kept: Vec::new() },
        |mut left, right| {
            left.count += right.count;
            left.kept.extend(right.kept);
            left.kept.truncate(KEPT);
            Ok(left)
        },
    )
}

/// Whether two ciphertexts are equal, with real numbers compared up to rounding.
pub fn same_ciphertext(a: &Ciphertexts, a_row: usize, b: &Ciphertexts, b_row: usize) -> bool {
    match (a, b) {
        (Ciphertexts::Bits(a), Ciphertexts::Bits(b)) => a.row(a_row) == b.row(b_row),
        (Ciphertexts::Floats(a), Ciphertexts::Floats(b)) => {
            a.row(a_row).iter().zip(b.row(b_row)).all(|(a, b)| (a - b).abs() < NEAR)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciphers::{Floats, TargetOptions, row_of};
    use crate::tools::testing::{attack, attack_cipher, with_context};

    #[test]
    fn every_key_of_a_one_time_pad_stays_consistent() {
        let findings = attack(&KeySearch, "one-time-pad:12");
        assert_eq!((findings[0].verdict, findings[0].misuse), (Verdict::NothingFound, false));
        assert_eq!(findings[0].details[0].1, "4096 (32 times)");
        assert_eq!((findings[1].verdict, findings[1].misuse), (Verdict::Broken, true));
    }

    #[test]
    fn short_keys_are_found() {
        for name in ["xor", "affine"] {
            let findings = attack(&KeySearch, name);
            assert_eq!((findings[1].verdict, findings[1].misuse), (Verdict::Broken, false), "{name}");
            assert_eq!(findings[1].details[1].1, "1", "{name}");
        }
    }

    /// A cipher with real-valued ciphertexts that Bob reads by sign, and whose magnitudes reveal the key.
    struct Loud;

    impl Cipher for Loud {
        fn name(&self) -> String {
            "loud".into()
        }
        fn block_bits(&self) -> usize {
            10
        }
        fn key_bits(&self) -> usize {
            10
        }
        fn form(&self) -> crate::ciphers::Form {
            crate::ciphers::Form::Floats(10)
        }
        fn key_use(&self) -> KeyUse {
            KeyUse::OneTime
        }
        fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
            let rows = keys.rows().max(plaintexts.rows());
            let mut values = Vec::new();
            for row in 0..rows {
                let (k, p) = (row_of(keys, row), row_of(plaintexts, row));
                for bit in 0..10 {
                    let sign = if plaintexts.get(p, bit) ^ keys.get(k, bit) { 1.0 } else { -1.0 };
                    values.push(sign * if keys.get(k, (bit + 1) % 10) { 0.9 } else { 0.8 });
                }
            }
            Ok(Ciphertexts::Floats(Floats::new(10, values)))
        }
        fn decrypts(&self) -> bool {
            true
        }
        fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
            let signs = ciphertexts.clone().bits(1);
            Ok(if signs.rows() == 1 { keys.xor(&signs) } else { signs.xor(keys) })
        }
    }

    #[test]
    fn a_ciphertext_of_real_numbers_gives_its_key_away() {
        let findings = attack_cipher(&KeySearch, Box::new(Loud));
        assert_eq!(findings[0].verdict, Verdict::Broken);
        assert!(findings[0].summary.contains("32 of 32 messages"), "{}", findings[0].summary);
    }

    #[test]
    fn only_key_bits_that_count_are_tried() {
        // Twelve of 64 key bits have an effect.
        let mixed = |key: u128, text: u128| {
            let key = (key >> 20 & 0xfff) as u32;
            u128::from(((text as u32) ^ key.wrapping_mul(0x9E37_79B9)).wrapping_mul(0x85EB_CA6B).rotate_left(13) ^ key)
        };
        let cipher = || Box::new(crate::ciphers::Function::new("mixed", 32, 64, mixed));
        let finding = &attack_cipher(&KeySearch, cipher())[0];
        assert_eq!(finding.verdict, Verdict::Broken, "{}", finding.summary);
        assert_eq!(finding.details[0].1, "12 of 64");
        let key = finding.recovered[0].strip_prefix("key ").unwrap();
        assert!(key.len() == 16 && key.starts_with("00000000") && key.ends_with("00000"), "{key}");
    }

    #[test]
    fn says_why_it_does_not_apply() {
        with_context(Budget::Quick, 1, |context| {
            let reason = |name| {
                KeySearch.applies(&Target::parse(name, &TargetOptions::default()).unwrap(), context).unwrap_err()
            };
            assert!(reason("aes-128").contains("128 key bits"));
            assert!(reason("lfsr").contains("--budget standard"));
            assert!(reason("chacha20").contains("nonces"));
        });
    }
}
