//! Runs one attack in a test.
use super::supply::Supply;
use crate::battery::{Attack, Budget, Context, Options};
use crate::ciphers::{Cipher, Dataset, Target, TargetOptions};
use crate::report::{Finding, Verdict};

/// Calls `body` with a context of the given budget and seed.
pub(crate) fn with_context<T>(budget: Budget, seed: u64, body: impl FnOnce(&Context) -> T) -> T {
    body(&Options { seed, ..Options::new(budget) }.context())
}

/// The findings of an attack on a target, with the quick budget and seed 1.
pub(crate) fn attack_target(attack: &dyn Attack, target: &Target) -> Vec<Finding> {
    with_context(Budget::Quick, 1, |context| {
        attack.applies(target, context).unwrap();
        attack.run(target, context).unwrap()
    })
}

/// Rows recorded from a target, as in a file: under one key, or with a fresh key each.
pub(crate) fn recorded(target: &str, rows: usize, one_key: bool) -> Target {
    let target = Target::parse(target, &TargetOptions::default()).unwrap();
    let pairs = with_context(Budget::Quick, 2, |context| {
        let supply = if one_key { Supply::one_key } else { Supply::fresh_keys };
        supply(&target, context, "recorded").take(rows).unwrap()
    });
    let data = Dataset { keys: pairs.keys, plaintexts: pairs.plaintexts, ciphertexts: pairs.ciphertexts };
    Target::from_data("csv:rows", data, target.key_use())
}

/// As [`attack`], for a target so slow that a data set has at most `allowance` blocks.
pub(crate) fn attack_slow(attack: &dyn Attack, target: &str, allowance: usize) -> Vec<Finding> {
    let target = Target::parse(target, &TargetOptions::default()).unwrap();
    with_context(Budget::Quick, 1, |context| {
        let context = Context { allowance: Some(allowance), ..*context };
        attack.applies(&target, &context).unwrap();
        attack.run(&target, &context).unwrap()
    })
}

/// As [`attack_target`], for a target string.
pub(crate) fn attack(attack: &dyn Attack, target: &str) -> Vec<Finding> {
    attack_target(attack, &Target::parse(target, &TargetOptions::default()).unwrap())
}

/// As [`attack_target`], for a cipher made by the test.
pub(crate) fn attack_cipher(attack: &dyn Attack, cipher: Box<dyn Cipher>) -> Vec<Finding> {
    attack_target(attack, &Target::new("test", cipher))
}

/// Asserts that the attack's first finding on each target is a weakness, not misuse.
#[track_caller]
pub(crate) fn all_weak(attack: &dyn Attack, targets: &[&str]) {
    for name in targets {
        let finding = &self::attack(attack, name)[0];
        let seen = (finding.verdict, finding.misuse);
        assert_eq!(seen, (Verdict::WeaknessFound, false), "{name}: {}", finding.summary);
    }
}

/// Asserts that the attack finds nothing on any target, with this number of findings.
#[track_caller]
pub(crate) fn all_clean(attack: &dyn Attack, targets: &[&str], findings: usize) {
    for name in targets {
        let found = self::attack(attack, name);
        let clean = found.iter().all(|finding| finding.verdict == Verdict::NothingFound);
        assert!(found.len() == findings && clean, "{name}: {found:?}");
    }
}
