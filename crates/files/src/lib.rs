//! Reading files that are no longer than they may be, and writing files so that they are whole or not there.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of a model or checkpoint at most, many times the largest game's: what is longer is something else, or has no end.
pub const LARGEST: u64 = 256 << 20;

/// Reads a file of at most `most` bytes.
///
/// # Errors
/// Those of the file system, and when it is longer.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("larger than {} MiB: not a file of Evesdrop", most >> 20)));
    }
    Ok(bytes)
}

/// Writes `bytes` to `path` through a temporary file beside it: a reader, or a crash, meets the old file or the new one.
///
/// # Errors
/// Those of the file system; the old file is then untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Unfinished::beside(path)?;
    file.file().write_all(bytes)?;
    file.keep(path)
}

const PREFIX: &str = ".evesdrop-";

/// Removes from `folder` what a killed program left of half-written files.
///
/// # Errors
/// Those of the file system.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The temporary files that exist at this moment.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(vec![]);

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all half-written files and lets no other begin: for a program that ends at once.
pub fn abandon_unfinished_files() {
    let files = unfinished();
    for file in files.iter() {
        // It ends anyway, and has nobody to tell.
        let _ = std::fs::remove_file(file);
    }
    std::mem::forget(files);
}

/// A temporary file, removed unless kept.
pub struct Unfinished(Option<tempfile::NamedTempFile>);

impl Unfinished {
    /// A new file in the folder of `path`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn beside(path: &Path) -> io::Result<Self> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut all = unfinished();
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        as_any_new_file(&mut builder);
        let file = builder.tempfile_in(folder).map_err(without_path)?;
        all.push(file.path().to_owned());
        Ok(Self(Some(file)))
    }

    /// The file, to write to.
    pub fn file(&mut self) -> &mut File {
        self.0.as_mut().expect("it is taken only at the end").as_file_mut()
    }

    /// Gives the finished file its name.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn keep(mut self, path: &Path) -> io::Result<()> {
        self.file().sync_all()?;
        let mut all = unfinished();
        let file = self.0.take().expect("it is taken only here");
        all.retain(|other| other != file.path());
        file.persist(path).map(drop).map_err(|error| error.error)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            unfinished().retain(|other| other != file.path());
        }
    }
}

/// What the system said, without the temporary name, which tells nobody anything.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    let said = text.split(" at path ").next().unwrap_or(&text);
    io::Error::new(error.kind(), said)
}

/// As for any new file: the user's mask applies.
#[cfg(unix)]
fn as_any_new_file(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn as_any_new_file(_: &mut tempfile::Builder<'_, '_>) {}
