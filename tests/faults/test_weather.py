"""Rows W1 to W30 of the fault catalogue: weather files, each fault mended and counted or refused in plain words.

The truth is a made year of instruments (``weather.measured``); a file with one fault must give its energy with the
repair counted, or be refused for the right reason. ``run_of`` runs the roof as a user does.
"""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from cases import shared_weather, write_epw
from weather.measured import LATITUDE, LONGITUDE, SITE, measured_year, write_csv

import pvsim
from pvsim.errors import WeatherError
from pvsim.physics.irradiance import decompose
from pvsim.physics.sun import sun_over
from pvsim.scenario.reader import from_dict
from pvsim.weather.clear import clear_sky
from pvsim.weather.files import FORMATS, read_weather
from pvsim.weather.horizon import read_horizon
from pvsim.weather.table import FileRequest, Place

PLACE = Place(LATITUDE, LONGITUDE, 250.0)


@pytest.fixture(scope="module")
def year():
    return measured_year()


@pytest.fixture(scope="module")
def quarter():
    return measured_year(step_minutes=15)


def read(path, label="start", **keywords):
    return read_weather(FileRequest(path, PLACE, format="csv", label=label, **keywords))


def read_epw(path):
    return read_weather(FileRequest(path, PLACE, format="epw"))


def run_of(path, label="start", *, roof=(), allow_partial=False, **weather) -> pvsim.Result:
    block = {"source": "file", "path": path.name, "format": "csv", "label": label} | weather
    roofs = [{"panels": 100, "surface_tilt": 15.0} | dict(roof)]
    made = from_dict({"site": SITE, "roof": roofs, "weather": block, "module": {"power_w": 450.0}}, name="case")
    made._origin = dataclasses.replace(made.origin, folder=path.parent)
    return pvsim.simulate(made, allow_partial=allow_partial)


@pytest.fixture(scope="module")
def truth_kwh(year, tmp_path_factory):
    path = write_csv(tmp_path_factory.mktemp("truth") / "year.csv", year)
    return run_of(path).annual_kwh


def refuses(path, *patterns, label="start", **keywords):
    """A WeatherError that names the file, not its folder, and says each of the patterns."""
    with pytest.raises(WeatherError) as caught:
        read(path, label, **keywords)
    said = str(caught.value)
    assert path.name in said and str(path.parent) not in said
    for pattern in patterns:
        assert pattern in said, said
    return said


# --- the truth itself


def test_W_the_made_year_is_read_as_it_was_written(year, tmp_path):
    found = read(write_csv(tmp_path / "year.csv", year))
    assert found.axis == year.axis
    assert dict(found.repairs) == {} and found.warnings == ()
    for name in ("ghi", "dhi", "dni", "temp_air", "wind_speed"):
        np.testing.assert_allclose(getattr(found, name), getattr(year, name), atol=1e-4)


# --- rows


def test_W1_short_gaps_are_filled_on_the_clear_sky_and_counted(year, tmp_path, truth_kwh):
    """Every fifth day loses two or three rows around noon: the energy stays, nothing is scaled up."""
    noons = np.arange(0, 365, 5) * 24 + 12
    lost = np.concatenate([noons, noons + 1, noons[::2] + 2])
    keep = np.setdiff1d(np.arange(8760), lost)
    path = write_csv(tmp_path / "gaps.csv", year, keep=keep)
    found = read(path)
    assert found.axis == year.axis and found.covered().all()
    assert dict(found.repairs)["ghi_interpolated"] == lost.size
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=0.005)


def test_W1_a_gap_keeps_the_curve_of_the_day(year, tmp_path):
    """On the clear sky and not in a straight line: cloudless days in cleaner air, a gap from 8 to 10 o'clock."""
    sun = year.sun()
    clear = clear_sky(sun.apparent_zenith, sun.dni_extra, 250.0, 4.0)[0] * sun.sunlit_fraction
    rows = np.arange(100, 200) * 24 + 9
    keep = np.setdiff1d(np.arange(8760), np.concatenate([rows - 1, rows, rows + 1]))
    path = write_csv(tmp_path / "clear.csv", year, keep=keep, ghi=clear, names=("ghi", "temp_air", "wind_speed"))
    filled = read(path).ghi[rows]
    straight = (clear[rows - 2] + clear[rows + 2]) / 2
    assert np.abs(filled - clear[rows]).mean() < 0.3 * np.abs(straight - clear[rows]).mean()


def test_W1_long_gaps_stay_gaps_with_their_coverage(year, tmp_path, truth_kwh):
    keep = np.setdiff1d(np.arange(8760), np.arange(200 * 24, 212 * 24))
    path = write_csv(tmp_path / "days.csv", year, keep=keep)
    result = run_of(path)
    assert result.to_dict()["weather"]["coverage_fraction"] == pytest.approx(1 - 12 * 24 / 8760)
    whole = run_of(write_csv(tmp_path / "whole.csv", year))
    lost = np.nansum(whole.hourly["p_ac_kw"].to_numpy()[200 * 24 : 212 * 24])
    assert result.annual_kwh == pytest.approx(truth_kwh - lost, rel=1e-4)
    assert any("partial sum" in w for w in result.warnings)


def test_W1_a_logger_that_sleeps_at_night_loses_nothing(year, tmp_path, truth_kwh):
    """Rows of the night are missing altogether: no light fell there, so nothing is missing."""
    by_day = np.flatnonzero(year.sun().zenith < 89.9)
    path = write_csv(tmp_path / "days_only.csv", year, keep=by_day)
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=2e-3)
    assert read(path).covered().mean() > 0.99


def test_W1_a_logger_that_starts_late_loses_only_its_mornings(year, tmp_path, truth_kwh):
    """Rows from 7 to 19 o'clock: summer dawns are missing, and no night is counted as missing for them."""
    hour = np.arange(8760) % 24
    path = write_csv(tmp_path / "office.csv", year, keep=np.flatnonzero((hour >= 7) & (hour < 19)))
    result = run_of(path)
    assert result.coverage_fraction > 0.93
    assert 0.985 < result.annual_kwh / truth_kwh < 1
    short = write_csv(tmp_path / "short.csv", year, keep=np.flatnonzero((hour >= 8) & (hour < 17)))
    assert run_of(short, allow_partial=True).coverage_fraction > 0.85


def test_W2_missing_values_never_reach_the_model(year, tmp_path):
    ghi, air = year.ghi.copy(), year.temp_air.copy()
    ghi[4000:4020], air[5000:5010] = np.nan, np.nan
    result = run_of(write_csv(tmp_path / "nan.csv", year, ghi=ghi, temp_air=air))
    covered = result.weather.covered()
    power = result.hourly["p_ac_kw"].to_numpy()
    assert np.isfinite(power[covered]).all() and np.isnan(power[~covered]).all()
    assert 10 <= (~covered).sum() <= 30


def test_W3_repeated_rows_are_dropped_if_equal_and_refused_if_not(year, tmp_path, truth_kwh):
    rows = np.sort(np.concatenate([np.arange(8760), np.arange(1000, 1010)]))
    path = write_csv(tmp_path / "twice.csv", year, keep=rows)
    assert dict(read(path).repairs) == {"repeated_rows_dropped": 10}
    assert any("repeats 10 rows" in w for w in read(path).warnings)
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=1e-9)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1005] = lines[1005].rsplit(",", 1)[0] + ",9.9"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    refuses(path, "2023-02-11", "stands twice with different values")


def test_W4_rows_out_of_order_are_sorted_and_months_of_other_years_put_in_one(year, tmp_path, truth_kwh):
    order = np.random.default_rng(0).permutation(8760)
    path = write_csv(tmp_path / "mixed.csv", year, keep=order)
    assert read(path).axis == year.axis
    assert read(path).repairs[0][0] == "rows_sorted"
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=1e-9)


def test_W4_a_typical_year_keeps_the_years_of_its_months():
    found = read_weather(FileRequest(shared_weather("CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw"), PLACE))
    assert found.years.startswith("months of 2011 to")
    assert str(found.axis.local_datetime64()[0]) == "2025-01-01T00:00:00"


@pytest.mark.parametrize("offset", ["", " ", "Asia/Shanghai"])
def test_W5_times_without_an_offset_are_refused(year, tmp_path, offset):
    path = write_csv(tmp_path / "naive.csv", year, offset=offset)
    refuses(path, "row 1", "+08:00", "never guessed")


@pytest.mark.parametrize(("offset", "label"), [("+00:00", "start"), ("+01:00", "start"), ("+05:00", "end")])
def test_W6_another_zone_is_found_by_the_noon(year, tmp_path, offset, label):
    said = refuses(
        write_csv(tmp_path / "zone.csv", year, offset=offset, label=label), "time zone is wrong", label=label
    )
    assert "UTC+8 would fit" in said


def test_W6_a_header_with_another_zone_is_refused(year, tmp_path):
    path = write_epw(tmp_path / "zone.epw", year)
    text = path.read_text(encoding="utf-8")
    for zone in ("1.0", "6.0", "10.0"):
        path.write_text(text.replace(",8.0,250.0", f",{zone},250.0", 1), encoding="utf-8")
        with pytest.raises(WeatherError, match=r"time zone is wrong \(UTC\+8 would fit\)"):
            read_epw(path)


def test_W6_an_hour_that_a_clock_of_the_file_explains_puts_the_sun_right(year, tmp_path):
    """UTC+7 moves a file of the middle of its rows to 90 minutes, which none of its clocks has; it is refused."""
    path = write_epw(tmp_path / "zone.epw", year)
    text = path.read_text(encoding="utf-8")
    for zone in ("7.0", "9.0"):
        path.write_text(text.replace(",8.0,250.0", f",{zone},250.0", 1), encoding="utf-8")
        with pytest.raises(WeatherError, match=r"time zone is wrong \(UTC\+8 would fit\)"):
            read_epw(path)


def test_W7_summer_time_with_its_offsets_is_put_on_one_clock(tmp_path):
    """China 1988: +09:00 from 17 April to 11 September. The file says so in each row; no hour is lost or doubled."""
    year = measured_year(1988)
    local = year.axis.local_datetime64()
    summer = (local >= np.datetime64("1988-04-17T02:00")) & (local < np.datetime64("1988-09-11T01:00"))
    plain = write_csv(tmp_path / "plain.csv", year)
    lines = plain.read_text(encoding="utf-8").splitlines()
    for i in np.flatnonzero(summer):
        ahead = str(local[i] + np.timedelta64(1, "h"))
        lines[i + 1] = ahead + "+09:00" + lines[i + 1][25:]
    path = tmp_path / "summer.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = read(path)
    assert found.axis == year.axis and found.covered().all()
    assert any("clock changes (UTC+8 and UTC+9)" in w for w in found.warnings)
    np.testing.assert_allclose(found.ghi, year.ghi, atol=1e-4)
    kwh = run_of(path).annual_kwh
    assert kwh == pytest.approx(run_of(plain).annual_kwh, rel=1e-9)


def test_W7_summer_time_under_one_offset_is_refused(year, tmp_path):
    """The clock of the wall with a fixed offset: one hour doubled in autumn, months an hour late in between."""
    local = year.axis.local_datetime64()
    summer = (local >= np.datetime64("2023-04-16T02:00")) & (local < np.datetime64("2023-09-17T01:00"))
    stamps = local + summer * np.timedelta64(1, "h")
    path = write_csv(tmp_path / "wall.csv", year, stamps=stamps)
    assert "summer" in refuses(path, "stands twice") or "forward" in refuses(path, "stands twice")
    doubled = np.flatnonzero(np.diff(stamps) == np.timedelta64(0, "s"))
    path = write_csv(tmp_path / "wall.csv", year, stamps=stamps, keep=np.setdiff1d(np.arange(8760), doubled))
    said = refuses(path, "off the clock of the other months", "put forward in summer")
    assert "month 5, 6, 7, 8" in said.replace("month 4, 5", "month 5")


WRONG_LABELS = [
    (true, stated) for true in ("start", "center", "end") for stated in ("start", "center", "end", "instant")
]


@pytest.mark.parametrize(("true", "stated"), [p for p in WRONG_LABELS if p[0] != p[1]])
def test_W8_a_wrong_label_is_refused_and_the_right_one_named(year, tmp_path, true, stated):
    path = write_csv(tmp_path / "label.csv", year, label=true)
    if (true, stated) == ("center", "instant"):  # the same moment of the sun; means taken for moments
        assert read(path, stated).sun_offset_minutes == (30.0,) * 12
        return
    refuses(path, f"label = {true!r} fits", label=stated)


@pytest.mark.parametrize(("true", "stated"), [("start", "end"), ("end", "start"), ("start", "center")])
@pytest.mark.parametrize("step", [30, 15, 5])
def test_W8_short_rows_show_their_label_by_closure(tmp_path, step, true, stated):
    year = measured_year(step_minutes=step)
    path = write_csv(tmp_path / "label.csv", year, label=true)
    assert read(path, true).warnings == ()
    if (step, stated) == (5, "center"):
        assert read(path, stated).covered().all()  # 2.5 minutes: nothing can tell, and nothing depends on it
        return
    refuses(path, f"label = {true!r} fits", label=stated)


def test_W8_where_only_the_noon_could_tell_and_does_not_a_warning_says_so(quarter, tmp_path):
    path = write_csv(tmp_path / "ghi.csv", quarter, label="start", names=("ghi", "temp_air", "wind_speed"))
    assert not any("can tell if" in w for w in read(path, "start").warnings)
    assert any("can tell if" in w for w in read(path, "end").warnings)


@pytest.mark.parametrize("noise", [12.0, 20.0])
def test_W8_good_instruments_are_never_refused(tmp_path, noise):
    """Three instruments that close to 20 to 30 W/m2: read as they are, their DNI kept."""
    year = measured_year(noise=noise, level=0.45)
    found = read(write_csv(tmp_path / "noisy.csv", year))
    assert 15 < found.clock.closure_rms < 35
    assert "dni_recomputed" not in dict(found.repairs)
    np.testing.assert_allclose(found.dni[year.sun().zenith < 80], year.dni[year.sun().zenith < 80], atol=1e-3)


TRUTH = {  # where the sun of GHI stands, and whether DNI belongs to it: from the published files, read by hand
    "CHN_CQ_Chongqing.Shapingba.575160_CSWD.epw": ((0.0,) * 12, False),
    "CHN_SC_Chengdu.562940_CSWD.epw": ((0.0,) * 12, False),
    "CHN_TJ_Tianjin.545270_CSWD.epw": ((0.0,) * 12, False),
    "CHN_Beijing.Beijing.545110_CSWD.epw": ((0.0,) * 12, False),
    "CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw": ((60.0,) * 12, True),
    "CHN_CQ_Chongqing.575160_TMYx.2007-2021.epw": ((60.0,) * 12, True),
    "CHN_SC_Chengdu-Shuangliu.AP.562940_TMYx.2011-2025.epw": ((60.0,) * 12, True),
    "CHN_GD_Shenzhen.594930_TMYx.2011-2025.epw": ((0, 0, 60, 60, 60, 0, 60, 0, 60, 0, 60, 0), True),
    "CHN_CQ_Chongqing.575160_TMYx.2004-2018.epw": ((30.0,) * 12, True),
}


@pytest.mark.parametrize("name", TRUTH)
def test_W8_the_clock_of_published_files_is_found_month_by_month(name):
    offsets, dni = TRUTH[name]
    found = read_weather(FileRequest(shared_weather(name)))
    assert found.sun_offset_minutes == offsets
    assert found.clock.dni_usable is dni
    assert ("dni_recomputed" in dict(found.repairs)) is not dni


@pytest.mark.parametrize("step", [15, 30])
def test_W8_noisy_instruments_do_not_hide_a_wrong_label(tmp_path, step):
    year = measured_year(step_minutes=step, noise=15.0, level=0.45)
    path = write_csv(tmp_path / "noisy.csv", year, label="end")
    right = read(path, "end")
    assert right.clock.closure_rms > 15 and not any("label" in w for w in right.warnings)
    refuses(path, "label = 'end' fits", label="start")


def test_W8_a_strayed_month_in_winter_is_no_summer_time(year, tmp_path):
    ghi = year.ghi.copy()
    january = year.axis.month_index() == 0
    ghi[january] = np.roll(ghi[january], -1)
    names = ("ghi", "temp_air", "wind_speed")
    said = refuses(
        write_csv(tmp_path / "reset.csv", year, ghi=ghi, names=names), "in month 1 the light is +60 minutes off"
    )
    assert "summer" not in said and "clock set" in said


def test_W6_the_zone_is_that_of_the_file_and_not_of_the_site(year, tmp_path):
    path = write_csv(tmp_path / "zone.csv", year, offset="Z")
    refuses(path, "by its clock, UTC+0", "UTC+8 would fit", utc_offset_minutes=480)


def test_W8_a_lopsided_sky_that_closes_at_its_label_is_not_refused(year, tmp_path):
    """Brighter afternoons all year: the noon is late, the three columns close exactly where the label says."""
    sun = year.sun()
    hour = (np.arange(8760) % 24 + 0.5 + 6.9) % 24 - 19.8  # hours after the sun's noon, roughly
    ghi = year.ghi * (1 + 0.25 * np.clip(hour, -6, 6) / 6)
    dni, dhi = decompose("erbs", ghi, sun.zenith, sun.day_of_year, sun.sunlit_fraction)
    found = read(write_csv(tmp_path / "west.csv", year, ghi=ghi, dhi=dhi, dni=dni))
    assert found.sun_offset_minutes == (30.0,) * 12
    assert 5 < abs(found.clock.stray_minutes) < 25


def test_W9_moments_carry_their_minute_and_say_so(year, tmp_path):
    """A satellite's picture ten minutes past each hour: the sun stands there, and not in the middle of the row."""
    sun = sun_over(year.axis, (10.0,) * 12, LATITUDE, LONGITUDE, 250.0)
    spell = np.repeat(np.random.default_rng(4).uniform(0.1, 0.7, 365), 24)
    ghi = spell * sun.dni_extra * np.maximum(np.cos(np.radians(sun.zenith)), 0)
    dni, dhi = decompose("erbs", ghi, sun.zenith, sun.day_of_year, sun.sunlit_fraction)
    stamps = year.axis.local_datetime64() + np.timedelta64(10, "m")
    path = write_csv(tmp_path / "moments.csv", year, ghi=ghi, dhi=dhi, dni=dni, stamps=stamps)
    found = read(path, "instant")
    assert found.axis == year.axis and found.sun_offset_minutes == (10.0,) * 12
    assert found.clock.closure_rms < 0.1 and dict(found.repairs) == {}
    assert found.warnings == ("moments.csv: irradiance of a moment in each row, not its mean",)


def test_W10_a_leap_year_keeps_its_day_and_a_typical_year_has_none(tmp_path):
    leap = measured_year(2024)
    path = write_csv(tmp_path / "leap.csv", leap)
    found = run_of(path)
    assert found.weather.axis.rows == 8784 and found.coverage_fraction == 1
    without = np.flatnonzero(leap.axis.local_datetime64().astype("datetime64[D]") != np.datetime64("2024-02-29"))
    partial = run_of(write_csv(tmp_path / "no29.csv", leap, keep=without))
    assert partial.weather.axis.rows == 8784 and (~partial.weather.covered()).sum() == 24
    lost = np.nansum(found.hourly["p_ac_kw"].to_numpy()[59 * 24 : 60 * 24])
    assert partial.annual_kwh == pytest.approx(found.annual_kwh - lost, rel=1e-3), "nothing is scaled up"


@pytest.mark.parametrize("step", [1, 5, 10, 15, 20, 30])
def test_W11_energy_is_power_times_the_step(tmp_path, step):
    year = measured_year(step_minutes=step)
    keep = np.arange(0, year.axis.rows // (12 if step == 1 else 1))  # a month of minutes
    path = write_csv(tmp_path / "fine.csv", year, keep=keep)
    result = run_of(path, allow_partial=step == 1)
    assert result.weather.axis.step_minutes == step
    assert result.annual_kwh == pytest.approx(result.hourly["p_ac_kw"].sum() * step / 60, rel=1e-12)
    expected = year.ghi[keep].sum() * step / 60 / 1000
    assert result.weather.sum_kwh_per_m2(result.weather.ghi) == pytest.approx(expected, rel=1e-6)


def test_W11_a_jitter_of_seconds_is_rounded_and_counted_a_larger_one_refused(year, tmp_path):
    rng = np.random.default_rng(2)
    local = year.axis.local_datetime64()
    shaken = local + rng.integers(-2, 3, 8760).astype("timedelta64[s]")
    found = read(write_csv(tmp_path / "jitter.csv", year, stamps=shaken))
    assert found.axis == year.axis and dict(found.repairs)["time_jitter_rounded"] > 5000
    slow = local + (np.arange(8760) % 3 == 1) * np.timedelta64(59, "s")
    refuses(write_csv(tmp_path / "slow.csv", year, stamps=slow), "59 s off the 60-minute steps", "resample")


def test_W11_steps_that_do_not_divide_the_hour_are_refused(quarter, tmp_path):
    stamps = np.datetime64("2023-01-01T00:00:00") + np.arange(3000) * np.timedelta64(7 * 60, "s")
    text = ["time,ghi,temp_air", *(f"{s}+08:00,0,20" for s in np.datetime_as_string(stamps, unit="s"))]
    path = tmp_path / "seven.csv"
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    refuses(path, "420 s apart", "divide the hour")


@pytest.mark.parametrize(("hours", "said"), [(24, "24 hours"), (3, "3 hours"), (730, "30 days")])
def test_W12_daily_and_monthly_values_are_refused(tmp_path, hours, said):
    stamps = np.datetime64("2023-01-01T00:00:00") + np.arange(12) * np.timedelta64(hours, "h")
    path = tmp_path / "daily.csv"
    path.write_text("\n".join(["time,ghi,temp_air", *(f"{s}+08:00,150,20" for s in stamps)]) + "\n", encoding="utf-8")
    refuses(path, said, "steps of 1 to 60 minutes")


def test_W13_several_years_are_reported_each_and_as_their_mean(tmp_path):
    parts = {y: measured_year(y, seed=y) for y in (2019, 2020, 2021)}
    lines, singles = [], []
    for y, part in parts.items():
        path = write_csv(tmp_path / f"{y}.csv", part)
        singles.append(run_of(path).annual_kwh)
        body = path.read_text(encoding="utf-8").splitlines()
        lines += body if not lines else body[1:]
    path = tmp_path / "years.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run_of(path)
    assert result.weather.year_count == 3 and result.weather.axis.rows == 8760 * 2 + 8784
    assert result.annual_kwh == pytest.approx(np.mean(singles), rel=1e-6)
    assert [y for y, _ in result.by_year] == [2019, 2020, 2021]
    np.testing.assert_allclose([kwh for _, kwh in result.by_year], singles, rtol=1e-6)
    document = result.to_dict()
    assert document["energy"]["by_year"][1]["year"] == 2020
    assert sum(document["energy"]["monthly_kwh"]) == pytest.approx(result.annual_kwh)
    assert document["ledger"][-1]["kwh"] == pytest.approx(result.annual_kwh, rel=1e-9)
    assert document["weather"]["ghi_kwh_per_m2"] == pytest.approx(
        np.mean([p.sum_kwh_per_m2(p.ghi) for p in parts.values()]), rel=1e-6
    )
    assert 0.7 < result.performance_ratio < 0.9


def test_W13_a_year_from_july_to_june_is_whole_and_half_a_year_is_not(tmp_path):
    first, second = measured_year(2022), measured_year(2023)
    one = write_csv(tmp_path / "one.csv", first, keep=np.arange(181 * 24, 8760))
    other = write_csv(tmp_path / "other.csv", second, keep=np.arange(181 * 24))
    path = tmp_path / "july.csv"
    head = one.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*head, *other.read_text(encoding="utf-8").splitlines()[1:]]) + "\n", encoding="utf-8")
    found = read(path)
    assert found.year_count == 1 and found.axis.rows == 8760 and found.covered().all()
    assert str(found.axis.local_datetime64()[0]) == "2022-07-01T00:00:00"
    assert (np.bincount(found.axis.month_index()) > 27 * 24).all()
    with pytest.raises(WeatherError, match=r"49\.6% of the rows.*ends at 2023-06-30 23:00.*allow-partial"):
        run_of(other)
    half = run_of(other, allow_partial=True)
    assert sum(half.monthly_kwh[6:]) == 0


@pytest.mark.parametrize("surplus", ["an end that is included", "four days of the next July", "the hour before"])
def test_W13_a_little_beyond_whole_years_opens_no_other_year(year, tmp_path, truth_kwh, surplus):
    rows = write_csv(tmp_path / "year.csv", year).read_text(encoding="utf-8").splitlines()
    after = write_csv(tmp_path / "after.csv", measured_year(2024)).read_text(encoding="utf-8").splitlines()
    before = write_csv(tmp_path / "before.csv", measured_year(2022)).read_text(encoding="utf-8").splitlines()
    path = tmp_path / "more.csv"
    more = {
        "an end that is included": [*rows, after[1]],
        "four days of the next July": [*rows, *after[1:97]],
        "the hour before": [rows[0], before[-1], *rows[1:]],
    }[surplus]
    path.write_text("\n".join(more) + "\n", encoding="utf-8")
    found = read(path)
    assert (found.axis, found.year_count) == (year.axis, 1)
    assert dict(found.repairs) == {"rows_beyond_whole_years_dropped": len(more) - len(rows)}
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=1e-9)


def test_W13_two_and_a_half_years_are_partial(tmp_path):
    lines = []
    for y in (2021, 2022, 2023):
        keep = np.arange(8760 if y < 2023 else 181 * 24)
        body = write_csv(tmp_path / f"{y}.csv", measured_year(y), keep=keep).read_text(encoding="utf-8").splitlines()
        lines += body[bool(lines) :]
    path = tmp_path / "more.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(WeatherError, match=r"83\.\d% of the rows.*ends at 2023-06-30"):
        run_of(path)


def test_W14_small_negative_irradiance_is_zero_and_larger_is_refused(year, tmp_path):
    night = np.flatnonzero(year.ghi == 0)
    ghi = year.ghi.copy()
    ghi[night[:2000]] = -3.2
    found = read(write_csv(tmp_path / "offset.csv", year, ghi=ghi))
    assert dict(found.repairs) == {"ghi_negative_to_zero": 2000} and found.ghi.min() == 0
    ghi[night[:10]] = -30
    refuses(write_csv(tmp_path / "far.csv", year, ghi=ghi), "ghi is -30 in row", "10 such rows")


def test_W15_single_impossible_values_are_gaps_and_many_are_refused(year, tmp_path, truth_kwh):
    ghi = year.ghi.copy()
    noons = np.arange(100, 104) * 24 + 13
    ghi[noons] = 1e9
    path = write_csv(tmp_path / "spikes.csv", year, ghi=ghi)
    assert dict(read(path).repairs)["ghi_out_of_limits"] == 4
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=2e-3)
    dawn = np.flatnonzero((year.sun().zenith > 80) & (year.sun().zenith < 88))[:60]
    ghi = year.ghi.copy()
    ghi[dawn] = 900.0  # below any absolute limit, above what enters the atmosphere there
    refuses(write_csv(tmp_path / "dawn.csv", year, ghi=ghi), "ghi is 900 in row", "W/m2 is possible", "60 such rows")


def test_W15_an_impossible_dni_is_made_from_the_two_others(year, tmp_path, truth_kwh):
    dni = year.dni.copy()
    bright = np.argsort(year.ghi)[-30:]
    dni[bright] = 77_332.0
    path = write_csv(tmp_path / "dni.csv", year, dni=dni)
    assert dict(read(path).repairs) == {"dni_out_of_limits": 30}
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=1e-4)


def test_W16_light_in_the_dark_is_refused_and_traces_are_zero(year, tmp_path):
    ghi = year.ghi.copy()
    dark = np.flatnonzero(year.sun().zenith > 100)
    ghi[dark[:50]] = 2.0
    found = read(write_csv(tmp_path / "traces.csv", year, ghi=ghi))
    assert dict(found.repairs) == {"night_light_to_zero": 50} and (found.ghi[dark] == 0).all()
    ghi[dark[::20]] = 80.0
    refuses(write_csv(tmp_path / "lamps.csv", year, ghi=ghi), "more than 6 degrees below the horizon")


def test_W17_a_dni_of_another_sun_is_made_anew_and_counted(year, tmp_path, truth_kwh):
    """Noon wins: GHI and DHI stand, DNI was made with the sun of half an hour later, as converters do."""
    sun = year.sun()
    height = np.cos(np.radians(np.interp(np.arange(8760) + 0.5, np.arange(8760), sun.zenith)))
    high = (sun.zenith < 85) & (height > 0.1)
    dni = np.where(high, np.clip((year.ghi - year.dhi) / np.where(high, height, 1), 0, 1300), 0.0)
    path = write_csv(tmp_path / "late.csv", year, dni=dni)
    found = read(path)
    assert found.sun_offset_minutes == (30.0,) * 12
    assert "dni_recomputed" in dict(found.repairs), found.clock
    assert any("made anew from GHI - DHI" in w for w in found.warnings)
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=2e-3)


def test_W17_a_dni_that_closes_nowhere_is_made_anew(year, tmp_path, truth_kwh):
    path = write_csv(tmp_path / "scaled.csv", year, dni=0.6 * year.dni)
    assert "dni_recomputed" in dict(read(path).repairs)
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=2e-3)


def test_W17_a_dhi_that_cannot_be_is_refused(year, tmp_path):
    refuses(write_csv(tmp_path / "dull.csv", year, dhi=0.3 * year.dhi), "dull hours", "diffuse")


def test_W17_a_dhi_that_is_a_copy_of_ghi_is_refused(year, tmp_path):
    path = write_csv(tmp_path / "copy.csv", year, dhi=year.ghi, names=("ghi", "dhi", "temp_air", "wind_speed"))
    refuses(path, "DHI is 100% of GHI in clear hours")


def test_W18_beam_from_a_difference_has_no_spikes_at_low_sun(year, tmp_path):
    found = read(write_csv(tmp_path / "two.csv", year, names=("ghi", "dhi", "temp_air", "wind_speed")))
    sun = found.sun()
    assert (found.dni[sun.zenith > 87] == 0).all()
    assert found.dni.max() < 1.1 * 1100
    bright = (sun.zenith < 80) & (year.dni > 50)
    apart = np.abs(found.dni[bright] / year.dni[bright] - 1)
    assert np.quantile(apart, 0.98) < 1e-3, "but for a few rows above 1.1 times the clearest air"


def test_W19_a_stuck_sensor_is_said_and_a_dead_one_refused(year, tmp_path):
    ghi = year.ghi.copy()
    ghi[150 * 24 + 8 : 150 * 24 + 17] = 120.0
    path = write_csv(tmp_path / "stuck.csv", year, ghi=ghi, names=("ghi", "temp_air", "wind_speed"))
    assert any("keeps one value for more than 6 hours" in w and "stuck" in w for w in read(path).warnings)
    for factor, what in ((0.0, "adds up to 0 kWh"), (0.4, "adds up to"), (3.0, "")):
        scaled = write_csv(tmp_path / "dead.csv", year, ghi=factor * year.ghi, names=("ghi", "temp_air", "wind_speed"))
        refuses(scaled, what)


def test_W19_copied_days_are_said(year, tmp_path):
    ghi = year.ghi.copy().reshape(-1, 24)
    ghi[100:110] = ghi[99]
    found = read(write_csv(tmp_path / "copied.csv", year, ghi=ghi.ravel(), names=("ghi", "temp_air", "wind_speed")))
    assert any("10 days repeat" in w for w in found.warnings)


@pytest.mark.parametrize("code", [-999.0, -9999.0, 9999.0, -99.9, 99999.0])
def test_W20_codes_of_missing_values_are_gaps_before_anything_is_judged(year, tmp_path, code, truth_kwh):
    ghi, dhi, dni = (getattr(year, n).copy() for n in ("ghi", "dhi", "dni"))
    for values in (ghi, dhi, dni):
        values[4001:4003] = code
    path = write_csv(tmp_path / "codes.csv", year, ghi=ghi, dhi=dhi, dni=dni)
    assert dict(read(path).repairs)["ghi_interpolated"] == 2
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=2e-3)


UNITS = {
    "kelvin": ({"temp_air": lambda y: y.temp_air + 273.15}, "kelvin"),
    "fahrenheit": ({"temp_air": lambda y: y.temp_air * 1.8 + 32}, "Fahrenheit"),
    "km/h": ({"wind_speed": lambda y: 12 * y.wind_speed}, "km/h"),
    "kW/m2": ({n: (lambda y, n=n: getattr(y, n) / 1000) for n in ("ghi", "dhi", "dni")}, "kW/m2"),
    "kJ/m2": ({n: (lambda y, n=n: getattr(y, n) * 3.6) for n in ("ghi", "dhi", "dni")}, "kJ/m2"),
}


@pytest.mark.parametrize("unit", UNITS)
def test_W21_values_of_another_unit_are_refused_with_a_guess(year, tmp_path, unit):
    changes, guess = UNITS[unit]
    path = write_csv(tmp_path / "units.csv", year, **{n: f(year) for n, f in changes.items()})
    refuses(path, guess)


def test_W21_energy_of_quarter_hours_taken_for_power_is_refused(quarter, tmp_path):
    sums = {n: getattr(quarter, n) / 4 for n in ("ghi", "dhi", "dni")}
    refuses(write_csv(tmp_path / "wh.csv", quarter, **sums), "Wh/m2 in 15 minutes")


@pytest.mark.parametrize(
    ("header", "said"), [("ghi (kJ/m2)", "kJ/m2"), ("ghi [kW/m2]", "kW/m2"), ("temp_air (K)", "K"),
                         ("temp_air [°F]", "°F"), ("wind_speed (km/h)", "km/h")],
)  # fmt: skip
def test_W21_a_unit_in_the_header_is_believed(year, tmp_path, header, said):
    path = write_csv(tmp_path / "header.csv", year, keep=np.arange(8760))
    text = path.read_text(encoding="utf-8").replace(header.split()[0], header, 1)
    path.write_text(text, encoding="utf-8")
    refuses(path, f"is in {said}", "convert")


@pytest.mark.parametrize(
    "header", ["ghi (W/m2)", "ghi [W m-2]", "temp_air (°C)", "temp_air\uff08摄氏度\uff09", "wind_speed (m/s)"]
)
def test_W21_the_right_unit_in_the_header_is_no_obstacle(year, tmp_path, header):
    path = write_csv(tmp_path / "header.csv", year)
    name = header.replace("\uff08", " ").split()[0]
    path.write_text(path.read_text(encoding="utf-8").replace(name, header, 1), encoding="utf-8")
    assert read(path).covered().all()


@pytest.mark.parametrize(("one", "other"), [("ghi", "dhi"), ("dni", "ghi"), ("dni", "dhi")])
def test_W22_exchanged_columns_are_refused_and_named(tmp_path, one, other):
    year = measured_year(level=0.45)
    swapped = {one: getattr(year, other), other: getattr(year, one)}
    said = refuses(write_csv(tmp_path / "swapped.csv", year, **swapped))
    assert "exchanged" in said or "swapped" in said
    assert one in said.lower() and other in said.lower()


def test_W23_an_impossible_hour_of_temperature_is_a_gap_that_is_filled(year, tmp_path, truth_kwh):
    air, wind = year.temp_air.copy(), year.wind_speed.copy()
    air[[3000, 4000, 5000]], wind[[3000, 6000]] = [-70, 70, 1e5], [-5, 200]
    path = write_csv(tmp_path / "air.csv", year, temp_air=air, wind_speed=wind)
    found = read(path)
    assert dict(found.repairs) == {
        "temp_air_out_of_limits": 3, "wind_speed_out_of_limits": 2, "temp_air_interpolated": 3, "wind_speed_missing": 2,
    }  # fmt: skip
    np.testing.assert_allclose(found.temp_air[[3000, 4000]], year.temp_air[[3000, 4000]], atol=0.6)
    assert run_of(path).annual_kwh == pytest.approx(truth_kwh, rel=1e-4)


def test_W24_a_file_that_ends_early_is_refused_with_its_end(year, tmp_path):
    path = write_epw(tmp_path / "cut.epw", year)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[: 8 + 4375]) + "\n", encoding="utf-8")
    with pytest.raises(WeatherError, match=r"4375 rows, the last at 2023-07-02 07:00; a whole year"):
        read_epw(path)
    csv = write_csv(tmp_path / "cut.csv", year, keep=np.arange(4375))
    with pytest.raises(WeatherError, match="ends at 2023-07-02 06:00"):
        run_of(csv)


def test_W25_a_file_cut_inside_its_last_line_is_refused(year, tmp_path):
    path = write_csv(tmp_path / "cut.csv", year)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:-12], encoding="utf-8")
    refuses(path, "cut in its last line")
    epw = write_epw(tmp_path / "cut.epw", year)
    epw.write_text(epw.read_text(encoding="utf-8")[:-70], encoding="utf-8")
    with pytest.raises(WeatherError, match="cut in its last line"):
        read_epw(epw)


def test_W26_csv_slips_are_named_or_forgiven(year, tmp_path):
    rows = write_csv(tmp_path / "year.csv", year).read_text(encoding="utf-8").splitlines()
    path = tmp_path / "slip.csv"

    def written(lines):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    refuses(written([rows[0].replace("dhi", "ghi"), *rows[1:]]), "'ghi' twice")
    refuses(written([rows[0], ",W/m2,W/m2,W/m2,C,m/s", *rows[1:]]), "no row of values", "remove that line")
    truth = read(tmp_path / "year.csv").ghi
    np.testing.assert_array_equal(read(written([rows[0], *(r + "," for r in rows[1:])])).ghi, truth)
    first_other = [f"ok,{r}" for r in rows]
    first_other[0] = "status,TIMESTAMP,ghi,dhi,dni,temp_air,wind_speed"
    np.testing.assert_array_equal(read(written(first_other), columns={"time": "TIMESTAMP"}).ghi, truth)
    quoted = [rows[0].replace("ghi", '"GHI, pyranometer"'), *rows[1:]]
    np.testing.assert_array_equal(read(written(quoted), columns={"ghi": "GHI, pyranometer"}).ghi, truth)
    twice = [rows[0] + ",x,x", *(r + ",1,2" for r in rows[1:])]
    np.testing.assert_array_equal(read(written(twice)).ghi, truth)
    refuses(written([rows[0], *(r + ",5" for r in rows[1:])]), "rows have 7 cells, its header 6")
    decimal = [r.replace(",", "\t").replace(".", ",") for r in rows]
    np.testing.assert_array_equal(read(written(decimal)).ghi, truth)


@pytest.mark.parametrize("kind", [*FORMATS, None])
@pytest.mark.parametrize(
    "content", [b"", b"   \n", b"<html><body>moved</body></html>", b"LOCATION,a,b\n", b"time,ghi,temp_air\n", b"{}",
                b"[1]", b"\x1f\x8b\x08\x00rest", b"PK\x03\x04rest", b"\x00\x01\x02\x03", b"\xff\xfe\xff\xff\x81"],
)  # fmt: skip
def test_W26_what_is_no_weather_file_is_called_that(tmp_path, kind, content):
    path = tmp_path / "file.dat"
    path.write_bytes(content)
    with pytest.raises(WeatherError) as caught:
        read_weather(FileRequest(path, PLACE, format=kind, label="end"))
    said = str(caught.value)
    assert "file.dat" in said and str(tmp_path) not in said
    assert not any(word in said for word in ("Traceback", "KeyError", "IndexError", "ValueError", "NoneType"))
    assert "\x00" not in said


def test_W27_chinese_headers_in_gb18030_are_read_and_said(year, tmp_path, truth_kwh):
    path = write_csv(tmp_path / "gb.csv", year)
    text = path.read_text(encoding="utf-8").replace("ghi", "总辐射", 1).replace("temp_air", "气温", 1)
    path.write_bytes(("# 重庆大渡口\n" + text).encode("gb18030"))
    found = read(path, columns={"ghi": "总辐射", "temp_air": "气温"})
    assert any("GB18030" in w for w in found.warnings)
    columns = {"ghi": "总辐射", "temp_air": "气温"}
    assert run_of(path, columns=columns).annual_kwh == pytest.approx(truth_kwh, rel=1e-9)


def test_W28_hours_from_0_to_23_in_an_epw_are_explained(year, tmp_path):
    path = write_epw(tmp_path / "hours.epw", year)
    lines = path.read_text(encoding="utf-8").splitlines()
    for i in range(8, len(lines)):
        parts = lines[i].split(",", 4)
        parts[3] = str(int(parts[3]) - 1)
        lines[i] = ",".join(parts)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(WeatherError, match="hours 1 to 24"):
        read_epw(path)


def test_W29_a_far_site_is_said_then_refused_then_allowed(year, tmp_path):
    path = write_epw(tmp_path / "far.epw", year)

    def at(latitude, **keywords):
        return read_weather(FileRequest(path, Place(latitude, LONGITUDE, 900.0), format="epw", **keywords))

    assert any("56 km from the site" in w or "5" in w for w in at(LATITUDE + 0.5).warnings)
    assert any("lies at 250 m, the site at 900 m" in w for w in at(LATITUDE).warnings)
    with pytest.raises(WeatherError, match=r"222 km from the site.*--allow-distance"):
        at(LATITUDE + 2)
    assert any("222 km from the site" in w for w in at(LATITUDE + 2, allow_distance=True).warnings)


def test_W29_the_flag_is_on_the_command_line(year, tmp_path, ask, case):
    write_epw(tmp_path / "far.epw", year)
    text = (
        "[site]\nlatitude = 31.44\nlongitude = 106.46\n[weather]\nsource = 'file'\npath = 'far.epw'\n"
        "[[roof]]\npanels = 10\n"
    )
    path = case(text)
    ask("run", path).refuses("--allow-distance", code=4)
    assert "222 km" in ask("run", path, "--allow-distance").works().out


HORIZONS = {
    "sorted, north": "azimuth,height\n0,5\n90,20\n180,10\n270,30\n360,5\n",
    "unsorted, no ends": "270;30\n90;20\n180;10\n0;5\n",
    "from south, as PVGIS": "A\tH_hor\n-180\t5\n-90\t20\n0\t10\n90\t30\n180\t5\n",
    "decimal commas": "0,0;5,0\n90,0;20,0\n180,0;10,0\n270,0;30,0\n",
    "quoted, with a footer": '"0","5"\n"90","20"\n"180","10"\n"270","30"\nPVGIS (c) European Union, 2001-2024\n',
    "with words": "# hills\nLatitude (decimal degrees): 29.44\n\n 0 5 \n 90 20\n 180 10\n 270 30\n",
}


@pytest.mark.parametrize("kind", HORIZONS)
def test_W30_a_horizon_in_any_order_and_convention_is_one_horizon(tmp_path, kind):
    path = tmp_path / "horizon.txt"
    path.write_text(HORIZONS[kind], encoding="utf-8")
    horizon, notes = read_horizon(path)
    np.testing.assert_allclose(horizon.at(np.array([0.0, 45.0, 90.0, 225.0, 315.0, 360.0])), [5, 12.5, 20, 20, 17.5, 5])
    assert bool(notes) == ("PVGIS" in kind)


@pytest.mark.parametrize(
    ("text", "said"),
    [("0,5\n90,95\n180,1\n270,1\n", "95 degrees at azimuth 90"), ("0,5\n90,-3\n180,1\n270,1\n", "-3 degrees"),
     ("0,5\n90,5\n", "2 rows"), ("0,5\n90,nan 3\n180,5\n270,5\n", "is no row"),
     ("0,5\n0,9\n90,5\n180,5\n", "two heights"),
     ("-90,5\n270,9\n90,5\n180,5\n", "azimuths from")],
)  # fmt: skip
def test_W30_a_horizon_that_cannot_be_is_refused(tmp_path, ask, case, text, said):
    (tmp_path / "hills.csv").write_text(text, encoding="utf-8")
    path = case("[site]\nlatitude = 29.44\nlongitude = 106.46\nhorizon = 'hills.csv'\n[[roof]]\npanels = 10\n")
    ask("run", path).refuses(said, "hills.csv", code=4)


def test_W30_hills_hide_the_beam_and_the_sky_behind_them(tmp_path, ask, case):
    (tmp_path / "hills.csv").write_text("0,0\n90,40\n180,0\n270,0\n", encoding="utf-8")
    bare = "[site]\nlatitude = 29.44\nlongitude = 106.46\n"
    roof = "[[roof]]\npanels = 10\nsurface_tilt = 30\nsurface_azimuth = 90\n"
    free = json.loads(ask("run", case(bare + roof), "--json").works().out)
    behind = json.loads(ask("run", case(bare + "horizon = 'hills.csv'\n" + roof), "--json").works().out)
    assert behind["weather"] == free["weather"], "the weather is that of the place, not of the roof"
    assert 0.8 < behind["energy"]["annual_kwh"] / free["energy"]["annual_kwh"] < 0.95
    lines = {line["name"]: line["percent_of_previous"] for line in behind["ledger"]}
    assert lines["horizon"] == pytest.approx(100 - behind["shading"][0]["horizon_percent"])
    assert "hills.csv" in next(line["source"] for line in behind["ledger"] if line["name"] == "horizon")
    listed = bare + "horizon_points = [[0, 0], [90, 40], [180, 0], [270, 0]]\n" + roof
    assert json.loads(ask("run", case(listed), "--json").works().out)["energy"] == behind["energy"]
    (tmp_path / "hills.csv").write_text("0,90\n90,90\n180,90\n270,90\n", encoding="utf-8")
    walls = json.loads(ask("run", case(bare + "horizon = 'hills.csv'\n" + roof), "--json").works().out)
    assert walls["energy"]["annual_kwh"] == pytest.approx(0, abs=1e-6)
