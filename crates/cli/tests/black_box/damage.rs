//! Damaged files: one clear error line, and nothing is written.

use std::fs;
use std::path::Path;

use crate::support::{FILES, Ran, eight, finish, no_leftovers, noise, program, say, thirteen};

/// The file cut short and with single bits flipped, at about `count` places each, including the first and the last.
fn damaged(whole: &[u8], count: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    let step = (whole.len() / count).max(1);
    let places = (0..whole.len()).step_by(step).chain([whole.len() - 1]);
    places.enumerate().flat_map(move |(i, place)| {
        let mut flipped = whole.to_vec();
        flipped[place] ^= 1 << (i % 8);
        [whole[..place].to_vec(), flipped]
    })
}

#[track_caller]
fn refused_without_output(ran: Ran, output: &Path) {
    ran.refused("");
    assert!(!output.exists(), "{}", output.display());
    no_leftovers(output.parent().unwrap());
}

#[test]
fn damaged_encrypted_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("plain"), noise(5000)).unwrap();
    finish(&mut eight().crypt("encrypt", file("plain"), file("secret"))).ok();
    let whole = fs::read(file("secret")).unwrap();
    let mut longer = whole.clone();
    longer.push(0);
    for bytes in damaged(&whole, 40).chain([longer]) {
        fs::write(file("damaged"), bytes).unwrap();
        refused_without_output(finish(&mut eight().crypt("decrypt", file("damaged"), file("back"))), &file("back"));
    }
    // Every part of the header.
    for place in (0..68).chain(whole.len() - 44..whole.len()) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        fs::write(file("damaged"), bytes).unwrap();
        refused_without_output(finish(&mut eight().crypt("decrypt", file("damaged"), file("back"))), &file("back"));
    }
}

#[test]
fn a_refused_file_leaves_an_older_output_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("secret"), "not encrypted at all").unwrap();
    fs::write(file("back"), "older").unwrap();
    let ran = finish(eight().crypt("decrypt", file("secret"), file("back")).arg("--force"));
    ran.refused("not a file that evesdrop encrypted");
    assert_eq!(fs::read_to_string(file("back")).unwrap(), "older");
    no_leftovers(folder.path());
}

#[test]
fn wrong_keys_and_models_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("plain"), "attack at dawn").unwrap();
    finish(&mut eight().crypt("encrypt", file("plain"), file("secret"))).ok();
    say(&format!("keygen {}", file("other").display())).ok();
    for length in [0, 1, 31, 33, 5000] {
        fs::write(file("key"), noise(length)).unwrap();
        let mut command = program();
        command.arg("decrypt").arg("--model").arg(eight().model()).arg("--key-file").arg(file("key"));
        let ran = finish(command.arg(file("secret")).arg(file("back")));
        ran.refused(&format!("holds {length} bytes, a key file holds 32"));
    }
    let mut command = program();
    command.arg("decrypt").arg("--model").arg(eight().model()).arg("--key-file").arg(file("other"));
    finish(command.arg(file("secret")).arg(file("back"))).refused("wrong key");
    let mut command = program();
    command.arg("decrypt").arg("--model").arg(thirteen().model()).arg("--key-file").arg(eight().key());
    finish(command.arg(file("secret")).arg(file("back"))).refused("another model");
    finish(eight().crypt("decrypt", file("secret"), file("back")).args(["--precision", "4"])).refused("--precision");
    assert!(!file("back").exists());
    no_leftovers(folder.path());
}

#[test]
fn damaged_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("plain"), "attack at dawn").unwrap();
    let whole = fs::read(eight().model().join("model.safetensors")).unwrap();
    for bytes in damaged(&whole, 40).chain([b"{}".to_vec(), noise(1000)]) {
        fs::write(file("model"), bytes).unwrap();
        let mut command = program();
        command.arg("encrypt").arg("--model").arg(file("model")).arg("--key-file").arg(eight().key());
        refused_without_output(finish(command.arg(file("plain")).arg(file("secret"))), &file("secret"));
    }
}

#[test]
fn damaged_checkpoints_are_refused_and_nothing_of_the_run_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::write(folder.path().join("c.toml"), "evaluate-every = 10\n").unwrap();
    let (out, config) = (run.display(), folder.path().join("c.toml"));
    say(&format!("train --out {out} --config {} --bits 4 --batch 128 --max-rounds 30", config.display())).exits(1);
    let whole = fs::read(run.join("checkpoint.safetensors")).unwrap();
    let files = || FILES.map(|file| fs::read(run.join(file)).unwrap());
    for bytes in damaged(&whole, 40) {
        fs::write(run.join("checkpoint.safetensors"), bytes).unwrap();
        let before = files();
        say(&format!("train --resume {out} --max-rounds 60")).refused("checkpoint.safetensors");
        assert!(files() == before);
        no_leftovers(&run);
    }
    // Another game's checkpoint.
    fs::copy(eight().model().join("checkpoint.safetensors"), run.join("checkpoint.safetensors")).unwrap();
    say(&format!("train --resume {out}")).refused("checkpoint.safetensors");
    fs::write(run.join("checkpoint.safetensors"), whole).unwrap();
    say(&format!("train --resume {out}")).exits(1);
}
