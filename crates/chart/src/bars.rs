//! Bar charts and histograms.
use super::axis::{Axis, Placed, number};
use super::frame::{Area, Reference, axes, heading, left_margin, level_names, levels, margin, right_margin};
use super::svg::{Anchor, Svg, fit, text_width};
use super::xy::clean;

/// Bars side by side, each with a name; with edges, a histogram whose bars touch.
#[derive(Clone, Debug, PartialEq)]
pub struct BarChart {
    title: String,
    x_title: String,
    y: Axis,
    bars: Vec<(String, f64)>,
    edges: Option<(f64, f64)>,
    levels: Vec<Reference>,
    size: (f64, f64),
}

impl BarChart {
    /// Bars named one by one, 760 by 420 pixels. A bar whose value is not finite is left out, its place kept.
    pub fn new(
        title: impl Into<String>,
        x_title: impl Into<String>,
        y_title: impl Into<String>,
        bars: Vec<(String, f64)>,
    ) -> Self {
        Self {
            title: title.into(),
            x_title: x_title.into(),
            y: Axis::linear(y_title),
            bars,
            edges: None,
            levels: Vec::new(),
            size: (760.0, 420.0),
        }
    }

    /// Adds a dashed line across the chart, named at its right end.
    pub fn level(mut self, y: f64, label: impl Into<String>) -> Self {
        self.levels.push(Reference { value: y, label: label.into() });
        self
    }

    /// Fixes the range of the y axis.
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.y = self.y.range(low, high);
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
        let top = heading(&mut svg, width, &self.title, "", &[]) + 12.0;
        let bottom = height - 58.0;
        // Bars are read by their length, so zero belongs on the axis.
        let heights = self.bars.iter().map(|b| b.1).chain(self.levels.iter().map(|l| l.value)).chain([0.0]);
        let y = Placed::new(&self.y, heights, bottom, top, ((bottom - top) / 50.0).max(2.0) as usize);
        let left = left_margin(&self.y, &y);
        let names = right_margin(self.levels.iter().map(|l| l.label.as_str()));
        let right = (width - names).max(left + 40.0);
        let area = Area { left, right, top, bottom };
        axes(&mut svg, area, (&self.x_title, &self.y.title), None, &y);

        let slot = (right - left) / self.bars.len().max(1) as f64;
        let gap = if self.edges.is_some() { 0.5_f64.min(slot * 0.1) } else { slot * 0.14 };
        for (i, (name, value)) in self.bars.iter().enumerate() {
            if let Some(end) = y.at(*value) {
                let start = left + slot * i as f64 + gap;
                let end = end.clamp(top, bottom);
                let (high, low) = (end.min(y.base()), end.max(y.base()));
                let hint = format!("{name}: {}", number(*value, value.abs() / 1000.0, 1.0));
                svg.rect("f0", (start, high), (slot - 2.0 * gap, low - high), None, &hint);
            }
        }
        if y.base() < bottom - 0.5 {
            svg.line("frame", left, y.base(), right, y.base());
        }
        levels(&mut svg, area, &y, &self.levels);
        margin(&mut svg, area, level_names(&y, &self.levels));
        self.names(&mut svg, area, slot);
        if self.bars.iter().all(|b| !b.1.is_finite()) {
            svg.text("axis", (left + right) / 2.0, (top + bottom) / 2.0, Anchor::Middle, "no data");
        }
        svg.finish()
    }

    /// Names under the bars, as many as fit; under a histogram, the ticks of its range.
    fn names(&self, svg: &mut Svg, area: Area, slot: f64) {
        if let Some((low, high)) = self.edges {
            let axis = Axis::linear("").range(low, high);
            let placed = Placed::new(&axis, [low, high].into_iter(), area.left, area.right, 7);
            for tick in &placed.ticks {
                if let (Some(at), Some(label)) = (placed.inside(tick.value), &tick.label) {
                    svg.line("frame", at, area.bottom, at, area.bottom + 4.0);
                    svg.text("", at, area.bottom + 19.0, Anchor::Middle, label);
                }
            }
            return;
        }
        let widest = self.bars.iter().map(|b| text_width(&b.0, 12.0)).fold(1.0, f64::max).min(130.0);
        let every = ((widest + 8.0) / slot).ceil().max(1.0);
        // Few bars with long names: better cut every name than leave most out.
        let (every, room) = if self.bars.len() <= 12 { (1, slot - 4.0) } else { (every as usize, every * slot - 4.0) };
        for (i, (name, _)) in self.bars.iter().enumerate().step_by(every) {
            let at = area.left + slot * (i as f64 + 0.5);
            svg.text("small", at, area.bottom + 19.0, Anchor::Middle, &fit(name, 12.0, room));
        }
    }
}

/// Counts `values` into `bins` equal bins between `low` and `high` (the top edge belongs to the last bin).
///
/// Values outside and values that are not finite are not counted. `bins` is held between 1 and 1000; an empty range
/// gives a chart without data.
pub fn histogram(
    title: impl Into<String>,
    x_title: impl Into<String>,
    values: &[f64],
    (low, high): (f64, f64),
    bins: usize,
) -> BarChart {
    let bins = bins.clamp(1, 1000);
    let mut counts = vec![0u64; bins];
    let width = (high - low) / bins as f64;
    for value in values.iter().filter(|v| **v >= low && **v <= high) {
        if let Some(count) = counts.get_mut((((value - low) / width) as usize).min(bins - 1)) {
            *count += 1;
        }
    }
    let edge = |i: usize| number(low + width * i as f64, width / 10.0, 1.0);
    let bars = if width.is_finite() && width > 0.0 {
        counts.iter().enumerate().map(|(i, c)| (format!("{} to {}", edge(i), edge(i + 1)), *c as f64)).collect()
    } else {
        Vec::new()
    };
    let edges = (!bars.is_empty()).then_some((low, high));
    BarChart { edges, ..BarChart::new(title, x_title, "count", bars) }
}
