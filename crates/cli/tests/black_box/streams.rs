//! Standard streams that close early or accept nothing.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::{PROGRAM, Ran, eight, finish, noise, program};

/// Runs a command whose standard output has no reader.
fn unread(command: &mut std::process::Command) -> Ran {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    Ran::from(child.wait_with_output().unwrap())
}

#[test]
fn unread_output_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    unread(program().arg("keygen").arg(path("key"))).ok();
    for (name, json) in [("plain", &[][..]), ("json", &["--json"])] {
        let mut train = program();
        train.args(["train", "--bits", "4", "--batch", "128", "--max-rounds", "1", "--out"]).arg(path(name)).args(json);
        unread(&mut train).exits(1);
    }
    unread(program().args(["train", "--help"]));
}

#[test]
fn a_closed_pipe_ends_the_program_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, noise(400_000)).unwrap();
    unread(&mut eight().crypt("encrypt", &plain, "-")).refused("standard output: Broken pipe");
    let secret = folder.path().join("secret");
    finish(&mut eight().crypt("encrypt", &plain, &secret)).ok();
    unread(&mut eight().crypt("decrypt", &secret, "-")).refused("standard output: Broken pipe");
}

#[test]
fn a_full_device_ends_the_program_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, noise(5000)).unwrap();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let to_full = |command: &mut std::process::Command| {
        Ran::from(command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap())
    };
    to_full(&mut eight().crypt("encrypt", &plain, "-")).refused("standard output: No space left");
    to_full(program().arg("keygen").arg(folder.path().join("key"))).refused("standard output: No space left");
    finish(&mut eight().crypt("encrypt", &plain, "/dev/full")).refused("/dev/full: No space left");
    // A standard error that accepts nothing changes nothing.
    let mut encrypt = eight().crypt("encrypt", &plain, folder.path().join("secret"));
    assert!(encrypt.stderr(full()).status().unwrap().success());
}

/// Ends the program with a signal once `ready`.
fn end(child: std::process::Child, signal: &str, mut ready: impl FnMut() -> bool) -> Ran {
    let start = std::time::Instant::now();
    while !ready() {
        assert!(start.elapsed().as_secs() < 60);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    Ran::from(child.wait_with_output().unwrap())
}

#[test]
fn a_signal_while_encrypting_leaves_nothing() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("secret");
        let child = eight().crypt("encrypt", "/dev/zero", &out).stderr(Stdio::piped()).spawn().unwrap();
        let written =
            || fs::read_dir(folder.path()).unwrap().any(|e| e.unwrap().metadata().is_ok_and(|m| m.len() > 10_000));
        end(child, signal, written).exits(130);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{signal}");
    }
}

/// Whether the program has installed its handler: bit 1 of SigCgt shows a caught signal.
fn catches_interrupts(child: &std::process::Child) -> impl FnMut() -> bool + use<> {
    let status = format!("/proc/{}/status", child.id());
    move || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mask = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim().to_owned();
        u64::from_str_radix(&mask, 16).is_ok_and(|mask| mask & 2 != 0)
    }
}

/// A named pipe without a writer does not block the program.
#[test]
fn one_interrupt_ends_an_attack_waiting_for_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut attack = program();
    attack.arg("attack").arg(format!("csv:{}", pipe.display())).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = attack.spawn().unwrap();
    let caught = catches_interrupts(&child);
    let ran = end(child, "-INT", caught).exits(130);
    assert_eq!(ran.stderr, "interrupted before the target could be read\n");
}

#[test]
fn a_signal_ends_the_program_while_it_waits_for_input() {
    for command in ["encrypt", "decrypt"] {
        let folder = tempfile::tempdir().unwrap();
        let mut crypt = eight().crypt(command, "-", folder.path().join("out"));
        let mut child = crypt.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _open = child.stdin.take();
        let caught = catches_interrupts(&child);
        end(child, "-INT", caught).exits(130);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn the_demo_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let mut demo = program();
    demo.arg("demo").arg("--out").arg(&out).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = demo.spawn().unwrap();
    let ran = end(child, "-INT", || out.join("run/config.toml").exists()).exits(130);
    assert_eq!(ran.stderr, format!("interrupted; {PROGRAM} demo starts again from the beginning\n"));
}

/// `timeout` signals the program, then its whole process group. That counts as one request.
#[test]
fn a_second_signal_at_once_does_not_lose_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut train = program();
    train.args("train --keep-going --bits 4 --batch 64 --max-rounds 4000000 --checkpoint-every 1000 --out".split(' '));
    let child = train.arg(&run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let kill = |signal: &str| std::process::Command::new("kill").args([signal, &id]).status().unwrap();
    let begun = || {
        let begun = run.join("metrics.jsonl").exists();
        // The first signals; `end` sends the last one.
        begun && ["-TERM", "-INT"].iter().all(|signal| kill(signal).success())
    };
    let ran = end(child, "-TERM", begun).exits(130);
    assert!(ran.text().contains("continue with: "), "{ran:?}");
    assert!(run.join("model.safetensors").exists() && run.join("summary.json").exists());
}

/// A round of this size takes minutes.
#[test]
fn a_stop_that_has_to_wait_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let mut train = program();
    train.args("train --bits 256 --batch 1048576 --out".split(' ')).arg(folder.path().join("run"));
    let mut child = train.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut explained = String::new();
    let explain = || {
        // After a second of computation, in hundredths, the round has begun.
        let status = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        let begun = status.split(' ').nth(13).and_then(|time| time.parse().ok()).is_some_and(|time: u64| time > 100);
        if begun {
            std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
            errors.read_line(&mut explained).unwrap();
        }
        begun
    };
    end(child, "-INT", explain).exits(130);
    assert!(explained.contains("Ctrl-C again ends at once"), "{explained}");
}

/// A name may contain codes that control the terminal. No output line shows them.
#[test]
fn lines_show_no_control_characters_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let name = |name: &str| folder.path().join(format!("{name}\u{1b}[31m\u{7}\nzzz"));
    fs::create_dir_all(name("part").join("trials")).unwrap();
    fs::write(name("plain"), "attack at dawn").unwrap();
    let train = "train --bits 4 --batch 64 --max-rounds 1 --out".split(' ');
    let model = eight().model();
    let mut commands = vec![program(), program(), program(), program(), program(), program(), program()];
    commands[0].arg("keygen").arg(name("key"));
    commands[1].args(train).arg(name("run"));
    commands[2].args(["inspect", "--samples", "128"]).arg(&model).arg("--out").arg(name("heat").with_extension("svg"));
    commands[3].args(["paper", "merge"]).arg(name("part")).arg("--out").arg(name("all"));
    commands[4].args(["paper", "fig2", "--shard", "2/2", "--out"]).arg(name("paper"));
    commands[5].arg("man").arg(name("man"));
    commands[6].env("XDG_CACHE_HOME", folder.path()).args(["attack", "xor", "--only", "linear", "--out"]);
    commands[6].arg(name("report"));
    commands.push(eight().crypt("encrypt", name("plain"), name("secret")));
    commands.push(eight().crypt("encrypt", name("none"), name("secret")));
    for mut command in commands {
        let ran = finish(&mut command);
        let said = format!("{}{}", ran.text(), ran.stderr);
        assert!(!said.replace('\n', "").contains(char::is_control), "{command:?}: {said:?}");
        // The code is shown as ?, and the name stays on one line.
        assert!(!said.contains("\nzzz"), "{command:?}: {said:?}");
    }
}
