//! Symmetric encryption: Abadi and Andersen, section 2.
//!
//! Alice turns plaintext P and key K into C; Bob turns C and K back into P; Eve tries the same from C alone.

use evesdrop_engine::{Program, Recorder, ScalarId, Var, VarId};
use serde::{Deserialize, Serialize};

use crate::networks::{Initialisation, Network};

/// How Alice and Bob are told to keep Eve at chance. Eve's wrong bits beyond N/2 are never rewarded: she could flip them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EveTerm {
    /// The paper's: (N/2 - e)^2 / (N/2)^2 for Eve's wrong bits e of each example, averaged over the batch. For an Eve who
    /// guesses hard it is 1/N even at chance, by the spread of e.
    PerExample,
    /// (1 - 2 e_i)^2 averaged over the bits i, where e_i is the part of the batch in which Eve has bit i wrong. Nothing is
    /// paid for the spread of e, and no bit that Eve reads can hide behind others that she has wrong too often.
    PerBit,
}

/// The recorded game.
#[derive(Debug)]
pub struct Symmetric {
    /// Sources `plaintext` and `key`; networks `alice`, `bob` and `eve`.
    pub program: Program,
    /// Alice's values.
    pub ciphertext: VarId,
    /// What Alice and Bob minimise together.
    pub alice_bob: ScalarId,
    /// What Eve minimises: the mean of her wrong bits.
    pub eve: ScalarId,
    /// Wrong bits of a message (one feature each): Bob's and Eve's soft, Bob's and Eve's after hard decisions.
    pub wrong_bits: [VarId; 4],
    /// For each plaintext bit, 1 where Bob's hard decision is wrong.
    pub bob_by_bit: Vec<VarId>,
}

/// e(P, Q): |P_i - Q_i| / 2 for each bit, the soft number of wrong bits.
fn wrong_by_bit<'g>(p: Var<'g>, q: Var<'g>) -> Var<'g> {
    (p - q).abs() * 0.5
}

impl Symmetric {
    /// Records the game for `bits` message bits and `key_bits` key bits, all drawn at random.
    pub fn new(bits: usize, key_bits: usize, network: Network, start: Initialisation, eve_term: EveTerm) -> Self {
        Self::record(Recorder::bits, bits, key_bits, network, start, eve_term)
    }

    /// The same game on plaintexts and keys that whoever runs it supplies, coded -1 and +1.
    pub fn on_data(bits: usize, key_bits: usize, network: Network, start: Initialisation, eve_term: EveTerm) -> Self {
        Self::record(Recorder::data, bits, key_bits, network, start, eve_term)
    }

    fn record(
        source: for<'g> fn(&'g Recorder, &str, usize) -> Var<'g>,
        bits: usize,
        key_bits: usize,
        network: Network,
        start: Initialisation,
        eve_term: EveTerm,
    ) -> Self {
        let g = Recorder::new();
        let p = source(&g, "plaintext", bits);
        let k = source(&g, "key", key_bits);
        let c = network.apply(&g, "alice", &[p, k], bits, start);
        let by_bob = network.apply(&g, "bob", &[c, k], bits, start);
        let by_eve = network.apply(&g, "eve", &[c], bits, start);

        let (bob_wrong, eve_wrong) = (wrong_by_bit(p, by_bob), wrong_by_bit(p, by_eve));
        let n = bits as f64;
        let bob_loss = bob_wrong.sum().mean() * (1.0 / n);
        let eve_loss = match eve_term {
            // (N/2 - e)^2 / (N/2)^2 = (1 - 2 e / N)^2
            EveTerm::PerExample => eve_wrong.sum().affine(-2.0 / n as f32, 1.0).square().mean(),
            EveTerm::PerBit => {
                let terms = (0..bits).map(|i| {
                    let advantage = g.constant(1.0) - eve_wrong.slice(i, 1).mean() * 2.0;
                    advantage * advantage
                });
                terms.reduce(|a, b| a + b).expect("a message has bits") * (1.0 / n)
            }
        };
        let alice_bob = (bob_loss + eve_loss).id();
        let eve = eve_wrong.sum().mean().id();

        let bob_hard = wrong_by_bit(p, by_bob.sign());
        let eve_hard = wrong_by_bit(p, by_eve.sign());
        let wrong_bits = [bob_wrong, eve_wrong, bob_hard, eve_hard].map(|wrong| wrong.sum().id());
        let bob_by_bit = (0..bits).map(|i| bob_hard.slice(i, 1).id()).collect();
        let ciphertext = c.id();
        Self { program: g.finish(), ciphertext, alice_bob, eve, wrong_bits, bob_by_bit }
    }
}
