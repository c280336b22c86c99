//! One trait for every format, and writing them all.
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Html, Json, Junit, Markdown, Report};
use evesdrop_files::Unfinished;

/// A format that a report can be written in.
pub trait Exporter {
    /// The name of the file that this format goes to, such as `report.json`.
    fn file_name(&self) -> &'static str;

    /// The report in this format.
    ///
    /// # Errors
    /// Only where the format cannot hold the report, which no format here does for a report made by this library.
    fn export(&self, report: &Report) -> io::Result<String>;
}

/// Writes `report.json`, `report.html`, `report.md` and `junit.xml` into `folder`, which is created if missing. What has these
/// names there is replaced; see [`ReportFolder`](super::ReportFolder) for a folder in which something else may have them.
///
/// # Errors
/// What the file system says: a folder that cannot be written, a full disk. All files are written beside their places before the
/// first is moved there: none is ever half written.
pub fn write_all(report: &Report, folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let formats: [&dyn Exporter; 4] = [&Json, &Html, &Markdown, &Junit];
    let mut ready = Vec::new();
    for format in formats {
        let path = folder.join(format.file_name());
        let mut file = Unfinished::beside(&path)?;
        file.file().write_all(format.export(report)?.as_bytes())?;
        ready.push((file, path));
    }
    ready.into_iter().map(|(file, path)| file.keep(&path).map(|()| path)).collect()
}
