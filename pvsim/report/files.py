"""Writing results to a folder: whole files or none, the document last.

Every file is written beside its final place, flushed to the disk and then moved over it in one step; a
reader, a crash or a full disk never sees half a file. ``result.json`` comes last and names the others with
their rows and SHA-256, so a folder whose document is missing or disagrees was not finished.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pvsim.errors import PvsimError
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
    folder : made if it is missing
    planes : add a column ``p_dc_kw[NAME]`` for each plane to ``hourly.csv``

    Raises
    ------
    PvsimError
        When the folder cannot be made or written to; finished files of an earlier run stay as they were.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [
            _table(folder, "hourly.csv", hourly_csv(result, planes=planes)),
            _table(
                folder,
                "monthly.csv",
                result.monthly.to_csv(lineterminator="\n", float_format=f"%.{DECIMALS}f"),
            ),
        ]
        document = result.to_dict() | {"files": files}
        _replace(folder / "result.json", as_json(document).encode("utf-8"))
    except OSError as error:
        raise PvsimError(
            f"{folder}: cannot be written ({error.strerror or error}); choose another --out folder"
        ) from error
    return document


def hourly_csv(result: Result, *, planes: bool = False) -> str:
    """``Result.hourly`` as CSV: ``time`` = start of the row, ISO 8601 with the UTC offset; gaps are empty."""
    columns = {f"p_dc_kw[{_safe(n)}]": p for n, p in result.plane_p_dc_kw().items()} if planes else {}
    table = result.hourly.assign(**columns)  # a table of its own: the result keeps its index
    minutes = result.weather.axis.utc_offset_minutes
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    stamps = np.datetime_as_string(result.weather.axis.local_datetime64(), unit="m")
    table.index = [f"{stamp}:00{offset}" for stamp in stamps]
    return table.to_csv(lineterminator="\n", float_format=f"%.{DECIMALS}f", index_label="time")


def _safe(name: str) -> str:
    """A name for a header cell: no line break can end the line; brackets keep a formula from starting the cell."""
    return "".join(c if c.isprintable() else " " for c in name)


def _table(folder: Path, name: str, text: str) -> dict[str, Any]:
    raw = text.encode("utf-8")
    _replace(folder / name, raw)
    return {"name": name, "rows": text.count("\n") - 1, "sha256": hashlib.sha256(raw).hexdigest()}


def _replace(path: Path, raw: bytes) -> None:
    """Write a file so that it is either the old one or the whole new one."""
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).chmod(0o644)  # mkstemp makes it private; a result is for reading
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
