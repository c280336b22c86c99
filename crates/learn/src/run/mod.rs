//! Training in a folder: checkpoints, metrics, the learning curve and the summary, on top of [`Training`](crate::train::Training).
//!
//! A [`Run`] resumes where it was stopped, by Ctrl-C or by a crash, and ends in the same model, byte for byte.

mod folder;
mod session;
mod summary;

pub use folder::{FolderError, RunFolder, read_settings};
pub use session::{Run, RunError, Update, train};
pub use summary::{Outcome, Summary};
