//! Analysis of what Alice learned.

use evesdrop_learn::inspect::{Inspection, Settings};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Failure, engine, json, seed};

#[derive(Serialize)]
struct Inspected {
    #[serde(flatten)]
    inspection: Inspection,
    sentences: Vec<String>,
    proof: Option<String>,
}

/// Inspects the bytes of a `model.safetensors` on random messages ([`evesdrop_learn::inspect`]). Returns the JSON of
/// `evesdrop inspect --json` with two more fields: `sentences` (for each output, the best rule found) and `proof` (what the weights
/// prove, in words, or null).
///
/// `samples` is the number of messages, 128 to 65536. `number` is their seed, 0 to 2^53 - 1.
///
/// # Errors
/// If the model is damaged, if its game has no shared key, or if `samples` or `number` is out of range.
#[wasm_bindgen(js_name = inspectJson)]
pub fn inspect(model: &[u8], samples: usize, number: f64) -> Result<String, Failure> {
    let model = crate::files::model(model)?.with_shared_key()?;
    let inspection = Inspection::new(&model, Settings { samples, seed: seed(number)? }, &engine())?;
    let (sentences, proof) = (inspection.sentences(), inspection.proof());
    Ok(json(&Inspected { inspection, sentences, proof }))
}
