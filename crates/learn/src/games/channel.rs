//! The channel between Alice and her readers: what of her values is sent.

use evesdrop_engine::{Feed, Recorder, TILE, Var};
use serde::{Deserialize, Serialize};

/// Most bits per value of [`Channel::Quantised`].
const MOST_BITS: u8 = 4;

/// What of Alice's values is sent. In text: `real`, `bits`, `quantised:B` or `noisy:SIGMA`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Channel {
    /// The values themselves, real numbers.
    #[default]
    Real,
    /// Their signs: one bit per value. Training begins with real values and moves to bits.
    Bits,
    /// The middle of the step in which a value lies, of 2^B equal steps of [-1, 1]: B bits per value, 1 to 4.
    Quantised(u8),
    /// The values with independent normal noise of this deviation, above 0 and at most 1. Attacks see the values before the noise.
    Noisy(f64),
}

impl std::str::FromStr for Channel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let channel = match name.split_once(':') {
            None if name == "real" => Some(Self::Real),
            None if name == "bits" => Some(Self::Bits),
            Some(("quantised", bits)) => {
                bits.parse().ok().filter(|bits| (1..=MOST_BITS).contains(bits)).map(Self::Quantised)
            }
            Some(("noisy", deviation)) => {
                deviation.parse().ok().filter(|deviation| *deviation > 0.0 && *deviation <= 1.0).map(Self::Noisy)
            }
            _ => None,
        };
        channel.ok_or_else(|| {
            format!(
                "no channel `{name}`, expected `real`, `bits`, `quantised:B` (B from 1 to {MOST_BITS} bits per value) or `noisy:SIGMA` \
                 (above 0, at most 1)"
            )
        })
    }
}

impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Real => f.write_str("real"),
            Self::Bits => f.write_str("bits"),
            Self::Quantised(bits) => write!(f, "quantised:{bits}"),
            Self::Noisy(deviation) => write!(f, "noisy:{deviation}"),
        }
    }
}

impl TryFrom<String> for Channel {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.to_string()
    }
}

impl Channel {
    pub(super) fn is_real(&self) -> bool {
        *self == Self::Real
    }

    /// Records what is sent of Alice's `values` after training, before noise.
    pub fn send(self, values: Var<'_>) -> Var<'_> {
        match self {
            Self::Real | Self::Noisy(_) => values,
            Self::Bits => values.sign(),
            Self::Quantised(bits) => quantised(values, bits),
        }
    }

    /// The thresholds between the steps of a quantised channel, and half the height of a step; empty for other channels.
    pub fn thresholds(self) -> (Vec<f32>, f32) {
        let Self::Quantised(bits) = self else { return (vec![], 0.0) };
        let half = 1.0 / f32::from(1u16 << bits);
        ((1..1u16 << bits).map(|step| 2.0 * half * f32::from(step) - 1.0).collect(), half)
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

/// The middle of the step in which each value lies, as a sum of signs. The gradient of each sign is that of the identity, so the sum's
/// gradient is 1 - 2^-bits.
fn quantised(values: Var<'_>, bits: u8) -> Var<'_> {
    let (thresholds, half) = Channel::Quantised(bits).thresholds();
    let signs = thresholds.into_iter().map(|threshold| values.affine(1.0, -threshold).sign());
    signs.reduce(|sum, sign| sum + sign).expect("one threshold at least") * half
}

/// Records the transmission of Alice's `values` in a game. The gradient passes the sign as if it were not there (Y. Bengio et al.,
/// "Estimating or propagating gradients through stochastic neurons", 2013).
pub(super) fn transmit<'g>(g: &'g Recorder, channel: Channel, values: Var<'g>) -> Var<'g> {
    match channel {
        Channel::Bits => transmit_bits(g, values),
        Channel::Noisy(deviation) => values + g.normals("noise", values.features()) * deviation as f32,
        Channel::Real | Channel::Quantised(_) => channel.send(values),
    }
}

/// Transmission over a channel for bits, as [`Transmission`] says.
fn transmit_bits<'g>(g: &'g Recorder, values: Var<'g>) -> Var<'g> {
    let bits = values.features();
    let how = g.data(SOURCE, 2 + bits);
    let (hardness, noise, flip) = (how.slice(0, 1), how.slice(1, 1), how.slice(2, bits));
    (values + (values.sign() - values) * hardness) * flip + g.normals("noise", bits) * noise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_named_in_text() {
        for channel in [Channel::Real, Channel::Bits, Channel::Quantised(3), Channel::Noisy(0.25)] {
            assert_eq!(channel.to_string().parse(), Ok(channel));
        }
        for bad in [
            "",
            "bit",
            "quantised",
            "quantised:0",
            "quantised:5",
            "quantised:x",
            "noisy:0",
            "noisy:nan",
            "noisy:2",
            "real:1",
        ] {
            let error = bad.parse::<Channel>().unwrap_err();
            assert!(error.starts_with(&format!("no channel `{bad}`, expected `real`")), "{error}");
        }
    }

    #[test]
    fn thresholds_lie_between_equal_steps() {
        assert_eq!(Channel::Quantised(1).thresholds(), (vec![0.0], 0.5));
        assert_eq!(Channel::Quantised(2).thresholds(), (vec![-0.5, 0.0, 0.5], 0.25));
    }
}
