//! All tests together, without false alarms.
use super::{ALL, Bits, Outcome};
use crate::battery::holm;
use crate::report::{Finding, ThreatModel, Verdict, probability};

/// The corrected p-value below which tests are repeated on fresh bits.
pub const SUSPICIOUS: f64 = 0.01;

/// Without fresh bits for a repetition, only a corrected p-value below this counts. The tests' p-values are approximations, and
/// their errors are smaller than this.
const OVERWHELMING: f64 = 1e-12;

/// The result of one test in a battery.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    /// The test's name.
    pub name: &'static str,
    /// The outcome on the given bits.
    pub outcome: Outcome,
    /// The outcome on fresh bits, if the first outcome was suspicious and fresh bits were available.
    pub retest: Option<Outcome>,
}

/// The result of all tests together.
#[derive(Clone, Debug, PartialEq)]
pub struct Battery {
    /// Every test, in the order of the standard.
    pub tests: Vec<TestResult>,
    /// NOTHING FOUND, WEAKNESS FOUND, or INCONCLUSIVE if no test had enough bits or a suspicious result could not be repeated.
    pub verdict: Verdict,
    /// The probability that good randomness gives a battery at least as extreme, over all tests and both stages. 1 if no test
    /// had enough bits.
    pub p_value: f64,
    /// Number of bits used, including fresh ones.
    pub bits: u64,
}

/// Runs every test on `bits`, and repeats suspicious ones on fresh bits.
///
/// All p-values are corrected together by Holm's method. If one stays below [`SUSPICIOUS`], `fresh` is called for the same
/// number of new bits. The tests that stood out are run on these alone, corrected again, and count only if they stand out
/// again. `fresh` returns `None` if there are no more bits. Good randomness fails both stages with a probability of at most
/// `SUSPICIOUS` squared, one in ten thousand, as far as the tests' p-values are exact.
pub fn battery(bits: &Bits, mut fresh: impl FnMut(usize) -> Option<Bits>) -> Battery {
    let mut tests: Vec<TestResult> =
        ALL.iter().map(|(name, test)| TestResult { name, outcome: test(bits), retest: None }).collect();
    let (first, doubtful) = smallest(tests.iter().map(|t| Some(&t.outcome)));
    let battery =
        |tests, verdict, p_value, more: usize| Battery { tests, verdict, p_value, bits: (bits.len() + more) as u64 };
    if tests.iter().all(|t| t.outcome.p_values().is_empty()) {
        return battery(tests, Verdict::Inconclusive, 1.0, 0);
    }
    if first > SUSPICIOUS {
        return battery(tests, Verdict::NothingFound, first, 0);
    }
    let Some(again) = fresh(bits.len()).filter(|b| !b.is_empty()) else {
        let verdict = if first < OVERWHELMING { Verdict::WeaknessFound } else { Verdict::Inconclusive };
        return battery(tests, verdict, first, 0);
    };
    for index in doubtful {
        tests[index].retest = Some(ALL[index].1(&again));
    }
    let (second, _) = smallest(tests.iter().map(|t| t.retest.as_ref()));
    // Both stages together: the second is reached with a probability of at most SUSPICIOUS.
    let p_value = SUSPICIOUS * second;
    let verdict = if second <= SUSPICIOUS { Verdict::WeaknessFound } else { Verdict::NothingFound };
    battery(tests, verdict, p_value, again.len())
}

/// The smallest corrected p-value, and the indices of the outcomes with one below [`SUSPICIOUS`].
fn smallest<'a>(outcomes: impl Iterator<Item = Option<&'a Outcome>>) -> (f64, Vec<usize>) {
    let parts: Vec<(usize, f64)> = outcomes
        .enumerate()
        .flat_map(|(i, outcome)| outcome.map(Outcome::p_values).unwrap_or_default().iter().map(move |v| (i, v.p)))
        .collect();
    let corrected = holm(&parts.iter().map(|p| p.1).collect::<Vec<_>>());
    let least = corrected.iter().copied().fold(1.0, f64::min);
    let mut doubtful: Vec<usize> =
        parts.iter().zip(&corrected).filter(|(_, p)| **p <= SUSPICIOUS).map(|(part, _)| part.0).collect();
    doubtful.dedup();
    (least, doubtful)
}

impl Battery {
    /// Names of the tests that caused a WEAKNESS FOUND.
    pub fn failed(&self) -> Vec<&'static str> {
        let (_, indices) = smallest(self.deciding());
        if self.verdict == Verdict::WeaknessFound {
            indices.into_iter().map(|i| self.tests[i].name).collect()
        } else {
            Vec::new()
        }
    }

    /// The outcomes of the decisive stage.
    fn deciding(&self) -> impl Iterator<Item = Option<&Outcome>> {
        let twice = self.tests.iter().any(|t| t.retest.is_some());
        self.tests.iter().map(move |t| if twice { t.retest.as_ref() } else { Some(&t.outcome) })
    }

    /// The tests with too little data, and the number of bits that each needs.
    pub fn lacking(&self) -> Vec<(&'static str, u64)> {
        let needs = |t: &TestResult| match t.outcome {
            Outcome::NotEnoughData { needed_bits } => Some((t.name, needed_bits)),
            Outcome::PValues(_) => None,
        };
        self.tests.iter().filter_map(needs).collect()
    }

    /// What was learned, in one sentence.
    pub fn summary(&self) -> String {
        let ran = self.tests.len() - self.lacking().len();
        match self.verdict {
            Verdict::WeaknessFound => format!(
                "not random: {} stand{} out",
                self.failed().join(", "),
                if self.failed().len() == 1 { "s" } else { "" }
            ),
            Verdict::Inconclusive if ran == 0 => {
                let least = self.lacking().iter().map(|l| l.1).min().unwrap_or(0);
                format!(
                    "{} bits are too few for any test; the first needs {least}, all of them {}",
                    self.bits,
                    self.needed_bits()
                )
            }
            Verdict::Inconclusive => {
                format!("a suspicious result could not be tested again: {} fresh bits are needed", self.bits)
            }
            _ => format!("{ran} of {} tests ran, and nothing stood out", self.tests.len()),
        }
    }

    /// Number of bits with which every test would have run.
    pub fn needed_bits(&self) -> u64 {
        self.lacking().iter().map(|l| l.1).max().unwrap_or(0)
    }

    /// The battery as a finding of the attack `attack`. The caller supplies its cost and replay command.
    pub fn finding(&self, attack: &str, threat_model: ThreatModel, seconds: f64, replay: String) -> Finding {
        let mut details: Vec<(String, String)> = self.tests.iter().map(|t| (t.name.to_owned(), describe(t))).collect();
        details.push(("tested again".to_owned(), "a result counts only if fresh bits show it too".to_owned()));
        Finding {
            attack: attack.to_owned(),
            threat_model,
            verdict: self.verdict,
            summary: self.summary(),
            notice: None,
            advantage: None,
            leaked_bits: None,
            interval: None,
            p_value: (self.verdict != Verdict::Inconclusive).then_some(self.p_value),
            samples: self.bits,
            seconds,
            recovered: Vec::new(),
            replay,
            inputs: Vec::new(),
            misuse: false,
            details,
            curve: Vec::new(),
        }
    }
}

/// A test's smallest p-value, on the given bits and on fresh ones, or the number of bits that it needs.
fn describe(test: &TestResult) -> String {
    let outcome = |outcome: &Outcome| match outcome {
        Outcome::NotEnoughData { needed_bits } => format!("needs {needed_bits} bits"),
        Outcome::PValues(values) => {
            let least = values.iter().map(|v| v.p).fold(f64::INFINITY, f64::min);
            let of = if values.len() > 1 { format!(", smallest of {}", values.len()) } else { String::new() };
            format!("p = {}{of}", probability(least))
        }
    };
    match &test.retest {
        Some(again) => format!("{}; on fresh bits {}", outcome(&test.outcome), outcome(again)),
        None => outcome(&test.outcome),
    }
}
