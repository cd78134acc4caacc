"""The result document: one JSON-ready dict whose keys are a contract.

No time of the day, no path, no host: the same scenario, weather and versions give the same bytes.
"""

from __future__ import annotations

import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pvlib
import pydantic
import scipy

from pvsim import __version__
from pvsim.impact.convert import impact_block
from pvsim.studies.against import compare_claim
from pvsim.studies.ensemble import spread, year_spread
from pvsim.studies.geometry import cleaning_block, roofs_block, shading_block
from pvsim.studies.money import finance_block, rules_block
from pvsim.studies.use import use_block

if TYPE_CHECKING:
    from pvsim.studies.result import Result

SCHEMA = 1


def document(result: Result) -> dict[str, Any]:
    """The document of a result; blocks that were not asked for are absent, None means "does not apply"."""
    scenario = result.scenario
    # a plant that draws more than it gives avoids nothing
    kwh = max(0.0, result.annual_kwh)
    used = None if result.use is None else max(0.0, min(kwh, result.use.sums["self_used_kwh"]))
    impact = impact_block(
        kwh, result.region, scenario.impact.factors, own_factors=result.own_factors, self_used_kwh=used
    )
    blocks: dict[str, Any] = {
        "schema": SCHEMA,
        "versions": versions(),
        "scenario": {"name": scenario.name, "sha256": scenario.origin.sha256},
        "warnings": list(result.warnings),
        "weather": _weather(result),
        "system": _system(result),
        "energy": _energy(result),
        "ledger": [asdict(line) for line in result.ledger],
        "lifetime": _lifetime(result),
        "impact": impact,
        "uncertainty": _uncertainty(result),
        "assumptions": [asdict(a) for a in result.assumptions],
    }
    if result.members:
        found = spread(result.members)
        blocks["ensemble"] = {
            "members": [asdict(m) for m in result.members],
            "spread": None if found is None else asdict(found),
        }
    if result.random_years:
        blocks["random_years"] = {
            "spread": asdict(year_spread(result.random_years)),
            "members": [asdict(y) for y in result.random_years],
        }
    if roofs := roofs_block(result):
        blocks["roofs"] = roofs
    if result.found.shaded_kwh_per_m2:
        blocks["shading"] = shading_block(result)
    if result.cleaning is not None:
        blocks["cleaning"] = cleaning_block(result)
    if result.use is not None:
        blocks["use"] = use_block(result)
        blocks["rules"] = rules_block(result)
    if scenario.finance is not None:
        blocks["finance"] = finance_block(result)
    if scenario.claim is not None:
        blocks["claim"] = _claim(result, scenario.claim.given(), impact)
    return blocks


def versions() -> dict[str, str]:
    """What computed the result; other versions may differ in the last digits or more."""
    return {
        "pvsim": __version__,
        "pvlib": pvlib.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "scipy": scipy.__version__,
        "pydantic": pydantic.VERSION,
    }


def _weather(result: Result) -> dict[str, Any]:
    weather = result.weather
    offsets, covered = weather.sun_offset_minutes, weather.covered()
    return {
        "source": weather.source,
        "station": weather.station,
        **({"stations": [asdict(s) for s in weather.stations], "seed": weather.seed} if weather.stations else {}),
        "label": weather.label,
        "step_minutes": weather.axis.step_minutes,
        # one number where every month agrees
        "sun_offset_minutes": offsets[0] if len(set(offsets)) == 1 else list(offsets),
        "coverage_fraction": result.coverage_fraction,
        "years": weather.years,
        **{
            # None where roofs have their own measured light and nothing is known of the horizontal
            f"{name}_kwh_per_m2": weather.sum_kwh_per_m2(weather.series(name)) if weather.has_ghi else None
            for name in ("ghi", "dhi", "dni")
        },
        "temp_air_mean_c": float(weather.temp_air[covered].mean()) if covered.any() else None,
        "repairs": dict(weather.repairs),
        "sources": [asdict(s) for s in weather.sources],
    }


def _system(result: Result) -> dict[str, Any]:
    system = result.system
    return {
        "panels": system.panels,
        "dc_kwp": system.dc_kwp,
        "ac_kw": system.ac_kw,
        "dc_ac_ratio": system.dc_ac_ratio,
        "module_area_m2": system.module_area_m2,
        "planes": [asdict(p) for p in system.planes],
        "modules": [asdict(m) for m in system.modules],
        "inverters": [asdict(i) for i in system.inverters],
    }


def _energy(result: Result) -> dict[str, Any]:
    """Energy of the first year; what a load would split is None as long as no load is given."""
    return {
        "annual_kwh": result.annual_kwh,
        "monthly_kwh": list(result.monthly_kwh),
        **({"by_year": [{"year": y, "annual_kwh": kwh} for y, kwh in result.by_year]} if result.by_year else {}),
        "specific_yield_kwh_per_kwp": result.specific_yield_kwh_per_kwp,
        "performance_ratio": result.performance_ratio,
        "kwh_per_panel": result.annual_kwh / result.system.panels,
        **_used(result),
    }


def _used(result: Result) -> dict[str, float | None]:
    """Where the energy goes; None as long as no load is given, but for what an export limit cuts off."""
    use = result.use
    if use is None:
        names = ("self_used_kwh", "exported_kwh", "imported_kwh", "curtailed_kwh", "storage_losses_kwh")
        nothing = dict.fromkeys((*names, "self_use_fraction", "self_sufficiency_fraction"))
        return {**nothing, "curtailed_kwh": _curtailed(result)}
    sums, load = use.sums, use.load_kwh
    return {
        **sums,
        "self_use_fraction": sums["self_used_kwh"] / result.annual_kwh if result.annual_kwh > 0 else None,
        "self_sufficiency_fraction": sums["self_used_kwh"] / load if load > 0 else None,
    }


def _curtailed(result: Result) -> float | None:
    """What the export limit cut off; None where there is none."""
    if result.scenario.site.export_limit_kw is None:
        return None
    left = {line.name: line.kwh for line in result.ledger}
    return left["availability"] - left["export limit"]


def _lifetime(result: Result) -> dict[str, Any]:
    """The 25-year table, its sum and its mean; of the weather of this run, which is no forecast of single years."""
    years = result.lifetime
    total = sum(y.annual_kwh for y in years)
    return {
        "years": [asdict(y) for y in years],
        "total_kwh": total,
        "mean_kwh": total / len(years),
        "mean_equivalent_hours": total / len(years) / result.system.dc_kwp,
    }


def _uncertainty(result: Result) -> dict[str, Any]:
    budget = result.budget
    return {
        "one_year": budget.one_year(result.annual_kwh).to_dict(),
        "long_term": budget.long_term(result.annual_kwh).to_dict(),
        "budget": [{"name": p.name, "sigma_percent": p.sigma_percent, "source": p.source} for p in budget.parts],
    }


def _claim(result: Result, claim: dict[str, Any], impact: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    spread = result.budget.one_year(result.annual_kwh)
    return compare_claim(
        claim,
        annual_kwh=result.annual_kwh,
        p10_kwh=spread.exceeded_with(0.10),
        p90_kwh=spread.exceeded_with(0.90),
        p01_kwh=spread.exceeded_with(0.01),
        p99_kwh=spread.exceeded_with(0.99),
        panels=result.system.panels,
        dc_kwp=result.system.dc_kwp,
        impact=impact,
        ghi_kwh_per_m2=result.weather.sum_kwh_per_m2(result.weather.ghi) if result.weather.has_ghi else None,
        latitude=result.weather.latitude,
        altitude=result.weather.altitude,
        lifetime_factors=[y.annual_kwh / result.lifetime[0].annual_kwh for y in result.lifetime]
        if result.annual_kwh > 0
        else (),
        partial=result.coverage_fraction < 0.999,
    )
