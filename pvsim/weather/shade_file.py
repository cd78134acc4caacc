"""Shading tables that other tools wrote: how much of the beam is hidden, by azimuth and elevation of the sun."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pvsim.errors import WeatherError
from pvsim.weather.table import Array
from pvsim.weather.text import read_text

MAX_BYTES = 20_000_000  # a table of a quarter of a degree has a fifth of that
LEAST_AZIMUTHS = 4
WIDE_DEG = 95.0  # between two azimuths: four of them lie 90 apart
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
BEHIND = "behind"  # what PVsyst prints where the sun is behind the plane

ShadeRead = tuple[tuple[float, ...], tuple[float, ...], tuple[tuple[float, ...], ...], tuple[str, ...]]


@dataclass(frozen=True)
class _Grid:
    """A table as it stands in the file: R rows, C columns; lines count from 1."""

    name: str
    head: Array  # (C,) its first row
    side: Array  # (R,) its first column
    values: Array  # (R, C); where behind, 0
    behind: Array  # (R, C) bool
    head_line: int
    lines: tuple[int, ...]  # (R,)

    def place(self, row: int | None = None) -> str:
        """``file:line`` of a row, or of the first."""
        return f"{self.name}:{self.head_line if row is None else self.lines[row]}"


def read_shade_table(path: Path) -> ShadeRead:
    """A shading table of another tool: text with commas, semicolons or tabs, decimal commas with the latter two.

    The first row holds the azimuths and the first column the elevations (SAM, PVsyst), or the other way round where
    the numbers say so: the axis that leaves 0 to 90 is the azimuth. Words above, between and below are passed over.
    Azimuths from 0 to 360 count clockwise from north; a table with negative ones counts from south, west positive, as
    PVsyst does north of the equator, and is converted. Values are fractions, or percent if one of them exceeds 1; 0 is
    no shade. ``Behind`` is all hidden.

    Returns
    -------
    azimuth : (A,) degrees clockwise from north, rising from 0, below 360
    elevation : (E,) degrees, rising
    shaded : A tuples of E, share of the beam that is hidden, 0 to 1
    notes : what a reader of the result must know

    Raises
    ------
    WeatherError : no table, one that is too small, ragged or holds what is no share, or an axis that cannot be
    """
    text, _, notes = read_text(path, MAX_BYTES)
    grid = _grid(path.name, text)
    shaded, unit = _shares(grid)
    across = _reach(grid.head) >= _reach(grid.side)  # the first row holds the azimuths
    azimuth, elevation = (grid.head, grid.side) if across else (grid.side, grid.head)
    shaded = shaded.T if across else shaded
    if _reach(azimuth) <= 0:
        raise WeatherError(
            f"{grid.place()}: neither the first row nor the first column of the table leaves 0 to 90; azimuths go all "
            "around, 0 to 360 clockwise from north or -180 to 180 from south"
        )
    _check_elevation(grid, elevation, across)
    _check_azimuth(grid, azimuth, across)
    notes += (
        f"{grid.name} was read as {unit}, {'azimuths in the first row' if across else 'elevations in the first row'}",
    )
    if azimuth.min() < 0:
        azimuth = azimuth + 180.0
        notes += (f"{grid.name} has negative azimuths: read as counted from south, west positive, as PVsyst does",)
    azimuth, shaded = _around(grid, azimuth % 360.0, shaded)
    order = np.argsort(elevation)
    elevation, shaded = elevation[order], shaded[:, order]
    return _tuple(azimuth), _tuple(elevation), tuple(_tuple(row) for row in shaded), notes + _odd(grid, azimuth, shaded)


def _tuple(values: Array) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


# --- from lines to numbers -----------------------------------------------------------------------------------


def _cells(line: str) -> list[str]:
    """Cells of a line without quotes, signs of units and the empty ones at its end; a decimal comma is a point."""
    separator = next((s for s in "\t;" if s in line), ",")
    try:
        found = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a cell beyond csv's limit is none of a table
        return []
    found = [cell.strip().rstrip("°%").rstrip().replace(",", ".") for cell in found]
    while found and not found[-1]:
        found.pop()
    return found


def _number(cell: str) -> float | None:
    """A finite number, or None."""
    value = float(cell) if NUMBER.fullmatch(cell) else np.inf
    return value if np.isfinite(value) else None


def _fits(cell: str) -> bool:
    return cell.lower() == BEHIND or _number(cell) is not None


def _grid(name: str, text: str) -> _Grid:
    """The table in a text.

    Raises
    ------
    WeatherError : there is none, or one of its rows is broken
    """
    rows = [(number, cells) for number, line in enumerate(text.splitlines(), 1) if (cells := _cells(line))]
    start = _start(rows)
    if start is None:
        raise WeatherError(
            f"{name}: no shading table: a first row of azimuths and rows of an elevation and its values are needed, "
            "with commas, semicolons or tabs between (two columns are a horizon: [site] horizon reads it)"
        )
    head_line, head = rows[start]
    side, values, behind, lines = [], [], [], []
    for number, cells in rows[start + 1 :]:
        if not _is_row(cells, len(head)):
            continue
        if len(cells) != len(head):
            raise WeatherError(
                f"{name}:{number}: {len(cells)} cells in a row of the table; its first row, line {head_line}, "
                f"has {len(head)}"
            )
        wrong = [c for i, c in enumerate(cells) if (_number(c) is None if i == 0 else not _fits(c))]
        if wrong:
            allowed = "numbers and the word Behind are read"
            raise WeatherError(f"{name}:{number}: {wrong[0][:40]!r} in the table is not a number; {allowed}")
        side.append(float(cells[0]))
        behind.append([c.lower() == BEHIND for c in cells[1:]])
        values.append([_number(c) or 0.0 for c in cells[1:]])
        lines.append(number)
    top = np.array([float(c) for c in head[1:]])
    return _Grid(name, top, np.array(side), np.array(values), np.array(behind), head_line, tuple(lines))


def _start(rows: list[tuple[int, list[str]]]) -> int | None:
    """Index of the table's first row: numbers but for its corner, and below it a row as long that starts with one."""
    last = {len(cells): i for i, (_, cells) in enumerate(rows) if _number(cells[0]) is not None}
    for i, (_, cells) in enumerate(rows):
        long_enough = len(cells) > 2 and last.get(len(cells), 0) > i
        if long_enough and all(_number(c) is not None for c in cells[1:]):
            return i
    return None


def _is_row(cells: list[str], columns: int) -> bool:
    """Whether cells below the first row are meant as a row of the table: a number leads, or most others are values."""
    if _number(cells[0]) is not None:
        return True
    return len(cells) > 2 and 2 * sum(map(_fits, cells[1:])) >= columns - 1


# --- what the numbers mean -----------------------------------------------------------------------------------


def _shares(grid: _Grid) -> tuple[Array, str]:
    """Shares of the beam, (R, C), and how they stood in the file.

    Raises
    ------
    WeatherError : a value outside of 0 to 100
    """
    wrong = np.argwhere((grid.values < 0) | (grid.values > 100))
    if len(wrong):
        row, column = wrong[0]
        raise WeatherError(
            f"{grid.place(row)}: a value of {grid.values[row, column]:g}; allowed are 0 to 100 percent, or fractions "
            "from 0 to 1, of the beam that is hidden"
        )
    percent = bool((grid.values > 1).any())
    shares = grid.values / 100 if percent else grid.values
    return np.where(grid.behind, 1.0, shares), "percent" if percent else "fractions from 0 to 1"


def _reach(axis: Array) -> float:
    """How far an axis leaves 0 to 90 degrees."""
    return float(max(axis.max() - 90, -axis.min(), 0))


def _check_elevation(grid: _Grid, elevation: Array, across: bool) -> None:
    wrong = np.flatnonzero((elevation < 0) | (elevation > 90))
    if wrong.size:
        place = grid.place(int(wrong[0]) if across else None)
        raise WeatherError(f"{place}: an elevation of {elevation[wrong[0]]:g} degrees; 0 to 90 are possible")
    _refuse_twice(grid, elevation, "elevation", in_side=across)


def _check_azimuth(grid: _Grid, azimuth: Array, across: bool) -> None:
    if len(azimuth) < LEAST_AZIMUTHS:
        raise WeatherError(
            f"{grid.place()}: {len(azimuth)} azimuths in the shading table; at least {LEAST_AZIMUTHS} are needed"
        )
    low, high = azimuth.min(), azimuth.max()
    if low < -180 or high > 360 or (low < 0 and high > 180):
        raise WeatherError(
            f"{grid.place()}: azimuths from {low:g} to {high:g}; allowed are 0 to 360 clockwise from north, or -180 "
            "to 180 from south"
        )
    _refuse_twice(grid, azimuth, "azimuth", in_side=not across)


def _refuse_twice(grid: _Grid, axis: Array, name: str, *, in_side: bool) -> None:
    seen: set[float] = set()
    for i, value in enumerate(axis.tolist()):
        if value in seen:
            raise WeatherError(f"{grid.place(i if in_side else None)}: {name} {value:g} stands twice; once is allowed")
        seen.add(value)


def _around(grid: _Grid, azimuth: Array, shaded: Array) -> tuple[Array, Array]:
    """Azimuths rising, each once; the two ends of the circle are one direction.

    Raises
    ------
    WeatherError : the two ends differ
    """
    order = np.argsort(azimuth, kind="stable")
    azimuth, shaded = azimuth[order], shaded[order]
    keep = np.append(np.diff(azimuth) > 0, True)
    for i in np.flatnonzero(~keep):
        if (shaded[i] != shaded[i + 1]).any():
            raise WeatherError(
                f"{grid.place()}: the first and the last azimuth are one direction ({azimuth[i]:g} degrees from north) "
                "with two shades; give it once, or equal values"
            )
    return azimuth[keep], shaded[keep]


def _odd(grid: _Grid, azimuth: Array, shaded: Array) -> tuple[str, ...]:
    """What is allowed and yet unusual."""
    notes: tuple[str, ...] = ()
    if grid.behind.any():
        notes += (f"{grid.name}: {int(grid.behind.sum())} values are 'Behind' and count as all hidden",)
    widest = float(np.diff(np.append(azimuth, azimuth[0] + 360)).max())
    if widest > WIDE_DEG:
        notes += (f"{grid.name} says nothing over {widest:.0f} degrees: a straight line was taken there",)
    low, high = shaded[:, 0].mean(), shaded[:, -1].mean()
    if high > low and high > 0.5:
        notes += (
            f"{grid.name} hides {high:.0%} of the highest sun and {low:.0%} of the lowest: if it says what is left "
            "instead of what is hidden, turn it round",
        )
    return notes
