//! What is done of a sweep: a table, a picture, and a row for every trial.

use std::path::Path;

use evesdrop_chart::{Axis, Strip, StripPlot};
use evesdrop_files::write_atomically;
use evesdrop_learn::run::Outcome;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Sweep;
use super::statistics::{mean, median, wilson};
use crate::paper::{PaperError, Row};

/// Rows of the picture at most.
const MOST_ROWS: usize = 60;

/// The results of a sweep, or of as much of it as is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// Trials done, and trials in all.
    pub done: (usize, usize),
    /// A row for each group: the success rate with its 95 % interval (Wilson), and what the trials came to. Markdown.
    pub markdown: String,
    /// The success rates as a picture.
    pub svg: String,
    /// A row for each trial.
    pub csv: String,
    /// The same as lines of JSON.
    pub jsonl: String,
}

/// The object that `evesdrop sweep --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Outline {
    /// Trials done.
    pub done: usize,
    /// Trials in all.
    pub trials: usize,
    /// The file with a row for each trial.
    pub csv: String,
}

/// A trial as a row of the tables, after the values of the axes.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    version: &'a str,
    seed: u64,
    outcome: Outcome,
    rounds: u64,
    bob_wrong_bits: Option<f64>,
    eve_wrong_bits: Option<f64>,
    public_mse: Option<f64>,
    bob_mse: Option<f64>,
    eve_mse: Option<f64>,
    eve_minus_blind: Option<f64>,
    seconds: f64,
    model: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn new(row: &'a Row) -> Self {
        let squared = row.squared;
        Self {
            id: &row.id,
            version: &row.version,
            seed: row.seed,
            outcome: row.outcome,
            rounds: row.rounds,
            bob_wrong_bits: row.bob_wrong_bits,
            eve_wrong_bits: row.eve_wrong_bits,
            public_mse: squared.map(|errors| errors.public_mse),
            bob_mse: squared.map(|errors| errors.bob_mse),
            eve_mse: squared.map(|errors| errors.eve_mse),
            eve_minus_blind: squared.map(|errors| errors.eve_minus_blind),
            seconds: (row.seconds * 1000.0).round() / 1000.0,
            model: row.model.as_deref(),
        }
    }
}

impl Results {
    /// Reads what is done of `sweep` in `folder`.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn of(sweep: &Sweep, folder: &Path) -> Result<Self, PaperError> {
        let mut tables = Tables::new(sweep);
        for (group, values) in sweep.groups().iter().zip(sweep.values()) {
            let rows: Result<Vec<_>, _> = group.trials.iter().map(|trial| trial.row(folder)).collect();
            tables.group(&group.label, values, &rows?.into_iter().flatten().collect::<Vec<_>>());
        }
        Ok(tables.finish(sweep.trials().count()))
    }

    /// The outline of results that are written into `folder`.
    pub fn outline(&self, folder: &Path) -> Outline {
        let (done, trials) = self.done;
        Outline { done, trials, csv: folder.join("sweep.csv").display().to_string() }
    }

    /// Writes `sweep.md`, `sweep.svg`, `sweep.csv` and `sweep.jsonl` into `folder`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), PaperError> {
        let files = [("md", &self.markdown), ("svg", &self.svg), ("csv", &self.csv), ("jsonl", &self.jsonl)];
        for (end, text) in files {
            let path = folder.join(format!("sweep.{end}"));
            std::fs::create_dir_all(folder)
                .and_then(|()| write_atomically(&path, text.as_bytes()))
                .map_err(|error| PaperError::Io { path: path.display().to_string(), error })?;
        }
        Ok(())
    }
}

struct Tables<'a> {
    axes: &'a [String],
    done: usize,
    markdown: String,
    strips: Vec<Strip>,
    csv: csv::Writer<Vec<u8>>,
    jsonl: String,
}

impl<'a> Tables<'a> {
    fn new(sweep: &'a Sweep) -> Self {
        let axes = sweep.axes();
        let mut names: Vec<&str> =
            if axes.is_empty() { vec!["group"] } else { axes.iter().map(String::as_str).collect() };
        names.extend(["done", "trained", "rate (95 %)", "rounds (median)", "Bob wrong", "Eve wrong"]);
        let rule = vec!["---"; names.len()].join(" | ");
        let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(vec![]);
        let columns = [
            "id",
            "version",
            "seed",
            "outcome",
            "rounds",
            "bob_wrong_bits",
            "eve_wrong_bits",
            "public_mse",
            "bob_mse",
            "eve_mse",
            "eve_minus_blind",
            "seconds",
            "model",
        ];
        let header = axes.iter().map(String::as_str).chain(columns);
        csv.write_record(header).expect("text into memory");
        let markdown = format!("| {} |\n| {rule} |\n", names.join(" | "));
        Self { axes, done: 0, markdown, strips: vec![], csv, jsonl: String::new() }
    }

    fn group(&mut self, label: &str, values: &[String], rows: &[Row]) {
        let trained: Vec<&Row> = rows.iter().filter(|row| row.outcome == Outcome::Trained).collect();
        let [low, high] = wilson(trained.len(), rows.len());
        let rate = trained.len() as f64 / rows.len().max(1) as f64;
        let number = |value: Option<f64>, digits: usize| value.map_or(String::new(), |x| format!("{x:.digits$}"));
        let errors = |error: fn(&Row) -> Option<f64>| number(mean(rows.iter().filter_map(error)), 3);
        let mut cells: Vec<String> = if values.is_empty() { vec![label.to_owned()] } else { values.to_vec() };
        cells.extend([
            rows.len().to_string(),
            trained.len().to_string(),
            if rows.is_empty() { String::new() } else { format!("{rate:.2} ({low:.2} to {high:.2})") },
            number(median(trained.iter().map(|row| row.rounds).collect()), 0),
            errors(|row| row.bob_wrong_bits.or(row.squared.map(|errors| errors.bob_mse))),
            errors(|row| row.eve_wrong_bits.or(row.squared.map(|errors| errors.eve_minus_blind))),
        ]);
        self.markdown += &format!("| {} |\n", cells.join(" | "));
        if !rows.is_empty() && self.strips.len() < MOST_ROWS {
            let note = format!("{} of {}", trained.len(), rows.len());
            self.strips.push(Strip::new(label).interval(low, rate, high).note(note));
        }
        for row in rows {
            let line = Line::new(row);
            self.csv.serialize((values, &line)).expect("plain values into memory");
            let mut object: Map<String, Value> =
                self.axes.iter().cloned().zip(values.iter().map(|value| json!(value))).collect();
            if let Value::Object(fields) = json!(line) {
                object.extend(fields);
            }
            self.jsonl += &format!("{}\n", Value::Object(object));
        }
        self.done += rows.len();
    }

    fn finish(self, of: usize) -> Results {
        let axis = Axis::linear("trainings that met their goals").range(0.0, 1.0).ticks([0.0, 0.25, 0.5, 0.75, 1.0]);
        let note = if self.strips.len() < MOST_ROWS {
            "Success rate with its 95 % interval (Wilson).".to_owned()
        } else {
            format!("Success rate with its 95 % interval (Wilson), for the first {MOST_ROWS} groups.")
        };
        let plot = StripPlot::new(format!("Sweep: {} of {of} trials", self.done), axis).note(note).width(1000.0);
        let svg = self.strips.into_iter().fold(plot, StripPlot::row).to_svg();
        let csv = String::from_utf8(self.csv.into_inner().expect("memory takes every byte")).expect("text");
        let markdown = format!("{} of {of} trials done.\n\n{}", self.done, self.markdown);
        Results { done: (self.done, of), markdown, svg, csv, jsonl: self.jsonl }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::{Shard, run};

    const SPEC: &str = "seeds = 3\n[settings]\nbits = 4\npreset = \"released\"\nbatch = 64\nmax-rounds = 30\nevaluate-every = 10\n\
        bob-goal = 8.0\neve-goal = 0.0\n[grid]\nkey-bits = [4, 5]\n";

    #[test]
    fn a_sweep_runs_in_parts_and_its_tables_hold_every_trial() {
        let sweep = Sweep::parse(SPEC, &["bob-goal=0.0,8.0".into()]).unwrap();
        let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let empty = Results::of(&sweep, whole.path()).unwrap();
        assert_eq!((empty.done, empty.jsonl.as_str()), ((0, 12), ""));
        let go = |folder: &Path, part, of| {
            run(sweep.groups(), folder, Shard { part, of }, &false.into(), &|_| ()).unwrap();
        };
        go(whole.path(), 1, 1);
        (1..=3).for_each(|part| go(parts.path(), part, 3));
        let results = Results::of(&sweep, whole.path()).unwrap();
        assert_eq!(results.done, (12, 12));
        let easy = results.markdown.lines().find(|line| line.starts_with("| 4 | 8.0 |")).unwrap();
        assert!(easy.starts_with("| 4 | 8.0 | 3 | 2 | 0.67 (0.21 to 0.94) | 20 |"), "{easy}");
        assert!(results.markdown.contains("| 5 | 0.0 | 3 | 0 | 0.00 (0.00 to 0.56) |  |"), "{}", results.markdown);
        let plain = |folder: &Path| {
            let text = Results::of(&sweep, folder).unwrap().jsonl;
            let line = |line: &str| {
                let mut value: Value = serde_json::from_str(line).unwrap();
                value.as_object_mut().unwrap().remove("seconds");
                value
            };
            text.lines().map(line).collect::<Vec<_>>()
        };
        assert_eq!(plain(parts.path()), plain(whole.path()), "the same trials, wherever they run");
        let first = &plain(whole.path())[0];
        assert_eq!((&first["key-bits"], &first["seed"]), (&json!("4"), &json!(1)));
        assert_eq!(first["model"].as_str().map(str::len), Some(64));
        let mut reader = csv::Reader::from_reader(results.csv.as_bytes());
        assert_eq!(reader.headers().unwrap().len(), 15);
        assert_eq!(reader.records().map(Result::unwrap).filter(|row| row.len() == 15).count(), 12);
        results.write(whole.path()).unwrap();
        assert_eq!(std::fs::read_to_string(whole.path().join("sweep.csv")).unwrap(), results.csv);
        assert!(results.svg.contains("key-bits=5 bob-goal=8.0"));
    }
}
