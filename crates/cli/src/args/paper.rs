//! `evesdrop paper`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use evesdrop::paper::{Scale, Shard};

use super::choice::{SCALES, choice};

#[derive(Debug, Subcommand)]
pub(crate) enum Paper {
    /// Lists the experiments
    #[command(after_help = "Example:\n  evesdrop paper list")]
    List,
    /// Figure 2: one training of the symmetric game
    #[command(after_help = "Example:\n  evesdrop paper fig2 --scale full")]
    Fig2(Experiments),
    /// Figure 3: trainings, and five fresh Eves against each that succeeds
    #[command(after_help = "Example:\n  evesdrop paper fig3 --runs 8")]
    Fig3(Experiments),
    /// Ablation: figure 3 with one choice changed at a time
    #[command(after_help = "Example:\n  evesdrop paper ablation")]
    Ablation(Experiments),
    /// Messages of 16, 32, 64 bits and more, and a smaller batch
    #[command(after_help = "Example:\n  evesdrop paper lengths")]
    Lengths(Experiments),
    /// Keys shorter than the message
    #[command(after_help = "Example:\n  evesdrop paper short-keys")]
    ShortKeys(Experiments),
    /// Some key bits given to Eve
    #[command(after_help = "Example:\n  evesdrop paper leaked-keys")]
    LeakedKeys(Experiments),
    /// One cipher against Eves of growing strength
    #[command(after_help = "Example:\n  evesdrop paper strong-eve")]
    StrongEve(Experiments),
    /// Figure 4: the selective game, compared with its exact bounds
    #[command(after_help = "Example:\n  evesdrop paper fig4 --json")]
    Fig4(Experiments),
    /// Appendix A: the asymmetric game
    #[command(after_help = "Example:\n  evesdrop paper fig6")]
    Fig6(Experiments),
    /// CryptoNet: how often it finds the one-time pad, by kind of Eve
    #[command(after_help = "Example:\n  evesdrop paper cryptonet --runs 10 --threads 2")]
    Cryptonet(Experiments),
    /// Ciphers over bits: Bob's errors and the leakage over all messages and keys, and what the recipe needs
    #[command(after_help = "Example:\n  evesdrop paper bits --runs 5")]
    Bits(Experiments),
    /// All experiments
    #[command(after_help = "Example:\n  evesdrop paper all --scale quick --out runs/paper")]
    All(Experiments),
    /// Copies the finished trials of several folders into one
    #[command(after_help = "Example:\n  evesdrop paper merge one/paper other/paper --out runs/paper")]
    Merge {
        /// Folders with finished trials
        #[arg(required = true, value_name = "DIR")]
        parts: Vec<PathBuf>,
        /// Folder to copy them to
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Experiments {
    /// quick: a small version that takes minutes on two cores; full: the paper's protocol
    #[arg(long, default_value_t, value_parser = choice::<Scale>(SCALES))]
    pub scale: Scale,
    /// Trainings per group, 1 to 10000 [default: by experiment and scale]
    #[arg(long, value_name = "R")]
    pub runs: Option<u64>,
    /// Folder for trials, tables and charts
    #[arg(long, value_name = "DIR", default_value = "runs/paper")]
    pub out: PathBuf,
    /// Run one part of the trials: 2/5 is the second of five parts
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Trials that run at the same time, one per thread, 1 to 1024 [default: one per core]
    #[arg(long, value_name = "T")]
    pub threads: Option<usize>,
    /// Print one JSON object per experiment
    #[arg(long)]
    pub json: bool,
}
