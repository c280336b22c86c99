"""Fits r(u) = a + b u so that 2^f = (r(f^2) + f) / (r(f^2) - f) on [-1/2, 1/2], which crates/engine/src/kernels/math.rs uses. Standard library only.

Remez exchange: the relative error is made equal at three points with alternating signs; then the points move to the largest errors.
"""
import math
import struct


def exact(f):
    """r for which the quotient is 2^f: f / tanh(f ln 2 / 2)."""
    return f / math.tanh(f * math.log(2) / 2)


def weight(f):
    """The relative change of 2^f for a change of r: the derivative of ln((r + f) / (r - f)), without its sign."""
    return 2 * f / (exact(f) ** 2 - f**2)


def line_through(points):
    """a and b with weight * (a + b f^2 - exact) = +e, -e, +e at the three points."""
    x = [f**2 for f in points]
    y = [exact(f) for f in points]
    s = [1 / weight(points[0]), -1 / weight(points[1]), 1 / weight(points[2])]
    # Two differences eliminate e; solve for b.
    d, t, v = ([q[i] - q[0] for i in (1, 2)] for q in (x, s, y))
    b = (v[0] * t[1] - v[1] * t[0]) / (d[0] * t[1] - d[1] * t[0])
    e = (v[0] - b * d[0]) / -t[0]
    return y[0] + s[0] * e - b * x[0], b


def error(line, f):
    r = line[0] + line[1] * f**2
    return (r + f) / (r - f) / 2**f - 1


points, grid = [0.15, 0.35, 0.5], [i / 20000 for i in range(1, 10001)]
for _ in range(20):
    line = line_through(points)
    errors = [abs(error(line, f)) for f in grid]
    peaks = [i for i in range(1, len(grid) - 1) if errors[i - 1] < errors[i] >= errors[i + 1]]
    points = [grid[i] for i in peaks[:2]] + [0.5]

line = [struct.unpack("f", struct.pack("f", x))[0] for x in line]
print("a, b:", [f"{x:.9g}" for x in line], "largest relative error", f"{max(abs(error(line, f)) for f in grid):.2e}")
