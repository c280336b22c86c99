//! The best affine function of the bits, by ordinary least squares.

use serde::Serialize;

use super::messages::Sample;

/// The fraction of an output's variance that an affine function of the bits explains, on messages that were not used for the
/// fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Explained {
    /// R squared: 1 if all variance is explained, 0 or less if none is.
    pub r_squared: f64,
    /// R squared of the plaintext bits' terms alone.
    pub by_plaintext: f64,
}

/// The best affine functions for a sample, one per output.
pub(super) struct Affine {
    /// For each output: one coefficient for each input coded -1 and +1, then the constant.
    coefficients: Vec<Vec<f64>>,
}

impl Affine {
    /// Fits all outputs. `None` if the inputs do not vary independently in the sample.
    pub(super) fn new(sample: &Sample) -> Option<Self> {
        let ones = vec![0; sample.count.div_ceil(64)];
        let columns: Vec<&[u64]> = sample.inputs.iter().map(Vec::as_slice).chain([ones.as_slice()]).collect();
        // The normal equations. A product of two columns of -1 and +1 is +1 if their bits agree. The last column is all -1, so
        // its coefficient is the negative constant.
        let product = |a: &[u64], b: &[u64]| {
            let differ: u64 = a.iter().zip(b).map(|(a, b)| u64::from((a ^ b).count_ones())).sum();
            sample.count as f64 - 2.0 * differ as f64
        };
        let mut gram: Vec<Vec<f64>> =
            (0..columns.len()).map(|a| (0..=a).map(|b| product(columns[a], columns[b])).collect()).collect();
        cholesky(&mut gram)?;
        let mut right = vec![Vec::with_capacity(columns.len()); sample.outputs.len()];
        let mut signs = vec![0.0; sample.count];
        for column in &columns {
            expand(column, &mut signs);
            for (right, values) in right.iter_mut().zip(&sample.outputs) {
                right.push(dot(&signs, values));
            }
        }
        let solve = |mut right: Vec<f64>| {
            substitute(&gram, &mut right);
            if let Some(constant) = right.last_mut() {
                *constant = -*constant;
            }
            right
        };
        Some(Self { coefficients: right.into_iter().map(solve).collect() })
    }

    /// How well the function of an output predicts `sample`, whose first `bits` inputs are plaintext bits. `None` for a
    /// constant output.
    pub(super) fn explains(&self, output: usize, sample: &Sample, bits: usize) -> Option<Explained> {
        let (constant, slopes) = self.coefficients[output].split_last()?;
        let values = &sample.outputs[output];
        let mut signs = vec![0.0; sample.count];
        let mut sum = |inputs: std::ops::Range<usize>| {
            let mut sums = vec![0.0; sample.count];
            for (slope, column) in slopes[inputs.clone()].iter().zip(&sample.inputs[inputs]) {
                expand(column, &mut signs);
                sums.iter_mut().zip(&signs).for_each(|(sum, sign)| *sum += *slope as f32 * sign);
            }
            sums
        };
        let (plaintext, key) = (sum(0..bits), sum(bits..slopes.len()));
        let mean = values.iter().copied().map(f64::from).sum::<f64>() / sample.count as f64;
        let (mut total, mut rest, mut by_plaintext) = (0.0, 0.0, 0.0);
        for ((value, p), k) in values.iter().zip(plaintext).zip(key) {
            let (value, p, k) = (f64::from(*value), f64::from(p), f64::from(k));
            total += (value - mean).powi(2);
            rest += (value - (constant + p + k)).powi(2);
            by_plaintext += (value - mean) * p;
        }
        let explained = Explained { r_squared: 1.0 - rest / total, by_plaintext: by_plaintext / total };
        (total > 1e-9 * sample.count as f64).then_some(explained)
    }
}

/// Bits to -1 and +1.
fn expand(column: &[u64], signs: &mut [f32]) {
    for (signs, word) in signs.chunks_mut(64).zip(column) {
        for (i, sign) in signs.iter_mut().enumerate() {
            *sign = (word >> i & 1) as f32 * 2.0 - 1.0;
        }
    }
}

/// Eight partial sums, which the compiler can keep in one vector.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0f64; 8];
    for (a, b) in a.iter().zip(b) {
        for i in 0..8 {
            sums[i] += f64::from(a[i] * b[i]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(a * b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// Replaces the lower half of a positive definite matrix by its Cholesky factor. `None` if it is not positive definite.
fn cholesky(rows: &mut [Vec<f64>]) -> Option<()> {
    for i in 0..rows.len() {
        let (above, rest) = rows.split_at_mut(i);
        let row = &mut rest[0];
        let scale = row[i];
        for j in 0..i {
            let inner: f64 = row[..j].iter().zip(&above[j]).map(|(a, b)| a * b).sum();
            row[j] = (row[j] - inner) / above[j][j];
        }
        let square = row[i] - row[..i].iter().map(|x| x * x).sum::<f64>();
        if square <= 1e-9 * scale {
            return None;
        }
        row[i] = square.sqrt();
    }
    Some(())
}

/// Solves L L' x = right in place, given the factor L.
fn substitute(factor: &[Vec<f64>], right: &mut [f64]) {
    for i in 0..right.len() {
        let inner: f64 = factor[i][..i].iter().zip(&*right).map(|(a, b)| a * b).sum();
        right[i] = (right[i] - inner) / factor[i][i];
    }
    for i in (0..right.len()).rev() {
        right[i] /= factor[i][i];
        let (before, here) = right.split_at_mut(i);
        before.iter_mut().zip(&factor[i]).for_each(|(x, l)| *x -= l * here[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages::column;
    use super::*;

    /// Three inputs in all combinations, each combination eight times.
    fn sample(value: impl Fn(f32, f32, f32) -> f32) -> Sample {
        let sign = |m: usize, input: usize| if m >> input & 1 == 1 { 1.0 } else { -1.0 };
        Sample {
            count: 64,
            inputs: (0..3).map(|input| column(64, |m| m >> input & 1 == 1)).collect(),
            outputs: vec![(0..64).map(|m| value(sign(m, 0), sign(m, 1), sign(m, 2))).collect()],
        }
    }

    #[test]
    fn affine_functions_are_found() {
        let sample = sample(|a, b, c| 0.3 + 0.2 * a - 0.1 * b + 0.05 * c);
        let affine = Affine::new(&sample).unwrap();
        for (found, true_value) in affine.coefficients[0].iter().zip([0.2, -0.1, 0.05, 0.3]) {
            assert!((found - true_value).abs() < 1e-6, "{found} {true_value}");
        }
        let Explained { r_squared, by_plaintext } = affine.explains(0, &sample, 1).unwrap();
        assert!((r_squared - 1.0).abs() < 1e-6);
        assert!((by_plaintext - 0.04 / (0.04 + 0.01 + 0.0025)).abs() < 1e-6);
    }

    #[test]
    fn products_are_not_affine_and_constants_have_no_variance() {
        let explained = |sample: Sample| Affine::new(&sample).unwrap().explains(0, &sample, 1);
        assert!(explained(sample(|a, b, _| a * b)).unwrap().r_squared.abs() < 1e-9);
        assert!((explained(sample(|a, b, c| a * b + c)).unwrap().r_squared - 0.5).abs() < 1e-6);
        assert_eq!(explained(sample(|_, _, _| 0.5)), None);
    }

    #[test]
    fn equal_inputs_have_no_fit() {
        let mut sample = sample(|a, _, _| a);
        sample.inputs[1] = sample.inputs[0].clone();
        assert!(Affine::new(&sample).is_none());
    }
}
