//! `report.md`: for issues, wikis and pull requests.
use std::fmt::Write as _;
use std::io;

use super::document::NECESSARY;
use super::wording::{attacks, cost, duration, measured, not_run, one_line};
use super::{Exporter, Finding, Report};

/// GitHub-flavoured Markdown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Markdown;

impl Exporter for Markdown {
    fn file_name(&self) -> &'static str {
        "report.md"
    }

    fn export(&self, report: &Report) -> io::Result<String> {
        let mut out = String::new();
        let text = |t: &str| escaped(t);
        let _ = writeln!(out, "# {}: {}\n", report.verdict.words(), text(&report.target));
        let _ = writeln!(out, "{}\n", report.meaning());
        for caution in report.cautions() {
            let _ = writeln!(out, "> **{}**\n", text(&caution));
        }
        let _ = writeln!(
            out,
            "Budget {}, keys {}, seed {}, {}, Evesdrop {}.\n",
            text(&report.budget),
            report.key_use.words(),
            report.seed,
            duration(report.seconds),
            text(&report.version)
        );
        if !report.controls.is_empty() {
            out.push_str(
                "## Controls\n\n| control | expected | verdict | right | run |\n| --- | --- | --- | --- | --- |\n",
            );
            for c in &report.controls {
                let right = if c.is_right() { "yes" } else { "**NO**" };
                let run = if c.cached { "earlier, kept" } else { "now" };
                let (target, expected) = (text(&c.target), text(&c.expected));
                let _ = writeln!(out, "| {target} | {expected} | {} | {right} | {run} |", c.verdict.words());
            }
            out.push('\n');
        }
        let (leading, folded) = report.leading();
        section(&mut out, "Findings", "", &leading);
        if !folded.is_empty() {
            let _ = writeln!(
                out,
                "<details>\n<summary>Also weak, as a broken target is in most tests: {}</summary>\n",
                text(&attacks(&folded))
            );
            section(&mut out, "Further weaknesses", "", &folded);
            out.push_str("</details>\n\n");
        }
        section(
            &mut out,
            "MISUSE",
            "A one-time key was used again. These findings do not decide the verdict.\n\n",
            &report.misuse().collect::<Vec<_>>(),
        );
        if !report.not_run.is_empty() {
            out.push_str("## Not run\n\n");
            for n in &report.not_run {
                let _ = writeln!(out, "- {} ({}): {}", text(&n.attack), not_run(n.kind), text(&n.reason));
            }
            out.push('\n');
        }
        let _ = writeln!(out, "{NECESSARY}");
        Ok(out)
    }
}

/// A table of findings, followed by the recovered messages and the replay command of each.
fn section(out: &mut String, title: &str, preface: &str, findings: &[&Finding]) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "## {title}\n\n{preface}| verdict | attack | threat model | what was learned | advantage | cost |"
    );
    out.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for f in findings {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            f.verdict.words(),
            escaped(&f.attack),
            f.threat_model.words(),
            escaped(&f.summary),
            measured(f),
            cost(f)
        );
    }
    out.push('\n');
    for f in findings {
        let _ = writeln!(out, "### {}\n", escaped(&f.attack));
        for (label, text) in &f.details {
            let _ = writeln!(out, "- {}: {}", escaped(label), escaped(text));
        }
        for recovered in &f.recovered {
            let _ = writeln!(out, "- recovered: {}", code(recovered));
        }
        let _ = writeln!(out, "- replay: {}\n", code(&f.replay));
    }
}

/// A code span, fenced with more backticks than the text contains in a row.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", one_line(text))
}

/// Text escaped for Markdown and HTML, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
