"""Ciphers on arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _arrays, _evesdrop

#: A function of keys (rows, key bits) and plaintexts (rows, block bits), arrays of 0 and 1, that returns ciphertexts:
#: (rows, width) of bits (0 and 1, or -1 and +1) or of real numbers in (-1, 1).
Function = Callable[[NDArray[np.uint8], NDArray[np.uint8]], Any]


class Sample(NamedTuple):
    """Messages under fresh keys. PyTorch takes each array as it lies: ``torch.from_dlpack(sample.ciphertexts)``."""

    #: (rows, block bits), ``uint8`` of 0 and 1.
    plaintexts: NDArray[np.uint8]
    #: (rows, key bits), likewise.
    keys: NDArray[np.uint8]
    #: (rows, width): ``float32`` of a learned cipher, else ``uint8``.
    ciphertexts: NDArray[Any]


class Cipher:
    """A cipher as a black box with sizes.

    Arrays of bits have a row for each message. They hold 0 and 1 or -1 and +1 and are of any type of numbers; ``uint8`` and ``bool``
    in C order are read where they lie. An array of keys or texts with one row serves for all rows of the other.

    Learned ciphers protect nothing.
    """

    def __init__(self, target: _evesdrop.Target) -> None:
        """Use :meth:`named`, :meth:`load` or :meth:`of`."""
        if target.form is None:
            raise ValueError(f"{target.name}: recorded messages are no cipher; give the name to attack()")
        self._target = target
        self._width, self._floats = target.form

    @classmethod
    def named(cls, name: str) -> Cipher:
        """A built-in cipher, such as ``"speck32/64:7"`` (``evesdrop attack --list`` names all).

        Raises:
            ValueError: if there is none of that name.
        """
        return cls(_evesdrop.Target.parse(name))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Cipher:
        """The learned cipher of a training run's folder, or of its ``model.safetensors``.

        Raises:
            OSError: if it cannot be read.
            ValueError: if it holds no model, or one of the selective game.
        """
        path = Path(path)
        file = path / "model.safetensors" if path.is_dir() else path
        return cls(_evesdrop.Target.from_model(str(path), file.read_bytes()))

    @classmethod
    def of(
        cls,
        function: Function,
        *,
        block_bits: int,
        key_bits: int,
        name: str | None = None,
        one_time_key: bool = False,
    ) -> Cipher:
        """A cipher made of a Python function, such as a model of PyTorch.

        ``function(keys, plaintexts)`` gets arrays of 0 and 1 (``uint8``) with as many rows each and returns the ciphertexts: integers or
        booleans are bits, floating-point numbers are real values in (-1, 1). It is called once here, on two rows, to see which.

        Args:
            function: the encryption.
            block_bits: bits of a plaintext, 1 to 4096.
            key_bits: bits of a key, 1 to 4096.
            name: what reports call it; the function's own name if absent.
            one_time_key: whether a key serves for one message only.

        Raises:
            ValueError: if it returns another shape or other values, here or later.
            TypeError: if it is no function, or returns no array.
        """
        if not callable(function):
            raise TypeError(f"a {type(function).__name__} is not a function")
        block_bits = _arrays.whole("block_bits", block_bits, 1, 4096)
        key_bits = _arrays.whole("key_bits", key_bits, 1, 4096)
        name = name or str(getattr(function, "__name__", type(function).__name__))
        probe = np.zeros((2, key_bits), np.uint8), np.zeros((2, block_bits), np.uint8)
        first = _arrays.rows(f"{name} returned", _arrays.as_array(f"{name} returned", function(*probe)), None)
        width, floats = first.shape[1], first.dtype.kind == "f"
        if width == 0:
            raise ValueError(f"{name} returned ciphertexts of no values")

        def checked(keys: NDArray[np.uint8], plaintexts: NDArray[np.uint8]) -> NDArray[Any]:
            given = function(keys, plaintexts)
            what = f"{name} returned"
            array: NDArray[Any] = (_arrays.reals if floats else _arrays.bits)(what, given, width)
            if len(array) != len(plaintexts):
                raise ValueError(f"{what}: {len(array)} ciphertexts for {len(plaintexts)} plaintexts")
            return array

        checked(*probe)
        return cls(_evesdrop.Target.from_function(checked, name, block_bits, key_bits, width, floats, one_time_key))

    @property
    def name(self) -> str:
        """What reports call it."""
        return self._target.name

    @property
    def block_bits(self) -> int:
        """Bits of a plaintext."""
        return self._target.block_bits

    @property
    def key_bits(self) -> int:
        """Bits of a key."""
        return self._target.key_bits

    @property
    def ciphertext_width(self) -> int:
        """Values of a ciphertext: bits, or real numbers."""
        return self._width

    @property
    def ciphertext_dtype(self) -> np.dtype[Any]:
        """``float32`` of a cipher over real numbers, else ``uint8``."""
        return np.dtype(np.float32 if self._floats else np.uint8)

    @property
    def one_time_key(self) -> bool:
        """Whether a key serves for one message only."""
        return self._target.one_time_key

    def encrypt(self, plaintexts: ArrayLike, keys: ArrayLike, *, nonce: int = 0) -> NDArray[Any]:
        """Encrypts each plaintext under its key.

        Args:
            plaintexts: (rows, block bits), or (1, block bits).
            keys: (rows, key bits), or (1, key bits).
            nonce: of the first message, where the cipher takes one; message r has ``nonce + r``.

        Returns:
            (rows, width): ``float32`` in (-1, 1) of a learned cipher, else ``uint8`` of 0 and 1.

        Raises:
            ValueError: for other shapes, or values that are no bits.
            TypeError: for what is no array of numbers.
        """
        texts = _arrays.bits("plaintexts", plaintexts, self.block_bits)
        return self._target.encrypt(texts, _arrays.bits("keys", keys, self.key_bits), _arrays.whole("nonce", nonce))

    def decrypt(self, ciphertexts: ArrayLike, keys: ArrayLike, *, nonce: int = 0) -> NDArray[np.uint8]:
        """Decrypts what :meth:`encrypt` gave under the same keys and nonces. A learned cipher's Bob may err.

        Args:
            ciphertexts: (rows, width), or (1, width).
            keys: (rows, key bits), or (1, key bits).
            nonce: as in :meth:`encrypt`.

        Returns:
            (rows, block bits), ``uint8`` of 0 and 1.

        Raises:
            ValueError: for other shapes or values, or if the cipher gives no way back.
            TypeError: for what is no array of numbers.
        """
        secret, nonce = _arrays.bits("keys", keys, self.key_bits), _arrays.whole("nonce", nonce)
        if self._floats:
            return self._target.decrypt_floats(_arrays.reals("ciphertexts", ciphertexts, self._width), secret, nonce)
        return self._target.decrypt_bits(_arrays.bits("ciphertexts", ciphertexts, self._width), secret, nonce)

    def eavesdrop(self, ciphertexts: ArrayLike) -> NDArray[np.uint8]:
        """What the Eve of the training reads in the ciphertexts, without keys. :func:`attack` has stronger ones.

        Args:
            ciphertexts: (rows, width).

        Returns:
            (rows, block bits), ``uint8`` of 0 and 1: her guesses.

        Raises:
            ValueError: for another shape, or if no Eve was trained who reads ciphertexts alone.
        """
        return self._target.eavesdrop(_arrays.reals("ciphertexts", ciphertexts, self._width))

    def sample(self, count: int, *, seed: int = 0) -> Sample:
        """Random plaintexts under fresh random keys, and their ciphertexts: data for an Eve of your own. The same seed gives the same
        messages; another seed, independent ones.

        Raises:
            ValueError: if ``count`` is not from 1 to 2^32, or ``seed`` is negative.
        """
        return Sample(*self._target.sample(_arrays.whole("count", count, 1, 2**32), _arrays.whole("seed", seed)))

    def __repr__(self) -> str:
        return f"<Cipher {self.name}: {self.block_bits} bits, key of {self.key_bits}>"
