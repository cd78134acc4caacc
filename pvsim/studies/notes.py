"""What a reader must know about a site: the province whose factors lead, and a GHI far from the climate's."""

from __future__ import annotations

import numpy as np

from pvsim.errors import WeatherError
from pvsim.impact.regions import NATIONAL, province
from pvsim.scenario.schema import Scenario
from pvsim.weather.climate import LEVEL_TOLERANCE, WARN_KM, nearest_or_named
from pvsim.weather.record import Weather

SAME_PROVINCE_KM = 30.0  # from a station to the border of its province, at the least


def region_of(scenario: Scenario) -> tuple[str, tuple[str, ...]]:
    """The province whose factors lead, and a warning where that had to be guessed.

    As given, else that of the nearest climate station, else the nation.
    """
    if scenario.site.region is not None:
        return province(scenario.site.region), ()
    try:
        climate, km, _ = nearest_or_named(scenario.site.latitude, scenario.site.longitude)
    except WeatherError:
        return NATIONAL, (
            "the CO2 factors are China's national ones, as no shipped climate is near: "
            "say [site] region for a province; outside of China they do not hold",
        )
    if km <= SAME_PROVINCE_KM:
        return climate.province, ()
    return climate.province, (
        f"[site] region is not given: the CO2 factors are those of {climate.province}, whose station {climate.name} "
        f"is {km:.0f} km away; in another province they can differ threefold",
    )


def level_notes(scenario: Scenario, weather: Weather) -> tuple[str, ...]:
    """A warning where the irradiation is far from what the nearest climate knows: the budget does not cover that."""
    try:
        climate, km, _ = nearest_or_named(weather.latitude, weather.longitude)
    except WeatherError:
        return ()
    level, known = weather.sum_kwh_per_m2(weather.ghi), sum(climate.ghi_kwh_per_m2)
    if not weather.has_ghi or km > WARN_KM:
        return ()
    if not (weather.covered() & np.isfinite(weather.ghi)).all():  # the same rows of both
        from pvsim.weather.judge import judge

        ratio = judge(weather).level_ratio
        if ratio is None:
            return ()
        known = level / ratio
    if abs(level / known - 1) <= LEVEL_TOLERANCE:
        return ()
    side = "above" if level > known else "below"
    sigma = scenario.uncertainty.resource_level_percent
    beyond = f": the {sigma:g} % of the budget's resource level do not cover that"
    return (
        f"GHI of {level:,.0f} kWh/m2 is {abs(level / known - 1):.0%} {side} the {known:,.0f} of {climate.name} "
        f"({climate.period}), {km:.0f} km away{beyond if abs(level / known - 1) > sigma / 100 else ''}",
    )
