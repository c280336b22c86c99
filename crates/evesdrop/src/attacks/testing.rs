//! Runs one attack in a test.
use super::{Attack, Budget, Context};
use crate::ciphers::{Cipher, Target, TargetOptions};
use crate::report::Finding;

/// Calls `body` with a context of the given budget and seed.
pub(crate) fn with_context<T>(budget: Budget, seed: u64, body: impl FnOnce(&Context) -> T) -> T {
    body(&Context { budget, seed, cancel: &false.into(), progress: &|_| (), allowance: None })
}

/// The findings of an attack on a target, quick budget, seed 1.
pub(crate) fn attack_target(attack: &dyn Attack, target: &Target) -> Vec<Finding> {
    with_context(Budget::Quick, 1, |context| {
        attack.applies(target, context).unwrap();
        attack.run(target, context).unwrap()
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
