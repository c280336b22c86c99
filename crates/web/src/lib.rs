//! Evesdrop for JavaScript: training, inspection and attacks in a browser's worker or in Node. It uses no files, threads or terminal.
//!
//! | item | purpose |
//! | --- | --- |
//! | [`Trainer`] | a training, round by round |
//! | [`Players`] | a trained Alice, Bob and Eve, run on messages |
//! | [`inspect()`] | the analysis of what Alice learned |
//! | [`Target`], [`attack()`] | a cipher, and the attacks on it |
//! | [`KeySearch`], [`Elimination`] | two attacks in steps that a page can draw |
//! | [`read_model`], [`read_metrics`], [`read_report`] | readers for the program's files |
//!
//! Input text is TOML, CSV or JSON. JavaScript functions whose names end in `Json` return JSON as text. Bits are bytes 0 and 1. Values are
//! `f32` from -1 to 1. Arrays hold both block after block. Seeds are whole numbers from 0 to 2^53 - 1. Errors are thrown as an `Error` with
//! a message of one line.
//!
//! Results equal those of the program bit for bit if [`level`] reports `same_bits`.

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

/// Runs once when the module is loaded. From then on, panics are written to the console.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The version of Evesdrop.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// An engine with one thread and the instructions for which the module was compiled.
pub(crate) fn engine() -> Engine {
    let level = *Level::available().last().expect("scalar is always available");
    Engine::new(1, level).expect("one thread is always available")
}

/// The arithmetic of the module.
#[derive(Serialize)]
struct Arithmetic {
    simd: String,
    relaxed: bool,
    fuses: bool,
    same_bits: bool,
}

/// The arithmetic of the module as JSON.
///
/// `simd` names its instructions. `relaxed` says whether it uses relaxed SIMD. `fuses` says whether multiply-adds are fused (one rounding),
/// which is tested on this machine. `same_bits` says whether results equal those of the program bit for bit. They do if multiply-adds are
/// fused.
#[wasm_bindgen(js_name = levelJson)]
pub fn level() -> String {
    let level = engine().level();
    let fuses = level.fuses();
    let relaxed = cfg!(target_feature = "relaxed-simd");
    json(&Arithmetic { simd: level.to_string(), relaxed, fuses, same_bits: fuses })
}

/// `value` as JSON text.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values always have a JSON form")
}

/// A seed from a JavaScript number.
///
/// # Errors
/// If it is not a whole number from 0 to 2^53 - 1.
pub(crate) fn seed(number: f64) -> Result<u64, Failure> {
    const LARGEST: f64 = 9_007_199_254_740_991.0; // 2^53 - 1
    if number.fract() != 0.0 || !(0.0..=LARGEST).contains(&number) {
        return Err(Failure::new(format!("seed {number}: must be a whole number from 0 to {LARGEST}")));
    }
    Ok(number as u64)
}
