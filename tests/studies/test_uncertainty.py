"""The budget: published sums, ordering, and what averages out."""

from __future__ import annotations

import pytest
from cases import scenario
from hypothesis import given
from hypothesis import strategies as st

import pvsim
from pvsim.studies.uncertainty import Budget, Part, Spread


def test_default_budget_comes_to_the_published_figures():
    budget = pvsim.simulate(scenario()).budget
    assert budget.sigma_percent() == pytest.approx(9.6, abs=0.05)
    assert budget.sigma_percent(25) == pytest.approx(7.6, abs=0.05)
    assert budget.one_year(100).exceeded_with(0.9) == pytest.approx(88, abs=0.5)
    assert budget.long_term(100).exceeded_with(0.9) == pytest.approx(90, abs=0.5)
    # one standard normal quartile, from a table
    assert budget.one_year(100).to_dict()["p75_kwh"] == pytest.approx(100 - 0.67449 * budget.sigma_percent())
    assert budget.long_term(100).sigma_percent == budget.sigma_percent(25)


def test_largest_part_is_the_resource_and_it_does_not_average_out():
    parts = pvsim.simulate(scenario()).budget.parts
    largest = max(parts, key=lambda p: p.sigma_percent)
    assert largest.name == "resource level"
    assert [p.name for p in parts if p.averages_out] == ["interannual weather"]
    assert all(p.source for p in parts)


def test_budget_of_the_scenario_is_used():
    told = {"resource_level_percent": 3.0, "interannual_percent": 4.0, "model_percent": 0.0, "losses_percent": 0.0}
    result = pvsim.simulate(scenario(uncertainty=told))
    assert result.budget.sigma_percent() == pytest.approx(5.0)
    assert result.budget.parts[0].source == "given in the scenario"


@given(kwh=st.floats(0, 1e10), sigma=st.floats(0, 60))
def test_percentiles_are_ordered_and_p50_is_the_simulated_value(kwh, sigma):
    found = Spread(kwh, sigma).to_dict()
    assert found["p50_kwh"] == kwh
    assert found["p50_kwh"] >= found["p75_kwh"] >= found["p90_kwh"] >= found["p99_kwh"] >= 0


def test_without_spread_every_percentile_is_the_same():
    assert set(Spread(5.0, 0.0).to_dict().values()) == {5.0, 0.0}


@given(years=st.integers(1, 100), sigma=st.floats(0.1, 20))
def test_more_years_never_make_it_less_sure(years, sigma):
    budget = Budget((Part("level", 5.0, "x"), Part("weather", sigma, "x", averages_out=True)))
    assert budget.sigma_percent(years + 1) < budget.sigma_percent(years)
    assert budget.sigma_percent(years) > 5.0
