//! Settings of a training, in the forms that a page uses.

use evesdrop_learn::train::{Config, Settings};
use serde::Serialize;
use serde_json::{Map, Value};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Failure, json};

/// Settings that `evesdrop train` takes as options. All others need a file for `--config`.
const OPTIONS: [&str; 11] = [
    "preset",
    "game",
    "bits",
    "key-bits",
    "random-bits",
    "leaked-key-bits",
    "network",
    "eves",
    "seed",
    "batch",
    "max-rounds",
];

/// Parses and checks settings, in TOML or in JSON with the same names.
///
/// # Errors
/// If the text is neither, if a setting is unknown, or if a setting is out of range.
pub(crate) fn config(text: &str) -> Result<Config, Failure> {
    let settings: Settings =
        if text.trim_start().starts_with('{') { serde_json::from_str(text)? } else { Settings::from_toml(text)? };
    Ok(settings.check()?)
}

#[derive(Serialize)]
struct Description {
    settings: Value,
    changed: Map<String, Value>,
    goals: [f64; 2],
    toml: String,
    command: String,
}

/// Checks settings (TOML, or JSON with the same names) and describes them as JSON.
///
/// `settings` are all settings that the game uses. `changed` is a minimal set of settings that gives the same configuration.
/// `goals` are Bob's maximum and Eve's minimum of wrong bits per message. `toml` is the `config.toml` of a run. `command` is the command
/// that trains with these settings.
///
/// # Errors
/// If the text is neither TOML nor JSON, if a setting is unknown, or if a setting is out of range.
#[wasm_bindgen(js_name = describeJson)]
pub fn describe(settings: &str) -> Result<String, Failure> {
    let config = config(settings)?;
    let changed = changed(&config)?;
    let (bob, eve) = config.goals();
    Ok(json(&Description {
        settings: values(&config.settings()),
        goals: [bob, eve],
        toml: config.to_toml(),
        command: command(&changed),
        changed,
    }))
}

fn values(settings: &Settings) -> Value {
    serde_json::to_value(settings).expect("settings are plain values")
}

/// A minimal set of settings: they give this configuration if all others are absent.
fn changed(config: &Config) -> Result<Map<String, Value>, Failure> {
    let Value::Object(mut settings) = values(&config.settings()) else { return Ok(Map::new()) };
    // Settings are removed one at a time, because the default of one may depend on another.
    let names: Vec<String> = settings.keys().cloned().collect();
    for name in names {
        let value = settings.remove(&name);
        let without: Settings = serde_json::from_value(Value::Object(settings.clone()))?;
        if without.check().ok().as_ref() != Some(config)
            && let Some(value) = value
        {
            settings.insert(name, value);
        }
    }
    Ok(settings)
}

/// The command that trains with these settings.
fn command(changed: &Map<String, Value>) -> String {
    let mut words = vec!["evesdrop train --out run".to_owned()];
    for (name, value) in changed.iter().filter(|(name, _)| OPTIONS.contains(&name.as_str())) {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        };
        words.push(format!("--{name} {text}"));
    }
    if changed.keys().any(|name| !OPTIONS.contains(&name.as_str())) {
        words.push("--config config.toml".into());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(text: &str) -> Value {
        serde_json::from_str(&describe(text).unwrap()).unwrap()
    }

    #[test]
    fn only_changed_settings_are_named() {
        let plain = described("");
        assert_eq!(
            (&plain["changed"], &plain["command"]),
            (&serde_json::json!({}), &"evesdrop train --out run".into())
        );
        let toml = described("preset = \"paper\"\nseed = 3\nkey-bits = 16\nlearning-rate = 0.001");
        assert_eq!(toml["changed"], serde_json::json!({"preset": "paper", "seed": 3, "learning-rate": 0.001}));
        assert_eq!(toml["command"], "evesdrop train --out run --preset paper --seed 3 --config config.toml");
        assert_eq!(described(r#"{"preset": "paper", "seed": 3, "learning-rate": 0.001}"#), toml);
        let eves = described(r#"{"eves": ["same", "wide"], "bits": 8}"#);
        assert_eq!(eves["command"], "evesdrop train --out run --bits 8 --eves same,wide");
        let again = described(&serde_json::to_string(&eves["changed"]).unwrap());
        assert_eq!(again, eves);
    }

    #[test]
    fn errors_are_one_line() {
        for text in ["{\"bits\": 3}", "bits = 3", "{\"bitz\": 4}", "{", "bits", "{\"seed\": -1}"] {
            let failure = describe(text).unwrap_err();
            assert!(!failure.message().contains('\n') && !failure.message().is_empty(), "{text}: {failure:?}");
        }
    }
}
