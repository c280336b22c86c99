//! `report.json`: the whole report, for programs.
use std::io;

use super::{Exporter, Report};

/// Indented JSON with the fields of [`Report`] in order.
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
