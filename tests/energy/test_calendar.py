"""Kinds of day: notices, statutory days, weekends, the stop at Spring Festival."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.energy import calendar
from pvsim.energy.calendar import HOLIDAY, REST, STOP, WORKING, day_kinds
from pvsim.errors import PvsimError

NOTICED = range(2020, 2027)


def days(first, last):
    return np.arange(first, np.datetime64(last) + 1, dtype="datetime64[D]")


def kind(day, **options):
    return int(day_kinds(np.array([day], dtype="datetime64[m]"), **options)[0])


def test_spring_festivals_of_the_almanac():
    known = {2020: "01-25", 2024: "02-10", 2025: "01-29", 2026: "02-17", 2027: "02-06", 2033: "01-31", 2050: "01-23"}
    assert {y: str(calendar.spring_festival(y))[5:] for y in known} == known


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-01-29", HOLIDAY),
        ("2025-10-01", HOLIDAY),
        ("2025-10-08", HOLIDAY),
        ("2025-10-09", WORKING),
        ("2025-10-11", WORKING),  # a Saturday that is worked
        ("2025-10-12", REST),
        ("2025-09-28", WORKING),
        ("2026-02-23", HOLIDAY),
        ("2024-09-29", WORKING),
        ("2027-02-06", HOLIDAY),
        ("2027-02-09", HOLIDAY),  # made up for a Saturday or Sunday between New Year's Eve and the third
        ("2027-02-10", HOLIDAY),
        ("2027-02-11", WORKING),
        ("2028-10-04", HOLIDAY),  # Mid-Autumn and National Day fall together on the third
        ("2019-10-04", WORKING),
    ],
)
def test_days_that_are_known(day, expected):
    assert kind(day, stop_days=0) == expected


@pytest.mark.parametrize("year", calendar._festivals())
def test_each_year_has_a_sensible_almanac(year):
    spring, qingming, dragon, autumn = (np.datetime64(f"{year}-{d}") for d in calendar._festivals_of(year))
    assert np.datetime64(f"{year}-01-21") <= spring <= np.datetime64(f"{year}-02-20")
    assert np.datetime64(f"{year}-04-04") <= qingming <= np.datetime64(f"{year}-04-06")
    # four lunar months and four days, with a leap month five; seven and fourteen, eight
    assert (dragon - spring).astype(int) in {*range(120, 125), *range(149, 155)}
    assert (autumn - dragon).astype(int) in {*range(97, 102), *range(126, 131)}


@pytest.mark.parametrize("year", range(2025, 2061))
def test_from_2025_a_year_works_its_weekdays_but_for_13(year):
    """The notices of 2025 and 2026 and the rules agree on the count: weekdays without 13 days."""
    every = days(f"{year}-01-01", f"{year}-12-31")
    weekdays = int((calendar.weekday(every) < 5).sum())
    assert int((day_kinds(every, stop_days=0) == WORKING).sum()) == weekdays - 13


@pytest.mark.parametrize("year", NOTICED)
def test_notices_are_whole(year):
    """Make-up days are weekends, free days are none of them, and every statutory festival is free."""
    notice = calendar.notices()[year]
    off = {d for a, b in notice.off for d in days(a, b)}
    work = {d for a, b in notice.work for d in days(a, b)}
    assert not off & work
    assert {int(w) for w in calendar.weekday(np.array(sorted(work)))} <= {5, 6}
    assert {np.datetime64(f"{year}-{d}") for d in (*calendar._festivals_of(year), "10-01", "05-01", "01-01")} <= off
    weekdays_off = int((calendar.weekday(np.array(sorted(off))) < 5).sum())
    # 11 days before 2025, 13 since; those of a New Year on a weekend may lie in the notice of the year before
    due = (11 if year < 2025 else 13) + 2 * (year == 2020)  # a longer Spring Festival because of the epidemic
    assert weekdays_off - len(work) in {due - 1, due}
    assert notice.source and notice.status == "R"


def test_sources_are_said():
    assert "State Council" in calendar.holiday_source(2025) and "(R)" in calendar.holiday_source(2025)
    assert "(U)" in calendar.holiday_source(2027) and "(U)" in calendar.holiday_source(2041)


def test_the_stop_reaches_to_the_seventh_of_the_first_month():
    kinds = day_kinds(days("2025-01-01", "2025-12-31"))
    stopped = np.flatnonzero(kinds == STOP)
    assert (stopped[0], stopped[-1], stopped.size) == (25, 34, 10)  # 26 January to 4 February
    assert calendar.stop_of(2025) == (np.datetime64("2025-01-26"), np.datetime64("2025-02-04"))
    assert not (day_kinds(days("2025-01-01", "2025-12-31"), stop_days=0) == STOP).any()
    assert (day_kinds(days("2025-01-01", "2025-12-31"), stop_days=15) == STOP).sum() == 15


def test_the_days_of_work():
    week = days("2025-03-03", "2025-03-09")
    assert day_kinds(week).tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert day_kinds(week, work_days="mon-sat").tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert day_kinds(week, work_days="all").tolist() == [0] * 7
    assert day_kinds(days("2025-10-01", "2025-10-03"), holidays="none").tolist() == [0, 0, 0]


@given(
    start=st.integers(1951, 2058),
    hours=st.integers(1, 9000),
    work_days=st.sampled_from(["mon-fri", "mon-sat", "all"]),
    stop=st.integers(0, 30),
)
def test_a_row_has_its_days_kind_whatever_is_around(start, hours, work_days, stop):
    local = np.datetime64(f"{start}-01-01T00:00") + np.arange(hours) * np.timedelta64(60, "m")
    options = {"work_days": work_days, "stop_days": stop}
    kinds = day_kinds(local, **options)
    assert kinds.dtype == np.int8 and kinds.shape == local.shape
    for i in {0, hours // 2, hours - 1}:
        assert kinds[i] == kind(local[i], **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"work_days": "mon"}, "mon-fri, mon-sat, all"),
        ({"holidays": "italy"}, "china, none"),
        ({"stop_days": -1}, "0 to 60"),
    ],
)
def test_unknown_words_are_refused(options, said):
    with pytest.raises(PvsimError, match=said):
        kind("2025-01-01", **options)


def test_years_without_an_almanac_are_refused():
    with pytest.raises(PvsimError, match="1950 to 2060"):
        kind("1900-01-01")
    assert kind("1900-01-01", holidays="none", stop_days=0) == WORKING
    assert day_kinds(np.array([], dtype="datetime64[m]")).size == 0
    with pytest.raises(PvsimError, match="NaT"):
        kind("NaT")
