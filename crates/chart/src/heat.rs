//! Heat maps: a matrix as coloured cells, with a colour scale.
use super::axis::{Axis, Placed, number};
use super::frame::heading;
use super::svg::{Anchor, Svg, fit, px, stacked, text_width};

/// A value as printed in a cell, with the same number of decimals in all cells.
fn cell(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('-', "−")
}

/// The colour map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Shades {
    /// From dark blue (low) through grey to yellow (high): the cividis map. Its lightness rises evenly, and colour-blind
    /// readers see the same map (Nuñez, Anderton & Renslow, PLOS ONE 13(7), 2018).
    #[default]
    Sequential,
    /// Blue (low), white (the middle of the range), orange (high), for values with a meaningful middle.
    Diverging,
}

impl Shades {
    fn stops(self) -> &'static [[u8; 3]] {
        match self {
            Self::Sequential => {
                &[[0, 32, 76], [49, 68, 107], [102, 105, 112], [149, 143, 120], [202, 186, 106], [255, 234, 70]]
            }
            Self::Diverging => &[
                [5, 72, 122],
                [67, 147, 195],
                [178, 213, 231],
                [247, 247, 247],
                [250, 200, 150],
                [226, 120, 40],
                [150, 60, 0],
            ],
        }
    }

    /// The colour at `share` (0 to 1) of the range, and whether text on it should be dark.
    fn colour(self, share: f64) -> (String, bool) {
        let stops = self.stops();
        let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let index = (place.floor() as usize).min(stops.len() - 2);
        let rgb: [u8; 3] = std::array::from_fn(|i| {
            let (a, b) = (f64::from(stops[index][i]), f64::from(stops[index + 1][i]));
            (a + (b - a) * (place - index as f64)).round() as u8
        });
        let light = 0.299 * f64::from(rgb[0]) + 0.587 * f64::from(rgb[1]) + 0.114 * f64::from(rgb[2]) > 140.0;
        (format!("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]), light)
    }
}

/// Maximum width of a row name, in pixels.
const NAME: f64 = 270.0;

/// A matrix of values as coloured cells.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    title: String,
    note: String,
    x_title: String,
    y_title: String,
    unit: String,
    columns: Vec<String>,
    rows: Vec<(String, Vec<f64>)>,
    shades: Shades,
    range: Option<(f64, f64)>,
    labels: Vec<Vec<String>>,
    width: f64,
}

impl HeatMap {
    /// A heat map with named `rows` and `columns`. Rows may differ in length and contain NaN: such cells stay grey.
    pub fn new(title: impl Into<String>, columns: Vec<String>, rows: Vec<(String, Vec<f64>)>) -> Self {
        Self {
            title: title.into(),
            note: String::new(),
            labels: Vec::new(),
            x_title: String::new(),
            y_title: String::new(),
            unit: String::new(),
            columns,
            rows,
            shades: Shades::default(),
            range: None,
            width: 760.0,
        }
    }

    /// Sets the titles of the columns, the rows and the colour scale.
    pub fn titles(mut self, x: impl Into<String>, y: impl Into<String>, value: impl Into<String>) -> Self {
        (self.x_title, self.y_title, self.unit) = (x.into(), y.into(), value.into());
        self
    }

    /// Sets a note below the title that explains how to read the map.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = text.into();
        self
    }

    /// Writes these texts into the cells instead of their values, row by row.
    pub fn labels(mut self, labels: Vec<Vec<String>>) -> Self {
        self.labels = labels;
        self
    }

    /// Sets the colour map and the values at its two ends. An empty range is ignored.
    pub fn shades(mut self, shades: Shades, range: Option<(f64, f64)>) -> Self {
        self.shades = shades;
        self.range = range.filter(|(low, high)| low.is_finite() && high.is_finite() && low < high);
        self
    }

    /// Sets the width in pixels, 240 to 4000. The height follows from the number of rows.
    pub fn width(mut self, width: f64) -> Self {
        self.width = super::xy::clean(width, 240.0);
        self
    }

    /// The range of values that the colours cover.
    fn ends(&self) -> (f64, f64) {
        let finite = self.rows.iter().flat_map(|r| r.1.iter().copied()).filter(|v| v.is_finite() && v.abs() < 1e300);
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        match self.range {
            Some(range) => range,
            None if low < high => (low, high),
            None if low.is_finite() => (low - 0.5, low + 0.5),
            None => (0.0, 1.0),
        }
    }

    /// Draws the heat map as one SVG document.
    pub fn to_svg(&self) -> String {
        self.draw().finish()
    }

    /// Draws heat maps below each other as one SVG document, each with its own scale.
    pub fn stacked(maps: &[Self]) -> String {
        stacked(maps.iter().map(Self::draw))
    }

    fn draw(&self) -> Svg {
        let columns = self.rows.iter().map(|r| r.1.len()).max().unwrap_or(0).max(self.columns.len());
        let labels = self.rows.iter().map(|r| text_width(&r.0, 12.0)).fold(0.0, f64::max).min(NAME);
        let left = 16.0 + labels + 8.0 + if self.y_title.is_empty() { 0.0 } else { 22.0 };
        let key = 92.0;
        let room = (self.width - left - key).max(60.0);
        let cell_width = room / columns.max(1) as f64;
        // Cells are about square, within limits.
        let cell_height = cell_width.clamp(14.0, 34.0);
        let plot_height = cell_height * self.rows.len().max(1) as f64;
        let mut svg = Svg::new(self.width, 0.0, &self.title);
        let top = heading(&mut svg, self.width, &self.title, &self.note, &[]) + 12.0;
        let height = (top + plot_height).max(top + 130.0) + 58.0;
        svg.height = height;
        if self.rows.is_empty() || columns == 0 {
            svg.text("axis", self.width / 2.0, height / 2.0, Anchor::Middle, "no data");
            return svg;
        }
        self.cells(&mut svg, (left, top), (cell_width, cell_height));
        self.names(&mut svg, (left, top), (cell_width, cell_height), columns);
        svg.text("axis", left + room / 2.0, top + plot_height + 42.0, Anchor::Middle, &fit(&self.x_title, 13.0, room));
        svg.text_upwards("axis", 25.0, top + plot_height / 2.0, &fit(&self.y_title, 13.0, plot_height.max(80.0)));
        self.key(&mut svg, (left + room + 20.0, top), plot_height.max(130.0));
        svg
    }

    /// The coloured cells, with their values where these fit.
    fn cells(&self, svg: &mut Svg, (left, top): (f64, f64), (cell_width, cell_height): (f64, f64)) {
        let (low, high) = self.ends();
        let decimals = self.decimals(cell_width, low, high).filter(|_| cell_height >= 18.0);
        for (r, (row_name, row)) in self.rows.iter().enumerate() {
            for (c, value) in row.iter().enumerate() {
                let at = (left + cell_width * c as f64, top + cell_height * r as f64);
                // Half a pixel of overlap hides the gaps that viewers draw between neighbours.
                let size = (cell_width + 0.5, cell_height + 0.5);
                let column = self.columns.get(c).map_or("", String::as_str);
                if !value.is_finite() {
                    svg.rect("hole", at, size, None, &format!("{row_name}, {column}: no value"));
                    continue;
                }
                let (colour, light) = self.shades.colour((value - low) / (high - low));
                let hint = format!("{row_name}, {column}: {}", number(*value, (high - low) / 1000.0, 1.0));
                svg.rect("", at, size, Some(&colour), &hint);
                let given = self.labels.get(r).and_then(|labels| labels.get(c)).map(|text| fit(text, 11.0, cell_width));
                if let Some(text) = given.or(decimals.map(|decimals| cell(*value, decimals))) {
                    let class = if light { "tiny onlight" } else { "tiny ondark" };
                    let at = (at.0 + cell_width / 2.0, at.1 + cell_height / 2.0 + 4.0);
                    svg.text(class, at.0, at.1, Anchor::Middle, &text);
                }
            }
        }
    }

    /// The largest number of decimals, up to what distinguishes values, that fits into every cell. Either all cells show their
    /// values, or none does.
    fn decimals(&self, cell_width: f64, low: f64, high: f64) -> Option<usize> {
        let values = || self.rows.iter().flat_map(|r| &r.1).filter(|v| v.is_finite());
        let whole = values().all(|v| v.fract() == 0.0);
        let most = if whole { 0.0 } else { -((high - low) / 100.0).log10().ceil() }.clamp(0.0, 3.0) as usize;
        let fits = |decimals: &usize| values().all(|v| text_width(&cell(*v, *decimals), 11.0) < cell_width - 3.0);
        [most, most.saturating_sub(1)].into_iter().find(fits)
    }

    /// Names of rows and columns: every second, third ... one if there is no room for all.
    fn names(&self, svg: &mut Svg, (left, top): (f64, f64), (cell_width, cell_height): (f64, f64), columns: usize) {
        for (r, (name, _)) in self.rows.iter().enumerate() {
            let y = top + cell_height * (r as f64 + 0.5) + 4.0;
            svg.text("small", left - 8.0, y, Anchor::End, &fit(name, 12.0, NAME));
        }
        let widest = self.columns.iter().map(|c| text_width(c, 12.0)).fold(1.0, f64::max).min(110.0);
        let every = ((widest + 5.0) / cell_width).ceil().max(1.0) as usize;
        let bottom = top + cell_height * self.rows.len() as f64;
        for (c, name) in self.columns.iter().enumerate().take(columns).step_by(every) {
            let x = left + cell_width * (c as f64 + 0.5);
            svg.text("small", x, bottom + 17.0, Anchor::Middle, &fit(name, 12.0, 110.0));
        }
    }

    /// The colour scale with its values and its title.
    fn key(&self, svg: &mut Svg, (x, top): (f64, f64), height: f64) {
        let height = height.min(240.0);
        let (low, high) = self.ends();
        let steps = 40;
        for i in 0..steps {
            let share = (f64::from(i) + 0.5) / f64::from(steps);
            let y = top + height * (1.0 - f64::from(i + 1) / f64::from(steps));
            let (colour, _) = self.shades.colour(share);
            svg.rect("", (x, y), (14.0, height / f64::from(steps) + 0.5), Some(&colour), "");
        }
        let axis = Placed::new(&Axis::linear("").range(low, high), std::iter::empty(), top + height, top, 5);
        for tick in &axis.ticks {
            if let (Some(at), Some(label)) = (axis.inside(tick.value), &tick.label) {
                svg.path("frame", &format!("M{} {}h4", px(x + 14.0), px(at)));
                svg.text("small", x + 22.0, at + 4.0, Anchor::Start, label);
            }
        }
        svg.text("small", x + 66.0, top - 9.0, Anchor::End, &fit(&self.unit, 12.0, 200.0));
    }
}
