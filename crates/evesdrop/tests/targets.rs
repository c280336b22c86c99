//! Whole runs: what must fall falls, what must stand stands, runs repeat, and runs can be stopped.
use evesdrop::attacks::{Budget, Options, Outcome, run};
use evesdrop::ciphers::{Target, TargetOptions};
use evesdrop::report::Verdict;
use std::sync::atomic::{AtomicBool, Ordering};

fn target(name: &str) -> Target {
    Target::parse(name, &TargetOptions::default()).unwrap()
}

fn attack(target: &Target, seed: u64) -> Outcome {
    let options = Options { budget: Budget::Quick, seed, only: Vec::new(), cancel: &false.into(), progress: &|_| () };
    run(target, &options).unwrap()
}

#[test]
fn known_bad_targets_fall() {
    for name in ["xor:16/4", "vigenere", "affine", "lfsr", "feistel:2", "speck32/64:3", "biased-pad"] {
        let verdict = attack(&target(name), 1).verdict;
        assert!(verdict <= Verdict::WeaknessFound, "{name}: {verdict:?}");
    }
}

#[test]
fn known_good_targets_stand() {
    for name in ["one-time-pad", "aes-128", "chacha20", "speck32/64:22"] {
        let outcome = attack(&target(name), 2);
        assert_eq!(outcome.verdict, Verdict::NothingFound, "{name}: {outcome:#?}");
        let misuse = outcome.findings.iter().any(|finding| finding.misuse && finding.verdict == Verdict::Broken);
        assert_eq!(misuse, name == "one-time-pad", "{name}");
    }
}

#[test]
fn small_blocks_alone_are_no_weakness() {
    // The pad's 8-bit messages repeat and collide; nothing of that may count against it.
    assert_eq!(attack(&target("one-time-pad:8"), 1).verdict, Verdict::NothingFound);
}

#[test]
fn runs_repeat() {
    let strip = |mut outcome: Outcome| {
        outcome.seconds = 0.0;
        outcome.findings.iter_mut().for_each(|finding| finding.seconds = 0.0);
        outcome
    };
    let once = || strip(attack(&target("feistel:3"), 5));
    assert_eq!(once(), once());
}

#[test]
fn a_stopped_run_keeps_what_it_found_and_names_the_rest() {
    let cancel = AtomicBool::new(false);
    let stop = |progress: evesdrop::attacks::Progress| {
        if progress.attack == "linear" {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let options = Options { budget: Budget::Quick, seed: 1, only: Vec::new(), cancel: &cancel, progress: &stop };
    let outcome = run(&target("speck32/64:3"), &options).unwrap();
    assert!(outcome.stopped && outcome.findings.iter().any(|finding| finding.attack == "self-test"));
    let named =
        |name: &str| outcome.skipped.iter().any(|skipped| skipped.attack == name && skipped.reason.contains("stopped"));
    assert!(named("linear") && named("differential") && named("structure"));
}

#[test]
fn unknown_attacks_are_named() {
    let options = Options {
        budget: Budget::Quick,
        seed: 1,
        only: vec!["magic".into()],
        cancel: &false.into(),
        progress: &|_| (),
    };
    let message = run(&target("xor"), &options).unwrap_err().to_string();
    assert!(message.contains("`magic`") && message.contains("key-search"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_program_is_attacked_and_the_samples_are_told() {
    // Repeating-key XOR in the shell's own arithmetic: slow, and still it falls.
    let command = "while read k p; do printf '%04x\\n' $((0x$p ^ 0x${k}${k})); done";
    let options = TargetOptions { block_bits: Some(16), key_bits: Some(8), ..Default::default() };
    let target = Target::parse(&format!("exec:{command}"), &options).unwrap();
    let outcome = attack(&target, 1);
    assert_eq!(outcome.verdict, Verdict::Broken);
    assert!(outcome.allowance.is_some());
    let finding = outcome.findings.iter().find(|finding| finding.attack == "linear").unwrap();
    assert!(finding.replay.contains("--block-bits 16 --key-bits 8 --only linear"), "{}", finding.replay);
    assert!(finding.samples > 0);
}

#[cfg(unix)]
#[test]
fn a_broken_program_is_an_error_that_quotes_the_line() {
    let options = TargetOptions { block_bits: Some(16), key_bits: Some(8), ..Default::default() };
    let target = Target::parse("exec:sed 's/.*/oops/'", &options).unwrap();
    let options =
        Options { budget: Budget::Quick, seed: 1, only: Vec::new(), cancel: &false.into(), progress: &|_| () };
    let message = run(&target, &options).unwrap_err().to_string();
    assert!(message.contains("`oops`"), "{message}");
}
