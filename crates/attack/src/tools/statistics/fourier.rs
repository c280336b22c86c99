//! Periodic features (section 2.6), and a Fourier transform.
use std::f64::consts::{PI, SQRT_2, TAU};

use super::special::erfc;
use super::{Bits, Outcome, with_at_least};

/// Are the peaks of the spectrum as high as expected (section 2.6)? Needs 1000 bits.
pub fn spectral(bits: &Bits) -> Outcome {
    with_at_least(bits, 1000, || Outcome::one(spectral_p(bits)))
}

pub(super) fn spectral_p(bits: &Bits) -> f64 {
    let n = bits.len() as f64;
    let signal: Vec<Complex> = bits.iter().map(|b| (if b { 1.0 } else { -1.0 }, 0.0)).collect();
    // 95 % of the peaks of a random sequence are below this height.
    let threshold = (1.0f64 / 0.05).ln() * n;
    let below = transform(signal)[..bits.len() / 2].iter().filter(|(re, im)| re * re + im * im < threshold).count();
    let distance = (below as f64 - 0.95 * n / 2.0) / (n * 0.95 * 0.05 / 4.0).sqrt();
    erfc(distance.abs() / SQRT_2)
}

/// Real and imaginary parts.
type Complex = (f64, f64);

fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// The discrete Fourier transform for any length: radix 2 if possible, else as a convolution with a chirp (L. Bluestein, "A
/// linear filtering approach to the computation of the discrete Fourier transform", 1970).
fn transform(mut signal: Vec<Complex>) -> Vec<Complex> {
    let n = signal.len();
    if n.is_power_of_two() {
        radix_2(&mut signal);
        return signal;
    }
    let size = (2 * n).next_power_of_two();
    // The angle is pi k^2 / n, reduced before it is rounded.
    let chirp: Vec<Complex> = (0..n)
        .map(|k| {
            let reduced = (k as u128 * k as u128 % (2 * n as u128)) as f64;
            let (sin, cos) = (PI * reduced / n as f64).sin_cos();
            (cos, -sin)
        })
        .collect();
    let mut a = vec![(0.0, 0.0); size];
    let mut b = vec![(0.0, 0.0); size];
    for k in 0..n {
        a[k] = times(signal[k], chirp[k]);
        b[k] = (chirp[k].0, -chirp[k].1);
        b[(size - k) % size] = b[k];
    }
    radix_2(&mut a);
    radix_2(&mut b);
    // The inverse transform is the forward one of the conjugate.
    for (x, y) in a.iter_mut().zip(&b) {
        let product = times(*x, *y);
        *x = (product.0, -product.1);
    }
    radix_2(&mut a);
    let scale = 1.0 / size as f64;
    (0..n).map(|k| times((a[k].0 * scale, -a[k].1 * scale), chirp[k])).collect()
}

/// In-place transform of a power of two.
fn radix_2(data: &mut [Complex]) {
    let n = data.len();
    if n < 2 {
        return;
    }
    let unused = usize::BITS - n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> unused;
        if i < j {
            data.swap(i, j);
        }
    }
    // Each root is computed from its own sine and cosine: a running product would lose digits.
    let roots: Vec<Complex> = (0..n / 2)
        .map(|k| {
            let (sin, cos) = (TAU * k as f64 / n as f64).sin_cos();
            (cos, -sin)
        })
        .collect();
    let mut half = 1;
    while half < n {
        let stride = n / (2 * half);
        for block in data.chunks_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let turned = times(*b, roots[k * stride]);
                *b = (a.0 - turned.0, a.1 - turned.1);
                *a = (a.0 + turned.0, a.1 + turned.1);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition() {
        for n in [1usize, 2, 3, 8, 10, 100, 128, 243] {
            let signal: Vec<Complex> = (0..n).map(|i| ((i * i % 7) as f64 - 3.0, (i % 3) as f64)).collect();
            let got = transform(signal.clone());
            for (k, got) in got.iter().enumerate() {
                let mut want = (0.0, 0.0);
                for (i, value) in signal.iter().enumerate() {
                    let (sin, cos) = (TAU * (i * k % n) as f64 / n as f64).sin_cos();
                    let term = times(*value, (cos, -sin));
                    want = (want.0 + term.0, want.1 + term.1);
                }
                assert!((got.0 - want.0).abs() < 1e-9 && (got.1 - want.1).abs() < 1e-9, "{n} {k}");
            }
        }
    }
}
