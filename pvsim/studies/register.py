"""The assumptions register: every parameter in effect, why it is that, and who says so."""

from __future__ import annotations

from pvsim.impact.regions import NATIONAL
from pvsim.scenario.blocks import EFFICIENCY
from pvsim.scenario.schema import Assumption, Module, Scenario, assumptions
from pvsim.scenario.wording import dotted
from pvsim.weather.record import Weather

JUDGEMENT = "judgement of the pvsim developers"


def register(scenario: Scenario, weather: Weather, region: str) -> tuple[Assumption, ...]:
    """The parameters of the scenario and those that only the run can fill in, in the order of the file."""
    return assumptions(scenario) + tuple(_filled_in(scenario, weather, region))


def _filled_in(scenario: Scenario, weather: Weather, region: str) -> list[Assumption]:
    site, rows = scenario.site, []

    def assumed(key: str, value: float | str, unit: str, reason: str, source: str) -> None:
        rows.append(Assumption(key, value, unit, True, reason, source))

    if site.tz is None:
        assumed("site.tz", weather.axis.utc_offset, "UTC offset", "clock of the weather source", weather.station)
    if site.altitude is None:
        assumed("site.altitude", weather.altitude, "m", "altitude of the weather source", weather.station)
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
    for name, module in _modules_in_use(scenario).items():
        if module.area_m2 is None:
            reason = "2.094 m x 1.038 m" if module.power_w == 450 else f"at {EFFICIENCY:.1%} efficiency"
            assumed(f"{name}.area_m2", module.effective_area_m2, "m2", reason, JUDGEMENT)
    return rows


def _modules_in_use(scenario: Scenario) -> dict[str, Module]:
    names = dict.fromkeys(r.module for r in scenario.roof)
    return {
        "module" if n is None else dotted(("modules", n)): scenario.module if n is None else scenario.modules[n]
        for n in names
    }
