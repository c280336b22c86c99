//! What was found, said honestly: verdicts, findings, controls, and the formats they are written in.
mod finding;
pub use finding::{Control, Finding, ThreatModel, Verdict};
