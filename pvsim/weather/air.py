"""Temperature and wind of a generated year: mean days of the months, moved by how bright a day is.

Shapes: D = 365 days, H = 24 clock hours.
"""

from __future__ import annotations

import numpy as np

from pvsim.weather.climate import Air
from pvsim.weather.days import DAYS, MONTH_DAYS, MONTH_EDGES, MONTH_OF_DAY, MONTHS, Array, month_sums

HOURS = 24
LAPSE_K_PER_M = 0.0065  # of the standard atmosphere (ISO 2533), as in pvlib's alt2pres
LEAST_SWING = 0.1  # of the mean day's diurnal swing, left on the dullest days
MINUTES_PER_DEGREE = 4  # of longitude, by which the sun's clock differs


def _seasons() -> tuple[np.ndarray, np.ndarray, Array, Array]:
    """Straight lines between mid-months: the months before and after each day (D,), the weight of the latter
    (D, 1), and the share (3, 12, 1) that the month before, the month and the month after have in its mean.
    """
    middle = (MONTH_EDGES[:-1] + MONTH_EDGES[1:]) / 2
    x = np.concatenate([[middle[-1] - DAYS], middle, [middle[0] + DAYS]])
    day = np.arange(DAYS) + 0.5
    left = np.searchsorted(x, day, side="right") - 1
    weight = (day - x[left]) / (x[left + 1] - x[left])
    before, after = (left - 1) % MONTHS, left % MONTHS
    shares = np.zeros((3, MONTHS, 1))
    for neighbour, part in ((before, 1 - weight), (after, weight)):
        np.add.at(shares[..., 0], ((neighbour - MONTH_OF_DAY + 1) % MONTHS, MONTH_OF_DAY), part)
    return before, after, weight[:, None], shares / np.asarray(MONTH_DAYS)[:, None]


_BEFORE, _AFTER, _WEIGHT, _SHARES = _seasons()


def _through_months(table: Array) -> Array:
    """(12, H) monthly means to (D, H) without a step between months, with the same monthly means.

    The nodes of the straight lines are moved until the means are met: each round leaves less than a half.
    """
    nodes = table
    for _ in range(40):
        mean = _SHARES[0] * np.roll(nodes, 1, axis=0) + _SHARES[1] * nodes
        nodes = nodes + table - mean - _SHARES[2] * np.roll(nodes, -1, axis=0)
    return np.asarray(nodes[_BEFORE] * (1 - _WEIGHT) + nodes[_AFTER] * _WEIGHT)


def _on_clock(table: Array, shift_minutes: float) -> Array:
    """Mean days (12, 24) of one clock on another that is ``shift_minutes`` ahead of it."""
    hours, part = divmod(shift_minutes / 60, 1)
    whole = np.roll(table, int(hours), axis=1)
    return whole if part == 0 else whole * (1 - part) + np.roll(whole, 1, axis=1) * part


def shift_minutes(air: Air, longitude: float, utc_offset_minutes: int) -> float:
    """By how much the same sun stands later on the clock of a place than on that of the air: zone and longitude."""
    here = utc_offset_minutes - MINUTES_PER_DEGREE * longitude
    return here - (air.utc_offset_minutes - MINUTES_PER_DEGREE * air.longitude)


def temperature(air: Air, scores: Array, altitude: float, shift: float) -> Array:
    """Air temperature (D, H), degrees C: the month's mean day, moved and stretched by the day's clearness.

    The score goes straight from one noon to the next, so that no step falls on midnight; a last constant per
    month gives each month its mean, less what the days' scores have of their own. Altitude follows the lapse of the
    standard atmosphere.

    Parameters
    ----------
    scores : (D,) normal score of each day's clearness in its month
    altitude : of the place, m
    shift : minutes by which its clock is ahead of the air's
    """
    table = _on_clock(np.asarray(air.temp_air), shift)
    swing = (table - table.mean(axis=1, keepdims=True))[MONTH_OF_DAY]
    per_score = np.asarray(air.temp_mean_per_score)[MONTH_OF_DAY]
    relative = np.asarray(air.temp_range_per_score) / np.asarray(air.temp_range)
    hour = np.arange(DAYS * HOURS, dtype=np.float64)
    score = np.interp(hour, np.arange(DAYS) * 24.0 + 11.5, scores).reshape(DAYS, HOURS)
    # the dullest day stays a little warmer at three than at dawn: a straight line would turn it around
    stretch = np.maximum(relative[MONTH_OF_DAY, None] * score, LEAST_SWING - 1)
    effect = score * per_score[:, None] + stretch * swing
    # a bright month of a random year is a warm one, too
    excess = month_sums(effect.mean(axis=1) - scores * per_score) / np.asarray(MONTH_DAYS)
    lapse = LAPSE_K_PER_M * (altitude - air.altitude)
    return np.asarray(_through_months(table) + effect - excess[MONTH_OF_DAY][:, None] - lapse)


def wind(air: Air, shift: float) -> Array:
    """Wind speed (D, H), m/s: the mean days of the months."""
    return _through_months(_on_clock(np.asarray(air.wind_speed), shift))
