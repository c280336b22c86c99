"""Golden values of the symmetric game from PyTorch, in double precision.

    pip install torch numpy
    python tools/oracles/symmetric_torch.py crates/learn/tests/golden

Writes one JSON file per network. Parameters, plaintexts and keys follow formulas that crates/learn/tests/golden.rs also
uses, so the files contain results only. The implementation follows the paper (arXiv 1610.06918, section 2) with
torch.nn.functional, and shares no code with the engine.
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F

N, K, BATCH = 8, 6, 150
EXAMPLES = (0, 1, 149)

# (window, input channels, output channels, stride); sigmoids in between, a hyperbolic tangent at the end.
NETWORKS = {
    "paper": {"sigmoid_after_dense": True, "convs": [(4, 1, 2, 1), (2, 2, 4, 2), (1, 4, 4, 1), (1, 4, 1, 1)]},
    "released": {"sigmoid_after_dense": False, "convs": [(2, 1, 2, 2), (1, 2, 2, 1), (1, 2, 1, 1)]},
}


def bits(count, multiplier, modulus):
    """Value i is +1 if multiplier (i^2 + i + 1) mod modulus is odd, else -1."""
    values = [1.0 if multiplier * (i * i + i + 1) % modulus % 2 else -1.0 for i in range(count)]
    return torch.tensor(values, dtype=torch.float64)


class Parameters:
    """Value i of the flat buffer is 2 sin(i + 1), rounded to a float of 32 bits."""

    def __init__(self):
        self.offset = 0
        self.tensors = {}

    def make(self, name, shape):
        count = int(torch.tensor(shape).prod())
        index = torch.arange(self.offset, self.offset + count, dtype=torch.float64)
        values = (2.0 * torch.sin(index + 1)).to(torch.float32).to(torch.float64)
        self.offset += count
        self.tensors[name] = values.reshape(shape).requires_grad_()

    def network(self, name, inputs, form):
        self.make(f"{name}.dense.weight", (inputs, 2 * N))
        self.make(f"{name}.dense.bias", (2 * N,))
        for i, (window, before, after, _) in enumerate(form["convs"], 1):
            self.make(f"{name}.conv{i}.weight", (window, before, after))
            self.make(f"{name}.conv{i}.bias", (after,))

    def names(self, network):
        return [name for name in self.tensors if name.split(".")[0] == network]


def apply(p, name, x, form):
    """The network `name` on (batch, inputs)."""
    h = F.linear(x, p.tensors[f"{name}.dense.weight"].T, p.tensors[f"{name}.dense.bias"])
    if form["sigmoid_after_dense"]:
        h = torch.sigmoid(h)
    h = h.unsqueeze(1)  # (batch, channels, positions)
    for i, (window, _, _, stride) in enumerate(form["convs"], 1):
        length = h.shape[2]
        padding = max((-(-length // stride) - 1) * stride + window - length, 0)
        h = F.pad(h, (padding // 2, padding - padding // 2))  # SAME: the odd one after the last position
        weight = p.tensors[f"{name}.conv{i}.weight"].permute(2, 1, 0)  # (out, in, window)
        h = F.conv1d(h, weight, p.tensors[f"{name}.conv{i}.bias"], stride=stride)
        h = torch.tanh(h) if i == len(form["convs"]) else torch.sigmoid(h)
    # Position by position; the channels of a position are adjacent.
    return h.permute(0, 2, 1).reshape(x.shape[0], -1)


def play(form):
    p = Parameters()
    p.network("alice", N + K, form)
    p.network("bob", N + K, form)
    p.network("eve", N, form)
    plaintext = bits(BATCH * N, 7, 101).reshape(BATCH, N)
    key = bits(BATCH * K, 11, 97).reshape(BATCH, K)
    ciphertext = apply(p, "alice", torch.cat([plaintext, key], 1), form)
    bob = apply(p, "bob", torch.cat([ciphertext, key], 1), form)
    eve = apply(p, "eve", ciphertext, form)
    bob_wrong, eve_wrong = (plaintext - bob).abs() / 2, (plaintext - eve).abs() / 2
    bob_loss = bob_wrong.sum(1).mean() / N
    per_example = ((N / 2 - eve_wrong.sum(1)) ** 2 / (N / 2) ** 2).mean()
    per_bit = ((1 - 2 * eve_wrong.mean(0)) ** 2).mean()
    eve_loss = eve_wrong.sum(1).mean()
    losses = {
        "alice_bob_per_example": (bob_loss + per_example, ["alice", "bob"]),
        "alice_bob_per_bit": (bob_loss + per_bit, ["alice", "bob"]),
        "eve": (eve_loss, ["eve"]),
    }
    results = {}
    for name, (loss, networks) in losses.items():
        names = [tensor for network in networks for tensor in p.names(network)]
        gradients = torch.autograd.grad(loss, [p.tensors[tensor] for tensor in names], retain_graph=True)
        flat = {tensor: g.flatten().tolist() for tensor, g in zip(names, gradients)}
        results[name] = {"loss": loss.item(), "gradients": flat}
    wrong = {
        "bob": bob_wrong.sum(1).mean().item(),
        "eve": eve_wrong.sum(1).mean().item(),
        "bob_hard": ((plaintext > 0) != (bob >= 0)).double().sum(1).mean().item(),
        "eve_hard": ((plaintext > 0) != (eve >= 0)).double().sum(1).mean().item(),
    }
    shown = {str(e): ciphertext[e].tolist() for e in EXAMPLES}
    return {"objectives": results, "wrong_bits": wrong, "ciphertext": shown}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, form in NETWORKS.items():
        header = {
            "made_by": "python tools/oracles/symmetric_torch.py crates/learn/tests/golden",
            "torch": torch.__version__.split("+")[0],
            "network": name,
            "bits": N,
            "key_bits": K,
            "batch": BATCH,
        }
        with open(folder / f"symmetric_{name}.json", "w", encoding="utf-8") as file:
            json.dump({**header, **play(form)}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
