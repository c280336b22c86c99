//! The whole report, and how its verdict follows from the findings.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::wording::count;
use super::{Control, Finding, Verdict};
use crate::ciphers::KeyUse;

/// Why an attack has no finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotRunKind {
    /// It does not apply to this target, or lacks the data.
    NotApplicable,
    /// A slow target does not give it the samples that it needs within this budget.
    TooSlow,
    /// The run was stopped before or while it ran.
    Interrupted,
    /// It failed.
    Error,
}

/// A requested attack without a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NotRun {
    /// Name of the attack, as used with `--only`.
    pub attack: String,
    /// The reason in one word.
    pub kind: NotRunKind,
    /// The reason in a sentence.
    pub reason: String,
}

/// Most weaknesses of a broken target that are listed one by one beside the break.
pub(super) const MANY: usize = 8;

/// The value of [`Report::format`].
pub(super) const FORMAT: &str = "evesdrop-report-1";

/// All results of one run of `attack` on one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Report {
    /// Identifies a file as a report of Evesdrop, and its format.
    pub format: String,
    /// Version of Evesdrop that wrote the report.
    pub version: String,
    /// The verdict; set by [`Report::decide`].
    pub verdict: Verdict,
    /// The target, as named on the command line.
    pub target: String,
    /// How the target's keys are meant to be used.
    pub key_use: KeyUse,
    /// Name of the budget: quick, standard, thorough.
    pub budget: String,
    /// Seed of all randomness.
    pub seed: u64,
    /// Wall-clock seconds, including controls.
    pub seconds: f64,
    /// Maximum number of blocks in a data set, if the target is a program whose speed limits it; otherwise null.
    #[serde(default)]
    pub allowance: Option<u64>,
    /// What was removed before the attacks, one sentence each: envelopes of ciphertexts, repeated messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Ciphers of known quality under the same attacks and budget.
    pub controls: Vec<Control>,
    /// The findings, worst first after [`Report::decide`].
    pub findings: Vec<Finding>,
    /// Attacks without a finding.
    pub not_run: Vec<NotRun>,
    /// The error, if the target failed before all attacks had run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Report {
    /// An empty report. Nothing has run yet, so its verdict is INCONCLUSIVE.
    pub fn new(target: impl Into<String>, key_use: KeyUse, budget: impl Into<String>, seed: u64) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            verdict: Verdict::Inconclusive,
            target: target.into(),
            key_use,
            budget: budget.into(),
            seed,
            seconds: 0.0,
            allowance: None,
            notices: Vec::new(),
            controls: Vec::new(),
            findings: Vec::new(),
            not_run: Vec::new(),
            failure: None,
        }
    }

    /// Sorts the findings, worst first (misuse last; recovered keys before recovered messages; attacks with larger advantages before others),
    /// and sets the verdict:
    ///
    /// - INVALID if a control has the wrong result;
    /// - otherwise the worst break or weakness among the findings that are not misuse;
    /// - otherwise INCONCLUSIVE if no attack reached a conclusion, or if the run was stopped early;
    /// - otherwise NOTHING FOUND.
    ///
    /// Call it after controls and findings are complete and corrected (see [`crate::battery::correct_findings`]).
    pub fn decide(&mut self) {
        let keyless = |finding: &Finding| !finding.recovered.iter().any(|text| text.starts_with("key "));
        let order = |finding: &Finding| (finding.verdict, finding.misuse, keyless(finding));
        // Findings of one attack stay together, in the attack's own order.
        let mut strongest: BTreeMap<(Verdict, String), f64> = BTreeMap::new();
        for finding in &self.findings {
            let most = strongest.entry((finding.verdict, finding.attack.clone())).or_default();
            if matches!(finding.verdict, Verdict::Broken | Verdict::WeaknessFound) {
                *most = most.max(finding.advantage.unwrap_or(0.0));
            }
        }
        let strength = |finding: &Finding| strongest[&(finding.verdict, finding.attack.clone())];
        self.findings.sort_by(|a, b| {
            let by_strength = strength(b).total_cmp(&strength(a));
            order(a).cmp(&order(b)).then(by_strength).then(a.attack.cmp(&b.attack))
        });
        let worst = self.counted().map(|f| f.verdict).min();
        let through = self.counted().any(|f| f.verdict == Verdict::NothingFound) && !self.is_partial();
        self.verdict = match worst {
            _ if !self.controls.iter().all(Control::is_right) => Verdict::Invalid,
            Some(found) if found < Verdict::Inconclusive => found,
            _ if through => Verdict::NothingFound,
            _ => Verdict::Inconclusive,
        };
    }

    /// The findings that decide the verdict.
    pub fn counted(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| !f.misuse)
    }

    /// The findings that decide the verdict, without weaknesses that need no place at the top: where a target is broken, and more
    /// than [`MANY`] attacks find a weakness too, most show the same flaw. The second list has these.
    pub(super) fn leading(&self) -> (Vec<&Finding>, Vec<&Finding>) {
        let weak = |finding: &&Finding| finding.verdict == Verdict::WeaknessFound;
        let many = self.verdict == Verdict::Broken && self.counted().filter(weak).count() > MANY;
        self.counted().partition(|finding| !(many && weak(finding)))
    }

    /// The findings that require a misused key.
    pub fn misuse(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.misuse)
    }

    /// Whether the run was stopped before all attacks had run.
    pub fn is_partial(&self) -> bool {
        self.not_run.iter().any(|n| n.kind == NotRunKind::Interrupted)
    }

    /// The meaning of the verdict in this report.
    pub fn meaning(&self) -> &'static str {
        if self.verdict == Verdict::Inconclusive && self.is_partial() {
            "The run was stopped before a verdict was possible. The attacks that did not run are listed below."
        } else {
            self.verdict.explanation()
        }
    }

    /// What the reader must know first: notices, wrong, missing or silent controls, sample sizes that depend on the clock, and a stopped
    /// run.
    pub fn cautions(&self) -> Vec<String> {
        let wrong = self.controls.iter().filter(|c| !c.is_right()).map(|c| {
            format!(
                "Control {} has the wrong result: {} was expected, the verdict is {}.",
                c.target,
                c.expected,
                c.verdict.words()
            )
        });
        let mut cautions: Vec<String> = wrong.collect();
        cautions.extend(self.notices.iter().cloned());
        cautions.extend(self.findings.iter().filter_map(|finding| finding.notice.clone()));
        // Inconclusive: no attack applied to it. Attacks that enumerate a small cipher need no such evidence.
        let silent = |c: &&Control| c.expected == Control::ANYTHING && c.verdict == Verdict::NothingFound;
        let silent: Vec<&str> = self.controls.iter().filter(silent).map(|c| c.target.as_str()).collect();
        if !silent.is_empty() && !self.verdict.is_found() {
            cautions.push(format!(
                "These attacks find nothing in {} either, so their silence says little.",
                silent.join(" and ")
            ));
        }
        if self.controls.is_empty() {
            cautions.push(
                "No controls were run: nothing shows that these attacks work on a cipher of this kind.".to_owned(),
            );
        }
        if let Some(blocks) = self.allowance {
            cautions.push(format!(
                "The target is a program. At its measured speed, a data set has at most {} blocks. Another run with the same \
                 seed may use other sample sizes and give other numbers.",
                count(blocks)
            ));
        }
        let slow: Vec<&str> =
            self.not_run.iter().filter(|n| n.kind == NotRunKind::TooSlow).map(|n| n.attack.as_str()).collect();
        if !slow.is_empty() {
            cautions.push(format!(
                "Not run, because the target is too slow for this budget: {}. A larger --budget runs them.",
                slow.join(", ")
            ));
        }
        if let Some(failure) = &self.failure {
            cautions.push(format!("The target failed before all attacks had run: {failure}."));
        } else if self.is_partial() {
            cautions.push("The run was stopped early. The attacks that did not run are listed.".to_owned());
        }
        cautions
    }
}

/// Printed in every report with statistical tests.
pub(crate) const NECESSARY: &str = "Statistical tests of ciphertext are necessary, never sufficient: a cipher that fails \
    them is weak; a cipher that passes may still be weak.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    fn verdict_of(verdicts: &[(Verdict, bool)]) -> Verdict {
        let mut report = Report { controls: vec![], not_run: vec![], findings: vec![], ..example::report() };
        for (verdict, misuse) in verdicts {
            report.findings.push(Finding { verdict: *verdict, misuse: *misuse, ..example::finding("a") });
        }
        report.decide();
        report.verdict
    }

    #[test]
    fn the_worst_counted_finding_decides() {
        use Verdict::{Broken, Inconclusive, NothingFound, WeaknessFound};
        assert_eq!(verdict_of(&[]), Inconclusive);
        assert_eq!(verdict_of(&[(NothingFound, false), (WeaknessFound, false)]), WeaknessFound);
        assert_eq!(verdict_of(&[(WeaknessFound, false), (Broken, false)]), Broken);
        assert_eq!(verdict_of(&[(NothingFound, false), (Broken, true)]), NothingFound);
        assert_eq!(verdict_of(&[(NothingFound, false), (Inconclusive, false)]), NothingFound);
        assert_eq!(verdict_of(&[(Inconclusive, false)]), Inconclusive);
    }

    #[test]
    fn many_weaknesses_of_a_broken_target_stand_behind_the_break() {
        let of = |broken: bool, weak: usize| {
            let mut report = Report { controls: vec![], not_run: vec![], findings: vec![], ..example::report() };
            let weak = (0..weak).map(|_| Verdict::WeaknessFound);
            for verdict in weak.chain(broken.then_some(Verdict::Broken)).chain([Verdict::NothingFound]) {
                report.findings.push(Finding { verdict, ..example::finding("a") });
            }
            report.decide();
            let (leading, folded) = report.leading();
            (leading.len(), folded.len())
        };
        assert_eq!((of(true, 9), of(true, 8), of(false, 9)), ((2, 9), (10, 0), (10, 0)));
    }

    #[test]
    fn a_wrong_control_makes_it_invalid() {
        for (expected, verdict) in [("nothing", Verdict::WeaknessFound), ("something", Verdict::Inconclusive)] {
            let mut report = example::report();
            report.controls = vec![Control { target: "c".into(), expected: expected.into(), verdict, cached: false }];
            report.decide();
            assert_eq!(report.verdict, Verdict::Invalid);
            assert!(report.cautions()[0].contains("has the wrong result"));
        }
    }

    #[test]
    fn silence_counts_only_on_controls_that_attacks_ran_on() {
        let mut report = example::report();
        report.findings.retain(|f| f.verdict == Verdict::NothingFound);
        report.decide();
        for (verdict, warns) in [(Verdict::NothingFound, true), (Verdict::Inconclusive, false)] {
            report.controls =
                vec![Control { target: "c".into(), expected: Control::ANYTHING.into(), verdict, cached: false }];
            let cautions = report.cautions();
            assert_eq!(cautions.iter().any(|caution| caution.contains("nothing in c either")), warns, "{cautions:?}");
        }
    }

    #[test]
    fn a_stopped_run_claims_nothing() {
        let mut report = example::report();
        report.findings.retain(|f| f.verdict == Verdict::NothingFound);
        report.not_run = vec![NotRun { attack: "a".into(), kind: NotRunKind::Interrupted, reason: "Ctrl-C".into() }];
        report.decide();
        assert_eq!(report.verdict, Verdict::Inconclusive);
    }
}
