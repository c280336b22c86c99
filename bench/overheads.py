#!/usr/bin/env python3
"""What Python and Ray cost on top of the training: docs/benchmarks-trainings.md, "Python and Ray".

    pip install '.[ray]' && cargo build --release
    bench/overheads.py call     # the call from Python, against the work that it does and against the program
    bench/overheads.py ray      # a sweep of trials of ten seconds on Ray, against `evesdrop sweep`
    bench/overheads.py empty    # 10,000 trials of one round on Ray
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[1] / "target/release/evesdrop"
#: Eve must win, so that every training uses all its rounds.
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


def sweep(spec: str, cpus: int, ray: bool, folder: str) -> tuple[float, float]:
    """Seconds of a sweep from its first trial to its last, and of the whole process."""
    file = Path(folder, "spec.toml")
    file.write_text(spec)
    out = Path(folder, f"ray-{ray}")
    environment = {**os.environ, "RAY_worker_niceness": "0"}
    if ray:
        code = f"import ray, evesdrop.ray as r; ray.init = __import__('functools').partial(ray.init, num_cpus={cpus}); r.main()"
        command = [sys.executable, "-c", code, str(file), "--out", str(out), "--address", "local", "--quiet"]
    else:
        command = [str(PROGRAM), "sweep", str(file), "--out", str(out), "--threads", str(cpus)]
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, code, usage = os.wait4(process.pid, 0)
    whole = time.monotonic() - begun
    assert code == 0, command
    rows = sorted(path.stat().st_mtime for path in out.glob("trials/*.json"))
    print(f"    {len(rows)} rows, driver at most {usage.ru_maxrss / 1024:.0f} MiB")
    return rows[-1] - rows[0], whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["call", "ray", "empty"])
    parser.add_argument("--rounds", type=int, default=2000, help="of a training")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--cpus", type=int, default=2)
    options = parser.parse_args()
    if options.what == "call":
        call(options.rounds, options.times)
        return
    empty = options.what == "empty"
    small = "bits = 4\nbatch = 64\nmax-rounds = 1\n"
    large = f"eve-goal = 8.0\nbob-goal = 0.0\nmax-rounds = {options.rounds}\n"
    trials = 10_000 if empty and options.trials == 12 else options.trials
    spec = f"seeds = {trials}\n[settings]\n{small if empty else large}"
    with tempfile.TemporaryDirectory() as folder:
        for ray in (False, True):
            between, whole = sweep(spec, options.cpus, ray, folder)
            print(f"{'Ray' if ray else 'evesdrop sweep'}: {whole:.2f} s, {between:.2f} s from the first row to the last")


if __name__ == "__main__":
    main()
