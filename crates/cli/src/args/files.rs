//! `evesdrop keygen`, `encrypt` and `decrypt`.

use std::path::PathBuf;

use clap::Args;

/// Makes a key file: 32 random bytes that only you may read.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  evesdrop keygen my.key")]
pub(crate) struct Keygen {
    /// The new file; an existing file is never overwritten
    #[arg(value_name = "KEYFILE")]
    pub file: PathBuf,
}

/// Encrypts a file with a learned cipher, for study: learned ciphers protect nothing.
///
/// Every block of the message gets fresh key bits. During encryption Bob decrypts every block; a block that he misreads is
/// encrypted again under the next key bits, so that the file always decrypts exactly. The output is many times larger than the
/// input, because Alice sends a real number for every bit: the last line says how many.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop encrypt --model runs/a --key-file my.key letter.txt letter.eve
  tar c photos | evesdrop encrypt --model runs/a --key-file my.key - photos.eve")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Encrypt {
    #[command(flatten)]
    pub files: Files,
    /// Bits per ciphertext value, 1 to 16 [default: the fewest that Bob can read]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub precision: Option<u8>,
}

/// Decrypts a file that evesdrop encrypted.
///
/// The whole file is verified first. With a wrong key or an altered file, nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  evesdrop decrypt --model runs/a --key-file my.key letter.eve decrypted.txt
  evesdrop decrypt --model runs/a --key-file my.key photos.eve - | tar x")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Decrypt {
    #[command(flatten)]
    pub files: Files,
}

/// Options shared by encrypt and decrypt.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Folder of a training run, or its model.safetensors
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// Key file made by evesdrop keygen
    #[arg(long, value_name = "KEYFILE")]
    pub key_file: PathBuf,
    /// File to read; - is standard input
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// File to write; - is standard output
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Replace an existing output file, which may be IN itself: it is replaced when the output is complete
    #[arg(long)]
    pub force: bool,
    /// Threads, 1 to 1024; the result does not depend on them [default: one per core]
    #[arg(long, value_name = "T")]
    pub threads: Option<usize>,
    /// Print one JSON object as the last line of standard error
    #[arg(long)]
    pub json: bool,
}
