"""Attacks and their reports."""

from __future__ import annotations

import html
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from . import _arrays, _evesdrop
from ._cipher import Cipher, Function
from ._progress import Bar
from ._training import Run, Training

Budget = Literal["quick", "standard", "thorough"]


@dataclass(frozen=True)
class Finding:
    """The result of one attack."""

    #: Name of the attack, as ``only`` takes it.
    attack: str
    #: What this attack alone came to: "BROKEN", "WEAKNESS_FOUND", "INCONCLUSIVE" or "NOTHING_FOUND".
    verdict: str
    #: What the attacker was given, such as "chosen-plaintext".
    threat_model: str
    #: What was learned, in a sentence.
    summary: str
    #: Advantage over guessing, 0 to 1, where the attack has one.
    advantage: float | None
    #: Its 99 % interval, on untouched data.
    interval: tuple[float, float] | None
    #: Of the hypothesis "no weakness", before correction for the number of tests.
    p_value: float | None
    #: Messages, pairs or blocks used.
    samples: int
    #: Whether a one-time key was reused, which does not decide the verdict.
    misuse: bool


@dataclass(frozen=True)
class Control:
    """A cipher of known quality under the same attacks."""

    #: Its name.
    target: str
    #: "nothing", "something" or "anything": what must be found in it.
    expected: str
    #: What was found.
    verdict: str


@dataclass(frozen=True)
class NotRun:
    """An attack without a finding."""

    #: Its name.
    attack: str
    #: Why.
    reason: str


class Report:
    """What attacks found in a target, beside controls. In a notebook it shows itself as a table."""

    def __init__(self, native: _evesdrop.Report) -> None:
        """Use :func:`attack`."""
        self._native = native
        self._json: dict[str, Any] = json.loads(native.json())

    @property
    def verdict(self) -> str:
        """In words: "BROKEN", "WEAKNESS FOUND", "INCONCLUSIVE", "INVALID" (a control has the wrong result) or "NOTHING FOUND WITHIN THIS
        BUDGET", which is no claim of security.
        """
        return self._native.verdict()

    @property
    def found(self) -> bool:
        """Whether something was found: a break or a weakness."""
        return self._json["verdict"] in ("BROKEN", "WEAKNESS_FOUND")

    @property
    def findings(self) -> list[Finding]:
        """Worst first."""

        def finding(given: dict[str, Any]) -> Finding:
            kept = {name: given[name] for name in Finding.__dataclass_fields__}
            kept["interval"] = None if given["interval"] is None else tuple(given["interval"])
            return Finding(**kept)

        return [finding(given) for given in self._json["findings"]]

    @property
    def controls(self) -> list[Control]:
        """Ciphers of known quality under the same attacks."""
        return [Control(c["target"], c["expected"], c["verdict"]) for c in self._json["controls"]]

    @property
    def not_run(self) -> list[NotRun]:
        """Attacks without a finding."""
        return [NotRun(n["attack"], n["reason"]) for n in self._json["not_run"]]

    def to_dict(self) -> dict[str, Any]:
        """Everything, as ``report.json`` has it (schema: docs/schema/report.json)."""
        return dict(self._json)

    def to_html(self) -> str:
        """The page that ``evesdrop attack --out`` writes."""
        return self._native.html()

    def to_markdown(self) -> str:
        """The same as Markdown."""
        return self._native.markdown()

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Writes ``report.html``, ``.json``, ``.md``, ``junit.xml``, and a bundle for each break.

        Args:
            folder: new, empty, or that of an earlier report.

        Raises:
            OSError: if it holds something else, or cannot be written.
        """
        self._native.save(os.fspath(folder))

    def __str__(self) -> str:
        return self._native.text(min(shutil.get_terminal_size((100, 24)).columns, 140))

    def __repr__(self) -> str:
        return f"<Report on {self._json['target']}: {self.verdict}>"

    def _repr_html_(self) -> str:
        cell = "<td style='text-align:left'>{}</td>"

        def table(heading: str, names: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
            body = "".join("<tr>" + "".join(cell.format(html.escape(text)) for text in line) + "</tr>" for line in lines)
            head = "".join(f"<th style='text-align:left'>{name}</th>" for name in names)
            return f"<p><b>{heading}</b></p><table><tr>{head}</tr>{body}</table>" if body else ""

        def words(verdict: str) -> str:
            return verdict.replace("_", " ").lower()

        def advantage(f: Finding) -> str:
            if f.advantage is None:
                return ""
            return f"{f.advantage:.3f}" + (f" ({f.interval[0]:.3f} to {f.interval[1]:.3f})" if f.interval else "")

        found = [(f.attack, words(f.verdict) + (" (misuse)" if f.misuse else ""), f.summary, advantage(f)) for f in self.findings]
        controls = [(c.target, c.expected, words(c.verdict)) for c in self.controls]
        skipped = [(n.attack, n.reason) for n in self.not_run]
        return (
            f"<p><b>{html.escape(self.verdict)}</b> in {html.escape(self._json['target'])}; "
            f"budget {html.escape(self._json['budget'])}, seed {self._json['seed']}<br>"
            f"{html.escape(self._native.explanation())}</p>"
            + table("Findings", ("attack", "verdict", "what was learned", "advantage (99 % interval)"), found)
            + table("Controls", ("cipher", "must be found", "was found"), controls)
            + table("Not run", ("attack", "why"), skipped)
        )


def attack(
    target: Run | Training | Cipher | str | os.PathLike[str] | Function,
    *,
    budget: Budget = "quick",
    seed: int = 1,
    only: str | Iterable[str] = (),
    block_bits: int | None = None,
    key_bits: int | None = None,
    one_time_key: bool = False,
    cache: bool = True,
    progress: bool | None = None,
) -> Report:
    """Attacks a cipher with everything that applies, beside controls.

    Args:
        target: a run, a cipher, a target string of the command line (``"speck32/64:7"``, ``"csv:FILE"``, ``"exec:COMMAND"``, the path of
            a run), or a function ``f(keys, plaintexts)`` of arrays: see :meth:`Cipher.of`.
        budget: "quick" takes seconds to a minute, "standard" minutes, "thorough" hours.
        seed: of all randomness.
        only: names of attacks, or one name; all if empty.
        block_bits: bits of a plaintext, for a function or ``exec:``.
        key_bits: bits of a key, likewise.
        one_time_key: whether a key serves for one message only, likewise and for ``csv:``.
        cache: whether findings on controls are kept for the next time, in the user's cache.
        progress: whether to show a bar; if absent, in notebooks and on terminals.

    Raises:
        ValueError: for a target or an attack that does not exist, or a function that returns another shape or other values.
        TypeError: for a target that is none of these.
        OSError: for a file that cannot be read.
        Exception: what the function raises.
        KeyboardInterrupt: on Ctrl-C.
    """
    native = _target(target, block_bits, key_bits, one_time_key)
    names = [only] if isinstance(only, str) else list(only)
    seed = _arrays.whole("seed", seed)
    with Bar(progress) as bar:
        found = _evesdrop.attack(native, budget, seed, names, cache, lambda name, done: bar(done, name))
    return Report(found)


def _target(target: Any, block_bits: int | None, key_bits: int | None, one_time_key: bool) -> _evesdrop.Target:
    if isinstance(target, (str, Path)) or hasattr(target, "__fspath__"):
        return _evesdrop.Target.parse(os.fspath(target), block_bits, key_bits, one_time_key=one_time_key)
    if isinstance(target, (Run, Training, Cipher)):
        if block_bits is not None or key_bits is not None or one_time_key:
            raise ValueError("block_bits, key_bits and one_time_key: only for a function, exec: or csv:")
        return target._target if isinstance(target, Cipher) else target.cipher._target
    if not callable(target):
        raise TypeError(f"a {type(target).__name__} cannot be attacked: give a run, a cipher, a name or a function")
    if block_bits is None or key_bits is None:
        raise ValueError("a function needs its sizes: give block_bits and key_bits")
    return Cipher.of(target, block_bits=block_bits, key_bits=key_bits, one_time_key=one_time_key)._target
