//! Trains the distinguishers with which `key-recovery` attacks Speck32/64, each from the weights of the one for a round less.
//!
//! `cargo run --release -p evesdrop-attack --example speck_distinguishers -- FOLDER [ROUNDS=MILLIONS...]`. Without numbers of pairs, the
//! committed ones are trained: 5=12 6=40 7=100.
use evesdrop_attack::Options;
use evesdrop_attack::attacks::known_algorithm::train_distinguisher;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        return Err("usage: speck_distinguishers FOLDER [ROUNDS=MILLIONS...]".into());
    }
    let folder = arguments.remove(0);
    if arguments.is_empty() {
        arguments = ["5=12", "6=40", "7=100"].map(String::from).to_vec();
    }
    for argument in &arguments {
        let (rounds, millions) = argument.split_once('=').ok_or("write ROUNDS=MILLIONS, as in 5=12")?;
        let (rounds, millions) = (rounds.parse::<usize>()?, millions.parse::<f64>()?);
        let file = |rounds: usize| Path::new(&folder).join(format!("speck-{rounds}.safetensors"));
        let start = std::fs::read(file(rounds - 1)).ok();
        let (begun, mut shown) = (Instant::now(), 0);
        let mut progress = |done: f64| {
            if (20.0 * done) as u32 > shown {
                shown = (20.0 * done) as u32;
                eprintln!("{rounds} rounds: {} %, {:.0} s", 5 * shown, begun.elapsed().as_secs_f64());
            }
        };
        let pairs = (1e6 * millions) as usize;
        let (bytes, accuracy) =
            train_distinguisher(rounds, pairs, start.as_deref(), &Options::standard(), &mut progress)?;
        std::fs::write(file(rounds), bytes)?;
        println!("{rounds} rounds: accuracy {accuracy:.4} after {pairs} pairs, {:.0} s", begun.elapsed().as_secs_f64());
    }
    Ok(())
}
