//! Line and scatter charts.
use std::fmt::Write as _;

use super::axis::{Axis, Placed};
use super::frame::{Area, Entry, Reference, axes, class, heading, left_margin, levels, marker_rows, markers};
use super::svg::{Anchor, Svg, px, text_width};

/// One named set of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    name: String,
    points: Vec<(f64, f64)>,
    band: Vec<(f64, f64, f64)>,
    line: bool,
    dots: bool,
}

impl Series {
    /// Points joined by a line, in the order given.
    pub fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, band: Vec::new(), line: true, dots: false }
    }

    /// Points alone.
    pub fn scatter(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, band: Vec::new(), line: false, dots: true }
    }

    /// Marks each point of a line as well.
    pub fn with_dots(mut self) -> Self {
        self.dots = true;
        self
    }

    /// Shades an interval around the series: (x, low, high).
    pub fn with_band(mut self, band: Vec<(f64, f64, f64)>) -> Self {
        self.band = band;
        self
    }
}

/// A chart with two axes: lines, points, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    title: String,
    x: Axis,
    y: Axis,
    series: Vec<Series>,
    levels: Vec<Reference>,
    markers: Vec<Reference>,
    size: (f64, f64),
}

impl Chart {
    /// An empty chart, 760 by 420 pixels.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        let (series, levels, markers) = (Vec::new(), Vec::new(), Vec::new());
        Self { title: title.into(), x, y, series, levels, markers, size: (760.0, 420.0) }
    }

    /// Adds a series. The first six have a colour each, further ones are dashed.
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// Adds a dashed line across the chart at `y`, named at its right end. The y axis is widened to show it.
    pub fn level(mut self, y: f64, label: impl Into<String>) -> Self {
        self.levels.push(Reference { value: y, label: label.into() });
        self
    }

    /// Adds a dashed line up the chart at `x`, named above it. Not shown where `x` is outside the data.
    pub fn marker(mut self, x: f64, label: impl Into<String>) -> Self {
        self.markers.push(Reference { value: x, label: label.into() });
        self
    }

    /// Sets width and height in pixels; at least 240 by 160, at most 4000 by 4000.
    pub fn size(mut self, width: f64, height: f64) -> Self {
        self.size = (clean(width, 240.0), clean(height, 160.0));
        self
    }

    /// Draws the chart as one SVG document.
    pub fn to_svg(&self) -> String {
        let (width, height) = self.size;
        let mut svg = Svg::new(width, height, &self.title);
        let entries: Vec<Entry<'_>> =
            self.series.iter().map(|s| Entry { name: &s.name, line: s.line, dot: s.dots }).collect();
        let mut top = heading(&mut svg, width, &self.title, &entries) + 12.0;
        let bottom = height - 58.0;

        // The margins depend on the labels of the ticks, these on nothing but the data and the number of ticks.
        let ticks = ((bottom - top) / 50.0).max(2.0) as usize;
        let left = left_margin(&self.y, &Placed::new(&self.y, self.heights(), bottom, top, ticks));
        let names = self.levels.iter().map(|l| text_width(&l.label, 12.0) + 16.0).fold(24.0, f64::max);
        let right = (width - names).max(left + 40.0);
        let x = Placed::new(&self.x, self.widths(), left, right, ((right - left) / 90.0) as usize);
        top += 16.0 * marker_rows(Area { left, right, top, bottom }, &x, &self.markers) as f64;
        let area = Area { left, right, top: top.min(bottom - 40.0), bottom };
        let y = Placed::new(&self.y, self.heights(), bottom, area.top, ticks);

        axes(&mut svg, area, (&self.x.title, &self.y.title), Some(&x), &y);
        levels(&mut svg, area, &y, &self.levels);
        markers(&mut svg, area, &x, &self.markers);
        for (index, series) in self.series.iter().enumerate() {
            draw(&mut svg, series, index, &x, &y, right - left);
        }
        let shown = |p: &(f64, f64)| x.inside(p.0).is_some() && y.inside(p.1).is_some();
        if !self.series.iter().any(|s| s.points.iter().any(shown)) {
            svg.text("axis", (left + right) / 2.0, (area.top + bottom) / 2.0, Anchor::Middle, "no data");
        }
        svg.finish()
    }

    /// Every value the x axis should cover.
    fn widths(&self) -> impl Iterator<Item = f64> {
        self.series.iter().flat_map(|s| s.points.iter().map(|p| p.0))
    }

    /// Every value the y axis should cover.
    fn heights(&self) -> impl Iterator<Item = f64> {
        let bands = self.series.iter().flat_map(|s| s.band.iter().flat_map(|b| [b.1, b.2]));
        let points = self.series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
        points.chain(bands).chain(self.levels.iter().map(|l| l.value))
    }
}

/// A size in pixels within reason.
pub(crate) fn clean(size: f64, least: f64) -> f64 {
    if size.is_finite() { size.clamp(least, 4000.0) } else { least }
}

/// Draws a series: its band first, then its line, then its points.
fn draw(svg: &mut Svg, series: &Series, index: usize, x: &Placed, y: &Placed, width: f64) {
    let band: Vec<(f64, f64, f64)> =
        series.band.iter().filter_map(|b| Some((x.inside(b.0)?, y.at(b.1)?, y.at(b.2)?))).collect();
    if band.len() > 1 {
        let lower = band.iter().map(|b| (b.0, b.1));
        let upper = band.iter().rev().map(|b| (b.0, b.2));
        let outline: Vec<String> = lower.chain(upper).map(|(x, y)| format!("{} {}", px(x), px(y))).collect();
        svg.path(&format!("band {}", class('f', index)), &format!("M{}Z", outline.join("L")));
    }
    let places: Vec<Option<(f64, f64)>> =
        series.points.iter().map(|p| Some((x.inside(p.0)?, y.inside(p.1)?))).collect();
    if series.line {
        let path = polyline(&thin(&places, width));
        if !path.is_empty() {
            svg.path(&format!("line {}", class('s', index)), &path);
        }
    }
    if series.dots {
        for (x, y) in places.iter().flatten() {
            svg.circle(&format!("dot {}", class('f', index)), *x, *y, 4.5);
        }
    }
}

/// Path data: a new piece after every gap.
fn polyline(places: &[Option<(f64, f64)>]) -> String {
    let mut path = String::new();
    let mut pen_down = false;
    for (i, place) in places.iter().enumerate() {
        if let Some((x, y)) = place {
            let _ = write!(path, "{}{} {}", if pen_down { 'L' } else { 'M' }, px(*x), px(*y));
            // A point between two gaps becomes a dot, thanks to round line caps.
            if !pen_down && places.get(i + 1).is_none_or(Option::is_none) {
                path.push_str("h0.1");
            }
        }
        pen_down = place.is_some();
    }
    path
}

/// Keeps, of the points that share a pixel column, the first, lowest, highest and last: the same picture from a
/// bounded number of points, however long the run was.
fn thin(places: &[Option<(f64, f64)>], width: f64) -> Vec<Option<(f64, f64)>> {
    if places.len() as f64 <= 4.0 * width {
        return places.to_vec();
    }
    let column = |p: &Option<(f64, f64)>| p.map(|(x, _)| x.floor());
    let mut kept = Vec::new();
    for group in places.chunk_by(|a, b| column(a) == column(b)) {
        let height = |i: &usize| group[*i].map_or(0.0, |p| p.1);
        let by_height = |a: &usize, b: &usize| height(a).total_cmp(&height(b));
        let mut keep =
            [Some(0), (0..group.len()).min_by(by_height), (0..group.len()).max_by(by_height), Some(group.len() - 1)];
        keep.sort_unstable();
        let mut last = None;
        for i in keep.into_iter().flatten().filter(|_| group[0].is_some()) {
            if last != Some(i) {
                kept.push(group[i]);
            }
            last = Some(i);
        }
        if group[0].is_none() {
            kept.push(None);
        }
    }
    kept
}
