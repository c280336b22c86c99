//! `evesdrop sweep`.

use std::path::PathBuf;

use clap::Args;
use evesdrop::paper::Shard;

/// Trains over grids of settings, settings drawn at random, and seeds, described in a TOML file.
///
/// A finished trial is kept and never runs again: after Ctrl-C the same command continues. At the end: the success rate of each
/// group with its 95 % interval (Wilson), a chart, and a row per trial as CSV and JSON lines.
///
/// Exit code 0: all trials of this part are done; 2: error; 130: interrupted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop sweep sweep.toml --out runs/sweep
  evesdrop sweep sweep.toml --out runs/sweep --set key-bits=4,8,16 --set seeds=20
  evesdrop sweep sweep.toml --out runs/sweep --shard 2/5

SPEC.toml:
  seeds = 20                       # or a list of seeds
  [settings]                       # of all trials; those of train --config
  max-rounds = 4000
  [grid]                           # every combination of these
  key-bits = [4, 8, 16]
  [random]
  samples = 10                     # number of random draws of the settings below
  learning-rate = { low = 1e-4, high = 1e-2, log = true }")]
pub(crate) struct Sweep {
    /// Description of the sweep
    #[arg(value_name = "SPEC.toml")]
    pub spec: PathBuf,
    /// Folder for trials, tables and the chart
    #[arg(long, value_name = "DIR", default_value = "runs/sweep")]
    pub out: PathBuf,
    /// Change the file: NAME=VALUE fixes a setting, NAME=VALUE,VALUE,... adds it to the grid; also seeds and keep-going
    #[arg(long, value_name = "NAME=VALUES")]
    pub set: Vec<String>,
    /// Run one part of the trials: 2/5 is the second of five parts
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Trials that run at the same time, one per thread, 1 to 1024 [default: one per core]
    #[arg(long, value_name = "T")]
    pub threads: Option<usize>,
    /// Folder for TensorBoard: an event file for each trial that finishes, in GROUP/seed-SEED
    #[arg(long, value_name = "LOGDIR")]
    pub tensorboard: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
