"""A scenario becomes arrays, goes through the chain and comes out as a Result.

The only place that unpacks a Scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pvsim.errors import PvsimError, ScenarioError, UsageError, WeatherError
from pvsim.physics import ac, chain, dc, ledger, thermal
from pvsim.scenario.schema import Inverter, Module, Roof, Scenario
from pvsim.scenario.suspicions import suspicions
from pvsim.studies.asked import Allowed, member_request, request_of
from pvsim.studies.ensemble import Member, RandomYear
from pvsim.studies.notes import level_notes, prior_notes, region_of, spread_notes
from pvsim.studies.references import check_references, placed
from pvsim.studies.result import PlaneSummary, Result, System
from pvsim.studies.uncertainty import Budget, Part
from pvsim.weather.quality import gap_note
from pvsim.weather.record import Weather
from pvsim.weather.request import weather_for
from pvsim.weather.table import measured_poa, measured_temperature

COVERAGE_NEEDED = 0.9
ODD_DC_AC_RATIO = (0.5, 2.0)


def simulate(
    scenario: Scenario, *, allow_partial: bool = False, allow_path: bool = False, allow_distance: bool = False
) -> Result:
    """Simulate one scenario.

    Parameters
    ----------
    scenario : what ``pvsim.load`` returns
    allow_partial : accept weather that covers less than 90 % of the year
    allow_path : weather files may lie outside of the scenario's folder
    allow_distance : a climate or a weather file's place may be farther than 200 km from the site

    Raises
    ------
    ScenarioError
        When there is nothing to simulate, or the scenario points outside of what exists.
    WeatherError
        When the weather is missing, too far away or has too many gaps.
    """
    flags = {"allow_partial": allow_partial, "allow_path": allow_path, "allow_distance": allow_distance}
    return simulate_many([scenario], **flags)[0]


def simulate_many(
    scenarios: Iterable[Scenario],
    *,
    allow_partial: bool = False,
    allow_path: bool = False,
    allow_distance: bool = False,
) -> list[Result]:
    """Simulate scenarios in turn, as ``simulate`` does; those of one site share its sun and its weather."""
    if isinstance(scenarios, Scenario) or not isinstance(scenarios, Iterable):
        raise UsageError("simulate_many takes a list of scenarios; for one there is simulate")
    allowed = Allowed(allow_partial, allow_path, allow_distance)
    return [_simulate(s, allowed) for s in scenarios]


def _simulate(scenario: Scenario, allowed: Allowed) -> Result:
    if not isinstance(scenario, Scenario):
        raise UsageError(f"found {type(scenario).__name__}; simulate takes a Scenario, which pvsim.load(path) returns")
    if not scenario.roof:
        raise _invalid(scenario, "roof", "no [[roof]]", "at least one to simulate", "add a [[roof]] with panels")
    check_references(scenario, allow_path=allowed.path)
    try:
        weather, notes = _covering(weather_for(request_of(scenario, allowed)), allowed)
        years = _random_years(scenario, allowed)
    except WeatherError as error:
        raise placed(scenario, error) from error
    return _run(scenario, weather, notes, _members(scenario, allowed), years)


def _covering(weather: Weather, allowed: Allowed) -> tuple[Weather, tuple[str, ...]]:
    """A weather that covers enough of its years, and a warning where that is not all of them."""
    share, notes = gap_note(weather.covered(), weather.sun())
    coverage = min(share, float(weather.covered().mean()))
    if coverage < COVERAGE_NEEDED and not allowed.partial:
        raise WeatherError(
            f"{_file_or_station(weather)}: {weather.covered().mean():.1%} of the rows have weather and hold "
            f"{share:.1%} of the possible light of {_period(weather)}; {COVERAGE_NEEDED:.0%} of both are needed for an "
            f"annual figure (nothing is scaled up); missing are {_missing(weather)}; mend the file or accept a "
            "partial sum with --allow-partial"
        )
    return weather, notes


def _file_or_station(weather: Weather) -> str:
    """What a user calls this weather."""
    return weather.sources[0].document if weather.source == "file" and weather.sources else weather.station


def _period(weather: Weather) -> str:
    """Which years the rows stand for, and where they end if they end early."""
    if weather.year_count == 1 and weather.source == "climate":
        return "the year"
    days = weather.axis.local_datetime64()
    filled = np.flatnonzero(weather.covered())
    early = filled.size > 0 and filled[-1] < days.size - 1
    last = f", which ends at {str(days[filled[-1]]).replace('T', ' ')[:16]}" if early else ""
    return f"{str(days[0])[:10]} to {str(days[-1])[:10]}{last}"


def _members(scenario: Scenario, allowed: Allowed) -> tuple[Member, ...]:
    """The same roof under each source of ``[weather] ensemble``; one that cannot be used says why."""
    found = []
    for name in scenario.weather.ensemble:
        try:
            weather, notes = _covering(weather_for(member_request(scenario, name, allowed)), allowed)
            kwh = float(_computed(scenario, weather).plane_kwh.sum())
            ghi = weather.sum_kwh_per_m2(weather.ghi) if weather.has_ghi else None
            told = (*weather.warnings, *notes)
            found.append(Member(name, weather.station, ghi, kwh, None, float(weather.covered().mean()), told))
        except PvsimError as error:  # of this source; the others can still be compared
            found.append(Member(name, None, None, None, str(error)))
    return tuple(found)


def _random_years(scenario: Scenario, allowed: Allowed) -> tuple[RandomYear, ...]:
    """The same roof in years as they may fall: how far single years part."""
    first, count = scenario.weather.first_seed, scenario.weather.random_years or 0
    asked = request_of(scenario, allowed)
    found = []
    for seed in range(first, first + count):
        weather = weather_for(replace(asked, seed=seed))
        kwh = float(_computed(scenario, weather).plane_kwh.sum())
        found.append(RandomYear(seed, weather.sum_kwh_per_m2(weather.ghi), kwh))
    return tuple(found)


def _missing(weather: Weather) -> str:
    """Which series have gaps, and in how many rows."""
    gaps = {name: int(np.isnan(weather.series(name)).sum()) for name in weather.needed}
    return ", ".join(f"{name} in {count} of {weather.axis.rows} rows" for name, count in gaps.items() if count)


def weather_of(scenario: Scenario, *, allow_path: bool = False, allow_distance: bool = False) -> Weather:
    """The weather that a scenario asks for, however far it can be trusted: to look at, not to run.

    Raises
    ------
    ScenarioError, WeatherError
        As ``simulate``, but for gaps and for a level that nothing supports.
    """
    check_references(scenario, allow_path=allow_path)
    return weather_for(request_of(scenario, Allowed(path=allow_path, distance=allow_distance)), trusted=False)


def _invalid(scenario: Scenario, key: str, found: str, allowed: str, todo: str) -> ScenarioError:
    return ScenarioError(scenario.origin.file, [scenario.problem(key, found, allowed, todo)])


# --- scenario -> arrays --------------------------------------------------------------------------------------


def _run(
    scenario: Scenario,
    weather: Weather,
    notes: tuple[str, ...],
    members: tuple[Member, ...],
    random_years: tuple[RandomYear, ...],
) -> Result:
    found = _computed(scenario, weather)
    system = _system(scenario, found)
    region, guessed = region_of(scenario)
    return Result(
        scenario,
        weather,
        found,
        system,
        region=region,
        budget=_budget(scenario),
        members=members,
        random_years=random_years,
        warnings=(
            *suspicions(scenario),
            *weather.warnings,
            *notes,
            *level_notes(scenario, weather),
            *spread_notes(scenario, weather),
            *prior_notes(scenario, weather, found.plane_kwh.sum() / system.dc_kwp),
            *guessed,
            *_warnings(scenario, found),
        ),
    )


def _computed(scenario: Scenario, weather: Weather) -> chain.ChainResult:
    """The chain on this scenario's roofs under a weather."""
    modules = [scenario.module_of(r) for r in scenario.roof]
    inverters, index = _inverters(scenario, modules)
    panels = np.array([r.panels for r in scenario.roof], dtype=np.float64)
    return chain.compute(
        _arrays(weather),
        _planes(scenario, modules, index, weather.measured_names),
        inverters,
        models=_models(scenario),
        losses=_losses(scenario),
        albedo=scenario.physics.albedo,
        weights=panels / panels.sum(),
    )


def _arrays(weather: Weather) -> chain.WeatherArrays:
    # where every roof has light of its own, a gap in the sky's is no gap
    sky = (weather.ghi, weather.dhi, weather.dni)
    ghi, dhi, dni = sky if "ghi" in weather.needed else map(np.nan_to_num, sky)
    in_plane = [name.startswith("poa_global") for name in weather.measured_names]
    return chain.WeatherArrays(
        ghi, dhi, dni, weather.temp_air, weather.wind_speed,
        weather.sun(), weather.axis.step_minutes / 60 / weather.year_count,
        weather.measured, np.array(in_plane, dtype=bool),
    )  # fmt: skip


def _models(scenario: Scenario) -> chain.Models:
    physics = scenario.physics
    return chain.Models(physics.transposition, physics.iam, physics.temperature, scenario.module.model)


def _losses(scenario: Scenario) -> chain.Losses:
    def fraction(name: str) -> float:
        return float(getattr(scenario.losses, f"{name}_percent")) / 100

    return chain.Losses(
        fraction("shading"),
        fraction("soiling"),
        tuple(fraction(n) for n in ledger.DC_LOSSES),
        tuple(fraction(n) for n in ledger.AC_LOSSES),
    )


def _planes(
    scenario: Scenario, modules: Sequence[Module], index: Sequence[int], measured: Sequence[str]
) -> chain.Planes:
    def rows_of(names: Sequence[str | None]) -> np.ndarray[Any, np.dtype[np.intp]] | None:
        """Where each plane's measured column stands; -1 where it has none."""
        return np.array([measured.index(n) if n else -1 for n in names], dtype=np.intp) if measured else None

    model = scenario.physics.temperature
    heat = [
        thermal.parameters(model, roof.mounting, module.power_w / 1000 / module.effective_area_m2)
        for roof, module in zip(scenario.roof, modules, strict=True)
    ]
    return chain.Planes(
        surface_tilt=np.array([r.surface_tilt for r in scenario.roof], dtype=np.float64),
        surface_azimuth=np.array([r.azimuth_at(scenario.site.latitude) for r in scenario.roof], dtype=np.float64),
        pdc0=np.array([r.panels * m.power_w for r, m in zip(scenario.roof, modules, strict=True)], dtype=np.float64),
        gamma_pdc=np.array([m.gamma_percent_per_c / 100 for m in modules]),
        low_light_k=np.array([dc.low_light_k(m.low_light_loss_percent) for m in modules]),
        temperature_parameters={name: np.array([h[name] for h in heat]) for name in heat[0]},
        inverter_index=np.array(index, dtype=np.intp),
        poa_index=rows_of([r.poa_column and measured_poa(r.poa_column) for r in scenario.roof]),
        module_index=rows_of(
            [r.module_temperature_column and measured_temperature(r.module_temperature_column) for r in scenario.roof]
        ),
        module_rise=np.array([thermal.module_rise(r.mounting) for r in scenario.roof]) if measured else None,
    )


def _inverters(scenario: Scenario, modules: Sequence[Module]) -> tuple[chain.Inverters, list[int]]:
    """One pooled inverter for each inverter table in use, in order of first use."""
    names = list(dict.fromkeys(r.inverter for r in scenario.roof))
    index = [names.index(r.inverter) for r in scenario.roof]
    pdc0, eta = [], []
    for name in names:
        roofs = [r for r in scenario.roof if r.inverter == name]
        table = scenario.inverter_of(roofs[0])
        dc_w = sum(r.panels * m.power_w for r, m in zip(scenario.roof, modules, strict=True) if r.inverter == name)
        eta.append(_eta_inv_nom(table))
        pdc0.append(_rated_ac_w(table, dc_w) / eta[-1])
    return chain.Inverters(np.array(pdc0), np.array(eta)), index


def _rated_ac_w(inverter: Inverter, dc_w: float) -> float:
    if inverter.total_ac_kw is not None:
        return inverter.total_ac_kw * 1000
    return dc_w / (inverter.effective_dc_ac_ratio or 1.0)


def _eta_inv_nom(inverter: Inverter) -> float:
    if inverter.nominal_efficiency_percent is not None:
        return inverter.nominal_efficiency_percent / 100
    return ac.nominal_efficiency((inverter.effective_efficiency_percent or 100.0) / 100)


def _budget(scenario: Scenario) -> Budget:
    block = scenario.uncertainty

    def part(name: str, key: str, averages_out: bool = False) -> Part:
        said: dict[str, Any] = type(block).model_fields[key].json_schema_extra  # type: ignore[assignment]
        default = key not in block.model_fields_set
        source = f"{said['reason']} ({said['source']})" if default else "given in the scenario"
        return Part(name, float(getattr(block, key)), source, averages_out)

    return Budget(
        (
            part("resource level", "resource_level_percent"),
            part("interannual weather", "interannual_percent", averages_out=True),
            part("models", "model_percent"),
            part("losses", "losses_percent"),
        )
    )


# --- what the run found ---------------------------------------------------------------------------------------


def _system(scenario: Scenario, found: chain.ChainResult) -> System:
    modules = [scenario.module_of(r) for r in scenario.roof]
    inverters, _ = _inverters(scenario, modules)
    pairs = list(zip(scenario.roof, modules, strict=True))
    planes = tuple(
        PlaneSummary(r.name, r.panels, r.surface_tilt, r.azimuth_at(scenario.site.latitude), float(poa), float(kwh))
        for r, poa, kwh in zip(scenario.roof, found.poa_kwh_per_m2, found.plane_kwh, strict=True)
    )
    return System(
        panels=sum(r.panels for r in scenario.roof),
        dc_kwp=sum(r.panels * m.power_w for r, m in pairs) / 1000,
        ac_kw=float((inverters.pdc0 * inverters.eta_inv_nom).sum()) / 1000,
        module_area_m2=sum(r.panels * m.effective_area_m2 for r, m in pairs),
        planes=planes,
    )


def _faces_the_pole(roof: Roof, latitude: float) -> bool:
    towards_equator = 180.0 if latitude >= 0 else 0.0
    off = abs((roof.azimuth_at(latitude) - towards_equator + 180) % 360 - 180)
    return roof.surface_tilt > 0 and off > 90


def _warnings(scenario: Scenario, found: chain.ChainResult) -> tuple[str, ...]:
    notes = [
        f"{r.name} faces the pole (surface_azimuth {r.azimuth_at(scenario.site.latitude):g}, clockwise from north; "
        "where 0 means south, write 180)"
        for r in scenario.roof
        if _faces_the_pole(r, scenario.site.latitude)
    ]
    if not found.p_ac.any():
        notes.append("no energy is delivered at all: check losses, panels and weather")
    low, high = ODD_DC_AC_RATIO
    for name in dict.fromkeys(r.inverter for r in scenario.roof):
        roofs = [r for r in scenario.roof if r.inverter == name]
        dc_w = sum(r.panels * scenario.module_of(r).power_w for r in roofs)
        ratio = dc_w / _rated_ac_w(scenario.inverter_of(roofs[0]), dc_w)
        if not low <= ratio <= high:
            place = "" if name is None else f" of [inverters.{name}]"
            notes.append(f"DC/AC ratio {ratio:.2f}{place} is unusual; {low:g} to {high:g} is common")
    return tuple(notes)
