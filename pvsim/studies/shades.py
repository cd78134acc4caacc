"""What shades each plane of a scenario: hills, what stands on the roof, the next row; and what its back sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pvsim.physics import shading
from pvsim.physics.shade import Shade
from pvsim.scenario.roof import Obstacle, Roof
from pvsim.scenario.schema import Scenario
from pvsim.studies.hardware import Hardware
from pvsim.studies.references import beside
from pvsim.studies.roofs import RoofPlan

Array = NDArray[np.float64]

CLEARANCE_NEEDED_M = 0.3  # a judgement: endless rows do not say it, and low modules shade the ground that they see
SAMPLED = 1000  # modules whose shade is computed; all 8,000 of the reference roofs move the light by below 2e-4
FEW = 200
PIECES = 8  # of a parapet that runs up a slope
QUARTERS = (0.25, 0.75)


def with_shades(scenario: Scenario, hardware: Hardware) -> tuple[Hardware, tuple[str, ...]]:
    """The hardware with the shade of each plane, and what a reader of the result must know of it.

    Raises
    ------
    WeatherError
        When a horizon or a shading table cannot be read.
    """
    horizon, notes = _horizon(scenario)
    shades: dict[int, Shade] = {}
    told = [*notes]
    for plan in hardware.plans:
        for side, plane in enumerate(plan.planes):
            roof = scenario.roof[plane]
            tables, said = _tables(scenario, plan, roof, side)
            rear, why = _rear(scenario, plan, roof)
            told += [*said, *why]
            if horizon is None and not tables and plan.rows is None:
                continue
            shades[plane] = Shade(horizon, tables, plan.rows, scenario.physics.partial_shade, rear)
    return replace(hardware, shades=shades), tuple(dict.fromkeys(told))


def _horizon(scenario: Scenario) -> tuple[tuple[Array, Array] | None, tuple[str, ...]]:
    """Azimuth and height of the far horizon, and notes on how its file was read."""
    site = scenario.site
    if site.horizon_points:
        azimuth, elevation = np.array(sorted(site.horizon_points)).T
        return (azimuth, elevation), ()
    if site.horizon is None:
        return None, ()
    from pvsim.weather.horizon import read_horizon

    found, notes = read_horizon(beside(scenario, site.horizon))
    return (np.array(found.azimuth), np.array(found.elevation)), notes


def _tables(
    scenario: Scenario, plan: RoofPlan, roof: Roof, side: int
) -> tuple[tuple[shading.ShadeTable, ...], tuple[str, ...]]:
    """The table of the roof's obstacles, and of the file that it names."""
    cast = _cast(plan, roof, side)
    own = () if cast is None else (cast,)
    if roof.shading_table is None:
        return own, ()
    from pvsim.weather.shade_file import read_shade_table

    azimuth, elevation, shaded, notes = read_shade_table(beside(scenario, roof.shading_table))
    read = shading.ShadeTable(np.array(azimuth), np.array(elevation), np.array(shaded))
    both = (f"{roof.name}: {roof.shading_table} and the obstacles beside it both shade it",) if own else ()
    return (*own, read), (*notes, *both)


def _cast(plan: RoofPlan, roof: Roof, side: int) -> shading.ShadeTable | None:
    """The shade of the obstacles and the parapet on the modules of one plane."""
    if plan.laid is None or plan.outline is None:
        return None
    prisms = [*_prisms(plan, roof), *_parapet(plan, roof)]
    if not prisms:
        return None
    own = np.flatnonzero(plan.laid.face == side)
    own = own[np.linspace(0, own.size - 1, min(own.size, SAMPLED)).astype(np.intp)]
    x0, y0, x1, y1 = plan.laid.corners[own].T
    points = [
        np.column_stack([x0 + a * (x1 - x0), y0 + b * (y1 - y0)]) for a in QUARTERS for b in QUARTERS
    ]  # fmt: skip
    where = np.concatenate(points)
    height = _height(plan, roof, where) + roof.clearance_m + _lift(plan, roof, where, np.tile(y0, 4), side)
    module = np.tile(np.arange(own.size), 4)
    # of a few modules a shadow jumps from one to the next: their table is finer
    step = 2.0 if own.size <= FEW else 5.0
    return shading.cast(np.column_stack([where, height]), module, prisms, plan.y_azimuth, azimuth_step=step)


def _height(plan: RoofPlan, roof: Roof, where: Array) -> Array:
    """Height of the roof's own surface at places (K, 2) of the row frame: a slope's, a gable's, or 0 of a flat roof."""
    outline = np.zeros((1, 2)) if plan.outline is None else plan.outline
    y, low, high = where[:, 1], outline[:, 1].min(), outline[:, 1].max()
    slope = np.tan(np.radians(roof.surface_tilt))
    if plan.shape == "gable":
        return np.asarray(slope * np.maximum(0.0, np.minimum(y - low, high - y)))
    if _slopes(plan, roof):
        return np.asarray(slope * (y - low))
    return np.zeros(len(where))


def _lift(plan: RoofPlan, roof: Roof, where: Array, lower: Array, side: int) -> Array:
    """Height of points on tilted modules over their lower edge, on racks."""
    if _slopes(plan, roof):
        return np.zeros(len(where))
    up = where[:, 1] - lower
    depth = np.ptp(plan.laid.corners[0, [1, 3]]) if plan.laid is not None and plan.laid.count else 0.0
    return np.asarray(np.tan(np.radians(roof.surface_tilt)) * (depth - up if side else up))


def _prisms(plan: RoofPlan, roof: Roof) -> Iterator[shading.Prism | shading.Cylinder]:
    """The obstacles that rise above the roof."""
    for obstacle, points in plan.obstacles:
        if obstacle.height_m <= 0:
            continue
        top = obstacle.height_m + float(_height(plan, roof, points.mean(axis=0, keepdims=True))[0])
        yield _prism(obstacle, points, top)


def _prism(obstacle: Obstacle, points: Array, top_m: float) -> shading.Prism | shading.Cylinder:
    if obstacle.kind == "stack":
        return shading.Cylinder(float(points[0, 0]), float(points[0, 1]), (obstacle.diameter_m or 0.0) / 2, top_m)
    return shading.Prism(points, top_m)


def _parapet(plan: RoofPlan, roof: Roof) -> Iterator[shading.Prism]:
    """Walls along the edges of the outline, as high over the roof as it is there: on slopes in pieces."""
    if roof.parapet_m is None or plan.outline is None:
        return
    for start, end in zip(plan.outline, np.roll(plan.outline, -1, axis=0), strict=True):
        corners = np.linspace(start, end, 2 if start[1] == end[1] or not _slopes(plan, roof) else PIECES + 1)
        for wall in pairwise(corners):
            middle = np.mean(wall, axis=0, keepdims=True)
            yield shading.Prism(np.array(wall), roof.parapet_m + float(_height(plan, roof, middle)[0]))


def _slopes(plan: RoofPlan, roof: Roof) -> bool:
    """Whether the surface of the roof itself is tilted, and not only what stands on it."""
    return plan.shape == "gable" or (plan.shape == "plane" and roof.mounting != "rack")


def _rear(scenario: Scenario, plan: RoofPlan, roof: Roof) -> tuple[float, tuple[str, ...]]:
    """Share of the light on the back that counts, and why it does not where it was asked for."""
    percent = scenario.module_of(roof).bifaciality_percent
    if percent is None:
        return 0.0, ()
    if plan.rows is None or plan.shape != "racks":
        return 0.0, (
            f"{roof.name}: no gain by bifacial modules is counted: they need racks with pitch_m, and get 0 to 0.5 % "
            "parallel to a roof",
        )
    if roof.clearance_m < CLEARANCE_NEEDED_M:
        return 0.0, (
            f"{roof.name}: no gain by bifacial modules is counted: clearance_m = {roof.clearance_m:g} leaves "
            f"their back in the dark; {CLEARANCE_NEEDED_M:g} or more is needed",
        )
    losses = scenario.losses
    left = (1 - losses.rear_shading_percent / 100) * (1 - losses.rear_mismatch_percent / 100)
    return percent / 100 * left, ()
