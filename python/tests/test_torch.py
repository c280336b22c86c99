"""What the documents say about PyTorch, where it is installed. It is too large to be required."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

import evesdrop

torch: Any = pytest.importorskip("torch")
torch.set_num_threads(1)  # networks this small are faster so


def test_the_loader_of_the_documents_is_alice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("safetensors")
    run = evesdrop.train(bits=16, max_rounds=100, out=tmp_path / "runs/a")
    (tmp_path / "runs/a/networks.safetensors").write_bytes(run.export("safetensors")["networks.safetensors"])
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text(), re.DOTALL)
    [loader] = [block for block in blocks if "load_file" in block]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(loader, names)
    sample = run.cipher.sample(1000)
    plaintext, key = (torch.from_numpy(2.0 * bits.astype(np.float32) - 1) for bits in (sample.plaintexts, sample.keys))
    found = names["alice"](plaintext, key).numpy()
    assert found.shape == sample.ciphertexts.shape and np.abs(found - sample.ciphertexts).max() < 1e-5


def test_the_example_trains_an_eve(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # Untrained networks and no key to speak of: Alice's outputs show the plaintext, and a few steps read it.
    monkeypatch.setattr(sys, "argv", ["torch_eve.py", "--bits=8", "--max-rounds=1", "--steps=400"])
    runpy.run_path(str(ROOT / "python/examples/torch_eve.py"), run_name="__main__")
    found = re.fullmatch(r"wrong bits of 8: (\d\.\d\d); the Eve of the training: \d\.\d\d\n", capsys.readouterr().out)
    assert found and float(found[1]) < 3.5, found


def test_a_model_of_pytorch_is_attacked() -> None:
    torch.manual_seed(1)
    mixed = torch.nn.Linear(32, 16)

    def cipher(keys: Any, plaintexts: Any) -> Any:
        both = torch.cat([torch.from_numpy(keys), torch.from_numpy(plaintexts)], 1).float()
        return torch.tanh(mixed(2 * both - 1))  # a tensor, with its gradient

    report = evesdrop.attack(cipher, block_bits=16, key_bits=16, only=["linear"])
    assert report.found
