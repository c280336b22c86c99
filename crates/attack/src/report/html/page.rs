//! The sections of the page from top to bottom.
use maud::{Markup, html};

use super::finding;
use super::overview::{at_a_glance, controls};
use super::parts::{Block, LONG, badge, class, clean, sentence};
use crate::report::document::NECESSARY;
use crate::report::wording::{attacks, counted, duration, not_run};
use crate::report::{Finding, NotRun, Report, ThreatModel, Verdict};

/// The threat models, weakest attacker first.
const MODELS: [ThreatModel; 7] = [
    ThreatModel::CiphertextOnly,
    ThreatModel::KnownAlgorithm,
    ThreatModel::KnownPlaintext,
    ThreatModel::ChosenPlaintext,
    ThreatModel::ChosenCiphertext,
    ThreatModel::PartialKey,
    ThreatModel::Unbounded,
];

/// The counted findings, one block for each threat model that occurs.
fn blocks(report: &Report) -> Vec<Block<'_>> {
    let of = |model| {
        let findings = report.findings.iter().enumerate();
        Block { model, findings: findings.filter(|(_, f)| !f.misuse && f.threat_model == model).collect() }
    };
    MODELS.map(of).into_iter().filter(|block| !block.findings.is_empty()).collect()
}

/// Everything inside `main`.
pub(super) fn body(report: &Report) -> Markup {
    let blocks = blocks(report);
    html! {
        (opening(report))
        (contents(report, &blocks))
        (controls(report))
        (at_a_glance(&blocks))
        @for block in &blocks { (threat_model(block, report.verdict == Verdict::Broken)) }
        (misuse(report))
        (missing(&report.not_run))
        (legend(&blocks))
        footer {
            p { (NECESSARY) }
            p { "Learned ciphers are not for protecting anything. No verdict of this program says that a cipher is safe to use." }
        }
    }
}

/// Cautions, the verdict and its meaning, and the facts of the run.
fn opening(report: &Report) -> Markup {
    let facts = [
        ("budget", clean(&report.budget)),
        ("keys", report.key_use.words().to_owned()),
        ("seed", report.seed.to_string()),
        ("time", duration(report.seconds)),
        ("Evesdrop", clean(&report.version)),
    ];
    html! {
        h1 { "Evesdrop: attack report" }
        @for caution in report.cautions() { div.caution { (clean(&caution)) } }
        section class={ "verdict " (class(report.verdict)) } {
            div.word { (report.verdict.words()) }
            div.target { (clean(&report.target)) }
            p { (report.meaning()) }
        }
        div.facts { @for (label, text) in facts { span { (label) " " b { (text) } } } }
    }
}

/// Links to the sections of the page.
fn contents(report: &Report, blocks: &[Block]) -> Markup {
    let misuse = report.misuse().count();
    html! {
        nav aria-label="Contents" {
            @if !report.controls.is_empty() { a href="#controls" { "Controls" } }
            @if !blocks.is_empty() { a href="#at-a-glance" { "At a glance" } }
            @for block in blocks {
                a href={ "#" (block.anchor()) } { (sentence(block.model.words())) span.soft { " " (block.findings.len()) } }
            }
            @if misuse > 0 { a href="#misuse" { "Misuse" span.soft { " " (misuse) } } }
            @if !report.not_run.is_empty() { a href="#not-run" { "Not run" span.soft { " " (report.not_run.len()) } } }
            a href="#legend" { "How to read this" }
        }
    }
}

/// One threat model: breaks and weaknesses as cards, what is inconclusive as lines, and what found nothing in one fold. Where the
/// target is broken, the weaknesses are folded too: most show the same flaw in other ways.
fn threat_model(block: &Block, broken: bool) -> Markup {
    let of = |wanted: fn(Verdict) -> bool| {
        block.findings.iter().copied().filter(move |(_, finding)| wanted(finding.verdict)).collect::<Vec<_>>()
    };
    let (found, also): (Vec<_>, Vec<_>) = of(|verdict| verdict < Verdict::Inconclusive)
        .into_iter()
        .partition(|(_, finding)| !broken || finding.verdict == Verdict::Broken);
    let nothing = of(|verdict| verdict == Verdict::NothingFound);
    html! {
        section.block id=(block.anchor()) {
            h2 { (sentence(block.model.words())) }
            p.soft { (block.model.explanation()) }
            @for alike in found.chunk_by(|(_, a), (_, b)| (a.verdict, &a.attack) == (b.verdict, &b.attack)) {
                (finding::card(alike))
            }
            @if !also.is_empty() {
                details.fold {
                    summary {
                        (badge(Verdict::WeaknessFound)) " by " (counted(also.len(), "test")) ": "
                        span.soft { (names(&also)) }
                    }
                    @for (place, finding) in also { (finding::line(place, finding)) }
                }
            }
            @for (place, finding) in of(|verdict| verdict == Verdict::Inconclusive) { (finding::line(place, finding)) }
            @if !nothing.is_empty() {
                details.fold {
                    summary {
                        (badge(Verdict::NothingFound)) " by " (counted(nothing.len(), "test")) ": "
                        span.soft { (names(&nothing)) }
                    }
                    @for (place, finding) in nothing { (finding::line(place, finding)) }
                }
            }
        }
    }
}

/// The attacks of some findings, each once, in order.
fn names(findings: &[(usize, &Finding)]) -> String {
    clean(&attacks(&findings.iter().map(|(_, finding)| *finding).collect::<Vec<_>>()))
}

/// The findings that are possible only with a misused key, as lines that unfold.
fn misuse(report: &Report) -> Markup {
    html! {
        @if report.misuse().next().is_some() {
            section.block #misuse {
                h2 { "MISUSE" }
                p.soft {
                    "A one-time key was used again. These findings do not decide the verdict: they show what happens where the \
                     cipher is used as its maker forbade."
                }
                @for (place, finding) in report.findings.iter().enumerate().filter(|(_, finding)| finding.misuse) {
                    (finding::line(place, finding))
                }
            }
        }
    }
}

/// The attacks that did not run, and why.
fn missing(not_run: &[NotRun]) -> Markup {
    let table = html! {
        table {
            @for n in not_run {
                tr { td.name { b { (clean(&n.attack)) } } td { (self::not_run(n.kind)) } td { (clean(&n.reason)) } }
            }
        }
    };
    html! {
        @if !not_run.is_empty() {
            section #not-run {
                h2 { "Not run" }
                div.card {
                    @if not_run.len() > LONG {
                        details { summary { (counted(not_run.len(), "attack")) } (table) }
                    } @else { (table) }
                }
            }
        }
    }
}

/// How to read the report: every verdict, the threat models that occur, and the advantage.
fn legend(blocks: &[Block]) -> Markup {
    let verdicts =
        [Verdict::Broken, Verdict::WeaknessFound, Verdict::Inconclusive, Verdict::NothingFound, Verdict::Invalid];
    html! {
        section #legend {
            h2 { "How to read this" }
            details.fold {
                summary { "What the verdicts, the threat models and the advantage mean" }
                dl {
                    @for verdict in verdicts { dt { (badge(verdict)) } dd { (verdict.explanation()) } }
                    @for block in blocks { dt { (block.model.words()) } dd { (block.model.explanation()) } }
                    dt { "advantage" }
                    dd {
                        "How much better than guessing, from 0 (no better) to 1 (always right): twice the share of right guesses, \
                         less one, measured on data that the attack had not seen. The dark line in the bar is its confidence interval."
                    }
                }
            }
        }
    }
}
