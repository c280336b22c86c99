//! Words modulo 2^w: how two sequences of them are added, and recurrences in one.
use crate::ciphers::Blocks;

/// Longest recurrence that is looked for: the lags of well-known additive generators are 55 at most.
const LONGEST: usize = 64;

/// How two rows of bits are added: XOR, or addition modulo 2^width of words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Law {
    Xor,
    Sum { width: usize, little: bool },
}

impl Law {
    /// XOR; addition of bytes and of larger words in both orders.
    pub(crate) fn all(bits: usize) -> impl Iterator<Item = Self> {
        let sum = |(width, little)| Self::Sum { width, little };
        let orders = [(8, false), (16, false), (16, true), (32, false), (32, true), (64, false), (64, true)];
        let sums = orders.into_iter().filter(move |(width, _)| bits.is_multiple_of(*width)).map(sum);
        std::iter::once(Self::Xor).chain(sums)
    }

    /// One row of `a` less the same row of `b`.
    pub(crate) fn less(self, a: &Blocks, b: &Blocks, row: usize) -> Blocks {
        let (a, b) = (a.slice(row..row + 1), b.slice(row..row + 1));
        match self {
            Self::Xor => a.xor(&b),
            Self::Sum { width, little } => {
                let words = words(&a, 0, width, little).into_iter().zip(words(&b, 0, width, little));
                self::row(words.map(|(a, b)| a.wrapping_sub(b)), a.bits(), width, little)
            }
        }
    }

    pub(crate) fn words(self) -> String {
        match self {
            Self::Xor => "XOR".into(),
            Self::Sum { width: 8, .. } => "bytes added modulo 256".into(),
            Self::Sum { width, little } => {
                format!("{}-endian words added modulo 2^{width}", if little { "little" } else { "big" })
            }
        }
    }
}

/// How the rest of a sequence follows from its beginning.
pub(crate) struct Rule {
    /// Bits from which the rest follows.
    pub(crate) prefix: usize,
    pub(crate) words: String,
}

/// The words of one row.
pub(crate) fn words(rows: &Blocks, row: usize, width: usize, little: bool) -> Vec<u64> {
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    let word = |bytes: &[u8]| if little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) };
    rows.bytes(row).chunks(width / 8).map(word).collect()
}

/// A row of `bits` bits from its words, of which the low `width` bits count.
pub(crate) fn row(words: impl Iterator<Item = u64>, bits: usize, width: usize, little: bool) -> Blocks {
    let mut bytes = Vec::with_capacity(bits / 8);
    for word in words {
        let all = word.to_be_bytes();
        let used = &all[8 - width / 8..];
        if little { bytes.extend(used.iter().rev()) } else { bytes.extend(used) }
    }
    let mut out = Blocks::new(bits, 1);
    out.set_bytes(0, &bytes);
    out
}

/// A rule by which all `known` sequences, and all `fresh` ones, continue. The shortest beginning wins.
pub(crate) fn predict(known: &Blocks, fresh: &Blocks) -> Option<Rule> {
    let mut best: Option<Rule> = None;
    for width in [8, 16, 32, 64] {
        for little in [false, true] {
            if !known.bits().is_multiple_of(width) || width == 8 && little {
                continue;
            }
            let all = |rows: &Blocks| (0..rows.rows()).map(|row| words(rows, row, width, little)).collect::<Vec<_>>();
            let rule = recurrence(&all(known), &all(fresh), width);
            best = rule.into_iter().chain(best).min_by_key(|rule| rule.prefix);
        }
    }
    best
}

/// The shortest linear recurrence modulo 2^width that holds in all sequences.
fn recurrence(known: &[Vec<u64>], fresh: &[Vec<u64>], width: usize) -> Option<Rule> {
    let length = known.first()?.len();
    let mask = u64::MAX >> (64 - width);
    let orders = (1..=LONGEST).filter(|order| *order <= 8 || order.is_multiple_of(8) || [17, 31, 55].contains(order));
    for order in orders.take_while(|order| 2 * order <= length) {
        // s_i = a_1 s_(i-1) + ... + a_L s_(i-L) + c, one equation for each place of each sequence.
        let equations = |rows: &[Vec<u64>], most: usize| -> Vec<Vec<u64>> {
            let one = |row: &Vec<u64>, at: usize| (1..=order).map(|lag| row[at - lag]).chain([1, row[at]]).collect();
            rows.iter().flat_map(|row| (order..length).map(move |at| one(row, at))).take(most).collect()
        };
        let Some(solution) = solve(equations(known, 4 * (order + 1) + 64), mask) else { continue };
        let holds = |equation: &Vec<u64>| {
            let sum = equation.iter().zip(&solution).fold(0u64, |sum, (x, a)| sum.wrapping_add(x.wrapping_mul(*a)));
            sum & mask == equation[order + 1]
        };
        if equations(fresh, usize::MAX).iter().all(holds) {
            let terms: Vec<String> = solution[..order]
                .iter()
                .enumerate()
                .filter(|(_, factor)| **factor != 0)
                .map(|(at, factor)| format!("{factor} s[i - {}]", at + 1))
                .collect();
            let shown = if terms.len() > 4 { format!("{} terms", terms.len()) } else { terms.join(" + ") };
            let words = format!("s[i] = {shown} + {} modulo 2^{width}", solution[order]);
            return Some(Rule { prefix: order * width, words });
        }
    }
    None
}

/// Solves linear equations, each a row of coefficients and a right side, modulo a power of two; `None` where they contradict each
/// other or leave an unknown without an odd coefficient.
fn solve(mut equations: Vec<Vec<u64>>, mask: u64) -> Option<Vec<u64>> {
    let unknowns = equations.first()?.len() - 1;
    for column in 0..unknowns {
        let pivot = (column..equations.len()).find(|&row| equations[row][column] & 1 == 1)?;
        equations.swap(column, pivot);
        let inverse = inverse(equations[column][column]);
        equations[column].iter_mut().for_each(|value| *value = value.wrapping_mul(inverse) & mask);
        let pivot = equations[column].clone();
        for (row, equation) in equations.iter_mut().enumerate() {
            let factor = equation[column];
            if row != column && factor != 0 {
                for (value, pivot) in equation.iter_mut().zip(&pivot) {
                    *value = value.wrapping_sub(factor.wrapping_mul(*pivot)) & mask;
                }
            }
        }
    }
    let consistent = equations[unknowns..].iter().all(|equation| equation[unknowns] == 0);
    consistent.then(|| equations[..unknowns].iter().map(|equation| equation[unknowns]).collect())
}

/// The inverse of an odd number modulo 2^64, by Newton's iteration.
fn inverse(odd: u64) -> u64 {
    (0..6).fold(odd, |guess, _| guess.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(guess))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recurrences_are_found_with_their_factors() {
        let sequence = |seed: u64| {
            let mut all = vec![seed.wrapping_mul(0x9e37), seed ^ 77, seed.wrapping_mul(seed), seed << 3 | 1, seed + 5];
            (5..40).for_each(|at| all.push((all[at - 2] + all[at - 5]) & 0xffff));
            all.iter_mut().for_each(|word| *word &= 0xffff);
            all
        };
        let rows = |seeds: std::ops::Range<u64>| seeds.map(sequence).collect::<Vec<_>>();
        let rule = recurrence(&rows(1..30), &rows(30..40), 16).unwrap();
        assert_eq!((rule.prefix, rule.words.as_str()), (80, "s[i] = 1 s[i - 2] + 1 s[i - 5] + 0 modulo 2^16"));
        let mut broken = rows(30..40);
        broken[3][20] ^= 1;
        assert!(recurrence(&rows(1..30), &broken, 16).is_none());
        assert!([1u64, 3, 0xdead_beef | 1].iter().all(|odd| odd.wrapping_mul(inverse(*odd)) == 1));
    }
}
