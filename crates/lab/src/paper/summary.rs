//! The results of an experiment's trials: a table, a comparison with the paper, a picture, and every trial's row.

use std::path::Path;

use super::experiments::{Experiment, Scale};
use super::tables::{Comparison, comparison_table, from_csv, to_csv};
use super::trials::{Group, PaperError, Rows};

/// The result of an experiment, as far as it is done.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Number of finished trials, and of all trials.
    pub done: (usize, usize),
    /// Tables, as Markdown.
    pub markdown: String,
    /// The picture.
    pub svg: String,
    /// Every trial's row.
    pub csv: String,
    /// The paper's figures and the measured ones.
    pub comparisons: Vec<Comparison>,
}

impl Summary {
    /// Summarises the finished trials of `groups` in `folder`.
    ///
    /// # Errors
    /// If a row cannot be read.
    pub fn of(experiment: Experiment, scale: Scale, groups: &[Group], folder: &Path) -> Result<Self, PaperError> {
        let rows = |group: &Group| {
            let rows: Result<Vec<_>, _> = group.trials.iter().map(|trial| trial.row(folder)).collect();
            Ok((group.clone(), rows?.into_iter().flatten().collect()))
        };
        let results = Rows { groups: groups.iter().map(rows).collect::<Result<_, PaperError>>()? };
        let mut summary = Self::new(experiment, scale, &results);
        if experiment.definition().curve {
            let first = groups.iter().find_map(|group| group.trials.first());
            summary.svg = first.and_then(|trial| trial.curve(folder)).unwrap_or(summary.svg);
        }
        Ok(summary)
    }

    /// The same from the rows of a CSV file that a summary wrote (field [`Summary::csv`]), without the trials' own files.
    /// Tables and pictures can thus be made again from published rows, also from those of an earlier version.
    ///
    /// # Errors
    /// If the text is not such a file, or contains a group that the experiment does not have.
    pub fn from_csv(experiment: Experiment, scale: Scale, csv: &str) -> Result<Self, PaperError> {
        let rows = from_csv(csv)?;
        let most = |label: &str| rows.iter().filter(|(group, _)| group == label).count() as u64;
        let runs = rows.iter().map(|(label, _)| most(label)).max();
        let mut results =
            Rows { groups: experiment.groups(scale, runs).into_iter().map(|group| (group, vec![])).collect() };
        for (label, row) in rows {
            let group = results.groups.iter_mut().find(|(group, _)| group.label == label);
            group.ok_or_else(|| PaperError::Csv(format!("{} has no group {label:?}", experiment.name())))?.1.push(row);
        }
        Ok(Self::new(experiment, scale, &results))
    }

    fn new(experiment: Experiment, scale: Scale, results: &Rows) -> Self {
        let total = results.groups.iter().map(|(group, _)| group.trials.len()).sum();
        let done = (results.rows().count(), total);
        let definition = experiment.definition();
        let comparisons = if done.0 > 0 { (definition.compare)(results) } else { vec![] };
        let mut markdown = format!(
            "### {}: {}\n\nScale {scale}, {} of {} trials done.\n\n",
            experiment.name(),
            experiment.words(),
            done.0,
            done.1
        );
        markdown += &(definition.table)(results);
        markdown += &comparison_table(&comparisons);
        Self { done, markdown, svg: (definition.picture)(results), csv: to_csv(results), comparisons }
    }
}
