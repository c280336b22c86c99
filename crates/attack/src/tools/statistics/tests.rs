//! NIST's worked examples, to the printed digits, and properties of the battery.
use super::*;
use crate::report::Verdict;
use chacha20::rand_core::{Rng as _, SeedableRng as _};

fn bits(text: &str) -> Bits {
    text.chars().filter(|c| matches!(c, '0' | '1')).map(|c| c == '1').collect()
}

/// Equal to the digits that NIST printed.
fn printed(name: &str, got: f64, want: f64) {
    assert!((got - want).abs() < 1.1e-6, "{name}: {got:.7}, NIST prints {want}");
}

/// The class probabilities in NIST's program for linear complexity: 0.01047 is a typo for 0.010417.
pub(super) const NIST_COMPLEXITY: [f64; 7] = [0.01047, 0.03125, 0.125, 0.5, 0.25, 0.0625, 0.020833];

/// The class probabilities in NIST's program for the longest run in blocks of 10,000: close to the exact ones, but not equal.
pub(super) const NIST_LONGEST_RUN: [f64; 7] = [0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727];

/// The class probabilities in NIST's program for the overlapping template: asymptotic ones, which the text of Revision 1a
/// corrects.
pub(super) fn nist_overlapping() -> [f64; 6] {
    let e = (-1f64).exp();
    let [a, b, c, d, f] = [e, e / 2.0, e * 3.0 / 8.0, e * 13.0 / 48.0, e * 73.0 / 384.0];
    [a, b, c, d, f, 1.0 - (a + b + c + d + f)]
}

/// The first 100 binary digits of pi, the second example of most sections.
const PI_100: &str =
    "1100100100001111110110101010001000100001011010001100001000110100110001001100011001100010100010111000";

#[test]
fn small_examples_of_the_standard() {
    let pi = bits(PI_100);
    printed("2.1.4", frequency::frequency_p(&bits("1011010101")), 0.527089);
    printed("2.1.8", frequency::frequency_p(&pi), 0.109599);
    printed("2.2.4", frequency::block_frequency_p(&bits("0110011010"), 3), 0.801252);
    printed("2.2.8", frequency::block_frequency_p(&pi, 10), 0.706438);
    printed("2.3.4", runs::runs_p(&bits("1001101011")), 0.147232);
    printed("2.3.8", runs::runs_p(&pi), 0.500798);
    // The text of 2.6.4 and 2.6.8 (0.029523 and 0.168669) miscounts the peaks; these are the values of NIST's program.
    printed("2.6.4", fourier::spectral_p(&bits("1001010011")), 0.468160);
    printed("2.6.8", fourier::spectral_p(&pi), 0.646355);
    // The example uses the probabilities for large matrices.
    let ranks = rank::rank_counts(&bits("01011001001010101101"), 3);
    printed("2.5.4", chi_squared(&ranks, &[0.2888, 0.5776, 0.1336]), 0.741948);
    printed("2.7.4", templates::non_overlapping_p(&bits("10100100101110010110"), 0b001, 3, 2), 0.344154);
    printed("2.11.4", patterns::serial_p(&bits("0011011101"), 3)[0], 0.808792);
    printed("2.11.4", patterns::serial_p(&bits("0011011101"), 3)[1], 0.670320);
    printed("2.12.4", patterns::approximate_entropy_p(&bits("0100110101"), 3), 0.261961);
    printed("2.12.8", patterns::approximate_entropy_p(&pi, 2), 0.235301);
    printed("2.13.4", walks::cumulative_sums_p(&bits("1011010111"))[0], 0.411659);
    printed("2.13.8", walks::cumulative_sums_p(&pi)[0], 0.219194);
    printed("2.13.8", walks::cumulative_sums_p(&pi)[1], 0.114866);
    printed("2.14.4", walks::excursions_p(&walks::cycles(&bits("0110110101")), 1), 0.502488);
    printed("2.15.4", walks::variant_p(&walks::variant_visits(&bits("0110110101")), 1), 0.683091);
}

/// Section 2.4.8: 128 bits in blocks of 8.
#[test]
fn longest_run_example() {
    let example = bits(
        "11001100000101010110110001001100111000000000001001001101010100010001001111010110100000001101011111001100\
         111001101101100010110010",
    );
    let exact = longest_run(&example);
    printed("2.4.8", exact.p_values()[0].p, 0.180609);
    // The standard's table for 128 bits (section 3.4), whose fourth digit is inaccurate.
    let shares = runs::longest_run_shares(128, 4, 6);
    for (got, want) in shares.iter().zip([0.1174, 0.2430, 0.2493, 0.1752, 0.1027, 0.1124]) {
        assert!((got - want).abs() < 1e-4, "{shares:?}");
    }
}

/// Section 2.9.4: the statistic, divided as in NIST's example by a deviation without the correction for short sequences.
#[test]
fn universal_example() {
    let (statistic, tested) = universal::mean_log_distance(&bits("01011010011101010111"), 2, 4);
    assert_eq!(tested, 6);
    printed("2.9.4", statistic, 1.1949875);
    printed("2.9.4", special::erfc(((statistic - 1.5374383) / (2.0 * 1.338f64).sqrt()).abs()), 0.767189);
}

/// Section 2.10.4: the register that generates 1101011110001 has four stages.
#[test]
fn linear_complexity_example() {
    assert_eq!(complexity::shortest_register(&bits("1101011110001"), 0, 13), 4);
    let maximal: Bits = (0..200)
        .scan(1u8, |s, _| {
            let out = *s & 1;
            *s = *s >> 1 | (out ^ (*s >> 1 & 1)) << 6;
            Some(out == 1)
        })
        .collect();
    assert_eq!(complexity::shortest_register(&maximal, 3, 190), 7);
}

/// The first 1,000,000 binary digits of e, from 10.1011... on, from the series of 1/k! in exact integers.
fn digits_of_e() -> Bits {
    use num_bigint::BigUint;
    /// (numerator, denominator) of 1/a + 1/(a (a+1)) + ... up to b.
    fn split(a: u32, b: u32) -> (BigUint, BigUint) {
        if b - a == 1 {
            return (BigUint::from(1u32), BigUint::from(a));
        }
        let middle = (a + b) / 2;
        let ((p, q), (r, s)) = (split(a, middle), split(middle, b));
        (p * &s + r, q * s)
    }
    // 1/80,000! is below 2^-1,100,000.
    let (p, q) = split(1, 80_000);
    let digits = ((p << 1_000_100u32) / q) + (BigUint::from(1u32) << 1_000_100u32);
    let mut text = digits.to_str_radix(2);
    text.truncate(1_000_000);
    bits(&text)
}

/// The results that NIST prints for e: appendix B, and the examples of sections 2.5 to 2.15 that use it.
#[test]
fn a_million_digits_of_e() {
    let e = digits_of_e();
    assert_eq!(e.len(), 1_000_000);
    let p = |outcome: Outcome, index: usize| outcome.p_values()[index].p;
    printed("frequency", p(frequency(&e), 0), 0.953749);
    printed("block frequency", p(block_frequency(&e, 128), 0), 0.211072);
    printed("cumulative sums forward", p(cumulative_sums(&e), 0), 0.669887);
    printed("cumulative sums backward", p(cumulative_sums(&e), 1), 0.724266);
    printed("runs", p(runs(&e), 0), 0.561917);
    printed("longest run", runs::longest_run_p(&e, 10_000, 10, &NIST_LONGEST_RUN), 0.718945);
    printed("rank", p(matrix_rank(&e), 0), 0.306156);
    printed("spectral", p(spectral(&e), 0), 0.847187);
    printed("non-overlapping", p(non_overlapping_template(&e, 1, 9), 0), 0.078790);
    printed("overlapping", templates::overlapping_p(&e, &nist_overlapping()), 0.110434);
    printed("universal", p(universal(&e), 0), 0.282568);
    printed("approximate entropy", p(approximate_entropy(&e, 10), 0), 0.700073);
    printed("excursions, state 1", p(random_excursions(&e), 4), 0.786868);
    printed("variant, state -1", p(random_excursions_variant(&e), 8), 0.826009);
    // Computed by NIST's program, and therefore with its typo.
    for (block, want) in [(500, 0.826335), (1000, 0.845406)] {
        let counts = complexity::complexity_counts(&e, block);
        printed("linear complexity", chi_squared(&counts, &NIST_COMPLEXITY), want);
        assert!((p(linear_complexity(&e, block), 0) - want).abs() < 1e-3);
    }
    printed("serial", p(serial(&e, 16), 0), 0.766182);
    printed("2.11.8", p(serial(&e, 2), 0), 0.843764);
    printed("2.11.8", p(serial(&e, 2), 1), 0.561915);
    let states = [0.573306, 0.197996, 0.164011, 0.007779, 0.786868, 0.440912, 0.797854, 0.778186];
    for (i, want) in states.into_iter().enumerate() {
        printed("2.14.8", p(random_excursions(&e), i), want);
    }
    let states = [
        0.858946, 0.794755, 0.576249, 0.493417, 0.633873, 0.917283, 0.934708, 0.816012, 0.826009, 0.137861, 0.200642,
        0.441254, 0.939291, 0.505683, 0.445935, 0.512207, 0.538635, 0.593930,
    ];
    for (i, want) in states.into_iter().enumerate() {
        printed("2.15.8", p(random_excursions_variant(&e), i), want);
    }
    let mut start = e.clone();
    start.truncate(100_000);
    printed("2.5.8", p(matrix_rank(&start), 0), 0.532069);
}

/// A sequence from a stream cipher.
fn stream(seed: u64, len: usize) -> Bits {
    let mut rng = chacha20::ChaCha8Rng::seed_from_u64(seed);
    let mut bytes = vec![0; len.div_ceil(8)];
    rng.fill_bytes(&mut bytes);
    let mut all = Bits::from_bytes(&bytes);
    all.truncate(len);
    all
}

#[test]
fn short_sequences_never_panic_and_never_fail() {
    for len in [0, 1, 2, 7, 8, 63, 64, 65, 99] {
        for sequence in [stream(1, len), std::iter::repeat_n(true, len).collect()] {
            let battery = battery(&sequence, |_| None);
            assert_eq!(battery.verdict, Verdict::Inconclusive, "{len}");
            assert!(battery.summary().contains("too few"));
            assert!(battery.lacking().len() == 15 && battery.needed_bits() >= 1_000_000);
        }
    }
    for (name, test) in ALL {
        for len in [100, 129, 1000, 40_000] {
            let constant = test(&std::iter::repeat_n(false, len).collect());
            assert!(constant.p_values().iter().all(|v| (0.0..=1.0).contains(&v.p)), "{name} {len} {constant:?}");
        }
    }
}

#[test]
fn good_randomness_passes_and_a_doubt_is_tested_again() {
    let result = battery(&stream(7, 1 << 17), |_| None);
    assert_eq!(result.verdict, Verdict::NothingFound, "{result:?}");
    assert!(result.summary().contains("10 of 15") && result.p_value > SUSPICIOUS);

    // Bad bits first, good ones for the retest: chance, not a weakness.
    let biased: Bits = stream(1, 1 << 15).iter().zip(stream(2, 1 << 15).iter()).map(|(a, b)| a | b).collect();
    let mut asked = 0;
    let cleared = battery(&biased, |len| {
        asked += 1;
        Some(stream(3, len))
    });
    assert_eq!((cleared.verdict, asked), (Verdict::NothingFound, 1));
    assert!(cleared.bits == 2 << 15 && cleared.p_value <= SUSPICIOUS);

    // Bad both times.
    let bad = battery(&biased, |_| Some(biased.clone()));
    assert_eq!(bad.verdict, Verdict::WeaknessFound);
    assert!(bad.failed().contains(&"frequency") && bad.summary().starts_with("not random: frequency"));
    let finding = bad.finding("statistics", crate::report::ThreatModel::CiphertextOnly, 0.1, "replay".to_owned());
    assert!(finding.p_value.is_some_and(|p| p < 1e-10) && finding.samples == 2 << 15);
}

#[test]
fn without_fresh_bits_a_doubt_stays_open() {
    // 3 % too many ones: a corrected p-value of about 1e-4.
    let slight: Bits = stream(4, 20_000).iter().enumerate().map(|(i, b)| b || i % 30 == 0).collect();
    let result = battery(&slight, |_| None);
    assert_eq!(result.verdict, Verdict::Inconclusive, "{result:?}");
    assert!(result.summary().contains("could not be tested again"));
    let constant: Bits = std::iter::repeat_n(true, 20_000).collect();
    assert_eq!(battery(&constant, |_| None).verdict, Verdict::WeaknessFound);
}
