"""Measures of yearly flows: closed forms, pyxirr as witness, and the cases in which there is no answer."""

from __future__ import annotations

import math

import pytest
import pyxirr
from hypothesis import assume, given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.finance.measures import dscr, irr, lcoe_nominal, lcoe_real, npv, payback

MONEY = st.floats(-1e8, 1e8).map(lambda x: round(x, 2))
FLOWS = st.lists(MONEY, min_size=2, max_size=31)
PLANTS = st.tuples(st.floats(1e3, 1e8), st.lists(st.floats(1, 1e8), min_size=1, max_size=40))


def test_npv_of_a_perpetuity_is_the_flow_over_the_rate():
    assert npv(0.08, [0.0, *[8.0] * 1000]) == pytest.approx(100, rel=1e-12)
    assert npv(0.08, [0.0, *[8.0] * 25]) == pytest.approx(100 * (1 - 1.08**-25), rel=1e-12)
    assert npv(0, [-100, 60, 60]) == 20


@given(st.floats(-0.5, 2), FLOWS)
def test_npv_is_that_of_pyxirr(rate, flows):
    size = sum(abs(flow) / (1 + rate) ** year for year, flow in enumerate(flows))
    # pyxirr's npv starts at year 0 unless told otherwise
    assert npv(rate, flows) == pytest.approx(pyxirr.npv(rate, flows, start_from_zero=True), rel=1e-9, abs=1e-9 * size)


@given(PLANTS)
def test_irr_of_a_plant_is_that_of_pyxirr(plant):
    flows = [-plant[0], *plant[1]]
    value, status = irr(flows)
    if sum(flow / 0.01**year for year, flow in enumerate(flows)) <= 0:
        assert (value, status) == (None, "none")  # below -99 %
        return
    if npv(10, flows) > 0:
        assert (value, status) == (None, "none")  # above 1000 %
        return
    assert status == "unique"
    witness = pyxirr.irr(flows)
    assume(witness is not None)
    assert value == pytest.approx(witness, abs=1e-9)


@given(st.floats(-0.6, 5), st.lists(st.floats(1, 1e6), min_size=1, max_size=30))
def test_irr_finds_the_rate_that_flows_were_made_with(rate, later):
    invested = math.fsum(flow / (1 + rate) ** year for year, flow in enumerate(later, start=1))
    value, status = irr([-invested, *later])
    assert status == "unique"
    assert value == pytest.approx(rate, abs=1e-8 * (1 + rate))


@given(FLOWS)
def test_npv_at_the_irr_is_nothing(flows):
    value, status = irr(flows)
    assert (value is None) == (status != "unique")
    if value is not None:
        size = sum(abs(flow) / (1 + value) ** year for year, flow in enumerate(flows))
        assert abs(npv(value, flows)) <= 1e-9 * size


@given(FLOWS, st.floats(1e-3, 1e3))
def test_irr_has_no_currency_and_no_sign(flows, factor):
    value, status = irr(flows)
    for other in ([flow * factor for flow in flows], [-flow for flow in flows]):
        assert irr(other)[1] == status
        if value is not None:
            assert irr(other)[0] == pytest.approx(value, abs=1e-8)


def product(*rates: float) -> list[float]:
    """Flows whose rates of return are these."""
    flows = [-1.0]
    for rate in rates:
        flows = [a - (1 + rate) * b for a, b in zip([*flows, 0.0], [0.0, *flows], strict=True)]
    return flows


def test_two_rates_are_none_to_give():
    assert irr([-100, 230, -132]) == (None, "not-unique")
    assert npv(0.1, [-100, 230, -132]) == pytest.approx(0, abs=1e-12)
    assert npv(0.2, [-100, 230, -132]) == pytest.approx(0, abs=1e-12)
    assert irr(product(0.05, 0.051)) == (None, "not-unique")
    assert irr(product(-0.9, 0.3, 4.0)) == (None, "not-unique")


def test_a_rate_that_npv_only_touches_counts_twice():
    assert irr([-100, 220, -121]) == (None, "not-unique")


@pytest.mark.parametrize("rate", [-0.95, -0.5, 0.0, 0.07, 1.0, 9.5])
def test_one_rate_within_reach_counts_where_others_are_not(rate):
    value, status = irr(product(rate, 20.0))
    assert status == "unique"
    assert value == pytest.approx(rate, abs=1e-9)


@pytest.mark.parametrize(
    "flows",
    [
        [0.0, 0.0, 0.0],
        [0.0],
        [-100, -5, -5],
        [100, 5, 5],
        [-100, 0, 0, 0],
        [-100, 150, -100],  # two changes of sign, complex roots
        [-1, 1e6],  # above 1000 %
        [-100, 0.5],  # below -99 %
    ],
)
def test_flows_without_a_rate_have_none(flows):
    assert irr(flows) == (None, "none")


def test_a_replacement_that_changes_the_sign_leaves_one_rate():
    flows = [-1000.0, *[120.0] * 12, -300.0, *[120.0] * 12]
    value, status = irr(flows)
    assert status == "unique"
    assert value == pytest.approx(pyxirr.irr(flows), abs=1e-9)


@pytest.mark.parametrize("flows", [[], [math.nan, 1], [-1, math.inf], [[1.0], [2.0]]])
def test_flows_that_are_none_are_refused(flows):
    for measure in (irr, lambda f: npv(0.05, f)):
        with pytest.raises(UsageError, match="finite numbers"):
            measure(flows)


@pytest.mark.parametrize("rate", [-1, -2, math.nan, math.inf])
def test_a_rate_of_minus_one_is_refused(rate):
    with pytest.raises(UsageError, match="above -1"):
        npv(rate, [1, 2])


def test_payback_within_the_year():
    assert payback([-100, 40, 40, 40]) == pytest.approx(2.5)
    assert payback([-100, 110, 110], 0.1) == pytest.approx(1)
    assert payback([-100, 0, 121], 0.1) == pytest.approx(2)
    assert payback([-100, 10, 10]) is None
    assert payback([5, 10]) == 0
    assert payback([0, 0]) == 0


def test_payback_is_the_last_one_where_a_replacement_takes_it_back():
    assert payback([-100, 110, -30, 40]) == pytest.approx(2.5)
    assert payback([-100, 110, -30]) is None


@given(PLANTS, st.floats(0, 0.3))
def test_discounting_never_pays_back_sooner(plant, rate):
    flows = [-plant[0], *plant[1]]
    plain, discounted = payback(flows), payback(flows, rate)
    assert discounted is None or (plain is not None and plain <= discounted + 1e-9)


def test_lcoe_of_constant_energy_is_the_annuity_of_its_costs():
    costs, kwh = [1000.0, *[20.0] * 25], [0.0, *[500.0] * 25]
    yearly = 1000 * 0.06 / (1 - 1.06**-25) + 20
    assert lcoe_nominal(costs, kwh, 0.06) == pytest.approx(yearly / 500, rel=1e-12)
    assert lcoe_nominal(costs, kwh, 0.0) == pytest.approx((1000 + 25 * 20) / (25 * 500))


def test_real_lcoe_is_a_price_that_rises_with_inflation():
    costs, kwh = [1000.0, *[20.0] * 25], [0.0, *[500.0] * 25]
    real = lcoe_real(costs, kwh, 0.06, 0.02)
    assert real < lcoe_nominal(costs, kwh, 0.06)
    assert real == pytest.approx(lcoe_nominal(costs, [k * 1.02**t for t, k in enumerate(kwh)], 0.06), rel=1e-12)
    sales = [real * k * 1.02**t for t, k in enumerate(kwh)]
    assert npv(0.06, sales) == pytest.approx(npv(0.06, costs), rel=1e-12)


def test_lcoe_refuses_what_has_none():
    with pytest.raises(UsageError, match="no energy"):
        lcoe_nominal([1, 1], [0, 0], 0.05)
    with pytest.raises(UsageError, match="start with year 0"):
        lcoe_nominal([1, 1], [1], 0.05)
    with pytest.raises(UsageError, match="inflation"):
        lcoe_real([1, 1], [0, 1], 0.05, -1)


def test_dscr_is_none_where_nothing_is_due():
    assert dscr([100, 150, 80], [0, 100, 100]) == (None, 1.5, 0.8)
