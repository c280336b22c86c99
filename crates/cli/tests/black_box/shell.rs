//! `evesdrop completions` and `evesdrop man`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::say;

#[test]
fn completions_hold_commands_options_and_values() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = say(&format!("completions {shell}")).ok();
        // Elvish and PowerShell do not complete values.
        let values: &[&str] =
            if ["elvish", "powershell"].contains(&shell) { &[] } else { &["chosen-plaintext", "thorough"] };
        for word in ["encrypt", "strong-eve", "leaked-key-bits"].iter().chain(values) {
            assert!(script.text().contains(word), "{shell}: {word}");
        }
    }
    say("completions tcsh").refused("invalid value 'tcsh'");
    let script = say("completions bash").ok().stdout;
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(&script).unwrap();
    assert!(bash.wait().unwrap().success());
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("deep/er");
    for _ in 0..2 {
        say(&format!("man {}", pages.display())).ok();
    }
    let help = say("--help").ok();
    let listed = help.text().split_once("Commands:").unwrap().1.split_once("Options:").unwrap().0;
    let commands: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let commands = commands.into_iter().filter(|name| !["", "help"].contains(name));
    let mut names: Vec<String> = commands.map(|name| format!("evesdrop-{name}.1")).collect();
    assert!(names.len() > 10, "{names:?}");
    names.extend(["evesdrop.1".into(), "evesdrop-paper-fig3.1".into()]);
    for name in names {
        let page = fs::read_to_string(pages.join(&name)).expect(&name);
        assert!(page.contains(".TH evesdrop") && page.contains("Example"), "{name}");
    }
    fs::write(folder.path().join("file"), "").unwrap();
    say(&format!("man {}/file", folder.path().display())).refused("file: File exists");
}
