//! Shared parts of the page.
use maud::{Markup, html};

use crate::report::wording::one_line;
use crate::report::{Finding, ThreatModel, Verdict};

/// A table with more rows than this is folded.
pub(super) const LONG: usize = 6;

/// The findings of one threat model, with their indices in [`Report::findings`], which name their anchors.
pub(super) struct Block<'a> {
    pub(super) model: ThreatModel,
    pub(super) findings: Vec<(usize, &'a Finding)>,
}

impl Block<'_> {
    /// The anchor of a threat model's block.
    pub(super) fn anchor(&self) -> String {
        self.model.words().replace(' ', "-")
    }
}

/// Text of a target or an attack, to be escaped by maud. Control characters become spaces.
pub(super) fn clean(text: &str) -> String {
    one_line(text)
}

/// The CSS class for a verdict.
pub(super) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Invalid => "v-invalid",
        Verdict::Broken => "v-broken",
        Verdict::WeaknessFound => "v-weak",
        Verdict::Inconclusive => "v-open",
        Verdict::NothingFound => "v-none",
    }
}

/// The verdict as a coloured badge.
pub(super) fn badge(verdict: Verdict) -> Markup {
    let word = if verdict == Verdict::NothingFound { "NOTHING FOUND" } else { verdict.words() };
    html! { span class={ "badge " (class(verdict)) } { (word) } }
}

/// Capitalises the first letter.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
