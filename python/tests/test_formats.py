"""Exports, read by the programs that they are for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evesdrop

GAMES: list[evesdrop.Settings] = [
    {"bits": 16, "max_rounds": 100},
    {"bits": 7, "key_bits": 5, "preset": "released", "max_rounds": 50},
    {"bits": 8, "network": "cryptonet", "max_rounds": 50},
    {"bits": 8, "network": "dense", "max_rounds": 50},
    {"bits": 8, "network": "product", "channel": "bits", "max_rounds": 50},
    {"bits": 8, "channel": "quantised:2", "max_rounds": 50},
]


def close(found: Any, expected: Any) -> None:
    assert found.shape == expected.shape and np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize("settings", GAMES)
def test_onnxruntime_agrees(settings: evesdrop.Settings) -> None:
    runtime = pytest.importorskip("onnxruntime")
    run = evesdrop.train(**settings)
    sample = run.cipher.sample(1000)
    files = run.export("onnx")
    assert list(files) == ["alice.onnx", "bob.onnx", "eve.onnx"]

    def network(name: str, **inputs: Any) -> Any:
        session = runtime.InferenceSession(files[f"{name}.onnx"], providers=["CPUExecutionProvider"])
        return session.run(None, inputs)[0]

    plaintext, key = (2.0 * bits.astype(np.float32) - 1 for bits in (sample.plaintexts, sample.keys))
    close(network("alice", plaintext=plaintext, key=key), sample.ciphertexts)
    by_bob = network("bob", ciphertext=sample.ciphertexts, key=key)
    assert np.mean((by_bob >= 0) != run.cipher.decrypt(sample.ciphertexts, sample.keys)) < 1e-4
    by_eve = network("eve", ciphertext=sample.ciphertexts)
    assert np.mean((by_eve >= 0) != run.cipher.eavesdrop(sample.ciphertexts)) < 1e-4


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"game": "asymmetric", "random_bits": 2}, ["alice", "bob", "generator", "eve"]),
        ({"game": "chosen-plaintext"}, ["alice", "bob", "eve"]),
        ({"game": "selective"}, ["alice", "bob", "eve"]),
        ({"leaked_key_bits": 3, "eves": ["wide", "same"]}, ["alice", "bob", "eve2"]),
    ],
)
def test_networks_of_every_game_load(settings: evesdrop.Settings, names: list[str]) -> None:
    runtime = pytest.importorskip("onnxruntime")
    short: evesdrop.Settings = {**settings, "max_rounds": 1}
    files = evesdrop.train(**short).export("onnx")
    assert list(files) == [f"{name}.onnx" for name in names]
    for file in files.values():
        session = runtime.InferenceSession(file, providers=["CPUExecutionProvider"])
        inputs = {i.name: np.ones((3, i.shape[1]), np.float32) for i in session.get_inputs()}
        assert session.run(None, inputs)[0].shape[0] == 3


def test_numpy_reads_the_arrays(run: evesdrop.Run) -> None:
    files = run.export("npz")
    arrays = np.load(io.BytesIO(files["networks.npz"]))
    assert arrays["alice.dense.weight"].shape == (16, 16) and arrays["alice.conv1.weight"].shape == (2, 1, 2)
    # Alice by hand: a dense layer, then windows; the released form.
    sample = run.cipher.sample(50)
    signed = 2.0 * np.hstack([sample.plaintexts, sample.keys]) - 1
    mixed = signed @ arrays["alice.dense.weight"].T + arrays["alice.dense.bias"]
    windows = mixed.reshape(50, 8, 2) @ arrays["alice.conv1.weight"][:, 0, :].T + arrays["alice.conv1.bias"]
    h = 1 / (1 + np.exp(-windows))
    h = 1 / (1 + np.exp(-(h @ arrays["alice.conv2.weight"][:, :, 0].T + arrays["alice.conv2.bias"])))
    h = np.tanh(h @ arrays["alice.conv3.weight"][:, :, 0].T + arrays["alice.conv3.bias"])
    close(h[:, :, 0], sample.ciphertexts)
    with pytest.raises(ValueError, match="unknown format"):
        run.export("pickle")  # type: ignore[arg-type]


def test_safetensors_hold_the_same_arrays(run: evesdrop.Run) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    tensors = safetensors.load(run.export("safetensors")["networks.safetensors"])
    arrays = np.load(io.BytesIO(run.export("npz")["networks.npz"]))
    assert set(tensors) == set(arrays.files)
    assert all(np.array_equal(tensors[name], arrays[name]) for name in tensors)


def test_tensorboard_reads_the_metrics(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = evesdrop.train(bits=4, max_rounds=300, tensorboard=tmp_path)
    events = accumulator.EventAccumulator(str(tmp_path))
    events.Reload()
    told = events.Scalars("wrong bits/Eve")
    assert [scalar.step for scalar in told] == list(run.history["round"])
    assert np.allclose([scalar.value for scalar in told], run.history["eve_wrong_bits"])
