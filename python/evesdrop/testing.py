"""A cipher in your own tests."""

from __future__ import annotations

from typing import Any

from ._attack import Report, attack


def assert_nothing_found(target: Any, **options: Any) -> Report:
    """Attacks a target and fails if anything is found, or if nothing can be said.

    Takes what :func:`evesdrop.attack` takes. That nothing was found within a budget is no proof that a cipher protects anything.

    Raises:
        AssertionError: with the report as its text, unless the verdict is "NOTHING FOUND WITHIN THIS BUDGET".
    """
    report = attack(target, **options)
    if not report.verdict.startswith("NOTHING FOUND"):
        raise AssertionError(f"{report.verdict}\n\n{report}")
    return report
