"""The assumptions register: every parameter in effect, why it is that, and who says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pvsim.impact.regions import NATIONAL
from pvsim.physics.ledger import AC_LOSSES, DC_LOSSES
from pvsim.scenario.equipment import EFFICIENCY
from pvsim.scenario.schema import Assumption, Block, Scenario, assumptions
from pvsim.scenario.weather_rules import PROVIDERS
from pvsim.studies.hardware import Hardware, table_path
from pvsim.studies.roofs import RoofPlan
from pvsim.studies.strings import Extremes
from pvsim.weather.record import Weather

JUDGEMENT = "judgement of the pvsim developers"


def register(scenario: Scenario, hardware: Hardware, weather: Weather, region: str) -> tuple[Assumption, ...]:
    """The parameters of the scenario and those that only the run can fill in, in the order of the file."""
    filled = tuple(_filled_in(scenario, hardware, weather, region))
    # what the run knows better takes the place of a default that does not count
    better = {row.key for row in filled} | _without_effect(scenario, hardware)
    rows = (*(row for row in assumptions(scenario) if not (row.default and row.key in better)), *filled)
    return tuple(_of_the_file(scenario.origin.roofs, rows))


def _of_the_file(roofs: tuple[int, ...], rows: Sequence[Assumption]) -> Iterable[Assumption]:
    """The rows by the [[roof]] of the file, where shapes were spelled out: what its planes share is said once."""
    if not roofs:
        return rows
    found: dict[str, Assumption] = {}
    for row in rows:
        plane = re.match(r"roof\[(\d+)\]", row.key)
        key = f"roof[{roofs[int(plane[1])]}]{row.key[plane.end() :]}" if plane else row.key
        if key not in found:
            found[key] = replace(row, key=key)
        elif key.endswith("].panels"):
            found[key] = replace(found[key], value=int(found[key].value) + int(row.value))
    return found.values()


def _without_effect(scenario: Scenario, hardware: Hardware) -> set[str]:
    """Defaults that no roof uses: of losses that every module states, and of a size that a count states."""
    found = set()
    if all(hardware.module_of(r).lid_percent is not None for r in scenario.roof):
        found.add("losses.lid_percent")
    planes = range(len(scenario.roof))
    if all(hardware.shade_is_computed(scenario, i) for i in planes):
        found.add("losses.shading_percent")
    if not any(s.rear for s in hardware.shades.values()):
        found |= {"losses.rear_shading_percent", "losses.rear_mismatch_percent"}
    if not any(s.tables or s.rows is not None for s in hardware.shades.values()):
        found.add("physics.partial_shade")
    for plan in hardware.plans:
        found |= {f"roof[{plane}].{key}" for plane in plan.planes for key in _unused_keys(plan)}
    for name, inverter in hardware.inverters.items():
        if inverter.title and not inverter.counted and scenario.inverter_of_name(name).count is not None:
            found.add(f"{table_path('inverter', name)}.dc_ac_ratio")
    return found


_OF_A_PLAN = ("setback_m", "walkway_m", "block_m", "gap_m", "orientation")


def _unused_keys(plan: RoofPlan) -> Iterator[str]:
    """Keys of a roof whose defaults count for nothing where it is not drawn or has no rows."""
    if plan.laid is None:
        yield from (key for key in _OF_A_PLAN if plan.rows is None or key not in ("orientation", "gap_m"))
    if plan.rows is None or plan.shape == "saw-tooth":
        yield "modules_up"
    if plan.rows is None and plan.laid is None:
        yield "clearance_m"


def _filled_in(scenario: Scenario, hardware: Hardware, weather: Weather, region: str) -> list[Assumption]:
    site, rows = scenario.site, []

    def assumed(key: str, value: float | str, unit: str, reason: str, source: str) -> None:
        rows.append(Assumption(key, value, unit, True, reason, source))

    if site.tz is None:
        # a provider's own clock is UTC, which is not the clock of any Chinese roof
        own = weather.source in PROVIDERS and weather.axis.utc_offset_minutes
        reason = "clock of the weather source" if not own else "clock of China; the provider's own is UTC"
        assumed("site.tz", weather.axis.utc_offset, "UTC offset", reason, weather.station)
    if site.altitude is None:
        whose = "altitude of the weather source; of the nearest climate's station where that says none"
        assumed("site.altitude", weather.altitude, "m", whose, weather.station)
    if site.region is None:
        assumed(
            "site.region",
            region,
            "",
            f"{'no climate station is near' if region == NATIONAL else 'province of the nearest climate station'}; "
            "picks the CO2 factors",
            "climates shipped with pvsim",
        )
    if weather.source == "climate" and scenario.weather.station is None and scenario.weather.path is None:
        reason = "the stations round the place, weighted by distance"
        assumed("weather.station", weather.station, "", reason, "climates shipped with pvsim")
    if scenario.weather.seed is None and (scenario.weather.year == "random" or scenario.weather.random_years):
        reason = "any number names one year among many alike"
        assumed("weather.seed", scenario.weather.first_seed, "", reason, JUDGEMENT)
    for i, roof in enumerate(scenario.roof):
        if roof.surface_azimuth is None:
            azimuth = roof.azimuth_at(site.latitude)
            assumed(
                f"roof[{i}].surface_azimuth",
                azimuth,
                "degrees clockwise from north",
                "towards the equator",
                JUDGEMENT,
            )
        if hardware.shade_is_computed(scenario, i) and roof.shading_percent is None:
            reason = "what shades it is computed from its obstacles, its parapet or its table"
            assumed(f"roof[{i}].shading_percent", 0.0, "%", reason, "pvsim design")
    for plan in hardware.plans:
        if plan.rows is not None and scenario.roof[plan.planes[0]].pitch_m is None:
            for plane in plan.planes:
                reason = "ground_coverage_ratio" if plan.shape != "east-west" else "pairs a walkway apart"
                assumed(f"roof[{plane}].pitch_m", round(plan.rows.pitch_m, 3), "m", reason, JUDGEMENT)
    rows += _hardware_rows(scenario, hardware)
    if scenario.outage and "availability_percent" not in scenario.losses.model_fields_set:
        assumed("losses.availability_percent", 0.0, "%", "standstill is stated by [[outage]]", "pvsim design")
    strung = zip(scenario.roof, hardware.in_series, strict=True)
    if any(n is not None and hardware.checks_strings(r) for r, n in strung):
        extremes = Extremes.of(scenario, weather)
        for key in ("coldest_c", "hottest_c"):
            if getattr(site, key) is None:
                reason = "a little beyond what this weather holds; decides whether strings fit their inverter"
                assumed(f"site.{key}", round(getattr(extremes, key), 1), "C", reason, weather.station)
    return rows


def _hardware_rows(scenario: Scenario, hardware: Hardware) -> Iterator[Assumption]:
    """What names and files say of modules and inverters, and what had to be chosen for them."""
    for name, module in hardware.modules.items():
        table, place = scenario.module_of_name(name), table_path("module", name)
        stated = module.stated in ("name", "pan", "iec61853")
        if module.stated == "datasheet" and table.power_w is None:
            yield Assumption(f"{place}.power_w", module.power_w, "W", True, "vmp_v x imp_a", module.source)
        if stated and table.model is None:
            model = {"cec": "single-diode", "pvsyst": "single-diode"}.get(module.model, module.model)
            yield Assumption(f"{place}.model", model, "", True, f"what its {module.stated} is made for", module.source)
        if stated and table.power_w is None:
            yield Assumption(f"{place}.power_w", module.power_w, "W", False, f"of {module.title}", module.source)
            if module.lid_percent is not None and table.lid_percent is None:
                reason = f"of {module.title}; losses.lid_percent, where it is given, holds instead"
                yield Assumption(f"{place}.lid_percent", module.lid_percent, "%", False, reason, module.source)
        if table.area_m2 is None:
            usual = module.power_w == 450 and table.efficiency_percent is None
            by = "2.094 m x 1.038 m" if usual else f"at {table.efficiency_percent or 100 * EFFICIENCY:g} % efficiency"
            source = JUDGEMENT if module.area_assumed else module.source
            reason = by if module.area_assumed else f"of {module.title}"
            yield Assumption(f"{place}.area_m2", module.area_m2, "m2", module.area_assumed, reason, source)
    for name, inverter in hardware.inverters.items():
        if inverter.counted:
            count = round(inverter.unit.rated_w * inverter.unit.count / inverter.rated_w)
            yield Assumption(
                f"{table_path('inverter', name)}.count", count, "", True, inverter.counted, inverter.source
            )
    for i, (roof, series) in enumerate(zip(scenario.roof, hardware.in_series, strict=True)):
        if roof.modules_in_series is None and series is not None:
            reason = "brings the string nearest to the inverter's rated voltage"
            source = hardware.inverter_of(roof).source
            yield Assumption(f"roof[{i}].modules_in_series", series, "modules", True, reason, source)


def ledger_sources(scenario: Scenario, hardware: Hardware) -> dict[str, str]:
    """Who set the parameter of each line of the ledger."""
    modules = "; ".join(dict.fromkeys(m.source for m in hardware.modules.values()))
    inverters = "; ".join(dict.fromkeys(i.source for i in hardware.inverters.values()))
    found = dict.fromkeys(("nominal in-plane energy", "nominal dc energy", "low light", "temperature"), modules)
    found |= dict.fromkeys(("inverter efficiency", "inverter clipping", "night consumption"), inverters)
    strung = zip(scenario.roof, hardware.in_series, strict=True)
    checked = any(n is not None and hardware.checks_strings(r) for r, n in strung)
    found["voltage window"] = inverters if checked else "strings or their voltages are not known"
    found["delivered"] = "what all lines leave"
    glasses = [m.glass for m in hardware.modules.values() if m.glass is not None]
    own = bool(glasses) and "iam" not in scenario.physics.model_fields_set
    found["incidence"] = "the module's own profile" if own else _said(scenario.physics, "iam")
    for name in ("shading", *DC_LOSSES, *AC_LOSSES):
        step = {"first_year_degradation": "first-year degradation"}.get(name, name.replace("_", " "))
        found[step] = _said(scenario.losses, f"{name}_percent")
    found |= _shade_said(scenario, hardware)
    found["soiling"] = _soiling_said(scenario)
    if any(hardware.shade_is_computed(scenario, i) for i in range(len(scenario.roof))):
        found["shading"] = "0 % where obstacles, a parapet or a table say it"
    for step, key in (("shading", "shading_percent"), ("soiling", "soiling_percent")):
        if any(getattr(roof, key) is not None for roof in scenario.roof):
            found[step] = f"by roof; else {found[step]}"
    lids = {roof.name: hardware.lid_percent(scenario, roof) for roof in scenario.roof}
    if set(lids.values()) != {scenario.losses.lid_percent}:
        found["lid"] = f"{', '.join(f'{v:g} %' for v in dict.fromkeys(lids.values()))}, of the modules: {modules}"
    if scenario.outage:
        also = f"; {found['availability']}" if "availability_percent" in scenario.losses.model_fields_set else ""
        found["availability"] = f"{len(scenario.outage)} periods of [[outage]]{also}"
    limit = scenario.site.export_limit_kw
    found["export limit"] = "no limit" if limit is None else f"given in the scenario: {limit:g} kW"
    return found


def _shade_said(scenario: Scenario, hardware: Hardware) -> dict[str, str]:
    """Who says what shades, and what the backs of modules see."""
    site, shades = scenario.site, hardware.shades.values()
    given = f"given in the scenario: {len(site.horizon_points)} points" if site.horizon_points else None
    if given is None and site.horizon is not None:
        given = f"the file {Path(site.horizon).name}"  # a folder is nobody's business who reads the result
    pitches = sorted({round(s.rows.pitch_m, 3) for s in shades if s.rows is not None})
    rear = sorted({s.rear for s in shades if s.rear})
    tables = any(s.tables for s in shades)
    return {
        "horizon": given or "an open horizon",
        "obstacles": "given in the scenario: obstacles, parapet or table" if tables else "none",
        "rows": f"pitch {', '.join(f'{p:g}' for p in pitches)} m; pvlib's infinite sheds" if pitches else "none",
        "partial shade": _said(scenario.physics, "partial_shade") if pitches or tables else "none",
        "rear gain": f"{', '.join(f'{100 * r:.3g} %' for r in rear)} of the light behind the modules; pvlib's infinite "
        "sheds"
        if rear
        else "none",
    }


def _said(block: Block, key: str) -> str:
    """A value with where it is from: given, or a default with its source."""
    value = getattr(block, key)
    shown = f"{value:g} %" if isinstance(value, int | float) else str(value)
    if key in block.model_fields_set:
        return f"given in the scenario: {shown}"
    extra: dict[str, Any] = type(block).model_fields[key].json_schema_extra  # type: ignore[assignment]
    return f"default {shown}: {extra['source']}"


def _soiling_said(scenario: Scenario) -> str:
    losses = scenario.losses
    if losses.soiling_monthly_percent:
        return "given in the scenario, by month"
    if losses.soiling_percent_per_day is not None:
        rate = f"{losses.soiling_percent_per_day:g} % a dry day"
        return f"given in the scenario: {rate}, washed by the weather's rain (Kimber et al. 2006 in pvlib)"
    if losses.soiling_percent is not None:
        return f"given in the scenario: {losses.soiling_percent:g} %"
    extra: dict[str, Any] = type(losses).model_fields["soiling_percent"].json_schema_extra  # type: ignore[assignment]
    return f"default {losses.effective_soiling_percent:g} %: {extra['source']}"
