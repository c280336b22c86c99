//! Trained models are byte for byte equal to those of version 0.2.0.
//!
//! A change that alters one of these hashes changes every published result. The hashes were recorded with the released program
//! 0.2.0.

use std::fs;
use std::path::Path;

use crate::support::{finish, program};

/// Options of a run, and the BLAKE3 hash of its `model.safetensors`.
const RUNS: [(&str, &str); 12] = [
    ("--max-rounds 400", "2a6e49150e38b96c1feede693ffa0a81feb73b9a813740fbca8cf30bd441db76"),
    ("--preset paper --max-rounds 60", "e55aaade21a0fdcf8ca112c5b10b9982c9d79c299a6c64f0ef84c1c066dca584"),
    ("--preset released --max-rounds 100", "dfa6f07fd9dc692b55339184c26deb1e89573cd24574601850696219fbb7c2cc"),
    ("--bits 32 --key-bits 16 --max-rounds 60", "46f5f62df7097d0e6568b9ed247c890406892095e56713c6360928eecc63cd2a"),
    (
        "--game asymmetric --random-bits 4 --max-rounds 100",
        "85261fd884c232d2542dee259e60d43ea2e911fc324f954c423acf0980ef959f",
    ),
    ("--game chosen-plaintext --max-rounds 100", "0738d8cc451776f75fd378b12b7bed837946b81e25619d10ec5910729aacca17"),
    ("--game selective --max-rounds 120", "e80850444f9f100256681347ecc9e30b23d6d13a071d8751d2093400602e059e"),
    ("--leaked-key-bits 4 --max-rounds 100", "5d384f7ec59eceda71eb87778e1ae7bfd69e97175fb9d434c17197426c23eb53"),
    (
        "--eves same,wide,deep,residual,product,angles --max-rounds 40",
        "650202db6f497ed323a764cd2ddc67bb6b6f36b714abc23eb187fb03deedae66",
    ),
    (
        "--game chosen-plaintext --network cryptonet --bits 4 --max-rounds 100",
        "926ad769614e8b40def0570fc32f3ff035df4eabace4053a47d9a0ce6d5c0393",
    ),
    (
        "--config ../../docs/pad.toml --max-rounds 150",
        "83dab3f9b798c529ab80b7b199bef30363786e6e9d32d4da1fb6cd8655540fab",
    ),
    // A whole training: goals, confirmation and the best model.
    ("", "fa295c63c23e8dbc371179d2565b7fdb9502372de43471f284d0a020363af631"),
];

/// Trains with these options, as typed by a user, and hashes the model.
fn hash(folder: &Path, options: &str) -> String {
    let run = folder.join("run");
    let mut command = program();
    command.args(["train", "--seed", "1", "--force", "--out"]).arg(&run).args(options.split_whitespace());
    let ran = finish(command.current_dir(env!("CARGO_MANIFEST_DIR")));
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    blake3::hash(&fs::read(run.join("model.safetensors")).unwrap()).to_hex().to_string()
}

#[test]
fn models_equal_those_of_0_2_0() {
    let folder = tempfile::tempdir().unwrap();
    let changed: Vec<String> = RUNS
        .iter()
        .map(|(options, expected)| (options, expected, hash(folder.path(), options)))
        .filter(|(_, expected, found)| found != *expected)
        .map(|(options, _, found)| format!("{options:?}: {found}"))
        .collect();
    assert!(changed.is_empty(), "other models than those of 0.2.0:\n{}", changed.join("\n"));
}
