"""Which days are worked: weekends, public holidays of China with their make-up days, and the stop at Spring Festival.

Years with a notice of the State Council follow it (``pvsim/data/holidays.csv``); all others follow the statutory days
in force since 2025 on the dates of ``pvsim/data/festivals.csv``, also years before that rule: the weather of a past
year is used for a load of today.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import PvsimError

Days = NDArray[np.datetime64]

WORKING: Final = 0
REST: Final = 1
HOLIDAY: Final = 2
STOP: Final = 3
KINDS: Final = ("working", "rest", "holiday", "stop")

# Days of the week without work, Monday is 0.
REST_DAYS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType({"mon-fri": (5, 6), "mon-sat": (6,), "all": ()})
HOLIDAYS: Final = ("china", "none")

# Ten days reach from two days before New Year's Eve, as workers travel home before it, to the seventh of the first
# month: work is by custom taken up on the eighth, and the notices' eight free days end on the seventh too. The custom
# is general knowledge (U); longer stops grow on both sides alike.
STOP_DAYS: Final = 10
STOP_SHARE_BEFORE: Final = 0.3
MAX_STOP_DAYS: Final = 60

FIXED: Final = ("01-01", "05-01", "05-02", "10-01", "10-02", "10-03")  # State Council Decree 795, in force since 2025


@dataclass(frozen=True, slots=True)
class Notice:
    """The public holidays of a year as they were announced.

    Attributes
    ----------
    off, work : first and last day of each stretch that is free, or worked although it is a weekend
    status : R read, U general knowledge
    """

    off: tuple[tuple[str, str], ...]
    work: tuple[tuple[str, str], ...]
    status: str
    source: str


def day_kinds(
    local: Days, *, holidays: str = "china", work_days: str = "mon-fri", stop_days: int = STOP_DAYS
) -> NDArray[np.int8]:
    """What kind of day each row belongs to.

    Parameters
    ----------
    local : (T,) start of each row on the local clock, datetime64
    holidays : "china" or "none"
    work_days : "mon-fri", "mon-sat" or "all"
    stop_days : length of the stop at Spring Festival in days; 0 for none. Public holidays around it stay what they are

    Returns
    -------
    (T,) int8
        0 working, 1 rest day, 2 public holiday, 3 stop at Spring Festival (it wins over all others).

    Raises
    ------
    PvsimError
        For an unknown word, a stop of an impossible length, or a year without a date of the Spring Festival.
    """
    if holidays not in HOLIDAYS:
        raise PvsimError(f"holidays is {holidays!r}; allowed: {', '.join(HOLIDAYS)}")
    if work_days not in REST_DAYS:
        raise PvsimError(f"work_days is {work_days!r}; allowed: {', '.join(REST_DAYS)}")
    if not 0 <= stop_days <= MAX_STOP_DAYS:
        raise PvsimError(f"stop_days is {stop_days}; allowed: 0 to {MAX_STOP_DAYS}")
    day = np.asarray(local).astype("datetime64[D]")
    if not day.size:
        return np.zeros(0, dtype=np.int8)
    if np.isnat(day).any():
        raise PvsimError("local holds a moment that is no date (NaT)")
    first, last = day.min(), day.max()
    every = np.arange(first, last + 1)
    kinds = np.zeros(every.size, dtype=np.int8)
    kinds[np.isin(weekday(every), REST_DAYS[work_days])] = REST
    years = range(year_of(first), year_of(last) + 1)
    if holidays == "china":
        for year in years:
            _put_holidays(kinds, first, year, work_days)
    if stop_days:
        for year in years:
            start, end = stop_of(year, stop_days)
            _put(kinds, first, start, end, STOP)
    found: NDArray[np.int8] = kinds[(day - first).astype(np.int64)]
    return found


def weekday(days: Days) -> NDArray[np.int64]:
    """Day of the week, Monday is 0; 1970 began on a Thursday."""
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7


def year_of(day: np.datetime64) -> int:
    """The calendar year of a day."""
    return int(day.astype("datetime64[Y]").astype(np.int64)) + 1970


def spring_festival(year: int) -> np.datetime64:
    """First day of the first month of the Chinese calendar.

    Raises
    ------
    PvsimError
        For a year that the table does not have.
    """
    return np.datetime64(f"{year}-{_festivals_of(year)[0]}", "D")


def stop_of(year: int, stop_days: int = STOP_DAYS) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of the stop at the Spring Festival of a year."""
    before = round(stop_days * STOP_SHARE_BEFORE)
    start = spring_festival(year) - np.timedelta64(before, "D")
    return start, start + np.timedelta64(stop_days - 1, "D")


def holiday_source(year: int) -> str:
    """Where the public holidays of a year come from, with their status, in one line."""
    notice = notices().get(year)
    if notice and notice.off:
        return f"{notice.source} ({notice.status})"
    return "statutory days on the dates of the Chinese calendar, without make-up days: general knowledge (U)"


def _put_holidays(kinds: NDArray[np.int8], first: np.datetime64, year: int, work_days: str) -> None:
    notice = notices().get(year)
    if notice and notice.off:
        for start, end in notice.off:
            _put(kinds, first, np.datetime64(start), np.datetime64(end), HOLIDAY)
        for start, end in notice.work:
            _put(kinds, first, np.datetime64(start), np.datetime64(end), WORKING)
        return
    for day in statutory_days(year, work_days):
        _put(kinds, first, day, day, HOLIDAY)


def statutory_days(year: int, work_days: str = "mon-fri") -> tuple[np.datetime64, ...]:
    """The 13 statutory days of a year, and for each on a day of rest or on another one the next day of work.

    Raises
    ------
    PvsimError
        For a year that the table of festivals does not have.
    """
    new_year, *others = (np.datetime64(f"{year}-{date}", "D") for date in _festivals_of(year))
    days = [*(np.datetime64(f"{year}-{date}", "D") for date in FIXED), *others]
    days += [new_year + np.timedelta64(i, "D") for i in range(-1, 3)]  # New Year's Eve to the third
    taken: set[np.datetime64] = set()
    lost = []
    for day in sorted(days):
        if day in taken or _is_rest(day, work_days):
            lost.append(day)
        taken.add(day)
    for day in lost:
        while day in taken or _is_rest(day, work_days):
            day += np.timedelta64(1, "D")
        taken.add(day)
    return tuple(sorted(taken))


def _is_rest(day: np.datetime64, work_days: str) -> bool:
    return int(weekday(np.array([day]))[0]) in REST_DAYS[work_days]


def _put(kinds: NDArray[np.int8], first: np.datetime64, start: np.datetime64, end: np.datetime64, kind: int) -> None:
    """Mark the days from start to end, as far as they lie on the axis."""
    a, b = int((start - first).astype(np.int64)), int((end - first).astype(np.int64)) + 1
    kinds[max(a, 0) : max(b, 0)] = kind


@cache
def notices() -> Mapping[int, Notice]:
    """The years of ``pvsim/data/holidays.csv``."""
    text = (files("pvsim") / "data" / "holidays.csv").read_text(encoding="utf-8")
    rows: dict[int, list[dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        for key in ("first_day", "last_day"):
            if row["kind"] != "rules":
                datetime.date.fromisoformat(row[key])  # a slip in the table must not become another day
        rows.setdefault(int(row["year"]), []).append(row)
    return MappingProxyType({year: _notice(found) for year, found in rows.items()})


def _notice(rows: list[dict[str, str]]) -> Notice:
    def stretches(kind: str) -> tuple[tuple[str, str], ...]:
        return tuple((r["first_day"], r["last_day"]) for r in rows if r["kind"] == kind)

    seen = f"; seen: {rows[0]['where_seen']}" if rows[0]["where_seen"] else ""
    return Notice(stretches("off"), stretches("work"), rows[0]["status"], rows[0]["source"] + seen)


@cache
def _festivals() -> Mapping[int, tuple[str, ...]]:
    text = (files("pvsim") / "data" / "festivals.csv").read_text(encoding="utf-8")
    _, *rows = (line.split(",") for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType({int(year): tuple(dates) for year, *dates in rows})


def _festivals_of(year: int) -> tuple[str, ...]:
    table = _festivals()
    if year not in table:
        raise PvsimError(
            f"no date of the Spring Festival of {year}; {min(table)} to {max(table)} are known: use holidays 'none' "
            "and stop_days 0"
        )
    return table[year]
