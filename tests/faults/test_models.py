"""Rows M1 to M23 of the fault catalogue: no place, roof or number leads the models astray unseen.

M13, M14, M16, M17 and M19 wait for the rooms load, finance and Monte Carlo; ``test_table`` says so.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import math
import re
import tomllib
from importlib.metadata import version
from importlib.resources import files

import numpy as np
import pytest
from cases import ROOT, SCENARIOS, scenario, toml
from faults.conftest import GOOD
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from planes import losses, pvwatts_inverter, pvwatts_planes

import pvsim
from pvsim.errors import PvsimError
from pvsim.impact.factors import read_factors
from pvsim.physics import ac, chain, dc, irradiance, ledger, sun
from pvsim.report.files import hourly_csv
from pvsim.report.text import summary
from pvsim.scenario.reader import parse
from pvsim.studies import run
from pvsim.studies.uncertainty import Budget, Part
from pvsim.weather.record import Weather

YEAR = sun.TimeAxis.of_year(2025, 60, 0)
MODELS = chain.Models("hay-davies", "pvsyst")
OFFSET = (30.0,) * 12
DARK = "[site]\nlatitude = 80\nlongitude = 15\n[[roof]]\npanels = 100\n"


def sky(latitude: float, longitude: float = 0.0, axis: sun.TimeAxis = YEAR, share: float = 0.5) -> chain.WeatherArrays:
    """A sky of constant clearness over a place, at 10 degrees C and 2 m/s."""
    found = sun.sun_over(axis, OFFSET, latitude, longitude, 0.0)
    ghi = share * np.maximum(np.cos(np.radians(found.zenith)), 0) * found.dni_extra * found.sunlit_fraction
    dni, dhi = irradiance.decompose("erbs", ghi, found.zenith, found.day_of_year, found.sunlit_fraction)
    return chain.WeatherArrays(ghi, dhi, dni, np.full(axis.rows, 10.0), np.full(axis.rows, 2.0), found, 1.0)


def roof(
    weather: chain.WeatherArrays, tilt: float = 10.0, azimuth: float = 180.0, albedo: float = 0.2, rating_w: float = 1e5
) -> chain.ChainResult:
    """What 100 kWp yield under a sky, without losses."""
    planes = pvwatts_planes([tilt], [azimuth], [1e5])
    return chain.compute(
        weather, planes, [pvwatts_inverter(rating_w)], models=MODELS, losses=losses(1), albedo=albedo,
        weights=np.array([1.0]),
    )  # fmt: skip


def all_finite(value: object) -> bool:
    """Whether every number of a document is one that JSON knows."""
    if isinstance(value, dict):
        return all(all_finite(v) for v in value.values())
    if isinstance(value, list | tuple):
        return all(all_finite(v) for v in value)
    return not isinstance(value, float) or math.isfinite(value)


@pytest.fixture
def no_light(monkeypatch):
    """A year without any light at 80 degrees north, whatever the scenario says about its weather."""
    zeros = [np.zeros(YEAR.rows) for _ in range(3)]
    other = [np.full(YEAR.rows, v) for v in (-20.0, 3.0)]
    dark = Weather(YEAR, *zeros, *other, 80.0, 15.0, 10.0, OFFSET, "file", "polar night", "end", "2025")
    monkeypatch.setattr(run, "weather_for", lambda *_args, **_keywords: dark)


# --- places


@pytest.mark.parametrize("latitude", [90.0, 80.0, 66.6, -80.0, -90.0])
@pytest.mark.parametrize("tilt", [0.0, 30.0, 90.0])
def test_M1_polar_sites_are_finite(latitude, tilt):
    weather = sky(latitude)
    found = roof(weather, tilt, 180.0 if latitude > 0 else 0.0)
    for name in ("poa_global", "temp_cell", "p_nominal", "p_dc", "p_ac", "plane_kwh", "poa_kwh_per_m2", "ledger_kwh"):
        assert np.isfinite(getattr(found, name)).all(), name
    assert found.plane_kwh[0] > 0
    if abs(latitude) >= 80:  # midnight sun and polar night
        days = (weather.ghi.reshape(-1, 24) > 0).sum(axis=1)
        assert (days == 24).sum() > 60
        assert (days == 0).sum() > 60


def test_M1_without_light_the_ratios_do_not_apply(no_light):
    result = pvsim.simulate(toml(DARK))
    assert result.annual_kwh == 0
    assert result.performance_ratio is None
    assert result.specific_yield_kwh_per_kwp == 0
    document = result.to_dict()
    assert all_finite(document)
    assert document["energy"]["performance_ratio"] is None
    assert [line["kwh"] for line in document["ledger"]] == [0.0] * len(ledger.STEPS)
    assert "n/a" in summary(document)
    assert not re.search(r"\b(inf|nan)\b", summary(document) + hourly_csv(result))
    assert not np.isinf(result.monthly.to_numpy()).any()


def test_M1_without_light_a_claim_is_compared_with_nothing(no_light):
    document = pvsim.simulate(toml(DARK + "[claim]\nannual_kwh = 1e5\ntce = 3\n")).to_dict()
    assert all_finite(document)
    assert document["claim"]["fields"]["annual_kwh"]["ratio"] is None
    assert document["claim"]["verdict"] == "inconsistent"


def test_M1_without_light_the_command_line_answers(no_light, ask, case, tmp_path):
    path = case(DARK)
    assert "0 kWh in the first year" in ask("run", path, "--out", tmp_path / "out").works().out
    assert not re.search(r"\binf\b", (tmp_path / "out" / "monthly.csv").read_text(encoding="utf-8"))


def southern(line: str = "") -> str:
    weather = '[weather]\nsource = "file"\nformat = "epw"\npath = "a.epw"\n'
    return f'[site]\nlatitude = -33\nlongitude = 18\n{weather}[[roof]]\nname = "hall"\npanels = 100\n{line}\n'


def test_M2_south_of_the_equator_south_faces_the_pole(ask, case, tmp_path, southern_epw):
    (tmp_path / "a.epw").write_bytes(southern_epw)
    told = {}
    for azimuth, expected in ((180, True), (0, False), (95, True), (90, False), (None, False)):
        path = case(southern("" if azimuth is None else f"surface_azimuth = {azimuth}"))
        document = json.loads(ask("run", path, "--json").works().out)
        faces = [w for w in document["warnings"] if "hall faces the pole" in w]
        assert len(faces) == int(expected), azimuth
        told[azimuth] = document["energy"]["annual_kwh"]
    assert told[180] < told[0] == told[None]
    assert "faces the pole" in ask("run", case(southern("surface_azimuth = 180")), "--json").err


def test_M2_north_of_the_equator_north_faces_the_pole_and_flat_roofs_nowhere():
    def warned(**roof):
        return [w for w in pvsim.simulate(scenario(roof)).warnings if "faces the pole" in w]

    assert len(warned(surface_azimuth=0.0)) == 1
    assert not warned(surface_azimuth=0.0, surface_tilt=0.0)
    assert not warned(surface_azimuth=180.0)


def test_M3_longitude_beyond_180_says_what_to_write(ask, case):
    ask("check", case(GOOD.replace("106.46", "286.55"))).refuses(":3:", "from -180 to 180", "write -73.45")
    ask("check", case(GOOD.replace("106.46", "-190"))).refuses(":3:", "from -180 to 180")


def test_M3_the_date_line_is_one_line():
    assert [parse(GOOD.replace("106.46", v)).site.longitude for v in ("180", "-180")] == [180, -180]
    east, west = (sky(30.0, longitude) for longitude in (180.0, -180.0))
    for name in ("zenith", "apparent_zenith", "dni_extra", "sunlit_fraction"):
        assert np.allclose(getattr(east.sun, name), getattr(west.sun, name), rtol=0, atol=1e-9), name
    turn = (east.sun.azimuth - west.sun.azimuth + 180) % 360 - 180
    assert np.abs(turn[east.ghi > 0]).max() < 1e-7
    assert roof(east, 30, 90).plane_kwh[0] == pytest.approx(roof(west, 30, 90).plane_kwh[0], rel=1e-9)


# --- planes

SKY = sky(29.44, 106.46, sun.TimeAxis(1_735_660_800, 60, 24 * 20, 480))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(one=st.floats(0, 360, exclude_max=True), other=st.floats(0, 360, exclude_max=True))
def test_M4_flat_roof_has_no_direction(one, other):
    assert roof(SKY, 0, one).plane_kwh[0] == pytest.approx(roof(SKY, 0, other).plane_kwh[0], rel=1e-9)


def test_M4_flat_roof_has_no_direction_from_end_to_end():
    yields = [pvsim.simulate(scenario({"surface_tilt": 0.0, "surface_azimuth": a})).annual_kwh for a in (0.0, 90.0)]
    assert yields[0] == pytest.approx(yields[1], rel=1e-9)


@pytest.mark.parametrize("azimuth", [0.0, 90.0, 180.0, 270.0])
def test_M5_facades_run(azimuth):
    result = pvsim.simulate(scenario({"surface_tilt": 90.0, "surface_azimuth": azimuth}))
    assert all_finite(result.to_dict())
    assert 0 < result.annual_kwh < pvsim.simulate(scenario()).annual_kwh


def test_M5_light_from_the_ground_counts():
    def light(tilt, albedo):
        return roof(SKY, tilt, albedo=albedo).poa_kwh_per_m2[0]

    ground = SKY.ghi.sum() / 1000
    assert light(90, 0.2) - light(90, 0.0) == pytest.approx(0.2 * ground / 2, rel=1e-6), "half of a facade's view"
    assert light(0, 0.2) == light(0, 0.0)
    rows = {a.key: a for a in pvsim.simulate(scenario({"surface_tilt": 90.0})).assumptions}
    assert rows["physics.albedo"].value == 0.2


@pytest.mark.parametrize("tilt", ["90.1", "100", "180", "-1", "-10", "nan"])
def test_M6_tilts_that_are_none(ask, case, tilt):
    ask("run", case(GOOD + f"surface_tilt = {tilt}\n")).refuses(":6:", "surface_tilt", "from 0 to 90")


@pytest.mark.parametrize(
    ("azimuth", "message"),
    [
        ("-90", "clockwise from north, south = 180.*-90 is 90 here"),
        ("-180", "clockwise from north, south = 180"),
        ("360", "use 0"),
        ("720", "from 0 to below 360"),
        ("360.5", "clockwise from north"),
    ],
)
def test_M7_azimuth_of_another_convention(ask, case, azimuth, message):
    ask("run", case(GOOD + f"surface_azimuth = {azimuth}\n")).refuses(":6:", "surface_azimuth", message)


# --- inverters


def unusual(result: pvsim.Result) -> list[str]:
    return [w for w in result.warnings if "DC/AC" in w]


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.2, 2.0])
def test_M8_usual_ratios_are_silent(ratio):
    assert pvsim.simulate(scenario(inverter={"dc_ac_ratio": ratio})).warnings == ()
    assert pvsim.simulate(scenario(inverter={"ac_power_kw": 45 / ratio})).warnings == ()


@pytest.mark.parametrize("ratio", [0.1, 0.49, 2.01, 5.0])
def test_M8_unusual_ratios_run_and_are_told(ratio):
    result = pvsim.simulate(scenario(inverter={"dc_ac_ratio": ratio}))
    assert len(unusual(result)) == 1
    assert all_finite(result.to_dict())
    assert len(unusual(pvsim.simulate(scenario(inverter={"ac_power_kw": 45 / ratio})))) == 1


def test_M8_one_unusual_inverter_among_usual_ones_is_told():
    mixed = scenario(
        {"inverter": "small", "name": "a"}, {"name": "b"},
        inverters={"small": {"dc_ac_ratio": 4.0}}, inverter={"dc_ac_ratio": 0.8},
    )  # fmt: skip
    result = pvsim.simulate(mixed)
    assert 0.5 < result.system.dc_ac_ratio < 2, "the pooled ratio hides it"
    assert len(unusual(result)) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("dc_ac_ratio = 0.09", "from 0.1 to 5"),
        ("dc_ac_ratio = 5.1", "from 0.1 to 5"),
        ("ac_power_kw = 8", "5.6.*from 0.1 to 5"),
        ("ac_power_kw = 500", "0.09.*from 0.1 to 5"),
    ],
)
def test_M8_impossible_ratios_are_refused(ask, case, line, message):
    ask("run", case(GOOD + f"[inverter]\n{line}\n")).refuses(":7:", message)


def test_M8_clipping_is_reported():
    def clipped(ratio):
        rows = pvsim.simulate(scenario(inverter={"dc_ac_ratio": ratio})).to_dict()["ledger"]
        return 100 - next(r["percent_of_previous"] for r in rows if r["name"] == "inverter clipping")

    losses = [clipped(r) for r in (0.5, 1.5, 2.0, 3.0, 5.0)]
    assert losses == sorted(losses)
    assert losses[0] == pytest.approx(0, abs=1e-9)
    assert losses[-1] > 30


@pytest.mark.parametrize("line", ["ac_power_kw = 0", "ac_power_kw = 0.0", "ac_power_kw = -1", "dc_ac_ratio = 0"])
def test_M9_inverter_without_power(ask, case, line):
    ask("check", case(GOOD + f"[inverter]\n{line}\n")).refuses(":7:", "above 0|from 0.1")


# --- numbers between the stages


def spoiled(function, row: int, value: float, part):
    """The function, but one number of a part of what it returns is another."""

    def call(*args, **keywords):
        found = function(*args, **keywords)
        part(found)[..., row] = value
        return found

    return call


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_M10_modules_that_give_no_number(monkeypatch, value):
    monkeypatch.setattr(dc, "MODULE", {"pvwatts": spoiled(dc.pvwatts, 5, value, lambda found: found.power)})
    with pytest.raises(PvsimError, match=r"DC power is not a finite number.* row \d+"):
        roof(SKY)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_M10_inverters_that_give_no_number(monkeypatch, value):
    monkeypatch.setattr(ac, "convert", spoiled(ac.convert, 5, value, lambda found: found[1]))
    with pytest.raises(PvsimError, match=r"AC power is not a finite number.* row \d+"):
        roof(SKY)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_M10_planes_without_irradiance(monkeypatch, value):
    real = irradiance.transpose

    def transpose(*args, **keywords):
        poa = real(*args, **keywords)
        poa.poa_global[..., 5] = value
        return poa

    monkeypatch.setattr(irradiance, "transpose", transpose)
    with pytest.raises(PvsimError, match=r"irradiance is not a finite number.* row \d+"):
        roof(SKY)


@pytest.mark.parametrize("name", ["ghi", "dhi", "dni", "temp_air", "wind_speed"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_M10_no_number_of_the_weather_passes(name, value):
    series = getattr(SKY, name).copy()
    row = int(np.flatnonzero(SKY.ghi > 100)[3])
    series[row] = value
    spoilt = dataclasses.replace(SKY, **{name: series})
    try:
        found = roof(spoilt)
    except PvsimError:
        return
    assert row not in found.rows, "a gap: neither a number nor zero"
    assert np.isfinite(found.ledger_kwh).all()
    assert found.plane_kwh[0] < roof(SKY).plane_kwh[0]


@pytest.mark.parametrize(("kelvin", "shown"), [(-300.0, "-"), (10_000.0, "10")])
def test_M11_impossible_cells_end_the_run_with_the_hour(kelvin, shown):
    row = int(np.flatnonzero(SKY.ghi > 100)[3])
    air = SKY.temp_air.copy()
    air[row] += kelvin
    with pytest.raises(PvsimError, match=r"-60.*120") as caught:
        roof(dataclasses.replace(SKY, temp_air=air))
    assert shown in str(caught.value)
    assert re.search(rf"row {row}\b|row {row + 1}\b|\d{{4}}-\d\d-\d\d[ T]\d\d", str(caught.value)), caught.value
    assert caught.value.exit_code in (1, 4)


@pytest.mark.parametrize(("air", "passes"), [(-59.0, True), (-61.0, False), (60.0, True), (115.0, False)])
def test_M11_limits_of_the_cell(air, passes):
    weather = dataclasses.replace(SKY, temp_air=np.full(SKY.ghi.size, air))
    if passes:
        assert np.isfinite(roof(weather).plane_kwh).all()
    else:
        with pytest.raises(PvsimError, match="degrees C"):
            roof(weather)


@pytest.mark.parametrize(("power", "area"), [(450, 0.4), (1000, 0.5), (580, 0.1)])
def test_M11_module_that_turns_more_than_all_light_into_power(ask, case, power, area):
    """It would cool its cells by the power that it cannot have."""
    module = f"[module]\npower_w = {power}\narea_m2 = {area}\n"
    ask("run", case(GOOD + module)).refuses(":8:|:7:", "area_m2|power_w", f"{power}", f"{area}")


def test_M12_an_inverter_that_draws_nothing_at_night():
    hourly = pvsim.simulate(scenario()).hourly
    assert (hourly["p_ac_kw"] >= 0).all()
    assert (hourly.loc[hourly["ghi"] == 0, "p_ac_kw"] == 0).all()


def test_M12_consumption_at_night_is_kept_and_counted():
    """Negative power is own consumption: in the hours, the months, the year, the ledger and each inverter's sum."""
    own_w, count = 50.0, 10
    size = {"ac_power_kw": 100.0, "count": count}
    calm = pvsim.simulate(scenario({"panels": 2000}, inverter=size))
    result = pvsim.simulate(scenario({"panels": 2000}, inverter=size | {"night_consumption_w": own_w}))
    hourly, before = result.hourly["p_ac_kw"], calm.hourly["p_ac_kw"]
    idle = before <= 0
    assert idle.sum() > 4000
    assert np.allclose(hourly[idle], -own_w * count / 1000)
    assert np.allclose(hourly[~idle], before[~idle])
    drawn = own_w * count / 1000 * idle.sum()
    assert result.annual_kwh == pytest.approx(calm.annual_kwh - drawn, rel=1e-9)
    assert sum(result.monthly_kwh) == pytest.approx(hourly.sum(), rel=1e-9)
    assert result.system.inverters[0].night_kwh == pytest.approx(drawn, rel=1e-9)
    assert result.lifetime[24].annual_kwh < result.lifetime[0].annual_kwh
    assert result.found.plane_kwh.sum() == pytest.approx(result.annual_kwh, rel=1e-9)


# --- sums


ROOFS = [p for p in sorted(SCENARIOS.glob("*.toml")) if "[[roof]]" in p.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", ROOFS, ids=lambda p: p.stem)
def test_M15_loss_tree_multiplies_to_the_total(path):
    document = pvsim.simulate(pvsim.load(path)).to_dict()
    rows = document["ledger"]
    kwh = rows[0]["kwh"]
    for row in rows[1:]:
        kwh *= row["percent_of_previous"] / 100
        assert row["kwh"] == pytest.approx(kwh, rel=1e-9)
    assert kwh == pytest.approx(document["energy"]["annual_kwh"], rel=1e-9)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    losses=st.fixed_dictionaries({f"{n}_percent": st.floats(0, 30) for n in ("soiling", "lid", "availability")}),
    ratio=st.floats(0.5, 4),
    tilts=st.lists(st.floats(0, 90), min_size=1, max_size=6),
)
def test_M15_loss_tree_closes_for_any_losses(losses, ratio, tilts):
    result = pvsim.simulate(
        scenario(*({"surface_tilt": t} for t in tilts), losses=losses, inverter={"dc_ac_ratio": ratio})
    )
    product = math.prod([line.percent_of_previous / 100 for line in result.ledger[1:]])
    assert result.ledger[0].kwh * product == pytest.approx(result.annual_kwh, rel=1e-9)
    assert sum(p.annual_kwh for p in result.system.planes) == pytest.approx(result.annual_kwh, rel=1e-9)


def test_M15_loss_tree_that_does_not_close_is_refused():
    kwh = np.linspace(100, 50, len(ledger.STEPS))
    with pytest.raises(PvsimError, match="ledger"):
        ledger.lines(kwh, 50 * (1 + 1e-8))


PARTS = st.lists(st.builds(Part, st.just("x"), st.floats(0, 50), st.just("s"), st.booleans()), max_size=5)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(parts=PARTS, kwh=st.floats(0, 1e9))
def test_M18_percentiles_are_in_order(parts, kwh):
    budget = Budget(tuple(parts))
    for spread in (budget.one_year(kwh), budget.long_term(kwh)):
        told = spread.to_dict()
        assert told["p50_kwh"] >= told["p75_kwh"] >= told["p90_kwh"] >= told["p99_kwh"] >= 0
    assert budget.sigma_percent(1) == budget.one_year(kwh).sigma_percent
    assert budget.long_term(kwh).sigma_percent <= budget.one_year(kwh).sigma_percent


def test_M18_certainty_has_one_value():
    keys = ("resource_level", "interannual", "model", "losses")
    sure = pvsim.simulate(scenario(uncertainty={f"{k}_percent": 0.0 for k in keys})).to_dict()
    for block in ("one_year", "long_term"):
        told = sure["uncertainty"][block]
        assert told["sigma_percent"] == 0
        assert {told[f"p{n}_kwh"] for n in (50, 75, 90, 99)} == {sure["energy"]["annual_kwh"]}


def test_M20_order_of_scenarios_does_not_matter():
    asked = [
        scenario({"surface_tilt": 5.0}),
        scenario({"surface_tilt": 30.0, "surface_azimuth": 90.0}, {"panels": 7}),
        scenario(site={"latitude": 29.6, "longitude": 106.5}),
        scenario(inverter={"dc_ac_ratio": 3.0}),
    ]
    alone = [json.dumps(pvsim.simulate(s).to_dict()) for s in asked]
    for order in itertools.permutations(range(4)):
        together = pvsim.simulate_many([asked[i] for i in order])
        assert [json.dumps(r.to_dict()) for r in together] == [alone[i] for i in order]


def test_M20_order_of_roofs_moves_the_sum_by_rounding_only():
    planes = [
        {"name": f"r{i}", "panels": 10 + i, "surface_tilt": 3.0 * i, "surface_azimuth": 40.0 * i} for i in range(9)
    ]
    forth, back = (pvsim.simulate(scenario(*order)) for order in (planes, planes[::-1]))
    assert back.annual_kwh == pytest.approx(forth.annual_kwh, rel=1e-12)
    assert [p.annual_kwh for p in back.system.planes][::-1] == pytest.approx(
        [p.annual_kwh for p in forth.system.planes], rel=1e-12
    )


# --- versions, platforms, sources

# kWh of the first year; a change needs its reason here and a line with its size in CHANGELOG.md
GOLDEN = {
    "reference roof": (
        2_743_668.1305,
        "8,000 x 450 W at 10 degrees on racks, typical year of Shapingba and neighbours; since its module has a name, "
        "as a single diode: 0.06 % more",
    ),
    "steel sheet": (2_690_909.7957, "the same parallel to a sheet of 5 degrees: flatter and warmer, 1.9 % less"),
    "east and west": (2_679_511.6755, "half of it to each side at 10 degrees: 2.3 % less than to the south"),
    "facade": (1_389_081.8030, "the same upright to the south: no low sun to make up for it at 29 degrees"),
    "clipped": (2_607_829.8310, "DC/AC 2.0 instead of 1.2: 4.9 % clipped away"),
}


def golden_cases() -> dict[str, pvsim.Scenario]:
    whole = {"panels": 8000}
    return {
        "reference roof": pvsim.load(SCENARIOS / "hikvision_jianqiao.toml"),
        "steel sheet": scenario(whole | {"surface_tilt": 5.0, "mounting": "steel-sheet"}),
        "east and west": scenario(*({"panels": 4000, "surface_azimuth": a} for a in (90.0, 270.0))),
        "facade": scenario(whole | {"surface_tilt": 90.0}),
        "clipped": scenario(whole, inverter={"dc_ac_ratio": 2.0}),
    }


@pytest.mark.parametrize("name", GOLDEN)
def test_M21_golden_years(name):
    kwh, reason = GOLDEN[name]
    assert reason
    assert pvsim.simulate(golden_cases()[name]).annual_kwh == pytest.approx(kwh, rel=1e-6)


def test_M21_reference_roof_is_where_it_was():
    assert abs(pvsim.simulate(golden_cases()["reference roof"]).annual_kwh - 2_743_668) < 3


def test_M22_versions_are_bounded_above_and_printed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [Requirement(text) for text in project["dependencies"]]
    assert "<" in project["requires-python"]
    for requirement in needed:
        assert any(s.operator in ("<", "<=") for s in requirement.specifier), requirement
        assert any(s.operator == ">=" for s in requirement.specifier), requirement
        assert requirement.specifier.contains(version(requirement.name)), requirement
    document = pvsim.simulate(scenario()).to_dict()
    assert set(document["versions"]) >= {"pvsim", "pvlib", "python", "numpy", "pandas", "scipy", "pydantic"}
    for name in ("pvlib", "numpy", "pandas", "scipy"):
        assert document["versions"][name] == version(name)
    last = summary(document).splitlines()[-1]
    assert f"pvlib {version('pvlib')}" in last
    assert f"pvsim {pvsim.__version__}" in last


@pytest.mark.parametrize(
    ("column", "empty"),
    [("data_year", ""), ("value", ""), ("unit", ""), ("issuer", ""), ("data_year", "22"), ("data_year", "unknown")],
)
@pytest.mark.parametrize("factor_id", ["coal-supply-2022", "co2-average-chongqing-2023", "coal-calorific-gbt2589"])
def test_M23_factor_without_year_value_unit_or_source(factor_id, column, empty):
    rows = list(csv.DictReader(io.StringIO(files("pvsim").joinpath("data/factors.csv").read_text(encoding="utf-8"))))
    row = next(r for r in rows if r["id"] == factor_id)
    row[column] = empty
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    with pytest.raises(PvsimError, match=rf"^my\.csv:2: column {column}: .*{factor_id}"):
        read_factors(out.getvalue(), "my.csv")


def test_M23_every_tonne_has_its_year_and_source():
    impact = pvsim.simulate(scenario()).to_dict()["impact"]
    for entry in impact["coal"] + impact["co2"]:
        assert entry["factor_id"]
        assert 1990 < entry["year"] < 2100
        assert entry["status"]
