//! A trait for report formats, and writing all of them.
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Html, Json, Junit, Markdown, Report};
use evesdrop_files::Unfinished;

/// A format for reports.
pub trait Exporter {
    /// The file name of this format, such as `report.json`.
    fn file_name(&self) -> &'static str;

    /// The report in this format.
    ///
    /// # Errors
    /// If the format cannot represent the report. No format here fails for a report made by this library.
    fn export(&self, report: &Report) -> io::Result<String>;
}

/// Writes `report.json`, `report.html`, `report.md` and `junit.xml` into `folder`, which is created if missing. Existing files
/// of these names are replaced; see [`ReportFolder`](super::ReportFolder) for a folder that may contain other files of these
/// names.
///
/// # Errors
/// File system errors. All files are written under temporary names before the first one is renamed, so none is ever
/// half-written.
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
