//! The folder given with `--out`.
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::document::FORMAT;
use super::{Report, write_all, write_bundles};
use evesdrop_files::{read_at_most, sweep};

/// Why a folder cannot be used for a report; one line.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder contains files that are not part of a report.
    #[error("{0} holds something other than an earlier report: choose a new or empty folder")]
    Foreign(PathBuf),
    /// The path is a file, not a folder.
    #[error("{0} is a file: name a folder")]
    NotAFolder(PathBuf),
    /// A file system error.
    #[error("{path}: {error}")]
    Io {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}

/// A folder for one report: new, empty, or with an earlier report, which is then replaced. Other files in it are left alone.
#[derive(Clone, Debug)]
pub struct ReportFolder {
    path: PathBuf,
    /// Whether the folder is new.
    new: bool,
}

/// Maximum size of an earlier report in bytes. A longer file is not a report.
const LARGEST: u64 = 64 << 20;

impl ReportFolder {
    /// Creates the folder if necessary and checks whether it can be used. Nothing in it is changed yet.
    ///
    /// # Errors
    /// If the folder contains files but no report of ours, is a file, or cannot be created or read.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let io = |error| FolderError::Io { path: path.to_owned(), error };
        if path.is_file() {
            return Err(FolderError::NotAFolder(path.to_owned()));
        }
        let new = !path.exists();
        fs::create_dir_all(path).map_err(io)?;
        let empty = fs::read_dir(path).map_err(io)?.next().is_none();
        if !empty && !has_format(&path.join("report.json")) {
            return Err(FolderError::Foreign(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), new })
    }

    /// Restores the original state if there is no report to write.
    pub fn abandon(&self) {
        if self.new {
            // If it is not empty or no longer exists, another program has changed it.
            let _ = fs::remove_dir(&self.path);
        }
    }

    /// Writes the report in every format, and a bundle per break into `breaks`. They replace those of an earlier report.
    ///
    /// # Errors
    /// File system errors. No file is left half-written, and a new folder is left without a partial report.
    pub fn write(&self, report: &Report) -> Result<(), FolderError> {
        let written = sweep(&self.path)
            .and_then(|()| write_all(report, &self.path))
            .and_then(|_| write_bundles(report, &self.path.join("breaks")));
        written.map(drop).map_err(|error| {
            if self.new {
                let _ = fs::remove_dir_all(&self.path);
            }
            FolderError::Io { path: self.path.clone(), error }
        })
    }
}

/// Whether a file is JSON with the format of this program's reports.
pub(super) fn has_format(file: &Path) -> bool {
    let bytes = read_at_most(file, LARGEST).unwrap_or_default();
    serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|json| json["format"] == FORMAT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn only_reports_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new/report");
        let mut report = example::report();
        ReportFolder::open(&out).unwrap().write(&report).unwrap();
        fs::write(out.join("notes.txt"), "mine").unwrap();
        fs::write(out.join("breaks/key-search/notes.txt"), "mine").unwrap();
        report.findings.clear();
        ReportFolder::open(&out).unwrap().write(&report).unwrap();
        let names = |folder: &Path| {
            let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
            names.map(|name| name.into_string().unwrap()).collect::<std::collections::BTreeSet<_>>()
        };
        let ours = ["breaks", "junit.xml", "notes.txt", "report.html", "report.json", "report.md"];
        assert_eq!(names(&out), ours.map(String::from).into());
        assert_eq!(names(&out.join("breaks")), ["key-search".to_owned()].into());
        assert_eq!(names(&out.join("breaks/key-search")), ["notes.txt".to_owned()].into());

        for (name, text) in [("report.json", "{}"), ("report.json", "not JSON"), ("report.md", "mine")] {
            let other = tempfile::tempdir().unwrap();
            fs::write(other.path().join(name), text).unwrap();
            assert!(matches!(ReportFolder::open(other.path()), Err(FolderError::Foreign(_))), "{name}: {text}");
            assert!(matches!(ReportFolder::open(&other.path().join(name)), Err(FolderError::NotAFolder(_))));
            assert_eq!(fs::read_to_string(other.path().join(name)).unwrap(), text);
        }
    }
}
