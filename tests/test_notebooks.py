"""Every notebook runs from top to bottom, is stored without results, and uses public names only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cases import ROOT
from public_names import private_uses

nbformat = pytest.importorskip("nbformat", reason="notebooks are read with nbformat: install the test extra")
nbclient = pytest.importorskip("nbclient", reason="notebooks are run with nbclient: install the test extra")

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TIMEOUT_S = 300

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def _code(path: Path) -> list[str]:
    return [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS, f"no notebook in {FOLDER}"


@each
def test_notebook_runs(path, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))  # connection files of the kernel
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # no profile of the person who runs the tests
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=TIMEOUT_S, kernel_name="python3")
    client.execute(cwd=os.fspath(FOLDER))
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    errors = [o for c in cells for o in c.outputs if o.output_type == "error"]
    assert not errors
    complaints = [o.text for c in cells for o in c.outputs if o.output_type == "stream" and o.name == "stderr"]
    assert not complaints, "a reader would see these warnings"


@each
def test_notebook_is_stored_without_results(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            assert not cell.outputs, f"cell {number} is stored with outputs: clear them"
            assert cell.execution_count is None, f"cell {number} is stored with its execution count: clear it"


@each
def test_notebook_uses_public_names_only(path):
    assert [use for source in _code(path) for use in private_uses(source)] == []


@pytest.mark.parametrize(
    "source",
    ["from pvsim.physics import chain", "from pvsim import load", "import pvsim.physics.dc", "import pvsim as pv",
     "pvsim.physics.dc.pvwatts", "x = pvsim._HOME"],
)  # fmt: skip
def test_private_uses_are_seen(source):
    assert private_uses(source)


def test_public_uses_pass():
    assert private_uses("import pvsim\nresult = pvsim.simulate(pvsim.load('a.toml'))\nresult.hourly") == []
