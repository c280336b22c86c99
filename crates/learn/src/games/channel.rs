//! The channel between Alice and her readers: what of her values is sent.

use evesdrop_engine::{Feed, Recorder, TILE, Var};
use serde::{Deserialize, Serialize};

/// What of Alice's values is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// The values themselves, real numbers.
    #[default]
    Real,
    /// Their signs: one bit per value.
    Bits,
}

impl std::str::FromStr for Channel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        crate::names::parse("channel", name)
    }
}

impl Channel {
    pub(super) fn is_real(&self) -> bool {
        *self == Self::Real
    }

    /// Records what is sent of Alice's `values`.
    pub fn send(self, values: Var<'_>) -> Var<'_> {
        match self {
            Self::Real => values,
            Self::Bits => values.sign(),
        }
    }
}

/// The data source of a recorded game over bits.
const SOURCE: &str = "transmission";

/// How a batch is transmitted over a channel for bits: the only data of a recorded game, and not used over a channel for real numbers.
/// Training moves the channel from real numbers to bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transmission {
    /// 0: Alice's values are sent. 1: their signs. In between, a mixture of both.
    pub hardness: f32,
    /// Deviation of the normal noise that is added to every value.
    pub noise: f32,
    /// The value whose sign is flipped, if any.
    pub flipped: Option<usize>,
}

impl Transmission {
    /// Bits without noise, as a trained cipher sends them.
    pub const BITS: Self = Self { hardness: 1.0, noise: 0.0, flipped: None };
}

impl Feed for Transmission {
    /// The hardness, the noise, then for each value 1 or, if it is flipped, -1.
    fn fill(&self, name: &str, _tile: usize, feature: usize, row: &mut [f32; TILE]) {
        assert_eq!(name, SOURCE, "a game has no other data");
        row.fill(match feature {
            0 => self.hardness,
            1 => self.noise,
            _ if self.flipped == Some(feature - 2) => -1.0,
            _ => 1.0,
        });
    }
}

/// Records the transmission of Alice's `values` over a channel for bits. The gradient passes the sign as if it were not there (Y.
/// Bengio et al., "Estimating or propagating gradients through stochastic neurons", 2013).
pub(super) fn transmit<'g>(g: &'g Recorder, values: Var<'g>) -> Var<'g> {
    let bits = values.features();
    let how = g.data(SOURCE, 2 + bits);
    let (hardness, noise, flip) = (how.slice(0, 1), how.slice(1, 1), how.slice(2, bits));
    (values + (values.sign() - values) * hardness) * flip + g.normals("noise", bits) * noise
}
