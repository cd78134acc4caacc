"""Shade by closed forms: walls, cylinders, towers, shadow lengths, and the sky that horizons leave."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pvlib import irradiance
from scipy.integrate import dblquad

from pvsim.errors import PvsimError
from pvsim.physics import shading
from pvsim.physics.shading import Cylinder, Prism, ShadeTable, cast, critical_elevation, sky_left, sky_left_of_horizon

ORIGIN = np.zeros((1, 3))


def box(x, y, width, depth, top):
    return Prism(np.array([(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]), top)


def wall(x, y, length, top):
    return Prism(np.array([(x, y), (x + length, y + length / 3)]), top)


def turned(xy, degrees):
    """Plan coordinates turned counter-clockwise."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray(xy) @ np.array([[c, s], [-s, c]])


def field(columns, rows, points=2, z=0.0):
    """Points of modules of 1 m by 2 m, and the module of each."""
    x, y = np.meshgrid(np.arange(columns * points) + 0.5, np.arange(rows * points) + 0.5)
    xyz = np.column_stack([x.ravel() / points, y.ravel() * 2 / points, np.full(x.size, z)])
    return xyz, (x // points + columns * (y // points)).astype(int).ravel()


# --- one point -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thickness", [0.0, 3.0])
def test_a_long_wall_to_the_south_hides_the_profile_angle(thickness):
    ends = [(-1e6, -8.0), (1e6, -8.0)]
    wall = Prism(ends if not thickness else [*ends, (1e6, -8.0 - thickness), (-1e6, -8.0 - thickness)], 5.0)
    azimuth = np.arange(0.0, 360.0, 7.0)
    south = np.maximum(np.cos(np.radians(azimuth - 180)), 0)
    found = critical_elevation(np.array([[2.0, 0.0, 1.0]]), [wall], azimuth, 0.0)
    assert found[:, 0] == pytest.approx(np.degrees(np.arctan(4.0 * south / 8.0)), abs=1e-9)


def test_a_cylinder_is_seen_between_its_tangents():
    away, radius = 10.0, 2.0
    tank = Cylinder(away, 0.0, radius, 6.0)  # to the east with y to the north
    tangent = np.degrees(np.arcsin(radius / away))
    azimuth = 90 + np.array([-tangent - 0.001, -tangent + 0.001, 0.0, tangent - 0.001, tangent + 0.001, 180.0])
    found = critical_elevation(ORIGIN, [tank], azimuth, 0.0)[:, 0]
    assert (found[[0, 4, 5]] == 0).all()
    assert found[2] == pytest.approx(np.degrees(np.arctan(6 / (away - radius))))
    # a tangent touches at sqrt(D^2 - r^2)
    assert found[[1, 3]] == pytest.approx(np.degrees(np.arctan(6 / np.sqrt(away**2 - radius**2))), abs=0.1)


def test_a_cylinder_is_the_limit_of_prisms_of_many_sides():
    corners = np.radians(np.arange(0, 360, 0.5))
    prism = Prism(np.column_stack([3 + np.cos(corners), 4 + np.sin(corners)]), 7.0)
    azimuth = np.arange(0.0, 360.0, 1.3)
    both = [critical_elevation(ORIGIN, [o], azimuth, 20.0)[:, 0] for o in (prism, Cylinder(3.0, 4.0, 1.0, 7.0))]
    assert both[0] == pytest.approx(both[1], abs=0.05)
    assert both[0].max() > 50


def test_a_box_turned_by_45_degrees_shows_its_corner():
    half = 2.0
    tower = Prism([(0, 10 - half), (half, 10), (0, 10 + half), (-half, 10)], 20.0)
    found = critical_elevation(ORIGIN, [tower], np.array([0.0, 5.0, -5.0, 11.2, 11.4, 180.0]), 0.0)[:, 0]
    assert found[0] == pytest.approx(np.degrees(np.arctan(20 / 8)))
    # the near face is y = 8 + |x|: a way at 5 degrees meets it at 8 / (cos - sin)
    away = 8 / (np.cos(np.radians(5)) - np.sin(np.radians(5)))
    assert found[[1, 2]] == pytest.approx(np.degrees(np.arctan(20 / away)))
    assert found[3] > 60  # the corner at the side stands at atan(2 / 10) = 11.31 degrees
    assert found[4] == found[5] == 0


def test_inside_beside_above_and_behind():
    hall = box(-5, -5, 10, 10, 4.0)
    around = np.arange(0.0, 360.0, 30.0)

    def seen(x, y, z):
        return critical_elevation(np.array([[x, y, z]]), [hall], around, 0.0)[:, 0]

    assert (seen(1.0, -2.0, 0.0) == 90).all()  # inside
    assert (seen(1.0, -2.0, 4.0) == 0).all()  # on its roof
    assert (seen(0.0, -60.0, 9.0) == 0).all()  # beside it, but higher
    south = seen(0.0, -6.0, 0.0)
    assert south[0] == pytest.approx(np.degrees(np.arctan(4 / 1)))
    assert (south[3:10] == 0).all()  # from east over south to west the way is free
    foot = seen(0.0, -5.0, 0.0)  # at the foot of its south wall
    assert foot[0] == 90
    assert (foot[4:9] == 0).all()


def test_the_highest_of_several_counts():
    near, far, low = box(-50, 10, 100, 1, 5.0), box(-50, 40, 100, 1, 30.0), box(-50, 30, 100, 1, 10.0)
    found = critical_elevation(ORIGIN, [near, far, low], np.array([0.0]), 0.0)
    assert found[0, 0] == pytest.approx(np.degrees(np.arctan(30 / 40)))
    assert critical_elevation(ORIGIN, [], np.array([0.0, 90.0]), 0.0).tolist() == [[0.0], [0.0]]


def test_the_x_axis_points_clockwise_of_the_y_axis():
    mast = Cylinder(10.0, 0.0, 0.5, 10.0)
    for y_azimuth in (0.0, 90.0, 200.0, 330.0):
        azimuth = np.arange(0.0, 360.0, 10.0)
        found = critical_elevation(ORIGIN, [mast], azimuth, y_azimuth)[:, 0]
        assert azimuth[found > 0] == pytest.approx([(y_azimuth + 90) % 360])


@pytest.mark.parametrize(
    ("corners", "said"),
    [([(0, 0)], "two or more corners"), ([(0, 0), (1, np.nan)], "two or more"), ([(0, 0, 1), (1, 1, 1)], "two or more"),
     ([(1, 1), (1, 1)], "one point"), ([(0, 0), (1, 1), (2, 2)], "on one line"),
     ([(0, 0), (4, 0), (1, 1), (0, 4)], "not convex"), ([(0, 0), (2, 2), (2, 0), (0, 3)], "not convex"),
     ([(np.cos(a), np.sin(a)) for a in np.arange(5) * 0.8 * np.pi], "not convex"),
     ([(0, 0), (5, 0), (9, 0), (5, 0), (5, 5), (0, 5)], "not convex")],
)  # fmt: skip
def test_a_footprint_that_is_none_is_refused(corners, said):
    with pytest.raises(PvsimError, match=said):
        Prism(np.array(corners), 3.0)


def test_what_is_no_number_or_no_size_is_refused():
    with pytest.raises(PvsimError, match="not finite"):
        Prism(np.array([(0, 0), (1, 0)]), np.inf)
    with pytest.raises(PvsimError, match="not finite"):
        Cylinder(0.0, np.nan, 1.0, 1.0)
    with pytest.raises(PvsimError, match="radius of 0 m"):
        Cylinder(0.0, 0.0, 0.0, 1.0)
    for points in (np.zeros((0, 3)), np.zeros((2, 2)), [[0.0, np.nan, 0.0]]):
        with pytest.raises(PvsimError, match="one point or more"):
            critical_elevation(points, [], [0.0], 0.0)
    with pytest.raises(PvsimError, match="3 modules are named for 1 points"):
        cast(ORIGIN, [0, 1, 2], [], 0.0)


def test_corners_may_run_either_way_around_and_stay_as_they_are():
    corners = np.array([(3.0, 3.0), (6.0, 4.0), (5.0, 8.0), (3.0, 6.0)])
    azimuth = np.arange(0.0, 360.0, 3.0)
    one, other = (critical_elevation(ORIGIN, [Prism(c, 9.0)], azimuth, 0.0) for c in (corners, corners[::-1]))
    assert one == pytest.approx(other, abs=1e-9)
    kept = Prism(corners, 9.0)
    corners[:] = 0
    assert kept.footprint.max() == 8
    with pytest.raises(ValueError, match="read-only"):
        kept.footprint[0, 0] = 1


# --- fields --------------------------------------------------------------------------------------------------


def test_a_wall_shades_its_shadows_length_of_the_field():
    """A row of points 0 to 40 m north of a wall of 6 m: the sun in the south shades 6 / tan(elevation) of it."""
    points, module = field(3, 20, points=20)
    table = cast(points, module, [Prism([(-1e4, 0.0), (1e4, 0.0)], 6.0)], 0.0, azimuth_step=5)
    elevation = np.array([5.0, 9.0, 12.0, 25.0, 60.0, 89.0])
    length = 6 / np.tan(np.radians(elevation))
    assert table.at(180.0, elevation) == pytest.approx(np.minimum(length / 40, 1), abs=0.5 / 400 + 1e-9)
    # from the side the shadow falls askew: its depth shrinks by the cosine
    skew = length * np.cos(np.radians(40))
    assert table.at(220.0, elevation) == pytest.approx(np.minimum(skew / 40, 1), abs=0.5 / 400 + 1e-9)
    # a module of 2 m is touched as soon as its first points are
    assert table.touched_at(180.0, 25.0) == pytest.approx(np.ceil(length[3] / 2 - 0.025) / 20)
    assert (table.at(np.arange(-80.0, 81.0, 10.0)[:, None], elevation) == 0).all()


def test_a_tower_beside_the_roof_casts_its_width():
    points, module = field(60, 10, points=2, z=15.0)
    tower = box(20.0, -30.0, 12.0, 10.0, 75.0)
    table = cast(points, module, [tower], 0.0)
    # the sun due south at 60 degrees: the shadow is 60 / tan(60) = 34.6 m long and starts 20 m before the roof
    depth = np.floor((60 / np.tan(np.radians(60)) - 20) + 0.5)
    assert table.at(180.0, 60.0) == pytest.approx(12 / 60 * depth / 20)
    assert table.at(180.0, 72.0) == 0.0
    assert table.at(180.0, 20.0) == pytest.approx(12 / 60)
    assert table.at(0.0, 5.0) == 0.0


def test_every_module_counts_alike():
    """Nine points of one module in the dark and one of another in the light are half of the field."""
    points = np.concatenate([np.full((9, 3), 1.0), [[50.0, 50.0, 1.0]]])
    table = cast(points, [7] * 9 + [3], [box(0, 0, 2, 2, 3.0)], 0.0)
    assert table.at(0.0, 89.0) == table.touched_at(0.0, 89.0) == 0.5
    assert table.at(225.0, 0.5) > 0.5


def test_what_stands_under_a_roof_is_always_dark_and_what_stands_free_never():
    points, module = field(3, 3)
    dark = cast(points, module, [box(-1, -1, 9, 9, 1.0)], 0.0)
    assert (dark.shaded == 1).all()
    assert (dark.touched == 1).all()
    free = cast(points, module, [box(20, 20, 9, 9, 0.0)], 0.0)
    assert (free.shaded == 0).all()
    assert sky_left(dark, 20, 180) == 0.0
    assert sky_left(free, 20, 180) == 1.0


numbers = st.floats(-30, 30).map(lambda v: round(v, 3))
sizes = st.floats(0.2, 20).map(lambda v: round(v, 3))
obstacles = st.one_of(
    st.builds(box, numbers, numbers, sizes, sizes, sizes),
    st.builds(Cylinder, numbers, numbers, sizes, sizes),
    st.builds(wall, numbers, numbers, sizes, sizes),
)
lists = st.lists(obstacles, max_size=4)


@settings(max_examples=40, deadline=None)
@example(some=[], more=box(0, 0, 1, 1, 1), tilt=0.0, facing=0.0, y_azimuth=2.2e-309)  # a course all but along an edge
@given(some=lists, more=obstacles, tilt=st.floats(0, 90), facing=st.floats(0, 360), y_azimuth=st.floats(0, 360))
def test_another_obstacle_never_lights_anything(some, more, tilt, facing, y_azimuth):
    points, module = field(4, 3, z=0.3)
    before, after = (
        cast(points, module, o, y_azimuth, azimuth_step=15, elevation_step=3) for o in (some, [*some, more])
    )
    for table in (before, after):
        assert ((table.shaded >= 0) & (table.shaded <= table.touched) & (table.touched <= 1)).all()
        # the sun only climbs out of the shade
        assert (np.diff(table.shaded, axis=1) <= 0).all()
    assert (after.shaded >= before.shaded - 1e-12).all()
    assert (after.touched >= before.touched).all()
    left = [sky_left(t, tilt, facing) for t in (before, after)]
    assert -1e-12 <= left[1] <= left[0] + 1e-12 <= 1 + 2e-12


@settings(max_examples=40, deadline=None)
@given(some=lists, turn=st.floats(0, 360), scale=st.floats(0.1, 50))
def test_turning_or_scaling_everything_changes_nothing(some, turn, scale):
    def moved(o, change, grow):
        if isinstance(o, Cylinder):
            x, y = change(np.array([o.x_m, o.y_m]))
            return Cylinder(float(x), float(y), o.radius_m * grow, o.top_m * grow)
        return Prism(change(o.footprint), o.top_m * grow)

    points, _ = field(3, 3, z=0.1)
    points[:, :2] += 0.01234  # so that no point lies on a side or in line with one
    azimuth = np.arange(0.0, 360.0, 15.0) + 1.2345
    plain = critical_elevation(points, some, azimuth, 0.0)
    grown = critical_elevation(points * scale, [moved(o, lambda v: v * scale, scale) for o in some], azimuth, 0.0)
    # the plan turned counter-clockwise under a y axis that turns with the clock
    plan = np.column_stack([turned(points[:, :2], turn), points[:, 2]])
    spun = critical_elevation(plan, [moved(o, lambda v: turned(v, turn), 1.0) for o in some], azimuth, turn)
    for other in (grown, spun):
        # a way that grazes a corner may fall on either side of it
        assert (np.abs(other - plain) > 1e-6).mean() < 0.005


def test_chunks_change_nothing(monkeypatch):
    points, module = field(5, 5)
    three = [box(-4, -6, 3, 2, 5.0), Cylinder(8.0, 3.0, 1.0, 4.0), Prism([(0, -3), (9, -4)], 2.0)]
    whole = cast(points, module, three, 30.0)
    monkeypatch.setattr(shading, "CELLS", 7)
    small = cast(points, module, three, 30.0)
    assert np.array_equal(whole.shaded, small.shaded)
    assert np.array_equal(whole.touched, small.touched)
    assert whole.shaded.any()


# --- tables --------------------------------------------------------------------------------------------------

TABLE = ShadeTable([10.0, 100.0, 190.0, 280.0], [5.0, 45.0], [[1.0, 0.0], [0.5, 0.1], [0.2, 0.2], [0.0, 0.0]])


def test_a_table_is_straight_between_nodes_and_goes_all_around():
    assert TABLE.at(55.0, 5.0) == pytest.approx(0.75)
    assert TABLE.at(55.0, 25.0) == pytest.approx((0.75 + 0.05) / 2)
    assert TABLE.at([325.0, -35.0, 685.0], 5.0) == pytest.approx([0.5, 0.5, 0.5])  # between 280 and 10
    assert TABLE.at([0.0, 360.0, -1e-20], 5.0) == pytest.approx([8 / 9] * 3)
    for i, azimuth in enumerate(TABLE.azimuth):
        assert TABLE.at(azimuth, TABLE.elevation).tolist() == TABLE.shaded[i].tolist()


def test_a_table_holds_its_ends():
    assert TABLE.at(10.0, [-5.0, 0.0, 5.0]).tolist() == [1.0, 1.0, 1.0]
    assert TABLE.at(100.0, [45.0, 60.0, 90.0]).tolist() == [0.1, 0.1, 0.1]
    one = ShadeTable([0.0], [0.0], [[0.3]])
    assert one.at([[0.0], [77.0]], [1.0, 80.0]).tolist() == [[0.3, 0.3], [0.3, 0.3]]
    closed = ShadeTable([0.0, 180.0, 360.0], [10.0], [[1.0], [0.0], [1.0]])
    assert closed.at([0.0, 90.0, 270.0, 359.9, 360.0], 10.0) == pytest.approx([1, 0.5, 0.5, 0.999, 1], abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(azimuth=st.floats(-1000, 1000), elevation=st.floats(-90, 90), seed=st.integers(0, 99))
def test_a_table_stays_between_its_least_and_its_most(azimuth, elevation, seed):
    rng = np.random.default_rng(seed)
    touched = rng.uniform(size=(6, 5))
    own = ShadeTable(np.sort(rng.uniform(0, 360, 6)), np.sort(rng.uniform(0, 90, 5)), touched / 2, touched)
    assert own.shaded.min() - 1e-12 <= own.at(azimuth, elevation) <= own.shaded.max() + 1e-12
    assert own.touched_at(azimuth, elevation) == pytest.approx(2 * own.at(azimuth, elevation))


@pytest.mark.parametrize(
    ("change", "said"),
    [({"azimuth": [10, 100, 100, 280]}, "azimuth does not rise"), ({"azimuth": [-10, 100, 190, 280]}, "from 0 to 360"),
     ({"elevation": [5, 95]}, "elevation is not .* from 0 to 90"), ({"elevation": [45, 5]}, "elevation does not rise"),
     ({"elevation": [5, np.nan]}, "from 0 to 90"), ({"elevation": []}, "from 0 to 90"),
     ({"shaded": TABLE.shaded.T}, "shaded is not a share"), ({"shaded": TABLE.shaded + 0.1}, "shaded is not a share"),
     ({"shaded": TABLE.shaded * np.nan}, "shaded is not a share"), ({"touched": TABLE.shaded - 1}, "touched is not")],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(change, said):
    with pytest.raises(PvsimError, match=said):
        dataclasses.replace(TABLE, **{k: np.asarray(v, dtype=float) for k, v in change.items()})


def test_a_table_is_read_only_and_says_what_it_does_not_know():
    for array in (TABLE.azimuth, TABLE.elevation, TABLE.shaded):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(PvsimError, match="does not say which modules"):
        TABLE.touched_at(0.0, 0.0)


# --- the sky -------------------------------------------------------------------------------------------------

AROUND = np.arange(0.0, 360.0, 45.0)


def light(elevation, azimuth, tilt, facing):
    """What a patch of an even sky gives a plane, per square radian of elevation and azimuth; radians."""
    projection = irradiance.aoi_projection(tilt, facing, 90 - np.degrees(elevation), np.degrees(azimuth))
    return np.maximum(projection, 0) * np.cos(elevation)


@pytest.mark.parametrize("height", [0.0, 3.0, 10.0, 45.0, 89.0, 90.0])
def test_an_even_horizon_leaves_the_cosine_squared_of_a_level_roof(height):
    for facing in (0.0, 77.0, 180.0):
        left = sky_left_of_horizon(AROUND, np.full(8, height), 0.0, facing)
        assert left == pytest.approx(np.cos(np.radians(height)) ** 2, abs=1e-12)


def test_a_wall_to_the_equator_takes_all_that_is_below_it_from_a_vertical_plane():
    """Sky seen by a plane facing south over an even horizon h: the integral of cos2 over pi / 4."""
    for height in (10.0, 30.0, 60.0):
        h = np.radians(height)
        told = 1 - (2 * h + np.sin(2 * h)) / np.pi
        assert sky_left_of_horizon(AROUND, np.full(8, height), 90.0, 180.0) == pytest.approx(told, abs=1e-9)
        # what stands behind the plane takes nothing
        half = [height, height, 0, 0, 0, height]
        assert sky_left_of_horizon([0, 89.99, 90.01, 180, 269.99, 270.01], half, 90.0, 180.0) == pytest.approx(
            1, abs=1e-4
        )


@pytest.mark.parametrize(("tilt", "facing"), [(10.0, 180.0), (35.0, 90.0), (60.0, 210.0), (90.0, 0.0)])
def test_a_tilted_plane_under_hills_by_brute_force(tilt, facing):
    azimuth, elevation = np.array([0.0, 60.0, 130.0, 200.0, 300.0]), np.array([5.0, 25.0, 2.0, 40.0, 12.0])

    def hill(towards):
        return np.radians(np.interp(np.degrees(towards), azimuth, elevation, period=360))

    a, e = np.meshgrid((np.arange(1440) + 0.5) * np.pi / 720, (np.arange(900) + 0.5) * np.pi / 1800)
    seen = light(e, a, tilt, facing)
    told = seen[e > hill(a)].sum() / seen.sum()
    assert sky_left_of_horizon(azimuth, elevation, tilt, facing) == pytest.approx(told, abs=5e-4)
    # the same hills as a table of nothing but light and dark
    nodes = np.arange(0.0, 90.01, 0.5)
    around = np.arange(0.0, 360.0, 2.0)
    dark = (nodes < np.degrees(hill(np.radians(around)))[:, None]).astype(float)
    assert sky_left(ShadeTable(around, nodes, dark), tilt, facing) == pytest.approx(told, abs=2e-3)


def test_a_tilted_plane_sees_the_whole_sky_that_pvlib_gives_it():
    """What is integrated is the isotropic sky: pi (1 + cos tilt) / 2."""
    for tilt in (0.0, 20.0, 70.0, 90.0):
        whole = dblquad(light, 0, 2 * np.pi, 0, np.pi / 2, args=(tilt, 180.0), epsabs=1e-4)[0]
        assert whole / np.pi == pytest.approx(irradiance.isotropic(tilt, 1.0), abs=1e-3)
        e, a = np.meshgrid(np.arange(0.25, 90, 0.5), np.arange(0.5, 360, 1.0))
        patches = light(np.radians(e), np.radians(a), tilt, 180.0).sum() * np.radians(0.5) * np.radians(1.0)
        assert patches / np.pi == pytest.approx(irradiance.isotropic(tilt, 1.0), abs=2e-5)


def test_the_sky_of_a_table_agrees_with_the_integral_of_its_values():
    def product(elevation, azimuth):
        return light(elevation, azimuth, 25.0, 150.0) * TABLE.at(np.degrees(azimuth), np.degrees(elevation))

    hidden = dblquad(product, 0, 2 * np.pi, 0, np.pi / 2, epsabs=1e-3, epsrel=1e-3)[0]
    told = 1 - hidden / np.pi / irradiance.isotropic(25.0, 1.0)
    assert sky_left(TABLE, 25.0, 150.0) == pytest.approx(told, abs=1e-3)


def test_even_shade_dims_every_plane_alike():
    grey = ShadeTable(AROUND, [0.0, 45.0, 90.0], np.full((8, 3), 0.3))
    for tilt, facing in ((0.0, 0.0), (30.0, 200.0), (90.0, 90.0)):
        assert sky_left(grey, tilt, facing) == pytest.approx(0.7, abs=1e-12)


def test_a_level_plane_does_not_care_where_it_faces():
    hills = np.array([0.0, 10.0, 30.0, 5.0, 0.0, 0.0, 20.0, 1.0])
    assert len({round(sky_left(TABLE, 0.0, f), 12) for f in (0.0, 90.0, 133.0)}) == 1
    assert len({round(sky_left_of_horizon(AROUND, hills, 0.0, f), 12) for f in (0.0, 90.0, 133.0)}) == 1


def test_a_ring_of_walls_is_an_even_horizon():
    """A point in the middle of a round yard of prisms: both ways to the sky give cos2."""
    corner = np.radians(np.arange(0, 361, 3))
    ring = 10 * np.column_stack([np.sin(corner), np.cos(corner)])
    walls = [Prism(ring[i : i + 2], 10 * np.tan(np.radians(20.3))) for i in range(120)]
    table = cast(ORIGIN, [0], walls, 0.0)
    assert (table.at(table.azimuth, 20.0) == 1).all()  # every other way runs through a corner where two walls meet
    assert (table.at(table.azimuth, 21.0) == 0).all()
    left = sky_left(table, 0.0, 180.0)
    # the step between the two nodes counts as its middle
    assert left == pytest.approx(np.cos(np.radians(20.5)) ** 2, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    elevation=st.lists(st.floats(0, 90), min_size=8, max_size=8),
    higher=st.integers(0, 7),
    tilt=st.floats(0, 90),
    facing=st.floats(0, 360),
)
def test_a_higher_horizon_never_leaves_more(elevation, higher, tilt, facing):
    raised = [min(e + 20, 90) if i == higher else e for i, e in enumerate(elevation)]
    low, high = (sky_left_of_horizon(AROUND, e, tilt, facing) for e in (elevation, raised))
    assert 0 <= high <= low + 1e-12 <= 1 + 2e-12
