//! CryptoNet: M. Coutinho et al., "Learning perfectly secure cryptography to protect communications with adversarial neural
//! cryptography" (Sensors 18(5):1306, 2018), section 3.
//!
//! A bit b becomes the angle arccos(1 - 2b), which is 0 or pi. One matrix adds angles, and an angle a becomes (1 - cos a) / 2.
//! Half turns add like bits modulo 2, so the network can represent any XOR of inputs, including a permuted one-time pad.
//!
//! Here bits are coded -1 and +1: x = 2b - 1 has the angle arccos(-x), and an angle a has the value -cos a. The dense layer
//! also has a bias, which starts at 0. A bias of pi inverts an output.

use std::ops::Range;

use evesdrop_engine::{Init, Recorder, Var};

/// Records the network called `name` on `x`, values in [-1, 1]. It has `bits` outputs in [-1, 1].
pub(super) fn apply<'g>(g: &'g Recorder, name: &str, x: Var<'g>, bits: usize, init: Init) -> Var<'g> {
    value(g.dense(&format!("{name}.dense"), (-x).acos(), bits, init))
}

/// The value of an angle.
pub(super) fn value(angle: Var<'_>) -> Var<'_> {
    -angle.cos()
}

/// Normalises Alice's weights, (inputs, `bits`) in row-major order. The absolute values of each output's message weights then
/// add up to 1, and so do those of its key weights: message and key turn an output by at most half a turn each. This is weight
/// normalisation (T. Salimans and D. P. Kingma, arXiv 1602.07868, 2016) with the L1 norm, which measures turns. It keeps
/// outputs from ignoring the message or the key, and from adding many bits with large weights.
pub(crate) fn normalise(weights: &mut [f32], bits: usize) {
    let (message, rest) = weights.split_at_mut(bits * bits);
    for half in [message, rest] {
        for output in 0..bits {
            let total: f32 = half.iter().skip(output).step_by(bits).map(|weight| weight.abs()).sum();
            if total > 0.0 {
                half.iter_mut().skip(output).step_by(bits).for_each(|weight| *weight /= total);
            }
        }
    }
}

/// The XORs that Alice's CryptoNet computes if her weights are rounded to integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundedSums {
    /// For each output and each input bit: whether the weight is odd. Message bits come first, then key bits.
    rows: Vec<Vec<bool>>,
    message_bits: usize,
}

impl RoundedSums {
    /// Rounds the weights of Alice's dense layer, (inputs, `bits`) in row-major order, for a message and a key. An even weight
    /// turns by whole turns and adds nothing.
    pub fn new(weights: &[f32], bits: usize) -> Self {
        let odd = |weight: f32| weight.round() as i64 % 2 != 0;
        let column = |output: usize| weights.chunks_exact(bits).map(|row| odd(row[output])).collect();
        Self { rows: (0..bits).map(column).collect(), message_bits: bits }
    }

    /// Whether the sums are a permuted one-time pad: each output is the XOR of one message bit and one key bit, and no bit is
    /// used twice.
    pub fn is_pad(&self) -> bool {
        let inputs = self.rows.first().map_or(0, Vec::len);
        self.once(0..self.message_bits) && self.once(self.message_bits..inputs)
    }

    /// Whether the sums are a permuted one-time pad with a linearly transformed key: each output is the XOR of one message bit,
    /// used once, and a sum of key bits, and these sums are independent. Such sums are as good a key as the key itself.
    pub fn is_keyed_pad(&self) -> bool {
        self.once(0..self.message_bits) && self.is_secret()
    }

    /// Whether each output contains exactly one of the input bits of `part`, and no bit is used twice.
    fn once(&self, part: Range<usize>) -> bool {
        let mut used = vec![];
        for row in &self.rows {
            let places: Vec<usize> = part.clone().filter(|&place| row[place]).collect();
            let &[place] = &places[..] else { return false };
            used.push(place);
        }
        used.sort_unstable();
        used.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// Whether the cipher is perfectly secret and decryptable: sums of message bits that determine the message, each masked by
    /// sums of key bits that are uniform and independent. This includes the permuted pads.
    pub fn is_secret(&self) -> bool {
        let (message, key) =
            self.rows.iter().map(|row| row.split_at(self.message_bits)).map(|(m, k)| (m.to_vec(), k.to_vec())).unzip();
        independent(message) && independent(key)
    }
}

/// Whether the rows are linearly independent over GF(2).
fn independent(mut rows: Vec<Vec<bool>>) -> bool {
    while let Some(row) = rows.pop() {
        let Some(pivot) = row.iter().position(|bit| *bit) else { return false };
        for other in rows.iter_mut().filter(|other| other[pivot]) {
            other.iter_mut().zip(&row).for_each(|(bit, with)| *bit ^= with);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights of two message and two key bits, one line per input.
    fn sums(weights: [[f32; 2]; 4]) -> RoundedSums {
        RoundedSums::new(weights.as_flattened(), 2)
    }

    #[test]
    fn normalised_weights_of_message_and_key_each_add_up_to_one() {
        let mut weights = [[1.0, -2.0], [-3.0, 2.0], [0.2, 0.0], [0.0, 0.0], [0.6, 0.0]];
        normalise(weights.as_flattened_mut(), 2);
        assert_eq!(weights, [[0.25, -0.5], [-0.75, 0.5], [0.25, 0.0], [0.0, 0.0], [0.75, 0.0]], "zeros stay zero");
    }

    #[test]
    fn pads_are_distinguished_from_other_sums() {
        let pad = sums([[0.1, 0.9], [-1.1, 2.2], [1.0, 0.4], [0.0, 3.1]]);
        assert!(pad.is_pad() && pad.is_keyed_pad() && pad.is_secret());
        // c0 = p0 + k0, c1 = p0 + p1 + k1: secret, but not a pad.
        let mixed = sums([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]);
        assert!(!mixed.is_pad() && !mixed.is_keyed_pad() && mixed.is_secret());
        // c0 = p1 + k0 + k1, c1 = p0 + k1: the pad with the key (k0 + k1, k1).
        let keyed = sums([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [-1.0, 1.0]]);
        assert!(!keyed.is_pad() && keyed.is_keyed_pad() && keyed.is_secret());
        // Uses one key bit twice.
        let twice = sums([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]);
        assert!(!twice.is_pad() && !twice.is_keyed_pad() && !twice.is_secret());
        // Loses a message bit.
        let lost = sums([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        assert!(!lost.is_pad() && !lost.is_secret());
    }
}
