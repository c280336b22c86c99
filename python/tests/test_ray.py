"""Sweeps on Ray: bad input, and the rows that the driver takes."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

import evesdrop.ray
from evesdrop import _evesdrop

SPEC = "seeds = 2\n[settings]\nmax-rounds = 1\n[grid]\nkey-bits = [4, 8]\n"


@pytest.mark.parametrize(
    ("spec", "options", "said"),
    [
        ("[settings]\nbitz = 8\n", [], "spec.toml: line 2: unknown field `bitz`"),
        ("seeds = 1\n[grid]\nbits = 8\n", [], "spec.toml: line 3: write the values as a list"),
        ("", ["--set", "bits=many"], "spec.toml: --set bits=many: invalid type"),
        (None, [], "No such file"),
        ("", ["--address", "127.0.0.1:1"], "no Ray cluster at 127.0.0.1:1: "),
        ("", ["--address", "nowhere.invalid:6379"], "no Ray cluster at nowhere.invalid:6379: "),
        ("", ["--address", "nowhere"], "no Ray cluster at nowhere: "),
    ],
)
def test_bad_input_is_one_line(
    spec: str | None, options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ray")
    if spec is not None:
        (tmp_path / "spec.toml").write_text(spec)
    assert evesdrop.ray.main([str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), *options]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("evesdrop.ray: ") and said in line


def test_a_server_that_is_not_ray_is_given_up(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    (tmp_path / "spec.toml").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        code = f"import evesdrop.ray as r; r.PATIENCE = 3.0; r.main(['{tmp_path}/spec.toml', '--address', '{address}'])"
        process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert process.returncode == 2
    assert process.stderr.splitlines()[-1] == f"evesdrop.ray: no Ray cluster at {address}: no answer for 3 s"


def test_rows_of_other_trials_are_refused(tmp_path: Path) -> None:
    sweep = _evesdrop.Sweep(SPEC, [])
    row = evesdrop.ray.run_trial(sweep.trial_of(0))
    with pytest.raises(ValueError, match="where that of"):
        sweep.keep(1, row, str(tmp_path))
    assert sweep.pending(str(tmp_path)) == [0, 1, 2, 3]
    sweep.keep(0, row, str(tmp_path))
    assert sweep.pending(str(tmp_path)) == [1, 2, 3]
    with pytest.raises(RuntimeError, match="another version"):
        _evesdrop.run_trial("0" * 32, *sweep.trial_of(0)[1:], str(tmp_path))
