#!/usr/bin/env python3
"""What Python and Ray cost on top of the training: docs/benchmarks-trainings.md, "Python and Ray".

    pip install '.[ray]' && cargo build --release
    bench/overheads.py call     # the call from Python, against the work that it does and against the program
    bench/overheads.py ray      # a sweep of trials of ten seconds on Ray, and without it
    bench/overheads.py empty    # 10,000 trials of one round on Ray
    bench/overheads.py plan     # time and memory of 100,000 trials before the first of them
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[1] / "target/release/evesdrop"
#: Goals that nobody meets, so that every training uses all its rounds.
SETTINGS = {"bits": 16, "eve_goal": 8.0, "bob_goal": 0.0}


def seconds(command: list[str]) -> float:
    """Seconds of a process that may say that a training has failed."""
    begun = time.monotonic()
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
    assert code in (0, 1), command
    return time.monotonic() - begun


def call(rounds: int, times: int) -> None:
    import evesdrop

    work, python, program = [], [], []
    for _ in range(times):
        begun = time.monotonic()
        run = evesdrop.train(**SETTINGS, max_rounds=rounds, threads=1, callback=lambda metrics: None)
        python.append(time.monotonic() - begun)
        work.append(run.summary["seconds"])
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder, "config.toml")
            config.write_text(f"eve-goal = 8.0\nbob-goal = 0.0\nmax-rounds = {rounds}\n")
            out = f"{folder}/run"
            program.append(seconds([str(PROGRAM), "train", "--config", str(config), "--out", out, "--threads", "1"]))
    beyond = statistics.median(p / w - 1 for p, w in zip(python, work))
    print(f"{rounds} rounds, median of {times}: work {statistics.median(work):.3f} s, call {statistics.median(python):.3f} s")
    print(f"the call takes {100 * beyond:.2f} % beyond the work; `evesdrop train` {statistics.median(program):.3f} s")


def sweep(spec: str, cpus: int, ray: bool, folder: str) -> None:
    """Runs a sweep, with or without Ray, and prints what it took beyond the work of its trials."""
    file, out = Path(folder, "spec.toml"), Path(folder, f"ray-{ray}")
    file.write_text(spec)
    if ray:
        code = f"import functools, ray, evesdrop.ray as r; ray.init = functools.partial(ray.init, num_cpus={cpus}); r.main()"
        command = [sys.executable, "-c", code, str(file), "--out", str(out), "--address", "local", "--quiet"]
    else:
        command = [str(PROGRAM), "sweep", str(file), "--out", str(out), "--threads", str(cpus)]
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    whole = time.monotonic() - begun
    assert status == 0, command
    paths = sorted(out.glob("trials/*.json"), key=lambda path: path.stat().st_mtime_ns)
    between = paths[-1].stat().st_mtime - paths[0].stat().st_mtime
    work = sum(json.loads(path.read_text())["seconds"] for path in paths[1:]) / cpus
    print(f"{'Ray' if ray else 'evesdrop sweep'}: {len(paths)} rows, {whole:.1f} s, driver at most {usage.ru_maxrss / 1024:.0f} MiB")
    print(f"    first row to last {between:.2f} s, of which trials {work:.2f} s; {100 * (between / work - 1):.1f} % beyond")
    print(f"    {(len(paths) - 1) / between:.0f} rows a second")


def plan(trials: int) -> None:
    """Prints what it takes to know the trials of a sweep, and which of them wait."""
    from evesdrop import _evesdrop

    def memory() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    empty, begun = memory(), time.monotonic()
    sweep = _evesdrop.Sweep(f"seeds = {trials}\n[settings]\nmax-rounds = 1\n", [])
    read = time.monotonic()
    waiting = sweep.pending("none")
    print(f"{len(waiting)} trials: read in {read - begun:.1f} s, looked for in {time.monotonic() - read:.1f} s, {memory() - empty:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["call", "ray", "empty", "plan"])
    parser.add_argument("--rounds", type=int, default=2500, help="of a training")
    parser.add_argument("--times", type=int, default=3, help="trainings of `call`")
    parser.add_argument("--trials", type=int, help="of a sweep")
    parser.add_argument("--cpus", type=int, default=1, help="of a sweep")
    options = parser.parse_args()
    if options.what == "call":
        call(options.rounds, options.times)
        return
    if options.what == "plan":
        plan(options.trials or 100_000)
        return
    if options.what == "ray":
        trials, settings = options.trials or 6, f"eve-goal = 8.0\nbob-goal = 0.0\nmax-rounds = {options.rounds}\n"
    else:
        trials, settings = options.trials or 10_000, "bits = 4\nbatch = 64\nmax-rounds = 1\n"
    with tempfile.TemporaryDirectory() as folder:
        for ray in (True, False):
            sweep(f"seeds = {trials}\n[settings]\n{settings}", options.cpus, ray, folder)


if __name__ == "__main__":
    main()
