//! The same seed gives the same bytes.

use std::fs;

use evesdrop::engine::Level;

use crate::support::{finish, program};

/// Trains with all features: a partial tile, goals that may be met by chance, confirmation steps, restarts.
fn train(level: &str, threads: usize) -> (Option<i32>, [Vec<u8>; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let (config, out) = (folder.path().join("c.toml"), folder.path().join("run"));
    fs::write(&config, "evaluate-every = 8\nconfirm-steps = 3\nbob-goal = 8\neve-goal = 0\ngive-up = 16\n").unwrap();
    let mut command = program();
    command.env("EVESDROP_SIMD", level).args(["train", "--keep-going", "--out"]).arg(&out).arg("--config").arg(config);
    command.args("--bits 6 --key-bits 5 --batch 300 --max-rounds 30 --threads".split(' ')).arg(threads.to_string());
    let code = finish(&mut command).code;
    assert!(code == Some(0) || code == Some(1));
    (code, ["model.safetensors", "metrics.jsonl"].map(|file| fs::read(out.join(file)).unwrap()))
}

#[test]
fn bytes_do_not_depend_on_threads_or_instructions() {
    let expected = train("", 1);
    for level in Level::available() {
        for threads in [1, 2] {
            assert!(train(&level.to_string(), threads) == expected, "{level}, {threads} threads");
        }
    }
}

#[test]
fn a_level_that_the_machine_lacks_is_refused() {
    let mut command = program();
    finish(command.env("EVESDROP_SIMD", "abacus").args(["train", "--out", "/nowhere"])).refused("EVESDROP_SIMD=abacus");
}
