"""Trains one preset on several seeds and prints the table of docs/science/presets.md. Standard library only.

    python3 tools/train_table.py --preset fast --bits 16 --seeds 1-20 [--out runs/table] [--max-rounds R] [--threads 1]

Finished runs are not run again: after an interruption, the same command continues. `--print` only prints existing results.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess

p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("--binary", default="target/release/evesdrop")
p.add_argument("--preset", default="fast")
p.add_argument("--bits", type=int, default=16)
p.add_argument("--key-bits", type=int)
p.add_argument("--seeds", default="1-20", help="first-last")
p.add_argument("--max-rounds", type=int)
p.add_argument("--threads", type=int, default=1)
p.add_argument("--out", default="runs/table")
p.add_argument("--print", action="store_true", dest="only_print")
a = p.parse_args()


def run(seed):
    name = f"{a.preset}-{a.bits}" + (f"-{a.key_bits}" if a.key_bits else "")
    folder = pathlib.Path(a.out) / name / str(seed)
    summary = folder / "summary.json"
    more = ["--max-rounds", str(a.max_rounds)] if a.max_rounds else []
    if not a.only_print:
        done = json.loads(summary.read_text()) if summary.exists() else None
        limit = a.max_rounds or {"released": 850_000}.get(a.preset, 150_000)
        if done is None or (done["outcome"] != "trained" and done["rounds"] < limit):
            if (folder / "config.toml").exists():
                command = [a.binary, "train", "--resume", str(folder)]
            else:
                command = [a.binary, "train", "--out", str(folder), "--preset", a.preset, "--seed", str(seed), "--bits", str(a.bits)]
                command += ["--key-bits", str(a.key_bits)] if a.key_bits else []
            subprocess.run(command + more + ["--threads", str(a.threads)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads(summary.read_text()) if summary.exists() else None


def wilson(k, n, z=1.96):
    centre, half = (k + z * z / 2) / (n + z * z), z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


first, last = map(int, a.seeds.split("-"))
rows = []
for seed in range(first, last + 1):
    row = run(seed)
    if row:
        rows.append((seed, row))
print("| seed | outcome | rounds | s | Bob soft (hard) | Eve soft (hard) | restarts | |")
print("|---|---|---|---|---|---|---|---|")
number = lambda x: "" if x is None else f"{x:.3f}"
for seed, r in rows:
    why = "" if r["outcome"] == "trained" else r["diagnosis"]
    print(f"| {seed} | {r['outcome']} | {r['rounds']} | {r['seconds']:.1f} | {number(r['bob_wrong_bits'])} ({number(r['bob_wrong_bits_hard'])}) "
          f"| {number(r['eve_wrong_bits'])} ({number(r['eve_wrong_bits_hard'])}) | {r['restarts']} | {why} |")
good = [r for _, r in rows if r["outcome"] == "trained"]
if rows:
    low, high = wilson(len(good), len(rows))
    print(f"\n{len(good)} of {len(rows)} trained (95 % interval {low:.2f} to {high:.2f})", end="")
    if good:
        print(f"; of these, median {statistics.median(r['rounds'] for r in good):.0f} rounds and {statistics.median(r['seconds'] for r in good):.1f} s, "
              f"slowest {max(r['rounds'] for r in good)} rounds and {max(r['seconds'] for r in good):.1f} s", end="")
    print(".")
