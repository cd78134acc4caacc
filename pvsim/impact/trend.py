"""How a factor changes over the years of a plant: not at all, by a rate, by what is documented, or by a given series.

The heat of a kWh is a constant of nature and never declines.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pvsim.errors import PvsimError, UsageError
from pvsim.impact.factors import Factor, load_factors
from pvsim.impact.regions import NATIONAL
from pvsim.impact.textfile import read_text

CONSTANT_OF_NATURE: Final = "calorific"
FEWEST_YEARS: Final = 2  # between first and last row: one step from a year to the next is no trend
LARGEST: Final = 5.0  # kg per kWh; nothing that is burnt for a kWh comes near it
NO_FORECAST: Final = "an extrapolation, not a forecast"


@dataclass(frozen=True, slots=True)
class Trend:
    """The change that the registry documents of one kind: percent a year, compound, between two of its rows."""

    percent_per_year: float
    first: Factor
    last: Factor

    @property
    def derived(self) -> str:
        """The rows and years that it is derived from."""
        a, b = self.first, self.last
        return (
            f"{self.percent_per_year:+.1f} % a year, compound, from {a.id} ({a.value:g}, {a.data_year}) "
            f"to {b.id} ({b.value:g}, {b.data_year})"
        )


@dataclass(frozen=True, slots=True)
class Course:
    """The values of one factor over the years of a plant, in its unit, with what they rest on in words."""

    values: tuple[float, ...]
    percent_per_year: float | None
    said: str


def documented(method: str, region: str = NATIONAL) -> Trend | None:
    """The trend of a kind between its first and its last usable row; None where they are too near in time."""
    rows = sorted(
        (f for f in load_factors().values() if (f.method, f.region) == (method, region) and not f.comparison_only),
        key=lambda f: f.data_year or 0,
    )
    if not rows or method == CONSTANT_OF_NATURE:
        return None
    years = (rows[-1].data_year or 0) - (rows[0].data_year or 0)
    if years < FEWEST_YEARS:
        return None
    rate = (rows[-1].value / rows[0].value) ** (1 / years) - 1
    return Trend(100 * rate, rows[0], rows[-1])


def constant(factor: Factor, years: int) -> Course:
    """The factor's own value in every year."""
    said = "the heat of a kWh never changes" if factor.method == CONSTANT_OF_NATURE else "constant"
    return Course((factor.value,) * years, 0.0, said)


def declining(factor: Factor, years: int, decline: float | str) -> Course:
    """The factor's own value in year 1, then less by `decline` percent a year, or as ``"documented"`` says."""
    if factor.method == CONSTANT_OF_NATURE:
        return constant(factor, years)
    if not isinstance(decline, str):
        return _compound(factor, years, -decline, f"{-decline:+g} % a year, as given; {NO_FORECAST}")
    trend = documented(factor.method)
    if trend is None:
        return Course((factor.value,) * years, 0.0, "constant: no trend over two years or more is on file")
    if trend.percent_per_year >= 0:
        return Course((factor.value,) * years, 0.0, f"constant: no decline is documented ({trend.derived})")
    said = f"{trend.derived}; {NO_FORECAST}"
    local = documented(factor.method, factor.region) if factor.region != NATIONAL else None
    if factor.region != NATIONAL:
        said += "; the trend of the country"
    if local is not None and local.percent_per_year > 0:
        said += f", while {factor.region} itself rose: {local.derived}"
    return _compound(factor, years, trend.percent_per_year, said)


def _compound(factor: Factor, years: int, percent: float, said: str) -> Course:
    return Course(tuple(factor.value * (1 + percent / 100) ** n for n in range(years)), percent, said)


# --- a given series --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Series:
    """Values by factor id ("" is the leading average of the place) and year, from a file of the user.

    Years are those of the plant's life (1, 2 ...) or of the calendar.
    """

    file: str
    values: Mapping[str, Mapping[int, float]]
    lines: Mapping[str, int]

    @property
    def calendar(self) -> bool:
        """Whether its years are those of the calendar."""
        return any(year >= _FIRST_CALENDAR for rows in self.values.values() for year in rows)

    @property
    def first_year(self) -> int:
        """Its earliest year."""
        return min(year for rows in self.values.values() for year in rows)

    def over(self, factor_id: str, first: int, years: int) -> Course:
        """The values of `years` years from `first` on; a missing one is an error that names it.

        Raises
        ------
        PvsimError
            With the file, the line where the factor's rows begin and every year that is missing.
        """
        rows = self.values[factor_id]
        missing = [str(y) for y in range(first, first + years) if y not in rows]
        if missing:
            named = f" of {factor_id}" if factor_id else ""
            shown = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
            raise PvsimError(
                f"{self.file}:{self.lines[factor_id]}: column year: the series{named} lacks {shown}; needed is every "
                f"year from {first} to {first + years - 1}: add the rows, or shorten the life with --years"
            )
        return Course(tuple(rows[first + n] for n in range(years)), None, f"series of {self.file}")


_FIRST_CALENDAR: Final = 1900
_LAST_CALENDAR: Final = 2300
_HEADERS: Final = (["year", "value"], ["year", "factor_id", "value"])


def read_series(path: str | Path) -> Series:
    """A CSV of ``year,value`` (the leading average) or ``year,factor_id,value``, in kg per kWh, rows in any order.

    Raises
    ------
    UsageError
        When there is no such file.
    PvsimError
        With file and line: for other columns, a year or value that is none, a year that stands there twice,
        and years of the calendar beside years of the life.
    """
    where = Path(path)
    text, file = read_text(where, "a series"), where.name
    reader = csv.reader(io.StringIO(text), strict=True)
    values: dict[str, dict[int, float]] = {}
    lines: dict[str, int] = {}
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if header not in _HEADERS:
            raise PvsimError(
                f"{file}:1: the columns are {', '.join(header)[:200] or 'none'}; needed: year,value or "
                "year,factor_id,value"
            )
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _add(values, lines, header, [cell.strip() for cell in cells], f"{file}:{reader.line_num}")
    except csv.Error as error:
        raise PvsimError(f"{file}:{reader.line_num}: not a CSV row: {error}") from error
    if not values:
        raise PvsimError(f"{file}:1: no row; needed is one for every year")
    years = [year for rows in values.values() for year in rows]
    if min(years) < _FIRST_CALENDAR <= max(years):
        raise PvsimError(f"{file}:2: column year: years of the life ({min(years)}) beside years of the calendar "
                         f"({max(years)}); write all of one sort")  # fmt: skip
    return Series(file, values, lines)


def _add(
    values: dict[str, dict[int, float]], lines: dict[str, int], header: list[str], cells: list[str], place: str
) -> None:
    """One row of a series, checked."""
    if len(cells) != len(header):
        raise PvsimError(f"{place}: {len(cells)} cells, needed are {len(header)}: {', '.join(header)}")
    row = dict(zip(header, cells, strict=True))
    year_text, factor_id = row["year"], row.get("factor_id", "")
    year = int(year_text) if year_text.isascii() and year_text.isdigit() and len(year_text) < 5 else 0
    if not (1 <= year <= 200 or _FIRST_CALENDAR <= year <= _LAST_CALENDAR):
        raise PvsimError(
            f"{place}: column year: {year_text[:40]!r}; needed is a year of the life from 1 on, or of the calendar "
            f"from {_FIRST_CALENDAR} to {_LAST_CALENDAR}"
        )
    try:
        value = float(row["value"])
    except ValueError:
        value = math.nan
    if not 0 <= value <= LARGEST:
        raise PvsimError(
            f"{place}: column value: {row['value'][:40]!r}; needed is a number from 0 to {LARGEST:g}, in kg per kWh "
            "(divide g/kWh by 1000)"
        )
    if "factor_id" in row and not factor_id:
        raise PvsimError(f"{place}: column factor_id: is empty; needed is the id of a factor")
    rows = values.setdefault(factor_id, {})
    lines.setdefault(factor_id, int(place.rsplit(":", 1)[1]))
    if year in rows:
        raise PvsimError(f"{place}: column year: {year} stands there twice{f' for {factor_id}' * bool(factor_id)}")
    rows[year] = value


def check_series_ids(series: Series, shown: Mapping[str, Factor]) -> None:
    """Refuse a series of a factor that is not converted with, or that never changes; names file and line.

    Raises
    ------
    PvsimError
        With the nearest ids that are.
    """
    for factor_id, line in series.lines.items():
        place = f"{series.file}:{line}: column factor_id"
        if factor_id and factor_id not in shown:
            near = difflib.get_close_matches(factor_id[:100], shown, n=2, cutoff=0.6)
            hint = f"did you mean {' or '.join(near)}?" if near else f"converted with: {', '.join(shown)}"
            raise PvsimError(
                f"{place}: {factor_id[:60]!r} is none of the factors of this conversion; {hint} "
                "(another one is asked for with --factor)"
            )
        if factor_id and shown[factor_id].method == CONSTANT_OF_NATURE:
            raise PvsimError(f"{place}: {factor_id} is the heat of a kWh and never changes; leave out its rows")


def check_decline(decline: float | str | None) -> None:
    """Refuse a decline that is neither a rate nor ``"documented"``.

    Raises
    ------
    UsageError
        With what is allowed.
    """
    allowed = 'from 0 to below 100 percent a year, or "documented"; a rise is given as a series'
    if decline is None or decline == "documented":
        return
    if isinstance(decline, str | bool) or not (math.isfinite(decline) and 0 <= decline < 100):
        raise UsageError(f"decline is {decline!r}; allowed is {allowed}")
