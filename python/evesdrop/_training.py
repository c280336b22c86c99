"""Training: all at once, or round by round."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from . import _arrays, _evesdrop
from ._cipher import Cipher
from ._progress import Bar

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

#: A test on fresh data: ``round``, the errors, and ``events`` (texts; seldom any).
Metrics = dict[str, Any]


class Settings(TypedDict, total=False):
    """The settings of ``evesdrop train`` and of its TOML file, with underscores. What is absent comes from the preset."""

    preset: Literal["fast", "paper", "released", "bits"]
    game: Literal["symmetric", "asymmetric", "chosen-plaintext", "selective"]
    bits: int
    key_bits: int
    random_bits: int
    leaked_key_bits: int
    eves: list[Literal["same", "wide", "deep", "residual", "product", "quadratic", "angles"]]
    seed: int
    batch: int
    max_rounds: int
    learning_rate: float
    eve_learning_rate: float
    eve_steps: int
    channel: str
    modulus_weight: float
    channel_noise: float
    harden_rounds: int
    value_patience: int
    network: Literal["paper", "released", "dense", "product", "cryptonet"]
    normalised: bool
    initialisation: Literal["xavier", "doubled", "truncated-normal"]
    bob_term: Literal["per-bit", "squared", "summed"]
    eve_term: Literal["per-example", "per-bit", "nothing"]
    evaluate_every: int
    bob_goal: float
    eve_goal: float
    confirm_steps: int
    decay_rounds: int
    patience: int
    give_up: int
    selective: dict[str, Any]


def _plain(value: Any) -> Any:
    """Numbers and arrays of NumPy as JSON has them."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"a setting of type {type(value).__name__}: give a number, a text or a list")


def _settings(settings: Settings) -> str:
    """The settings as JSON, under their names in files.

    Raises:
        TypeError: for a name that is no setting.
    """
    known = list(Settings.__annotations__)
    for name in settings:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; settings are {', '.join(known)}"
            raise TypeError(f"unknown setting {name}{hint}")

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name.replace("_", "-"): renamed(inner) for name, inner in value.items()}
        return value

    return json.dumps(renamed(settings), default=_plain)


class Training:
    """A training that you drive: rounds, tests, the whole state as bytes.

    Iterating over it trains to each test in turn and yields its metrics, until the goals are met or the rounds are used up::

        for metrics in evesdrop.Training(bits=8, seed=3):
            print(metrics["round"], metrics["eve_wrong_bits"])

    The same seed and settings give the same networks, byte for byte, as on the command line, for any number of threads.
    """

    def __init__(self, *, threads: int | None = None, **settings: Unpack[Settings]) -> None:
        """A training before its first round.

        Args:
            threads: threads to use; one for each core if absent. The result does not depend on them.
            settings: see :class:`Settings`.

        Raises:
            TypeError: for an unknown setting.
            ValueError: for a value out of its range, or a setting that the game ignores.
        """
        self._native = _evesdrop.Training(_settings(settings), threads)

    @classmethod
    def _of(cls, native: _evesdrop.Training) -> Self:
        training = cls.__new__(cls)
        training._native = native
        return training

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, threads: int | None = None) -> Self:
        """The training of a run's folder, where it stopped. The folder is read and left alone.

        Raises:
            OSError: if it cannot be read, or another program trains in it.
            ValueError: if its files are damaged.
        """
        return cls._of(_evesdrop.Training.load(os.fspath(folder), threads))

    @property
    def settings(self) -> dict[str, Any]:
        """Every setting that the game uses, under its name in files."""
        settings: dict[str, Any] = json.loads(self._native.settings)
        return settings

    @property
    def rounds(self) -> int:
        """Rounds done, over all starts."""
        return self._native.rounds

    @property
    def trained(self) -> bool:
        """Whether the goals have been met."""
        return self._native.trained

    @property
    def history(self) -> dict[str, NDArray[Any]]:
        """All tests so far, a column an array: see :attr:`Run.history`."""
        return _columns(json.loads(self._native.looks))

    @property
    def cipher(self) -> Cipher:
        """The networks of the best test so far; before the first, as they are now."""
        return Cipher(_evesdrop.Target.from_model("training", self._native.model(False)))

    @property
    def latest_cipher(self) -> Cipher:
        """The networks as they are now."""
        return Cipher(_evesdrop.Target.from_model("training", self._native.model(True)))

    def round(self, count: int = 1, *, who: Literal["everybody", "alice-and-bob", "eve"] = "everybody") -> None:
        """Trains for ``count`` rounds, in which all players learn, or only some of them.

        Raises:
            ValueError: if ``count`` is negative, or for another ``who``.
            KeyboardInterrupt: on Ctrl-C, between two rounds; the training can go on.
        """
        self._native.round(_arrays.whole("count", count), who)

    def look(self) -> Metrics:
        """Tests on fresh data, keeps the best networks, and gives up a start that is stuck, as the settings ask for."""
        metrics: Metrics = json.loads(self._native.look())
        return metrics

    def advance(self, *, keep_going: bool = False) -> Metrics | None:
        """Trains to the next round at which the settings ask for a test, and tests.

        Args:
            keep_going: also after the goals have been met, up to ``max_rounds``.

        Returns:
            The metrics, or None when the training has ended.
        """
        told = self._native.advance(keep_going)
        return None if told is None else json.loads(told)

    def __iter__(self) -> Iterator[Metrics]:
        while (metrics := self.advance()) is not None:
            yield metrics

    def state(self) -> bytes:
        """The whole state: what ``checkpoint.safetensors`` holds."""
        return self._native.state()

    def restore(self, state: bytes) -> None:
        """Goes back (or forward) to a state of this training.

        Raises:
            ValueError: if the state is damaged or was made with other settings; the training is then unchanged.
        """
        self._native.restore(state)

    def branch(self, *, threads: int | None = None, **settings: Unpack[Settings]) -> Training:
        """Another training that goes on from here with changed settings. This one stays as it is.

        Raises:
            TypeError: for an unknown setting.
            ValueError: for a value out of its range, or one that changes the networks' sizes.
        """
        return Training._of(self._native.branch(_settings(settings), threads))

    def run(self) -> Run:
        """What the training has come to so far."""
        return Run(self._native)

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes a run's folder, as ``evesdrop train`` does; ``evesdrop train --resume`` goes on from it.

        Args:
            folder: new or empty.
            force: whether an earlier run in the folder is replaced.

        Raises:
            OSError: if the folder is not empty, or cannot be written.
        """
        self._native.save(os.fspath(folder), force)

    def __repr__(self) -> str:
        return f"<Training: round {self.rounds}{', goals met' if self.trained else ''}>"


class Run:
    """What a training came to. It does not change when the training goes on."""

    def __init__(self, native: _evesdrop.Training) -> None:
        """Use :func:`train`, :meth:`Training.run` or :meth:`load`."""
        #: How it ended: ``outcome`` ("trained", "failed" or "interrupted"), rounds, errors, seconds, diagnosis.
        self.summary: dict[str, Any] = json.loads(native.summary)
        del self.summary["run"]
        #: Every setting that the game uses, under its name in files.
        self.settings: dict[str, Any] = json.loads(native.settings)
        #: The tests on fresh data, as the lines of ``metrics.jsonl``.
        self.metrics: list[Metrics] = json.loads(native.looks)
        #: The best networks, as the bytes of ``model.safetensors``.
        self.model: bytes = native.model(False)
        #: BLAKE3 of these bytes, in hex: names this very model.
        self.fingerprint: str = native.fingerprint
        self._copy = native.branch("{}", None)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Run:
        """The run of a folder.

        Raises:
            OSError: if it cannot be read, or another program trains in it.
            ValueError: if its files are damaged.
        """
        return cls(_evesdrop.Training.load(os.fspath(folder), 1))

    @property
    def trained(self) -> bool:
        """Whether the goals were met."""
        return bool(self.summary["outcome"] == "trained")

    @property
    def history(self) -> dict[str, NDArray[Any]]:
        """The tests on fresh data, a column an array of one dimension: ``round``, ``bob_wrong_bits``, ``eve_wrong_bits`` and both
        ``_hard``; in the selective game the squared errors. ``pandas.DataFrame(run.history)`` and ``polars.DataFrame(run.history)``
        are tables of them.
        """
        return _columns(self.metrics)

    @property
    def cipher(self) -> Cipher:
        """The learned cipher.

        Raises:
            ValueError: in the selective game, whose networks are no cipher over bits.
        """
        game, seed = self.settings["game"], self.settings["seed"]
        return Cipher(_evesdrop.Target.from_model(f"{game} game, seed {seed}", self.model))

    def export(self, format: Literal["onnx", "safetensors", "npz"]) -> dict[str, bytes]:
        """The networks for other programs, as ``evesdrop export`` writes them: names of files, and their bytes.

        Raises:
            ValueError: for another format.
        """
        return dict(self._copy.export(format))

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes a run's folder: see :meth:`Training.save`."""
        self._copy.save(os.fspath(folder), force)

    def __repr__(self) -> str:
        return f"<Run: {self.summary['outcome']} after {self.summary['rounds']} rounds; {self.summary['diagnosis']}>"


def _columns(metrics: list[Metrics]) -> dict[str, NDArray[Any]]:
    names = [name for name, value in metrics[0].items() if not isinstance(value, list)] if metrics else []
    # A value that diverged is null in JSON.
    return {
        name: np.array([np.nan if line[name] is None else line[name] for line in metrics], int if name == "round" else float)
        for name in names
    }


def train(
    *,
    callback: Callable[[Metrics], object] | None = None,
    progress: bool | None = None,
    keep_going: bool = False,
    out: str | os.PathLike[str] | None = None,
    tensorboard: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    **settings: Unpack[Settings],
) -> Run:
    """Trains Alice, Bob and Eve until Bob reads the messages and Eve does not, or the rounds are used up.

    Args:
        callback: called with the metrics of every test on fresh data.
        progress: whether to show a bar; if absent, in notebooks and on terminals.
        keep_going: train to ``max_rounds`` even when the goals are met.
        out: folder, new or empty, for the run's files at the end; none if absent.
        tensorboard: folder for an event file of TensorBoard; none if absent.
        threads: threads to use; one for each core if absent. The result does not depend on them.
        settings: see :class:`Settings`; ``seed=1, bits=16, game="symmetric"`` if absent.

    Returns:
        The run, whether or not the goals were met: see :attr:`Run.trained` and :attr:`Run.summary`.

    Raises:
        TypeError: for an unknown setting.
        ValueError: for a value out of its range, or a setting that the game ignores.
        OSError: if ``out`` is not empty, or a file cannot be written.
        KeyboardInterrupt: on Ctrl-C. To keep what was learned until then, drive a :class:`Training`.
    """
    training = Training(threads=threads, **settings)
    if out is not None:
        training.save(out)  # before the work, to see whether it can be
    events = None if tensorboard is None else _evesdrop.EventFile(os.fspath(tensorboard))
    most = training.settings["max-rounds"]
    with Bar(progress) as bar:
        while (metrics := training.advance(keep_going=keep_going)) is not None:
            said = (f"{name.replace('_', ' ')} {metrics[name]:.2f}" for name in _SHOWN if name in metrics)
            bar(metrics["round"] / most, f"round {metrics['round']}  {'  '.join(said)}")
            if events is not None:
                events.add(json.dumps(metrics))
            if callback is not None:
                callback(metrics)
    if out is not None:
        training.save(out, force=True)
    return training.run()


_SHOWN = ("bob_wrong_bits", "eve_wrong_bits", "public_mse", "bob_mse", "eve_mse")
