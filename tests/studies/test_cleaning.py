"""What a cleaning is worth: the year with and without it."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from cases import SITE

import pvsim
from pvsim.scenario.reader import from_dict
from pvsim.studies.cleaning import worth_of_cleaning

JANUARY, JULY = datetime.date(2025, 1, 16), datetime.date(2025, 7, 1)
DUST = {"soiling_percent_per_day": 0.2, "soiling_grace_days": 3, "cleaning_rain_mm": 12.0}
MONEY = {
    "load": {"annual_kwh": 5e5},
    "tariff": {"price_cny_per_kwh": 0.62, "surplus_price_cny_per_kwh": 0.4},
}


def run(dates=(), **tables) -> pvsim.Result:
    losses = DUST | ({"cleaning_dates": list(dates)} if dates else {})
    return pvsim.simulate(from_dict({"site": SITE, "roof": [{"panels": 1000}], "losses": losses} | tables))


def test_a_cleaning_is_worth_the_difference_to_the_year_without_it():
    both, january, july = run((JANUARY, JULY)), run((JANUARY,)), run((JULY,))
    first, second = both.to_dict()["cleaning"]["dates"]
    assert (first["date"], second["date"]) == ("2025-01-16", "2025-07-01")
    assert first["kwh"] == pytest.approx(both.annual_kwh - july.annual_kwh, abs=1e-6)
    assert second["kwh"] == pytest.approx(both.annual_kwh - january.annual_kwh, abs=1e-6)
    assert first["value_cny"] is None, "without a tariff nothing is worth anything"
    assert first["kwh"] > second["kwh"] > 0, "the dry winter is dirty, the wet summer is not"


def test_its_worth_in_money_lies_between_the_two_prices():
    found = run((JANUARY,), **MONEY).to_dict()["cleaning"]
    one = found["dates"][0]
    assert 0.4 <= one["value_cny"] / one["kwh"] <= 0.62
    assert found["best"]["kwh"] > 0
    assert found["best"]["value_cny"] > 0


def test_the_best_further_cleaning_is_the_best_of_all():
    bare = run()
    best = bare.to_dict()["cleaning"]["best"]
    assert bare.to_dict()["cleaning"]["dates"] == []
    day = datetime.date.fromisoformat(best["date"])
    assert run((day,)).annual_kwh - bare.annual_kwh == pytest.approx(best["kwh"], abs=1e-6)
    for month in range(1, 13):
        for d in (1, 16):
            gain = run((datetime.date(2025, month, d),)).annual_kwh - bare.annual_kwh
            # told apart by the light that dirt leaves, which clipping may weigh a little differently
            assert gain <= best["kwh"] * 1.001


def test_where_dirt_does_not_grow_there_is_no_block():
    plain = pvsim.simulate(from_dict({"site": SITE, "roof": [{"panels": 10}]}))
    assert plain.cleaning is None
    assert "cleaning" not in plain.to_dict()


def test_the_share_that_dirt_takes_against_a_hand_count():
    energy = np.array([9.0, 8.0, 10.0])

    def dirt(dates):
        return np.array([0.1, 0.2, 0.0]) if not dates else np.zeros(3)

    def outcome(dates):
        return float((np.array([10.0, 10.0, 10.0]) * (1 - dirt(dates))).sum()), None

    found = worth_of_cleaning((), outcome, dirt, energy, (2025,))
    assert found.energy_lost_percent == pytest.approx(10.0)
    assert found.best is not None
    assert found.best.kwh == pytest.approx(3.0)
    assert worth_of_cleaning((), outcome, dirt, energy, (2024, 2025)).best is None, "of several years none is the one"
