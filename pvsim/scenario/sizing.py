"""The rules that need numbers of several tables: power against its inverter, and modules against their roof."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pvsim.scenario.blocks import Inverter, Module, Roof
from pvsim.scenario.rules import Fault

MIN_RATIO, MAX_RATIO = 0.1, 5.0


def ratio_faults(
    roofs: Sequence[Roof], module_of: Callable[[Roof], Module], inverter_of: Callable[[Roof], Inverter]
) -> Iterator[Fault]:
    """Where ac_power_kw is given, the DC/AC ratio that follows from it lies within the same bounds.

    It is evaluated on valid values only: with a wrong panel count there is no ratio to judge.
    """
    for name in dict.fromkeys(r.inverter for r in roofs):
        pooled = [r for r in roofs if r.inverter == name]
        ac_kw = inverter_of(pooled[0]).total_ac_kw
        if ac_kw is None:
            continue
        dc_kwp = sum(r.panels * module_of(r).power_w for r in pooled) / 1000
        ratio = dc_kwp / ac_kw
        if not MIN_RATIO <= ratio <= MAX_RATIO:
            table = ("inverter",) if name is None else ("inverters", name)
            yield Fault(
                (*table, "ac_power_kw"),
                f"{ac_kw:g} kW for {dc_kwp:g} kWp is a DC/AC ratio of {ratio:.3g}",
                f"a ratio from {MIN_RATIO:g} to {MAX_RATIO:g}",
                "ac_power_kw is of one inverter; count says how many there are",
            )


CAPACITY_TOLERANCE = 0.01  # a published capacity is rounded, seldom by more


def roof_faults(roofs: Sequence[Roof], module_of: Callable[[Roof], Module]) -> Iterator[Fault]:
    """What a roof says of itself twice must agree: its capacity, and the area that its modules need."""
    for index, roof in enumerate(roofs):
        module = module_of(roof)
        kwp, area = roof.panels * module.power_w / 1000, roof.panels * module.effective_area_m2
        if roof.capacity_kwp is not None and abs(kwp / roof.capacity_kwp - 1) > CAPACITY_TOLERANCE:
            yield Fault(
                ("roof", index, "capacity_kwp"),
                f"{roof.capacity_kwp:g} kWp",
                f"{roof.panels} panels of {module.power_w:g} W are {kwp:g} kWp; the two agree within 1 %",
                "correct panels, the module's power_w or capacity_kwp",
            )
        if roof.area_m2 is not None and area > roof.area_m2:
            yield Fault(
                ("roof", index, "area_m2"),
                f"{roof.area_m2:g} m2",
                f"{roof.panels} modules of {module.effective_area_m2:.3g} m2 cover {area:,.0f} m2",
                "fewer panels, or the area of the whole plane",
            )


MAX_EFFICIENCY = 0.30  # above any module of a single junction; the best sold ones reach 0.25


def module_faults(module: Module, modules: Mapping[str, Module]) -> Iterator[Fault]:
    """Power and area belong to one module: more than 30 % of the light cannot become current."""
    for path, table in ((("module",), module), *((("modules", name), m) for name, m in modules.items())):
        efficiency = table.power_w / 1000 / table.effective_area_m2
        if efficiency > MAX_EFFICIENCY:
            yield Fault(
                (*path, "area_m2"),
                f"{table.area_m2:g} m2 for {table.power_w:g} W is an efficiency of {efficiency:.0%}",
                f"at most {MAX_EFFICIENCY:.0%}",
                "both are of one module",
            )
