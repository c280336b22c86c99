//! The other games on the command line: the same bytes for all threads and SIMD levels and after an interruption, and a summary
//! in the game's own units.

use std::fs;

use evesdrop::engine::Level;
use serde_json::Value;

use crate::support::{finish, program, say};

/// Values with their covariances, and angles.
const GAMES: [&str; 2] = [
    "--game selective --bits 4 --key-bits 3 --eves same,wide",
    "--game chosen-plaintext --network cryptonet --bits 3 --eves product,angles",
];

#[test]
fn every_game_gives_the_same_bytes_on_all_machines_and_resumed() {
    for game in GAMES {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("c.toml");
        fs::write(&config, "evaluate-every = 4\nconfirm-steps = 2\ngive-up = 8\n").unwrap();
        let train = |name: &str, level: &str, threads: &str, rounds: &str| {
            let out = folder.path().join(name);
            let mut command = program();
            command.env("EVESDROP_SIMD", level).args(["train", "--out"]).arg(&out).arg("--config").arg(&config);
            command.args(game.split(' ')).args(["--batch", "300", "--threads", threads, "--max-rounds", rounds]);
            assert_eq!(finish(&mut command).code, Some(1));
            out
        };
        let bytes = |out: &std::path::Path| {
            ["model.safetensors", "metrics.jsonl", "curve.svg"].map(|file| fs::read(out.join(file)).unwrap())
        };
        let expected = bytes(&train("whole", "", "1", "12"));
        for level in Level::available() {
            assert!(
                bytes(&train(&format!("on {level}"), &level.to_string(), "2", "12")) == expected,
                "{game}, {level}"
            );
        }
        let part = train("part", "", "1", "7");
        say(&format!("train --resume {} --max-rounds 12", part.display())).exits(1);
        assert!(bytes(&part) == expected, "{game}, resumed");
    }
}

#[test]
fn the_selective_game_reports_squared_errors() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run").display().to_string();
    let ran = say(&format!("train --out {out} --game selective --bits 4 --batch 64 --max-rounds 3 --json")).exits(1);
    let line: Value = serde_json::from_str(ran.text().lines().last().unwrap()).unwrap();
    for key in ["public_mse", "bob_mse", "eve_mse", "eve_minus_blind"] {
        assert!(line[key].as_f64().is_some(), "{key}: {line}");
    }
    assert!(line["diagnosis"].as_str().unwrap().starts_with("Bob's squared error is"), "{line}");
    let config = fs::read_to_string(format!("{out}/config.toml")).unwrap();
    assert!(config.contains("[selective]") && config.contains("correlations = [[1.0, 0.5"), "{config}");
    // It is not a cipher on bits.
    say(&format!("attack {out}")).refused("a model of the selective game");
    say(&format!("inspect {out}")).refused("a model of the selective game");
    let matrix = folder.path().join("c.toml");
    fs::write(
        &matrix,
        "game = \"selective\"\n[selective]\ncorrelations = [[1, 2, 0, 0], [2, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]\n",
    )
    .unwrap();
    say(&format!("train --out {out} --force --config {}", matrix.display())).refused("not positive definite");
}
