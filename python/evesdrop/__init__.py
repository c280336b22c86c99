"""Trains neural networks to encrypt, and attacks the result or any cipher that you bring.

    import evesdrop
    run = evesdrop.train(bits=16, seed=1)
    run.cipher.encrypt(plaintexts, keys)      # arrays of 0 and 1
    evesdrop.attack(run)                      # a Report

Learned ciphers protect nothing: they are here to be studied and broken.
"""

from ._attack import Control, Finding, NotRun, Report, attack
from ._cipher import Cipher, Function, Sample
from ._evesdrop import __version__
from ._training import Run, Settings, Training, train
from .testing import assert_nothing_found

__all__ = [
    "Cipher",
    "Control",
    "Finding",
    "Function",
    "NotRun",
    "Report",
    "Run",
    "Sample",
    "Settings",
    "Training",
    "__version__",
    "assert_nothing_found",
    "attack",
    "train",
]
