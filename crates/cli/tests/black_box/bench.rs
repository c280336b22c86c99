//! `evesdrop bench`.

use evesdrop::engine::Level;

use crate::support::{Ran, finish, program, say};

/// Runs at the fastest level only: the scalar level takes half a minute.
fn fastest(line: &str) -> Ran {
    finish(program().env("EVESDROP_SIMD", level()).args(line.split_whitespace()))
}

fn level() -> String {
    Level::available().last().expect("every machine has the scalar level").to_string()
}

#[test]
fn measures_limits_and_workloads() {
    let table = fastest("bench --bits 4 --batch 200").ok();
    assert!(table.text().starts_with("4 bits, batch 200, 1 thread."), "{table:?}");
    assert!(table.text().contains("a training round") && table.text().contains("weight gradients"), "{table:?}");
    assert!(table.text().lines().all(|line| line.chars().count() <= 120), "{table:?}");
    let threads = std::thread::available_parallelism().unwrap().get().min(2);
    let json = fastest(&format!("bench --bits 4 --batch 200 --threads {threads} --json")).ok();
    let json: serde_json::Value = serde_json::from_str(json.text()).unwrap();
    assert_eq!((&json["threads"], &json["levels"][0]["level"]), (&threads.into(), &level().into()));
    let workloads = json["levels"][0]["workloads"].as_array().unwrap();
    let names: Vec<_> = workloads.iter().map(|workload| workload["workload"].as_str().unwrap()).collect();
    assert_eq!(names, ["round", "eve", "forward", "encrypt", "distinguisher"]);
    for workload in workloads {
        assert!(workload["limit_ms"].as_f64().unwrap() > 0.0, "{workload}");
        assert!(workload["fastest_ms"].as_f64() <= workload["median_ms"].as_f64(), "{workload}");
    }
}

#[test]
fn bad_arguments_are_refused_in_one_line() {
    say("bench --bits 3").refused("--bits 3: must be from 4 to 256");
    say("bench --batch 0").refused("--batch 0: must be from 1 to 1048576");
    let cores = std::thread::available_parallelism().unwrap().get();
    for threads in [0, cores + 1, 100_000] {
        let because = format!("--threads {threads}: must be from 1 to {cores}, the cores of this machine");
        say(&format!("bench --threads {threads}")).refused(&because);
    }
    finish(program().env("EVESDROP_SIMD", "mmx").arg("bench")).refused("EVESDROP_SIMD=mmx: this machine has");
}
