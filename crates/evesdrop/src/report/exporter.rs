//! One trait for every format, and writing them all.
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Html, Json, Junit, Markdown, Report};

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

/// Writes `report.json`, `report.html`, `report.md` and `junit.xml` into `folder`, which is created if missing.
///
/// # Errors
/// What the file system says: a folder that cannot be written, a full disk. Each file is written beside its place and
/// moved there, so that none is left half written.
pub fn write_all(report: &Report, folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let formats: [&dyn Exporter; 4] = [&Json, &Html, &Markdown, &Junit];
    let mut written = Vec::new();
    for format in formats {
        let path = folder.join(format.file_name());
        write_whole(&path, &format.export(report)?)?;
        written.push(path);
    }
    Ok(written)
}

/// Writes a file so that its name never shows a part of it.
pub(super) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let done = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if done.is_err() {
        // The first error is the one to tell; a leftover that cannot be removed changes nothing.
        let _ = fs::remove_file(&beside);
    }
    done
}
