"""ERA5, CAMS and Open-Meteo: the numbers are pvlib's own, and what is another product or unit is refused in words."""

from __future__ import annotations

import dataclasses
import io
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
from cases import scenario
from pvlib.iotools import era5
from weather import writers

import pvsim
from pvsim.errors import WeatherError
from pvsim.physics.sun import TimeAxis
from pvsim.weather.files import READERS, read_table, read_weather, recognised
from pvsim.weather.table import FileRequest, Place, Table

PLACE = Place(29.44, 106.46, 250.0)
SITE = {"latitude": 29.44, "longitude": 106.46, "altitude": 250.0}
SKY = writers.sky(TimeAxis.of_year(2023, 60, 0), 30.0)
RAIN = np.where(np.arange(8760) % 50 == 0, 3.25, 0.0)
WRITERS = {"era5": writers.write_era5, "cams": writers.write_cams, "openmeteo": writers.write_openmeteo}


def table_of(path: Path) -> Table:
    return read_table(FileRequest(path))[0]


def refuses(path: Path, message: str, format: str | None = None) -> str:
    with pytest.raises(WeatherError, match=message) as caught:
        read_weather(FileRequest(path, PLACE, format=format))
    said = str(caught.value)
    assert said.startswith(f"{path.name}: ")
    assert str(path.parent) not in said
    assert not re.search(r"\w+Error\b|Traceback|\bNaT\b|DataFrame|dtype", said), said
    assert re.search(r"fetch|\bask\b|needed|write|is possible", said), f"says nothing of what to do: {said}"
    return said


def changed(path: Path, *replaced: tuple[str, str]) -> Path:
    text = path.read_text(encoding="utf-8")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def run(path: Path, **weather: object) -> pvsim.Result:
    asked = {"source": "file", "path": path.name} | weather
    return pvsim.simulate(
        scenario({"surface_tilt": 30, "surface_azimuth": 90}, site=SITE, weather=asked, folder=path.parent)
    )


# --- the numbers are pvlib's ---------------------------------------------------------------------------------


def test_era5_is_converted_as_pvlib_converts_it(tmp_path):
    path = writers.write_era5(tmp_path / "cds.csv", SKY, rainfall=RAIN)
    found = table_of(path)
    raw = pd.read_csv(path, index_col="valid_time", parse_dates=True)
    theirs = raw.apply(lambda c: era5.UNITS.get(c.name, lambda v: v)(c)).rename(columns=era5.VARIABLE_MAP)
    assert np.array_equal(found.columns["ghi"], theirs["ghi"])
    assert np.array_equal(found.columns["temp_air"], theirs["temp_air"])
    np.testing.assert_allclose(found.columns["dhi"], theirs["ghi"] - theirs["bhi"], atol=1e-9)
    np.testing.assert_allclose(found.columns["wind_speed"] ** 2, theirs["u10"] ** 2 + theirs["v10"] ** 2, atol=1e-9)
    np.testing.assert_allclose(found.columns["rainfall"], 10 * theirs["precipitation"], atol=1e-9)
    np.testing.assert_allclose(found.columns["rainfall"], RAIN, atol=1e-9)
    assert np.array_equal(found.stamps, raw.index.to_numpy().astype("datetime64[s]").astype(np.int64))
    assert set(found.columns) == {"ghi", "dhi", "temp_air", "wind_speed", "rainfall"}, "DNI is made under the rows' sun"
    assert (found.place, found.label, found.utc_offset_minutes) == (Place(29.44, 106.46, None), "end", 0)
    assert (found.station, found.years) == ("ERA5 29.44, 106.46", "2023")
    assert found.issuer == "ECMWF, Copernicus Climate Change Service (ERA5)"


@pytest.mark.parametrize("step", [15, 60])
def test_cams_is_read_as_pvlib_reads_it(step, tmp_path):
    made = writers.sky(TimeAxis.of_year(2023, step, 0), step / 2)
    path = writers.write_cams(tmp_path / "cams.csv", made)
    found = table_of(path)
    theirs, about = pvlib.iotools.read_cams(path)
    for column in ("ghi", "dhi", "dni"):
        assert np.array_equal(found.columns[column], theirs[column])
        assert np.abs(found.columns[column] - getattr(made, column)).max() < 0.0003
    assert np.array_equal(found.stamps, theirs.index.as_unit("s").asi8)
    assert found.place == Place(about["latitude"], about["longitude"], about["altitude"]) == PLACE
    assert np.isnan(found.columns["temp_air"]).all()
    assert np.isnan(found.columns["wind_speed"]).all()
    assert (found.label, found.utc_offset_minutes, found.years) == ("start", 0, "2023")
    assert found.notes == ()


def test_cams_in_single_minutes_is_read(tmp_path):
    days = writers.sky(TimeAxis.of_year(2023, 1, 0), 0.5)
    axis = dataclasses.replace(days.axis, rows=2880)
    cut = {name: getattr(days, name)[:2880] for name in ("ghi", "dhi", "dni", "temp_air", "wind_speed")}
    found = table_of(writers.write_cams(tmp_path / "minutes.csv", dataclasses.replace(days, axis=axis, **cut)))
    assert np.diff(found.stamps).tolist() == [60] * 2879
    np.testing.assert_allclose(found.columns["ghi"], cut["ghi"], atol=0.004)


def test_the_light_of_cams_with_a_temperature_beside_it_gives_the_energy_of_its_sky(tmp_path):
    light = table_of(writers.write_cams(tmp_path / "cams.csv", SKY)).columns
    merged = {name: light[name] for name in ("ghi", "dhi", "dni")}
    one = run(writers.write_csv(tmp_path / "merged.csv", SKY, **merged), label="start")
    other = run(writers.write_csv(tmp_path / "made.csv", SKY), label="start")
    assert one.annual_kwh == pytest.approx(other.annual_kwh, rel=1e-5)


def test_open_meteo_gives_what_its_answer_says(tmp_path):
    path = writers.write_openmeteo(tmp_path / "answer.json", SKY, rainfall=RAIN, utc_offset_minutes=-210)
    answer, found = json.loads(path.read_text(encoding="utf-8")), table_of(path)
    for code, name in (
        ("shortwave_radiation", "ghi"),
        ("direct_normal_irradiance", "dni"),
        ("precipitation", "rainfall"),
    ):
        assert found.columns[name].tolist() == answer["hourly"][code]
    assert np.array_equal(found.stamps, SKY.axis.unixtime() + 3600), "the end of each hour, whatever its clock"
    assert (found.place, found.label, found.utc_offset_minutes) == (PLACE, "end", -210)
    assert (found.station, found.issuer) == ("Open-Meteo 29.44, 106.46", "Open-Meteo")
    weather = read_weather(FileRequest(path))
    assert weather.rainfall is not None
    assert weather.rainfall.sum() == pytest.approx(RAIN.sum())


# --- what may be missing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["era5", "openmeteo"])
def test_rain_of_a_file_washes_a_roof(kind, tmp_path):
    path = WRITERS[kind](tmp_path / "wet.dat", SKY, rainfall=RAIN)
    losses = {"soiling_percent_per_day": 0.1}
    roof = {"surface_tilt": 30, "surface_azimuth": 180}
    weather = {"source": "file", "path": path.name}
    washed = pvsim.simulate(scenario(roof, site=SITE, weather=weather, losses=losses, folder=tmp_path))
    assert washed.annual_kwh > 0
    WRITERS[kind](path, SKY)
    with pytest.raises(WeatherError, match="ERA5 or Open-Meteo file with its precipitation"):
        pvsim.simulate(scenario(roof, site=SITE, weather=weather, losses=losses, folder=tmp_path))


def test_era5_without_wind_or_beam_is_read_and_said(tmp_path):
    path = writers.write_era5(tmp_path / "bare.csv", SKY)
    data = pd.read_csv(path).drop(columns=["u10", "fdir"])
    data.to_csv(path, index=False)
    found = read_weather(FileRequest(path, PLACE))
    assert (found.wind_speed == 1.0).all()
    assert found.warnings == ("wind_speed is missing in 8760 rows; 1 m/s was taken there",)
    assert "DHI and DNI made from GHI by erbs" in found.sources[0].method
    assert np.abs(found.dhi - SKY.dhi).max() < 0.1, "which the sky was split by"


def test_rounding_below_zero_is_zero_and_more_than_that_is_judged(tmp_path):
    night = SKY.ghi == 0
    ghi = np.where(night, -0.02, SKY.ghi)
    found = read_weather(FileRequest(writers.write_era5(tmp_path / "packed.csv", SKY, ghi=ghi), PLACE))
    assert found.repairs == ()
    assert found.ghi.min() == found.dhi.min() == 0
    refuses(writers.write_era5(tmp_path / "negative.csv", SKY, ghi=np.where(night, -20.0, SKY.ghi)), "ghi|negative")


def test_era5_at_an_unknown_altitude_takes_that_of_the_nearest_station(tmp_path):
    found = read_weather(FileRequest(writers.write_era5(tmp_path / "cds.csv", SKY)))
    assert 150 < found.altitude < 450
    assert (found.latitude, found.longitude) == (29.44, 106.46)


@pytest.mark.parametrize("kind", ["era5", "openmeteo"])
def test_a_calendar_year_as_the_services_send_it_is_that_year(kind, tmp_path):
    """From 00:00 of New Year's Day, which ends an hour of the old year, to 23:00 of the last day."""
    earlier = dataclasses.replace(SKY, axis=dataclasses.replace(SKY.axis, start_s=SKY.axis.start_s - 3600))
    path = WRITERS[kind](tmp_path / "year.dat", earlier)
    assert table_of(path).years == "2023"
    made = {n: np.roll(getattr(SKY, n), 1) for n in ("ghi", "dhi", "dni", "temp_air", "wind_speed")}
    found = read_weather(FileRequest(WRITERS[kind](path, earlier, **made), PLACE))
    assert found.axis == earlier.axis, "a whole year of its rows, none of them left out"
    assert np.abs(found.ghi - made["ghi"]).max() < 0.0101
    assert found.covered().all()
    assert (found.repairs, found.warnings) == ((), ())


def test_gaps_of_cams_are_gaps(tmp_path):
    ghi = SKY.ghi.copy()
    ghi[100:110], ghi[200] = np.nan, np.nan
    path = writers.write_cams(tmp_path / "gaps.csv", SKY, ghi=ghi)
    path.write_text(path.read_text(encoding="utf-8").replace(";nan;", ";;", 3), encoding="utf-8")
    assert np.array_equal(np.isnan(table_of(path).columns["ghi"]), np.isnan(ghi))


def test_cams_tells_how_much_of_the_day_it_doubts(tmp_path):
    sure = np.where(np.arange(8760) % 10 == 0, 0.5, 1.0)
    notes = table_of(writers.write_cams(tmp_path / "cams.csv", SKY, reliability=sure)).notes
    rows = int(((sure < 1) & (SKY.sun().sunlit_fraction > 0)).sum())
    told = re.fullmatch(r"cams\.csv: CAMS calls (\d+) rows by day \((\d+\.\d) %\) less than fully reliable", notes[0])
    assert told
    assert int(told[1]) == pytest.approx(rows, rel=0.02)
    assert float(told[2]) == pytest.approx(10, abs=0.3)
    at_night = np.where(SKY.sun().sunlit_fraction > 0, 1.0, 0.0)
    assert len(table_of(writers.write_cams(tmp_path / "cams.csv", SKY, reliability=at_night)).notes) == 0


def test_a_file_without_any_temperature_of_the_air_is_refused(tmp_path):
    said = refuses(writers.write_cams(tmp_path / "cams.csv", SKY), "temperature of the air is missing in all rows")
    assert 'source = "cams"' in said
    nothing = np.full(8760, np.nan)
    for kind in ("era5", "openmeteo"):
        said = refuses(
            WRITERS[kind](tmp_path / "cold.dat", SKY, temp_air=nothing), "missing in all rows.*temp_air into one"
        )
        assert "cams" not in said
    with pytest.raises(WeatherError, match="missing in all rows"):
        read_weather(FileRequest(writers.write_csv(tmp_path / "a.csv", SKY, temp_air=nothing), PLACE, label="start"))


# --- what is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "variable"),
    [("ssrd", "surface_solar_radiation_downwards"), ("t2m", "2m_temperature"), ("ssrd t2m", "downwards and 2m_temp")],
)
def test_era5_without_light_or_temperature_names_what_to_ask_for(column, variable, tmp_path):
    path = writers.write_era5(tmp_path / "cds.csv", SKY)
    pd.read_csv(path).drop(columns=column.split()).to_csv(path, index=False)
    refuses(path, rf"there are valid_time, u10.*ask the Climate Data Store for .*{variable}")


def test_era5_of_two_places_is_refused(tmp_path):
    path = writers.write_era5(tmp_path / "cds.csv", SKY)
    lines = path.read_text(encoding="utf-8").splitlines()
    other = [line.replace(",29.44,", ",29.69,") for line in lines[1:]]
    path.write_text("\n".join([*lines, *other]), encoding="utf-8")
    refuses(path, "2 different places.*ask the Climate Data Store for one")


@pytest.mark.parametrize(
    "spoil",
    [("2023-01-05 03:00:00", "soon"), ("2023-01-05 03:00:00", ""), (",29.44,", ",95,"), (",29.44,", ",north,"),
     ("latitude", "lat")],
    ids=str,
)  # fmt: skip
def test_era5_with_what_is_no_time_or_place_is_refused(spoil, tmp_path):
    refuses(changed(writers.write_era5(tmp_path / "cds.csv", SKY), spoil), "ERA5|latitude", "era5")


def test_a_word_in_a_column_of_era5_is_no_gap(tmp_path):
    path = writers.write_era5(tmp_path / "cds.csv", SKY, temp_air=np.where(np.arange(8760) == 9, 12345.0, SKY.temp_air))
    refuses(changed(path, ("12618.150000", "warm")), "not readable as ERA5")


def test_the_mc_clear_sky_is_not_taken_for_weather(tmp_path):
    path = writers.write_cams(tmp_path / "clear.csv", SKY, clear_only=True)
    assert recognised(path.name, path.read_text(encoding="utf-8")) == "cams"
    refuses(path, "no GHI but TOA, Clear sky GHI.*McClear gives the sky without clouds; ask for CAMS Radiation")


@pytest.mark.parametrize(("clock", "told"), [("True solar time (TST)", r"True solar time \(TST\)"), ("", "not stated")])
def test_cams_on_the_clock_of_the_sun_is_refused(clock, told, tmp_path):
    path = writers.write_cams(tmp_path / "sun.csv", SKY, clock=clock)
    refuses(path, rf"time reference is {told}; universal time \(UT\) is needed.*ask for UT")


def test_cams_in_another_unit_is_refused(tmp_path):
    refuses(
        writers.write_cams(tmp_path / "j.csv", SKY, unit="J m-2"), "columns are in J m-2; sums in Wh m-2 are needed"
    )


def test_days_and_months_of_cams_are_refused(tmp_path):
    axis = dataclasses.replace(SKY.axis, step_minutes=1440, rows=365)
    daily = {name: getattr(SKY, name)[12::24] for name in ("ghi", "dhi", "dni", "temp_air", "wind_speed")}
    path = writers.write_cams(tmp_path / "days.csv", dataclasses.replace(SKY, axis=axis, **daily))
    with pytest.raises(
        WeatherError, match=r"days.csv: rows are 24 hours apart; steps of 1 to 60 minutes are simulated"
    ):
        read_weather(FileRequest(path))
    text = path.read_text(encoding="utf-8").replace("0 month 1 day", "1 month 0 day")
    rows = [f"2023-{m:02d}-01T00:00:00.0/2023-{m + 1:02d}-01T00:00:00.0{';1.0' * 10}" for m in range(1, 12)]
    path.write_text("\n".join([line for line in text.splitlines() if line.startswith("#")] + rows), encoding="utf-8")
    with pytest.raises(WeatherError, match=r"days.csv: rows are 3\d days apart"):
        read_weather(FileRequest(path))


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9999])
def test_cams_that_was_cut_is_refused(keep, tmp_path):
    path = writers.write_cams(tmp_path / "cut.csv", SKY)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: int(keep * len(text))].rsplit(";", 1)[0], encoding="utf-8")
    refuses(path, "cut in its last line")
    path.write_text(text[: text.index("# Observation period")], encoding="utf-8")
    refuses(path, r"not a CAMS Radiation file \(it starts with '# Coding", "cams")
    path.write_text(text[: text.index("2023-01-01T00")], encoding="utf-8")
    refuses(path, "no rows after the header")


@pytest.mark.parametrize("line", ["Latitude", "Summarization"])
def test_cams_without_a_line_of_its_header_is_refused(line, tmp_path):
    refuses(changed(writers.write_cams(tmp_path / "x.csv", SKY), (f"# {line}", "# Other")), "not readable as CAMS")


def test_cams_with_the_line_ends_of_windows_is_the_same(tmp_path):
    path = writers.write_cams(tmp_path / "cams.csv", SKY)
    one = table_of(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert np.array_equal(table_of(path).columns["ghi"], one.columns["ghi"])


@pytest.mark.parametrize(
    ("code", "unit", "message"),
    [
        ("wind_speed_10m", "km/h", "wind_speed_10m is in km/h; m/s are needed: fetch it with wind_speed_unit=ms"),
        ("wind_speed_10m", "mp/h", "wind_speed_unit=ms"),
        ("wind_speed_10m", "kn", "wind_speed_unit=ms"),
        ("temperature_2m", "°F", "is in °F; degrees C are needed: fetch it with temperature_unit=celsius"),
        ("shortwave_radiation", "MJ/m²", "is in MJ/m²; W/m2 are needed: fetch it again"),
        ("precipitation", "inch", "is in inch; mm are needed: fetch it with precipitation_unit=mm"),
        ("time", "unixtime", "its times are unixtime; iso8601 is needed.*timeformat=iso8601"),
    ],
)
def test_open_meteo_in_another_unit_is_refused_with_what_to_ask_for(code, unit, message, tmp_path):
    path = writers.write_openmeteo(tmp_path / "units.json", SKY, units={code: unit}, rainfall=RAIN)
    refuses(path, message)


def test_open_meteo_may_write_its_squares_as_it_likes(tmp_path):
    units = {"shortwave_radiation": "W/m^2", "diffuse_radiation": "W/m2"}
    found = table_of(writers.write_openmeteo(tmp_path / "units.json", SKY, units=units))
    assert np.abs(found.columns["ghi"] - SKY.ghi).max() <= 0.0051


def edited(path: Path, change: Callable[[dict], object]) -> Path:
    answer = json.loads(writers.write_openmeteo(path, SKY).read_text(encoding="utf-8"))
    change(answer)
    path.write_text(json.dumps(answer), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a["hourly"].pop("temperature_2m"), "no temperature_2m; there are time, .*fetch it with hourly=sh"),
        (lambda a: a["hourly"].pop("shortwave_radiation"), "no shortwave_radiation; there are time"),
        (lambda a: a.update(daily=a.pop("hourly")), "no hourly values of Open-Meteo.*there are latitude.*daily"),
        (lambda a: a["hourly"].pop("time"), "not readable as Open-Meteo"),
        (lambda a: a.pop("utc_offset_seconds"), "not readable as Open-Meteo"),
        (lambda a: a.update(utc_offset_seconds=15 * 3600), "TZ 15 in the header"),
        (lambda a: a.update(latitude=291), "latitude 291 in the header"),
        (lambda a: a.update(longitude=10**400), "not readable as Open-Meteo"),
        (lambda a: a["hourly"]["time"].pop(), "not readable as Open-Meteo"),
        (lambda a: a["hourly"]["diffuse_radiation"].pop(), "not readable as Open-Meteo"),
        (lambda a: a["hourly"]["diffuse_radiation"].__setitem__(7, "none"), "not readable as Open-Meteo"),
        (lambda a: a["hourly"]["diffuse_radiation"].__setitem__(7, 10**400), "not readable as Open-Meteo"),
        (lambda a: a["hourly"]["time"].__setitem__(7, None), "not readable as Open-Meteo"),
        (lambda a: a["hourly_units"].pop("shortwave_radiation"), "is in no unit that is told"),
        (lambda a: a["hourly"].update({k: [] for k in a["hourly"]}), "not readable as Open-Meteo"),
    ],
)  # fmt: skip
def test_open_meteo_that_lacks_something_is_refused(change, message, tmp_path):
    refuses(edited(tmp_path / "answer.json", change), message, "openmeteo")


def test_open_meteo_at_an_unknown_elevation_is_read(tmp_path):
    path = edited(tmp_path / "answer.json", lambda a: a.pop("elevation"))
    assert table_of(path).place == Place(29.44, 106.46, None)


@pytest.mark.parametrize("kind", WRITERS)
def test_any_accident_to_a_file_ends_in_words_or_a_table(kind, tmp_path):
    """Bytes changed, lines lost, doubled and swapped: never another exception."""
    text = WRITERS[kind](tmp_path / "good.dat", SKY).read_text(encoding="utf-8")
    # some days are enough to be read, and short enough for many accidents
    if kind == "openmeteo":
        answer = json.loads(text)
        answer["hourly"] = {code: values[:48] for code, values in answer["hourly"].items()}
        text = json.dumps(answer, indent=0)
    else:
        text = "\n".join(text.splitlines()[:130])
    draw = random.Random(kind)
    read = 0
    for _ in range(300):
        lines = text.split("\n")
        for _ in range(draw.randint(1, 3)):
            i = draw.randrange(len(lines))
            at = draw.randrange(len(lines[i]) + 1)
            put = lines[i][:at] + draw.choice([*';,\x00-#"{é:', "1e999", "nan", "9" * 400]) + lines[i][at:]
            other = lines[draw.randrange(len(lines))]
            lines[i] = draw.choice([lines[i][:at], lines[i][at:], "", 2 * lines[i], other, put])
        try:
            READERS[kind]("file.dat", "\n".join(lines))
            read += 1
        except WeatherError as error:
            assert str(error).startswith("file.dat: ")
    assert read > 10, "some accidents hurt nothing"


def test_the_reader_of_cams_never_looks_for_a_header_for_ever():
    with pytest.raises(WeatherError, match="not a CAMS Radiation file"):
        READERS["cams"]("x.csv", "# Observation\n# Observation periods;GHI\n" * 5)
    with pytest.raises(TypeError):
        READERS["cams"](io.StringIO("x"))
