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

/// All attacks in the order in which they run, as JSON: the name, the threat model, what the attacker `has` in words and is `given` in
/// one sentence, and whether it needs a key used again.
#[wasm_bindgen(js_name = attacksJson)]
pub fn attacks() -> String {
    let note = |attack: &dyn evesdrop_attack::Attack| {
        let model = attack.threat_model();
        let (has, given) = (model.words(), model.explanation());
        AttackNote { name: attack.name(), threat_model: model, has, given, reuses_key: attack.reuses_key() }
    };
    json(&attacks::all().iter().map(|attack| note(attack.as_ref())).collect::<Vec<_>>())
}

/// Runs the attacks named in `only`, with spaces between the names, or all; with `controls`, the controls beside them. The report is that
/// of `report.json`. `progress` is called with an attack's name and how far it has come, 0 to 1.
///
/// # Errors
/// For a budget or an attack that does not exist, and when the target fails before anything is found.
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
            // What the page does with it is no reason to stop.
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
        battery::report(&target.0, attacks::all(), &options, None)?
    } else {
        battery::run(&target.0, &attacks::all(), &options)?.into_report(&target.0, &options)
    };
    Ok(json(&report))
}

/// The `report.html` of a report: a whole page, to be saved.
///
/// # Errors
/// For what is no report.
#[wasm_bindgen(js_name = reportHtml)]
pub fn report_html(report: &str) -> Result<String, Failure> {
    Ok(Html.export(&crate::files::report(report)?)?)
}

#[cfg(test)]
mod tests {
    use evesdrop_attack::Report;

    use super::*;

    #[test]
    fn a_report_is_that_of_the_program() {
        let target = Target::built_in("xor:16/8").unwrap();
        let text = attack(&target, "linear key-search", "quick", 3.0, true, None).unwrap();
        let ours: Report = serde_json::from_str(&text).unwrap();
        let options = Options { seed: 3, only: vec!["linear".into(), "key-search".into()], ..Options::quick() };
        // Through JSON, which leaves out what goes into other files.
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
    fn what_makes_no_sense_gets_one_line() {
        let target = Target::built_in("xor").unwrap();
        for (only, budget, seed) in [("nothing", "quick", 1.0), ("linear", "endless", 1.0), ("linear", "quick", -1.0)] {
            let failure = attack(&target, only, budget, seed, false, None).unwrap_err();
            assert!(!failure.message().contains('\n'), "{failure:?}");
        }
        assert!(report_html("{}").is_err());
        assert!(attacks().contains(r#""name":"linear","threat_model":"known-plaintext""#));
    }
}
