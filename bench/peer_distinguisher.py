"""Trains a neural distinguisher after Gohr (CRYPTO 2019) on pairs of 32-bit blocks, in JAX or PyTorch, with the same network as Evesdrop.

Forms: `conv` is natural code, the framework's 1-D convolution; `matmul` concatenates three shifted copies and multiplies once.
"""
import time

import peerlib

WORD, CHANNELS, HIDDEN, BLOCKS = 16, 32, 64, 2


def extra(p):
    p.add_argument("--framework", choices=["jax", "torch"], required=True)
    p.add_argument("--compile", action="store_true", help="PyTorch: inductor")


a = peerlib.arguments(["conv", "matmul"], extra)
a.form = a.form or "matmul"
B = a.batch


def shapes():
    """Convolutions (window, in, out) and dense weights (in, out), each with its bias."""
    convs = [(1, 4, CHANNELS)] + [(3, CHANNELS, CHANNELS)] * 2 * BLOCKS
    dense = [(WORD * CHANNELS, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1)]
    return [shape for weight in convs + dense for shape in (weight, weight[-1:])]


def parameters(seed):
    import numpy as np
    rng = np.random.default_rng(seed)
    deviation = lambda shape: 0.0 if len(shape) == 1 else (2 / np.prod(shape[:-1])) ** 0.5
    return [(rng.standard_normal(s) * deviation(s)).astype(np.float32) for s in shapes()]


def words(x):
    """(examples, 4 words * 16) to (examples, 16 positions, 4): the XOR of the left words, both right ones, their XOR."""
    left, right, left2, right2 = (x[:, i * WORD:(i + 1) * WORD] for i in range(4))
    return left * left2, right, right2, right * right2


def network(f, p, x):
    """`f`: the framework's stack, conv (SAME) and relu."""
    p = list(zip(p[::2], p[1::2]))
    h = f.relu(f.conv(f.stack(words(x)), *p[0]))
    for i in range(BLOCKS):
        h = h + f.conv(f.relu(f.conv(h, *p[1 + 2 * i])), *p[2 + 2 * i])
    h = h.reshape(B, WORD * CHANNELS)
    for w, b in p[-3:-1]:
        h = f.relu(h @ w + b)
    return f.tanh(h @ p[-1][0] + p[-1][1])[:, 0]


def bits(words, shift):
    """64 bits of a pair and 1 label from 3 words of 32."""
    x = (words[:, :, None] >> shift & 1).reshape(B, -1) * 2 - 1
    return x[:, :4 * WORD], x[:, 4 * WORD]


def fixed():
    import numpy as np
    x = np.random.default_rng(1).integers(0, 2, (B, 4 * WORD + 1)) * 2 - 1
    return x[:, :-1].astype(np.float32), x[:, -1].astype(np.float32)


def say_check(loss, gradients):
    import numpy as np
    norms = [float(f"{np.linalg.norm(np.asarray(g, np.float64)):.5g}") for g in gradients]
    peerlib.say(form=a.form, loss=float(loss), gradients=norms)


def in_jax():
    import os
    flags = ["--xla_cpu_prefer_vector_width=512"] + ["--xla_cpu_multi_thread_eigen=false"] * (a.threads == 1)
    os.environ.update(XLA_FLAGS=" ".join(flags), JAX_PLATFORMS="cpu")
    import jax
    import jax.numpy as jnp
    jax.config.update("jax_default_prng_impl", "unsafe_rbg")

    class F:
        relu, tanh = jax.nn.relu, jnp.tanh
        stack = staticmethod(lambda parts: jnp.stack(parts, -1))

        @staticmethod
        def conv(x, k, b):
            if a.form == "conv":
                return jax.lax.conv_general_dilated(x, k, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")) + b
            if k.shape[0] == 3:
                x = jnp.pad(x, ((0, 0), (1, 1), (0, 0)))
                x = jnp.concatenate([x[:, :-2], x[:, 1:-1], x[:, 2:]], -1)
            return x @ k.reshape(-1, k.shape[-1]) + b

    loss = lambda p, x, y: jnp.mean((network(F, p, x) - y) ** 2)
    start_parameters = [jnp.asarray(x) for x in parameters(a.seed)]
    if a.check:
        return say_check(*jax.jit(jax.value_and_grad(loss))(start_parameters, *fixed()))

    def go(s, _):
        p, m, v, t, key = s
        key, now = jax.random.split(key)
        x, y = bits(jax.random.bits(now, (B, 3), jnp.uint32).astype(jnp.int32), jnp.arange(32))
        g, t = jax.grad(loss)(p, x.astype(jnp.float32), y.astype(jnp.float32)), t + 1
        m = [peerlib.BETA1 * m + (1 - peerlib.BETA1) * g for m, g in zip(m, g)]
        v = [peerlib.BETA2 * v + (1 - peerlib.BETA2) * g * g for v, g in zip(v, g)]
        rate = peerlib.RATE * jnp.sqrt(1 - peerlib.BETA2 ** t) / (1 - peerlib.BETA1 ** t)
        p = [p - rate * m / (jnp.sqrt(v) + peerlib.EPSILON) for p, m, v in zip(p, m, v)]
        return (p, m, v, t, key), None

    zeros = [jnp.zeros_like(x) for x in start_parameters]
    state = [(start_parameters, zeros, zeros, jnp.float32(0), jax.random.key(a.seed))]
    start = time.perf_counter()
    goes = jax.jit(lambda s: jax.lax.scan(go, s, None, length=a.block)[0]).lower(state[0]).compile()
    compile_s = time.perf_counter() - start

    def run(_):
        state[0] = jax.block_until_ready(goes(state[0]))

    peerlib.measure(a, jax.__version__, compile_s, run)


def in_torch():
    import torch
    import torch.nn.functional as nn
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)

    class F:
        relu, tanh = torch.relu, torch.tanh
        stack = staticmethod(lambda parts: torch.stack(parts, -1))

        @staticmethod
        def conv(x, k, b):
            if a.form == "conv":
                y = nn.conv1d(x.transpose(1, 2), k.permute(2, 1, 0), b, padding=k.shape[0] // 2)
                return y.transpose(1, 2)
            if k.shape[0] == 3:
                x = nn.pad(x, (0, 0, 1, 1))
                x = torch.cat([x[:, :-2], x[:, 1:-1], x[:, 2:]], -1)
            return torch.addmm(b, x.reshape(-1, x.shape[-1]), k.reshape(-1, k.shape[-1])).reshape(B, WORD, -1)

    p = [torch.from_numpy(x).requires_grad_() for x in parameters(a.seed)]
    loss = lambda x, y: ((network(F, p, x) - y) ** 2).mean()
    loss = torch.compile(loss, fullgraph=True, dynamic=False) if a.compile else loss
    if a.check:
        value = loss(*map(torch.from_numpy, fixed()))
        value.backward()
        return say_check(value.detach(), [x.grad for x in p])
    adam = torch.optim.Adam(p, lr=peerlib.RATE, fused=True)
    shift = torch.arange(32, dtype=torch.int32)

    def run(goes):
        for _ in range(goes):
            x, y = bits(torch.randint(-2 ** 31, 2 ** 31, (B, 3), dtype=torch.int32), shift)
            adam.zero_grad()
            loss(x.float(), y.float()).backward()
            adam.step()

    start = time.perf_counter()
    run(1)
    peerlib.measure(a, torch.__version__, time.perf_counter() - start, run)


{"jax": in_jax, "torch": in_torch}[a.framework]()
