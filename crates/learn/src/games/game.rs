//! What games have in common: the table that they are played at, and, for those over bits, what the players minimise.

use evesdrop_engine::{Program, Recorder, ScalarId, Var, VarId};
use serde::{Deserialize, Serialize};

use super::{GameKind, Rules};
use crate::networks::Initialisation;

/// How Alice and Bob are told to keep Eve at chance. Eve's wrong bits beyond half are never rewarded: she could flip them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EveTerm {
    /// The paper's: (N/2 - e)^2 / (N/2)^2 for Eve's wrong bits e of each example, averaged over the batch. For an Eve who
    /// guesses hard it is 1/N even at chance, by the spread of e.
    PerExample,
    /// (1 - 2 e_i)^2 averaged over the bits i, where e_i is the part of the batch in which Eve has bit i wrong. Nothing is
    /// paid for the spread of e, and no bit that Eve reads can hide behind others that she has wrong too often.
    PerBit,
    /// Nothing: they play as if there were no Eve. She learns all the same, and says what they gave away.
    Nothing,
}

/// How Alice and Bob are told that Bob is to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BobTerm {
    /// His wrong bits divided by N: the released code's.
    #[default]
    PerBit,
    /// His wrong bits: N times as much beside Eve's term. The paper's text, read literally (section 2.4), says this.
    Summed,
}

/// What Alice and Bob minimise, in the games over bits: a term of Bob's errors and one of the Eves'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Bob's.
    pub bob: BobTerm,
    /// The Eves'.
    pub eve: EveTerm,
}

impl From<EveTerm> for Terms {
    /// With Bob's term per bit.
    fn from(eve: EveTerm) -> Self {
        Self { bob: BobTerm::PerBit, eve }
    }
}

/// A recorded game.
#[derive(Debug)]
pub struct Game {
    /// Sources `plaintext` (or `plaintext0`, `plaintext1` and `choice`), `key` and perhaps `random`; networks `alice`, `bob`,
    /// perhaps `generator`, and the Eves.
    pub program: Program,
    /// Alice's values.
    pub ciphertext: VarId,
    /// The networks that minimise `alice_bob` together.
    pub allies: &'static [&'static str],
    /// What Alice and Bob minimise.
    pub alice_bob: ScalarId,
    /// The Eves' networks: `eve`, `eve2` and so on.
    pub eves: Vec<String>,
    /// What the Eves minimise: the sum of their mean errors. Each sees her own part only.
    pub eve: ScalarId,
    /// How well they do.
    pub errors: Errors,
}

/// Values of one feature whose means over a batch say how well the players do.
#[derive(Clone, Debug)]
pub enum Errors {
    /// In a game over bits.
    Bits(WrongBits),
    /// In the selective game.
    Values(SquaredErrors),
}

/// Wrong bits of a message.
#[derive(Clone, Debug)]
pub struct WrongBits {
    /// Bob's: soft, and after hard decisions.
    pub bob: [VarId; 2],
    /// Each Eve's, likewise. N/2 is chance in every game: where Eve says one bit instead of a message of N, it is counted N times.
    pub eves: Vec<[VarId; 2]>,
    /// For each plaintext bit, 1 where Bob's hard decision is wrong.
    pub bob_by_bit: Vec<VarId>,
}

/// Squared errors of estimates.
#[derive(Clone, Debug)]
pub struct SquaredErrors {
    /// Of D, by what everybody reads.
    pub public: VarId,
    /// Of D, by Bob.
    pub bob: VarId,
    /// For each Eve, of what she estimates: by her, and by a blind one who knows no more than its mean.
    pub eves: Vec<[VarId; 2]>,
}

impl Errors {
    /// Both errors of each Eve: soft and hard wrong bits, or hers and a blind one's.
    pub fn eves(&self) -> &[[VarId; 2]] {
        match self {
            Self::Bits(WrongBits { eves, .. }) | Self::Values(SquaredErrors { eves, .. }) => eves,
        }
    }

    /// All of them: Bob's (and the public ones) first, the Eves' last, both of an Eve together.
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

/// Makes a source of so many features.
pub(super) type Draw = for<'g> fn(&'g Recorder, &str, usize) -> Var<'g>;

/// Where a game is recorded.
pub(super) struct Table<'g> {
    pub g: &'g Recorder,
    pub rules: &'g Rules,
    pub start: Initialisation,
    pub draw: Draw,
}

/// What was played.
pub(super) struct Play<'g> {
    pub plaintext: Var<'g>,
    pub ciphertext: Var<'g>,
    pub by_bob: Var<'g>,
    /// What the Eves want to know, and what each of them says.
    pub wanted: Var<'g>,
    pub by_eves: Vec<Var<'g>>,
}

/// A game but for its program.
pub(super) struct Objectives {
    pub ciphertext: VarId,
    pub alice_bob: ScalarId,
    pub eve: ScalarId,
    pub errors: Errors,
}

impl<'g> Table<'g> {
    /// `count` bits that the players do not choose.
    pub(super) fn source(&self, name: &str, count: usize) -> Var<'g> {
        (self.draw)(self.g, name, count)
    }

    /// A player's network: as many values as a message has bits.
    pub(super) fn network(&self, name: &str, inputs: &[Var<'g>]) -> Var<'g> {
        self.rules.network.apply(self.g, name, inputs, self.rules.bits, self.start)
    }

    /// What each Eve says of the bits `wanted`, in (-1, 1).
    pub(super) fn eves(&self, inputs: &[Var<'g>], wanted: Var<'g>) -> Vec<Var<'g>> {
        let outputs = wanted.features();
        let say = |(name, kind): (String, &super::EveKind)| match kind.net() {
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

impl<'g> Play<'g> {
    /// Bob is to read and the Eves are to be at chance; the Eves want to read.
    pub(super) fn objectives(&self, table: &Table<'g>, terms: Terms) -> Objectives {
        let Self { plaintext: p, by_bob, wanted, .. } = *self;
        let n = p.features() as f64;
        let m = wanted.features();
        let bob_wrong = wrong_by_bit(p, by_bob);
        let bob_loss = match terms.bob {
            BobTerm::PerBit => bob_wrong.sum().mean() * (1.0 / n),
            BobTerm::Summed => bob_wrong.sum().mean(),
        };
        let secrecy = |by_eve: &Var<'g>| {
            let eve_wrong = wrong_by_bit(wanted, *by_eve);
            match terms.eve {
                // (N/2 - e)^2 / (N/2)^2 = (1 - 2 e / N)^2
                EveTerm::PerExample => eve_wrong.sum().affine(-2.0 / m as f32, 1.0).square().mean(),
                EveTerm::Nothing => table.g.constant(0.0),
                EveTerm::PerBit => {
                    let terms = (0..m).map(|i| {
                        let advantage = table.g.constant(1.0) - eve_wrong.slice(i, 1).mean() * 2.0;
                        advantage * advantage
                    });
                    terms.reduce(|a, b| a + b).expect("Eve says something") * (1.0 / m as f64)
                }
            }
        };
        let some = "there is an Eve";
        let eves_loss = self.by_eves.iter().map(secrecy).reduce(|a, b| a + b).expect(some);
        let eves_error = self.by_eves.iter().map(|by_eve| wrong_by_bit(wanted, *by_eve).sum().mean());

        let bob_hard = wrong_by_bit(p, by_bob.sign());
        let counted = n as f32 / m as f32;
        let eve_wrong = |by_eve: &Var<'g>| {
            [*by_eve, by_eve.sign()].map(|said| wrong_by_bit(wanted, said).sum().affine(counted, 0.0).id())
        };
        Objectives {
            ciphertext: self.ciphertext.id(),
            alice_bob: (bob_loss + eves_loss * (1.0 / self.by_eves.len() as f64)).id(),
            eve: eves_error.reduce(|a, b| a + b).expect(some).id(),
            errors: Errors::Bits(WrongBits {
                bob: [bob_wrong.sum().id(), bob_hard.sum().id()],
                eves: self.by_eves.iter().map(eve_wrong).collect(),
                bob_by_bit: (0..p.features()).map(|i| bob_hard.slice(i, 1).id()).collect(),
            }),
        }
    }
}

impl Objectives {
    /// The game, now that its program is finished.
    pub(super) fn of(self, program: Program, rules: &Rules) -> Game {
        let Self { ciphertext, alice_bob, eve, errors } = self;
        let allies: &[&str] = match rules.game {
            GameKind::Symmetric | GameKind::ChosenPlaintext | GameKind::Selective => &["alice", "bob"],
            GameKind::Asymmetric => &["generator", "alice", "bob"],
        };
        let eves = rules.eve_names();
        Game { program, ciphertext, allies, alice_bob, eves, eve, errors }
    }
}
