"""The fixture ``assert_nothing_found`` for pytest, which finds it by itself once the package is installed."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def assert_nothing_found() -> Callable[..., object]:
    """:func:`evesdrop.assert_nothing_found`, imported only by the tests that ask for it."""
    from .testing import assert_nothing_found

    return assert_nothing_found
