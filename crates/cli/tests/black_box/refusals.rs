//! Bad input gets one clear line and exit code 2.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{PROGRAM, Ran, eight, finish, no_leftovers, noise, program, say};

#[test]
fn settings_are_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let (config, out) = (folder.path().join("c.toml"), folder.path().join("run"));
    for (text, because) in [
        ("seed = 1\n\nbitz = 8\n", "line 3: unknown field `bitz`"),
        ("bits = \"many\"", "line 1: invalid type"),
        ("seed = 1\nbits =", "line 2:"),
        ("bits = 3", "bits = 3: must be from 4 to 256"),
        ("bits = 257", "bits = 257: must be from 4 to 256"),
        ("bits = -4", "line 1:"),
        ("preset = \"best\"", "line 1: unknown variant `best`"),
        ("learning-rate = nan", "learning-rate = NaN"),
        ("bits = 8\nbits = 9", "line 2: duplicate key"),
        ("bits = 99999999999999999999999", "line 1:"),
        ("game = \"poker\"", "line 1: unknown variant `poker`"),
        ("random-bits = 4", "random-bits = 4: only in the asymmetric game"),
        ("key-bits = 4\nleaked-key-bits = 5", "leaked-key-bits = 5: must be from 0 to 4"),
        ("eves = [\"same\", \"cat\"]", "line 1: unknown variant `cat`"),
    ] {
        fs::write(&config, text).unwrap();
        say(&format!("train --out {} --config {}", out.display(), config.display())).refused(because);
        assert!(!out.exists(), "{text}");
    }
    fs::write(&config, [0xff, 0xfe, 0x00]).unwrap();
    say(&format!("train --out {} --config {}", out.display(), config.display())).refused("UTF-8");
    say(&format!("train --out {} --config {}/none.toml", out.display(), folder.path().display()))
        .refused("No such file");
    say(&format!("train --out {} --config {}", out.display(), folder.path().display())).refused("directory");
    say(&format!("train --out {} --config /dev/zero", out.display())).refused("/dev/zero: larger than 1 MiB");
}

#[test]
fn numbers_out_of_range_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    for (options, because) in [
        ("--bits 3", "bits = 3: must be from 4 to 256"),
        ("--bits 257", "bits = 257"),
        ("--key-bits 0", "key-bits = 0: must be from 1 to 256"),
        ("--key-bits 257", "key-bits = 257"),
        ("--batch 0", "batch = 0"),
        ("--batch 1048577", "batch = 1048577"),
        ("--max-rounds 0", "max-rounds = 0"),
        ("--threads 0", "--threads 0"),
        ("--threads 100000", "--threads 100000"),
        ("--seed 9223372036854775808", "seed = 9223372036854775808"),
        ("--bits 8 --max-rounds 1 --checkpoint-every nan", "--checkpoint-every"),
        ("--bits 8 --max-rounds 1 --checkpoint-every=-1", "--checkpoint-every"),
    ] {
        say(&format!("train --out {} {options}", out.display())).refused(because);
        assert!(!out.exists(), "{options}");
    }
    for (options, because) in [
        ("--bits many", "invalid value 'many' for '--bits <N>'"),
        ("--bits -1", "invalid value '-1' for '--bits <N>'"),
        ("--preset best", "invalid value 'best' for '--preset"),
        ("--keep-going", "not provided: --max-rounds <R>; see --help"),
        ("--resume x", "cannot be used with"),
        ("--bit 8", "a similar argument exists: '--bits'"),
        ("--seed 1e9", "invalid value '1e9'"),
    ] {
        say(&format!("train --out {} {options}", out.display())).refused(because);
        assert!(!out.exists(), "{options}");
    }
    say("train").refused("--out DIR, or continue a run with --resume DIR");
    say("decrypt --precision 8").refused("unexpected argument '--precision'");
}

#[test]
fn a_file_setting_given_as_an_option_gives_its_line() {
    for (options, line) in [
        ("--learning-rate 0.002", "`learning-rate = 0.002`"),
        ("--learning_rate=0.002", "`learning-rate = 0.002`"),
        ("--bits 8 --network-form 1 --eve-steps 3", ""),
        ("--eve-steps 3 --bits 8", "`eve-steps = 3`"),
        ("--eve-steps", "`eve-steps = ...`"),
        ("--initialisation doubled", "`initialisation = \"doubled\"`"),
    ] {
        let ran = say(&format!("train --out /nowhere {options}"));
        if line.is_empty() {
            ran.refused("unexpected argument '--network-form'");
        } else {
            assert!(ran.stderr.contains("--config settings.toml"), "{ran:?}");
            ran.refused(line);
        }
    }
    say("inspect --learning-rate 0.002").refused("unexpected argument '--learning-rate'");
}

#[test]
fn error_lines_have_a_maximum_length() {
    let long = "x".repeat(100_000);
    for line in [format!("train --out {long}"), format!("train --bits {long}"), format!("attack {long}"), long.clone()]
    {
        let ran = say(&line);
        assert!(ran.stderr.len() < 1000, "{} bytes for {:.20}", ran.stderr.len(), line);
        ran.refused("characters left out");
    }
}

#[test]
fn folders_that_hold_no_run_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    say(&format!("train --resume {path}")).refused("is not the folder of a training run");
    say(&format!("train --resume {path}/none")).refused("is not the folder of a training run");
    fs::write(folder.path().join("config.toml"), "bits = 8\nbitz = 9\n").unwrap();
    say(&format!("train --resume {path}")).refused("config.toml: line 2: unknown field");
    fs::write(folder.path().join("file"), "").unwrap();
    say(&format!("train --resume {path}/file")).refused("file");
    for command in ["inspect", "attack"] {
        say(&format!("{command} {path}")).refused("no model.safetensors");
    }
    say(&format!("demo --out {path}")).refused("contains files that are not from a demo");
    say(&format!("demo --out {path}/file")).refused("file is a file");
}

#[test]
fn only_a_run_is_replaced_and_only_by_a_valid_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let train = format!("train --out {path} --force --bits 4 --batch 64 --max-rounds 2");
    for (name, text, because) in [
        ("model.safetensors", "mine", "is not the folder of a training run"),
        ("config.toml", "[server]\nport = 80\n", "config.toml: line 1: unknown field `server`"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
        say(&train).refused(because);
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text);
    }
    fs::remove_file(folder.path().join("config.toml")).unwrap();
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    say(&train).exits(1);
    say(&format!("inspect {path} --samples 128")).ok();
    say(&train).exits(1);
    assert!(!folder.path().join("inspect.svg").exists(), "the picture of the model before");
    fs::remove_file(folder.path().join("checkpoint.safetensors")).unwrap();
    say(&format!("train --resume {path} --max-rounds 3")).refused("a model but no checkpoint.safetensors");
}

#[test]
fn one_program_at_a_time_trains_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let line = format!("train --out {} --bits 4 --batch 64 --max-rounds 4000000 --keep-going", path.display());
    let mut first = program().args(line.split_whitespace()).spawn().unwrap();
    while !path.join("metrics.jsonl").exists() {
        assert!(first.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    say(&format!("train --resume {}", path.display())).refused("another training is running");
    say(&format!("{line} --force")).refused("another training is running");
    first.kill().unwrap();
    first.wait().unwrap();
    say(&format!("train --resume {} --max-rounds 1", path.display()));
}

#[test]
fn folders_that_cannot_be_written_are_refused() {
    // Neither case depends on the user who runs the test.
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("file"), noise(10)).unwrap();
    for nowhere in [file("file/under"), "/proc/nowhere".into(), file("file")] {
        say(&format!("train --out {} --bits 4 --max-rounds 1", nowhere.display()))
            .refused(&nowhere.display().to_string());
    }
    for nowhere in [file("file/under"), "/proc/nowhere".into(), file("none/under")] {
        let ran = finish(&mut eight().crypt("encrypt", file("file"), &nowhere));
        let ran = ran.refused(&nowhere.display().to_string());
        assert!(!ran.stderr.contains(".evesdrop-") && !ran.stderr.contains("os error"), "{ran:?}");
        say(&format!("keygen {}", nowhere.display())).refused(&nowhere.display().to_string());
    }
    finish(&mut eight().crypt("encrypt", file("file"), folder.path())).refused("is a folder");
    no_leftovers(folder.path());
}

#[test]
fn inputs_that_cannot_be_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    for command in ["encrypt", "decrypt"] {
        finish(&mut eight().crypt(command, file("none"), file("out"))).refused("none: No such file");
        finish(&mut eight().crypt(command, folder.path(), file("out"))).refused("is a folder");
    }
    fs::write(file("plain"), "").unwrap();
    for (model, key, because) in [
        (file("none"), eight().key(), "none: No such file"),
        (folder.path().into(), eight().key(), "no model.safetensors in this folder"),
        (eight().model(), file("none"), "none: No such file"),
    ] {
        let mut command = program();
        command.arg("encrypt").arg("--model").arg(model).arg("--key-file").arg(key).arg(file("plain")).arg(file("out"));
        finish(&mut command).refused(because);
    }
    finish(&mut eight().crypt("decrypt", "/dev/zero", file("out"))).refused("/dev/zero: not a file that evesdrop");
    for precision in ["0", "17"] {
        finish(eight().crypt("encrypt", file("plain"), file("out")).args(["--precision", precision]))
            .refused("precision");
    }
    assert!(!file("out").exists());
    no_leftovers(folder.path());
}

/// Runs the program with a limit on file sizes, in blocks of 512 bytes. This acts like a full disk, for any user.
fn on_a_full_disk(blocks: usize, arguments: &str) -> Ran {
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec {PROGRAM} {arguments}");
    finish(Command::new("sh").args(["-c", &line]).env_remove("EVESDROP_SIMD"))
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let (model, key) = (eight().model(), eight().key());
    let crypt = format!("--model {} --key-file {}", model.display(), key.display());
    fs::write(folder.path().join("plain"), noise(50_000)).unwrap();
    say(&format!("encrypt {crypt} {path}/plain {path}/secret")).ok();
    on_a_full_disk(8, &format!("encrypt {crypt} {path}/plain {path}/out")).refused("File too large");
    on_a_full_disk(8, &format!("decrypt {crypt} {path}/secret {path}/out")).refused("File too large");
    on_a_full_disk(0, &format!("keygen {path}/out")).refused("File too large");
    assert!(!folder.path().join("out").exists());
    let train = format!("train --out {path}/run --bits 64 --batch 128 --max-rounds 2");
    on_a_full_disk(8, &train).refused("File too large");
    no_leftovers(&folder.path().join("run"));
    no_leftovers(folder.path());
    // With enough space, the run continues.
    say(&format!("train --resume {path}/run")).exits(1);
}

#[test]
fn files_need_a_shared_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let run = file("run");
    say(&format!("train --out {run} --game asymmetric --bits 4 --batch 64 --max-rounds 2")).exits(1);
    say(&format!("keygen {}", file("key"))).ok();
    fs::write(file("in"), "hello").unwrap();
    let because = "a model of the asymmetric game";
    say(&format!("encrypt --model {run} --key-file {} {} {}", file("key"), file("in"), file("out"))).refused(because);
    say(&format!("inspect {run}")).refused(because);
    assert!(!Path::new(&file("out")).exists());
    no_leftovers(folder.path());
}
