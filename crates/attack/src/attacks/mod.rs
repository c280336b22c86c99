//! The attacks, in modules by what the attacker has.
//!
//! An attack implements [`Attack`] in its own file and has one line in [`on_ciphers`] or [`on_captures`].
pub mod chosen_ciphertext;
pub mod chosen_plaintext;
pub mod ciphertext_only;
pub mod known_algorithm;
pub mod known_plaintext;
pub mod unbounded;

use crate::Attack;

/// All attacks, in order of execution.
pub fn all() -> Vec<Box<dyn Attack>> {
    on_captures().into_iter().chain(on_ciphers()).chain(on_rounds()).collect()
}

/// The attacks on the rounds of ciphers that they know. They bring trained networks.
pub fn on_rounds() -> Vec<Box<dyn Attack>> {
    vec![Box::new(known_algorithm::KeyRecovery)]
}

/// The attacks on captured ciphertexts: those that read captures ([`Attack::reads_captures`]). They bring a model of English.
pub fn on_captures() -> Vec<Box<dyn Attack>> {
    vec![
        Box::new(ciphertext_only::RepeatedBlocks),
        Box::new(ciphertext_only::RepeatingKey),
        Box::new(ciphertext_only::Substitution),
    ]
}

/// The attacks on ciphers and recorded pairs.
pub fn on_ciphers() -> Vec<Box<dyn Attack>> {
    vec![
        Box::new(known_algorithm::SelfTest),
        Box::new(known_algorithm::Relations),
        Box::new(ciphertext_only::Correlation),
        Box::new(ciphertext_only::FreshEves),
        Box::new(known_algorithm::KeySearch),
        Box::new(known_plaintext::KeyParts),
        Box::new(known_plaintext::Keystream),
        Box::new(known_plaintext::Translations),
        Box::new(chosen_plaintext::ModularLinear),
        Box::new(known_plaintext::Symbols),
        Box::new(chosen_plaintext::Nonces),
        Box::new(chosen_plaintext::Codebook),
        Box::new(unbounded::Leakage),
        Box::new(known_plaintext::Linear),
        Box::new(known_plaintext::Bytewise),
        Box::new(known_plaintext::LocalFunctions),
        Box::new(known_plaintext::Regression),
        Box::new(known_plaintext::NeuralKnownPlaintext),
        Box::new(chosen_plaintext::ChosenPlaintext),
        Box::new(chosen_plaintext::Differential),
        Box::new(chosen_plaintext::Subspace),
        Box::new(chosen_plaintext::Slide),
        Box::new(chosen_plaintext::NeuralDistinguisher),
        Box::new(chosen_ciphertext::Boomerang),
        Box::new(chosen_ciphertext::PaddingOracle),
        Box::new(chosen_plaintext::Cube),
        Box::new(chosen_plaintext::Avalanche),
        Box::new(known_algorithm::Structure),
        Box::new(chosen_plaintext::Statistics),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_listed_by_what_they_read() {
        assert!(on_captures().iter().all(|attack| attack.reads_captures()));
        assert!(!on_ciphers().iter().any(|attack| attack.reads_captures()));
    }
}
