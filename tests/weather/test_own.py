"""A climate of one's own: what it is made from, what it gives back, and what it cannot be made from."""

import json
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from cases import shared_weather
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim import cli
from pvsim.errors import WeatherError
from pvsim.weather import days as days_module
from pvsim.weather import family
from pvsim.weather import generator as gen
from pvsim.weather.atlas import holds_climate, load_climate, read_climate
from pvsim.weather.dailies import Monthly, read_record
from pvsim.weather.days import MONTH_DAYS, NOISE_DAYS, SLICES, month_sums, normals
from pvsim.weather.own import as_json, make_climate
from pvsim.weather.request import weather_at
from pvsim.weather.statistics import h0_kwh_per_m2, h0_of_year
from pvsim.weather.table import Place

CDSRD = "station,latitude(deg),longitude(deg),altitude(m),year,month,day,GHI(MJ/m2),DHI(MJ/m2)"
DAZU = Place(29.7, 105.7, 400.0)
THREE = {"years": 3, "first": 2001}
MONTHS_GHI = (31.5, 44.2, 78.0, 101.5, 112.25, 106.0, 141.0, 134.5, 90.0, 54.0, 39.0, 28.5)
FINE = np.linspace(0, 1, 4001)
GOOD = (files("pvsim") / "data" / "climate" / "57516.json").read_text(encoding="utf-8")
TEMPERATURE = (7.5, 9.9, 14.0, 18.9, 22.6, 25.4, 28.6, 28.4, 24.1, 18.9, 14.2, 9.0)


@lru_cache
def daily(station="57516", years=25, first=1991):
    """Dates and GHI in MJ/m2 of as many random years of a shipped station, leap days included."""
    climate, found = load_climate(station), []
    for year in range(first, first + years):
        ghi = daily_kwh(gen.random_year(climate, site_of(climate), year)) * 3.6
        found.append(ghi if year % 4 else np.insert(ghi, 59, ghi[58]))
    return np.arange(f"{first}-01-01", f"{first + years}-01-01", dtype="M8[D]"), np.concatenate(found).round(3)


@lru_cache
def cdsrd(station="57516", years=25, first=1991):
    """That record as the CDSRD writes it."""
    place = "{0.id},{0.latitude},{0.longitude},{0.altitude}".format(load_climate(station))
    rows = zip(*daily(station, years, first), strict=True)
    return "\n".join([CDSRD, *(f"{place},{str(d).replace('-', ',')},{g:.3f},1" for d, g in rows)]) + "\n"


def months(ghi=MONTHS_GHI, header="month,ghi_kwh_per_m2"):
    return "\n".join([header, *(f"{m},{g}" for m, g in enumerate(ghi, 1))]) + "\n"


def written(folder: Path, content, name="record.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def made(path, **options):
    """The climate of a file, by way of the climate file."""
    target = path.with_name("made.json")
    target.write_text(as_json(make_climate(path, **options).document), encoding="utf-8")
    return read_climate(target)


def site_of(climate):
    return gen.Site(climate.latitude, climate.longitude, climate.altitude, climate.utc_offset_minutes)


def daily_kwh(weather):
    return weather.ghi.reshape(365, 24).sum(axis=1) / 1000


# --- what comes back ---------------------------------------------------------------------------------------


def lag_1(kt):
    """Correlation of consecutive days in one month; nan marks gaps, and a month of 20 days says nothing."""
    known = np.isfinite(kt[:-1]) & np.isfinite(kt[1:])
    return np.corrcoef(kt[:-1][known], kt[1:][known])[0, 1] if np.isfinite(kt).sum() > 20 else np.nan


def compare_with_record(climate, days, ghi):
    """Typical and random years of a climate against daily GHI in kWh/m2 at its station; nan marks gaps."""
    place, month = Place(climate.latitude, climate.longitude, climate.altitude), days.astype("M8[M]").astype(int)
    start = gen.TimeAxis.of_year(1970 + int(month[0]) // 12, 60, 480).start_s
    kt, h0 = ghi / h0_kwh_per_m2(gen.TimeAxis(start, 60, days.size * 24, 480), place), h0_of_year(place, 480)
    filled, lag = np.empty((2, np.ptp(month) + 1))
    for i, m in enumerate(np.unique(month)):
        those = ghi[month == m]
        filled[i] = those.size * np.nanmean(those if np.isfinite(those).any() else ghi[(month - m) % 12 == 0])
        lag[i] = lag_1(kt[month == m])
    filled, lag = filled.reshape(-1, 12), lag.reshape(-1, 12)
    typical = daily_kwh(gen.typical_year(climate, site_of(climate)))
    np.testing.assert_allclose(month_sums(typical), filled.mean(axis=0), rtol=1e-3)
    p = np.linspace(0.05, 0.95, 19)
    for m, within in enumerate(SLICES):
        here, there = (typical / h0)[within], kt[(month % 12 == m) & np.isfinite(kt)]
        np.testing.assert_allclose(np.quantile(here, p), np.quantile(there, p), atol=0.02)
    random = np.array([daily_kwh(gen.random_year(climate, site_of(climate), seed)) for seed in range(200)])
    found = np.mean([[lag_1(year[s]) for s in SLICES] for year in random[:100] / h0], axis=0)
    np.testing.assert_allclose(found, np.nanmean(lag, axis=0), atol=0.06)
    annual, measured = random.sum(axis=1), filled.sum(axis=1)
    assert annual.mean() == pytest.approx(measured.mean(), rel=0.02)
    assert annual.std(ddof=1) == pytest.approx(measured.std(ddof=1), rel=0.2)


@pytest.mark.parametrize("station", ["57516", "54511"])
def test_a_climate_of_days_gives_the_record_back(station, tmp_path):
    days, ghi = daily(station)
    compare_with_record(made(written(tmp_path, cdsrd(station))), days, ghi / 3.6)


@pytest.mark.slow
@pytest.mark.parametrize("station", ["54511", "57516", "56187"])
@pytest.mark.parametrize("years", [(1991, 2017), (1970, 2017)])
def test_a_measured_record_comes_back(station, years, tmp_path):
    path = shared_weather(f"{station}.csv")
    climate = made(written(tmp_path, path.read_bytes()), years=years if years[0] > 1970 else None)
    assert climate.period == "{}-{}".format(*years)
    days = np.arange(f"{years[0]}-01-01", f"{years[1] + 1}-01-01", dtype="M8[D]")
    *date, value = np.genfromtxt(path, delimiter=",", skip_header=1, usecols=(4, 5, 6, 7)).T
    at = np.array(["{:.0f}-{:02.0f}-{:02.0f}".format(*d) for d in zip(*date, strict=True)], "M8[D]") - days[0]
    ghi, inside = np.full(days.size, np.nan), at.astype(int) >= 0
    ghi[at.astype(int)[inside]] = np.where(value > 0, value / 3.6, np.nan)[inside]
    compare_with_record(climate, days, ghi)


def test_gaps_and_impossible_days_take_the_mean_of_their_month_and_are_counted(tmp_path):
    lines = cdsrd(**THREE).splitlines()
    for k, cell in ((5, ""), (6, "-99"), (7, "0"), (8, "NaN"), (9, "99.9")):
        lines[k] = ",".join([*lines[k].split(",")[:7], cell, "1"])
    del lines[20]
    result = make_climate(written(tmp_path, "\n".join(lines)))
    assert "6 of 1095 days are missing or not positive" in result.notes[0]
    assert "1 of them as no day can be so bright" in result.notes[0]
    assert "3 whole years do not show how far years spread: 6%" in result.notes[1]
    ghi = daily(**THREE)[1] / 3.6
    january = ghi[:31][np.setdiff1d(np.arange(31), [4, 5, 6, 7, 8, 19])].mean() * 31
    expected = (january + ghi[365:396].sum() + ghi[730:761].sum()) / 3
    assert result.document["radiation"]["ghi_kwh_per_m2"][0] == pytest.approx(expected, abs=1e-4)
    assert (result.document["name"], result.document["altitude"]) == ("station 57516", load_climate("57516").altitude)


def test_years_without_data_do_not_narrow_the_spread_of_years(tmp_path):
    text = cdsrd(years=15, first=2001)
    whole = made(written(tmp_path, text)).interannual_cv
    stray = made(written(tmp_path, text.replace("2001,01,05", "1971,01,05", 1))).interannual_cv
    assert stray == pytest.approx(whole, rel=0.1)


def test_the_series_does_not_depend_on_what_was_in_memory(monkeypatch):
    noise, full = normals(1, NOISE_DAYS), np.full(NOISE_DAYS, np.nan)
    monkeypatch.setattr(np, "empty", lambda shape: full.copy())
    found = days_module.persistent([0.3] * 12, noise)
    monkeypatch.undo()
    assert np.isfinite(found).all()


# --- spellings ---------------------------------------------------------------------------------------------

UNITS = {
    "GHI(MJ/m2)": 1, "ghi_mj_per_m2": 1, "GHI [MJ/m²]": 1, "ghi_mj_per_m2_per_day": 1, "GHI(MJ m-2)": 1,
    "GHI(kWh/m2)": 1 / 3.6, "ghi_kwh_per_m2": 1 / 3.6, "GHI(kWh/m^2/day)": 1 / 3.6, "Ghi (kWh/m2/d)": 1 / 3.6,
    "GHI(Wh/m2)": 1e3 / 3.6, "GHI(kJ/m2)": 1e3, "GHI(J/cm2)": 100, "GHI(W/m2)": 1e3 / 86.4, "ghi_w_per_m2": 1e3 / 86.4,
}  # fmt: skip


def plain(header="GHI(MJ/m2)", date=str, separator=",", name="date"):
    """Three years in another spelling."""
    rows = (f"{date(d)}{separator}{g * UNITS[header]:.9g}" for d, g in zip(*daily(**THREE), strict=True))
    return "\n".join([f"{name}{separator}{header}", *rows]) + "\n"


SPELLINGS = {
    "20011231": lambda: plain(date=lambda d: str(d).replace("-", "")), "crlf": lambda: plain().replace("\n", "\r\n"),
    "2001/12/31": lambda: plain(date=lambda d: str(d).replace("-", "/")), "tab": lambda: plain(separator="\t"),
    "2001-12-31T00:00": lambda: plain(date=lambda d: f"{d}T00:00"),
    "year, month, day": lambda: plain(date=lambda d: str(d).replace("-", ","), name="year,month,day"),
    "decimal comma": lambda: plain(separator=";").replace(".", ","),
    "comments, blank lines": lambda: "# Kunming\n\n" + plain().replace("\n2001-02-01", "\n# February\n\n2001-02-01"),
    "unsorted": lambda: "\n".join(sorted(plain().splitlines(), key=lambda row: (row[0] != "d", row[::-1]))),
    "upper case, blanks, a column more": lambda: plain(name=" DATE ", separator=" , ").replace("\n", ",x\n"),
}  # fmt: skip


@pytest.mark.parametrize("spelling", [*UNITS, *SPELLINGS])
def test_a_record_may_be_spelt_in_many_ways(spelling):
    record = read_record("x.csv", plain(spelling) if spelling in UNITS else SPELLINGS[spelling](), place=DAZU).data
    np.testing.assert_array_equal(record.days, daily(**THREE)[0])
    np.testing.assert_allclose(record.ghi, daily(**THREE)[1] / 3.6, rtol=1e-7)


def test_spellings_give_one_climate(tmp_path):
    other = SPELLINGS["decimal comma"]().replace("date", "# 大足\ndate")
    contents = b"\xef\xbb\xbf" + plain().encode(), other.encode("gb18030")
    bom, chinese = (make_climate(written(tmp_path, content), name="one", place=DAZU) for content in contents)
    for result in (bom, chinese):
        del result.document["radiation"]["source"]["document"]  # which names the bytes
    assert bom.document == chinese.document
    assert ["GB18030" in result.notes[0] for result in (bom, chinese)] == [False, True]


# --- twelve monthly means ----------------------------------------------------------------------------------


def test_twelve_means_give_their_ghi_and_temperature(tmp_path):
    rows = "".join(f"{m},{MONTHS_GHI[m - 1]},{TEMPERATURE[m - 1]}\n" for m in (7, 1, 12, 3, 2, 11, 4, 10, 5, 9, 6, 8))
    path = written(tmp_path, "month,GHI(kWh/m2),temp_air_c\n" + rows)
    climate = made(path, place=DAZU, issuer="a bureau")
    assert (climate.name, climate.period) == ("record", "long-term means")
    assert climate.radiation_sources[0].issuer == "a bureau"
    weather = weather_at(climate_file=tmp_path / "made.json")
    np.testing.assert_allclose(month_sums(daily_kwh(weather)), MONTHS_GHI, rtol=1e-5)
    month = weather.axis.month_index()
    np.testing.assert_allclose(np.bincount(month, weather.temp_air) / np.bincount(month), TEMPERATURE, atol=1e-6)
    higher = weather_at(climate_file=tmp_path / "made.json", altitude=600.0)
    np.testing.assert_allclose(higher.temp_air, weather.temp_air - 1.3, atol=1e-9)


PER_MONTH = {
    "GHI(MJ/m2)": np.full(12, 3.6), "ghi_wh_per_m2": np.full(12, 1e3), "GHI(kWh/m2/day)": 1 / np.asarray(MONTH_DAYS),
    "ghi_mj_per_m2_per_day": 3.6 / np.asarray(MONTH_DAYS), "GHI(W/m2)": 1e3 / 24 / np.asarray(MONTH_DAYS),
}  # fmt: skip


@pytest.mark.parametrize("header", PER_MONTH)
def test_a_month_is_a_sum_or_a_mean_day(header):
    found = read_record("x", months(MONTHS_GHI * PER_MONTH[header], f"month,{header}"), place=DAZU).data
    assert isinstance(found, Monthly)
    np.testing.assert_allclose(found.ghi_kwh_per_m2, MONTHS_GHI, rtol=1e-12)
    assert found.temp_air is None


@settings(max_examples=200, deadline=None)
@given(st.floats(0.0, 0.3), st.floats(0.02, 0.6), st.floats(0.05, 0.98))
def test_the_family_has_its_mean_and_its_bounds(low, span, part):
    mean = low + part * span
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(family, "PROBABILITIES", FINE)  # so finely that their mean is that of the distribution
        found = family.quantiles_of(mean, low, low + span)
    assert (np.diff(found) >= 0).all()
    np.testing.assert_allclose(found[[0, -1]], [low, low + span], atol=1e-6)
    assert np.trapezoid(found, FINE) == pytest.approx(mean, abs=1e-4 * span)


# --- refusals ----------------------------------------------------------------------------------------------

HEAD = "latitude,longitude,altitude,date,GHI(MJ/m2)\n"
ROW = "29.7,105.7,400,2001-01-01,3.5\n"
YMD = "latitude,longitude,year,month,day,ghi_kwh_per_m2\n30,105,"
HEADERS = [
    ("(MJ", "(BTU", r"unit 'btu/m2' in the header of 'GHI\(BTU/m2\)'; allowed are"), ("(MJ/m2)", "", "no unit in the"),
    ("GHI", "DHI", "no column ghi; the columns are latitude, .*DHI"), ("date", "ghi_wh_per_m2", "the header names ghi"),
    ("date", "week", "neither days nor months; the columns are"), ("date", "day", "there is a column day, but no year"),
    ("altitude,date", "year,day", "there is .* day, but no month"), ("latitude", "north", "where is it"),
]  # fmt: skip
TABLES = [
    *((HEAD.replace(old, new) + ROW, f"x: {message}") for old, new, message in HEADERS), (HEAD, "x: no rows below a"),
    (HEAD + "# a comment counts\n" + ROW.replace("3.5", "hi"), r"x:3: GHI\(MJ/m2\) is 'hi'; a number is needed"),
    (HEAD + ROW + ROW.replace("2001-01-01", "31.12.2001"), "x:3: '31.12.2001' is no date; write 2001-12-31"),
    (HEAD + ROW + ROW.replace("-01-01", "-02-29"), "x:3: 2001-2-29 is no date of the calendar"),
    (YMD + "2001,13,1,2", "x:2: month is '13'; a whole number"), (YMD + "2001,1,1.5,2", "x:2: day is '1.5'; a whole"),
    (YMD + "91,1,1,2", "x:2: year is '91'; a whole"), (HEAD + ROW + ROW[:20], "x:3: 4 cells, the header has 5; is the"),
    (HEAD + ROW + ROW.replace("-01,", "-02,") + ROW, "x:4: 2001-01-01 stands there a second time"),
    (HEAD + ROW + ROW.replace("29.7", "30"), r"x: latitude changes \(29.7, 30\); .* of one place"),
    ("station," + HEAD + "1," + ROW + "2," + ROW, r"x: station changes \(1, 2\)"),
    (HEAD + ROW.replace("29.7", "129.7"), "x: latitude 129.7, longitude 105.7 are no place on earth"),
    (HEAD + ROW.replace("3.5", '"3\n5"'), "x:[23]: "),
    (HEAD + ROW.replace("3.5", '"' + "3" * 200_000), "x"),
    (HEAD + ROW.replace("3.5", "3,5"), "x:2: 6 cells"),
    (HEAD + ROW.replace("2001-01-01", "2001-111"), "x:2: '2001-111'"),
    (HEAD + ROW.replace("2001", "1070") + ROW, "x:2: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), TABLES)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(text, message):
    with pytest.raises(WeatherError, match=f"^{message}"):
        read_record("x", text)


ALIKE = "".join(f"{d},{MONTHS_GHI[int(str(d)[5:7]) - 1] / 30.4:.2f}\n" for d in daily(**THREE)[0])
AIR = "month,ghi_kwh_per_m2,temp_air"
DELHI = Place(28.6, 77.2, 216.0)
RECORDS = [
    (months(MONTHS_GHI[:11]), DAZU, {}, "11 rows for months 1, .*; twelve monthly means are needed"),
    (months().replace("\n7,", "\n8,"), DAZU, {}, "12 rows for months 1, "),
    (months().replace(",90.0", ","), DAZU, {}, "^record.csv:10: GHI of month 9 is missing or not positive"),
    (months(np.divide(MONTHS_GHI, 30)), DAZU, {}, "GHI of month 1 .* of what is above the atmosphere.*kWh/m2/day"),
    (months(np.multiply(MONTHS_GHI, 3.6)), DAZU, {}, "GHI of month 3 is 281 kWh/m2, 1.01 of what"),
    (months([f"{g}," for g in MONTHS_GHI], AIR), DAZU, {}, "temp_air of month 1 is missing"),
    (months([f"{g},280" for g in MONTHS_GHI], AIR), DAZU, {}, "temp_air reaches 280; .*degrees Celsius"),
    (months(), Place(29.7, 105.7), {}, "how high is it"), (months(), DAZU, {"altitude": float("nan")}, "altitude nan"),
    (months(), DAZU, {"altitude": 9500.0}, "altitude 9500; -500 to 9000 m"),
    (months(), Place(35.7, 139.7, 5.0), {}, "which clock"), (months(), Place(-29.7, 105.7, 5.0), {}, "not in China"),
    (months(), DAZU, {"utc_offset_minutes": 900}, "utc_offset_minutes: found 900"),
    (cdsrd(**THREE), None, {"years": (1991, 2002)}, "years 1991-2002 asked for, it has 2001-2003"),
    (cdsrd(**THREE), None, {"years": (2002, 2004)}, "years 2002-2004 asked for"),
    (cdsrd(**THREE), None, {"years": (2001, 2002)}, "month 2 has 56 days with GHI; 60 .*give twelve monthly means"),
    (cdsrd(**THREE).replace("GHI(MJ", "GHI(kWh"), None, {}, r"\d+ of 1095 days have more than 0.9 .*check the unit"),
    (cdsrd(**THREE).replace("GHI(MJ", "GHI(W"), None, {}, "unit"),
    (f"date,ghi_kwh_per_m2\n{ALIKE}", DAZU, {}, "hardly differ; .*twelve monthly means"),
    (months(np.full(12, 130.0)), DELHI, {}, "which clock"),
    (months(), DAZU, {"utc_offset_minutes": -300}, "far from the sun of longitude"),
    (months(np.ones(12)), Place(80.0, 20.0, 0.0), {"utc_offset_minutes": 60}, "beyond 65 degrees"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "options", "message"), RECORDS)
def test_a_record_of_which_no_climate_can_be_made_is_refused(text, place, options, message, tmp_path):
    with pytest.raises(WeatherError, match=message):
        make_climate(written(tmp_path, text), place=place, **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "the file is empty"), (b" \n", "the file is empty"), (b"\x00\x01", "not UTF-8"), (b"\x1f\x8b", "packed by"),
     (b"\xff\xfe\xff\x81\xff", "neither UTF-8 nor"), (b"<html>\n</html>", "not a CSV"), (b"[1]", "not a CSV")],
)  # fmt: skip
def test_what_is_no_table_is_called_that(content, message, tmp_path):
    with pytest.raises(WeatherError, match=f"^record.csv: {message}"):
        make_climate(written(tmp_path, content))


def test_a_folder_and_a_huge_file_are_not_read(tmp_path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(200_000_000)
    for read in (make_climate, read_climate):
        with pytest.raises(WeatherError, match="not a regular file but a folder"):
            read(tmp_path)
        with pytest.raises(WeatherError, match=r"huge.json: 200000000 bytes; at most 100"):
            read(tmp_path / "huge.json")


# --- climate files -----------------------------------------------------------------------------------------


def damaged(tmp_path, key, *value):
    """The good file with a key changed, or removed."""
    document = json.loads(GOOD)
    block, _, name = key.rpartition(".")
    inner = document[block] if block else document
    inner.pop(name, None)
    inner.update([(name, v) for v in value])
    return written(tmp_path, json.dumps(document), "own.json")


KEYS = {*json.loads(GOOD), *(f"radiation.{key}" for key in json.loads(GOOD)["radiation"])} - {"province", "air"}
WRONG = [
    ("schema", 2), ("latitude", 91), ("longitude", "105"), ("altitude", -501), ("utc_offset_minutes", 841),
    ("temp_air_mean_c", [61] * 12), ("radiation.source", "me"), ("radiation.clearness", [0.3] * 11),
    ("radiation.ghi_kwh_per_m2", [-1] * 12), ("radiation.ghi_sd_kwh_per_m2", [101] * 12), ("radiation.year_share", 1),
    ("radiation.interannual_cv", 0.6), ("radiation.probabilities", [1] * 25), ("radiation.month_share", [1] * 12),
    ("radiation.clearness_quantiles", [[0.5, 0.4]] * 12), ("radiation.lag_1_single_month", [1] * 12),
    ("radiation.lag_1_generator", [True] * 12), ("radiation.linke_turbidity", float("nan")),
    ("radiation.clearness_quantiles", [[0] * 25] * 12), ("name", None),
]  # fmt: skip


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_climate_file_lacks_nothing(key, tmp_path):
    assert read_climate(damaged(tmp_path, "note", "as good as it was")) == load_climate("57516")
    message = "not a climate file of schema 1" if key == "schema" else f"{key.rpartition('.')[2]} is missing"
    with pytest.raises(WeatherError, match=f"^own.json: {message}"):
        read_climate(damaged(tmp_path, key))


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_value_out_of_range_is_named(key, value, tmp_path):
    with pytest.raises(WeatherError, match=f"^own.json: .*{key.rpartition('.')[2]}"):
        read_climate(damaged(tmp_path, key, value))


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[1]", b"{}", b"{", b"\x00", b'{"schema": 1}', b"[" * 100_000, b"1" * 5000,
     b'{"schema": 1, "radiation": 3}', b'{"inputs": {"location": {}}, "outputs": {"hourly": []}, "meta": {}}'],
)  # fmt: skip
def test_what_is_no_climate_file_is_called_that(content, tmp_path):
    path = written(tmp_path, content, "own.json")
    assert holds_climate(path) == content.endswith(b"3}")
    with pytest.raises(WeatherError, match=r"^own.json: (not |the file is empty|radiation is missing)"):
        read_climate(path)


# --- on the command line -----------------------------------------------------------------------------------

AT = ("--place", "29.7,105.7", "--altitude", "400")
SCENARIO = '[site]\nlatitude = 29.7\nlongitude = 105.7\n[weather]\npath = "own.json"\n[[roof]]\npanels = 100\n'


@pytest.fixture
def ask(tmp_path, monkeypatch, capsys):
    """``pvsim`` in a folder with ``months.csv`` and ``roof.toml``: standard output and, of a refusal, what it says."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, months(), "months.csv")
    written(tmp_path, SCENARIO, "roof.toml")

    def call(*arguments, code=0):
        found = cli.run(list(arguments))
        streams = capsys.readouterr()
        assert found == code, streams
        assert code == 0 or (streams.out == "" and "Traceback" not in streams.err)
        return streams.err if code else (streams.out, streams.err)

    return call


def test_a_climate_is_made_shown_and_run(ask, tmp_path):
    out, err = ask("weather", "climate", "--from", "months.csv", *AT, "--name", "Dazu farm")
    assert "GHI 960 kWh/m2 a year" in out
    assert 'path = "months.climate.json"' in out
    made = (tmp_path / "months.climate.json").rename(tmp_path / "own.json")
    assert read_climate(made).name == "Dazu farm"
    assert "Dazu farm" in ask("weather", "show", "own.json")[0]
    out, more = ask("run", "roof.toml", "--json")
    assert json.loads(out)["weather"]["ghi_kwh_per_m2"] == pytest.approx(sum(MONTHS_GHI), rel=1e-4)
    assert "Dazu farm" in out
    assert (err, more) == ("", "")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [('path = "own.json"\nstation = "Dazu"', 3, "roof.toml:5:.*path: given together with station.*5 and 6"),
     ('path = "months.csv"', 3, 'roof.toml:5:.*"months.csv" is no climate file'),
     ('path = "no.json"', 4, "roof.toml:5: weather.path: no.json: cannot be read"),
     ('path = "bad.json"', 4, "roof.toml:5: weather.path: bad.json: not a climate file")],
)  # fmt: skip
def test_a_scenario_whose_climate_cannot_be_used_is_refused(change, code, message, ask, tmp_path):
    written(tmp_path, SCENARIO.replace('path = "own.json"', change), "roof.toml")
    written(tmp_path, "{}", "bad.json")
    assert re.search(message, ask("run", "roof.toml", code=code))


def test_a_dash_prints_the_document_alone(ask, tmp_path):
    out, err = ask("weather", "climate", "--from", "months.csv", "-", *AT)
    assert json.loads(out)["schema"] == 1
    assert err.startswith("note: temperature and wind are those of")
    assert {p.name for p in tmp_path.iterdir()} == {"months.csv", "roof.toml"}


CALLS = [
    ("months.csv out.csv", 2, "ends in .json"), ("months.csv no/out.json", 2, "there is no folder no"),
    ("months.csv there.json", 2, "exists already.*--overwrite"), ("there.json", 4, "there.json: "),
    ("there.json there.json --overwrite", 2, "that is the file to read"), ("nowhere.csv", 4, "nowhere.csv: cannot be"),
    ("months.csv --years 91-92", 2, "first and last year are needed"),
    ("months.csv --years 1992-1991", 2, "the last year comes before"), ("months.csv --years 1991", 4, "monthly means"),
    ("months.csv --tz Europe/Berlin", 2, "--tz: .*changes its clock"), ("months.csv --tz Peking", 2, "--tz: no time"),
    ("months.csv --altitude high", 2, "--altitude"), ("months.csv --altitude 99999", 4, "altitude 99999"),
    ("months.csv --place 129,105", 2, "--place 129,105"), ("months.csv --place 35,139", 4, "which clock is kept there"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "message"), CALLS)
def test_a_failing_call_says_why_and_leaves_no_file(arguments, code, message, ask, tmp_path):
    written(tmp_path, "{}\n", "there.json")
    assert re.search(message, ask("weather", "climate", *AT, "--from", *arguments.split(), code=code))
    assert {p.name for p in tmp_path.iterdir()} == {"months.csv", "roof.toml", "there.json"}
    assert (tmp_path / "there.json").read_text(encoding="utf-8") == "{}\n"


def test_a_file_is_replaced_when_told_and_the_clock_is_as_said(ask, tmp_path):
    path = written(tmp_path, "{}", "there.json")
    at = "there.json --overwrite --place 35.7,139.7 --altitude 5 --tz Asia/Tokyo"
    assert "note: persistence and spread of months" in ask("weather", "climate", "--from", "months.csv", *at.split())[0]
    assert read_climate(path).utc_offset_minutes == 540


@pytest.mark.parametrize(
    ("arguments", "said"),
    [("own.json --tz +08:00", "months"),
     ("sub/own.json", 'path = "own.json"')],
)  # fmt: skip
def test_what_is_proposed_works(arguments, said, ask, tmp_path):
    (tmp_path / "sub").mkdir()
    assert said in ask("weather", "climate", "--from", "months.csv", *AT, *arguments.split())[0]
