//! Leakage by counting every ciphertext in a table.
use super::{Leak, Space};

/// Counts over the messages of one part.
///
/// Tables are summed up in a binary tree, so a table is added twice per message instead of once per message bit: in the right
/// half of a node, the node's bit is 1. If there are few keys for a large table, most of the work would be going through
/// tables. Every ciphertext is then added directly to the tables of all bits that are 1 in its message.
pub(super) struct Tables {
    /// Weight of each ciphertext over all messages of the part.
    sum: Vec<f64>,
    /// For each message bit below the part: the weight of each ciphertext over the messages in which the bit is 1.
    ones: Vec<Vec<f64>>,
    /// Sum over messages and ciphertexts of w log2 w.
    logs: f64,
    /// Weight of each ciphertext of the current message.
    table: Vec<f64>,
    /// The left halves of nodes whose right half is not complete.
    left: Vec<Vec<f64>>,
    /// The ciphertexts of the current message, if tables are sparse.
    seen: Option<Vec<usize>>,
    log: Logs,
}

impl Tables {
    /// For ciphertexts of `bits` bits under keys of `key_bits`, and 2^`below` messages.
    pub(super) fn new(bits: u32, key_bits: u32, below: u32) -> Self {
        let zeros = || vec![0.0; 1 << bits];
        let sparse = key_bits + 3 < bits;
        Self {
            sum: zeros(),
            ones: vec![zeros(); below as usize],
            logs: 0.0,
            table: zeros(),
            left: if sparse { Vec::new() } else { vec![zeros(); below as usize] },
            seen: sparse.then(Vec::new),
            log: Logs::new(),
        }
    }

    /// Counts one ciphertext of the current message.
    pub(super) fn add(&mut self, code: u64, weight: f64) {
        self.table[code as usize] += weight;
        if let Some(seen) = &mut self.seen {
            seen.push(code as usize);
        }
    }

    /// Ends the current message, number `index` of all. Messages come in order.
    pub(super) fn end(&mut self, index: u64) {
        match self.seen.take() {
            Some(seen) => self.seen = Some(self.end_sparse(index, seen)),
            None => self.end_node(index),
        }
    }

    fn end_sparse(&mut self, index: u64, mut seen: Vec<usize>) -> Vec<usize> {
        for code in seen.drain(..) {
            let weight = std::mem::take(&mut self.table[code]);
            if weight > 0.0 {
                self.logs += self.log.of(weight);
                self.sum[code] += weight;
                for (bit, ones) in self.ones.iter_mut().enumerate() {
                    if index >> bit & 1 == 1 {
                        ones[code] += weight;
                    }
                }
            }
        }
        seen
    }

    fn end_node(&mut self, index: u64) {
        self.logs += self.table.iter().map(|&weight| self.log.of(weight)).sum::<f64>();
        // Like a carry in a binary counter: each node whose right half is now complete is added up.
        let mut level = 0;
        while level < self.left.len() && index >> level & 1 == 1 {
            for ((right, ones), left) in self.table.iter_mut().zip(&mut self.ones[level]).zip(&self.left[level]) {
                *ones += *right;
                *right += left;
            }
            level += 1;
        }
        let place = self.left.get_mut(level).unwrap_or(&mut self.sum);
        std::mem::swap(&mut self.table, place);
        self.table.fill(0.0);
    }
}

/// Combines the parts.
pub(super) fn leak(space: &Space, parts: &[&Tables]) -> Leak {
    let bits = space.places.len();
    let below = parts.first().map_or(0, |part| part.ones.len());
    let size = parts.first().map_or(0, |part| part.sum.len());
    let mut sum = vec![0.0; size];
    let mut ones = vec![vec![0.0; size]; bits];
    let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
    let mut logs = 0.0;
    for (number, part) in parts.iter().enumerate() {
        add(&mut sum, &part.sum);
        for (bit, table) in part.ones.iter().enumerate() {
            add(&mut ones[bit], table);
        }
        for bit in (0..bits - below).filter(|bit| number >> bit & 1 == 1) {
            add(&mut ones[below + bit], &part.sum);
        }
        logs += part.logs;
    }
    // With T the total weight of one message's keys, and M messages:
    // H(C) = log2(MT) - sum w log2 w / (MT), and H(C|P) = log2 T - sum over messages of w log2 w / (MT).
    let all = space.messages() as f64 * space.total();
    let log = Logs::new();
    let entropy = all.log2() - sum.iter().map(|&weight| log.of(weight)).sum::<f64>() / all;
    let given = space.total().log2() - logs / all;
    let gap = |ones: &[f64]| ones.iter().zip(&sum).map(|(ones, sum)| (2.0 * ones - sum).abs()).sum::<f64>() / all;
    Leak {
        information: (entropy - given).max(0.0),
        interval: None,
        advantages: ones.iter().map(|ones| gap(ones)).collect(),
        bob_wrong: None,
        bob_sample: None,
    }
}

/// w log2 w, tabulated for small integers, which counts of keys mostly are.
struct Logs(Vec<f64>);

impl Logs {
    fn new() -> Self {
        Self((0..1024).map(|count| if count == 0 { 0.0 } else { f64::from(count) * f64::from(count).log2() }).collect())
    }

    fn of(&self, weight: f64) -> f64 {
        match self.0.get(weight as usize) {
            Some(&value) if f64::from(weight as u32) == weight => value,
            _ => weight * weight.log2(),
        }
    }
}
