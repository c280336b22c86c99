//! A report with an example of every feature, for tests of the formats.
use super::{Control, CurvePoint, Finding, KeyUse, NotRun, NotRunKind, Report, ThreatModel, Verdict};

/// A finding of nothing.
pub(crate) fn finding(attack: &str) -> Finding {
    Finding {
        attack: attack.to_owned(),
        threat_model: ThreatModel::CiphertextOnly,
        verdict: Verdict::NothingFound,
        summary: "No test stood out.".to_owned(),
        notice: None,
        advantage: None,
        leaked_bits: None,
        interval: None,
        p_value: None,
        samples: 4096,
        seconds: 0.25,
        recovered: vec![],
        replay: format!("evesdrop attack xor --only {attack} --seed 7"),
        inputs: Vec::new(),
        misuse: false,
        details: vec![],
        curve: vec![],
    }
}

/// A report on a fictitious learned cipher.
pub(crate) fn report() -> Report {
    let point = |samples: f64, advantage: f64| CurvePoint {
        samples,
        advantage,
        low: advantage - 4.0 / samples.sqrt(),
        high: advantage + 4.0 / samples.sqrt(),
    };
    let control = |target: &str, expected: &str, verdict| Control {
        target: target.into(),
        expected: expected.into(),
        verdict,
        cached: false,
    };
    let mut report = Report::new("runs/pair <7> & co", KeyUse::OneTime, "quick", 7);
    report.seconds = 41.7;
    report.controls = vec![
        control("one-time-pad", "nothing", Verdict::NothingFound),
        control("aes-128", "nothing", Verdict::NothingFound),
        control("vigenere", "something", Verdict::Broken),
        control("speck32/64:3", "something", Verdict::WeaknessFound),
    ];
    report.findings = vec![
        finding("statistics"),
        Finding {
            threat_model: ThreatModel::Unbounded,
            verdict: Verdict::Broken,
            summary: "Exactly one of 65,536 keys re-encrypts each ciphertext: all 32 messages were read.".to_owned(),
            advantage: Some(1.0),
            interval: Some([0.891, 1.0]),
            recovered: vec!["4576 under key 91c0".to_owned(), "6573 under key 0ff3".to_owned()],
            details: vec![("keys consistent with a message".to_owned(), "1 of 65,536".to_owned())],
            samples: 32,
            ..finding("key-search")
        },
        Finding {
            verdict: Verdict::WeaknessFound,
            summary: "A fresh Eve is wrong on 6.6 of 16 bits; guessing gives 8.".to_owned(),
            advantage: Some(0.173),
            interval: Some([0.171, 0.175]),
            p_value: Some(1e-300),
            samples: 1_048_576,
            seconds: 19.3,
            curve: vec![point(4096.0, 0.01), point(65_536.0, 0.06), point(1_048_576.0, 0.173)],
            details: vec![("best network".to_owned(), "wide dense | 256 units".to_owned())],
            ..finding("fresh-eves")
        },
        Finding {
            verdict: Verdict::Inconclusive,
            summary: "Needs 387,840 bits; 65,536 were given.".to_owned(),
            ..finding("universal")
        },
        Finding {
            threat_model: ThreatModel::KnownPlaintext,
            verdict: Verdict::Broken,
            summary: "With the key reused, 17 known pairs read every new message.".to_owned(),
            advantage: Some(1.0),
            misuse: true,
            ..finding("linear")
        },
    ];
    report.not_run = vec![
        NotRun { attack: "differential".into(), kind: NotRunKind::NotApplicable, reason: "keys are one-time".into() },
        NotRun { attack: "structure".into(), kind: NotRunKind::Error, reason: "line 3 is not hex: \"zz\"".into() },
    ];
    report.decide();
    report
}
