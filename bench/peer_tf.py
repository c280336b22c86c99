"""TensorFlow: ten repetitions in one tf.function; compiled by XLA, or (form `conv`) as a graph.

Forms: `conv` is natural code, `tf.nn.conv1d` on whole batches. `hybrid`, compiled by XLA, is the fastest one of the JAX peer: features by
examples, the first convolution as a banded matrix, gradients over chunks of examples that fit a cache.
"""
import math
import os
import time

import peerlib

a = peerlib.arguments(["conv", "hybrid"], lambda p: p.add_argument("--chunk", type=int, help="0: none"))
a.form = a.form or "hybrid"
NATURAL = a.form == "conv"
if a.chunk is None:
    a.chunk = 0 if NATURAL or a.threads > 1 else min(a.batch, 512 if a.bits <= 16 else 256)
os.environ.update(XLA_FLAGS="--xla_cpu_prefer_vector_width=512", TF_CPP_MIN_LOG_LEVEL="3",
                  TF_NUM_INTRAOP_THREADS=str(a.threads))

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(a.threads)
tf.config.threading.set_inter_op_parallelism_threads(a.threads)
N, B = a.bits, a.batch
AXIS = 1 if NATURAL else 0
LOOP = 10  # repetitions per call
sigmoid = tf.sigmoid
PLACE = tf.constant(np.stack([np.eye(2 * N, k=1 - t, dtype=np.float32) for t in range(4)]))


@tf.custom_gradient
def mix(k, x):
    """Channels of x mixed by k. The gradient of k is one matrix product."""
    def backward(dy):
        flat = lambda y: tf.reshape(y, (y.shape[0], -1))
        dx = tf.add_n([k[:, o][:, None, None] * dy[o][None] for o in range(k.shape[1])])
        return tf.matmul(flat(x), flat(dy), transpose_b=True), dx
    return tf.add_n([k[i][:, None, None] * x[i][None] for i in range(k.shape[0])]), backward


def banded(k):
    """The convolution of window 4 as a matrix; rows by channel, then even and odd positions."""
    rows = tf.reshape(tf.einsum("tc,tio->coi", k[:, 0], PLACE), (2, N, 2, 2 * N))
    return tf.reshape(tf.transpose(rows, (0, 2, 1, 3)), (4 * N, 2 * N))


def network(p, x):
    w, b, k1, b1, k2, b2, k3, b3, k4, b4 = p
    if NATURAL:
        h = sigmoid(x @ w + b)[:, :, None]
        h = sigmoid(tf.nn.conv1d(h, k1, 1, "SAME") + b1)
        h = sigmoid(tf.nn.conv1d(h, k2, 2, "SAME") + b2)
        h = sigmoid(tf.nn.conv1d(h, k3, 1, "SAME") + b3)
        return tf.tanh(tf.nn.conv1d(h, k4, 1, "SAME") + b4)[:, :, 0]
    h = sigmoid(tf.matmul(w, x, transpose_a=True) + b[:, None])
    h = tf.reshape(sigmoid(banded(k1) @ h + tf.repeat(b1, 2 * N)[:, None]), (4, N, x.shape[1]))
    h = sigmoid(mix(tf.reshape(tf.transpose(k2, (1, 0, 2)), (4, 4)), h) + b2[:, None, None])
    h = sigmoid(mix(k3[0], h) + b3[:, None, None])
    return tf.tanh(mix(k4[0], h)[0] + b4)


def wrong(p, guess):
    return tf.reduce_sum(tf.abs(p - guess), AXIS) / 2


def loss_alice_bob(alice, bob, eve, p, k):
    c = network(alice, tf.concat([p, k], AXIS))
    by_bob = wrong(p, network(bob, tf.concat([c, k], AXIS)))
    return tf.reduce_sum(by_bob / N + (1 - 2 * wrong(p, network(eve, c)) / N) ** 2) / B


def loss_eve(eve, c, p):
    return tf.reduce_sum(wrong(p, network(eve, c))) / B


SIZES = {inputs: [math.prod(s) for s in peerlib.shapes(N, inputs)] for inputs in (N, 2 * N)}
SIZE = sum(SIZES[2 * N])  # of Alice, and of Bob


def unflatten(flat, inputs):
    return [tf.reshape(x, s) for x, s in zip(tf.split(flat, SIZES[inputs]), peerlib.shapes(N, inputs))]


def encrypt(ab, p, k):
    return network(unflatten(ab[:SIZE], 2 * N), tf.concat([p, k], AXIS))


def draw(seed):
    """Plaintexts and keys from 2N random bits per example."""
    words = -(-2 * N // 32)
    shape = (B, words) if NATURAL else (words, B)
    words = tf.random.stateless_uniform(shape, seed, None, None, tf.int32, alg="philox")
    shift = tf.range(32, dtype=tf.int32)
    shift = shift if NATURAL else shift[None, :, None]
    bits = tf.bitwise.right_shift(tf.expand_dims(words, AXIS + 1), shift) & 1
    x = tf.cast(tf.reshape(bits, (B, -1) if NATURAL else (-1, B)) * 2 - 1, tf.float32)
    return (x[:, :N], x[:, N:2 * N]) if NATURAL else (x[:N], x[N:2 * N])


def chunked(f, p, k, like):
    """f(p, k) summed over chunks of the batch."""
    if not a.chunk or a.chunk >= B:
        return f(p, k)
    p, k = (tf.transpose(tf.reshape(x, (N, -1, a.chunk)), (1, 0, 2)) for x in (p, k))
    add = lambda i, sum: (i + 1, sum + f(p[i], k[i]))
    return tf.while_loop(lambda i, sum: i < B // a.chunk, add, (0, tf.zeros_like(like)), parallel_iterations=1)[1]


def gradient(loss, at):
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = loss(at)
    return tape.gradient(value, at)


def gradient_alice_bob(ab, eve, p, k):
    loss = lambda ab: loss_alice_bob(unflatten(ab[:SIZE], 2 * N), unflatten(ab[SIZE:], 2 * N), unflatten(eve, N), p, k)
    return gradient(loss, ab)


def gradient_eve(ab, eve, p, k):
    c = encrypt(ab, p, k)
    return gradient(lambda eve: loss_eve(unflatten(eve, N), c, p), eve)


def adam(w, g, m, v, t):
    m = peerlib.BETA1 * m + (1 - peerlib.BETA1) * g
    v = peerlib.BETA2 * v + (1 - peerlib.BETA2) * g * g
    rate = peerlib.RATE * tf.sqrt(1 - peerlib.BETA2 ** t) / (1 - peerlib.BETA1 ** t)
    return w - rate * m / (tf.sqrt(v) + peerlib.EPSILON), m, v, t


def go(number, ab, eve, c):
    """One repetition of the workload."""
    if a.workload == "encrypt":
        return number + 1, ab, eve, encrypt(ab[0], *draw(tf.stack([number, 0])))
    if a.workload == "round":
        g = chunked(lambda p, k: gradient_alice_bob(ab[0], eve[0], p, k), *draw(tf.stack([number, 0])), ab[0])
        ab = adam(ab[0], g, *ab[1:3], ab[3] + 1)
    for step in (1, 2)[a.workload == "eve":]:
        g = chunked(lambda p, k: gradient_eve(ab[0], eve[0], p, k), *draw(tf.stack([number, step])), eve[0])
        eve = adam(eve[0], g, *eve[1:3], eve[3] + 1)
    return number + 1, ab, eve, c


@tf.function(jit_compile=not NATURAL)
def goes(number, ab, eve, c):
    end = number + LOOP
    return tf.while_loop(lambda number, *_: number < end, go, (number, ab, eve, c), parallel_iterations=1)


def check(ab, eve):
    p, k = (tf.constant(np.ascontiguousarray(x if NATURAL else x.T)) for x in peerlib.fixed_bits(N, B))
    run = tf.function(lambda: (chunked(lambda p, k: gradient_alice_bob(ab, eve, p, k), p, k, ab),
                               chunked(lambda p, k: gradient_eve(ab, eve, p, k), p, k, eve)), jit_compile=not NATURAL)
    g, ge = run()
    networks = unflatten(ab[:SIZE], 2 * N), unflatten(ab[SIZE:], 2 * N), unflatten(eve, N)
    peerlib.check(a, loss_alice_bob(*networks, p, k), unflatten(g[:SIZE], 2 * N) + unflatten(g[SIZE:], 2 * N),
                  loss_eve(networks[2], encrypt(ab, p, k), p), unflatten(ge, N))


def main():
    flat = lambda *ps: tf.constant(np.concatenate([x.ravel() for p in ps for x in p]))
    alice, bob, eve = peerlib.networks(N, a.seed)
    ab, eve = flat(alice, bob), flat(eve)
    if a.check:
        return check(ab, eve)
    trainee = lambda w: (w, tf.zeros_like(w), tf.zeros_like(w), tf.constant(0.0))
    state = [(tf.constant(0), trainee(ab), trainee(eve), tf.zeros((B, N) if NATURAL else (N, B)))]

    def run(count):
        for _ in range(-(-count // LOOP)):
            state[0] = goes(*state[0])
        state[0][2][0].numpy()

    start = time.perf_counter()
    run(LOOP)
    a.block = -(-a.block // LOOP) * LOOP  # whole calls
    peerlib.measure(a, tf.__version__, time.perf_counter() - start, run)


main()
