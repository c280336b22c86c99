//! Every kind of chart is valid XML, the same every time, and survives hostile data.
use super::*;

/// A strict enough reader: tags nest and close, attributes are quoted, text holds no stray `<` or `&`.
fn well_formed(svg: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        check_text(&rest[..start])?;
        let end = rest[start..].find('>').ok_or("unclosed tag")? + start;
        let tag = &rest[start + 1..end];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop().as_deref() != Some(name) {
                return Err(format!("unexpected </{name}>"));
            }
        } else {
            if !tag.matches('"').count().is_multiple_of(2) || tag.contains('<') {
                return Err(format!("bad attributes in <{tag}>"));
            }
            check_text(tag)?;
            if !tag.ends_with('/') {
                open.push(tag.split_whitespace().next().unwrap_or("").to_owned());
            }
        }
        rest = &rest[end + 1..];
    }
    if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?}")) }
}

fn check_text(text: &str) -> Result<(), String> {
    for (at, _) in text.match_indices('&') {
        let entity = text[at + 1..].split(';').next().unwrap_or("");
        if !["amp", "lt", "gt", "quot", "#39"].contains(&entity) {
            return Err(format!("stray & before {entity:?}"));
        }
    }
    if text.contains("NaN") || text.contains("inf") { Err(format!("not a number in {text:?}")) } else { Ok(()) }
}

fn run() -> Vec<LearningPoint> {
    let point = |i: u64| LearningPoint { round: i * 50, bob: 8.0 * (-0.02 * i as f64).exp(), eve: 7.5 };
    (0..200).map(point).collect()
}

#[test]
fn learning_curve_shows_what_it_should() {
    let chart = learning_curve(&run(), 16, (0.05, 7.3), Some((9950, "goal met")));
    let svg = chart.to_svg();
    assert_eq!(well_formed(&svg), Ok(()));
    for text in ["Bob, who has the key", "Eve, who has not", "chance 8", "goal met", "training rounds", ">8<", ">4<"] {
        assert!(svg.contains(text), "{text} is missing");
    }
    assert_eq!(svg.matches("class=\"line s0\"").count(), 2, "a line and its legend");
    assert_eq!(svg, chart.to_svg());
}

#[test]
fn hostile_text_is_escaped_everywhere() {
    let bad = "<script>&\"'\u{0}";
    let points = vec![(1.0, 1.0), (2.0, 2.0)];
    let xy = Chart::new(bad, Axis::log(bad), Axis::linear(bad))
        .series(Series::line(bad, points))
        .level(1.5, bad)
        .marker(1.5, bad);
    let bars = BarChart::new(bad, bad, bad, vec![(bad.to_owned(), 3.0)]).level(1.0, bad);
    let heat = HeatMap::new(bad, vec![bad.to_owned()], vec![(bad.to_owned(), vec![1.0])]).titles(bad, bad, bad);
    for svg in [xy.to_svg(), bars.to_svg(), heat.to_svg()] {
        assert_eq!(well_formed(&svg), Ok(()));
        assert!(!svg.contains("<script"));
    }
}

#[test]
fn nothing_and_nonsense_are_drawn_without_panic() {
    let odd =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e308, -1e308, 1e-320, f64::MAX, f64::MIN_POSITIVE];
    let mut sets: Vec<Vec<(f64, f64)>> = vec![vec![], vec![(1.0, f64::NAN)], vec![(0.0, 0.0)]];
    for a in odd {
        sets.push(odd.iter().map(|b| (a, *b)).collect());
    }
    for points in sets {
        for x in [Axis::linear("x"), Axis::log("x"), Axis::log("x").range(0.0, 1.0), Axis::linear("x").range(2.0, 1.0)]
        {
            let band = points.iter().map(|p| (p.0, p.1, p.1)).collect();
            let series = Series::line("s", points.clone()).with_dots().with_band(band);
            let svg = Chart::new("t", x, Axis::log("y")).series(series).level(f64::NAN, "l").marker(f64::INFINITY, "m");
            assert_eq!(well_formed(&svg.size(f64::NAN, -3.0).to_svg()), Ok(()));
        }
        let values: Vec<f64> = points.iter().flat_map(|p| [p.0, p.1]).collect();
        let bars = values.iter().map(|v| (String::new(), *v)).collect();
        assert_eq!(well_formed(&BarChart::new("t", "", "", bars).to_svg()), Ok(()));
        for range in [(0.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (f64::MIN, f64::MAX)] {
            assert_eq!(well_formed(&histogram("t", "x", &values, range, 10).to_svg()), Ok(()));
        }
        let rows = vec![("r".to_owned(), values.clone()), (String::new(), vec![])];
        assert_eq!(well_formed(&HeatMap::new("t", vec![], rows).to_svg()), Ok(()));
    }
    let empty = Chart::new("", Axis::linear(""), Axis::linear("")).to_svg();
    assert!(empty.contains("no data"));
}

#[test]
fn a_gap_splits_the_line() {
    let points = vec![(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 2.0), (4.0, 1.0)];
    let svg = Chart::new("t", Axis::linear("x"), Axis::linear("y")).series(Series::line("", points)).to_svg();
    let path = svg.lines().find(|l| l.contains("line s0")).unwrap_or("");
    assert_eq!(path.matches('M').count(), 2, "{path}");
}

#[test]
fn long_runs_make_small_files() {
    let points = (0..1_000_000).map(|i| (f64::from(i), f64::from(i % 97))).collect();
    let svg = Chart::new("t", Axis::linear("x"), Axis::linear("y")).series(Series::line("s", points)).to_svg();
    assert!(svg.len() < 80_000, "{}", svg.len());
}

#[test]
fn a_histogram_counts() {
    let chart = histogram("t", "x", &[0.0, 0.1, 0.5, 1.0, 7.0, f64::NAN], (0.0, 1.0), 2).to_svg();
    assert!(chart.contains("0 to 0.5: 2") && chart.contains("0.5 to 1: 2"), "{chart}");
}

#[test]
fn stacked_maps_are_one_document() {
    let map = |name: &str| HeatMap::new(name, vec![], vec![("r".to_owned(), vec![1.0, 2.0])]);
    let svg = HeatMap::stacked(&[map("one & all"), map("two")]);
    assert_eq!(well_formed(&svg), Ok(()));
    assert_eq!((svg.matches("<svg ").count(), svg.matches("translate(0 ").count()), (1, 1));
    assert!(svg.contains("aria-label=\"one &amp; all; two\""));
    assert_eq!(HeatMap::stacked(&[map("one")]), map("one").to_svg());
    assert_eq!(well_formed(&HeatMap::stacked(&[])), Ok(()));
}
