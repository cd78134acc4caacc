"""What a reader must know about a site: the province whose factors lead, and a GHI far from the climate's."""

from __future__ import annotations

import numpy as np

from pvsim.impact.regions import NATIONAL, province
from pvsim.scenario.schema import Scenario
from pvsim.studies.references import weather_path
from pvsim.weather.atlas import FARTHEST_KM, LEVEL_TOLERANCE, WARN_KM, climate_at, named_or_near, nearest_station
from pvsim.weather.priors import prior_of
from pvsim.weather.record import Weather

SPREAD_APART = 1.5  # percent: what stations round Chongqing have among themselves
SAME_PROVINCE_KM = 30.0  # from a station to the border of its province, at the least


def region_of(scenario: Scenario) -> tuple[str, tuple[str, ...]]:
    """The province whose factors lead, and a warning where that had to be guessed.

    As given, else that of the nearest climate station, else the nation.
    """
    if scenario.site.region is not None:
        return province(scenario.site.region), ()
    station, km = nearest_station(scenario.site.latitude, scenario.site.longitude)
    if km > FARTHEST_KM:
        return NATIONAL, (
            "the CO2 factors are China's national ones, as no shipped climate is near: "
            "say [site] region for a province; outside of China they do not hold",
        )
    if km <= SAME_PROVINCE_KM:
        return station.province, ()
    return station.province, (
        f"[site] region is not given: the CO2 factors are those of {station.province}, whose station {station.name} "
        f"is {km:.0f} km away; in another province they can differ threefold",
    )


def prior_notes(scenario: Scenario, weather: Weather, yield_kwh_per_kwp: float) -> tuple[str, ...]:
    """A warning where no climate is near and level or yield leave what is plausible in the province.

    The region must be given: which province a place is in is known of stations only.
    """
    region = scenario.site.region
    far = nearest_station(weather.latitude, weather.longitude)[1] > WARN_KM
    prior = prior_of(province(region)) if far and region is not None else None
    if prior is None or not weather.covered().all():
        return ()
    ghi = weather.sum_kwh_per_m2(weather.ghi) if weather.has_ghi else None
    notes = []
    for what, value, unit, low, high in (
        ("GHI", ghi, "kWh/m2", prior.ghi_low_kwh_per_m2, prior.ghi_high_kwh_per_m2),
        ("the yield", yield_kwh_per_kwp, "kWh/kWp", prior.yield_low_kwh_per_kwp, prior.yield_high_kwh_per_kwp),
    ):
        if value is not None and not low <= value <= high:
            notes.append(
                f"{what} of {value:,.0f} {unit} is outside of the {low:,.0f} to {high:,.0f} that are plausible in "
                f"{prior.province} (coarse: from {prior.stations})"
            )
    return tuple(notes)


def spread_notes(scenario: Scenario, weather: Weather) -> tuple[str, ...]:
    """A warning where the climate's years spread otherwise than the budget's default, which is that of Chongqing."""
    budget = scenario.uncertainty
    if weather.source != "climate" or "interannual_percent" in budget.model_fields_set:
        return ()
    block = scenario.weather
    own = None if block.path is None else weather_path(scenario)
    climate = named_or_near(weather.latitude, weather.longitude, block.station, own)
    cv = 100 * climate.interannual_cv
    if abs(cv - budget.interannual_percent) <= SPREAD_APART:
        return ()
    return (
        f"single years of {climate.name} spread by {cv:.1f} %, the budget takes {budget.interannual_percent:g} %, "
        "which is usual round Chongqing: say [uncertainty] interannual_percent",
    )


def level_notes(scenario: Scenario, weather: Weather) -> tuple[str, ...]:
    """A warning where the irradiation is far from what the nearest climate knows: the budget does not cover that."""
    km = nearest_station(weather.latitude, weather.longitude)[1]
    if scenario.weather.year == "random" or not weather.has_ghi or km > WARN_KM:
        return ()
    climate = climate_at(weather.latitude, weather.longitude)
    level, known = weather.sum_kwh_per_m2(weather.ghi), sum(climate.ghi_kwh_per_m2)
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
