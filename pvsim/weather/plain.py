"""Reader of plain CSV: a ``time`` column in ISO 8601 with offset, and pvlib's names or columns mapped to them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from pvsim.errors import WeatherError
from pvsim.weather.stations import AGAIN, utc_seconds
from pvsim.weather.table import LABELS, Array, Table, kind_of

TIME = "time"
SERIES = ("ghi", "dhi", "dni", "temp_air", "wind_speed")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d(:?\d\d([.,]\d+)?)?")
OFFSET = re.compile(r"(Z|[+-]\d\d(:?\d\d)?)$")

# What stands in a cell that is empty.
EMPTY = ("", "nan", "na", "n/a", "null", "none", "-", "--", "#n/a", "nodata")

# What loggers and services write where they have nothing; none of these occurs as a value.
_LIGHT = (-99.0, -99.9, -999.0, -999.9, -9900.0, -9999.0, -99999.0, 9999.0, 9999.9, 99999.0, 999999.0)
_TEMPERATURE = (-99.0, -99.9, -999.0, -999.9, -9900.0, -9999.0, -99999.0, 99.9, 999.0, 999.9, 9999.0, 99999.0)
_WIND = (-9.0, -9.9, -99.0, -99.9, -999.0, -999.9, -9900.0, -9999.0, 99.9, 999.0, 999.9, 9999.0, 99999.0)

# Units that a header may state in brackets, by kind of column; another one is refused, since a guess would be silent.
UNITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "irradiance": ("w/m2", "w/m^2", "w/m²", "w m-2", "w.m-2", "wm-2", "w/sqm", "瓦/平方米"),
        "temperature": ("c", "°c", "degc", "deg c", "℃", "celsius", "摄氏度"),
        "wind": ("m/s", "m s-1", "ms-1", "m.s-1", "米/秒"),
    }
)
SHOWN = {"irradiance": "W/m2", "temperature": "degrees C", "wind": "m/s"}
_KNOWN_WRONG = re.compile(
    r"(kj|mj|kw|wh|j/|cal|langley|lux|fahrenheit|kelvin|km/h|kmh|kph|mph|knot|°f|℉|^k$|^f$|^°k$|^kn$|^kt$|hpa)",
    re.IGNORECASE,
)


def codes_of(column: str) -> tuple[float, ...]:
    """The numbers that stand for a missing value in such a column."""
    return {"irradiance": _LIGHT, "temperature": _TEMPERATURE, "wind": _WIND}[kind_of(column)]


def read_csv(
    name: str,
    text: str,
    *,
    label: str | None,
    columns: Mapping[str, str],
    measured: Mapping[str, str] = MappingProxyType({}),
) -> Table:
    """A plain CSV file.

    Parameters
    ----------
    label : where in its row a stamp lies; never guessed
    columns : from pvlib's names (and ``time``) to the headers of the file; names that are not mapped are headers
    measured : further columns, by the name under which they are kept (``poa_global[G1]``, ``module_temperature[T1]``)
    """
    if label not in LABELS:
        raise WeatherError(
            f"{name}: [weather] label is needed for CSV: where does a row's time stand in its interval? "
            f"{', '.join(repr(v) for v in LABELS)}"
        )
    used = {TIME, *SERIES, *columns.values(), *measured.values()}
    data = _frame(name, text, used)
    time = _column(name, data, columns.get(TIME, TIME), TIME)
    stamps, offset, notes = _moments(name, data[time])
    if label == "instant":
        notes += (f"{name}: irradiance of a moment in each row, not its mean",)
    found: dict[str, Array] = {}
    for column in SERIES:
        if column in columns or _matching(data, column):
            found[column] = _numbers(name, data, _column(name, data, columns.get(column, column), column), column)
    if "rainfall" in columns or _matching(data, "rainfall"):
        found["rainfall"] = _rain(name, data, _column(name, data, columns.get("rainfall", "rainfall"), "rainfall"))
    for kept, header in measured.items():
        found[kept] = _numbers(name, data, _column(name, data, columns.get(header, header), kept), kept)
    _refuse_lacking(name, data, found)
    ends = 1 if label == "end" else 0  # a row that ends on New Year's Day is one of the old year
    years = sorted({str(np.datetime64(int(s) - ends + offset * 60, "s"))[:4] for s in stamps[[0, -1]]})
    return Table(
        name, "csv",
        stamps=stamps,
        columns=found,
        label=label,
        utc_offset_minutes=offset,
        place=None,
        station=name,
        issuer="the user",
        years="-".join(years),
        typical=False,
        stated=True,
        notes=notes,
    )  # fmt: skip


def _rain(name: str, data: pd.DataFrame, header: str) -> Array:
    """Rain in mm; an empty cell is a gap."""
    values = pd.to_numeric(data[header].replace("", "nan"), errors="coerce").to_numpy(dtype=np.float64)
    if np.isnan(values).all():
        raise WeatherError(f"{name}: the column {header!r} holds no numbers; rain is in mm a row")
    return values


def _refuse_lacking(name: str, data: pd.DataFrame, found: dict[str, Array]) -> None:
    there = ", ".join(str(c) for c in data)[:300]
    if "ghi" not in found and not any(c.startswith("poa") for c in found):
        raise WeatherError(
            f'{name}: no column ghi; the columns are {there}; map it with columns = {{ ghi = "..." }}, '
            "or name a measured in-plane column with poa_column in every roof"
        )
    if "temp_air" not in found:
        raise WeatherError(f"{name}: no column temp_air; the columns are {there}; map it with columns")
    found.setdefault("wind_speed", np.full(len(data), np.nan))


def _frame(name: str, text: str, used: set[str]) -> pd.DataFrame:
    """All cells as text; lines that begin with # are comments. ``used`` are the headers that will be asked for."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) < 2:
        raise WeatherError(
            f"{name}: no rows after the header; the first line names the columns, one of them time: {AGAIN}"
        )
    if lines[0].lstrip().startswith(("<", "{")):
        raise WeatherError(f"{name}: not a CSV file (it starts with {lines[0].strip()[:20]!r}): {AGAIN}")
    separator = max(",;\t", key=lines[0].count)
    if separator not in lines[0]:
        raise WeatherError(f"{name}: one column only ({lines[0].strip()[:60]!r}); values are separated by commas")
    lines = _whole_lines(name, lines, separator, used)
    try:
        data = pd.read_csv(
            io.StringIO("\n".join(lines)), sep=separator, dtype=str, keep_default_na=False, skipinitialspace=True
        )
    except (ValueError, pd.errors.ParserError) as error:
        raise WeatherError(f"{name}: not readable as CSV ({' '.join(str(error).split())[:120]})") from error
    data.columns = [str(c).strip() for c in data.columns]
    if separator != "," and data.iloc[:50].apply(lambda c: c.str.contains(r"^-?\d+,\d+$").any()).any():
        data = data.apply(lambda c: c.str.replace(",", ".", regex=False))
    return data


def _whole_lines(name: str, lines: list[str], separator: str, used: set[str]) -> list[str]:
    """Lines with as many cells as the header; an empty last cell in every row is left out.

    Raises
    ------
    WeatherError : two columns that are used have one name, a row of units stands below the header, or the cells of
        the first or last row are not those of the header
    """
    header, first, last = (next(csv.reader([line], delimiter=separator)) for line in (lines[0], lines[1], lines[-1]))
    names = [cell.strip().casefold() for cell in header]
    twice = sorted({n for n in names if names.count(n) > 1} & {u.casefold() for u in used})
    if twice:
        raise WeatherError(f"{name}: the header names {', '.join(map(repr, twice))} twice; rename one of them")
    if not any(re.search(r"\d{4}|\d[/.:-]\d", cell) for cell in first):
        raise WeatherError(f"{name}: below the header stands {lines[1][:60]!r}, no row of values; remove that line")
    if len(last) < len(header):
        raise WeatherError(f"{name}: cut in its last line ({lines[-1][-40:]!r}); export the file again")
    if len(first) == len(header) + 1 and not first[-1].strip():
        return [lines[0], *(line.rstrip().removesuffix(separator) for line in lines[1:])]
    if len(first) > len(header):
        raise WeatherError(f"{name}: its rows have {len(first)} cells, its header {len(header)}; name every column")
    return lines


def _column(name: str, data: pd.DataFrame, header: str, meant: str) -> str:
    """The header that is meant.

    Raises
    ------
    WeatherError : there is none
    """
    found = _matching(data, header)
    if found:
        return found
    there = ", ".join(data.columns)[:300]
    needs = " (ISO 8601 with offset)" if meant == TIME else ""
    todo = f'map it with columns = {{ {meant} = "..." }}' if meant in (TIME, *SERIES) else "name one of them"
    raise WeatherError(f"{name}: no column {header!r} for {meant}{needs}; the columns are {there}; {todo}")


def _matching(data: pd.DataFrame, header: str) -> str:
    """The header itself, or the same with a unit in brackets behind it; "" if there is none."""
    header = header.strip()  # as the file's own were
    if header in data:
        return header
    bare = [c for c in data.columns if re.sub(r"\s*[\[(\uff08].*", "", c).casefold() == header.casefold()]
    return str(bare[0]) if len(bare) == 1 else ""


def _numbers(name: str, data: pd.DataFrame, header: str, column: str) -> Array:
    """A column as numbers; empty cells and codes of missing values are gaps, other text is refused."""
    _refuse_unit(name, header, column)
    values = pd.to_numeric(data[header], errors="coerce").to_numpy(dtype=np.float64, copy=True)
    unread = np.flatnonzero(np.isnan(values))
    cells = data[header].iloc[unread].str.strip()
    bad = np.flatnonzero(~cells.str.casefold().isin(EMPTY).to_numpy())
    if bad.size:
        raise WeatherError(
            f"{name}: {header} is {cells.iloc[int(bad[0])]!r} in row {unread[bad[0]] + 1} ({bad.size} such rows): not "
            "a number"
        )
    values[np.isin(values, codes_of(column)) | ~np.isfinite(values)] = np.nan
    return values


def _refuse_unit(name: str, header: str, column: str) -> None:
    """A unit that the header states must be the one that is used."""
    stated = re.findall(r"[\[(\uff08]([^\])\uff09]*)[\])\uff09]", header)
    kind = kind_of(column)
    for unit in stated:
        if unit.strip().casefold() not in UNITS[kind] and _KNOWN_WRONG.search(unit.strip()):
            raise WeatherError(
                f"{name}: column {header!r} is in {unit.strip()}; {column} is needed in {SHOWN[kind]}: convert it and "
                "write the unit that it then has"
            )


def _moments(name: str, cells: pd.Series) -> tuple[np.ndarray, int, tuple[str, ...]]:
    """Seconds UTC, the fixed offset of the clock in minutes, and a note where the file changed it."""
    text = cells.str.strip()
    whole = text.str.fullmatch(f"{MOMENT.pattern}\\s*{OFFSET.pattern}").to_numpy()
    if not whole.all():
        i = int(np.flatnonzero(~whole)[0])
        naive = re.fullmatch(MOMENT.pattern, text.iloc[i]) is not None
        said = "without an offset from UTC" if naive else "is not ISO 8601"
        raise WeatherError(
            f"{name}: time {text.iloc[i]!r} in row {i + 1} {said}; write 2023-01-31T14:00:00+08:00: a clock is never "
            "guessed"
        )
    try:
        index = pd.to_datetime(text.str.replace(",", ".", regex=False), format="ISO8601", utc=True)
    except (ValueError, OverflowError) as error:
        raise WeatherError(f"{name}: a time is no date ({' '.join(str(error).split())[:100]})") from error
    tails = text.str[-6:].unique()
    offsets = sorted({_minutes(m[0]) for m in map(OFFSET.search, tails) if m})
    notes: tuple[str, ...] = ()
    if len(offsets) > 1:
        shown = " and ".join(f"UTC{o / 60:+g}" for o in offsets)
        notes = (
            f"{name}: its clock changes ({shown}), as with daylight saving; all rows were put on "
            f"UTC{offsets[0] / 60:+g}",
        )
    return utc_seconds(pd.DatetimeIndex(index)), offsets[0], notes


def _minutes(offset: str) -> int:
    if offset == "Z":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return (-1 if offset[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:]))
