//! The command line: commands, options and help.

mod attack;
mod choice;
mod export;
mod files;
mod other;
mod paper;
mod sweep;
mod train;

use clap::{Parser, Subcommand};

pub(crate) use attack::Attack;
pub(crate) use export::Export;
pub(crate) use files::{Decrypt, Encrypt, Files, Keygen};
pub(crate) use other::{Bench, Completions, Demo, Inspect, Man};
pub(crate) use paper::{Experiments, Paper};
pub(crate) use sweep::Sweep;
pub(crate) use train::Train;

/// The warning that every command prints once if it encrypts with a learned cipher.
pub(crate) const WARNING: &str = "learned ciphers protect nothing: they are here to be studied and broken";

/// Trains neural networks to encrypt, and attacks the result or any other cipher.
///
/// Alice and Bob learn a cipher while Eve learns to break it. The attack command tests their cipher, a built-in one or your
/// own, and reports what it found. Learned ciphers protect nothing: they are for study.
#[derive(Debug, Parser)]
#[command(name = "evesdrop", version, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  evesdrop demo
  evesdrop train --out runs/first
  evesdrop attack runs/first
  evesdrop attack 'exec:python3 cipher.py' --block-bits 64 --key-bits 128")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(Demo),
    Train(Train),
    Attack(Attack),
    /// Repeats the experiments of the paper and runs further ones.
    ///
    /// Every experiment is a set of independent trials. A finished trial is kept and never runs again: after Ctrl-C the same
    /// command continues.
    #[command(after_help = "\
Examples:
  evesdrop paper list
  evesdrop paper fig3
  evesdrop paper all --scale quick --out runs/paper
  evesdrop paper fig3 --scale full --shard 1/2      on one machine; --shard 2/2 on another
  evesdrop paper merge one/paper other/paper --out runs/paper")]
    Paper {
        #[command(subcommand)]
        command: Paper,
    },
    Sweep(Sweep),
    Keygen(Keygen),
    Encrypt(Encrypt),
    Decrypt(Decrypt),
    Inspect(Inspect),
    Export(Export),
    Bench(Bench),
    Completions(Completions),
    Man(Man),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Calls `check` with every command and its full name.
    fn for_every_command(command: &clap::Command, name: &str, check: &mut impl FnMut(&clap::Command, &str)) {
        check(command, name);
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            for_every_command(inner, &format!("{name} {}", inner.get_name()), check);
        }
    }

    fn root() -> clap::Command {
        let mut command = Arguments::command().term_width(100);
        command.build();
        command
    }

    #[test]
    fn clap_finds_no_fault() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_that_parses_and_fits_a_line() {
        let root = root();
        for_every_command(&root, "evesdrop", &mut |command, name| {
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = examples.lines().filter(|line| line.contains("evesdrop ")).collect();
            assert!(!lines.is_empty(), "{name} has no example");
            for line in lines {
                assert!(line.len() <= 100, "{line}");
                // Without the text before the program and after two spaces.
                let (_, arguments) = line.split_once("evesdrop ").expect("it was found");
                let arguments = arguments.split("  ").next().unwrap_or_default();
                let arguments = arguments.split([';', '>', '|']).next().unwrap_or_default();
                let words = arguments.split('\'').enumerate().flat_map(|(i, part)| match i % 2 {
                    0 => part.split_whitespace().collect(),
                    _ => vec![part],
                });
                let words: Vec<&str> = std::iter::once("evesdrop").chain(words).collect();
                if let Err(error) = Arguments::try_parse_from(&words) {
                    panic!("{name}: {words:?}: {error}");
                }
            }
        });
    }

    /// `docs/reference/commands.md` contains the help of every command. `UPDATE_DOCS=1 cargo test -p evesdrop-cli reference`
    /// writes it.
    #[test]
    fn the_reference_is_the_help() {
        let mut page = "\
# Commands

This page is the help of every command, as `evesdrop COMMAND --help` prints it. It is generated from the command line's own
definition by `UPDATE_DOCS=1 cargo test -p evesdrop-cli reference`.
"
        .to_owned();
        for_every_command(&root(), "evesdrop", &mut |command, name| {
            let help = command.clone().render_long_help().to_string();
            for line in help.lines() {
                assert!(line.chars().count() <= 100, "{name}: {line}");
            }
            let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
            page += &format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n"));
        });
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/commands.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(file, &page).expect("written");
        }
        let kept = std::fs::read_to_string(file).unwrap_or_default();
        assert!(kept == page, "docs/reference/commands.md differs from the help: run the tests with UPDATE_DOCS=1");
    }
}
