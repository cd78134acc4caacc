"""Shading tables of other tools: every way to write one table is that table, and what is none is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim.errors import WeatherError
from pvsim.physics.shading import ShadeTable
from pvsim.weather.horizon import read_horizon
from pvsim.weather.shade_file import read_shade_table


@pytest.fixture
def read(tmp_path):
    def reader(text, encoding="utf-8"):
        path = tmp_path / "shade.csv"
        path.write_bytes(text.encode(encoding))
        return read_shade_table(path)

    return reader


AZIMUTH, ELEVATION = (0.0, 90.0, 180.0, 270.0), (5.0, 20.0, 60.0)
SHADED = ((0.0, 0.0, 0.0), (0.75, 0.25, 0.0), (1.0, 0.5, 0.125), (0.5, 0.0, 0.0))

TABLES = {
    "SAM, percent": "0,0,90,180,270\n5,0,75,100,50\n20,0,25,50,0\n60,0,0,12.5,0\n",
    "empty corner, closed circle": ",0,90,180,270,360\n5,0,75,100,50,0\n20,0,25,50,0,0\n60,0,0,12.5,0,0\n",
    "fractions": "el/az,0,90,180,270\n5,0,.75,1,.5\n20,0,.25,.5,0\n60,0,0,1.25e-1,0\n",
    "transposed": "az,5,20,60\n0,0,0,0\n90,75,25,0\n180,100,50,12.5\n270,50,0,0\n",
    "any order": "el;180;0;270;90\n60;12,5;0;0;0\n5;100;0;50;75\n20;50;0;0;25\n",
    "tabs, decimal commas": "Höhe\t0\t90\t180\t270\n5\t0\t0,75\t1,0\t0,5\n20\t0\t0,25\t0,5\t0\n60\t0\t0\t0,125\t0\n",
    "quotes": '"","0","90","180","270"\n"5","0","0,75","1","0,5"\n'
    '"20","0","0.25","0.5","0"\n"60","0","0","0.125","0"\n',
    "titles and comments": "# made by hand\nSite,29.44,106.46,250\nLatitude,29.44\n\nbeam shade in %\n"
    ",0,90,180,270\n5,0,75,100,50\n# the next was measured\n20,0,25,50,0\n60,0,0,12.5,0\nmade 2024-05-01, by hand\n",
    "units and trailing separators": "Az.;0°;90°;180°;270°;\nHeight\n60°;0 %;0%;12,5 %;0%;\n"
    "20°;0%;25%;50%;0%;\n5°;0;75;100;50;;\n",
    "PVsyst": "Shading factor table (linear), for the beam component\n\nAzimuth;-180°;-90°;0°;90°;180°\nHeight\n"
    "60°;0.000;0.000;0.125;0.000;0.000\n20°;0.000;0.250;0.500;0.000;0.000\n5°;0.000;0.750;Behind;0.500;0.000\n\n"
    "Shading factor for diffuse: 0.010 and for albedo: 0.641\n\n16/12/22;PVsyst;Page 1/1\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_table_in_every_dress(read, kind, newline):
    azimuth, elevation, shaded, notes = read(TABLES[kind].replace("\n", newline))
    assert (azimuth, elevation, shaded) == (AZIMUTH, ELEVATION, SHADED)
    percent = kind not in {"fractions", "tabs, decimal commas", "quotes", "PVsyst"}
    assert ("percent" in notes[0], "fractions" in notes[0]) == (percent, not percent)
    assert any("from south" in n for n in notes) == (kind == "PVsyst")
    assert any("1 values are 'Behind'" in n for n in notes) == (kind == "PVsyst")
    assert ("elevations in the first row" in notes[0]) == (kind == "transposed")
    assert ShadeTable(*map(np.array, (azimuth, elevation, shaded))).at(90.0, 20.0) == 0.25


def test_other_encodings_are_read_and_noted(read):
    text = TABLES["units and trailing separators"]
    assert read(text, "utf-8-sig")[2] == SHADED
    azimuth, _, shaded, notes = read(text, "latin-1")
    assert (azimuth, shaded) == (AZIMUTH, SHADED)
    assert "Latin-1" in notes[0]


def test_from_south_the_morning_is_negative(read):
    """PVsyst's -90 is east; a table transposed and from south at once."""
    azimuth, _, shaded, notes = read("az,10,30\n-90,0.9,0.1\n0,0,0\n90,0.2,0\n-180,0,0\n")
    assert azimuth == AZIMUTH
    assert shaded[1] == (0.9, 0.1)
    assert shaded[3] == (0.2, 0.0)
    assert "west positive" in notes[1]


@pytest.mark.parametrize("word", ["Behind", "behind", "BEHIND", '"Behind"', " Behind "])
def test_behind_is_dark_and_says_nothing_about_percent(read, word):
    _, _, shaded, notes = read(f",0,90,180,270\n10,{word},0.5,0,0\n50,0,0,0,0\n")
    assert shaded[0] == (1.0, 0.0)
    assert shaded[1] == (0.5, 0.0)
    assert "fractions" in notes[0]


def test_one_elevation_is_a_table(read):
    assert read(",0,90,180,270\n10,1,0.5,0,0\n")[:3] == (AZIMUTH, (10.0,), ((1.0,), (0.5,), (0.0,), (0.0,)))


def test_what_is_unusual_is_noted(read):
    notes = read(",90,120,150,210\n10,0,0,5,0\n50,0,0,0,0\n")[3]
    assert any("nothing over 240 degrees" in n for n in notes)
    notes = read(",0,90,180,270\n10,0.2,0.5,0.1,0\n50,1,1,1,1\n")[3]
    assert any("what is left" in n for n in notes)
    assert len(read(TABLES["fractions"])[3]) == 1


ROWS = ",0,90,180,270\n5,0,75,100,50\n20,0,25,50,0\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (",0,120,240\n5,0,75,100\n20,0,25,50\n", r"shade\.csv:1: 3 azimuths .* at least 4"),
        (",0,90,180,270\nHeight\n", "no shading table"),
        ("0,5\n90,10\n180,3\n270,5\n", "two columns are a horizon"),
        ("no table at all\n", "no shading table"),
        (ROWS + "60,0,0,1\n", r"shade\.csv:4: 4 cells .* line 1, has 5"),
        (ROWS + "60,0,0,1,1,1\n", r"shade\.csv:4: 6 cells"),
        ("title\n" + ROWS + "60,0,0,101,0\n", r"shade\.csv:5: a value of 101; allowed are 0 to 100"),
        (ROWS + "60,0,-0.5,1,0\n", r"shade\.csv:4: a value of -0\.5"),
        (ROWS + "60,0,nan,1,0\n", r"shade\.csv:4: 'nan' .* not a number"),
        (ROWS + "60,0,1e999,1,0\n", r"shade\.csv:4: '1e999' .* not a number"),
        (ROWS + "60,0,,1,0\n", r"shade\.csv:4: '' .* not a number"),
        (ROWS + "sixty,0,1,1,0\n", r"shade\.csv:4: 'sixty' .* not a number"),
        (ROWS + "behind,0,1,1,0\n", r"shade\.csv:4: 'behind' .* not a number"),
        (ROWS + "60,0,0x1,1,0\n", r"shade\.csv:4: '0x1' .* not a number"),
        (ROWS + "95,0,0,0,0\n", r"shade\.csv:4: an elevation of 95 degrees; 0 to 90"),
        (ROWS + "-5,0,0,0,0\n", r"shade\.csv:4: an elevation of -5"),
        (ROWS + "5,0,0,0,0\n", r"shade\.csv:4: elevation 5 stands twice"),
        (",0,90,90,270\n5,0,0,0,0\n", r"shade\.csv:1: azimuth 90 stands twice"),
        (",0,90,180,360\n5,0,0,0,1\n", r"shade\.csv:1: .*one direction \(0 degrees from north\) with two shades"),
        (",-180,-90,0,180\n5,0,0,0,1\n", r"shade\.csv:1: .*one direction"),
        (",-90,90,180,270\n5,0,0,0,1\n", r"shade\.csv:1: azimuths from -90 to 270"),
        (",0,90,180,400\n5,0,0,0,1\n", r"shade\.csv:1: azimuths from 0 to 400"),
        (",0,30,60,90\n5,0,0,0,1\n20,0,0,0,0\n", r"shade\.csv:1: neither the first row nor the first column"),
        ("az,5,95\n0,0,0\n90,0,0\n180,0,0\n270,0,0\n", r"shade\.csv:1: an elevation of 95"),
        ("az,5,25\n0,0,0\n90,0,0\n180,0,0\n270,0,0\n90,0,0\n", r"shade\.csv:6: azimuth 90 stands twice"),
        ("  \n", "the file is empty"),
    ],
)
def test_a_table_that_cannot_be_is_refused(read, text, said):
    with pytest.raises(WeatherError, match=said):
        read(text)


@settings(max_examples=60, deadline=None)
@given(
    shares=st.lists(st.lists(st.integers(0, 1000), min_size=6, max_size=6), min_size=2, max_size=9),
    style=st.sampled_from([(",", "."), (";", ","), ("\t", ","), (";", ".")]),
    percent=st.booleans(),
    across=st.booleans(),
    from_south=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_what_is_written_is_read(tmp_path_factory, shares, style, percent, across, from_south, order):
    """Any table, in any of the ways to write it down, is itself."""
    azimuth = [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]
    elevation = [3.0 + 9 * i for i in range(len(shares))]
    thousandths = np.array(shares).T
    thousandths[0, 0] = 1000  # 100 percent, so that percent cannot be fractions
    rows, columns = list(range(6)), list(range(len(elevation)))
    order.shuffle(rows)
    order.shuffle(columns)
    written = [(a - 180 if from_south else a) for a in azimuth]

    def cell(value):
        return f"{value:.4f}".replace(".", style[1])

    def share(i, j):
        return cell(thousandths[i, j] / (10 if percent else 1000))

    if across:
        lines = [["", *(cell(written[i]) for i in rows)]]
        lines += [[cell(elevation[j]), *(share(i, j) for i in rows)] for j in columns]
    else:
        lines = [["", *(cell(elevation[j]) for j in columns)]]
        lines += [[cell(written[i]), *(share(i, j) for j in columns)] for i in rows]
    path = tmp_path_factory.mktemp("shade") / "table.txt"
    path.write_text("a title\n" + "\n".join(style[0].join(line) for line in lines), encoding="utf-8")
    found = read_shade_table(path)
    assert found[:2] == (tuple(azimuth), tuple(elevation))
    np.testing.assert_allclose(found[2], thousandths / 1000, atol=1e-12)


DAMAGE = ["", "9", "-", ",", ";", '"', "\n", "\x0c", "e9", "NaN"]


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(sorted(TABLES)),
    cuts=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 6), st.sampled_from(DAMAGE)),
        min_size=1,
        max_size=3,
    ),
)
def test_a_damaged_table_is_shares_or_is_refused(tmp_path_factory, kind, cuts):
    text = TABLES[kind]
    for where, length, put in cuts:
        at = int(where * len(text))
        text = text[:at] + put + text[at + length :]
    path = tmp_path_factory.mktemp("shade") / "damaged.csv"
    path.write_text(text, encoding="utf-8")
    try:
        azimuth, elevation, shaded, _ = read_shade_table(path)
    except WeatherError as error:
        assert "damaged.csv" in str(error)
    else:
        ShadeTable(*map(np.array, (azimuth, elevation, shaded)))  # refuses axes and shares that cannot be


# --- the horizon of PVGIS as JSON ----------------------------------------------------------------------------


def pvgis(points, **more):
    profile = [{"A": a, "H_hor": h} for a, h in points]
    return json.dumps({"inputs": {"location": {}}, "outputs": {"horizon_profile": profile}, "meta": {}} | more)


def test_the_json_of_pvgis_is_a_horizon_from_south(tmp_path):
    path = tmp_path / "horizon.txt"  # known by what it holds, not by its name
    path.write_text("\n " + pvgis([(-180, 5), (-90, 20.0), (0, 10), (90, 30), (180.0, 5)]), encoding="utf-8")
    horizon, notes = read_horizon(path)
    assert (horizon.azimuth, horizon.elevation) == ((0.0, 90.0, 180.0, 270.0), (5.0, 20.0, 10.0, 30.0))
    assert len(notes) == 1
    assert "JSON of PVGIS" in notes[0]
    # a part without negative azimuths counts from south all the same
    path.write_text(pvgis([(0, 10), (60, 20), (120, 30), (180, 5)]), encoding="utf-8")
    horizon, notes = read_horizon(path)
    assert (horizon.azimuth, horizon.elevation) == ((0.0, 180.0, 240.0, 300.0), (5.0, 10.0, 20.0, 30.0))
    assert any("nothing over 180 degrees" in n for n in notes)


GOOD = [(-180, 5), (-90, 20), (0, 10), (90, 30)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (pvgis(GOOD)[:-9], "does not end or is broken"),
        (pvgis(GOOD, outputs={"tmy_hourly": []}), r"without outputs\.horizon_profile"),
        (pvgis(GOOD, outputs=[1]), r"without outputs\.horizon_profile"),
        (pvgis(GOOD, outputs={"horizon_profile": {"A": 1}}), r"without outputs\.horizon_profile"),
        ('{"message": "Location over the sea", "status": 400}', "Location over the sea"),
        (pvgis(GOOD[:2]), "2 rows of azimuth and height"),
        (pvgis([*GOOD, (180, 9)]), "two heights"),
        (pvgis([*GOOD, (45, 91)]), "height of 91 degrees"),
        (pvgis([*GOOD, (45, float("nan"))]), r"horizon_profile\[4\]"),
        (pvgis([*GOOD, (45, 10**400)]), r"horizon_profile\[4\]"),
        (pvgis([*GOOD, (45, True)]), r"horizon_profile\[4\]"),
        (pvgis([*GOOD, (None, 3)]), r"horizon_profile\[4\]"),
        (pvgis(GOOD, outputs={"horizon_profile": [[-180, 5]]}), r"horizon_profile\[0\]"),
        (pvgis(GOOD, outputs={"horizon_profile": [{"A": 0}]}), r"horizon_profile\[0\]"),
    ],
)
def test_json_that_is_no_horizon_is_refused(tmp_path, text, said):
    path = tmp_path / "horizon.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WeatherError, match=said):
        read_horizon(path)
