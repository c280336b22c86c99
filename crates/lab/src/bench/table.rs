//! Formats the measurements as tables and as JSON.

use std::fmt::Write as _;

use super::measure::{Bench, Measured, OfLevel, PAIRS};
use super::workload::Workload;

impl Bench {
    /// One JSON object on one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain values")
    }

    /// Tables for a terminal of 100 columns.
    pub fn to_text(&self) -> String {
        let Self { bits, batch, threads, levels } = self;
        let plural = if *threads == 1 { "" } else { "s" };
        let mut out = format!("{bits} bits, batch {batch}, {threads} thread{plural}. Milliseconds.\n");
        for level in levels {
            of_level(&mut out, level);
        }
        if let Some((best, others)) = levels.split_last() {
            let round = |level: &OfLevel| level.workloads[0].timing.fastest_ms;
            for other in others {
                let part = 100.0 * round(best) / round(other);
                let _ = writeln!(out, "\n{} trains at {part:.0} % of the speed of {}.", other.level, best.level);
            }
        }
        out += "\nLimit of a kernel: the longest of the times for its multiply-adds (including those in sigmoids), its sigmoids, and\n\
                its reading and writing, each at the speeds above. The percentages are of the fastest time.\n\
                Additions count as multiply-adds: where these are emulated (scalar), kernels that mostly add can pass 100 %.";
        out
    }
}

fn of_level(out: &mut String, level: &OfLevel) {
    let giga = |x: f64| x / 1e9;
    let _ = writeln!(
        out,
        "\n{}: {:.1} G multiply-adds/s, {:.2} G sigmoids/s; reads {:.0} GB/s from 16 KiB, {:.0} from 256 KiB, {:.0} from 128 MiB",
        level.level,
        giga(level.multiply_adds_per_second),
        giga(level.sigmoids_per_second),
        giga(level.first_level_bytes_per_second),
        giga(level.second_level_bytes_per_second),
        giga(level.memory_bytes_per_second),
    );
    let _ = writeln!(out, "                          median    (fastest)     limit   % of limit");
    for workload in &level.workloads {
        of_workload(out, workload);
    }
    let Some(round) = level.workloads.iter().find(|w| w.workload == Workload::Round) else { return };
    kernels(out, round);
}

fn of_workload(out: &mut String, measured: &Measured) {
    let name = match measured.workload {
        Workload::Round => "a training round".into(),
        Workload::Eve => "a step of Eve".into(),
        Workload::Forward => "three networks forward".into(),
        Workload::Encrypt => "Alice forward".into(),
        Workload::Distinguisher => format!("distinguisher, {PAIRS} pairs"),
    };
    let Measured { timing, limit_ms, percent_of_limit, .. } = measured;
    let fastest = format!("({:.3})", timing.fastest_ms);
    let _ =
        writeln!(out, "  {name:24}{:8.3}  {fastest:>10}  {limit_ms:8.3}  {percent_of_limit:11.0}", timing.median_ms);
}

fn kernels(out: &mut String, round: &Measured) {
    let all: f64 = round.kernels.iter().map(|kernel| kernel.ms).sum();
    let _ =
        writeln!(out, "  of the round        ms   share  M multiply-adds  M sigmoids      MB     limit   % of limit");
    for kernel in &round.kernels {
        let million = |x: u64| x as f64 / 1e6;
        let percent =
            if kernel.limit_ms > 0.0 { format!("{:.0}", 100.0 * kernel.limit_ms / kernel.ms) } else { "-".into() };
        let _ = writeln!(
            out,
            "  {:17}{:6.3}  {:4.0} %  {:15.2}  {:10.2}  {:6.1}  {:8.3}  {percent:>11}",
            kernel.kernel,
            kernel.ms,
            100.0 * kernel.ms / all,
            million(kernel.multiply_adds),
            million(kernel.sigmoids),
            million(kernel.bytes),
            kernel.limit_ms,
        );
    }
}
