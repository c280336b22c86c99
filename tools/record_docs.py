#!/usr/bin/env python3
"""Runs the ```console blocks of pages and compares or records their outputs.

    tools/record_docs.py [--update] PAGE.md ...      with `evesdrop` on the PATH

Each page runs in a new folder. In a block, a line `$ COMMAND` is run (lines that begin with `> ` continue it). The lines below are
its output, including standard error. A line `...` matches any lines. Comments before a block are options:

    <!-- record: 1-9,20,last 3 -->   the lines of the output that --update keeps
    <!-- file: NAME -->              the block is written to NAME first
    <!-- run: COMMAND -->            run without being shown

Seconds, speeds, and counts that depend on them are not compared. `$DOCS` is the folder from which this was called."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile


def loose(line):
    """The line without the parts that differ from run to run."""
    line = re.sub(r"(\d+ min )?\d[\d,]*(\.\d+)? ?(s|ms)\b|\d[\d.]* MB/s", "#s", line)
    line = re.sub(r"at most \d[\d,]* blocks", "at most # blocks", line)
    line = re.sub(r"\d[\d,]* samples", "# samples", line)
    line = re.sub(r"(\d+ blocks? that Bob misread, encrypted again|Bob read every block)$", "blocks", line)
    line = re.sub(r"became \d+ bytes, [\d.]+ times", "became # bytes", line)
    line = re.sub(r"(misread, encrypted again: )\d+", r"\1#", line)
    return re.sub(r"\b(s|ms)\b", "s", re.sub(r" +", " ", line)).rstrip()


def same(wanted, got):
    """Whether `got` matches the output on the page."""
    if not wanted:
        return not got
    if wanted[0] == "...":
        return any(same(wanted[1:], got[skipped:]) for skipped in range(len(got) + 1))
    return bool(got) and loose(wanted[0]) == loose(got[0]) and same(wanted[1:], got[1:])


def run(command, folder, status=0):
    """The lines that a command prints, and its exit code. `status` is the last command's: `$?` of this one."""
    surroundings = dict(os.environ, NO_COLOR="1", DOCS=os.getcwd(), XDG_CACHE_HOME=os.path.join(folder, ".cache"))
    script = ["bash", "-c", f"(exit {status})\n{command}"]
    done = subprocess.run(script, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=surroundings)
    return done.stdout.rstrip("\n").split("\n") if done.stdout.strip() else [], done.returncode


def commands(block):
    """The commands of a block, each with the output that it shows."""
    found = []
    for line in block:
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif found and line.startswith("> ") and not found[-1][1]:
            found[-1][0].append(line[2:])
        elif found:
            found[-1][1].append(line)
    return found


def kept(lines, spans):
    """The lines in `spans`, such as "1-9,20,last 3", with `...` for those between."""
    shown, end = [], 0
    for span in spans.split(","):
        if span.startswith("last "):
            first, last = len(lines) + 1 - int(span[5:]), len(lines)
        else:
            first, _, last = span.partition("-")
            first, last = int(first), int(last or first)
        if first > end + 1:
            shown.append("...")
        shown += lines[first - 1 : last]
        end = last
    return shown + ["..."] * (end < len(lines))


def block(lines, folder, status, hints, page):
    """Runs a console block; returns it as it would be recorded, the last exit code, and how many outputs differ."""
    recorded, differ = [], 0
    for command, wanted in commands(lines):
        while wanted and wanted[-1] == "":
            wanted.pop()
        print(f"{page.name}: $ {command[0]}", flush=True)
        got, status = run("\n".join(command), folder, status)
        recorded += ["$ " + command[0], *("> " + line for line in command[1:])]
        recorded += kept(got, hints["record"]) if "record" in hints else got
        if not same(wanted, got):
            differ += 1
            print("\n".join(["--- shown", *wanted, "--- got", *got, "---"]))
    return recorded, status, differ


def check(page, update):
    """Runs the blocks of one page; returns how many outputs differ."""
    lines, folder = page.read_text().split("\n"), tempfile.mkdtemp(prefix="docs-")
    out, place, status, hints, differ = [], 0, 0, {}, 0
    while place < len(lines):
        line = lines[place]
        hint, fence = re.fullmatch(r"<!-- (record|file|run): (.*) -->", line.strip()), re.fullmatch(r"```(\w+)?.*", line)
        if not fence:
            if hint and hint[1] == "run":
                run(hint[2], folder)
            elif hint:
                hints[hint[1]] = hint[2]
            out.append(line)
            place += 1
            continue
        end = lines.index("```", place + 1)
        body = lines[place + 1 : end]
        if "file" in hints:
            pathlib.Path(folder, hints["file"]).write_text("\n".join(body) + "\n")
        if fence[1] == "console":
            recorded, status, more = block(body, folder, status, hints, page)
            differ += more
            body = recorded if update else body
        out += [line, *body, "```"]
        place, hints = end + 1, {}
    if update:
        page.write_text("\n".join(out))
    return differ


update = "--update" in sys.argv
pages = [pathlib.Path(name) for name in sys.argv[1:] if not name.startswith("--")]
sys.exit(sum(check(page, update) for page in pages) > 0 and not update)
