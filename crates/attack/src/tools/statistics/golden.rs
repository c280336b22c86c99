//! Agreement with other implementations on the same sequences: `golden.tsv`, made by `tools/oracles/sp80022.py`.
//!
//! NIST's own program (as sp80022suite 0.0.8) agrees to the sixth digit everywhere if its class probabilities are used for
//! linear complexity, the longest run in blocks of 10,000 and the overlapping template (see `tests.rs`: a typo, a rounded
//! table, and asymptotic values that Revision 1a corrects). Ours are the exact ones. It also returns 0 for runs where that test
//! does not apply.
//!
//! nistrng 1.2.3 agrees on frequency, runs and matrix rank. On NIST's worked examples it is wrong elsewhere: longest run
//! 0.006836 instead of 0.180609 (section 2.4.8), and on the digits of e (appendix B) universal 0.009764 instead of 0.282568 and
//! cumulative sums 1.000000 instead of 0.669887 and 0.724266, because its 8-bit sums overflow. Its spectral test is right on e
//! but gives 0 on the fair sequence of 131,072 bits, where NIST's program gives 0.420221. This explains the false alarms that
//! its users report.
use super::*;

/// The sequences of the script, from splitmix64.
fn sequence(kind: &str, seed: u64, len: usize) -> Bits {
    let splitmix = |mut seed: u64| {
        let mut all = Bits::default();
        while all.len() < len {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let z = z ^ z >> 31;
            (0..64).for_each(|i| all.push(z >> (63 - i) & 1 == 1));
        }
        all.truncate(len);
        all
    };
    let bits = splitmix(seed);
    if kind != "biased" {
        return bits;
    }
    let other = splitmix(seed + 1000);
    bits.iter().zip(other.iter()).enumerate().map(|(i, (a, b))| a | (b && i % 64 == 0)).collect()
}

/// The test's smallest p-value, with the class probabilities of NIST's program where these differ from ours.
fn as_nist_has_it(name: &str, bits: &Bits) -> Option<f64> {
    let p = match name {
        "overlapping template" => templates::overlapping_p(bits, &tests::nist_overlapping()),
        "linear complexity" => chi_squared(&complexity::complexity_counts(bits, 500), &tests::NIST_COMPLEXITY),
        "longest run of ones" if bits.len() >= 750_000 => {
            runs::longest_run_p(bits, 10_000, 10, &tests::NIST_LONGEST_RUN)
        }
        _ => {
            let (_, test) = ALL.iter().find(|t| t.0 == name)?;
            return test(bits).p_values().iter().map(|v| v.p).reduce(f64::min);
        }
    };
    Some(p)
}

#[test]
fn agrees_with_other_implementations() {
    let mut compared = 0;
    let mut last = (String::new(), Bits::default());
    for line in include_str!("golden.tsv").lines().filter(|l| !l.starts_with('#')) {
        let [kind, seed, len, by, name, want] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        if by == "nistrng" && !matches!(name, "frequency" | "runs" | "matrix rank") {
            continue;
        }
        let Ok(want) = want.parse::<f64>() else {
            continue;
        };
        let key = format!("{kind} {seed} {len}");
        if last.0 != key {
            last = (key, sequence(kind, seed.parse().unwrap_or(0), len.parse().unwrap_or(0)));
        }
        // The functions of that extension return the smallest p-value. If NIST's program gives 0 for runs, the test does not
        // apply.
        let Some(least) = as_nist_has_it(name, &last.1).filter(|_| name != "runs" || want > 0.0) else {
            continue;
        };
        assert!((least - want).abs() < 2e-6, "{line}: {least}");
        compared += 1;
    }
    assert!(compared >= 60, "{compared}");
}
