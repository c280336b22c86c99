//! One finding: as a card, or as a line that unfolds.
use maud::{Markup, PreEscaped, html};

use super::parts::{LONG, badge, clean};
use crate::report::Finding;
use crate::report::wording::{cost, counted, measured, probability};
use evesdrop_chart::{Axis, Chart, Series};

/// Recovered messages or keys above this number are folded.
const RECOVERED: usize = 8;

/// The breaks and weaknesses found by one attack, in full.
pub(super) fn card(findings: &[(usize, &Finding)]) -> Markup {
    let [(_, first), ..] = findings else { return html! {} };
    let one_command = findings.iter().all(|(_, finding)| finding.replay == first.replay);
    html! {
        article.card {
            header { (badge(first.verdict)) h3 { (clean(&first.attack)) } }
            @for (place, finding) in findings {
                div.part id={ "finding-" (place) } {
                    p.summary { (clean(&finding.summary)) }
                    (facts(finding))
                    @if !one_command { (replay(finding)) }
                }
            }
            @if one_command { (replay(first)) }
        }
    }
}

/// A less important finding: its summary, and the rest in a fold.
pub(super) fn line(place: usize, finding: &Finding) -> Markup {
    html! {
        details.line {
            summary { (badge(finding.verdict)) " " b { (clean(&finding.attack)) } " " (clean(&finding.summary)) }
            // Browsers open a fold for a link to something inside it.
            div id={ "finding-" (place) } {
                @if finding.misuse { p.soft { (finding.threat_model.words()) } }
                (facts(finding))
                (replay(finding))
            }
        }
    }
}

fn replay(finding: &Finding) -> Markup {
    html! { pre.replay { (clean(&finding.replay)) } }
}

/// The advantage as a bar, the cost, details, recovered messages, and the curve.
fn facts(finding: &Finding) -> Markup {
    html! {
        div.meter { (meter(finding)) span.soft { (cost(finding)) } }
        (details(finding))
        (recovered(&finding.recovered))
        @if finding.curve.len() > 1 {
            div.chart { (PreEscaped(curve(finding))) }
            p.soft { (CURVE) }
        }
    }
}

/// The meaning of a curve's points, and why the finding's own number differs.
const CURVE: &str = "Each point is the best network trained on this many samples, tested on a small separate set. The \
    number above is that of the network that did best on validation data, tested on a larger set.";

/// The p-value and further facts, folded if there are many.
fn details(finding: &Finding) -> Markup {
    let p_value = finding.p_value.map(|p| ("p-value".to_owned(), format!("{} before correction", probability(p))));
    let rows: Vec<(String, String)> = p_value.into_iter().chain(finding.details.iter().cloned()).collect();
    let list = html! {
        dl.facts-list { @for (label, text) in &rows { dt { (clean(label)) } dd { (clean(text)) } } }
    };
    match rows.len() {
        0 => html! {},
        few if few <= LONG => list,
        many => html! { details { summary { (counted(many, "measurement")) } (list) } },
    }
}

fn recovered(texts: &[String]) -> Markup {
    let lines = |texts: &[String]| texts.iter().map(|text| clean(text)).collect::<Vec<_>>().join("\n");
    let (shown, rest) = texts.split_at(texts.len().min(RECOVERED));
    html! {
        @if !shown.is_empty() {
            div.label { "recovered" }
            pre.recovered { (lines(shown)) }
        }
        @if !rest.is_empty() {
            details { summary { "and " (rest.len()) " more" } pre.recovered { (lines(rest)) } }
        }
    }
}

/// The advantage from 0 to 1 as a bar with its interval as a line, or the leaked bits.
fn meter(finding: &Finding) -> Markup {
    let measured = measured(finding);
    let advantage = finding.advantage.filter(|a| a.is_finite() && finding.leaked_bits.is_none());
    let percent = |v: f64| v.clamp(0.0, 1.0) * 100.0;
    let interval = finding.interval.filter(|ends| ends.iter().all(|v| v.is_finite())).map(|[low, high]| {
        let width = (percent(high) - percent(low)).max(0.0);
        format!("left:{:.2}%;width:{width:.2}%", percent(low))
    });
    html! {
        @if let Some(advantage) = advantage {
            span.track {
                i style={ "width:" (format!("{:.2}", percent(advantage))) "%" } {}
                @if let Some(style) = interval { u style=(style) {} }
            }
            span { "advantage " (measured) }
        } @else if !measured.is_empty() {
            span { (measured) }
        }
    }
}

/// Advantage against samples.
fn curve(finding: &Finding) -> String {
    let points = finding.curve.iter().map(|p| (p.samples, p.advantage)).collect();
    let band = finding.curve.iter().map(|p| (p.samples, p.low.max(0.0), p.high.min(1.0))).collect();
    Chart::new("", Axis::log("samples"), Axis::linear("advantage"))
        .series(Series::line("", points).with_dots().with_band(band))
        .level(0.0, "guessing")
        .size(620.0, 250.0)
        .to_svg()
}
