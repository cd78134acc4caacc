"""The single diode at its maximum: what the table and few steps reach is what pvlib's own slow search finds."""

from __future__ import annotations

import numpy as np
import pytest
from pvlib import pvsystem, singlediode

from pvsim.physics import dc, fit
from pvsim.scenario.catalog import catalog_names, find_module

RNG = np.random.default_rng(11)
COUNT = 1500
LIGHT = np.exp(RNG.uniform(np.log(1e-3), np.log(1400), (1, COUNT)))
CELLS = RNG.uniform(-35, 95, (1, COUNT))  # also beyond the temperatures of the table
OF_NAMEPLATE = 1e-9


def _catalog(name: str) -> dict[str, float]:
    entry = find_module(name)
    row = {key: float(value) for key, value in entry.cells.items() if key.endswith(("_v", "_a", "_per_c", "_series"))}
    return fit.cec_from_datasheet(
        row["vmp_v"], row["imp_a"], row["voc_v"], row["isc_a"], row["alpha_sc_percent_per_c"] / 100 * row["isc_a"],
        row["beta_voc_percent_per_c"] / 100 * row["voc_v"], row["gamma_percent_per_c"] / 100,
        int(row["cells_in_series"]),
    )  # fmt: skip


THIN_FILM = {
    "alpha_sc": 0.0007, "gamma_ref": 1.6, "mu_gamma": 0.001, "I_L_ref": 1.9, "I_o_ref": 2e-9, "R_sh_ref": 3000.0,
    "R_sh_0": 20000.0, "R_s": 5.5, "cells_in_series": 146.0, "R_sh_exp": 4.0, "EgRef": 1.5, "d2mutau": 1.2,
    "NsVbi": 146 * 0.9,
}  # fmt: skip
CRYSTALLINE = THIN_FILM | {
    "alpha_sc": 0.0084, "gamma_ref": 1.05, "mu_gamma": -0.0003, "I_L_ref": 18.67, "I_o_ref": 4e-11, "R_sh_ref": 1000.0,
    "R_sh_0": 80000.0, "R_s": 0.168, "cells_in_series": 66.0, "R_sh_exp": 5.5, "EgRef": 1.121,
    "d2mutau": 0.0, "NsVbi": np.inf,
}  # fmt: skip
MODULES = {
    "PERC": ("cec", _catalog("LONGi LR4-72HPH-450M")),
    "TOPCon": ("cec", _catalog("Jinko JKM580N-72HL4-V")),
    "PVsyst": ("pvsyst", CRYSTALLINE),
    "thin film": ("pvsyst", THIN_FILM),
}


def _columns(parameters):
    return {key: np.array([[value]]) for key, value in parameters.items()}


def _searched(kind, parameters, light, cells):
    """pvlib's own search by bisection, one point after the other."""
    five = dc.five_parameters(kind, light.ravel(), cells.ravel(), parameters)
    five = [np.broadcast_to(value, light.size) for value in five]
    extra = {key: parameters[key] for key in dc.RECOMBINATION} if parameters.get("d2mutau", 0) > 0 else {}
    return singlediode.bishop88_mpp(*five, **extra, method="brentq")


@pytest.mark.parametrize("name", MODULES)
def test_maximum_power_is_that_of_pvlibs_search(name):
    kind, parameters = MODULES[name]
    power, cool, v_mp = dc.maximum_power(kind, LIGHT, CELLS, _columns(parameters))
    _, voltage, told = _searched(kind, parameters, LIGHT, CELLS)
    stc = dc.stc_power_w(kind, parameters | {"modules": 1.0})
    assert np.abs(power[0] - told).max() < OF_NAMEPLATE * stc
    bright = LIGHT[0] > 1
    assert np.abs(power[0] / told - 1)[bright].max() < 1e-9
    assert np.abs(v_mp[0] / voltage - 1)[bright].max() < 1e-4
    _, _, at_25 = _searched(kind, parameters, LIGHT, np.full_like(CELLS, 25.0))
    assert np.abs(cool[0] - at_25).max() < 1e-5 * stc  # it only parts low light from temperature


@pytest.mark.parametrize("name", MODULES)
def test_without_light_there_is_nothing_and_next_to_none_is_finite(name):
    kind, parameters = MODULES[name]
    light = np.array([[0.0, 1e-12, 1e-6, 1e-3, 0.1, 1800.0, 3000.0]])
    found = dc.MODULE[kind](light, np.full_like(light, 20.0), modules=np.array([[3.0]]), **_columns(parameters))
    assert np.isfinite(found.power).all() and np.isfinite(found.v_mp).all()
    assert found.power[0, 0] == found.cool[0, 0] == found.v_mp[0, 0] == 0
    assert (np.diff(found.power[0]) >= 0).all()
    assert found.power[0, 1] < 1e-9


@pytest.mark.parametrize("name", MODULES)
def test_power_at_a_voltage_is_that_of_pvlibs_search(name):
    kind, parameters = MODULES[name]
    *_, v_mp = dc.maximum_power(kind, LIGHT, CELLS, _columns(parameters))
    voltage = v_mp[0] * RNG.uniform(0.3, 1.4, COUNT)
    some = {key: np.full(COUNT, value) for key, value in parameters.items()}
    found = dc.power_at(kind, voltage, LIGHT[0], CELLS[0], some)
    five = [np.broadcast_to(v, COUNT) for v in dc.five_parameters(kind, LIGHT[0], CELLS[0], parameters)]
    extra = {key: parameters[key] for key in dc.RECOMBINATION} if parameters.get("d2mutau", 0) > 0 else {}
    beyond = singlediode.bishop88(voltage, *five, **extra)[0] <= 0
    assert 50 < beyond.sum() < COUNT - 50
    assert (found[beyond] == 0).all()
    current = singlediode.bishop88_i_from_v(voltage[~beyond], *(v[~beyond] for v in five), **extra, method="brentq")
    stc = dc.stc_power_w(kind, parameters | {"modules": 1.0})
    assert np.abs(found[~beyond] - np.maximum(current * voltage[~beyond], 0)).max() < OF_NAMEPLATE * stc
    assert (found <= dc.maximum_power(kind, LIGHT, CELLS, _columns(parameters))[0][0] * (1 + 1e-9) + 1e-9).all()


@pytest.mark.parametrize("name", catalog_names("module"))
def test_datasheets_of_the_catalog_are_met(name):
    """Power, current and voltages at STC, and the three coefficients that the sheet prints."""
    entry, fitted = find_module(name), _catalog(name)
    row = {key: float(v) for key, v in entry.cells.items() if key.endswith(("_v", "_a", "_per_c"))}
    at_stc = pvsystem.singlediode(*pvsystem.calcparams_cec(1000.0, 25.0, **fitted))
    for ours, theirs in (("v_oc", "voc_v"), ("i_sc", "isc_a"), ("v_mp", "vmp_v"), ("i_mp", "imp_a")):
        assert at_stc[ours] == pytest.approx(row[theirs], rel=1e-3), ours
    hot = pvsystem.singlediode(*pvsystem.calcparams_cec(1000.0, 50.0, **fitted))
    assert 100 * (hot["p_mp"] / at_stc["p_mp"] - 1) / 25 == pytest.approx(row["gamma_percent_per_c"], abs=0.002)
    # Adjust turns the coefficients of current and voltage a little to meet that of power
    assert 100 * (hot["v_oc"] / at_stc["v_oc"] - 1) / 25 == pytest.approx(row["beta_voc_percent_per_c"], abs=0.05)
    assert abs(fitted["Adjust"]) < 30
    dull = pvsystem.singlediode(*pvsystem.calcparams_cec(200.0, 25.0, **fitted))
    assert 0.95 < dull["p_mp"] / at_stc["p_mp"] * 5 < 1.0


def test_a_sheet_that_no_diode_has_is_refused():
    with pytest.raises(Exception, match="no single diode"):
        fit.cec_from_datasheet(41.5, 10.85, 49.3, 11.6, 0.0058, -0.133, -0.009, 72)


def test_currents_of_a_pan_file_meet_its_open_and_short_circuit():
    thermal = fit.thermal_voltage(1.054, 66)
    for d2mutau, built_in in ((0.0, np.inf), (1.2, 66 * 0.9)):
        light, saturation = fit.pvsyst_currents(49.04, 18.67, thermal, 0.168, 1000.0, d2mutau, built_in)
        known = {"d2mutau": d2mutau, "NsVbi": built_in} if d2mutau else {}
        five = (light, saturation, 0.168, 1000.0, thermal)
        assert singlediode.bishop88(49.04, *five, **known)[0] == pytest.approx(0, abs=1e-9)
        assert singlediode.bishop88(18.67 * 0.168, *five, **known)[0] == pytest.approx(18.67, rel=1e-12)
