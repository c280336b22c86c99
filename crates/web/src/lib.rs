//! Evesdrop for JavaScript: training, inspection and attacks in a browser's worker or in Node, without files, threads or a terminal.
//!
//! | JavaScript | is |
//! | --- | --- |
//! | [`Trainer`] | a training, round by round |
//! | [`Players`] | Alice, Bob and Eve put to work on messages |
//! | [`inspect()`] | what Alice learned |
//! | [`Target`], [`attack()`] | a cipher, and the attacks on it |
//! | [`KeySearch`], [`Elimination`] | two attacks step by step, to be drawn |
//! | [`read_model`], [`read_metrics`], [`read_report`] | files of the program |
//!
//! Text that goes in is TOML, CSV or JSON; names that end in `Json` return JSON as text. Bits are bytes 0 and 1, values are `f32` in
//! (-1, 1), both block after block. What fails throws an `Error` whose message is one line.
//!
//! Results are bit for bit those of the program where [`level`] says so.

mod attack;
mod bits;
mod elimination;
mod failure;
mod files;
mod inspect;
mod key_search;
mod players;
mod script;
mod settings;
mod target;
mod trainer;

pub use attack::{attack, attacks, report_html};
pub use elimination::Elimination;
pub use failure::Failure;
pub use files::{read_metrics, read_model, read_report};
pub use inspect::inspect;
pub use key_search::KeySearch;
pub use players::Players;
pub use settings::describe;
pub use target::{Target, built_in_targets};
pub use trainer::Trainer;

use evesdrop_engine::{Engine, Level};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once when the module is loaded: a panic is written to the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The version of Evesdrop.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// One thread, the best instructions: those that the module was compiled for.
pub(crate) fn engine() -> Engine {
    let level = *Level::available().last().expect("scalar is always available");
    Engine::new(1, level).expect("one thread is the caller's")
}

/// What arithmetic the module does.
#[derive(Serialize)]
struct Arithmetic {
    simd: String,
    relaxed: bool,
    fuses: bool,
    same_bits: bool,
}

/// What arithmetic the module does: `simd` names its instructions, `relaxed` says whether it has those of relaxed SIMD, and `fuses`
/// whether a product is added with one rounding, which is tried on this machine. Only then are results those of the program
/// (`same_bits`).
#[wasm_bindgen(js_name = levelJson)]
pub fn level() -> String {
    let level = engine().level();
    let fuses = level.fuses();
    let relaxed = cfg!(target_feature = "relaxed-simd");
    json(&Arithmetic { simd: level.to_string(), relaxed, fuses, same_bits: fuses })
}

/// JSON of plain values.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values")
}

/// A seed, as JavaScript has numbers.
pub(crate) fn seed(number: f64) -> Result<u64, Failure> {
    const LARGEST: f64 = 9_007_199_254_740_991.0; // 2^53 - 1
    if number.fract() != 0.0 || !(0.0..=LARGEST).contains(&number) {
        return Err(Failure::new(format!("seed {number}: must be a whole number from 0 to {LARGEST}")));
    }
    Ok(number as u64)
}
