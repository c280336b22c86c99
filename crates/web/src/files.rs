//! Files of the program that a page is given.

use evesdrop_attack::Report;
use evesdrop_learn::games::Rules;
use evesdrop_learn::model::Model;
use evesdrop_learn::train::Evaluation;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Failure, json};

/// Bytes of a file at most: a model of the largest game has less.
const LARGEST: usize = 64 << 20;
/// Lines of metrics at most.
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

/// What a `model.safetensors` is: its BLAKE3 hash, its number of parameters, and its game, as JSON.
///
/// # Errors
/// When it is damaged, too large, or something else.
#[wasm_bindgen(js_name = readModelJson)]
pub fn read_model(bytes: &[u8]) -> Result<String, Failure> {
    let model = model(bytes)?;
    let hash = hexadecimal(&model.fingerprint);
    Ok(json(&ModelSummary { hash, parameters: model.parameters.len(), rules: &model.note.rules }))
}

/// The evaluations of a `metrics.jsonl`, as a JSON array.
///
/// # Errors
/// With the number of the line, for a line that is none; for a file without lines, or too large.
#[wasm_bindgen(js_name = readMetricsJson)]
pub fn read_metrics(bytes: &[u8]) -> Result<String, Failure> {
    let mut evaluations: Vec<Evaluation> = vec![];
    for (line, number) in text(bytes)?.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        if number > MOST_LINES {
            return Err(Failure::new(format!("more than {MOST_LINES} lines: not the metrics of a training")));
        }
        let evaluation = serde_json::from_str(line);
        evaluations
            .push(evaluation.map_err(|_| Failure::new(format!("line {number} is no evaluation of a training")))?);
    }
    if evaluations.is_empty() {
        return Err(Failure::new("no lines: not the metrics of a training"));
    }
    Ok(json(&evaluations))
}

pub(crate) fn report(text: &str) -> Result<Report, Failure> {
    let wrong = |why: String| Failure::new(format!("not a report of Evesdrop: {why}"));
    let report: Report = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let known = Report::new("", report.key_use, "", 0).format;
    if report.format != known {
        return Err(wrong("its format is one that this version does not know".into()));
    }
    Ok(report)
}

/// A `report.json`, checked, as JSON.
///
/// # Errors
/// When it is too large or no report.
#[wasm_bindgen(js_name = readReportJson)]
pub fn read_report(bytes: &[u8]) -> Result<String, Failure> {
    Ok(json(&report(text(bytes)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_of_ours_gets_one_line() {
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
    fn files_of_ours_are_read() {
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
