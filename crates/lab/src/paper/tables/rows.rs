//! Rows as CSV, one line per trial: writing and reading.

use evesdrop_learn::run::Outcome;
use evesdrop_learn::train::SquaredErrors;
use serde::{Deserialize, Serialize};

use crate::paper::trials::{Leaked, PaperError, Row, Rows};

/// The columns, in the order of [`Line`].
const HEADER: [&str; 23] = [
    "group",
    "id",
    "version",
    "seed",
    "outcome",
    "rounds",
    "bob_wrong_bits",
    "eve_wrong_bits",
    "fresh_wrong_bits",
    "leaks",
    "leaks_at_least",
    "leaks_bob_wrong_bits",
    "codebook",
    "seconds",
    "public_mse",
    "bob_mse",
    "eve_mse",
    "eve_minus_blind",
    "fresh_explained",
    "pad",
    "keyed_pad",
    "secret",
    "readable",
];

/// One line. Lists are numbers separated by spaces.
#[derive(Serialize, Deserialize)]
struct Line {
    group: String,
    id: String,
    version: String,
    seed: u64,
    outcome: String,
    rounds: u64,
    bob_wrong_bits: Option<f64>,
    eve_wrong_bits: Option<f64>,
    fresh_wrong_bits: String,
    leaks: String,
    leaks_at_least: String,
    leaks_bob_wrong_bits: String,
    codebook: Option<f64>,
    seconds: String,
    public_mse: Option<f64>,
    bob_mse: Option<f64>,
    eve_mse: Option<f64>,
    eve_minus_blind: Option<f64>,
    fresh_explained: String,
    pad: Option<bool>,
    keyed_pad: Option<bool>,
    secret: Option<bool>,
    /// Absent in files of 0.2.0.
    #[serde(default)]
    readable: Option<bool>,
}

fn list(values: impl IntoIterator<Item = f64>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(" ")
}

fn numbers(text: &str) -> Result<Vec<f64>, PaperError> {
    let number = |word: &str| word.parse().map_err(|_| PaperError::Csv(format!("{word:?} is not a number")));
    text.split_whitespace().map(number).collect()
}

impl Line {
    fn new(group: &str, row: &Row) -> Self {
        let leaked = |value: fn(&Leaked) -> f64| list(row.leakage.iter().map(value));
        let squared = |error: fn(&SquaredErrors) -> f64| row.squared.as_ref().map(error);
        Self {
            group: group.into(),
            id: row.id.clone(),
            version: row.version.clone(),
            seed: row.seed,
            outcome: if row.outcome == Outcome::Trained { "trained" } else { "failed" }.into(),
            rounds: row.rounds,
            bob_wrong_bits: row.bob_wrong_bits,
            eve_wrong_bits: row.eve_wrong_bits,
            fresh_wrong_bits: list(row.fresh_wrong_bits.iter().copied()),
            leaks: leaked(|leaked| leaked.bits),
            leaks_at_least: leaked(|leaked| leaked.least),
            leaks_bob_wrong_bits: leaked(|leaked| leaked.bob_wrong_bits),
            codebook: row.codebook,
            seconds: format!("{:.3}", row.seconds),
            public_mse: squared(|errors| errors.public_mse),
            bob_mse: squared(|errors| errors.bob_mse),
            eve_mse: squared(|errors| errors.eve_mse),
            eve_minus_blind: squared(|errors| errors.eve_minus_blind),
            fresh_explained: list(row.fresh_explained.iter().copied()),
            pad: row.pad,
            keyed_pad: row.keyed_pad,
            secret: row.secret,
            readable: row.readable,
        }
    }

    /// Converts the line back to a row. The file does not hold the intervals of sampled leakage.
    fn row(self) -> Result<Row, PaperError> {
        let bounds = numbers(&self.leaks_at_least)?.into_iter().zip(numbers(&self.leaks_bob_wrong_bits)?);
        let leaked = |(bits, (least, bob_wrong_bits))| Leaked { bits, interval: None, bob_wrong_bits, least };
        let squared = self.public_mse.zip(self.bob_mse).zip(self.eve_mse.zip(self.eve_minus_blind));
        let errors = |((public_mse, bob_mse), (eve_mse, eve_minus_blind))| SquaredErrors {
            public_mse,
            bob_mse,
            eve_mse,
            eve_minus_blind,
        };
        Ok(Row {
            seconds: self.seconds.parse().map_err(|_| PaperError::Csv(format!("{:?} seconds", self.seconds)))?,
            outcome: if self.outcome == "trained" { Outcome::Trained } else { Outcome::Failed },
            fresh_wrong_bits: numbers(&self.fresh_wrong_bits)?,
            leakage: numbers(&self.leaks)?.into_iter().zip(bounds).map(leaked).collect(),
            fresh_explained: numbers(&self.fresh_explained)?,
            squared: squared.map(errors),
            id: self.id,
            version: self.version,
            seed: self.seed,
            rounds: self.rounds,
            bob_wrong_bits: self.bob_wrong_bits,
            eve_wrong_bits: self.eve_wrong_bits,
            codebook: self.codebook,
            pad: self.pad,
            keyed_pad: self.keyed_pad,
            secret: self.secret,
            readable: self.readable,
            model: None,
        })
    }
}

/// All rows as CSV with a header.
pub(in crate::paper) fn to_csv(results: &Rows) -> String {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    // Writes the header even if there are no rows.
    writer.write_record(HEADER).expect("text into memory");
    for (group, rows) in &results.groups {
        for row in rows {
            writer.serialize(Line::new(&group.label, row)).expect("plain values into memory");
        }
    }
    let bytes = writer.into_inner().expect("memory takes every byte");
    String::from_utf8(bytes).expect("text in, text out")
}

/// Reads rows from such a file, each with the label of its group.
pub(in crate::paper) fn from_csv(text: &str) -> Result<Vec<(String, Row)>, PaperError> {
    let lines = csv::Reader::from_reader(text.as_bytes()).into_deserialize::<Line>();
    lines
        .map(|line| {
            let line = line.map_err(|error| PaperError::Csv(error.to_string()))?;
            Ok((line.group.clone(), line.row()?))
        })
        .collect()
}
