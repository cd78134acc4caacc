"""Horizon, obstacles and rows on the light of a plane: limits, hand-computed cases, and no harm to the others."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from cases import NO_LOSSES, SITE
from hypothesis import given, settings
from hypothesis import strategies as st
from weather.measured import measured_year, write_csv

import pvsim
from pvsim.physics.irradiance import CIRCUMSOLAR, TRANSPOSITION, Sky, transpose
from pvsim.physics.shade import Shade, taken_off
from pvsim.physics.shading import ShadeTable
from pvsim.scenario.reader import from_dict

ROOF = {"panels": 60, "shape": "racks", "pitch_m": 3.0, "length_m": 40.0, "width_m": 20.0}


def run(roof: dict, **tables) -> pvsim.Result:
    return pvsim.simulate(from_dict({"site": SITE, "roof": [roof], "losses": NO_LOSSES} | tables))


FREE = run(ROOF)


def one_hour(elevation: float, azimuth: float = 180.0, dhi: float = 100.0, dni: float = 700.0) -> Sky:
    ghi = dhi + dni * math.sin(math.radians(elevation))
    return Sky.of(*(np.array([v]) for v in (ghi, dhi, dni, 1360.0, 90.0 - elevation, azimuth)))


def left(shade: Shade, sky: Sky, tilt: float, model: str = "isotropic", albedo: float = 0.2):
    poa = transpose(model, np.array([[tilt]]), np.array([[180.0]]), sky, albedo)
    before = poa.poa_global.copy()
    sums = taken_off(shade, tilt, 180.0, sky, model, albedo, poa, poa, 0, None, behind_horizon=np.zeros(1, dtype=bool))
    assert sums[0].sum() == pytest.approx(before.sum(), rel=1e-12)
    after = poa.poa_direct + poa.poa_sky_diffuse + poa.poa_ground_diffuse
    assert sums[-1].sum() == pytest.approx(after.sum(), rel=1e-12)
    assert (np.diff(sums.sum(axis=1)) <= 1e-12).all(), "no shade adds light"
    return sums[:, 0], poa


def even(height: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([0.0, 90.0, 180.0, 270.0]), np.full(4, height)


# --- the horizon, by hand ----------------------------------------------------------------------------------------


def test_hills_of_twenty_degrees_around_a_flat_roof():
    """Sun at 25 degrees: its beam passes, of an even sky cos(20)^2; at 15 degrees the beam is gone."""
    for elevation, beam in ((25.0, 1.0), (15.0, 0.0)):
        sky = one_hour(elevation)
        sums, _ = left(Shade(horizon=even(20.0)), sky, 0.0)
        direct = 700.0 * math.sin(math.radians(elevation))
        assert sums[1] == pytest.approx(beam * direct + 100.0 * math.cos(math.radians(20)) ** 2, rel=1e-4)


def test_circumsolar_light_goes_with_the_beam():
    for model in TRANSPOSITION:
        sky = one_hour(15.0)
        _, poa = left(Shade(horizon=even(16.0)), sky, 20.0, model)
        assert poa.poa_direct[0, 0] == 0
        whole = transpose(model, np.array([[20.0]]), np.array([[180.0]]), sky, 0.2)
        ring = CIRCUMSOLAR[model](20.0, 180.0, sky)[0]
        assert 0 <= ring <= whole.poa_sky_diffuse[0, 0] + 1e-9
        assert poa.poa_sky_diffuse[0, 0] < whole.poa_sky_diffuse[0, 0] - ring + 1e-9
        assert (ring > 0) == (model != "isotropic")


def test_the_ground_reflects_what_reaches_it():
    sky = one_hour(15.0)
    _, poa = left(Shade(horizon=even(20.0)), sky, 90.0)
    on_ground = 100.0 * math.cos(math.radians(20)) ** 2
    assert poa.poa_ground_diffuse[0, 0] == pytest.approx(0.2 * on_ground / 2, rel=1e-3)


def test_a_horizon_of_nothing_changes_nothing_and_of_everything_leaves_nothing():
    plain = {"panels": 10}
    zero = run(plain, site=SITE | {"horizon_points": [[0.0, 0.0], [90.0, 0.0], [180.0, 0.0], [270.0, 0.0]]})
    assert zero.annual_kwh == pytest.approx(run(plain).annual_kwh, rel=1e-4)  # light with the sun just below it is gone
    walls = run(plain, site=SITE | {"horizon_points": [[0.0, 90.0], [90.0, 90.0], [180.0, 90.0], [270.0, 90.0]]})
    assert walls.annual_kwh == pytest.approx(0, abs=1e-9)


# --- tables ------------------------------------------------------------------------------------------------------


def table(shaded: float, touched: float | None = None) -> ShadeTable:
    axis = np.array([0.0, 90.0, 180.0, 270.0]), np.array([0.0, 90.0])
    share = np.full((4, 2), shaded)
    return ShadeTable(*axis, share, None if touched is None else np.full((4, 2), touched))


def test_a_table_takes_its_share_of_beam_and_sky():
    sky = one_hour(40.0)
    for rule, used in (("linear", 1.0), ("martinez", 1 - 0.5 * 1000 / 1001)):
        sums, poa = left(Shade(tables=(table(0.3, 0.5),), partial_shade=rule), sky, 0.0)
        direct = 700.0 * math.sin(math.radians(40.0))
        assert sums[2] == pytest.approx(0.7 * (direct + 100.0), rel=1e-9)
        assert poa.poa_direct[0, 0] == pytest.approx(0.7 * direct * used, rel=1e-9)
    unknown, _ = left(Shade(tables=(table(0.3),)), sky, 0.0)
    known, _ = left(Shade(tables=(table(0.3, 0.3),)), sky, 0.0)
    np.testing.assert_allclose(unknown, known)
    twice, _ = left(Shade(tables=(table(0.3), table(0.3)), partial_shade="linear"), sky, 0.0)
    assert twice[2] == pytest.approx(0.49 * (700.0 * math.sin(math.radians(40.0)) + 100.0), rel=1e-9)


# --- obstacles in a run --------------------------------------------------------------------------------------------

places = st.tuples(st.floats(-20, 60), st.floats(-30, 50))


@settings(max_examples=25, deadline=None)
@given(place=places, size=st.tuples(st.floats(0.5, 10), st.floats(0.5, 10)), height=st.floats(0.5, 20))
def test_energy_never_rises_with_an_obstacle(place, size, height):
    box = {
        "x_m": place[0], "y_m": place[1], "length_m": size[0], "width_m": size[1], "height_m": height, "margin_m": 0.0,
    }  # fmt: skip
    # the modules stay where they are: only the height differs
    flat = run(ROOF, obstacle=[box | {"height_m": 0.0}])
    one = run(ROOF, obstacle=[box])
    two = run(ROOF, obstacle=[box, box | {"x_m": -place[0]}])
    other = run(ROOF, obstacle=[box, box | {"x_m": -place[0], "height_m": 0.0}])
    assert one.annual_kwh <= flat.annual_kwh + 1e-9
    assert two.annual_kwh <= other.annual_kwh + 1e-9


def test_a_higher_tower_takes_more():
    tower = {"x_m": 20.0, "y_m": -10.0, "length_m": 10.0, "width_m": 4.0}
    kwh = [run(ROOF, obstacle=[tower | {"height_m": h}]).annual_kwh for h in (0.0, 2.0, 5.0, 10.0, 30.0)]
    assert kwh == sorted(kwh, reverse=True)
    assert kwh[0] == pytest.approx(FREE.annual_kwh, rel=1e-12)
    assert kwh[-1] < 0.9 * kwh[0]


def test_the_ledger_closes_with_every_kind_of_shade():
    tower = {"x_m": 20.0, "y_m": -10.0, "length_m": 10.0, "width_m": 4.0, "height_m": 10.0}
    site = SITE | {"horizon_points": [[0.0, 5.0], [90.0, 15.0], [180.0, 3.0], [270.0, 5.0]]}
    result = run(
        ROOF | {"parapet_m": 1.0, "clearance_m": 0.4}, obstacle=[tower], site=site, module={"bifaciality_percent": 70.0}
    )
    lines = {line.name: line for line in result.ledger}
    assert lines["delivered"].kwh == pytest.approx(result.annual_kwh, rel=1e-9)
    for name in ("horizon", "obstacles", "rows", "partial shade"):
        assert 80 < lines[name].percent_of_previous < 99.99, name
    assert lines["rear gain"].percent_of_previous > 100.5
    monthly = result.found.shaded_kwh_per_m2[0]
    nominal = [result.found.ledger_kwh[i, 0] for i in range(5)]
    np.testing.assert_allclose(monthly.sum(axis=1) / monthly[0].sum(), np.array(nominal) / nominal[0], rtol=1e-9)


def test_order_and_number_of_planes_change_nothing():
    shaded = ROOF | {"name": "shaded"}
    plain = [{"name": f"p{i}", "panels": 50, "surface_tilt": 5.0 * i} for i in range(6)]
    tower = {"roof": "shaded", "x_m": 20.0, "y_m": -10.0, "length_m": 10.0, "width_m": 4.0, "height_m": 10.0}

    def kwh(roofs: list[dict]) -> dict[str, float]:
        asked = {"site": SITE, "roof": roofs, "losses": NO_LOSSES, "obstacle": [tower]}
        found = pvsim.simulate(from_dict(asked))
        return dict(zip((r["name"] for r in roofs), found.found.p_dc.sum(axis=1), strict=True))

    one, other = kwh([shaded, *plain]), kwh([*plain[::-1], shaded])
    assert one == {name: pytest.approx(value, rel=1e-13) for name, value in other.items()}


def test_measured_light_has_seen_the_hills(tmp_path):
    year = measured_year()
    write_csv(tmp_path / "m.csv", year, extra={"poa_global": year.ghi})
    weather = {"source": "file", "path": "m.csv", "format": "csv", "label": "start"}
    site = SITE | {"horizon_points": [[0.0, 10.0], [90.0, 30.0], [180.0, 10.0], [270.0, 10.0]]}
    roofs = [
        {"name": "measured", "panels": 10, "surface_tilt": 0.0, "poa_column": "poa_global"},
        {"name": "computed", "panels": 10, "surface_tilt": 0.0},
    ]
    asked = from_dict({"site": site, "roof": roofs, "weather": weather, "losses": NO_LOSSES})
    asked._origin = dataclasses.replace(asked.origin, folder=tmp_path)
    found = pvsim.simulate(asked).found
    assert found.ledger_kwh[1, 0] == pytest.approx(found.ledger_kwh[0, 0], rel=1e-12)
    assert found.ledger_kwh[1, 1] < 0.97 * found.ledger_kwh[0, 1]
