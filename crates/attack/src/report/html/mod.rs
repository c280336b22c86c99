//! `report.html`: one file that one can show to a colleague.
mod finding;

use std::fmt::Write as _;
use std::io;

use super::document::NECESSARY;
use super::wording::{duration, measured, not_run};
use super::{Control, Exporter, Finding, Report, ThreatModel, Verdict};
use evesdrop_chart::escape;

/// A self-contained page: no network, no scripts, charts drawn into it, light and dark, printable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Exporter for Html {
    fn file_name(&self) -> &'static str {
        "report.html"
    }

    fn export(&self, report: &Report) -> io::Result<String> {
        let mut body = String::new();
        opening(&mut body, report);
        controls(&mut body, report);
        overview(&mut body, report);
        section(&mut body, "Findings", "", report.counted());
        let misuse = "A one-time key was used again. These findings do not decide the verdict: they show what \
         happens where the cipher is used as its maker forbade.";
        section(&mut body, "MISUSE", misuse, report.misuse());
        missing(&mut body, report);
        legend(&mut body, report);
        Ok(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{}: {}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
            report.verdict.words(),
            escape(&report.target),
            include_str!("style.css")
        ))
    }
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
fn badge(verdict: Verdict) -> String {
    let word = if verdict == Verdict::NothingFound { "NOTHING FOUND" } else { verdict.words() };
    format!("<span class=\"badge {}\">{word}</span>", class(verdict))
}

/// Cautions, verdict, what it means, and the facts of the run.
fn opening(out: &mut String, report: &Report) {
    out.push_str("<h1>Evesdrop: attack report</h1>\n");
    for caution in report.cautions() {
        let _ = writeln!(out, "<div class=\"caution\">{}</div>", escape(&caution));
    }
    let _ = writeln!(
        out,
        "<section class=\"verdict {}\"><div class=\"word\">{}</div><div class=\"target\">{}</div><p>{}</p></section>",
        class(report.verdict),
        report.verdict.words(),
        escape(&report.target),
        report.meaning()
    );
    let facts = [
        ("budget", report.budget.clone()),
        ("keys", report.key_use.words().to_owned()),
        ("seed", report.seed.to_string()),
        ("time", duration(report.seconds)),
        ("Evesdrop", report.version.clone()),
    ];
    let facts: String = facts.iter().map(|(k, v)| format!("<span>{k} <b>{}</b></span>", escape(v))).collect();
    let _ = writeln!(out, "<div class=\"facts\">{facts}</div>");
}

/// The controls, right and wrong ones.
fn controls(out: &mut String, report: &Report) {
    if report.controls.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Controls</h2>\n<p class=\"soft\">Ciphers of known quality, under the same attacks and budget. They show \
        that the attacks find what is there, and do not find what is not.</p>\n<div class=\"controls\">\n",
    );
    for control in &report.controls {
        let (kind, said) = match control.is_right() {
            _ if control.expected == Control::ANYTHING => ("control", "only some attacks were run"),
            true => ("control", "✓ as expected"),
            false => ("control wrong", "✗ WRONG"),
        };
        let _ = writeln!(
            out,
            "<div class=\"{kind}\"><div class=\"name\">{}</div><div class=\"soft\">{} show {}</div>{} <span class=\"said\">{said}</span></div>",
            escape(&control.target),
            if control.expected == Control::ANYTHING { "may" } else { "must" },
            escape(&control.expected),
            badge(control.verdict),
        );
    }
    out.push_str("</div>\n");
    if report.controls.iter().any(|control| control.cached) {
        out.push_str(
            "<p class=\"soft\">These results are kept from an earlier run: same program, budget and seed.</p>\n",
        );
    }
}

/// All counted findings in one table, to be taken in at a glance.
fn overview(out: &mut String, report: &Report) {
    if report.counted().count() < 2 {
        return;
    }
    out.push_str(
        "<h2>At a glance</h2>\n<div class=\"card scroll\"><table>\n<tr class=\"head\"><th>verdict</th><th>attack</th>\
        <th class=\"wide\">what was learned</th><th>advantage [interval]</th></tr>\n",
    );
    for f in report.counted() {
        let (kind, measured) = match measured(f) {
            none if none.is_empty() => ("none", "–".to_owned()),
            leak if f.leaked_bits.is_some() => ("", leak),
            advantage => ("advantage", advantage),
        };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td class=\"name\">{}<br> <span class=\"soft\">{}</span></td><td class=\"wide\">{}</td>\
             <td class=\"num {kind}\">{measured}</td></tr>",
            badge(f.verdict),
            escape(&f.attack),
            f.threat_model.words(),
            escape(&f.summary)
        );
    }
    out.push_str("</table></div>\n");
}

/// A heading and a card for each finding.
fn section<'a>(out: &mut String, title: &str, preface: &str, findings: impl Iterator<Item = &'a Finding>) {
    let mut findings = findings.peekable();
    if findings.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "<h2>{title}</h2>");
    if !preface.is_empty() {
        let _ = writeln!(out, "<p class=\"soft\">{preface}</p>");
    }
    findings.for_each(|f| finding::card(out, f));
}

/// What did not run and why.
fn missing(out: &mut String, report: &Report) {
    if report.not_run.is_empty() {
        return;
    }
    out.push_str("<h2>Not run</h2>\n<div class=\"card scroll\"><table>\n");
    for n in &report.not_run {
        let (attack, reason) = (escape(&n.attack), escape(&n.reason));
        let _ = writeln!(out, "<tr><td><b>{attack}</b></td><td>{}</td><td>{reason}</td></tr>", not_run(n.kind));
    }
    out.push_str("</table></div>\n");
}

/// How to read the report: every verdict, the threat models that occur, and what statistics cannot do.
fn legend(out: &mut String, report: &Report) {
    out.push_str("<h2>How to read this</h2>\n<div class=\"card\"><dl>\n");
    for verdict in
        [Verdict::Broken, Verdict::WeaknessFound, Verdict::Inconclusive, Verdict::NothingFound, Verdict::Invalid]
    {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", badge(verdict), verdict.explanation());
    }
    let all = [
        ThreatModel::CiphertextOnly,
        ThreatModel::KnownAlgorithm,
        ThreatModel::KnownPlaintext,
        ThreatModel::ChosenPlaintext,
        ThreatModel::PartialKey,
        ThreatModel::Unbounded,
    ];
    for model in all.into_iter().filter(|m| report.findings.iter().any(|f| f.threat_model == *m)) {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", model.words(), model.explanation());
    }
    out.push_str(
        "<dt>advantage</dt><dd>How much better than guessing, from 0 (no better) to 1 (always right): twice the share of \
        right guesses, less one, measured on data that the attack had not seen. The dark line in the bar is its confidence \
        interval.</dd>\n",
    );
    let _ = writeln!(out, "<dt>statistics</dt><dd>{NECESSARY}</dd>\n</dl></div>");
    out.push_str(
        "<footer>Learned ciphers are not for protecting anything. No verdict of this program says that a cipher is \
        safe to use.</footer>\n",
    );
}
