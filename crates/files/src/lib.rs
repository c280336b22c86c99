//! File access and printable names: bounded reads, atomic writes, shell quoting.
//!
//! * [`read_at_most`] reads a file up to a size limit. It returns an error for a device or a pipe without an end instead of
//!   reading forever.
//! * [`write_atomically`] and [`Unfinished`] replace a file as a whole. A reader, or a crash, sees the old file or the new one.
//! * [`quoted`] quotes a word for a shell, and [`printable`] makes a name safe to print on a terminal.
//!
//! ```
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("numbers.txt");
//! evesdrop_files::write_atomically(&file, b"1 2 3")?;
//! assert_eq!(evesdrop_files::read_at_most(&file, 1 << 20)?, b"1 2 3");
//! assert_eq!(evesdrop_files::quoted("two words"), "'two words'");
//! # Ok::<(), std::io::Error>(())
//! ```

mod names;

pub use names::{printable, quoted};

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The largest size in bytes of a model or checkpoint. The largest game needs a small part of it; a longer file is not ours.
pub const LARGEST: u64 = 256 << 20;

/// Reads a file of at most `most` bytes.
///
/// # Errors
/// File system errors, and an error if the file is longer than `most`.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("larger than {} MiB: not a file of Evesdrop", most >> 20)));
    }
    Ok(bytes)
}

/// Writes `bytes` to `path` through a temporary file in the same folder. A reader, or a crash, sees the old file or the new
/// one.
///
/// # Errors
/// File system errors. The old file is then unchanged.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Unfinished::beside(path)?;
    file.file().write_all(bytes)?;
    file.keep(path)
}

const PREFIX: &str = ".evesdrop-";

/// Removes the half-written files that a killed program left in `folder`.
///
/// # Errors
/// File system errors.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The temporary files that exist at the moment.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(vec![]);

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all half-written files and blocks new ones. Call it only when the program is about to exit.
pub fn abandon_unfinished_files() {
    let files = unfinished();
    for file in files.iter() {
        // The program is about to exit, so an error cannot be reported.
        let _ = std::fs::remove_file(file);
    }
    std::mem::forget(files);
}

/// A temporary file. It is removed on drop, unless [`Unfinished::keep`] or [`Unfinished::keep_new`] was called.
pub struct Unfinished(Option<tempfile::NamedTempFile>);

impl Unfinished {
    /// Creates a temporary file in the folder of `path`.
    ///
    /// # Errors
    /// File system errors.
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

    /// The open file, for writing.
    pub fn file(&mut self) -> &mut File {
        self.0.as_mut().expect("the file is taken only in finish and drop").as_file_mut()
    }

    /// Renames the finished file to `path`. It replaces an existing file of that name.
    ///
    /// # Errors
    /// File system errors.
    pub fn keep(self, path: &Path) -> io::Result<()> {
        self.finish(|file| file.persist(path))
    }

    /// Renames the finished file to `path`, unless a file of that name exists.
    ///
    /// # Errors
    /// File system errors, and [`io::ErrorKind::AlreadyExists`] if the file exists.
    pub fn keep_new(self, path: &Path) -> io::Result<()> {
        self.finish(|file| file.persist_noclobber(path))
    }

    fn finish(
        mut self,
        name: impl FnOnce(tempfile::NamedTempFile) -> Result<File, tempfile::PersistError>,
    ) -> io::Result<()> {
        self.file().sync_all()?;
        let mut all = unfinished();
        let file = self.0.take().expect("the file is taken only once");
        all.retain(|other| other != file.path());
        name(file).map(drop).map_err(|error| error.error)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            unfinished().retain(|other| other != file.path());
        }
    }
}

/// The system's message, without the name of the temporary file.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    let said = text.split(" at path ").next().unwrap_or(&text);
    io::Error::new(error.kind(), said)
}

/// Sets the permissions of an ordinary new file: the user's umask applies.
#[cfg(unix)]
fn as_any_new_file(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn as_any_new_file(_: &mut tempfile::Builder<'_, '_>) {}
