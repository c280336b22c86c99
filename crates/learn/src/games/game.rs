//! Parts shared by the games: how they are recorded and, for games on bits, what the players minimise.

use evesdrop_engine::{Program, Recorder, Scalar, ScalarId, Var, VarId};
use serde::{Deserialize, Serialize};

use super::{Channel, GameKind, Rules};
use crate::networks::{EveNetwork, Initialisation, products_of_two};

/// The term of Eve's errors in Alice and Bob's loss. Eve's wrong bits beyond half are never rewarded: she could flip all her
/// guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EveTerm {
    /// The paper's term (section 2.4): (N/2 - e)^2 / (N/2)^2 for Eve's wrong bits e in each example, averaged over the batch.
    /// For an Eve with hard guesses it is 1/N even at chance, because of the variance of e.
    PerExample,
    /// (1 - 2 e_i)^2 averaged over the bits i, where e_i is the fraction of the batch in which Eve has bit i wrong. The
    /// variance of e costs nothing, and a bit that Eve reads cannot be offset by bits that she has wrong too often.
    PerBit,
    /// No term: Alice and Bob ignore Eve. She is still trained, and measures what they leak.
    Nothing,
}

/// The term of Bob's errors in Alice and Bob's loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BobTerm {
    /// Bob's wrong bits divided by N, as in the released code.
    #[default]
    PerBit,
    /// His squared errors, averaged over the bits.
    Squared,
    /// Bob's wrong bits, N times as much relative to Eve's term. This is the literal reading of the paper's text (section 2.4).
    Summed,
}

/// The loss of Alice and Bob in the games on bits: a term of Bob's errors and a term of the Eves' errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// The term of Bob's errors.
    pub bob: BobTerm,
    /// The term of the Eves' errors.
    pub eve: EveTerm,
    /// Over a channel for bits: the weight of the mean of (1 - c^2)^2 over Alice's outputs c, 0 or more.
    pub modulus: f64,
}

impl From<EveTerm> for Terms {
    /// With Bob's term per bit and a modulus of weight 1.
    fn from(eve: EveTerm) -> Self {
        Self { bob: BobTerm::PerBit, eve, modulus: 1.0 }
    }
}

/// A recorded game: the program, the players' losses and the errors.
#[derive(Debug)]
pub struct Game {
    /// The program. Its sources are `plaintext` (or `plaintext0`, `plaintext1` and `choice`), `key` and perhaps `random`. Its
    /// networks are `alice`, `bob`, perhaps `generator`, and the Eves.
    pub program: Program,
    /// Alice's output values.
    pub ciphertext: VarId,
    /// The networks that minimise `alice_bob` together.
    pub allies: &'static [&'static str],
    /// The loss of Alice and Bob.
    pub alice_bob: ScalarId,
    /// The Eves' networks: `eve`, `eve2` and so on.
    pub eves: Vec<String>,
    /// The loss of the Eves: the sum of their mean errors. Each network affects only its own summand.
    pub eve: ScalarId,
    /// The players' errors.
    pub errors: Errors,
    /// Over a channel for bits: for each bit, and each XOR of two bits, that an Eve guesses, 1 if her hard decision is wrong, else 0.
    pub eve_targets: Vec<VarId>,
}

/// Variables of one feature whose batch means measure the players' performance.
#[derive(Clone, Debug)]
pub enum Errors {
    /// Errors of a game on bits.
    Bits(WrongBits),
    /// Errors of the selective game.
    Values(SquaredErrors),
}

/// Wrong bits per message.
#[derive(Clone, Debug)]
pub struct WrongBits {
    /// Bob's wrong bits: soft, and after hard decisions.
    pub bob: [VarId; 2],
    /// Each Eve's wrong bits: soft, and after hard decisions. N/2 is chance in every game: if Eve guesses one bit instead of a
    /// message of N bits, it is counted N times.
    pub eves: Vec<[VarId; 2]>,
    /// For each plaintext bit: 1 if Bob's hard decision is wrong, else 0.
    pub bob_by_bit: Vec<VarId>,
}

/// Squared errors of estimates in the selective game.
#[derive(Clone, Debug)]
pub struct SquaredErrors {
    /// Error of the public estimate of D.
    pub public: VarId,
    /// Error of Bob's estimate of D.
    pub bob: VarId,
    /// For each Eve: her error, and that of a blind Eve who estimates the mean.
    pub eves: Vec<[VarId; 2]>,
}

impl Errors {
    /// Both errors of each Eve: soft and hard wrong bits, or her error and a blind Eve's.
    pub fn eves(&self) -> &[[VarId; 2]] {
        match self {
            Self::Bits(WrongBits { eves, .. }) | Self::Values(SquaredErrors { eves, .. }) => eves,
        }
    }

    /// All variables: Bob's (and the public ones) first, then the two of each Eve.
    pub fn all(&self) -> Vec<VarId> {
        match self {
            Self::Bits(WrongBits { bob, eves, bob_by_bit }) => {
                bob.iter().chain(bob_by_bit).chain(eves.iter().flatten()).copied().collect()
            }
            Self::Values(SquaredErrors { public, bob, eves }) => {
                [public, bob].into_iter().chain(eves.iter().flatten()).copied().collect()
            }
        }
    }
}

/// Creates a source with the given number of features.
pub(super) type Draw = for<'g> fn(&'g Recorder, &str, usize) -> Var<'g>;

/// The context in which a game is recorded.
pub(super) struct Table<'g> {
    pub g: &'g Recorder,
    pub rules: &'g Rules,
    pub start: Initialisation,
    pub draw: Draw,
}

/// The values of a recorded game.
pub(super) struct Play<'g> {
    pub plaintext: Var<'g>,
    /// Alice's outputs, and what is sent of them.
    pub values: Var<'g>,
    pub ciphertext: Var<'g>,
    pub by_bob: Var<'g>,
    /// What the Eves want to know, and what each of them guesses.
    pub wanted: Var<'g>,
    pub by_eves: Vec<Var<'g>>,
}

/// A game without its program.
pub(super) struct Objectives {
    pub ciphertext: VarId,
    pub alice_bob: ScalarId,
    pub eve: ScalarId,
    pub errors: Errors,
    pub eve_targets: Vec<VarId>,
}

impl<'g> Table<'g> {
    /// `count` bits that the players do not choose.
    pub(super) fn source(&self, name: &str, count: usize) -> Var<'g> {
        (self.draw)(self.g, name, count)
    }

    /// A player's network, with as many outputs as a message has bits.
    pub(super) fn network(&self, name: &str, inputs: &[Var<'g>]) -> Var<'g> {
        self.rules.network.apply(self.g, name, inputs, self.rules.bits, self.start)
    }

    /// Each Eve's guesses of the bits `wanted`, in (-1, 1). Those of [`EveNetwork::Quadratic`] have no bounds, and the XORs of every two
    /// bits follow.
    pub(super) fn eves(&self, inputs: &[Var<'g>], wanted: Var<'g>) -> Vec<Var<'g>> {
        let outputs = wanted.features();
        let say = |(name, kind): (String, &super::EveKind)| match kind.net() {
            Some(net @ EveNetwork::Quadratic) => {
                let outputs = outputs + outputs * (outputs - 1) / 2;
                net.record(self.g, &name, self.g.concat(inputs), outputs)
            }
            Some(net) => net.record(self.g, &name, self.g.concat(inputs), outputs).tanh(),
            None if outputs == self.rules.bits => self.network(&name, inputs),
            None => {
                let h = self.network(&name, inputs);
                let init = evesdrop_engine::Init::Xavier { fan_in: h.features(), fan_out: outputs };
                self.g.dense(&format!("{name}.guess"), h, outputs, init).tanh()
            }
        };
        self.rules.eve_names().into_iter().zip(&self.rules.eves).map(say).collect()
    }
}

impl Rules {
    /// The names of the Eves' networks.
    pub fn eve_names(&self) -> Vec<String> {
        (1..=self.eves.len()).map(|i| if i == 1 { "eve".into() } else { format!("eve{i}") }).collect()
    }
}

/// e(P, Q): |P_i - Q_i| / 2 for each bit, the soft number of wrong bits.
fn wrong_by_bit<'g>(p: Var<'g>, q: Var<'g>) -> Var<'g> {
    (p - q).abs() * 0.5
}

/// The mean of (1 - c^2)^2 over Alice's outputs c: they are to be -1 or +1, whatever else they are (D. N. Godard, "Self-recovering
/// equalization and carrier tracking", 1980, with modulus 1).
fn constant_modulus(values: Var<'_>) -> Scalar<'_> {
    values.square().affine(-1.0, 1.0).square().sum().mean() * (1.0 / values.features() as f64)
}

impl<'g> Play<'g> {
    /// Bob should read, the Eves should be at chance, and the Eves want to read.
    pub(super) fn objectives(&self, table: &Table<'g>, terms: Terms) -> Objectives {
        let Self { plaintext: p, by_bob, wanted, .. } = *self;
        let n = p.features() as f64;
        let m = wanted.features();
        // Over bits, Bob's outputs have no bounds, so only his hard decisions are counted.
        let over_bits = table.rules.channel == Channel::Bits;
        let bob_wrong = wrong_by_bit(p, if over_bits { by_bob.sign() } else { by_bob });
        let bob_loss = match terms.bob {
            BobTerm::PerBit => bob_wrong.sum().mean() * (1.0 / n),
            BobTerm::Summed => bob_wrong.sum().mean(),
            BobTerm::Squared => (p - by_bob).square().sum().mean() * (1.0 / n),
        };
        let pairs = self.by_eves.iter().any(|by_eve| by_eve.features() > m).then(|| products_of_two(table.g, wanted));
        let wrong = |said: Var<'g>| match pairs {
            Some(pairs) if said.features() > m => wrong_by_bit(table.g.concat(&[wanted, pairs]), said),
            _ => wrong_by_bit(wanted, said),
        };
        let secrecy = |by_eve: &Var<'g>| {
            let eve_wrong = wrong(*by_eve);
            match terms.eve {
                // (N/2 - e)^2 / (N/2)^2 = (1 - 2 e / N)^2
                EveTerm::PerExample => eve_wrong.sum().affine(-2.0 / by_eve.features() as f32, 1.0).square().mean(),
                EveTerm::Nothing => table.g.constant(0.0),
                EveTerm::PerBit => {
                    let terms = (0..by_eve.features()).map(|i| {
                        let advantage = table.g.constant(1.0) - eve_wrong.slice(i, 1).mean() * 2.0;
                        advantage * advantage
                    });
                    terms.reduce(|a, b| a + b).expect("Eve says something") * (1.0 / m as f64)
                }
            }
        };
        let some = "there is an Eve";
        let eves_loss = self.by_eves.iter().map(secrecy).reduce(|a, b| a + b).expect(some);
        let eves_error = self.by_eves.iter().map(|by_eve| wrong(*by_eve).sum().mean());

        let bob_hard = wrong_by_bit(p, by_bob.sign());
        let counted = n as f32 / m as f32;
        let eve_wrong = |by_eve: &Var<'g>| {
            let bits = by_eve.slice(0, m);
            [bits, bits.sign()].map(|said| wrong_by_bit(wanted, said).sum().affine(counted, 0.0).id())
        };
        let mut alice_bob = bob_loss + eves_loss * (1.0 / self.by_eves.len() as f64);
        if over_bits {
            alice_bob = alice_bob + constant_modulus(self.values) * terms.modulus;
        }
        let eve_targets = self.by_eves.iter().filter(|_| over_bits).map(|by_eve| wrong(by_eve.sign()));
        let each = |wrong: Var<'_>| (0..wrong.features()).map(|i| wrong.slice(i, 1).id()).collect::<Vec<_>>();
        Objectives {
            ciphertext: self.ciphertext.id(),
            alice_bob: alice_bob.id(),
            eve: eves_error.reduce(|a, b| a + b).expect(some).id(),
            errors: Errors::Bits(WrongBits {
                bob: [bob_wrong.sum().id(), bob_hard.sum().id()],
                eves: self.by_eves.iter().map(eve_wrong).collect(),
                bob_by_bit: (0..p.features()).map(|i| bob_hard.slice(i, 1).id()).collect(),
            }),
            eve_targets: eve_targets.flat_map(each).collect(),
        }
    }
}

impl Objectives {
    /// The game with its finished program.
    pub(super) fn of(self, program: Program, rules: &Rules) -> Game {
        let Self { ciphertext, alice_bob, eve, errors, eve_targets } = self;
        let allies: &[&str] = match rules.game {
            GameKind::Symmetric | GameKind::ChosenPlaintext | GameKind::Selective => &["alice", "bob"],
            GameKind::Asymmetric => &["generator", "alice", "bob"],
        };
        let eves = rules.eve_names();
        Game { program, ciphertext, allies, alice_bob, eves, eve, errors, eve_targets }
    }
}
