"""Synthetic loads: the energy that was said, shapes in their order, cooling that follows the air."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim.energy.calendar import day_kinds
from pvsim.energy.load import PROFILES, synthetic_load
from pvsim.energy.profiles import VACATION, read_profiles
from pvsim.errors import PvsimError

NAMES = st.sampled_from(sorted(PROFILES))
SHIFTS = ("one-shift", "two-shift", "three-shift")
MONTHS = [90, 70, 100, 95, 105, 120, 140, 145, 110, 95, 95, 100]


def rows(first="2025-01-01", last="2026-01-01", minutes=60):
    return np.arange(f"{first}T00:00", f"{last}T00:00", np.timedelta64(minutes, "m"), dtype="datetime64[m]")


def air(local):
    """A warm day and year in degrees C, constant within the hour."""
    hour = local.astype("datetime64[h]").astype(np.int64)
    return 18 - 12 * np.cos(2 * np.pi * hour / 8766) - 6 * np.cos(2 * np.pi * (hour - 3) / 24)


def by_month(local, load, step_hours):
    return np.bincount(local.astype("datetime64[M]").astype(int) % 12, load * step_hours, 12)


@settings(max_examples=40, deadline=None)
@given(
    name=NAMES,
    year=st.sampled_from([2023, 2024, 2025, 2031]),
    minutes=st.sampled_from([60, 30, 15, 10]),
    annual=st.floats(0, 1e8),
    cooling=st.floats(0, 60),
    base=st.none() | st.floats(0, 100),
)
def test_a_year_has_exactly_its_energy(name, year, minutes, annual, cooling, base):
    local = rows(f"{year}-01-01", f"{year + 1}-01-01", minutes)
    load = synthetic_load(
        local, minutes / 60, profile=name, annual_kwh=annual, temp_air=air(local),
        cooling_percent=0 if base is not None and base > 99 else cooling, base_percent=base,
    )  # fmt: skip
    assert load.shape == local.shape and np.isfinite(load).all() and (load >= 0).all()
    assert load.sum() * minutes / 60 == pytest.approx(annual, rel=1e-10)


@settings(max_examples=20, deadline=None)
@given(name=NAMES, minutes=st.sampled_from([60, 15]), monthly=st.lists(st.floats(1, 1e6), min_size=12, max_size=12))
def test_months_have_exactly_their_energy(name, minutes, monthly):
    local = rows("2024-01-01", "2025-01-01", minutes)
    load = synthetic_load(local, minutes / 60, profile=name, monthly_kwh=monthly)
    assert by_month(local, load, minutes / 60) == pytest.approx(np.array(monthly), rel=1e-10)
    assert (load >= 0).all()


def test_months_hold_with_cooling_too():
    local = rows()
    load = synthetic_load(local, 1.0, profile="office", monthly_kwh=MONTHS, temp_air=air(local), cooling_percent=20)
    assert by_month(local, load, 1.0) == pytest.approx(MONTHS, rel=1e-12)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("minutes", [30, 20, 15, 10, 5])
def test_finer_steps_have_the_hours_energy(name, minutes):
    hourly, fine = rows(), rows(minutes=minutes)
    options = {"profile": name, "annual_kwh": 1e6, "cooling_percent": 15.0}
    whole = synthetic_load(hourly, 1.0, temp_air=air(hourly), **options)
    parts = synthetic_load(fine, minutes / 60, temp_air=air(fine), **options).reshape(8760, -1)
    assert parts.mean(axis=1) == pytest.approx(whole, rel=1e-10)
    options["cooling_percent"] = 0.0
    whole, parts = (synthetic_load(r, m / 60, **options) for r, m in ((hourly, 60), (fine, minutes)))
    assert parts.reshape(8760, -1).mean(axis=1) == pytest.approx(whole, rel=1e-10)
    peak = PROFILES[name].shapes.max() * whole.max()
    assert parts.max() <= 1.0201 * peak  # no peak that a shape does not have
    assert parts.min() >= PROFILES[name].least * peak * (1 - 1e-9)  # the base load stays the base load


@pytest.mark.parametrize("name", PROFILES)
def test_steps_are_smooth_within_a_working_day(name):
    """From one quarter of an hour to the next a working day moves less than its hours do."""
    local = rows(minutes=15)
    load = synthetic_load(local, 0.25, profile=name, annual_kwh=1e6)
    wednesday = load[local.astype("datetime64[D]") == np.datetime64("2025-03-12")]
    hours = wednesday.reshape(-1, 4).mean(axis=1)
    assert np.abs(np.diff(wednesday)).max() < np.abs(np.diff(hours)).max()


@pytest.mark.parametrize("name", PROFILES)
def test_shapes_fall_from_working_days_to_the_stop(name):
    shapes = PROFILES[name].shapes
    assert (np.diff(shapes[:4], axis=0) <= 0).all()
    assert shapes[0].max() == 1
    assert (shapes[VACATION] <= shapes[1]).all() if name == "school" else (shapes[VACATION] == shapes[1]).all()
    assert PROFILES[name].status == "U" and len(PROFILES[name].reason) > 40


@settings(max_examples=20, deadline=None)
@given(name=st.sampled_from(SHIFTS), year=st.integers(2015, 2040), work_days=st.sampled_from(["mon-fri", "mon-sat"]))
def test_working_hours_draw_more_than_those_of_holidays(name, year, work_days):
    local = rows(f"{year}-01-01", f"{year + 1}-01-01")
    load = synthetic_load(local, 1.0, profile=name, annual_kwh=1e6, work_days=work_days)
    kinds = day_kinds(local, work_days=work_days)
    hour = local.astype(int) // 60 % 24
    lowest_working = np.array([load[(kinds == 0) & (hour == h)].min() for h in range(24)])
    for kind in (1, 2, 3):
        highest = np.array([load[(kinds == kind) & (hour == h)].max() for h in range(24)])
        assert (lowest_working >= highest * (1 - 1e-12)).all()


def test_several_years_and_a_leap_year_have_the_energy_each():
    local = rows("2023-01-01", "2026-01-01")
    load = synthetic_load(local, 1.0, profile="one-shift", annual_kwh=5e5, temp_air=air(local), cooling_percent=10)
    year = local.astype("datetime64[Y]").astype(int)
    assert np.bincount(year - year[0], load) == pytest.approx(5e5, rel=1e-12)
    assert (local[:8760].size, int((year == 54).sum())) == (8760, 8784)


def test_a_year_may_begin_in_july_and_at_an_odd_minute():
    local = rows("2023-07-01", "2025-07-01", 60) + np.timedelta64(30, "m")
    load = synthetic_load(local, 1.0, profile="two-shift", annual_kwh=1e5)
    assert (load[:8784].sum(), load[8784:].sum()) == pytest.approx((1e5, 1e5), rel=1e-12)
    monthly = synthetic_load(local, 1.0, profile="two-shift", monthly_kwh=MONTHS)
    assert by_month(local, monthly, 1.0) == pytest.approx(2 * np.array(MONTHS), rel=1e-12)


def test_a_typical_year_has_the_weekdays_of_2025():
    load = synthetic_load(rows(), 1.0, profile="office", annual_kwh=1e6).reshape(365, 24).sum(axis=1)
    march = load[59:90]  # 1 March 2025 is a Saturday
    assert march[[0, 1, 7, 8]].max() < 0.5 * march[2]
    assert march[2:7] == pytest.approx(march[2], rel=1e-12)


def test_schools_are_low_in_vacations_only():
    load = synthetic_load(rows(), 1.0, profile="school", annual_kwh=1e5).reshape(365, 24).sum(axis=1)
    day = {d: load[(np.datetime64(f"2025-{d}") - np.datetime64("2025-01-01")).astype(int)] for d in
           ("06-16", "07-14", "08-29", "09-01", "01-09", "01-20", "02-17")}  # fmt: skip
    assert day["07-14"] == day["08-29"] == day["01-20"] < 0.4 * day["06-16"]
    assert len({day[d] for d in ("06-16", "09-01", "01-09", "02-17")}) == 1
    flat = synthetic_load(rows(), 1.0, profile="school", annual_kwh=1e5, holidays="none").reshape(365, 24).sum(axis=1)
    assert flat[194] == flat[166]


# --- cooling ------------------------------------------------------------------------------------------------


def cooling_of(local, temp_air, percent=20.0, **options):
    """What cools: the load less all else, which keeps the shape of a load without cooling."""
    known = {"profile": "one-shift", "annual_kwh": 1e6, **options}
    with_it = synthetic_load(local, 1.0, temp_air=temp_air, cooling_percent=percent, **known)
    return with_it - (1 - percent / 100) * synthetic_load(local, 1.0, **known)


def test_cooling_follows_the_temperature():
    local = rows()
    temp_air = air(local)
    cooling = cooling_of(local, temp_air)
    assert cooling.sum() == pytest.approx(2e5, rel=1e-10)
    assert np.abs(cooling[temp_air <= 24]).max() < 1e-9
    noon = (local.astype(int) // 60 % 24 == 10) & (temp_air > 24) & (day_kinds(local, work_days="mon-sat") == 0)
    assert cooling[noon] / (temp_air[noon] - 24) == pytest.approx(cooling[noon][0] / (temp_air[noon][0] - 24))


def test_a_hotter_july_draws_more_of_the_same_energy():
    local = rows()
    july = local.astype("datetime64[M]") == np.datetime64("2025-07")
    load, hotter = (cooling_of(local, air(local) + extra * july) for extra in (0, 3))
    assert hotter[july].sum() > 1.1 * load[july].sum()
    assert hotter.sum() == pytest.approx(load.sum())


def test_gaps_in_the_temperature_are_no_cooling():
    local = rows()
    temp_air = air(local)
    gap = (local >= np.datetime64("2025-07-01")) & (local < np.datetime64("2025-07-08"))
    temp_air[gap] = np.nan
    cooling = cooling_of(local, temp_air)
    assert np.abs(cooling[gap]).max() < 1e-9
    assert cooling.sum() == pytest.approx(2e5)


def test_a_base_load_stretches_what_is_between():
    local = rows()
    load = synthetic_load(local, 1.0, profile="one-shift", annual_kwh=1e6, base_percent=40)
    assert load.min() == pytest.approx(0.4 * load.max(), rel=1e-12)
    flat = synthetic_load(local, 1.0, profile="one-shift", annual_kwh=8760, base_percent=100)
    assert flat == pytest.approx(1.0)


# --- impossible input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"profile": "bakery"}, "one-shift, two-shift"),
        ({"annual_kwh": -1.0}, "0 kWh or more"),
        ({"annual_kwh": float("nan")}, "0 kWh or more"),
        ({"annual_kwh": None}, "give one of them"),
        ({"monthly_kwh": MONTHS}, "give one of them"),
        ({"annual_kwh": None, "monthly_kwh": MONTHS[:11]}, "11 values; needed: 12"),
        ({"annual_kwh": None, "monthly_kwh": [-5.0, *MONTHS[1:]]}, "monthly_kwh holds -5"),
        ({"cooling_percent": 101.0, "temp_air": np.full(8760, 30.0)}, "0 to 100"),
        ({"cooling_percent": -1.0, "temp_air": np.full(8760, 30.0)}, "0 to 100"),
        ({"cooling_percent": 10.0}, "temp_air is not there"),
        ({"cooling_percent": 10.0, "temp_air": np.full(24, 30.0)}, "8760 rows"),
        ({"cooling_percent": 10.0, "temp_air": np.full(8760, np.nan)}, "warm enough"),
        ({"cooling_percent": 10.0, "temp_air": np.full(8760, np.inf)}, "infinite"),
        ({"base_percent": 101.0}, "0 to 100"),
        ({"work_days": "fri"}, "mon-fri"),
        ({"stop_days": 100}, "0 to 60"),
        (
            {"annual_kwh": None, "monthly_kwh": [1.0] * 12, "cooling_percent": 90.0, "temp_air": air(rows())},
            "lower cooling",
        ),
    ],
)
def test_what_cannot_be_is_refused(options, said):
    options = {"profile": "one-shift", "annual_kwh": 1e6, **options}
    with pytest.raises(PvsimError, match=said):
        synthetic_load(rows(), 1.0, **options)


@pytest.mark.parametrize(
    ("local", "step_hours", "said"),
    [
        (rows()[:0], 1.0, "zero hours"),
        (rows()[:-1], 1.0, "8759 hours"),
        (rows("2024-01-01", "2025-01-01")[:-1], 1.0, None),  # 8783 hours: still a year of 365 days
        (rows("2025-01-01", "2026-07-01"), 1.0, "year 2"),
        (rows()[::-1], 1.0, "order of time"),
        (rows(), 0.7, "part of it"),
        (rows(), 0.0, "part of it"),
        (rows(), 2.0, "part of it"),
    ],
)
def test_rows_are_whole_years_of_equal_steps(local, step_hours, said):
    if said is None:
        assert synthetic_load(local, step_hours, profile="office", annual_kwh=1.0).sum() == pytest.approx(1.0)
        return
    with pytest.raises(PvsimError, match=said):
        synthetic_load(local, step_hours, profile="office", annual_kwh=1.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nworking = [1.0]", "1 values; needed: 24"),
        ("[a]\nworking = X\nrest = X\nholiday = X\nstop = X\nreason = 'r'\nwork_days = 'all'", "must be 1"),
        ("[a]\nworking = Y\nrest = X\nholiday = X\nstop = X\nreason = 'r'\nwork_days = 'sun'", "needs a reason"),
    ],
)
def test_a_wrong_table_of_shapes_is_refused(text, said):
    text = text.replace("X", str([0.5] * 24)).replace("Y", str([1.0] * 24))
    with pytest.raises(PvsimError, match=said):
        read_profiles(text, "made up")
