//! What other programs read: networks as ONNX, safetensors and npz ([`Format`]), metrics for TensorBoard ([`EventFile`]).
//!
//! ```
//! use evesdrop_formats::{Format, networks};
//! use evesdrop_learn::games::Rules;
//! use evesdrop_learn::model::{Model, ModelNote};
//! use evesdrop_learn::networks::Network;
//!
//! let note = ModelNote::new(Rules::symmetric(Network::Paper, 16, 16));
//! let parameters = note.layout().initialise(1);
//! let model = Model::new(note, parameters);
//! assert_eq!(networks(&model), ["alice", "bob", "eve"]);
//! let files = Format::Onnx.files(&model);
//! assert_eq!(files[0].0, "alice.onnx");
//! ```

mod arrays;
mod onnx;
mod schema;
mod tensorboard;

use evesdrop_learn::model::Model;

pub use tensorboard::EventFile;

/// A format for networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// ONNX, opset 17: a file for each network, with bits coded -1 and +1 as inputs.
    Onnx,
    /// Safetensors with the shapes of PyTorch: dense weights (outputs, inputs), convolutions (output channels, input channels, window).
    Safetensors,
    /// The same arrays for `numpy.load`.
    Npz,
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "onnx" => Ok(Self::Onnx),
            "safetensors" => Ok(Self::Safetensors),
            "npz" => Ok(Self::Npz),
            _ => Err(format!("unknown format `{name}`, expected `onnx`, `safetensors` or `npz`")),
        }
    }
}

impl Format {
    /// The files of a model in this format: names and bytes. The same model gives the same bytes.
    pub fn files(self, model: &Model) -> Vec<(String, Vec<u8>)> {
        match self {
            Self::Onnx => {
                let names = networks(model).into_iter();
                names.map(|name| (format!("{name}.onnx"), onnx::network(model, &name))).collect()
            }
            Self::Safetensors => vec![("networks.safetensors".into(), arrays::safetensors(model))],
            Self::Npz => vec![("networks.npz".into(), arrays::npz(model))],
        }
    }
}

/// The networks of a model that [`Format::Onnx`] has: `alice`, `bob`, in the asymmetric game `generator`, and the Eves whose network is
/// of the same kind as theirs (`eve`, `eve2` and so on).
pub fn networks(model: &Model) -> Vec<String> {
    onnx::names(&model.note.rules)
}
