"""What several tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import evesdrop

# A process that was started in the background ignores Ctrl-C, which some tests send.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def run() -> evesdrop.Run:
    """A trained pair of eight bits; Eve is not in its way."""
    return evesdrop.train(**EASY)


#: Settings under which a pair learns to talk within a second.
EASY: evesdrop.Settings = {
    "bits": 8,
    "preset": "released",
    "batch": 256,
    "learning_rate": 0.004,
    "eve_steps": 1,
    "evaluate_every": 50,
    "bob_goal": 0.4,
    "eve_goal": 0.0,
    "max_rounds": 20000,
    "give_up": 1500,
}


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Where everything is required (`.ci/run`), a skipped test has failed."""
    skipped = call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception)
    if skipped and os.environ.get("EVESDROP_REQUIRE_PYTHON"):
        pytest.fail(f"{item.name} was skipped, and nothing may be: {call.excinfo.value if call.excinfo else ''}")
