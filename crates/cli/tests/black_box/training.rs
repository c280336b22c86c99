//! `evesdrop train`: its files, its output, its exit codes.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{EASY, FILES, Ran, eight, no_leftovers, run, say};

const KEYS: [&str; 9] = [
    "outcome",
    "rounds",
    "bob_wrong_bits",
    "eve_wrong_bits",
    "bob_wrong_bits_hard",
    "eve_wrong_bits_hard",
    "seconds",
    "seed",
    "run",
];

fn last_line(ran: &Ran) -> Value {
    let line: Value = serde_json::from_str(ran.text().lines().last().expect("a line")).expect("one JSON object");
    for key in KEYS {
        assert!(line.get(key).is_some(), "{key} is not in {line}");
    }
    line
}

#[test]
fn a_trained_run_exits_0_and_leaves_six_files() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("deep/er/run");
    let config = folder.path().join("easy.toml");
    fs::write(&config, EASY).unwrap();
    let line = format!("train --out {} --config {} --bits 6 --seed 3 --json", out.display(), config.display());
    let ran = say(&line).ok();
    assert_eq!(ran.text().lines().count(), 1, "standard output is for the program that reads it");
    let line = last_line(&ran);
    assert_eq!(line["outcome"], "trained");
    assert_eq!(line["seed"], 3);
    assert_eq!(line["run"], out.display().to_string());
    assert!(line["bob_wrong_bits"].as_f64().unwrap() <= 0.4 * 6.0 / 16.0);
    assert!(line["rounds"].as_u64().unwrap().is_multiple_of(50) && line["seconds"].as_f64().unwrap() > 0.0);
    let names: BTreeSet<_> =
        fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, FILES.map(String::from).into());
    let summary: Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary, line);
    let settings = fs::read_to_string(out.join("config.toml")).unwrap();
    assert!(settings.contains("bits = 6\n") && settings.contains("seed = 3\n"), "{settings}");
    let metrics = fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    let rounds: Vec<u64> =
        metrics.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["round"].as_u64().unwrap()).collect();
    assert!(rounds.iter().zip(1..).all(|(round, i)| *round == 50 * i), "{rounds:?}");
    assert!(fs::read_to_string(out.join("curve.svg")).unwrap().starts_with("<svg"));
    // A trained run has nothing left to do.
    let again = say(&format!("train --resume {} --json", out.display())).ok();
    assert!(again.stderr.starts_with("this run is finished: it is trained; nothing to do\n"), "{again:?}");
    assert_eq!(last_line(&again)["rounds"], line["rounds"]);
}

#[test]
fn a_failed_run_exits_1_and_leaves_six_files() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    // The run is too short for a regular test. It is tested at the end, so the summary has its figures.
    let ran = say(&format!("train --out {} --bits 4 --batch 128 --max-rounds 3 --json", out.display())).exits(1);
    let line = last_line(&ran);
    assert_eq!(line["outcome"], "failed");
    assert_eq!(line["rounds"], 3);
    assert!(line["bob_wrong_bits"].as_f64().is_some_and(|wrong| (1.0..3.0).contains(&wrong)), "{line}");
    for file in FILES {
        assert!(out.join(file).exists(), "{file}");
    }
    no_leftovers(&out);
    let ran = say(&format!("train --out {} --force --bits 4 --batch 128 --max-rounds 3", out.display())).exits(1);
    assert!(ran.text().starts_with("goals not met after 3 rounds"), "{ran:?}");
    assert!(ran.stderr.is_empty(), "no progress bar without a terminal: {ran:?}");
}

#[test]
fn a_used_folder_is_not_changed_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    say(&format!("train --out {path} --bits 4 --max-rounds 1")).refused("is not empty");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    say(&format!("train --out {path} --bits 4 --batch 128 --max-rounds 1 --force")).exits(1);
    let first = fs::read(folder.path().join("model.safetensors")).unwrap();
    say(&format!("train --out {path} --bits 5 --batch 128 --max-rounds 1 --force")).exits(1);
    assert_ne!(fs::read(folder.path().join("model.safetensors")).unwrap(), first);
    assert_eq!(fs::read_to_string(folder.path().join("thesis.txt")).unwrap(), "years of work");
}

#[test]
fn an_empty_folder_may_be_used() {
    let folder = tempfile::tempdir().unwrap();
    say(&format!("train --out {} --bits 4 --batch 128 --max-rounds 1", folder.path().display())).exits(1);
}

#[test]
fn options_override_the_file_and_the_file_overrides_the_preset() {
    let folder = tempfile::tempdir().unwrap();
    let (config, out) = (folder.path().join("c.toml"), folder.path().join("run"));
    fs::write(&config, "preset = \"released\"\nbits = 5\nbatch = 64\nseed = 9\n").unwrap();
    let line = format!("train --out {} --config {} --bits 4 --max-rounds 2", out.display(), config.display());
    say(&line).exits(1);
    let settings = fs::read_to_string(out.join("config.toml")).unwrap();
    for expected in
        ["preset = \"released\"", "bits = 4", "key-bits = 4", "batch = 64", "seed = 9", "network = \"released\""]
    {
        assert!(settings.lines().any(|line| line == expected), "{expected}: {settings}");
    }
    // The run's own settings reproduce the run.
    let (model, again) = (out.join("model.safetensors"), folder.path().join("again"));
    say(&format!("train --out {} --config {}", again.display(), out.join("config.toml").display())).exits(1);
    assert!(fs::read(model).unwrap() == fs::read(again.join("model.safetensors")).unwrap());
}

#[test]
fn every_preset_and_the_widest_and_narrowest_sizes_start() {
    let folder = tempfile::tempdir().unwrap();
    for (i, options) in [
        "--preset paper --bits 4 --key-bits 1",
        "--preset released --bits 256 --key-bits 256",
        "--preset fast --bits 256 --key-bits 1",
        "--preset fast --bits 4 --key-bits 256",
        "--preset paper --bits 7 --key-bits 3 --batch 1",
    ]
    .iter()
    .enumerate()
    {
        let out = folder.path().join(i.to_string());
        let batch = if options.contains("--batch") { "" } else { "--batch 64" };
        say(&format!("train --out {} {options} {batch} --max-rounds 2", out.display())).exits(1);
    }
}

#[test]
fn without_arguments_help_is_shown() {
    let ran = run([""; 0]).exits(2);
    assert!(ran.stderr.contains("Usage: evesdrop") && ran.stderr.contains("train"), "{ran:?}");
    let help = say("train --help").ok();
    assert!(help.text().contains("--resume"), "{help:?}");
    assert!(say("--version").ok().text().starts_with("evesdrop "));
}

#[test]
fn encrypting_warns_once_that_it_protects_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in"), "attack at dawn").unwrap();
    let ran =
        crate::support::finish(&mut eight().crypt("encrypt", folder.path().join("in"), folder.path().join("out")));
    assert_eq!(ran.ok().stderr.matches("learned ciphers protect nothing").count(), 1);
}
