//! Files and their names: bounded reads, atomic writes, names that are safe to print.
//!
//! * [`read_at_most`] reads a file up to a limit. A device or a pipe without an end is refused, not read for ever.
//! * [`write_atomically`] and [`Unfinished`] replace a file whole: a reader, or a crash, sees the old file or the new one.
//! * [`quoted`] writes a word for a shell, and [`printable`] a name for a terminal.
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

/// The most bytes that a model or checkpoint may have. The largest game needs a small part of it; a longer file is something
/// else.
pub const LARGEST: u64 = 256 << 20;

/// Reads a file of at most `most` bytes.
///
/// # Errors
/// Those of the file system, and when the file is longer.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("larger than {} MiB: not a file of Evesdrop", most >> 20)));
    }
    Ok(bytes)
}

/// Writes `bytes` to `path` through a temporary file beside it: a reader, or a crash, sees the old file or the new one.
///
/// # Errors
/// Those of the file system. The old file is then untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Unfinished::beside(path)?;
    file.file().write_all(bytes)?;
    file.keep(path)
}

const PREFIX: &str = ".evesdrop-";

/// Removes the half-written files that a killed program left in `folder`.
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

/// The temporary files that exist now.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(vec![]);

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all half-written files and blocks new ones: for a program that is about to exit.
pub fn abandon_unfinished_files() {
    let files = unfinished();
    for file in files.iter() {
        // The program exits: there is nobody to report an error to.
        let _ = std::fs::remove_file(file);
    }
    std::mem::forget(files);
}

/// A temporary file. It is removed on drop unless [`Unfinished::keep`] or [`Unfinished::keep_new`] was called.
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

    /// Gives the finished file its name. An existing file of that name is replaced.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn keep(self, path: &Path) -> io::Result<()> {
        self.finish(|file| file.persist(path))
    }

    /// Gives the finished file its name, unless a file of that name exists.
    ///
    /// # Errors
    /// Those of the file system, and [`io::ErrorKind::AlreadyExists`].
    pub fn keep_new(self, path: &Path) -> io::Result<()> {
        self.finish(|file| file.persist_noclobber(path))
    }

    fn finish(
        mut self,
        name: impl FnOnce(tempfile::NamedTempFile) -> Result<File, tempfile::PersistError>,
    ) -> io::Result<()> {
        self.file().sync_all()?;
        let mut all = unfinished();
        let file = self.0.take().expect("it is taken only here");
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

/// The system's message without the name of the temporary file.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    let said = text.split(" at path ").next().unwrap_or(&text);
    io::Error::new(error.kind(), said)
}

/// Permissions as for any new file: the user's umask applies.
#[cfg(unix)]
fn as_any_new_file(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn as_any_new_file(_: &mut tempfile::Builder<'_, '_>) {}
