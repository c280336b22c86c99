//! `evesdrop sweep`.

use std::fs;

use serde_json::Value;

use crate::support::say;

const SPEC: &str = "\
seeds = 2
[settings]
bits = 4
preset = \"released\"
batch = 64
max-rounds = 20
evaluate-every = 10
[grid]
key-bits = [4, 5]
";

#[test]
fn a_sweep_is_interrupted_divided_and_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("spec.toml"), SPEC).unwrap();
    let part = say(&format!("sweep {} --out {} --shard 1/2 --json", path("spec.toml"), path("out"))).ok();
    let object: Value = serde_json::from_str(part.text()).unwrap();
    assert_eq!((&object["done"], &object["trials"]), (&2.into(), &4.into()));
    let first = fs::read_to_string(path("out/sweep.jsonl")).unwrap();
    let whole = say(&format!("sweep {} --out {}", path("spec.toml"), path("out"))).ok();
    assert!(whole.text().starts_with("4 of 4 trials done.\n\n| key-bits | done | trained |"), "{}", whole.text());
    let all = fs::read_to_string(path("out/sweep.jsonl")).unwrap();
    assert_eq!(all.lines().count(), 4);
    // With their seconds: they were not run again.
    assert!(first.lines().all(|line| all.contains(line)), "{first}\n{all}");
    for end in ["md", "svg", "csv"] {
        assert!(fs::metadata(path(&format!("out/sweep.{end}"))).unwrap().len() > 0);
    }
    // A trial is the training of these settings.
    let row: Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
    let config = "preset = \"released\"\nbatch = 64\nevaluate-every = 10\n";
    fs::write(path("train.toml"), config).unwrap();
    let options = format!("--config {} --bits 4 --key-bits 4 --max-rounds 20 --seed 1", path("train.toml"));
    say(&format!("train {options} --out {}", path("run"))).exits(1);
    let model = fs::read(path("run/model.safetensors")).unwrap();
    assert_eq!(row["model"].as_str(), Some(blake3::hash(&model).to_hex().as_str()));
}

#[test]
fn with_one_thread_one_trial_runs_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("spec.toml"), SPEC).unwrap();
    say(&format!("sweep {} --out {} --set seeds=6 --threads 1", path("spec.toml"), path("out"))).ok();
    let runs = fs::read_dir(path("out/runs")).unwrap().map(|entry| entry.unwrap().path());
    let mut runs: Vec<_> = runs.collect();
    runs.sort();
    assert_eq!(runs.len(), 12);
    // Trainings begin in the order of their ids, where two threads would begin at both ends of a list.
    let ended: Vec<_> =
        runs.iter().map(|run| fs::metadata(run.join("summary.json")).unwrap().modified().unwrap()).collect();
    assert!(ended.is_sorted(), "{ended:?}");
}

#[test]
fn wrong_specifications_are_refused_with_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let refused = |text: &str, options: &str, because: &str| {
        fs::write(path("spec.toml"), text).unwrap();
        say(&format!("sweep {} --out {} {options}", path("spec.toml"), path("out"))).refused(because);
    };
    refused("seeds = 1\n[settings]\nbitz = 1\n", "", "spec.toml: line 3: unknown field `bitz`");
    refused("[grid]\nbits = [3]\n", "", "spec.toml: bits=3: bits = 3: must be from 4 to 256");
    refused(SPEC, "--set bits", "--set bits: write NAME=VALUE");
    refused(SPEC, "--threads 0", "--threads 0");
    say(&format!("sweep {} --out {}", path("none.toml"), path("out"))).refused("none.toml: No such file");
    say(&format!("sweep {0} --out {0}", path("spec.toml"))).refused("is a file: name a folder");
    assert!(!folder.path().join("out").exists());
}
