//! Reports: verdicts, findings, controls, and their file formats.
//!
//! A [`Report`] collects [`Finding`]s and [`Control`]s. [`correct_findings`](crate::battery::correct_findings) corrects them
//! for the number of tests, and [`Report::decide`] sets the verdict. A [`ReportFolder`] holds every format ([`write_all`]) and
//! the files needed to replay each break ([`write_bundle`]).
//!
//! ```
//! use evesdrop_attack::report::{Exporter, KeyUse, Report, Terminal};
//!
//! let mut report = Report::new("vigenere", KeyUse::Reusable, "quick", 1);
//! report.decide();
//! let table = Terminal { width: 100, colour: false }.export(&report)?;
//! assert!(table.contains("INCONCLUSIVE"));
//! # Ok::<(), std::io::Error>(())
//! ```
mod bundle;
mod document;
#[cfg(test)]
pub(crate) mod example;
mod exporter;
mod finding;
mod folder;
mod html;
mod json;
mod junit;
mod markdown;
mod statistics;
mod terminal;
#[cfg(test)]
mod tests;
mod wording;

pub use crate::ciphers::KeyUse;
pub use bundle::{Bundle, write_bundle, write_bundles};
pub use document::{NotRun, NotRunKind, Report};
pub use exporter::{Exporter, write_all};
pub use finding::{Control, CurvePoint, Finding, NO_COMMAND, ThreatModel, Verdict};
pub use folder::{FolderError, ReportFolder};
pub use html::Html;
pub use json::Json;
pub use junit::Junit;
pub use markdown::Markdown;
pub use statistics::{advantage_interval, binomial_tail, clopper_pearson};
pub use terminal::Terminal;
pub(crate) use wording::{counted, probability};
