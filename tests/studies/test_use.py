"""Where the energy goes: whatever the load, the limit, the store and the step, every kWh is found again."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pytest
from cases import SITE, scenario, write_epw
from hypothesis import given, settings
from hypothesis import strategies as st

import pvsim
from pvsim.cli import run
from pvsim.errors import ScenarioError
from pvsim.studies.use import aged

USED = ("self_used_kwh", "exported_kwh", "curtailed_kwh", "storage_losses_kwh")
PROFILES = ("one-shift", "two-shift", "three-shift", "continuous", "office", "warehouse", "school")
LOAD = {"annual_kwh": 60e3}
FLAT = {"price_cny_per_kwh": 0.7, "surplus_price_cny_per_kwh": 0.3}
STORE = {"capacity_kwh": 60.0, "power_kw": 20.0}
PERIODS = [
    {"name": "peak", "hours": ["11-17", "20-22"], "price_cny_per_kwh": 1.0},
    {"name": "valley", "hours": ["22-6"], "price_cny_per_kwh": 0.3, "surplus_price_cny_per_kwh": 0.1},
    {"name": "weekend", "hours": ["0-24"], "days": "rest", "months": [7, 8], "price_cny_per_kwh": 0.5},
]


def two_meters(**tables) -> pvsim.Scenario:
    """A roof of 100 panels to the south behind one meter, one of 60 to the east behind another."""
    roofs = (
        {"name": "a", "inverter": "a", "load": "hall"},
        {"name": "b", "panels": 60, "surface_azimuth": 90, "inverter": "b", "load": "office"},
    )
    loads = {"hall": {"annual_kwh": 30e3}, "office": {"annual_kwh": 15e3, "profile": "office"}}
    return scenario(*roofs, **({"inverters": {"a": {}, "b": {"dc_ac_ratio": 1.6}}, "loads": loads} | tables))


def documented(case: pvsim.Scenario, **allowed) -> dict:
    return pvsim.simulate(case, **allowed).to_dict()


def close(found, told, rel=1e-9, abs=1e-6):
    assert found == pytest.approx(told, rel=rel, abs=abs)


def check(result, *, meter_loads: bool = True) -> dict:
    """All identities of a result with a load; its document. ``meter_loads``: those of the load of each meter too."""
    found = result.to_dict()
    energy, use = found["energy"], found["use"]
    close(sum(energy[name] for name in USED), energy["annual_kwh"])
    close(energy["self_used_kwh"] + energy["imported_kwh"], use["load_kwh"])
    for meter in use["meters"]:
        close(sum(meter[name] for name in USED), meter["annual_kwh"])
        if meter_loads:
            close(meter["self_used_kwh"] + meter["imported_kwh"], meter["load_kwh"])
    for name in (*USED, "imported_kwh", "annual_kwh"):
        close(sum(meter[name] for meter in use["meters"]), energy[name])
    if meter_loads:
        close(sum(meter["load_kwh"] for meter in use["meters"]), use["load_kwh"])
    totals = {n: energy[n] for n in ("self_used_kwh", "exported_kwh", "imported_kwh")} | {"load_kwh": use["load_kwh"]}
    for name, total in totals.items():
        assert len(use["monthly"][name]) == 12
        close(sum(use["monthly"][name]), total)
        if use["periods"]:
            close(sum(p[name] for p in use["periods"]), total)
    hourly, hours = result.hourly, result.weather.axis.step_minutes / 60 / result.weather.year_count
    for name, total in totals.items():
        close(float(hourly[name.replace("kwh", "kw")].sum()) * hours, total)
    covered = result.weather.covered()
    rows = hourly[["load_kw", "self_used_kw", "exported_kw", "imported_kw"]]
    assert (rows.isna().all(axis=1) == ~covered).all() and (rows.isna().any(axis=1) == ~covered).all()
    known = hourly[covered]
    gap = known.load_kw - known.self_used_kw - known.imported_kw
    if not (result.scenario.storage and result.scenario.storage.grid_charging):
        assert np.abs(gap).max() <= 1e-9 * known.load_kw.max()
    if result.scenario.storage is None:
        left = known.p_ac_kw - known.self_used_kw - known.exported_kw
        assert left.min() >= -1e-9 * known.p_ac_kw.max(), "nothing is curtailed below nothing"
        close(float(left.sum()) * hours, energy["curtailed_kwh"])
    if result.scenario.site.export_limit_kw is not None:
        most = result.scenario.site.export_limit_kw * len(use["meters"])
        assert known.exported_kw.max() <= most + 1e-9
    if energy["annual_kwh"] > 0:
        close(energy["self_use_fraction"], energy["self_used_kwh"] / energy["annual_kwh"])
    close(energy["self_sufficiency_fraction"], energy["self_used_kwh"] / use["load_kwh"])
    json.dumps(found, allow_nan=False)
    return found


tables = st.fixed_dictionaries(
    {
        "load": st.fixed_dictionaries(
            {
                "annual_kwh": st.floats(1e2, 1e7),
                "profile": st.sampled_from(PROFILES),
                "cooling_percent": st.sampled_from([0.0, 20.0]),
                "work_days": st.sampled_from(["mon-fri", "all"]),
            }
        ),
        "site": st.one_of(st.just(SITE), st.floats(0, 50).map(lambda kw: SITE | {"export_limit_kw": kw})),
        "weather": st.sampled_from([{}, {}, {"step_minutes": 15}]),
    },
    optional={
        "storage": st.fixed_dictionaries(
            {
                "capacity_kwh": st.floats(1, 500),
                "power_kw": st.floats(1, 100),
                "round_trip_efficiency_percent": st.sampled_from([60.0, 88.0, 100.0]),
            }
        ),
        "tariff": st.just(FLAT),
        "period": st.just(PERIODS),
    },
)


@given(tables)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_every_kwh_is_found_again(given_tables):
    if "tariff" not in given_tables:
        given_tables.pop("period", None)
    check(pvsim.simulate(scenario(**given_tables)))


@pytest.mark.parametrize("limit", [None, 0.0, 5.0])
@pytest.mark.parametrize("store", [None, STORE | {"at": "hall"}])
@pytest.mark.parametrize("step", [60, 15])
def test_two_meters_balance_each(limit, store, step):
    site = SITE if limit is None else SITE | {"export_limit_kw": limit}
    more = {} if store is None else {"storage": store}
    found = check(
        pvsim.simulate(two_meters(site=site, weather={"step_minutes": step}, tariff=FLAT, period=PERIODS, **more))
    )
    assert [m["name"] for m in found["use"]["meters"]] == ["hall", "office"]
    losses = [m["storage_losses_kwh"] for m in found["use"]["meters"]]
    assert (losses[0] > 0) == (store is not None) and losses[1] == 0


@pytest.mark.parametrize("limit", [None, 5.0])
def test_two_meters_are_the_two_runs_added(limit):
    site = SITE if limit is None else SITE | {"export_limit_kw": limit}
    both = documented(two_meters(site=site))
    a = documented(scenario({}, load={"annual_kwh": 30e3}, site=site))
    office = {"annual_kwh": 15e3, "profile": "office"}
    b = documented(
        scenario({"panels": 60, "surface_azimuth": 90}, load=office, inverter={"dc_ac_ratio": 1.6}, site=site)
    )
    for name in ("annual_kwh", "self_used_kwh", "exported_kwh", "imported_kwh", "curtailed_kwh"):
        close(both["energy"][name], a["energy"][name] + b["energy"][name])
        close(both["use"]["meters"][0][name], a["energy"][name])
        close(both["use"]["meters"][1][name], b["energy"][name])
    for name in ("load_kwh", "self_used_kwh", "exported_kwh", "imported_kwh"):
        added = np.add(a["use"]["monthly"][name], b["use"]["monthly"][name])
        assert both["use"]["monthly"][name] == pytest.approx(added, rel=1e-9)


def test_meters_do_not_depend_on_the_order_of_tables_and_roofs():
    roofs = (
        {"name": "b", "panels": 60, "surface_azimuth": 90, "inverter": "b", "load": "office"},
        {"name": "c", "panels": 20, "inverter": "c"},
        {"name": "a", "inverter": "a", "load": "hall"},
    )
    loads = {"hall": {"annual_kwh": 30e3}, "office": {"annual_kwh": 15e3, "profile": "office"}}
    made = scenario(
        *roofs, inverters={"a": {}, "b": {"dc_ac_ratio": 1.6}, "c": {}}, loads=loads, load={"annual_kwh": 9e3}
    )
    found = check(pvsim.simulate(made))
    told = {m["name"]: m for m in documented(two_meters())["use"]["meters"]}
    assert [m["name"] for m in found["use"]["meters"]] == ["office", "load", "hall"]
    for meter in found["use"]["meters"]:
        if meter["name"] in told:
            for key in ("annual_kwh", "self_used_kwh", "exported_kwh", "imported_kwh"):
                close(meter[key], told[meter["name"]][key])


def test_two_roofs_behind_one_meter_are_one_power():
    east_west = ({"name": "e", "surface_azimuth": 90}, {"name": "w", "surface_azimuth": 270})
    named = [roof | {"load": "hall"} for roof in east_west]
    one = documented(scenario(*east_west, load=LOAD))
    other = documented(scenario(*named, loads={"hall": LOAD}))
    assert other["energy"] == one["energy"]


def test_a_limit_of_nothing_exports_nothing():
    free = documented(scenario(load=LOAD))["energy"]
    found = check(pvsim.simulate(scenario(load=LOAD, site=SITE | {"export_limit_kw": 0})))["energy"]
    assert found["exported_kwh"] == 0
    close(found["curtailed_kwh"], free["exported_kwh"])
    close(found["self_used_kwh"], free["self_used_kwh"])
    assert found["annual_kwh"] == free["annual_kwh"]


def test_a_huge_load_takes_all():
    found = check(pvsim.simulate(scenario(load={"annual_kwh": 1e9, "profile": "continuous"})))["energy"]
    close(found["self_use_fraction"], 1.0)
    assert found["exported_kwh"] == pytest.approx(0.0, abs=1e-9)
    assert found["self_sufficiency_fraction"] < 1e-4


def test_without_a_load_nothing_is_split():
    found = documented(scenario())
    assert not {"use", "rules", "finance"} & set(found)
    names = (*USED, "imported_kwh", "self_use_fraction", "self_sufficiency_fraction")
    assert [found["energy"][n] for n in names] == [None] * len(names)
    assert "load_kw" not in pvsim.simulate(scenario()).hourly


def test_a_load_changes_no_energy():
    with_load, without = documented(scenario(load=LOAD)), documented(scenario())
    assert with_load["energy"]["annual_kwh"] == without["energy"]["annual_kwh"]
    assert with_load["ledger"] == without["ledger"]
    assert with_load["lifetime"] == without["lifetime"]


def test_more_load_uses_more_and_exports_less():
    found = [documented(scenario(load={"annual_kwh": kwh}))["energy"] for kwh in (1e4, 3e4, 1e5, 1e6)]
    used, sold = ([e[n] for e in found] for n in ("self_used_kwh", "exported_kwh"))
    assert used == sorted(used) and sold == sorted(sold, reverse=True)


def test_the_smaller_plants_use_more_of_their_own():
    sizes = documented(scenario(load=LOAD))["use"]["sizes"]
    shares = [s["self_use_fraction"] for s in sizes]
    assert shares == sorted(shares, reverse=True)
    whole = next(s for s in sizes if s["dc_kwp"] == pytest.approx(45.0))
    half = documented(scenario({"panels": 50}, load=LOAD))["energy"]
    close(whole["self_used_kwh"], documented(scenario(load=LOAD))["energy"]["self_used_kwh"])
    close(sizes[1]["self_used_kwh"], half["self_used_kwh"], rel=1e-6)


def test_monthly_loads_are_met_month_by_month():
    months = [1e3 * (m + 1) for m in range(12)]
    found = check(pvsim.simulate(scenario(load={"monthly_kwh": months, "profile": "office"})))
    assert found["use"]["monthly"]["load_kwh"] == pytest.approx(months, rel=1e-9)


# --- gaps ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    """The folder of an EPW file whose January and some noons in July are not there."""
    weather = pvsim.simulate(scenario(site=SITE | {"altitude": 250.0})).weather
    ghi, temp_air = weather.ghi.copy(), weather.temp_air.copy()
    ghi[:1000] = 9999
    ghi[4800:4860] = 9999
    temp_air[5000:5030] = 99.9
    folder = tmp_path_factory.mktemp("gaps")
    write_epw(folder / "gaps.epw", weather, ghi=ghi, temp_air=temp_air)
    return folder


def with_gaps(folder, **tables) -> pvsim.Scenario:
    made = tables.pop("made", scenario)
    return made(weather={"source": "file", "format": "epw", "path": "gaps.epw"}, folder=folder, **tables)


@pytest.mark.parametrize("cooling", [0.0, 30.0])
def test_gaps_are_left_out_on_both_sides(gaps, cooling):
    load = LOAD | {"cooling_percent": cooling}
    found = check(
        pvsim.simulate(with_gaps(gaps, load=load, tariff=FLAT, period=PERIODS), allow_partial=True), meter_loads=False
    )
    assert found["use"]["monthly"]["imported_kwh"][0] == 0
    assert found["use"]["load_kwh"] < LOAD["annual_kwh"]


def test_gaps_are_left_out_of_the_load_of_each_meter(gaps):
    check(pvsim.simulate(with_gaps(gaps, load=LOAD), allow_partial=True))


def test_gaps_balance_with_a_store(gaps):
    check(pvsim.simulate(with_gaps(gaps, load=LOAD, storage=STORE), allow_partial=True), meter_loads=False)


def test_gaps_are_left_out_of_the_cash_flow(gaps):
    tables = {"load": LOAD, "tariff": FLAT, "finance": {}}
    result = pvsim.simulate(with_gaps(gaps, **tables), allow_partial=True)
    years = check(result, meter_loads=False)["finance"]["years"]
    assert [y["kwh"] for y in years[1:]] == pytest.approx([y.annual_kwh for y in result.lifetime], rel=1e-6)


# --- the optimal dispatch --------------------------------------------------------------------------------------


def spent(found: dict) -> float:
    """The bill of a year less what is sold, CNY."""
    return sum(
        p["imported_kwh"] * p["price_cny_per_kwh"] - p["exported_kwh"] * p["surplus_price_cny_per_kwh"]
        for p in found["use"]["periods"]
    )


@pytest.fixture(scope="module")
def dispatched():
    tables = {"load": LOAD, "tariff": FLAT, "period": PERIODS}
    ways = {"self-use": {}, "optimal": {"dispatch": "optimal"}, "grid": {"dispatch": "optimal", "grid_charging": True}}
    results = {n: pvsim.simulate(scenario(**tables, storage=STORE | way)) for n, way in ways.items()}
    return {n: check_grid(r) if n == "grid" else check(r) for n, r in results.items()}


def check_grid(result) -> dict:
    found = result.to_dict()
    energy = found["energy"]
    close(sum(energy[name] for name in USED), energy["annual_kwh"])
    assert energy["self_used_kwh"] + energy["imported_kwh"] >= found["use"]["load_kwh"] - 1e-6
    return found


def test_least_cost_costs_no_more_than_self_use(dispatched):
    assert spent(dispatched["optimal"]) <= spent(dispatched["self-use"]) + 0.01
    assert spent(dispatched["grid"]) < spent(dispatched["optimal"])


def test_the_store_lowers_the_bill_by_what_it_is_said_to(dispatched):
    without = documented(scenario(load=LOAD, tariff=FLAT, period=PERIODS))
    assert spent(dispatched["self-use"]) < spent(without)
    assert dispatched["self-use"]["energy"]["self_used_kwh"] > without["energy"]["self_used_kwh"]


# --- files and what cannot be ----------------------------------------------------------------------------------

GOOD = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 100\n"


def failed(tmp_path, capsys, text: str, command: str = "run") -> tuple[int, str]:
    """Exit code and what is said of a scenario text; a traceback would raise here."""
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    code = run([command, str(path)])
    return code, capsys.readouterr().err


def series(folder, name="load.csv"):
    times = np.arange("2025-01-01T00:00", "2026-01-01T00:00", 60, dtype="datetime64[m]")
    rows = [f"{t}+08:00,{10 + (i % 24)}" for i, t in enumerate(times)]
    (folder / name).write_text("time,load_kw\n" + "\n".join(rows) + "\n", encoding="utf-8")


def test_a_metered_series_is_taken_as_it_is(tmp_path):
    series(tmp_path)
    found = check(pvsim.simulate(scenario(load={"path": "load.csv", "align": "date"}, folder=tmp_path)))
    assert found["use"]["load_kwh"] == pytest.approx(8760 * 21.5, rel=1e-6)


@pytest.mark.parametrize("table", ["load", "loads.hall"])
def test_a_series_outside_of_the_folder_is_refused(tmp_path, capsys, table):
    inner = tmp_path / "inner"
    inner.mkdir()
    series(tmp_path)
    text = GOOD + ('load = "hall"\n' if "." in table else "") + f'[{table}]\npath = "../load.csv"\n'
    for command in ("check", "run"):
        code, said = failed(inner, capsys, text, command)
        assert code == 3, (command, said)
        assert "outside of the scenario's folder" in said and f"{table}.path" in said


NUL = ()


@pytest.mark.parametrize(
    "path", ["missing.csv", ".", "https://example.org/load.csv", pytest.param(r"a\u0000b.csv", marks=NUL)]
)
def test_a_series_that_is_not_there_is_an_error_of_its_line(tmp_path, capsys, path):
    code, said = failed(tmp_path, capsys, GOOD + f'[load]\npath = "{path}"\n')
    assert code == 3, said
    assert "s.toml:" in said and "load" in said


TWO = GOOD + 'load = "a"\n[[roof]]\npanels = 50\nload = "b"\n[loads.a]\nannual_kwh = 1e4\n[loads.b]\nannual_kwh = 1e4\n'


def test_an_inverter_of_two_meters_is_seen_without_a_run(tmp_path, capsys):
    assert failed(tmp_path, capsys, TWO, "check")[0] == 3


def test_an_inverter_of_two_meters_is_refused(tmp_path, capsys):
    code, said = failed(tmp_path, capsys, TWO)
    assert code == 3
    assert "s.toml:9" in said and "roof[1].load" in said and "another meter" in said


UNHASHABLE = ()


@pytest.mark.parametrize(
    ("more", "line", "words"),
    [
        ('load = "hal"\n[loads.hall]\nannual_kwh = 1e4\n', 6, 'did you mean "hall"'),
        ('load = "hall"\n', 6, "there are no [loads.NAME] tables"),
        ("[load]\n", 6, "says no energy"),
        ("[load]\nannual_kwh = 1e4\nmonthly_kwh = [1,1,1,1,1,1,1,1,1,1,1,1]\n", 8, "given together"),
        ("[load]\nmonthly_kwh = [1, 2, 3]\n", 7, "3 months"),
        ("[storage]\ncapacity_kwh = 10\npower_kw = 5\n", 6, "given without a load"),
        ("[load]\nannual_kwh = 1e4\n[storage]\ncapacity_kwh = 10\npower_kw = 5\nat = 'x'\n", 11, "is called"),
        ("[load]\nannual_kwh = 1e4\n[storage]\ncapacity_kwh=9\npower_kw=5\ndispatch='optimal'\n", 11, "tariff"),
        ("[load]\nannual_kwh = 1e4\n[tariff]\n[[period]]\nname='p'\nhours=['7-7']\n", 11, "no hours"),
        ("[load]\nannual_kwh = 1e4\n[tariff]\n[[period]]\nname='p'\nhours=['7-9']\nmonths=[13]\n", 12, "months"),
        ("[load]\nannual_kwh = 1e4\n[[period]]\nname='p'\nhours=['7-9']\n", 8, "given without [tariff]"),
        pytest.param(
            "load = ['a']\n[load]\nannual_kwh = 1e4\n[storage]\ncapacity_kwh = 9\npower_kw = 5\n",
            6,
            "load",
            marks=UNHASHABLE,
        ),
        pytest.param(
            "load = {}\n[load]\nannual_kwh = 1e4\n[storage]\ncapacity_kwh = 9\npower_kw = 5\n",
            6,
            "load",
            marks=UNHASHABLE,
        ),
        ("[loads]\nhall = 5\n", None, "hall"),
        ("[load]\nannual_kwh = 0\n", 7, "annual_kwh"),
        ("[load]\nannual_kwh = nan\n", 7, "annual_kwh"),
    ],
)
def test_what_cannot_be_is_an_error_of_its_line(tmp_path, capsys, more, line, words):
    code, said = failed(tmp_path, capsys, GOOD + more, "check")
    assert code == 3, said
    assert words in said, said
    if line is not None:
        assert f"s.toml:{line}:" in said, said


def test_a_store_behind_a_meter_without_roofs_is_not_forgotten():
    loads = {"hall": {"annual_kwh": 3e4}, "office": {"annual_kwh": 1e4}}
    with pytest.raises(ScenarioError, match=r"storage\.at|office"):
        pvsim.simulate(scenario({"load": "hall"}, loads=loads, storage=STORE | {"at": "office"}))


def test_tables_of_a_named_load_are_listed_with_their_defaults():
    rows = {a["key"]: a for a in documented(two_meters())["assumptions"]}
    assert rows["loads.hall.annual_kwh"]["default"] is False
    assert rows["loads.hall.profile"]["default"] and rows["loads.hall.profile"]["reason"]
    assert not rows["loads.office.profile"]["default"]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_defaults_that_are_listed_are_those_that_are_used(profile):
    """Saying a listed default aloud changes nothing."""
    load = LOAD | {"profile": profile}
    found = documented(scenario(load=load))
    names = ("work_days", "holidays", "spring_festival_stop_days", "cooling_from_c")
    said = {a["key"].removeprefix("load."): a["value"] for a in found["assumptions"] if a["key"].startswith("load.")}
    aloud = documented(scenario(load=load | {n: said[n] for n in names if n in said}))
    assert aloud["use"]["monthly"] == found["use"]["monthly"]


# --- plants of several inverters, years and losses -------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"module": {"name": "Canadian Solar Inc. CS5P-220M"}},
        {"inverters": {"a": {"night_consumption_w": 20.0}, "b": {"dc_ac_ratio": 1.6, "night_consumption_w": 50.0}}},
        {"outage": [{"start": datetime.date(2025, 7, 1), "end": datetime.date(2025, 8, 1), "inverter": "b"}]},
        {"losses": {"transformer_percent": 1.5, "availability_percent": 3.0, "annual_degradation_percent": 1.0}},
    ],
)
def test_the_meters_of_every_plant_add_up_new_and_old(more):
    result = pvsim.simulate(two_meters(**more))
    check(result)
    for life in (result.lifetime[0], result.lifetime[12], result.lifetime[-1]):
        found = aged(result, life.factor)
        close(found["kwh"], life.annual_kwh)
        close(sum(found[name] for name in USED), found["kwh"])


@pytest.fixture(scope="module")
def two_years(tmp_path_factory):
    """A file of two equal years, 2025 and 2026."""
    weather = pvsim.simulate(scenario(site=SITE | {"altitude": 250.0})).weather
    names = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
    clock = weather.axis.local_datetime64()
    values = np.stack([getattr(weather, n) for n in names], axis=1)
    rows = [
        f"{str(t)[:16]}+08:00,{','.join(f'{v:.4f}' for v in row)}"
        for stamps in (clock, clock + np.timedelta64(365, "D"))
        for t, row in zip(stamps, values, strict=True)
    ]
    folder = tmp_path_factory.mktemp("years")
    (folder / "years.csv").write_text(f"time,{','.join(names)}\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_two_years_of_weather_are_the_mean_of_a_year(two_years):
    weather = {"source": "file", "format": "csv", "path": "years.csv", "label": "start"}
    tariff = FLAT | {"demand_charge_cny_per_kw_month": 40.0}
    tables = {"load": {"monthly_kwh": [5e3] * 12}, "tariff": tariff, "period": PERIODS, "finance": {}}
    result = pvsim.simulate(scenario(weather=weather, folder=two_years, **tables))
    found = check(result)
    assert result.weather.year_count == pytest.approx(2)
    close(found["use"]["load_kwh"], 60e3, rel=1e-9)
    one = documented(scenario(**tables))
    for name in ("self_used_kwh", "exported_kwh"):
        assert found["energy"][name] == pytest.approx(one["energy"][name], rel=0.02), name
    hourly = result.hourly
    months = [hourly.index.year, hourly.index.month]
    peaks = [hourly[n].groupby(months).max().sum() / 2 for n in ("load_kw", "imported_kw")]
    close(found["finance"]["first_year"]["demand_cny"], 40 * (peaks[0] - peaks[1]))
