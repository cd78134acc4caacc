"""Every notebook runs from top to bottom, shows what is stored of it, and uses public names only."""

from __future__ import annotations

import copy
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from cases import ROOT
from public_names import private_uses

nbformat = pytest.importorskip("nbformat", reason="notebooks are read with nbformat: install the test extra")
pytest.importorskip("nbclient", reason="notebooks are run with nbclient: install the test extra")
pytest.importorskip("ipywidgets", reason="notebooks have sliders: install the test extra")

from refresh_notebooks import FOLDER, LARGEST_BYTES, SLIDER, executed, settled  # noqa: E402

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
REFRESH = "run python tests/refresh_notebooks.py"

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def _read(path: Path) -> Any:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def _code(path: Path) -> list[str]:
    return [c.source for c in _read(path).cells if c.cell_type == "code"]


def _shown(cell: Any) -> list[tuple[str, ...]]:
    """What a reader sees of a cell's outputs: kinds and texts; of images only that they are there, as fonts differ."""
    found = []
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            found.append((output.name, output.text))
        else:
            texts = (output.data[kind] for kind in sorted(output.data) if kind.startswith("text/"))
            found.append((output.output_type, *sorted(output.data), *map(_words, texts)))
    return found


def _words(text: str) -> str:
    """A text or a table without the style that pandas writes before it."""
    return re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)


def test_there_are_notebooks():
    assert NOTEBOOKS, f"no notebook in {FOLDER}"


@pytest.mark.slow
@each
def test_notebook_runs_and_shows_what_is_stored(path):
    run, complaints = executed(path, move_sliders=True)
    assert not complaints, "a reader would see these"
    stored, cells = ([c for c in notebook.cells if c.cell_type == "code"] for notebook in (_read(path), settled(run)))
    assert [_shown(c) for c in stored] == [_shown(c) for c in cells], REFRESH


@each
def test_notebook_is_stored_without_what_differs_between_runs(path):
    notebook = _read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook == settled(copy.deepcopy(notebook)), REFRESH
    assert path.stat().st_size < LARGEST_BYTES
    text = "\n".join(words for cell in notebook.cells for words in (cell.source, str(_shown(cell))))
    here = (str(ROOT), str(Path.home()), tempfile.gettempdir())
    assert not [folder for folder in here if len(folder) > 1 and folder + "/" in text]


@each
def test_notebook_is_short_and_has_a_slider(path):
    notebook = _read(path)
    assert len(notebook.cells) <= 14
    assert SLIDER in path.read_text(encoding="utf-8")


@each
def test_notebook_uses_public_names_only(path):
    assert [use for source in _code(path) for use in private_uses(source)] == []


def test_the_map_lists_the_notebooks_in_their_order():
    links = re.findall(r"\]\((\w+\.ipynb)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert links == [path.name for path in NOTEBOOKS]


@each
def test_links_of_a_notebook_lead_somewhere(path):
    for cell in _read(path).cells:
        for name in re.findall(r"\]\(([\w.]+)\)", cell.source if cell.cell_type == "markdown" else ""):
            assert (FOLDER / name).exists(), name


@pytest.mark.parametrize(
    "source",
    ["from pvsim.physics import chain", "from pvsim import load", "import pvsim.physics.dc", "import pvsim as pv",
     "pvsim.physics.dc.pvwatts", "x = pvsim._HOME"],
)  # fmt: skip
def test_private_uses_are_seen(source):
    assert private_uses(source)


def test_public_uses_pass():
    assert private_uses("import pvsim\nresult = pvsim.simulate(pvsim.load('a.toml'))\nresult.hourly") == []


def test_a_slider_that_fails_is_a_complaint(tmp_path):
    source = (
        "from ipywidgets import IntSlider, interact\n@interact(x=IntSlider(1, 0, 2))\ndef play(x):\n    1 / (x - 1)"
    )
    failing = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbformat.write(failing, tmp_path / "failing.ipynb")
    _, complaints = executed(tmp_path / "failing.ipynb")
    assert len(complaints) == 1
    assert "ZeroDivisionError" in complaints[0]
