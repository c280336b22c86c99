//! Strip plots: named rows of dots over a shared value axis.
use super::axis::{Axis, Placed};
use super::frame::{Area, DOT, Entry, Reference, class, heading, marker_rows, markers, side_by_side};
use super::svg::{Anchor, Svg, fit, text_width};
use super::xy::clean;

/// Maximum width of a row name, in pixels.
const NAME: f64 = 400.0;
/// Row height above which the dots shrink, and their smallest radius.
const TALL: (f64, f64) = (110.0, 3.2);
/// Minimum height of a row.
const ROW: f64 = 34.0;
/// Height of a heading between rows.
const HEADING: f64 = 30.0;

/// One row of a strip plot: a dot for every value.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    name: String,
    note: String,
    dots: Vec<(usize, f64)>,
    interval: Option<(f64, f64, f64)>,
    heading: String,
}

impl Strip {
    /// An empty row.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), note: String::new(), dots: Vec::new(), interval: None, heading: String::new() }
    }

    /// Adds a dot for every value. `series` is the index of the series (see [`StripPlot::series`]). Dots that would hide each
    /// other are placed side by side.
    pub fn dots(mut self, series: usize, values: impl IntoIterator<Item = f64>) -> Self {
        self.dots.extend(values.into_iter().map(|value| (series, value)));
        self
    }

    /// Draws an interval and its middle, such as a published range and mean.
    pub fn interval(mut self, low: f64, middle: f64, high: f64) -> Self {
        self.interval = Some((low, middle, high));
        self
    }

    /// Sets a note at the right end of the row.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = text.into();
        self
    }

    /// Starts a new section of the plot with a heading above this row.
    pub fn heading(mut self, text: impl Into<String>) -> Self {
        self.heading = text.into();
        self
    }
}

/// Named rows of dots over a shared value axis: the results of a few independent runs, each run visible.
#[derive(Clone, Debug, PartialEq)]
pub struct StripPlot {
    title: String,
    note: String,
    axis: Axis,
    series: Vec<String>,
    rows: Vec<Strip>,
    levels: Vec<Reference>,
    width: f64,
}

impl StripPlot {
    /// An empty plot, 760 pixels wide. Its height follows from its rows.
    pub fn new(title: impl Into<String>, axis: Axis) -> Self {
        Self {
            title: title.into(),
            note: String::new(),
            axis,
            series: Vec::new(),
            rows: Vec::new(),
            levels: Vec::new(),
            width: 760.0,
        }
    }

    /// Sets a note below the title that explains how to read the plot.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = text.into();
        self
    }

    /// Names the next series of dots in the legend. Without names there is no legend.
    pub fn series(mut self, name: impl Into<String>) -> Self {
        self.series.push(name.into());
        self
    }

    /// Adds a row below the others.
    pub fn row(mut self, row: Strip) -> Self {
        self.rows.push(row);
        self
    }

    /// Adds a dashed line at a value, with its label above the plot. The axis is widened to show it.
    pub fn level(mut self, value: f64, label: impl Into<String>) -> Self {
        self.levels.push(Reference { value, label: label.into() });
        self
    }

    /// Sets the width in pixels, 240 to 4000.
    pub fn width(mut self, width: f64) -> Self {
        self.width = clean(width, 240.0);
        self
    }

    /// Draws the plot as one SVG document.
    pub fn to_svg(&self) -> String {
        let mut svg = Svg::new(self.width, 0.0, &self.title);
        let legend: Vec<Entry> =
            self.series.iter().map(|name| Entry { name: name.clone(), line: false, dot: true }).collect();
        let mut top = heading(&mut svg, self.width, &self.title, &self.note, &legend) + 8.0;

        let widest = |text: fn(&Strip) -> &str, most: f64| {
            self.rows.iter().map(|row| text_width(text(row), 13.0)).fold(0.0, f64::max).min(most)
        };
        let left = 16.0 + widest(|row| &row.name, NAME.min(self.width * 0.4)) + 12.0;
        let notes = widest(|row| &row.note, NAME.min(self.width / 4.0));
        let right = (self.width - notes - 28.0).max(left + 40.0);
        let inset = 9.0;
        let ticks = ((right - left) / 60.0) as usize;
        let x = Placed::new(&self.axis, self.values(), left + inset, right - inset, ticks);
        let names = Area { left, right, top, bottom: top };
        top += 16.0 * marker_rows(names, &x, &self.levels) as f64;

        // The offsets of the dots determine the heights of their rows.
        let swarms: Vec<Swarm> = self.rows.iter().map(|row| Swarm::new(row, &x)).collect();
        let headings = self.rows.iter().filter(|row| !row.heading.is_empty()).count() as f64;
        let bottom = top + swarms.iter().map(Swarm::height).sum::<f64>().max(ROW) + HEADING * headings;
        let area = Area { left, right, top, bottom };
        svg.height = bottom + 54.0;

        axis(&mut svg, area, &self.axis.title, &x);
        markers(&mut svg, area, &x, &self.levels);
        let mut y = top;
        for (row, swarm) in self.rows.iter().zip(&swarms) {
            if !row.heading.is_empty() {
                svg.text("heading", 16.0, y + 20.0, Anchor::Start, &fit(&row.heading, 13.0, self.width - 32.0));
                y += HEADING;
            }
            let middle = y + swarm.height() / 2.0;
            svg.line("grid", left, middle, right, middle);
            svg.text("legend", left - 12.0, middle + 4.5, Anchor::End, &fit(&row.name, 13.0, left - 28.0));
            svg.text("", right + 12.0, middle + 4.5, Anchor::Start, &fit(&row.note, 13.0, notes + 1.0));
            if let Some((low, at, high)) = row.interval {
                let place = |value: f64| x.at(x.clamp(value));
                if let (Some(low), Some(at), Some(high)) = (place(low), place(at), place(high)) {
                    svg.line("whisker", low, middle, high, middle);
                    for (end, half) in [(low, 5.0), (at, 8.0), (high, 5.0)] {
                        svg.line("whisker", end, middle - half, end, middle + half);
                    }
                }
            }
            for (at, aside, series) in &swarm.dots {
                svg.circle(&format!("dot {}", class('f', *series)), *at, middle + aside, swarm.radius);
            }
            y += swarm.height();
        }
        if swarms.iter().all(|swarm| swarm.dots.is_empty()) && self.rows.iter().all(|row| row.interval.is_none()) {
            svg.text("axis", (left + right) / 2.0, (top + bottom) / 2.0 + 4.5, Anchor::Middle, "no data");
        }
        svg.finish()
    }

    /// Every value that the axis should cover.
    fn values(&self) -> impl Iterator<Item = f64> {
        let intervals = self.rows.iter().filter_map(|row| row.interval).flat_map(|(low, at, high)| [low, at, high]);
        let dots = self.rows.iter().flat_map(|row| &row.dots).map(|dot| dot.1);
        dots.chain(intervals).chain(self.levels.iter().map(|level| level.value))
    }
}

/// The dots of a row that lie within the axis' range.
struct Swarm {
    /// Position, pixels below the middle of the row, series.
    dots: Vec<(f64, f64, usize)>,
    radius: f64,
}

impl Swarm {
    fn new(row: &Strip, x: &Placed) -> Self {
        let mut dots: Vec<(f64, usize)> =
            row.dots.iter().filter_map(|(series, value)| Some((x.inside(*value)?, *series))).collect();
        dots.sort_by(|a, b| a.0.total_cmp(&b.0));
        let places: Vec<f64> = dots.iter().map(|dot| dot.0).collect();
        let place = |radius: f64| {
            let asides = side_by_side(&places, radius);
            dots.iter().zip(asides).map(|((at, series), aside)| (*at, aside, *series)).collect()
        };
        let swarm = Self { dots: place(DOT), radius: DOT };
        let radius = (DOT * TALL.0 / swarm.height()).max(TALL.1);
        if radius < DOT { Self { dots: place(radius), radius } } else { swarm }
    }

    /// The height of the row in pixels.
    fn height(&self) -> f64 {
        let aside = self.dots.iter().map(|dot| dot.1.abs()).fold(0.0, f64::max);
        (2.0 * (aside + self.radius) + 12.0).max(ROW)
    }
}

/// Vertical grid lines, tick labels, the axis title.
fn axis(svg: &mut Svg, area: Area, title: &str, x: &Placed) {
    for tick in &x.ticks {
        if let (Some(at), Some(label)) = (x.inside(tick.value), &tick.label) {
            svg.line("grid", at, area.top, at, area.bottom);
            svg.text("", at, area.bottom + 19.0, Anchor::Middle, label);
        }
    }
    svg.line("frame", area.left, area.bottom, area.right, area.bottom);
    let room = area.right - area.left;
    svg.text("axis", area.left + room / 2.0, area.bottom + 42.0, Anchor::Middle, &fit(title, 13.0, room));
}
