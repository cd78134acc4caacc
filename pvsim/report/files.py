"""The files of a result: tables as CSV and the document as JSON, the document last.

``result.json`` names the other files with their rows and SHA-256, so a folder whose document is missing or
disagrees was not finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pvsim.report.folder import DOCUMENT, replace
from pvsim.studies.result import Result

DECIMALS = 6  # of kW and W/m2: a year's sum keeps nine digits


def as_json(document: Mapping[str, Any]) -> str:
    """The document as text: the one form that ``--json`` prints and ``result.json`` holds."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write(result: Result, folder: Path, *, planes: bool = False) -> dict[str, Any]:
    """Write ``hourly.csv``, ``monthly.csv`` and ``result.json``; returns the document with its ``files``.

    Parameters
    ----------
    result : what a run found
    folder : an existing folder, held for this run (see ``folder.held``)
    planes : add a column ``p_dc_kw[NAME]`` for each plane to ``hourly.csv``

    Raises
    ------
    PvsimError
        When a file cannot be written; finished files of an earlier run stay as they were.
    """
    document = result.to_dict()  # first: what cannot be told is not half written
    monthly = result.monthly.to_csv(lineterminator="\n", float_format=f"%.{DECIMALS}f")
    files = [
        _table(folder, "hourly.csv", hourly_csv(result, planes=planes)),
        _table(folder, "monthly.csv", monthly),
    ]
    document |= {"files": files}
    replace(folder / DOCUMENT, as_json(document).encode("utf-8"))
    return document


def hourly_csv(result: Result, *, planes: bool = False) -> str:
    """``Result.hourly`` as CSV: ``time`` = start of the row, ISO 8601 with the UTC offset; gaps are empty."""
    columns: dict[str, NDArray[np.float64]] = {}
    for name, power in result.plane_p_dc_kw().items() if planes else ():
        shown = _safe(name)
        while f"p_dc_kw[{shown}]" in columns:  # names that differ only in what cannot be printed
            shown += "'"
        columns[f"p_dc_kw[{shown}]"] = power
    table = result.hourly.assign(**columns)  # a table of its own: the result keeps its index
    axis = result.weather.axis
    stamps = np.datetime_as_string(axis.local_datetime64(), unit="m")
    table.index = [f"{stamp}:00{axis.utc_offset}" for stamp in stamps]
    return table.to_csv(lineterminator="\n", float_format=f"%.{DECIMALS}f", index_label="time")


def _safe(name: str) -> str:
    """A name for a header cell: no line break can end the line; brackets keep a formula from starting the cell."""
    return "".join(c if c.isprintable() else " " for c in name)


def _table(folder: Path, name: str, text: str) -> dict[str, Any]:
    raw = text.encode("utf-8")
    replace(folder / name, raw)
    return {"name": name, "rows": text.count("\n") - 1, "sha256": hashlib.sha256(raw).hexdigest()}
