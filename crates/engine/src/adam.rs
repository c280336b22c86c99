//! The Adam optimiser: D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1 with the
//! rearrangement at the end of section 2. It operates on a flat buffer and does not know layers.

/// The optimiser's state for one range of parameters. The decay rates are the paper's defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// Exponential moving average of the gradient, one value per parameter, without bias correction.
    pub mean: Vec<f32>,
    /// Exponential moving average of the squared gradient, one value per parameter, without bias correction.
    pub square: Vec<f32>,
    /// Number of steps taken.
    pub steps: u64,
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

impl Adam {
    /// The initial state for `len` parameters.
    pub fn new(len: usize) -> Self {
        Self { mean: vec![0.0; len], square: vec![0.0; len], steps: 0 }
    }

    /// Updates `parameters` by one step against `gradient`, at learning rate `rate`.
    ///
    /// # Panics
    /// If the lengths of `parameters`, `gradient` and the state differ.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f64) {
        assert_eq!(parameters.len(), self.mean.len(), "parameters and optimiser state");
        assert_eq!(gradient.len(), self.mean.len(), "gradient and optimiser state");
        self.steps += 1;
        let rate = (rate * libm::sqrt(1.0 - power(BETA2, self.steps)) / (1.0 - power(BETA1, self.steps))) as f32;
        let (b1, b2) = (BETA1 as f32, BETA2 as f32);
        let (c1, c2) = ((1.0 - BETA1) as f32, (1.0 - BETA2) as f32);
        for (((p, g), m), v) in parameters.iter_mut().zip(gradient).zip(&mut self.mean).zip(&mut self.square) {
            *m = b1 * *m + c1 * g;
            *v = b2 * *v + c2 * (g * g);
            *p -= rate * *m / (v.sqrt() + EPSILON);
        }
    }
}

/// base^exponent by squaring. The result has the same bits on every machine, which the standard library does not guarantee.
fn power(mut base: f64, mut exponent: u64) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_has_the_size_of_the_learning_rate() {
        // The bias corrections make |first step| = rate for a gradient of any scale.
        let mut adam = Adam::new(2);
        let mut p = [1.0, 1.0];
        adam.step(&mut p, &[3.0, -2e-3], 0.01);
        assert!((p[0] - 0.99).abs() < 1e-5 && (p[1] - 1.01).abs() < 1e-5, "{p:?}");
    }

    #[test]
    fn power_agrees_with_repeated_multiplication() {
        let direct = (0..1000).fold(1.0, |p, _| p * BETA2);
        assert!((power(BETA2, 1000) / direct - 1.0).abs() < 1e-12);
    }
}
