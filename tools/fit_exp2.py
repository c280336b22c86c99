"""Fits the polynomial for 2^f on [-1/2, 1/2] that crates/engine/src/kernels/math.rs uses. Standard library only.

Remez exchange for the relative error with the constant term held at 1, in exact rationals' stead: 50 decimal digits.
"""
from decimal import Decimal as D, getcontext
import math
import struct

getcontext().prec = 50
DEGREE = 5
LN2 = D(2).ln()


def solve(rows):
    n = len(rows)
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[p] = rows[p], rows[i]
        for r in range(n):
            if r != i:
                q = rows[r][i] / rows[i][i]
                rows[r] = [a - q * b for a, b in zip(rows[r], rows[i])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def error(c, f):
    p = D(0)
    for k in reversed(c):
        p = p * f + k
    return (p / (f * LN2).exp()) - 1


def fit():
    # Unknown: c1..c5 and the levelled error. The constant is 1, so that exp(0) is exactly 1.
    n = DEGREE + 1
    nodes = [D(math.cos(math.pi * i / n)) / 2 for i in range(n + 1)]
    nodes = [f for f in nodes if abs(f) > D("0.01")][:n]
    for _ in range(30):
        rows = []
        for i, f in enumerate(sorted(nodes)):
            y = (f * LN2).exp()
            sign = (-1) ** i if f < 0 else (-1) ** (i + 1)
            rows.append([f ** k for k in range(1, DEGREE + 1)] + [sign * y, y - 1])
        c = [D(1)] + solve(rows)[:DEGREE]
        grid = [D(i) / 2000 for i in range(-1000, 1001)]
        errs = [error(c, f) for f in grid]
        peaks = [i for i in range(len(grid)) if (i == 0 or abs(errs[i]) >= abs(errs[i - 1])) and (i == len(grid) - 1 or abs(errs[i]) >= abs(errs[i + 1])) and abs(errs[i]) > 0]
        peaks = sorted(sorted(peaks, key=lambda i: -abs(errs[i]))[:n])
        new = [grid[i] for i in peaks]
        if len(new) < n or new == nodes:
            break
        nodes = new
    return c


c = fit()
f32 = [struct.unpack("f", struct.pack("f", float(x)))[0] for x in c]
worst = max(abs(error([D(x) for x in f32], D(i) / 20000)) for i in range(-10000, 10001))
print("highest first:", [f"{x:.9g}" for x in reversed(f32)], "largest relative error", f"{float(worst):.2e}")
