"""Code shared by the peers: the command line, initial weights, fixed data, and the timing. NumPy and the standard library.

A peer calls `arguments()` before it imports its framework: thread counts are read from the environment at import.
"""
import argparse
import json
import os
import statistics
import time

RATE, BETA1, BETA2, EPSILON = 8e-4, 0.9, 0.999, 1e-8
BOB_GOAL, EVE_GOAL = 0.05, 7.3  # wrong bits of 16; scaled with the message


def arguments(forms, extra=lambda p: None):
    p = argparse.ArgumentParser()
    p.add_argument("--workload", choices=["round", "eve", "encrypt", "train", "distinguisher"], default="round")
    p.add_argument("--bits", type=int, default=16)
    p.add_argument("--batch", type=int, default=4096)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--samples", type=int, default=20, help="timed samples, each of --block repetitions")
    p.add_argument("--block", type=int, default=10)
    p.add_argument("--seconds", type=float, default=20, help="no new sample after this time")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--max-rounds", type=int, default=150_000, help="train: maximum number of rounds")
    p.add_argument("--form", choices=forms, help="how the convolutions are written; default: the fastest found")
    p.add_argument("--check", action="store_true", help="print losses and gradient norms on fixed data")
    extra(p)
    a = p.parse_args()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(a.threads)
    return a


def shapes(n, inputs):
    """Dense weights (in, out), then convolutions (window, in, out), each with its bias."""
    return [(inputs, 2 * n), (2 * n,), (4, 1, 2), (2,), (2, 2, 4), (4,), (1, 4, 4), (4,), (1, 4, 1), (1,)]


def networks(n, seed):
    """Alice, Bob and Eve before training: weights as in Glorot and Bengio, biases 0."""
    import numpy as np
    rng = np.random.default_rng(seed)

    def tensor(shape):
        if len(shape) == 1:
            return np.zeros(shape, np.float32)
        field = shape[0] if len(shape) == 3 else 1
        limit = (6 / (field * (shape[-2] + shape[-1]))) ** 0.5
        return rng.uniform(-limit, limit, shape).astype(np.float32)

    return [[tensor(s) for s in shapes(n, inputs)] for inputs in (2 * n, 2 * n, n)]


def fixed_bits(n, batch):
    """Plaintexts and keys of shape (batch, n), coded -1 and +1, for --check."""
    import numpy as np
    rng = np.random.default_rng(1)
    return [(rng.integers(0, 2, (batch, n)) * 2 - 1).astype(np.float32) for _ in range(2)]


def say(**line):
    print(json.dumps(line), flush=True)


def peak_mb():
    """Peak memory of this process in MB; None if the system does not report it."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1e3 for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return None


def check(a, loss_alice_bob, gradients, loss_eve, eve_gradients):
    """Losses, and the norm of every tensor's gradient."""
    import numpy as np
    norms = lambda tensors: [float(f"{np.linalg.norm(np.asarray(x, np.float64)):.5g}") for x in tensors]
    say(form=a.form, loss_alice_bob=float(loss_alice_bob), loss_eve=float(loss_eve),
        alice_bob=norms(gradients), eve=norms(eve_gradients))


def measure(a, version, compile_s, run):
    """`run(k)` does k repetitions and returns when they are finished. The first block is a warm-up."""
    run(a.block)
    samples, begun = [], time.perf_counter()
    while len(samples) < 3 or len(samples) < a.samples and time.perf_counter() - begun < a.seconds:
        start = time.perf_counter()
        run(a.block)
        samples.append((time.perf_counter() - start) * 1e3 / a.block)
    say(workload=a.workload, bits=a.bits, batch=a.batch, threads=a.threads, form=a.form, version=version,
        median_ms=statistics.median(samples), fastest_ms=min(samples), slowest_ms=max(samples),
        samples=len(samples), block=a.block, peak_mb=peak_mb(), compile_s=round(compile_s, 2))


def train(a, version, compile_s, run, test):
    """Rounds until the paper's goals are met, tested every hundred; `test()` gives Bob's and Eve's wrong bits."""
    scale, begun, rounds, met = a.bits / 16, time.perf_counter(), 0, False
    while rounds < a.max_rounds and not met:
        run(100)
        rounds += 100
        bob, eve = (float(x) for x in test())
        met = bob <= BOB_GOAL * scale and eve >= EVE_GOAL * scale
    say(workload="train", bits=a.bits, batch=a.batch, threads=a.threads, form=a.form, version=version, seed=a.seed,
        trained=met, rounds=rounds, seconds=round(time.perf_counter() - begun, 3), bob=bob, eve=eve,
        compile_s=round(compile_s, 2))
