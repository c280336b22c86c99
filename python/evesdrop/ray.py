"""A sweep on a Ray cluster: the trials of ``evesdrop sweep`` as Ray tasks, one CPU each.

    python -m evesdrop.ray sweep.toml --out runs/sweep --address auto

Rows are written on the driver as they come. A finished trial is never repeated: run the same command again after the driver died.
Resources, retries and the failure of nodes are Ray's.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from . import _evesdrop

#: Tasks that wait in Ray for a CPU, for each CPU of the cluster: the driver holds no more.
AHEAD = 4

#: Seconds that a cluster may take to answer a driver.
PATIENCE = 60.0


def run_trial(trial: tuple[str, str, bool]) -> str:
    """Runs a trial in a folder of its own, on whichever node: its row as JSON."""
    with tempfile.TemporaryDirectory(prefix="evesdrop-") as folder:
        return _evesdrop.run_trial(*trial, folder)


def sweep(spec: str, set: list[str], out: Path, ray: Any, *, quiet: bool = False) -> str:
    """Runs the trials of a specification that have no row in ``out`` yet.

    Args:
        spec: the text of the specification, TOML.
        set: changes to it, as ``--set`` takes them.
        out: folder on the driver.
        ray: the module of Ray, connected to a cluster.
        quiet: no line on standard error for each finished trial.

    Returns:
        The table of all groups, Markdown.

    Raises:
        ValueError: for a wrong specification, with the line.
        OSError: if the folder cannot be written.
        ray.exceptions.RayError: if a trial fails for good.
    """
    trials = _evesdrop.Sweep(spec, set)
    waiting = trials.pending(str(out))
    total, done = len(trials), len(trials) - len(waiting)
    task = ray.remote(num_cpus=1)(run_trial)
    running: dict[Any, int] = {}
    waiting.reverse()
    try:
        while waiting or running:
            room = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
            while waiting and len(running) < room:
                number = waiting.pop()
                running[task.remote(trials.trial_of(number))] = number
            finished, _ = ray.wait(list(running), num_returns=len(running), timeout=0)
            if not finished:
                finished, _ = ray.wait(list(running), num_returns=1)
            for reference, row in zip(finished, ray.get(finished)):
                trials.keep(running.pop(reference), row, str(out))
                done += 1
                if not quiet:
                    print(f"{done} of {total} trials", file=sys.stderr)
    finally:
        table = trials.write(str(out))
    return table


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m evesdrop.ray", description="Runs a sweep on a Ray cluster.")
    parser.add_argument("spec", metavar="SPEC.toml", type=Path, help="as for evesdrop sweep")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("runs/sweep"), help="folder on the driver")
    parser.add_argument("--set", metavar="NAME=VALUES", action="append", default=[], help="as for evesdrop sweep")
    parser.add_argument(
        "--address",
        help="HOST:PORT of the cluster, or auto for one of this machine; if absent that of RAY_ADDRESS or, without one, "
        "a cluster of this machine alone",
    )
    parser.add_argument("--quiet", action="store_true", help="no line for each finished trial")
    options = parser.parse_args(arguments)
    try:
        ray = importlib.import_module("ray")
    except ImportError:
        return _refuse("Ray is not installed: pip install 'evesdrop[ray]'")
    try:
        spec = options.spec.read_text(encoding="utf-8")
        _evesdrop.Sweep(spec, options.set)  # before a cluster is asked for
    except (OSError, ValueError) as error:
        return _refuse(str(error) if isinstance(error, OSError) else f"{options.spec}: {error}")
    address = options.address or os.environ.get("RAY_ADDRESS") or "local"
    with contextlib.redirect_stdout(sys.stderr):  # Ray prints what happens to its nodes
        try:
            _connect(ray, address)
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            first = str(error).strip().splitlines() or [type(error).__name__]
            return _refuse(f"no Ray cluster at {address}: {first[0]}")
        try:
            table = sweep(spec, options.set, options.out, ray, quiet=options.quiet)
        except (OSError, ray.exceptions.RayError) as error:
            return _refuse((str(error).strip().splitlines() or [type(error).__name__])[-1])
        except KeyboardInterrupt:
            print("interrupted; the same command continues", file=sys.stderr)
            return 130
        finally:
            ray.shutdown()
    print(table)
    print(f"table, chart and trials: {options.out / 'sweep'}.md, .svg, .csv and .jsonl")
    return 0


def _connect(ray: Any, address: str) -> None:
    """Connects to a cluster. Where nobody listens at HOST:PORT, or something that is not Ray, Ray itself would go on asking for minutes.

    Raises:
        OSError, RuntimeError, ValueError, ray.exceptions.RayError: if there is no such cluster. The process ends if none answers.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=10).close()

    def give_up() -> None:
        _refuse(f"no Ray cluster at {address}: no answer for {PATIENCE:.0f} s")
        os._exit(2)  # the other thread is inside Ray

    alarm = threading.Timer(PATIENCE, give_up)
    alarm.daemon = True
    alarm.start()
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    finally:
        alarm.cancel()


def _refuse(error: str) -> int:
    print(f"evesdrop.ray: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
