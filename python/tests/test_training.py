"""Training in memory: the same bits as on the command line."""

from __future__ import annotations

import re
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import EASY, ROOT

import evesdrop


def recorded(options: str) -> str:
    """The hash of the model that the command line trains with these options and seed 1."""
    text = (ROOT / "crates/cli/tests/black_box/hashes.rs").read_text()
    found = re.search(r'\(\s*"' + re.escape(options) + r'",\s*"([0-9a-f]{64})"', text)
    assert found, options
    return found[1]


RUNS: list[tuple[str, evesdrop.Settings]] = [
    ("--max-rounds 400", {"max_rounds": 400}),
    ("--bits 32 --key-bits 16 --max-rounds 60", {"bits": 32, "key_bits": 16, "max_rounds": 60}),
    (
        "--game asymmetric --random-bits 4 --max-rounds 100",
        {"game": "asymmetric", "random_bits": 4, "max_rounds": 100},
    ),
    ("--game selective --max-rounds 120", {"game": "selective", "max_rounds": 120}),
]


@pytest.mark.parametrize(("options", "settings"), RUNS)
def test_models_are_those_of_the_command_line(options: str, settings: evesdrop.Settings) -> None:
    assert evesdrop.train(**settings).fingerprint == recorded(options)


def test_rounds_by_hand_are_the_same_training() -> None:
    training = evesdrop.Training(max_rounds=400, threads=1)
    for _ in range(4):
        training.round(60)
        training.round(40)
        training.look()
    assert training.run().fingerprint == recorded("--max-rounds 400")


def test_a_run_says_how_it_went(run: evesdrop.Run) -> None:
    assert run.trained and run.summary["outcome"] == "trained" and "trained" in repr(run)
    history = run.history
    assert list(history) == [
        "round",
        "bob_wrong_bits",
        "eve_wrong_bits",
        "bob_wrong_bits_hard",
        "eve_wrong_bits_hard",
    ]
    assert history["round"].dtype.kind == "i" and history["round"][-1] == run.summary["rounds"]
    assert np.all(np.diff(history["round"]) > 0) and history["bob_wrong_bits"][-1] <= 0.2
    assert run.settings["learning-rate"] == EASY["learning_rate"]


def test_history_is_a_table_of_pandas(run: evesdrop.Run) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(run.history)
    assert len(table) == len(run.metrics) and table["round"].iloc[-1] == run.summary["rounds"]


def test_callbacks_and_iteration_give_the_same_metrics() -> None:
    told: list[dict[str, Any]] = []
    run = evesdrop.train(bits=4, max_rounds=300, seed=5, callback=told.append)
    assert [line["round"] for line in told] == [100, 200, 300] == list(run.history["round"])
    assert list(evesdrop.Training(bits=4, max_rounds=300, seed=5)) == told
    assert not run.trained and run.summary["outcome"] == "failed"

    def fails(metrics: dict[str, Any]) -> None:
        raise LookupError(metrics["round"])

    with pytest.raises(LookupError, match="100"):
        evesdrop.train(bits=4, max_rounds=300, callback=fails)


def test_pause_rewind_and_other_settings() -> None:
    training = evesdrop.Training(bits=4, max_rounds=400, seed=2)
    training.advance()
    earlier = training.state()
    rest = [training.advance(), training.advance()]
    training.restore(earlier)
    assert training.rounds == 100 and list(training.history["round"]) == [100]
    assert [training.advance(), training.advance()] == rest, "the same again"
    other = training.branch(learning_rate=0.1)
    assert other.rounds == 300 and other.settings["learning-rate"] == 0.1
    other.round(50, who="eve")
    assert (training.rounds, other.rounds) == (300, 350)
    with pytest.raises(ValueError, match="other settings"):
        training.restore(other.state())
    with pytest.raises(ValueError, match="safetensors"):
        training.restore(b"no state")
    assert training.rounds == 300
    with pytest.raises(ValueError, match="expected"):
        training.branch(bits=5)
    with pytest.raises(ValueError, match="alice-and-bob"):
        training.round(1, who="bob")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="count = -1: must be from 0"):
        training.round(-1)


def test_folders_are_those_of_the_command_line(tmp_path: Path) -> None:
    run = evesdrop.train(bits=4, max_rounds=200, out=tmp_path / "run")
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {
        "config.toml",
        "metrics.jsonl",
        "model.safetensors",
        "checkpoint.safetensors",
        "summary.json",
        "curve.svg",
    }
    assert (tmp_path / "run/model.safetensors").read_bytes() == run.model
    again = evesdrop.Run.load(tmp_path / "run")
    assert again.model == run.model and again.metrics == run.metrics and again.settings == run.settings
    again.save(tmp_path / "copy")
    assert (tmp_path / "copy/metrics.jsonl").read_bytes() == (tmp_path / "run/metrics.jsonl").read_bytes()
    with pytest.raises(FileExistsError, match="not empty"):
        evesdrop.train(bits=4, max_rounds=10**9, out=tmp_path / "run")
    with pytest.raises(FileExistsError, match="summary.json: "):
        evesdrop.train(bits=4, max_rounds=1, tensorboard=tmp_path / "run/summary.json")
    with pytest.raises(FileNotFoundError, match="not the folder of a training run"):
        evesdrop.Run.load(tmp_path)
    longer = evesdrop.Training.load(tmp_path / "run").branch(max_rounds=300)
    assert longer.advance() is not None and longer.rounds == 300


@pytest.mark.parametrize(
    ("settings", "exception", "said"),
    [
        ({"bitz": 8}, TypeError, "unknown setting bitz; did you mean bits?"),
        ({"frobnicate": 8}, TypeError, "unknown setting frobnicate; settings are preset, game"),
        ({"bits": 3}, ValueError, "bits = 3: must be from 4 to 256"),
        ({"bits": "many"}, ValueError, "invalid type: string"),
        ({"bits": object()}, TypeError, "a setting of type object"),
        ({"random_bits": 4}, ValueError, "only in the asymmetric game"),
        ({"game": "chess"}, ValueError, "unknown variant `chess`"),
        ({"threads": 0}, ValueError, "threads = 0"),
    ],
)
def test_wrong_settings(settings: Any, exception: type[Exception], said: str) -> None:
    with pytest.raises(exception, match=re.escape(said)) as raised:
        evesdrop.train(**settings)
    assert "\n" not in str(raised.value)


def test_numpy_numbers_are_settings() -> None:
    training = evesdrop.Training(bits=np.int64(5), learning_rate=np.float32(0.5))  # type: ignore[arg-type]
    assert training.settings["bits"] == 5 and training.settings["learning-rate"] == 0.5


def test_ctrl_c_stops_a_training_between_rounds() -> None:
    training = evesdrop.Training(bits=16, max_rounds=10**6, evaluate_every=10**6)
    timer = threading.Timer(0.5, signal.raise_signal, (signal.SIGINT,))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        training.advance()
    before = training.rounds
    training.round(1)
    assert training.rounds == before + 1, "it can go on"


def test_other_threads_run_meanwhile() -> None:
    training = evesdrop.Training(bits=16, max_rounds=10**6)
    counted, ended = 0, threading.Event()

    def count() -> None:
        nonlocal counted
        while not ended.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    training.round(100)
    ended.set()
    thread.join()
    assert counted > 10, "the interpreter's lock was held"
