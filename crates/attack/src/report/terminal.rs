//! The report on the terminal.
use std::fmt::Write as _;
use std::io;

use super::document::NECESSARY;
use super::wording::{attacks, cost, duration, measured, not_run, one_line};
use super::{Control, Exporter, Finding, Report, Verdict};

/// A table as wide as the terminal. Narrow terminals get a paragraph per finding.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Width in columns, at least 40.
    pub width: usize,
    /// Whether to use ANSI colours. The caller decides (`NO_COLOR`, a pipe).
    pub colour: bool,
}

impl Exporter for Terminal {
    fn file_name(&self) -> &'static str {
        "report.txt"
    }

    fn export(&self, report: &Report) -> io::Result<String> {
        let mut out = String::new();
        let width = self.width.max(40);
        let _ = writeln!(out, "{}  {}", self.verdict(report.verdict, 0), self.bold(&one_line(&report.target)));
        for caution in report.cautions() {
            self.wrapped(&mut out, &format!("! {caution}"), 2);
        }
        self.wrapped(&mut out, report.meaning(), 0);
        let facts = format!(
            "Budget {}, keys {}, seed {}, {}.",
            report.budget,
            report.key_use.words(),
            report.seed,
            duration(report.seconds)
        );
        self.wrapped(&mut out, &facts, 0);
        if !report.controls.is_empty() {
            let said: Vec<String> = report
                .controls
                .iter()
                .map(|c| {
                    format!(
                        "{} {} ({})",
                        c.target,
                        match c.is_right() {
                            _ if c.expected == Control::ANYTHING => "ran",
                            true => "right",
                            false => "WRONG",
                        },
                        c.verdict.words().to_lowercase()
                    )
                })
                .collect();
            let kept = if report.controls.iter().any(|c| c.cached) { "; cached" } else { "" };
            self.wrapped(&mut out, &format!("Controls: {}{kept}.", said.join(", ")), 2);
        }
        let (leading, folded) = report.leading();
        self.section(&mut out, "", &leading, width);
        if !folded.is_empty() {
            let also = format!(
                "Also weak, as a broken target is in most tests: {}. --json and --out have these findings in full.",
                attacks(&folded)
            );
            out.push('\n');
            self.wrapped(&mut out, &also, 2);
        }
        let misuse = "MISUSE: a one-time key used again; does not decide the verdict";
        self.section(&mut out, misuse, &report.misuse().collect::<Vec<_>>(), width);
        if !report.not_run.is_empty() {
            let _ = writeln!(out, "\n{}", self.bold("Not run"));
            for n in &report.not_run {
                self.wrapped(&mut out, &format!("{} ({}): {}", n.attack, not_run(n.kind), n.reason), 2);
            }
        }
        out.push('\n');
        self.wrapped(&mut out, NECESSARY, 0);
        Ok(out)
    }
}

impl Terminal {
    /// A heading, the findings, and then the recovered messages and replay commands.
    fn section(&self, out: &mut String, title: &str, findings: &[&Finding], width: usize) {
        if findings.is_empty() {
            return;
        }
        out.push('\n');
        if !title.is_empty() {
            self.wrapped(out, title, 0);
        }
        let fixed: Vec<[String; 6]> = findings.iter().map(|f| cells(f)).collect();
        let mut widths = HEADS.map(|h| h.chars().count());
        for row in &fixed {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.lines().map(|l| l.chars().count()).fold(*width, usize::max);
            }
        }
        let others = widths.iter().sum::<usize>() - widths[LEARNED] + 2 * (widths.len() - 1);
        if width >= others + 22 {
            widths[LEARNED] = widths[LEARNED].min(width - others);
            self.table(out, &fixed, widths, findings);
        } else {
            self.paragraphs(out, findings);
        }
        for f in findings.iter().filter(|f| !f.recovered.is_empty()) {
            let _ = writeln!(out, "\n{} recovered:", self.bold(&one_line(&f.attack)));
            for text in f.recovered.iter().take(RECOVERED) {
                let _ = writeln!(out, "  {}", one_line(text));
            }
            if f.recovered.len() > RECOVERED {
                let _ = writeln!(out, "  and {} more, see the report's files", f.recovered.len() - RECOVERED);
            }
            let _ = writeln!(out, "  replay: {}", one_line(&f.replay));
        }
    }

    /// One row per finding, with multi-line cells.
    fn table(&self, out: &mut String, rows: &[[String; 6]], widths: [usize; 6], findings: &[&Finding]) {
        let head: Vec<String> = HEADS.iter().zip(widths).map(|(h, w)| format!("{h:w$}")).collect();
        let _ = writeln!(out, "{}", self.bold(head.join("  ").trim_end()));
        let _ = writeln!(out, "{}", widths.map(|w| "─".repeat(w)).join("──"));
        for (row, finding) in rows.iter().zip(findings) {
            let mut cells: Vec<Vec<String>> = row.iter().map(|c| c.lines().map(str::to_owned).collect()).collect();
            cells[LEARNED] = wrap(&row[LEARNED], widths[LEARNED], widths[LEARNED]);
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for i in 0..height {
                let piece = |c: usize| cells[c].get(i).map_or("", String::as_str);
                let mut line: Vec<String> =
                    widths.iter().enumerate().map(|(c, w)| format!("{:w$}", piece(c))).collect();
                if i == 0 {
                    line[0] = self.verdict(finding.verdict, widths[0]);
                }
                let _ = writeln!(out, "{}", line.join("  ").trim_end());
            }
        }
    }

    /// One paragraph per finding, for narrow terminals.
    fn paragraphs(&self, out: &mut String, findings: &[&Finding]) {
        for finding in findings {
            let name = self.bold(&one_line(&finding.attack));
            let _ = writeln!(out, "{}  {name}", self.verdict(finding.verdict, 1));
            let said = [
                ("", finding.summary.clone()),
                ("threat model: ", finding.threat_model.words().to_owned()),
                (if finding.leaked_bits.is_some() { "" } else { "advantage: " }, measured(finding)),
                ("cost: ", cost(finding)),
            ];
            for (label, text) in said.iter().filter(|(_, text)| !text.is_empty()) {
                self.wrapped(out, &format!("  {label}{text}"), 4);
            }
        }
    }

    /// A line broken at spaces, with further lines indented.
    fn wrapped(&self, out: &mut String, text: &str, indent: usize) {
        let width = self.width.max(40);
        for (i, line) in wrap(&one_line(text), width, width - indent).iter().enumerate() {
            let _ = writeln!(out, "{}{line}", if i == 0 { String::new() } else { " ".repeat(indent) });
        }
    }

    /// The verdict in its colour: short and padded to `width`, or in full if `width` is 0.
    fn verdict(&self, verdict: Verdict, width: usize) -> String {
        let word = if width == 0 { verdict.words() } else { short(verdict) };
        let colour = match verdict {
            Verdict::Invalid => "1;35",
            Verdict::Broken => "1;31",
            Verdict::WeaknessFound => "1;33",
            Verdict::Inconclusive => "1;36",
            Verdict::NothingFound => "1",
        };
        let padded = format!("{word:width$}");
        if self.colour { format!("\u{1b}[{colour}m{padded}\u{1b}[0m") } else { padded }
    }

    fn bold(&self, text: &str) -> String {
        if self.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The column headings.
const HEADS: [&str; 6] = ["verdict", "attack", "threat model", "what was learned", "advantage", "cost"];

/// Number of recovered messages or keys that are shown per finding.
const RECOVERED: usize = 8;

/// The column that takes the remaining width.
const LEARNED: usize = 3;

/// The cells of a finding. A newline starts another line within the cell.
fn cells(finding: &Finding) -> [String; 6] {
    [
        short(finding.verdict).to_owned(),
        one_line(&finding.attack),
        wrap(finding.threat_model.words(), 12, 12).join("\n"),
        one_line(&finding.summary),
        measured(finding).replacen(" [", "\n[", 1),
        cost(finding).replacen(", ", "\n", 1),
    ]
}

/// The verdict in a table cell; the budget is stated above.
fn short(verdict: Verdict) -> &'static str {
    if verdict == Verdict::NothingFound { "NOTHING FOUND" } else { verdict.words() }
}

/// Breaks at spaces; a word longer than a line is cut. The first line may be `first` columns wide, the others `rest`.
fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let indent: String = text.chars().take_while(|c| *c == ' ').collect();
    let mut lines = vec![indent];
    let mut fresh = true;
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let width = if lines.len() == 1 { first.max(1) } else { rest.max(1) };
            let Some(line) = lines.last_mut() else { break };
            let used = line.chars().count() + usize::from(!fresh);
            if used + word.len() <= width {
                if !fresh {
                    line.push(' ');
                }
                line.extend(&word);
                fresh = false;
                break;
            }
            if fresh && used < width {
                line.extend(word.drain(..width - used));
            }
            lines.push(String::new());
            fresh = true;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_spaces_and_cuts_long_words() {
        assert_eq!(wrap("one two three", 7, 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4, 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4, 4), [""]);
        assert_eq!(wrap("  a b", 3, 3), ["  a", "b"]);
    }
}
