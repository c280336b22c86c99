//! `report.html`: one file that one can show to a colleague.
mod finding;
mod overview;
mod page;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io;

use super::wording::one_line;
use super::{Exporter, Report, Verdict};

/// A self-contained page: no network, no scripts, charts drawn into it, light and dark, printable.
///
/// Findings stand in one block for each threat model. What found nothing is folded, and so are long tables; the contents at the
/// top link to every part.
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

/// Text of a target or an attack, for maud to escape: control characters become spaces.
fn clean(text: &str) -> String {
    one_line(text)
}

/// The CSS class of a verdict's colours.
fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Invalid => "v-invalid",
        Verdict::Broken => "v-broken",
        Verdict::WeaknessFound => "v-weak",
        Verdict::Inconclusive => "v-open",
        Verdict::NothingFound => "v-none",
    }
}

/// The verdict's word in its colours.
fn badge(verdict: Verdict) -> Markup {
    let word = if verdict == Verdict::NothingFound { "NOTHING FOUND" } else { verdict.words() };
    html! { span class={ "badge " (class(verdict)) } { (word) } }
}
