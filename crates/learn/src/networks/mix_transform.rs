//! The "mix & transform" network of M. Abadi and D. G. Andersen, "Learning to protect communications with adversarial neural
//! cryptography" (arXiv 1610.06918), section 2.3, and the variant of their released code.

use evesdrop_engine::{Conv, Init, Layout, Recorder, Var};
use serde::{Deserialize, Serialize};

use super::crypto_net;

/// The architecture of Alice's and Bob's networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// The paper's network: dense layer, sigmoid, four convolutions (section 2.3).
    Paper,
    /// The network of the released code (tensorflow/models, research/adversarial_crypto): the dense layer has no activation,
    /// and three convolutions follow.
    Released,
    /// A multilayer perceptron: 2N hidden units and N outputs, each layer with a hyperbolic tangent.
    Dense,
    /// Each output is the product of two linear maps of the inputs, (x U + a) * (x V + b). XORs of bits are made of products; of
    /// which bits, training has to find. The outputs have no bounds.
    Product,
    /// The network of Coutinho et al. (2018), which adds angles. [`crate::networks::RoundedSums`] interprets its weights.
    #[serde(rename = "cryptonet")]
    CryptoNet,
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        crate::names::parse("network", name)
    }
}

/// The initial distribution of weights and biases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialisation {
    /// Weights as in Glorot and Bengio (AISTATS 2010, equation 16), biases 0.
    Xavier,
    /// The same, with doubled weights in the convolutions.
    ///
    /// A sigmoid's slope is at most 1/4, so with Xavier's weights the signal shrinks with every layer, and training spends the
    /// first thousand rounds or more amplifying it.
    Doubled,
    /// Weights normal with deviation 1, truncated at two deviations, biases 0: TensorFlow's default in 2016.
    TruncatedNormal,
}

struct Layer {
    name: &'static str,
    conv: Conv,
}

const fn layer(name: &'static str, window: usize, in_channels: usize, out_channels: usize, stride: usize) -> Layer {
    Layer { name, conv: Conv { window, in_channels, out_channels, stride } }
}

/// The layers after a dense layer with sigmoid and 2N outputs (paper, section 2.3 and figure 1).
const PAPER: [Layer; 4] =
    [layer("conv1", 4, 1, 2, 1), layer("conv2", 2, 2, 4, 2), layer("conv3", 1, 4, 4, 1), layer("conv4", 1, 4, 1, 1)];
/// The layers after a dense layer with 2N outputs and no activation.
const RELEASED: [Layer; 3] = [layer("conv1", 2, 1, 2, 2), layer("conv2", 1, 2, 2, 1), layer("conv3", 1, 2, 1, 1)];

impl Network {
    fn layers(self) -> &'static [Layer] {
        match self {
            Self::Paper => &PAPER,
            Self::Released => &RELEASED,
            Self::CryptoNet | Self::Dense | Self::Product => &[],
        }
    }

    /// The name used in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Released => "released",
            Self::Dense => "dense",
            Self::Product => "product",
            Self::CryptoNet => "cryptonet",
        }
    }

    /// Number of outputs of the dense layer in a network with `bits` outputs.
    pub fn mixed(self, bits: usize) -> usize {
        if self == Self::CryptoNet { bits } else { 2 * bits }
    }

    /// The value of a bit at the input of the dense layer.
    pub fn code(self, bit: bool) -> f32 {
        match (self, bit) {
            (Self::CryptoNet, true) => std::f32::consts::PI,
            (Self::CryptoNet, false) => 0.0,
            (_, true) => 1.0,
            (_, false) => -1.0,
        }
    }

    /// Records the network called `name` with the concatenated `inputs`. It has `bits` outputs, in (-1, 1) except
    /// those of [`Network::Product`].
    ///
    /// A dense layer mixes all inputs into 2 `bits` values. In the paper's networks, convolutions transform these locally, with sigmoids in between and
    /// a hyperbolic tangent at the end. [`Network::Dense`] has a second dense layer instead.
    pub fn apply<'g>(
        self,
        g: &'g Recorder,
        name: &str,
        inputs: &[Var<'g>],
        bits: usize,
        start: Initialisation,
    ) -> Var<'g> {
        let x = g.concat(inputs);
        if self == Self::CryptoNet {
            return crypto_net::apply(g, name, x, bits, start.init(x.features(), bits));
        }
        let fan_out = if self == Self::Product { bits } else { 2 * bits };
        let mixed = g.dense(&format!("{name}.dense"), x, 2 * bits, start.init(x.features(), fan_out));
        self.transform(g, name, mixed, start)
    }

    /// Records the part after the dense layer of the network called `name`. `mixed` are the outputs of the dense layer.
    pub fn transform<'g>(self, g: &'g Recorder, name: &str, mixed: Var<'g>, start: Initialisation) -> Var<'g> {
        let mut h = match self {
            Self::Paper => mixed.sigmoid(),
            Self::Released => mixed,
            Self::CryptoNet => return crypto_net::value(mixed),
            Self::Dense => {
                let bits = mixed.features() / 2;
                let init = start.init(mixed.features(), bits);
                return g.dense(&format!("{name}.dense2"), mixed.tanh(), bits, init).tanh();
            }
            Self::Product => {
                let bits = mixed.features() / 2;
                return mixed.slice(0, bits) * mixed.slice(bits, bits);
            }
        };
        let layers = self.layers();
        for (i, Layer { name: layer, conv }) in layers.iter().enumerate() {
            let (fan_in, fan_out) = (conv.window * conv.in_channels, conv.window * conv.out_channels);
            h = g.conv(&format!("{name}.{layer}"), h, *conv, start.init(fan_in, fan_out));
            h = if i + 1 < layers.len() { h.sigmoid() } else { h.tanh() };
        }
        h
    }
}

impl Initialisation {
    fn init(self, fan_in: usize, fan_out: usize) -> Init {
        match self {
            Self::Xavier | Self::Doubled => Init::Xavier { fan_in, fan_out },
            Self::TruncatedNormal => Init::TruncatedNormal { deviation: 1.0 },
        }
    }

    /// Initial parameters for a program whose networks are recorded with this initialisation.
    pub fn parameters(self, layout: &Layout, seed: u64) -> Vec<f32> {
        let mut values = layout.initialise(seed);
        if self == Self::Doubled {
            let is_conv = |name: &str| name.contains(".conv") && name.ends_with(".weight");
            for tensor in layout.tensors().iter().filter(|t| is_conv(&t.name)) {
                values[tensor.range()].iter_mut().for_each(|w| *w *= 2.0);
            }
        }
        values
    }
}
