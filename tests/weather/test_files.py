"""EPW files: what is read, what is mended and counted, and what is refused in plain words."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from cases import scenario, shared_weather, write_epw

import pvsim
from pvsim.errors import WeatherError
from pvsim.weather.files import read_weather
from pvsim.weather.table import FileRequest, Place

PLACE = Place(29.44, 106.46, 250.0)


def read_epw(path, place):
    return read_weather(FileRequest(path, place, format="epw"))


@pytest.fixture(scope="module")
def year():
    return pvsim.simulate(scenario(site={"latitude": 29.44, "longitude": 106.46, "altitude": 250.0})).weather


@pytest.fixture(scope="module")
def lines(year, tmp_path_factory):
    path = write_epw(tmp_path_factory.mktemp("epw") / "year.epw", year)
    return path.read_text(encoding="utf-8").splitlines()


def _file(tmp_path, lines, name="case.epw"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_an_epw_file_gives_back_the_rows_that_were_written(year, lines, tmp_path):
    found = read_epw(_file(tmp_path, lines), PLACE)
    assert found.axis == year.axis, "row = the hour that ends at the stamp, so it starts an hour before"
    for name in ("ghi", "dhi", "dni"):
        assert np.allclose(getattr(found, name), getattr(year, name), atol=1e-6)
    assert np.allclose(found.temp_air, year.temp_air, atol=1e-4)
    assert (found.source, found.label, found.sun_offset_minutes) == ("file", "end", (30.0,) * 12)
    assert dict(found.repairs) == {}
    assert found.warnings == ()


def test_missing_codes_are_gaps_before_any_limit_is_judged(year, tmp_path):
    ghi, temp = year.ghi.copy(), year.temp_air.copy()
    ghi[3000:3010], temp[106:110] = 9999, 99.9
    found = read_epw(write_epw(tmp_path / "gaps.epw", year, ghi=ghi, temp_air=temp), PLACE)
    assert np.isnan(found.ghi[3000:3010]).all()
    assert np.isnan(found.temp_air[106:110]).all()
    assert found.covered().sum() == 8760 - 14


def test_what_a_model_can_do_without_is_mended_and_counted(year, tmp_path):
    temp, wind = year.temp_air.copy(), year.wind_speed.copy()
    temp[100:103], wind[200:900] = 99.9, 999
    found = read_epw(write_epw(tmp_path / "mended.epw", year, temp_air=temp, wind_speed=wind), PLACE)
    assert dict(found.repairs) == {"wind_speed_missing": 700, "temp_air_interpolated": 3}
    assert found.covered().all(), "no light is lost for a missing wind"
    assert found.temp_air[100:103] == pytest.approx(np.linspace(temp[99], temp[103], 5)[1:4], abs=1e-3)
    assert (found.wind_speed[200:900] == 1.0).all()
    assert any("700 rows" in note for note in found.warnings)


def test_gaps_weigh_by_the_light_they_may_have_held(year, tmp_path):
    ghi = year.ghi.copy()
    ghi[np.argsort(year.ghi)[-870:]] = 9999  # a tenth of the rows, most of the light
    write_epw(tmp_path / "noons.epw", year, ghi=ghi)
    asked = scenario(weather={"source": "file", "format": "epw", "path": "noons.epw"}, folder=tmp_path)
    with pytest.raises(WeatherError, match="allow-partial"):
        pvsim.simulate(asked)
    ghi = year.ghi.copy()
    ghi[4000:4010] = 9999
    write_epw(tmp_path / "noons.epw", year, ghi=ghi)
    assert any("partial sum" in w for w in pvsim.simulate(asked).warnings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda y: {"ghi": np.roll(y.ghi, 4), "dhi": np.roll(y.dhi, 4), "dni": np.roll(y.dni, 4)},
            "clock or its time zone",
        ),
        (lambda y: {"ghi": 0 * y.ghi}, "GHI adds up to 0 kWh"),
        (lambda y: {"ghi": np.where(y.ghi > 0, 900.0, 0.0)}, "GHI adds up to"),
        (lambda y: {"dhi": 1.5 * y.ghi}, "DHI adds up to more than GHI"),
    ],
)
def test_a_year_that_no_sky_gives_is_refused(year, tmp_path, change, message):
    with pytest.raises(WeatherError, match=message):
        read_epw(write_epw(tmp_path / "odd.epw", year, **change(year)), PLACE)


def test_a_header_with_another_time_zone_is_found_by_the_light_at_night(lines, tmp_path):
    with pytest.raises(WeatherError, match="time zone"):
        read_epw(_file(tmp_path, [lines[0].replace(",8.0,", ",0.0,"), *lines[1:]]), PLACE)


def test_a_file_far_from_the_nearest_climates_level_is_said(year, tmp_path):
    high = {n: 1.2 * getattr(year, n) for n in ("ghi", "dhi", "dni")}
    write_epw(tmp_path / "high.epw", year, **high)
    asked = {"source": "file", "format": "epw", "path": "high.epw"}
    notes = pvsim.simulate(scenario(weather=asked, folder=tmp_path)).warnings
    assert any("20% above the 949 of Chongqing Shapingba" in n for n in notes)
    write_epw(tmp_path / "high.epw", year)
    assert pvsim.simulate(scenario(weather=asked, folder=tmp_path)).warnings == ()


def test_the_clock_of_the_file_leads(year, tmp_path):
    write_epw(tmp_path / "year.epw", year)
    asked = {"source": "file", "format": "epw", "path": "year.epw"}
    site = {"latitude": 29.44, "longitude": 106.46}
    with pytest.raises(WeatherError, match=r"not the clock of the file, UTC\+8"):
        pvsim.simulate(scenario(weather=asked, folder=tmp_path, site=site | {"tz": "+07:00"}))
    pvsim.simulate(scenario(weather=asked, folder=tmp_path, site=site | {"tz": "Asia/Shanghai"}))


def test_a_year_with_too_many_gaps_is_refused_unless_asked_for(year, tmp_path):
    ghi = year.ghi.copy()
    ghi[:1000] = 9999
    write_epw(tmp_path / "gaps.epw", year, ghi=ghi)
    asked = scenario(weather={"source": "file", "format": "epw", "path": "gaps.epw"}, folder=tmp_path)
    with pytest.raises(WeatherError, match=r"88\.6% .*--allow-partial"):
        pvsim.simulate(asked)
    partial = pvsim.simulate(asked, allow_partial=True)
    whole = pvsim.simulate(scenario())
    # nothing is scaled up: January is simply not there
    assert partial.monthly_kwh[0] == 0
    assert partial.monthly_kwh[6] == pytest.approx(whole.monthly_kwh[6], rel=1e-3)
    assert partial.to_dict()["weather"]["coverage_fraction"] == pytest.approx(1 - 1000 / 8760)


def test_impossible_beam_is_made_from_the_difference_and_counted(year, tmp_path):
    dni = year.dni.copy()
    noon = int(np.argmax(year.ghi))
    dni[noon] = 77_332
    found = read_epw(write_epw(tmp_path / "spike.epw", year, dni=dni), PLACE)
    assert dict(found.repairs) == {"dni_out_of_limits": 1}
    assert found.dni[noon] == pytest.approx(year.dni[noon], rel=1e-4)


def test_small_negative_irradiance_is_zero_and_counted(year, tmp_path):
    ghi = year.ghi.copy()
    ghi[:3] = -2.0
    found = read_epw(write_epw(tmp_path / "negative.epw", year, ghi=ghi), PLACE)
    assert dict(found.repairs) == {"ghi_negative_to_zero": 3}
    assert (found.ghi[:3] == 0).all()


def test_columns_that_do_not_close_are_used_and_said(year, tmp_path):
    found = read_epw(write_epw(tmp_path / "late.epw", year, dni=0.6 * year.dni), PLACE)
    assert any("W/m2 rms" in note for note in found.warnings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [], "is empty"),
        (lambda rows: ["<html><body>moved</body></html>"], "not an EPW file .*<html>"),
        (lambda rows: rows[:8], "no rows after the header"),
        (lambda rows: rows[:4000], r"3992 rows, the last at 2025-06-16 08:00; a whole year of 60 minutes has 8760"),
        (lambda rows: [*rows[:-1], rows[-1][:30]], "cut in its last line"),
        (lambda rows: [*rows, rows[4000].replace(",0,?,", ",0,?,1")], "stands twice with different values"),
        (lambda rows: [r.replace(",1,1,1,0,", ",1,1,0,0,") for r in rows], "hours 1 to 24"),
        (lambda rows: [rows[0].replace("29.44", "north"), *rows[1:]], "not readable as EPW"),
    ],
)
def test_what_is_not_a_year_of_epw_rows_is_refused(lines, tmp_path, change, message):
    path = tmp_path / "bad.epw"
    path.write_text("\n".join(change(list(lines))), encoding="utf-8")
    with pytest.raises(WeatherError, match=message) as caught:
        read_epw(path, PLACE)
    assert "bad.epw" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "rules"),
    [
        ("ghi", 5000.0, {"ghi_out_of_limits": 1, "ghi_interpolated": 1}),
        ("dhi", 5000.0, {"dhi_out_of_limits": 1, "dhi_from_difference": 1}),
        ("temp_air", -70.0, {"temp_air_out_of_limits": 1, "temp_air_interpolated": 1}),
        ("wind_speed", 200.0, {"wind_speed_out_of_limits": 1, "wind_speed_missing": 1}),
    ],
)
def test_a_value_beyond_physics_is_a_gap_that_is_filled_and_counted(year, tmp_path, column, value, rules):
    series = getattr(year, column).copy()
    noon = 4000 // 24 * 24 + 12
    series[noon] = value
    found = read_epw(write_epw(tmp_path / "wild.epw", year, **{column: series}), PLACE)
    assert dict(found.repairs) == rules
    assert found.covered().all()
    if column != "wind_speed":
        beside = sorted(series[[noon - 1, noon + 1]])
        assert 0.5 * beside[0] < getattr(found, column)[noon] < 2 * beside[1]


@pytest.mark.parametrize(("column", "message"), [("ghi", "ghi is -50 in row 4001"), ("dhi", "dhi is -50 in row")])
def test_large_negative_irradiance_is_refused_with_its_row(year, tmp_path, column, message):
    series = getattr(year, column).copy()
    series[4000] = -50.0
    with pytest.raises(WeatherError, match=message):
        read_epw(write_epw(tmp_path / "wild.epw", year, **{column: series}), PLACE)


def test_a_folder_a_pipe_and_a_missing_file_are_refused_at_once(tmp_path):
    pipe = tmp_path / "pipe.epw"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(WeatherError, match="not a regular file"):
            read_epw(path, PLACE)
    with pytest.raises(WeatherError, match=r"nowhere\.epw: cannot be read \(No such file"):
        read_epw(tmp_path / "nowhere.epw", PLACE)


def test_gb18030_headers_are_read_and_said(lines, tmp_path):
    path = tmp_path / "gb.epw"
    text = "\n".join([lines[0].replace("Testville", "重庆沙坪坝"), *lines[1:]]) + "\n"
    path.write_bytes(text.encode("gb18030"))
    found = read_epw(path, PLACE)
    assert "重庆沙坪坝" in found.station
    assert any("GB18030" in note for note in found.warnings)


def test_another_places_weather_is_said_beyond_50_km_and_refused_beyond_200(lines, tmp_path):
    path = _file(tmp_path, lines)
    assert any("km from the site" in n for n in read_epw(path, Place(30.2, 106.46, 250.0)).warnings)
    assert any("the site at 900 m" in n for n in read_epw(path, Place(29.44, 106.46, 900.0)).warnings)
    with pytest.raises(WeatherError, match="at most 200 km"):
        read_epw(path, Place(39.9, 116.4))


def test_a_leap_year_of_8784_rows_keeps_its_own_year(year, tmp_path):
    axis = type(year.axis).of_year(2024, 60, 480)
    longer = {n: np.concatenate([getattr(year, n), getattr(year, n)[-24:]]) for n in ("ghi", "dhi", "dni")}
    rest = {n: np.full(8784, 10.0) for n in ("temp_air", "wind_speed")}
    found = read_epw(write_epw(tmp_path / "leap.epw", dataclasses.replace(year, axis=axis, **longer, **rest)), PLACE)
    assert found.axis == axis


def test_published_file_of_a_design_year_has_its_known_spike_mended():
    path = shared_weather("CHN_CQ_Chongqing.Shapingba.575160_CSWD.epw")
    found = read_epw(path, PLACE)
    assert found.sum_kwh_per_m2(found.ghi) == pytest.approx(848, abs=1)
    assert dict(found.repairs)["dni_recomputed"] > 4000
    assert found.sum_kwh_per_m2(found.dni) == pytest.approx(400, abs=5), "its own column, with the spike, has 532"
    assert found.dni.max() < 1100


def test_published_file_with_a_late_clock_has_its_sun_put_right():
    path = shared_weather("CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw")
    found = read_epw(path, PLACE)
    assert found.sum_kwh_per_m2(found.ghi) == pytest.approx(1201, abs=1)
    assert found.sun_offset_minutes == (60.0,) * 12
    assert any("stands 60 minutes after the start of its rows" in note for note in found.warnings)
    assert not any("W/m2 rms" in note for note in found.warnings), "at its own clock it closes to 4 W/m2"


def test_weeks_without_light_are_gaps_and_not_darkness(year, tmp_path):
    july = year.axis.month_index() == 6
    off = {n: np.where(july, 0.0, getattr(year, n)) for n in ("ghi", "dhi", "dni")}
    write_epw(tmp_path / "off.epw", year, **off)
    found = read_epw(tmp_path / "off.epw", PLACE)
    assert dict(found.repairs) == {"rows_of_days_without_light_dropped": 31 * 24}
    assert np.isnan(found.ghi[july]).all()
    asked = scenario(weather={"source": "file", "format": "epw", "path": "off.epw"}, folder=tmp_path)
    with pytest.raises(WeatherError, match=r"ghi in 744 of 8760 rows"):
        pvsim.simulate(asked)


def test_columns_that_contradict_each_other_are_refused(year, tmp_path):
    with pytest.raises(WeatherError, match="broken, swapped or of another unit"):
        read_epw(write_epw(tmp_path / "swapped.epw", year, dni=year.dhi, dhi=0.5 * year.dni), PLACE)
