"""Rules on how roofs and obstacles are stated: a shape with its keys, an outline once, a place to stand."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pvsim.scenario.fault import Fault, Given, composed, mapping, number, sequence
from pvsim.scenario.roof import PARALLEL_KG_PER_M2, RACK_KG_PER_M2
from pvsim.scenario.wording import closest, listed, quoted

TWO_SIDED = ("gable", "east-west")
IN_ROWS = ("racks", "east-west", "saw-tooth")
PANELS = "a whole number from 1 to 10,000,000 (modules), or length_m and width_m to lay as many as fit"
OF_KIND = {"box": ("length_m", "width_m"), "wall": ("x2_m", "y2_m"), "stack": ("diameter_m",)}
STEEPEST_TOOTH = 80.0  # degrees; the slope of a tooth is pitch_m / cos of it
MAX_GUESSES = 20  # "did you mean" is slow, and a hostile file could ask it a thousand times


def roof_faults(data: Given) -> Iterator[Fault]:
    """The rules on every roof, on the obstacles, and on the horizon."""
    roofs = [mapping(r) for r in sequence(data.get("roof"))]
    for index, roof in enumerate(roofs):
        for fault in (*_size_faults(roof), *_shape_faults(roof), *_load_faults(roof)):
            yield fault.below(("roof", index))
    yield from _obstacle_faults(data, roofs)
    site = mapping(data.get("site"))
    if site.get("horizon") is not None and site.get("horizon_points"):
        yield _twice(("site", "horizon_points"), "horizon", ("site", "horizon"))
    yield from (f.below(("site",)) for f in _horizon_faults(sequence(site.get("horizon_points"))))


def _twice(path: tuple[str | int, ...], other: str, also: tuple[str | int, ...] | None = None) -> Fault:
    return Fault(path, f"given together with {other}", "it is stated once", "remove one of them", also=also)


def _has(table: Given, *keys: str) -> bool:
    return all(table.get(key) not in (None, (), []) for key in keys)


def _drawn(roof: Given) -> bool:
    return _has(roof, "outline") or _has(roof, "length_m", "width_m")


def _shape(roof: Given) -> object:
    in_rows = _has(roof, "pitch_m") or _has(roof, "ground_coverage_ratio")
    return roof.get("shape") or ("racks" if in_rows else "plane")


def _size_faults(roof: Given) -> Iterator[Fault]:
    """Panels or an outline, and the outline once."""
    if roof.get("panels") is None and not _drawn(roof):
        yield Fault(("panels",), "missing", PANELS)
    if _has(roof, "outline"):
        for key in ("length_m", "width_m"):
            if _has(roof, key):
                yield _twice((key,), "outline", ("outline",))
    for key, other in (("length_m", "width_m"), ("width_m", "length_m")):
        if _has(roof, key) and not _has(roof, other) and not _has(roof, "outline"):
            yield Fault((key,), f"given without {other}", "a rectangle has both")
    if _has(roof, "parapet_m") and not _drawn(roof):
        yield Fault(
            ("parapet_m",), "given without an outline", "it stands along length_m and width_m, or outline", "add them"
        )


def _shape_faults(roof: Given) -> Iterator[Fault]:
    """The keys of rows belong to rows, and two slopes need two modules and no single instrument."""
    shape = _shape(roof)
    if _has(roof, "pitch_m") and _has(roof, "ground_coverage_ratio"):
        yield _twice(("ground_coverage_ratio",), "pitch_m", ("pitch_m",))
    for key in ("pitch_m", "ground_coverage_ratio"):
        if _has(roof, key) and shape in ("plane", "gable"):
            yield Fault((key,), f'given with shape = "{shape}"', f"{key} belongs to {listed(IN_ROWS)}")
    if shape == "racks" and not (_has(roof, "pitch_m") or _has(roof, "ground_coverage_ratio")):
        yield Fault(
            ("shape",),
            "racks without pitch_m",
            "rows need their distance: pitch_m or ground_coverage_ratio",
            "begin with pitch_m = 3; pvsim layout FILE then says which pitch keeps the shortest day free of shade",
        )
    if shape == "saw-tooth" and not _has(roof, "pitch_m"):
        yield Fault(("shape",), "saw-tooth without pitch_m", "teeth need their distance, pitch_m")
    tilt = number(roof.get("surface_tilt"))
    if shape == "saw-tooth" and STEEPEST_TOOTH < tilt <= 90:
        most = f'at most {STEEPEST_TOOTH:g} (degrees) with shape = "saw-tooth"'
        yield Fault(("surface_tilt",), f"found {tilt:g}", most, "upright teeth have no end")
    if shape in TWO_SIDED:
        panels = roof.get("panels")
        if isinstance(panels, int) and panels == 1:
            yield Fault(("panels",), "found 1", f'at least 2 with shape = "{shape}"')
        for key in ("poa_column", "module_temperature_column"):
            if _has(roof, key):
                todo = "write two [[roof]] tables, each with the column of its plane"
                yield Fault((key,), f'given with shape = "{shape}"', "one column measures one plane", todo)


def _load_faults(roof: Given) -> Iterator[Fault]:
    """What lies on the roof is not heavier than it bears."""
    spare = number(roof.get("spare_load_kg_per_m2"))
    usual = RACK_KG_PER_M2 if roof.get("mounting", "rack") == "rack" else PARALLEL_KG_PER_M2
    own = number(roof.get("array_kg_per_m2")) or usual
    if 0 < spare < own:
        yield Fault(
            ("spare_load_kg_per_m2",),
            f"{spare:g} kg/m2",
            f"modules, rails and ballast weigh {own:g} kg/m2 (array_kg_per_m2)",
            "a lighter way of mounting, or a stronger roof",
        )


def _obstacle_faults(data: Given, roofs: list[Given]) -> Iterator[Fault]:
    """Each obstacle has the sizes of its kind, and a roof with an outline to stand in."""
    names = [composed(name) if isinstance(name := r.get("name"), str) else f"roof {i + 1}" for i, r in enumerate(roofs)]
    by_name, exist = dict(zip(reversed(names), reversed(roofs), strict=True)), f"one of {listed(names)}"
    guesses: dict[str, str | None] = {}
    for index, obstacle in enumerate(map(mapping, sequence(data.get("obstacle")))):
        place, own = ("obstacle", index), obstacle.get("roof")
        yield from (f.below(place) for f in _kind_faults(obstacle))
        if not roofs:
            yield Fault(place, "given without a [[roof]]", "it stands in the plan of a roof")
        elif own is None and len(roofs) > 1:
            yield Fault((*place, "roof"), "missing", exist, "say in whose plan it stands")
        elif isinstance(own, str) and composed(own) not in by_name:
            if len(guesses) < MAX_GUESSES and own not in guesses:
                guesses[own] = closest(own, names[:100])
            guess = guesses.get(own)
            todo = f"did you mean {quoted(guess)}?" if guess else ""
            yield Fault((*place, "roof"), f"no roof is called {quoted(own)}", exist, todo)
        elif isinstance(own, str | None) and not _drawn(by_name[composed(own)] if own else roofs[0]):
            yield Fault(
                place, "on a roof without an outline", "length_m and width_m of the roof, or outline",
                "an obstacle has its place in the plan of a roof",
            )  # fmt: skip


def _kind_faults(obstacle: Given) -> Iterator[Fault]:
    """The sizes of its kind and no others."""
    kind = obstacle.get("kind", "box")
    if not isinstance(kind, str) or kind not in OF_KIND:
        return  # the type says so
    needed = " and ".join(OF_KIND[kind])
    for key in sorted({k for keys in OF_KIND.values() for k in keys}):
        if key in OF_KIND[kind] and not _has(obstacle, key):
            yield Fault((key,), "missing", f"a {kind} needs {needed}")
        elif key not in OF_KIND[kind] and _has(obstacle, key):
            yield Fault((key,), f"given with a {kind}", f"a {kind} has {needed}")


def _horizon_faults(points: object) -> Iterator[Fault]:
    """Azimuths clockwise from north, heights above the horizontal, one for each direction."""
    seen: dict[float, tuple[float, float]] = {}
    for place, pair in enumerate(sequence(points)):
        values = sequence(pair)
        if len(values) != 2 or not all(isinstance(v, int | float) and math.isfinite(v) for v in values):
            continue  # the type says so
        azimuth, height = number(values[0]), number(values[1])
        if not (0 <= azimuth <= 360 and 0 <= height <= 90):
            yield Fault(
                ("horizon_points", place),
                f"found [{azimuth:g}, {height:g}]",
                "azimuth 0 to 360, clockwise from north, then height 0 to 90 degrees",
                "counted from south, add 180" if azimuth < 0 else "",
            )
            continue
        if azimuth % 360 not in seen:
            seen[azimuth % 360] = (azimuth, height)
            continue
        # 0 and 360 are one direction, which a list may name at both ends
        other, its_height = seen[azimuth % 360]
        if azimuth == other or height != its_height:
            yield Fault(("horizon_points", place), f"azimuth {azimuth:g} again", "one height for each direction")
