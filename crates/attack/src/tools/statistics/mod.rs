//! Statistics of ciphertext and keystream: the fifteen tests of NIST SP 800-22.
//!
//! L. Bassham et al., "A Statistical Test Suite for Random and Pseudorandom Number Generators for Cryptographic
//! Applications", NIST Special Publication 800-22 Revision 1a, 2010. Section numbers in these files refer to that document.
//! Each test is a function from [`Bits`] to an [`Outcome`]. [`battery`] runs them all, repeats suspicious tests, and corrects
//! for the number of tests. Such tests are necessary, never sufficient.
//!
//! ```
//! use evesdrop_attack::statistics::{Bits, Outcome, frequency};
//!
//! let counting: Bits = (0..1000).map(|i| i % 3 == 0).collect();
//! let Outcome::PValues(p) = frequency(&counting) else { panic!("enough bits") };
//! assert!(p[0].p < 1e-9, "a third of ones is no coin");
//! ```
mod battery;
mod bits;
mod complexity;
mod fourier;
mod frequency;
mod patterns;
mod rank;
mod runs;
mod special;
mod templates;
mod universal;
mod walks;

pub use battery::{Battery, SUSPICIOUS, TestResult, battery};
pub use bits::Bits;
pub use complexity::linear_complexity;
pub use fourier::spectral;
pub use frequency::{block_frequency, frequency};
pub use patterns::{approximate_entropy, serial};
pub use rank::matrix_rank;
pub use runs::{longest_run, runs};
pub(crate) use special::normal_cdf;
pub use templates::{non_overlapping_template, overlapping_template};
pub use universal::universal;
pub use walks::{cumulative_sums, random_excursions, random_excursions_variant};

/// One p-value: the probability that random bits give a result at least as extreme.
#[derive(Clone, Debug, PartialEq)]
pub struct PValue {
    /// The part of the test, such as "forward" or "state -3"; empty for a test with one p-value.
    pub part: String,
    /// The p-value, 0 to 1.
    pub p: f64,
}

/// The result of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// One or more p-values.
    PValues(Vec<PValue>),
    /// Too few bits for the test's approximations. This is no result, and not a failure.
    NotEnoughData {
        /// Number of bits needed.
        needed_bits: u64,
    },
}

impl Outcome {
    /// A single p-value.
    fn one(p: f64) -> Self {
        Self::PValues(vec![PValue { part: String::new(), p }])
    }

    /// Several p-values with their names.
    fn parts(parts: impl IntoIterator<Item = (String, f64)>) -> Self {
        Self::PValues(parts.into_iter().map(|(part, p)| PValue { part, p }).collect())
    }

    /// The p-values; none if there was too little data.
    pub fn p_values(&self) -> &[PValue] {
        match self {
            Self::PValues(values) => values,
            Self::NotEnoughData { .. } => &[],
        }
    }
}

/// Runs `test` only with enough bits.
fn with_at_least(bits: &Bits, needed: usize, test: impl FnOnce() -> Outcome) -> Outcome {
    if bits.len() < needed { Outcome::NotEnoughData { needed_bits: needed as u64 } } else { test() }
}

/// Pearson's chi-squared of counts against expected proportions, and its p-value.
fn chi_squared(counts: &[u64], shares: &[f64]) -> f64 {
    let total: u64 = counts.iter().sum();
    let statistic: f64 = counts
        .iter()
        .zip(shares)
        .map(|(count, share)| {
            let expected = share * total as f64;
            (*count as f64 - expected).powi(2) / expected
        })
        .sum();
    special::igamc((counts.len() as f64 - 1.0) / 2.0, statistic / 2.0)
}

/// A test with its name.
type Test = (&'static str, fn(&Bits) -> Outcome);

/// Every test, in the order of the standard.
const ALL: [Test; 15] = [
    ("frequency", frequency),
    ("block frequency", |b| block_frequency(b, 128)),
    ("runs", runs),
    ("longest run of ones", longest_run),
    ("matrix rank", matrix_rank),
    ("spectral", spectral),
    ("non-overlapping template", |b| non_overlapping_template(b, 0b0_0000_0001, 9)),
    ("overlapping template", overlapping_template),
    ("universal", universal),
    ("linear complexity", |b| linear_complexity(b, 500)),
    ("serial", |b| serial(b, patterns::serial_length(b.len()))),
    ("approximate entropy", |b| approximate_entropy(b, patterns::entropy_length(b.len()))),
    ("cumulative sums", cumulative_sums),
    ("random excursions", random_excursions),
    ("random excursions variant", random_excursions_variant),
];

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
