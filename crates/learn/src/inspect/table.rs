//! Tables for the terminal.

use std::fmt::Write as _;

use super::{Explained, Flips, Inspection, Proved, Rule, Values};
use crate::networks::Xor;

/// Width that every terminal has; no line is longer.
const COLUMNS: usize = 60;
/// Up to this many outputs, all are listed. Otherwise the ones that rules explain best are listed.
const MOST_LINES: usize = 32;
/// Number of listed outputs otherwise.
const SHOWN: usize = 12;
/// Maximum length of a printed XOR, in characters.
const LONGEST: usize = 19;
/// A mean change below this counts as small.
const SMALL: f64 = 0.05;

pub(super) fn text(inspection: &Inspection) -> String {
    let mut out = String::new();
    let Inspection { bits, key_bits, messages, seed, .. } = inspection;
    let inputs = format!("Alice turns {bits} plaintext bits and {key_bits} key bits into {bits} values.");
    prose(&mut out, &format!("{inputs} {messages} random messages, seed {seed}."));
    if let Some(proof) = proof(inspection) {
        out.push('\n');
        prose(&mut out, &proof);
    }
    flips(&mut out, inspection);
    values(&mut out, &inspection.values);
    rules(&mut out, inspection);
    outputs(&mut out, inspection);
    out
}

/// Adds a paragraph, broken between words.
fn prose(out: &mut String, text: &str) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > COLUMNS {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

/// Adds a line without trailing spaces.
fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{}", text.trim_end());
}

/// What the weights prove.
pub(super) fn proof(Inspection { proved, bits, .. }: &Inspection) -> Option<String> {
    let Proved { outputs, pad, readable } = proved.as_ref()?;
    let name = |input: usize| if input < *bits { format!("p{input}") } else { format!("k{}", input - bits) };
    let rule = |(output, xor): (usize, &Option<Xor>)| match xor {
        None => format!("c{output} without a proof"),
        Some(Xor { inputs: [a, b], complement }) => {
            let (open, close) = if *complement { ("not(", ")") } else { ("", "") };
            format!("c{output} = {open}{}^{}{close}", name(*a), name(*b))
        }
    };
    let rules: Vec<String> = outputs.iter().enumerate().map(rule).collect();
    let kind =
        if *pad { ": a one-time pad with the bits permuted, which leaks everything once a key is reused" } else { "" };
    let read = if *readable { "Bob reads every message." } else { "There is no proof that Bob reads every message." };
    Some(format!("Proved from the weights, for every message and key (^: XOR): {}{kind}. {read}", rules.join(", ")))
}

/// The effects of one flipped bit.
fn flips(out: &mut String, inspection: &Inspection) {
    let Inspection { bits, notable, moves, .. } = inspection;
    out.push('\n');
    prose(
        out,
        &format!("One bit flipped: how many of {bits} outputs move notably (by more than {notable} in that message)"),
    );
    let mut row = |label: &str, value: &dyn Fn(&Flips) -> String| {
        line(out, &format!("  {label:24}  {:15}  {}", value(&moves.key), value(&moves.plaintext)));
    };
    let end = |flips: &Flips, most: bool| {
        let order = |a: &usize, b: &usize| flips.outputs_moved[*a].total_cmp(&flips.outputs_moved[*b]);
        let all = 0..flips.outputs_moved.len();
        let bit = if most { all.max_by(order) } else { all.min_by(order) };
        bit.map_or(String::new(), |bit| format!("{:.2} (bit {bit})", flips.outputs_moved[bit]))
    };
    let small = |flips: &Flips| flips.mean_change.iter().filter(|row| row.iter().all(|change| *change < SMALL)).count();
    row("", &|flips| if std::ptr::eq(flips, &moves.key) { "a key bit" } else { "a plaintext bit" }.into());
    row("mean", &|flips| format!("{:.2}", flips.mean_outputs_moved()));
    row("in 8 of 10 cases", &|flips| range(flips.quantile(0.1), flips.quantile(0.9)));
    row("fewest", &|flips| end(flips, false));
    row("most", &|flips| end(flips, true));
    row("mean move of an output", &|flips| format!("{:.3}", flips.mean_change_overall()));
    row(&format!("bits that move < {SMALL}"), &|flips| format!("{} of {}", small(flips), flips.mean_change.len()));
    prose(
        out,
        "A value changes by 0 to 2. In a one-time pad, one flipped bit changes exactly one output; Abadi and Andersen report 3 to 6 of \
         16 outputs. Bob can read small changes: he has the key.",
    );
}

fn values(out: &mut String, values: &Values) {
    out.push('\n');
    let (ends, zero) = (100.0 * values.near_ends, 100.0 * values.near_zero);
    prose(
        out,
        &format!("Ciphertext values: {ends:.0} % within 0.1 of -1 or +1, {zero:.0} % nearer to 0 than to either"),
    );
    // Two bins per line.
    let pairs: Vec<u64> = values.histogram.chunks(2).map(|pair| pair.iter().sum()).collect();
    let most = pairs.iter().copied().max().unwrap_or(0).max(1);
    for (i, count) in pairs.iter().enumerate() {
        let bar = "#".repeat((count * 34).div_ceil(most) as usize);
        let part = 100.0 * *count as f64 / values.count.max(1) as f64;
        let (low, high) = (values.edge(2 * i), values.edge(2 * i + 2));
        line(out, &format!("  {low:4.1} to {high:4.1}  {part:5.1} %  {bar}"));
    }
}

/// How well rules predict all outputs.
fn rules(out: &mut String, inspection: &Inspection) {
    let Inspection { outputs, rule_messages, xor_bits_tried, .. } = inspection;
    let chance = 100.0 / (*rule_messages as f64).sqrt();
    let tried = if *xor_bits_tried >= inspection.bits + inspection.key_bits {
        "All sets of bits were tried as XORs.".into()
    } else {
        format!(
            "All pairs p, k and all sets of up to {xor_bits_tried} bits were tried, larger sets only by hill climbing and by solving \
             equations. A better rule may exist."
        )
    };
    out.push('\n');
    prose(
        out,
        &format!(
            "Rules for the outputs, chosen on {rule_messages} messages and judged on {rule_messages} others: lowest, median and \
             highest of all outputs"
        ),
    );
    let right = |rule: fn(&super::OutputRules) -> &Rule| {
        spread(outputs.iter().map(|o| 100.0 * rule(o).right()).collect(), |x| format!("{x:.0} %"))
    };
    let affine = |part: fn(&Explained) -> f64| {
        spread(outputs.iter().filter_map(|o| o.affine.as_ref().map(part)).collect(), |x| format!("{x:.3}"))
    };
    let mut row = |label: &str, value: String| line(out, &format!("  {label:34}  {value}"));
    row("sign = XOR of one p and one k bit", right(|o| &o.one_of_each));
    row("sign = XOR of any bits (GF(2))", right(|o| &o.any_bits));
    row("value = weighted sum, R squared", affine(|e| e.r_squared));
    row("  the plaintext bits' part of it", affine(|e| e.by_plaintext));
    prose(
        out,
        &format!(
            "Guessing is right in 50 % ± {chance:.1}. {tried} A weighted sum is a linear regression on the bits; it cannot explain an XOR."
        ),
    );
}

/// Two tables with a line per output: the bits that move it most, and the rules for its sign.
fn outputs(out: &mut String, inspection: &Inspection) {
    let Inspection { bits, moves, outputs, .. } = inspection;
    let mut shown: Vec<usize> = (0..*bits).collect();
    out.push('\n');
    if *bits > MOST_LINES {
        shown.sort_by(|a, b| outputs[*b].any_bits.correlation.total_cmp(&outputs[*a].any_bits.correlation));
        shown.truncate(SHOWN);
        prose(out, &format!("The {SHOWN} outputs of {bits} that XOR rules explain best (--json has all)"));
    }
    let Some(first) = shown.first() else { return };
    prose(out, "The bits that move each output most, and by how much on average (p: plaintext bit, k: key bit)");
    line(out, "  output  plaintext bit  key bit      R squared");
    for &output in &shown {
        let (p, by_p) = moves.plaintext.strongest(output);
        let (k, by_k) = moves.key.strongest(output);
        let r = outputs[output].affine.map_or("constant".into(), |affine| format!("{:.3}", affine.r_squared));
        let (p, k) = (format!("p{p} {by_p:.3}"), format!("k{k} {by_k:.3}"));
        line(out, &format!("  {output:6}  {p:13}  {k:11}  {r}"));
    }
    let (bit, change) = moves.plaintext.strongest(*first);
    prose(
        out,
        &format!(
            "Output {first} moves by {change:.3} when plaintext bit {bit} flips, more than for any other plaintext bit."
        ),
    );
    out.push('\n');
    prose(out, "Rules for the sign, 1 for values of 0 and more (^: XOR)");
    line(out, "  output  best p^k              best XOR of any bits");
    for output in shown {
        let rules = &outputs[output];
        let right = |rule: &Rule| format!("{} {:.0} %", xor(rule), 100.0 * rule.right());
        line(out, &format!("  {output:6}  {:20}  {}", right(&rules.one_of_each), right(&rules.any_bits)));
    }
}

/// What is known of each output, one sentence an output.
pub(super) fn sentences(inspection: &Inspection) -> Vec<String> {
    let sentence = |(output, rules): (usize, &super::OutputRules)| {
        let (right, rule) = (100.0 * rules.any_bits.right(), xor(&rules.any_bits));
        let Some(affine) = rules.affine else { return format!("Output {output} is constant.") };
        let explained = format!(
            "A weighted sum of the bits explains {:.0} % of its variance.",
            (100.0 * affine.r_squared).max(0.0)
        );
        format!("Output {output}: its sign is {rule} in {right:.0} % of messages. {explained}")
    };
    inspection.outputs.iter().enumerate().map(sentence).collect()
}

/// A rule as a formula, or in words if that is too long.
fn xor(rule: &Rule) -> String {
    let plaintext = rule.plaintext_bits.iter().map(|p| format!("p{p}"));
    let names: Vec<String> = plaintext.chain(rule.key_bits.iter().map(|k| format!("k{k}"))).collect();
    let (count, formula, not) = (names.len(), names.join("^"), if rule.inverted { "not " } else { "" });
    match (count, rule.inverted) {
        (0, inverted) => format!("always {}", u8::from(inverted)),
        _ if formula.len() > LONGEST => format!("{not}XOR of {count} bits"),
        (2.., true) => format!("not({formula})"),
        _ => format!("{not}{formula}"),
    }
}

/// Minimum, median and maximum of some numbers.
fn spread(mut numbers: Vec<f64>, show: impl Fn(f64) -> String) -> String {
    numbers.sort_by(f64::total_cmp);
    match numbers.as_slice() {
        [] => "none: all constant".into(),
        all => [0, all.len() / 2, all.len() - 1].map(|i| show(all[i])).join(", "),
    }
}

fn range(low: usize, high: usize) -> String {
    if low == high { format!("{low}") } else { format!("{low} to {high}") }
}
