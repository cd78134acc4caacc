"""Shapes spelled out to planes, modules laid in an outline, rows at their pitch, and what shades a roof."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from cases import NO_LOSSES, SITE

import pvsim
from pvsim.errors import ScenarioError, WeatherError
from pvsim.report.files import as_json
from pvsim.scenario.reader import from_dict, parse
from pvsim.studies.geometry import solstice_clock

HALL = {"shape": "gable", "length_m": 200.0, "width_m": 100.0, "surface_tilt": 5.0, "mounting": "steel-sheet"}
FLAT = {"name": "flat", "shape": "racks", "length_m": 60.0, "width_m": 30.0, "pitch_m": 2.8}
BOX = {"x_m": 30.0, "y_m": 10.0, "length_m": 6.0, "width_m": 3.0, "height_m": 4.0}
MODULE = (2.094, 1.038)


def made(*roofs, **tables) -> pvsim.Scenario:
    return from_dict({"site": SITE, "roof": list(roofs)} | tables, name="case")


def run(*roofs, **tables) -> pvsim.Result:
    return pvsim.simulate(made(*roofs, **tables))


def bad(said: str, *roofs, **tables) -> None:
    with pytest.raises(ScenarioError, match=said):
        run(*roofs, **tables)


# --- shapes ----------------------------------------------------------------------------------------------------


def test_a_gable_is_its_two_slopes():
    one = run({"name": "hall", "panels": 401, "shape": "gable", "surface_tilt": 5.0, "surface_azimuth": 150.0})
    two = run(
        {"name": "a", "panels": 200, "surface_tilt": 5.0, "surface_azimuth": 150.0},
        {"name": "b", "panels": 201, "surface_tilt": 5.0, "surface_azimuth": 330.0},
    )
    assert [(p.panels, p.surface_azimuth) for p in one.system.planes] in (
        [(200, 150.0), (201, 330.0)],
        [(201, 150.0), (200, 330.0)],
    )
    assert one.annual_kwh == pytest.approx(two.annual_kwh, rel=1e-4)
    assert [p.name for p in one.system.planes] == ["hall (south-east)", "hall (north-west)"]


def test_east_west_pairs_face_east_and_west_and_racks_stay_one_plane():
    pairs = run({"panels": 400, "shape": "east-west"})
    assert [(p.panels, p.surface_azimuth) for p in pairs.system.planes] == [(200, 90.0), (200, 270.0)]
    assert not pairs.found.shaded_kwh_per_m2, "without a pitch nothing is known of their distance"
    racks = run({"panels": 400, "pitch_m": 3.0})
    assert [p.panels for p in racks.system.planes] == [400]
    assert racks.hardware.plans[0].shape == "racks"


def test_pitch_and_ground_coverage_ratio_are_two_ways_to_say_it():
    by_pitch = run({"panels": 400, "pitch_m": 2 * MODULE[0]})
    by_ratio = run({"panels": 400, "ground_coverage_ratio": 0.5})
    assert by_pitch.annual_kwh == pytest.approx(by_ratio.annual_kwh, rel=1e-12)
    row = next(a for a in by_ratio.assumptions if a.key == "roof[0].pitch_m")
    assert row.value == pytest.approx(2 * MODULE[0])


@pytest.mark.parametrize(("orientation", "up", "blocks"), [("portrait", 2.094, 2), ("landscape", 1.038, 3)])
def test_the_orientation_decides_the_width_of_a_row_and_its_blocks(orientation, up, blocks):
    rows = run({"panels": 400, "pitch_m": 5.0, "orientation": orientation, "modules_up": 2}).hardware.plans[0].rows
    assert rows.collector_width_m == pytest.approx(2 * up + 0.02)
    assert rows.blocks == 2 * blocks
    own = run({"panels": 400, "pitch_m": 5.0, "orientation": orientation, "shade_blocks": 1}).hardware.plans[0].rows
    assert own.blocks == 1


def test_a_saw_tooth_is_shaded_by_the_tooth_before_it():
    tooth = {"panels": 400, "shape": "saw-tooth", "surface_tilt": 20.0, "pitch_m": 8.0, "mounting": "steel-sheet"}
    found = run(tooth)
    rows = found.hardware.plans[0].rows
    assert rows.collector_width_m == pytest.approx(8.0 / math.cos(math.radians(20)))
    assert rows.high - rows.low == pytest.approx((3 * 2.094 + 2 * 0.02) / rows.collector_width_m)
    free = run({"panels": 400, "surface_tilt": 20.0, "mounting": "steel-sheet"})
    # the ridge before it hides the low sun and a third of the lower sky
    assert 0.80 < found.annual_kwh / free.annual_kwh < 0.95
    wide = run(tooth | {"pitch_m": 8.0, "modules_up": 1})
    assert wide.annual_kwh > found.annual_kwh, "one row in the middle of the slope stands higher than three"


def test_the_register_speaks_of_the_roofs_of_the_file():
    roofs = [{"name": "a", "panels": 301, "shape": "gable", "surface_azimuth": 160.0}, {"name": "b", "panels": 20}]
    keys = {a.key: a for a in run(*roofs).assumptions if a.key.startswith("roof[")}
    assert {key.split(".")[0] for key in keys} == {"roof[0]", "roof[1]"}
    assert (keys["roof[0].panels"].value, keys["roof[1].panels"].value) == (301, 20)
    assert keys["roof[0].surface_azimuth"].value == 160.0
    assert len(keys) == len([a for a in run(*roofs).assumptions if a.key.startswith("roof[")]), "each key once"


def test_what_obstacles_share_by_default_is_said_once():
    found = run(FLAT, obstacle=[BOX, BOX | {"x_m": 10.0, "margin_m": 0.5}, BOX | {"x_m": 50.0}]).assumptions
    margins = {a.key: a.value for a in found if a.key.endswith(".margin_m")}
    assert margins == {"obstacle[0].margin_m": 0.3, "obstacle[1].margin_m": 0.5}


def test_a_parapet_follows_the_slope_of_its_roof():
    """On the gable ends it rises with the roof: as high over the modules at the ridge as at the eave."""
    found = run(HALL | {"width_m": 20.0, "length_m": 30.0, "parapet_m": 1.0, "surface_tilt": 20.0})
    level = run(HALL | {"width_m": 20.0, "length_m": 30.0, "parapet_m": 1.0, "surface_tilt": 0.0})
    lost = [f.to_dict()["shading"][0]["obstacles_percent"] for f in (found, level)]
    assert 0.3 < lost[0] / lost[1] < 1.2


def test_the_scenario_keeps_its_lines_and_its_own_roofs():
    text = (
        "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\nname = 'a'\nshape = 'gable'\npanels = 300\n"
        "[[roof]]\nname = 'b'\npanels = 20\nmodule = 'x'\n[modules.x]\nname = 'LONGi LR4-72HPH-450M'\n"
    )
    asked = parse(text)
    result = pvsim.simulate(asked)
    assert len(asked.roof) == 2
    assert len(result.scenario.roof) == 3
    assert result.scenario.asked is asked
    problem = result.scenario.problem("roof[2].panels", "x", "y")
    assert (problem.key, problem.line) == ("roof[1].panels", 10)
    again = pvsim.simulate(result.scenario)
    assert again.to_dict() == result.to_dict(), "a result's scenario is run as it was asked"
    changed = result.scenario.changed({"roof.b.panels": 40})
    assert [r.panels for r in changed.roof] == [300, 40]


def test_a_plane_that_gets_the_name_of_another_roof_is_refused():
    bad("plane of another roof", {"name": "a", "panels": 20, "shape": "gable"}, {"name": "a (north)", "panels": 3})


# --- layout ----------------------------------------------------------------------------------------------------


def test_a_steel_hall_of_20000_m2_is_covered_as_an_installer_would():
    result = run(HALL)
    plan = result.to_dict()["roofs"][0]
    assert plan["roof_area_m2"] == pytest.approx(20_000)
    assert plan["usable_area_m2"] == pytest.approx(198 * 98)
    assert 0.80 <= plan["covered_fraction"] <= 0.90
    assert plan["panels"] == plan["panels_fit"] == result.system.panels
    assert {p.panels for p in result.system.planes} == {plan["panels"] // 2}
    row = next(a for a in result.assumptions if a.key == "roof[0].panels")
    assert row.default
    assert "as many as fit" in row.reason


def test_modules_keep_away_from_ridge_edge_and_skylights():
    light = {"x_m": 50.0, "y_m": 20.0, "length_m": 2.0, "width_m": 10.0}
    result = run(HALL, obstacle=[light])
    plan = result.hardware.plans[0]
    x0, y0, x1, y1 = plan.laid.corners.T
    assert x0.min() >= 1 - 1e-6
    assert x1.max() <= 199 + 1e-6
    assert ((y1 <= 49.7 + 1e-6) | (y0 >= 50.3 - 1e-6)).all(), "the ridge"
    apart = (x1 <= 48.7 + 1e-6) | (x0 >= 51.3 - 1e-6) | (y1 <= 14.7 + 1e-6) | (y0 >= 25.3 - 1e-6)
    assert apart.all()
    assert run(HALL).system.panels > result.system.panels
    assert not result.found.shaded_kwh_per_m2, "a skylight throws no shade"


def test_fewer_panels_than_fit_are_laid_from_the_eave_and_more_are_refused():
    some = run(HALL | {"panels": 1000})
    assert [p.panels for p in some.system.planes] == [500, 500]
    assert some.hardware.plans[0].laid.count == 1000
    bad(
        r"roof\[0\]\.panels: 7,920 modules of 2\.094 m x 1\.038 m fit; 9,000 panels are asked for",
        HALL | {"panels": 9000},
    )


def test_a_plan_turned_to_north_is_the_same_roof():
    """A roof facing south-east, in its own frame and in a plan with north up."""
    own = {"panels": 300, "shape": "racks", "pitch_m": 3.0, "surface_azimuth": 150.0}
    corners = np.array([(0.0, 0.0), (60.0, 0.0), (60.0, 30.0), (0.0, 30.0)])
    angle = math.radians(330.0)  # the row frame's y axis
    east = corners[:, 0] * math.cos(angle) + corners[:, 1] * math.sin(angle)
    north = -corners[:, 0] * math.sin(angle) + corners[:, 1] * math.cos(angle)
    box = np.array(
        [[30.0 * math.cos(angle) + 10.0 * math.sin(angle), -30.0 * math.sin(angle) + 10.0 * math.cos(angle)]]
    )
    stack = {"kind": "stack", "diameter_m": 2.0, "height_m": 6.0}
    framed = run(own | {"outline": corners.tolist()}, obstacle=[stack | {"x_m": 30.0, "y_m": 10.0}])
    turned = run(
        own | {"outline": np.column_stack([east, north]).tolist(), "plan_azimuth": 0.0},
        obstacle=[stack | {"x_m": float(box[0, 0]), "y_m": float(box[0, 1])}],
    )
    assert turned.hardware.plans[0].fits == framed.hardware.plans[0].fits
    assert turned.annual_kwh == pytest.approx(framed.annual_kwh, rel=1e-9)


def test_an_outline_that_is_none_is_refused_at_its_line():
    bad("crosses itself", {"outline": [(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)]})
    bad("fit", {"length_m": 3.0, "width_m": 1.0})


@pytest.mark.parametrize(
    ("roof", "key"),
    [
        ({"panels": 40, "pitch_m": 1.0}, "pitch_m"),
        ({"panels": 40, "pitch_m": 3.0, "modules_up": 2}, "pitch_m"),
        ({"panels": 40, "shape": "east-west", "pitch_m": 3.0}, "pitch_m"),
        ({"panels": 40, "shape": "saw-tooth", "pitch_m": 4.0, "modules_up": 3, "surface_tilt": 20.0}, "pitch_m"),
        ({"panels": 40, "length_m": 20.0, "width_m": 10.0, "surface_tilt": 85.0}, "surface_tilt"),
    ],
)
def test_rows_that_would_lie_on_each_other_are_refused(roof, key):
    bad(rf"roof\[0\]\.{key}: ", roof)


def test_load_area_and_capacity_are_checked_on_what_fits():
    bad("cover", HALL | {"area_m2": 100.0})
    bad("kWp", HALL | {"capacity_kwp": 100.0})
    with pytest.raises(ScenarioError, match="weigh 45 kg/m2"):
        made({"panels": 10, "spare_load_kg_per_m2": 30.0})
    assert run({"panels": 10, "spare_load_kg_per_m2": 30.0, "array_kg_per_m2": 12.0}).annual_kwh > 0


# --- shade -----------------------------------------------------------------------------------------------------


def lines(result: pvsim.Result) -> dict[str, float]:
    return {line.name: line.percent_of_previous for line in result.ledger if line.percent_of_previous is not None}


def test_obstacles_and_parapet_take_the_place_of_the_default_shade():
    free, shaded = run(FLAT), run(FLAT | {"parapet_m": 1.2}, obstacle=[BOX])
    assert lines(free)["shading"] == pytest.approx(98.5)
    assert lines(shaded)["shading"] == 100
    assert 90 < lines(shaded)["obstacles"] < 99.9
    assert lines(shaded)["rows"] == pytest.approx(lines(free)["rows"], abs=0.1)
    row = next(a for a in shaded.assumptions if a.key == "roof[0].shading_percent")
    assert (row.value, row.default) == (0.0, True)
    assert "losses.shading_percent" not in {a.key for a in shaded.assumptions}
    both = run(FLAT, obstacle=[BOX], losses={"shading_percent": 2.0})
    assert lines(both)["shading"] == pytest.approx(98), "what is stated counts"


def test_a_shading_table_of_another_tool(tmp_path):
    table = "elevation\\azimuth,0,90,180,270\n0,0,0,0,0\n90,0,0,0,0\n"
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    text = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 10\nshading_table = 'table.csv'\n"
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    nothing = pvsim.simulate(pvsim.load(tmp_path / "s.toml"))
    assert lines(nothing)["obstacles"] == pytest.approx(100)
    half = table.replace(",0,0,0,0\n90", ",50,50,50,50\n90").replace("90,0,0,0,0", "90,50,50,50,50")
    (tmp_path / "table.csv").write_text(half, encoding="utf-8")
    dim = pvsim.simulate(pvsim.load(tmp_path / "s.toml"))
    ground = nothing.found.ledger_kwh[0].sum() * 0.2 * (1 - math.cos(math.radians(10))) / 2
    left = dim.found.ledger_kwh[2].sum() - ground
    assert left / (dim.found.ledger_kwh[1].sum() - ground) == pytest.approx(0.5, abs=1e-3)
    assert any("percent" in w for w in dim.warnings)
    (tmp_path / "table.csv").write_text("what\n", encoding="utf-8")
    with pytest.raises(WeatherError, match=r"table\.csv"):
        pvsim.simulate(pvsim.load(tmp_path / "s.toml"))
    (tmp_path / "table.csv").unlink()
    with pytest.raises(ScenarioError, match="no such file"):
        pvsim.simulate(pvsim.load(tmp_path / "s.toml"))


def test_bifacial_modules_gain_on_open_racks_and_nowhere_else():
    two = {"module": {"bifaciality_percent": 70.0}}
    racks = {"panels": 400, "pitch_m": 4.0, "clearance_m": 0.5}
    one, both = run(racks), run(racks, **two)
    assert 1.02 < both.annual_kwh / one.annual_kwh < 1.10
    assert lines(one)["rear gain"] == 100
    gain = lines(run(racks, **two, losses={"rear_shading_percent": 0.0, "rear_mismatch_percent": 0.0}))["rear gain"]
    assert lines(both)["rear gain"] - 100 == pytest.approx((gain - 100) * 0.95 * 0.9, rel=1e-9)
    for roof, why in (
        ({"panels": 400, "mounting": "steel-sheet"}, "need racks"),
        (racks | {"clearance_m": 0.2}, "clearance_m = 0.2"),
        ({"panels": 400, "shape": "east-west"}, "need racks"),
    ):
        none = run(roof, **two)
        assert lines(none)["rear gain"] == 100
        assert [w for w in none.warnings if "bifacial" in w and why in w]


def test_the_document_says_what_shades_month_by_month():
    document = run(FLAT, obstacle=[BOX]).to_dict()
    block = document["shading"][0]
    product = 1.0
    for cause in ("horizon", "obstacles", "rows", "partial_shade"):
        product *= 1 - block[f"{cause}_percent"] / 100
    assert 100 * (1 - product) == pytest.approx(block["shaded_percent"])
    assert block["monthly_percent"][11] > block["monthly_percent"][6] > 0
    assert json.loads(as_json(document))["shading"] == document["shading"]
    plain = run({"panels": 400}).to_dict()
    assert not {"roofs", "shading", "cleaning"} & set(plain), "blocks that were not asked for are absent"


def test_the_solstice_rule_is_told_in_true_solar_time():
    result = run(FLAT)
    block = result.to_dict()["roofs"][0]
    assert block["solstice_pitch_m"] == pytest.approx(2.716, abs=0.005)
    assert tuple(block["solstice_clock"]) == solstice_clock(result) == ("09:52", "15:52")


def test_a_roof_without_geometry_is_bitwise_what_it_was_beside_one_with():
    plain = {"name": "plain", "panels": 100}
    alone = run(plain, losses=NO_LOSSES)
    beside = run(plain, FLAT, obstacle=[BOX | {"roof": "flat"}], losses=NO_LOSSES)
    assert beside.found.poa_kwh_per_m2[0] == alone.found.poa_kwh_per_m2[0]
    np.testing.assert_array_equal(beside.found.p_dc[0], alone.found.p_dc[0])
    assert list(beside.found.shaded_kwh_per_m2) == [1]


def test_pairs_may_be_lists():
    assert run({"outline": [[0, 0], [30, 0], [30, 20], [0, 20]]}).system.panels > 100
