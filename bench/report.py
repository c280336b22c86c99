"""Tables from the raw lines of bench/run. Standard library only."""
import json
import math
import statistics

BEGIN, END = "<!-- bench/run begins -->", "<!-- bench/run ends -->"
OURS = "evesdrop"


def read(folder):
    with open(folder / "raw.jsonl") as raw:
        return [json.loads(line) for line in raw]


def summary(lines):
    """{(key, program): figures} over the passes."""
    groups = {}
    for line in lines:
        if "median_ms" in line["result"]:
            key = tuple(line["key"].get(k, 1) for k in ("workload", "bits", "batch", "threads", "runs"))
            groups.setdefault((key, line["program"]), []).append(line["result"])
    return {
        place: dict(
            median=statistics.median(r["median_ms"] for r in results),
            fastest=min(r["fastest_ms"] for r in results),
            low=min(r["median_ms"] for r in results),
            high=max(r["median_ms"] for r in results),
            peak=max((r.get("peak_mb") or 0) for r in results),
            passes=len(results),
        )
        for place, results in groups.items()
    }


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def figure(x):
    return f"{x:.2f}" if x < 10 else f"{x:.1f}" if x < 100 else f"{x:.0f}"


def programs(figures, keys):
    """In the order of the raw lines."""
    return list(dict.fromkeys(program for key, program in figures if key in keys))


def in_detail(figures, key):
    """One workload: one row per program."""
    ours = figures.get((key, OURS))
    rows = []
    for program in programs(figures, [key]):
        f = figures[key, program]
        times = figure(f["median"] / ours["median"]) if ours else ""
        spread = f"{figure(f['low'])} to {figure(f['high'])}" if f["passes"] > 1 else "one pass"
        rows.append([program, figure(f["median"]), figure(f["fastest"]), spread, times, f"{f['peak']:.0f}"])
    return table(["", "median, ms", "fastest", "medians of the passes", "times evesdrop", "peak memory, MB"], rows)


def along(figures, keys, name, values):
    """One workload at several sizes: one row per size, and the exponents of cost ~ size^x between first and last."""
    names = programs(figures, keys)
    rows, cell = [], lambda f, ours: figure(f["median"]) + (f" ({figure(f['median'] / ours['median'])})" if ours else "")
    for key, value in zip(keys, values):
        ours = figures.get((key, OURS))
        found = [figures.get((key, p)) for p in names]
        rows.append([value] + [cell(f, ours if p != OURS else None) if f else "-" for p, f in zip(names, found)])
    fits = [exponent([(v, figures[k, p]["median"]) for k, v in zip(keys, values) if (k, p) in figures]) for p in names]
    rows.append(["exponent"] + [f"{x:.2f}" if x is not None else "-" for x in fits])
    memory = [max((figures[k, p]["peak"] for k in keys if (k, p) in figures), default=0) for p in names]
    rows.append(["most memory, MB"] + [f"{mb:.0f}" for mb in memory])
    return table([name] + names, rows)


def exponent(points):
    """Least squares on the logarithms."""
    if len(points) < 2:
        return None
    x, y = [math.log(p[0]) for p in points], [math.log(p[1]) for p in points]
    return statistics.linear_regression(x, y).slope


def trainings(lines):
    groups = {}
    for line in lines:
        if line["set"] == "train":
            groups.setdefault(line["program"], []).append(line["result"])
    rows = []
    for program, results in groups.items():
        done = [r for r in results if r.get("trained") or r.get("outcome") == "trained"]
        limit = max((r["rounds"] for r in results if r not in done and "rounds" in r), default=None)
        seconds = [r["seconds"] for r in done] or [math.nan]
        rounds = [r["rounds"] for r in done] or [math.nan]
        rows.append([program, f"{len(done)} of {len(results)}", figure(statistics.median(seconds)),
                     f"{figure(min(seconds))} to {figure(max(seconds))}", f"{statistics.median(rounds):.0f}", limit or "-"])
    head = ["", "trained", "median, s", "fastest and slowest", "median rounds", "rounds of those that failed"]
    return table(head, rows) if rows else ""


def limits(lines):
    rows = []
    for line in (line for line in lines if line["set"] == "limit" and "levels" in line["result"]):
        for level in line["result"]["levels"]:
            parts = {w["workload"]: w for w in level["workloads"]}
            percent = [f"{w['percent_of_limit']:.0f} %" for w in level["workloads"]]
            rows.append([line["key"]["bits"], level["level"], figure(parts["round"]["median_ms"]), *percent])
    head = ["N", "level", "round, ms", "round", "Eve step", "three forward", "Alice forward", "distinguisher"]
    return table(head, rows) if rows else ""


def losses(figures):
    """The rows in which a peer is faster."""
    out = []
    for (key, program), f in figures.items():
        ours = figures.get((key, OURS))
        if ours and not program.startswith(OURS) and f["median"] < ours["median"]:
            out.append(f"{key[0]}, N = {key[1]}, batch {key[2]}, threads {key[3]}: {program} "
                       f"{figure(f['median'])} ms, evesdrop {figure(ours['median'])}")
    return out


def at_once(figures):
    """Results with two threads, and with two runs at once."""
    rows = []
    for key in figures:
        (workload, bits, batch, threads, runs), program = key
        one = figures.get(((workload, bits, batch, 1, 1), program))
        if one and threads * runs > 1:
            ms, alone = figures[key]["median"], one["median"]
            rows.append([program, workload, threads, runs, figure(ms), figure(alone), f"{runs * alone / ms:.2f}"])
    head = ["", "workload", "threads", "runs at once", "ms", "ms, one thread alone", "times the throughput"]
    return table(head, rows) if rows else ""


TITLES = {"round": "A round", "eve": "A step of Eve", "encrypt": "Encryption: Alice forward",
          "distinguisher": "A step of a distinguisher"}
# The sizes at which everything is shown in detail; the others appear in the tables of sizes.
DETAIL = [(16, 4096), (32, 2048)]


def tables(folder):
    """All tables in Markdown."""
    lines, about = read(folder), json.loads((folder / "machine.json").read_text())
    figures = summary(lines)
    keys = list(dict.fromkeys(key for key, _ in figures))
    frameworks = ("jax", "torch", "tensorflow_cpu", "tensorflow-cpu")
    python = [p for found in about.get("packages", {}).values() for p in found if p.split("==")[0] in frameworks]
    out = [f"{about['cpu']} (family {about['family']}, model {about['model']}), {about['cores']} processors; "
           f"{about['rustc']}; {', '.join(python)}. `bench/run {' '.join(about['arguments'])}`, raw lines in "
           f"`bench/results/{folder.name}`."]
    for key in keys:
        workload, bits, batch, threads, runs = key
        if (bits, batch) in DETAIL and runs == 1:
            size = f"pairs of {bits} bits" if workload == "distinguisher" else f"N = {bits}"
            plural = "s" if threads > 1 else ""
            out += [f"**{TITLES[workload]}**, {size}, batch {batch}, {threads} thread{plural}", in_detail(figures, key)]
    if text := at_once(figures):
        out += ["**Two processors**, N = 16, batch 4096", text]
    by_bits = sorted(key for key in keys if key[0] == "round" and key[2:] == (4096, 1, 1))
    by_batch = sorted(key for key in keys if key[:2] == ("round", 16) and key[3:] == (1, 1))
    both = "ms, in brackets times evesdrop; one thread"
    if len(by_bits) > 1:
        out += [f"**A round against N**, batch 4096, {both}", along(figures, by_bits, "N", [k[1] for k in by_bits])]
    if len(by_batch) > 1:
        out += [f"**A round against the batch**, N = 16, {both}", along(figures, by_batch, "batch", [k[2] for k in by_batch])]
    if text := limits(lines):
        out += ["**Part of the machine's limit reached** (`evesdrop bench`), batch 4096, one thread", text]
    if text := trainings(lines):
        out += ["**Time to a trained cipher**, N = 16, one thread (two trainings at a time, each on its own processor)", text]
    for line in lines:
        if "error" in line["result"]:
            out.append(f"Failed: {line['program']}, {line['key']}: {line['result']['error']}")
    lost = losses(figures)
    out.append("Rows in which a peer is faster: " + ("; ".join(lost) if lost else "none of these."))
    return "\n\n".join(out)


def update(path, text):
    """Replaces the text between the marks."""
    old = path.read_text()
    before, rest = old.split(BEGIN)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")
