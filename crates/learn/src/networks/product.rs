//! What product networks compute over bits, proved from their weights.
//!
//! An output is the product of two linear maps of inputs -1 and +1. All values of the few inputs with the largest weights are tried. The
//! others add to each map, at worst, the sum of their absolute weights. If that never changes the sign of a map, the sign of the output is
//! known for every input. Trained products factor in several ways: x y is also proportional to (x + y)^2 - 2 = (x + y + sqrt(2) z)
//! (x + y - sqrt(2) z), whatever the third input z.

/// Number of inputs whose values are tried.
const TRIED: usize = 6;

/// An output that is the XOR of two inputs, proved for all inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Xor {
    /// The two inputs, the smaller first.
    pub inputs: [usize; 2],
    /// Whether the output is the complement of the XOR.
    pub complement: bool,
}

/// The XOR that each output computes, from the `weights` of the dense layer, (inputs, 2 `bits`) in row-major order, and its 2 `bits`
/// biases. `None` for an output for which this is not proved.
pub(crate) fn xors(weights: &[f32], biases: &[f32], bits: usize) -> Vec<Option<Xor>> {
    let map = |column: usize| -> (Vec<f64>, f64) {
        (weights.chunks_exact(biases.len()).map(|row| row[column].into()).collect(), biases[column].into())
    };
    (0..bits).map(|output| xor([map(output), map(bits + output)])).collect()
}

/// The XOR of two inputs that the sign of the product of two `maps`, weights and a bias each, is for all inputs.
fn xor(maps: [(Vec<f64>, f64); 2]) -> Option<Xor> {
    let size = |weights: &[f64]| weights.iter().map(|weight| weight.abs()).sum::<f64>();
    let share = |input: usize| maps.iter().map(|(weights, _)| weights[input].abs() / size(weights)).sum::<f64>();
    let mut tried: Vec<usize> = (0..maps[0].0.len()).collect();
    tried.sort_by(|a, b| share(*b).total_cmp(&share(*a)));
    tried.truncate(TRIED);
    let is_one = |values: usize, place: usize| values >> place & 1 == 1;
    // Whether the product is positive for these values of the tried inputs, if it is so for all values of the others.
    let positive = |values: usize| -> Option<bool> {
        let mut positive = true;
        for (weights, bias) in &maps {
            let signed =
                |(place, input): (usize, &usize)| weights[*input] * if is_one(values, place) { 1.0 } else { -1.0 };
            let value = bias + tried.iter().enumerate().map(signed).sum::<f64>();
            let others = size(weights) - tried.iter().map(|input| weights[*input].abs()).sum::<f64>();
            // The margin covers the rounding of sums in single precision.
            if value.abs() <= others + 1e-4 * (size(weights) + bias.abs()) {
                return None;
            }
            positive ^= value < 0.0;
        }
        Some(positive)
    };
    let table: Vec<bool> = (0..1 << tried.len()).map(positive).collect::<Option<_>>()?;
    let pairs = (0..tried.len()).flat_map(|a| (a + 1..tried.len()).map(move |b| (a, b)));
    let complement = table[0];
    let is_xor = |&(a, b): &(usize, usize)| {
        (0..table.len()).all(|values| table[values] == ((is_one(values, a) != is_one(values, b)) != complement))
    };
    let (a, b) = pairs.into_iter().find(is_xor)?;
    let (a, b) = (tried[a], tried[b]);
    Some(Xor { inputs: [a.min(b), a.max(b)], complement })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proved_holds_for_every_input() {
        // Three inputs, three outputs: columns left 0 to 2, right 0 to 2. Output 1 mixes its two inputs in both maps; output 2 is (x_0 + x_1)^2 - 1, with
        // a little of x_2.
        let weights =
            [[0.1, 2.0, 1.0, -1.0, 0.9, 1.0], [0.2, 0.8, 1.0, 0.3, 2.1, 1.0], [-1.5, 0.3, 0.1, 0.4, 0.2, 0.1]];
        let biases = [0.3, 0.1, 1.0, 0.1, 0.2, -1.0];
        let found = xors(weights.as_flattened(), &biases, 3);
        let inputs: Vec<_> = found.iter().map(|xor| xor.map(|xor| xor.inputs)).collect();
        assert_eq!(inputs, [Some([0, 2]), Some([0, 1]), Some([0, 1])]);
        for input in 0..8 {
            let x = [0, 1, 2].map(|i| if input >> i & 1 == 1 { 1.0 } else { -1.0 });
            let map = |column: usize| biases[column] + (0..3).map(|i| x[i] * weights[i][column]).sum::<f32>();
            for (output, xor) in found.iter().enumerate() {
                let Xor { inputs: [a, b], complement } = xor.unwrap();
                assert_eq!(map(output) * map(3 + output) >= 0.0, (x[a] != x[b]) != complement, "{input} {output}");
            }
        }
        // The second output is x_0 or x_1, and x_2 in both maps.
        let weak = [[0.1, 1.0, -1.0, 1.0], [1.0, 0.1, 1.0, 1.0], [0.9, 0.9, 0.4, 1.2]];
        assert_eq!(xors(weak.as_flattened(), &[0.0; 4], 2)[1], None);
    }
}
