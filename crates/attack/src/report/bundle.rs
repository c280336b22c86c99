//! A folder per break with everything needed to replay it.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::document::FORMAT;
use super::folder::has_format;
use super::{Finding, NO_COMMAND, Report, Verdict};
use evesdrop_files::{read_at_most, write_atomically};

/// The content of `finding.json` in a bundle.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Bundle<'a> {
    /// As [`Report::format`].
    pub format: &'a str,
    /// Version of Evesdrop that found it.
    pub version: &'a str,
    /// The target, as named on the command line.
    pub target: &'a str,
    /// Name of the budget.
    pub budget: &'a str,
    /// Seed of all randomness.
    pub seed: u64,
    /// Names of the files in `inputs`.
    pub inputs: Vec<String>,
    /// The finding, with all recovered messages and keys.
    pub finding: &'a Finding,
}

/// The files of a bundle besides its inputs. `finding.json` lists the others, so it is written first and removed last.
const FILES: [&str; 4] = ["finding.json", "recovered.txt", "replay.sh", "README.md"];

/// Writes the bundle of every break in `report` to its own folder below `folder`, and returns these folders. Bundles of an earlier
/// report are removed first. Other files stay.
///
/// # Errors
/// As [`write_bundle`].
pub fn write_bundles(report: &Report, folder: &Path) -> io::Result<Vec<PathBuf>> {
    if let Ok(entries) = fs::read_dir(folder) {
        for old in entries.flatten().map(|entry| entry.path()).filter(|path| has_format(&path.join("finding.json"))) {
            remove_bundle(&old)?;
        }
        // Fails if something else is in it.
        let _ = fs::remove_dir(folder);
    }
    let mut places: Vec<PathBuf> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Broken) {
        let kind = if finding.misuse { "misuse-" } else { "" };
        let name = format!("{kind}{}", file_name(&finding.attack));
        // An attack may break a cipher in several ways, and other files may use the name.
        let names = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}-{number}")));
        let free = |place: &PathBuf| FILES.iter().chain(&["inputs"]).all(|file| !place.join(file).exists());
        if let Some(place) = names.map(|name| folder.join(name)).find(free) {
            write_bundle(report, finding, &place)?;
            places.push(place);
        }
    }
    Ok(places)
}

/// Removes the files of a bundle, and its folders unless they contain something else.
fn remove_bundle(place: &Path) -> io::Result<()> {
    #[derive(Deserialize)]
    struct Inputs {
        inputs: Vec<String>,
    }
    let known = read_at_most(&place.join(FILES[0]), 64 << 20)?;
    let inputs = serde_json::from_slice::<Inputs>(&known)?.inputs;
    let inputs = inputs.iter().map(|name| place.join("inputs").join(file_name(name)));
    for file in inputs.chain(FILES.iter().rev().map(|name| place.join(name))) {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for folder in [&place.join("inputs"), place] {
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

/// Writes everything needed to replay `finding` to the folder `place`.
///
/// It holds `README.md` (what was found and the command), `finding.json` (see [`Bundle`]), `recovered.txt` (one message
/// or key per line), `replay.sh` (the command, if there is one) and, if the finding names its inputs, `inputs/` with a file for each: the
/// plaintexts, ciphertexts and keys that the attack used. Names are reduced to letters, digits, `.`, `-`, `_`.
///
/// # Errors
/// File system errors: a folder that cannot be written, a full disk.
pub fn write_bundle(report: &Report, finding: &Finding, place: &Path) -> io::Result<()> {
    fs::create_dir_all(place)?;
    let inputs: Vec<(String, &String)> = finding.inputs.iter().map(|(name, text)| (file_name(name), text)).collect();
    let bundle = Bundle {
        format: FORMAT,
        version: &report.version,
        target: &report.target,
        budget: &report.budget,
        seed: report.seed,
        inputs: inputs.iter().map(|(name, _)| name.clone()).collect(),
        finding,
    };
    let write = |name: &str, text: &str| write_atomically(&place.join(name), text.as_bytes());
    write(FILES[0], &(serde_json::to_string_pretty(&bundle)? + "\n"))?;
    write("recovered.txt", &lines(&finding.recovered))?;
    if !finding.replay.starts_with(NO_COMMAND) {
        write(
            "replay.sh",
            &format!("#!/bin/sh\n# Run this in the folder in which the attack ran.\n{}\n", finding.replay),
        )?;
    }
    if !inputs.is_empty() {
        fs::create_dir_all(place.join("inputs"))?;
    }
    for (name, text) in inputs {
        write_atomically(&place.join("inputs").join(name), text.as_bytes())?;
    }
    let readme = format!(
        "{}: {} against {}\n\n{}\n\nThreat model: {}. {}\nSeed: {}. Evesdrop {}.\n\nReplay:\n\n    {}\n",
        finding.verdict.words(),
        finding.attack,
        report.target,
        finding.summary,
        finding.threat_model.words(),
        finding.threat_model.explanation(),
        report.seed,
        report.version,
        finding.replay
    );
    write("README.md", &readme)
}

fn lines(texts: &[String]) -> String {
    texts.iter().map(|t| t.replace(['\n', '\r'], " ") + "\n").collect()
}

/// A name that is a single plain file name on every system, whatever the text.
fn file_name(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' }
    };
    let name: String = text.chars().take(80).map(plain).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_bundle_holds_all_that_is_needed() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let mut report = example::report();
        report.findings[0].inputs = vec![("../../ciphertexts.txt".to_owned(), "00ff\n".to_owned())];
        report.findings.push(report.findings[0].clone());
        let places = write_bundles(&report, folder.path())?;
        let names = ["key-search", "misuse-linear", "key-search-2"].map(|name| folder.path().join(name));
        assert_eq!(places, names);
        let place = &places[0];
        assert!(fs::read_to_string(place.join("recovered.txt"))?.contains("4576 under key 91c0"));
        assert!(fs::read_to_string(place.join("replay.sh"))?.contains("evesdrop attack"));
        assert_eq!(fs::read_to_string(place.join("inputs/-..-ciphertexts.txt"))?, "00ff\n");
        let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(place.join("finding.json"))?)?;
        assert_eq!(json["seed"], 7);
        // Another report to the same folder: nothing of the first remains, and other files stay.
        fs::write(folder.path().join("notes.txt"), "mine")?;
        report.findings.truncate(1);
        write_bundles(&report, folder.path())?;
        assert_eq!(fs::read_dir(folder.path())?.count(), 2);
        assert_eq!(fs::read_dir(places[0].join("inputs"))?.count(), 1);
        // Without inputs there is no folder for them.
        report.findings[0].inputs.clear();
        write_bundles(&report, folder.path())?;
        assert!(places[0].join("finding.json").is_file() && !places[0].join("inputs").exists());
        Ok(())
    }
}
