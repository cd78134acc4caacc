"""The one rule that needs numbers of several tables: DC power against the AC rating of its inverter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

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
