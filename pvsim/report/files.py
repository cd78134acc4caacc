"""The files of a result: tables as CSV, the report, on demand a workbook and a PDF, and the document as JSON, last.

``result.json`` names the other files with their SHA-256 and the rows of tables, so a folder whose document is missing
or disagrees was not finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import PvsimError
from pvsim.report.folder import DOCUMENT, forget, replace
from pvsim.studies.result import Result

DECIMALS = 6  # of kW and W/m2: a year's sum keeps nine digits


def as_json(document: Mapping[str, Any]) -> str:
    """The document as text: the one form that ``--json`` prints and ``result.json`` holds."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write(
    result: Result,
    folder: Path,
    *,
    planes: bool = False,
    language: str = "en",
    workbook: bool = False,
    browser: str | None = None,
) -> dict[str, Any]:
    """Write tables, ``report.html`` and ``result.json``; returns the document with its ``files``.

    Parameters
    ----------
    result : what a run found
    folder : an existing folder, held for this run (see ``folder.held``)
    planes : add a column ``p_dc_kw[NAME]`` for each plane to ``hourly.csv``
    language : of the report: "en", "zh" or "it"
    workbook : write ``result.xlsx`` as well
    browser : the program that prints ``report.pdf``; None for none

    Raises
    ------
    PvsimError
        When a file cannot be written: finished files of an earlier run stay as they were. When the report cannot be
        printed: everything else is written.
    UsageError
        For a language that pvsim does not speak, or a workbook where the library that writes it is missing.
    """
    from pvsim.report.page import report

    document = result.to_dict()  # first: what cannot be told is not half written
    hourly = hourly_csv(result, planes=planes)
    monthly = result.monthly.to_csv(lineterminator="\n", float_format=f"%.{DECIMALS}f")
    made = {name: text.encode("utf-8") for name, text in (("hourly.csv", hourly), ("monthly.csv", monthly))}
    document["files"] = [_entry(name, raw) for name, raw in made.items()]
    page = report(result, document, language).encode("utf-8")
    made["report.html"] = page
    if workbook:
        from pvsim.report.workbook import workbook as sheets

        made["result.xlsx"] = sheets(document)
    refused = None
    if browser is not None:
        from pvsim.report.pdf import print_pdf

        try:
            made["report.pdf"] = print_pdf(page, browser)
        except PvsimError as error:  # all the rest is there to be written, and to be printed by hand
            refused = error
    document["files"] = [_entry(name, raw) for name, raw in made.items()]
    for name, raw in made.items():
        replace(folder / name, raw)
    forget(folder, made)
    replace(folder / DOCUMENT, as_json(document).encode("utf-8"))
    if refused is not None:
        raise refused
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


def _entry(name: str, raw: bytes) -> dict[str, Any]:
    """What the document says of a file; only tables have rows."""
    rows = raw.count(b"\n") - 1 if name.endswith(".csv") else None
    return {"name": name, "rows": rows, "sha256": hashlib.sha256(raw).hexdigest()}
