//! Real-valued ciphertexts, as from learned ciphers, and their quantisation to bits.
use super::Blocks;

/// A batch of rows of `f32` values in (-1, 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Floats {
    width: usize,
    values: Vec<f32>,
}

impl Floats {
    /// Rows of `width` values from one flat vector, in row-major order. An incomplete last row is dropped.
    pub fn new(width: usize, mut values: Vec<f32>) -> Self {
        values.truncate(values.len() / width.max(1) * width);
        Self { width, values }
    }

    /// Number of values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// All values, row after row.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Quantises each value to one of `2^depth` equal steps of [-1, 1], written as `depth` bits (1 to 16); the lowest step is
    /// all zeros. With `depth` 1 this is the sign.
    pub fn quantise(&self, depth: u32) -> Blocks {
        let depth = depth.clamp(1, 16) as usize;
        let mut out = Blocks::new(self.width * depth, self.rows());
        for row in 0..self.rows() {
            for (column, &value) in self.row(row).iter().enumerate() {
                let step = step_of(value, depth);
                for bit in 0..depth {
                    out.set(row, column * depth + bit, step >> (depth - 1 - bit) & 1 == 1);
                }
            }
        }
        out
    }

    /// The middle of each value's step: what [`Self::quantise`] preserves of the ciphertext.
    pub fn rounded(&self, depth: u32) -> Self {
        let depth = depth.clamp(1, 16) as usize;
        let middle = |step: u32| (2 * step + 1) as f32 / (1u32 << depth) as f32 - 1.0;
        Self { width: self.width, values: self.values.iter().map(|&v| middle(step_of(v, depth))).collect() }
    }
}

/// The step of [-1, 1] that contains a value. Values outside belong to the outermost steps.
fn step_of(value: f32, depth: usize) -> u32 {
    let steps = (1u32 << depth) as f32;
    ((value + 1.0) / 2.0 * steps).floor().clamp(0.0, steps - 1.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_is_the_sign_and_rounding_keeps_the_step() {
        let floats = Floats::new(3, vec![-0.9, 0.1, 0.99, 0.3, -0.2, -1.0]);
        assert_eq!(floats.rows(), 2);
        let signs = floats.quantise(1);
        assert_eq!((signs.value(0), signs.value(1)), (0b011, 0b100));
        for depth in [1, 2, 4, 8] {
            assert_eq!(floats.rounded(depth).quantise(depth), floats.quantise(depth));
        }
    }
}
