//! `evesdrop export`.

use std::path::PathBuf;

use clap::Args;
use evesdrop::formats::Format;

use super::choice::{FORMATS, choice};

/// Writes the networks of a run for other programs: ONNX, safetensors for PyTorch, or npz for NumPy.
///
/// onnx: a file for each network (alice, bob, eve), whose inputs are bits coded -1 and +1. safetensors and npz: one file of all
/// parameters, in the shapes of PyTorch.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop export runs/a --format onnx               runs/a/alice.onnx, bob.onnx, eve.onnx
  evesdrop export runs/a --format npz --out arrays   arrays/networks.npz")]
pub(crate) struct Export {
    /// Folder of a training run, or its model.safetensors
    #[arg(value_name = "DIR")]
    pub model: PathBuf,
    /// Format of the files
    #[arg(long, value_parser = choice::<Format>(FORMATS))]
    pub format: Format,
    /// Folder for the files; made if missing [default: that of the model]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    pub force: bool,
}
