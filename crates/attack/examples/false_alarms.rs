//! How often the statistical battery raises a false alarm on good randomness (ChaCha8).
//!
//! `cargo run --release -p evesdrop-attack --example false_alarms -- SEEDS LOG2_BITS`
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use evesdrop_attack::report::{Verdict, clopper_pearson};
use evesdrop_attack::statistics::{Bits, battery};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<u64>().unwrap_or(0));
    let seeds = arguments.next().unwrap_or(200).max(1);
    let log2_bits = arguments.next().unwrap_or(17).clamp(10, 24);
    let started = std::time::Instant::now();
    let (mut alarms, mut retested, mut inconclusive) = (0, 0, 0);
    let mut odd: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for seed in 0..seeds {
        let mut rng = chacha20::ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |bits: usize| {
            let mut bytes = vec![0; bits / 8];
            rng.fill_bytes(&mut bytes);
            Bits::from_bytes(&bytes)
        };
        let bits = draw(1 << log2_bits);
        let result = battery(&bits, |len| Some(draw(len)));
        for test in result.tests.iter().filter(|t| t.retest.is_some()) {
            *odd.entry(test.name).or_default() += 1;
        }
        retested += u64::from(result.tests.iter().any(|t| t.retest.is_some()));
        alarms += u64::from(result.verdict == Verdict::WeaknessFound);
        inconclusive += u64::from(result.verdict == Verdict::Inconclusive);
    }
    let [low, high] = clopper_pearson(alarms, seeds, 0.95);
    println!(
        "{seeds} sequences of 2^{log2_bits} bits: {alarms} false alarms ({:.4} to {:.4}, 95 %), {retested} tested \
         again, {inconclusive} inconclusive, {:.3} s each",
        low,
        high,
        started.elapsed().as_secs_f64() / seeds as f64
    );
    println!("tested again because of: {odd:?}");
}
