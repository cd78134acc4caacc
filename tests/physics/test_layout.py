"""Modules on an outline: distances by brute force, counts and areas by closed forms, images that must count alike."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim.errors import PvsimError
from pvsim.physics import layout
from pvsim.physics.layout import Disc, Pattern, Polygon, area_m2, clipped, fit, shrunk_area_m2

PLAIN = Pattern(1.0, 2.0, 1, 0.02, ((0.0, 0),), 2.1, 0.0, math.inf, False)
WALKED = replace(PLAIN, walkway_m=0.6, block_m=6.0, walkways_across=True)
TENTS = Pattern(1.1, 1.0, 1, 0.03, ((0.0, 0), (1.05, 1)), 2.5, 0.5, 8.0, False)
STACKED = Pattern(2.0, 1.9, 2, 0.02, ((0.0, 0),), 3.0, 0.7, 9.0, False)
PATTERNS = {"plain": PLAIN, "walked": WALKED, "tents": TENTS, "stacked": STACKED}
L_SHAPE = np.array([(0, 0), (30, 0), (30, 9), (12, 9), (12, 25), (0, 25)], dtype=float)
U_SHAPE = np.array([(0, 0), (30, 0), (30, 20), (21, 20), (21, 7), (9, 7), (9, 20), (0, 20)], dtype=float)
FREE = 1e-5  # a micrometre is allowed; ten of them are a fault


def rectangle(x0, y0, x1, y1):
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=float)


@st.composite
def outlines(draw):
    """Star-shaped outlines, most of them concave, or an L or a U, turned by any angle."""
    turn = draw(st.floats(0, 2 * math.pi))
    kind = draw(st.sampled_from(["star", "L", "U"]))
    if kind == "star":
        radius = np.array(draw(st.lists(st.floats(4, 18), min_size=3, max_size=9)))
        angle = turn + np.arange(radius.size) * 2 * math.pi / radius.size
        return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    c, s = math.cos(turn), math.sin(turn)
    return (L_SHAPE if kind == "L" else U_SHAPE) @ np.array([[c, s], [-s, c]])


places = st.floats(-12, 12)
shapes = st.one_of(
    st.builds(Disc, places, places, st.floats(0, 2), st.floats(0, 1)),
    st.builds(
        lambda x, y, u, v, margin: Polygon(np.array([(x, y), (x + u, y + v)]), margin),
        places, places, st.floats(1, 9), st.floats(-9, 9), st.floats(0, 1),
    ),
    st.builds(
        # an arrowhead, concave
        lambda x, y, size, margin: Polygon(np.array([(0, 0), (1, 2), (2, 0), (1, 0.7)]) * size + (x, y), margin),
        places, places, st.floats(0.5, 4), st.floats(0, 1),
    ),
)  # fmt: skip


# --- an independent measure of distance --------------------------------------------------------------------


def to_segment(points, a, b):
    """Distance of points (..., 2) from the segment a to b."""
    d = b - a
    t = np.clip(((points - a) @ d) / max(float(d @ d), 1e-30), 0, 1)
    return np.linalg.norm(points - a - t[..., None] * d, axis=-1)


def from_boxes(boxes, a, b, samples=400):
    """Distance (N,) of boxes from a segment; apart, it is that of a corner of the one from the other."""
    corners = np.stack([boxes[:, [0, 1]], boxes[:, [2, 1]], boxes[:, [2, 3]], boxes[:, [0, 3]]], axis=1)
    along = a + np.linspace(0, 1, samples)[:, None] * (b - a)
    out = np.maximum(np.maximum(boxes[:, None, :2] - along, along - boxes[:, None, 2:]), 0)
    return np.minimum(to_segment(corners, a, b).min(axis=1), np.linalg.norm(out, axis=-1).min(axis=1))


def turns(points, ring):
    """How often a ring winds around each point, by the angles under which its sides are seen."""
    seen = ring[None] - points[:, None]
    angle = np.arctan2(seen[..., 1], seen[..., 0])
    step = np.diff(np.append(angle, angle[:, :1], axis=1), axis=1)
    return np.rint(((step + np.pi) % (2 * np.pi) - np.pi).sum(axis=1) / (2 * np.pi)).astype(int)


def assert_laid_well(laid, outline, kept_free, pattern, setback):
    boxes = laid.corners
    if not laid.count:
        return
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert (turns(middle, outline) != 0).all()
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        assert from_boxes(boxes, a, b).min() >= setback - FREE
    for shape in kept_free:
        if isinstance(shape, Disc):
            centre = np.array([shape.x_m, shape.y_m])
            assert from_boxes(boxes, centre, centre).min() >= shape.radius_m + shape.margin_m - FREE
            continue
        assert (turns(middle, shape.points) == 0).all()
        for a, b in zip(shape.points, np.roll(shape.points, -1, axis=0), strict=True):
            assert from_boxes(boxes, a, b).min() >= shape.margin_m - FREE
    assert np.allclose(boxes[:, 2] - boxes[:, 0], pattern.along_m)
    assert np.allclose(boxes[:, 3] - boxes[:, 1], pattern.depth_m / pattern.modules_up)
    over = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    overlap = (over > FREE).all(axis=-1)
    assert overlap.sum() == laid.count  # each with itself alone


@pytest.mark.slow
@pytest.mark.parametrize("name", PATTERNS)
@settings(deadline=None, max_examples=40)
@given(outline=outlines(), kept_free=st.lists(shapes, max_size=4), setback=st.floats(0, 2))
def test_modules_keep_their_distances(name, outline, kept_free, setback):
    laid = fit(outline, kept_free, PATTERNS[name], setback)
    assert_laid_well(laid, outline, kept_free, PATTERNS[name], setback)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_free_place_is_left_out(seed):
    """With slivers for modules every x is covered, but for a sliver's width, at which a strip may stand."""
    rng = np.random.default_rng(seed)
    radius = rng.uniform(5, 15, 7)
    angle = np.arange(7) * 2 * np.pi / 7 + rng.uniform(0, 6)
    outline = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    kept_free = [Disc(*rng.uniform(-6, 6, 2), 0.5, 0.4), Polygon(rng.uniform(-6, 6, (2, 2)), 0.3)]
    kept_free.append(Polygon(np.array([(0, 0), (1, 2), (2, 0), (1, 0.7)]) + rng.uniform(-5, 5, 2), 0.6))
    sliver, setback = 0.05, 0.8
    laid = fit(outline, kept_free, Pattern(sliver, 1.0, 1, 0.0, ((0.0, 0),), 1.2, 0.0, math.inf, False), setback)
    x = np.arange(-16, 16, 0.03)
    lines = 0
    for y0 in np.arange(laid.corners[0, 1] - 2.4, laid.corners[-1, 1] + 3.0, 1.2):
        upright = np.column_stack([x, np.full_like(x, y0), x, np.full_like(x, y0 + 1.0)])
        free = turns(upright[:, :2] + (0, 0.5), outline) != 0
        rings = [(outline, setback)] + [(s.points, s.margin_m) for s in kept_free[1:]]
        rings.append((np.array([[kept_free[0].x_m, kept_free[0].y_m]]), 0.9))
        for number, (ring, margin) in enumerate(rings):
            if number and len(ring) > 2:
                free &= turns(upright[:, :2] + (0, 0.5), ring) == 0
            for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                free &= from_boxes(upright, a, b, 100) >= margin - FREE
        mine = laid.corners[np.abs(laid.corners[:, 1] - y0) < 1e-6]
        covered = ((x[:, None] >= mine[:, 0]) & (x[:, None] <= mine[:, 2])).any(axis=1)
        assert not (covered & ~free).any()
        well_free = np.convolve(free, np.ones(5), mode="same") == 5
        assert not (well_free & ~covered).any()
        lines += int(well_free.any())
    assert lines >= 3


# --- counts by hand ----------------------------------------------------------------------------------------

lengths = st.integers(5, 400).map(lambda decimetres: decimetres / 10)


def in_a_row(length, pattern):
    """Modules in a length, set one after the other."""
    most = max(1, math.floor((pattern.block_m + pattern.gap_m) / (pattern.along_m + pattern.gap_m) + 1e-9))
    at, count = 0.0, 0
    while at + pattern.along_m <= length + 1e-7:
        count += 1
        at += pattern.along_m + pattern.gap_m + (pattern.walkway_m if count % most == 0 else 0)
    return count


@settings(deadline=None, max_examples=40)
@given(lengths, lengths, st.sampled_from([0.0, 0.5, 1.25]))
def test_rectangle_without_walkways_is_the_closed_form(length, width, setback):
    pattern = replace(PLAIN, walkway_m=0.8)
    across = max(math.floor((length - 2 * setback + 0.02) / 1.02 + 1e-7), 0)
    up = max(math.floor((width - 2 * setback + 0.1) / 2.1 + 1e-7), 0)
    laid = fit(rectangle(3, -7, 3 + length, -7 + width), (), pattern, setback)
    assert laid.count == across * up
    if laid.count:
        assert laid.corners[:, :2].min(axis=0) == pytest.approx([3 + setback, -7 + setback])  # ties: the lowest
    # in the metres of a national grid, where a coordinate is known to less than a nanometre
    assert fit(rectangle(5e5, 3.3e6, 5e5 + length, 3.3e6 + width), (), pattern, setback).count == across * up


@settings(deadline=None, max_examples=40)
@given(lengths, lengths, st.floats(0.3, 15), st.floats(0, 2))
def test_rectangle_with_walkways_is_what_is_set_one_by_one(length, width, block, walkway):
    pattern = replace(PLAIN, walkway_m=walkway, block_m=block)
    rows = max(math.floor((width + 0.1) / 2.1 + 1e-7), 0)
    assert fit(rectangle(0, 0, length, width), (), pattern, 0.0).count == in_a_row(length, pattern) * rows


@settings(deadline=None, max_examples=40)
@given(st.integers(5, 300), st.integers(5, 300), st.sampled_from([0.3, 4.0, 7.5]), st.sampled_from([0.0, 0.8]))
def test_square_modules_turned_by_a_right_angle_count_alike(length, width, block, walkway):
    """Both directions follow one rule for gaps, blocks and walkways."""
    square = Pattern(1.0, 1.0, 1, 0.02, ((0.0, 0),), 1.02, walkway, block, True)
    one, two = (fit(rectangle(0, 0, a / 10, b / 10), (), square, 0.1) for a, b in ((length, width), (width, length)))
    assert one.count == two.count


@pytest.mark.parametrize("setback", [0.0, 1.0])
def test_what_fits_to_the_millimetre_fits_after_turning(setback):
    """An outline turned there and back is off by its rounding, which must cost no strip and no module."""
    exact = rectangle(0, 0, 10 * 1.02 - 0.02 + 2 * setback, 5 * 2.1 - 0.1 + 2 * setback) - 3.3
    for turn in np.linspace(0.1, 6.2, 25):
        c, s = math.cos(turn), math.sin(turn)
        there = np.array([[c, s], [-s, c]])
        assert fit(exact @ there @ there.T, (), PLAIN, setback).count == 50


def test_walkways_lie_after_whole_blocks_both_ways():
    laid = fit(rectangle(0, 0, 20, 20), (), replace(WALKED, block_m=6.6), 0.5)
    x, y = (np.unique(laid.corners[:, axis].round(6)) for axis in (0, 1))
    clear_x, clear_y = np.diff(x) - 1.0, np.diff(y) - 2.0
    assert np.flatnonzero(clear_x > 0.1).tolist() == [5, 11]  # six modules of 1.02 m, not seven
    assert np.flatnonzero(clear_y > 0.2).tolist() == [2, 5]  # three strips of 2.1 m
    assert clear_x[[5, 11]] == pytest.approx(0.02 + 0.6)
    assert clear_y[[2, 5]] == pytest.approx(0.1 + 0.6)


def test_strips_of_a_tent_alternate_their_faces():
    laid = fit(rectangle(0, 0, 12, 24.9), (), replace(TENTS, block_m=math.inf), 0.0)
    assert laid.face.tolist() == [0] * 10 + [1] * 10 + laid.face[20:].tolist()
    assert np.bincount(laid.face).tolist() == [100, 100]
    low = laid.corners[:, 1] % 2.5
    assert np.allclose(low, np.where(laid.face == 0, 0.0, 1.05))


def test_modules_of_a_strip_share_its_depth():
    outline = rectangle(0, 0, 13, 11)
    two, one = fit(outline, (), STACKED, 0.2), fit(outline, (), replace(STACKED, modules_up=1), 0.2)
    assert two.count == 2 * one.count > 0
    assert two.covered_m2 == pytest.approx(one.covered_m2) == pytest.approx(one.count * 2.0 * 1.9)
    assert np.allclose(two.corners[0], [0.2, 0.2, 2.2, 1.15])
    assert np.allclose(two.corners[1], [0.2, 1.15, 2.2, 2.1])


def test_strips_are_tried_flush_with_the_upper_edge():
    """Room for one strip above a wall and for none below: only one position fits, to the millimetre."""
    width = 1.9 + 0.0137 + 2.0
    wall = Polygon(np.array([(-1, 1.9), (11, 1.9)]), 0.0137)
    laid = fit(rectangle(0, 0, 10, width), [wall], PLAIN, 0.0)
    assert laid.count == 9
    assert laid.corners[:, 3] == pytest.approx(width)


def test_a_round_thing_leaves_what_its_chord_leaves():
    """One strip whose upper edge is 1 m below the centre of a disc of 1.25 m: 0.75 m to either side are lost."""
    sliver = Pattern(0.01, 2.0, 1, 0.0, ((0.0, 0),), 10.0, 0.0, math.inf, False)
    laid = fit(rectangle(0, 0, 10, 2.0), [Disc(5.0, 3.0, 0.9, 0.35)], sliver, 0.0)
    assert laid.count == 850
    x = laid.corners[:, 0]
    assert [x[424] + 0.01, x[425]] == pytest.approx([4.25, 5.75], abs=1e-5)


def test_a_leaning_side_takes_its_setback_square_to_it():
    """Along a side of 45 degrees the strip ends where its upper corner is one setback away: sqrt(2) in x."""
    sliver = Pattern(0.001, 1.0, 1, 0.0, ((0.0, 0),), 50.0, 0.0, math.inf, False)
    triangle = np.array([(0, 0), (20, 0), (0, 20)])
    laid = fit(triangle, (), sliver, 1.0)
    top = laid.corners[0, 3]
    assert laid.corners[-1, 2] == pytest.approx(20 - top - math.sqrt(2), abs=2e-3)
    assert laid.corners[0, 0] == pytest.approx(1.0)


# --- images, parts and more shapes -------------------------------------------------------------------------


def _mapped(shape, sx, sy, scale=1.0):
    if isinstance(shape, Disc):
        return Disc(sx * scale * shape.x_m, sy * scale * shape.y_m, scale * shape.radius_m, scale * shape.margin_m)
    return Polygon(shape.points * (sx * scale, sy * scale), scale * shape.margin_m)


@pytest.mark.slow
@pytest.mark.parametrize("pattern", [PLAIN, WALKED, STACKED], ids=["plain", "walked", "stacked"])
@settings(deadline=None, max_examples=40)
@given(outline=outlines(), kept_free=st.lists(shapes, max_size=3), setback=st.floats(0, 1.5))
def test_images_count_alike(pattern, outline, kept_free, setback):
    told = fit(outline, kept_free, pattern, setback).count
    for sx, sy in ((-1, 1), (1, -1), (-1, -1)):
        assert fit(outline * (sx, sy), [_mapped(s, sx, sy) for s in kept_free], pattern, setback).count == told
    assert fit(outline[::-1], kept_free[::-1], pattern, setback).count == told
    closed = np.append(outline, outline[:1], axis=0)
    assert fit(closed, kept_free, pattern, setback).count == told


@settings(deadline=None, max_examples=40)
@given(outline=outlines(), kept_free=st.lists(shapes, max_size=3), scale=st.sampled_from([0.5, 2.0, 8.0]))
def test_everything_larger_counts_alike(outline, kept_free, scale):
    lengths = {
        k: getattr(WALKED, k) * scale for k in ("along_m", "depth_m", "gap_m", "period_m", "walkway_m", "block_m")
    }
    larger = fit(outline * scale, [_mapped(s, 1, 1, scale) for s in kept_free], replace(WALKED, **lengths), scale)
    one = fit(outline, kept_free, WALKED, 1.0)
    assert larger.count == one.count
    assert larger.covered_m2 == pytest.approx(one.covered_m2 * scale**2)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([PLAIN, WALKED, TENTS]), outlines(), st.lists(shapes, max_size=2), places, places,
    st.floats(0.7, 5), st.floats(0.1, 5), st.floats(0, 0.5), st.floats(0, 2),
)  # fmt: skip
def test_a_thing_as_wide_as_a_walkway_costs_modules_and_never_gains_any(
    pattern, outline, others, x, y, width, height, margin, more
):
    """Two rows with a walkway's width between them would also have fitted into the whole.

    That the rows fit is all that the count of a free interval asks, and the positions tried do not depend on what
    is kept free; so the count cannot rise, with one thing more nor with a wider margin around it.
    """
    assert pattern.walkway_m + pattern.gap_m < 0.7
    things = [Polygon(rectangle(x, y, x + width, y + height), m) for m in (margin, margin + more)]
    without, with_one, wider = (fit(outline, [*others, *t], pattern, 0.3).count for t in ((), things[:1], things[1:]))
    assert wider <= with_one <= without


def test_a_thin_wall_takes_the_place_of_a_walkway():
    """Why only a wide thing never gains modules: blocks begin anew behind it, and a wall may be thinner."""
    pattern = replace(PLAIN, block_m=6.1, walkway_m=0.8)
    roof = rectangle(0, 0, 12.3, 2.0)  # two blocks of 6.1 m, a walkway's width short
    assert fit(roof, (), pattern, 0.0).count == 11
    assert fit(roof, [Polygon(np.array([(6.15, 0), (6.15, 2)]), 0.05)], pattern, 0.0).count == 12


@settings(deadline=None, max_examples=40)
@given(
    st.integers(60, 200), st.integers(60, 200), st.integers(40, 150), st.integers(20, 140), st.sampled_from([0.2, 0.7])
)
def test_an_l_shape_with_a_wall_is_its_two_parts(left, right, low, more, setback):
    a, b, h, top = left / 10, (left + right) / 10, low / 10, (low + more) / 10
    outline = np.array([(0, 0), (b, 0), (b, h), (a, h), (a, top), (0, top)])
    wall = Polygon(np.array([(a, 0), (a, h)]), setback)
    # without blocks of strips the lowest position is the best of either part, so also of both together
    pattern = replace(WALKED, walkways_across=False)
    parts = [fit(r, (), pattern, setback).count for r in (rectangle(0, 0, a, top), rectangle(a, 0, b, h))]
    assert fit(outline, [wall], pattern, setback).count == sum(parts) > 0


def test_a_courtyard_is_no_roof():
    yard = Polygon(rectangle(10, 8, 20, 16.4), 0.0)
    pattern = replace(PLAIN, gap_m=0.0, period_m=2.0)
    assert fit(rectangle(0, 0, 30, 24), (), pattern, 0.0).count == 12 * 30
    laid = fit(rectangle(0, 0, 30, 24), [yard], pattern, 0.0)
    assert laid.count == 12 * 30 - 5 * 10  # 8.4 m of strips of 2 m: five are met
    assert fit(rectangle(0, 0, 30, 24), [Polygon(rectangle(-5, -5, 40, 40), 0.0)], pattern, 0.0).count == 0


def test_between_the_arms_of_a_u_is_no_roof():
    pattern = replace(PLAIN, gap_m=0.0, period_m=2.0)
    u = np.array([(0, 0), (30, 0), (30, 20), (20, 20), (20, 6), (10, 6), (10, 20), (0, 20)])
    assert fit(u, (), pattern, 0.0).count == 3 * 30 + 7 * 20
    arms = clipped(u, 8.0, above=True)
    assert fit(arms, (), pattern, 0.0).count == 6 * 20  # the two arms hang together by a side of no width
    assert fit(arms, (), pattern, 0.5).count == 5 * 18


def test_what_lies_off_the_roof_costs_nothing():
    far = [Disc(100, 100, 5, 1), Polygon(rectangle(-90, 0, -80, 50), 1.0), Polygon(np.array([(0, 99), (9, 99)]), 1.0)]
    assert np.array_equal(fit(L_SHAPE, far, WALKED, 0.4).corners, fit(L_SHAPE, (), WALKED, 0.4).corners)


def test_strips_gone_through_in_parts_give_the_same(monkeypatch):
    kept_free = [Disc(6, 5, 1, 0.3), Polygon(rectangle(20, 3, 22, 4), 0.2)]
    whole, area = fit(L_SHAPE, kept_free, TENTS, 0.4), shrunk_area_m2(L_SHAPE, 0.4)
    monkeypatch.setattr(layout, "CHUNK", 40)
    parts = fit(L_SHAPE, kept_free, TENTS, 0.4)
    assert np.array_equal(parts.corners, whole.corners)
    assert np.array_equal(parts.face, whole.face)
    assert shrunk_area_m2(L_SHAPE, 0.4) == pytest.approx(area, rel=1e-12)


def test_arrays_are_read_only_and_a_roof_too_small_is_empty():
    for laid in (
        fit(L_SHAPE, (), PLAIN, 0.3),
        fit(rectangle(0, 0, 3, 3), (), PLAIN, 0.6),
        fit(L_SHAPE, (), PLAIN, 50.0),
    ):
        assert laid.corners.shape == (laid.count, 4)
        assert laid.face.shape == (laid.count,)
        assert not laid.corners.flags.writeable
        assert not laid.face.flags.writeable
    assert laid.count == 0
    assert laid.covered_m2 == 0
    own = np.zeros((2, 2))
    assert not Polygon(own, 0.1).points.flags.writeable
    own[0] = 1.0  # the caller's array stays the caller's


# --- a steel hall ------------------------------------------------------------------------------------------


def test_a_steel_hall_is_covered_as_halls_are():
    hall = rectangle(0, 0, 200, 100)
    pattern = Pattern(1.038, 2.094, 1, 0.02, ((0.0, 0),), 2.114, 0.8, 20.0, True)
    net = shrunk_area_m2(hall, 1.0)
    assert net == pytest.approx(198 * 98)
    laid = fit(hall, (), pattern, 1.0)
    assert 0.80 < laid.covered_m2 / net < 0.92
    # by hand: blocks of 18 modules and of 9 strips
    assert laid.count == in_a_row(198, pattern) * (4 * 9 + 8)
    skylights = [Polygon(rectangle(x, y, x + 1, y + 10), 0.3) for x in np.linspace(20, 180, 8) for y in (15, 45, 75)]
    fewer = fit(hall, skylights, pattern, 1.0)
    assert_laid_well(replace(fewer, corners=fewer.corners[::8]), hall, skylights, pattern, 1.0)
    longer = fit(hall, (), replace(pattern, block_m=40.0), 1.0)
    assert fewer.count < laid.count < longer.count


# --- areas -------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(outlines(), st.floats(0, 6.28), st.floats(-1e4, 1e4))
def test_area_does_not_depend_on_place_or_direction(outline, turn, shift):
    c, s = math.cos(turn), math.sin(turn)
    told = area_m2(outline)
    assert told > 0
    assert area_m2(outline[::-1] @ np.array([[c, s], [-s, c]]) + shift) == pytest.approx(told, rel=1e-9)


def test_areas_by_hand():
    assert area_m2(rectangle(1, 2, 4, 9)) == pytest.approx(21)
    assert area_m2(L_SHAPE) == pytest.approx(30 * 9 + 12 * 16)
    assert area_m2(np.empty((0, 2))) == 0
    angle = np.arange(7) * 2 * np.pi / 7
    heptagon = np.column_stack([np.cos(angle), np.sin(angle)]) * 10
    assert area_m2(heptagon) == pytest.approx(3.5 * 100 * math.sin(2 * math.pi / 7))
    # in the metres of a national grid the products of the coordinates are 1e12 times the area
    assert area_m2(heptagon + np.array([512_345.1, 3_298_765.7])) == pytest.approx(area_m2(heptagon), abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(outlines(), st.floats(-15, 15))
def test_two_parts_of_a_cut_outline_are_the_whole(outline, y):
    low, high = clipped(outline, y, above=False), clipped(outline, y, above=True)
    assert area_m2(low) + area_m2(high) == pytest.approx(area_m2(outline), abs=1e-9)
    assert (low[:, 1] <= y + 1e-9).all()
    assert (high[:, 1] >= y - 1e-9).all()


def test_cut_outlines_by_hand():
    assert area_m2(clipped(L_SHAPE, 9.0, above=True)) == pytest.approx(12 * 16)
    assert area_m2(clipped(U_SHAPE, 10.0, above=True)) == pytest.approx(2 * 9 * 10)
    assert np.array_equal(clipped(L_SHAPE, -1.0, above=True), L_SHAPE)
    assert clipped(L_SHAPE, 25.0, above=True).shape == clipped(L_SHAPE, 0.0, above=False).shape == (0, 2)


@settings(deadline=None, max_examples=40)
@given(st.floats(1, 50), st.floats(1, 50), st.floats(0, 6.28), st.floats(0, 30))
def test_shrunk_rectangle_and_triangle_are_closed_forms(length, width, turn, setback):
    c, s = math.cos(turn), math.sin(turn)
    turned = np.array([[c, s], [-s, c]])
    told = max(length - 2 * setback, 0) * max(width - 2 * setback, 0)
    assert shrunk_area_m2(rectangle(0, 0, length, width) @ turned, setback) == pytest.approx(told, abs=1e-7)
    # a triangle shrinks towards the centre of its inscribed circle
    triangle = np.array([(0, 0), (length, 0), (0, width)])
    inscribed = length * width / (length + width + math.hypot(length, width))
    told = length * width / 2 * max(1 - setback / inscribed, 0) ** 2
    assert shrunk_area_m2((triangle @ turned)[::-1], setback) == pytest.approx(told, abs=1e-7)


@pytest.mark.parametrize("setback", [0.0, 0.3, 1.0, 2.5])
@pytest.mark.parametrize("turn", [0.0, 0.3, 0.8, 2.0])
def test_shrunk_concave_outlines_have_round_inner_corners(setback, turn):
    c, s = math.cos(turn), math.sin(turn)
    turned = np.array([[c, s], [-s, c]])
    corner = (1 - math.pi / 4) * setback**2  # of the square at an inner corner the circle leaves this
    told = (30 - 2 * setback) * (9 - 2 * setback) + (12 - 2 * setback) * 16 + corner
    assert shrunk_area_m2(L_SHAPE @ turned, setback) == pytest.approx(told, abs=1e-5 * area_m2(L_SHAPE))
    told = (30 - 2 * setback) * (7 - 2 * setback) + 2 * (9 - 2 * setback) * 13 + 2 * corner
    assert shrunk_area_m2(U_SHAPE @ turned, setback) == pytest.approx(told, abs=1e-5 * area_m2(U_SHAPE))
    assert shrunk_area_m2(L_SHAPE @ turned, 40.0) == 0


@settings(deadline=None, max_examples=50)
@given(outlines(), st.floats(0, 3), st.floats(0, 3))
def test_modules_cover_no_more_than_the_shrunk_area(outline, setback, more):
    net = shrunk_area_m2(outline, setback)
    slack = 1e-5 * area_m2(outline)
    assert fit(outline, (), replace(PLAIN, along_m=0.3), setback).covered_m2 <= net + slack
    assert shrunk_area_m2(outline, setback + more) <= net + slack


# --- what is refused ---------------------------------------------------------------------------------------

SHARED = np.array([(0, 0), (2, 2), (2, 0), (1, 1), (0, 2)], dtype=float)


@pytest.mark.parametrize(
    ("outline", "why"),
    [
        ([(0, 0), (10, 0)], "2 different corners; at least 3"),
        ([(0, 0), (10, 0), (10, 0), (0, 0)], "2 different corners; at least 3"),
        ([(0, 0), (10, 10), (10, 0), (0, 10)], r"crosses itself: the sides that begin at \(0, 0\) and \(10, 0\)"),
        (SHARED, "crosses itself"),
        ([(0, 0), (10, 0), (20, 0)], "no area"),
        ([(0, 0), (10, 0), (10, math.nan)], "no finite number"),
        ([(0, 0), (10, 0), (math.inf, 10)], "no finite number"),
        ([1.0, 2.0, 3.0], "rows of x and y"),
        (np.zeros((1001, 2)), "at most 1000"),
    ],
)
def test_what_is_no_outline_is_refused(outline, why):
    for use in (
        lambda o: fit(o, (), PLAIN, 0.0),
        lambda o: shrunk_area_m2(o, 0.1),
        lambda o: clipped(o, 1, above=True),
    ):
        with pytest.raises(PvsimError, match=why):
            use(outline)


def test_what_cannot_be_kept_free_is_refused():
    for points, why in (
        ([(1, 1), (1, 1)], "shape 2 kept free has 0 different corners; at least 2"),
        ([(0, 0), (9, 9), (9, 0), (0, 9)], "shape 2 kept free crosses itself"),
        ([(0, 0), (math.nan, 9)], "shape 2 kept free has a coordinate"),
    ):
        with pytest.raises(PvsimError, match=why):
            fit(L_SHAPE, [Disc(1, 1, 1, 0), Polygon(np.array(points), 0.1)], PLAIN, 0.0)
    with pytest.raises(PvsimError, match="margin_m is -1"):
        Polygon(np.array([(0, 0), (1, 1)]), -1.0)
    with pytest.raises(PvsimError, match="radius_m is nan"):
        Disc(0, 0, math.nan, 0)
    with pytest.raises(PvsimError, match="centre"):
        Disc(0, math.inf, 1, 0)
    with pytest.raises(PvsimError, match=r"setback_m is -0\.1"):
        fit(L_SHAPE, (), PLAIN, -0.1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"along_m": 0.0}, "along_m is 0"),
        ({"depth_m": math.nan}, "depth_m is nan"),
        ({"period_m": math.inf}, "period_m is inf"),
        ({"gap_m": -0.02}, "gap_m is -0.02"),
        ({"block_m": 0.0}, "block_m is 0"),
        ({"modules_up": 0}, "at least 1"),
        ({"strips": ()}, "at least 1"),
        ({"period_m": 1.9}, "overlap"),
        ({"strips": ((0.0, 0), (1.0, 1)), "period_m": 5.0}, "overlap: their lower edges are 1 m apart"),
        ({"strips": ((0.0, 0), (2.5, 1)), "period_m": 4.0}, "overlap: their lower edges are 1.5 m apart"),
    ],
)
def test_an_impossible_pattern_is_refused(change, why):
    with pytest.raises(PvsimError, match=why):
        replace(PLAIN, **change)


def test_a_roof_in_millimetres_is_refused():
    with pytest.raises(PvsimError, match=r"more than 1,000,000 .*metres"):
        fit(rectangle(0, 0, 60_000, 40_000), (), PLAIN, 0.0)
    with pytest.raises(PvsimError, match=r"more than 1,000,000 strips"):
        fit(rectangle(0, 0, 10, 1e8), (), PLAIN, 0.0)
    assert layout.MAX_MODULES == 1_000_000
