//! A cipher of your own, attacked: `cargo run --release -p evesdrop-attack --example own_cipher`.
use evesdrop_attack::ciphers::Function;
use evesdrop_attack::report::{Exporter, Terminal};
use evesdrop_attack::{Options, Target, report};

/// A Feistel network of four rounds: a 32-bit block under a 64-bit key.
fn encrypt(key: u128, text: u128) -> u128 {
    let (mut left, mut right) = (text >> 16, text & 0xffff);
    for shift in [48, 32, 16, 0] {
        let subkey = (key >> shift) & 0xffff;
        (left, right) = (right, left ^ (((right + subkey) * 0x9e37) & 0xffff));
    }
    left << 16 | right
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = Target::from(Function::new("mine", 32, 64, encrypt));
    let options = Options { only: vec!["linear".into(), "structure".into()], ..Options::quick() };
    let report = report(&target, &options, None)?;
    let table = Terminal { width: 100, colour: false }.export(&report)?;
    println!("{table}");
    // In a test of yours: assert!(!report.verdict.is_found(), "{table}");
    assert!(report.verdict.is_found(), "four rounds are too few");
    Ok(())
}
