"""Fits the polynomials for cosine and arccosine that crates/engine/src/kernels/math.rs uses. Needs NumPy.

Iteratively reweighted least squares: weights grow where the error is large, which approximates the minimax polynomial.
"""
import numpy as np


def fit(function, degree, high, constant=None):
    n = 2000
    x = high / 2 * (1 + np.cos(np.pi * (np.arange(n) + 0.5) / n))
    powers, target, weights = np.vander(x, degree + 1, increasing=True), function(x), np.ones(n)
    for _ in range(300):
        w = np.sqrt(weights)
        if constant is None:
            c = np.linalg.lstsq(powers * w[:, None], target * w, rcond=None)[0]
        else:
            rest = np.linalg.lstsq(powers[:, 1:] * w[:, None], (target - constant) * w, rcond=None)[0]
            c = np.concatenate([[constant], rest])
        error = np.abs(powers @ c - target)
        weights *= error / error.max() + 1e-3
        weights /= weights.sum()
    print("highest first:", [f"{v:.9g}" for v in np.float32(c[::-1])], "largest error", f"{error.max():.1e}")


fit(lambda u: np.cos(np.sqrt(u)), 5, (np.pi / 2) ** 2, constant=1.0)
fit(lambda x: np.arccos(x) / np.sqrt(1 - x), 7, 1 - 1e-12)
