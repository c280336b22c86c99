//! Tests of the bits as a random walk (sections 2.13 to 2.15).
use super::special::{erfc, igamc, normal_cdf};
use super::{Bits, Outcome, with_at_least};

/// Number of bits that the excursion tests need (sections 2.14.7 and 2.15.7).
const EXCURSIONS: usize = 1_000_000;

/// Is the walk's maximum excursion as expected, forwards and backwards (section 2.13)? Two p-values. Needs 100 bits.
pub fn cumulative_sums(bits: &Bits) -> Outcome {
    with_at_least(bits, 100, || {
        let [forward, backward] = cumulative_sums_p(bits);
        Outcome::parts([("forward".to_owned(), forward), ("backward".to_owned(), backward)])
    })
}

pub(super) fn cumulative_sums_p(bits: &Bits) -> [f64; 2] {
    let total = walk(bits).last().unwrap_or(0);
    let farthest = walk(bits).map(i64::abs).max().unwrap_or(0);
    // Backwards, after the last k steps, the walk is at the total minus its forward position before them.
    let backwards = std::iter::once(0).chain(walk(bits)).take(bits.len()).map(|s| (total - s).abs()).max().unwrap_or(0);
    [farthest, backwards].map(|z| stray_p(bits.len() as f64, z as f64))
}

/// The probability that a walk of `n` steps goes at least as far as `z` from its start (section 3.13).
fn stray_p(n: f64, z: f64) -> f64 {
    if z <= 0.0 {
        return 1.0;
    }
    let phi = |k: f64| normal_cdf(k * z / n.sqrt());
    let sum = |from: f64, offsets: [f64; 2]| -> f64 {
        // Beyond twelve standard deviations every term is 0.
        let reach = 4.0 + 4.0 * n.sqrt() / z;
        let first = (((-n / z + from) / 4.0).ceil()).max(-reach) as i64;
        let last = (((n / z - 1.0) / 4.0).floor()).min(reach) as i64;
        (first..=last).map(|k| phi(4.0 * k as f64 + offsets[0]) - phi(4.0 * k as f64 + offsets[1])).sum()
    };
    (1.0 - sum(1.0, [1.0, -1.0]) + sum(-3.0, [3.0, 1.0])).clamp(0.0, 1.0)
}

/// Is every state from -4 to 4 visited as often as expected between returns to zero (section 2.14)? Eight p-values. Needs
/// 1,000,000 bits and 500 returns; more bits if there are fewer returns.
pub fn random_excursions(bits: &Bits) -> Outcome {
    with_at_least(bits, EXCURSIONS, || {
        let cycles = cycles(bits);
        let parts = [-4, -3, -2, -1, 1, 2, 3, 4].map(|x| (format!("state {x}"), excursions_p(&cycles, x)));
        enough_cycles(bits.len(), cycles.len(), Outcome::parts(parts))
    })
}

/// Is every state from -9 to 9 visited as often as expected overall (section 2.15)? Eighteen p-values. Needs the same data as
/// [`random_excursions`].
pub fn random_excursions_variant(bits: &Bits) -> Outcome {
    with_at_least(bits, EXCURSIONS, || {
        let visits = variant_visits(bits);
        let states = (-9..=9).filter(|x| *x != 0);
        let parts = states.map(|x| (format!("state {x}"), variant_p(&visits, x)));
        enough_cycles(bits.len(), visits[9] as usize, Outcome::parts(parts))
    })
}

/// With too few returns to zero there is no result. The number of returns grows with the square root of the length.
fn enough_cycles(n: usize, cycles: usize, outcome: Outcome) -> Outcome {
    let wanted = 500.0f64.max(0.005 * (n as f64).sqrt());
    if cycles as f64 >= wanted { outcome } else { Outcome::NotEnoughData { needed_bits: 4 * n as u64 } }
}

/// The position of the walk after each step.
fn walk(bits: &Bits) -> impl Iterator<Item = i64> + '_ {
    bits.iter().scan(0, |at, bit| {
        *at += if bit { 1 } else { -1 };
        Some(*at)
    })
}

/// For each cycle from zero to zero: the visits to the states -4 to 4 (at index state + 4). The incomplete end of the walk
/// counts as a cycle.
pub(super) fn cycles(bits: &Bits) -> Vec<[u32; 9]> {
    let mut cycles = Vec::new();
    let mut current = [0; 9];
    let mut away = false;
    for at in walk(bits) {
        away = at != 0;
        if at == 0 {
            cycles.push(current);
            current = [0; 9];
        } else if at.abs() <= 4 {
            current[(at + 4) as usize] += 1;
        }
    }
    if away {
        cycles.push(current);
    }
    cycles
}

pub(super) fn excursions_p(cycles: &[[u32; 9]], state: i64) -> f64 {
    let mut counts = [0u64; 6];
    for cycle in cycles {
        counts[cycle[(state + 4) as usize].min(5) as usize] += 1;
    }
    // Section 3.14: the probability of exactly k visits in a cycle.
    let x = state.unsigned_abs() as f64;
    let stay = 1.0 - 1.0 / (2.0 * x);
    let shares: [f64; 6] = std::array::from_fn(|k| match k {
        0 => stay,
        5 => stay.powi(4) / (2.0 * x),
        _ => stay.powi(k as i32 - 1) / (4.0 * x * x),
    });
    let total = cycles.len() as f64;
    let statistic: f64 = counts.iter().zip(shares).map(|(c, s)| (*c as f64 - total * s).powi(2) / (total * s)).sum();
    igamc(2.5, statistic / 2.0)
}

/// Visits to the states -9 to 9 (at index state + 9). At zero: the number of cycles.
pub(super) fn variant_visits(bits: &Bits) -> [u64; 19] {
    let mut visits = [0; 19];
    let mut end = 0;
    for at in walk(bits) {
        end = at;
        if at.abs() <= 9 {
            visits[(at + 9) as usize] += 1;
        }
    }
    visits[9] += u64::from(end != 0);
    visits
}

pub(super) fn variant_p(visits: &[u64; 19], state: i64) -> f64 {
    let cycles = visits[9] as f64;
    let found = visits[(state + 9) as usize] as f64;
    erfc((found - cycles).abs() / (2.0 * cycles * (4.0 * state.unsigned_abs() as f64 - 2.0)).sqrt())
}
