//! Networks for attackers, trained by attacks and used as Eves in games. Each reads features and outputs one value per bit to
//! predict; the sign of a value is the predicted bit.
use evesdrop_engine::{Conv, Init, Recorder, Tensor, Var};

use super::{Initialisation, Network};

/// Channels of the convolutions of [`EveNetwork::Gohr`].
const CHANNELS: usize = 32;
/// Number of sums in [`EveNetwork::Angles`]. With 128, fewer CryptoNets become secret (docs/science/cryptonet-tuning.md).
const ANGLES: usize = 512;

/// An attacker's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EveNetwork {
    /// The paper's Eve: "mix & transform" (Abadi and Andersen, section 2.3).
    Paper,
    /// A multilayer perceptron with one wide hidden layer.
    Wide,
    /// A multilayer perceptron with four hidden layers.
    Deep,
    /// A dense residual network with two blocks.
    Residual,
    /// Products of two linear maps of the input, h = (U x + a) * (V x + b), and products of those, as needed for XORs.
    Product,
    /// One linear map of all values and of the products of every two. If the values are bits, these products are their XORs.
    Quadratic,
    /// Cosines of sums of angles, as in CryptoNet. An input x in [-1, 1] has the angle arccos(-x), and cos(sum of w_i angle_i)
    /// is the XOR of the bits whose weights are odd.
    Angles,
    /// Two ciphertexts and their products (for bits: their XOR), through hidden layers.
    Pair,
    /// A convolutional network after A. Gohr, "Improving attacks on round-reduced Speck32/64 using deep learning" (CRYPTO
    /// 2019). The input is two ciphertexts of two words each, arranged as positions by words. A convolution of width 1 is
    /// followed by residual blocks of two convolutions of width 3 and two hidden layers.
    ///
    /// The inputs are the XOR of the left words, both right words and their XOR. The left words themselves are left out: in
    /// ciphers with two words, the last round's key masks the left one (after the unkeyed part is removed), and noise slows
    /// learning. There is no batch normalisation; instead each block starts near the identity.
    Gohr {
        /// Number of residual blocks.
        blocks: usize,
    },
}

/// He initialisation for layers followed by a rectifier (K. He et al., arXiv 1502.01852, 2015): variance 2 / inputs.
fn he(inputs: usize) -> Init {
    Init::Normal { deviation: (2.0 / inputs as f64).sqrt() }
}

fn xavier(fan_in: usize, fan_out: usize) -> Init {
    Init::Xavier { fan_in, fan_out }
}

/// Units of a hidden layer: grows with the features, within limits.
fn hidden(features: usize) -> usize {
    (4 * features).next_power_of_two().clamp(32, 128)
}

/// Records the layers of the network called `name`.
struct Layers<'g, 'n> {
    g: &'g Recorder,
    name: &'n str,
}

impl<'g> Layers<'g, '_> {
    fn dense(&self, name: &str, x: Var<'g>, outputs: usize, init: Init) -> Var<'g> {
        self.g.dense(&format!("{}.{name}", self.name), x, outputs, init)
    }

    fn rectified(&self, name: &str, x: Var<'g>, outputs: usize) -> Var<'g> {
        self.dense(name, x, outputs, he(x.features())).leaky_relu(0.01)
    }

    fn product(&self, name: &str, x: Var<'g>, outputs: usize) -> Var<'g> {
        let half = |side: &str| self.dense(&format!("{name}.{side}"), x, outputs, xavier(x.features(), outputs));
        half("left") * half("right")
    }

    fn conv(&self, name: &str, x: Var<'g>, window: usize, in_channels: usize, init: Init) -> Var<'g> {
        let shape = Conv { window, in_channels, out_channels: CHANNELS, stride: 1 };
        self.g.conv(&format!("{}.{name}", self.name), x, shape, init)
    }

    /// The last layer starts at zero, so an untrained network predicts nothing.
    fn output(&self, x: &[Var<'g>], outputs: usize) -> Var<'g> {
        self.dense("output", self.g.concat(x), outputs, Init::Zeros)
    }
}

impl EveNetwork {
    /// The description in reports.
    pub fn words(self) -> String {
        match self {
            Self::Paper => "the paper's network".into(),
            Self::Wide => "a wide dense network".into(),
            Self::Deep => "a deep dense network".into(),
            Self::Residual => "a residual network".into(),
            Self::Product => "a network of products".into(),
            Self::Quadratic => "a linear map of values and products of two".into(),
            Self::Angles => "a network of sums of angles".into(),
            Self::Pair => "a dense network over pairs".into(),
            Self::Gohr { blocks } => {
                let plural = if blocks == 1 { "" } else { "s" };
                format!("a convolutional network with {blocks} residual block{plural} over pairs of words")
            }
        }
    }

    /// Records the network as `name` with input `x`. Returns one value per bit to predict, `outputs` in all.
    pub fn record<'g>(self, g: &'g Recorder, name: &str, x: Var<'g>, outputs: usize) -> Var<'g> {
        let layers = Layers { g, name };
        let width = hidden(x.features());
        match self {
            Self::Paper => Network::Paper.apply(g, name, &[x], outputs, Initialisation::Doubled),
            Self::Wide => {
                let h = layers.rectified("hidden", x, 4 * width);
                layers.output(&[h, x], outputs)
            }
            Self::Deep => {
                let h = (0..4).fold(x, |h, i| layers.rectified(&format!("hidden{i}"), h, width));
                layers.output(&[h, x], outputs)
            }
            Self::Residual => {
                let first = layers.dense("first", x, width, xavier(x.features(), width));
                let h = (0..2).fold(first, |h, i| {
                    let inner = layers.rectified(&format!("block{i}.in"), h, width);
                    h + layers.dense(&format!("block{i}.out"), inner, width, Init::Normal { deviation: 0.01 })
                });
                layers.output(&[h, x], outputs)
            }
            Self::Product => {
                let h = layers.product("first", x, width);
                let second = layers.product("second", g.concat(&[h, x]), width);
                layers.output(&[second, h, x], outputs)
            }
            Self::Quadratic => layers.output(&[x, products_of_two(g, x)], outputs),
            Self::Angles => {
                // Weights count modulo 2. With such a wide initial distribution they are equally likely to be near odd and even
                // numbers.
                let init = Init::Normal { deviation: 2.0 };
                let h = layers.dense("angles", (-x).acos(), ANGLES, init).cos();
                layers.output(&[h, x], outputs)
            }
            Self::Pair => {
                let half = x.features() / 2;
                let seen = g.concat(&[x, x.slice(0, half) * x.slice(half, half)]);
                let h = (0..2).fold(seen, |h, i| layers.rectified(&format!("hidden{i}"), h, width));
                layers.output(&[h, seen], outputs)
            }
            Self::Gohr { blocks } => gohr(&layers, x, blocks, outputs),
        }
    }

    /// Multiplications of training on one example: one forward pass, and twice as many for the backward pass.
    pub fn cost(self, features: usize, outputs: usize) -> u64 {
        let g = Recorder::new();
        self.record(&g, "eve", g.data("input", features), outputs);
        let positions = if matches!(self, Self::Gohr { .. }) { features / 4 } else { 2 * outputs };
        let program = g.finish();
        let uses = |tensor: &Tensor| if tensor.shape.len() == 3 { positions } else { 1 };
        program.layout().tensors().iter().map(|tensor| 3 * (tensor.len() * uses(tensor)) as u64).sum()
    }
}

/// The products of every two features.
///
/// # Panics
/// If there is only one feature.
pub(crate) fn products_of_two<'g>(g: &'g Recorder, x: Var<'g>) -> Var<'g> {
    let products = (0..x.features()).flat_map(|i| (i + 1..x.features()).map(move |j| x.slice(i, 1) * x.slice(j, 1)));
    g.concat(&products.collect::<Vec<_>>())
}

fn gohr<'g>(layers: &Layers<'g, '_>, x: Var<'g>, blocks: usize, outputs: usize) -> Var<'g> {
    let word = x.features() / 4;
    let [left, right, left2, right2] = [0, 1, 2, 3].map(|i| x.slice(i * word, word));
    let words = [left * left2, right, right2, right * right2];
    let by_position: Vec<Var<'g>> =
        (0..word).flat_map(|position| words.iter().map(move |word| word.slice(position, 1))).collect();
    let first = layers.conv("conv", layers.g.concat(&by_position), 1, words.len(), he(words.len())).relu();
    let h = (0..blocks).fold(first, |h, i| {
        let inner = layers.conv(&format!("block{i}.in"), h, 3, CHANNELS, he(3 * CHANNELS)).relu();
        let init = Init::Normal { deviation: 0.3 * (2.0 / (3 * CHANNELS) as f64).sqrt() };
        h + layers.conv(&format!("block{i}.out"), inner, 3, CHANNELS, init)
    });
    let h = layers.dense("hidden0", h, 64, he(h.features())).relu();
    let h = layers.dense("hidden1", h, 64, he(64)).relu();
    layers.output(&[h], outputs).tanh()
}
