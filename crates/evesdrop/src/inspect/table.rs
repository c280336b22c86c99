//! The table on the terminal.

use std::fmt::Write as _;

use super::{Flips, Inspection, Rule, Values};

/// Most outputs that get a line each; of more, the ones that rules explain best are shown.
const MOST_LINES: usize = 32;
/// Outputs shown where there are more.
const SHOWN: usize = 12;
/// Most bits of an XOR that are named in a line.
const NAMED: usize = 6;

pub(super) fn text(inspection: &Inspection) -> String {
    let mut out = String::new();
    let Inspection { bits, key_bits, messages, seed, .. } = inspection;
    let _ = writeln!(
        out,
        "Alice turns {bits} plaintext bits and {key_bits} key bits into {bits} values. {messages} random messages, seed {seed}."
    );
    flips(&mut out, inspection);
    values(&mut out, &inspection.values);
    rules(&mut out, inspection);
    outputs(&mut out, inspection);
    out
}

/// What one flipped bit does.
fn flips(out: &mut String, inspection: &Inspection) {
    let Inspection { bits, notable, moves, .. } = inspection;
    let _ = writeln!(out, "\nOne bit flipped: outputs that move notably (by more than {notable} in that message)");
    for (kind, flips) in [("key bit", &moves.key), ("plaintext bit", &moves.plaintext)] {
        let _ = writeln!(
            out,
            "  one {kind:13}  {:.1} of {bits} on average; {} in most messages; {}",
            flips.mean_outputs_moved(),
            range(flips.quantile(0.1), flips.quantile(0.9)),
            extremes(flips)
        );
        let _ = writeln!(out, "  {:17}  an output moves by {:.2} on average", "", flips.mean_change_overall());
    }
    let idle = |flips: &Flips| {
        let still = |row: &Vec<f64>| row.iter().all(|change| *change < 0.05);
        (0..flips.mean_change.len()).filter(|bit| still(&flips.mean_change[*bit])).collect::<Vec<_>>()
    };
    for (kind, flips) in [("key", &moves.key), ("plaintext", &moves.plaintext)] {
        let idle = idle(flips);
        if !idle.is_empty() {
            let plural = if idle.len() == 1 { "bit" } else { "bits" };
            let verb = if idle.len() == 1 { "moves" } else { "move" };
            let _ = writeln!(out, "  {kind} {plural} {} hardly {verb} any output", list(&idle, ""));
        }
    }
    let _ = writeln!(out, "  For comparison: a one-time pad moves exactly 1. Abadi and Andersen saw 3 to 6 of 16.");
}

/// The bits that move fewest and most outputs.
fn extremes(flips: &Flips) -> String {
    let moved = || flips.outputs_moved.iter().copied().enumerate();
    let (Some(low), Some(high)) =
        (moved().min_by(|a, b| a.1.total_cmp(&b.1)), moved().max_by(|a, b| a.1.total_cmp(&b.1)))
    else {
        return String::new();
    };
    format!("fewest for bit {} ({:.1}), most for bit {} ({:.1})", low.0, low.1, high.0, high.1)
}

fn values(out: &mut String, values: &Values) {
    let _ = writeln!(
        out,
        "\nCiphertext values: {:.0} % within 0.1 of -1 or +1, {:.0} % nearer to 0 than to either",
        100.0 * values.near_ends,
        100.0 * values.near_zero
    );
    let most = values.histogram.iter().copied().max().unwrap_or(0).max(1);
    for (bin, count) in values.histogram.iter().enumerate() {
        let bar = "#".repeat((count * 50).div_ceil(most) as usize);
        let part = 100.0 * *count as f64 / values.count.max(1) as f64;
        let (low, high) = (values.edge(bin), values.edge(bin + 1));
        let _ = writeln!(out, "  {low:4.1} to {high:4.1}  {part:5.1} %  {bar}");
    }
}

/// How well rules do over all outputs.
fn rules(out: &mut String, inspection: &Inspection) {
    let Inspection { outputs, rule_messages, xor_bits_tried, .. } = inspection;
    let chance = 100.0 / (*rule_messages as f64).sqrt();
    let _ = writeln!(
        out,
        "\nRules for the outputs, chosen on {rule_messages} messages and judged on {rule_messages} others: lowest, median, highest"
    );
    let right = |rule: fn(&super::OutputRules) -> &Rule| {
        spread(outputs.iter().map(|o| 100.0 * rule(o).right()).collect(), |x| format!("{x:.0} %"))
    };
    let _ = writeln!(out, "  sign = XOR of one plaintext and one key bit   right in {}", right(|o| &o.one_of_each));
    let _ = writeln!(out, "  sign = XOR of any bits (affine over GF(2))    right in {}", right(|o| &o.any_bits));
    let affine = spread(outputs.iter().filter_map(|o| o.affine_r_squared).collect(), |x| format!("{x:.2}"));
    let _ = writeln!(out, "  value = affine function of the bits           R squared {affine}");
    let _ = writeln!(
        out,
        "  A coin is right in 50 %, give or take {chance:.1}. Every set of up to {xor_bits_tried} bits was tried; larger sets only\n  \
         by climbing from these and by solving equations, so a better rule may exist."
    );
}

/// One line an output.
fn outputs(out: &mut String, inspection: &Inspection) {
    let Inspection { bits, moves, outputs, .. } = inspection;
    let mut shown: Vec<usize> = (0..*bits).collect();
    if *bits > MOST_LINES {
        shown.sort_by(|a, b| outputs[*b].any_bits.correlation.total_cmp(&outputs[*a].any_bits.correlation));
        shown.truncate(SHOWN);
        let _ = writeln!(out, "\nThe {SHOWN} outputs of {bits} that XOR rules explain best (--json has all)");
    } else {
        out.push('\n');
    }
    let Some(first) = shown.first() else { return };
    let (bit, change) = moves.plaintext.strongest(*first);
    let _ = writeln!(
        out,
        "To be read: Alice's output {first} moves by {change:.2} on average when plaintext bit {bit} flips, more than for any\n\
         other plaintext bit. ^ is XOR, p a plaintext bit, k a key bit; the sign of an output is 1 where it is positive.\n"
    );
    let _ = writeln!(
        out,
        "output  moves most with         best p^k right    best XOR of any bits, right             R squared"
    );
    for output in shown {
        let (p, by_p) = moves.plaintext.strongest(output);
        let (k, by_k) = moves.key.strongest(output);
        let rules = &outputs[output];
        let moves = format!("p{p} {by_p:.2}, k{k} {by_k:.2}");
        let pair = format!("{} {:.0} %", xor(&rules.one_of_each), 100.0 * rules.one_of_each.right());
        let any = format!("{} {:.0} %", xor(&rules.any_bits), 100.0 * rules.any_bits.right());
        let r = rules.affine_r_squared.map_or("constant".into(), |r| format!("{r:.2}"));
        let _ = writeln!(out, "{output:6}  {moves:22}  {pair:16}  {any:38}  {r:>9}");
    }
}

/// A rule as a formula.
fn xor(rule: &Rule) -> String {
    let names: Vec<String> = rule
        .plaintext_bits
        .iter()
        .map(|p| format!("p{p}"))
        .chain(rule.key_bits.iter().map(|k| format!("k{k}")))
        .collect();
    match (names.len(), rule.inverted) {
        (0, inverted) => format!("always {}", u8::from(inverted)),
        (n, inverted) if n > NAMED => format!("{}XOR of {n} bits", if inverted { "not " } else { "" }),
        (1, true) => format!("not {}", names[0]),
        (_, true) => format!("not({})", names.join("^")),
        (_, false) => names.join("^"),
    }
}

/// Lowest, median and highest of some numbers.
fn spread(mut numbers: Vec<f64>, show: impl Fn(f64) -> String) -> String {
    numbers.sort_by(f64::total_cmp);
    match numbers.as_slice() {
        [] => "none: every output is constant".into(),
        all => [0, all.len() / 2, all.len() - 1].map(|i| show(all[i])).join(", "),
    }
}

fn range(low: usize, high: usize) -> String {
    if low == high { format!("{low}") } else { format!("{low} to {high}") }
}

/// Numbers in a row, at most eight of them.
fn list(numbers: &[usize], kind: &str) -> String {
    let shown: Vec<String> = numbers.iter().take(8).map(|n| format!("{kind}{n}")).collect();
    let more = if numbers.len() > 8 { format!(" and {} more", numbers.len() - 8) } else { String::new() };
    shown.join(", ") + &more
}
