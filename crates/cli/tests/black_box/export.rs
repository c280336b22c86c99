//! `evesdrop export`, and the event files of `--tensorboard`.

use std::fs;
use std::path::Path;

use evesdrop::formats::Format;
use evesdrop::model::Model;
use serde_json::Value;

use crate::support::{eight, no_leftovers, say};

#[test]
fn export_writes_the_files_of_each_format() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new/out");
    let run = eight().model();
    let model = Model::load(&run).unwrap();
    for (name, format) in [("onnx", Format::Onnx), ("safetensors", Format::Safetensors), ("npz", Format::Npz)] {
        let line = format!("export {} --format {name} --out {}", run.display(), out.display());
        let said = say(&line).ok();
        let files = format.files(&model);
        let paths: Vec<String> = files.iter().map(|(file, _)| out.join(file).display().to_string()).collect();
        assert_eq!(said.text().lines().collect::<Vec<_>>(), paths, "a line for each file");
        for (file, bytes) in &files {
            assert!(fs::read(out.join(file)).unwrap() == *bytes, "{file}");
        }
        say(&line).refused("exists: --force replaces it");
        fs::write(&paths[0], "other").unwrap();
        say(&format!("{line} --force")).ok();
        assert!(fs::read(&paths[0]).unwrap() == files[0].1, "replaced");
    }
    let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["alice.onnx", "bob.onnx", "eve.onnx", "networks.npz", "networks.safetensors"]);
    no_leftovers(&out);
}

#[test]
fn export_writes_beside_the_model_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.safetensors");
    fs::copy(eight().model().join("model.safetensors"), &model).unwrap();
    say(&format!("export {} --format npz", model.display())).ok();
    assert!(folder.path().join("networks.npz").exists());
    say(&format!("export {} --format onnx", folder.path().display())).ok();
    assert!(folder.path().join("alice.onnx").exists());
}

#[test]
fn export_refuses_what_is_no_model_and_no_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    say(&format!("export {path}/none --format npz")).refused("No such file");
    fs::write(folder.path().join("model.safetensors"), "no model").unwrap();
    say(&format!("export {path} --format npz")).refused("not a whole safetensors file");
    let run = eight().model();
    say(&format!("export {} --format npz --out {path}/model.safetensors", run.display())).refused("model.safetensors");
    let unknown = say(&format!("export {} --format pickle", run.display())).exits(2);
    assert!(unknown.stderr.contains("pickle") && unknown.stderr.contains("safetensors"), "{unknown:?}");
}

/// The events of a file of TensorBoard: each lies between its length with a checksum (12 bytes) and its own checksum (4 bytes).
fn events(file: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(file).unwrap();
    let (mut rest, mut events) = (&bytes[..], vec![]);
    while let Some((length, after)) = rest.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap();
        events.push(after[4..4 + length].to_vec());
        rest = &after[4 + length + 4..];
    }
    assert!(rest.is_empty(), "{} ends within a record", file.display());
    events
}

/// Whether an event file holds the evaluations of a run's folder, one event each after the first.
#[track_caller]
fn holds(file: &Path, run: &Path) {
    let events = events(file);
    let metrics = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    assert_eq!(events.len(), 1 + metrics.lines().count());
    let contains = |event: &[u8], part: &[u8]| event.windows(part.len()).any(|window| window == part);
    assert!(contains(&events[0], b"brain.Event:2"));
    for (event, line) in events[1..].iter().zip(metrics.lines()) {
        let line: Value = serde_json::from_str(line).unwrap();
        for (tag, name) in [("wrong bits/Bob", "bob_wrong_bits"), ("wrong bits/Eve", "eve_wrong_bits")] {
            let value = line[name].as_f64().unwrap() as f32;
            assert!(contains(event, tag.as_bytes()) && contains(event, &value.to_le_bytes()), "{line}");
        }
    }
}

const EVENTS: &str = "events.out.tfevents.0000000000.evesdrop";

#[test]
fn train_writes_an_event_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    say(&format!("train --out {path}/run --tensorboard {path}/logs --bits 4 --max-rounds 200")).exits(1);
    holds(&folder.path().join("logs").join(EVENTS), &folder.path().join("run"));
    fs::write(folder.path().join("file"), "").unwrap();
    say(&format!("train --out {path}/run2 --tensorboard {path}/file --max-rounds 1")).refused("file");
}

#[test]
fn sweep_writes_an_event_file_for_each_trial() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let spec = "seeds = 2\n[settings]\nbits = 4\nbatch = 64\nmax-rounds = 20\nevaluate-every = 10\n[grid]\nkey-bits = [4, 5]\n";
    fs::write(folder.path().join("spec.toml"), spec).unwrap();
    let line = format!("sweep {path}/spec.toml --out {path}/out --tensorboard {path}/logs");
    say(&line).ok();
    for row in fs::read_to_string(folder.path().join("out/sweep.jsonl")).unwrap().lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let label = format!("key-bits={}", row["key-bits"].as_str().unwrap());
        let logs = folder.path().join("logs").join(label).join(format!("seed-{}", row["seed"]));
        assert_eq!(fs::read_dir(&logs).unwrap().count(), 1);
        let hash = |run: &Path| blake3::hash(&fs::read(run.join("model.safetensors")).unwrap()).to_hex().to_string();
        let mut runs = fs::read_dir(folder.path().join("out/runs")).unwrap().map(|entry| entry.unwrap().path());
        let run = runs.find(|run| row["model"] == hash(run)).expect("the training of the row");
        holds(&logs.join(EVENTS), &run);
    }
    assert_eq!(fs::read_dir(folder.path().join("logs")).unwrap().count(), 2);
    // Where no event file can be written, the trials are kept.
    let refused = format!("sweep {path}/spec.toml --out {path}/other --tensorboard {path}/spec.toml");
    let error = say(&refused).exits(2).stderr;
    assert!(error.lines().last().unwrap().starts_with("evesdrop: --tensorboard: "), "{error}");
    let trials = fs::read_dir(folder.path().join("other/trials")).unwrap();
    assert_eq!(trials.count(), 4);
}
