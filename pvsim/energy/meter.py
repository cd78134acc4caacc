"""The text of a meter's CSV file as times and numbers; messages name file and line."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import PvsimError, WeatherError
from pvsim.weather.text import MAX_BYTES, regular_bytes

Array = NDArray[np.float64]
Minutes = NDArray[np.int64]  # since 1970-01-01 on the local clock

TIME: Final = "time"
EMPTY: Final = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "--", "#n/a"})


@dataclass(frozen=True)
class Rows:
    """What stands in the file: times in minutes, values (NaN for empty cells), the line of each."""

    minute: Minutes
    value: Array
    line: NDArray[np.int64]
    header: str
    notes: tuple[str, ...]


def read_rows(path: Path, column: str | None, utc_offset_minutes: int) -> Rows:
    """Times and values as they stand, in the order of time.

    Parameters
    ----------
    path : of the file
    column : header of the numbers; None if only one column stands beside ``time``
    utc_offset_minutes : of the clock on which times with an offset are put

    Raises
    ------
    PvsimError
        For the first line that cannot be read, a negative number, or a time that stands twice.
    """
    name = path.name
    numbers, header, rows, separator = _cells(name, _text(path))
    at, value_at = _columns(f"{name}:{numbers[0]}", header, column)
    minute, value, naive = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), np.nan), 0
    for i, (line, row) in enumerate(zip(numbers[1:], rows, strict=True)):
        if len(row) <= max(at, value_at):
            raise PvsimError(f"{name}:{line}: {len(row)} cells; the header has {len(header)}")
        minute[i], aware = _moment(row[at].strip(), f"{name}:{line}", utc_offset_minutes)
        naive += not aware
        value[i] = _number(row[value_at].strip(), separator, f"{name}:{line}: {header[value_at]}")
    notes = []
    if 0 < naive < len(rows):
        raise PvsimError(f"{name}: {naive} of {len(rows)} times have no offset from UTC; write all or none with it")
    if naive:
        notes.append(f"{name}: times without an offset from UTC were taken as the local clock of the weather")
    order = np.argsort(minute, kind="stable")
    if (np.diff(order) < 0).any():
        notes.append(f"{name}: rows were put in the order of time")
    minute, line_of = minute[order], np.array(numbers[1:])[order]
    twice = np.flatnonzero(np.diff(minute) == 0)
    if twice.size:
        raise PvsimError(f"{name}:{line_of[twice[0] + 1]}: {shown(minute[twice[0]])} stands twice in the file")
    return Rows(minute, value[order], line_of, header[value_at], tuple(notes))


def shown(minute: int | np.int64) -> str:
    """A moment on the clock: 2023-04-01 02:00."""
    return str(np.datetime64(int(minute), "m")).replace("T", " ")


def _cells(name: str, text: str) -> tuple[list[int], list[str], list[list[str]], str]:
    """Line numbers of header and rows, the header, the rows, and what separates their cells."""
    lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and line.lstrip()[0] != "#"]
    if len(lines) < 2:
        raise PvsimError(f"{name}: no rows below a header; the first line names the columns, one of them time")
    separator = max(",;\t", key=lines[0][1].count)
    try:
        header, *rows = csv.reader((line for _, line in lines), delimiter=separator, skipinitialspace=True)
    except csv.Error as error:
        raise PvsimError(f"{name}: not readable as CSV ({error})") from error
    if len(rows) != len(lines) - 1:
        raise PvsimError(f"{name}: a quoted cell runs over several lines; export the file without line breaks in it")
    return [i for i, _ in lines], [h.strip() for h in header], rows, separator


def _text(path: Path) -> str:
    try:
        raw = regular_bytes(path, MAX_BYTES)
    except WeatherError as error:  # the same reading, but no weather: another exit code
        raise PvsimError(str(error)) from error
    if b"\0" in raw[:1000]:
        raise PvsimError(f"{path.name}: not UTF-8 text (it holds NUL bytes); export it as CSV in UTF-8")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PvsimError(f"{path.name}: neither UTF-8 nor GB18030 text; export it as CSV in UTF-8")


def _columns(place: str, header: list[str], column: str | None) -> tuple[int, int]:
    """Where the time and the numbers stand."""
    folded = [h.casefold() for h in header]
    shown = ", ".join(header)[:200]
    if folded.count(TIME) != 1:
        raise PvsimError(f"{place}: {folded.count(TIME)} columns 'time'; needed: one; the columns are {shown}")
    at = folded.index(TIME)
    if column is not None:
        if folded.count(column.strip().casefold()) != 1:
            raise PvsimError(f"{place}: no column {column!r}, or several; the columns are {shown}")
        return at, folded.index(column.strip().casefold())
    others = [i for i in range(len(header)) if i != at]
    if len(others) != 1:
        raise PvsimError(f"{place}: {len(others)} columns beside time; name that of the load; the columns are {shown}")
    return at, others[0]


def _moment(cell: str, place: str, utc_offset_minutes: int) -> tuple[int, bool]:
    """Minutes on the local clock, and whether the cell had an offset."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError as error:
        raise PvsimError(
            f"{place}: time {cell!r} is not ISO 8601; write 2023-01-31T14:00 or 2023-01-31T14:00:00+08:00"
        ) from error
    if len(cell) <= len("2023-01-31"):
        raise PvsimError(f"{place}: time {cell!r} has no hour; a load needs steps of an hour or less")
    if moment.second or moment.microsecond:
        raise PvsimError(f"{place}: time {cell!r} has seconds; needed: whole minutes")
    offset = moment.utcoffset()
    minutes = int((moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()) // 60
    if offset is None:
        return minutes, False
    return minutes - int(offset.total_seconds()) // 60 + utc_offset_minutes, True


def _number(cell: str, separator: str, place: str) -> float:
    """A cell as a number; NaN where nothing stands."""
    if cell.casefold() in EMPTY:
        return math.nan
    try:
        value = float(cell.replace(",", ".") if separator != "," else cell)
    except ValueError as error:
        raise PvsimError(f"{place} is {cell!r}: not a number") from error
    if value < 0 or math.isinf(value):
        todo = "give what is drawn and what is fed in separately; a load is 0 or more"
        raise PvsimError(f"{place} is {cell}: {todo if value < 0 else 'not a number'}")
    return value
