//! Attacks targets under several seeds and tabulates the verdicts.
//!
//! `cargo run --release -p evesdrop-attack --example attack_table -- BUDGET SEEDS ATTACKS TARGET...`. `SEEDS` is a number of
//! seeds from 1 on (a single seed also prints the findings); `ATTACKS` is `all` or names separated by commas.
use evesdrop_attack::attacks::all;
use evesdrop_attack::battery::{Options, Outcome, run};
use evesdrop_attack::ciphers::{Target, TargetOptions};
use std::collections::BTreeMap;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [budget, seeds, only, targets @ ..] = &arguments[..] else {
        return Err("usage: attack_table BUDGET SEEDS ATTACKS TARGET...".into());
    };
    let (budget, seeds) = (budget.parse()?, seeds.parse::<u64>()?);
    let only: Vec<String> = only.split(',').filter(|name| *name != "all").map(String::from).collect();
    for name in targets {
        let target = Target::parse(name, &TargetOptions::default())?;
        let mut verdicts: BTreeMap<&str, u64> = BTreeMap::new();
        let mut seconds = 0.0;
        for seed in 1..=seeds {
            let options = Options { seed, only: only.clone(), ..Options::new(budget) };
            let outcome = run(&target, &all(), &options)?;
            *verdicts.entry(outcome.verdict.words()).or_default() += 1;
            seconds += outcome.seconds;
            if seeds == 1 {
                print_findings(&outcome);
            }
        }
        println!("{name}: {verdicts:?}, {:.2} s each", seconds / seeds as f64);
    }
    Ok(())
}

fn print_findings(outcome: &Outcome) {
    for finding in &outcome.findings {
        let misuse = if finding.misuse { " MISUSE" } else { "" };
        println!(
            "  {:6.2} s {}{misuse} {}: {}",
            finding.seconds,
            finding.attack,
            finding.verdict.words(),
            finding.summary
        );
        for (label, text) in &finding.details {
            println!("             {label}: {text}");
        }
        for recovered in &finding.recovered {
            println!("             recovered: {recovered}");
        }
    }
    for skipped in &outcome.skipped {
        println!("           {} not run: {}", skipped.attack, skipped.reason);
    }
}
