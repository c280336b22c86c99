//! Leakage by counting every ciphertext in a table.
use super::{Context, Leak, Space};
use crate::attacks::AttackError;
use rayon::prelude::*;

/// log2 of the number of parts into which the messages are split for threads.
const PARTS: u32 = 3;

/// Sums over the messages of one part.
struct Part {
    /// Weight of each ciphertext.
    sum: Vec<f64>,
    /// For each message bit below the part: weight of each ciphertext over the messages in which the bit is 1.
    ones: Vec<Vec<f64>>,
    /// Sum over messages and ciphertexts of w log2 w.
    logs: f64,
    /// Bob's wrong bits, summed over messages; `None` where he cannot decrypt.
    wrong: Option<f64>,
}

pub(super) fn leak(space: &Space, context: &Context) -> Result<Leak, AttackError> {
    let bits = space.places.len() as u32;
    let split = PARTS.min(bits);
    let below = bits - split;
    let parts: Vec<Part> = (0..1u64 << split)
        .into_par_iter()
        .map(|part| {
            let mut walk = Walk::new(space, context, below);
            if walk.sparse() {
                walk.directly(part << below)?
            } else {
                walk.tree(below, part << below)?
            };
            Ok(walk.part)
        })
        .collect::<Result<_, AttackError>>()?;

    let size = 1usize << space.cipher_bits;
    let mut sum = vec![0.0; size];
    let mut ones = vec![vec![0.0; size]; bits as usize];
    let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
    let (mut logs, mut wrong) = (0.0, Some(0.0));
    for (number, part) in parts.iter().enumerate() {
        add(&mut sum, &part.sum);
        for (bit, table) in part.ones.iter().enumerate() {
            add(&mut ones[bit], table);
        }
        for bit in (0..split).filter(|bit| number >> bit & 1 == 1) {
            add(&mut ones[(below + bit) as usize], &part.sum);
        }
        logs += part.logs;
        wrong = wrong.zip(part.wrong).map(|(wrong, more)| wrong + more);
    }
    // With T the weight of one message's keys and M messages:
    // H(C) = log2(MT) - sum w log2 w / (MT), and H(C|P) = log2 T - sum over messages of w log2 w / (MT).
    let messages = space.messages() as f64;
    let all = messages * space.total();
    let log = Logs::new();
    let entropy = all.log2() - sum.iter().map(|&weight| log.of(weight)).sum::<f64>() / all;
    let given = space.total().log2() - logs / all;
    let gap = |ones: &[f64]| ones.iter().zip(&sum).map(|(ones, sum)| (2.0 * ones - sum).abs()).sum::<f64>() / all;
    Ok(Leak {
        information: (entropy - given).max(0.0),
        interval: None,
        advantages: ones.iter().map(|ones| gap(ones)).collect(),
        bob_wrong: wrong.map(|wrong| wrong / messages),
    })
}

/// Walks the messages of one part.
struct Walk<'a> {
    space: &'a Space<'a>,
    context: &'a Context<'a>,
    part: Part,
    scratch: Vec<Vec<f64>>,
    log: Logs,
}

impl<'a> Walk<'a> {
    fn new(space: &'a Space<'a>, context: &'a Context<'a>, below: u32) -> Self {
        let size = 1usize << space.cipher_bits;
        let tables = || vec![vec![0.0; size]; below as usize];
        let part = Part { sum: vec![0.0; size], ones: tables(), logs: 0.0, wrong: Some(0.0) };
        Self { space, context, part, scratch: tables(), log: Logs::new() }
    }

    /// Few keys for a large table: going through the table for each message would be most of the work.
    fn sparse(&self) -> bool {
        self.space.key_bits + 3 < self.space.cipher_bits
    }

    fn note_wrong(&mut self, wrong: Option<f64>) {
        self.part.wrong = self.part.wrong.zip(wrong).map(|(sum, wrong)| sum + wrong);
    }

    /// Adds every ciphertext to the tables of all bits that its message has.
    fn directly(&mut self, first: u64) -> Result<(), AttackError> {
        let mut table = vec![0.0; self.part.sum.len()];
        let mut codes = Vec::new();
        for index in first..first + (1 << self.part.ones.len()) {
            codes.clear();
            let wrong = self.space.each_key(index, self.context, |code, weight| {
                table[code as usize] += weight;
                codes.push(code as usize);
            })?;
            self.note_wrong(wrong);
            for &code in &codes {
                let weight = std::mem::take(&mut table[code]);
                if weight > 0.0 {
                    self.part.logs += self.log.of(weight);
                    self.part.sum[code] += weight;
                    for (bit, ones) in self.part.ones.iter_mut().enumerate() {
                        if index >> bit & 1 == 1 {
                            ones[code] += weight;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Sums the tables of 2^`level` messages up a binary tree, so that a table is added twice for each message and not once
    /// for each of its bits: the right half of a node is where the node's bit is 1.
    fn tree(&mut self, level: u32, first: u64) -> Result<(), AttackError> {
        let mut sum = std::mem::take(&mut self.part.sum);
        let result = self.node(level, first, &mut sum);
        self.part.sum = sum;
        result
    }

    fn node(&mut self, level: u32, first: u64, sum: &mut [f64]) -> Result<(), AttackError> {
        let Some(bit) = level.checked_sub(1) else {
            return self.leaf(first, sum);
        };
        self.node(bit, first, sum)?;
        let mut right = std::mem::take(&mut self.scratch[bit as usize]);
        self.node(bit, first + (1 << bit), &mut right)?;
        for ((sum, ones), right) in sum.iter_mut().zip(&mut self.part.ones[bit as usize]).zip(&right) {
            *sum += right;
            *ones += right;
        }
        self.scratch[bit as usize] = right;
        Ok(())
    }

    fn leaf(&mut self, index: u64, table: &mut [f64]) -> Result<(), AttackError> {
        table.fill(0.0);
        let wrong = self.space.each_key(index, self.context, |code, weight| table[code as usize] += weight)?;
        self.note_wrong(wrong);
        self.part.logs += table.iter().map(|&weight| self.log.of(weight)).sum::<f64>();
        Ok(())
    }
}

/// w log2 w, tabulated for small whole numbers, which counts of keys mostly are.
struct Logs(Vec<f64>);

impl Logs {
    fn new() -> Self {
        Self((0..1024).map(|count| if count == 0 { 0.0 } else { f64::from(count) * f64::from(count).log2() }).collect())
    }

    fn of(&self, weight: f64) -> f64 {
        match self.0.get(weight as usize) {
            Some(&value) if weight.fract() == 0.0 => value,
            _ => weight * weight.log2(),
        }
    }
}
