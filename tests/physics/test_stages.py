"""Incidence, heat, module and inverter: published values, limits, and pvlib's own functions as oracle."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planes import pvwatts_inverter
from pvlib import iam, inverter, irradiance, pvsystem, solarposition, temperature

from pvsim.errors import PvsimError
from pvsim.physics import ac, dc, sun, thermal
from pvsim.physics import irradiance as light


def _sky(size=50, seed=1):
    rng = np.random.default_rng(seed)
    zenith = rng.uniform(5, 89, size)
    cos_zenith = np.cos(np.radians(zenith))
    dni, dhi = rng.uniform(0, 900, size), rng.uniform(5, 300, size)
    return light.Sky.of(dhi + dni * cos_zenith, dhi, dni, np.full(size, 1367.0), zenith, rng.uniform(0, 360, size))


@pytest.mark.parametrize("model", sorted(light.TRANSPOSITION))
def test_transposition_equals_pvlib_total_irradiance(model):
    sky = _sky()
    for tilt, azimuth in ((0, 180), (10, 180), (35, 77), (90, 300)):
        found = light.transpose(model, np.array([[tilt]]), np.array([[azimuth]]), sky, 0.3)
        told = irradiance.get_total_irradiance(
            tilt, azimuth, sky.apparent_zenith, sky.azimuth, sky.dni, sky.ghi, sky.dhi, sky.dni_extra,
            airmass=sky.airmass, albedo=0.3, model=model.replace("hay-davies", "haydavies"),
        )  # fmt: skip
        for name in ("poa_global", "poa_direct", "poa_sky_diffuse", "poa_ground_diffuse"):
            assert np.allclose(getattr(found, name)[0], told[name], rtol=1e-10, atol=1e-9), name


@pytest.mark.parametrize("model", sorted(light.TRANSPOSITION))
def test_flat_plane_sees_the_whole_sky_whatever_its_azimuth(model):
    sky = _sky()
    south, west = (light.transpose(model, np.array([[0.0]]), np.array([[a]]), sky, 0.2) for a in (180.0, 270.0))
    assert np.array_equal(south.poa_global, west.poa_global)
    high = sky.apparent_zenith < 85  # below, Perez' models limit the circumsolar ratio and part from DHI
    assert np.allclose(south.poa_global[0, high], sky.ghi[high], rtol=1e-9)


def test_light_below_the_horizon_is_kept_by_perez():
    sky = light.Sky.of(*(np.array([x]) for x in (4.0, 4.0, 0.0, 1367.0, 90.4, 100.0)))
    found = light.transpose("perez", np.array([[10.0]]), np.array([[180.0]]), sky, 0.2)
    assert found.poa_global[0, 0] > 3.5


def test_decomposition_closes_and_sees_the_intensity_of_the_sunlit_part():
    zenith, day = np.array([30.0, 60.0, 84.0]), np.array([10, 100, 200])
    ghi, share = np.array([500.0, 200.0, 12.0]), np.array([1.0, 1.0, 0.25])
    for model in light.DECOMPOSITION:
        dni, dhi = light.decompose(model, ghi, zenith, day, share)
        assert np.allclose(dhi + dni * np.cos(np.radians(zenith)), ghi, rtol=1e-9), model
        whole = light.decompose(model, ghi / share, zenith, day, np.ones(3))
        assert np.allclose(dhi, whole[1] * share), model


def test_diffuse_incidence_has_the_value_that_pvlib_documents():
    # the example in the docstring of pvlib.iam.marion_diffuse at 20 degrees
    assert light.diffuse_iam("physical", 20.0) == pytest.approx((0.9539178294437575, 0.6387140117795903))


@pytest.mark.parametrize("model", sorted(light.IAM))
def test_beam_table_is_pvlibs_curve(model):
    aoi = np.concatenate([np.linspace(0, 90, 12_347), [89.9999, 90.0]])
    assert np.abs(light.beam_iam(model, aoi) - light.IAM[model].beam(aoi)).max() < 2e-7
    if model != "none":
        assert light.beam_iam(model, np.array([90.0, 91.0, 180.0])) == pytest.approx(0.0, abs=1e-12)


def test_coated_glass_passes_more_than_plain_glass_and_both_less_than_none():
    for tilt in (0.0, 5.0, 10.0, 45.0, 90.0):
        coated, plain, none = (light.diffuse_iam(m, tilt) for m in ("physical-ar", "physical", "none"))
        assert plain[0] < coated[0] < none[0] == 1.0
        assert np.isfinite(plain[1])


def test_effective_irradiance_weighs_every_part_by_its_own_factor():
    poa = light.PlaneOfArray(*(np.array([[x]]) for x in (60.0, 600.0, 400.0, 150.0, 50.0)))
    found = light.effective_irradiance("physical", poa, np.array([[0.95]]), np.array([[0.7]]))
    assert found[0, 0] == pytest.approx(400 * iam.physical(60.0) + 150 * 0.95 + 50 * 0.7)


# --- heat ----------------------------------------------------------------------------------------------------


def test_heat_loss_factors_are_pvlibs_where_it_has_them():
    assert thermal.HEAT_LOSS_W_PER_M2K == {
        "rack": 29.0,
        "steel-sheet": 22.0,
        "flush": 20.0,
        "insulated": 15.0,
    }


@pytest.mark.parametrize("model", sorted(thermal.TEMPERATURE))
def test_the_less_air_behind_the_module_the_hotter(model):
    cells = [
        float(
            thermal.temp_cell(
                model, np.array([[800.0]]), np.array([25.0]), np.array([1.0]),
                {k: np.array([[v]]) for k, v in thermal.parameters(model, mounting, 0.2).items()},
            )[0, 0]
        )
        for mounting in ("rack", "steel-sheet", "flush", "insulated")
    ]  # fmt: skip
    assert cells == sorted(cells)
    assert 35 < cells[0] < cells[-1] < 90


def test_mountings_are_pvlibs_sapm_table():
    table = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]
    for mounting, name in {
        "rack": "open_rack_glass_polymer", "steel-sheet": "close_mount_glass_glass",
        "flush": "close_mount_glass_glass", "insulated": "insulated_back_glass_polymer",
    }.items():  # fmt: skip
        assert thermal.parameters("sapm", mounting, 0.2) == table[name]


def test_numbers_that_pvlib_owns_are_pvlibs():
    """Defaults of pvlib that the code repeats because pvlib keeps them in signatures."""
    faiman = inspect.signature(temperature.faiman).parameters
    assert (faiman["u0"].default, faiman["u1"].default) == (thermal.FAIMAN_U0, thermal.FAIMAN_U1)
    position = inspect.signature(solarposition.get_solarposition).parameters
    assert position["temperature"].default == sun.REFRACTION_TEMP_C
    spa = inspect.signature(solarposition.spa_python).parameters
    assert spa["delta_t"].default == sun.DELTA_T_S


def test_pvsyst_cell_by_hand():
    told = 25 + 800 * 0.9 * (1 - 0.2) / 29
    found = thermal.temp_cell(
        "pvsyst", np.array([[800.0]]), np.array([25.0]), np.array([3.0]),
        {k: np.array([[v]]) for k, v in thermal.parameters("pvsyst", "rack", 0.2).items()},
    )  # fmt: skip
    assert found[0, 0] == pytest.approx(told)
    assert found[0, 0] == pytest.approx(temperature.pvsyst_cell(800, 25, 3, module_efficiency=0.2))


@pytest.mark.parametrize("temp_air", [-300.0, 10_000.0, float("nan")])
def test_impossible_cell_temperatures_are_refused(temp_air):
    heat = {k: np.array([[v]]) for k, v in thermal.parameters("pvsyst", "rack", 0.2).items()}
    air = np.array([20.0, temp_air, 20.0])
    cells = thermal.temp_cell("pvsyst", np.array([[800.0] * 3]), air, np.ones(3), heat)
    with pytest.raises(PvsimError, match="degrees C in row 41 of the weather"):
        thermal.refuse_impossible(cells, np.array([40, 41, 42]))


# --- module and inverter ---------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    effective_irradiance=st.floats(0, 1500),
    temp_cell=st.floats(-40, 90),
    loss=st.floats(0, 20),
    gamma=st.floats(-0.006, 0),
)
def test_module_is_pvlibs_to_the_last_digits(effective_irradiance, temp_cell, loss, gamma):
    k = dc.low_light_k(loss)
    known = {"pdc0": np.array([[450.0]]), "gamma_pdc": np.array([[gamma]]), "k": np.array([[k]])}
    found = dc.pvwatts(np.array([[effective_irradiance]]), np.array([[temp_cell]]), **known)
    told = [
        pvsystem.pvwatts_dc(effective_irradiance, t, 450.0, gamma, k=k, cap_adjustment=True) for t in (temp_cell, 25.0)
    ]
    assert found.v_mp is None
    assert [float(found.power[0, 0]), float(found.cool[0, 0])] == pytest.approx(told, rel=1e-9, abs=1e-9)


def test_low_light_loss_is_what_the_data_sheet_says_at_200_watts():
    known = {"pdc0": 450.0, "gamma_pdc": -0.0035, "k": dc.low_light_k(3.0)}
    found = dc.pvwatts(np.array([[200.0]]), np.array([[25.0]]), **known)
    assert found.power[0, 0] == pytest.approx(450 * 0.2 * 0.97)


@pytest.mark.parametrize("weighted", [0.95, 0.98, 0.99])
def test_inverter_has_the_european_efficiency_it_was_given(weighted):
    eta = ac.nominal_efficiency(weighted)
    _, given_out = ac.convert(pvwatts_inverter(1000.0, eta), ac.EURO_LOAD[None] * 1000, None)
    assert float(ac.EURO_WEIGHT @ (given_out / (ac.EURO_LOAD * 1000))) == pytest.approx(weighted, rel=1e-12)
    assert ac.EURO_WEIGHT.sum() == pytest.approx(1)


def test_clipping_then_converting_is_pvlibs_inverter():
    p_dc = np.linspace(0, 2000, 400)
    taken, found = ac.convert(pvwatts_inverter(1000.0, 0.97), np.stack([0.25 * p_dc, 0.75 * p_dc]), None)
    assert np.allclose(taken, np.minimum(p_dc, 1000.0), rtol=1e-12)
    assert np.allclose(found, inverter.pvwatts(p_dc, 1000.0, eta_inv_nom=0.97), rtol=1e-12)
    assert found.max() == pytest.approx(970.0)
    assert found[0] == 0


def test_a_measured_total_keeps_the_shares_of_the_computed_parts():
    sky = _sky()
    tilt, azimuth = np.array([[20.0], [60.0]]), np.array([[180.0], [90.0]])
    computed = light.transpose("hay-davies", tilt, azimuth, sky, 0.2)
    told = computed.poa_global * np.array([[0.8], [1.3]])
    told[0, :5] = np.nan  # not measured
    found = light.with_measured(computed, told)
    known = np.isfinite(told)
    np.testing.assert_allclose(found.poa_global, np.where(known, told, computed.poa_global))
    parts = found.poa_direct + found.poa_sky_diffuse + found.poa_ground_diffuse
    np.testing.assert_allclose(parts, found.poa_global, rtol=1e-12)
    np.testing.assert_allclose(
        found.poa_direct / found.poa_global, computed.poa_direct / computed.poa_global, rtol=1e-12
    )
    dark = light.PlaneOfArray(*(np.zeros((1, 2)) for _ in range(5)))
    lamp = light.with_measured(dark, np.array([[100.0, np.nan]]))
    assert lamp.poa_sky_diffuse.tolist() == [[100.0, 0.0]] and lamp.poa_direct.sum() == 0


def test_beam_from_a_difference_closes_and_is_bounded():
    sky = _sky()
    zenith = np.degrees(np.arccos(sky.cos_zenith))
    free = np.full(zenith.size, np.inf)
    high = zenith < light.LOW_SUN_DEG
    found = light.dni_from_difference(sky.ghi, sky.dhi, zenith, free)
    np.testing.assert_allclose(found[high], sky.dni[high], rtol=1e-9, atol=1e-9)
    assert (found[~high] == 0).all()
    assert light.dni_from_difference(sky.ghi, sky.dhi, zenith, np.full(zenith.size, 300.0)).max() <= 300
    assert (light.dni_from_difference(sky.dhi, sky.ghi, zenith, free) == 0).all(), "more diffuse than global"
    gaps = light.dni_from_difference(np.where(high, sky.ghi, np.nan), sky.dhi, zenith, free)
    assert (np.isnan(gaps) == ~high).all()


def test_cells_are_warmer_than_the_backs_of_their_modules():
    """SAPM (King et al. 2004): 3 K at 1000 W/m2 on a rack, none where the back is insulated."""
    back, poa = np.array([20.0, 50.0]), np.array([500.0, 1000.0])
    for mounting, rise in (("rack", 3.0), ("steel-sheet", 1.0), ("insulated", 0.0)):
        assert thermal.module_rise(mounting) == rise
        np.testing.assert_allclose(
            thermal.cell_from_module(back, poa, thermal.module_rise(mounting)), back + poa / 1000 * rise
        )
