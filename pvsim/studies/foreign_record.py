"""What another tool computed, in one form whatever the file: twelve sums for each step from the sky to the meter."""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import UsageError

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# From the sky to the meter; each step is what is left after everything that stands between it and the one before.
STEPS = ("ghi", "poa", "effective", "dc", "inverter", "ac")
IRRADIATION = ("ghi", "poa", "effective")
DAYS = tuple(calendar.monthrange(2025, month)[1] for month in range(1, 13))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

UNDERSTOOD = (
    "understood are PVsyst's hourly or monthly CSV, SAM's time series as CSV, the hourly or monthly CSV of PVWatts, "
    "and the JSON of PVGIS (PVcalc or seriescalc)"
)


@dataclass(frozen=True)
class Foreign:
    """A result of another tool.

    Attributes
    ----------
    tool, kind, file, sha256 : which tool, "hourly" or "monthly", and of which bytes
    steps : for each of ``STEPS`` that the file has, (12,) sums in kWh/m2 or kWh; NaN where a month is incomplete
    capacity_kwp : nameplate power, None where the file does not say
    losses_percent : what the tool itself states for the year, change of the energy before, by its own name
    notes : what a reader of the figures must know
    """

    tool: str
    kind: str
    file: str
    sha256: str
    steps: Mapping[str, tuple[float, ...]]
    capacity_kwp: float | None
    losses_percent: Mapping[str, float]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Stamps:
    """Year, month (1 to 12) and day of each row, (T,); a tool without years has zeros."""

    year: Integers
    month: Integers
    day: Integers

    @property
    def rows_per_day(self) -> int:
        """Of a full day."""
        key = (self.year * 12 + self.month) * 31 + self.day
        return int(np.unique(key, return_counts=True)[1].max())

    def monthly(self, values: Array) -> Array:
        """Sums of (T,) values by calendar month, (12,); the mean of the years where there are several.

        A month with fewer or more rows than its days have, or with a value missing, is NaN: nothing is scaled up.
        The 29th of February is left out, so that years have 365 days.
        """
        per_day, years = self.rows_per_day, np.unique(self.year)
        keep = ~((self.month == 2) & (self.day == 29))
        where = (np.searchsorted(years, self.year) * 12 + self.month - 1)[keep]
        counts = np.bincount(where, minlength=12 * years.size).reshape(-1, 12)
        sums = np.bincount(where, weights=values[keep], minlength=12 * years.size).reshape(-1, 12)
        whole = (counts == np.array(DAYS) * per_day) & np.isfinite(sums)
        total = np.where(whole, sums, 0.0).sum(axis=0)
        return np.where(whole.any(axis=0), total / np.maximum(whole.sum(axis=0), 1), np.nan)

    @property
    def has_leap_day(self) -> bool:
        """Whether a 29th of February was left out."""
        return bool(((self.month == 2) & (self.day == 29)).any())


def stamps_by_count(rows: int, file: str) -> Stamps:
    """Days of rows that carry no date: a whole year from the 1st of January, with a 29th of February or without."""
    for days, year in ((365, 2025), (366, 2024)):
        if rows and rows % (24 * days) == 0:
            first = np.datetime64(f"{year}-01-01")
            day = first + np.arange(days).repeat(rows // days)
            month = day.astype("datetime64[M]")
            number = month.astype(np.int64) % 12 + 1
            return Stamps(np.zeros(rows, dtype=np.int64), number, (day - month).astype(np.int64) + 1)
    raise UsageError(
        f"{file}: {rows} rows without dates; 8760 or 8784 (or a multiple) make a year: the file is cut short or holds "
        "several tables; export the whole year, or with dates"
    )


def checked(found: Foreign) -> Foreign:
    """The same, if there is anything to compare; months that are not whole are named.

    Raises
    ------
    UsageError
        When no month of any step is whole, or a sum is impossible.
    """
    steps = {name: sums for name, sums in found.steps.items() if any(math.isfinite(x) for x in sums)}
    if not steps:
        raise UsageError(f"{found.file}: no month is complete in this {found.tool} file; export the whole year")
    for name, sums in steps.items():
        # a year of W/m2 or of one kWp cannot reach this: a wrong unit would
        bad = [x for x in sums if math.isfinite(x) and not -1e6 < x < (450 if name in IRRADIATION else 1e12)]
        if bad:
            raise UsageError(f"{found.file}: {bad[0]:,.0f} in one month of {name} cannot be: check the units there")
    missing = [m for i, m in enumerate(MONTHS) if not all(math.isfinite(sums[i]) for sums in steps.values())]
    note = (f"months that are not complete there are left out: {', '.join(missing)}",) if missing else ()
    return Foreign(
        found.tool, found.kind, found.file, found.sha256, steps, found.capacity_kwp, found.losses_percent,
        (*found.notes, *note),
    )  # fmt: skip
