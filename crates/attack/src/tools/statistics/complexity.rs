//! The length of the shortest shift register that generates each block (section 2.10).
use super::{Bits, Outcome, chi_squared, with_at_least};

/// The probability of each class (section 3.10). NIST's program has 0.01047 for the first, a typo.
const SHARES: [f64; 7] = [1.0 / 96.0, 1.0 / 32.0, 0.125, 0.5, 0.25, 0.0625, 1.0 / 48.0];

/// Is the linear complexity of each block of `block` bits as expected (section 2.10)?
///
/// `block` is clamped to 500 to 5000. Needs 1,000,000 bits.
pub fn linear_complexity(bits: &Bits, block: usize) -> Outcome {
    with_at_least(bits, 1_000_000, || {
        Outcome::one(chi_squared(&complexity_counts(bits, block.clamp(500, 5000)), &SHARES))
    })
}

/// The number of blocks in each class of section 2.10.4.
pub(super) fn complexity_counts(bits: &Bits, block: usize) -> [u64; 7] {
    let m = block as f64;
    let sign = if block.is_multiple_of(2) { 1.0 } else { -1.0 };
    let mean = m / 2.0 + (9.0 - sign) / 36.0 - (m / 3.0 + 2.0 / 9.0) / 2f64.powf(m);
    let mut counts = [0; 7];
    for start in (0..bits.len() / block).map(|i| i * block) {
        let t = sign * (shortest_register(bits, start, block) as f64 - mean) + 2.0 / 9.0;
        counts[((t + 2.5).ceil().clamp(0.0, 6.0)) as usize] += 1;
    }
    counts
}

/// Length of the shortest linear feedback shift register that generates the bits: the Berlekamp-Massey algorithm over GF(2),
/// with polynomials packed 64 coefficients per word (J. Massey, IEEE Trans. Inform. Theory 15(1), 1969).
pub(super) fn shortest_register(bits: &Bits, start: usize, count: usize) -> usize {
    let words = count / 64 + 1;
    // `past` holds the bits so far, the newest at coefficient 0. The discrepancy is then one AND and a parity.
    let (mut current, mut before, mut past) = (vec![0u64; words], vec![0u64; words], vec![0u64; words]);
    (current[0], before[0]) = (1, 1);
    let mut length = 0;
    for n in 0..count {
        shift_up(&mut past);
        past[0] |= u64::from(bits.get(start + n));
        shift_up(&mut before);
        let odd = current.iter().zip(&past).fold(0, |sum, (c, p)| sum ^ (c & p)).count_ones() % 2 == 1;
        if odd {
            let kept = (2 * length <= n).then(|| current.clone());
            current.iter_mut().zip(&before).for_each(|(c, b)| *c ^= b);
            if let Some(kept) = kept {
                before = kept;
                length = n + 1 - length;
            }
        }
    }
    length
}

/// Multiplies a packed polynomial by x.
fn shift_up(words: &mut [u64]) {
    let mut carry = 0;
    for word in words {
        let next = *word >> 63;
        *word = *word << 1 | carry;
        carry = next;
    }
}
