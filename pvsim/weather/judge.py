"""How far a weather can be trusted: its level and its days against the climate that is known there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pvsim.errors import WeatherError
from pvsim.weather.atlas import FARTHEST_KM, LEVEL_TOLERANCE, WARN_KM, climate_at, nearest_station
from pvsim.weather.climate import Climate
from pvsim.weather.level import MONTHS, day_clearness
from pvsim.weather.record import Weather

LEVEL_REFUSED = (0.6, 1.5)  # of the climate's: no year of 1970 to 2017 at any station leaves 0.8 to 1.25
DAYS_APART = 0.27  # mean Kolmogorov distance of a month's days; chance alone gives 0.13 for 30 days, ERA5 0.17 to 0.20
DAYS_NEEDED = 200


@dataclass(frozen=True)
class MonthJudged:
    """One calendar month; None where it cannot be said.

    Attributes
    ----------
    ghi_kwh_per_m2 : of the weather, a year's month
    climate_kwh_per_m2 : of the climate under the same sun and in the same rows
    level_ratio : the one over the other
    diffuse_fraction : DHI over GHI
    noon_minutes, closure_minutes, sun_offset_minutes : the clock as GHI, as closure and as the run has it
    """

    month: int
    ghi_kwh_per_m2: float | None
    climate_kwh_per_m2: float | None
    level_ratio: float | None
    diffuse_fraction: float | None
    noon_minutes: float | None
    closure_minutes: float | None
    sun_offset_minutes: float


@dataclass(frozen=True)
class Judgement:
    """What a weather is worth.

    Attributes
    ----------
    trust : "both", "level", "shape", "neither"; "unknown" where no climate is near enough to judge the level
    sentence : the same in words, with the reason
    level_ratio : annual GHI over the climate's; None if unknown
    days_ratio : mean Kolmogorov distance of the months' days from the climate's, both brought to one mean
    months : the twelve months
    climate, km : which climate, and how far
    """

    trust: str
    sentence: str
    level_ratio: float | None
    days_ratio: float | None
    months: tuple[MonthJudged, ...]
    climate: Climate | None
    km: float

    @property
    def hopeless(self) -> bool:
        """Neither level nor shape hold, and the level is far beyond anything that years do."""
        low, high = LEVEL_REFUSED
        return self.trust == "neither" and self.level_ratio is not None and not low <= self.level_ratio <= high


def climate_near(weather: Weather) -> tuple[Climate | None, float]:
    """The climate of the weather's place and the distance of the nearest station, or None beyond 200 km."""
    place = (weather.latitude, weather.longitude)
    km = nearest_station(*place)[1]
    return (climate_at(*place) if km <= FARTHEST_KM else None), km


def judge(weather: Weather) -> Judgement:
    """Compare a weather with the climate of its place.

    The level is its annual GHI against the climate's clearness under the same sun. The shape is judged by the
    spread of its days once both have the same mean, and by whether its DNI belongs to its GHI.
    """
    climate, km = climate_near(weather)
    energy, possible, month = day_clearness(weather)
    months = _months(weather, climate, energy, possible, month)
    dni_usable = weather.clock is None or weather.clock.dni_usable or not np.isfinite(weather.clock.closure_rms)
    if climate is None:
        shape = "" if dni_usable else "; its DNI does not belong to its GHI and was made anew"
        nearest = nearest_station(weather.latitude, weather.longitude)[0].name
        sentence = f"The level cannot be judged: the nearest climate, {nearest}, is {km:,.0f} km away{shape}."
        return Judgement("unknown", sentence, None, None, months, None, km)
    known = sum(m.climate_kwh_per_m2 or 0.0 for m in months)
    ratio = sum(m.ghi_kwh_per_m2 or 0.0 for m in months) / known if known > 0 else None
    apart = _days_apart(climate, energy, possible, month)
    if ratio is None:
        return Judgement("unknown", "The level cannot be judged: there is no GHI.", None, None, months, climate, km)
    level, days = abs(ratio - 1) <= LEVEL_TOLERANCE, apart is None or apart <= DAYS_APART
    trust = {(True, True): "both", (True, False): "level", (False, True): "shape", (False, False): "neither"}[
        level, days and dni_usable
    ]
    sentence = _sentence(trust, weather, climate, km, ratio, days, dni_usable)
    return Judgement(trust, sentence, ratio, apart, months, climate, km)


def _months(
    weather: Weather,
    climate: Climate | None,
    energy: np.ndarray,
    possible: np.ndarray,
    month: np.ndarray,
) -> tuple[MonthJudged, ...]:
    own = np.bincount(month, energy, MONTHS) / 1000 / weather.year_count
    top = np.bincount(month, possible, MONTHS) / 1000 / weather.year_count
    rows = weather.axis.month_index()
    known = np.isfinite(weather.ghi) & np.isfinite(weather.dhi)
    light, diffuse = (np.bincount(rows[known], v[known], MONTHS) for v in (weather.ghi, weather.dhi))
    clock, none = weather.clock, (float("nan"),) * MONTHS
    noon, closure = (clock.noon_minutes, clock.closure_minutes) if clock else (none, none)
    found = []
    for m in range(MONTHS):
        due = float(climate.clearness[m] * top[m]) if climate else None
        found.append(
            MonthJudged(
                m + 1,
                float(own[m]) if top[m] > 0 else None,
                due if top[m] > 0 else None,
                float(own[m]) / due if due else None,
                float(diffuse[m] / light[m]) if light[m] > 0 else None,
                _or_none(noon[m]),
                _or_none(closure[m]),
                weather.sun_offset_minutes[m],
            )
        )
    return tuple(found)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _mid_ranks(values: np.ndarray) -> np.ndarray:
    """The mid-quantile of each value among all of them, 0 to 1."""
    order = np.argsort(values, kind="stable")
    rank = np.empty(values.size)
    rank[order] = (np.arange(values.size) + 0.5) / values.size
    return rank


def _days_apart(climate: Climate, energy: np.ndarray, possible: np.ndarray, month: np.ndarray) -> float | None:
    """Mean over months of the largest difference between the distribution of days and the climate's."""
    whole = (possible > 0) & (energy > 0)
    if whole.sum() < DAYS_NEEDED:
        return None
    apart = []
    for m in range(MONTHS):
        days = np.flatnonzero(whole & (month == m))
        if days.size < 10:
            continue
        kt = energy[days] / possible[days]
        scaled = kt * (climate.clearness[m] / (energy[days].sum() / possible[days].sum()))
        expected = np.interp(scaled, climate.clearness_quantiles[m], climate.probabilities)
        apart.append(float(np.abs(expected - _mid_ranks(scaled)).max()))
    return float(np.mean(apart)) if apart else None


def _sentence(
    trust: str, weather: Weather, climate: Climate, km: float, ratio: float, days: bool, dni_usable: bool
) -> str:
    """What to trust, and why, in one sentence."""
    own = weather.sum_kwh_per_m2(weather.ghi)
    percent = round(abs(ratio - 1) * 100)
    side = "from" if percent == 0 else "high against" if ratio > 1 else "low against"
    far = f", {km:.0f} km away" if km > WARN_KM else ""
    level = f"GHI of {own:,.0f} kWh/m2 is {percent} % {side} the {own / ratio:,.0f} of {climate.name}"
    level += f" ({climate.period}){far}"
    reasons = [] if days else ["its days do not spread as the climate's do"]
    reasons += [] if dni_usable else ["its DNI does not belong to its GHI and was made anew from GHI - DHI"]
    why = " and ".join(reasons)
    if weather.source == "climate":
        return f"This year was made from a climate, which is no witness for itself: {level}."
    if trust == "both":
        return f"Trust both level and shape: {level}."
    if trust == "shape":
        return f'Trust the shape, not the level: {level}; level = "climate" keeps its hours and corrects it.'
    if trust == "level":
        return f"Trust the level, not the shape{'' if dni_usable else ' nor the DNI'}: {level}, but {why}."
    return f"Trust neither level nor shape: {level}, and {why}; do not use it for energy."


def refuse_untrusted(weather: Weather) -> None:
    """Refuse a weather of which nothing holds: neither its level, by half of it or more, nor its shape.

    Raises
    ------
    WeatherError
    """
    if not weather.has_ghi or not weather.covered().any():
        return
    found = judge(weather)
    if found.hopeless and found.km <= WARN_KM:
        raise WeatherError(
            f'{weather.station}: {found.sentence} level = "climate" or ghi_kwh_per_m2 puts another level in its place'
        )
