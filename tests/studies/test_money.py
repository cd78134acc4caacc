"""What the plant is worth and what the rules say of it, each number worked out a second time."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pytest
from cases import SITE, scenario
from hypothesis import given, settings
from hypothesis import strategies as st

import pvsim
from pvsim.cli import run
from pvsim.energy.balance import balance
from pvsim.studies.use import aged, at_size

LOAD = {"annual_kwh": 60e3}
FLAT = {"price_cny_per_kwh": 0.7, "surplus_price_cny_per_kwh": 0.3}
STORE = {"capacity_kwh": 60.0, "power_kw": 20.0}
PERIODS = [
    {"name": "peak", "hours": ["11-17", "20-22"], "price_cny_per_kwh": 1.0},
    {"name": "valley", "hours": ["22-6"], "price_cny_per_kwh": 0.3, "surplus_price_cny_per_kwh": 0.1},
]
USED = ("self_used_kwh", "exported_kwh", "curtailed_kwh", "storage_losses_kwh")


def result_of(*roofs, **tables):
    return pvsim.simulate(scenario(*roofs, **({"load": LOAD, "tariff": FLAT, "finance": {}} | tables)))


def money(*roofs, **tables) -> dict:
    return result_of(*roofs, **tables).to_dict()["finance"]


def column(finance: dict, name: str) -> np.ndarray:
    return np.array([row[name] for row in finance["years"]])


def worth(flows: np.ndarray, rate_percent: float) -> float:
    return float(sum(c / (1 + rate_percent / 100) ** year for year, c in enumerate(flows)))


# --- the table of years ----------------------------------------------------------------------------------------

finances = st.fixed_dictionaries(
    {},
    optional={
        "capex_cny_per_w": st.floats(1, 6),
        "loan_share_percent": st.sampled_from([0.0, 50.0, 100.0]),
        "loan_kind": st.sampled_from(["annuity", "equal-principal", "bullet"]),
        "loan_years": st.integers(3, 20),
        "loan_grace_years": st.integers(0, 2),
        "grant_cny": st.floats(0, 2e4),
        "discount_rate_percent": st.floats(0, 15),
        "years": st.integers(3, 40),
        "vat_percent": st.sampled_from([0.0, 13.0]),
        "tariff_growth_percent": st.floats(-3, 5),
        "inverter_replacement_year": st.sampled_from([0, 5, 13, 50]),
    },
).filter(lambda f: not f.get("loan_share_percent") or f.get("loan_years", 10) <= f.get("years", 25))


@given(
    finance=finances,
    kwh=st.floats(1e3, 1e6),
    limit=st.sampled_from([None, 0.0, 8.0]),
    store=st.booleans(),
    step=st.sampled_from([60, 60, 15]),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_table_adds_up_to_what_it_is_worth(finance, kwh, limit, store, step):
    tables = {"load": {"annual_kwh": kwh}, "site": SITE if limit is None else SITE | {"export_limit_kw": limit}}
    tables |= {
        "weather": {"step_minutes": step},
        "period": PERIODS,
        "tariff": FLAT | {"demand_charge_cny_per_kw_month": 30},
    }
    if store:
        tables |= {"storage": STORE}
        finance = finance | {"storage_capex_cny_per_kwh": 1000.0}
    result = result_of(**tables, finance=finance)
    document = result.to_dict()
    found, energy = document["finance"], document["energy"]
    years, count = found["years"], finance.get("years", 25)
    assert [row["year"] for row in years] == list(range(count + 1))
    flow = column(found, "cash_flow_cny")
    rate = finance.get("discount_rate_percent", 6.0)
    assert found["discount_rate_percent"] == rate
    assert worth(flow, rate) == pytest.approx(found["npv_cny"], abs=1e-3, rel=1e-9)
    assert np.cumsum(flow) == pytest.approx(column(found, "cumulative_cny"), abs=1e-3)
    vat = 1 + finance.get("vat_percent", 13.0) / 100
    paid = found["investment_cny"]
    capex = result.system.dc_kwp * 1000 * finance.get("capex_cny_per_w", 3.4) + (60e3 if store else 0)
    assert paid == pytest.approx(capex / vat)
    own = paid * (1 - finance.get("loan_share_percent", 0.0) / 100) - finance.get("grant_cny", 0.0)
    assert flow[0] == pytest.approx(-own)
    assert years[0]["investment_cny"] == pytest.approx(paid)
    for row in years[1:]:
        assert sum(row[name] for name in USED) == pytest.approx(row["kwh"], rel=1e-9)
        assert row["revenue_cny"] == pytest.approx(row["savings_cny"] + row["surplus_cny"])
    for name in USED:
        assert years[1][name] == pytest.approx(energy[name], rel=1e-9, abs=1e-6)
    assert years[1]["kwh"] == pytest.approx(energy["annual_kwh"], rel=1e-9)
    first = found["first_year"]
    assert years[1]["savings_cny"] == pytest.approx((first["energy_cny"] + first["demand_cny"]) / vat, abs=1e-6)
    assert years[1]["surplus_cny"] == pytest.approx(first["surplus_cny"] / vat, abs=1e-6)
    told = sum(p["exported_kwh"] * p["surplus_price_cny_per_kwh"] for p in document["use"]["periods"])
    assert first["surplus_cny"] == pytest.approx(told, rel=1e-9, abs=1e-6)
    told = sum((p["load_kwh"] - p["imported_kwh"]) * p["price_cny_per_kwh"] for p in document["use"]["periods"])
    assert first["energy_cny"] == pytest.approx(told, rel=1e-9, abs=1e-6)
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize(
    ("degradation", "ratio"),
    [
        *((0.0, ratio) for ratio in (1.0, 1.2, 1.6, 2.2)),
        *((0.5, ratio) for ratio in (1.0, 1.2, 1.6, 2.2)),
        *((2.5, ratio) for ratio in (1.0, 1.2, 1.6, 2.2)),
    ],
)
def test_the_years_are_those_of_the_lifetime_table(ratio, degradation):
    result = result_of(inverter={"dc_ac_ratio": ratio}, losses={"annual_degradation_percent": degradation})
    kwh = column(result.to_dict()["finance"], "kwh")[1:]
    told = np.array([y.annual_kwh for y in result.lifetime])
    assert np.abs(kwh / told - 1).max() < 1e-6


@pytest.mark.parametrize(
    ("tables", "ratio"),
    [
        ({}, 1.2),
        ({}, 1.6),
        ({"load": {"annual_kwh": 15e3, "profile": "office"}}, 1.2),
        ({"load": {"annual_kwh": 300e3, "profile": "continuous"}}, 1.2),
        ({"storage": STORE}, 1.2),
        ({"site": SITE | {"export_limit_kw": 8.0}}, 1.2),
        ({"site": SITE | {"export_limit_kw": 0.0}, "storage": STORE}, 1.6),
    ],
)
def test_between_the_balances_the_years_run_as_if_each_were_balanced(tables, ratio):
    finance = {"storage_capex_cny_per_kwh": 900.0} if "storage" in tables else {}
    result = result_of(**tables, finance=finance, inverter={"dc_ac_ratio": ratio})
    years = result.to_dict()["finance"]["years"][1:]
    for row, life in zip(years, result.lifetime, strict=True):
        exact = aged(result, life.factor)
        assert exact["kwh"] == pytest.approx(life.annual_kwh, rel=1e-9)
        for name in USED:
            assert abs(row[name] - exact[name]) < 1e-4 * exact["kwh"], (row["year"], name)


def test_the_price_of_self_use_is_that_of_the_hours_in_which_it_falls():
    found = result_of(period=PERIODS).to_dict()
    told = sum(p["self_used_kwh"] * p["price_cny_per_kwh"] for p in found["use"]["periods"])
    assert found["finance"]["years"][1]["savings_cny"] == pytest.approx(told / 1.13, rel=1e-9)


def test_twice_the_tariff_saves_twice():
    one, two = money(), money(tariff={"price_cny_per_kwh": 1.4, "surplus_price_cny_per_kwh": 0.3})
    assert column(two, "savings_cny") == pytest.approx(2 * column(one, "savings_cny"))
    assert column(two, "surplus_cny") == pytest.approx(column(one, "surplus_cny"))


def test_no_degradation_is_the_same_each_year():
    found = money(losses={"annual_degradation_percent": 0.0})
    assert np.ptp(column(found, "self_used_kwh")[1:]) == 0
    assert np.ptp(column(found, "exported_kwh")[1:]) < 1e-6


@pytest.mark.parametrize("years", [1, 2, 3, 40])
def test_any_number_of_years_has_its_table(years):
    found = money(finance={"years": years})
    assert len(found["years"]) == years + 1
    assert found["mean_kwh"] == pytest.approx(column(found, "kwh")[1:].mean())


def test_two_meters_are_worth_what_both_are():
    roofs = ({"name": "a", "inverter": "a", "load": "a"}, {"name": "b", "panels": 60, "inverter": "b", "load": "b"})
    loads = {"a": {"annual_kwh": 30e3}, "b": {"annual_kwh": 15e3, "profile": "office"}}
    tariff = FLAT | {"demand_charge_cny_per_kw_month": 35.0}
    both = pvsim.simulate(
        scenario(*roofs, inverters={"a": {}, "b": {}}, loads=loads, tariff=tariff, period=PERIODS, finance={})
    ).to_dict()["finance"]
    parts = [
        money({"panels": panels}, load=loads[name], tariff=tariff, period=PERIODS)
        for name, panels in (("a", 100), ("b", 60))
    ]
    for name in ("energy_cny", "demand_cny", "surplus_cny"):
        assert both["first_year"][name] == pytest.approx(sum(p["first_year"][name] for p in parts), rel=1e-9)
    assert both["investment_cny"] == pytest.approx(sum(p["investment_cny"] for p in parts))


def test_a_demand_charge_saves_the_peaks_that_pv_cuts():
    tariff = FLAT | {"demand_charge_cny_per_kw_month": 40.0}
    result = result_of(tariff=tariff)
    hourly = result.hourly
    month = hourly.index.month
    peaks = [hourly[n].groupby(month).max().sum() for n in ("load_kw", "imported_kw")]
    found = result.to_dict()["finance"]
    assert found["first_year"]["demand_cny"] == pytest.approx(40 * (peaks[0] - peaks[1]), rel=1e-9, abs=1e-6)
    assert found["first_year"]["energy_cny"] == pytest.approx(money()["first_year"]["energy_cny"])


# --- programme, owners -----------------------------------------------------------------------------------------

PROGRAMME = {
    "grant_cny": 15e3,
    "loan_share_percent": 70.0,
    "loan_rate_percent": 2.0,
    "market_rate_percent": 4.0,
}


def test_grant_and_loan_are_worth_what_the_programme_says():
    with_both, found = money(finance=PROGRAMME), money(finance=PROGRAMME)["programme"]["p50"]
    dear = PROGRAMME | {"loan_rate_percent": 4.0}
    without_loan, without_grant = money(finance=dear), money(finance=PROGRAMME | {"grant_cny": 0.0})
    without = money(finance=dear | {"grant_cny": 0.0})
    assert found["npv_cny"] == pytest.approx(with_both["npv_cny"])
    assert found["grant_value_cny"] == pytest.approx(with_both["npv_cny"] - without_grant["npv_cny"])
    assert found["loan_value_cny"] == pytest.approx(with_both["npv_cny"] - without_loan["npv_cny"])
    assert found["programme_value_cny"] == pytest.approx(with_both["npv_cny"] - without["npv_cny"])
    assert found["npv_without_cny"] == pytest.approx(without["npv_cny"])
    assert min(found["grant_value_cny"], found["loan_value_cny"]) > 0


def test_a_dull_long_term_is_worth_less():
    result = result_of(finance=PROGRAMME)
    found = result.to_dict()["finance"]["programme"]
    assert found["p90"]["npv_cny"] < found["p50"]["npv_cny"]
    assert found["p90"]["dscr_min"] < found["p50"]["dscr_min"]


@pytest.mark.parametrize("way", [{}, {"period": PERIODS}])
def test_the_programme_of_a_contract_is_that_of_the_owner(way):
    found = money(finance=PROGRAMME | {"model": "epc", "epc_discount_percent": 15.0}, **way)
    assert found["programme"]["p50"]["npv_cny"] == pytest.approx(found["npv_cny"])


def test_a_wide_uncertainty_still_has_a_cash_flow():
    """The result stands with P90 at 0 as without [finance]."""
    wide = {f"{name}_percent": 50.0 for name in ("resource_level", "model", "losses")}
    result_of(uncertainty=wide, finance={}).to_dict()


def test_a_contract_gives_the_host_his_discount():
    own, found = money(), money(finance={"model": "epc", "epc_discount_percent": 15.0})
    host = found["host"]
    assert [row["year"] for row in host] == list(range(26))
    savings = column(own, "savings_cny")
    assert [row["savings_cny"] for row in host] == pytest.approx(list(0.15 * savings))
    assert column(found, "savings_cny") == pytest.approx(0.85 * savings)
    flows = np.array([row["cash_flow_cny"] for row in host])
    assert found["host_npv_cny"] == pytest.approx(worth(flows, 6.0))
    assert found["npv_cny"] + found["host_npv_cny"] == pytest.approx(own["npv_cny"])


def test_a_rented_roof_pays_its_host_by_its_area():
    result = result_of(finance={"model": "roof-rent", "roof_rent_cny_per_m2_year": 5.0})
    found = result.to_dict()["finance"]
    rent = 5.0 * result.system.module_area_m2
    assert [row["rent_cny"] for row in found["host"]] == pytest.approx([0.0] + [rent] * 25)
    assert (column(found, "self_used_kwh") == 0).all()
    assert column(found, "kwh")[1] == pytest.approx(result.annual_kwh)
    assert found["host_npv_cny"] > 0


def test_a_plant_that_its_user_owns_has_no_host():
    found = money()
    assert not found.get("host") and not found["host_npv_cny"]


# --- the surplus price by the rules ----------------------------------------------------------------------------


def on(date: str, **more) -> dict:
    return SITE | {"commissioned": datetime.date.fromisoformat(date), "region": "Chongqing"} | more


def test_an_old_plant_sells_at_the_benchmark_for_its_term():
    document = result_of(site=on("2022-06-30"), tariff={"price_cny_per_kwh": 0.7}).to_dict()
    found = document["finance"]
    prices = column(found, "surplus_cny")[1:] / column(found, "exported_kwh")[1:] * 1.13
    assert prices == pytest.approx([0.3964] * 20 + [0.0] * 5)
    assert document["rules"]["surplus_price"]["price_cny_per_kwh"] == 0.3964


AUCTION = {
    "mechanism_share_percent": 60.0,
    "mechanism_price_cny_per_kwh": 0.35,
    "mechanism_years": 12,
    "market_price_cny_per_kwh": 0.25,
}


def test_a_new_plant_sells_by_auction_and_market():
    found = money(site=on("2026-03-31"), tariff={"price_cny_per_kwh": 0.7} | AUCTION)
    prices = column(found, "surplus_cny")[1:] / column(found, "exported_kwh")[1:] * 1.13
    assert prices == pytest.approx([0.31] * 12 + [0.25] * 13)


def test_hours_that_no_period_prices_take_the_price_of_the_rules():
    """[tariff] has no surplus price, one period has: the others follow the rules."""
    noon = [{"name": "noon", "hours": ["11-14"], "surplus_price_cny_per_kwh": 0.1}]
    found = result_of(site=on("2022-06-30"), tariff={"price_cny_per_kwh": 0.7}, period=noon).to_dict()
    assert {p["name"]: p["surplus_price_cny_per_kwh"] for p in found["use"]["periods"]} == {
        "noon": 0.1,
        "other hours": 0.3964,
    }


def test_a_period_with_a_price_of_its_own_keeps_it_in_the_cash_flow():
    """One period sells at its own price, another by the rules: year 1 brings what the periods say."""
    spells = [
        {"name": "noon", "hours": ["11-14"], "surplus_price_cny_per_kwh": 0.1},
        {"name": "rest", "hours": ["14-11"]},
    ]
    found = result_of(site=on("2022-06-30"), tariff={"price_cny_per_kwh": 0.7}, period=spells).to_dict()
    told = sum(p["exported_kwh"] * p["surplus_price_cny_per_kwh"] for p in found["use"]["periods"])
    assert found["finance"]["first_year"]["surplus_cny"] == pytest.approx(told)
    assert found["finance"]["years"][1]["surplus_cny"] == pytest.approx(told / 1.13)


# --- the floor -------------------------------------------------------------------------------------------------


def test_dadukou_asks_for_a_fifth():
    rules = result_of(site=on("2026-03-31", district="Dadukou")).to_dict()["rules"]
    assert rules["floor_percent"] == 20
    assert rules["complies"] is True
    assert rules["share_percent"] > 20


@pytest.mark.parametrize("store", [None, STORE])
def test_the_share_is_that_of_the_energy(store):
    tables = {} if store is None else {"storage": store, "finance": {"storage_capex_cny_per_kwh": 900.0}}
    found = result_of(site=on("2026-03-31", district="Dadukou"), **tables).to_dict()
    assert found["rules"]["share_percent"] == pytest.approx(100 * found["energy"]["self_use_fraction"])


def test_a_large_plant_uses_everything_itself():
    roof = {"panels": 20000, "surface_tilt": 5}  # 9 MW of modules
    inverter = {"ac_power_kw": 100.0, "count": 70}
    found = result_of(roof, inverter=inverter, load={"annual_kwh": 5e6}, site=on("2026-03-31", district="Dadukou"))
    rules = found.to_dict()["rules"]
    assert found.system.ac_kw == 7000
    assert rules["floor_percent"] == 100
    assert rules["complies"] is False


@pytest.mark.parametrize("kwh", [10e3, 25e3, 60e3])
@pytest.mark.parametrize("district", ["Dadukou", "Wanzhou"])
def test_the_largest_plant_keeps_the_floor_and_a_larger_one_does_not(kwh, district):
    result = result_of(load={"annual_kwh": kwh}, site=on("2026-03-31", district=district))
    rules, kwp = result.to_dict()["rules"], result.system.dc_kwp
    share = rules["largest_kwp"] / kwp
    assert 100 * at_size(result.use, share)["self_use_fraction"] >= rules["floor_percent"]
    assert 100 * at_size(result.use, share * 1.01)["self_use_fraction"] < rules["floor_percent"]
    assert rules["complies"] == (kwp <= rules["largest_kwp"])


def test_the_largest_plant_ends_where_the_rule_of_large_plants_begins():
    """Above 6 MW a plant must use all its output, which 1.1 MW of load never can; 20 % it could."""
    result = result_of(load={"annual_kwh": 1e7, "profile": "continuous"}, site=on("2026-03-31", district="Dadukou"))
    share = 6000 / result.system.ac_kw
    assert result.to_dict()["rules"]["largest_kwp"] == pytest.approx(share * result.system.dc_kwp, rel=1e-3)
    assert 0.2 < at_size(result.use, share)["self_use_fraction"] < 1


def test_the_largest_plant_keeps_the_floor_of_its_own_size():
    """A plant above 6 MW of AC power must use all its output."""
    roof, site = {"panels": 10000, "surface_tilt": 5}, on("2026-03-31", district="Dadukou")
    result = result_of(roof, load={"annual_kwh": 4e6}, site=site)
    rules, system = result.to_dict()["rules"], result.system
    assert rules["floor_percent"] == 20
    share = rules["largest_kwp"] / system.dc_kwp
    assert share * system.ac_kw <= 6000 or at_size(result.use, share)["self_use_fraction"] > 1 - 1e-9


def test_a_plant_that_complies_is_not_larger_than_the_largest_that_does():
    store, finance = {"capacity_kwh": 200.0, "power_kw": 60.0}, {"storage_capex_cny_per_kwh": 900.0}
    site = on("2026-03-31", district="Wanzhou")  # 40 %
    result = result_of(load={"annual_kwh": 30e3}, storage=store, finance=finance, site=site)
    rules = result.to_dict()["rules"]
    assert rules["complies"] is True
    # found with the store or not at all, but not a plant that must shrink and need not
    assert rules["largest_kwp"] is None or result.system.dc_kwp <= rules["largest_kwp"] < 20 * result.system.dc_kwp


def test_no_plant_is_too_small_for_the_rules():
    site = on("2026-03-31", district="Dadukou")
    rules = result_of({"panels": 1}, module={"power_w": 40}, site=site, load={"annual_kwh": 50.0}).to_dict()["rules"]
    assert rules["floor_percent"] == 20


def test_the_last_kilowatts_bring_what_a_smaller_plant_lacks():
    def worth_of(panels: int) -> float:
        first = money({"panels": panels}, load={"annual_kwh": 500e3})["first_year"]
        return first["energy_cny"] + first["surplus_cny"]

    rules = result_of({"panels": 1000}, load={"annual_kwh": 500e3}).to_dict()["rules"]
    # 100 kWp are 222.2 panels: between what 222 and 223 bring
    assert worth_of(1000) - worth_of(778) <= rules["last_step_cny"] * (1 + 1e-9)
    assert rules["last_step_cny"] <= (worth_of(1000) - worth_of(777)) * (1 + 1e-9)
    assert result_of().to_dict()["rules"]["last_step_cny"] is None


def test_the_last_kilowatts_bring_nothing_where_nothing_may_be_exported():
    """Behind a limit of 0 more power that the load does not take is curtailed, and sold to nobody."""
    site = SITE | {"export_limit_kw": 0}
    rules = result_of({"panels": 1000}, load={"annual_kwh": 100.0}, site=site).to_dict()["rules"]
    assert rules["last_step_cny"] < 100


# --- the optimal dispatch --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tariff", [FLAT, {"price_cny_per_kwh": 0.7, "surplus_price_cny_per_kwh": 0.0}])
def test_least_cost_saves_no_less_than_self_use(tariff):
    saved = {}
    for dispatch in ("self-use", "optimal"):
        found = money(
            tariff=tariff,
            period=PERIODS,
            storage=STORE | {"dispatch": dispatch},
            finance={"storage_capex_cny_per_kwh": 900.0},
        )
        saved[dispatch] = found["first_year"]["energy_cny"] + found["first_year"]["surplus_cny"]
        for row in found["years"][1:]:
            assert sum(row[name] for name in USED) == pytest.approx(row["kwh"], rel=1e-6)
    assert saved["optimal"] >= saved["self-use"] - 0.01


@pytest.fixture(scope="module")
def shifted(tmp_path_factory):
    """One year of weather in two files of UTC stamps: from the local midnight on, and from 08:00 on."""
    weather = pvsim.simulate(scenario(site=SITE | {"altitude": 250.0})).weather
    names = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
    folder = tmp_path_factory.mktemp("utc")
    for name, first in (("midnight", 0), ("morning", 8)):
        stamps = weather.axis.local_datetime64() + np.timedelta64(first - 8, "h")
        values = np.stack([np.roll(getattr(weather, n), -first) for n in names], axis=1)
        rows = [
            f"{str(t)[:16]}+00:00,{','.join(f'{v:.4f}' for v in row)}" for t, row in zip(stamps, values, strict=True)
        ]
        (folder / f"{name}.csv").write_text(f"time,{','.join(names)}\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def read(folder, name: str, **tables):
    weather = {"source": "file", "format": "csv", "path": f"{name}.csv", "label": "start"}
    tables = {"load": LOAD, "tariff": FLAT, "period": PERIODS, "weather": weather} | tables
    return pvsim.simulate(scenario(**tables, site=SITE | {"tz": "+08:00"}, folder=folder))


def test_periods_follow_the_local_clock_wherever_the_file_begins(shifted):
    one, two = (read(shifted, name).to_dict()["use"]["periods"] for name in ("midnight", "morning"))
    for a, b in zip(one, two, strict=True):
        assert a["name"] == b["name"]
        # the load of the first morning is that of the next New Year's
        assert a["load_kwh"] == pytest.approx(b["load_kwh"], rel=1e-3)
        assert a["self_used_kwh"] == pytest.approx(b["self_used_kwh"], rel=1e-3)


def test_the_days_of_the_dispatch_break_at_midnight_wherever_the_file_begins(shifted, monkeypatch):
    hours = []

    def seen(*args, **options):
        hours.append(options.get("first_hour", 0.0))
        return balance(*args, **options)

    monkeypatch.setattr("pvsim.studies.use.balance", seen)
    read(shifted, "morning", storage=STORE | {"dispatch": "optimal"})
    assert hours == [8.0]


# --- what cannot be --------------------------------------------------------------------------------------------

GOOD = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 100\n[load]\nannual_kwh = 6e4\n"
PRICES = "[tariff]\nprice_cny_per_kwh=0.7\nsurplus_price_cny_per_kwh=0.3\n"


@pytest.mark.parametrize(
    ("more", "line", "words"),
    [
        ("[tariff]\n", 8, "site.commissioned"),
        ("[tariff]\nsurplus_price_cny_per_kwh = 0.3\n", 8, "no price for all hours"),
        ("[tariff]\nprice_cny_per_kwh = 0.7\n", 8, "site.commissioned"),
        ("[finance]\n", 8, "without [tariff]"),
        (PRICES + "[storage]\ncapacity_kwh=9\npower_kw=5\n[finance]\n", 14, "storage_capex"),
        (PRICES + "[finance]\nmodel='epc'\n", 11, "epc_discount_percent"),
        (PRICES + "[finance]\nmodel='roof-rent'\n", 11, "roof_rent"),
        (PRICES + "[finance]\ngrant_cny=1e9\n", 11, "grant"),
        (PRICES + "[finance]\nthree_free_three_half=true\n", 11, "three_free"),
        (PRICES + "[finance]\nloan_share_percent=50\nloan_years=3\nloan_grace_years=3\n", 11, "grace"),
        pytest.param(
            PRICES + "path='prices.csv'\n", 11, "path",
            marks=(),
        ),
    ],
)  # fmt: skip
def test_money_that_cannot_be_is_an_error_of_its_line(tmp_path, capsys, more, line, words):
    path = tmp_path / "s.toml"
    path.write_text(GOOD + more, encoding="utf-8")
    assert run(["run", str(path)]) == 3
    said = capsys.readouterr().err
    assert words in said, said
    assert f"s.toml:{line}:" in said, said


@pytest.mark.parametrize("command", ["check", "run"])
def test_finance_without_a_load_is_refused(tmp_path, capsys, command):
    path = tmp_path / "s.toml"
    text = GOOD.split("[load]")[0] + "[tariff]\nprice_cny_per_kwh = 0.7\n[finance]\n"
    path.write_text(text, encoding="utf-8")
    assert run([command, str(path)]) == 3
    said = capsys.readouterr().err
    assert "[tariff]" in said and "[finance]" in said and "s.toml:6:" in said and "s.toml:8:" in said


PRICED = GOOD + PRICES
LACKING = PRICED + "[storage]\ncapacity_kwh=9\npower_kw=5\n[finance]\n"


@pytest.mark.parametrize(
    "text", [LACKING, PRICED + "[finance]\nmodel='epc'\n", PRICED + "[finance]\nmodel='roof-rent'\n"]
)
def test_what_the_finance_lacks_is_found_without_a_run(tmp_path, text):
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    assert run(["check", str(path)]) == 3


def test_a_refused_run_leaves_no_tables(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(LACKING, encoding="utf-8")
    assert run(["run", str(path), "--out", str(tmp_path / "out")]) == 3
    assert not list(tmp_path.glob("out/*.csv"))


def test_the_whole_command_prints_a_summary(tmp_path, capsys):
    path = tmp_path / "s.toml"
    more = "[tariff]\nprice_cny_per_kwh=0.7\nsurplus_price_cny_per_kwh=0.3\n[finance]\n"
    path.write_text(GOOD + more, encoding="utf-8")
    assert run(["run", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["finance"]["model"] == "own"
    assert run(["run", str(path)]) == 0
    assert capsys.readouterr().out
    assert run(["run", str(path), "--out", str(tmp_path / "out")]) == 0


def test_a_plant_that_gives_nothing_still_has_a_document():
    dark = {"losses": {"shading_percent": 99.9999}}
    found = result_of(**dark).to_dict()
    assert found["energy"]["annual_kwh"] <= 1
    json.dumps(found, allow_nan=False)
