//! The rules of a game: which game, its size, and the Eves.

use evesdrop_engine::{Program, Recorder, VarId};
use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::game::{Draw, EveTerm, Game, Table, Terms};
use super::selective::{Secret, Selective};
use super::{asymmetric, chosen_plaintext, selective, symmetric};
use crate::networks::{EveNetwork, Initialisation, Network};

/// The kind of game.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GameKind {
    /// Symmetric encryption: Alice and Bob share a key (Abadi and Andersen, section 2).
    #[default]
    Symmetric,
    /// Asymmetric encryption: Alice has a public key, Bob the secret key (Abadi and Andersen, appendix A).
    Asymmetric,
    /// Chosen plaintexts: a shared key, and Eve guesses which of two plaintexts was encrypted (Coutinho et al. 2018).
    ChosenPlaintext,
    /// Selective protection: some of four values is published and some hidden (Abadi and Andersen, section 3).
    Selective,
}

impl GameKind {
    /// The name in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Symmetric => "symmetric",
            Self::Asymmetric => "asymmetric",
            Self::ChosenPlaintext => "chosen-plaintext",
            Self::Selective => "selective",
        }
    }
}

impl std::str::FromStr for GameKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        crate::names::parse("game", name)
    }
}

/// The network of an Eve in a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EveKind {
    /// The same network as Alice's and Bob's.
    Same,
    /// One wide hidden layer.
    Wide,
    /// Four hidden layers.
    Deep,
    /// Two residual blocks.
    Residual,
    /// Products of linear maps, as needed for XORs.
    Product,
    /// A linear map of all values and the products of every two. She guesses each message bit and the XOR of every two.
    Quadratic,
    /// Cosines of sums of angles, as in CryptoNet. One such sum represents the XOR of any number of bits.
    Angles,
}

impl std::str::FromStr for EveKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        crate::names::parse("Eve", name)
    }
}

impl EveKind {
    /// The attacker's network, or `None` for that of Alice and Bob.
    pub(super) fn net(self) -> Option<EveNetwork> {
        match self {
            Self::Same => None,
            Self::Wide => Some(EveNetwork::Wide),
            Self::Deep => Some(EveNetwork::Deep),
            Self::Residual => Some(EveNetwork::Residual),
            Self::Product => Some(EveNetwork::Product),
            Self::Quadratic => Some(EveNetwork::Quadratic),
            Self::Angles => Some(EveNetwork::Angles),
        }
    }
}

/// The rules of a game, which determine the shapes of its networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// The game.
    pub game: GameKind,
    /// The architecture of Alice's and Bob's networks.
    pub network: Network,
    /// Bits of a message, N: 4 to 256, with CryptoNet from 2. In the selective game: the number of values that Alice
    /// publishes, the first of which is her estimate of D.
    pub bits: usize,
    /// Bits of a key, 1 to 256; in the asymmetric game, of the secret key.
    pub key_bits: usize,
    /// Random bits for Alice in the asymmetric game, 0 to 256.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub random_bits: usize,
    /// Number of key bits, from the first, that Eve gets in the symmetric game: 0 to all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub leaked_key_bits: usize,
    /// What of Alice's values is sent.
    #[serde(default, skip_serializing_if = "Channel::is_real")]
    pub channel: Channel,
    /// The Eves that Alice and Bob train against simultaneously, 1 to 8.
    #[serde(default = "one_eve", skip_serializing_if = "is_one_eve")]
    pub eves: Vec<EveKind>,
    /// The settings of the selective game.
    #[serde(default, skip_serializing_if = "is_default")]
    pub selective: Selective,
}

fn is_default(selective: &Selective) -> bool {
    *selective == Selective::default()
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn one_eve() -> Vec<EveKind> {
    vec![EveKind::Same]
}

fn is_one_eve(eves: &[EveKind]) -> bool {
    eves == [EveKind::Same]
}

impl Rules {
    /// The paper's symmetric game: no leaked key bits, and one Eve with the same network as Alice and Bob.
    pub fn symmetric(network: Network, bits: usize, key_bits: usize) -> Self {
        Self {
            game: GameKind::Symmetric,
            network,
            bits,
            key_bits,
            random_bits: 0,
            leaked_key_bits: 0,
            channel: Channel::Real,
            eves: one_eve(),
            selective: Selective::default(),
        }
    }

    /// Checks that the rules define a game.
    ///
    /// # Errors
    /// A message for the first rule that is out of range.
    pub fn check(&self) -> Result<(), String> {
        let Self {
            game, network, bits, key_bits, random_bits, leaked_key_bits, channel, ref eves, ref selective, ..
        } = *self;
        let within = |name: &str, value: usize, low: usize, high: usize| match value {
            value if (low..=high).contains(&value) => Ok(()),
            value => Err(format!("{name} = {value}: must be from {low} to {high}")),
        };
        // The convolutions need four bits; angles do not.
        within("bits", bits, if matches!(network, Network::CryptoNet | Network::Product) { 2 } else { 4 }, 256)?;
        within("key-bits", key_bits, 1, 256)?;
        let only = |game| format!("only in the {game} game");
        match game {
            GameKind::Asymmetric => within("random-bits", random_bits, 0, 256)?,
            _ if random_bits > 0 => return Err(format!("random-bits = {random_bits}: {}", only("asymmetric"))),
            _ => {}
        }
        match game {
            GameKind::Symmetric => within("leaked-key-bits", leaked_key_bits, 0, key_bits)?,
            _ if leaked_key_bits > 0 => {
                return Err(format!("leaked-key-bits = {leaked_key_bits}: {}", only("symmetric")));
            }
            _ => {}
        }
        match game {
            GameKind::Selective if matches!(network, Network::CryptoNet | Network::Product) => {
                return Err(format!("network = {}: only in games over bits", network.name()));
            }
            GameKind::Selective => selective.check()?,
            _ if !is_default(selective) => return Err(format!("selective: {}", only("selective"))),
            _ => {}
        }
        if !matches!(game, GameKind::Symmetric | GameKind::ChosenPlaintext) && channel != Channel::Real {
            return Err(format!("channel = {channel}: only in the symmetric and the chosen-plaintext game"));
        }
        if eves.contains(&EveKind::Quadratic) {
            if game != GameKind::Symmetric {
                return Err(format!("eves = quadratic: {}", only("symmetric")));
            }
            // She has about N^4 / 4 weights.
            within("bits (with eves = quadratic)", bits, 2, 32)?;
        }
        within("eves", eves.len(), 1, 8)
    }

    /// Number of public real values per message: Alice's values and, in the asymmetric game, the public key.
    pub fn public_values(&self) -> usize {
        if self.game == GameKind::Asymmetric { 2 * self.bits } else { self.bits }
    }

    /// Records the game on random plaintexts (or values) and keys.
    pub fn record(&self, start: Initialisation, terms: impl Into<Terms>) -> Game {
        self.played(Recorder::bits, start, terms.into(), &vec![Secret::Value; self.eves.len()])
    }

    /// Records the same game on plaintexts and keys that the caller supplies, coded -1 and +1.
    pub fn on_data(&self, start: Initialisation, terms: impl Into<Terms>) -> Game {
        self.played(Recorder::data_bits, start, terms.into(), &vec![Secret::Value; self.eves.len()])
    }

    /// Records Alice alone, from `plaintext`, `key` and perhaps `random` to the public values: her outputs and, in the
    /// asymmetric game, the public key.
    pub fn alice(&self) -> (Program, VarId) {
        let g = Recorder::new();
        let table = Table { g: &g, rules: self, start: Initialisation::Xavier, draw: Recorder::data_bits };
        let seen = if self.game == GameKind::Asymmetric {
            let sent = asymmetric::send(&table);
            g.concat(&[sent.ciphertext, sent.public])
        } else {
            let values =
                table.network("alice", &[table.source("plaintext", self.bits), table.source("key", self.key_bits)]);
            self.channel.send(values)
        };
        let seen = seen.id();
        (g.finish(), seen)
    }

    /// Records the first Eve alone, from `ciphertext` ([`Rules::public_values`] of them) and perhaps the leaked bits of `key` to what
    /// she reads; `None` in the games in which she reads no plaintext.
    pub fn eve(&self) -> Option<(Program, VarId)> {
        if matches!(self.game, GameKind::ChosenPlaintext | GameKind::Selective) {
            return None;
        }
        let g = Recorder::new();
        let table = Table { g: &g, rules: self, start: Initialisation::Xavier, draw: Recorder::data_bits };
        let mut sees = vec![g.data("ciphertext", self.public_values())];
        if self.leaked_key_bits > 0 {
            sees.push(table.source("key", self.leaked_key_bits));
        }
        let guess = table.eves(&sees, table.source("plaintext", self.bits))[0].slice(0, self.bits).id();
        Some((g.finish(), guess))
    }

    /// The same game against other Eves, to be trained from scratch: one of each kind. In the selective game three of each
    /// kind, which estimate C, |C| and C^2.
    pub fn against(&self, kinds: &[EveKind], start: Initialisation) -> Game {
        let each = if self.game == GameKind::Selective { &Secret::ALL[..] } else { &[Secret::Value] };
        let eves = kinds.iter().flat_map(|kind| vec![*kind; each.len()]).collect();
        let secrets: Vec<Secret> = kinds.iter().flat_map(|_| each).copied().collect();
        Self { eves, ..self.clone() }.played(Recorder::bits, start, EveTerm::PerExample.into(), &secrets)
    }

    /// `secrets` are the values that the Eves of the selective game estimate.
    fn played(&self, draw: Draw, start: Initialisation, terms: Terms, secrets: &[Secret]) -> Game {
        let g = Recorder::new();
        let table = Table { g: &g, rules: self, start, draw };
        let objectives = match self.game {
            GameKind::Symmetric => symmetric::play(&table).objectives(&table, terms),
            GameKind::Asymmetric => asymmetric::play(&table).objectives(&table, terms),
            GameKind::ChosenPlaintext => chosen_plaintext::play(&table).objectives(&table, terms),
            GameKind::Selective => selective::play(&table, secrets),
        };
        objectives.of(g.finish(), self)
    }
}
