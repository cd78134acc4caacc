"""What pvsim asks of pvlib's models of modules and inverters: that they work on stacked arrays (plane, time).

The parameters of each module come as columns (P, 1), light and temperature as (P, T); every function gives what
it gives for one module after the other.
"""

from __future__ import annotations

import numpy as np
import pytest
from pvlib import iam, inverter, pvarray, pvsystem, singlediode

LAST_DIGITS = 1e-12
RNG = np.random.default_rng(42)
PLANES, ROWS = 3, 50
LIGHT = np.concatenate(
    [RNG.uniform(0.5, 1300, (PLANES, ROWS - 2)), np.full((PLANES, 1), 0.01), np.full((PLANES, 1), 1000.0)], axis=1
)
CELLS = RNG.uniform(-10, 75, (PLANES, ROWS))

CEC = {
    "alpha_sc": [0.0058, 0.0065, 0.0074], "a_ref": [1.858, 1.766, 1.688], "I_L_ref": [11.61, 14.38, 18.57],
    "I_o_ref": [3.4e-11, 3.1e-12, 2.2e-11], "R_sh_ref": [165.0, 295.0, 121.0], "R_s": [0.185, 0.243, 0.146],
    "Adjust": [9.6, -4.1, 10.3],
}  # fmt: skip
PVSYST = {
    "alpha_sc": [0.0058, 0.0065, 0.0084], "gamma_ref": [1.0, 1.03, 1.05], "mu_gamma": [-0.0003, 0.0, 0.0004],
    "I_L_ref": [11.61, 14.38, 18.67], "I_o_ref": [5e-11, 4e-11, 6e-11], "R_sh_ref": [400.0, 600.0, 1000.0],
    "R_sh_0": [1600.0, 3000.0, 80000.0], "R_s": [0.2, 0.22, 0.168], "cells_in_series": [72.0, 72.0, 66.0],
    "R_sh_exp": [5.5, 5.5, 6.0],
}  # fmt: skip
SAPM = {
    "Isco": [5.1, 8.5], "Voco": [59.3, 37.1], "Impo": [4.55, 8.0], "Vmpo": [48.3, 30.1], "Aisc": [4e-4, 6e-4],
    "Aimp": [1.8e-4, 1e-4], "Bvoco": [-0.21, -0.13], "Mbvoc": [0.0, 0.0], "Bvmpo": [-0.235, -0.136],
    "Mbvmp": [0.0, 0.0], "N": [1.4, 1.1], "Cells_in_Series": [96.0, 60.0], "C0": [1.01, 0.99], "C1": [-0.01, 0.01],
    "C2": [0.28, -0.1], "C3": [-5.4, -9.5],
}  # fmt: skip
ADR = {
    "k_a": [1.0, 1.0, 1.0], "k_d": [-6.0, -8.0, -10.0], "tc_d": [0.02, 0.03, 0.02], "k_rs": [0.05, 0.02, 0.03],
    "k_rsh": [0.1, 0.05, 0.2],
}  # fmt: skip
SANDIA = {
    "Paco": 60000.0, "Pdco": 61000.0, "Vdco": 620.0, "Pso": 150.0, "C0": -1e-7, "C1": 1e-5, "C2": 1e-3, "C3": 1e-4,
    "Pnt": 18.0,
}  # fmt: skip


def columns(parameters):
    return {key: np.array(values, dtype=float)[:, None] for key, values in parameters.items()}


@pytest.mark.parametrize(
    ("function", "parameters"),
    [(pvsystem.calcparams_cec, CEC), (pvsystem.calcparams_pvsyst, PVSYST)],
    ids=["cec", "pvsyst"],
)
def test_five_parameters_of_stacked_modules(function, parameters):
    stacked = [np.broadcast_to(x, LIGHT.shape) for x in function(LIGHT, CELLS, **columns(parameters))]
    for p in range(PLANES):
        single = function(LIGHT[p], CELLS[p], **{key: values[p] for key, values in parameters.items()})
        for many, one in zip(stacked, single, strict=True):
            np.testing.assert_allclose(many[p], one, rtol=LAST_DIGITS)


def _five():
    return pvsystem.calcparams_cec(LIGHT, CELLS, **columns(CEC))


def test_points_on_the_curves_of_stacked_modules():
    five = _five()
    voltage = np.linspace(20, 45, PLANES)[:, None] * np.ones_like(LIGHT)
    stacked = singlediode.bishop88(voltage, *five, gradients=True)
    assert len(stacked) == 8  # i, v, p and five gradients, the last of them d2P/dVdVd
    for p in range(PLANES):
        single = singlediode.bishop88(voltage[p], *(np.broadcast_to(x, LIGHT.shape)[p] for x in five), gradients=True)
        for many, one in zip(stacked, single, strict=True):
            np.testing.assert_allclose(many[p], one, rtol=1e-9, atol=1e-12)


def test_gradients_are_those_of_the_power():
    """The fourth is dP/dV and the fifth its slope with the diode's voltage: what Newton's steps are made of."""
    five = _five()
    at, step = np.full(LIGHT.shape, 35.0), 1e-4
    *_, slope, curvature = singlediode.bishop88(at, *five, gradients=True)
    (_, v_low, p_low), (_, v_high, p_high) = (singlediode.bishop88(at + d, *five) for d in (-step, step))
    np.testing.assert_allclose(slope, (p_high - p_low) / (v_high - v_low), rtol=1e-5, atol=1e-5)
    *_, low, _ = singlediode.bishop88(at - step, *five, gradients=True)
    *_, high, _ = singlediode.bishop88(at + step, *five, gradients=True)
    np.testing.assert_allclose(curvature, (high - low) / (2 * step), rtol=1e-5, atol=1e-5)


def test_search_for_the_maximum_on_arrays():
    five = tuple(np.broadcast_to(x, LIGHT.shape).ravel() for x in _five())
    by_newton = singlediode.bishop88_mpp(*five, method="newton")
    by_brentq = singlediode.bishop88_mpp(*five, method="brentq")
    np.testing.assert_allclose(by_newton[2], by_brentq[2], rtol=1e-8, atol=1e-9)


def test_current_at_a_voltage_on_arrays():
    bright = LIGHT > 20
    five = tuple(np.broadcast_to(x, LIGHT.shape)[bright] for x in _five())
    voltage = np.linspace(5, 25, bright.sum())
    found = np.asarray(singlediode.bishop88_i_from_v(voltage, *five, method="brentq"))
    for i in range(0, voltage.size, 17):
        single = singlediode.bishop88_i_from_v(voltage[i], *(float(x[i]) for x in five), method="brentq")
        assert found[i] == pytest.approx(float(single), rel=1e-9, abs=1e-9)


def test_sapm_of_stacked_modules():
    light, cells = LIGHT[:2], CELLS[:2]
    stacked = pvsystem.sapm(light, cells, columns(SAPM))
    for p in range(2):
        single = pvsystem.sapm(light[p], cells[p], {key: values[p] for key, values in SAPM.items()})
        for name in ("p_mp", "v_mp"):
            np.testing.assert_allclose(stacked[name][p], single[name], rtol=LAST_DIGITS)


def test_efficiency_surface_of_stacked_modules():
    stacked = pvarray.pvefficiency_adr(LIGHT, CELLS, **columns(ADR))
    at_25 = pvarray.pvefficiency_adr(LIGHT, 25.0, **columns(ADR))
    for p in range(PLANES):
        own = {key: values[p] for key, values in ADR.items()}
        np.testing.assert_allclose(stacked[p], pvarray.pvefficiency_adr(LIGHT[p], CELLS[p], **own), rtol=LAST_DIGITS)
        np.testing.assert_allclose(at_25[p], pvarray.pvefficiency_adr(LIGHT[p], 25.0, **own), rtol=LAST_DIGITS)


def test_efficiency_surface_is_found_again_in_its_own_values():
    own = {key: values[0] for key, values in ADR.items()}
    light, cells = (g.ravel() for g in np.meshgrid([100.0, 200, 400, 600, 800, 1000, 1100], [15.0, 25, 50, 75]))
    found = pvarray.fit_pvefficiency_adr(light, cells, pvarray.pvefficiency_adr(light, cells, **own))
    assert found == pytest.approx(own, rel=1e-4)


def test_inverter_of_sandia_on_arrays():
    power, voltage = np.linspace(0, 80_000, 200), np.linspace(500, 800, 200)
    found = inverter.sandia(voltage, power, SANDIA)
    singly = [float(inverter.sandia(v, p, SANDIA)) for v, p in zip(voltage, power, strict=True)]
    np.testing.assert_allclose(found, singly, rtol=LAST_DIGITS)
    assert found.max() == SANDIA["Paco"] and found[0] == -SANDIA["Pnt"]


def test_inverter_of_sandia_with_several_inputs():
    """Two inputs at one voltage are one input of their sum; arrays go through."""
    power, voltage = np.linspace(100, 80_000, 200), np.full(200, 640.0)
    one = inverter.sandia(voltage, power, SANDIA)
    two = inverter.sandia_multi([voltage, voltage], [0.3 * power, 0.7 * power], SANDIA)
    np.testing.assert_allclose(two, one, rtol=1e-9)


def test_inverter_of_sandia_is_found_again_in_its_own_curves():
    at = {"Vmin": 530.0, "Vnom": 620.0, "Vmax": 850.0}
    power = np.array([6e3, 12e3, 18e3, 30e3, 45e3, 60e3])
    level = np.repeat(list(at), power.size)
    taken, voltage = np.tile(power, 3), np.repeat(list(at.values()), power.size)
    given = inverter.sandia(voltage, taken, SANDIA)
    found = inverter.fit_sandia(given, taken, voltage, level, SANDIA["Paco"], SANDIA["Pnt"])
    np.testing.assert_allclose(inverter.sandia(voltage, taken, found), given, rtol=1e-4)


def test_incidence_of_a_profile_on_arrays():
    angles, factors = (0.0, 40.0, 60.0, 80.0, 90.0), (1.0, 0.99, 0.96, 0.73, 0.0)
    aoi = np.linspace(0, 90, 180).reshape(3, -1)
    found = iam.interp(aoi, theta_ref=angles, iam_ref=factors)
    assert found.shape == aoi.shape
    np.testing.assert_allclose(found, np.interp(aoi, angles, factors), rtol=1e-12, atol=1e-15)


def test_marion_integral_of_any_function():
    """Of a glass that lets everything through, everything comes; of pvlib's own, what marion_diffuse has."""
    assert iam.marion_integrate(np.ones_like, 20.0, "sky") == pytest.approx(1.0)
    named = iam.marion_diffuse("physical", 20.0)
    for region in ("sky", "ground"):
        assert iam.marion_integrate(iam.physical, 20.0, region) == pytest.approx(named[region], rel=1e-12)
