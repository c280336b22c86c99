//! The JSON Schemas in docs/schema match the types, and the program's output matches the schemas.
//!
//! `EVESDROP_WRITE_SCHEMAS=1 cargo test -p evesdrop --test schema` writes them again.
use std::fs;
use std::path::Path;

use evesdrop::bench::{Bench, Measured, OfKernel, OfLevel, Timing, Workload};
use evesdrop::ciphers::{Target, TargetOptions};
use evesdrop::envelope::{self, Envelope, Existing, Key};
use evesdrop::inspect::{self, Inspection};
use evesdrop::model::Model;
use evesdrop::paper::{Comparison, Experiment, Results, Row, Scale, Summary};
use evesdrop::report::{Bundle, Report, ReportFolder};
use evesdrop::sweep::Outline;
use evesdrop::train::{Evaluation, Settings};
use evesdrop::{Engine, Level, Options, run};
use schemars::{Schema, schema_for};
use serde_json::{Value, json};

/// Every published schema, with the name of its file.
fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("bench", schema_for!(Bench)),
        ("break", schema_for!(Bundle)),
        ("encrypt", schema_for!(envelope::Report)),
        ("inspect", schema_for!(Inspection)),
        ("metrics", schema_for!(Evaluation)),
        ("paper", schema_for!(Results)),
        ("report", schema_for!(Report)),
        ("summary", schema_for!(run::Summary)),
        ("sweep", schema_for!(Outline)),
        ("trial", schema_for!(Row)),
    ]
}

fn schema(name: &str) -> Value {
    schemas().into_iter().find(|(other, _)| *other == name).map(|(_, schema)| schema.to_value()).unwrap()
}

#[test]
fn published_schemas_match_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema");
    let write = std::env::var_os("EVESDROP_WRITE_SCHEMAS").is_some();
    let mut names = Vec::new();
    for (name, schema) in schemas() {
        let file = folder.join(format!("{name}.json"));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if write {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, &text).unwrap();
        }
        let published = fs::read_to_string(&file).unwrap_or_default();
        assert!(published == text, "{} differs from its type; see the head of this test", file.display());
        names.push(format!("{name}.json"));
    }
    let mut there: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.retain(|name| name.ends_with(".json"));
    there.sort();
    assert_eq!(there, names, "a published schema has no type");
}

/// Where a value violates a schema, for the part of JSON Schema that the published ones use. A field that no schema names is an
/// error.
fn wrong(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return wrong(root, refers_to(root, name), value, at);
    }
    for (key, exactly_one) in [("anyOf", false), ("oneOf", true)] {
        if let Some(choices) = schema[key].as_array() {
            // The fields next to the choices belong to each of them.
            let fits = |choice: &&Value| wrong(root, &merged(root, schema, choice), value, at).is_none();
            let fitting = choices.iter().filter(fits).count();
            return (fitting == 0 || exactly_one && fitting > 1)
                .then(|| format!("{at}: {value} fits {fitting} choices"));
        }
    }
    if let Some(constant) = schema.get("const") {
        return (constant != value).then(|| format!("{at}: {value} is not {constant}"));
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return (!allowed.contains(value)).then(|| format!("{at}: {value} is none of {allowed:?}"));
    }
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    if !kinds.iter().any(|kind| is(kind.as_str().unwrap_or_default(), value)) {
        return Some(format!("{at}: {value} is no {kinds:?}"));
    }
    match value {
        Value::Object(fields) => {
            let mut required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            if let Some(missing) = required.find(|name| !fields.contains_key(*name)) {
                return Some(format!("{at}: no {missing}"));
            }
            fields.iter().find_map(|(name, value)| match schema["properties"].get(name) {
                Some(schema) => wrong(root, schema, value, &format!("{at}.{name}")),
                None => Some(format!("{at}.{name}: no schema names it")),
            })
        }
        Value::Array(items) => items.iter().enumerate().find_map(|(index, value)| {
            let schema = schema["prefixItems"].get(index).unwrap_or(&schema["items"]);
            wrong(root, schema, value, &format!("{at}[{index}]"))
        }),
        _ => None,
    }
}

fn refers_to<'a>(root: &'a Value, name: &str) -> &'a Value {
    root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} leads nowhere"))
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("a schema of the kind `{kind}`"),
    }
}

/// One of several choices, with the fields next to them.
fn merged(root: &Value, schema: &Value, choice: &Value) -> Value {
    let mut choice = choice["$ref"].as_str().map_or(choice, |name| refers_to(root, name)).clone();
    let (fields, required) = (schema["properties"].as_object(), schema["required"].as_array());
    if let Some(fields) = fields.filter(|_| choice["type"] == "object") {
        let mut all = fields.clone();
        all.extend(choice["properties"].as_object().cloned().unwrap_or_default());
        choice["properties"] = Value::Object(all);
        let mut both = choice["required"].as_array().cloned().unwrap_or_default();
        both.extend(required.cloned().unwrap_or_default());
        choice["required"] = Value::Array(both);
    }
    choice
}

fn assert_fits(name: &str, value: &Value) {
    let schema = schema(name);
    assert_eq!(wrong(&schema, &schema, value, name), None, "{value}");
    // The check itself can fail: on an additional field, and on a value of another type.
    let mut other = value.clone();
    other["no such field"] = json!(1);
    assert!(wrong(&schema, &schema, &other, name).is_some(), "{name} takes any field");
    for field in value.as_object().unwrap().keys() {
        other = value.clone();
        other[field] = json!([{"not": "this"}]);
        assert!(wrong(&schema, &schema, &other, name).is_some(), "{name} takes any {field}");
    }
}

#[test]
fn runs_metrics_and_files_match_their_schemas() {
    let scratch = tempfile::tempdir().unwrap();
    for game in ["symmetric", "selective"] {
        let run = scratch.path().join(game);
        let settings = Settings {
            game: Some(serde_json::from_value(json!(game)).unwrap()),
            max_rounds: Some(40),
            evaluate_every: Some(20),
            batch: Some(256),
            ..Settings::default()
        };
        let summary = evesdrop::train(&run, &settings).unwrap();
        assert_fits("summary", &serde_json::to_value(&summary).unwrap());
        let metrics = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
        assert_eq!(metrics.lines().count(), 2, "{metrics}");
        metrics.lines().for_each(|line| assert_fits("metrics", &serde_json::from_str(line).unwrap()));
    }
    let engine = Engine::new(1, Level::from_environment().unwrap()).unwrap();
    let model = Model::load(&scratch.path().join("symmetric")).unwrap();
    let settings = inspect::Settings { samples: inspect::FEWEST_SAMPLES, seed: 1 };
    assert_fits("inspect", &serde_json::to_value(Inspection::new(&model, settings, &engine).unwrap()).unwrap());

    let [plain, sealed, key] = ["plain", "sealed", "key"].map(|name| scratch.path().join(name));
    fs::write(&plain, b"").unwrap();
    let key = Key::create(&key).unwrap();
    let envelope = Envelope::new(&model, key.bytes(), &engine).unwrap();
    let report = envelope::encrypt_path(&envelope, &plain, &sealed, Some(8), Existing::Keep).unwrap();
    assert_fits("encrypt", &serde_json::to_value(report).unwrap());
}

#[test]
fn reports_and_breaks_match_their_schemas() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let target = Target::parse("xor", &TargetOptions::default()).unwrap();
    let options = Options { only: ["linear", "cube"].map(String::from).to_vec(), ..Options::quick() };
    let report = evesdrop::report(&target, &options, None).unwrap();
    ReportFolder::open(&out).unwrap().write(&report).unwrap();
    let read = |file: &str| serde_json::from_slice(&fs::read(out.join(file)).unwrap()).unwrap();
    assert_fits("report", &read("report.json"));
    assert_fits("break", &read("breaks/linear/finding.json"));
}

#[test]
fn experiments_and_the_benchmark_match_their_schemas() {
    let summary = Summary::of(Experiment::Fig2, Scale::Quick, &[], Path::new("/nowhere")).unwrap();
    let mut results = Results::new(Experiment::Fig2, Scale::Quick, &summary, Path::new("fig2-quick.csv"));
    let (what, paper, measured) = ("Bob's wrong bits", "0.05", "0.04".into());
    results.comparisons.push(Comparison { what, paper, yardstick: None, measured, agrees: Some(true) });
    assert_fits("paper", &serde_json::to_value(results).unwrap());

    let row = json!({
        "id": "ab", "version": "0.2.0", "seed": 1, "seconds": 1.5, "outcome": "trained", "rounds": 2400, "bob_wrong_bits": 0.01,
        "eve_wrong_bits": 7.5, "fresh_wrong_bits": [6.6], "squared": null,
        "leakage": [{"bits": 0.1, "interval": null, "bob_wrong_bits": 7.7, "least": 0.0}],
    });
    let row: Row = serde_json::from_value(row).unwrap();
    assert_fits("trial", &serde_json::to_value(row).unwrap());

    let timing = Timing { median_ms: 1.0, fastest_ms: 0.9, slowest_ms: 2.0, samples: 10 };
    let kernels =
        vec![OfKernel { kernel: "dense".into(), ms: 0.5, multiply_adds: 9, sigmoids: 0, bytes: 64, limit_ms: 0.4 }];
    let workloads =
        vec![Measured { workload: Workload::Round, timing, kernels, limit_ms: 0.5, percent_of_limit: 55.0 }];
    let level = OfLevel {
        level: "avx2".into(),
        multiply_adds_per_second: 1e11,
        sigmoids_per_second: 1e9,
        first_level_bytes_per_second: 1e11,
        second_level_bytes_per_second: 1e10,
        memory_bytes_per_second: 1e10,
        workloads,
    };
    let bench = Bench { bits: 16, batch: 4096, threads: 1, levels: vec![level] };
    assert_fits("bench", &serde_json::from_str(&bench.to_json()).unwrap());
}
