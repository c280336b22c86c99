//! Running the program, and the models shared by several tests.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_evesdrop");

/// The six files of a run.
pub(crate) const FILES: [&str; 6] =
    ["checkpoint.safetensors", "config.toml", "curve.svg", "metrics.jsonl", "model.safetensors", "summary.json"];

/// The program, independent of the environment of the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_remove("EVESDROP_SIMD");
    command
}

/// The exit code and output of one run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    pub(crate) fn from(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).expect("standard error is text");
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(!stderr.contains('\u{1b}') && !stderr.contains('\r'), "terminal codes without a terminal: {stderr:?}");
        Self { code: output.status.code(), stdout: output.stdout, stderr }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is text")
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.exits(0)
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Refused: exit code 2, and one clear line on standard error, apart from the warning of commands that encrypt.
    #[track_caller]
    pub(crate) fn refused(self, because: &str) -> Self {
        assert_eq!(self.code, Some(2), "{self:?}");
        let lines: Vec<&str> = self.stderr.lines().filter(|line| !line.starts_with("warning: learned")).collect();
        assert!(lines.len() == 1 && lines[0].starts_with("evesdrop: "), "one line: {self:?}");
        assert!(lines[0].contains(because), "expected {because:?}: {self:?}");
        self
    }
}

/// Runs the program with these arguments.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    Ran::from(program().args(arguments).output().expect("the program starts"))
}

/// Runs the program with arguments that have no spaces in them.
pub(crate) fn say(line: &str) -> Ran {
    run(line.split_whitespace())
}

/// Asserts that the folder contains no half-written files.
#[track_caller]
pub(crate) fn no_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        assert!(!name.to_string_lossy().starts_with('.'), "{name:?} was left in {}", folder.display());
    }
}

/// Settings with which a pair learns to communicate within a second for any preset, because Eve plays no part.
pub(crate) const EASY: &str = "\
preset = \"released\"
batch = 256
learning-rate = 0.004
eve-steps = 1
evaluate-every = 50
bob-goal = 0.4
eve-goal = 0.0
max-rounds = 20000
give-up = 1500
";

/// A trained pair and a key, made once for all tests.
pub(crate) struct Trained {
    folder: TempDir,
}

impl Trained {
    fn new(bits: usize, key_bits: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        fs::write(file("easy.toml"), EASY).expect("written");
        let (out, config) = (file("model"), file("easy.toml"));
        say(&format!("train --out {out} --config {config} --bits {bits} --key-bits {key_bits}")).ok();
        say(&format!("keygen {}", file("key"))).ok();
        Self { folder }
    }

    pub(crate) fn model(&self) -> PathBuf {
        self.folder.path().join("model")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    /// `encrypt` or `decrypt` with this model and key.
    pub(crate) fn crypt(&self, command: &str, input: impl AsRef<OsStr>, output: impl AsRef<OsStr>) -> Command {
        let mut program = program();
        program.arg(command).arg("--model").arg(self.model()).arg("--key-file").arg(self.key());
        program.args([input.as_ref(), output.as_ref()]);
        program
    }
}

/// Runs a prepared command.
pub(crate) fn finish(command: &mut Command) -> Ran {
    Ran::from(command.output().expect("the program starts"))
}

/// Eight message bits and eight key bits.
pub(crate) fn eight() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| Trained::new(8, 8))
}

/// Thirteen message bits and five key bits: blocks do not end at byte boundaries.
pub(crate) fn thirteen() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| Trained::new(13, 5))
}

/// Twelve message bits and twenty key bits.
pub(crate) fn twelve() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| Trained::new(12, 20))
}

/// Random bytes, the same every time.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    evesdrop::engine::Stream::new(1, "noise").at(0, 0).fill(&mut bytes);
    bytes
}
