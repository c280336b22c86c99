//! One finding as a card.
use std::fmt::Write as _;

use super::badge;
use crate::report::Finding;
use crate::report::wording::{cost, measured, probability};
use evesdrop_chart::{Axis, Chart, Series, escape};

/// Verdict, what was learned, the advantage as a bar, details, what was recovered, the curve, and the replay command.
pub(super) fn card(out: &mut String, finding: &Finding) {
    let _ = writeln!(
        out,
        "<article class=\"card\"><header>{}<h3>{}</h3><span class=\"soft\">{}</span></header>\n\
         <p class=\"summary\">{}</p>",
        badge(finding.verdict),
        escape(&finding.attack),
        finding.threat_model.words(),
        escape(&finding.summary)
    );
    meter(out, finding);
    out.push_str("<dl class=\"facts-list\">\n");
    let _ = writeln!(out, "<dt>cost</dt><dd>{}</dd>", cost(finding));
    if let Some(p) = finding.p_value {
        let _ = writeln!(out, "<dt>p-value</dt><dd>{} before correction</dd>", probability(p));
    }
    for (label, text) in &finding.details {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escape(label), escape(text));
    }
    out.push_str("</dl>\n");
    if !finding.recovered.is_empty() {
        let lines: Vec<String> = finding.recovered.iter().map(|r| escape(r)).collect();
        let _ = writeln!(out, "<div class=\"soft\">recovered</div><pre class=\"recovered\">{}</pre>", lines.join("\n"));
    }
    if finding.curve.len() > 1 {
        let _ = writeln!(out, "<div class=\"chart\">{}</div>\n<p class=\"soft\">{CURVE}</p>", curve(finding));
    }
    let _ = writeln!(out, "<div class=\"soft\">replay</div><pre>{}</pre></article>", escape(&finding.replay));
}

/// What the points of a curve are, and why the finding's own number is another.
const CURVE: &str = "Each point is the best network of those that learned from so many samples, tested on a small set of its own. The \
    number above is that of the network that did best on validation data, tested on a larger set.";

/// The advantage from 0 to 1 as a bar, its interval as a line in it.
fn meter(out: &mut String, finding: &Finding) {
    let Some(advantage) = finding.advantage.filter(|a| a.is_finite() && finding.leaked_bits.is_none()) else {
        return;
    };
    let percent = |v: f64| v.clamp(0.0, 1.0) * 100.0;
    let interval = finding.interval.filter(|i| i.iter().all(|v| v.is_finite())).map_or(String::new(), |[low, high]| {
        let (left, width) = (percent(low), percent(high) - percent(low));
        format!("<u style=\"left:{left:.2}%;width:{:.2}%\"></u>", width.max(0.0))
    });
    let _ = writeln!(
        out,
        "<div class=\"meter\"><span class=\"track\"><i style=\"width:{:.2}%\"></i>{interval}</span>\
         <span>advantage {}</span></div>",
        percent(advantage),
        measured(finding)
    );
}

/// Advantage against samples.
fn curve(finding: &Finding) -> String {
    let points = finding.curve.iter().map(|p| (p.samples, p.advantage)).collect();
    let band = finding.curve.iter().map(|p| (p.samples, p.low.max(0.0), p.high.min(1.0))).collect();
    Chart::new("", Axis::log("samples"), Axis::linear("advantage"))
        .series(Series::line("", points).with_dots().with_band(band))
        .level(0.0, "guessing")
        .size(680.0, 280.0)
        .to_svg()
}
