"""A bar of progress: in a notebook as HTML, on a terminal as a line, elsewhere not at all."""

from __future__ import annotations

import html
import importlib
import sys
import time
from types import TracebackType
from typing import Any


def _notebook_display() -> Any:
    """A display that can be updated, inside a notebook; else None."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    return importlib.import_module("IPython.display").DisplayHandle()


class Bar:
    """Use it in a ``with`` statement and call it with the part that is done, from 0 to 1, and a text."""

    def __init__(self, show: bool | None = None) -> None:
        """Shows itself where somebody can see it, unless ``show`` says otherwise."""
        self._display = None if show is False else _notebook_display()
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._line = self._display is None and (terminal if show is None else show)
        self._begun = self._drawn = time.monotonic()
        self._shown = False

    def __call__(self, done: float, text: str) -> None:
        now = time.monotonic()
        if not (self._line or self._display) or (self._shown and now - self._drawn < 0.2):
            return
        self._drawn = now
        self._draw(done, f"{now - self._begun:.0f} s  {text}")

    def _draw(self, done: float, text: str) -> None:
        if self._line:
            filled = round(20 * done)
            print(f"\r[{'#' * filled}{' ' * (20 - filled)}] {text}\x1b[K", end="", file=sys.stderr, flush=True)
        elif self._display is not None:
            bar = {
                "text/html": f"<progress value='{done:.4f}' max='1'></progress> <code>{html.escape(text)}</code>",
                "text/plain": f"{done:4.0%}  {text}",
            }
            show = self._display.update if self._shown else self._display.display
            show(bar, raw=True)
        self._shown = True

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._shown and self._line:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        elif self._shown and self._display is not None:
            self._display.update({"text/plain": "", "text/html": ""}, raw=True)
