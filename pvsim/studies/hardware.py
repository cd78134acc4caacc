"""What a scenario installs: its modules, its inverters, and the strings between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from pvsim.errors import Problem, PvsimError, ScenarioError
from pvsim.physics.shade import Shade
from pvsim.scenario.schema import Roof, Scenario
from pvsim.scenario.sizing import Size, sizing_faults
from pvsim.scenario.wording import dotted
from pvsim.studies.devices import PvInverter, PvModule
from pvsim.studies.inverters import make_inverter
from pvsim.studies.modules import make_module
from pvsim.studies.roofs import RoofPlan, spelled_out

COLD_C = -10.0  # for which a string is sized where the site's coldest is not said; its voltage is checked all the same


@dataclass(frozen=True)
class Hardware:
    """What a scenario installs: a module and an inverter by the name that roofs give, None for the unnamed table."""

    modules: Mapping[str | None, PvModule]
    inverters: Mapping[str | None, PvInverter]
    in_series: tuple[int | None, ...] = ()
    notes: tuple[str, ...] = field(default=())
    plans: tuple[RoofPlan, ...] = ()
    shades: Mapping[int, Shade] = field(default_factory=dict)

    def module_of(self, roof: Roof) -> PvModule:
        """The module of a roof."""
        return self.modules[roof.module]

    def inverter_of(self, roof: Roof) -> PvInverter:
        """The inverter of a roof."""
        return self.inverters[roof.inverter]

    def checks_strings(self, roof: Roof) -> bool:
        """Whether the strings of a roof can be held against its inverter: the voltages of both are known."""
        inverter = self.inverter_of(roof)
        known = inverter.vdc_max_v is not None or inverter.window_v is not None
        return known and self.module_of(roof).volts is not None

    def shading_percent(self, scenario: Scenario, plane: int) -> float:
        """Shade as a percentage: of the roof, of [losses] if given, 0 where obstacles or a table say it, default."""
        own, losses = scenario.roof[plane].shading_percent, scenario.losses
        if own is not None:
            return own
        return 0.0 if self.shade_is_computed(scenario, plane) else losses.shading_percent

    def shade_is_computed(self, scenario: Scenario, plane: int) -> bool:
        """Whether a table takes the place of the default percentage: what it stands for is in it."""
        has_table = plane in self.shades and bool(self.shades[plane].tables)
        return has_table and "shading_percent" not in scenario.losses.model_fields_set

    def lid_percent(self, scenario: Scenario, roof: Roof) -> float:
        """Light-induced degradation of a roof: of its table, of [losses] if given, of its catalog or file, default."""
        own, table = self.module_of(roof).lid_percent, scenario.module_of(roof).lid_percent
        if table is not None:
            return table
        if own is None or "lid_percent" in scenario.losses.model_fields_set:
            return scenario.losses.lid_percent
        return own


def installed(scenario: Scenario) -> tuple[Scenario, Hardware]:
    """Look up, read or fit everything that the scenario's roofs use, and lay out its roofs.

    The scenario that comes back has a [[roof]] for each plane.

    Raises
    ------
    ScenarioError
        With the line of each table whose file, name or values cannot be used, and of sizes that contradict.
    """
    problems: list[Problem] = []
    modules = {
        name: _tried(scenario, "module", name, problems, partial(make_module, scenario))
        for name in dict.fromkeys(r.module for r in scenario.roof)
    }
    ready = {name: module for name, module in modules.items() if module is not None}
    try:
        scenario, plans = spelled_out(scenario, ready)
    except ScenarioError as error:
        raise ScenarioError(scenario.origin.file, [*problems, *error.problems]) from None
    sizes = {id(_table(scenario, "module", n)): Size(m.power_w, m.area_m2) for n, m in ready.items()}
    faults = sizing_faults(scenario.roof, scenario.module_of, scenario.inverter_of, lambda table: sizes.get(id(table)))
    problems += [scenario.problem(dotted(f.path), f.found, f.allowed, f.todo) for f in faults]
    inverters = {}
    for name in dict.fromkeys(r.inverter for r in scenario.roof):
        # of a module that could not be made the size is not known; its inverter's own faults are told all the same
        own = [r for r in scenario.roof if r.inverter == name and r.module in ready]
        dc_w = sum(r.panels * ready[r.module].power_w for r in own) or 1e5
        found = _tried(scenario, "inverter", name, problems, partial(make_inverter, scenario, dc_w=dc_w))
        if found is not None:
            inverters[name] = found
    if problems:
        raise ScenarioError(scenario.origin.file, problems)
    notes = [note for item in (*ready.values(), *inverters.values()) for note in item.notes]
    series = _in_series(scenario, ready, inverters)
    return scenario, Hardware(ready, inverters, series, tuple(dict.fromkeys(notes)), plans)


def _table(scenario: Scenario, kind: str, name: str | None) -> Any:
    return getattr(scenario, kind) if name is None else getattr(scenario, f"{kind}s")[name]


def table_path(kind: str, name: str | None) -> str:
    """``module``, or ``modules.NAME``."""
    return kind if name is None else dotted((f"{kind}s", name))


def _tried(scenario: Scenario, kind: str, name: str | None, problems: list[Problem], make: Callable[[Any], Any]) -> Any:
    """What ``make`` makes of a table; its failure becomes a problem at the key that stated it."""
    table = _table(scenario, kind, name)
    try:
        made = make(table)
        return made if made.title else replace(made, title=table_path(kind, name))
    except PvsimError as error:
        key = {"power": "power_w", "datasheet": "voc_v"}.get(table.kind, table.kind)
        problems.append(scenario.problem(f"{table_path(kind, name)}.{key}", str(error), ""))
        return None


# --- strings -------------------------------------------------------------------------------------------------


def _in_series(
    scenario: Scenario, modules: Mapping[str | None, PvModule], inverters: Mapping[str | None, PvInverter]
) -> tuple[int | None, ...]:
    """Modules in a string of each roof: as said, or nearest to the inverter's rated voltage; None if unknown."""
    found: list[int | None] = []
    for roof in scenario.roof:
        volts, inverter = modules[roof.module].volts, inverters[roof.inverter]
        if roof.modules_in_series is not None or volts is None or inverter.vdc_rated_v is None:
            found.append(roof.modules_in_series)
            continue
        nearest = max(1, round(inverter.vdc_rated_v / volts.v_mp))
        if inverter.vdc_max_v is not None:
            cold = COLD_C if scenario.site.coldest_c is None else scenario.site.coldest_c
            nearest = min(nearest, int(inverter.vdc_max_v / (volts.v_oc + (cold - 25) * volts.beta_voc)) or 1)
        found.append(nearest)
    return tuple(found)
