//! Asymmetric encryption: Abadi and Andersen, appendix A.
//!
//! A generator turns the secret key into a public key. Alice encrypts with the public key, Bob decrypts with the secret key,
//! and Eve sees the ciphertext and the public key. The generator is trained together with Alice and Bob.
//!
//! The paper does not use probabilistic encryption. Here Alice may also get random bits that no other player sees.

use evesdrop_engine::Var;

use super::game::{Play, Table};

/// The values that are sent before Bob and Eve act.
pub(super) struct Sent<'g> {
    plaintext: Var<'g>,
    secret: Var<'g>,
    pub public: Var<'g>,
    pub ciphertext: Var<'g>,
}

pub(super) fn send<'g>(table: &Table<'g>) -> Sent<'g> {
    let rules = table.rules;
    let p = table.source("plaintext", rules.bits);
    let secret = table.source("key", rules.key_bits);
    let public = table.network("generator", &[secret]);
    let mut alice_reads = vec![p, public];
    if rules.random_bits > 0 {
        alice_reads.push(table.source("random", rules.random_bits));
    }
    let ciphertext = table.network("alice", &alice_reads);
    Sent { plaintext: p, secret, public, ciphertext }
}

pub(super) fn play<'g>(table: &Table<'g>) -> Play<'g> {
    let Sent { plaintext: p, secret, public, ciphertext: c } = send(table);
    let by_bob = table.network("bob", &[c, secret]);
    let by_eves = table.eves(&[c, public], p);
    Play { plaintext: p, values: c, ciphertext: c, by_bob, wanted: p, by_eves }
}
