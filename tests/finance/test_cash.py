"""The cash flow of a plant: by hand for three years, then the sums and effects that hold for every plant."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import pyxirr
from finance.plants import energy, project, toy, toy_energy
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.finance.cash import cash_flow, income_taxes, year_table
from pvsim.finance.policies import policy
from pvsim.finance.project import REASONS, Project, YearsEnergy

PROJECTS = st.builds(
    project,
    capex_cny_per_w=st.floats(0.5, 8),
    years=st.integers(12, 25),
    discount_rate_percent=st.floats(0, 15),
    inverter_replacement_cny_per_w=st.floats(0, 0.5),
    grant_cny=st.floats(0, 1e6),
    grant_lowers_base=st.booleans(),
    loan_share_percent=st.floats(0, 100),
    loan_rate_percent=st.floats(0, 8),
    loan_kind=st.sampled_from(["annuity", "equal-principal", "bullet"]),
    tax_losses=st.sampled_from(["company", "carry"]),
    depreciation_years=st.integers(5, 30),
    residual_percent=st.floats(0, 10),
    vat_payer=st.booleans(),
    capex_with_vat=st.booleans(),
)


# --- by hand ------------------------------------------------------------------------------------------------


def test_three_years_without_debt():
    flow = cash_flow(toy(), toy_energy())
    assert [row.year for row in flow.years] == [0, 1, 2, 3]
    assert flow.years[0].investment_cny == pytest.approx(100_000)
    for row in flow.years[1:]:
        assert row.savings_cny == pytest.approx(40_000)
        assert row.surplus_cny == pytest.approx(5_000)
        assert row.depreciation_cny == pytest.approx(25_000)
    # 45,000 - 1,000 - 25,000 = 19,000; in the last year 25,000 that were never written off go too
    assert [row.tax_cny for row in flow.years] == pytest.approx([0, 4_750, 4_750, -1_500])
    assert flow.flows == pytest.approx([-100_000, 39_250, 39_250, 45_500])
    assert [row.cumulative_cny for row in flow.years] == pytest.approx([-100_000, -60_750, -21_500, 24_000])
    assert flow.npv_cny == pytest.approx(-100_000 + 39_250 / 1.1 + 39_250 / 1.21 + 45_500 / 1.331)
    assert flow.payback_years == pytest.approx(2 + 21_500 / 45_500)
    assert flow.dscr_min is None
    costs = 100_000 + 1_000 * (1 / 1.1 + 1 / 1.21 + 1 / 1.331)
    assert flow.lcoe_cny_per_kwh == pytest.approx(costs / (50_000 * (1 / 1.1 + 1 / 1.21 + 1 / 1.331)))


def test_three_years_with_debt():
    plant = toy(loan_share_percent=50, loan_rate_percent=4, loan_years=2, loan_kind="equal-principal")
    flow = cash_flow(plant, toy_energy())
    assert [row.debt_service_cny for row in flow.years] == pytest.approx([0, 27_000, 26_000, 0])
    assert [row.loan_balance_cny for row in flow.years] == pytest.approx([50_000, 25_000, 0, 0])
    # interest of 2,000 and 1,000 lowers the tax by 500 and 250
    assert [row.tax_cny for row in flow.years] == pytest.approx([0, 4_250, 4_500, -1_500])
    assert flow.flows == pytest.approx([-50_000, 39_750 - 27_000, 39_500 - 26_000, 45_500])
    assert [row.dscr for row in flow.years] == [
        None,
        pytest.approx(39_750 / 27_000),
        pytest.approx(39_500 / 26_000),
        None,
    ]
    assert flow.dscr_min == pytest.approx(39_750 / 27_000)
    assert [row.cash_flow_cny for row in flow.project_years] == pytest.approx([-100_000, 39_250, 39_250, 45_500])


def test_a_project_of_its_own_carries_losses_forward():
    years = replace(toy_energy(), self_used_kwh=(15_000.0, 15_000.0, 95_000.0))
    company = cash_flow(toy(), years)
    carry = cash_flow(toy(tax_losses="carry"), years)
    assert [row.tax_cny for row in company.years[1:]] == pytest.approx([-1_500, -1_500, 12_250])
    assert [row.tax_cny for row in carry.years[1:]] == pytest.approx([0, 0, (49_000 - 12_000) * 0.25])


def test_a_loss_lapses_after_five_years_the_oldest_first():
    plant = toy(tax_losses="carry")
    assert income_taxes(plant, [-100, 0, 0, 0, 0, 200]) == pytest.approx([0, 0, 0, 0, 0, 25])
    assert income_taxes(plant, [-100, 0, 0, 0, 0, 0, 200]) == pytest.approx([0] * 6 + [50])
    assert income_taxes(plant, [-100, -50, 0, 0, 0, 80, 100]) == pytest.approx([0] * 6 + [12.5])


def test_three_free_and_three_half_years():
    plant = toy(owner="investor", three_free_three_half=True, tax_losses="carry")
    assert income_taxes(plant, [100] * 8) == pytest.approx([0, 0, 0, 12.5, 12.5, 12.5, 25, 25])
    with pytest.raises(UsageError, match=r"built and uses; only for an investor.*Caishui \[2008\] 46"):
        toy(three_free_three_half=True)


def test_vat_divides_both_sides_of_a_general_taxpayer():
    payer, other = toy(), toy(vat_payer=False)
    assert (payer.investment_cny, other.investment_cny) == pytest.approx((100_000, 113_000))
    assert toy(capex_with_vat=False).investment_cny == pytest.approx(113_000)
    assert toy(capex_with_vat=False, vat_payer=False).investment_cny == pytest.approx(113_000 * 1.13)
    row = cash_flow(other, toy_energy()).years[1]
    assert (row.savings_cny, row.surplus_cny) == pytest.approx((45_200, 5_650))


def test_a_grant_that_lowers_the_base_gives_up_its_depreciation():
    bare, granted, taxed = (
        cash_flow(toy(depreciation_years=3, **changes), toy_energy())
        for changes in ({}, {"grant_cny": 30_000}, {"grant_cny": 30_000, "grant_lowers_base": False})
    )
    gain = [a - b for a, b in zip(granted.flows, bare.flows, strict=True)]
    assert gain == pytest.approx([30_000, -2_500, -2_500, -2_500])
    gain = [a - b for a, b in zip(taxed.flows, bare.flows, strict=True)]
    assert gain == pytest.approx([30_000, -7_500, 0, 0])


def test_a_grant_per_kwh_is_income_of_its_years():
    bare = cash_flow(toy(), toy_energy())
    granted = cash_flow(toy(grant_cny_per_kwh=0.1, grant_years=2), toy_energy())
    assert [row.grant_cny for row in granted.years] == pytest.approx([0, 5_000, 5_000, 0])
    assert granted.flows[1] - bare.flows[1] == pytest.approx(5_000 * 0.75)


def test_scrap_is_paid_in_the_last_year_and_taxed_above_its_book_value():
    plant = toy(residual_percent=10, depreciation_years=3)
    last = cash_flow(plant, toy_energy()).years[-1]
    assert (last.residual_cny, last.depreciation_cny) == pytest.approx((10_000, 30_000))
    assert last.tax_cny == pytest.approx((44_000 - 30_000) * 0.25)  # booked at 10,000, sold at 10,000
    granted = cash_flow(replace(plant, grant_cny=100_000.0), toy_energy()).years[-1]
    assert granted.tax_cny == pytest.approx((44_000 + 10_000) * 0.25)  # nothing was booked


def test_prices_and_costs_grow_from_the_second_year():
    plant = toy(tariff_growth_percent=10, surplus_growth_percent=-10, opex_growth_percent=20)
    rows = cash_flow(plant, toy_energy()).years[1:]
    assert [row.savings_cny for row in rows] == pytest.approx([40_000, 44_000, 48_400])
    assert [row.surplus_cny for row in rows] == pytest.approx([5_000, 4_500, 4_050])
    assert [row.opex_cny for row in rows] == pytest.approx([1_000, 1_200, 1_440])


def test_replacements_are_paid_in_their_years():
    plant = toy(inverter_replacement_cny_per_w=1.13, inverter_replacement_years=(2, 9))
    bare, replaced = cash_flow(toy(), toy_energy()), cash_flow(plant, toy_energy())
    assert [row.replacement_cny for row in replaced.years] == pytest.approx([0, 0, 1_000, 0])
    assert replaced.flows[2] - bare.flows[2] == pytest.approx(-750)


# --- what holds for every plant -----------------------------------------------------------------------------


@given(PROJECTS)
def test_the_table_adds_up(plant):
    flow = cash_flow(plant, energy())
    size = plant.investment_cny
    assert len(flow.years) == plant.years + 1
    rate = plant.discount_rate_percent / 100
    assert flow.npv_cny == pytest.approx(
        sum(row.cash_flow_cny / (1 + rate) ** row.year for row in flow.years), abs=1e-9 * size
    )
    for row in flow.years:
        assert row.revenue_cny == row.savings_cny + row.surplus_cny
        assert row.debt_service_cny == pytest.approx(row.interest_cny + row.principal_cny)
        parts = row.self_used_kwh + row.exported_kwh + row.curtailed_kwh + row.storage_losses_kwh
        assert row.kwh == pytest.approx(parts, rel=1e-12)
        made = row.revenue_cny + row.grant_cny + row.loan_cny + row.residual_cny
        spent = row.opex_cny + row.replacement_cny + row.tax_cny + row.debt_service_cny + row.investment_cny
        assert row.cash_flow_cny == pytest.approx(made - spent, abs=1e-9 * size)
    if flow.irr_status == "unique" and plant.loan_share_percent < 90:
        assert pyxirr.npv(flow.irr, flow.flows) == pytest.approx(0, abs=1e-6 * size)


@given(PROJECTS)
def test_depreciation_scrap_and_book_value_are_the_base(plant):
    rows = year_table(plant, energy())
    written = math.fsum(row.depreciation_cny for row in rows)
    share = min(plant.years, plant.depreciation_years) / plant.depreciation_years
    base = plant.depreciation_base_cny
    assert written == pytest.approx(base * (1 - plant.residual_percent / 100) * share, rel=1e-9)
    assert all(row.depreciation_cny == 0 for row in rows if row.year == 0 or row.year > plant.depreciation_years)


@given(PROJECTS.filter(lambda plant: plant.tax_losses == "company"))
def test_tax_over_the_life_is_the_rate_of_the_gain(plant):
    """Every yuan that comes or goes but for debt principal is taxed once, whenever it is."""
    rows = year_table(plant, energy())
    grant = 0.0 if plant.grant_lowers_base else plant.grant_cny
    gain = math.fsum(
        row.revenue_cny + row.residual_cny - row.opex_cny - row.replacement_cny - row.interest_cny for row in rows
    )
    gain += grant - plant.depreciation_base_cny
    tax = math.fsum(row.tax_cny for row in rows)
    assert tax == pytest.approx(gain * plant.income_tax_percent / 100, abs=1e-9 * plant.investment_cny)


@given(PROJECTS.filter(lambda plant: plant.tax_losses == "carry"))
def test_carried_losses_never_make_tax_negative_nor_smaller_than_in_a_company(plant):
    carried, company = (year_table(replace(plant, tax_losses=kind), energy()) for kind in ("carry", "company"))
    assert all(row.tax_cny >= 0 for row in carried)
    assert sum(r.tax_cny for r in carried) >= sum(r.tax_cny for r in company) - 1e-6


@given(PROJECTS)
def test_the_loan_at_the_discount_rate_is_worth_its_tax(plant):
    """Borrowing at the rate at which one discounts gains nothing but the tax on its interest."""
    plant = replace(plant, loan_rate_percent=plant.discount_rate_percent, tax_losses="company")
    flow = cash_flow(plant, energy())
    rate = plant.discount_rate_percent / 100
    shield = math.fsum(0.25 * row.interest_cny / (1 + rate) ** row.year for row in flow.years)
    assert flow.npv_cny - flow.project_npv_cny == pytest.approx(shield, abs=1e-8 * plant.investment_cny)


def test_the_reference_plant_pays():
    flow = cash_flow(project(), energy())
    assert flow.irr_status == "unique"
    assert flow.irr == pytest.approx(pyxirr.irr(flow.flows), abs=1e-9)
    assert 0.05 < flow.irr < 0.15
    assert 7 < flow.payback_years < 12 < flow.discounted_payback_years
    assert 0.3 < flow.lcoe_cny_per_kwh < 0.5


def test_a_plant_that_never_pays_says_so():
    flow = cash_flow(project(capex_cny_per_w=300.0), energy())
    assert flow.npv_cny < 0
    assert flow.payback_years is None and flow.discounted_payback_years is None


def test_a_plant_without_energy_has_no_lcoe():
    nothing = energy(self_used_kwh=[0.0] * 25, exported_kwh=[0.0] * 25)
    flow = cash_flow(project(), nothing)
    assert flow.lcoe_cny_per_kwh is None and flow.lcoe_real_cny_per_kwh is None


def test_real_lcoe_is_below_the_nominal_one_under_inflation():
    flow = cash_flow(project(inflation_percent=2.0), energy())
    assert flow.lcoe_real_cny_per_kwh < flow.lcoe_cny_per_kwh
    assert cash_flow(project(), energy()).lcoe_real_cny_per_kwh == pytest.approx(flow.lcoe_cny_per_kwh)


def test_the_document_has_the_keys_of_the_contract():
    document = cash_flow(project(), energy()).to_dict()
    assert set(document) >= {
        "npv_cny", "irr", "irr_status", "payback_years", "lcoe_cny_per_kwh", "dscr_min",
        "discount_rate_percent", "years",
    }  # fmt: skip
    assert set(document["years"][0]) >= {
        "year", "kwh", "self_used_kwh", "exported_kwh", "curtailed_kwh", "storage_losses_kwh", "revenue_cny",
        "opex_cny", "tax_cny", "debt_service_cny", "cash_flow_cny", "dscr",
    }  # fmt: skip
    assert [row["year"] for row in document["years"]] == list(range(26))


# --- inputs -------------------------------------------------------------------------------------------------


def test_the_defaults_are_those_of_the_table_of_policies():
    plant = project()
    assert plant.vat_percent == policy("vat-rate").value
    assert plant.vat_factor == pytest.approx(policy("vat-divisor").value)
    assert plant.income_tax_percent == policy("income-tax-rate").value
    assert plant.depreciation_years == policy("depreciation-years").value
    assert plant.residual_percent == policy("depreciation-residual").value
    assert set(REASONS) <= set(Project.__dataclass_fields__)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dc_kwp": 0.0}, "a plant has some power"),
        ({"capex_cny_per_w": -1.0}, "capex_cny_per_w is -1"),
        ({"capex_cny_per_w": math.nan}, "capex_cny_per_w is nan"),
        ({"discount_rate_percent": -100.0}, "discount_rate_percent is -100"),
        ({"loan_share_percent": 101.0}, "allowed are 0 to 100"),
        ({"years": 0}, "years is 0"),
        ({"depreciation_years": 0}, "depreciation_years is 0"),
        ({"grant_years": 1.5}, "whole years"),
        ({"tax_losses": "never"}, "valid: company, carry"),
        ({"grant_cny": 1e9}, "more than the investment"),
        ({"loan_kind": "balloon"}, "no kind of loan"),
    ],
)
def test_a_project_that_cannot_be_is_refused(changes, said):
    with pytest.raises(UsageError, match=said):
        project(**changes)


def test_energy_is_arrays_or_numbers_of_one_length():
    years = energy(3, curtailed_kwh=np.array([1.0, 2.0, 3.0]))
    assert years.curtailed_kwh == (1.0, 2.0, 3.0)
    assert years.surplus_price_cny_per_kwh == (0.3964,) * 3
    assert years.scaled(0.5).self_used_kwh == tuple(0.5 * v for v in years.self_used_kwh)
    assert years.scaled(0.5).self_use_price_cny_per_kwh == years.self_use_price_cny_per_kwh
    with pytest.raises(UsageError, match="one length"):
        energy(3, exported_kwh=[1.0])
    with pytest.raises(UsageError, match="exported_kwh holds -1"):
        energy(1, exported_kwh=[-1.0])
    assert YearsEnergy.of(
        self_used_kwh=[1.0], exported_kwh=[1.0], self_use_price_cny_per_kwh=0.5, surplus_price_cny_per_kwh=-0.1
    )  # market prices can be negative


def test_tables_need_every_year():
    with pytest.raises(UsageError, match="energy of 24 years for a table of 25"):
        cash_flow(project(), energy(24))
    with pytest.raises(UsageError, match="further costs of 1 years"):
        cash_flow(project(), energy(), [5.0])
    with pytest.raises(UsageError, match="outlives"):
        cash_flow(project(years=5, loan_share_percent=50.0), energy())
