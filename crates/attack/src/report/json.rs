//! `report.json`: everything, for programs.
use std::io;

use super::{Exporter, Report};

/// JSON, indented, with the fields of [`Report`] in their order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Exporter for Json {
    fn file_name(&self) -> &'static str {
        "report.json"
    }

    fn export(&self, report: &Report) -> io::Result<String> {
        Ok(serde_json::to_string_pretty(report)? + "\n")
    }
}
