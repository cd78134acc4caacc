"""CSV of PVsyst, SAM and PVWatts: the table is found below its header lines, each column by its name and its unit.

What the files look like was read off public ones: PVsyst's hourly export of version 6.63 (pvcaptest,
``tests/data/pvsyst_example_HourlyRes_2_semicolon.csv`` and ``pvsyst_example_day_month_year.csv``: ten lines of project,
names, a row of units, dates in either order, Latin-1), its monthly "balances and main results", SAM's "Save as CSV"
(``System power generated | (kW)``; CityLearn's ``Hourly Data: AC inverter power (W)``) and the downloads of
pvwatts.nrel.gov (31 header lines, quoted cells).
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pvsim.errors import UsageError
from pvsim.studies.foreign_columns import LONGEST_NAME, LUMPED, NUMBERS, UNITS, columns_of, name_of, plain_unit
from pvsim.studies.foreign_record import (
    DAYS,
    IRRADIATION,
    UNDERSTOOD,
    Array,
    Foreign,
    Integers,
    Stamps,
    stamps_by_count,
)

SEPARATORS = (";", "\t", ",")
HEADER_WITHIN = 200  # lines from the top
MOST_COLUMNS = 1000
MOST_LINES = 1_200_000  # also counts both characters of a Windows line end
MONTH_ROWS = 40  # twelve, sums and remarks

MONTH = (
    "jan|ene|gen", "feb|fev|fév", "mar|mär|mrz", "apr|avr|abr", "may|mai|mag", "jun|juin|giu", "juillet|jul|juil|lug",
    "aug|aou|aoû|ago", "sep|set", "oct|okt|ott|out", "nov", "dec|déc|dez|dic",
)  # fmt: skip
END = re.compile(r"(year|total|annual|sum|año|année|jahr|anno|ano)", re.IGNORECASE)
CAPACITY = re.compile(r"(dc system size|system (dc )?capacity|nominal (pv )?power|peak power|pnom)", re.IGNORECASE)
KILOWATTS = re.compile(r"\bkwp?(dc)?\b", re.IGNORECASE)
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([ T]|$)")
DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2,4})(\s|$)")
NAMED = re.compile(r"([A-Za-z]{3,9})\.? +(\d{1,2}),")  # SAM: "Jan 1, 12:00 am"


@dataclass(frozen=True)
class Table:
    """A header row with what its columns are, the unit of each, and the rows below."""

    tool: str
    file: str
    names: tuple[str, ...]
    columns: dict[str, int]
    units: dict[str, str]
    rows: list[list[str]]
    first_line: int
    comma: bool
    preface: list[list[str]]

    def where(self, name: str) -> int | None:
        """The column of this very name, such as "month"."""
        return self.names.index(name) if name in self.names else None


def read_table(text: str, file: str, sha256: str) -> Foreign:
    """The result in a CSV.

    Raises
    ------
    UsageError
        When it has no table that is understood, a unit is missing or a cell is no number.
    """
    table = _found(text, file)
    monthly = _is_monthly(table)
    notes = _one_plane(table)
    if monthly:
        steps, ratio = _months(table, notes)
    else:
        steps, ratio = _hours(table, notes), None
    capacity = _capacity(table)
    if capacity is None and ratio is not None:
        capacity = _from_ratio(steps, ratio)
        notes += [] if capacity is None else [f"capacity from its PR: {capacity:,.4g} kWp"]
    if any(name.startswith(LUMPED) for name in table.names):
        notes.append("all of PVWatts' system losses, those of AC included, stand before its DC energy")
    if table.tool == "PVsyst" and "dc" in steps and "earray" in table.names and "earrmpp" not in table.names:
        notes.append("EArray comes after the inverters' power limit, DC energy here before it")
    return Foreign(table.tool, "monthly" if monthly else "hourly", file, sha256, steps, capacity, {}, tuple(notes))


def _one_plane(table: Table) -> list[str]:
    """SAM gives the light of each subarray; where there are several, none is that of the system."""
    others = [i for i, name in enumerate(table.names) if re.match(r"subarray [2-4] poa", name)]
    lit = any(i < len(row) and re.search(r"[1-9]", row[i]) for row in table.rows for i in others)
    if not lit:
        return []
    for step in ("poa", "effective"):
        table.columns.pop(step, None)
    return ["it has several subarrays: in-plane irradiation, which it gives for each, is left out"]


# --- finding the table --------------------------------------------------------------------------------------


def _found(text: str, file: str) -> Table:
    """The first header row, by the separator that parts it into most columns."""
    if text.count("\n") + text.count("\r") > MOST_LINES:
        raise UsageError(f"{file}: more than {MOST_LINES:,} lines; a year of minutes has half of that")
    lines = text.splitlines()
    best: tuple[int, int, str] | None = None
    for separator in SEPARATORS:
        try:
            head = list(csv.reader(lines[:HEADER_WITHIN], delimiter=separator))
        except csv.Error:
            continue
        at = next((i for i, row in enumerate(head) if _is_header(row)), None)
        if at is not None and (best is None or len(head[at]) > best[0]):
            best = (len(head[at]), at, separator)
    if best is None:
        raise UsageError(f"{file}: no table of a known tool in its first {HEADER_WITHIN} lines; {UNDERSTOOD}")
    _, at, separator = best
    try:
        # headers of these files have no line break in a cell, so that rows and lines go together
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error as error:
        raise UsageError(f"{file}: broken CSV ({error})") from error
    names = tuple(name_of(cell) for cell in rows[at])
    columns, pvsyst = columns_of(names)
    tool = "PVsyst" if pvsyst else "PVWatts" if _is_pvwatts(names, rows[:at]) else "SAM"
    units = _units(rows[at], rows[at + 1 :], columns)
    return Table(tool, file, names, columns, units, rows[at + 1 :], at + 2, separator != ",", rows[:at])


def _is_header(row: Sequence[str]) -> bool:
    """Two steps or more, or one beside the time, or one alone."""
    if len(row) > MOST_COLUMNS:
        return False
    names = [name_of(cell) for cell in row]
    columns, _ = columns_of(names)
    alone = len(names) == 1 or names[:1] in ([""], ["date"], ["month"], ["time stamp"])
    return len(set(columns.values())) >= 2 or (bool(columns) and alone)


def _is_pvwatts(names: Sequence[str], preface: Sequence[Sequence[str]]) -> bool:
    said = " ".join(cell for row in preface for cell in row).casefold()
    return "pvwatts" in said or any(name.startswith("ac system output") for name in names)


def _units(header: Sequence[str], rows: Sequence[Sequence[str]], columns: dict[str, int]) -> dict[str, str]:
    """Of each step: from its header in brackets, else from the row below."""
    below = next((row for row in rows[:3] if any(c.strip() for c in row)), [])
    found = {}
    for step, i in columns.items():
        inside = re.search(r"\(([^()]*)\)\s*$", header[i].strip()[:LONGEST_NAME])
        unit = inside[1] if inside else below[i] if i < len(below) else ""
        found[step] = plain_unit(unit)
    return found


# --- rows ---------------------------------------------------------------------------------------------------


def _is_monthly(table: Table) -> bool:
    """Whether the first column names months; a count of hours begins with the same numbers and goes on."""
    if table.where("day") is not None or table.names[0] == "time stamp" or 0 in table.columns.values():
        return False
    cells = [row[0] for row in table.rows if row and row[0].strip()]
    return len(cells) <= MONTH_ROWS and any(_month(cell) is not None for cell in cells)


def _month(cell: str) -> int | None:
    """A month by its name in one of six languages, by its number, or by a date that has no day."""
    text = cell.strip().lower()
    if re.fullmatch(r"\d{1,2}", text):
        return int(text) if 1 <= int(text) <= 12 else None
    if iso := re.fullmatch(r"\d{4}-(\d\d)", text):
        return int(iso[1]) if 1 <= int(iso[1]) <= 12 else None
    if not re.fullmatch(r"[^\W\d_]+\.?(\s*\d{2,4})?", text):
        return None
    return next((i for i, names in enumerate(MONTH, 1) if re.match(f"({names})", text)), None)


def _months(table: Table, notes: list[str]) -> tuple[dict[str, tuple[float, ...]], Array | None]:
    """The twelve values of each step, and the monthly performance ratio where the table has it."""
    values = {step: [math.nan] * 12 for step in table.columns}
    seen: set[int] = set()
    for line, row in enumerate(table.rows, table.first_line):
        month = _month(row[0]) if row else None
        if month is None:
            if seen and row and END.match(row[0].strip()):
                break
            continue
        if month in seen:
            raise UsageError(f"{table.file}:{line}: month {month} stands there twice; export one variant at a time")
        seen.add(month)
        for step, i in table.columns.items():
            values[step][month - 1] = _cell(table, row, i, line)
    steps = {}
    for step in table.columns.keys() - {"pr"}:
        factor, power, per_day = _unit(table, step)
        if power and table.tool == "PVWatts" and table.units[step] == "w/m2":
            factor = 1.0  # its header says W/m^2 over poa_monthly, which is in kWh/m2
        elif power:
            said = table.units[step]
            raise UsageError(f"{table.file}: {table.names[table.columns[step]]} in {said}: a month has an energy")
        steps[step] = tuple(v * factor * (days if per_day else 1) for v, days in zip(values[step], DAYS, strict=True))
    return steps, np.array(values["pr"]) if "pr" in values else None


def _hours(table: Table, notes: list[str]) -> dict[str, tuple[float, ...]]:
    kept = [(line, row) for line, row in enumerate(table.rows, table.first_line) if any(c.strip() for c in row)]
    stamps, kept = _stamped(table, kept)
    if stamps.has_leap_day:
        notes.append("its 29th of February is left out")
    hours = 24 / stamps.rows_per_day
    steps = {}
    for step, i in table.columns.items():
        if step == "pr":
            continue
        factor, power, per_day = _unit(table, step)
        if per_day:
            raise UsageError(f"{table.file}: {table.names[i]} per day in a table of hours")
        values = np.array([_cell(table, row, i, line) for line, row in kept])
        steps[step] = tuple(float(x) for x in stamps.monthly(values) * factor * (hours if power else 1.0))
    return steps


def _stamped(table: Table, rows: list[tuple[int, list[str]]]) -> tuple[Stamps, list[tuple[int, list[str]]]]:
    """Dates of the rows that have one, by columns, by stamp or by count; other rows are headers and sums."""
    month, day = table.where("month"), table.where("day")
    if month is not None and day is not None:
        dated = [(r, (0, int(r[1][month]), int(r[1][day]))) for r in rows if _whole(r[1], month) and _whole(r[1], day)]
    else:
        dated = [(r, parts) for r in rows if (parts := _date(r[1][0])) is not None]
        if not dated:
            data = [r for r in rows if _starts_with_number(r[1])]
            return stamps_by_count(len(data), table.file), data
    dates = _ordered([parts for _, parts in dated], table.file)
    return Stamps(dates[:, 0], dates[:, 1], dates[:, 2]), [row for row, _ in dated]


def _whole(row: Sequence[str], i: int) -> bool:
    return i < len(row) and re.fullmatch(r"\d{1,2}", row[i].strip()) is not None


def _starts_with_number(row: Sequence[str]) -> bool:
    return re.fullmatch(r"-?[\d.,]+([eE][+-]?\d+)?", row[0].strip()) is not None


def _date(cell: str) -> tuple[int, int, int] | None:
    """Year, and the two other numbers of a date in the order in which they stand; year -1 marks an unknown order."""
    text = cell.strip()
    if iso := ISO.match(text):
        return int(iso[1]), int(iso[2]), int(iso[3])
    if date := DATE.match(text):
        return -1 - int(date[3]), int(date[1]), int(date[2])
    if (named := NAMED.match(text)) and (month := _month(named[1])) is not None:
        return 0, month, int(named[2])
    return None


def _ordered(parts: Sequence[tuple[int, int, int]], file: str) -> Integers:
    """Year, month and day of dates, (T, 3). Which of two numbers is the month the whole file says, not one date."""
    dates = np.array(parts, dtype=np.int64)
    year, a, b = dates.T
    if (year < 0).any():
        # a number above 12 is a day; in a file without one, the day is what changes more often
        day_first = a.max() > 12 or (b.max() <= 12 and np.count_nonzero(np.diff(a)) >= np.count_nonzero(np.diff(b)))
        a, b = (b, a) if day_first else (a, b)
        year = np.where(year < 0, -1 - year, year)
    if a.min() < 1 or a.max() > 12 or b.min() < 1 or b.max() > 31:
        raise UsageError(f"{file}: dates that are neither day/month/year nor month/day/year")
    return np.stack([year, a, b], axis=1)


def _cell(table: Table, row: Sequence[str], i: int, line: int) -> float:
    """A number; NaN for an empty or absent cell. A comma is decimal where it does not part the columns."""
    text = row[i].strip().strip('"') if i < len(row) else ""
    text = re.sub(r"[\s'\u00a0\u202f]", "", text)
    if not text or text in ("-", "--"):
        return math.nan
    if not table.comma or text.rfind(".") > text.rfind(",") > -1:
        text = text.replace(",", "")
    else:
        text = text.replace(".", "").replace(",", ".") if "," in text else text
    try:
        return float(text)
    except ValueError:
        name = table.names[i]
        raise UsageError(f"{table.file}:{line}: {name} is {row[i].strip()[:40]!r}, no number") from None


def _unit(table: Table, step: str) -> tuple[float, bool, bool]:
    unit, name = table.units[step], table.names[table.columns[step]]
    if unit not in UNITS or (unit in NUMBERS) == (step in IRRADIATION):
        fitting = sorted(u for u in UNITS if (u in NUMBERS) != (step in IRRADIATION))
        raise UsageError(
            f"{table.file}: column {name} has {'no unit' if not unit else f'the unit {unit!r}'}; one of "
            f"{', '.join(fitting)} is needed, in brackets in its header or in the row below it"
        )
    return UNITS[unit]


# --- capacity -----------------------------------------------------------------------------------------------


def _capacity(table: Table) -> float | None:
    """Nameplate power from the lines above the table: PVWatts has "DC System Size (kW):","4"."""
    for row in table.preface:
        for i, cell in enumerate(row):
            if CAPACITY.search(cell) and KILOWATTS.search(" ".join(row)):
                for text in row[i + 1 :]:
                    number = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*(kWp?)?\s*", text)
                    if number and float(number[1].replace(",", ".")) > 0:
                        return float(number[1].replace(",", "."))
    return None


def _from_ratio(steps: dict[str, tuple[float, ...]], ratio: Array) -> float | None:
    """From PR = E_Grid / (GlobInc x nameplate), over the months that have all three."""
    if "poa" not in steps or "ac" not in steps:
        return None
    scale = 100 if np.nanmax(ratio, initial=0) > 1.5 else 1  # some print it in percent
    nominal = np.array(steps["poa"]) * ratio / scale
    ac = np.array(steps["ac"])
    both = np.isfinite(nominal) & np.isfinite(ac)
    total = nominal[both].sum()
    return float(ac[both].sum() / total) if total > 0 else None
