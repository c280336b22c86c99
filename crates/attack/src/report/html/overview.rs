//! The overview: the controls, and one table of all attacks.
use maud::{Markup, html};

use super::parts::{Block, badge, class, clean, sentence};
use crate::report::{Control, Finding, Report, Verdict};

/// The controls, with right and wrong results.
pub(super) fn controls(report: &Report) -> Markup {
    html! {
        @if !report.controls.is_empty() {
            section #controls {
                h2 { "Controls" }
                p.soft {
                    "Ciphers of known quality, under the same attacks and budget. They show that the attacks find what is there, \
                     and do not find what is not."
                }
                div.controls { @for control in &report.controls { (one_control(control)) } }
                @if report.controls.iter().any(|control| control.cached) {
                    p.soft { "These results are cached from an earlier run with the same program, budget and seed." }
                }
            }
        }
    }
}

fn one_control(control: &Control) -> Markup {
    let anything = control.expected == Control::ANYTHING;
    let said = match control.is_right() {
        _ if anything => "only some attacks were run",
        true => "✓ as expected",
        false => "✗ WRONG",
    };
    html! {
        div.control.wrong[!control.is_right()] {
            div.name { (clean(&control.target)) }
            div.soft { @if anything { "may" } @else { "must" } " show " (clean(&control.expected)) }
            (badge(control.verdict)) " "
            span.said { (said) }
        }
    }
}

/// One row per threat model: which attacks broke the cipher, found a weakness, were inconclusive or found nothing. Each name
/// links to its finding.
pub(super) fn at_a_glance(blocks: &[Block]) -> Markup {
    html! {
        @if !blocks.is_empty() {
            section #at-a-glance {
                h2 { "At a glance" }
                div.card {
                    table.glance {
                        tr.head { th { "the attacker has" } th { "results" } }
                        @for block in blocks {
                            tr {
                                td.name { a href={ "#" (block.anchor()) } { (sentence(block.model.words())) } }
                                td { @for group in groups(block) { (chips(&group)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The findings of one verdict, each attack once: the index of its first finding, its name, and the number of findings.
struct Group<'a> {
    verdict: Verdict,
    attacks: Vec<(usize, &'a str, usize)>,
}

fn groups<'a>(block: &Block<'a>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for &(place, finding) in &block.findings {
        let Finding { verdict, attack, .. } = finding;
        if groups.last().is_none_or(|group| group.verdict != *verdict) {
            groups.push(Group { verdict: *verdict, attacks: Vec::new() });
        }
        let Some(group) = groups.last_mut() else { continue };
        match group.attacks.iter_mut().find(|(_, name, _)| name == attack) {
            Some((_, _, count)) => *count += 1,
            None => group.attacks.push((place, attack, 1)),
        }
    }
    groups
}

fn chips(group: &Group) -> Markup {
    html! {
        div.group {
            (badge(group.verdict))
            @for (place, name, count) in &group.attacks {
                " " a.chip.(class(group.verdict)) href={ "#finding-" (place) } {
                    (clean(name)) @if *count > 1 { " ×" (count) }
                }
            }
        }
    }
}
