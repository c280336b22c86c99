//! What can be typed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Args, Parser, Subcommand, ValueEnum};
use evesdrop::battery::Budget;
use evesdrop::ciphers::TargetOptions;
use evesdrop::games::{EveKind, GameKind};
use evesdrop::inspect::Settings as Looks;
use evesdrop::networks::Network;
use evesdrop::paper::{Scale, Shard};
use evesdrop::report::Verdict;
use evesdrop::train::{Preset, Settings};

/// The warning that every encrypting command prints once.
pub(crate) const WARNING: &str = "learned ciphers protect nothing: they are here to be studied and broken";

/// Trains learned ciphers and attacks them, or any cipher that you bring.
///
/// Anyone can invent a cipher that they themselves cannot break. Evesdrop is the Eve that you lack.
#[derive(Debug, Parser)]
#[command(name = "evesdrop", version, arg_required_else_help = true)]
#[command(after_help = "Start with:\n  evesdrop demo\n  evesdrop train --out runs/first")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(Demo),
    Train(Train),
    Attack(Attack),
    /// Repeats the paper's experiments, and asks the questions that it left open.
    ///
    /// Every experiment is a set of independent trials. A finished trial is kept and never run again: after Ctrl-C the same
    /// command goes on.
    #[command(after_help = "\
Examples:
  evesdrop paper list
  evesdrop paper fig3
  evesdrop paper all --scale quick --out runs/paper
  evesdrop paper fig3 --scale full --shard 1/2      on one machine, --shard 2/2 on another
  evesdrop paper merge one/paper other/paper --out runs/paper")]
    Paper {
        #[command(subcommand)]
        command: Paper,
    },
    Keygen(Keygen),
    /// Encrypts a file with a learned cipher, for study: learned ciphers protect nothing.
    ///
    /// Every block of the message gets fresh key bits. While encrypting, Bob reads every block back; where he errs, the block
    /// is encrypted again under the next key bits, so that the file always comes back whole.
    Encrypt(Encrypt),
    /// Decrypts a file that evesdrop encrypted.
    ///
    /// The whole file is verified first: with a wrong key or an altered file, nothing is written.
    #[command(after_help = "\
Examples:
  evesdrop decrypt --model runs/a --key-file my.key letter.eve letter.txt
  evesdrop decrypt --model runs/a --key-file my.key photos.eve - | tar x")]
    Decrypt(Files),
    Inspect(Inspect),
    Bench(Bench),
}

/// The whole story in under a minute: trains a cipher, encrypts a file with it, and shows what Bob and Eve read.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  evesdrop demo")]
pub(crate) struct Demo {
    /// Folder for what the demo makes
    #[arg(long, value_name = "DIR", default_value = "evesdrop-demo")]
    pub out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Paper {
    /// Names the experiments
    List,
    /// Figure 2: one training of the symmetric game
    Fig2(Experiments),
    /// Figure 3: trainings, and five fresh Eves against each that succeeds
    Fig3(Experiments),
    /// What figure 3 hangs on: the same with one thing changed at a time
    Ablation(Experiments),
    /// Messages of 16, 32, 64 bits and more, and a smaller batch
    Lengths(Experiments),
    /// Keys shorter than the message
    ShortKeys(Experiments),
    /// Key bits given to Eve
    LeakedKeys(Experiments),
    /// One cipher, ever stronger Eves
    StrongEve(Experiments),
    /// Figure 4: the selective game, against its exact yardsticks
    Fig4(Experiments),
    /// Appendix A: the asymmetric game
    Fig6(Experiments),
    /// CryptoNet: how often it finds the one-time pad, against whom
    Cryptonet(Experiments),
    /// All of them
    All(Experiments),
    /// Puts the finished trials of several folders into one
    Merge {
        /// Folders of experiments
        #[arg(required = true, value_name = "DIR")]
        parts: Vec<PathBuf>,
        /// Where to
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Experiments {
    /// quick: the shape, in minutes on two cores; full: the paper's own protocol
    #[arg(long, default_value_t)]
    pub scale: Scale,
    /// Trainings of each kind [default: by experiment and scale]
    #[arg(long, value_name = "R")]
    pub runs: Option<u64>,
    /// Folder for trials, tables and pictures
    #[arg(long, value_name = "DIR", default_value = "runs/paper")]
    pub out: PathBuf,
    /// Run a part of the trials only: 2/5 is the second of five parts
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Trials that run at once, one a thread [default: one for each core]
    #[arg(long, value_name = "T")]
    pub threads: Option<usize>,
    /// Print one JSON object for each experiment
    #[arg(long)]
    pub json: bool,
}

/// Trains Alice, Bob and Eve, and saves them.
///
/// Training stops as soon as Bob reads and Eve does not, on fresh data. Exit code 0: trained; 1: failed, or --max-rounds ran
/// out; 130: interrupted. The best model so far is saved in every case.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop train --out runs/a                        the fast recipe, 16 bits
  evesdrop train --out runs/b --preset paper --seed 7
  evesdrop train --out runs/c --bits 32 --key-bits 16 --max-rounds 3000 --json
  evesdrop train --out runs/d --game asymmetric --max-rounds 4000
  evesdrop train --out runs/f --eves same,wide,product --max-rounds 4000
  evesdrop train --out runs/g --game selective       tells D, keeps C
  evesdrop train --resume runs/b                     goes on after an interruption")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Train {
    /// Folder for the run: a new one, or an empty one
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the run in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "preset", "game", "bits", "key_bits", "random_bits", "leaked_key_bits", "network", "eves", "seed", "batch", "config", "force"])]
    pub resume: Option<PathBuf>,
    /// Where settings that are not given come from: fast (the default), paper or released
    #[arg(long)]
    pub preset: Option<Preset>,
    /// symmetric (the default), asymmetric, chosen-plaintext or selective
    #[arg(long)]
    pub game: Option<GameKind>,
    /// Bits of a message, 4 to 256 [default: 16]; in the selective game the values that Alice publishes [default: 10]
    #[arg(long, value_name = "N")]
    pub bits: Option<usize>,
    /// Bits of a key, 1 to 256 [default: as many as the message; in the selective game 8]
    #[arg(long, value_name = "K")]
    pub key_bits: Option<usize>,
    /// Random bits for Alice in the asymmetric game, 0 to 256 [default: 0]
    #[arg(long, value_name = "R")]
    pub random_bits: Option<usize>,
    /// Key bits that Eve is given in the symmetric game [default: 0]
    #[arg(long, value_name = "J")]
    pub leaked_key_bits: Option<usize>,
    /// Alice's and Bob's networks: paper ("mix & transform"), released (its simpler form) or cryptonet [default: by preset]
    #[arg(long, value_name = "NETWORK")]
    pub network: Option<Network>,
    /// The Eves to play against at once: same, wide, deep, residual, product, angles, with commas between [default: same]
    #[arg(long, value_name = "KIND,...", value_delimiter = ',')]
    pub eves: Option<Vec<EveKind>>,
    /// Seed: the same seed and settings give the same model, byte for byte [default: 1]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Examples of a training step [default: by preset]
    #[arg(long, value_name = "B")]
    pub batch: Option<usize>,
    /// Rounds after which the run has failed [default: by preset]
    #[arg(long, value_name = "R")]
    pub max_rounds: Option<u64>,
    /// Train to --max-rounds even when the goals are met earlier
    #[arg(long, requires = "max_rounds")]
    pub keep_going: bool,
    /// Threads; the result does not depend on them [default: one for each core]
    #[arg(long, value_name = "T")]
    pub threads: Option<usize>,
    /// Seconds between two checkpoints: what a crash can cost
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    pub checkpoint_every: f64,
    /// Settings in TOML; options given here go before them
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Print one JSON object as the last line of standard output
    #[arg(long)]
    pub json: bool,
    /// Replace the run that the folder holds
    #[arg(long)]
    pub force: bool,
}

impl Train {
    /// The settings that were typed.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            preset: self.preset,
            game: self.game,
            bits: self.bits,
            key_bits: self.key_bits,
            random_bits: self.random_bits,
            leaked_key_bits: self.leaked_key_bits,
            network: self.network,
            eves: self.eves.clone(),
            seed: self.seed,
            batch: self.batch,
            max_rounds: self.max_rounds,
            ..Settings::default()
        }
    }
}

/// Attacks a cipher, runs controls beside it, and says what was found.
///
/// TARGET is the folder of a training run, a built-in cipher (evesdrop attack --list), or your own: exec:COMMAND or csv:FILE.
///
/// exec: the command is started once a batch, by sh. It reads lines of KEYHEX PLAINTEXTHEX until its input ends, and answers each
/// with one line of ciphertext hex, in the same order. It may buffer as it likes, has 60 s for a batch, and ends with exit code 0.
///
/// csv: lines of key,plaintext,ciphertext or, all under one key, plaintext,ciphertext, with or without a first line of headings;
/// at most 256 MiB.
///
/// Hex has two digits for each byte, and bit 0 is the highest bit of the first byte. Bits that do not fill their last byte
/// stand at its upper end, with zeros below them: the 12 bits 101010111100 are abc0, a single 1 is 80.
///
/// Exit code 0: it ran through, whatever was found; 3: as --fail-on says; 130: interrupted, the report says what did not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop attack runs/a --out reports/a               a trained cipher, report in four formats
  evesdrop attack speck32/64:7 --budget standard
  evesdrop attack 'exec:python3 cipher.py' --block-bits 64 --key-bits 128 --fail-on weakness
  evesdrop attack csv:recorded.csv --only linear,correlation")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Attack {
    /// What to attack
    #[arg(value_name = "TARGET", required_unless_present = "list")]
    pub target: Option<String>,
    /// Name the attacks and the built-in targets, and stop
    #[arg(long, conflicts_with = "target")]
    pub list: bool,
    /// How much to spend: quick (seconds), standard (minutes) or thorough (hours)
    #[arg(long, default_value = "quick")]
    pub budget: Budget,
    /// Run these attacks only, with commas between their names
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Seed: the same seed, budget and target give the same findings, but for exec: where the program's speed decides how
    /// many samples there are
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Write report.json, report.html, report.md, junit.xml and a folder for each break here: a new or empty folder, or that
    /// of an earlier report, which is replaced
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the report as one JSON object as the last line of standard output
    #[arg(long)]
    pub json: bool,
    /// Exit with 3 when this much or worse is found, or a control comes out wrong
    #[arg(long, value_name = "VERDICT")]
    pub fail_on: Option<FailOn>,
    /// For exec: bits of a message
    #[arg(long, value_name = "N")]
    pub block_bits: Option<usize>,
    /// For exec: bits of a key
    #[arg(long, value_name = "K")]
    pub key_bits: Option<usize>,
    /// For exec: bits of a ciphertext [default: as many as the message]
    #[arg(long, value_name = "M")]
    pub cipher_bits: Option<usize>,
    /// For exec: and csv: a fresh key is meant to be used for every message
    #[arg(long)]
    pub one_time_key: bool,
}

/// What `--fail-on` takes.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum FailOn {
    /// A weakness or a break
    Weakness,
    /// A break
    Broken,
}

impl FailOn {
    pub(crate) fn fails(self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Invalid | Verdict::Broken => true,
            Verdict::WeaknessFound => self == Self::Weakness,
            Verdict::Inconclusive | Verdict::NothingFound => false,
        }
    }
}

impl Attack {
    /// What beside the target string describes the target; `stop` ends a program at work.
    pub(crate) fn target_options(&self, stop: &Arc<AtomicBool>) -> TargetOptions {
        TargetOptions {
            block_bits: self.block_bits,
            key_bits: self.key_bits,
            cipher_bits: self.cipher_bits,
            one_time_key: self.one_time_key,
            timeout: None,
            stop: Arc::clone(stop),
        }
    }
}

/// Makes a key file: 32 random bytes that only you may read.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  evesdrop keygen my.key")]
pub(crate) struct Keygen {
    /// The new file; an existing one is never overwritten
    #[arg(value_name = "KEYFILE")]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop encrypt --model runs/a --key-file my.key letter.txt letter.eve
  tar c photos | evesdrop encrypt --model runs/a --key-file my.key - photos.eve")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Encrypt {
    #[command(flatten)]
    pub files: Files,
    /// Bits for each ciphertext value, 1 to 16 [default: the fewest that Bob can read]
    #[arg(long, value_name = "BITS")]
    pub precision: Option<u8>,
}

/// What to encrypt or decrypt, and with what.
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Files {
    /// Folder of a training run, or its model.safetensors
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// Key file that evesdrop keygen made
    #[arg(long, value_name = "KEYFILE")]
    pub key_file: PathBuf,
    /// What to read; - is standard input
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// What to write; - is standard output
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Threads; the result does not depend on them [default: one for each core]
    #[arg(long, value_name = "T")]
    pub threads: Option<usize>,
    /// Print one JSON object on standard error's last line
    #[arg(long)]
    pub json: bool,
}

/// Shows what Alice learned: how her outputs move when one bit flips, their values, and how well simple rules explain her.
///
/// Rules are chosen on some random messages and judged on others. That no simple rule explains an output says nothing for
/// the cipher. Writes heat maps of all flips and outputs beside the model. Takes a moment at 16 bits, many seconds at 256.
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
    /// Random messages to look at, 128 to 65536
    #[arg(long, value_name = "N", default_value_t = Looks::default().samples)]
    pub samples: usize,
    /// Seed of the messages: the same seed and model give the same figures
    #[arg(long, value_name = "S", default_value_t = Looks::default().seed)]
    pub seed: u64,
    /// Where the heat maps go, in one picture; an existing file is replaced [default: DIR/inspect.svg]
    #[arg(long, value_name = "FILE.svg")]
    pub out: Option<PathBuf>,
}

/// Measures how fast this machine trains, and how near its own limit that is.
///
/// First what the machine does at most: fused multiply-adds, sigmoids, reading from caches and memory. Then a training round
/// and its parts, the work that they need, and what part of the limit they reach, kernel by kernel; at every SIMD level, or at
/// the one that EVESDROP_SIMD names. Close other programs first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop bench
  evesdrop bench --bits 64 --threads 2
  EVESDROP_SIMD=avx2 evesdrop bench --json")]
pub(crate) struct Bench {
    /// Bits of a message and of a key, 4 to 256
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub bits: usize,
    /// Examples of a step
    #[arg(long, value_name = "B", default_value_t = 4096)]
    pub batch: usize,
    /// Threads; the limits are measured on as many
    #[arg(long, value_name = "T", default_value_t = 1)]
    pub threads: usize,
    /// Print one JSON object instead of the tables
    #[arg(long)]
    pub json: bool,
}
