//! Reads files of the program: models, metrics and reports.

use evesdrop_attack::Report;
use evesdrop_learn::games::Rules;
use evesdrop_learn::model::Model;
use evesdrop_learn::train::Evaluation;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Failure, json};

/// Maximum number of bytes of a file. A model of the largest game is smaller.
const LARGEST: usize = 64 << 20;
/// Maximum number of lines of metrics.
const MOST_LINES: usize = 1_000_000;

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn within_bounds(bytes: &[u8]) -> Result<&[u8], Failure> {
    if bytes.len() > LARGEST {
        return Err(Failure::new(format!("larger than {} MiB: not a file of Evesdrop", LARGEST >> 20)));
    }
    Ok(bytes)
}

pub(crate) fn model(bytes: &[u8]) -> Result<Model, Failure> {
    Ok(Model::from_bytes(within_bounds(bytes)?)?)
}

fn text(bytes: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(within_bounds(bytes)?).map_err(|_| Failure::new("not text in UTF-8"))
}

#[derive(Serialize)]
struct ModelSummary<'a> {
    hash: String,
    parameters: usize,
    rules: &'a Rules,
}

/// A summary of a `model.safetensors` as JSON: the BLAKE3 `hash` of the file in hexadecimal, the number of `parameters`, and the `rules`
/// of its game.
///
/// # Errors
/// If the file is larger than 64 MiB, damaged, or not a model.
#[wasm_bindgen(js_name = readModelJson)]
pub fn read_model(bytes: &[u8]) -> Result<String, Failure> {
    let model = model(bytes)?;
    let hash = hexadecimal(&model.fingerprint);
    Ok(json(&ModelSummary { hash, parameters: model.parameters.len(), rules: &model.note.rules }))
}

/// The evaluations of a `metrics.jsonl` as a JSON array.
///
/// # Errors
/// If the file is larger than 64 MiB, is not UTF-8 text, or has no evaluation or more than a million lines. If a line is not an
/// evaluation, the message gives its number.
#[wasm_bindgen(js_name = readMetricsJson)]
pub fn read_metrics(bytes: &[u8]) -> Result<String, Failure> {
    let mut evaluations: Vec<Evaluation> = vec![];
    for (line, number) in text(bytes)?.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        if number > MOST_LINES {
            return Err(Failure::new(format!("more than {MOST_LINES} lines: not the metrics of a training")));
        }
        let evaluation = serde_json::from_str(line);
        evaluations
            .push(evaluation.map_err(|_| Failure::new(format!("line {number} is not an evaluation of a training")))?);
    }
    if evaluations.is_empty() {
        return Err(Failure::new("no evaluations: not the metrics of a training"));
    }
    Ok(json(&evaluations))
}

pub(crate) fn report(text: &str) -> Result<Report, Failure> {
    let wrong = |why: String| Failure::new(format!("not a report of Evesdrop: {why}"));
    let report: Report = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let known = Report::new("", report.key_use, "", 0).format;
    if report.format != known {
        return Err(wrong("this version does not know its format".into()));
    }
    Ok(report)
}

/// Checks a `report.json` and returns it as JSON.
///
/// # Errors
/// If the file is larger than 64 MiB, is not a report, or has a format that this version does not know.
#[wasm_bindgen(js_name = readReportJson)]
pub fn read_report(bytes: &[u8]) -> Result<String, Failure> {
    Ok(json(&report(text(bytes)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_files_give_an_error_of_one_line() {
        let failures = [
            read_model(b"").unwrap_err(),
            read_model(&[0; 100]).unwrap_err(),
            read_metrics(b"{\"round\": 1}\n").unwrap_err(),
            read_metrics(b"\n\n").unwrap_err(),
            read_metrics(&[0xff, 0xfe]).unwrap_err(),
            read_report(b"{\"format\": \"<script>\"}").unwrap_err(),
            read_report(b"[1").unwrap_err(),
            read_report(&vec![b' '; LARGEST + 1]).unwrap_err(),
        ];
        for failure in failures {
            assert!(!failure.message().is_empty() && !failure.message().contains('\n'), "{failure:?}");
        }
    }

    #[test]
    fn files_of_the_program_are_read() {
        let trainer = crate::Trainer::new("bits = 4").unwrap();
        let model: serde_json::Value =
            serde_json::from_str(&read_model(&trainer.model("latest").unwrap()).unwrap()).unwrap();
        assert_eq!((&model["hash"], &model["rules"]["bits"]), (&trainer.hash().into(), &4.into()));
        let line = r#"{"round":50,"bob_wrong_bits":2.0,"eve_wrong_bits":2.0,"bob_wrong_bits_hard":2.0,"eve_wrong_bits_hard":2.0,"bob_by_bit":[0.5,0.5]}"#;
        let read = read_metrics(format!("{line}\n{line}\n").as_bytes()).unwrap();
        assert_eq!(read, format!("[{line},{line}]"));
        let text = json(&Report::new("xor", evesdrop_attack::KeyUse::Reusable, "quick", 1));
        assert_eq!(read_report(text.as_bytes()).unwrap(), text);
        assert!(read_report(text.replace("evesdrop-report-1", "evesdrop-report-0").as_bytes()).is_err());
    }
}
