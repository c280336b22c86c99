//! The table on the terminal.

use std::fmt::Write as _;

use super::{Explained, Inspection, Rule, Values};

/// Most outputs that get a line each; of more, the ones that rules explain best are shown.
const MOST_LINES: usize = 32;
/// Outputs shown where there are more.
const SHOWN: usize = 12;
/// Most characters of an XOR that is written out.
const LONGEST: usize = 22;
/// A mean change that counts as small.
const SMALL: f64 = 0.05;

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
    let _ = writeln!(
        out,
        "\nOne bit flipped: outputs of {bits} that move notably (by more than {notable} in that message)"
    );
    let _ = writeln!(out, "                       mean  in 8 of 10 cases  fewest           most             mean move");
    let kinds = [("key bit", &moves.key), ("plaintext bit", &moves.plaintext)];
    for (kind, flips) in kinds {
        let mut order: Vec<usize> = (0..flips.outputs_moved.len()).collect();
        order.sort_by(|a, b| flips.outputs_moved[*a].total_cmp(&flips.outputs_moved[*b]));
        let end =
            |bit: Option<&usize>| bit.map_or(String::new(), |b| format!("{:.2} (bit {b})", flips.outputs_moved[*b]));
        let _ = writeln!(
            out,
            "  one {kind:13} {:8.2}  {:16}  {:15}  {:15}  {:.3}",
            flips.mean_outputs_moved(),
            range(flips.quantile(0.1), flips.quantile(0.9)),
            end(order.first()),
            end(order.last()),
            flips.mean_change_overall()
        );
    }
    for (kind, flips) in kinds {
        let small = flips.mean_change.iter().filter(|row| row.iter().all(|change| *change < SMALL)).count();
        if small > 0 {
            let all = flips.mean_change.len();
            let _ = writeln!(out, "  {kind}s that move no output by {SMALL} on average: {small} of {all}");
        }
    }
    let _ = writeln!(out, "  Bob may read changes that are small: he has the key. Mean move: of an output, 0 to 2.");
    let _ = writeln!(out, "  A one-time pad moves exactly 1. Abadi and Andersen saw 3 to 6 of 16.");
}

fn values(out: &mut String, values: &Values) {
    let _ = writeln!(
        out,
        "\nCiphertext values: {:.0} % within 0.1 of -1 or +1, {:.0} % nearer to 0 than to either",
        100.0 * values.near_ends,
        100.0 * values.near_zero
    );
    // Two bins a line.
    let pairs: Vec<u64> = values.histogram.chunks(2).map(|pair| pair.iter().sum()).collect();
    let most = pairs.iter().copied().max().unwrap_or(0).max(1);
    for (line, count) in pairs.iter().enumerate() {
        let bar = "#".repeat((count * 50).div_ceil(most) as usize);
        let part = 100.0 * *count as f64 / values.count.max(1) as f64;
        let (low, high) = (values.edge(2 * line), values.edge(2 * line + 2));
        let line = format!("  {low:4.1} to {high:4.1}  {part:5.1} %  {bar}");
        let _ = writeln!(out, "{}", line.trim_end());
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
    let affine = |part: fn(&Explained) -> f64| {
        spread(outputs.iter().filter_map(|o| o.affine.as_ref().map(part)).collect(), |x| format!("{x:.3}"))
    };
    let _ = writeln!(out, "  value = affine function of the bits           R squared {}", affine(|e| e.r_squared));
    let _ = writeln!(out, "    of this, the plaintext bits' part           {}", affine(|e| e.by_plaintext));
    let _ = writeln!(
        out,
        "  A coin is right in 50 %, give or take {chance:.1}. Tried: all pairs p, k; all sets of up to {xor_bits_tried} bits;\n  \
         others only by climbing and by solving equations. A better rule may exist."
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
        "To be read: Alice's output {first} moves by {change:.3} on average when plaintext bit {bit} flips, more than\n\
         for any other plaintext bit. p: plaintext bit; k: key bit; ^: XOR; sign: 1 for values of 0 and more.\n"
    );
    let _ = writeln!(
        out,
        "output  moves most with         sign: best p^k       sign: best XOR of any bits         affine R²"
    );
    for output in shown {
        let (p, by_p) = moves.plaintext.strongest(output);
        let (k, by_k) = moves.key.strongest(output);
        let rules = &outputs[output];
        let moves = format!("p{p} {by_p:.3}, k{k} {by_k:.3}");
        let right = |rule: &Rule| format!("{} {:.0} %", xor(rule), 100.0 * rule.right());
        let (pair, any) = (right(&rules.one_of_each), right(&rules.any_bits));
        let r = rules.affine.map_or("constant".into(), |affine| format!("{:.3}", affine.r_squared));
        let _ = writeln!(out, "{output:6}  {moves:22}  {pair:19}  {any:33}  {r}");
    }
}

/// A rule as a formula, or in words where that would be long.
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
