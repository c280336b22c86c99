//! Target strings: what to attack.
use super::envelope::{self, Envelope, Opened};
use super::{
    Aes, Affine, Captures, ChaCha, Cipher, CipherError, Dataset, Encoding, External, Feistel, Heading, KeyUse, Learned,
    Lfsr, Pad, Persistent, Recording, Reduced, Speck, Vigenere, Xor,
};
use super::{feistel, speck};
use evesdrop_learn::model::Model;
use evesdrop_learn::names::nearest;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The built-in targets: syntax and description. `N` and `K` are bits of message and key, `R` rounds.
pub const BUILT_IN: [(&str, &str); 19] = [
    ("one-time-pad[:N]", "XOR with a fresh key as long as the message (N = 16)"),
    ("xor[:N/K]", "XOR with a repeated shorter key (16/8)"),
    ("vigenere[:N/K]", "bytes plus repeated key bytes modulo 256 (128/64)"),
    ("affine[:N]", "every byte x becomes a x + b modulo 256, 15-bit key (N = 64)"),
    ("lfsr[:N]", "keystream of a 32-bit linear feedback shift register (N = 64)"),
    ("feistel:R", "toy Feistel network, 32-bit block, 64-bit key"),
    ("speck32/64[:R]", "Speck with 32-bit block and 64-bit key (R = 22)"),
    ("speck64/128[:R]", "Speck with 64-bit block and 128-bit key (R = 27)"),
    ("simon32/64[:R]", "Simon with 32-bit block and 64-bit key (R = 32)"),
    ("simon64/128[:R]", "Simon with 64-bit block and 128-bit key (R = 44)"),
    ("present-80[:R]", "PRESENT with 80-bit key (R = 31)"),
    ("hight[:R]", "HIGHT (R = 32)"),
    ("lea-128[:R]", "LEA with 128-bit key (R = 24)"),
    ("tea[:R]", "TEA, R cycles of two rounds (R = 32)"),
    ("xtea[:R]", "XTEA, R cycles of two rounds (R = 32)"),
    ("gimli[:R]", "the permutation Gimli, a 384-bit key added before and after (R = 24)"),
    ("aes-128", "AES, 128-bit block and key"),
    ("chacha20", "ChaCha20, a fresh nonce for every 512-bit message"),
    ("biased-pad[:N]", "a pad whose key bits are 1 with probability 0.52 (N = 16)"),
];

/// Maximum number of bits of a target's message or key.
const MAX_BITS: usize = 4096;

/// Options that describe a user's target in addition to the target string.
#[derive(Clone, Debug, Default)]
pub struct TargetOptions {
    /// Number of bits of a plaintext, for `exec:`.
    pub block_bits: Option<usize>,
    /// Number of bits of a key, for `exec:`.
    pub key_bits: Option<usize>,
    /// Number of bits of a ciphertext, for `exec:`; the same as of a plaintext if absent.
    pub cipher_bits: Option<usize>,
    /// Whether the program answers each line at once and stays running, for `exec:`.
    pub persistent: bool,
    /// The command that decrypts, for `exec:`.
    pub decryption: Option<String>,
    /// How the lines of a file are written, for `captures:`; recognised if absent.
    pub encoding: Option<Encoding>,
    /// Headings of columns that are not called as usual, for `csv:`.
    pub columns: Vec<Heading>,
    /// Whether every message is meant to have a fresh key, for `exec:` and `csv:`.
    pub one_time_key: bool,
    /// Time limit of one batch, for `exec:`; 60 s if absent.
    pub timeout: Option<Duration>,
    /// Set from another thread to stop: the program of an `exec:` target is killed and not started again, and waiting for a
    /// `csv:` or `captures:` file, which may be a pipe, ends.
    pub stop: Arc<AtomicBool>,
}

impl TargetOptions {
    /// The options as on a command line.
    fn arguments(&self) -> Vec<String> {
        let sizes =
            [("--block-bits", self.block_bits), ("--key-bits", self.key_bits), ("--cipher-bits", self.cipher_bits)];
        let mut words: Vec<String> =
            sizes.iter().filter_map(|(option, bits)| bits.map(|bits| format!("{option} {bits}"))).collect();
        words.extend(self.encoding.map(|encoding| format!("--encoding {}", encoding.name())));
        if !self.columns.is_empty() {
            let columns: Vec<String> = self.columns.iter().map(Heading::to_string).collect();
            words.push(format!("--columns {}", evesdrop_files::quoted(columns.join(","))));
        }
        words.extend(self.decryption.iter().map(|command| format!("--decrypt {}", evesdrop_files::quoted(command))));
        if self.persistent {
            words.push("--persistent".into());
        }
        if self.one_time_key {
            words.push("--one-time-key".into());
        }
        words
    }
}

/// What an attack can use.
enum Kind {
    Cipher(Arc<dyn Cipher>),
    Data(Dataset, KeyUse),
    Captures(Captures),
}

/// A target: a cipher, recorded pairs of plaintext and ciphertext, or captured ciphertexts.
pub struct Target {
    name: String,
    arguments: Vec<String>,
    kind: Kind,
    learned: bool,
    command_line: bool,
    /// What was understood of a file, in sentences.
    notices: Vec<String>,
}

impl Target {
    /// Parses a target string: see [`BUILT_IN`], and `exec:COMMAND`, `csv:FILE`, `captures:FILE`, a training run's folder or its
    /// model.safetensors. To name a file or folder that is called like a built-in target, write `./` before it.
    ///
    /// # Errors
    /// If the string or the options are invalid, or if a file cannot be read or has invalid content. [`CipherError::Stopped`]
    /// if `options.stop` is set while a file is read.
    ///
    /// ```
    /// use evesdrop_attack::ciphers::{Target, TargetOptions};
    /// let target = Target::parse("speck32/64:7", &TargetOptions::default())?;
    /// assert_eq!(target.block_bits(), 32);
    /// assert!(Target::parse("rot13", &TargetOptions::default()).is_err());
    /// # Ok::<(), evesdrop_attack::ciphers::CipherError>(())
    /// ```
    pub fn parse(text: &str, options: &TargetOptions) -> Result<Self, CipherError> {
        if options.encoding.is_some() && !text.starts_with("captures:") {
            return Err(CipherError::Target(format!("--encoding goes with captures: targets, not with `{text}`")));
        }
        if !options.columns.is_empty() && !text.starts_with("csv:") {
            return Err(CipherError::Target(format!("--columns goes with csv: targets, not with `{text}`")));
        }
        if let Some(command) = text.strip_prefix("exec:") {
            let program = external(command, options)?;
            let cipher: Box<dyn Cipher> =
                if options.persistent { Box::new(Persistent::new(program)) } else { Box::new(program) };
            let mut target = Self::new(text, cipher);
            target.arguments = options.arguments();
            return Ok(target.named_on_a_command_line());
        }
        for (given, option) in [(options.persistent, "--persistent"), (options.decryption.is_some(), "--decrypt")] {
            if given {
                return Err(CipherError::Target(format!("{option} goes with exec: targets, not with `{text}`")));
            }
        }
        let sizes = options.block_bits.or(options.key_bits).or(options.cipher_bits).is_some();
        if let Some(file) = text.strip_prefix("csv:") {
            if file.is_empty() {
                return Err(CipherError::Target("csv: needs a file, as in `csv:recorded.csv`".into()));
            }
            if sizes {
                let message =
                    "--block-bits, --key-bits and --cipher-bits go with exec: targets; a csv: file shows its sizes";
                return Err(CipherError::Target(message.into()));
            }
            let recording = Recording::read(Path::new(file), &options.columns, &options.stop)?;
            let mut target = Self::from_recording(text, recording, key_use(options));
            target.arguments = options.arguments();
            return Ok(target.named_on_a_command_line());
        }
        if let Some(file) = text.strip_prefix("captures:") {
            if file.is_empty() {
                return Err(CipherError::Target("captures: needs a file, as in `captures:messages.txt`".into()));
            }
            if sizes || options.one_time_key {
                let message =
                    "a captures: file takes --encoding alone; sizes and --one-time-key go with exec: and csv:";
                return Err(CipherError::Target(message.into()));
            }
            let captures = Captures::read(Path::new(file), options.encoding, &options.stop)?;
            let mut target = Self::from_captures(text, captures);
            target.arguments = options.arguments();
            return Ok(target.named_on_a_command_line());
        }
        if sizes || options.one_time_key {
            let message = format!(
                "--block-bits, --key-bits, --cipher-bits (exec:) and --one-time-key (exec: and csv:) do not go with `{text}`"
            );
            return Err(CipherError::Target(message));
        }
        if let Some(path) = model_path(text)? {
            let model = Model::load(path).map_err(|error| CipherError::File(format!("{text}: {error}")))?;
            return Self::from_model(text, model);
        }
        Ok(Self::new(text, built_in(text)?).named_on_a_command_line())
    }

    /// A cipher made elsewhere, such as a learned one, with the name for reports.
    pub fn new(name: &str, cipher: Box<dyn Cipher>) -> Self {
        Self {
            name: name.into(),
            arguments: Vec::new(),
            kind: Kind::Cipher(Arc::from(cipher)),
            learned: false,
            command_line: false,
            notices: Vec::new(),
        }
    }

    /// A trained model that a command line knows as `path`, the folder of its run or its file.
    ///
    /// # Errors
    /// As [`Learned::new`].
    pub fn from_model(path: &str, model: Model) -> Result<Self, CipherError> {
        let mut target = Self::new(path, Box::new(Learned::new(path, model)?));
        target.learned = true;
        Ok(target.named_on_a_command_line())
    }

    /// Recorded data as a target.
    pub fn from_data(name: &str, data: Dataset, key_use: KeyUse) -> Self {
        Self {
            name: name.into(),
            arguments: Vec::new(),
            kind: Kind::Data(data, key_use),
            learned: false,
            command_line: false,
            notices: Vec::new(),
        }
    }

    /// Recorded data as a target, with what was understood of its file.
    pub fn from_recording(name: &str, recording: Recording, key_use: KeyUse) -> Self {
        Self { notices: recording.notices, ..Self::from_data(name, recording.data, key_use) }
    }

    /// Captured ciphertexts as a target.
    pub fn from_captures(name: &str, captures: Captures) -> Self {
        Self {
            name: name.into(),
            arguments: Vec::new(),
            kind: Kind::Captures(captures),
            learned: false,
            command_line: false,
            notices: Vec::new(),
        }
    }

    /// The target as attacks see it: without the envelope of its ciphertexts, and without recorded messages that only repeat others.
    /// With it, in words, what was set aside.
    ///
    /// # Errors
    /// Those of the cipher.
    pub(crate) fn opened(&self, seed: u64) -> Result<(Self, Vec<String>), CipherError> {
        let mut notices = self.notices.clone();
        let kind = match &self.kind {
            Kind::Cipher(cipher) if self.learned => Kind::Cipher(Arc::clone(cipher)),
            Kind::Cipher(cipher) => match Opened::of(cipher, seed)? {
                Some((opened, words)) => {
                    notices.push(words);
                    Kind::Cipher(Arc::new(opened))
                }
                None => Kind::Cipher(Arc::clone(cipher)),
            },
            Kind::Data(data, key_use) => {
                let mut data = data.clone();
                // Where messages count too, a counter may be what they are encrypted to, unless the message has room beside it.
                let least = if envelope::counts(&data.plaintexts) { data.plaintexts.bits() } else { 8 };
                if let Some(envelope) = Envelope::learn(&data.ciphertexts, Some(least)) {
                    data.ciphertexts = envelope.open(&data.ciphertexts);
                    notices.push(envelope.words());
                }
                let (data, repeated) = data.distinct();
                notices.extend(repeated);
                Kind::Data(data, *key_use)
            }
            Kind::Captures(captures) => {
                notices.extend(captures.notices());
                Kind::Captures(captures.clone())
            }
        };
        let Self { name, arguments, learned, command_line, .. } = self;
        let opened = Self {
            name: name.clone(),
            arguments: arguments.clone(),
            kind,
            learned: *learned,
            command_line: *command_line,
            notices: Vec::new(),
        };
        Ok((opened, notices))
    }

    /// The name in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the target is a trained model.
    pub fn is_learned(&self) -> bool {
        self.learned
    }

    /// The same target; [`Self::is_command_line`] is true of it. For a target made from a file's content under the name that the
    /// command line has for that file.
    #[must_use]
    pub fn named_on_a_command_line(mut self) -> Self {
        self.command_line = true;
        self
    }

    /// Whether the name and [`Self::arguments`] describe this target on a command line, as those of [`Self::parse`] do. A
    /// cipher or data inside your own program cannot be named there.
    pub fn is_command_line(&self) -> bool {
        self.command_line
    }

    /// The options that, with the name, describe the target on a command line.
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The cipher, or `None` for recorded data.
    pub fn cipher(&self) -> Option<&dyn Cipher> {
        match &self.kind {
            Kind::Cipher(cipher) => Some(cipher.as_ref()),
            Kind::Data(..) | Kind::Captures(_) => None,
        }
    }

    /// The recorded pairs, or `None` for other targets.
    pub fn data(&self) -> Option<&Dataset> {
        match &self.kind {
            Kind::Data(data, _) => Some(data),
            Kind::Cipher(_) | Kind::Captures(_) => None,
        }
    }

    /// The captured ciphertexts, or `None` for other targets.
    pub fn captures(&self) -> Option<&Captures> {
        match &self.kind {
            Kind::Captures(captures) => Some(captures),
            Kind::Cipher(_) | Kind::Data(..) => None,
        }
    }

    /// Number of bits of a plaintext; 0 for captures.
    pub fn block_bits(&self) -> usize {
        match &self.kind {
            Kind::Cipher(cipher) => cipher.block_bits(),
            Kind::Data(data, _) => data.plaintexts.bits(),
            Kind::Captures(_) => 0,
        }
    }

    /// Number of bits of a key; 0 for data without keys, and for captures.
    pub fn key_bits(&self) -> usize {
        match &self.kind {
            Kind::Cipher(cipher) => cipher.key_bits(),
            Kind::Data(data, _) => data.keys.as_ref().map_or(0, super::Blocks::bits),
            Kind::Captures(_) => 0,
        }
    }

    /// How keys are meant to be used.
    pub fn key_use(&self) -> KeyUse {
        match &self.kind {
            Kind::Cipher(cipher) => cipher.key_use(),
            Kind::Data(_, key_use) => *key_use,
            Kind::Captures(_) => KeyUse::Reusable,
        }
    }
}

impl<C: Cipher + 'static> From<C> for Target {
    /// Your own cipher, under the name that it gives itself.
    fn from(cipher: C) -> Self {
        Self::new(&cipher.name(), Box::new(cipher))
    }
}

fn key_use(options: &TargetOptions) -> KeyUse {
    if options.one_time_key { KeyUse::OneTime } else { KeyUse::Reusable }
}

/// The name of a built-in target without its arguments.
fn name_alone((syntax, _): &(&'static str, &str)) -> &'static str {
    syntax.split(['[', ':']).next().unwrap_or(syntax)
}

/// The path of a model, if the target string is one: an existing folder or file, or a name that only a file can have.
fn model_path(text: &str) -> Result<Option<&Path>, CipherError> {
    let path = Path::new(text);
    let name = text.split(':').next().unwrap_or(text);
    if BUILT_IN.iter().any(|target| name_alone(target) == name) {
        return Ok(None);
    }
    if path.is_dir() && !path.join("model.safetensors").is_file() {
        let message = format!("`{text}` has no model.safetensors: it is not the folder of a training run");
        return Err(CipherError::Target(message));
    }
    Ok((path.exists() || text.ends_with(".safetensors")).then_some(path))
}

fn external(command: &str, options: &TargetOptions) -> Result<External, CipherError> {
    let (Some(block_bits), Some(key_bits)) = (options.block_bits, options.key_bits) else {
        return Err(CipherError::Target("an exec: target needs its sizes: add --block-bits N --key-bits K".into()));
    };
    let cipher_bits = options.cipher_bits.unwrap_or(block_bits);
    for (option, bits) in [("--block-bits", block_bits), ("--key-bits", key_bits), ("--cipher-bits", cipher_bits)] {
        if !(1..=MAX_BITS).contains(&bits) {
            return Err(CipherError::Target(format!("{option} {bits}: give 1 to {MAX_BITS}")));
        }
    }
    if options.decryption.as_ref().is_some_and(|command| command.trim().is_empty()) {
        return Err(CipherError::Target(
            "--decrypt needs a command, as in --decrypt 'python3 cipher.py --decrypt'".into(),
        ));
    }
    if command.trim().is_empty() {
        return Err(CipherError::Target("exec: needs a command, as in `exec:python3 cipher.py`".into()));
    }
    let timeout = options.timeout.unwrap_or(Duration::from_secs(60));
    Ok(External {
        command: command.into(),
        decryption: options.decryption.clone(),
        block_bits,
        key_bits,
        cipher_bits,
        key_use: key_use(options),
        timeout,
        stop: Arc::clone(&options.stop),
    })
}

fn built_in(text: &str) -> Result<Box<dyn Cipher>, CipherError> {
    let (name, argument) = text.split_once(':').map_or((text, None), |(name, argument)| (name, Some(argument)));
    let bad = |message: String| CipherError::Target(format!("`{text}`: {message}"));
    let number = |argument: &str, what: &str, max: usize| match argument.parse::<usize>() {
        Ok(value) if (1..=max).contains(&value) => Ok(value),
        _ => Err(bad(format!("`{argument}` is no number of {what}; give 1 to {max}"))),
    };
    let bits = |default: usize| argument.map_or(Ok(default), |argument| number(argument, "bits", MAX_BITS));
    let sizes = |block: usize, key: usize| match argument.map(|argument| argument.split_once('/')) {
        None => Ok((block, key)),
        Some(Some((block, key))) => Ok((number(block, "bits", MAX_BITS)?, number(key, "bits", MAX_BITS)?)),
        Some(None) => Err(bad(format!("give bits of message and key, as in `{name}:{block}/{key}`"))),
    };
    let bytes = |bits: usize| {
        if bits.is_multiple_of(8) { Ok(bits) } else { Err(bad(format!("{bits} bits are not whole bytes"))) }
    };
    Ok(match name {
        "one-time-pad" => Box::new(Pad::fair(bits(16)?)),
        "biased-pad" => Box::new(Pad::biased(bits(16)?)),
        "xor" => {
            let (block, key) = sizes(16, 8)?;
            Box::new(Xor { block, key })
        }
        "vigenere" => {
            let (block, key) = sizes(128, 64)?;
            Box::new(Vigenere { block: bytes(block)?, key: bytes(key)? })
        }
        "affine" => Box::new(Affine { block: bytes(bits(64)?)? }),
        "lfsr" => Box::new(Lfsr { block: bits(64)? }),
        "feistel" => {
            let rounds = argument.ok_or_else(|| bad("give the number of rounds, as in `feistel:2`".into()))?;
            Box::new(Feistel::new(number(rounds, "rounds", feistel::MAX_ROUNDS)?))
        }
        "speck32/64" => {
            Box::new(Speck::new(argument.map_or(Ok(speck::FULL_ROUNDS), |rounds| number(rounds, "rounds", 100))?))
        }
        "aes-128" | "chacha20" if argument.is_some() => {
            return Err(bad(format!("{name} takes nothing after its name")));
        }
        "aes-128" => Box::new(Aes),
        "chacha20" => Box::new(ChaCha),
        _ if Reduced::new(name, None).is_some() => {
            let rounds = argument.map(|rounds| number(rounds, "rounds", 100)).transpose()?;
            Box::new(Reduced::new(name, rounds).expect("it has this name"))
        }
        _ => {
            let hint = match nearest(name, BUILT_IN.iter().map(name_alone)) {
                Some(meant) => format!(": did you mean `{}`?", text.replacen(name, meant, 1)),
                None if text.contains('/') => ": there is no such folder of a training run or built-in cipher".into(),
                None => {
                    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                    let names = names.join(", ");
                    format!("; there are {names}, exec:COMMAND, csv:FILE, captures:FILE and a training run's folder")
                }
            };
            return Err(CipherError::Target(format!("no target `{text}`{hint}")));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Target, CipherError> {
        Target::parse(text, &TargetOptions::default())
    }

    #[test]
    fn every_built_in_name_parses_and_decrypts() {
        for (name, _) in BUILT_IN {
            let name = name.split('[').next().unwrap_or(name).replace(":R", ":3");
            let target = parse(&name).unwrap();
            let cipher = target.cipher().unwrap();
            let mut stream = super::super::Stream::new(1, "parse");
            let keys = cipher.random_keys(&mut stream, 20);
            let plaintexts = stream.blocks(cipher.block_bits(), 20);
            let c = cipher.encrypt(&keys, &plaintexts, 5).unwrap();
            assert_eq!(cipher.decrypt(&keys, &c, 5).unwrap(), plaintexts, "{name}");
            assert!(parse(&cipher.name()).is_ok(), "{} names itself", cipher.name());
            assert!(cipher.encrypt(&Blocks::new(3, 1), &plaintexts, 0).is_err());
        }
    }

    use crate::ciphers::Blocks;

    #[test]
    fn only_what_was_parsed_is_a_command_line() {
        assert!(parse("xor").unwrap().is_command_line());
        assert!(!Target::new("xor", Box::new(Xor { block: 16, key: 8 })).is_command_line());
    }

    #[test]
    fn errors_are_one_line_and_say_what_to_do() {
        let message = |text| parse(text).err().unwrap().to_string();
        assert!(message("rot13").contains("speck32/64[:R]"));
        assert_eq!(message("speck32/46:7"), "no target `speck32/46:7`: did you mean `speck32/64:7`?");
        assert!(message("runs/none").ends_with("no such folder of a training run or built-in cipher"));
        assert_eq!(message("aes128"), "no target `aes128`: did you mean `aes-128`?");
        assert!(message("feistel").contains("feistel:2"));
        assert!(message("speck32/64:x").contains("1 to 100"));
        assert!(message("vigenere:12/8").contains("whole bytes"));
        assert!(message("xor:16").contains("xor:16/8"));
        assert!(message("aes-128:3").contains("nothing after"));
        assert!(message("exec:cat").contains("--block-bits N --key-bits K"));
        assert!(message("csv:/no/such").contains("/no/such"));
        let options = TargetOptions { block_bits: Some(0), key_bits: Some(8), ..Default::default() };
        assert!(Target::parse("exec:cat", &options).err().unwrap().to_string().contains("1 to 4096"));
        assert!(Target::parse("aes-128", &options).is_err());
        assert!(Target::parse("csv:x", &options).err().unwrap().to_string().contains("shows its sizes"));
        assert!(message("csv:").contains("csv: needs a file"));
    }
}
