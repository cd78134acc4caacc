"""Run the notebooks and store what they show: ``python tests/refresh_notebooks.py [NAME ...]``.

What differs from one run to the next is left out: times, ids and states of widgets, the version of Python.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
TIMEOUT_S = 120  # of a cell
LARGEST_BYTES = 400_000
WIDGET = "application/vnd.jupyter.widget-view+json"
SLIDER = "(a slider: it moves where the notebook runs, not on a web page)"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# what sliders call, each slider at its ends and the others where they are: it may raise here, a widget would hide it
MOVE_SLIDERS = """
import ipywidgets

for _played in list(globals().values()):
    if not isinstance(getattr(_played, "widget", None), ipywidgets.interactive):
        continue
    _sliders = {slider.description: slider for slider in _played.widget.children[:-1]}
    _at = {name: slider.value for name, slider in _sliders.items()}
    for _name, _slider in _sliders.items():
        for _end in (_slider.min, _slider.max) if hasattr(_slider, "min") else _slider.options:
            _played(**_at | {_name: _end})
"""


def executed(path: Path, *, move_sliders: bool = False) -> tuple[Any, list[str]]:
    """A notebook after a run of all its cells, and what was complained about: stderr, and what widgets hide.

    With ``move_sliders`` every slider is then moved to its ends.
    """
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder:
        own = {  # no profile of the person who runs this, and the figures of a notebook
            "JUPYTER_RUNTIME_DIR": folder,
            "IPYTHONDIR": folder,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        before = {name: os.environ.get(name) for name in own}
        os.environ.update(own)
        try:
            if move_sliders:
                notebook.cells.append(nbformat.v4.new_code_cell(MOVE_SLIDERS))  # type: ignore[no-untyped-call]
            client = nbclient.NotebookClient(notebook, timeout=TIMEOUT_S, kernel_name="python3", coalesce_streams=True)
            client.execute(cwd=os.fspath(FOLDER))
            complaints = list(_complaints(notebook, client.widget_state))
            if move_sliders:
                notebook.cells.pop()
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
    return notebook, complaints


def _complaints(notebook: Any, widgets: dict[str, Any]) -> Iterator[str]:
    shown = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    hidden = [o for state in widgets.values() for o in state.get("outputs", ())]
    for output in (*shown, *hidden):
        if output["output_type"] == "error":
            yield f"{output['ename']}: {output['evalue']}"
        elif output["output_type"] == "stream" and output["name"] == "stderr":
            yield output["text"]


def settled(notebook: Any) -> Any:
    """The same notebook without what differs from one run to the next."""
    notebook.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    count = 0
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02d}"
        cell.metadata = nbformat.from_dict({})  # type: ignore[no-untyped-call]
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
            if "data" in output and WIDGET in output.data:
                output.data = nbformat.from_dict({"text/plain": SLIDER})  # type: ignore[no-untyped-call]
    return notebook


def main(names: list[str]) -> int:
    """Refresh the notebooks of these names, or all; 1 where one complains or grows too large."""
    failed = 0
    for path in sorted(FOLDER.glob("*.ipynb")):
        if names and path.stem not in names:
            continue
        start = time.monotonic()
        notebook, complaints = executed(path)
        nbformat.write(settled(notebook), path)  # type: ignore[no-untyped-call]
        size = path.stat().st_size
        print(f"{path.name}: {size / 1000:,.0f} kB, {time.monotonic() - start:.0f} s", flush=True)
        for complaint in complaints:
            print(f"  {complaint}", file=sys.stderr)
        failed |= bool(complaints) or size > LARGEST_BYTES
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
