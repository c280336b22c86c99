//! Runs that are killed or interrupted end in the same bytes as an uninterrupted run.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use evesdrop_files::quoted;

use crate::support::{FILES, PROGRAM, Ran, finish, no_leftovers, program, say};

const ROUNDS: usize = 240;

fn settings(folder: &Path) -> String {
    let config = folder.join("c.toml");
    // Unreachable goals, restarts, a decaying learning rate.
    let text = "evaluate-every = 10\nbob-goal = 0\neve-goal = 8\ngive-up = 90\ndecay-rounds = 100\n";
    fs::write(&config, text).unwrap();
    config.display().to_string()
}

/// Trains without interruption. Returns the model and the metrics.
fn uninterrupted() -> [Vec<u8>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let (config, run) = (settings(folder.path()), folder.path().join("run"));
    say(&format!("train --out {} --config {config} --bits 4 --batch 128 --max-rounds {ROUNDS}", run.display()))
        .exits(1);
    result(&run)
}

fn result(run: &Path) -> [Vec<u8>; 2] {
    ["model.safetensors", "metrics.jsonl"].map(|file| fs::read(run.join(file)).unwrap())
}

fn start(run: &Path, config: &str) -> Child {
    let mut command = program();
    command.args(["train", "--out"]).arg(run).args(["--config", config, "--checkpoint-every", "0"]);
    command.args(format!("--bits 4 --batch 128 --max-rounds {ROUNDS}").split(' '));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn go_on(run: &Path) -> Child {
    let mut command = program();
    command.args(["train", "--checkpoint-every", "0", "--resume"]).arg(run);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until `ready`. The child must not end before that.
fn wait(child: &mut Child, what: &str, mut ready: impl FnMut() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before {what}");
        assert!(start.elapsed() < Duration::from_secs(60), "a minute without {what}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Kills the child when its checkpoint has changed `times` times, at an arbitrary moment within a round.
fn kill_after(mut child: Child, run: &Path, times: usize) {
    let file = run.join("checkpoint.safetensors");
    let mut last = fs::read(&file).ok();
    for _ in 0..times {
        wait(&mut child, "a checkpoint", || fs::read(&file).ok() != last);
        last = fs::read(&file).ok();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_killed_at_many_moments_ends_in_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (config, run) = (settings(folder.path()), folder.path().join("run"));
    // Before the first checkpoint.
    let mut child = start(&run, &config);
    wait(&mut child, "config.toml", || run.join("config.toml").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    for times in [1, 0, 2, 5, 11, 17] {
        kill_after(go_on(&run), &run, times);
    }
    say(&format!("train --resume {}", run.display())).exits(1);
    assert!(result(&run) == uninterrupted());
    no_leftovers(&run);
}

#[test]
fn ctrl_c_stops_cleanly_and_resuming_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    // A name that needs quotes, with a code that would colour the terminal.
    let (config, run) = (settings(folder.path()), folder.path().join("it's \u{1b}[31mmine"));
    let mut child = start(&run, &config);
    let metrics = run.join("metrics.jsonl");
    wait(&mut child, "an evaluation", || fs::metadata(&metrics).is_ok_and(|m| m.len() > 0));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let stopped = Ran::from(child.wait_with_output().unwrap()).exits(130);
    let command = stopped.text().split_once("continue with: ").expect("the command").1.to_owned();
    assert_eq!(command, format!("{PROGRAM} train --resume {}\n", quoted(&run)));
    for file in FILES {
        assert!(run.join(file).exists(), "{file}");
    }
    no_leftovers(&run);
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["outcome"], "interrupted");
    // The line is pasted into a shell, as a user would do.
    finish(Command::new("bash").args(["-c", &command])).exits(1);
    assert!(result(&run) == uninterrupted());
}

#[test]
fn an_interrupted_run_prints_the_command_that_continues_it() {
    let folder = tempfile::tempdir().unwrap();
    let (config, run) = (settings(folder.path()), folder.path().join("run"));
    let mut command = program();
    command.args(["train", "--keep-going", "--json", "--max-rounds", "4000000", "--out"]).arg(&run);
    command.args(["--config", &config, "--bits", "4", "--batch", "128"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let metrics = run.join("metrics.jsonl");
    wait(&mut child, "an evaluation", || fs::metadata(&metrics).is_ok_and(|m| m.len() > 0));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let stopped = Ran::from(child.wait_with_output().unwrap()).exits(130);
    let expected = format!("--resume {} --max-rounds 4000000 --keep-going", quoted(&run));
    assert!(stopped.stderr.contains(&expected), "{stopped:?}");
    let line: serde_json::Value = serde_json::from_str(stopped.text().lines().last().unwrap()).unwrap();
    assert_eq!(line["outcome"], "interrupted");
}

#[test]
fn more_rounds_may_be_given_to_a_failed_run() {
    let folder = tempfile::tempdir().unwrap();
    let (config, run) = (settings(folder.path()), folder.path().join("run"));
    let out = run.display();
    say(&format!("train --out {out} --config {config} --bits 4 --batch 128 --max-rounds 77")).exits(1);
    let nothing = say(&format!("train --resume {out}")).exits(1);
    let expected = "this run is finished: it used all its rounds; --max-rounds gives it more\n";
    assert!(nothing.stderr.starts_with(expected), "{nothing:?}");
    say(&format!("train --resume {out} --max-rounds {ROUNDS}")).exits(1);
    assert!(result(&run) == uninterrupted());
    // The settings of a run must not change.
    let file = run.join("config.toml");
    let text = fs::read_to_string(&file).unwrap();
    let (before, after) = text.split_once("seed = ").unwrap();
    fs::write(&file, format!("{before}seed = 9{after}")).unwrap();
    say(&format!("train --resume {out}")).refused("config.toml was changed");
}

#[test]
fn metrics_truncated_by_a_crash_are_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let (config, run) = (settings(folder.path()), folder.path().join("run"));
    let out = run.display();
    say(&format!("train --out {out} --config {config} --bits 4 --batch 128 --max-rounds 100")).exits(1);
    let mut metrics = fs::read(run.join("metrics.jsonl")).unwrap();
    metrics.extend(b"{\"round\":110,\"bob_wr");
    fs::write(run.join("metrics.jsonl"), metrics).unwrap();
    fs::write(run.join(".evesdrop-abcdef"), "half of a checkpoint").unwrap();
    finish(program().args(["train", "--max-rounds", &ROUNDS.to_string(), "--resume"]).arg(&run)).exits(1);
    assert!(result(&run) == uninterrupted());
    no_leftovers(&run);
}

#[test]
fn every_resumed_game_equals_the_uninterrupted_one() {
    let games = [
        "asymmetric --random-bits 2",
        "chosen-plaintext --key-bits 3",
        "symmetric --leaked-key-bits 2 --eves same,wide,product",
    ];
    for game in games {
        let folder = tempfile::tempdir().unwrap();
        let (config, whole, parts) =
            (settings(folder.path()), folder.path().join("whole"), folder.path().join("parts"));
        let options = format!("--config {config} --bits 4 --batch 128 --game {game}");
        say(&format!("train --out {} {options} --max-rounds 40 --threads 2", whole.display())).exits(1);
        say(&format!("train --out {} {options} --max-rounds 17", parts.display())).exits(1);
        say(&format!("train --resume {} --max-rounds 40 --threads 1", parts.display())).exits(1);
        assert!(result(&whole) == result(&parts), "{game}");
    }
}
