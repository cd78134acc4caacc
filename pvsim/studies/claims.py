"""A CSV of published claims, one a row, with the columns of ``claims.csv``: every bad cell at its line."""

from __future__ import annotations

import csv
import difflib
import io
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pvsim.errors import Problem, PvsimError, ScenarioError
from pvsim.impact.printed import LARGEST_FIGURE, LEAST_FIGURE, words
from pvsim.impact.textfile import read_text

FIGURES: Final = (
    "panels", "panel_wp", "capacity_kwp", "annual_kwh", "total_kwh", "basis_years", "saved_kwh", "tce", "co2_t",
    "so2_t", "nox_t", "dust_t", "raw_coal_t", "area_m2",
)  # fmt: skip
TEXTS: Final = (
    "id", "url", "url_kind", "date", "place", "province", "what", "kind", "lifetime_or_annual", "quote", "notes",
    "source", "over", "nearly",
)  # fmt: skip
BASES: Final = ("", "annual", "lifetime", "cumulative", "unstated")
LARGEST_BYTES: Final = 20_000_000
MOST_PROBLEMS: Final = 100
MOST_ROWS: Final = 100_000
LONGEST_CELL: Final = 5000


def read_claims(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The claims of a CSV file, numbers as numbers and what is blank left out.

    Parameters
    ----------
    path
        UTF-8, columns of ``claims.csv`` in any order, as many of them as there are; beside them ``saved_kwh``,
        ``source``, ``raw_coal_t``, ``area_m2``, and ``over`` and ``nearly`` (names of the columns that the text
        opens upwards or downwards).

    Raises
    ------
    ScenarioError
        With line and column of everything that is wrong, at most 100 of them.
    """
    file = Path(path)
    text = _text(file)
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(str(path), header)
        return _rows(str(path), header, reader)
    except csv.Error as error:
        raise _refused(str(path), reader.line_num, f"not a CSV row: {error}", "close the quotes") from error


def _text(file: Path) -> str:
    try:
        text = read_text(file, "a CSV of claims", LARGEST_BYTES)
    except PvsimError as error:
        found = str(error).removeprefix(file.name).removeprefix(": ")
        raise _refused(str(file), None, found, "") from error
    if not text.strip():
        raise _refused(str(file), None, "is empty", "a header and a row for each claim")
    return text


def _check_header(file: str, header: list[str]) -> None:
    known = (*FIGURES, *TEXTS)
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise _refused(file, 1, "is separated by semicolons or tabs", "use commas")
    problems = []
    for i, name in enumerate(header):
        if name not in known:
            near = difflib.get_close_matches(name.casefold(), known, n=1)
            todo = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(known)}"
            problems.append(Problem(name or f"column {i + 1}", "unknown column", todo, line=1))
        elif name in header[:i]:
            problems.append(Problem(name, "stands twice in the header", "once", line=1))
    if not problems and not set(header) & set(FIGURES):
        problems.append(Problem("", "no column with a figure", f"at least one of {', '.join(FIGURES)}", line=1))
    if problems:
        raise ScenarioError(file, problems[:MOST_PROBLEMS])


def _rows(file: str, header: list[str], reader: Any) -> list[dict[str, Any]]:
    claims: list[dict[str, Any]] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            claim = _claim(header, cells, line, problems)
            known = str(claim.get("id", ""))
            if known in lines and known:
                problems.append(
                    Problem("id", f"{known!r} stands in line {lines[known]} too", "one row an id", line=line)
                )
            lines.setdefault(known, line)
            claims.append(claim)
        line = reader.line_num + 1
        if len(claims) > MOST_ROWS:
            problems.append(Problem("", f"more than {MOST_ROWS:,} rows", "split the file", line=line))
            break
        if len(problems) > MOST_PROBLEMS:
            break
    if problems:
        more = [Problem("", "and more", "")] if len(problems) > MOST_PROBLEMS else []
        raise ScenarioError(file, [*problems[:MOST_PROBLEMS], *more])
    if not claims:
        raise _refused(file, None, "has a header and no rows", "a row for each claim")
    return claims


def _claim(header: list[str], cells: list[str], line: int, problems: list[Problem]) -> dict[str, Any]:
    """One row; what is wrong with it is added to `problems`."""
    if len(cells) != len(header):
        problems.append(Problem("", f"{len(cells)} cells", f"{len(header)}, as in the header", line=line))
        return {}
    claim: dict[str, Any] = {}
    for name, cell in zip(header, (c.strip() for c in cells), strict=True):
        if not cell:
            continue
        if name in FIGURES:
            value = _figure(cell)
            if value is None:
                allowed = "a finite number above 0, without separators or unit"
                problems.append(Problem(name, repr(cell[:60]), allowed, _hint(cell), line=line))
                continue
            claim[name] = value
        elif len(cell) > LONGEST_CELL:
            problems.append(Problem(name, f"{len(cell)} characters", f"at most {LONGEST_CELL}", line=line))
        else:
            claim[name] = cell
    problems += [replace(problem, line=line) for problem in word_problems(claim)]
    return claim


def word_problems(claim: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the words of a claim that mean something to an audit."""
    found = []
    basis = claim.get("lifetime_or_annual") or ""
    if basis not in BASES:
        found.append(Problem("lifetime_or_annual", repr(basis), ", ".join(BASES[1:])))
    for bound in ("over", "nearly"):
        wrong = [name for name in words(claim, bound) if name not in FIGURES]
        found += [Problem(bound, f"{name!r} is no column with a figure", ", ".join(FIGURES)) for name in wrong]
    return found


def _figure(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if LEAST_FIGURE <= value <= LARGEST_FIGURE and "_" not in cell else None


def _hint(cell: str) -> str:
    plain = cell.replace(",", "").replace(" ", "")
    return f"write {plain}" if plain != cell and _figure(plain) is not None else ""


def _refused(file: str, line: int | None, found: str, allowed: str) -> ScenarioError:
    return ScenarioError(file, [Problem("", found, allowed, line=line)])
