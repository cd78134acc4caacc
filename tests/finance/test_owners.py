"""Who owns the plant: money between the sides makes none; and what a programme is worth."""

from __future__ import annotations

from dataclasses import replace

import pytest
from finance.plants import energy, project, toy, toy_energy
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.finance.owners import epc, own, roof_rent
from pvsim.finance.programme import programme_value

LOAN = {"loan_share_percent": 70.0, "loan_rate_percent": 2.85, "tariff_growth_percent": 1.5}


def test_a_contract_without_discount_is_the_plant_of_ones_own():
    plant = project(**LOAN)
    sides = epc(plant, energy(), 0)
    assert sides.owner == own(plant, energy()).owner
    assert sides.host_npv_cny == 0
    assert all(row.cash_flow_cny == 0 for row in sides.host)


@given(st.floats(0, 100))
def test_host_and_investor_together_have_what_an_owner_has(discount):
    plant = project(**LOAN)
    sides, alone = epc(plant, energy(), discount), own(plant, energy())
    assert sides.flows == pytest.approx(alone.flows, abs=1e-3)
    assert sides.owner.npv_cny + sides.host_npv_cny == pytest.approx(alone.owner.npv_cny, abs=1e-2)
    assert alone.flows == alone.owner.flows


def test_the_host_saves_the_discount_after_tax():
    host = epc(toy(), toy_energy(), 10).host
    assert [row.year for row in host] == [0, 1, 2, 3]
    assert host[1].savings_cny == pytest.approx(4_000)
    assert host[1].cash_flow_cny == pytest.approx(3_000)
    assert epc(toy(), toy_energy(), 10, host_income_tax_percent=15).host[1].cash_flow_cny == pytest.approx(3_400)
    assert epc(toy(), toy_energy(), 10, host_discount_rate_percent=0).host_npv_cny == pytest.approx(9_000)


def test_rent_is_a_cost_of_one_and_income_of_the_other():
    plant = project()
    rented = roof_rent(plant, energy(), rent_cny_per_m2_year=5, area_m2=20_000, rent_growth_percent=2, sale="host")
    assert rented.host[1].rent_cny == pytest.approx(100_000)
    assert rented.host[2].rent_cny == pytest.approx(102_000)
    assert rented.owner.years[1].opex_cny == pytest.approx(3600 * 40 + 100_000)
    assert rented.flows == pytest.approx(own(plant, energy()).flows, abs=1e-3)
    per_kw = roof_rent(plant, energy(), rent_cny_per_kw_year=100_000 / 3600, sale="host")
    assert per_kw.host[1].rent_cny == pytest.approx(100_000)


def test_a_rented_roof_with_discount_is_a_contract_with_rent():
    plant = project()
    rented = roof_rent(plant, energy(), rent_cny_per_kw_year=10, sale="host", discount_percent=15)
    contract = epc(plant, energy(), 15)
    assert [r.savings_cny for r in rented.host] == pytest.approx([r.savings_cny for r in contract.host])
    assert rented.flows == pytest.approx(contract.flows, abs=1e-3)


def test_a_roof_that_sells_to_the_grid_uses_nothing_itself():
    rented = roof_rent(project(), energy(), rent_cny_per_kw_year=10)
    row = rented.owner.years[1]
    assert (row.self_used_kwh, row.savings_cny) == (0, 0)
    assert row.exported_kwh == pytest.approx(2.7e6)
    assert row.surplus_cny == pytest.approx(2.7e6 * 0.3964 / 1.13)
    assert rented.host[1].savings_cny == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "one way"),
        ({"rent_cny_per_kw_year": 1, "rent_cny_per_m2_year": 1}, "one way"),
        ({"rent_cny_per_m2_year": 1}, "needs area_m2"),
        ({"rent_cny_per_kw_year": -1}, "amounts from 0"),
        ({"rent_cny_per_kw_year": 1, "discount_percent": 5}, "sold to the host"),
        ({"rent_cny_per_kw_year": 1, "sale": "neighbour"}, "valid: grid, host"),
        ({"rent_cny_per_kw_year": 1, "sale": "host", "discount_percent": 101}, "allowed are 0 to 100"),
    ],
)
def test_a_rent_that_cannot_be_is_refused(changes, said):
    with pytest.raises(UsageError, match=said):
        roof_rent(project(), energy(), **changes)


# --- the programme ------------------------------------------------------------------------------------------

PROGRAMME = project(grant_cny=1e6, loan_share_percent=70.0, loan_rate_percent=2.85)


def test_a_programme_is_worth_its_grant_and_its_loan():
    values = programme_value(PROGRAMME, energy(), 4.5)
    assert list(values) == ["P50", "P90"]
    for value in values.values():
        assert 0 < value.grant_value_cny < 1e6
        assert value.loan_value_cny > 0
        # taxes are linear in a company, so the parts add up
        assert value.programme_value_cny == pytest.approx(value.grant_value_cny + value.loan_value_cny, abs=1e-2)
    assert values["P90"].programme.npv_cny < values["P50"].programme.npv_cny
    assert values["P90"].programme.years[1].kwh == pytest.approx(0.9 * 2.7e6)


def test_the_grant_loses_the_tax_on_its_depreciation():
    value = programme_value(PROGRAMME, energy(), 4.5)["P50"]
    # 95 % of it would have been written off over 20 years, and 5 % in the last
    lost = 0.25 * 1e6 * (sum(0.95 / 20 / 1.06**year for year in range(1, 21)) + 0.05 / 1.06**25)
    assert value.grant_value_cny == pytest.approx(1e6 - lost)


def test_a_subsidy_of_the_interest_is_part_of_the_programme():
    subsidised = replace(PROGRAMME, loan_subsidy_percent=1.0, loan_subsidy_years=3)
    more = programme_value(subsidised, energy(), 4.5)["P50"].loan_value_cny
    assert more > programme_value(PROGRAMME, energy(), 4.5)["P50"].loan_value_cny


def test_a_programme_at_the_market_rate_and_without_grant_is_worth_nothing():
    value = programme_value(replace(PROGRAMME, grant_cny=0.0), energy(), 2.85)["P50"]
    assert value.programme_value_cny == 0
    assert not value.tips_the_balance


def test_a_programme_can_tip_the_balance():
    alone = programme_value(PROGRAMME, energy(), 4.5)["P50"].without_both
    assert alone.npv_cny > 0
    assert not programme_value(PROGRAMME, energy(), 4.5)["P50"].tips_the_balance
    dear = next(
        value
        for capex in (3.6, 3.8, 4.0, 4.2, 4.4, 4.6, 4.8, 5.0, 5.2)
        if (value := programme_value(replace(PROGRAMME, capex_cny_per_w=capex), energy(), 4.5)["P50"]).tips_the_balance
    )
    assert dear.without_both.npv_cny < 0 <= dear.programme.npv_cny


def test_a_programme_that_cannot_be_is_refused():
    with pytest.raises(UsageError, match="below the programme's"):
        programme_value(PROGRAMME, energy(), 2.0)
    with pytest.raises(UsageError, match="above 0"):
        programme_value(PROGRAMME, energy(), 4.5, {"P99": 0.0})
