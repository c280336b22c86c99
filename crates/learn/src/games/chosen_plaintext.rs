//! The chosen-plaintext game: M. Coutinho et al., "Learning perfectly secure cryptography to protect communications with
//! adversarial neural cryptography" (Sensors 18(5):1306, 2018).
//!
//! Eve sees two plaintexts P0 and P1 and the encryption of one of them, and guesses which. Here both plaintexts are random.

use super::channel::transmit;
use super::game::{Play, Table};

pub(super) fn play<'g>(table: &Table<'g>) -> Play<'g> {
    let rules = table.rules;
    let p0 = table.source("plaintext0", rules.bits);
    let p1 = table.source("plaintext1", rules.bits);
    let choice = table.source("choice", 1);
    let k = table.source("key", rules.key_bits);
    // P0 if the choice is -1, P1 if it is +1.
    let p = (p0 + p1) * 0.5 + choice * (p1 - p0) * 0.5;
    let values = table.network("alice", &[p, k]);
    let c = transmit(table.g, rules.channel, values);
    let by_bob = table.network("bob", &[c, k]);
    let by_eves = table.eves(&[p0, p1, c], choice);
    Play { plaintext: p, values, ciphertext: c, by_bob, wanted: choice, by_eves }
}
