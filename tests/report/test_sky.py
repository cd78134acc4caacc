"""What ``pvsim weather show``, ``check`` and ``export`` print, draw and write."""

from __future__ import annotations

import dataclasses
import json
import struct

import numpy as np
import pytest
from cases import scenario, shared_weather, write_epw

import pvsim
from pvsim import cli
from pvsim.cli import weather as commands
from pvsim.errors import WeatherError
from pvsim.report.figures import weather_figures
from pvsim.report.sky import as_csv, check_document, check_text, show_text, sky_document
from pvsim.weather.files import FORMATS, read_weather
from pvsim.weather.judge import judge
from pvsim.weather.plain import SERIES, TIME
from pvsim.weather.table import LABELS, FileRequest, Place

PLACE = Place(29.44, 106.46, 250.0)
TMYX = "CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw"


@pytest.fixture(scope="module")
def year():
    return pvsim.simulate(scenario()).weather


@pytest.fixture
def tell(capsys):
    def call(*arguments):
        capsys.readouterr()
        code = cli.run([str(a) for a in arguments])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return call


def test_the_command_line_names_what_the_weather_room_has():
    assert (FORMATS, LABELS, (TIME, *SERIES)) == (commands.FORMATS, commands.LABELS, commands.COLUMNS)


# --- the texts


def test_show_has_the_months_and_their_sums(year):
    document = sky_document(year)
    assert sum(document["monthly"]["ghi_kwh_per_m2"]) == pytest.approx(year.sum_kwh_per_m2(year.ghi))
    assert document["monthly"]["temp_air_mean_c"][6] == pytest.approx(
        year.temp_air[year.axis.month_index() == 6].mean()
    )
    said = show_text(document)
    assert said.count("#") > 50 and f"{year.sum_kwh_per_m2(year.ghi):,.1f}" in said
    assert said.isascii() and all(len(line) <= 200 for line in said.splitlines())


def test_check_ends_with_its_sentence(year):
    judgement = judge(year)
    said = check_text(check_document(year, judgement))
    assert said.rstrip().splitlines()[-1] == judgement.sentence
    assert said.count("1.00") >= 11, "each month's ratio"


def test_gaps_and_missing_climates_do_not_break_the_texts(year):
    ghi = year.ghi.copy()
    ghi[: 31 * 24] = np.nan
    holes = dataclasses.replace(year, ghi=ghi, latitude=23.13, longitude=113.26)
    document = check_document(holes, judge(holes))
    assert "cannot be judged" in check_text(document)
    assert "nan" not in check_text(document) + show_text(sky_document(holes))
    json.dumps(document, allow_nan=False)


def test_names_from_a_file_cannot_drive_the_terminal(year):
    hostile = dataclasses.replace(year, station="\x1b[2J$\\foo$ 重庆", warnings=("\x1b]0;x\x07",))
    for said in (show_text(sky_document(hostile)), check_text(check_document(hostile, judge(hostile)))):
        assert "\x1b" not in said and "\x07" not in said
    weather_figures(hostile, judge(hostile))  # nothing of it is drawn, no formula is parsed
    assert "\x1b" not in as_csv(hostile)


# --- the figures


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("case", ["whole", "no climate", "gaps"])
def test_three_figures_are_drawn(year, case):
    weather = year
    if case == "no climate":
        weather = dataclasses.replace(year, latitude=23.13, longitude=113.26)
    if case == "gaps":
        weather = dataclasses.replace(year, ghi=np.where(year.axis.month_index() == 3, np.nan, year.ghi))
    figures = weather_figures(weather, judge(weather))
    assert sorted(figures) == ["clearness.png", "hours.png", "months.png"]
    for png in figures.values():
        width, height = size(png)
        assert 600 < width < 1500 and 300 < height < 800 and len(png) > 5000


def test_figures_show_the_data(year):
    """Another weather gives other pictures; the same one the same bytes."""
    first, again = weather_figures(year, judge(year)), weather_figures(year, judge(year))
    assert first == again
    dull = dataclasses.replace(year, ghi=0.5 * year.ghi)
    other = weather_figures(dull, judge(dull))
    assert all(first[name] != other[name] for name in first)


# --- as CSV and back


def test_export_is_read_back_as_it_was(year, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text(as_csv(year), encoding="utf-8")
    back = read_weather(FileRequest(path, PLACE, format="csv", label="start"))
    assert back.axis == year.axis and back.sun_offset_minutes == year.sun_offset_minutes
    for name in SERIES:
        np.testing.assert_allclose(getattr(back, name), getattr(year, name), atol=6e-4)
    assert dict(back.repairs) == {} and back.warnings == ()


def test_moments_are_exported_at_their_moment():
    own = read_weather(FileRequest(shared_weather(TMYX)))
    text = as_csv(own)
    assert 'label = "instant"' in text and "2025-01-01T01:00:00+08:00" in text.splitlines()[4]


def test_moments_come_back_with_the_same_sun(tmp_path):
    own = read_weather(FileRequest(shared_weather(TMYX)))
    path = tmp_path / "out.csv"
    path.write_text(as_csv(own), encoding="utf-8")
    back = read_weather(FileRequest(path, Place(own.latitude, own.longitude, own.altitude), label="instant"))
    assert back.sun_offset_minutes == (0.0,) * 12 and back.axis.start_s == own.axis.start_s + 3600
    np.testing.assert_allclose(back.sun().zenith, own.sun().zenith, atol=1e-6)
    np.testing.assert_allclose(back.ghi, own.ghi, atol=6e-4)


def test_a_clock_that_changes_cannot_be_exported_under_one_label():
    with pytest.raises(WeatherError, match="changes from month to month"):
        as_csv(read_weather(FileRequest(shared_weather("CHN_GD_Shenzhen.594930_TMYx.2011-2025.epw"))))


# --- the commands


def test_check_of_a_good_file(year, tmp_path, tell):
    path = write_epw(tmp_path / "year.epw", year)
    code, out, err = tell("weather", "check", path, "--out", tmp_path / "figures")
    assert (code, err) == (0, "")
    assert out.rstrip().splitlines()[-1].startswith("Trust both level and shape")
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == ["clearness.png", "hours.png", "months.png"]
    code, out, _ = tell("weather", "check", path, "--json")
    assert json.loads(out)["trust"] == "both" and code == 0


def test_check_of_a_scenario_and_of_a_csv(year, tmp_path, tell):
    (tmp_path / "a.toml").write_text(
        "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 9\n", encoding="utf-8"
    )
    assert tell("weather", "check", tmp_path / "a.toml")[1].rstrip().splitlines()[-1].startswith("This year was made")
    text = as_csv(year).replace("time,ghi", "Zeit,G")
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    args = (
        "--place",
        "29.44,106.46",
        "--column",
        "time=Zeit",
        "--column",
        "ghi=G",
        "--label",
        "start",
        "--format",
        "csv",
    )
    code, out, _ = tell("weather", "check", tmp_path / "a.csv", *args)
    assert code == 0 and "Trust both" in out


def test_what_nothing_holds_of_ends_with_the_code_of_weather(tell):
    code, out, _ = tell("weather", "check", shared_weather("CHN_CQ_Chongqing.575160_TMYx.2004-2018.epw"))
    assert code == 4 and "Trust neither level nor shape" in out


def test_export_does_not_overwrite_by_itself(year, tmp_path, tell):
    path, out = write_epw(tmp_path / "year.epw", year), tmp_path / "out.csv"
    assert tell("weather", "export", path, out)[0] == 0
    first = out.read_text(encoding="utf-8")
    code, _, err = tell("weather", "export", path, out)
    assert code == 2 and "--overwrite" in err
    assert tell("weather", "export", path, out, "--overwrite")[0] == 0
    assert out.read_text(encoding="utf-8") == first


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("weather",), 2, "COMMAND"),
        (("weather", "check"), 2, "WHAT"),
        (("weather", "check", "nowhere.epw"), 4, "nowhere.epw: cannot be read"),
        (("weather", "check", "nowhere.toml"), 3, "no such file"),
        (("weather", "check", "{csv}"), 4, "label is needed"),
        (("weather", "check", "{csv}", "--label", "start"), 4, "give latitude and longitude"),
        (("weather", "check", "{csv}", "--label", "begin"), 2, "invalid choice"),
        (("weather", "check", "{csv}", "--place", "north"), 2, "29.5,106.5"),
        (("weather", "check", "{csv}", "--place", "106.5,29.5"), 2, "29.5,106.5"),
        (("weather", "check", "{csv}", "--column", "ghj=G"), 2, "NAME=HEADER"),
        (("weather", "check", "{toml}", "--label", "start"), 2, "a scenario says it itself"),
        (("weather", "export", "{csv}"), 2, "OUT"),
    ],
)
def test_slips_of_the_command_line_are_answered(year, tmp_path, tell, arguments, code, said):
    (tmp_path / "a.csv").write_text(as_csv(year), encoding="utf-8")
    (tmp_path / "a.toml").write_text(
        "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 9\n", encoding="utf-8"
    )
    filled = [a.format(csv=tmp_path / "a.csv", toml=tmp_path / "a.toml") for a in arguments]
    found, out, err = tell(*filled)
    assert found == code and out == "" and said in err and "Traceback" not in err
