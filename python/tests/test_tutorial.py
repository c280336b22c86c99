"""The notebook of the documentation runs, and shows what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import ROOT


def test_the_notebook_runs() -> None:
    nbclient: Any = pytest.importorskip("nbclient")
    nbformat: Any = pytest.importorskip("nbformat")
    pytest.importorskip("matplotlib")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(ROOT / "docs/tutorial.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = json.dumps(outputs)
    assert "image/png" in shown and "BROKEN" in shown and "<table>" in shown
    assert "Bob's wrong bits: " in shown and "Controls" in shown
