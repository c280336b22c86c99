//! Files survive encryption and decryption: every size, key length, precision and number of threads, through files and pipes.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::support::{Ran, Trained, eight, finish, no_leftovers, noise, say, thirteen, twelve};

/// Encrypts `plaintext` with some options, decrypts it with 1 and 2 threads, and compares.
#[track_caller]
fn round_trip(trained: &Trained, plaintext: &[u8], options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("plain"), plaintext).unwrap();
    finish(trained.crypt("encrypt", file("plain"), file("secret")).args(options)).ok();
    for threads in ["1", "2"] {
        finish(trained.crypt("decrypt", file("secret"), file("back")).args(["--force", "--threads", threads])).ok();
        assert!(fs::read(file("back")).unwrap() == plaintext, "{} bytes, {options:?}", plaintext.len());
    }
    no_leftovers(folder.path());
}

#[test]
fn every_size_survives_encryption() {
    // A chunk is 4096 blocks of one byte.
    for size in [0, 1, 2, 3, 7, 127, 128, 129, 4095, 4096, 4097, 8191, 8192, 8193, 3 * 4096 + 1] {
        round_trip(eight(), &noise(size), &["--threads", "2"]);
    }
    round_trip(eight(), &[0; 5000], &["--threads", "1"]);
    round_trip(eight(), &[255; 5000], &["--threads", "1"]);
}

#[test]
fn blocks_need_not_be_whole_bytes() {
    // Chunks of 4096 * 13 / 8 and 4096 * 12 / 8 bytes.
    for size in [0, 1, 2, 13, 14, 207, 208, 209, 6655, 6656, 6657, 2 * 6656 + 5] {
        round_trip(thirteen(), &noise(size), &["--threads", "2"]);
    }
    for size in [1, 3, 191, 192, 193, 6143, 6144, 6145, 20_000] {
        round_trip(twelve(), &noise(size), &["--threads", "1"]);
    }
}

#[test]
fn every_precision_decrypts_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("plain"), noise(333)).unwrap();
    let mut sizes = vec![];
    for precision in 1..=16 {
        let bits = precision.to_string();
        let ran = finish(thirteen().crypt("encrypt", file("plain"), file("secret")).args(["--precision", &bits]));
        if ran.code == Some(0) {
            finish(thirteen().crypt("decrypt", file("secret"), file("back")).arg("--force")).ok();
            assert!(fs::read(file("back")).unwrap() == noise(333), "{bits} bits");
            sizes.push(fs::metadata(file("secret")).unwrap().len());
            fs::remove_file(file("secret")).unwrap();
        } else {
            assert!(precision < 4, "{bits} bits should do: {ran:?}");
            ran.refused("Bob misreads");
            assert!(!file("secret").exists());
        }
    }
    assert!(sizes.len() > 12 && sizes.last() > sizes.first());
    no_leftovers(folder.path());
}

fn pipe(trained: &Trained, command: &str, input: &[u8]) -> Ran {
    let mut child = trained.crypt(command, "-", "-");
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        Ran::from(child.wait_with_output().unwrap())
    })
}

#[test]
fn pipes_carry_both_ways() {
    for size in [0, 1, 10_000] {
        let secret = pipe(eight(), "encrypt", &noise(size)).ok();
        assert!(pipe(eight(), "decrypt", &secret.stdout).ok().stdout == noise(size));
    }
}

#[test]
fn files_of_the_system_without_a_length_can_be_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    finish(&mut eight().crypt("encrypt", "/proc/version", file("secret"))).ok();
    finish(&mut eight().crypt("decrypt", file("secret"), file("back"))).ok();
    assert_eq!(fs::read(file("back")).unwrap(), fs::read("/proc/version").unwrap());
}

#[test]
fn devices_are_written_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (fifo, plain) = (folder.path().join("fifo"), folder.path().join("plain"));
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    fs::write(&plain, noise(5000)).unwrap();
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || fs::read(fifo).unwrap()
    });
    finish(&mut eight().crypt("encrypt", &plain, &fifo)).ok();
    let secret = folder.path().join("secret");
    fs::write(&secret, reader.join().unwrap()).unwrap();
    finish(eight().crypt("decrypt", &secret, &plain).arg("--force")).ok();
    assert!(fs::read(&plain).unwrap() == noise(5000));
    assert!(!fs::metadata(&fifo).unwrap().is_file());
}

#[test]
fn a_file_may_be_encrypted_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, noise(9000)).unwrap();
    finish(eight().crypt("encrypt", &file, &file).arg("--force")).ok();
    assert!(fs::read(&file).unwrap().starts_with(b"EVESDROP"));
    finish(eight().crypt("decrypt", &file, &file).arg("--force")).ok();
    assert!(fs::read(&file).unwrap() == noise(9000));
}

#[test]
fn existing_output_is_replaced_only_with_force() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("plain"), noise(3000)).unwrap();
    for (command, input) in [("encrypt", "plain"), ("decrypt", "secret")] {
        let output = format!("{command}ed");
        fs::write(file(&output), "years of work").unwrap();
        finish(&mut eight().crypt(command, file(input), file(&output))).refused(match command {
            // The input is checked first: it does not exist yet.
            "decrypt" if !file("secret").exists() => "secret: No such file",
            _ => "the file exists: choose another name, or replace it with --force",
        });
        assert_eq!(fs::read_to_string(file(&output)).unwrap(), "years of work");
        if command == "encrypt" {
            finish(eight().crypt(command, file(input), file("secret")).arg("--force")).ok();
        }
        finish(eight().crypt(command, file(input), file(&output)).arg("--force")).ok();
    }
    assert!(fs::read(file("decrypted")).unwrap() == noise(3000));
    no_leftovers(folder.path());
}

#[test]
fn encrypting_says_how_much_larger_the_file_became() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("plain"), noise(3000)).unwrap();
    let ran = finish(&mut eight().crypt("encrypt", file("plain"), file("secret"))).ok();
    let length = fs::metadata(file("secret")).unwrap().len();
    let expected = format!("3000 bytes became {length} bytes, {:.1} times as many;", length as f64 / 3000.0);
    assert!(ran.stderr.contains(&expected), "{expected}: {ran:?}");
    fs::write(file("empty"), "").unwrap();
    let ran = finish(&mut eight().crypt("encrypt", file("empty"), file("nothing"))).ok();
    assert!(ran.stderr.contains("0 bytes became 112 bytes;"), "{ran:?}");
}

#[test]
fn two_encryptions_of_one_file_differ() {
    let secret = || pipe(eight(), "encrypt", b"the same").ok().stdout;
    assert_ne!(secret(), secret());
}

#[test]
fn json_reports_are_the_last_line_of_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in"), noise(5000)).unwrap();
    let ran = finish(eight().crypt("encrypt", folder.path().join("in"), folder.path().join("out")).arg("--json")).ok();
    let line: serde_json::Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(line["bytes"], 5000);
    assert_eq!(line["encrypted_bytes"], fs::metadata(folder.path().join("out")).unwrap().len());
    assert!(line["precision"].as_u64().is_some_and(|p| (1..=16).contains(&p)), "{line}");
}

#[test]
fn keys_are_private_random_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    say(&format!("keygen {}", one.display())).ok();
    say(&format!("keygen {}", two.display())).ok();
    let key = fs::read(&one).unwrap();
    assert_eq!(key.len(), 32);
    assert_ne!(key, fs::read(&two).unwrap());
    assert_eq!(fs::metadata(&one).unwrap().permissions().mode() & 0o777, 0o600);
    say(&format!("keygen {}", one.display())).refused("never overwritten");
    say("keygen -").refused("name a file");
    assert_eq!(fs::read(&one).unwrap(), key);
}

#[test]
fn the_key_file_and_the_model_are_never_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    say(&format!("keygen {}", file("key"))).ok();
    fs::write(file("in"), "hello").unwrap();
    let key = fs::read(file("key")).unwrap();
    let encrypt =
        format!("encrypt --model {} --key-file {1} {2} {1}", eight().model().display(), file("key"), file("in"));
    say(&encrypt).refused("is the key file");
    let model = folder.path().join("model.safetensors");
    fs::copy(eight().model().join("model.safetensors"), &model).unwrap();
    let encrypt = format!(
        "encrypt --model {} --key-file {} {} {}",
        folder.path().display(),
        file("key"),
        file("in"),
        model.display()
    );
    say(&encrypt).refused("is the model");
    assert!(fs::read(&model).unwrap() == fs::read(eight().model().join("model.safetensors")).unwrap());
    assert_eq!(fs::read(file("key")).unwrap(), key);
}
