//! Whole runs: weak targets break, good targets do not, runs are reproducible, and runs can be stopped.
use evesdrop_attack::Options;
use evesdrop_attack::attacks::all;
use evesdrop_attack::battery::{Outcome, Progress, run};
use evesdrop_attack::ciphers::{
    Blocks, Cipher, CipherError, Ciphertexts, Dataset, Floats, Form, KeyUse, Stream, Target, TargetOptions,
};
use evesdrop_attack::report::Verdict;
use std::sync::atomic::{AtomicBool, Ordering};

fn target(name: &str) -> Target {
    Target::parse(name, &TargetOptions::default()).unwrap()
}

/// A program with 16-bit blocks that follows the line protocol.
fn program(command: &str, key_bits: usize) -> Target {
    let options = TargetOptions { block_bits: Some(16), key_bits: Some(key_bits), ..Default::default() };
    Target::parse(&format!("exec:{command}"), &options).unwrap()
}

fn try_attack(target: &Target, seed: u64, only: Vec<String>) -> Result<Outcome, CipherError> {
    run(target, &all(), &Options { seed, only, ..Options::quick() })
}

fn attack_with(target: &Target, seed: u64, only: Vec<String>) -> Outcome {
    try_attack(target, seed, only).unwrap()
}

/// All attacks except those that train networks, which take most of the time and have their own tests.
fn without_networks() -> Vec<String> {
    let names = all().into_iter().map(|attack| attack.name().to_owned());
    names.filter(|name| name != "fresh-eves" && !name.starts_with("neural")).collect()
}

#[test]
fn known_bad_targets_fall() {
    for name in ["xor", "xor:16/4", "vigenere", "affine", "lfsr", "feistel:2", "speck32/64:3", "biased-pad"] {
        // The findings of fewer attacks are found by all attacks too.
        let verdict = attack_with(&target(name), 1, without_networks()).verdict;
        assert!(verdict <= Verdict::WeaknessFound, "{name}: {verdict:?}");
        assert!(verdict == Verdict::Broken || ["speck32/64:3", "biased-pad"].contains(&name), "{name}: {verdict:?}");
    }
}

#[test]
fn known_good_targets_stand() {
    let stands = |name: &str| {
        // Networks train longest on large blocks, and their own tests have these.
        let only = if ["aes-128", "chacha20"].contains(&name) { without_networks() } else { Vec::new() };
        let outcome = attack_with(&target(name), 2, only);
        assert_eq!(outcome.verdict, Verdict::NothingFound, "{name}: {outcome:#?}");
        let misuse = outcome.findings.iter().any(|finding| finding.misuse && finding.verdict == Verdict::Broken);
        assert_eq!(misuse, name == "one-time-pad", "{name}");
    };
    // In parallel, because networks train on one core.
    std::thread::scope(|scope| {
        for name in ["one-time-pad", "aes-128", "chacha20", "speck32/64:22"] {
            scope.spawn(move || stands(name));
        }
    });
}

#[test]
fn small_blocks_alone_are_no_weakness() {
    // The pad's 8-bit messages repeat and collide, which must not count against it.
    assert_eq!(attack_with(&target("one-time-pad:8"), 1, without_networks()).verdict, Verdict::NothingFound);
}

#[test]
fn runs_repeat() {
    let strip = |mut outcome: Outcome| {
        outcome.seconds = 0.0;
        outcome.findings.iter_mut().for_each(|finding| finding.seconds = 0.0);
        outcome
    };
    let once = |threads| {
        // One of the attacks that train networks stands for all.
        let only = without_networks().into_iter().chain(["neural-known-plaintext".into()]).collect();
        let options = Options { seed: 5, threads, only, ..Options::quick() };
        strip(run(&target("feistel:3"), &all(), &options).unwrap())
    };
    // In parallel, so that neither may depend on what else the machine does, nor on the number of threads.
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| once(3));
        (once(1), other.join().unwrap())
    });
    assert_eq!(one, other);
}

#[test]
fn a_stopped_run_keeps_what_it_found_and_names_the_rest() {
    let cancel = AtomicBool::new(false);
    let stop = |progress: Progress| {
        if progress.attack == "linear" {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let options = Options { cancel: &cancel, progress: &stop, ..Options::quick() };
    let outcome = run(&target("speck32/64:3"), &all(), &options).unwrap();
    assert!(outcome.stopped && outcome.findings.iter().any(|finding| finding.attack == "self-test"));
    let named =
        |name: &str| outcome.skipped.iter().any(|skipped| skipped.attack == name && skipped.reason.contains("stopped"));
    assert!(named("linear") && named("differential") && named("structure"));
}

#[test]
fn unknown_attacks_are_named() {
    let message = try_attack(&target("xor"), 1, vec!["magic".into()]).unwrap_err().to_string();
    assert!(message.contains("`magic`") && message.contains("key-search"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_program_is_attacked_and_the_samples_are_told() {
    // Repeating-key XOR in shell arithmetic: slow, but still broken.
    let command = "while read k p; do printf '%04x\\n' $((0x$p ^ 0x${k}${k})); done";
    let only = ["self-test", "key-search", "linear", "cube", "leakage", "neural-known-plaintext"].map(String::from);
    let outcome = attack_with(&program(command, 8), 1, only.to_vec());
    assert_eq!(outcome.verdict, Verdict::Broken);
    assert!(outcome.allowance.is_some());
    let finding = outcome.findings.iter().find(|finding| finding.attack == "linear").unwrap();
    assert!(finding.replay.contains("--block-bits 16 --key-bits 8 --only linear"), "{}", finding.replay);
    assert!(finding.samples > 0);
}

#[cfg(unix)]
#[test]
fn a_program_that_draws_random_numbers_is_told_and_not_blamed() {
    let command = "while read k p; do head -c 2 /dev/urandom | od -An -tx1 | tr -d ' '; done";
    let outcome = attack_with(&program(command, 2), 1, ["self-test", "leakage"].map(String::from).to_vec());
    let verdict = |name| outcome.findings.iter().find(|finding| finding.attack == name).map(|finding| finding.verdict);
    assert_eq!(verdict("self-test"), Some(Verdict::NothingFound));
    assert_eq!(verdict("leakage"), Some(Verdict::Inconclusive));
    assert!(outcome.findings.iter().any(|f| f.notice.as_ref().is_some_and(|notice| notice.contains("two different"))));
}

#[cfg(unix)]
#[test]
fn a_broken_program_is_an_error_that_quotes_the_line() {
    let message = try_attack(&program("sed 's/.*/oops/'", 8), 1, Vec::new()).unwrap_err().to_string();
    assert!(message.contains("`oops`"), "{message}");
}

/// A pad with real-valued ciphertexts: the sign of each value is the padded bit; its magnitude is 0.5 plus a little that
/// depends on the key.
struct Soft;

impl Soft {
    fn signs(keys: &Blocks, texts: &Blocks) -> Blocks {
        if texts.rows() == 1 { keys.xor(texts) } else { texts.xor(keys) }
    }
}

impl Cipher for Soft {
    fn name(&self) -> String {
        "soft".into()
    }
    fn block_bits(&self) -> usize {
        8
    }
    fn key_bits(&self) -> usize {
        8
    }
    fn form(&self) -> Form {
        Form::Floats(8)
    }
    fn key_use(&self) -> KeyUse {
        KeyUse::OneTime
    }
    fn encrypt(&self, keys: &Blocks, plaintexts: &Blocks, _nonce: u64) -> Result<Ciphertexts, CipherError> {
        let signs = Self::signs(keys, plaintexts);
        let mut values = Vec::new();
        for row in 0..signs.rows() {
            let key = if keys.rows() == 1 { 0 } else { row };
            for bit in 0..8 {
                let size = if keys.get(key, (bit + 1) % 8) { 0.52 } else { 0.55 };
                values.push(if signs.get(row, bit) { size } else { -size });
            }
        }
        Ok(Ciphertexts::Floats(Floats::new(8, values)))
    }
    fn decrypts(&self) -> bool {
        true
    }
    fn decrypt(&self, keys: &Blocks, ciphertexts: &Ciphertexts, _nonce: u64) -> Result<Blocks, CipherError> {
        Ok(Self::signs(keys, &ciphertexts.clone().bits(1)))
    }
}

#[test]
fn a_cipher_over_real_numbers_is_measured_at_each_depth() {
    let outcome = attack_with(&Target::new("soft", Box::new(Soft)), 1, vec!["key-search".into(), "leakage".into()]);
    assert_eq!(outcome.verdict, Verdict::Broken);
    let search = outcome.findings.iter().find(|finding| finding.attack == "key-search").unwrap();
    assert!(search.summary.contains("32 of 32 messages read"), "{}", search.summary);
    let told: Vec<&str> = (outcome.findings.iter())
        .filter(|finding| finding.attack == "leakage")
        .filter_map(|finding| finding.details.iter().find(|(label, _)| label == "I(P;C)"))
        .map(|(_, text)| text.as_str())
        .collect();
    // The signs alone are a one-time pad; the magnitudes determine the whole key.
    assert_eq!(told, ["0.000000 bits", "0.000000 bits", "0.000000 bits", "8.000000 bits"]);
}

#[test]
fn recorded_rows_are_attacked_with_what_they_allow() {
    let cipher = target("vigenere:32/16");
    let cipher = cipher.cipher().unwrap();
    let mut stream = Stream::new(1, "rows");
    let (key, plaintexts) = (cipher.random_keys(&mut stream, 1), stream.blocks(32, 1000));
    let ciphertexts = cipher.encrypt(&key, &plaintexts, 0).unwrap().bits(1);
    let data = Dataset { keys: None, plaintexts, ciphertexts };
    let outcome = attack_with(&Target::from_data("csv:rows", data, KeyUse::Reusable), 1, without_networks());
    assert_eq!(outcome.verdict, Verdict::Broken);
    let finding = outcome.findings.iter().find(|finding| finding.verdict == Verdict::Broken).unwrap();
    assert_eq!(finding.attack, "bytewise");
    assert!(
        outcome.skipped.iter().any(|skipped| skipped.attack == "differential" && skipped.reason.contains("recorded"))
    );
}
