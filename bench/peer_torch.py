"""PyTorch: eager, or with --compile the gradient of one chunk of examples compiled (inductor) and looped over.

Forms: `conv` is natural code, `conv1d` on whole batches; `mixed` (the first convolution as a banded matrix, the others as
products over channels) was the fastest eager one of nine tried, `shift` (sums of shifted rows) the fastest compiled one.
"""
import time

import peerlib

a = peerlib.arguments(["conv", "mixed", "shift"], lambda p: p.add_argument("--compile", action="store_true"))
a.form = a.form or ("shift" if a.compile else "mixed")

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(a.threads)
N, B = a.bits, a.batch
CHUNK = min(1024, B) if a.compile else B
TALL = a.form == "shift"  # features by examples, not examples by features
AXIS = 0 if TALL else 1
sigmoid = torch.sigmoid
PLACE = torch.from_numpy(np.stack([np.eye(2 * N, k=1 - t, dtype=np.float32) for t in range(4)]))


def tanh(x):
    return 2 * sigmoid(2 * x) - 1  # much faster than torch.tanh on CPUs


def network(p, x):
    w, b, k1, b1, k2, b2, k3, b3, k4, b4 = p
    if a.form == "conv":
        h = sigmoid(torch.addmm(b, x, w)).unsqueeze(1)
        h = sigmoid(F.conv1d(F.pad(h, (1, 2)), k1.permute(2, 1, 0), b1))
        h = sigmoid(F.conv1d(h, k2.permute(2, 1, 0), b2, stride=2))
        h = sigmoid(F.conv1d(h, k3.permute(2, 1, 0), b3))
        return torch.tanh(F.conv1d(h, k4.permute(2, 1, 0), b4)).squeeze(1)
    if a.form == "mixed":
        h = sigmoid(torch.addmm(b, x, w))
        rows = torch.einsum("tc,tio->ioc", k1[:, 0], PLACE).reshape(2 * N, 4 * N)
        h = sigmoid(torch.addmm(b1.repeat(2 * N), h, rows)).reshape(-1, 4)
        h = sigmoid(torch.addmm(b2, h, k2.reshape(4, 4)))
        h = sigmoid(torch.addmm(b3, h, k3[0]))
        return tanh(torch.addmm(b4, h, k4[0])).reshape(-1, N)
    h = F.pad(sigmoid(torch.addmm(b.unsqueeze(1), w.t(), x)), (0, 0, 1, 2))
    h = [sigmoid(sum(k1[t, 0, o] * h[t:t + 2 * N] for t in range(4)) + b1[o]).reshape(N, 2, -1) for o in range(2)]
    h = [sigmoid(sum(k2[t, i, o] * h[i][:, t] for i in range(2) for t in range(2)) + b2[o]) for o in range(4)]
    h = [sigmoid(sum(k3[0, i, o] * h[i] for i in range(4)) + b3[o]) for o in range(4)]
    return tanh(sum(k4[0, i, 0] * h[i] for i in range(4)) + b4[0])


def wrong(p, guess):
    return (p - guess).abs().sum(AXIS) / 2


def loss_alice_bob(alice, bob, eve, p, k):
    c = network(alice, torch.cat((p, k), AXIS))
    by_bob = wrong(p, network(bob, torch.cat((c, k), AXIS)))
    return (by_bob / N + (1 - 2 * wrong(p, network(eve, c)) / N) ** 2).sum() / B


def loss_eve(eve, c, p):
    return wrong(p, network(eve, c)).sum() / B


SHIFT = torch.arange(32, dtype=torch.int32)


def draw(count):
    """Plaintexts and keys from 2N random bits per example."""
    words = -(-2 * N // 32)
    shape = (words, 1, count) if TALL else (count, words, 1)
    bits = torch.randint(-2 ** 31, 2 ** 31, shape, dtype=torch.int32) >> (SHIFT.view(1, 32, 1) if TALL else SHIFT) & 1
    x = (bits * 2 - 1).reshape((-1, count) if TALL else (count, -1)).float()
    return x.split(N, AXIS)[:2]


class Eager:
    """Autograd and the fused Adam."""

    def __init__(self, networks):
        self.alice, self.bob, self.eve = ([torch.from_numpy(x).requires_grad_() for x in p] for p in networks)
        adam = lambda tensors: torch.optim.Adam(tensors, lr=peerlib.RATE, fused=True)
        self.adam_ab, self.adam_eve = adam(self.alice + self.bob), adam(self.eve)

    def gradients(self, p, k):
        both, eve = self.alice + self.bob, [x.detach() for x in self.eve]
        return torch.autograd.grad(loss_alice_bob(self.alice, self.bob, eve, p, k), both)

    def eve_gradients(self, p, k):
        with torch.no_grad():
            c = network(self.alice, torch.cat((p, k), AXIS))
        return torch.autograd.grad(loss_eve(self.eve, c, p), self.eve)

    def step(self, adam, tensors, gradients):
        for tensor, gradient in zip(tensors, gradients):
            tensor.grad = gradient
        adam.step()

    def alice_bob_step(self):
        self.step(self.adam_ab, self.alice + self.bob, self.gradients(*draw(B)))

    def eve_step(self):
        self.step(self.adam_eve, self.eve, self.eve_gradients(*draw(B)))

    @torch.no_grad()
    def encrypt(self):
        self.c = network(self.alice, torch.cat(draw(B), AXIS))


SIZES = {inputs: [int(np.prod(s)) for s in peerlib.shapes(N, inputs)] for inputs in (N, 2 * N)}


def unflatten(flat, inputs):
    return [x.reshape(s) for x, s in zip(flat.split(SIZES[inputs]), peerlib.shapes(N, inputs))]


def flatten(tensors):
    return torch.cat([x.reshape(-1) for x in tensors])


def add_gradient(sum, ab, eve, p, k):
    alice, bob = (unflatten(part, 2 * N) for part in ab.chunk(2))
    fixed = unflatten(eve, N)
    gradient = torch.func.grad(lambda t: loss_alice_bob(t[:10], t[10:], fixed, p, k))(alice + bob)
    return sum + flatten(gradient)


def add_eve_gradient(sum, ab, eve, p, k):
    c = network(unflatten(ab.chunk(2)[0], 2 * N), torch.cat((p, k), AXIS))
    return sum + flatten(torch.func.grad(lambda t: loss_eve(t, c, p))(unflatten(eve, N)))


def adam(w, g, m, v, t):
    t = t + 1
    m = peerlib.BETA1 * m + (1 - peerlib.BETA1) * g
    v = peerlib.BETA2 * v + (1 - peerlib.BETA2) * g * g
    rate = peerlib.RATE * torch.sqrt(1 - peerlib.BETA2 ** t) / (1 - peerlib.BETA1 ** t)
    return w - rate * m / (torch.sqrt(v) + peerlib.EPSILON), m, v, t


class Compiled:
    """Flat parameters; compiled functions for a chunk's gradient, random bits included, and for Adam."""

    def __init__(self, networks):
        import torch._inductor.config as inductor
        inductor.cpp.threads = a.threads
        inductor.cpp.enable_unsafe_math_opt_flag = True
        inductor.cpp.enable_floating_point_contract_flag = "fast"
        flat = lambda *ps: torch.cat([torch.from_numpy(x).reshape(-1) for p in ps for x in p])
        trainee = lambda w: (w, torch.zeros_like(w), torch.zeros_like(w), torch.zeros(()))
        self.ab, self.eve = trainee(flat(*networks[:2])), trainee(flat(networks[2]))
        compile = lambda f: torch.compile(f, fullgraph=True, dynamic=False)
        self.alice_bob_chunk = compile(lambda sum, ab, eve: add_gradient(sum, ab, eve, *draw(CHUNK)))
        self.eve_chunk = compile(lambda sum, ab, eve: add_eve_gradient(sum, ab, eve, *draw(CHUNK)))
        self.encrypt_chunk = compile(
            lambda ab: network(unflatten(ab.chunk(2)[0], 2 * N), torch.cat(draw(CHUNK), AXIS)))
        self.adam = compile(adam)

    def sum(self, chunk, like):
        sum = torch.zeros_like(like)
        for _ in range(B // CHUNK):
            sum = chunk(sum, self.ab[0], self.eve[0])
        return sum

    @torch.no_grad()
    def alice_bob_step(self):
        w, m, v, t = self.ab
        self.ab = self.adam(w, self.sum(self.alice_bob_chunk, w), m, v, t)

    @torch.no_grad()
    def eve_step(self):
        w, m, v, t = self.eve
        self.eve = self.adam(w, self.sum(self.eve_chunk, w), m, v, t)

    @torch.no_grad()
    def encrypt(self):
        self.c = [self.encrypt_chunk(self.ab[0]) for _ in range(B // CHUNK)]


@torch.no_grad()
def test(peer):
    """Bob's and Eve's wrong bits on fresh data."""
    p, k = draw(B)
    c = network(peer.alice, torch.cat((p, k), AXIS))
    bob = network(peer.bob, torch.cat((c, k), AXIS))
    return wrong(p, bob).mean(), wrong(p, network(peer.eve, c)).mean()


def check(networks):
    """The gradients that are timed, on fixed data."""
    p, k = (torch.from_numpy(np.ascontiguousarray(x.T if TALL else x)) for x in peerlib.fixed_bits(N, B))
    eager = Eager(networks)
    if a.compile:
        compiled = Compiled(networks)
        ab, eve = compiled.ab[0], compiled.eve[0]
        chunks = list(zip(p.split(CHUNK, 1 - AXIS), k.split(CHUNK, 1 - AXIS)))
        total = lambda f, like: sum(torch.compile(f)(torch.zeros_like(like), ab, eve, p, k) for p, k in chunks)
        with torch.no_grad():
            g, ge = total(add_gradient, ab), total(add_eve_gradient, eve)
        g, ge = [y for x in g.chunk(2) for y in unflatten(x, 2 * N)], unflatten(ge, N)
    else:
        g, ge = eager.gradients(p, k), eager.eve_gradients(p, k)
    c = network(eager.alice, torch.cat((p, k), AXIS))
    first = loss_alice_bob(eager.alice, eager.bob, eager.eve, p, k)
    peerlib.check(a, first.detach(), g, loss_eve(eager.eve, c, p).detach(), ge)


def main():
    torch.manual_seed(a.seed)
    networks = peerlib.networks(N, a.seed)
    if a.check:
        return check(networks)
    peer = (Compiled if a.compile else Eager)(networks)
    steps = {"eve": [peer.eve_step], "encrypt": [peer.encrypt]}.get(
        a.workload, [peer.alice_bob_step, peer.eve_step, peer.eve_step])

    def run(goes):
        for _ in range(goes):
            for step in steps:
                step()

    start = time.perf_counter()
    run(1)
    compile_s = time.perf_counter() - start
    if a.workload == "train":
        peerlib.train(a, torch.__version__, compile_s, run, lambda: test(peer))
    else:
        peerlib.measure(a, torch.__version__, compile_s, run)


main()
