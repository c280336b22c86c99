"""An Eve of your own, in PyTorch: she learns to read ciphertexts without the key.

    python python/examples/torch_eve.py --steps 2000
"""

import argparse

import numpy as np
import torch

import evesdrop


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bits", type=int, default=16)
    parser.add_argument("--key-bits", type=int, default=4, help="fewer than message bits: something must leak")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--max-rounds", type=int, default=1000)
    options = parser.parse_args()

    run = evesdrop.train(bits=options.bits, key_bits=options.key_bits, max_rounds=options.max_rounds)
    cipher = run.cipher
    torch.manual_seed(1)
    eve = torch.nn.Sequential(
        torch.nn.Linear(cipher.ciphertext_width, 256), torch.nn.ReLU(), torch.nn.Linear(256, cipher.block_bits)
    )
    optimiser = torch.optim.Adam(eve.parameters(), 1e-3)
    for step in range(options.steps):
        sample = cipher.sample(1024, seed=step)
        ciphertexts = torch.from_dlpack(sample.ciphertexts)  # the same memory
        plaintexts = torch.from_dlpack(sample.plaintexts).float()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(eve(ciphertexts), plaintexts)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    fresh = cipher.sample(10_000, seed=options.steps)
    with torch.no_grad():
        guesses = eve(torch.from_dlpack(fresh.ciphertexts)).numpy() > 0
    wrong = np.mean(guesses != fresh.plaintexts) * cipher.block_bits
    trained = np.mean(cipher.eavesdrop(fresh.ciphertexts) != fresh.plaintexts) * cipher.block_bits
    print(f"wrong bits of {cipher.block_bits}: {wrong:.2f}; the Eve of the training: {trained:.2f}")


if __name__ == "__main__":
    main()
