"""Sweeps on Ray: a head and a second node on this machine; a node and the driver are killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def rows(folder: Path) -> list[dict[str, Any]]:
    """The rows of a sweep, but for the seconds."""
    lines = [json.loads(line) for line in (folder / "sweep.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def local(folder: Path, text: str, set: list[str]) -> list[dict[str, Any]]:
    """The same sweep in this process."""
    sweep = _evesdrop.Sweep(text, set)
    for number in sweep.pending(str(folder)):
        sweep.keep(number, evesdrop.ray.run_trial(sweep.trial_of(number)), str(folder))
    sweep.write(str(folder))
    return rows(folder)


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


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a cluster of two nodes with a CPU each, and their processes: the head, and the second node."""
    pytest.importorskip("ray")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    # A short path: Ray keeps sockets in it, whose names are limited.
    folder = Path("/tmp") / f"evesdrop-ray-{os.getpid()}"
    shared = ["--num-cpus=1", "--disable-usage-stats", "--block", "--object-store-memory=80000000"]
    environment = {**os.environ, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1"}

    def start(*options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", *options, *shared]
        log = (tmp_path / f"node{len(processes)}.log").open("wb")
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)

    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.append(
            start("--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={folder}")
        )
        _wait_for_port(port)
        processes.append(start(f"--address={address}"))
        yield address, processes
    finally:
        for process in processes:
            _kill(process)


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError("the head of the cluster does not answer")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kills a node with everything that it started."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
    family = {process.pid}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _wait_for_rows(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if len(list((folder / "trials").glob("*.json"))) >= count:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise TimeoutError(f"fewer than {count} rows in {folder}")


def test_a_node_and_the_driver_die(nodes: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path) -> None:
    address, processes = nodes
    (tmp_path / "spec.toml").write_text(SPEC)
    out = tmp_path / "out"
    arguments = [tmp_path / "spec.toml", "--out", out, "--address", address]
    first = driver(*arguments)
    _wait_for_rows(out, 8, first)
    _kill(processes[1])
    _wait_for_rows(out, 16, first)
    first.kill()
    first.communicate()
    kept = {path.name: path.read_bytes() for path in (out / "trials").glob("*.json")}
    assert 16 <= len(kept) < 40
    second = driver(*arguments)
    said, error = second.communicate(timeout=240)
    assert second.returncode == 0, error
    assert said.startswith("40 of 40 trials done.")
    for name, row in kept.items():
        assert (out / "trials" / name).read_bytes() == row, "a finished trial was repeated"
    found = rows(out)
    assert len(found) == 40 == len({row["id"] for row in found})
    assert found == local(tmp_path / "local", SPEC, [])
