"""The blocks ``roofs``, ``shading`` and ``cleaning`` of the result document."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pvsim.physics.ledger import STEPS
from pvsim.physics.rows import SOLSTICE_HOURS

if TYPE_CHECKING:
    from pvsim.studies.result import Result
    from pvsim.studies.roofs import RoofPlan

CAUSES = ("horizon_percent", "obstacles_percent", "rows_percent", "partial_shade_percent")
REAR = [step.name for step in STEPS].index("rear gain")


def is_laid_out(plan: RoofPlan) -> bool:
    """Whether the scenario says more of a roof than one plane and its panels."""
    return plan.laid is not None or plan.shape != "plane"


def roofs_block(result: Result) -> list[dict[str, Any]]:
    """Each [[roof]] that has a shape or an outline: what fits, how its rows stand, what it bears."""
    return [_roof(result, plan) for plan in result.hardware.plans if is_laid_out(plan)]


def _roof(result: Result, plan: RoofPlan) -> dict[str, Any]:
    planes = [result.system.planes[i] for i in plan.planes]
    roof = result.scenario.roof[plan.planes[0]]
    module = result.hardware.module_of(roof)
    panels = sum(p.panels for p in planes)
    # of all that fit, so that it does not depend on how many were bought
    covered = sum(plan.fits) * module.area_m2 * float(np.cos(np.radians(roof.surface_tilt)))
    long, short = module.sides_m
    rows = plan.rows
    return {
        "name": plan.name,
        "shape": plan.shape,
        "planes": [p.name for p in planes],
        "panels": panels,
        "panels_fit": sum(plan.fits) if plan.laid is not None else None,
        "module_length_m": long,
        "module_width_m": short,
        "roof_area_m2": plan.area_m2,
        "usable_area_m2": plan.usable_m2,
        "covered_fraction": None if not plan.usable_m2 else covered / plan.usable_m2,
        "pitch_m": None if rows is None else rows.pitch_m,
        "ground_coverage_ratio": None if rows is None else rows.ground_coverage_ratio,
        "solstice_pitch_m": plan.solstice_pitch_m,
        "solstice_clock": None if plan.solstice_pitch_m is None else list(solstice_clock(result)),
        "array_kg_per_m2": roof.effective_array_kg_per_m2,
        "spare_load_kg_per_m2": roof.spare_load_kg_per_m2,
    }


def solstice_clock(result: Result) -> tuple[str, str]:
    """When it is 09:00 and 15:00 true solar time on the shortest day, by the clock of the weather."""
    weather = result.weather
    day = np.datetime64("2025-12-21" if weather.latitude >= 0 else "2025-06-21")
    noon = _solar_noon_hour(day, weather.longitude, weather.axis.utc_offset_minutes)
    hours = (noon - SOLSTICE_HOURS, noon + SOLSTICE_HOURS)
    first, last = (f"{int(m // 60) % 24:02d}:{int(m % 60):02d}" for m in (round(60 * h) for h in hours))
    return first, last


def _solar_noon_hour(day: np.datetime64, longitude: float, utc_offset_minutes: int) -> float:
    """Solar noon by the clock, hours; pvlib's equation of time."""
    from pvlib.solarposition import equation_of_time_spencer71

    number = int((day - day.astype("datetime64[Y]")).astype(int)) + 1
    late = utc_offset_minutes - 4 * longitude - float(equation_of_time_spencer71(number))
    return 12 + late / 60


def shading_block(result: Result) -> list[dict[str, Any]]:
    """What shades each plane: shares of the light that is left before each cause, over the year and by month."""
    found = []
    for plane, light in sorted(result.found.shaded_kwh_per_m2.items()):
        summary = result.system.planes[plane]
        before, after = light[:-1].sum(axis=1), light[1:].sum(axis=1)
        rear = summary.ledger_kwh[REAR] / summary.ledger_kwh[REAR - 1] - 1 if summary.ledger_kwh[REAR - 1] else 0.0
        found.append(
            {
                "name": summary.name,
                "poa_kwh_per_m2": float(light[0].sum()),
                **{cause: _percent(b, a) for cause, b, a in zip(CAUSES, before, after, strict=True)},
                "shaded_percent": _percent(light[0].sum(), light[-1].sum()),
                "rear_gain_percent": 100 * float(rear),
                "monthly_percent": [_percent(b, a) for b, a in zip(light[0], light[-1], strict=True)],
            }
        )
    return found


def _percent(before: float, after: float) -> float:
    return 100 * float(1 - after / before) if before > 0 else 0.0


def cleaning_block(result: Result) -> dict[str, Any]:
    """What each cleaning is worth in the first year, and the best further one."""
    cleaning = result.cleaning
    if cleaning is None:
        return {}
    return {
        "energy_lost_percent": cleaning.energy_lost_percent,
        "dates": [asdict(c) for c in cleaning.dates],
        "best": None if cleaning.best is None else asdict(cleaning.best),
    }
