"""Sweeps on Ray: bad input, and the rows that the driver takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import evesdrop.ray
from evesdrop import _evesdrop

SPEC = """
seeds = 20
keep-going = true
[settings]
bits = 8
max-rounds = 400
evaluate-every = 200
[grid]
key-bits = [4, 8]
"""


def driver(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "evesdrop.ray", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("spec", "options", "said"),
    [
        ("[settings]\nbitz = 8\n", [], "spec.toml: line 2: unknown field `bitz`"),
        ("", ["--set", "bits=many"], "spec.toml: --set bits=many: invalid type"),
        (None, [], "No such file"),
        ("", ["--address", "127.0.0.1:1"], "no Ray cluster at 127.0.0.1:1"),
    ],
)
def test_bad_input_is_one_line(spec: str | None, options: list[str], said: str, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    if spec is not None:
        (tmp_path / "spec.toml").write_text(spec)
    process = driver(tmp_path / "spec.toml", "--out", tmp_path / "out", *options)
    _, error = process.communicate(timeout=120)
    last = error.strip().splitlines()[-1]
    assert process.returncode == 2 and last.startswith("evesdrop.ray: ") and said in last, error


def test_rows_of_other_trials_are_refused(tmp_path: Path) -> None:
    sweep = _evesdrop.Sweep(SPEC, ["max-rounds=1", "seeds=2"])
    row = evesdrop.ray.run_trial(sweep.trial_of(0))
    with pytest.raises(ValueError, match="where that of"):
        sweep.keep(1, row, str(tmp_path))
    assert sweep.pending(str(tmp_path)) == [0, 1, 2, 3]
    sweep.keep(0, row, str(tmp_path))
    assert sweep.pending(str(tmp_path)) == [1, 2, 3]
    with pytest.raises(RuntimeError, match="another version"):
        _evesdrop.run_trial("0" * 32, *sweep.trial_of(0)[1:], str(tmp_path))
