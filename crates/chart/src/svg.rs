//! The lowest layer: escaped text, short numbers, and the style sheet of every chart.
use std::fmt::Write as _;

/// Escapes text for XML content and double-quoted attributes, and drops the control characters that XML 1.0 forbids.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// A coordinate in pixels, rounded to a tenth, without a trailing `.0` and never `-0`.
pub(crate) fn px(value: f64) -> String {
    let tenths = (value * 10.0).round();
    let tenths = if tenths == 0.0 || !tenths.is_finite() { 0.0 } else { tenths };
    let text = format!("{:.1}", tenths / 10.0);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Estimated width in pixels of `text` at `size` pixels in a common sans-serif face, slightly too large.
///
/// This must not depend on the fonts of the machine: the picture has to be the same everywhere.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.32,
            'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '-' | '/' => 0.40,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
            c if c.is_ascii_uppercase() => 0.70,
            c if c.is_ascii() => 0.58,
            c if (c as u32) < 0x1100 => 0.62,
            _ => 1.0,
        })
        .sum();
    em * size
}

/// Cuts `text` to fit into `width` pixels, with an ellipsis if it was cut.
pub(crate) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept, size) + size > width {
            kept.pop();
            break;
        }
    }
    kept.trim_end().to_owned() + "…"
}

/// Which point of a text its coordinates give.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A growing SVG document.
pub(crate) struct Svg {
    body: String,
    width: f64,
    /// In pixels. It may be set once the content is known.
    pub(crate) height: f64,
    title: String,
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64, title: &str) -> Self {
        Self { body: String::new(), width, height, title: title.to_owned() }
    }

    pub(crate) fn text(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y, text) = (px(x), px(y), escape(text));
        let _ = writeln!(self.body, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{text}</text>");
    }

    /// Text rotated to read upwards, centred on (x, y).
    pub(crate) fn text_upwards(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let (x, y, text) = (px(x), px(y), escape(text));
        let _ = writeln!(
            self.body,
            "<text class=\"{class}\" transform=\"translate({x} {y}) rotate(-90)\" text-anchor=\"middle\">{text}</text>"
        );
    }

    pub(crate) fn line(&mut self, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) {
        let (x1, y1, x2, y2) = (px(x1), px(y1), px(x2), px(y2));
        let _ = writeln!(self.body, "<path class=\"{class}\" d=\"M{x1} {y1}L{x2} {y2}\"/>");
    }

    pub(crate) fn path(&mut self, class: &str, d: &str) {
        let _ = writeln!(self.body, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    pub(crate) fn circle(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        let (x, y, r) = (px(x), px(y), px(radius));
        let _ = writeln!(self.body, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>");
    }

    /// A rectangle. Browsers show `title` as a tooltip; `fill` overrides the class.
    pub(crate) fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), fill: Option<&str>, title: &str) {
        let (x, y, w, h) = (px(at.0), px(at.1), px(size.0.max(0.0)), px(size.1.max(0.0)));
        let fill = fill.map(|f| format!(" fill=\"{f}\"")).unwrap_or_default();
        let _ = write!(self.body, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{fill}");
        if title.is_empty() {
            self.body.push_str("/>\n");
        } else {
            let _ = writeln!(self.body, "><title>{}</title></rect>", escape(title));
        }
    }

    /// Appends another document below this one.
    pub(crate) fn append(&mut self, below: Self) {
        let _ = writeln!(self.body, "<g transform=\"translate(0 {})\">\n{}</g>", px(self.height), below.body);
        self.height += below.height;
        self.width = self.width.max(below.width);
        self.title = format!("{}; {}", self.title, below.title);
    }

    pub(crate) fn finish(self) -> String {
        let (w, h) = (px(self.width), px(self.height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"evchart\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
             height=\"{h}\" role=\"img\" aria-label=\"{}\">\n<style>{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{w}\" height=\"{h}\"/>\n{}</svg>\n",
            escape(&self.title),
            self.body
        )
    }
}

/// Pictures below each other as one document.
pub(crate) fn stacked(mut pictures: impl Iterator<Item = Svg>) -> String {
    let mut svg = pictures.next().unwrap_or_else(|| Svg::new(240.0, 60.0, ""));
    pictures.for_each(|below| svg.append(below));
    svg.finish()
}

/// Number of series colours. Further series repeat the colours with dashed lines.
pub(crate) const COLOURS: usize = 6;

/// Okabe and Ito's colour-blind safe palette ("Color Universal Design", 2008), each hue lightened for a dark background.
/// Literal colours instead of CSS variables, because many SVG viewers do not support variables.
const STYLE: &str = "
.evchart{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:13px;max-width:100%;height:auto}
.evchart .paper{fill:#fff}
.evchart text{fill:#57606a;font-variant-numeric:tabular-nums}
.evchart .title{fill:#1f2328;font-size:17px;font-weight:600}
.evchart .legend,.evchart .axis{fill:#32383f}
.evchart .small{font-size:12px}
.evchart .tiny{font-size:11px}
.evchart .grid{stroke:#e6e9ed;fill:none}
.evchart .minor{stroke:#f2f4f6;fill:none}
.evchart .frame{stroke:#8c959f;fill:none}
.evchart .mark{stroke:#6e7781;stroke-dasharray:5 4;fill:none}
.evchart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.evchart .dash{stroke-dasharray:7 4}
.evchart .reference{stroke:#6e7781;stroke-width:1.5;stroke-dasharray:5 4;fill:none}
.evchart .whisker{stroke:#57606a;fill:none;stroke-width:1.5}
.evchart .heading{fill:#32383f;font-weight:600}
.evchart .band{stroke:none;opacity:.17}
.evchart .dot{stroke:#fff;stroke-width:1}
.evchart .s0{stroke:#0072b2}.evchart .f0{fill:#0072b2}
.evchart .s1{stroke:#d55e00}.evchart .f1{fill:#d55e00}
.evchart .s2{stroke:#009e73}.evchart .f2{fill:#009e73}
.evchart .s3{stroke:#b0578d}.evchart .f3{fill:#b0578d}
.evchart .s4{stroke:#b57b00}.evchart .f4{fill:#b57b00}
.evchart .s5{stroke:#3f8fc4}.evchart .f5{fill:#3f8fc4}
.evchart .hole{fill:#eef0f2}
.evchart text.onlight{fill:#1f2328}.evchart text.ondark{fill:#fff}
@media (prefers-color-scheme:dark){
.evchart .paper{fill:#14181d}
.evchart text{fill:#9da7b1}
.evchart .title{fill:#f0f3f6}
.evchart .legend,.evchart .axis,.evchart .heading{fill:#d1d7de}
.evchart .grid{stroke:#2a3038}
.evchart .minor{stroke:#1d2229}
.evchart .frame{stroke:#5b6570}
.evchart .mark,.evchart .reference{stroke:#8b949e}
.evchart .whisker{stroke:#9da7b1}
.evchart .dot{stroke:#14181d}
.evchart .s0{stroke:#56b4e9}.evchart .f0{fill:#56b4e9}
.evchart .s1{stroke:#f58a4b}.evchart .f1{fill:#f58a4b}
.evchart .s2{stroke:#35c69a}.evchart .f2{fill:#35c69a}
.evchart .s3{stroke:#dd92bf}.evchart .f3{fill:#dd92bf}
.evchart .s4{stroke:#e6b23c}.evchart .f4{fill:#e6b23c}
.evchart .s5{stroke:#8cc7ee}.evchart .f5{fill:#8cc7ee}
.evchart .hole{fill:#23292f}
}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_drops() {
        assert_eq!(escape("a<b & \"c\"\u{1}\n'd'"), "a&lt;b &amp; &quot;c&quot; &#39;d&#39;");
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(px(-0.01), "0");
        assert_eq!(px(12.34), "12.3");
        assert_eq!(px(12.0), "12");
        assert_eq!(px(f64::NAN), "0");
    }

    #[test]
    fn long_text_is_cut() {
        let cut = fit("a very long label indeed", 13.0, 60.0);
        assert!(cut.ends_with('…') && text_width(&cut, 13.0) <= 66.0, "{cut}");
        assert_eq!(fit("short", 13.0, 200.0), "short");
    }
}
