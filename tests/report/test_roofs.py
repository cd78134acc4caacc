"""What ``pvsim layout`` prints and draws."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from cases import SCENARIOS, SITE
from matplotlib.figure import Figure
from matplotlib.text import Text

import pvsim
from pvsim import cli
from pvsim.errors import UsageError
from pvsim.report.roof_figures import roof_figures
from pvsim.scenario.reader import from_dict

HOSTILE = "$\\frac{1}{0}$ <script> \u202e"
ROOF = {"name": HOSTILE, "panels": 300, "shape": "racks", "length_m": 60.0, "width_m": 30.0, "pitch_m": 2.8}
BOX = {"x_m": 30.0, "y_m": 10.0, "length_m": 6.0, "width_m": 3.0, "height_m": 4.0}
STACK = {"kind": "stack", "x_m": 10.0, "y_m": 20.0, "diameter_m": 1.0, "height_m": 3.0}
WALL = {"kind": "wall", "x_m": 0.0, "y_m": -5.0, "x2_m": 60.0, "y2_m": -5.0, "height_m": 5.0}
LIGHT = {"x_m": 50.0, "y_m": 20.0, "length_m": 1.0, "width_m": 5.0}


@pytest.fixture(scope="module")
def result():
    site = SITE | {"horizon_points": [[0.0, 3.0], [90.0, 12.0], [180.0, 5.0], [270.0, 2.0]]}
    tables = {"obstacle": [BOX, STACK, WALL, LIGHT]}
    return pvsim.simulate(from_dict({"site": site, "roof": [ROOF | {"parapet_m": 1.0}]} | tables, name=HOSTILE))


@pytest.fixture
def tell(capsys):
    def call(*arguments):
        capsys.readouterr()
        code = cli.run([str(a) for a in arguments])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return call


def test_every_figure_is_a_picture_whatever_the_names_hold(result):
    figures = roof_figures(result)
    assert list(figures) == ["layout_1.png", "sun_path_1.png", "shading_1.png"]
    for png in figures.values():
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", png[16:24])
        assert 600 < width < 1400
        assert 300 < height < 1000
    assert roof_figures(result) == figures, "the same result draws the same bytes"


def test_the_layout_has_every_module_and_every_obstacle(result):
    axes = Figure().subplots()
    pvsim.draw_layout(result, axes)
    modules = axes.collections[0].get_paths()
    assert len(modules) == 300
    corners = np.array([path.vertices[:4].mean(axis=0) for path in modules])
    np.testing.assert_allclose(corners.min(axis=0), result.hardware.plans[0].laid.corners[:, :2].min(axis=0), atol=2.5)
    assert len(axes.patches) == 3, "box, stack and skylight; the wall is a line"
    assert len(axes.lines) == 2, "outline and wall"
    titles = [t for t in axes.get_children() if isinstance(t, Text) and "$" in t.get_text()]
    assert titles
    assert not any(t.get_parse_math() for t in titles)


def test_the_sun_paths_are_those_of_the_site(result):
    axes = Figure().subplots()
    pvsim.draw_sun_path(result, axes)
    tops = {line.get_label(): float(np.max(line.get_ydata())) for line in axes.lines}
    assert tops["21 June"] == pytest.approx(90 - 29.44 + 23.45, abs=0.2)
    assert tops["21 December"] == pytest.approx(90 - 29.44 - 23.45, abs=0.2)


def test_the_bars_of_the_months_add_up_to_what_is_lost(result):
    axes = Figure().subplots()
    pvsim.draw_shading(result, axes)
    tops = np.zeros(12)
    for bar in axes.patches:
        month = round(bar.get_x() + bar.get_width() / 2)
        tops[month] = max(tops[month], bar.get_y() + bar.get_height())
    np.testing.assert_allclose(tops, result.to_dict()["shading"][0]["monthly_percent"], rtol=1e-9)


def test_what_cannot_be_drawn_says_why():
    plain = pvsim.simulate(from_dict({"site": SITE, "roof": [{"panels": 10}]}))
    axes = Figure().subplots()
    with pytest.raises(UsageError, match="length_m"):
        pvsim.draw_layout(plain, axes)
    with pytest.raises(UsageError, match="nothing shades it"):
        pvsim.draw_shading(plain, axes)
    with pytest.raises(UsageError, match="planes 0 to 0"):
        pvsim.draw_sun_path(plain, axes, plane=1)
    assert list(roof_figures(plain)) == ["sun_path_1.png"]


def test_layout_prints_the_blocks_of_the_document(tell, tmp_path):
    file = SCENARIOS / "hikvision_concrete.toml"
    code, out, err = tell("layout", file, "--out", tmp_path / "figures")
    assert code == 0, err
    assert "8,000 panels" in out
    assert "(09:52 to 15:52 by the" in out
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == [
        "layout_1.png", "shading_1.png", "sun_path_1.png",
    ]  # fmt: skip
    code, out, _ = tell("layout", file, "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == ["roofs", "shading", "warnings"]
    document = pvsim.simulate(pvsim.load(file)).to_dict()
    assert found["shading"] == document["shading"]


def test_layout_of_a_plain_roof_says_what_it_would_need(tell, tmp_path):
    (tmp_path / "r.toml").write_text("[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 10\n")
    code, out, _ = tell("layout", tmp_path / "r.toml")
    assert code == 0
    assert "length_m and width_m" in out


def test_layout_refuses_what_run_refuses(tell, tmp_path):
    (tmp_path / "r.toml").write_text("[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\nlength_m = 10\n")
    code, out, err = tell("layout", tmp_path / "r.toml")
    assert (code, out) == (3, "")
    assert "r.toml:4" in err
    assert "width_m" in err
    (tmp_path / "file").write_text("")
    code, _, err = tell("layout", SCENARIOS / "hikvision_concrete.toml", "--out", tmp_path / "file")
    assert code == 1
    assert "Traceback" not in err
