"""Strings against their inverter at the site's extremes: what would break it, and what leaves its MPP range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pvsim.errors import ScenarioError
from pvsim.physics import thermal
from pvsim.scenario.schema import Roof, Scenario
from pvsim.studies.hardware import Hardware
from pvsim.weather.record import Weather

COLDER_C, HOTTER_C = 5.0, 3.0  # than one year of weather: Chongqing's records against its typical year
FULL_LIGHT = 1000.0  # W/m2


@dataclass(frozen=True)
class Extremes:
    """Air of the site at its coldest and its hottest, degrees C."""

    coldest_c: float
    hottest_c: float

    @classmethod
    def of(cls, scenario: Scenario, weather: Weather) -> Extremes:
        """As the scenario says, else a little beyond what the weather holds."""
        site, air = scenario.site, weather.temp_air[weather.covered()]
        low, high = (float(air.min()), float(air.max())) if air.size else (0.0, 40.0)
        return cls(
            low - COLDER_C if site.coldest_c is None else site.coldest_c,
            high + HOTTER_C if site.hottest_c is None else site.hottest_c,
        )


@dataclass(frozen=True)
class _Fault:
    index: int
    found: str
    allowed: str
    breaks: bool


def checked_strings(scenario: Scenario, hardware: Hardware, weather: Weather) -> tuple[str, ...]:
    """Warnings of strings that leave the range of the MPP trackers, and of panels that fill no whole string.

    Raises
    ------
    ScenarioError
        With the line of each roof whose open circuit exceeds what its inverter bears.
    """
    faults = list(_faults(scenario, hardware, weather))
    problems = [
        scenario.problem(f"roof[{f.index}].modules_in_series", f.found, f.allowed, "fewer modules in a string")
        for f in faults
        if f.breaks
    ]
    if problems:
        raise ScenarioError(scenario.origin.file, problems)
    notes = [f"{scenario.roof[f.index].name}: {f.found}; {f.allowed}" for f in faults]
    for roof in scenario.roof:
        series = roof.modules_in_series
        if series is not None and not hardware.checks_strings(roof):
            notes.append(f"{roof.name}: its strings were not checked: voltages of its module or inverter are not known")
        if series is not None and roof.panels % series:
            notes.append(f"{roof.name}: {roof.panels} panels are no whole number of strings of {series}")
    return tuple(notes)


def _faults(scenario: Scenario, hardware: Hardware, weather: Weather) -> Iterator[_Fault]:
    if all(n is None for n in hardware.in_series):
        return
    extremes = Extremes.of(scenario, weather)
    for index, (roof, series) in enumerate(zip(scenario.roof, hardware.in_series, strict=True)):
        volts, inverter = hardware.module_of(roof).volts, hardware.inverter_of(roof)
        if volts is None or series is None:
            continue
        cold, hot = extremes.coldest_c, _hottest_cell(scenario, hardware, roof, extremes.hottest_c)
        # the voltage at maximum power falls by about as many volts per degree as the open circuit
        open_cold = series * (volts.v_oc + volts.beta_voc * (cold - 25))
        mp_hot, mp_cold = (series * (volts.v_mp + volts.beta_voc * (t - 25)) for t in (hot, cold))
        strung = f"{series} modules in series have"
        if inverter.vdc_max_v is not None and open_cold > inverter.vdc_max_v:
            fit = int(inverter.vdc_max_v / (open_cold / series))
            most = f"at most {fit} modules" if fit else "this module does not fit it"
            bears = f"the inverter bears {inverter.vdc_max_v:.0f} V: {most}"
            yield _Fault(index, f"{strung} {open_cold:.0f} V open at {cold:.0f} C", bears, True)
        if inverter.window_v is None:
            continue
        low, high = inverter.window_v
        if mp_hot < low:
            found = f"{strung} {mp_hot:.0f} V with cells of {hot:.0f} C"
            yield _Fault(index, found, f"the MPP trackers begin at {low:.0f} V", False)
        if mp_cold > high:
            found = f"{strung} {mp_cold:.0f} V in full light at {cold:.0f} C"
            yield _Fault(index, found, f"the MPP trackers end at {high:.0f} V", False)


def _hottest_cell(scenario: Scenario, hardware: Hardware, roof: Roof, air_c: float) -> float:
    """Cell temperature in full light, the hottest air and hardly any wind, degrees C."""
    model, module = scenario.physics.temperature, hardware.module_of(roof)
    own = thermal.parameters(model, roof.mounting, module.power_w / 1000 / module.area_m2)
    light, air, wind = (np.array([x]) for x in (FULL_LIGHT, air_c, 1.0))
    return float(thermal.temp_cell(model, light, air, wind, {k: np.array([v]) for k, v in own.items()})[0])
