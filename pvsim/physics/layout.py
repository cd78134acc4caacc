"""How many modules fit on a roof outline, and where they lie.

Plan coordinates in metres: x along the rows of modules, y up the slope. The caller has turned the outline into this
frame and scaled depths by the cosine of the tilt. Modules lie in strips along x that repeat along y. What a setback or
a margin forbids a strip is exact: all points within r of an edge form a convex shape, so the strip loses one interval
of x for each edge, in closed form. What is left is filled from the left, and of some positions of the strips the one
with the most modules is taken. That is a good layout and not the best of all: rows are never shifted one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pvsim.errors import PvsimError

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
Values = TypeVar("Values", bound=NDArray[Any])

TOLERANCE_M = 1e-6  # a turned outline is off by its rounding; what fits but for a micrometre fits
OFFSETS = 24  # positions of the strips tried within one period, from the lowest edge up and from the highest down
MAX_MODULES = 1_000_000
MAX_CORNERS = 1_000  # of one shape: the search for crossing sides takes the square of it
SCAN_LINES = 4096  # of the area of a concave outline less its setback
CHUNK = 2**17  # edges times strips at a time, which bounds the memory


# --- what is asked and what is found -----------------------------------------------------------------------


@dataclass(frozen=True)
class Pattern:
    """How modules are laid in strips that run along x.

    Attributes
    ----------
    along_m : size of one module along x
    depth_m : plan depth of one strip, which is divided evenly among its modules
    modules_up : modules one above the other in a strip
    gap_m : between neighbours along x
    strips : within one period, offset of a strip's lower edge in m and which face (plane) it belongs to
    period_m : plan distance after which the strips repeat
    walkway_m : width of the walkways, left in addition to the gap that is there anyway
    block_m : at most this length of modules along x between two walkways, but at least one module; may be infinite
    walkways_across : whether walkways also lie between strips, with at most ``block_m`` of whole periods between
        two of them, but at least one period

    Raises
    ------
    PvsimError : a size that is impossible, or strips that overlap
    """

    along_m: float
    depth_m: float
    modules_up: int
    gap_m: float
    strips: tuple[tuple[float, int], ...]
    period_m: float
    walkway_m: float
    block_m: float
    walkways_across: bool

    def __post_init__(self) -> None:
        for name in ("along_m", "depth_m", "period_m", "block_m"):
            value = getattr(self, name)
            if not value > 0 or (np.isinf(value) and name != "block_m"):
                raise PvsimError(f"layout: {name} is {value:g}; it must be above 0")
        for name in ("gap_m", "walkway_m"):
            _not_negative(getattr(self, name), name)
        if self.modules_up < 1 or not self.strips:
            raise PvsimError("layout: modules_up and the number of strips in a period must be at least 1")
        lower = np.sort([offset for offset, _ in self.strips])
        clear = np.diff(np.append(lower, lower[0] + self.period_m))
        if not clear.min() >= self.depth_m - TOLERANCE_M:
            raise PvsimError(
                f"layout: strips of {self.depth_m:g} m overlap: their lower edges are {clear.min():g} m apart "
                f"in a period of {self.period_m:g} m"
            )


@dataclass(frozen=True, eq=False)
class Polygon:
    """Kept free with a margin around it: points (K, 2) in m, in order around; two points are a wall."""

    points: Array
    margin_m: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _frozen(np.array(self.points, dtype=float)))
        _not_negative(self.margin_m, "margin_m")


@dataclass(frozen=True)
class Disc:
    """Kept free with a margin around it: a round thing such as a fan or a tank."""

    x_m: float
    y_m: float
    radius_m: float
    margin_m: float

    def __post_init__(self) -> None:
        if not np.isfinite([self.x_m, self.y_m]).all():
            raise PvsimError(f"layout: the centre of a disc is at {self.x_m:g}, {self.y_m:g}")
        _not_negative(self.radius_m, "radius_m")
        _not_negative(self.margin_m, "margin_m")


@dataclass(frozen=True, eq=False)
class Laid:
    """Modules on a roof, strip by strip from the lowest, each from the left; arrays are read-only.

    Attributes
    ----------
    corners : (N, 4) x0, y0, x1, y1 of each module in plan, m
    face : (N,) face of its strip
    """

    corners: Array
    face: Index

    @property
    def count(self) -> int:
        """Number of modules."""
        return len(self.corners)

    @property
    def covered_m2(self) -> float:
        """Plan area under the modules."""
        x0, y0, x1, y1 = self.corners.T
        return float(((x1 - x0) * (y1 - y0)).sum())


def _frozen(values: Values) -> Values:
    values.setflags(write=False)
    return values


def _not_negative(value: float, name: str) -> None:
    if not 0 <= value < np.inf:
        raise PvsimError(f"layout: {name} is {value:g}; it must be a number from 0")


# --- laying ------------------------------------------------------------------------------------------------


def fit(outline: ArrayLike, kept_free: Sequence[Polygon | Disc], pattern: Pattern, setback_m: float) -> Laid:
    """Lay modules on a roof.

    Parameters
    ----------
    outline : (K, 2) corners in m, in order around either way; the first may stand again at the end
    kept_free : shapes that no module may come nearer to than their margins
    pattern : how the modules are laid
    setback_m : least distance of a module from the outline

    Raises
    ------
    PvsimError : an outline or a shape that is none, or more than ``MAX_MODULES`` modules
    """
    ring = _checked(outline, "the roof outline")
    edges = _edges(ring, kept_free, setback_m)
    best, count = None, 0
    for lower, face in _positions(pattern, ring[:, 1].min() + setback_m, ring[:, 1].max() - setback_m):
        upper = lower + pattern.depth_m
        strip, left, right = _free(edges, lower + TOLERANCE_M, upper - TOLERANCE_M, pattern.along_m - TOLERANCE_M)
        found = _how_many(pattern, right - left)
        if found.sum() * pattern.modules_up > count:
            count = int(found.sum()) * pattern.modules_up
            best = found, left, lower[strip], face[strip]
        if count > MAX_MODULES:
            raise PvsimError(f"layout: more than {MAX_MODULES:,} modules; are the coordinates in metres?")
    if best is None:
        return Laid(_frozen(np.empty((0, 4))), _frozen(np.empty(0, dtype=np.intp)))
    return _placed(pattern, *best)


def _positions(pattern: Pattern, low: float, high: float) -> Iterator[tuple[Array, Index]]:
    """Lower edges and faces of all strips between two heights, (S,) each, at the positions tried, lowest first.

    Blocks of periods are counted from the lowest edge or back from the highest, so an image turned over has the
    same positions.
    """
    if high - low < pattern.depth_m - TOLERANCE_M:
        return
    if (high - low) / pattern.period_m * len(pattern.strips) > MAX_MODULES:
        raise PvsimError(f"layout: more than {MAX_MODULES:,} strips of modules; are the coordinates in metres?")
    offset, face = (np.array(v) for v in zip(*pattern.strips, strict=True))
    offset = offset - offset.min()
    periods, walkway = 1, 0.0
    if pattern.walkways_across and pattern.block_m < high - low:
        room = pattern.block_m - offset.max() - pattern.depth_m + TOLERANCE_M
        periods, walkway = max(int(room // pattern.period_m), 0) + 1, pattern.walkway_m
    block = periods * pattern.period_m + walkway
    within = (np.arange(periods)[:, None] * pattern.period_m + offset).ravel()
    lower = (np.arange(-1, int((high - low) // block) + 2)[:, None] * block + within).ravel()
    face = np.resize(face, lower.size).astype(np.intp)
    order = np.argsort(lower, kind="stable")
    lower, face = lower[order], face[order]

    tried = np.arange(OFFSETS) * pattern.period_m / OFFSETS
    downward = high - low - pattern.depth_m - within.max() - tried
    for start in np.sort(np.append(tried, downward % block)):
        y = low + start + lower
        inside = (y >= low - TOLERANCE_M) & (y + pattern.depth_m <= high + TOLERANCE_M)
        yield y[inside], face[inside]


def _block(pattern: Pattern) -> tuple[int, float, float]:
    """Modules of a block, and the distances from module to module and from block to block along x."""
    pitch = pattern.along_m + pattern.gap_m
    modules = int(np.clip(np.floor((pattern.block_m + pattern.gap_m + TOLERANCE_M) / pitch), 1, MAX_MODULES))
    return modules, pitch, modules * pitch + pattern.walkway_m


def _how_many(pattern: Pattern, length: Array) -> Index:
    """Modules side by side in free intervals of these lengths, each with blocks of its own."""
    modules, pitch, block = _block(pattern)
    whole = np.floor(length / block)
    rest = np.floor((length - whole * block + pattern.gap_m + TOLERANCE_M) / pitch)
    return (whole * modules + np.minimum(rest, modules)).astype(np.intp)


def _placed(pattern: Pattern, count: Index, left: Array, lower: Array, face: Index) -> Laid:
    """Corners of the modules of each interval."""
    modules, pitch, block = _block(pattern)
    of = np.repeat(np.arange(count.size), count)
    nth = np.arange(of.size) - np.repeat(np.cumsum(count) - count, count)
    x0 = left[of] + nth // modules * block + nth % modules * pitch
    height = pattern.depth_m / pattern.modules_up
    x0, of = np.repeat(x0, pattern.modules_up), np.repeat(of, pattern.modules_up)
    y0 = lower[of] + np.resize(np.arange(pattern.modules_up), of.size) * height
    corners = np.column_stack([x0, y0, x0 + pattern.along_m, y0 + height])
    return Laid(_frozen(corners), _frozen(face[of]))


# --- what is free ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Edges:
    """Edges of all shapes, (E,) each, from the lower end (x, y) by (dx, dy); rings one after the other."""

    x: Array
    y: Array
    dx: Array
    dy: Array
    east: Array  # dx over the length
    radius: Array  # forbidden around the edge
    first: Index  # (R,) where each ring begins; the outline is the first


def _edges(ring: Array, kept_free: Sequence[Polygon | Disc], setback_m: float) -> _Edges:
    """The outline and what is kept free; a wall is a ring of two edges, a disc of one without length."""
    _not_negative(setback_m, "setback_m")
    rings, radii = [ring], [setback_m]
    for number, shape in enumerate(kept_free, 1):
        if isinstance(shape, Disc):
            rings.append(np.array([[shape.x_m, shape.y_m]], dtype=float))
            radii.append(shape.radius_m + shape.margin_m)
        else:
            rings.append(_checked(shape.points, f"shape {number} kept free", wall=True))
            radii.append(shape.margin_m)
    size = np.array([len(r) for r in rings])
    start, end = np.concatenate(rings), np.concatenate([np.roll(r, -1, axis=0) for r in rings])
    turned = (start[:, 1] > end[:, 1])[:, None]
    start, end = np.where(turned, end, start), np.where(turned, start, end)
    (x, y), (dx, dy) = start.T, (end - start).T
    length = np.hypot(dx, dy)
    east = np.divide(dx, length, out=np.zeros_like(dx), where=length > 0)
    return _Edges(x, y, dx, dy, east, np.repeat(radii, size), np.cumsum(size) - size)


def _forbidden(edges: _Edges, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Interval of x that each edge forbids to each strip, (S, E); from inf to -inf where it forbids none.

    With g the height from the strip to a point of the edge, the interval reaches sqrt(r^2 - g^2) beyond that point.
    The sum is concave along the edge and has its maximum where g is r times the edge's share of x, on the side the
    edge leans to; if the edge ends before, at that end.
    """
    lower, upper = lower[:, None], upper[:, None]
    r, level = edges.radius, edges.dy < TOLERANCE_M / 1000
    inverse = np.divide(1.0, edges.dy, out=np.zeros_like(edges.dy), where=~level)
    ends = []
    for side in (-1.0, 1.0):
        lean = side * edges.east
        best = (np.where(lean >= 0, upper, lower) + r * lean - edges.y) * inverse
        best = np.where(level, lean > 0, np.clip(best, 0.0, 1.0))
        y = edges.y + best * edges.dy
        g = np.maximum(np.maximum(lower - y, y - upper), 0.0)
        ends.append(edges.x + best * edges.dx + side * np.sqrt(np.maximum(r**2 - g**2, 0.0)))
    touches = (edges.y + edges.dy > lower - r) & (edges.y < upper + r)
    return np.where(touches, ends[0], np.inf), np.where(touches, ends[1], -np.inf)


def _free(edges: _Edges, lower: Array, upper: Array, least: float) -> tuple[Index, Array, Array]:
    """Free intervals of at least some length: number of the strip, left and right end, (G,) each."""
    step = max(CHUNK // edges.x.size, 1)
    found = []
    for begin in range(0, lower.size, step):
        y0, y1 = lower[begin : begin + step], upper[begin : begin + step]
        left, right = _forbidden(edges, y0, y1)
        order = np.argsort(left, axis=1)
        left, right = np.take_along_axis(left, order, 1), np.take_along_axis(right, order, 1)
        # the hull of the edges holds the roof: left of the first interval and right of the last there is none of it
        reached, following = np.maximum.accumulate(right, axis=1)[:, :-1], left[:, 1:]
        strip, place = np.nonzero((following - reached > max(least, 0.0)) & (following < np.inf))
        left, right = reached[strip, place], following[strip, place]
        # no edge comes into a free interval, so its middle speaks for all of it
        inside = _on_roof(edges, (left + right) / 2, (y0 + y1)[strip] / 2)
        found.append((begin + strip[inside], left[inside], right[inside]))
    strips, lefts, rights = zip(*found, strict=True) if found else ((np.empty(0, int),), (np.empty(0),), (np.empty(0),))
    return np.concatenate(strips), np.concatenate(lefts), np.concatenate(rights)


def _on_roof(edges: _Edges, x: Array, y: Array) -> Mask:
    """Whether points (G,) lie inside of the outline and outside of every other ring, by even and odd crossings."""
    wanted = np.arange(edges.first.size) == 0
    step = max(CHUNK // edges.x.size, 1)
    found = np.zeros(x.size, dtype=bool)
    for part in (slice(i, i + step) for i in range(0, x.size, step)):
        px, py = x[part, None], y[part, None]
        right = (edges.y <= py) & (py < edges.y + edges.dy) & ((px - edges.x) * edges.dy < (py - edges.y) * edges.dx)
        odd = np.add.reduceat(right, edges.first, axis=1, dtype=np.intp) % 2 == 1
        found[part] = (odd == wanted).all(axis=1)
    return found


# --- outlines ----------------------------------------------------------------------------------------------


def _checked(points: ArrayLike, name: str, *, wall: bool = False) -> Array:
    """Corners (K, 2) without repeats; a wall may have two of them and no area.

    Raises
    ------
    PvsimError : no outline, with what is wrong with it
    """
    ring: Array = np.asarray(points, dtype=float)
    if ring.ndim != 2 or ring.shape[1] != 2:
        raise PvsimError(f"layout: {name} must be rows of x and y")
    if not np.isfinite(ring).all():
        raise PvsimError(f"layout: {name} has a coordinate that is no finite number")
    if len(ring) > MAX_CORNERS:
        raise PvsimError(f"layout: {name} has {len(ring)} corners; at most {MAX_CORNERS} are possible, simplify it")
    ring = ring[np.hypot(*(ring - np.roll(ring, 1, axis=0)).T) > TOLERANCE_M]
    if len(ring) < 3 - wall:
        raise PvsimError(f"layout: {name} has {len(ring)} different corners; at least {3 - wall} are needed")
    crossing = _crossing(ring)
    if crossing is not None:
        one, two = (f"({ring[i][0]:g}, {ring[i][1]:g})" for i in crossing)
        raise PvsimError(
            f"layout: {name} crosses itself: the sides that begin at {one} and {two} meet; "
            "its corners must stand in order around it"
        )
    if not wall and area_m2(ring) <= TOLERANCE_M * np.hypot(*np.diff(ring, axis=0).T).sum():
        raise PvsimError(f"layout: {name} has no area: all of its corners lie on one line")
    return ring


def _crossing(ring: Array) -> tuple[int, int] | None:
    """Two sides of a ring that cross, or None; sides that only touch, as those of a clipped outline do, do not."""
    (dx, dy), (x, y) = (np.roll(ring, -1, axis=0) - ring).T[:, :, None], ring.T
    length = np.hypot(dx, dy)
    off = (dx * (y - y[:, None]) - dy * (x - x[:, None])) / length  # (side, corner): distance, left positive
    on = (dx * (x - x[:, None]) + dy * (y - y[:, None])) / length  # and how far along the side
    off = np.where(np.abs(off) <= TOLERANCE_M, 0.0, off)
    before, after = np.roll(off, 1, axis=1), np.roll(off, -1, axis=1)
    apart = off * after < 0
    through = (off == 0) & (on > TOLERANCE_M) & (on < length - TOLERANCE_M) & (before * after < 0)
    found = np.argwhere((apart & apart.T) | through)
    return (int(found[0][0]), int(found[0][1])) if len(found) else None


def _signed_m2(ring: Array) -> float:
    x, y = (ring - ring[:1]).T  # seen from a corner: far from the origin the products lose their digits
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def area_m2(outline: ArrayLike) -> float:
    """Area of a polygon (K, 2) in either direction; 0 for fewer than three corners."""
    return abs(_signed_m2(np.asarray(outline, dtype=float).reshape(-1, 2)))


def _cut(ring: Array, height: Array) -> Array:
    """The part of a polygon where the height, linear in x and y and given at its corners, is not negative."""
    other = np.roll(height, -1)
    kept, crosses = height >= 0, (height >= 0) != (other >= 0)
    share = np.divide(height, height - other, out=np.zeros_like(height), where=crosses)
    cut = ring + share[:, None] * (np.roll(ring, -1, axis=0) - ring)
    part: Array = np.stack([ring, cut], axis=1)[np.stack([kept, crosses], axis=1)]
    return part


def clipped(outline: ArrayLike, y_m: float, *, above: bool) -> Array:
    """The part of an outline above or below a height y, (K, 2); (0, 2) where nothing of it is.

    Sutherland and Hodgman's clipping (doi:10.1145/360767.360802): the parts of a concave outline hang together by
    sides along the cut, which cover each other; ``fit`` and the areas take that well.
    """
    ring = _checked(outline, "the outline to be cut")
    part = _cut(ring, (ring[:, 1] - y_m) * (1.0 if above else -1.0))
    return part if area_m2(part) > TOLERANCE_M**2 else np.empty((0, 2))


def shrunk_area_m2(outline: ArrayLike, setback_m: float) -> float:
    """Area of the points of an outline that are at least a setback away from every side.

    Exact for a convex outline, by half planes. For a concave one the free lengths of some ``SCAN_LINES`` lines are
    summed, which is good to 1e-5 of the outline's area.
    """
    ring = _checked(outline, "the outline")
    _not_negative(setback_m, "setback_m")
    sides = np.roll(ring, -1, axis=0) - ring
    inward = np.column_stack([-sides[:, 1], sides[:, 0]]) / np.hypot(*sides.T)[:, None] * np.sign(_signed_m2(ring))
    if ((np.roll(sides, -1, axis=0) * inward).sum(axis=1) >= -TOLERANCE_M).all():
        part = ring
        for corner, normal in zip(ring, inward, strict=True):
            part = _cut(part, (part - corner) @ normal - setback_m)
        return area_m2(part)
    low, high = ring[:, 1].min() + setback_m, ring[:, 1].max() - setback_m
    if low >= high:
        return 0.0
    # the free length has kinks at the heights of the corners and one setback from them
    kinks = np.unique(np.clip((ring[:, 1:] + np.array([-1, 0, 1]) * setback_m).ravel(), low, high))
    lines = np.maximum(np.ceil(np.diff(kinks) / (high - low) * SCAN_LINES).astype(int), 1)
    step = np.repeat(np.diff(kinks) / lines, lines)
    y = low + np.cumsum(step) - step / 2
    line, left, right = _free(_edges(ring, (), setback_m), y, y, 0.0)
    return float(((right - left) * step[line]).sum())
