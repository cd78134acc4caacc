"""Roofs with instruments of their own: measured in-plane light and module temperature take the place of models."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from weather.measured import SITE, measured_year, write_csv

import pvsim
from pvsim.errors import ScenarioError, WeatherError
from pvsim.scenario.reader import from_dict

TILT = {"panels": 100, "surface_tilt": 20.0, "surface_azimuth": 180.0}


def run(path, *roofs, partial=False, physics=None, **weather):
    block = {"source": "file", "path": path.name, "format": "csv", "label": "start"} | weather
    made = from_dict({"site": SITE, "roof": list(roofs), "weather": block, "physics": physics or {}}, name="case")
    made._origin = dataclasses.replace(made.origin, folder=path.parent)
    return pvsim.simulate(made, allow_partial=partial)


@pytest.fixture(scope="module")
def year():
    return measured_year()


@pytest.fixture(scope="module")
def modelled(year, tmp_path_factory):
    return run(write_csv(tmp_path_factory.mktemp("plain") / "plain.csv", year), TILT)


def in_plane(result):
    return np.nan_to_num(result.hourly["poa_global"].to_numpy())


def test_what_the_model_would_have_found_gives_the_same_when_it_is_measured(year, modelled, tmp_path):
    path = write_csv(tmp_path / "poa.csv", year, extra={"poa_global": in_plane(modelled)})
    measured = run(path, TILT | {"poa_column": "poa_global"})
    assert measured.annual_kwh == pytest.approx(modelled.annual_kwh, rel=1e-6)
    np.testing.assert_allclose(in_plane(measured), in_plane(modelled), atol=1e-3)


def test_more_light_in_the_plane_is_more_energy_in_proportion(year, modelled, tmp_path):
    light = 0.9 * in_plane(modelled)
    path = write_csv(tmp_path / "poa.csv", year, extra={"G1": light})
    measured = run(path, TILT | {"poa_column": "G1"})
    assert measured.system.planes[0].poa_kwh_per_m2 == pytest.approx(light.sum() / 1000, rel=1e-5)
    assert 0.88 < measured.annual_kwh / modelled.annual_kwh < 0.92
    assert measured.to_dict()["ledger"][0]["kwh"] == pytest.approx(45 * light.sum() / 1000, rel=1e-5)


def test_planes_with_and_without_instruments_stand_side_by_side(year, modelled, tmp_path):
    path = write_csv(tmp_path / "poa.csv", year, extra={"G1": 0.9 * in_plane(modelled), "G2": 0.8 * in_plane(modelled)})
    roofs = [TILT | {"name": n} for n in ("a", "b", "c")]
    result = run(path, roofs[0] | {"poa_column": "G1"}, roofs[1], roofs[2] | {"poa_column": "G2"})
    a, b, c = (p.poa_kwh_per_m2 for p in result.system.planes)
    assert (a / b, c / b) == (pytest.approx(0.9, rel=1e-5), pytest.approx(0.8, rel=1e-5))


def test_without_ghi_in_plane_light_alone_is_enough(year, modelled, tmp_path):
    light = in_plane(modelled)
    path = write_csv(tmp_path / "poa.csv", year, names=("temp_air", "wind_speed"), extra={"G1": light})
    result = run(path, TILT | {"poa_column": "G1"})
    # the split of beam and sky is not known: all counts as light of the sky, which loses a little more at the glass
    assert result.annual_kwh == pytest.approx(modelled.annual_kwh, rel=0.005)
    assert any("clock could not be checked" in w for w in result.warnings)
    document = result.to_dict()
    assert document["weather"]["ghi_kwh_per_m2"] is None
    assert document["system"]["planes"][0]["poa_kwh_per_m2"] == pytest.approx(light.sum() / 1000, rel=1e-5)
    from pvsim.report.text import summary

    assert "in-plane irradiance measured" in summary(document)
    assert "None" not in result._repr_html_()


def test_without_ghi_a_roof_without_instrument_is_refused(year, modelled, tmp_path):
    path = write_csv(tmp_path / "poa.csv", year, names=("temp_air", "wind_speed"), extra={"G1": in_plane(modelled)})
    with pytest.raises(WeatherError, match="no GHI in it"):
        run(path, TILT | {"name": "a", "poa_column": "G1"}, TILT | {"name": "b"})


def test_a_column_that_is_not_there_is_named_with_those_that_are(year, tmp_path):
    path = write_csv(tmp_path / "poa.csv", year)
    with pytest.raises(WeatherError, match=r"no column 'G9'.*the columns are time, ghi"):
        run(path, TILT | {"poa_column": "G9"})
    with pytest.raises(ScenarioError, match="given without a weather file"):
        from_dict({"site": SITE, "roof": [TILT | {"poa_column": "G9"}]})


def test_a_gap_of_the_instrument_is_a_gap_of_the_roof(year, modelled, tmp_path):
    light = in_plane(modelled)
    light[4000:4100] = np.nan
    result = run(write_csv(tmp_path / "gap.csv", year, extra={"G1": light}), TILT | {"poa_column": "G1"})
    lost = ~result.weather.covered()
    assert 40 < lost.sum() <= 100 and np.isnan(result.hourly["p_ac_kw"].to_numpy()[lost]).all()


def test_measured_module_temperature_takes_the_place_of_the_model(year, modelled, tmp_path):
    """The back of a module on a rack is 3 K below its cell at 1000 W/m2 (SAPM); with the model's own cell
    temperature minus that, the run is the model's."""
    cell = modelled.hourly["temp_cell"].to_numpy()
    back = cell - 3.0 * in_plane(modelled) / 1000
    path = write_csv(tmp_path / "back.csv", year, extra={"Tm": back})
    same = run(path, TILT | {"module_temperature_column": "Tm"})
    assert same.annual_kwh == pytest.approx(modelled.annual_kwh, rel=1e-6)
    hotter = run(
        write_csv(tmp_path / "hot.csv", year, extra={"Tm": back + 10}), TILT | {"module_temperature_column": "Tm"}
    )
    assert hotter.annual_kwh / modelled.annual_kwh == pytest.approx(1 - 10 * 0.0035, abs=0.003)
    mapped = run(path, TILT | {"module_temperature_column": "module_temperature"}, columns={"module_temperature": "Tm"})
    assert mapped.annual_kwh == pytest.approx(same.annual_kwh, rel=1e-12)


SPOILT = {
    "kJ": (lambda light: 3.6 * light, "kJ/m2"),
    "kW": (lambda light: light / 1000, "kW/m2"),
    "twice": (lambda light: 2.1 * light, "times GHI|kJ/m2"),
    "nothing": (lambda light: 0 * light, "times GHI"),
    "day and night": (lambda light: 0 * light + 300, "in the dark|below the horizon"),
    "another zone": (lambda light: np.roll(light, 8), "below the horizon"),
    "hours late": (lambda light: np.roll(light, 5), "below the horizon|other times than GHI"),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_in_plane_light_that_cannot_be_is_refused(year, modelled, tmp_path, kind):
    change, said = SPOILT[kind]
    path = write_csv(tmp_path / "poa.csv", year, extra={"G1": change(in_plane(modelled))})
    with pytest.raises(WeatherError, match=said):
        run(path, TILT | {"poa_column": "G1"})


@pytest.mark.parametrize(("tilt", "azimuth"), [(90.0, 90.0), (90.0, 270.0), (90.0, 0.0), (60.0, 180.0)])
def test_steep_planes_of_a_clear_climate_are_not_refused(tmp_path, tilt, azimuth):
    """Light of an east wall is bright when GHI is not; in clear air their correlation is near nothing."""
    bright = measured_year(level=0.7)
    plane = {"panels": 100, "surface_tilt": tilt, "surface_azimuth": azimuth}
    computed = run(write_csv(tmp_path / "plain.csv", bright), plane)
    path = write_csv(tmp_path / "poa.csv", bright, extra={"G1": in_plane(computed)})
    measured = run(path, plane | {"poa_column": "G1"})
    assert measured.annual_kwh == pytest.approx(computed.annual_kwh, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda back: 0 * back, "keeps one value"),
        (lambda back: np.roll(back, 10), "not warmer in more light"),
        (lambda back: 8 * back, "beyond what is possible|Fahrenheit|kelvin"),
    ],
)
def test_a_column_that_is_no_module_temperature_is_refused(year, modelled, tmp_path, change, said):
    back = modelled.hourly["temp_cell"].to_numpy()
    path = write_csv(tmp_path / "back.csv", year, extra={"Tm": change(back)})
    with pytest.raises(WeatherError, match=said):
        run(path, TILT | {"module_temperature_column": "Tm"})


@pytest.mark.parametrize("factor", [0.0, 0.086])
def test_without_ghi_the_atmosphere_says_what_in_plane_light_can_be(year, modelled, tmp_path, factor):
    """Nothing at all, and cal/cm2: compared with what enters the atmosphere."""
    light = factor * in_plane(modelled)
    path = write_csv(tmp_path / "poa.csv", year, names=("temp_air", "wind_speed"), extra={"G1": light})
    with pytest.raises(WeatherError, match="times what enters the atmosphere"):
        run(path, TILT | {"poa_column": "G1"})


def test_single_impossible_values_of_instruments_are_gaps_that_are_filled(year, modelled, tmp_path):
    light, back = in_plane(modelled), modelled.hourly["temp_cell"].to_numpy() - 3.0 * in_plane(modelled) / 1000
    light[[4000, 5004]], back[[3000, 6000]] = 60_000.0, [850.0, -242.0]
    path = write_csv(tmp_path / "spikes.csv", year, extra={"G1": light, "Tm": back})
    result = run(path, TILT | {"poa_column": "G1", "module_temperature_column": "Tm"})
    repairs = dict(result.weather.repairs)
    assert repairs["poa_global[G1]_out_of_limits"] == 2 and repairs["module_temperature[Tm]_out_of_limits"] == 2
    assert result.annual_kwh == pytest.approx(modelled.annual_kwh, rel=2e-3)


def test_module_temperatures_in_another_unit_are_refused(year, modelled, tmp_path):
    back = modelled.hourly["temp_cell"].to_numpy()
    for change, said in ((back + 273.15, "kelvin"), (1.8 * back + 32, "Fahrenheit")):
        with pytest.raises(WeatherError, match=said):
            run(
                write_csv(tmp_path / "back.csv", year, extra={"Tm": change}), TILT | {"module_temperature_column": "Tm"}
            )


def test_the_level_of_the_sky_does_not_move_what_was_measured(tmp_path):
    for key in ({"level": "climate"}, {"ghi_kwh_per_m2": 900.0}):
        with pytest.raises(ScenarioError, match="moves the sky, not what was measured"):
            run(tmp_path / "a.csv", TILT | {"poa_column": "G1"}, **key)


def test_a_gap_of_ghi_beside_measured_light_breaks_no_table(year, modelled, tmp_path):
    ghi = year.ghi.copy()
    ghi[4000:4100] = np.nan
    path = write_csv(tmp_path / "gap.csv", year, ghi=ghi, names=("ghi", "temp_air", "wind_speed"),
                     extra={"G1": in_plane(modelled)})  # fmt: skip
    result = run(path, TILT | {"poa_column": "G1"})
    assert result.coverage_fraction == 1
    assert np.isfinite(result.monthly["ghi_kwh_per_m2"]).all()
    from pvsim.report.sky import show_text, sky_document

    assert "nan" not in show_text(sky_document(result.weather))


def test_measured_light_is_under_the_same_checks(year, modelled, tmp_path):
    light = in_plane(modelled)
    light[light == 0] = -2.0
    result = run(write_csv(tmp_path / "offset.csv", year, extra={"G1": light}), TILT | {"poa_column": "G1"})
    assert dict(result.weather.repairs)["poa_global[G1]_negative_to_zero"] > 3000
    light[100] = -60.0
    with pytest.raises(WeatherError, match=r"poa_global\[G1\] is -60"):
        run(write_csv(tmp_path / "far.csv", year, extra={"G1": light}), TILT | {"poa_column": "G1"})
