"""What users give, as arrays and numbers of the types that the native half reads."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def whole(name: str, given: Any, low: int = 0, high: int = 2**64 - 1) -> int:
    """``given`` as a whole number.

    Raises:
        TypeError: if it is none.
        ValueError: if it is below ``low`` or above ``high``.
    """
    try:
        number = operator.index(given)
    except TypeError:
        raise TypeError(f"{name}: a {type(given).__name__}: give a whole number") from None
    if not low <= number <= high:
        raise ValueError(f"{name} = {number}: must be from {low} to {'2^64 - 1' if high == 2**64 - 1 else high}")
    return number


def as_array(name: str, given: Any) -> NDArray[Any]:
    """``given`` as an array: NumPy's, PyTorch's (wherever it lies), or whatever NumPy understands.

    Raises:
        TypeError: if it is no array of numbers.
    """
    if hasattr(given, "detach"):  # a tensor of PyTorch, perhaps with a gradient, perhaps on another device
        given = given.detach().cpu()
    try:
        array = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: not an array: {error}") from None
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name}: an array of {array.dtype}: give bits as numbers or booleans")
    return array


def rows(name: str, array: NDArray[Any], width: int | None) -> NDArray[Any]:
    """The array, if it has rows of ``width`` values.

    Raises:
        ValueError: for another shape.
    """
    if array.ndim != 2 or (width is not None and array.shape[1] != width):
        wanted = "columns" if width is None else width
        raise ValueError(f"{name}: an array of shape {array.shape}: give shape (rows, {wanted})")
    return array


def bits(name: str, given: ArrayLike, width: int | None) -> NDArray[np.uint8]:
    """Rows of bits as 0 and 1. An array of ``uint8`` or ``bool`` in C order is not copied.

    Raises:
        TypeError: if it is no array of numbers.
        ValueError: for another shape, or values other than 0 and 1, or -1 and +1.
    """
    array = rows(name, as_array(name, given), width)
    if array.dtype == np.bool_:
        return np.ascontiguousarray(array).view(np.uint8)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)  # the native half looks at the values
    ones = array == 1
    zeros = array == (-1 if array.size and array.min() < 0 else 0)
    if not np.all(ones | zeros):
        row, column = np.argwhere(~(ones | zeros))[0]
        value = array[row, column]
        raise ValueError(f"{name}: {value} in row {row}, column {column}: bits are 0 and 1, or -1 and +1")
    return np.ascontiguousarray(ones).view(np.uint8)


def reals(name: str, given: ArrayLike, width: int | None) -> NDArray[np.float32]:
    """Rows of real numbers. An array of ``float32`` in C order is not copied.

    Raises:
        TypeError: if it is no array of numbers.
        ValueError: for another shape, or values that are not finite.
    """
    array = np.ascontiguousarray(rows(name, as_array(name, given), width), dtype=np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: values that are not finite")
    return array
