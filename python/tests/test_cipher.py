"""Ciphers on arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evesdrop
from evesdrop import Cipher


def texts(rows: int, bits: int) -> Any:
    return np.random.default_rng(rows + bits).integers(0, 2, (rows, bits), np.uint8)


def test_speck_gives_the_published_vector() -> None:
    # Beaulieu et al. 2013, appendix C: Speck32/64.
    def row(text: str) -> Any:
        return np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8))[None]

    cipher = Cipher.named("speck32/64")
    sent = cipher.encrypt(row("6574694c"), row("1918111009080100"))
    assert sent.dtype == np.uint8 and np.packbits(sent).tobytes().hex() == "a86842f2"
    assert np.array_equal(cipher.decrypt(sent, row("1918111009080100")), row("6574694c"))
    assert repr(cipher) == "<Cipher speck32/64: 32 bits, key of 64>" and not cipher.one_time_key


def test_a_learned_cipher_round_trips(run: evesdrop.Run) -> None:
    cipher, plaintexts, keys = run.cipher, texts(5000, 8), texts(5000, 8) ^ 1
    assert (cipher.block_bits, cipher.key_bits, cipher.ciphertext_width) == (8, 8, 8)
    sent = cipher.encrypt(plaintexts, keys)
    assert sent.shape == (5000, 8) and sent.dtype == cipher.ciphertext_dtype == np.float32 and np.abs(sent).max() <= 1
    assert np.mean(cipher.decrypt(sent, keys) != plaintexts) < 0.05
    assert np.array_equal(cipher.encrypt(plaintexts[7:8], keys[7:8])[0], sent[7])
    assert np.array_equal(cipher.encrypt(plaintexts, keys[:1])[0], sent[0]), "one key for all"
    guessed = cipher.eavesdrop(sent)
    assert guessed.shape == (5000, 8) and set(np.unique(guessed)) <= {0, 1}


def test_what_bits_may_look_like(run: evesdrop.Run) -> None:
    cipher, plaintexts, keys = run.cipher, texts(10, 8), texts(10, 8)
    expected = cipher.encrypt(plaintexts, keys)
    signed = 2.0 * plaintexts - 1
    wide = np.zeros((10, 16), np.uint8)
    wide[:, ::2] = plaintexts
    forms: list[Any] = [
        plaintexts.astype(bool),
        plaintexts.astype(np.float64),
        signed,
        signed.astype(np.int8),
        np.asfortranarray(plaintexts),
        wide[:, ::2],
        plaintexts.tolist(),
    ]
    for form in forms:
        assert np.array_equal(cipher.encrypt(form, keys), expected)


@pytest.mark.parametrize(
    ("plaintexts", "keys", "exception", "said"),
    [
        (np.zeros(8), np.zeros((1, 8)), ValueError, r"plaintexts: an array of shape \(8,\): give shape \(rows, 8\)"),
        (np.zeros((2, 7)), np.zeros((1, 8)), ValueError, r"shape \(2, 7\)"),
        (np.zeros((2, 8)), np.zeros((3, 8)), ValueError, "3 keys do not go with 2 texts"),
        (np.full((1, 8), 2), np.zeros((1, 8)), ValueError, "plaintexts: 2 in row 0, column 0: bits are 0 and 1"),
        (np.full((1, 8), 2, np.uint8), np.zeros((1, 8)), ValueError, "plaintexts: values other than 0 and 1"),
        (np.full((1, 8), np.nan), np.zeros((1, 8)), ValueError, "plaintexts: nan in row 0"),
        (np.array([[-1, 0, 1, 1, 1, 1, 1, 1]]), np.zeros((1, 8)), ValueError, "0 in row 0, column 1"),
        ("secret", np.zeros((1, 8)), TypeError, "plaintexts: an array of <U6"),
        (None, np.zeros((1, 8)), TypeError, "plaintexts: an array of object"),
        ([[1], [1, 0]], np.zeros((1, 8)), TypeError, "plaintexts: not an array"),
        (np.zeros((1, 8), complex), np.zeros((1, 8)), TypeError, "complex"),
    ],
)
def test_wrong_arrays(run: evesdrop.Run, plaintexts: Any, keys: Any, exception: type[Exception], said: str) -> None:
    with pytest.raises(exception, match=said) as raised:
        run.cipher.encrypt(plaintexts, keys)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("call", "exception", "said"),
    [
        (lambda cipher: cipher.decrypt(np.zeros((2, 7)), np.zeros((2, 8))), ValueError, r"ciphertexts: .* give shape \(rows, 8\)"),
        (lambda cipher: cipher.decrypt(np.zeros((2, 8)), np.zeros((3, 8))), ValueError, "3 keys do not go with 2 texts"),
        (lambda cipher: cipher.decrypt(np.zeros((2, 8)), np.full((2, 8), -2)), ValueError, "keys: -2 in row 0, column 0"),
        (lambda cipher: cipher.eavesdrop(np.zeros(8)), ValueError, r"ciphertexts: an array of shape \(8,\)"),
        (lambda cipher: cipher.eavesdrop(np.full((1, 8), np.nan)), ValueError, "ciphertexts: values that are not finite"),
        (lambda cipher: cipher.eavesdrop("text"), TypeError, "ciphertexts: an array of <U4"),
        (lambda cipher: cipher.encrypt(np.zeros((1, 8)), np.zeros((1, 8)), nonce=-1), ValueError, "nonce = -1: must be from 0"),
        (lambda cipher: cipher.sample(0), ValueError, "count = 0: must be from 1"),
        (lambda cipher: cipher.sample(2.5), TypeError, "count: a float: give a whole number"),
        (lambda cipher: cipher.sample(1, seed=2**64), ValueError, "seed = 18446744073709551616: must be from 0"),
        (lambda cipher: Cipher.of(3, block_bits=8, key_bits=8), TypeError, "a int is not a function"),  # type: ignore[arg-type]
    ],
)
def test_wrong_calls(run: evesdrop.Run, call: Any, exception: type[Exception], said: str) -> None:
    with pytest.raises(exception, match=said) as raised:
        call(run.cipher)
    assert "\n" not in str(raised.value)


def test_no_rows_are_no_rows(run: evesdrop.Run) -> None:
    none = np.zeros((0, 8), np.uint8)
    assert run.cipher.encrypt(none, none).shape == (0, 8)
    assert run.cipher.decrypt(np.zeros((0, 8)), none).shape == (0, 8)


def test_samples_follow_from_their_seed(run: evesdrop.Run) -> None:
    for cipher in [run.cipher, Cipher.named("vigenere:32/16")]:
        sample = cipher.sample(200, seed=3)
        assert np.array_equal(sample.ciphertexts, cipher.encrypt(sample.plaintexts, sample.keys))
        assert np.array_equal(sample.ciphertexts, cipher.sample(200, seed=3).ciphertexts)
        assert not np.array_equal(sample.keys, cipher.sample(200, seed=4).keys)
        lent = np.from_dlpack(sample.ciphertexts)
        assert lent.__array_interface__["data"][0] == sample.ciphertexts.__array_interface__["data"][0], "no copy"


def test_files_and_names_that_are_none(run: evesdrop.Run, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(run.model)
    sample = run.cipher.sample(5)
    for path in [tmp_path, tmp_path / "model.safetensors"]:
        assert np.array_equal(Cipher.load(path).encrypt(sample.plaintexts, sample.keys), sample.ciphertexts)
    with pytest.raises(FileNotFoundError):
        Cipher.load(tmp_path / "none")
    (tmp_path / "model.safetensors").write_bytes(run.model[:-1])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        Cipher.load(tmp_path)
    with pytest.raises(ValueError, match="no target `rot13`"):
        Cipher.named("rot13")
    with pytest.raises(ValueError, match="selective game"):
        evesdrop.train(game="selective", max_rounds=1).cipher.sample(1)
    with pytest.raises(ValueError, match="no Eve was trained"):
        Cipher.named("xor").eavesdrop(np.zeros((1, 16)))
