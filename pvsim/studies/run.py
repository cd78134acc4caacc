"""A scenario becomes arrays, goes through the chain and comes out as a Result.

The only place that unpacks a Scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import PvsimError, ScenarioError, UsageError, WeatherError
from pvsim.physics import chain, ledger, thermal
from pvsim.physics.irradiance import Glass
from pvsim.scenario.roof_rules import TWO_SIDED
from pvsim.scenario.schema import Roof, Scenario
from pvsim.scenario.suspicions import suspicions
from pvsim.studies.asked import Allowed, member_request, request_of
from pvsim.studies.cleaning import Cleaning, Dates, first_year_cny, worth_of_cleaning
from pvsim.studies.devices import PvModule
from pvsim.studies.ensemble import Member, RandomYear
from pvsim.studies.hardware import Hardware, installed
from pvsim.studies.notes import level_notes, prior_notes, region_of, spread_notes
from pvsim.studies.references import check_references, own_factors, placed
from pvsim.studies.result import InverterSummary, ModuleSummary, PlaneSummary, Result, System
from pvsim.studies.shades import with_shades
from pvsim.studies.strings import checked_strings
from pvsim.studies.timed import running, soiling_rows, unseen_notes, washing
from pvsim.studies.uncertainty import Budget, Part
from pvsim.studies.use import use_of
from pvsim.weather.quality import gap_note
from pvsim.weather.record import Weather
from pvsim.weather.request import Request, weather_for
from pvsim.weather.table import measured_poa, measured_temperature

Array = NDArray[np.float64]

COVERAGE_NEEDED = 0.9
ODD_DC_AC_RATIO = (0.5, 2.0)


def simulate(
    scenario: Scenario,
    *,
    allow_partial: bool = False,
    allow_path: bool = False,
    allow_distance: bool = False,
    allow_network: bool = False,
    offline: bool = False,
) -> Result:
    """Simulate one scenario.

    Parameters
    ----------
    scenario : what ``pvsim.load`` returns
    allow_partial : accept weather that covers less than 90 % of the year
    allow_path : weather files may lie outside of the scenario's folder
    allow_distance : a climate or a weather file's place may be farther than 200 km from the site
    allow_network : the address of ``weather.url`` may be asked
    offline : of a provider's weather only what is in the cache

    Raises
    ------
    ScenarioError
        When there is nothing to simulate, or the scenario points outside of what exists.
    WeatherError
        When the weather is missing, too far away or has too many gaps.
    """
    allowed = Allowed(allow_partial, allow_path, allow_distance, allow_network, offline)
    return _simulate(scenario, allowed)


def simulate_many(
    scenarios: Iterable[Scenario],
    *,
    allow_partial: bool = False,
    allow_path: bool = False,
    allow_distance: bool = False,
    allow_network: bool = False,
    offline: bool = False,
) -> list[Result]:
    """Simulate scenarios in turn, as ``simulate`` does; those of one site share its sun and its weather."""
    if isinstance(scenarios, Scenario) or not isinstance(scenarios, Iterable):
        raise UsageError("simulate_many takes a list of scenarios; for one there is simulate")
    allowed = Allowed(allow_partial, allow_path, allow_distance, allow_network, offline)
    return [_simulate(s, allowed) for s in scenarios]


def _simulate(scenario: Scenario, allowed: Allowed) -> Result:
    if not isinstance(scenario, Scenario):
        raise UsageError(f"found {type(scenario).__name__}; simulate takes a Scenario, which pvsim.load(path) returns")
    if not scenario.roof:
        raise _invalid(
            scenario,
            "roof",
            "no [[roof]]",
            "at least one to simulate",
            "add a [[roof]] with panels, or audit its claim: pvsim audit FILE",
        )
    scenario = scenario.asked
    check_references(scenario, allow_path=allowed.path)
    scenario, hardware = installed(scenario)
    hardware, shaded = with_shades(scenario, hardware)
    try:
        weather, notes = _covering(_sky(scenario, request_of(scenario, allowed)), allowed)
        years = _random_years(scenario, hardware, allowed)
    except WeatherError as error:
        raise placed(scenario, error) from error
    notes += (*shaded, *checked_strings(scenario, hardware, weather))
    return _run(scenario, hardware, weather, notes, _members(scenario, hardware, allowed, weather.warnings), years)


def _sky(scenario: Scenario, request: Request) -> Weather:
    """The weather that is asked for, with the rain that its losses ask for."""
    return washing(scenario.losses, weather_for(request))


def _covering(weather: Weather, allowed: Allowed) -> tuple[Weather, tuple[str, ...]]:
    """A weather that covers enough of its years, and a warning where that is not all of them."""
    if weather.covered().all():
        return weather, ()
    share, notes = gap_note(weather.covered(), weather.sun())
    coverage = min(share, float(weather.covered().mean()))
    if coverage < COVERAGE_NEEDED and not allowed.partial:
        raise WeatherError(
            f"{_file_or_station(weather)}: {weather.covered().mean():.1%} of the rows have weather and hold "
            f"{share:.1%} of the possible light of {_period(weather)}; {COVERAGE_NEEDED:.0%} of both are needed for an "
            f"annual figure (nothing is scaled up); missing are {_missing(weather)}; {_remedy(weather)}, or accept a "
            "partial sum with --allow-partial"
        )
    return weather, notes


def _remedy(weather: Weather) -> str:
    """What may bring the rows that are missing."""
    return "mend the file" if weather.source == "file" else "ask again with pvsim weather fetch --refresh"


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


def _members(scenario: Scenario, hardware: Hardware, allowed: Allowed, said: tuple[str, ...]) -> tuple[Member, ...]:
    """The same roof under each source of ``[weather] ensemble``; one that cannot be used says why.

    What the run's own weather has ``said`` is not said again.
    """
    found = []
    for name in scenario.weather.ensemble:
        try:
            weather, notes = _covering(_sky(scenario, member_request(scenario, name, allowed)), allowed)
            kwh = float(_computed(scenario, hardware, weather).plane_kwh.sum())
            ghi = weather.sum_kwh_per_m2(weather.ghi) if weather.has_ghi else None
            told = tuple(text for text in (*weather.warnings, *notes) if text not in said)
            found.append(Member(name, weather.station, ghi, kwh, None, float(weather.covered().mean()), told))
        except PvsimError as error:  # of this source; the others can still be compared
            found.append(Member(name, None, None, None, str(error)))
    return tuple(found)


def _random_years(scenario: Scenario, hardware: Hardware, allowed: Allowed) -> tuple[RandomYear, ...]:
    """The same roof in years as they may fall: how far single years part."""
    first, count = scenario.weather.first_seed, scenario.weather.random_years or 0
    asked = request_of(scenario, allowed)
    found = []
    for seed in range(first, first + count):
        weather = _sky(scenario, replace(asked, seed=seed))
        kwh = float(_computed(scenario, hardware, weather).plane_kwh.sum())
        found.append(RandomYear(seed, weather.sum_kwh_per_m2(weather.ghi), kwh))
    return tuple(found)


def _missing(weather: Weather) -> str:
    """Which series have gaps, and in how many rows."""
    gaps = {name: int(np.isnan(weather.series(name)).sum()) for name in weather.needed}
    return ", ".join(f"{name} in {count} of {weather.axis.rows} rows" for name, count in gaps.items() if count)


def weather_of(scenario: Scenario, allowed: Allowed) -> Weather:
    """The weather that a scenario asks for, however far it can be trusted: to look at, not to run.

    Raises
    ------
    ScenarioError, WeatherError
        As ``simulate``, but for gaps and for a level that nothing supports.
    """
    check_references(scenario, allow_path=allowed.path)
    return weather_for(request_of(scenario, allowed), trusted=False)


def _invalid(scenario: Scenario, key: str, found: str, allowed: str, todo: str) -> ScenarioError:
    return ScenarioError(scenario.origin.file, [scenario.problem(key, found, allowed, todo)])


# --- scenario -> arrays --------------------------------------------------------------------------------------


def _run(
    scenario: Scenario,
    hardware: Hardware,
    weather: Weather,
    notes: tuple[str, ...],
    members: tuple[Member, ...],
    random_years: tuple[RandomYear, ...],
) -> Result:
    found = _computed(scenario, hardware, weather)
    system = _system(scenario, hardware, found)
    region, guessed = region_of(scenario)
    use = use_of(scenario, weather, found, region)
    return Result(
        scenario,
        weather,
        found,
        system,
        hardware=hardware,
        region=region,
        budget=_budget(scenario),
        members=members,
        random_years=random_years,
        own_factors=own_factors(scenario),
        use=use,
        cleaning=_cleaning(scenario, hardware, weather, found, region),
        warnings=(
            *suspicions(scenario),
            *weather.warnings,
            *notes,
            *level_notes(scenario, weather),
            *spread_notes(scenario, weather),
            *prior_notes(scenario, weather, found.plane_kwh.sum() / system.dc_kwp),
            *guessed,
            *_warnings(scenario, hardware, found),
            *unseen_notes(scenario, weather),
        ),
    )


def _cleaning(
    scenario: Scenario, hardware: Hardware, weather: Weather, found: chain.ChainResult, region: str
) -> Cleaning | None:
    """What cleanings are worth, where dirt grows by the day: the year is run again without each."""
    losses = scenario.losses
    if losses.soiling_percent_per_day is None:
        return None

    def with_dates(dates: Dates) -> Scenario:
        return scenario.model_copy(update={"losses": losses.model_copy(update={"cleaning_dates": dates})})

    def outcome(dates: Dates) -> tuple[float, float | None]:
        changed = with_dates(dates)
        again = found if dates == losses.cleaning_dates else _computed(changed, hardware, weather)
        return float(again.plane_kwh.sum()), first_year_cny(use_of(changed, weather, again, region))

    def dirt(dates: Dates) -> Array:
        rows = soiling_rows(with_dates(dates).losses, weather)
        return np.zeros(found.rows.size) if rows is None else rows[found.rows]

    years = np.unique(weather.axis.local_datetime64().astype("datetime64[Y]").astype(int) + 1970)
    return worth_of_cleaning(losses.cleaning_dates, outcome, dirt, found.p_ac, tuple(map(int, years)))


def _computed(scenario: Scenario, hardware: Hardware, weather: Weather) -> chain.ChainResult:
    """The chain on this scenario's roofs under a weather."""
    panels = np.array([r.panels for r in scenario.roof], dtype=np.float64)
    return chain.compute(
        _arrays(weather, months=bool(hardware.shades)),
        _planes(scenario, hardware, weather.measured_names),
        [hardware.inverters[name].unit for name in hardware.inverters],
        models=chain.Models(scenario.physics.transposition, scenario.physics.temperature),
        losses=_losses(scenario, hardware, weather),
        albedo=scenario.physics.albedo,
        weights=panels / panels.sum(),
    )


def _arrays(weather: Weather, *, months: bool) -> chain.WeatherArrays:
    # where every roof has light of its own, a gap in the sky's is no gap
    sky = (weather.ghi, weather.dhi, weather.dni)
    ghi, dhi, dni = sky if "ghi" in weather.needed else map(np.nan_to_num, sky)
    in_plane = [name.startswith("poa_global") for name in weather.measured_names]
    return chain.WeatherArrays(
        ghi, dhi, dni, weather.temp_air, weather.wind_speed,
        weather.sun(), weather.axis.step_minutes / 60 / weather.year_count,
        weather.measured, np.array(in_plane, dtype=bool), weather.axis.month_index() if months else None,
    )  # fmt: skip


def _losses(scenario: Scenario, hardware: Hardware, weather: Weather) -> chain.Losses:
    losses, roofs = scenario.losses, scenario.roof

    def fraction(name: str) -> float:
        return float(getattr(losses, f"{name}_percent")) / 100

    constant = losses.effective_soiling_percent or 0.0
    own = [(hardware.lid_percent(scenario, r) / 100, *(fraction(n) for n in ledger.DC_LOSSES[1:])) for r in roofs]
    ac_losses = [fraction(n) for n in ledger.AC_LOSSES]
    if scenario.outage and "availability_percent" not in losses.model_fields_set:
        ac_losses[-1] = 0.0  # the periods say it
    # behind a load it is what the load leaves that is limited, which the balance does
    limit_kw = None if scenario.has_load else scenario.site.export_limit_kw
    return chain.Losses(
        shading=np.array([hardware.shading_percent(scenario, i) for i in range(len(roofs))]) / 100,
        soiling=np.array([constant if r.soiling_percent is None else r.soiling_percent for r in roofs]) / 100,
        dc=np.array(own).T,
        ac=np.array(ac_losses),
        soiling_rows=soiling_rows(losses, weather),
        running=running(scenario.outage, list(hardware.inverters), weather),
        limit_w=None if limit_kw is None else 1000 * limit_kw,
    )


def _planes(scenario: Scenario, hardware: Hardware, measured: Sequence[str]) -> chain.Planes:
    def rows_of(names: Sequence[str | None]) -> np.ndarray[Any, np.dtype[np.intp]] | None:
        """Where each plane's measured column stands; -1 where it has none."""
        return np.array([measured.index(n) if n else -1 for n in names], dtype=np.intp) if measured else None

    roofs = scenario.roof
    modules = [hardware.module_of(r) for r in roofs]
    pairs = list(zip(roofs, modules, strict=True))
    heat = [
        thermal.parameters(scenario.physics.temperature, r.mounting, m.power_w / 1000 / m.area_m2) for r, m in pairs
    ]
    inverters = list(hardware.inverters)
    return chain.Planes(
        surface_tilt=np.array([r.surface_tilt for r in roofs], dtype=np.float64),
        surface_azimuth=np.array([r.azimuth_at(scenario.site.latitude) for r in roofs], dtype=np.float64),
        nameplate_w=np.array([r.panels * m.power_w for r, m in pairs], dtype=np.float64),
        stc_w=np.array([r.panels * m.stc_w for r, m in pairs], dtype=np.float64),
        modules=_alike(scenario, modules),
        temperature_parameters={name: np.array([h[name] for h in heat]) for name in heat[0]},
        inverter_index=np.array([inverters.index(r.inverter) for r in roofs], dtype=np.intp),
        in_series=np.array([np.nan if n is None else n for n in hardware.in_series], dtype=np.float64),
        poa_index=rows_of([r.poa_column and measured_poa(r.poa_column) for r in roofs]),
        module_index=rows_of(
            [r.module_temperature_column and measured_temperature(r.module_temperature_column) for r in roofs]
        ),
        shades=hardware.shades,
        module_rise=np.array([thermal.module_rise(r.mounting) for r in roofs]) if measured else None,
    )


def _alike(scenario: Scenario, modules: Sequence[PvModule]) -> list[chain.Modules]:
    """Planes by the model and the glass of their modules, so that each kind is computed together."""
    physics = scenario.physics
    own_glass = "iam" not in physics.model_fields_set
    glasses = [m.glass if own_glass and m.glass is not None else physics.iam for m in modules]
    kinds: dict[tuple[str, Glass], list[int]] = {}
    for i, (module, glass) in enumerate(zip(modules, glasses, strict=True)):
        kinds.setdefault((module.model, glass), []).append(i)
    made = []
    for (model, glass), planes in kinds.items():
        rows = [modules[i].of(scenario.roof[i].panels) for i in planes]
        parameters = {key: np.array([row[key] for row in rows], dtype=np.float64) for key in rows[0]}
        made.append(chain.Modules(model, glass, np.array(planes, dtype=np.intp), parameters))
    return made


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


def _system(scenario: Scenario, hardware: Hardware, found: chain.ChainResult) -> System:
    modules = [hardware.module_of(r) for r in scenario.roof]
    planes = tuple(
        PlaneSummary(
            r.name, r.panels, r.surface_tilt, r.azimuth_at(scenario.site.latitude), float(poa), float(kwh),
            m.title, hardware.inverter_of(r).title, r.panels * m.power_w / 1000, series, tuple(map(float, lines)),
        )
        for r, m, series, poa, kwh, lines in zip(
            scenario.roof, modules, hardware.in_series, found.poa_kwh_per_m2, found.plane_kwh, found.ledger_kwh.T,
            strict=True,
        )
    )  # fmt: skip
    units = [inverter.unit for inverter in hardware.inverters.values()]
    return System(
        panels=sum(r.panels for r in scenario.roof),
        dc_kwp=sum(p.dc_kwp for p in planes),
        ac_kw=sum(unit.rated_w * unit.count for unit in units) / 1000,
        module_area_m2=sum(r.panels * m.area_m2 for r, m in zip(scenario.roof, modules, strict=True)),
        planes=planes,
        modules=tuple(
            ModuleSummary(m.title, m.model, m.power_w, m.area_m2, m.stc_w, m.source) for m in hardware.modules.values()
        ),
        inverters=_inverter_summaries(scenario, hardware, found),
    )


def _inverter_summaries(
    scenario: Scenario, hardware: Hardware, found: chain.ChainResult
) -> tuple[InverterSummary, ...]:
    """Each table of inverters with its planes' power, and what it clipped and drew."""
    index = found.plant.inverter_index
    line = {step.name: found.ledger_kwh[i] for i, step in enumerate(ledger.STEPS)}
    made = []
    for i, (name, inverter) in enumerate(hardware.inverters.items()):
        own, unit = index == i, inverter.unit
        dc_kwp = sum(r.panels * hardware.module_of(r).power_w for r in scenario.roof if r.inverter == name) / 1000
        lost = {
            what: float((line[before] - line[after])[own].sum())
            for what, before, after in (
                ("voltage", "connections", "voltage window"),
                ("rating", "inverter efficiency", "inverter clipping"),
                ("night", "inverter clipping", "night consumption"),
            )
        }
        made.append(
            InverterSummary(
                inverter.title,
                unit.model,
                inverter.count,
                unit.rated_w * unit.count / 1000,
                dc_kwp,
                lost["voltage"],
                lost["rating"],
                lost["night"],
                inverter.source,
            )
        )
    return tuple(made)


def _faces_the_pole(roof: Roof, latitude: float) -> bool:
    """Whether a plane was turned from the equator; of a shape with two slopes one always is."""
    if roof.effective_shape in TWO_SIDED:
        return False
    towards_equator = 180.0 if latitude >= 0 else 0.0
    off = abs((roof.azimuth_at(latitude) - towards_equator + 180) % 360 - 180)
    return roof.surface_tilt > 0 and off > 90


def _warnings(scenario: Scenario, hardware: Hardware, found: chain.ChainResult) -> tuple[str, ...]:
    notes = [
        f"{r.name} faces the pole (surface_azimuth {r.azimuth_at(scenario.site.latitude):g}, clockwise from north; "
        "where 0 means south, write 180)"
        for r in scenario.roof
        if _faces_the_pole(r, scenario.site.latitude)
    ]
    if not found.p_ac.any():
        notes.append("no energy is delivered at all: check losses, panels and weather")
    low, high = ODD_DC_AC_RATIO
    for name, inverter in hardware.inverters.items():
        roofs = [r for r in scenario.roof if r.inverter == name]
        dc_w = sum(r.panels * hardware.module_of(r).power_w for r in roofs)
        ratio = dc_w / (inverter.unit.rated_w * inverter.unit.count)
        if not low <= ratio <= high:
            place = "" if name is None else f" of [inverters.{name}]"
            notes.append(f"DC/AC ratio {ratio:.2f}{place} is unusual; {low:g} to {high:g} is common")
    return (*notes, *hardware.notes)
