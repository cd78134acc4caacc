"""Where a year is generated: what is asked there, whether that can be had, and where each ingredient comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pvsim.errors import WeatherError
from pvsim.physics.irradiance import DECOMPOSITION
from pvsim.weather.atlas import FARTHEST_KM, FARTHEST_LATITUDE, check_place, distance_km
from pvsim.weather.clear import CEILING
from pvsim.weather.climate import GIVEN, Air, Climate
from pvsim.weather.sources import Source, StationShare

YEAR, STEP_MINUTES = 2025, 60
STEPS_MINUTES = (60, 30, 15, 10)
SEED = 546  # of 0 to 999 the one whose months come closest to the lag_1_single_month of the shipped stations
MAX_CLOCK_SHIFT_MINUTES = 240  # beyond it, clock midnight falls into the daylight of some season
WARN_AIR_M = 500.0  # a lapse of 6.5 K per km is that of free air, not of basins and plateaus
LAST_SEED = 10_001_000  # random_years go on from the largest that a scenario may name


@dataclass(frozen=True)
class Site:
    """Where and on which clock a year is generated: degrees, degrees, m, minutes; and how GHI is split."""

    latitude: float
    longitude: float
    altitude: float
    utc_offset_minutes: int
    decomposition: str = "erbs"
    ghi_kwh_per_m2: float | None = None
    step_minutes: int = STEP_MINUTES
    allow_distance: bool = False


def checked(climate: Climate, site: Site, seed: int | None) -> tuple[str, ...]:
    """What a reader must know, once everything that is asked for can be generated."""
    if seed is not None and not 0 <= seed <= LAST_SEED:
        raise WeatherError(f"seed: found {seed}, allowed are whole numbers from 0 to {LAST_SEED:,}")
    if site.step_minutes not in STEPS_MINUTES:
        allowed = ", ".join(map(str, STEPS_MINUTES))
        raise WeatherError(f"step_minutes: found {site.step_minutes}, allowed are {allowed} for a generated year")
    if site.decomposition not in DECOMPOSITION:
        raise WeatherError(f"decomposition: found {site.decomposition!r}, allowed are {', '.join(DECOMPOSITION)}")
    _, warnings = check_place(climate, site.latitude, site.longitude, site.altitude, allow_distance=site.allow_distance)
    if not abs(site.latitude) <= FARTHEST_LATITUDE:
        raise WeatherError(
            f"site.latitude: found {site.latitude:g}; years are generated up to {FARTHEST_LATITUDE:g} degrees, as "
            "beyond the sun stays away for days; give a weather file"
        )
    if abs(site.utc_offset_minutes - site.longitude * 4) > MAX_CLOCK_SHIFT_MINUTES:
        raise WeatherError(
            f"site.tz (or that of the climate file): UTC{site.utc_offset_minutes / 60:+g} is far from the sun of "
            f"longitude {site.longitude:g}, which keeps UTC{site.longitude / 15:+.1f}; China is +08:00"
        )
    return (*warnings, *_air_notes(climate, site))


def _air_notes(climate: Climate, site: Site) -> tuple[str, ...]:
    """Where temperature and wind come from far, and from another altitude."""
    air, own = air_of(climate), climate.temp_air_mean_c is not None
    far = distance_km(site.latitude, site.longitude, air.latitude, air.longitude)
    if far <= FARTHEST_KM:
        return ()
    what = "wind and the shape of the temperature's days" if own else "temperature and wind"
    above = site.altitude - air.altitude
    if own or abs(above) <= WARN_AIR_M:
        return (f"{what} are those of {air.name}, {far:.0f} km away, as none is known nearer",)
    side = "below" if above > 0 else "above"
    return (
        f"{what} are those of {air.name}, {far:.0f} km away and {abs(above):.0f} m {side}: the lapse alone may miss by "
        "some degrees; a climate file with temp_air knows better",
    )


def air_of(climate: Climate) -> Air:
    """Temperature, wind and rain of a climate that has been looked up."""
    if climate.air is None:
        raise WeatherError(f"{climate.name}: without temperature and wind; read it through pvsim.weather.atlas")
    return climate.air


def shares_of(climate: Climate, site: Site) -> tuple[StationShare, ...]:
    """The stations of a climate with their distance and share."""
    return tuple(
        StationShare(
            p.station.id,
            p.station.name,
            distance_km(site.latitude, site.longitude, p.station.latitude, p.station.longitude),
            p.station.altitude,
            p.weight,
        )
        for p in climate.parts
    )


def sources_of(climate: Climate, site: Site, seed: int | None, annual: float) -> tuple[Source, ...]:
    """One mapping per ingredient."""
    clear = f"clear sky (Ineichen, turbidity {climate.linke_turbidity:.3g})"
    kind = "a typical year" if seed is None else f"random year {seed}"
    level = "" if seed is None else "in the mean of many such years "
    generator = Source(
        "generator", "pvsim", "hours after Aguiar and Collares-Pereira, Solar Energy 49(3), 1992, 167-174",
        f"{YEAR}, {kind}",
        f"Monthly clearness under this place's own sun ({level}{annual:.0f} kWh/m2 a year); hours up to "
        f"{CEILING:g} times the {clear}, or to what the clearest day of the month needs; seed "
        f"{SEED if seed is None else seed}.",
        "generated, not measured",
    )  # fmt: skip
    given = Source(
        "radiation level", "the scenario", "ghi_kwh_per_m2", "as the scenario means it",
        f"All months in proportion, to {site.ghi_kwh_per_m2} kWh/m2 a year.", "set by the user",
    )  # fmt: skip
    air = air_of(climate)
    used = [_brought(s, air, site) for s in air.sources if s.ingredient != "rain"]
    return (*climate.radiation_sources, *used, generator, *([] if site.ghi_kwh_per_m2 is None else [given]))


def _brought(source: Source, air: Air, site: Site) -> Source:
    """Where temperature or wind come from, and what was done to bring them here."""
    if source.status == GIVEN:
        return source
    km = distance_km(site.latitude, site.longitude, air.latitude, air.longitude)
    origin = f"{air.name}, {km:.0f} km away"
    if source.ingredient == "temperature":
        origin += f", by 6.5 K per km from {air.altitude:.0f} to {site.altitude:.0f} m"
    return replace(source, document=f"{origin}: {source.document}")
