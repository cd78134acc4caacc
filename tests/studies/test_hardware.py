"""Every way to state modules and inverters against pvlib called alone, and what a scenario may not say of them."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cases import NO_LOSSES
from pvlib import inverter as pvlib_inverter
from pvlib import pvarray, pvsystem, singlediode
from studies.components import MATRIX, ond_text, pan_text

import pvsim
from pvsim.errors import PvsimError, ScenarioError
from pvsim.physics import fit
from pvsim.physics.dc import DARKEST
from pvsim.scenario.catalog import find_inverter, find_module
from pvsim.studies.components import read_matrix, read_ond, read_pan

PLAIN = {"iam": "none"}  # then the light on the cells is that in the plane, exactly
CEC_MODULE, CEC_KEY = "Canadian Solar Inc. CS5P-220M", "Canadian_Solar_Inc__CS5P_220M"
SANDIA_MODULE, SANDIA_KEY = "Canadian Solar CS5P-220M [ 2009]", "Canadian_Solar_CS5P_220M___2009_"
CEC_INVERTER = "Yaskawa Solectria Solar: PVI 60TL-480 [480V]"
CATALOG_MODULE, CATALOG_INVERTER = "Canadian Solar CS3W-450MS", "Huawei SUN2000-100KTL-M1"
SHEET = {
    "voc_v": 49.3, "isc_a": 11.6, "vmp_v": 41.5, "imp_a": 10.85, "cells_in_series": 72,
    "alpha_sc_percent_per_c": 0.05, "beta_voc_percent_per_c": -0.27, "gamma_percent_per_c": -0.35,
}  # fmt: skip


def drawing(given: np.ndarray, night_w: float) -> np.ndarray:
    """What pvlib's inverter gives; where that is nothing or less, it only draws."""
    return np.where(given > 0, given, -night_w)


def table(name: str, values: dict, array: bool = False) -> str:
    def toml(value: object) -> str:
        if isinstance(value, list):
            return "[" + ", ".join(map(toml, value)) + "]"
        return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)

    head = f"[[{name}]]" if array else f"[{name}]"
    return "\n".join([head, *(f"{k} = {toml(v)}" for k, v in values.items()), ""])


def load(folder: Path, *roofs: dict, **tables: dict) -> pvsim.Scenario:
    """A scenario file in ``folder``, beside the files of hardware."""
    for name, text in {"m.PAN": pan_text(), "thin.PAN": THIN, "i.OND": ond_text(), "m.csv": MATRIX}.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
    text = table("site", {"latitude": 29.44, "longitude": 106.46} | tables.pop("site", {}))
    for key in ("modules", "inverters"):
        for name, values in tables.pop(key, {}).items():
            text += table(f"{key}.{name}", values)
    text += "".join(table(name, values) for name, values in tables.items())
    text += "".join(table("roof", {"panels": 300} | roof, array=True) for roof in (roofs or ({},)))
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return pvsim.load(path)


def run(folder: Path, *roofs: dict, plain: bool = True, **tables: dict) -> pvsim.Result:
    if plain:
        tables = {"losses": NO_LOSSES, "physics": PLAIN} | tables
    return pvsim.simulate(load(folder, *roofs, **tables))


THIN = pan_text(D2MuTau="1.5", RSerie="0.08", PNom="722.0", Technol="mtCdTe")
SINGLE = (
    *("alpha_sc", "gamma_ref", "mu_gamma", "I_L_ref", "I_o_ref", "R_sh_ref", "R_sh_0", "R_s"),
    *("cells_in_series", "R_sh_exp", "EgRef"),
)


# --- direct current --------------------------------------------------------------------------------------------


def at_maximum(five, **thin):
    _, v_mp, p_mp = singlediode.bishop88_mpp(*five, **thin, method="brentq" if thin else "newton")
    return p_mp, v_mp


def by_power(folder, light, cells):
    return pvsystem.pvwatts_dc(light, cells, 455.0, -0.0034, k=0.025 * 0.2, cap_adjustment=True), None


def by_datasheet(folder, light, cells):
    s = SHEET
    fitted = fit.cec_from_datasheet(
        s["vmp_v"], s["imp_a"], s["voc_v"], s["isc_a"], 0.0005 * s["isc_a"], -0.0027 * s["voc_v"], -0.0035, 72
    )
    return at_maximum(pvsystem.calcparams_cec(light, cells, **fitted))


def by_catalog_name(folder, light, cells):
    row = find_module(CATALOG_MODULE)
    v_mp, i_mp, v_oc, i_sc, alpha, beta, gamma = (
        row.number(c)
        for c in (
            *("vmp_v", "imp_a", "voc_v", "isc_a", "alpha_sc_percent_per_c", "beta_voc_percent_per_c"),
            "gamma_percent_per_c",
        )
    )
    fitted = fit.cec_from_datasheet(v_mp, i_mp, v_oc, i_sc, alpha / 100 * i_sc, beta / 100 * v_oc, gamma / 100, 72)
    return at_maximum(pvsystem.calcparams_cec(light, cells, **fitted))


@cache
def sam(name):
    return pvsystem.retrieve_sam(name)


def by_cec_name(folder, light, cells):
    row = sam("CECMod")[CEC_KEY]
    keys = ("alpha_sc", "a_ref", "I_L_ref", "I_o_ref", "R_sh_ref", "R_s", "Adjust")
    return at_maximum(pvsystem.calcparams_cec(light, cells, **{k: row[k] for k in keys}))


def by_sandia_name(folder, light, cells):
    found = pvsystem.sapm(light, cells, sam("SandiaMod")[SANDIA_KEY])
    return found["p_mp"], found["v_mp"]


def by_pan(folder, light, cells, name="m.PAN"):
    known = read_pan(folder / name).parameters
    thin = {k: known[k] for k in ("d2mutau", "NsVbi")} if known["d2mutau"] else {}
    return at_maximum(pvsystem.calcparams_pvsyst(light, cells, **{k: known[k] for k in SINGLE}), **thin)


def by_thin_pan(folder, light, cells):
    return by_pan(folder, light, cells, "thin.PAN")


def by_adr(folder, light, cells):
    found = read_matrix(folder / "m.csv", with_curves=False)
    efficiency = found["p_mp"] / found["irradiance"]
    fitted = pvarray.fit_pvefficiency_adr(found["irradiance"], found["temp_cell"], efficiency / efficiency.max())
    return light * efficiency.max() * pvarray.pvefficiency_adr(light, cells, **fitted), None


def by_matrix_diode(folder, light, cells):
    known = fit.pvsyst_from_matrix(read_matrix(folder / "m.csv", with_curves=True), 36)
    return at_maximum(pvsystem.calcparams_pvsyst(light, cells, **{k: known[k] for k in SINGLE}))


WAYS = {
    "power": ({"power_w": 455, "gamma_percent_per_c": -0.34, "low_light_loss_percent": 2.5}, by_power),
    "datasheet": (SHEET, by_datasheet),
    "catalog": ({"name": CATALOG_MODULE}, by_catalog_name),
    "cec": ({"name": CEC_MODULE}, by_cec_name),
    "sandia": ({"name": SANDIA_MODULE}, by_sandia_name),
    "pan": ({"pan": "m.PAN"}, by_pan),
    "thin pan": ({"pan": "thin.PAN"}, by_thin_pan),
    "adr": ({"iec61853": "m.csv"}, by_adr),
    "matrix diode": ({"iec61853": "m.csv", "model": "single-diode", "cells_in_series": 36}, by_matrix_diode),
}


@pytest.mark.parametrize(("stated", "alone"), WAYS.values(), ids=WAYS)
def test_dc_power_is_that_of_pvlib_alone(tmp_path, stated, alone):
    result = run(tmp_path, {"panels": 300}, module=stated)
    light, cells = result.found.poa_global, result.found.temp_cell
    expected, _ = alone(tmp_path, light, cells)
    nameplate = 1000 * result.system.dc_kwp
    off = np.abs(result.found.p_dc[0] - 300 * np.maximum(expected, 0))
    assert off[light >= DARKEST].max() < 1e-9 * nameplate
    assert off.max() < 1e-7 * nameplate, "below that the diode is proportional to the light"
    assert result.found.p_dc.max() > 0.5 * nameplate


@pytest.mark.parametrize("way", ("datasheet", "catalog", "cec", "sandia", "pan"))
def test_any_module_may_be_taken_by_pvwatts(tmp_path, way):
    stated, _ = WAYS[way]
    result = run(tmp_path, module=stated | {"model": "pvwatts"})
    module = result.hardware.modules[None]
    light, cells = result.found.poa_global, result.found.temp_cell
    expected = pvsystem.pvwatts_dc(
        light, cells, module.power_w, module.gamma_percent_per_c / 100, k=0.006, cap_adjustment=True
    )
    assert np.abs(result.found.p_dc[0] / 300 - expected).max() < 1e-9 * module.power_w


def test_dc_losses_multiply_what_pvlib_gives(tmp_path):
    losses = NO_LOSSES | {"soiling_percent": 5.0, "shading_percent": 2.0, "mismatch_percent": 1.0, "lid_percent": 0.5}
    result = run(tmp_path, module={"name": CEC_MODULE}, losses=losses)
    light = result.found.poa_global * 0.95 * 0.98
    expected, _ = by_cec_name(tmp_path, light, result.found.temp_cell)
    off = np.abs(result.found.p_dc[0] / (0.99 * 0.995) - 300 * expected)
    assert off[light >= DARKEST].max() < 1e-9 * 300 * 220


@pytest.mark.parametrize("pair", list(itertools.combinations(WAYS, 2))[::5], ids="-".join)
def test_unlike_modules_in_one_scenario_equal_each_alone(tmp_path, pair):
    own_inverter = {"inverters": {"a": {}, "b": {"dc_ac_ratio": 1.0}}}
    modules = {"a": WAYS[pair[0]][0], "b": WAYS[pair[1]][0]}
    roofs = {k: {"module": k, "inverter": k, "surface_tilt": t} for k, t in (("a", 10.0), ("b", 30.0))}
    both = run(tmp_path, roofs["a"], roofs["b"], modules=modules, **own_inverter)
    for i, key in enumerate("ab"):
        alone = run(tmp_path, roofs[key], modules={key: modules[key]}, inverters={key: own_inverter["inverters"][key]})
        np.testing.assert_allclose(both.found.p_dc[i], alone.found.p_dc[0], rtol=1e-9, atol=1e-6)
        assert both.system.planes[i].ledger_kwh == pytest.approx(alone.system.planes[0].ledger_kwh, rel=1e-12)


def test_crystalline_and_thin_film_of_one_model_equal_each_alone(tmp_path):
    modules = {"a": {"pan": "m.PAN"}, "b": {"pan": "thin.PAN"}}
    both = run(tmp_path, {"module": "a"}, {"module": "b"}, modules=modules, physics=PLAIN)
    for i, key in enumerate("ab"):
        alone = run(tmp_path, {"module": key}, modules={key: modules[key]})
        np.testing.assert_allclose(both.found.p_dc[i], alone.found.p_dc[0], rtol=1e-10, atol=1e-6)


def test_the_order_of_roofs_does_not_matter(tmp_path):
    modules = {key.replace(" ", "_"): stated for key, (stated, _) in WAYS.items()}
    roofs = [{"module": m, "name": m, "surface_tilt": 5.0 + i} for i, m in enumerate(modules)]
    first = run(tmp_path, *roofs, plain=False, modules=modules)
    turned = run(tmp_path, *reversed(roofs), plain=False, modules=modules)
    assert turned.annual_kwh == pytest.approx(first.annual_kwh, rel=1e-12)
    kwh = {p.name: p.ledger_kwh for p in first.system.planes}
    for plane in turned.system.planes:
        assert plane.ledger_kwh == pytest.approx(kwh[plane.name], rel=1e-10)


def test_the_incidence_of_a_module_file_holds_unless_the_scenario_says_otherwise(tmp_path):
    def incidence(**physics):
        result = run(tmp_path, module={"pan": "m.PAN"}, losses=NO_LOSSES, plain=False, **physics)
        return next(line for line in result.ledger if line.name == "incidence")

    own, said = incidence(), incidence(physics={"iam": "physical"})
    assert own.source == "the module's own profile"
    assert abs(own.percent_of_previous - said.percent_of_previous) > 0.3
    assert incidence(physics=PLAIN).percent_of_previous == pytest.approx(100, abs=1e-9)


def test_lid_comes_from_the_table_then_losses_then_the_file(tmp_path):
    def left(module, **losses):
        result = run(tmp_path, module={"pan": "m.PAN"} | module, plain=False, losses=losses)
        return next(line.percent_of_previous for line in result.ledger if line.name == "lid")

    assert left({}) == pytest.approx(99.7)
    assert left({}, lid_percent=2.0) == pytest.approx(98)
    assert left({"lid_percent": 5.0}, lid_percent=2.0) == pytest.approx(95)


# --- inverters -------------------------------------------------------------------------------------------------


@cache
def sandia_row():
    return sam("CECInverter")["".join(c if c.isalnum() else "_" for c in CEC_INVERTER)]


def test_pvwatts_inverter_is_that_of_pvlib_alone(tmp_path):
    result = run(tmp_path, inverter={"dc_ac_ratio": 1.5, "nominal_efficiency_percent": 97.0})
    rated = 135_000 / 1.5
    expected = pvlib_inverter.pvwatts(result.found.p_dc[0], rated / 0.97, eta_inv_nom=0.97)
    assert np.abs(result.found.p_ac - expected).max() < 1e-9 * rated
    assert result.found.p_ac.max() == pytest.approx(rated), "it clips"


@pytest.mark.parametrize("count", (1, 2))
def test_a_cec_inverter_with_one_plane_is_that_of_pvlib_alone(tmp_path, count):
    stated = {"name": CEC_INVERTER, "count": count}
    result = run(tmp_path, {"modules_in_series": 13, "panels": 420}, module={"name": CEC_MODULE}, inverter=stated)
    _, volts = by_cec_name(tmp_path, result.found.poa_global, result.found.temp_cell)
    row = sandia_row()
    volts = np.clip(13 * volts, row["Mppt_low"], row["Mppt_high"])
    lit = result.found.poa_global >= DARKEST
    np.testing.assert_allclose(result.found.v_dc[0][lit], volts[lit], rtol=2e-5)  # where the power is flat
    given = count * pvlib_inverter.sandia(result.found.v_dc[0], result.found.p_dc[0] / count, row)
    expected = drawing(given, count * row["Pnt"])
    assert np.abs(result.found.p_ac - expected).max() < 1e-9 * row["Paco"] * count
    assert (expected < 0).any(), "night consumption at dawn is in it"
    if count == 1:
        assert expected.max() == pytest.approx(row["Paco"]), "it clips"


def test_a_cec_inverter_with_two_planes_is_that_of_pvlib_alone(tmp_path):
    roofs = [{"modules_in_series": n, "surface_tilt": t, "panels": 156} for n, t in ((13, 10.0), (12, 40.0))]
    result = run(tmp_path, *roofs, module={"name": CEC_MODULE}, inverter={"name": CEC_INVERTER, "count": 1})
    found = result.found
    with np.errstate(invalid="ignore"):  # both are 0
        given = pvlib_inverter.sandia_multi(list(found.v_dc), list(found.p_dc), sandia_row())
    expected = drawing(given, sandia_row()["Pnt"])
    assert np.abs(found.p_ac - expected).max() < 1e-9 * sandia_row()["Paco"]
    assert not np.allclose(found.v_dc[0], found.v_dc[1])


def test_an_inverter_of_unknown_strings_stands_at_its_rated_voltage(tmp_path):
    result = run(tmp_path, inverter={"name": CEC_INVERTER, "count": 2})
    row, power = sandia_row(), result.found.p_dc[0]
    expected = drawing(2 * pvlib_inverter.sandia(np.full_like(power, row["Vdco"]), power / 2, row), 2 * row["Pnt"])
    assert result.found.v_dc is None
    assert np.abs(result.found.p_ac - expected).max() < 1e-9 * 2 * row["Paco"]


def test_an_inverter_file_is_that_of_pvlib_alone(tmp_path):
    roofs = {"modules_in_series": 17, "panels": 130}
    result = run(tmp_path, roofs, module={"pan": "m.PAN"}, inverter={"ond": "i.OND", "count": 2})
    known = read_ond(tmp_path / "i.OND").parameters
    expected = drawing(2 * pvlib_inverter.sandia(result.found.v_dc[0], result.found.p_dc[0] / 2, known), 2.0)
    assert np.abs(result.found.p_ac - expected).max() < 1e-9 * 88_000


@pytest.mark.parametrize(
    "stated",
    (
        {"night_consumption_w": 7.0, "ac_power_kw": 50.0, "count": 2},
        {"name": CEC_INVERTER, "count": 2, "night_consumption_w": 7.0},
        {"name": CATALOG_INVERTER, "count": 2, "night_consumption_w": 7.0},
        {"ond": "i.OND", "count": 2, "night_consumption_w": 7.0},
    ),
)
def test_night_consumption_is_drawn_in_every_row_that_delivers_nothing(tmp_path, stated):
    with_it = run(tmp_path, inverter=stated, plain=False)
    without = run(tmp_path, inverter=stated | {"night_consumption_w": 0.0}, plain=False)
    hourly, before = with_it.hourly["p_ac_kw"].to_numpy(), without.hourly["p_ac_kw"].to_numpy()
    idle = before <= 0
    assert idle.sum() > 3000
    np.testing.assert_allclose(hourly, before - 0.014 * idle, atol=1e-12)
    lost = without.annual_kwh - with_it.annual_kwh
    assert lost == pytest.approx(0.014 * idle.sum(), rel=1e-9)
    assert sum(i.night_kwh for i in with_it.system.inverters) == pytest.approx(lost, rel=1e-9)
    assert with_it.annual_kwh == pytest.approx(hourly.sum(), rel=1e-12)


def test_clipping_is_what_a_larger_inverter_would_have_given(tmp_path):
    small = run(tmp_path, inverter={"ac_power_kw": 60.0, "nominal_efficiency_percent": 100.0})
    over = small.found.p_dc[0] - 60_000
    assert small.system.inverters[0].clipped_kwh > 0
    # the efficiency of a clipped row is that of full load, 1: all that is above 60 kW is clipped
    assert small.system.inverters[0].clipped_kwh == pytest.approx(over[over > 0].sum() / 1000, rel=1e-9)


@pytest.mark.parametrize("limit", (0.0, 20.0, 1000.0))
def test_the_export_limit_cuts_each_row(tmp_path, limit):
    free = run(tmp_path, plain=False)
    cut = run(tmp_path, plain=False, site={"export_limit_kw": limit})
    np.testing.assert_allclose(cut.found.p_ac, np.minimum(free.found.p_ac, 1000 * limit), rtol=1e-12)
    curtailed = cut.to_dict()["energy"]["curtailed_kwh"]
    assert curtailed == pytest.approx(free.annual_kwh - cut.annual_kwh, abs=1e-6)
    assert free.to_dict()["energy"]["curtailed_kwh"] is None


# --- strings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("window", "series"), (((520.0, 900.0), 11), ((100.0, 480.0), 11)), ids=("below", "above"))
@pytest.mark.parametrize("way", ("cec", "pan", "thin pan"))
def test_a_string_outside_of_the_window_is_held_at_its_edge(tmp_path, window, series, way):
    stated, _ = WAYS[way]
    series = series if way == "cec" else round(series * 46.9 / 40.89)
    inverter = {"mppt_low_v": window[0], "mppt_high_v": window[1]}
    roof = {"modules_in_series": series, "panels": 100}
    result = run(tmp_path, roof, module=stated, inverter=inverter)
    n, found = roof["modules_in_series"], result.found
    if way == "cec":
        row = sam("CECMod")[CEC_KEY]
        keys = ("alpha_sc", "a_ref", "I_L_ref", "I_o_ref", "R_sh_ref", "R_s", "Adjust")
        five, thin = pvsystem.calcparams_cec(found.poa_global, found.temp_cell, **{k: row[k] for k in keys}), {}
    else:
        known = read_pan(tmp_path / stated["pan"]).parameters
        thin = {k: known[k] for k in ("d2mutau", "NsVbi")} if known["d2mutau"] else {}
        five = pvsystem.calcparams_pvsyst(found.poa_global, found.temp_cell, **{k: known[k] for k in SINGLE})
    power, volts = at_maximum(five, **thin)
    held = np.clip(n * volts, *window)
    moved = np.abs(held - n * volts) > 1e-6
    assert 0 < moved.sum() < moved.size
    # beyond the open circuit there is no power; pvlib's search finds none there
    open_v = singlediode.bishop88_v_from_i(0.0, *five, **thin, method="brentq")
    power[moved & (held / n >= open_v)] = 0
    moved &= held / n < open_v
    some = [np.broadcast_to(p, moved.shape)[moved] for p in five]
    current = singlediode.bishop88_i_from_v(held[moved] / n, *some, **thin, method="brentq")
    power[moved] = current * held[moved] / n
    lit = found.poa_global >= DARKEST
    assert np.abs(found.p_dc[0] - 100 * power)[lit].max() < 1e-9 * 1000 * result.system.dc_kwp
    np.testing.assert_allclose(found.v_dc[0][lit], held[lit], rtol=2e-5)
    lost = result.system.inverters[0].voltage_window_kwh
    assert lost > 0
    free = run(tmp_path, roof, module=stated)
    assert free.found.p_dc.sum() - found.p_dc.sum() == pytest.approx(1000 * lost, rel=1e-9)


def test_strings_that_break_the_inverter_are_refused_with_their_line(tmp_path):
    roofs = [{"modules_in_series": 10}, {"modules_in_series": 30}]
    with pytest.raises(ScenarioError, match=r"case\.toml:\d+: roof\[1\]\.modules_in_series: 30 modules.* V open") as c:
        run(tmp_path, *roofs, module={"name": CEC_MODULE}, inverter={"name": CEC_INVERTER})
    (problem,) = c.value.problems
    text = (tmp_path / "case.toml").read_text(encoding="utf-8").splitlines()
    assert text[problem.line - 1] == "modules_in_series = 30"
    most = int(re.search(r"at most (\d+) modules", str(problem.allowed))[1])
    result = run(tmp_path, {"modules_in_series": most}, module={"name": CEC_MODULE}, inverter={"name": CEC_INVERTER})
    assert result.annual_kwh > 0
    with pytest.raises(ScenarioError):
        run(tmp_path, {"modules_in_series": most + 1}, module={"name": CEC_MODULE}, inverter={"name": CEC_INVERTER})


def test_strings_outside_of_the_window_are_a_warning(tmp_path):
    def told(series):
        inverter = {"mppt_low_v": 400.0, "mppt_high_v": 500.0, "vdc_max_v": 1000.0}
        roof = {"modules_in_series": series, "panels": 11 * series}
        return " ".join(run(tmp_path, roof, module={"name": CEC_MODULE}, inverter=inverter).warnings)

    assert "MPP trackers begin at 400 V" in told(8)
    assert "MPP trackers end at 500 V" in told(12)


def test_panels_that_fill_no_whole_string_are_a_warning(tmp_path):
    result = run(tmp_path, {"modules_in_series": 7}, module={"name": CEC_MODULE})
    assert any("300 panels are no whole number of strings of 7" in w for w in result.warnings)


def test_the_coldest_air_of_the_site_decides(tmp_path):
    stated = {"module": {"name": CEC_MODULE}, "inverter": {"name": CEC_INVERTER}}
    run(tmp_path, {"modules_in_series": 13}, site={"coldest_c": 0.0}, **stated)
    with pytest.raises(ScenarioError, match="-60 C"):
        run(tmp_path, {"modules_in_series": 13}, site={"coldest_c": -60.0}, **stated)


# --- the ledger ------------------------------------------------------------------------------------------------

SYSTEMS = {
    "plain": {},
    "window": {
        "roofs": ({"modules_in_series": 9}, {"modules_in_series": 11, "surface_azimuth": 90.0}),
        "module": {"name": CEC_MODULE},
        "inverter": {"mppt_low_v": 420.0, "mppt_high_v": 450.0, "night_consumption_w": 20.0},
    },
    "sandia": {"roofs": ({}, {"surface_tilt": 50.0}), "inverter": {"name": CEC_INVERTER, "count": 3}},
    "file": {"module": {"pan": "m.PAN"}, "inverter": {"ond": "i.OND"}, "site": {"export_limit_kw": 30.0}},
    "several": {
        "roofs": ({"inverter": "a"}, {"inverter": "b", "module": "m"}, {"inverter": "a", "shading_percent": 9.0}),
        "modules": {"m": {"iec61853": "m.csv"}},
        "inverters": {"a": {"ac_power_kw": 60.0, "night_consumption_w": 5.0}, "b": {"name": CATALOG_INVERTER}},
        "site": {"export_limit_kw": 55.0},
    },
}


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_the_ledger_closes_by_plane_and_in_all(tmp_path, system):
    system = dict(system)
    result = run(tmp_path, *system.pop("roofs", ()), plain=False, **system)
    planes, lines = result.system.planes, result.ledger
    assert lines[-1].kwh == pytest.approx(result.annual_kwh, rel=1e-9)
    assert sum(p.annual_kwh for p in planes) == pytest.approx(result.annual_kwh, rel=1e-9)
    for plane in planes:
        assert plane.ledger_kwh[-1] == pytest.approx(plane.annual_kwh, rel=1e-9)
        names = [line.name for line in lines]
        falls = np.diff(plane.ledger_kwh)[names.index("lid") - 1 :]
        assert (falls <= 1e-6).all(), dict(zip(names, plane.ledger_kwh, strict=True))
    for line, kwh in zip(lines, np.sum([p.ledger_kwh for p in planes], axis=0), strict=True):
        assert line.kwh == pytest.approx(kwh, rel=1e-9)
    hourly = result.hourly
    assert hourly["p_ac_kw"].sum() == pytest.approx(result.annual_kwh, rel=1e-9)
    assert result.lifetime[0].annual_kwh == result.annual_kwh
    kwh = {line.name: line.kwh for line in lines}
    assert hourly["p_dc_kw"].sum() == pytest.approx(kwh["voltage window"], rel=1e-9)
    clipped = sum(i.clipped_kwh for i in result.system.inverters)
    assert kwh["inverter efficiency"] - kwh["inverter clipping"] == pytest.approx(clipped, abs=1e-6)


def test_inverters_of_their_own_add_up(tmp_path):
    roofs = [{"inverter": k, "surface_azimuth": a} for k, a in (("a", 90.0), ("b", 270.0))]
    inverters = {"a": {"name": CEC_INVERTER}, "b": {"ond": "i.OND"}}
    both = run(tmp_path, *roofs, plain=False, inverters=inverters)
    alone = [run(tmp_path, r, plain=False, inverters={r["inverter"]: inverters[r["inverter"]]}) for r in roofs]
    assert both.annual_kwh == pytest.approx(sum(r.annual_kwh for r in alone), rel=1e-12)


# --- names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", (CEC_MODULE, CEC_KEY, CEC_MODULE.upper(), "canadian solar inc cs5p 220m", "CanadianSolarInc.CS5P-220M")
)
def test_a_module_is_found_however_it_is_punctuated(name):
    assert find_module(name).name == CEC_MODULE


@pytest.mark.parametrize("table_name", ("CECMod", "SandiaMod"))
def test_every_name_of_pvlib_is_found_in_its_own_table(table_name):
    kind = {"CECMod": "cec", "SandiaMod": "sandia"}[table_name]
    names = list(sam(table_name))
    for name in names[:: max(1, len(names) // 500)]:
        entry = find_module(name)
        assert entry is not None
        assert entry.table in (kind, "cec")
        if entry.table == kind == "cec":
            assert entry.number("STC") == sam(table_name)[name]["STC"]


def test_every_inverter_of_pvlib_is_found():
    names = list(sam("CECInverter"))
    for name in names[:: len(names) // 500]:
        assert find_inverter(name).number("Paco") == sam("CECInverter")[name]["Paco"]


def test_names_that_do_not_exist_are_told_together_with_their_lines(tmp_path):
    tables = {
        "modules": {"a": {"name": "LONGi LR4-72HPH-450"}, "b": {"pan": "absent.PAN"}},
        "inverters": {"c": {"name": "Huawei SUN2000-100KTL"}, "d": {"ond": "absent.OND"}},
    }
    roofs = [{"module": m, "inverter": i} for m, i in (("a", "c"), ("b", "d"))]
    with pytest.raises(ScenarioError) as caught:
        run(tmp_path, *roofs, **tables)
    problems = {p.key: p for p in caught.value.problems}
    assert set(problems) == {"modules.a.name", "modules.b.pan", "inverters.c.name", "inverters.d.ond"}
    lines = (tmp_path / "case.toml").read_text(encoding="utf-8").splitlines()
    for key, problem in problems.items():
        assert lines[problem.line - 1].startswith(f"{key.rsplit('.', 1)[1]} = ")
    assert "LONGi LR4-72HPH-450M" in str(problems["modules.a.name"].allowed)
    assert "Huawei SUN2000-100KTL-M1" in str(problems["inverters.c.name"].allowed)


def test_files_that_cannot_be_read_are_told_together(tmp_path):
    for name in ("bad.PAN", "bad.OND"):
        (tmp_path / name).write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        run(tmp_path, module={"pan": "bad.PAN"}, inverter={"ond": "bad.OND"})
    assert {p.key for p in caught.value.problems} == {"module.pan", "inverter.ond"}


def test_two_module_files_that_cannot_be_read_are_told_together(tmp_path):
    for name in ("bad.PAN", "bad.csv"):
        (tmp_path / name).write_text("nothing\n", encoding="utf-8")
    modules = {"a": {"pan": "bad.PAN"}, "b": {"iec61853": "bad.csv"}}
    with pytest.raises(ScenarioError) as caught:
        run(tmp_path, {"module": "a"}, {"module": "b"}, modules=modules)
    assert {p.key for p in caught.value.problems} == {"modules.a.pan", "modules.b.iec61853"}
    assert all(p.line for p in caught.value.problems)


def test_a_file_outside_of_the_folder_is_refused(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "x.PAN").write_text(pan_text(), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"module\.pan: .*outside"):
        run(inner, module={"pan": "../x.PAN"})
    scenario = load(inner, module={"pan": "../x.PAN"})
    assert pvsim.simulate(scenario, allow_path=True).annual_kwh > 0


# --- contradictions --------------------------------------------------------------------------------------------

REFUSED = {
    "fraction as gamma": ({"power_w": 450, "gamma_percent_per_c": -0.0035}, r"fraction.* -0\.35"),
    "fraction as alpha": (SHEET | {"alpha_sc_percent_per_c": 0.0005}, r"fraction.* 0\.05"),
    "power against vmp x imp": (SHEET | {"power_w": 540}, r"power_w: 540 W, but vmp_v x imp_a are 450"),
    "area against efficiency": ({"power_w": 450, "area_m2": 2.17, "efficiency_percent": 10.0}, "efficiency_percent"),
    "too small an area": ({"power_w": 450, "area_m2": 1.0}, "efficiency of 45%"),
    "name and file": ({"name": CEC_MODULE, "pan": "m.PAN"}, "pan: given together with name"),
    "file and datasheet": ({"pan": "m.PAN", "voc_v": 49.3}, "voc_v: given together with pan"),
    "file and matrix": ({"pan": "m.PAN", "iec61853": "m.csv"}, "iec61853: given together with pan"),
    "half a datasheet": ({"voc_v": 49.3, "isc_a": 11.6}, "without vmp_v.*imp_a"),
    "datasheet without gamma": (
        {k: v for k, v in SHEET.items() if k != "gamma_percent_per_c"},
        "without gamma_percent_per_c",
    ),
    "half cells": (SHEET | {"cells_in_series": 144}, "144 half cells has 72"),
    "swapped voltages": (SHEET | {"voc_v": 41.5, "vmp_v": 49.3}, "vmp_v.*swapped"),
    "swapped currents": (SHEET | {"isc_a": 10.85, "imp_a": 11.6}, "imp_a.*swapped"),
    "model of another kind": ({"power_w": 450, "model": "single-diode"}, "model"),
    "sapm of a CEC name": ({"name": CEC_MODULE, "model": "sapm"}, "single-diode"),
    "diode without cells": ({"iec61853": "m.csv", "model": "single-diode"}, "cells_in_series"),
    "cells without diode": ({"iec61853": "m.csv", "cells_in_series": 36}, "cells_in_series"),
    "low light of a diode": ({"name": CEC_MODULE, "low_light_loss_percent": 2.0}, "low_light_loss_percent"),
    "gamma of a matrix": ({"iec61853": "m.csv", "gamma_percent_per_c": -0.3}, "gamma_percent_per_c"),
    "no such diode": (SHEET | {"gamma_percent_per_c": -1.9}, "no single diode"),
}


@pytest.mark.parametrize(("stated", "message"), REFUSED.values(), ids=REFUSED)
def test_a_module_that_contradicts_itself_is_refused(tmp_path, stated, message):
    with pytest.raises(ScenarioError, match=rf"case\.toml:\d+.*{message}"):
        run(tmp_path, module=stated)


TAKEN = {
    "power against the matrix": {"iec61853": "m.csv", "power_w": 400},
    "efficiency against area, default power": {"area_m2": 2.17, "efficiency_percent": 10.0},
    "efficiency against area of a datasheet": SHEET | {"area_m2": 2.17, "efficiency_percent": 10.0},
    "efficiency against the catalog": {"name": CATALOG_MODULE, "efficiency_percent": 12.0},
    "area against the catalog": {"name": CATALOG_MODULE, "area_m2": 5.0},
    "area against a module file": {"pan": "m.PAN", "area_m2": 0.5},
    "area against a matrix": {"iec61853": "m.csv", "area_m2": 0.1},
}


@pytest.mark.parametrize("stated", TAKEN.values(), ids=TAKEN)
def test_what_is_stated_against_a_name_or_a_file_is_refused(tmp_path, stated):
    with pytest.raises(PvsimError):
        run(tmp_path, module=stated)


REFUSED_INVERTERS = {
    "name and power": ({"name": CEC_INVERTER, "ac_power_kw": 60.0}, "ac_power_kw: given together with name"),
    "file and efficiency": (
        {"ond": "i.OND", "efficiency_percent": 98.0},
        "efficiency_percent: given together with ond",
    ),
    "name and file": ({"name": CEC_INVERTER, "ond": "i.OND"}, "ond: given together with name"),
    "two efficiencies": ({"efficiency_percent": 98.0, "nominal_efficiency_percent": 98.4}, "stated once"),
    "count and ratio": ({"name": CEC_INVERTER, "count": 2, "dc_ac_ratio": 1.2}, "dc_ac_ratio: given together"),
    "window turned": ({"mppt_low_v": 900.0, "mppt_high_v": 200.0}, "mppt_low_v: 900 V is above"),
    "bears less than its window": ({"mppt_high_v": 1000.0, "vdc_max_v": 600.0}, "mppt_high_v: 1000 V is above"),
    "far too small": ({"ac_power_kw": 5.0}, "DC/AC ratio of 27"),
}


@pytest.mark.parametrize(("stated", "message"), REFUSED_INVERTERS.values(), ids=REFUSED_INVERTERS)
def test_an_inverter_that_contradicts_itself_is_refused(tmp_path, stated, message):
    with pytest.raises(ScenarioError, match=rf"case\.toml:\d+.*{message}"):
        run(tmp_path, inverter=stated)


TAKEN_INVERTERS = {
    "window above that of the name": {"name": CATALOG_INVERTER, "mppt_low_v": 1500.0},
    "window below that of the name": {"name": CATALOG_INVERTER, "mppt_high_v": 100.0},
    "bears less than the window of the name": {"name": CATALOG_INVERTER, "vdc_max_v": 300.0},
    "a hundredth of the power": {"ond": "i.OND", "count": 1},
}


@pytest.mark.parametrize("stated", TAKEN_INVERTERS.values(), ids=TAKEN_INVERTERS)
def test_what_is_stated_against_a_named_inverter_is_refused(tmp_path, stated):
    with pytest.raises(PvsimError):
        run(tmp_path, {"panels": 9000, "modules_in_series": 1}, inverter=stated)


def test_half_a_window_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="mppt_low_v and mppt_high_v together"):
        run(tmp_path, {"modules_in_series": 3}, module={"name": CEC_MODULE}, inverter={"mppt_low_v": 400.0})


@pytest.mark.parametrize(
    "stated", [{"name": CATALOG_MODULE}, {"pan": "m.PAN"}, {"name": CEC_MODULE, "model": "pvwatts"}]
)
def test_power_beside_a_name_is_another_class_of_its_series(tmp_path, stated):
    """Everything but the voltages grows with it; far from the name it is doubted."""
    own = run(tmp_path, module=stated)
    power = own.system.modules[0].power_w
    more = run(tmp_path, module=stated | {"power_w": 1.05 * power})
    assert more.system.dc_kwp == pytest.approx(1.05 * own.system.dc_kwp)
    # its cells are a little cooler, as more of the light leaves them as power
    assert more.annual_kwh == pytest.approx(1.05 * own.annual_kwh, rel=2e-3)
    assert not any("far from" in w for w in more.warnings)
    assert any("far from" in w for w in run(tmp_path, module=stated | {"power_w": 1.2 * power}).warnings)


def test_strings_whose_voltages_are_not_known_say_that_they_were_not_checked(tmp_path):
    result = run(tmp_path, {"modules_in_series": 20}, inverter={"name": CATALOG_INVERTER})
    assert any("strings were not checked" in w for w in result.warnings)
    assert not any(a.key == "site.coldest_c" for a in result.assumptions)
    assert {line.name: line.source for line in result.ledger}["voltage window"].endswith("not known")
    known = run(
        tmp_path, {"modules_in_series": 20}, module={"name": CATALOG_MODULE}, inverter={"name": CATALOG_INVERTER}
    )
    assert not any("not checked" in w for w in known.warnings)
    assert any(a.key == "site.coldest_c" for a in known.assumptions)
