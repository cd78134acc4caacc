"""Prices of each hour: spells over midnight, in months and on days of the week, and the charge on the peak."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim.energy.tariff import Spell, demand_charge_cny, prices
from pvsim.errors import UsageError
from pvsim.scenario.uses import hours_of

YEAR = np.arange("2024-01-01T00:00", "2025-01-01T00:00", 60, dtype="datetime64[m]")
QUARTERS = np.arange("2025-03-01T00:00", "2025-03-03T00:00", 15, dtype="datetime64[m]")


def clocks(rows: np.ndarray) -> list[datetime.datetime]:
    """The same rows as Python's own datetimes."""
    return rows.astype("datetime64[s]").tolist()


def held(spell: Spell, rows: np.ndarray = YEAR) -> np.ndarray:
    return spell.holds(rows)


# --- hours, months, days ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22-6", {22, 23, 0, 1, 2, 3, 4, 5}),
        ("23-1", {23, 0}),
        ("22-24", {22, 23}),
        ("22-0", {22, 23}),
        ("0-24", set(range(24))),
        ("0-1", {0}),
        ("11-17", {11, 12, 13, 14, 15, 16}),
        (" 8 - 9 ", {8}),
        ("08-09", {8}),
    ],
)
def test_a_spell_holds_from_its_first_hour_up_to_its_last(text, hours):
    span = hours_of(text)
    assert span is not None
    assert {c.hour for c, yes in zip(clocks(YEAR), held(Spell("s", (span,))), strict=True) if yes} == hours


@pytest.mark.parametrize(
    "text", ["", "7", "7-7", "24-6", "25-3", "7-25", "-1-5", "7:30-9", "7-9-11", "a-b", "\u0667-\u0669"]
)
def test_no_hours_are_no_hours(text):
    assert hours_of(text) is None


def test_rows_of_a_quarter_count_by_their_start():
    inside = held(Spell("s", ((22, 6),)), QUARTERS)
    assert [c.hour in {22, 23, 0, 1, 2, 3, 4, 5} for c in clocks(QUARTERS)] == inside.tolist()
    assert inside.sum() == 2 * 8 * 4


def test_a_spell_over_midnight_belongs_to_the_month_and_day_of_each_row():
    night = Spell("night", ((22, 6),), months=(7,), days="work")
    for clock, yes in zip(clocks(YEAR), held(night), strict=True):
        assert yes == (clock.month == 7 and clock.weekday() < 5 and (clock.hour >= 22 or clock.hour < 6)), clock


@pytest.mark.parametrize("start", ["1969-12-20T00:00", "1999-12-27T00:00", "2024-02-26T00:00", "2100-02-25T00:00"])
def test_rest_days_are_saturday_and_sunday_of_the_calendar(start):
    rows = np.datetime64(start, "m") + np.arange(24 * 40) * np.timedelta64(60, "m")
    weekend = [c.weekday() >= 5 for c in clocks(rows)]
    assert held(Spell("s", ((0, 24),), days="rest"), rows).tolist() == weekend
    assert held(Spell("s", ((0, 24),), days="work"), rows).tolist() == [not w for w in weekend]


def test_rows_in_seconds_hours_or_nanoseconds_are_the_same_hours():
    spell = Spell("s", ((22, 6), (11, 13)), months=(2, 12), days="rest")
    for unit in ("h", "s", "ns"):
        assert (held(spell, YEAR.astype(f"datetime64[{unit}]")) == held(spell)).all(), unit


spans = st.tuples(st.integers(0, 23), st.integers(0, 24)).filter(lambda s: s[0] != s[1])
spells = st.builds(
    Spell,
    name=st.sampled_from(["peak", "flat", "valley"]),
    hours=st.lists(spans, min_size=1, max_size=3).map(tuple),
    months=st.sets(st.integers(1, 12), max_size=4).map(tuple),
    days=st.sampled_from(["all", "work", "rest"]),
    price_cny_per_kwh=st.one_of(st.none(), st.floats(0, 2)),
    surplus_price_cny_per_kwh=st.one_of(st.none(), st.floats(0, 2)),
)


@given(st.lists(spells, max_size=4), st.integers(0, 8784 - 200))
@settings(max_examples=40, deadline=None)
def test_prices_are_those_of_the_first_spell_that_holds(found, first):
    rows = YEAR[first : first + 200]
    got = prices(rows, found, 0.7, 0.25)
    for i, clock in enumerate(clocks(rows)):
        price, surplus, index = 0.7, 0.25, len(found)
        for k, spell in enumerate(found):
            in_hours = any(
                a <= clock.hour < b if a < b else (clock.hour >= a or clock.hour < b) for a, b in spell.hours
            )
            in_days = spell.days == "all" or (spell.days == "rest") == (clock.weekday() >= 5)
            if in_hours and in_days and (not spell.months or clock.month in spell.months):
                index = k
                price = 0.7 if spell.price_cny_per_kwh is None else spell.price_cny_per_kwh
                surplus = 0.25 if spell.surplus_price_cny_per_kwh is None else spell.surplus_price_cny_per_kwh
                break
        assert got.spell[i] == index
        assert (got.price_cny_per_kwh[i], got.surplus_price_cny_per_kwh[i]) == (price, surplus)
    assert len(got.names) == len(found) + 1


def test_a_price_of_nothing_is_a_price():
    got = prices(YEAR, [Spell("noon", ((11, 14),), price_cny_per_kwh=0.0)], 0.7, 0.0)
    assert got.price_cny_per_kwh.min() == 0.0
    assert (got.surplus_price_cny_per_kwh == 0.0).all()


# --- what lacks ------------------------------------------------------------------------------------------------


def test_an_hour_without_a_price_is_named():
    peak = Spell("peak", ((8, 22),), price_cny_per_kwh=0.9)
    with pytest.raises(UsageError, match=r"price_cny_per_kwh: no price for other hours, such as 2024-01-01 00:00"):
        prices(YEAR, [peak], None, 0.3)
    with pytest.raises(UsageError, match=r"surplus_price_cny_per_kwh: no price for peak, such as 2024-01-01 08:00"):
        prices(YEAR, [peak, Spell("night", ((22, 8),), surplus_price_cny_per_kwh=0.2)], 0.7, None)


def test_a_spell_that_never_comes_first_needs_no_price():
    whole = Spell("whole", ((0, 24),), price_cny_per_kwh=0.6, surplus_price_cny_per_kwh=0.3)
    got = prices(YEAR, [whole, Spell("never", ((1, 2),))], None, None)
    assert (got.price_cny_per_kwh == 0.6).all()


# --- demand charge ---------------------------------------------------------------------------------------------


def test_the_demand_charge_is_that_of_the_highest_row_of_each_month():
    months = YEAR.astype("datetime64[M]").astype(int) - 54 * 12
    power = np.random.default_rng(1).uniform(0, 500, YEAR.size)
    told = sum(power[months == m].max() for m in range(12)) * 40
    assert demand_charge_cny(power, months, 40.0) == pytest.approx(told, rel=1e-12)
    assert demand_charge_cny(power, months, 0.0) == 0.0
    assert demand_charge_cny(power[:0], months[:0], 40.0) == 0.0


def test_months_without_rows_and_power_fed_back_cost_nothing():
    assert demand_charge_cny(np.array([5.0, 7.0, -3.0]), np.array([2, 2, 4]), 10.0) == 70.0
