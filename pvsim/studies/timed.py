"""What a scenario says by date: dirt that grows and is washed off, and inverters that stand still."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import WeatherError
from pvsim.scenario.schema import Losses, Outage, Scenario
from pvsim.weather.record import Weather

Array = NDArray[np.float64]

RAIN_NEEDED = 0.9  # share of rows with rain: what is missing counts as dry


def washing(losses: Losses, weather: Weather) -> Weather:
    """The weather with all that its losses ask for: rain for a climate's year, where rain is to wash.

    Raises
    ------
    WeatherError
        When no rain is known near enough.
    """
    if losses.soiling_percent_per_day is None or weather.source != "climate":
        return weather
    from pvsim.weather.rain import with_rain  # few runs ask for it

    return with_rain(weather)


def soiling_rows(losses: Losses, weather: Weather) -> Array | None:
    """(T,) share of the light that dirt takes in each row; None where it is the same all year.

    Raises
    ------
    WeatherError
        When rain is to wash and the weather has none.
    """
    if losses.soiling_monthly_percent:
        return np.array(losses.soiling_monthly_percent)[weather.axis.month_index()] / 100
    if losses.soiling_percent_per_day is None:
        return None
    if weather.rainfall is None:
        raise WeatherError(
            "losses.soiling_percent_per_day: rain washes, and this weather has none; needed is a file with the "
            "column rainfall in mm (CSV), an EPW, ERA5 or Open-Meteo file with its precipitation or the climate, or "
            "state soiling_percent"
        )
    known = np.isfinite(weather.rainfall)
    if known.mean() < RAIN_NEEDED:
        raise WeatherError(f"{weather.station}: {known.mean():.0%} of its rows have rain; {RAIN_NEEDED:.0%} are needed")
    return _kimber(losses, weather, np.nan_to_num(weather.rainfall))


def _kimber(losses: Losses, weather: Weather, rainfall: Array) -> Array:
    """pvlib's Kimber model over the rows, begun with what it ends with in a single year, as years follow each other."""
    import pandas as pd
    from pvlib.soiling import kimber

    rain = losses.rain
    index = pd.DatetimeIndex(weather.axis.local_datetime64())
    fallen = pd.Series(rainfall, index=index)
    washed = [day for date in losses.cleaning_dates for day, _ in _periods(date, date, weather)]
    start = 0.0
    for _ in range(2):
        found = kimber(
            fallen,
            cleaning_threshold=rain["threshold"],
            soiling_loss_rate=rain["rate"],
            grace_period=int(rain["grace"]),
            max_soiling=rain["most"],
            manual_wash_dates=washed or None,
            initial_soiling=start,
        ).to_numpy(dtype=np.float64)
        if weather.year_count > 1:
            break
        start = float(found[-1])
    return np.asarray(np.clip(found, 0.0, rain["most"]), dtype=np.float64)


def running(outages: Sequence[Outage], names: Sequence[str | None], weather: Weather) -> Array | None:
    """(I, T) share of each inverter that runs in each row; None where all do always.

    ``names`` are the inverters' names in the order of the chain, None for the unnamed one.
    """
    if not outages:
        return None
    share = np.ones((len(names), weather.axis.rows))
    for outage in outages:
        hit = [i for i, name in enumerate(names) if outage.inverter is None or name == outage.inverter]
        share[hit] *= 1 - _standing(outage, weather) * outage.lost_percent / 100
    return share


def _standing(outage: Outage, weather: Weather) -> Array:
    """(T,) share of each row that lies in the period."""
    rows = weather.axis.local_datetime64()
    step = np.timedelta64(weather.axis.step_minutes, "m")
    part = np.zeros(rows.size)
    for start, end in _periods(outage.start, outage.end, weather):
        first, stop = np.datetime64(start, "s"), np.datetime64(end, "s") + np.timedelta64(1, "D")
        lasting = (np.minimum(rows + step, stop) - np.maximum(rows, first)) / step
        part = np.maximum(part, np.clip(lasting, 0, 1))
    return part


def unseen_notes(scenario: Scenario, weather: Weather) -> tuple[str, ...]:
    """Warnings of dates that no row of the weather has: they count for nothing."""
    dates = [("outage", o.start, o.end) for o in scenario.outage]
    dates += [("losses.cleaning_dates", d, d) for d in scenario.losses.cleaning_dates]
    lost = [f"{key} of {first}" for key, first, last in dates if not _periods(first, last, weather)]
    return tuple(f"{text} lies outside of the weather ({weather.years}) and counts for nothing" for text in lost)


_Period = tuple[datetime.date, datetime.date]


def _periods(start: datetime.date, end: datetime.date, weather: Weather) -> list[_Period]:
    """The period in the weather's rows: as dated, or in the one year that stands for any other.

    Of a climate's year, and of a single year that does not hold the dates, the same days of its year count; a period
    over New Year then lies at both its ends.
    """
    rows = weather.axis.local_datetime64()
    first, last = (moment.astype("datetime64[D]").astype(object) for moment in (rows[0], rows[-1]))
    held = start <= last and end >= first
    if weather.source != "climate" and (held or weather.year_count > 1):
        return [(start, end)] if held else []
    if (end - start).days >= 365:
        return [(first, last)]
    turn = end.year - start.year
    # the year of the rows, and the one before, whose end reaches into it
    moved = [(_in_year(start, year), _in_year(end, year + turn)) for year in (last.year, last.year - 1)]
    return [(begin, stop) for begin, stop in moved if begin <= last and stop >= first]


def _in_year(date: datetime.date, year: int) -> datetime.date:
    try:
        return date.replace(year=year)
    except ValueError:  # 29 February of a year that has none
        return date.replace(year=year, day=28)
