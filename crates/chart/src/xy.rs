//! Line and scatter charts.
use std::fmt::Write as _;

use super::axis::{Axis, Placed};
use super::frame::{
    Area, DOT, Entry, Reference, axes, class, heading, left_margin, level_names, levels, margin, marker_rows, markers,
    right_margin, side_by_side,
};
use super::svg::{Anchor, Svg, px, stacked};

/// One named series of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    name: String,
    path: Vec<(f64, f64)>,
    dots: Vec<(f64, f64)>,
    band: Vec<(f64, f64, f64)>,
}

impl Series {
    /// Points joined by a line, in the given order.
    pub fn line(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), path: points, dots: Vec::new(), band: Vec::new() }
    }

    /// Points without a line. Points at the same x that would hide each other are placed side by side.
    pub fn scatter(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), path: Vec::new(), dots: points, band: Vec::new() }
    }

    /// Also draws a dot at each point of a line.
    pub fn with_dots(mut self) -> Self {
        self.dots = self.path.clone();
        self
    }

    /// Draws a line through points other than the dots, such as their means.
    pub fn through(mut self, points: Vec<(f64, f64)>) -> Self {
        self.path = points;
        self
    }

    /// Shades an interval around the series: (x, low, high). The part outside a fixed range of the y axis is not drawn.
    pub fn with_band(mut self, band: Vec<(f64, f64, f64)>) -> Self {
        self.band = band;
        self
    }

    /// Whether each dot has to stay on the line.
    fn dots_on_line(&self) -> bool {
        self.dots == self.path
    }

    /// Every point, including those of the band.
    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        let band = self.band.iter().flat_map(|b| [(b.0, b.1), (b.0, b.2)]);
        self.path.iter().chain(&self.dots).copied().chain(band)
    }
}

/// A chart with two axes: lines, points, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    title: String,
    note: String,
    x: Axis,
    y: Axis,
    series: Vec<Series>,
    names_at_ends: bool,
    levels: Vec<Reference>,
    markers: Vec<Reference>,
    references: Vec<(Vec<(f64, f64)>, String)>,
    size: (f64, f64),
}

impl Chart {
    /// An empty chart, 760 by 420 pixels.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self {
            title: title.into(),
            note: String::new(),
            x,
            y,
            series: Vec::new(),
            names_at_ends: false,
            levels: Vec::new(),
            markers: Vec::new(),
            references: Vec::new(),
            size: (760.0, 420.0),
        }
    }

    /// Sets a note below the title that explains how to read the chart.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = text.into();
        self
    }

    /// Adds a series. The first six have different colours; further ones repeat the colours with dashed lines.
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// Names each line at its right end, in its colour, instead of in a legend.
    pub fn names_at_ends(mut self) -> Self {
        self.names_at_ends = true;
        self
    }

    /// Adds a dashed horizontal line at `y`, named at its right end. The y axis is widened to show it.
    pub fn level(mut self, y: f64, label: impl Into<String>) -> Self {
        self.levels.push(Reference { value: y, label: label.into() });
        self
    }

    /// Adds a dashed vertical line at `x`, named above the plot. It is not drawn if `x` is outside the data.
    pub fn marker(mut self, x: f64, label: impl Into<String>) -> Self {
        self.markers.push(Reference { value: x, label: label.into() });
        self
    }

    /// Adds a dashed line through `points`, such as a known bound, named at its right end.
    pub fn reference(mut self, points: Vec<(f64, f64)>, label: impl Into<String>) -> Self {
        self.references.push((points, label.into()));
        self
    }

    /// Sets the width and height in pixels, from 240 by 160 to 4000 by 4000.
    pub fn size(mut self, width: f64, height: f64) -> Self {
        self.size = (clean(width, 240.0), clean(height, 160.0));
        self
    }

    /// Draws the chart as one SVG document.
    pub fn to_svg(&self) -> String {
        self.draw().finish()
    }

    /// Draws charts below each other as one SVG document.
    pub fn stacked(charts: &[Self]) -> String {
        stacked(charts.iter().map(Self::draw))
    }

    fn draw(&self) -> Svg {
        let (width, height) = self.size;
        let mut svg = Svg::new(width, height, &self.title);
        let entry = |s: &Series| Entry { name: s.name.clone(), line: !s.path.is_empty(), dot: !s.dots.is_empty() };
        let entries: Vec<Entry> = self.series.iter().filter(|_| !self.names_at_ends).map(entry).collect();
        let mut top = heading(&mut svg, width, &self.title, &self.note, &entries) + 12.0;
        let bottom = height - 58.0;

        // The margins depend on the tick labels, which depend only on the data and the number of ticks.
        let ticks = ((bottom - top) / 50.0).max(2.0) as usize;
        let left = left_margin(&self.y, &Placed::new(&self.y, self.heights(), bottom, top, ticks));
        let ends = self.series.iter().filter(|_| self.names_at_ends).map(|s| s.name.as_str());
        let names = self.levels.iter().map(|l| l.label.as_str()).chain(self.references.iter().map(|r| r.1.as_str()));
        let right = (width - right_margin(names.chain(ends))).max(left + 40.0);
        // Dots at the ends of the axes are not cut by the frame, nor are dots that are moved aside.
        let inset = if self.series.iter().any(|s| !s.dots.is_empty()) { 2.0 * DOT } else { 0.0 };
        let (x, y) = (
            Placed::new(&self.x, self.widths(), left, right, 2),
            Placed::new(&self.y, self.heights(), bottom - inset, top + inset, ticks),
        );
        let aside = self.loose_dots(&x, &y).iter().map(|dot| dot.1.abs()).fold(0.0, f64::max);
        let x_inset = (inset + aside).min((right - left) / 4.0);
        let x = Placed::new(&self.x, self.widths(), left + x_inset, right - x_inset, ((right - left) / 90.0) as usize);
        top += 16.0 * marker_rows(Area { left, right, top, bottom }, &x, &self.markers) as f64;
        let area = Area { left, right, top: top.min(bottom - 40.0), bottom };
        let y = Placed::new(&self.y, self.heights(), bottom - inset, area.top + inset, ticks);

        axes(&mut svg, area, (&self.x.title, &self.y.title), &x, &y);
        levels(&mut svg, area, &y, &self.levels);
        markers(&mut svg, area, &x, &self.markers);
        for (points, _) in &self.references {
            svg.path("reference", &polyline(&places(points, &x, &y)));
        }
        for (index, series) in self.series.iter().enumerate() {
            lines(&mut svg, series, index, &x, &y, right - left);
        }
        self.dots(&mut svg, &x, &y);
        self.names(&mut svg, area, &x, &y);
        let shown = |p: (f64, f64)| x.inside(p.0).is_some() && y.inside(p.1).is_some();
        if !self.series.iter().any(|s| s.points().any(shown)) {
            svg.text("axis", (left + right) / 2.0, (area.top + bottom) / 2.0, Anchor::Middle, "no data");
        }
        svg
    }

    /// The dots of all series, drawn over all lines.
    fn dots(&self, svg: &mut Svg, x: &Placed, y: &Placed) {
        for (index, series) in self.series.iter().enumerate().filter(|(_, series)| series.dots_on_line()) {
            for (x, y) in places(&series.dots, x, y).into_iter().flatten() {
                svg.circle(&format!("dot {}", class('f', index)), x, y, DOT);
            }
        }
        for (x, aside, y, index) in self.loose_dots(x, y) {
            svg.circle(&format!("dot {}", class('f', index)), x + aside, y, DOT);
        }
    }

    /// Dots that are not on a line, placed side by side at equal x if they would hide each other: x, offset, y, series.
    fn loose_dots(&self, x: &Placed, y: &Placed) -> Vec<(f64, f64, f64, usize)> {
        let series = self.series.iter().enumerate().filter(|(_, series)| !series.dots_on_line());
        let mut loose: Vec<(f64, f64, f64, usize)> = series
            .flat_map(|(index, series)| {
                let places = places(&series.dots, x, y).into_iter().flatten();
                places.map(move |(x, y)| (x, 0.0, y, index))
            })
            .collect();
        loose.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.total_cmp(&b.2)));
        for column in loose.chunk_by_mut(|a, b| a.0 == b.0) {
            let heights: Vec<f64> = column.iter().map(|dot| dot.2).collect();
            column.iter_mut().zip(side_by_side(&heights, DOT)).for_each(|(dot, aside)| dot.1 = aside);
        }
        loose
    }

    /// The names in the right margin.
    fn names(&self, svg: &mut Svg, area: Area, x: &Placed, y: &Placed) {
        let end = |points: &[(f64, f64)]| places(points, x, y).into_iter().flatten().next_back().map(|place| place.1);
        let mut names = level_names(y, &self.levels);
        let references = self.references.iter();
        names.extend(references.filter_map(|(points, name)| Some((end(points)?, "small".to_owned(), name.as_str()))));
        let series = self.series.iter().enumerate().filter(|_| self.names_at_ends);
        names.extend(series.filter_map(|(index, series)| {
            Some((end(&series.path)?, format!("small {}", class('f', index)), series.name.as_str()))
        }));
        margin(svg, area, names);
    }

    /// Every value the x axis should cover.
    fn widths(&self) -> impl Iterator<Item = f64> {
        let series = self.series.iter().flat_map(Series::points);
        series.chain(self.references.iter().flat_map(|r| r.0.iter().copied())).map(|p| p.0)
    }

    /// Every value the y axis should cover.
    fn heights(&self) -> impl Iterator<Item = f64> {
        let series = self.series.iter().flat_map(Series::points);
        let points = series.chain(self.references.iter().flat_map(|r| r.0.iter().copied()));
        points.map(|p| p.1).chain(self.levels.iter().map(|l| l.value))
    }
}

/// Positions of points in pixels; `None` for points outside the axes.
fn places(points: &[(f64, f64)], x: &Placed, y: &Placed) -> Vec<Option<(f64, f64)>> {
    points.iter().map(|p| Some((x.inside(p.0)?, y.inside(p.1)?))).collect()
}

/// A size in pixels, clamped to a sensible range.
pub(crate) fn clean(size: f64, least: f64) -> f64 {
    if size.is_finite() { size.clamp(least, 4000.0) } else { least }
}

/// Draws the band of a series, then its line.
fn lines(svg: &mut Svg, series: &Series, index: usize, x: &Placed, y: &Placed, width: f64) {
    let at = |value: f64| y.at(y.clamp(value));
    let band: Vec<(f64, f64, f64)> =
        series.band.iter().filter_map(|b| Some((x.inside(b.0)?, at(b.1)?, at(b.2)?))).collect();
    if band.len() > 1 {
        let lower = band.iter().map(|b| (b.0, b.1));
        let upper = band.iter().rev().map(|b| (b.0, b.2));
        let outline: Vec<String> = lower.chain(upper).map(|(x, y)| format!("{} {}", px(x), px(y))).collect();
        svg.path(&format!("band {}", class('f', index)), &format!("M{}Z", outline.join("L")));
    }
    let path = polyline(&thin(&places(&series.path, x, y), width));
    if !path.is_empty() {
        svg.path(&format!("line {}", class('s', index)), &path);
    }
}

/// Path data: a new segment after every gap.
fn polyline(places: &[Option<(f64, f64)>]) -> String {
    let mut path = String::new();
    let mut pen_down = false;
    for (i, place) in places.iter().enumerate() {
        if let Some((x, y)) = place {
            let _ = write!(path, "{}{} {}", if pen_down { 'L' } else { 'M' }, px(*x), px(*y));
            // A point between two gaps is drawn as a dot, because line caps are round.
            if !pen_down && places.get(i + 1).is_none_or(Option::is_none) {
                path.push_str("h0.1");
            }
        }
        pen_down = place.is_some();
    }
    path
}

/// Keeps the first, lowest, highest and last of the points that share a pixel column. The picture is the same, and the number
/// of points is bounded for any length of run.
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
