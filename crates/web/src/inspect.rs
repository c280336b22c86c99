//! What Alice learned.

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

/// What `evesdrop inspect --json` prints of a `model.safetensors`, `sentences`: for each output, the best rule found, and `proof`:
/// what the weights prove, in words.
///
/// # Errors
/// When the model is damaged or of a game without a shared key, and for a number of samples out of range.
#[wasm_bindgen(js_name = inspectJson)]
pub fn inspect(model: &[u8], samples: usize, number: f64) -> Result<String, Failure> {
    let model = crate::files::model(model)?.with_shared_key()?;
    let inspection = Inspection::new(&model, Settings { samples, seed: seed(number)? }, &engine())?;
    let (sentences, proof) = (inspection.sentences(), inspection.proof());
    Ok(json(&Inspected { inspection, sentences, proof }))
}
