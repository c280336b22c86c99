//! The experiments, one file each. To add one: a file with a `Definition`, a variant here, and a command in the CLI.

mod ablation;
mod bits;
mod cryptonet;
mod definition;
mod fig2;
mod fig3;
mod fig4;
mod fig6;
mod leaked_keys;
mod lengths;
mod recipes;
mod short_keys;
mod strong_eve;

pub(super) use definition::Definition;
pub use recipes::Scale;

use super::trials::Group;
use recipes::Recipes;

/// An experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experiment {
    /// One training: both errors against rounds (figure 2).
    Fig2,
    /// Trainings of the symmetric game, and fresh Eves against each that succeeds (figure 3).
    Fig3,
    /// Figure 3 with one choice changed at a time.
    Ablation,
    /// Messages of other lengths, and a smaller batch.
    Lengths,
    /// Keys shorter than the message.
    ShortKeys,
    /// Key bits that Eve is given.
    LeakedKeys,
    /// One cipher against Eves of growing strength.
    StrongEve,
    /// Trainings of the selective game (figure 4).
    Fig4,
    /// Trainings of the asymmetric game, and fresh Eves (appendix A).
    Fig6,
    /// CryptoNet against no Eve, a plain Eve and a chosen-plaintext Eve (Coutinho et al. 2018).
    CryptoNet,
    /// Ciphers over bits, with one part of the recipe changed at a time.
    Bits,
}

impl std::str::FromStr for Experiment {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|experiment| experiment.name() == name);
        found.ok_or_else(|| format!("experiments are {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl Experiment {
    /// All experiments.
    pub const ALL: [Self; 11] = [
        Self::Fig2,
        Self::Fig3,
        Self::Ablation,
        Self::Lengths,
        Self::ShortKeys,
        Self::LeakedKeys,
        Self::StrongEve,
        Self::Fig4,
        Self::Fig6,
        Self::CryptoNet,
        Self::Bits,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The description, in one line.
    pub fn words(self) -> &'static str {
        self.definition().words
    }

    /// The trials, with seeds from 1 on. `runs` is the number of trainings per group; the experiment sets it if absent.
    pub fn groups(self, scale: Scale, runs: Option<u64>) -> Vec<Group> {
        let definition = self.definition();
        let own = if scale == Scale::Quick { definition.runs.0 } else { definition.runs.1 };
        (definition.groups)(&Recipes::new(scale, runs.unwrap_or(own)))
    }

    pub(super) fn definition(self) -> &'static Definition {
        match self {
            Self::Fig2 => &fig2::DEFINITION,
            Self::Fig3 => &fig3::DEFINITION,
            Self::Ablation => &ablation::DEFINITION,
            Self::Lengths => &lengths::DEFINITION,
            Self::ShortKeys => &short_keys::DEFINITION,
            Self::LeakedKeys => &leaked_keys::DEFINITION,
            Self::StrongEve => &strong_eve::DEFINITION,
            Self::Fig4 => &fig4::DEFINITION,
            Self::Fig6 => &fig6::DEFINITION,
            Self::CryptoNet => &cryptonet::DEFINITION,
            Self::Bits => &bits::DEFINITION,
        }
    }
}
