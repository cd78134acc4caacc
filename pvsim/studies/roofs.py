"""Roofs become planes: shapes are spelled out, modules laid where an outline is known, and rows set at their pitch.

Two frames lie in a roof's plan, both in metres. The *plan* is the user's: its y axis points to ``plan_azimuth``. In the
*row frame* x runs along the rows and y up the slope of the first plane, away from where it faces.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import Problem, PvsimError, ScenarioError
from pvsim.physics import layout, rows
from pvsim.scenario.roof import Obstacle, Roof
from pvsim.scenario.roof_rules import IN_ROWS, TWO_SIDED
from pvsim.scenario.schema import Scenario
from pvsim.scenario.sizing import Size, roof_faults
from pvsim.scenario.wording import dotted
from pvsim.studies.devices import PvModule

Array = NDArray[np.float64]

STRING_MODULES = 18  # of a string whose length is not known
STEEPEST_PLAN = 80.0  # degrees
RIDGE_M = 0.3  # free on either side of a ridge or a valley
COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


@dataclass(frozen=True, eq=False)
class RoofPlan:
    """One [[roof]] of the file.

    Attributes
    ----------
    name, shape : as stated, or what counts
    index : of the [[roof]] in the file
    planes : numbers of its planes
    outline : (K, 2) of the roof in the row frame, m; None where it is not drawn
    obstacles : of this roof, and their corners (K, 2) in the row frame; a stack's is its middle (1, 2)
    laid : the modules that lie there, in the row frame; ``face`` is 0 on the first plane, 1 on the second
    fits : modules that fit on each plane
    y_azimuth : where the row frame's y axis points, degrees clockwise from north
    area_m2, usable_m2 : in plan, and less the setbacks
    rows : of modules behind each other; None where there are none
    solstice_pitch_m : which the shortest day asks for; None without rows or without sun
    """

    name: str
    shape: str
    index: int
    planes: tuple[int, ...]
    outline: Array | None
    obstacles: tuple[tuple[Obstacle, Array], ...]
    laid: layout.Laid | None
    fits: tuple[int, ...]
    y_azimuth: float
    area_m2: float | None
    usable_m2: float | None
    rows: rows.Rows | None
    solstice_pitch_m: float | None


def spelled_out(scenario: Scenario, modules: Mapping[str | None, PvModule]) -> tuple[Scenario, tuple[RoofPlan, ...]]:
    """A scenario whose roofs are single planes with their panels, and the roofs that these came from.

    Parameters
    ----------
    scenario : what was read
    modules : by the name that roofs give; a roof whose module is missing there is left as it is

    Raises
    ------
    ScenarioError
        Where nothing fits, less fits than is asked for, or an outline is none.
    """
    planes: list[Roof] = []
    plans: list[RoofPlan] = []
    origins: list[int] = []
    problems: list[Problem] = []
    for index, roof in enumerate(scenario.roof):
        module = modules.get(roof.module)
        if module is None:
            planes.append(roof)
            origins.append(index)
            continue
        try:
            plan, made = _planned(scenario, index, roof, module, len(planes))
        except ScenarioError as error:
            problems += error.problems
            continue
        plans.append(plan)
        planes += made
        origins += [index] * len(made)
    problems += _same_names(scenario, planes, origins)
    if problems:
        raise ScenarioError(scenario.origin.file, problems)
    if len(planes) == len(scenario.roof) and all(a is b for a, b in zip(planes, scenario.roof, strict=True)):
        return scenario, tuple(plans)
    return scenario.with_planes(planes, origins), tuple(plans)


def _same_names(scenario: Scenario, planes: list[Roof], origins: list[int]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for roof, origin in zip(planes, origins, strict=True):
        other = seen.setdefault(roof.name.casefold(), origin)
        if other != origin:
            found = f'a plane of another roof is called "{roof.name}", too'
            yield scenario.problem(f"roof[{origin}].name", found, "every plane has its own name", "rename one roof")


def _planned(
    scenario: Scenario, index: int, roof: Roof, module: PvModule, first: int
) -> tuple[RoofPlan, tuple[Roof, ...]]:
    """The plan of a roof and its planes, the first of which gets the number ``first``."""
    faces = _faces(roof, scenario.site.latitude)
    y_azimuth = (faces[0] + 180.0) % 360.0
    in_rows = _rows(roof, module)
    _refuse_impossible(scenario, index, roof, in_rows, len(faces))
    outline = _outline(roof, y_azimuth)
    found: tuple[layout.Laid | None, tuple[int, ...], tuple[tuple[Obstacle, Array], ...]] = (None, (), ())
    area = usable = None
    if outline is not None:
        try:
            area, usable = layout.area_m2(outline), layout.shrunk_area_m2(outline, roof.setback_m)
            found = _laid(scenario, index, roof, module, in_rows, outline, y_azimuth)
        except PvsimError as error:
            if isinstance(error, ScenarioError):
                raise
            key = "outline" if roof.outline else "length_m"
            raise _refused(scenario, f"roof[{index}].{key}", str(error), "") from None
    laid, fits, obstacles = found
    panels = _shared(roof, laid, fits, len(faces))
    faults = roof_faults(index, roof, sum(panels), Size(module.power_w, module.area_m2))
    problems = [scenario.problem(dotted(f.path), f.found, f.allowed, f.todo) for f in faults]
    if problems:
        raise ScenarioError(scenario.origin.file, problems)
    solstice = None
    if in_rows is not None:
        asked = [
            rows.solstice_pitch_m(in_rows.collector_width_m, roof.surface_tilt, face, scenario.site.latitude)
            for face in faces
        ]
        solstice = None if None in asked else max(a for a in asked if a is not None)
    plan = RoofPlan(
        roof.name, roof.effective_shape, index, tuple(range(first, first + len(faces))), outline, obstacles,
        None if laid is None else _first_of(laid, panels), fits, y_azimuth, area, usable, in_rows, solstice,
    )  # fmt: skip
    return plan, _planes(roof, faces, panels)


def _refuse_impossible(scenario: Scenario, index: int, roof: Roof, in_rows: rows.Rows | None, faces: int) -> None:
    """Rows that would lie on each other, and a plan that is seen from its edge.

    Raises
    ------
    ScenarioError
        With the line.
    """
    if roof.is_drawn and roof.surface_tilt > STEEPEST_PLAN:
        raise _refused(
            scenario, f"roof[{index}].surface_tilt", f"{roof.surface_tilt:g} degrees with an outline",
            f"at most {STEEPEST_PLAN:g} degrees: a plan is drawn from above", "say panels instead of an outline",
        )  # fmt: skip
    if in_rows is None:
        return
    width = (in_rows.high - in_rows.low) * in_rows.collector_width_m
    depth = faces * width * math.cos(math.radians(roof.surface_tilt))
    if depth > in_rows.pitch_m + 1e-6 or width > in_rows.collector_width_m + 1e-6:
        key = "pitch_m" if roof.pitch_m is not None else "ground_coverage_ratio"
        raise _refused(
            scenario, f"roof[{index}].{key}", f"rows are {in_rows.pitch_m:.2f} m apart",
            f"modules take {depth:.2f} m of it, horizontally",
            "a larger pitch_m, fewer modules_up, or orientation = \"landscape\"",
        )  # fmt: skip


def _faces(roof: Roof, latitude: float) -> tuple[float, ...]:
    """Where the planes of a shape face."""
    azimuth = roof.azimuth_at(latitude)
    return (azimuth, (azimuth + 180.0) % 360.0) if roof.effective_shape in TWO_SIDED else (azimuth,)


def _planes(roof: Roof, faces: tuple[float, ...], panels: tuple[int, ...]) -> tuple[Roof, ...]:
    """A roof for each face; one whose panels were given and that has one face is left as it is."""
    if len(faces) == 1 and roof.panels == panels[0]:
        return (roof,)
    made = []
    for face, count in zip(faces, panels, strict=True):
        changes: dict[str, Any] = {"panels": count}
        if len(faces) > 1:
            ending = f" ({COMPASS[round(face / 45) % 8]})"
            # the area and the capacity are of both
            changes |= {
                "name": roof.name[: 64 - len(ending)] + ending,
                "surface_azimuth": face,
                "area_m2": None,
                "capacity_kwp": None,
            }
        plane = roof.model_copy(update=changes)
        plane.model_fields_set.difference_update({"panels", "surface_azimuth"} - roof.model_fields_set)
        made.append(plane)
    return tuple(made)


# --- rows ----------------------------------------------------------------------------------------------------


def _rows(roof: Roof, module: PvModule) -> rows.Rows | None:
    """Rows of a shape that has them; pairs without a pitch stand a walkway apart where they are laid out."""
    shape = roof.effective_shape
    if shape not in IN_ROWS:
        return None
    up, _ = _sides(roof, module)
    tilt = math.radians(roof.surface_tilt)
    if shape == "saw-tooth":
        pitch = roof.pitch_m or 0.0
        slope = pitch / math.cos(tilt)
        room = int((slope - 2 * RIDGE_M + roof.gap_m) // (up + roof.gap_m))
        modules_up = roof.modules_up if "modules_up" in roof.model_fields_set else max(1, room)
        width = modules_up * up + (modules_up - 1) * roof.gap_m
        edge = (1 - width / slope) / 2  # below 0 they do not fit, and are refused
        return _blocked(rows.Rows(pitch, slope, roof.clearance_m, edge, 1 - edge), roof, modules_up)
    width = roof.modules_up * up + (roof.modules_up - 1) * roof.gap_m
    pitch = roof.pitch_m if roof.pitch_m is not None else width / (roof.ground_coverage_ratio or math.inf)
    if not pitch:
        if not roof.is_drawn:
            return None
        pitch = 2 * width * math.cos(tilt) + roof.walkway_m
    return _blocked(rows.Rows(pitch, width, roof.clearance_m), roof, roof.modules_up)


def _blocked(made: rows.Rows, roof: Roof, modules_up: int) -> rows.Rows:
    """The same rows with the blocks of cells that shade takes as a whole."""
    each = roof.shade_blocks or (2 if roof.orientation == "portrait" else 3)
    blocks = each * modules_up
    return replace(made, blocks=blocks, string_blocks=blocks * (roof.modules_in_series or STRING_MODULES))


def _sides(roof: Roof, module: PvModule) -> tuple[float, float]:
    """A module's size up the slope and along the row, m."""
    long, short = module.sides_m
    return (long, short) if roof.orientation == "portrait" else (short, long)


# --- plan ----------------------------------------------------------------------------------------------------


def _turned(points: Array, roof: Roof, y_azimuth: float) -> Array:
    """Points (K, 2) of the user's plan in the row frame."""
    own = y_azimuth if roof.plan_azimuth is None else roof.plan_azimuth
    angle = math.radians(own - y_azimuth)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.asarray(points @ np.array([[cos, -sin], [sin, cos]]), dtype=np.float64)


def _outline(roof: Roof, y_azimuth: float) -> Array | None:
    if not roof.is_drawn:
        return None
    if roof.outline:
        return _turned(np.array(roof.outline), roof, y_azimuth)
    length, width = roof.length_m or 0.0, roof.width_m or 0.0
    return _turned(np.array([(0.0, 0.0), (length, 0.0), (length, width), (0.0, width)]), roof, y_azimuth)


def _corners(obstacle: Obstacle) -> Array:
    """Corners of an obstacle in the user's plan; of a stack its middle."""
    x, y = obstacle.x_m, obstacle.y_m
    if obstacle.kind == "stack":
        return np.array([(x, y)])
    if obstacle.kind == "wall":
        return np.array([(x, y), (obstacle.x2_m or 0.0, obstacle.y2_m or 0.0)])
    dx, dy = (obstacle.length_m or 0.0) / 2, (obstacle.width_m or 0.0) / 2
    return np.array([(x - dx, y - dy), (x + dx, y - dy), (x + dx, y + dy), (x - dx, y + dy)])


def _laid(
    scenario: Scenario, index: int, roof: Roof, module: PvModule, in_rows: rows.Rows | None, outline: Array,
    y_azimuth: float,
) -> tuple[layout.Laid, tuple[int, ...], tuple[tuple[Obstacle, Array], ...]]:  # fmt: skip
    """Every module that fits, how many on each face, and the obstacles in the row frame."""
    own = tuple(
        (o, _turned(_corners(o), roof, y_azimuth)) for o in scenario.obstacle if o.roof is None or o.roof == roof.name
    )
    free: list[layout.Polygon | layout.Disc] = []
    for obstacle, points in own:
        if obstacle.kind == "stack":
            x, y = points[0]
            free.append(layout.Disc(float(x), float(y), (obstacle.diameter_m or 0.0) / 2, obstacle.margin_m))
        else:
            free.append(layout.Polygon(points, obstacle.margin_m))
    pattern = _pattern(roof, module, in_rows)
    if roof.effective_shape == "gable":
        ridge = float(outline[:, 1].min() + outline[:, 1].max()) / 2
        beyond = float(np.ptp(outline[:, 0])) + 1.0
        ends = np.array([(outline[:, 0].min() - beyond, ridge), (outline[:, 0].max() + beyond, ridge)])
        free.append(layout.Polygon(ends, RIDGE_M))
        laid = layout.fit(outline, free, pattern, roof.setback_m)
        laid = replace(laid, face=(laid.corners[:, 1] > ridge).astype(np.intp))
    else:
        laid = layout.fit(outline, free, pattern, roof.setback_m)
    sides = 2 if roof.effective_shape in TWO_SIDED else 1
    fits = tuple(int((laid.face == side).sum()) for side in range(sides))
    if min(fits) == 0 or sum(fits) < roof.panels:
        long, short = module.sides_m
        found = f"{sum(fits):,} modules of {long:.3f} m x {short:.3f} m fit"
        wanted = f"{roof.panels:,} panels" if roof.panels else f"at least {sides}"
        key = "panels" if roof.panels else "outline" if roof.outline else "length_m"
        todo = f"fewer panels, or another setback_m ({roof.setback_m:g}), walkway_m ({roof.walkway_m:g}) or pitch_m"
        raise _refused(scenario, f"roof[{index}].{key}", found, f"{wanted} are asked for", todo)
    return laid, fits, own


def _pattern(roof: Roof, module: PvModule, in_rows: rows.Rows | None) -> layout.Pattern:
    """How the modules of a shape lie in strips."""
    up, across = _sides(roof, module)
    cos = math.cos(math.radians(roof.surface_tilt))
    common = {"along_m": across, "gap_m": roof.gap_m, "walkway_m": roof.walkway_m, "block_m": roof.block_m}
    if in_rows is None:
        depth = up * cos
        step = depth + roof.gap_m * cos
        return layout.Pattern(
            **common, depth_m=depth, modules_up=1, strips=((0.0, 0),), period_m=step, walkways_across=True
        )
    depth = (in_rows.high - in_rows.low) * in_rows.collector_width_m * cos
    modules_up = max(1, round((depth / cos + roof.gap_m) / (up + roof.gap_m)))
    strips = ((0.0, 0), (depth, 1)) if roof.effective_shape == "east-west" else ((0.0, 0),)
    return layout.Pattern(
        **common, depth_m=depth, modules_up=modules_up, strips=strips, period_m=in_rows.pitch_m, walkways_across=False
    )


def _shared(roof: Roof, laid: layout.Laid | None, fits: tuple[int, ...], sides: int) -> tuple[int, ...]:
    """Panels of each face: as many as fit, or those asked for in the same shares."""
    if laid is not None and not roof.panels:
        return fits
    if sides == 1:
        return (roof.panels,)
    share = 0.5 if laid is None else fits[0] / sum(fits)
    one = min(max(1, round(roof.panels * share)), roof.panels - 1)
    if laid is not None:
        one = min(max(one, roof.panels - fits[1]), fits[0])
    return (one, roof.panels - one)


def _first_of(laid: layout.Laid, panels: tuple[int, ...]) -> layout.Laid:
    """The modules that are really there: of each face those laid first, from the eave up."""
    kept = np.zeros(laid.count, dtype=bool)
    for side, count in enumerate(panels):
        kept[np.flatnonzero(laid.face == side)[:count]] = True
    return laid if kept.all() else layout.Laid(laid.corners[kept], laid.face[kept])


def _refused(scenario: Scenario, key: str, found: str, allowed: str, todo: str = "") -> ScenarioError:
    return ScenarioError(scenario.origin.file, [scenario.problem(key, found, allowed, todo)])
