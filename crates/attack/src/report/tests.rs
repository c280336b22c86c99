//! Properties that every format shares.
use super::*;

fn all(report: &Report) -> Vec<(&'static str, String)> {
    let narrow = Terminal { width: 40, colour: false };
    let wide = Terminal { width: 140, colour: true };
    let formats: [&dyn Exporter; 6] = [&Json, &Html, &Markdown, &Junit, &narrow, &wide];
    formats.iter().map(|f| (f.file_name(), f.export(report).unwrap_or_default())).collect()
}

#[test]
fn every_format_says_what_matters() {
    let report = example::report();
    for (name, text) in all(&report) {
        for word in ["fresh-eves", "key-search", "one-time-pad", "structure"] {
            assert!(text.contains(word), "{word} is missing from {name}");
        }
        assert!(!text.to_lowercase().contains("secure"), "{name}");
    }
}

#[test]
fn every_format_is_the_same_every_time_and_survives_an_empty_report() {
    let report = example::report();
    assert_eq!(all(&report), all(&report));
    for (name, text) in all(&Report::new("", KeyUse::Reusable, "quick", 0)) {
        assert!(text.contains("INCONCLUSIVE"), "{name}");
    }
}

#[test]
fn json_has_the_promised_fields_and_comes_back() -> Result<(), Box<dyn std::error::Error>> {
    let report = example::report();
    let text = Json.export(&report)?;
    assert_eq!(serde_json::from_str::<Report>(&text)?, report);
    let json: serde_json::Value = serde_json::from_str(&text)?;
    for key in
        ["verdict", "target", "budget", "seconds", "controls", "findings", "version", "seed", "key_use", "not_run"]
    {
        assert!(!json[key].is_null(), "{key}");
    }
    for key in
        ["attack", "threat_model", "verdict", "advantage", "interval", "samples", "seconds", "recovered", "replay"]
    {
        assert!(!json["findings"][0][key].is_null(), "{key}");
    }
    assert_eq!(json["verdict"], "BROKEN");
    assert_eq!(json["controls"][0]["expected"], "nothing");
    Ok(())
}

#[test]
fn hostile_names_stay_text() {
    let bad = "<script>alert(1)</script>|`x`\u{1b}[2J\u{0}\n# no & \"q\"";
    let mut report = example::report();
    report.target = bad.to_owned();
    report.controls[0].target = bad.to_owned();
    for finding in &mut report.findings {
        finding.attack = bad.to_owned();
        finding.summary = bad.to_owned();
        finding.replay = bad.to_owned();
        finding.recovered = vec![bad.to_owned()];
        finding.details = vec![(bad.to_owned(), bad.to_owned())];
        (finding.advantage, finding.interval) = (Some(f64::NAN), Some([f64::NAN, f64::INFINITY]));
    }
    for (name, text) in all(&report) {
        if name == "report.html" || name == "junit.xml" {
            assert!(!text.contains("<script>"), "{name}");
        }
        let coloured = text.contains("\u{1b}[1m");
        assert!(coloured || !text.contains('\u{1b}'), "{name} passes on control characters");
        assert!(!text.contains("\u{1b}[2J"), "{name} passes on control characters");
    }
}

#[test]
fn terminal_keeps_to_its_width() {
    let report = example::report();
    for width in [40, 60, 80, 100, 120, 160] {
        let text = Terminal { width, colour: false }.export(&report).unwrap_or_default();
        for line in text.lines().filter(|l| !l.contains("replay:")) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        assert!(text.contains("MISUSE") && !text.contains('\u{1b}'));
    }
}

#[test]
fn invalid_is_said_first() {
    let mut report = example::report();
    report.controls[0].verdict = Verdict::Broken;
    report.decide();
    let text = Terminal { width: 100, colour: false }.export(&report).unwrap_or_default();
    assert!(text.starts_with("INVALID"), "{text}");
    let html = Html.export(&report).unwrap_or_default();
    let (first, second) = (html.find("has the wrong result"), html.find("<h2>"));
    assert!(first.is_some() && first < second);
}

#[test]
fn junit_counts_add_up() {
    let xml = Junit.export(&example::report()).unwrap();
    let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((read.tests, read.failures, read.errors, read.skipped), (11, 2, 1, 3));
    let suite = &read.test_suites[0];
    assert_eq!(suite.name.as_str(), "runs/pair <7> & co");
    let properties: Vec<_> = suite.properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(properties, [("verdict", "BROKEN"), ("version", version), ("budget", "quick"), ("seed", "7")]);
    let class = |case: &quick_junit::TestCase| case.classname.as_ref().map(|class| class.as_str().to_owned());
    let classes: Vec<_> = suite.test_cases.iter().filter_map(class).collect();
    let of = |name: &str| classes.iter().filter(|class| *class == name).count();
    assert_eq!([of("evesdrop.controls"), of("evesdrop.attacks"), of("evesdrop.misuse")], [4, 6, 1]);
    assert_eq!(xml.matches("<testcase").count(), 11);
    assert_eq!(xml.matches("<failure").count(), 2);
    assert!(xml.contains("replay: evesdrop attack xor --only key-search --seed 7") && xml.contains("recovered: 4576"));
}

#[test]
fn every_link_of_the_page_leads_to_a_part_of_it() {
    let html = Html.export(&example::report()).unwrap();
    let links: Vec<&str> = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.len() > 10, "{links:?}");
    for link in links {
        let anchor = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads outside"));
        assert_eq!(html.matches(&format!("id=\"{anchor}\"")).count(), 1, "{link}");
    }
}

#[test]
fn the_page_has_one_block_for_each_threat_model_and_folds_what_found_nothing() {
    let mut report = example::report();
    for number in 0..9 {
        report.findings[0].details.push((format!("fact {number}"), "text".into()));
    }
    let html = Html.export(&report).unwrap();
    for (anchor, count) in [("ciphertext-only", 1), ("unbounded", 1), ("known-plaintexts", 0), ("misuse", 1)] {
        assert_eq!(html.matches(&format!("<section class=\"block\" id=\"{anchor}\"")).count(), count, "{anchor}");
    }
    let fold = &html[html.find("<details class=\"fold\"").unwrap()..];
    assert!(fold.contains("by 1 test") && fold.contains("No test stood out."), "what found nothing is folded");
    assert!(html.contains("<details><summary>10 measurements</summary>"), "a long table is folded");
}

#[test]
fn the_page_needs_no_network() {
    let html = Html.export(&example::report()).unwrap_or_default();
    let outside = html.matches("http").count();
    let allowed = html.matches("http://www.w3.org/2000/svg").count() + html.matches("http-equiv").count();
    assert_eq!(outside, allowed, "links to the outside");
    assert!(!html.contains("<script") && !html.contains("url("));
}

#[test]
fn all_formats_are_written() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let written = write_all(&example::report(), &folder.path().join("new/folder"))?;
    assert_eq!(written.len(), 4);
    assert!(written.iter().all(|p| p.is_file()));
    assert_eq!(std::fs::read_dir(folder.path().join("new/folder"))?.count(), 4, "nothing half written is left");
    Ok(())
}
