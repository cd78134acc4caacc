"""Published values: what the models rest on, held against numbers that others printed.

The package's own sun, heat and low-light factor are asked; else pvlib's functions, to which ``tests/physics`` holds the
package to the last digits, so that a changed pvlib shows here by name.
The sources of the files in ``data`` stand in ``data/README.md``. In other places already: Marion's example of diffuse
incidence, SAPM's mountings and pvlib's own defaults (``tests/physics/test_stages.py``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pvlib import inverter, pvarray, pvsystem
from pvlib.ivtools import sdm
from pvlib.pvsystem import retrieve_sam
from scipy import constants

from pvsim.physics import dc, sun, thermal

DATA = Path(__file__).parent / "data"
MATRICES = {"panasonic_vbhn325sa16.csv": 96, "nrel_xsi12922.csv": 36}  # and cells in series
STC = (1000, 25)
matrices = pytest.mark.parametrize("name", MATRICES)


def _matrix(name: str) -> pd.DataFrame:
    """Measured points, float columns as in the file, by irradiance and cell temperature."""
    table = pd.read_csv(DATA / name).astype(float)
    return table.set_index(["irradiance", "temp_cell"], drop=False)


def _rms(relative: pd.Series) -> float:
    return float(np.sqrt((relative**2).mean()))


# --- the sun: Reda and Andreas 2008, NREL/TP-560-34302 (revised), example of appendix A.5 and its tester -------------

GOLDEN = (39.742476, -105.1786, 1830.14)


def _golden(clock: str) -> tuple[float, float, float]:
    """Apparent zenith, zenith and azimuth at a moment of the example's clock."""
    moment = np.array([pd.Timestamp(f"{clock}-07:00").timestamp()])
    apparent, zenith, azimuth = sun.solar_position(moment, *GOLDEN)
    return float(apparent[0]), float(zenith[0]), float(azimuth[0])


def test_sun_of_the_spa_example():
    apparent, zenith, azimuth = _golden("2003-10-17T12:30:30")
    assert 90 - zenith == pytest.approx(39.872046, abs=1e-6)
    assert azimuth == pytest.approx(194.340241, abs=1e-6)
    # the example has 820 hPa and 11 degrees C, which makes 0.016332 degrees of refraction; ours 812 hPa and 12
    assert apparent == pytest.approx(50.111622, abs=3e-4)


def test_sunrise_and_sunset_of_the_spa_example():
    """Upper limb with refraction: 0.8333 degrees. The tester's sunset is the one of its UTC day: the evening before."""
    assert _golden("2003-10-17T06:12:43")[1] == pytest.approx(90.8333, abs=0.01)
    assert _golden("2003-10-16T17:20:19")[1] == pytest.approx(90.8333, abs=0.01)


# --- heat and PVWatts: the examples of pvlib's documentation and tests -----------------------------------------------


def test_cell_temperature_of_pvlibs_examples():
    def cell(model: str, irradiance: float, air: float, wind: float) -> float:
        heat = {k: np.array([[v]]) for k, v in thermal.parameters(model, "rack", 0.1).items()}
        found = thermal.temp_cell(model, np.array([[irradiance]]), np.array([air]), np.array([wind]), heat)
        return float(found[0, 0])

    assert cell("pvsyst", 1000, 10, 1) == pytest.approx(37.93103448275862, rel=1e-12)
    assert cell("faiman", 900, 20, 5) == pytest.approx(35.203, abs=1e-3)


def test_pvwatts_inverter_of_pvlibs_example():
    found = inverter.pvwatts(np.array([90.0, 50.0, 100.0]), 100.0, eta_inv_nom=0.95)
    np.testing.assert_allclose(found, [85.58556604752516, 47.60843624, 95.0], rtol=1e-9)


# --- single diode: curves computed to 20 digits ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["lambertw", "newton", "brentq"])
def test_single_diode_solves_the_precise_curves(method):
    told = pd.read_csv(DATA / "precise_iv_curves.csv")
    n_ns_vth = told["n"] * told["cells_in_series"] * constants.k * told["temp_k"] / constants.e
    names = ("photocurrent", "saturation_current", "resistance_series", "resistance_shunt")
    found = pvsystem.singlediode(*(told[n].to_numpy() for n in names), n_ns_vth.to_numpy(), method=method)
    for name in ("i_sc", "v_oc", "p_mp"):
        np.testing.assert_allclose(found[name], told[name], rtol=1e-12)
    for name in ("i_mp", "v_mp"):  # where the power is flat
        np.testing.assert_allclose(found[name], told[name], rtol=1e-7)


# Theristis et al. 2025, doi:10.1109/JPHOTOV.2025.3554338, Table 3: parameters that made a matrix, and those found again
TABLE_3_NAMES = (
    *("alpha_sc", "I_L_ref", "I_o_ref", "gamma_ref", "mu_gamma", "R_sh_ref", "R_sh_0", "R_sh_exp", "R_s"),
    *("cells_in_series", "EgRef"),
)
TABLE_3 = {
    "high current": (
        (1e-3, 10, 1e-11, 1.0, -1e-4, 300, 1500, 5.5, 0.2, 60, 1.121),
        (9.993e-4, 9.997, 1.408e-10, 1.109, -1.666e-5, 543.7, 6130, 5.5, 0.176, 60, 1.121),
    ),
    "high voltage": (
        (1e-3, 1.8, 1e-9, 1.5, 1e-4, 3000, 10000, 5.5, 5.0, 108, 1.4),
        (9.983e-4, 1.799, 1.225e-8, 1.706, 2.662e-4, 4288, 47560, 5.5, 4.292, 108, 1.4),
    ),
}
IEC_61853_1 = {15: (100, 200, 400, 600, 800, 1000), 25: (100, 200, 400, 600, 800, 1000, 1100)} | {
    50: (400, 600, 800, 1000, 1100),
    75: (600, 800, 1000, 1100),
}


@pytest.mark.parametrize("case", TABLE_3)
def test_pvsyst_parameters_fitted_to_a_matrix_are_the_published_ones(case):
    made, estimated = (dict(zip(TABLE_3_NAMES, values, strict=True)) for values in TABLE_3[case])
    points = np.array([(g, t) for t, light in IEC_61853_1.items() for g in light], dtype=float).T
    curves = pvsystem.singlediode(*pvsystem.calcparams_pvsyst(*points, **made))
    found = sdm.fit_pvsyst_iec61853_sandia_2025(
        *points, *(curves[n] for n in ("i_sc", "v_oc", "i_mp", "v_mp")), made["cells_in_series"], EgRef=made["EgRef"]
    )
    for name, value in estimated.items():
        assert found[name] == pytest.approx(value, rel=1e-3), name


# --- IEC 61853-1 matrices of real modules ----------------------------------------------------------------------------


@matrices
def test_matrix_holds_together(name):
    """Power is current times voltage: a swapped column or a slip of a digit shows."""
    points = _matrix(name)
    assert (points["i_mp"] * points["v_mp"] / points["p_mp"] - 1).abs().max() < 3e-3
    assert (points["i_mp"] < points["i_sc"]).all() and (points["v_mp"] < points["v_oc"]).all()
    assert not points.index.duplicated().any()


@matrices
def test_adr_model_fits_the_matrix(name):
    points = _matrix(name)
    efficiency = points["p_mp"] / points["p_mp"].loc[STC] / (points["irradiance"] / 1000)
    light, heat = points["irradiance"], points["temp_cell"]
    model = pvarray.fit_pvefficiency_adr(light, heat, efficiency)
    found = pvarray.pvefficiency_adr(light, heat, **model) / efficiency - 1
    assert _rms(found) < 0.0035
    assert found.abs().max() < 0.009


@matrices
def test_pvsyst_single_diode_fits_the_matrix(name):
    points = _matrix(name)
    model = sdm.fit_pvsyst_iec61853_sandia_2025(
        *(points[n].to_numpy() for n in ("irradiance", "temp_cell", "i_sc", "v_oc", "i_mp", "v_mp")), MATRICES[name]
    )
    curves = pvsystem.singlediode(*pvsystem.calcparams_pvsyst(points["irradiance"], points["temp_cell"], **model))
    found = curves["p_mp"] / points["p_mp"] - 1
    assert _rms(found) < 0.008
    assert found.abs().max() < 0.02


@pytest.mark.parametrize(("name", "dull"), [*zip(MATRICES, (0.008, 0.035), strict=True)])
def test_simple_module_follows_the_matrix_from_three_figures(name, dull):
    """Power at STC, its change with heat and the loss at 200 W/m2 make the rest of the matrix.

    ``dull`` is at 100 W/m2, where a module with much series resistance is not described by its loss at 200: it is
    better at 400 than at 1000 W/m2, which the simple module cannot be (1.7 %).
    """
    points = _matrix(name)
    power = points["p_mp"]
    hottest = float(points["temp_cell"].max())
    gamma = (power.loc[1000, hottest] / power.loc[STC] - 1) / (hottest - 25)
    loss_percent = (1 - power.loc[200, 25] / (0.2 * power.loc[STC])) * 100
    k = dc.low_light_k(loss_percent)
    light, heat = points["irradiance"], points["temp_cell"]
    found = pvsystem.pvwatts_dc(light, heat, power.loc[STC], gamma, k=k, cap_adjustment=True)
    apart = (found / power - 1).abs().droplevel("temp_cell")
    assert apart[apart.index == 100].max() < dull
    assert apart[apart.index >= 800].max() < 0.01
    assert apart[apart.index >= 200].max() < 0.018


# --- Sandia's models: King et al. 2004 (SAND2004-3535) and 2007 (SAND2007-5036) --------------------------------------

# the CEC's coefficients of a micro inverter, as pvlib's test of the model prints them
MICRO = {
    "Paco": 240.0, "Pdco": 250.5311318, "Vdco": 32.06160667, "Pso": 1.12048857,
    "C0": -5.76e-05, "C1": -6.24e-04, "C2": 8.09e-02, "C3": -0.111781106, "Pnt": 0.043,
}  # fmt: skip


def test_sandia_inverter_of_pvlibs_example():
    v_dc, i_dc = np.array([0.0, 25.0, 50.0]), np.array([0.0, 5.5, 11.0])
    np.testing.assert_allclose(inverter.sandia(v_dc, v_dc * i_dc, MICRO), [-0.043, 132.545914746, 240.0], rtol=1e-9)


@pytest.mark.parametrize(
    "name", ["Chint_Power_Systems_America__CPS_SCA50KTL_DO_US_480__480V_", "Sungrow_Power_Supply_Co___Ltd___SG60KU_M"]
)
def test_sandia_inverter_delivers_its_rating_at_its_reference(name):
    """What the coefficients mean: Paco from Pdco at Vdco, and the night's consumption without power."""
    row = retrieve_sam("CECInverter")[name]
    assert inverter.sandia(row["Vdco"], row["Pdco"], row) == pytest.approx(row["Paco"], rel=1e-9)
    assert inverter.sandia(row["Vdco"], 1.2 * row["Pdco"], row) == row["Paco"]
    assert inverter.sandia(0.0, 0.0, row) == -row["Pnt"]


# Sandia's coefficients of the module whose matrix is nrel_xsi12922.csv, measured outdoors
XSI = {
    "Isco": 4.98327, "Voco": 21.9461, "Impo": 4.48661, "Vmpo": 17.39, "Aisc": 0.000601, "Aimp": 0.000686,
    "C0": 1.03156, "C1": -0.0315639, "Bvoco": -0.072612, "Mbvoc": 0, "Bvmpo": -0.071028, "Mbvmp": 0, "N": 1.0572,
    "C2": -0.303207, "C3": -13.4108, "Cells_in_Series": 36, "C4": 1.00396, "C5": -0.00395849, "IXO": 4.92147,
    "IXXO": 3.17922, "C6": 1.15457, "C7": -0.154571,
}  # fmt: skip


def test_sandia_module_of_pvlibs_example():
    module = retrieve_sam("SandiaMod")["Canadian_Solar_CS5P_220M___2009_"]
    found = pvsystem.sapm(np.array([500.0, 1100.0]), np.array([25.0, 50.0]), module)
    for name, told in {
        "i_sc": (2.545575, 5.65584763), "i_mp": (2.28773882, 5.01709903), "v_oc": (56.86182059, 54.1943277),
        "v_mp": (47.21121608, 42.51861718), "p_mp": (108.00693168, 213.32011294),
    }.items():  # fmt: skip
        np.testing.assert_allclose(found[name], told, rtol=1e-6, err_msg=name)


def test_sandia_module_has_the_measured_matrix_by_light():
    """Two laboratories, one module: 5 % apart in power, but alike in how efficiency falls with the light."""
    points = _matrix("nrel_xsi12922.csv")
    cool = points[points["temp_cell"] == 25]
    found = pvsystem.sapm(cool["irradiance"], cool["temp_cell"], XSI)["p_mp"]
    apart = found / found.loc[STC] / (cool["p_mp"] / cool["p_mp"].loc[STC]) - 1
    by_light = apart.droplevel("temp_cell")
    assert by_light[by_light.index >= 600].abs().max() < 0.006
    assert by_light.abs().max() < 0.04
