"""A sweep on a Ray cluster of two nodes on this machine, of which one is killed, and so is the driver."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import evesdrop.ray
from evesdrop import _evesdrop

pytest.importorskip("ray")
psutil: Any = pytest.importorskip("psutil")

SPEC = """
seeds = 20
keep-going = true
[settings]
bits = 8
batch = 512
max-rounds = 400
evaluate-every = 200
[grid]
key-bits = [4, 8]
"""

#: Seconds until something that should happen has not.
PATIENCE = 120

#: Of nodes and driver. The cluster has a token, whether or not the user has one for other clusters. By default Ray makes its workers
#: nice, and then they wait for everything else that runs here.
ENVIRONMENT = {**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "of-the-tests" * 4, "RAY_worker_niceness": "0"}


class Node:
    """A node of the cluster: `ray start`, and the processes that it starts."""

    def __init__(self, log: Path, *options: str) -> None:
        self.log = log
        # Ray's raylet gives up when its agents take more than 15 seconds to tell it their ports, as on a busy machine they do.
        # It does not ask for ports that it knows.
        named = ["metrics-export", "dashboard-agent-listen", "dashboard-agent-grpc", "runtime-env-agent"]
        ports = [f"--{name}-port={port}" for name, port in zip(named, free_ports(len(named)))]
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"]
        command += ["--num-cpus=1", "--object-store-memory=80000000", *ports, *options]
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=ENVIRONMENT)

    def started(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "Ray runtime started." in self.log.read_text()

    def runs_a_trial(self) -> bool:
        """Whether a worker of this node is in a trial: workers write their task into their title."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        return any("ray::run_trial" in " ".join(process.cmdline()) for process in family if process.is_running())

    def kill(self) -> None:
        """Everything at once, as when the power fails."""
        if self.process.poll() is None:
            family = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        self.process.wait()


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def wait_until(what: Callable[[], bool], error: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, error
        time.sleep(0.05)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[str, Node]]:
    """The address of a cluster of two nodes with a CPU each, and the second of them."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    # A short path: Ray keeps sockets in it, whose names are limited.
    folder = Path("/tmp") / f"evesdrop-ray-{os.getpid()}"
    started: list[Node] = []
    try:
        head = ["--head", f"--port={address.split(':')[1]}", "--include-dashboard=false", f"--temp-dir={folder}"]
        started.append(Node(tmp_path / "head.log", *head))
        wait_until(started[0].started, "the head of the cluster does not start")
        started.append(Node(tmp_path / "second.log", f"--address={address}"))
        wait_until(started[1].started, "the second node does not start")
        yield address, started[1]
    finally:
        for node in reversed(started):
            node.kill()
        shutil.rmtree(folder, ignore_errors=True)


def driver(folder: Path, address: str) -> subprocess.Popen[str]:
    """Runs the sweep of `folder/spec.toml` on the cluster, with rows in `folder/out`."""
    command = [sys.executable, "-m", "evesdrop.ray", f"{folder}/spec.toml", f"--out={folder}/out", f"--address={address}"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def rows(folder: Path) -> list[dict[str, Any]]:
    """The rows of a sweep's table, but for the seconds."""
    lines = [json.loads(line) for line in (folder / "sweep.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def local(folder: Path) -> list[dict[str, Any]]:
    """The same sweep in this process."""
    sweep = _evesdrop.Sweep(SPEC, [])
    for number in sweep.pending(str(folder)):
        sweep.keep(number, evesdrop.ray.run_trial(sweep.trial_of(number)), str(folder))
    sweep.write(str(folder))
    return rows(folder)


def test_a_node_and_the_driver_die(nodes: tuple[str, Node], tmp_path: Path) -> None:
    address, second_node = nodes
    (tmp_path / "spec.toml").write_text(SPEC)
    out = tmp_path / "out"

    def finished() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (out / "trials").glob("*.json")}

    first = driver(tmp_path, address)

    def has(count: int) -> Callable[[], bool]:
        def look() -> bool:
            assert first.poll() is None, first.communicate()
            return len(finished()) >= count

        return look

    wait_until(has(8), "no rows")
    wait_until(second_node.runs_a_trial, "the second node runs no trial")
    second_node.kill()
    wait_until(has(len(finished()) + 5), "no rows after the death of a node")
    first.kill()
    first.communicate()
    kept = finished()
    assert 13 <= len(kept) < 40

    again = driver(tmp_path, address)
    table, progress = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, progress
    assert table.startswith("40 of 40 trials done.")
    ran = [line for line in progress.splitlines() if line.endswith("of 40 trials")]
    assert len(ran) == 40 - len(kept), "a finished trial was repeated"
    assert {name: finished()[name] for name in kept} == kept
    found = rows(out)
    assert len(found) == 40 == len({row["id"] for row in found})
    assert found == local(tmp_path / "local")
