//! Every kind of chart is valid XML, is deterministic, and handles hostile data.
use super::*;

/// A minimal XML checker: tags nest and close, attributes are quoted, text contains no stray `<` or `&`.
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
fn learning_curve_has_all_its_parts() {
    let chart = learning_curve(&run(), 16, (0.05, 7.3), Some((9950, "goal met")));
    let svg = chart.to_svg();
    assert_eq!(well_formed(&svg), Ok(()));
    for text in
        ["Bob, who has the key", "Eve, without the key", "chance 8", "goal met", "training rounds", ">8<", ">4<"]
    {
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
        .reference(vec![(1.0, 1.0), (2.0, 1.5)], bad)
        .note(bad)
        .marker(1.5, bad);
    let strip = StripPlot::new(bad, Axis::linear(bad))
        .note(bad)
        .series(bad)
        .level(1.0, bad)
        .row(Strip::new(bad).dots(0, [3.0]).note(bad).heading(bad));
    let heat = HeatMap::new(bad, vec![bad.to_owned()], vec![(bad.to_owned(), vec![1.0])]).titles(bad, bad, bad);
    for svg in [xy.to_svg(), strip.to_svg(), heat.to_svg()] {
        assert_eq!(well_formed(&svg), Ok(()));
        assert!(!svg.contains("<script"));
    }
}

#[test]
fn empty_and_invalid_data_are_drawn_without_panic() {
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
            let loose = Series::scatter("d", points.clone()).through(points.clone());
            let svg = Chart::new("t", x.ticks(points.iter().map(|p| p.0)), Axis::log("y"))
                .series(series)
                .series(loose)
                .reference(points.clone(), "r")
                .level(f64::NAN, "l")
                .marker(f64::INFINITY, "m");
            assert_eq!(well_formed(&svg.size(f64::NAN, -3.0).to_svg()), Ok(()));
        }
        let values: Vec<f64> = points.iter().flat_map(|p| [p.0, p.1]).collect();
        let row = Strip::new("r").dots(0, values.clone()).interval(f64::NEG_INFINITY, 0.0, f64::NAN);
        for axis in [Axis::linear("x"), Axis::log("x"), Axis::linear("x").range(0.0, 1.0).ticks(values.clone())] {
            let plot = StripPlot::new("t", axis).row(row.clone()).row(Strip::new("")).level(f64::NAN, "l");
            assert_eq!(well_formed(&plot.width(-1.0).to_svg()), Ok(()));
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

/// The centres of all dots except those of the legend, which is above the plot.
fn dots(svg: &str) -> Vec<(f64, f64)> {
    let number = |tag: &str, name: &str| -> f64 {
        tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap().parse().unwrap()
    };
    svg.lines().filter(|line| line.starts_with("<circle")).map(|tag| (number(tag, "cx"), number(tag, "cy"))).collect()
}

#[test]
fn dots_neither_hide_each_other_nor_are_cut() {
    let values = [0.0, 0.0, 0.001, 0.3, 0.3, 1.0, 1.0];
    let columns = values.iter().flat_map(|y| [(0.0, *y), (4.0, *y)]).collect();
    let axis = |title: &str| Axis::linear(title).ticks([0.0, 4.0]);
    let xy = Chart::new("", axis("x"), Axis::linear("y")).series(Series::scatter("", columns)).size(400.0, 300.0);
    let strip = StripPlot::new("", Axis::linear("x")).row(Strip::new("r").dots(0, values)).width(400.0);
    for (svg, count) in [(xy.to_svg(), 14), (strip.to_svg(), 7)] {
        let dots = dots(&svg);
        assert_eq!(dots.len(), count);
        for (i, a) in dots.iter().enumerate() {
            assert!(a.0 > 9.0 && a.0 < 391.0 && a.1 > 4.0 && a.1 < 291.0, "{a:?}");
            assert!(dots[..i].iter().all(|b| (a.0 - b.0).hypot(a.1 - b.1) > 8.9), "{dots:?}");
        }
    }
}

#[test]
fn a_full_row_has_smaller_dots_and_stays_low() {
    let row = |count: usize| {
        StripPlot::new("", Axis::linear("x").range(0.0, 1.0)).row(Strip::new("").dots(0, vec![0.5; count]))
    };
    assert!(row(3).to_svg().contains("r=\"4.5\"") && row(17).to_svg().contains("r=\"3.2\""));
    let height =
        |svg: &str| svg.split("viewBox=\"0 0 760 ").nth(1).unwrap().split('"').next().unwrap().parse::<f64>().unwrap();
    assert!(height(&row(17).to_svg()) < 250.0);
}

#[test]
fn ticks_are_at_the_data() {
    let x = Axis::log("steps").ticks([1000.0, 4000.0, 16_000.0]);
    let line = Series::line("s", vec![(1000.0, 8.0), (16_000.0, 4.0)]);
    let svg = Chart::new("", x, Axis::linear("wrong")).series(line).names_at_ends().to_svg();
    assert!(svg.contains(">1,000<") && svg.contains(">4,000<") && svg.contains(">16,000<") && !svg.contains(">10k<"));
    assert!(svg.contains("class=\"small f0\"") && svg.contains(">s</text>"), "the line is named");
}

#[test]
fn bands_stay_within_the_range() {
    let band = vec![(0.0, -5.0, 9.0), (1.0, 0.2, 0.4)];
    let series = Series::line("", vec![(0.0, 0.5), (1.0, 0.3)]).with_band(band);
    let chart = Chart::new("", Axis::linear("x"), Axis::linear("y").range(0.0, 1.0)).series(series).size(400.0, 300.0);
    let svg = chart.to_svg();
    let path = svg.lines().find(|line| line.contains("band f0")).unwrap().split("d=\"M").nth(1).unwrap();
    let heights =
        path.trim_end_matches("Z\"/>").split('L').map(|p| p.split(' ').nth(1).unwrap().parse::<f64>().unwrap());
    assert!(heights.clone().all(|y| (10.0..=242.0).contains(&y)), "{path}");
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
