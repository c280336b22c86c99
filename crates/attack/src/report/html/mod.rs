//! `report.html`: one self-contained file for people.
mod finding;
mod overview;
mod page;
mod parts;

use maud::{DOCTYPE, PreEscaped, html};
use std::io;

use self::parts::clean;
use super::{Exporter, Report};

/// A self-contained page without network access and scripts, with embedded charts, for light and dark displays and for
/// printing.
///
/// Findings are grouped in one block per threat model. Findings of nothing and long tables are folded; the contents at the top
/// link to every section.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Exporter for Html {
    fn file_name(&self) -> &'static str {
        "report.html"
    }

    fn export(&self, report: &Report) -> io::Result<String> {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                    title { (report.verdict.words()) ": " (clean(&report.target)) }
                    style { (PreEscaped(include_str!("style.css"))) }
                }
                body { main { (page::body(report)) } }
            }
        };
        Ok(page.into_string() + "\n")
    }
}
