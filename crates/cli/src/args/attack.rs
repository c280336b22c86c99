//! `evesdrop attack`.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Args, ValueEnum};
use evesdrop::battery::Budget;
use evesdrop::ciphers::{Encoding, Heading, TargetOptions};
use evesdrop::report::Verdict;

use super::choice::{BUDGETS, choice};

/// Attacks a cipher, runs the same attacks on known ciphers as controls, and reports what was found.
///
/// TARGET is the folder of a training run, a built-in cipher (evesdrop attack --list), or your own: exec:COMMAND,
/// csv:FILE or captures:FILE.
///
/// exec: sh starts the command once per batch. The command reads lines of KEYHEX PLAINTEXTHEX until its input ends, and answers
/// each with one line of ciphertext hex, in the same order. It may buffer its output, has 60 s per batch, and must end with
/// exit code 0. Several processes run at the same time; --threads 1 prevents that.
///
/// csv: lines of key,plaintext,ciphertext or, if all lines have the same key, plaintext,ciphertext. With a line of headings,
/// columns in any order, perhaps iv among them; others are ignored. Values are hex, base64, decimal bytes or, for plaintexts,
/// text. At most 256 MiB.
///
/// captures: ciphertexts alone, one on each line, of any length; or the column ciphertext of a table with headings.
///
/// Hex has two digits per byte, and bit 0 is the highest bit of the first byte. If the last byte is not full, its bits are the
/// highest ones and the rest are 0: the 12 bits 101010111100 are abc0, a single 1 is 80.
///
/// Exit code 0: completed, whatever was found; 2: error; 3: --fail-on applies; 130: interrupted, and the report says what did
/// not run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop attack runs/a --out reports/a               a trained cipher, report in four formats
  evesdrop attack speck32/64:7 --budget standard
  evesdrop attack 'exec:python3 cipher.py' --block-bits 64 --key-bits 128 --fail-on weakness
  evesdrop attack csv:recorded.csv --only linear,correlation
  evesdrop attack captures:messages.txt               ciphertexts alone")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Attack {
    /// Cipher to attack
    #[arg(value_name = "TARGET")]
    pub target: Option<String>,
    /// List the attacks and the built-in targets
    #[arg(long, conflicts_with = "target")]
    pub list: bool,
    /// How much to spend: quick (seconds), standard (minutes) or thorough (hours)
    #[arg(long, default_value = "quick", value_parser = choice::<Budget>(BUDGETS))]
    pub budget: Budget,
    /// Run only these attacks, separated by commas
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', value_parser = trimmed)]
    pub only: Vec<String>,
    /// Seed: the same seed, budget and target give the same findings, except for exec: targets, whose speed decides the
    /// number of samples
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Folder for report.json, report.html, report.md, junit.xml and a folder per break: new, empty, or that of an earlier
    /// report, which is replaced
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the report as one JSON object as the last line of standard output
    #[arg(long)]
    pub json: bool,
    /// Exit with 3 if this verdict or a worse one is found, or a control gives a wrong result
    #[arg(long, value_name = "VERDICT")]
    pub fail_on: Option<FailOn>,
    /// For exec: targets: message bits, 1 to 4096
    #[arg(long, value_name = "N")]
    pub block_bits: Option<usize>,
    /// For exec: targets: key bits, 1 to 4096
    #[arg(long, value_name = "K")]
    pub key_bits: Option<usize>,
    /// For exec: targets: ciphertext bits, 1 to 4096 [default: as many as message bits]
    #[arg(long, value_name = "M")]
    pub cipher_bits: Option<usize>,
    /// For exec: targets: the program answers each line at once and stays running, so that a slow start counts once
    #[arg(long)]
    pub persistent: bool,
    /// For exec: targets: a command that decrypts. It gets KEYHEX CIPHERTEXTHEX and answers with the plaintext in hex, or with the word
    /// invalid if it refuses the ciphertext
    #[arg(long, value_name = "COMMAND")]
    pub decrypt: Option<String>,
    /// For captures: targets: hex, base64, decimal or text [default: recognised]
    #[arg(long, value_name = "ENCODING")]
    pub encoding: Option<Encoding>,
    /// For csv: targets: headings of columns that are not called key, plaintext, ciphertext or iv, as plaintext=NAME
    #[arg(long, value_name = "ROLE=NAME,...", value_delimiter = ',')]
    pub columns: Vec<Heading>,
    /// For exec: and csv: targets: every message has a fresh key by design
    #[arg(long)]
    pub one_time_key: bool,
    /// Attacks that run at the same time, 1 to 1024, each with its own process of an exec: target; the findings do not depend on it
    /// [default: one per core]
    #[arg(long, value_name = "T")]
    pub threads: Option<usize>,
}

/// A name of a list, which may have spaces after its commas.
fn trimmed(name: &str) -> Result<String, Infallible> {
    Ok(name.trim().into())
}

/// The values of `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum FailOn {
    /// A weakness or a break
    Weakness,
    /// A break
    Broken,
}

impl FailOn {
    /// Whether this verdict is bad enough to fail.
    pub(crate) fn fails(self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Invalid | Verdict::Broken => true,
            Verdict::WeaknessFound => self == Self::Weakness,
            Verdict::Inconclusive | Verdict::NothingFound => false,
        }
    }
}

impl Attack {
    /// The options that describe the target. Setting `stop` kills its program.
    pub(crate) fn target_options(&self, stop: &Arc<AtomicBool>) -> TargetOptions {
        TargetOptions {
            block_bits: self.block_bits,
            key_bits: self.key_bits,
            cipher_bits: self.cipher_bits,
            persistent: self.persistent,
            decryption: self.decrypt.clone(),
            encoding: self.encoding,
            columns: self.columns.clone(),
            one_time_key: self.one_time_key,
            timeout: None,
            stop: Arc::clone(stop),
        }
    }
}
