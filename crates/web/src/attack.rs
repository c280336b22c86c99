//! Attacks and their reports.

use evesdrop_attack::battery::{self, Progress};
use evesdrop_attack::report::{Exporter, Html};
use evesdrop_attack::{Budget, Options, attacks};
use js_sys::Function;
use send_wrapper::SendWrapper;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_time::Instant;

use crate::{Failure, Target, json, seed};

#[derive(Serialize)]
struct AttackNote {
    name: &'static str,
    threat_model: evesdrop_attack::report::ThreatModel,
    has: &'static str,
    given: &'static str,
    reuses_key: bool,
}

/// All attacks on ciphers and recorded pairs in the order in which they run, as a JSON array. Each has a `name`, a `threat_model`,
/// its words (`has`), what the attacker
/// has in one sentence (`given`), and whether the attack needs several messages under one key (`reuses_key`).
#[wasm_bindgen(js_name = attacksJson)]
pub fn attacks() -> String {
    let note = |attack: &dyn evesdrop_attack::Attack| {
        let model = attack.threat_model();
        let (has, given) = (model.words(), model.explanation());
        AttackNote { name: attack.name(), threat_model: model, has, given, reuses_key: attack.reuses_key() }
    };
    json(&attacks::on_ciphers().iter().map(|attack| note(attack.as_ref())).collect::<Vec<_>>())
}

/// Attacks `target` and returns the report as JSON, in the format of `report.json`.
///
/// `only` holds the names of the attacks, separated by spaces; if it is empty, all attacks run. `budget` is `quick`, `standard` or
/// `thorough`. `number` is the seed, 0 to 2^53 - 1. With `controls` the controls run too. `progress` is called with an attack's name and
/// its progress, from 0 (started) to 1 (finished).
///
/// # Errors
/// If the budget or an attack does not exist, if the seed is out of range, or if the target fails before anything is found.
#[wasm_bindgen(js_name = attackJson)]
pub fn attack(
    target: &Target,
    only: &str,
    budget: &str,
    number: f64,
    controls: bool,
    progress: Option<Function>,
) -> Result<String, Failure> {
    let budget: Budget = budget.parse().map_err(|error: String| Failure::new(error))?;
    let begun = Instant::now();
    let progress = progress.map(SendWrapper::new);
    let tell = |Progress { attack, done }: Progress<'_>| {
        if let Some(progress) = &progress {
            // An exception in the callback does not stop the attack.
            let _ = progress.call2(&JsValue::NULL, &attack.into(), &done.into());
        }
    };
    let options = Options {
        seed: seed(number)?,
        only: only.split_whitespace().map(str::to_owned).collect(),
        progress: &tell,
        clock: &|| begun.elapsed().as_secs_f64(),
        ..Options::new(budget)
    };
    let report = if controls {
        battery::report(&target.0, attacks::on_ciphers(), &options, None)?
    } else {
        battery::run(&target.0, &attacks::on_ciphers(), &options)?.into_report(&target.0, &options)
    };
    Ok(json(&report))
}

/// Renders the JSON of a report as the program's `report.html`, a complete HTML document.
///
/// # Errors
/// If the text is not a report.
#[wasm_bindgen(js_name = reportHtml)]
pub fn report_html(report: &str) -> Result<String, Failure> {
    Ok(Html.export(&crate::files::report(report)?)?)
}

#[cfg(test)]
mod tests {
    use evesdrop_attack::Report;

    use super::*;

    #[test]
    fn a_report_equals_the_programs() {
        let target = Target::built_in("xor:16/8").unwrap();
        let text = attack(&target, "linear key-search", "quick", 3.0, true, None).unwrap();
        let ours: Report = serde_json::from_str(&text).unwrap();
        let options = Options { seed: 3, only: vec!["linear".into(), "key-search".into()], ..Options::quick() };
        // JSON leaves out the parts that other files hold, so both reports pass through it.
        let theirs = json(&evesdrop_attack::report(&target.0, &options, None).unwrap());
        let mut theirs: Report = serde_json::from_str(&theirs).unwrap();
        theirs.seconds = ours.seconds;
        for (theirs, ours) in theirs.findings.iter_mut().zip(&ours.findings) {
            theirs.seconds = ours.seconds;
        }
        assert_eq!(ours, theirs);
        assert!(report_html(&text).unwrap().contains("BROKEN"));
        let alone: Report =
            serde_json::from_str(&attack(&target, "linear", "quick", 3.0, false, None).unwrap()).unwrap();
        assert!(alone.controls.is_empty() && alone.cautions()[0].starts_with("No controls"));
    }

    #[test]
    fn invalid_arguments_give_an_error_of_one_line() {
        let target = Target::built_in("xor").unwrap();
        for (only, budget, seed) in [("nothing", "quick", 1.0), ("linear", "endless", 1.0), ("linear", "quick", -1.0)] {
            let failure = attack(&target, only, budget, seed, false, None).unwrap_err();
            assert!(!failure.message().contains('\n'), "{failure:?}");
        }
        assert!(report_html("{}").is_err());
        assert!(attacks().contains(r#""name":"linear","threat_model":"known-plaintext""#));
    }
}
