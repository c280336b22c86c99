//! `evesdrop demo`, `inspect`, `bench`, `completions` and `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;
use evesdrop::inspect::Settings as Looks;

/// Runs a complete demonstration in under a minute: trains a cipher, encrypts a file with it, and shows what Bob and Eve read.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  evesdrop demo")]
pub(crate) struct Demo {
    /// Folder for the files of the demo
    #[arg(long, value_name = "DIR", default_value = "evesdrop-demo")]
    pub out: PathBuf,
}

/// Shows what Alice learned: how her outputs change when one bit flips, their values, and how well simple rules explain her.
///
/// Rules are fitted on some random messages and tested on others. If no simple rule explains an output, that does not show that
/// the cipher is strong. Heat maps of all flips and outputs are written next to the model. Takes a second at 16 bits, many
/// seconds at 256.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop inspect runs/a                            a table, and runs/a/inspect.svg
  evesdrop inspect runs/a --json > alice.json        all matrices
  evesdrop inspect runs/a --samples 65536 --out alice.svg")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Inspect {
    /// Folder of a training run, or its model.safetensors
    #[arg(value_name = "DIR")]
    pub model: PathBuf,
    /// Print one JSON object with all matrices instead of the table
    #[arg(long)]
    pub json: bool,
    /// Random messages to use, 128 to 65536
    #[arg(long, value_name = "N", default_value_t = Looks::default().samples)]
    pub samples: usize,
    /// Seed of the messages: the same seed and model give the same figures
    #[arg(long, value_name = "S", default_value_t = Looks::default().seed)]
    pub seed: u64,
    /// File for the heat maps; an existing file is replaced [default: DIR/inspect.svg]
    #[arg(long, value_name = "FILE.svg")]
    pub out: Option<PathBuf>,
}

/// Measures how fast this machine trains, and compares it with the machine's own limits.
///
/// First the limits: fused multiply-adds, sigmoids, reads from caches and memory. Then a training round and its parts: the work
/// that they need, and the fraction of the limit that they reach, kernel by kernel. Runs at every SIMD level, or at the one
/// that EVESDROP_SIMD names. Close other programs first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop bench
  evesdrop bench --bits 64 --threads 2
  EVESDROP_SIMD=avx2 evesdrop bench --json")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Bench {
    /// Message bits and key bits, 4 to 256
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub bits: usize,
    /// Examples in a step, 1 to 1048576
    #[arg(long, value_name = "B", default_value_t = 4096)]
    pub batch: usize,
    /// Threads, at most one per core; the limits are measured on the same number
    #[arg(long, value_name = "T", default_value_t = 1)]
    pub threads: usize,
    /// Print one JSON object instead of the tables
    #[arg(long)]
    pub json: bool,
}

/// Prints a shell's completions of commands, options and their values.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop completions bash > ~/.local/share/bash-completion/completions/evesdrop
  evesdrop completions zsh > ~/.zfunc/_evesdrop      with ~/.zfunc in fpath
  evesdrop completions fish > ~/.config/fish/completions/evesdrop.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Writes the manual pages: evesdrop.1 and one page per command.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop man ~/.local/share/man/man1
  evesdrop man pages; man pages/evesdrop-train.1")]
pub(crate) struct Man {
    /// Folder for the pages; made if missing, earlier pages are replaced
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
