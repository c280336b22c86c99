//! Parts shared by charts with two axes: title, legend, grid, axis labels, reference lines.
use super::axis::{Axis, Placed};
use super::svg::{Anchor, COLOURS, Svg, fit, text_width};

/// A horizontal or vertical line across the plot, with a label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// The CSS class of a series' stroke (`s`) or fill (`f`). Strokes from the seventh on are dashed.
pub(crate) fn class(kind: char, index: usize) -> String {
    let dash = if kind == 's' && index >= COLOURS { " dash" } else { "" };
    format!("{kind}{}{dash}", index % COLOURS)
}

/// The inner rectangle that holds the data.
#[derive(Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

/// Radius of a dot in pixels.
pub(crate) const DOT: f64 = 4.5;

/// Offsets that keep dots from hiding each other. `sorted` are positions along a line in ascending order; `radius` is that of
/// the dots.
pub(crate) fn side_by_side(sorted: &[f64], radius: f64) -> Vec<f64> {
    let apart = 2.0 * radius + 0.5;
    let mut asides: Vec<f64> = Vec::new();
    for (i, at) in sorted.iter().enumerate() {
        // The nearest free offset: 0, then one step to either side, then two.
        let steps = (0..=2 * i).map(|n| n.div_ceil(2) as f64 * if n % 2 == 1 { apart } else { -apart });
        let free = |aside: &f64| {
            let near = asides.iter().zip(sorted).filter(|(_, other)| at - **other < apart);
            near.into_iter().all(|(taken, other)| (taken - aside).hypot(at - other) >= apart - 1e-9)
        };
        asides.push(steps.into_iter().find(free).unwrap_or(0.0));
    }
    asides
}

/// One entry of the legend.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) line: bool,
    pub(crate) dot: bool,
}

/// Draws the title, the note below it, and the legend in rows below that. Returns the y coordinate of the free space below.
pub(crate) fn heading(svg: &mut Svg, width: f64, title: &str, note: &str, entries: &[Entry]) -> f64 {
    let mut y = 14.0;
    if !title.is_empty() {
        svg.text("title", 16.0, 30.0, Anchor::Start, &fit(title, 17.0, width - 32.0));
        y = 42.0;
    }
    for line in wrapped(note, 13.0, width - 32.0) {
        svg.text("", 16.0, y + 8.0, Anchor::Start, &line);
        y += 18.0;
    }
    let named: Vec<(usize, &Entry)> = entries.iter().enumerate().filter(|(_, e)| !e.name.is_empty()).collect();
    if named.is_empty() {
        return y;
    }
    let mut x = 16.0;
    y += 12.0;
    for (index, entry) in named {
        let name = fit(&entry.name, 13.0, width - 32.0 - 30.0);
        let taken = 30.0 + text_width(&name, 13.0);
        if x > 16.0 && x + taken > width - 16.0 {
            x = 16.0;
            y += 20.0;
        }
        if entry.line {
            svg.line(&format!("line {}", class('s', index)), x, y, x + 22.0, y);
        }
        if entry.dot {
            svg.circle(&format!("dot {}", class('f', index)), x + 11.0, y, DOT);
        }
        svg.text("legend", x + 28.0, y + 4.5, Anchor::Start, &name);
        x += taken + 18.0;
    }
    y + 10.0
}

/// Breaks a text between words into lines of at most `width` pixels.
fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(word, size) + size / 2.0 <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, size, width)),
        }
    }
    lines
}

/// Space at the left for the tick labels and the axis title.
pub(crate) fn left_margin(axis: &Axis, placed: &Placed) -> f64 {
    let widest =
        placed.ticks.iter().filter_map(|t| t.label.as_deref()).map(|l| text_width(l, 13.0)).fold(14.0, f64::max);
    16.0 + if axis.title.is_empty() { 0.0 } else { 22.0 } + widest + 8.0
}

/// Grid lines, tick labels and axis titles.
pub(crate) fn axes(svg: &mut Svg, area: Area, titles: (&str, &str), x: &Placed, y: &Placed) {
    for tick in &y.ticks {
        let Some(at) = y.inside(tick.value) else {
            continue;
        };
        svg.line(if tick.label.is_some() { "grid" } else { "grid minor" }, area.left, at, area.right, at);
        if let Some(label) = &tick.label {
            svg.text("", area.left - 8.0, at + 4.5, Anchor::End, label);
        }
    }
    let mut free = f64::NEG_INFINITY;
    for tick in &x.ticks {
        let Some(at) = x.inside(tick.value) else {
            continue;
        };
        svg.line(if tick.label.is_some() { "grid" } else { "grid minor" }, at, area.top, at, area.bottom);
        let Some(label) = &tick.label else { continue };
        let half = text_width(label, 13.0) / 2.0;
        if at - half > free {
            svg.text("", at, area.bottom + 19.0, Anchor::Middle, label);
            free = at + half + 6.0;
        }
    }
    svg.line("frame", area.left, area.bottom, area.right, area.bottom);
    let middle = (area.left + area.right) / 2.0;
    let room = area.right - area.left;
    svg.text("axis", middle, area.bottom + 42.0, Anchor::Middle, &fit(titles.0, 13.0, room));
    let title = fit(titles.1, 13.0, (area.bottom - area.top).max(40.0) + 20.0);
    svg.text_upwards("axis", 25.0, (area.top + area.bottom) / 2.0, &title);
}

/// Dashed horizontal lines across the plot.
pub(crate) fn levels(svg: &mut Svg, area: Area, y: &Placed, levels: &[Reference]) {
    for at in levels.iter().filter_map(|level| y.inside(level.value)) {
        svg.line("mark", area.left, at, area.right, at);
    }
}

/// A name in the right margin: its preferred y position, its class, and the text.
pub(crate) type MarginName<'a> = (f64, String, &'a str);

/// The names of dashed lines, for [`margin`].
pub(crate) fn level_names<'a>(y: &Placed, levels: &'a [Reference]) -> Vec<MarginName<'a>> {
    levels.iter().filter_map(|l| Some((y.inside(l.value)?, "small".to_owned(), l.label.as_str()))).collect()
}

/// Draws names in the right margin near their preferred positions, moved apart so that none overlap.
pub(crate) fn margin(svg: &mut Svg, area: Area, mut names: Vec<MarginName<'_>>) {
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted: Vec<f64> = names.iter().map(|name| name.0).collect();
    for (at, (_, class, text)) in spread(&wanted, 16.0, area.bottom).iter().zip(&names) {
        svg.text(class, area.right + 8.0, at + 4.0, Anchor::Start, text);
    }
}

/// The width that these names need at the right.
pub(crate) fn right_margin<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    names.map(|name| text_width(name, 12.0) + 16.0).fold(24.0, f64::max)
}

/// Moves sorted positions apart until neighbours are `gap` pixels apart, none below `limit`.
fn spread(wanted: &[f64], gap: f64, limit: f64) -> Vec<f64> {
    let mut at = wanted.to_vec();
    // A few passes that push each overlapping pair apart by equal amounts keep names near their lines.
    for _ in 0..50 {
        for i in 1..at.len() {
            let overlap = gap - (at[i] - at[i - 1]);
            if overlap > 0.0 {
                at[i - 1] -= overlap / 2.0;
                at[i] += overlap / 2.0;
            }
        }
    }
    let over = at.last().map_or(0.0, |last| last - limit).max(0.0);
    at.iter().map(|a| a - over).collect()
}

/// Dashed vertical lines with names above the plot, in the number of rows that [`marker_rows`] counts.
pub(crate) fn markers(svg: &mut Svg, area: Area, x: &Placed, markers: &[Reference]) {
    for (row, at, marker) in rows(area, x, markers) {
        let y = area.top - 8.0 - 16.0 * row as f64;
        svg.line("mark", at, y + 3.0, at, area.bottom);
        let half = text_width(&marker.label, 12.0) / 2.0;
        let centre = at.clamp(area.left + half, (area.right - half).max(area.left + half));
        svg.text("small", centre, y, Anchor::Middle, &marker.label);
    }
}

/// The number of rows of names that the markers need above the plot.
pub(crate) fn marker_rows(area: Area, x: &Placed, markers: &[Reference]) -> usize {
    rows(area, x, markers).iter().map(|r| r.0 + 1).max().unwrap_or(0)
}

/// Gives every marker inside the plot the lowest row in which its name overlaps no other.
fn rows<'a>(area: Area, x: &Placed, markers: &'a [Reference]) -> Vec<(usize, f64, &'a Reference)> {
    let mut sorted: Vec<(f64, &Reference)> = markers.iter().filter_map(|m| Some((x.inside(m.value)?, m))).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ends: Vec<f64> = Vec::new();
    sorted
        .into_iter()
        .map(|(at, marker)| {
            let half = text_width(&marker.label, 12.0) / 2.0;
            let centre = at.clamp(area.left + half, (area.right - half).max(area.left + half));
            let row = ends.iter().position(|end| centre - half > end + 10.0).unwrap_or(ends.len());
            if row == ends.len() {
                ends.push(f64::NEG_INFINITY);
            }
            ends[row] = centre + half;
            (row, at, marker)
        })
        .collect()
}
