//! Symmetric encryption: Abadi and Andersen, section 2.
//!
//! Alice turns plaintext P and key K into ciphertext C. Bob turns C and K back into P. Eve tries the same from C alone, or from
//! C and the first bits of K if these are leaked.

use super::channel::transmit;
use super::game::{Play, Table};

pub(super) fn play<'g>(table: &Table<'g>) -> Play<'g> {
    let rules = table.rules;
    let p = table.source("plaintext", rules.bits);
    let k = table.source("key", rules.key_bits);
    let values = table.network("alice", &[p, k]);
    let c = transmit(table.g, rules.channel, values);
    let by_bob = table.network("bob", &[c, k]);
    let leaked = rules.leaked_key_bits;
    let by_eves = if leaked == 0 { table.eves(&[c], p) } else { table.eves(&[c, k.slice(0, leaked)], p) };
    Play { plaintext: p, values, ciphertext: c, by_bob, wanted: p, by_eves }
}
