"""Every format that is read: its rows come back as they were written, and what is no such file is refused in words."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pvlib
import pytest
from cases import scenario, write_epw
from weather import writers

import pvsim
from pvsim.errors import WeatherError
from pvsim.physics.sun import TimeAxis
from pvsim.weather.files import FORMATS, read_table, read_weather, recognised
from pvsim.weather.record import Weather
from pvsim.weather.table import FileRequest, Place

PLACE = Place(29.44, 106.46, 250.0)
SITE = {"latitude": 29.44, "longitude": 106.46, "altitude": 250.0}
CHINA = {"tz": "Asia/Shanghai"}
EAST = {"surface_tilt": 30, "surface_azimuth": 90}  # a clock that is off moves its energy, where a flat roof's stays
MONTHS = f"months of {min(writers.TYPICAL_YEARS)} to {max(writers.TYPICAL_YEARS)}"
A_MOMENT = "{}: irradiance of a moment in each hour, not its mean"
SERIES = ("ghi", "dhi", "dni", "temp_air", "wind_speed")
LATE_HOURS = 0.1761  # of SARAH's picture after the full hour, in a PVGIS typical year


@dataclasses.dataclass(frozen=True)
class Kind:
    """A file of one format and what its reader must say of it.

    ``weather`` names which of the weathers is written, ``offset`` is that of the file's own clock, ``nominal`` where
    the sun stands after the start of a row by the format. ``derived`` columns are not in the file.
    """

    format: str
    file: str
    weather: str
    write: Callable[..., Path]
    label: str
    offset: int
    nominal: float = 30.0
    years: str = "2025"
    moment: bool = False
    derived: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        return (A_MOMENT.format(self.file),) if self.moment else ()

    def asked(self, **more: object) -> dict[str, object]:
        """The scenario's [weather] without the format, which is found."""
        return {"source": "file", "path": self.file} | ({"label": self.label} if self.format == "csv" else {}) | more


def _with(write: Callable[..., Path], **fixed: object) -> Callable[..., Path]:
    return lambda path, weather, **changes: write(path, weather, **fixed, **changes)


W = writers
ERA5 = {"database": "PVGIS-ERA5"}
SARAH = {"label": "instant", "offset": 0, "nominal": 10.0, "moment": True}
TMY = {"label": "instant", "offset": 0, "nominal": 60 * LATE_HOURS, "moment": True, "years": MONTHS}
UTC = {"offset": 0, "years": "2024-2025"}  # a year of the clock of Chongqing in UTC
KINDS = {
    "epw": Kind("epw", "year.epw", "year", write_epw, "end", 480),
    "tmy3": Kind("tmy3", "tmy3.csv", "year", W.write_tmy3, "end", 480, years=MONTHS),
    "sam": Kind("sam", "sam.csv", "year", W.write_sam, "center", 480),
    "sam typical": Kind(
        "sam", "sam_tmy.csv", "year", _with(W.write_sam, years=W.TYPICAL_YEARS), "center", 480, years=MONTHS
    ),
    "sam short names": Kind("sam", "sam_short.csv", "year", W.write_sam_short, "center", 480),
    "sam half-hours": Kind("sam", "sam_half.csv", "half", W.write_sam, "instant", 480, nominal=0.0),
    "pvgis typical csv": Kind("pvgis", "tmy.csv", "late", W.write_pvgis_tmy_csv, **TMY),
    "pvgis typical json": Kind("pvgis", "tmy.json", "late", W.write_pvgis_tmy_json, **TMY),
    "pvgis sarah csv": Kind("pvgis", "sarah.csv", "ten", W.write_pvgis_series_csv, derived=("dni",), **SARAH),
    "pvgis sarah json": Kind("pvgis", "sarah.json", "ten", W.write_pvgis_series_json, derived=("dni",), **SARAH),
    "pvgis sarah global": Kind(
        "pvgis",
        "global.csv",
        "ten",
        _with(W.write_pvgis_series_csv, components=False),
        derived=("dni", "dhi"),
        **SARAH,
    ),
    "pvgis era5 csv": Kind(
        "pvgis", "era5.csv", "year", _with(W.write_pvgis_series_csv, **ERA5), "center", derived=("dni",), **UTC
    ),
    "pvgis era5 json": Kind(
        "pvgis", "era5.json", "year", _with(W.write_pvgis_series_json, **ERA5), "center", derived=("dni",), **UTC
    ),
    "nasa csv": Kind("nasa-power", "nasa.csv", "year", W.write_nasa_csv, "start", **UTC),
    "nasa json": Kind("nasa-power", "nasa.json", "year", W.write_nasa_json, "start", **UTC),
    "nasa lst csv": Kind(
        "nasa-power", "lst.csv", "year", _with(W.write_nasa_csv, clock="LST"), "start", 420, years="2024-2025"
    ),
    "nasa lst json": Kind(
        "nasa-power", "lst.json", "year", _with(W.write_nasa_json, clock="LST"), "start", 420, years="2024-2025"
    ),
    "era5": Kind("era5", "cds.csv", "year", W.write_era5, "end", derived=("dni",), **UTC),
    "openmeteo json": Kind("openmeteo", "meteo.json", "year", W.write_openmeteo, "end", **UTC),
    "openmeteo china json": Kind(
        "openmeteo", "china.json", "year", _with(W.write_openmeteo, utc_offset_minutes=480), "end", 480
    ),
    "csv": Kind("csv", "plain.csv", "year", W.write_csv, "start", 480),
    "csv utc": Kind("csv", "utc.csv", "year", _with(W.write_csv, utc_offset_minutes=0), "start", **UTC),
}
MEANS = [name for name, kind in KINDS.items() if kind.weather == "year" and kind.format != "epw"]
IN_UTC = [name for name, kind in KINDS.items() if kind.offset == 0]
TYPICAL = [name for name, kind in KINDS.items() if kind.years == MONTHS]


@pytest.fixture(scope="module")
def weathers() -> dict[str, Weather]:
    utc = TimeAxis.of_year(2025, 60, 0)
    return {
        "year": pvsim.simulate(scenario(site=SITE)).weather,
        "late": writers.sky(utc, 60 * LATE_HOURS),
        "ten": writers.sky(utc, 10.0),
        "half": writers.sky(TimeAxis.of_year(2025, 30, 480), 0.0),
        "quarter": writers.sky(TimeAxis.of_year(2025, 15, 480), 7.5),
    }


@pytest.fixture(scope="module")
def folder(weathers, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("formats")
    for kind in KINDS.values():
        kind.write(made / kind.file, weathers[kind.weather])
    return made


@pytest.fixture(scope="module")
def energy(folder) -> Callable[..., float]:
    """Annual kWh with a file of the folder, kept."""
    kept: dict[tuple[str, bool], float] = {}

    def kwh(name: str, *, china: bool = False) -> float:
        if (name, china) not in kept:
            asked = scenario(EAST, site=SITE | (CHINA if china else {}), weather=KINDS[name].asked(), folder=folder)
            kept[name, china] = pvsim.simulate(asked).annual_kwh
        return kept[name, china]

    return kwh


def _request(path: Path, kind: Kind, **more: object) -> FileRequest:
    label = kind.label if kind.format == "csv" else None
    place = PLACE if kind.format in ("csv", "era5") else None  # all others know their own, with its altitude
    return FileRequest(path, **({"place": place, "format": kind.format, "label": label} | more))


# --- what was written comes back -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_a_file_gives_back_the_rows_that_were_written(name, folder, weathers):
    kind = KINDS[name]
    made = weathers[kind.weather]
    found = read_weather(_request(folder / kind.file, kind))
    assert found.axis == dataclasses.replace(made.axis, utc_offset_minutes=kind.offset)
    for series in set(SERIES) - set(kind.derived):
        off = np.abs(getattr(found, series) - getattr(made, series)).max()
        assert off <= 0.0101, f"{series}: two digits, of up to two columns that are added"
    assert (found.latitude, found.longitude, found.altitude) == (29.44, 106.46, 250.0)
    assert found.sun_offset_minutes == pytest.approx((kind.nominal,) * 12)
    assert (found.source, found.label, found.years, found.year_count) == ("file", kind.label, kind.years, 1)
    assert dict(found.repairs) == {}
    assert found.warnings == kind.notes
    assert found.covered().all()


@pytest.mark.parametrize("name", [n for n, kind in KINDS.items() if kind.derived])
def test_what_a_file_lacks_of_the_light_closes_with_what_it_has(name, folder, weathers):
    kind = KINDS[name]
    made, found = weathers[kind.weather], read_weather(_request(folder / kind.file, kind))
    height = np.cos(np.radians(found.sun().zenith))
    lit = found.sun().zenith < 87
    gap = (found.ghi - found.dhi - found.dni * height)[lit]
    assert np.abs(gap).max() < 0.05, "GHI = DHI + DNI cos(zenith) under the sun that is used"
    # printed digits of the beam over the cosine of a low sun, and of Erbs from a GHI that was printed
    assert np.abs(found.dni - made.dni)[lit].max() < 1.0
    assert np.abs(found.dhi - made.dhi).max() < 0.1


def test_the_beam_of_a_clear_series_of_means_belongs_to_the_sun_of_its_rows(tmp_path):
    made = writers.sky(TimeAxis.of_year(2025, 60, 0), 30.0, clear=0.5)
    found = read_weather(FileRequest(writers.write_pvgis_series_csv(tmp_path / "clear.csv", made, **ERA5)))
    sun = found.sun()
    gap = np.abs(found.ghi - found.dhi - found.dni * np.cos(np.radians(sun.zenith)))
    # at sunrise the sun of a row stands higher than at its stamp
    assert gap[sun.zenith < 87].max() < 0.05
    assert np.abs(found.dni - made.dni)[sun.zenith < 87].max() < 1.0


@pytest.mark.parametrize("name", KINDS)
def test_the_format_is_recognised_by_its_content(name, folder):
    kind = KINDS[name]
    text = (folder / kind.file).read_text(encoding="utf-8")
    assert recognised(kind.file, text) == kind.format


@pytest.mark.parametrize(
    "name", ["epw", "tmy3", "sam", "pvgis typical csv", "pvgis sarah csv", "nasa csv", "era5", "csv"]
)
def test_line_endings_and_a_byte_order_mark_change_nothing(name, folder, tmp_path):
    kind = KINDS[name]
    raw = (folder / kind.file).read_bytes()
    other = raw.replace(b"\r\n", b"\n") if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")
    path = tmp_path / kind.file
    path.write_bytes(b"\xef\xbb\xbf" + other)
    one, two = (read_weather(_request(p, kind, format=None)) for p in (folder / kind.file, path))
    assert two.axis == one.axis
    assert (two.repairs, two.warnings, two.station) == (one.repairs, one.warnings, one.station)
    for series in SERIES:
        assert np.array_equal(getattr(two, series), getattr(one, series))


@pytest.mark.parametrize("name", MEANS)
def test_the_same_means_give_the_same_energy_in_every_format(name, energy):
    assert energy(name) == pytest.approx(energy("epw"), rel=1e-4)


@pytest.mark.parametrize("name", IN_UTC)
def test_a_file_in_utc_gives_the_same_energy_on_the_sites_own_clock(name, energy, folder, weathers):
    assert energy(name, china=True) == pytest.approx(energy(name), rel=1e-6)
    kind = KINDS[name]
    found = read_weather(_request(folder / kind.file, kind, utc_offset_minutes=480))
    assert found.axis.utc_offset_minutes == 480
    # the same moments have the same light; a typical year goes round
    made = weathers[kind.weather]
    behind = (found.axis.start_s - made.axis.start_s) // 3600
    assert behind in (0, -8) if kind.years == MONTHS else behind == 0
    assert np.abs(found.ghi - np.roll(made.ghi, -behind)).max() <= 0.0101


@pytest.mark.parametrize("name", TYPICAL)
def test_months_of_different_years_land_in_2025(name, folder):
    kind = KINDS[name]
    found = read_weather(_request(folder / kind.file, kind))
    assert found.axis == TimeAxis.of_year(2025, 60, kind.offset)
    assert found.years == "months of 2005 to 2016"
    assert found.sources[0].period == "months of 2005 to 2016"


def test_a_tmy3_file_of_a_leap_year_of_8784_rows_keeps_all_of_its_days(tmp_path):
    made = writers.sky(TimeAxis.of_year(2024, 60, 480), 30.0)
    found = read_weather(FileRequest(writers.write_tmy3(tmp_path / "leap.csv", made, years=(2024,) * 12)))
    assert found.axis == made.axis
    for series in SERIES:
        assert np.abs(getattr(found, series) - getattr(made, series)).max() <= 0.0051
    assert (found.years, found.repairs, found.warnings) == ("2024", (), ())


def test_a_pvgis_year_without_a_time_offset_in_its_header_is_that_of_the_full_hour(weathers, tmp_path):
    made = writers.sky(weathers["late"].axis, 0.0)
    path = writers.write_pvgis_tmy_csv(tmp_path / "old.csv", made)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"Irradiance Time Offset.*\n", "", text), encoding="utf-8")
    found = read_weather(FileRequest(path))
    assert found.sun_offset_minutes == (0.0,) * 12
    assert np.abs(found.ghi - made.ghi).max() <= 0.0051


# --- in-plane irradiance of PVGIS ----------------------------------------------------------------------------


@pytest.mark.parametrize("write", [writers.write_pvgis_series_csv, writers.write_pvgis_series_json])
def test_a_series_of_a_tilted_plane_is_in_plane_irradiance_alone(write, weathers, tmp_path):
    made = weathers["ten"]
    path = write(tmp_path / "tilted", made, slope=30)
    with pytest.raises(WeatherError, match=r"^tilted: there is no GHI .* ask PVGIS for a slope of 0"):
        read_weather(FileRequest(path))
    found = read_weather(FileRequest(path, poa=("poa_global",), without_ghi=True))
    assert not found.has_ghi
    plane = found.series("poa_global[poa_global]")
    assert np.abs(plane - writers.plane_global(made, 30)).max() <= 0.0151, "the sum of three printed columns"
    assert any("a plane at 30 degrees, without GHI" in note for note in found.warnings)
    asked = scenario(
        {"surface_tilt": 30, "surface_azimuth": 180, "poa_column": "poa_global"},
        site=SITE,
        weather={"source": "file", "path": "tilted"},
        folder=tmp_path,
    )
    result = pvsim.simulate(asked)
    light = float(writers.plane_global(made, 30).sum()) / 1000
    assert 0.75 * light < result.specific_yield_kwh_per_kwp < light, "kWh/kWp: its light less what a system loses"


# --- plain CSV -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["start", "center", "end"])
@pytest.mark.parametrize("offset", [-150, 345])
def test_a_csv_of_hours_may_be_stamped_anywhere_on_any_clock(label, offset, weathers, tmp_path):
    made = weathers["year"]
    path = writers.write_csv(tmp_path / "own.csv", made, label=label, utc_offset_minutes=offset)
    found = read_weather(FileRequest(path, PLACE, label=label))
    assert found.axis == dataclasses.replace(made.axis, utc_offset_minutes=offset)
    assert np.abs(found.ghi - made.ghi).max() <= 0.0051
    assert (found.sun_offset_minutes, found.label) == ((30.0,) * 12, label)
    assert (found.repairs, found.warnings) == ((), ())


@pytest.mark.parametrize("label", ["start", "end"])
def test_a_csv_of_quarter_hours_keeps_its_step(label, weathers, tmp_path):
    made = weathers["quarter"]
    path = writers.write_csv(tmp_path / "quarter.csv", made, label=label)
    found = read_weather(FileRequest(path, PLACE, label=label))
    assert found.axis == made.axis
    for series in SERIES:
        assert np.abs(getattr(found, series) - getattr(made, series)).max() <= 0.0051
    assert found.sun_offset_minutes == (7.5,) * 12
    assert (found.repairs, found.warnings) == ((), ())


def test_a_csv_of_moments_has_its_sun_at_the_stamp(weathers, tmp_path):
    made = weathers["ten"]
    path = writers.write_csv(tmp_path / "moments.csv", made, label="instant")
    found = read_weather(FileRequest(path, PLACE, label="instant"))
    assert found.axis == made.axis
    assert (found.sun_offset_minutes, found.label) == ((10.0,) * 12, "instant")
    assert found.repairs == ()
    assert found.warnings == ("moments.csv: irradiance of a moment in each row, not its mean",)


def test_a_csv_stamped_at_the_ends_of_the_hours_of_2025_is_of_2025(weathers, tmp_path):
    path = writers.write_csv(tmp_path / "end.csv", weathers["year"], label="end")
    assert read_weather(FileRequest(path, PLACE, label="end")).years == "2025"


GERMAN = {"time": "Zeit", "ghi": "GHI", "dhi": "Diffus", "dni": "Direkt", "temp_air": "Luft", "wind_speed": "Wind"}


def test_a_csv_may_have_its_own_headers_semicolons_decimal_commas_and_comments(weathers, tmp_path):
    made = weathers["year"]
    notes = ("logger 17; calibrated 2024, by hand", "")
    path = writers.write_csv(
        tmp_path / "own.csv", made, headers=GERMAN, separator=";", decimal=",", comments=notes, label="end"
    )
    found = read_weather(FileRequest(path, PLACE, format="csv", label="end", columns=GERMAN))
    assert found.axis == made.axis
    for series in SERIES:
        assert np.abs(getattr(found, series) - getattr(made, series)).max() <= 0.0051
    assert (found.repairs, found.warnings) == ((), ())


def test_a_unit_in_brackets_behind_a_name_is_no_other_name(weathers, tmp_path):
    made = weathers["year"]
    headers = {n: f"{n} (W/m2)" for n in ("ghi", "dhi", "dni")} | {"temp_air": "temp_air [°C]"}
    headers["wind_speed"] = "wind_speed (m/s)"
    path = writers.write_csv(tmp_path / "units.csv", made, headers=headers, dni=0.99 * made.dni, dhi=0.99 * made.dhi)
    found = read_weather(FileRequest(path, PLACE, label="start"))
    assert np.abs(found.ghi - made.ghi).max() <= 0.0051
    assert np.abs(found.dhi - 0.99 * made.dhi).max() <= 0.0051, "its own DHI, not one made from GHI"
    assert np.abs(found.wind_speed - made.wind_speed).max() <= 0.0051


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "# one\n# two\n# three\n# four\n" + text,
        lambda text: re.sub(r"(time|ghi|dhi|dni|temp_air|wind_speed)(?=[,\n])", r'"\1"', text),
        lambda text: text.replace("time,ghi", "time , ghi"),
        lambda text: text.replace(",", "\t"),
    ],
    ids=["four comments", "quoted names", "spaces", "tabs"],
)  # fmt: skip
def test_a_csv_is_recognised_whatever_stands_around_its_names(change, folder, tmp_path, weathers):
    text = change((folder / "plain.csv").read_text(encoding="utf-8"))
    assert recognised("plain.csv", text) == "csv"
    path = tmp_path / "plain.csv"
    path.write_text(text, encoding="utf-8")
    found = read_weather(FileRequest(path, PLACE, label="start"))
    assert np.abs(found.dhi - weathers["year"].dhi).max() <= 0.0051


def test_a_measured_column_of_a_csv_is_kept_under_its_header(weathers, tmp_path):
    made = weathers["year"]
    plane, back = 1.1 * made.ghi, made.temp_air + 0.02 * made.ghi
    path = writers.write_csv(tmp_path / "roof.csv", made, extra={"G east": plane, "T1": back}, leave_out=["dhi", "dni"])
    found = read_weather(FileRequest(path, PLACE, label="start", poa=("G east",), temperature=("T1",)))
    assert np.abs(found.series("poa_global[G east]") - plane).max() <= 0.0051
    assert np.abs(found.series("module_temperature[T1]") - back).max() <= 0.0051
    assert found.warnings == ()


# --- missing values ------------------------------------------------------------------------------------------

# longer than what is mended: from midnight to ten, and from ten to four
DARK_AND_LIGHT, BY_DAY = slice(3000, 3010), slice(106, 112)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("tmy3", -9900.0),
        ("sam", -9999.0),
        ("nasa csv", -999.0),
        ("nasa json", -999.0),
        ("nasa lst csv", -999.0),
        ("era5", np.nan),
        ("openmeteo json", np.nan),
        ("csv", np.nan),
        ("csv", -9999.0),
        ("csv", -999.0),
    ],
)
def test_the_missing_code_of_a_format_is_a_gap(name, code, weathers, tmp_path):
    kind, made = KINDS[name], weathers["year"]
    ghi, temp = made.ghi.copy(), made.temp_air.copy()
    ghi[DARK_AND_LIGHT], temp[BY_DAY] = code, code
    path = kind.write(tmp_path / kind.file, made, ghi=ghi, temp_air=temp)
    found = read_weather(_request(path, kind, utc_offset_minutes=480))
    assert found.axis == made.axis
    assert np.isnan(found.ghi[DARK_AND_LIGHT]).all()
    assert np.isnan(found.temp_air[BY_DAY]).all()
    assert found.covered().sum() == 8760 - 16
    assert np.nanmin(found.ghi) >= 0
    assert dict(found.repairs) == {}


@pytest.mark.parametrize("word", ["NaN", "nan", "NA", "n/a", "-", "null", ""])
def test_the_words_for_nothing_in_a_csv_are_gaps(word, weathers, tmp_path):
    made = weathers["year"]
    ghi = np.where(np.arange(8760) // 10 == 300, 12345.67, made.ghi)
    path = writers.write_csv(tmp_path / "words.csv", made, ghi=ghi)
    path.write_text(path.read_text(encoding="utf-8").replace("12345.67", word), encoding="utf-8")
    found = read_weather(FileRequest(path, PLACE, label="start"))
    assert np.isnan(found.ghi[DARK_AND_LIGHT]).all()
    assert found.covered().sum() == 8760 - 10


def test_another_word_in_a_csv_is_refused_with_its_row(weathers, tmp_path):
    made = weathers["year"]
    path = writers.write_csv(tmp_path / "words.csv", made, ghi=np.where(np.arange(8760) == 41, 12345.67, made.ghi))
    path.write_text(path.read_text(encoding="utf-8").replace("12345.67", "error"), encoding="utf-8")
    with pytest.raises(WeatherError, match=r"^words\.csv: ghi is 'error' in row 42 \(1 such rows\): not a number"):
        read_weather(FileRequest(path, PLACE, label="start"))


@pytest.mark.parametrize("name", ["pvgis typical json", "pvgis sarah json", "openmeteo json"])
def test_a_null_in_a_json_is_a_gap_and_no_darkness(name, weathers, tmp_path):
    kind = KINDS[name]
    made = weathers[kind.weather]
    ghi, dhi = made.ghi.copy(), made.dhi.copy()
    ghi[DARK_AND_LIGHT], dhi[DARK_AND_LIGHT] = np.nan, np.nan
    found = read_weather(_request(kind.write(tmp_path / kind.file, made, ghi=ghi, dhi=dhi), kind))
    assert np.isnan(found.ghi[DARK_AND_LIGHT]).all()
    assert found.covered().sum() == 8760 - 10


# --- refusals ------------------------------------------------------------------------------------------------

# what a reader is told to do, in the words of the refusals
TO_DO = re.compile(
    r"fetch|export|download|\bask\b|\bwrite\b|\bmap\b|convert|(is|are) needed|\bgive\b|check|mend|resample|read are",
    re.IGNORECASE,
)
CUT = re.compile(r"fetch|export|\bcut\b|which ends at")  # what else can be done for a file that is not whole
PYTHON = re.compile(r"\w+Error\b|\w+Exception\b|Traceback|\bNaT\b|\bnan\b|<class|DataFrame|astype|dtype")


def _refused(caught: pytest.ExceptionInfo[WeatherError], path: Path) -> str:
    """The message of a refusal, after what holds for all of them."""
    message = str(caught.value)
    assert path.name in message
    assert str(path.parent) not in message
    assert path.parent.name not in message
    assert not PYTHON.search(message), message
    assert TO_DO.search(message), f"says nothing of what to do: {message}"
    return message


def _simulated(path: Path, kind: Kind) -> None:
    pvsim.simulate(scenario(site=SITE, weather=kind.asked(path=path.name, format=kind.format), folder=path.parent))


HTML = (
    "<!DOCTYPE html>\n<html><head><title>302 moved</title></head><body>\n<p>time, lat, lon, month</p></body></html>\n"
)


@pytest.mark.parametrize("format", [*FORMATS, None])
def test_a_web_page_is_no_weather_under_any_format(format, tmp_path):
    path = tmp_path / "page.csv"
    path.write_text(HTML, encoding="utf-8")
    with pytest.raises(WeatherError) as caught:
        read_weather(FileRequest(path, PLACE, format=format, label="start"))
    assert "'<!DOCTYPE html>" in _refused(caught, path), "quotes how it starts"


def _cut(folder: Path, kind: Kind, tmp_path: Path, change: Callable[[list[str]], list[str]]) -> Path:
    """The lines of a file after a change, without the end of the last: that is where it was cut."""
    path = tmp_path / kind.file
    lines = (folder / kind.file).read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(change(lines)), encoding="utf-8")
    return path


IN_LINES = [
    "epw",
    "tmy3",
    "sam",
    "sam typical",
    "sam short names",
    "pvgis typical csv",
    "pvgis sarah csv",
    "nasa csv",
    "era5",
    "csv",
]


@pytest.mark.parametrize("name", IN_LINES)
def test_a_file_that_ends_between_two_rows_is_refused(name, folder, tmp_path):
    kind = KINDS[name]
    path = _cut(folder, kind, tmp_path, lambda lines: lines[:4000])
    with pytest.raises(WeatherError) as caught:
        _simulated(path, kind)
    assert CUT.search(_refused(caught, path))


@pytest.mark.parametrize("name", IN_LINES)
@pytest.mark.parametrize("part", [0.3, 0.6])
def test_a_file_that_ends_inside_a_line_is_refused(name, part, folder, tmp_path):
    kind = KINDS[name]
    path = _cut(folder, kind, tmp_path, lambda lines: [*lines[:4000], lines[4000][: int(part * len(lines[4000]))]])
    with pytest.raises(WeatherError) as caught:
        read_weather(_request(path, kind))
    assert CUT.search(_refused(caught, path))


@pytest.mark.parametrize("name", IN_LINES)
def test_a_file_that_ends_inside_its_very_last_row_is_refused(name, folder, tmp_path):
    kind = KINDS[name]

    def within(lines: list[str]) -> list[str]:
        last = max(i for i, line in enumerate(lines) if line.count(",") > 3)
        return [*lines[:last], lines[last].rstrip()[: len(lines[last]) // 2]]

    path = _cut(folder, kind, tmp_path, within)
    with pytest.raises(WeatherError) as caught:
        read_weather(_request(path, kind))
    assert CUT.search(_refused(caught, path))


@pytest.mark.parametrize("name", IN_LINES)
@pytest.mark.parametrize("rows", [0, 1])
def test_a_file_with_a_header_and_next_to_no_rows_is_refused(name, rows, folder, tmp_path):
    kind = KINDS[name]
    lines = (folder / kind.file).read_text(encoding="utf-8").split("\n")
    first = next(i for i, line in enumerate(lines) if line.count(",") > 3 and line[0].isdigit() and i > 0)
    path = tmp_path / kind.file
    path.write_text("\n".join(lines[: first + rows]) + "\n", encoding="utf-8")
    with pytest.raises(WeatherError) as caught:
        read_weather(_request(path, kind))
    _refused(caught, path)


@pytest.mark.parametrize("name", [n for n in KINDS if n.endswith("json")])
@pytest.mark.parametrize("share", [0.001, 0.5, 0.9999])
def test_a_json_that_is_cut_is_refused(name, share, folder, tmp_path):
    kind = KINDS[name]
    path, text = tmp_path / kind.file, (folder / kind.file).read_text(encoding="utf-8")
    path.write_text(text[: int(share * len(text))], encoding="utf-8")
    with pytest.raises(WeatherError) as caught:
        read_weather(_request(path, kind))
    assert "fetch the file again" in _refused(caught, path)


@pytest.mark.parametrize("format", ["pvgis", "nasa-power", "openmeteo", None])
@pytest.mark.parametrize(
    "text",
    [
        '{"error":true,"reason":"Latitude must be in range of -90 to 90. Incorrect value 291."}',
        '{"message": "Location over the sea. Please, select another location", "status": 400}',
        '{"message":"lat: Incorrect value","status":400}\n',
    ],
)
def test_the_answer_of_a_service_that_has_no_weather_is_told(format, text, tmp_path):
    path = tmp_path / "answer.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WeatherError) as caught:
        read_weather(FileRequest(path, PLACE, format=format))
    message = str(caught.value)
    assert message.startswith("answer.json: ")
    assert re.search("Location over the sea|Incorrect value", message), message


@pytest.mark.parametrize(
    "text", ["[1, 2]", "{}", '{"outputs": {}}', '{"outputs": {"hourly": []}, "inputs": {}, "meta": {}}']
)
@pytest.mark.parametrize("format", ["pvgis", "nasa-power", "openmeteo"])
def test_a_json_of_something_else_is_refused(format, text, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WeatherError) as caught:
        read_weather(FileRequest(path, PLACE, format=format))
    _refused(caught, path)


@pytest.mark.parametrize("write", [writers.write_nasa_csv, writers.write_nasa_json])
def test_a_nasa_file_in_megajoules_is_refused_with_what_to_ask_for(write, weathers, tmp_path):
    path = write(tmp_path / "ag.dat", weathers["year"], unit="MJ/hr")
    with pytest.raises(WeatherError, match=r"ALLSKY_SFC_SW_DWN is in MJ/hr.*community=RE") as caught:
        read_weather(FileRequest(path, format="nasa-power"))
    _refused(caught, path)


@pytest.mark.parametrize("write", [writers.write_nasa_csv, writers.write_nasa_json])
def test_a_nasa_file_that_does_not_say_its_clock_is_refused(write, weathers, tmp_path):
    path = write(tmp_path / "when.dat", weathers["year"], clock="")
    with pytest.raises(WeatherError, match=r"UTC or LST; fetch it with time-standard=utc") as caught:
        read_weather(FileRequest(path))
    _refused(caught, path)


@pytest.mark.parametrize(
    ("options", "change", "columns", "message"),
    [
        ({}, lambda text: text.replace("+08:00,", ","), {}, r"time '2025-01-01T00:00:00' in row 1 without an offset"),
        ({}, lambda text: text.replace("2025-", "25/"), {}, r"time '25/01-01T00.*is not ISO 8601"),
        ({"headers": {"ghi": "GHI (kJ/m2)"}}, None, {"ghi": "GHI (kJ/m2)"}, r"'GHI \(kJ/m2\)' is in kJ/m2"),
        ({"headers": {"ghi": "GHI (kJ/m2)"}}, None, {"ghi": "GHI"}, r"'GHI \(kJ/m2\)' is in kJ/m2"),
        ({"headers": {"ghi": "ghi (kJ/m2)"}}, None, {}, r"kJ/m2"),
        ({"headers": {"temp_air": "T [K]"}}, None, {"temp_air": "T"}, r"'T \[K\]' is in K"),
        ({"headers": {"wind_speed": "u (km/h)"}}, None, {"wind_speed": "u"}, r"'u \(km/h\)' is in km/h"),
        ({"leave_out": ["temp_air"]}, None, {}, r"no column temp_air; the columns are time, ghi, dhi, dni, wind_speed"),
        ({"leave_out": ["ghi"]}, None, {}, r"no column ghi; the columns are time, dhi"),
        ({}, None, {"ghi": "GHI2"}, r"no column 'GHI2' for ghi"),
        ({"leave_out": ["time"]}, None, {}, r"no column 'time' for time"),
        (
            {"headers": {"time": "when"}},
            None,
            {},
            r"no column 'time' for time \(ISO 8601 with offset\); the columns are when, ghi",
        ),
    ],
)
def test_a_csv_that_would_have_to_be_guessed_is_refused(options, change, columns, message, weathers, tmp_path):
    path = writers.write_csv(tmp_path / "guess.csv", weathers["year"], **options)
    if change is not None:
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(WeatherError, match=message) as caught:
        read_weather(FileRequest(path, PLACE, format="csv", label="start", columns=columns))
    _refused(caught, path)


@pytest.mark.parametrize("label", [None, "middle"])
def test_a_csv_without_a_label_is_refused(label, folder):
    path = folder / "plain.csv"
    with pytest.raises(WeatherError, match=r"label is needed for CSV.*'start', 'center', 'end'") as caught:
        read_weather(FileRequest(path, PLACE, label=label))
    _refused(caught, path)


def test_a_csv_without_a_time_column_is_refused_when_no_format_is_told(weathers, tmp_path):
    path = writers.write_csv(tmp_path / "timeless.csv", weathers["year"], leave_out=["time"])
    with pytest.raises(WeatherError, match=r"\btime\b") as caught:
        read_weather(FileRequest(path, PLACE, label="start"))
    _refused(caught, path)


@pytest.mark.parametrize(
    "name", ["tmy3", "sam", "pvgis typical csv", "pvgis sarah csv", "nasa csv", "era5", "openmeteo json"]
)
def test_a_place_that_is_no_number_or_not_on_earth_is_refused(name, folder, tmp_path):
    kind = KINDS[name]
    for value in ("north", "129.44"):
        path = tmp_path / kind.file
        head, *rest = (folder / kind.file).read_text(encoding="utf-8").split("29.44", 1)
        path.write_text(head + value + rest[0], encoding="utf-8")
        with pytest.raises(WeatherError) as caught:
            read_weather(_request(path, kind))
        message = str(caught.value)
        assert kind.file in message
        assert not PYTHON.search(message), message


@pytest.mark.parametrize("name", ["tmy3", "sam", "nasa lst csv"])
def test_a_wrong_zone_in_the_header_is_found_by_the_light(name, weathers, tmp_path):
    kind = KINDS[name]
    moved = dataclasses.replace(weathers["year"], axis=dataclasses.replace(weathers["year"].axis, utc_offset_minutes=0))
    rolled = {n: np.roll(getattr(moved, n), 8 if name != "nasa lst csv" else 5) for n in SERIES}
    path = kind.write(tmp_path / kind.file, moved, **rolled)
    with pytest.raises(WeatherError, match="time zone is wrong") as caught:
        read_weather(_request(path, kind))
    _refused(caught, path)


# --- pvlib ---------------------------------------------------------------------------------------------------


def test_pvlib_is_handed_open_text_and_never_a_path(folder, weathers, tmp_path, monkeypatch):
    called = set()

    def watched(name: str, reader: Callable[..., object]) -> Callable[..., object]:
        def read(*args: object, **keywords: object) -> object:
            called.add(name)
            source = args[0] if args else next(iter(keywords.values()))
            assert hasattr(source, "read"), f"{name} was given {type(source).__name__}"
            return reader(*args, **keywords)

        return read

    readers = {
        n: f for n, f in inspect.getmembers(pvlib.iotools, inspect.isfunction) if n.startswith(("read_", "get_"))
    }
    for name, reader in readers.items():
        monkeypatch.setattr(pvlib.iotools, name, watched(name, reader))
    for kind in KINDS.values():
        read_weather(_request(folder / kind.file, kind))
    read_table(FileRequest(writers.write_cams(tmp_path / "cams.csv", weathers["year"])))
    assert called == {"read_epw", "read_tmy3", "read_nsrdb_psm4", "read_pvgis_tmy", "read_pvgis_hourly", "read_cams"}
