//! `evesdrop train`.

use std::path::PathBuf;

use clap::Args;
use evesdrop::games::{Channel, EveKind, GameKind};
use evesdrop::networks::Network;
use evesdrop::train::{Preset, Settings};

use super::choice::{EVES, GAMES, NETWORKS, PRESETS, choice};

/// Trains Alice, Bob and Eve, and saves them.
///
/// Training stops when Bob reads the messages and Eve does not, on fresh data. The best model so far is saved in every case.
/// Settings without an option, such as learning-rate, go in a TOML file: see --config.
///
/// Exit code 0: trained; 1: failed, or --max-rounds reached; 2: error; 130: interrupted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop train --out runs/a                        the fast preset, 16 bits
  evesdrop train --out runs/b --preset paper --seed 7
  evesdrop train --out runs/c --bits 32 --key-bits 16 --max-rounds 3000 --json
  evesdrop train --out runs/d --game asymmetric --max-rounds 4000
  evesdrop train --out runs/f --eves same,wide,product --max-rounds 4000
  evesdrop train --out runs/g --game selective
  evesdrop train --out runs/h --preset bits --bits 8   a cipher over bits
  evesdrop train --resume runs/b                     continues after an interruption")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Train {
    /// Folder for the run: new or empty
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue the run in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "preset", "game", "bits", "key_bits", "random_bits", "leaked_key_bits", "network", "channel", "eves", "seed", "batch", "config", "force"])]
    pub resume: Option<PathBuf>,
    /// Defaults of all settings [default: fast]
    #[arg(long, value_parser = choice::<Preset>(PRESETS))]
    pub preset: Option<Preset>,
    /// Who knows what, and what each player minimises [default: symmetric]
    #[arg(long, value_parser = choice::<GameKind>(GAMES))]
    pub game: Option<GameKind>,
    /// Message bits, 4 to 256 [default: 16]; from 2 with the networks product and cryptonet, at most 32 with a quadratic Eve. In the
    /// selective game: values that Alice publishes [default: 10]
    #[arg(long, value_name = "N")]
    pub bits: Option<usize>,
    /// Key bits, 1 to 256 [default: as many as message bits; 8 in the selective game]
    #[arg(long, value_name = "K")]
    pub key_bits: Option<usize>,
    /// Alice's random bits in the asymmetric game, 0 to 256 [default: 0]
    #[arg(long, value_name = "R")]
    pub random_bits: Option<usize>,
    /// Key bits that Eve gets in the symmetric game, 0 to all [default: 0]
    #[arg(long, value_name = "J")]
    pub leaked_key_bits: Option<usize>,
    /// Alice's and Bob's network: paper (mix & transform), released (a simpler form), dense, product or cryptonet [default: by preset]
    #[arg(long, value_name = "NETWORK", value_parser = choice::<Network>(NETWORKS))]
    pub network: Option<Network>,
    /// What is sent of Alice's values: real (the values), bits (their signs), quantised:B (B bits per value, 1 to 4) or noisy:SIGMA (normal noise is added) [default: by preset]
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<Channel>,
    /// Eves to train against at once, 1 to 8, separated by commas [default: same]
    #[arg(long, value_name = "KIND,...", value_delimiter = ',', value_parser = choice::<EveKind>(EVES))]
    pub eves: Option<Vec<EveKind>>,
    /// Seed: the same seed and settings give the same model, byte for byte [default: 1]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Examples in a training step, 1 to 1048576 [default: by preset]
    #[arg(long, value_name = "B")]
    pub batch: Option<usize>,
    /// Rounds after which the run has failed, from 1 [default: by preset]
    #[arg(long, value_name = "R")]
    pub max_rounds: Option<u64>,
    /// Train to --max-rounds even if the goals are met earlier
    #[arg(long, requires = "max_rounds")]
    pub keep_going: bool,
    /// Threads, 1 to 1024; the result does not depend on them [default: one per core]
    #[arg(long, value_name = "T")]
    pub threads: Option<usize>,
    /// Seconds between checkpoints, 0 to 1000000; a crash loses at most this much training
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    pub checkpoint_every: f64,
    /// Folder for an event file of TensorBoard with the metrics of this session
    #[arg(long, value_name = "LOGDIR")]
    pub tensorboard: Option<PathBuf>,
    /// Settings in a TOML file; options on the command line override them
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Print one JSON object as the last line of standard output
    #[arg(long)]
    pub json: bool,
    /// Replace the run in the folder
    #[arg(long)]
    pub force: bool,
}

impl Train {
    /// The settings given as options.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            preset: self.preset,
            game: self.game,
            bits: self.bits,
            key_bits: self.key_bits,
            random_bits: self.random_bits,
            leaked_key_bits: self.leaked_key_bits,
            network: self.network,
            channel: self.channel,
            eves: self.eves.clone(),
            seed: self.seed,
            batch: self.batch,
            max_rounds: self.max_rounds,
            ..Settings::default()
        }
    }
}
