"""The rules that need numbers of several tables: power against its inverter, and modules against their roof."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pvsim.scenario.equipment import Inverter, Module
from pvsim.scenario.fault import Fault
from pvsim.scenario.roof import Roof

MIN_RATIO, MAX_RATIO = 0.1, 5.0
CAPACITY_TOLERANCE = 0.01  # a published capacity is rounded, seldom by more
MAX_EFFICIENCY = 0.30  # above any module of a single junction; the best sold ones reach 0.25


@dataclass(frozen=True)
class Size:
    """Power and area of one module."""

    power_w: float
    area_m2: float


def sizing_faults(
    roofs: Sequence[Roof],
    module_of: Callable[[Roof], Module],
    inverter_of: Callable[[Roof], Inverter],
    size_of: Callable[[Module], Size | None],
) -> Iterator[Fault]:
    """What is stated twice agrees: power against inverters, modules against their roof.

    It is evaluated on valid values only: with a wrong panel count there is no ratio to judge. Where ``size_of``
    gives None the power is not known yet, and the run asks again.
    """
    sizes = [size_of(module_of(roof)) for roof in roofs]
    yield from _ratio_faults(roofs, sizes, inverter_of)
    for index, (roof, size) in enumerate(zip(roofs, sizes, strict=True)):
        if size is not None:
            yield from roof_faults(index, roof, roof.panels, size)


def _ratio_faults(
    roofs: Sequence[Roof], sizes: Sequence[Size | None], inverter_of: Callable[[Roof], Inverter]
) -> Iterator[Fault]:
    """Where ac_power_kw is given, the DC/AC ratio that follows from it lies within the same bounds."""
    for name in dict.fromkeys(r.inverter for r in roofs):
        pooled = [(r, s) for r, s in zip(roofs, sizes, strict=True) if r.inverter == name]
        ac_kw = inverter_of(pooled[0][0]).total_ac_kw
        known = [r.panels * s.power_w / 1000 for r, s in pooled if s is not None]
        if ac_kw is None or len(known) < len(pooled) or not all(r.panels for r, _ in pooled):
            continue
        dc_kwp = sum(known)
        ratio = dc_kwp / ac_kw
        if not MIN_RATIO <= ratio <= MAX_RATIO:
            table = ("inverter",) if name is None else ("inverters", name)
            yield Fault(
                (*table, "ac_power_kw"),
                f"{ac_kw:g} kW for {dc_kwp:g} kWp is a DC/AC ratio of {ratio:.3g}",
                f"a ratio from {MIN_RATIO:g} to {MAX_RATIO:g}",
                "ac_power_kw is of one inverter; count says how many there are",
            )


def roof_faults(index: int, roof: Roof, panels: int, size: Size) -> Iterator[Fault]:
    """What a roof says of itself twice must agree: its capacity, and the area that its modules need.

    Of a roof whose ``panels`` are not known yet nothing can be judged.
    """
    if not panels:
        return
    kwp, area = panels * size.power_w / 1000, panels * size.area_m2
    if roof.capacity_kwp is not None and abs(kwp / roof.capacity_kwp - 1) > CAPACITY_TOLERANCE:
        yield Fault(
            ("roof", index, "capacity_kwp"),
            f"{roof.capacity_kwp:g} kWp",
            f"{panels} panels of {size.power_w:g} W are {kwp:g} kWp; the two agree within 1 %",
            "correct panels, the module's power_w or capacity_kwp",
        )
    if roof.area_m2 is not None and area > roof.area_m2:
        yield Fault(
            ("roof", index, "area_m2"),
            f"{roof.area_m2:g} m2",
            f"{panels} modules of {size.area_m2:.3g} m2 cover {area:,.0f} m2",
            "fewer panels, or the area of the whole plane",
        )


def module_faults(module: Module, modules: Mapping[str, Module]) -> Iterator[Fault]:
    """Power and area belong to one module: more than 30 % of the light cannot become current."""
    for path, table in ((("module",), module), *((("modules", name), m) for name, m in modules.items())):
        power_w = table.effective_power_w
        if power_w is None or table.area_m2 is None:
            continue
        efficiency = power_w / 1000 / table.area_m2
        if efficiency > MAX_EFFICIENCY:
            yield Fault(
                (*path, "area_m2"),
                f"{table.area_m2:g} m2 for {power_w:g} W is an efficiency of {efficiency:.0%}",
                f"at most {MAX_EFFICIENCY:.0%}",
                "both are of one module",
            )
