"""Attacks on ciphers of every kind."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evesdrop
from evesdrop import Cipher, assert_nothing_found, attack


def xor(keys: Any, plaintexts: Any) -> Any:
    return keys ^ plaintexts


def test_a_function_is_attacked_and_broken() -> None:
    report = attack(xor, block_bits=16, key_bits=16, only=["linear"])
    assert report.verdict == "BROKEN" and report.found and repr(report) == "<Report on xor: BROKEN>"
    worst = report.findings[0]
    assert worst.attack == "linear" and worst.threat_model == "known-plaintext" and not worst.misuse
    assert "BROKEN" in str(report) and "linear" in str(report)
    assert {control.target for control in report.controls} >= {"aes-128"} or report.controls


def test_every_form_of_bits_is_the_same_cipher() -> None:
    def signed(keys: Any, plaintexts: Any) -> Any:
        return 1 - 2 * (keys ^ plaintexts).astype(np.int8)

    def real(keys: Any, plaintexts: Any) -> Any:
        return 0.9 * (1 - 2.0 * (keys ^ plaintexts))

    plaintexts, keys = np.eye(8, dtype=np.uint8), np.ones((1, 8), np.uint8)
    bits = Cipher.of(signed, block_bits=8, key_bits=8)
    reals = Cipher.of(real, block_bits=8, key_bits=8)
    assert bits.ciphertext_dtype == np.uint8 and reals.ciphertext_dtype == np.float32
    assert np.array_equal(bits.encrypt(plaintexts, keys), plaintexts), "one is sent as -1"
    assert np.allclose(reals.encrypt(plaintexts, keys), 0.9 * (2.0 * plaintexts - 1))
    with pytest.raises(ValueError, match="signed cannot decrypt"):
        bits.decrypt(plaintexts, keys)


def test_names_runs_and_files_are_targets(run: evesdrop.Run, tmp_path: Path) -> None:
    assert attack("vigenere:32/16", only=["linear"], cache=False).found
    run.save(tmp_path / "run")
    # Eight key bits: an unbounded attacker tries them all.
    targets: list[Any] = [run, run.cipher, tmp_path / "run"]
    for target in targets:
        assert attack(target, only=["key-search"]).verdict == "BROKEN"
    file = tmp_path / "recorded.csv"
    file.write_text("key,plaintext,ciphertext\n" + "".join(f"{k:02x},{p:02x},{k ^ p:02x}\n" for k in range(16) for p in range(16)))
    assert isinstance(attack(f"csv:{file}").verdict, str)
    with pytest.raises(ValueError, match="recorded messages"):
        Cipher.named(f"csv:{file}")


def test_a_report_in_every_form(tmp_path: Path) -> None:
    def tell_tale(keys: Any, plaintexts: Any) -> Any:
        return plaintexts

    tell_tale.__name__ = "<b>&"
    report = attack(tell_tale, block_bits=16, key_bits=16, only=["linear", "avalanche"])
    shown = report._repr_html_()
    assert "&lt;b&gt;&amp;" in shown and "<b>&" not in shown and "BROKEN" in shown and "Controls" in shown
    assert report.to_html().startswith("<!DOCTYPE html>") and report.to_markdown().startswith("#")
    report.save(tmp_path / "report")
    assert json.loads((tmp_path / "report/report.json").read_text()) == report.to_dict()
    (tmp_path / "other").write_text("")
    with pytest.raises(OSError, match="something other"):
        report.save(tmp_path)


def test_nothing_is_found_in_a_pad_and_something_in_a_xor() -> None:
    # All attacks would take a minute.
    report = assert_nothing_found(xor, block_bits=16, key_bits=16, one_time_key=True, only=["statistics"])
    assert not report.found
    with pytest.raises(AssertionError, match="BROKEN"):
        assert_nothing_found("xor", only=["linear"])


def test_the_fixture_of_the_plugin(assert_nothing_found: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError, match="BROKEN"):
        assert_nothing_found(xor, block_bits=16, key_bits=16, only=["linear"])


def sized(shape: Callable[[int], tuple[int, ...]], dtype: Any = np.uint8) -> Callable[[Any, Any], Any]:
    return lambda keys, plaintexts: np.zeros(shape(len(plaintexts)), dtype)


@pytest.mark.parametrize(
    ("function", "exception", "said"),
    [
        (sized(lambda rows: (rows,)), ValueError, r"returned: an array of shape \(2,\)"),
        (sized(lambda rows: (rows + 1, 8)), ValueError, "returned: 3 ciphertexts for 2 plaintexts"),
        (sized(lambda rows: (rows, 8 + (rows > 2))), ValueError, r"give shape \(rows, 8\)"),
        (sized(lambda rows: (rows, 0)), ValueError, "no values"),
        (sized(lambda rows: (rows, 8), "S1"), TypeError, "returned: an array of"),
        (lambda keys, plaintexts: plaintexts.astype(int) + 5, ValueError, "bits are 0 and 1"),
        (lambda keys, plaintexts: np.full((len(keys), 4), np.inf), ValueError, "not finite"),
        (lambda keys, plaintexts: None, TypeError, "returned: an array of object"),
        (lambda keys, plaintexts: 1 // (len(keys) <= 2), ZeroDivisionError, "division"),
    ],
)
def test_functions_that_return_something_else(function: Any, exception: type[Exception], said: str) -> None:
    if exception is ZeroDivisionError:
        raising = function
        function = lambda keys, plaintexts: plaintexts * raising(keys, plaintexts)  # noqa: E731
    with pytest.raises(exception, match=said):
        attack(function, block_bits=8, key_bits=8, only=["linear"])


@pytest.mark.parametrize(
    ("target", "options", "exception", "said"),
    [
        (xor, {}, ValueError, "a function needs its sizes"),
        (xor, {"block_bits": 0, "key_bits": 8}, ValueError, "block_bits = 0"),
        ("xor", {"only": ["magic"]}, ValueError, "magic"),
        ("xor", {"only": "magic"}, ValueError, "no attack `magic`"),
        ("xor", {"budget": "lavish"}, ValueError, "lavish"),
        ("xor", {"seed": -1}, ValueError, "seed = -1: must be from 0"),
        (lambda keys: keys, {"block_bits": 8, "key_bits": 8}, TypeError, "positional argument"),
        (xor, {"block_bits": 8.5, "key_bits": 8}, TypeError, "block_bits: a float: give a whole number"),
        ("nothing/there", {}, ValueError, "no target"),
        (3, {}, TypeError, "a int cannot be attacked"),
        (Cipher.named("xor"), {"block_bits": 3}, ValueError, "only for a function"),
        ("exec:false", {"block_bits": 8, "key_bits": 8, "only": ["linear"]}, RuntimeError, "false"),
    ],
)
def test_wrong_targets(target: Any, options: Any, exception: type[Exception], said: str) -> None:
    with pytest.raises(exception, match=said) as raised:
        attack(target, **options)
    assert "\n" not in str(raised.value)


def test_ctrl_c_stops_an_attack() -> None:
    threading.Timer(0.5, signal.raise_signal, (signal.SIGINT,)).start()
    with pytest.raises(KeyboardInterrupt):
        attack("speck32/64", budget="thorough", cache=False)
