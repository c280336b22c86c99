"""JAX: whole rounds in one jitted function, with `lax.scan` over rounds; XLA on the CPU.

Forms: `conv` is natural code, `lax.conv_general_dilated` on whole batches. `hybrid` and `shift` hold features by examples,
take gradients over chunks of examples that fit a cache, and were the fastest of ten tried at 16 bits and beyond.
"""
import os
import time

import peerlib

a = peerlib.arguments(["conv", "hybrid", "shift"], lambda p: p.add_argument("--chunk", type=int, help="0: none"))
a.form = a.form or ("hybrid" if a.bits <= 16 else "shift")
if a.chunk is None:
    a.chunk = 0 if a.form == "conv" or a.threads > 1 else 256 if a.bits <= 16 else 128
flags = ["--xla_cpu_prefer_vector_width=512"] + ["--xla_cpu_multi_thread_eigen=false"] * (a.threads == 1)
os.environ.update(XLA_FLAGS=" ".join(flags), JAX_PLATFORMS="cpu")

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

N, B = a.bits, a.batch
TALL = a.form != "conv"  # features by examples, not examples by features
AXIS = 0 if TALL else 1
jax.config.update("jax_default_prng_impl", "unsafe_rbg")  # the fastest generator
sigmoid = lax.logistic


def unflatten(flat, inputs):
    tensors, place = [], 0
    for shape in peerlib.shapes(N, inputs):
        size = int(np.prod(shape))
        tensors.append(flat[place:place + size].reshape(shape))
        place += size
    return tensors


SIZE = sum(int(np.prod(s)) for s in peerlib.shapes(N, 2 * N))  # of Alice, and of Bob


@jax.custom_vjp
def mix(k, x):
    """Channels of x mixed by k. The gradient of k is one matrix product."""
    return sum(k[i][:, None, None] * x[i][None] for i in range(k.shape[0]))


def mix_backward(saved, dy):
    k, x = saved
    dx = sum(k[:, o][:, None, None] * dy[o][None] for o in range(k.shape[1]))
    return jnp.einsum("ipb,opb->io", x, dy), dx


mix.defvjp(lambda k, x: (mix(k, x), (k, x)), mix_backward)


def banded(k):
    """The convolution of window 4 as a matrix; rows by channel, then even and odd positions."""
    place = np.stack([np.eye(2 * N, k=1 - t, dtype=np.float32) for t in range(4)])
    rows = jnp.einsum("tc,tio->coi", k[:, 0], place)
    return rows.reshape(2, N, 2, 2 * N).transpose(0, 2, 1, 3).reshape(4 * N, 2 * N)


def network(p, x):
    w, b, k1, b1, k2, b2, k3, b3, k4, b4 = p
    if a.form == "conv":
        names = ("NWC", "WIO", "NWC")
        conv = lambda x, k, stride: lax.conv_general_dilated(x, k, (stride,), "SAME", dimension_numbers=names)
        h = sigmoid(x @ w + b)[:, :, None]
        h = sigmoid(conv(h, k1, 1) + b1)
        h = sigmoid(conv(h, k2, 2) + b2)
        h = sigmoid(conv(h, k3, 1) + b3)
        return jnp.tanh(conv(h, k4, 1) + b4)[:, :, 0]
    h = sigmoid(w.T @ x + b[:, None])
    if a.form == "hybrid":
        h = sigmoid(banded(k1) @ h + jnp.repeat(b1, 2 * N)[:, None]).reshape(4, N, -1)
        h = sigmoid(mix(k2.transpose(1, 0, 2).reshape(4, 4), h) + b2[:, None, None])
        h = sigmoid(mix(k3[0], h) + b3[:, None, None])
        return jnp.tanh(mix(k4[0], h)[0] + b4)
    h = jnp.pad(h, ((1, 2), (0, 0)))
    h = [sigmoid(sum(k1[t, 0, o] * h[t:t + 2 * N] for t in range(4)) + b1[o]).reshape(N, 2, -1) for o in range(2)]
    h = [sigmoid(sum(k2[t, i, o] * h[i][:, t] for i in range(2) for t in range(2)) + b2[o]) for o in range(4)]
    h = [sigmoid(sum(k3[0, i, o] * h[i] for i in range(4)) + b3[o]) for o in range(4)]
    return jnp.tanh(sum(k4[0, i, 0] * h[i] for i in range(4)) + b4[0])


def wrong(p, guess):
    return jnp.sum(jnp.abs(p - guess), AXIS) / 2


def encrypt(ab, p, k):
    return network(unflatten(ab[:SIZE], 2 * N), jnp.concatenate([p, k], AXIS))


def wrong_bits(ab, eve, p, k):
    c = encrypt(ab, p, k)
    bob = wrong(p, network(unflatten(ab[SIZE:], 2 * N), jnp.concatenate([c, k], AXIS)))
    return bob, wrong(p, network(unflatten(eve, N), c))


def loss_alice_bob(ab, eve, p, k):
    bob, eve = wrong_bits(ab, eve, p, k)
    return jnp.sum(bob / N + (1 - 2 * eve / N) ** 2) / B


def loss_eve(eve, c, p):
    return jnp.sum(wrong(p, network(unflatten(eve, N), c))) / B


def draw(key):
    """Plaintexts and keys from 2N random bits per example."""
    words = -(-2 * N // 32)
    shift = jnp.arange(32, dtype=jnp.uint32)
    if TALL:
        bits = jax.random.bits(key, (words, 1, B), jnp.uint32) >> shift[None, :, None] & 1
        x = bits.reshape(-1, B).astype(jnp.float32) * 2 - 1
        return x[:N], x[N:2 * N]
    bits = jax.random.bits(key, (B, words, 1), jnp.uint32) >> shift & 1
    x = bits.reshape(B, -1).astype(jnp.float32) * 2 - 1
    return x[:, :N], x[:, N:2 * N]


def chunked(f, join=None):
    """f(p, k) over chunks of the batch, summed or joined."""
    if not a.chunk or a.chunk >= B:
        return f
    split = lambda x: x.reshape(N, -1, a.chunk).transpose(1, 0, 2) if TALL else x.reshape(-1, a.chunk, N)

    def over(p, k):
        parts = split(p), split(k)
        if join:
            return join(lax.map(lambda pk: f(*pk), parts))
        zero = jnp.zeros_like(f(parts[0][0], parts[1][0]))
        return lax.scan(lambda sum, pk: (sum + f(*pk), None), zero, parts)[0]

    return over


def adam(w, g, m, v, t):
    m = peerlib.BETA1 * m + (1 - peerlib.BETA1) * g
    v = peerlib.BETA2 * v + (1 - peerlib.BETA2) * g * g
    rate = peerlib.RATE * jnp.sqrt(1 - peerlib.BETA2 ** t) / (1 - peerlib.BETA1 ** t)
    return w - rate * m / (jnp.sqrt(v) + peerlib.EPSILON), m, v, t


def step_alice_bob(s, key):
    (ab, m, v, t), eve = s["ab"], s["eve"][0]
    g = chunked(lambda p, k: jax.grad(loss_alice_bob)(ab, eve, p, k))(*draw(key))
    return dict(s, ab=adam(ab, g, m, v, t + 1))


def step_eve(s, key):
    ab, (eve, m, v, t) = s["ab"][0], s["eve"]
    g = chunked(lambda p, k: jax.grad(loss_eve)(eve, encrypt(ab, p, k), p))(*draw(key))
    return dict(s, eve=adam(eve, g, m, v, t + 1))


def go(s, _):
    """One repetition of the workload."""
    key, *keys = jax.random.split(s["key"], 4)
    if a.workload == "encrypt":
        join = lambda c: c.transpose(1, 0, 2).reshape(N, -1) if TALL else c.reshape(-1, N)
        c = chunked(lambda p, k: encrypt(s["ab"][0], p, k), join)(*draw(keys[0]))
        return dict(s, key=key, c=c), None
    if a.workload != "eve":
        s = step_alice_bob(s, keys[0])
        s = step_eve(s, keys[1])
    return dict(step_eve(s, keys[2]), key=key), None


def state():
    alice, bob, eve = peerlib.networks(N, a.seed)
    flat = lambda tensors: jnp.concatenate([jnp.asarray(x).ravel() for x in tensors])
    trainee = lambda w: (w, jnp.zeros_like(w), jnp.zeros_like(w), jnp.float32(0))
    s = dict(ab=trainee(flat(alice + bob)), eve=trainee(flat(eve)), key=jax.random.key(a.seed))
    return dict(s, c=jnp.zeros((N, B) if TALL else (B, N))) if a.workload == "encrypt" else s


def main():
    s = state()
    if a.check:
        p, k = (jnp.asarray(x.T if TALL else x) for x in peerlib.fixed_bits(N, B))
        ab, eve = s["ab"][0], s["eve"][0]
        g = jax.jit(chunked(lambda p, k: jax.grad(loss_alice_bob)(ab, eve, p, k)))(p, k)
        c = encrypt(ab, p, k)
        ge = jax.jit(chunked(lambda p, k: jax.grad(loss_eve)(eve, encrypt(ab, p, k), p)))(p, k)
        both = unflatten(g[:SIZE], 2 * N) + unflatten(g[SIZE:], 2 * N)
        peerlib.check(a, loss_alice_bob(ab, eve, p, k), both, loss_eve(eve, c, p), unflatten(ge, N))
        return
    block = 100 if a.workload == "train" else a.block
    start = time.perf_counter()
    goes = jax.jit(lambda s: lax.scan(go, s, None, length=block)[0], donate_argnums=0).lower(s).compile()
    test = jax.jit(lambda s, key: jnp.stack([x.mean() for x in wrong_bits(s["ab"][0], s["eve"][0], *draw(key))]))
    key = jax.random.key(a.seed + 1)
    test(s, key)
    compile_s = time.perf_counter() - start
    box = [s, key]

    def run(_):
        box[0] = jax.block_until_ready(goes(box[0]))

    def fresh_test():
        box[1], key = jax.random.split(box[1])
        return test(box[0], key)

    if a.workload == "train":
        peerlib.train(a, jax.__version__, compile_s, run, fresh_test)
    else:
        peerlib.measure(a, jax.__version__, compile_s, run)


main()
