//! Parameters: named tensors in one flat buffer, and their files.

use std::collections::HashMap;
use std::ops::Range;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::random::Stream;

/// The initial distribution of a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All zeros.
    Zeros,
    /// Uniform in ±sqrt(6 / (fan_in + fan_out)): X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
    /// feedforward neural networks", AISTATS 2010, equation 16.
    Xavier {
        /// Number of inputs of one output.
        fan_in: usize,
        /// Number of outputs that one input feeds.
        fan_out: usize,
    },
    /// Normal with mean 0 and the given deviation; values beyond two deviations are drawn again.
    TruncatedNormal {
        /// Standard deviation before truncation.
        deviation: f64,
    },
    /// Normal with mean 0 and the given deviation.
    Normal {
        /// Standard deviation.
        deviation: f64,
    },
}

/// The name, shape and position of one tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// `network.layer.kind`, such as `alice.dense.weight`.
    pub name: String,
    /// Dense weights: (inputs, outputs). Convolutions: (window, input channels, output channels). Biases: (outputs).
    pub shape: Vec<usize>,
    /// Its initial distribution.
    pub init: Init,
    /// Position of its first value in the flat buffer.
    pub offset: usize,
}

impl Tensor {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// True for a tensor without values. A program never contains one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its range in the flat buffer.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// A reason why a parameter file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not a safetensors file, or a damaged one. Holds the reader's message.
    #[error("not a whole safetensors file: {0}")]
    Format(String),
    /// A tensor is missing, has another shape or type, or holds a value that is not finite.
    #[error("tensor {name}: {what}")]
    Tensor {
        /// Name of the tensor.
        name: String,
        /// What is wrong with it.
        what: String,
    },
}

impl From<safetensors::SafeTensorError> for FileError {
    fn from(error: safetensors::SafeTensorError) -> Self {
        // Not stored as a source: the message already includes its sources.
        Self::Format(error.to_string())
    }
}

/// Serialises tensors (name, shape, values in row-major order) to the safetensors format. The same content gives the same
/// bytes. `note` is a string in the header's metadata under the key `evesdrop`. There is only one, because the format does not
/// fix the order of several.
///
/// # Panics
/// If a shape does not match its number of values.
pub fn safetensors_file(tensors: &[(&str, Vec<usize>, &[f32])], note: &str) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, values)| values.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let view = |((name, shape, _), bytes): (&(&'_ str, Vec<usize>, &[f32]), _)| {
        (name.to_string(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("the shape fits the values"))
    };
    let views: Vec<_> = tensors.iter().zip(bytes.iter().map(Vec::as_slice)).map(view).collect();
    let metadata = HashMap::from([("evesdrop".to_owned(), note.to_owned())]);
    safetensors::serialize(views, Some(metadata)).expect("names, shapes and values are plain")
}

/// The layout of all tensors of a program in its flat parameter buffer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    tensors: Vec<Tensor>,
}

impl Layout {
    pub(crate) fn push(&mut self, name: String, shape: Vec<usize>, init: Init) -> usize {
        assert!(!self.tensors.iter().any(|t| t.name == name), "two tensors are called {name}");
        let tensor = Tensor { name, shape, init, offset: self.len() };
        assert!(!tensor.is_empty(), "tensor {} has no values", tensor.name);
        self.tensors.push(tensor);
        self.tensors.len() - 1
    }

    /// All tensors, in the order of the flat buffer.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Number of values of all tensors.
    pub fn len(&self) -> usize {
        self.tensors.last().map_or(0, |t| t.range().end)
    }

    /// True for a program without parameters.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// The range of the flat buffer that holds the tensors whose names begin with one of `networks` and a full stop.
    ///
    /// # Panics
    /// If there are none, or if other tensors lie between them. Networks that are trained together must be recorded together.
    pub fn range(&self, networks: &[&str]) -> Range<usize> {
        let belongs =
            |t: &Tensor| networks.iter().any(|n| t.name.strip_prefix(n).is_some_and(|rest| rest.starts_with('.')));
        let chosen = || self.tensors.iter().filter(|t| belongs(t));
        let start = chosen().map(|t| t.offset).min().unwrap_or(0);
        let end = chosen().map(|t| t.range().end).max().unwrap_or(0);
        let count: usize = chosen().map(Tensor::len).sum();
        assert!(count > 0 && count == end - start, "the parameters of {networks:?} are not contiguous");
        start..end
    }

    /// Initial values of all parameters. Every tensor has its own random stream, so an additional tensor changes no other.
    pub fn initialise(&self, seed: u64) -> Vec<f32> {
        let mut values = vec![0.0; self.len()];
        for tensor in &self.tensors {
            let mut numbers = Stream::new(seed, &format!("initial {}", tensor.name)).at(0, 0);
            values[tensor.range()].fill_with(|| match tensor.init {
                Init::Zeros => 0.0,
                Init::Xavier { fan_in, fan_out } => {
                    let limit = libm::sqrt(6.0 / (fan_in + fan_out) as f64);
                    ((2.0 * numbers.uniform() - 1.0) * limit) as f32
                }
                Init::Normal { deviation } => (numbers.normal() * deviation) as f32,
                Init::TruncatedNormal { deviation } => loop {
                    let x = numbers.normal();
                    if x.abs() <= 2.0 {
                        break (x * deviation) as f32;
                    }
                },
            });
        }
        values
    }

    /// Serialises `values` to the safetensors format. The same values and `note` give the same bytes. `note` is a string in the
    /// header's metadata under the key `evesdrop`.
    ///
    /// # Panics
    /// If `values` is shorter than the layout.
    pub fn to_safetensors(&self, values: &[f32], note: &str) -> Vec<u8> {
        let tensors: Vec<_> =
            self.tensors.iter().map(|t| (t.name.as_str(), t.shape.clone(), &values[t.range()])).collect();
        safetensors_file(&tensors, note)
    }

    /// Reads the values of a safetensors file that has every tensor of this layout in the same shape. Other tensors are
    /// ignored.
    ///
    /// # Errors
    /// If the file is damaged, or if a tensor is missing, has another shape or type, or holds a value that is not finite.
    pub fn from_safetensors(&self, file: &[u8]) -> Result<Vec<f32>, FileError> {
        let file = SafeTensors::deserialize(file)?;
        let mut values = Vec::with_capacity(self.len());
        for tensor in &self.tensors {
            let wrong = |what: String| FileError::Tensor { name: tensor.name.clone(), what };
            let view = file.tensor(&tensor.name).map_err(|_| wrong("is missing".into()))?;
            if view.dtype() != Dtype::F32 || view.shape() != tensor.shape {
                return Err(wrong(format!(
                    "is {:?} {:?}, expected F32 {:?}",
                    view.dtype(),
                    view.shape(),
                    tensor.shape
                )));
            }
            values.extend(view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            if !values[tensor.offset..].iter().all(|x| x.is_finite()) {
                return Err(wrong("holds a value that is not finite".into()));
            }
        }
        Ok(values)
    }
}
