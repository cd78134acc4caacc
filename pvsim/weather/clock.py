"""Where the sun stands in the rows of a file, found month by month with two hands.

The noon of GHI (when its light is centred, against the sun's own) says where GHI stands. Closure, GHI = DHI +
DNI cos(zenith), says with which sun DNI was made. A file need not have made both with the same clock: where
they disagree the noon wins, since GHI is what the energy comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import WeatherError
from pvsim.physics.sun import DAY_S, TimeAxis, solar_position, sun_over
from pvsim.weather.table import Array, Place

MONTHS = 12
TOLERANCE_MIN = 15.0  # dull mornings move a month's noon by up to this
STRAY_MIN = 2 * TOLERANCE_MIN  # a month further than this from the file's clock has one of its own
DOUBT_MIN, REFUSED_MIN = 15.0, 25.0  # of the year's noon from the nearest clock: a zone off by an hour is 30 or more
LIT_HOURS_NEEDED = 40  # of a month, to find its noon
BETTER = 2 / 3  # another clock whose closure is this much better is the one DNI was made with
EXACT_RMS = 3.0  # W/m2: a closure this good leaves nothing to find
CLOSURE_ZENITH_DEG = 80.0  # a lower sun makes every file close badly
BRIGHTEST = 1500.0  # W/m2, above the extraterrestrial beam of any day
UNUSABLE_RMS = 40.0  # W/m2: no clock below it, and DNI belongs to another sky
UNUSABLE_BIAS = 0.05  # of GHI


@dataclass(frozen=True)
class Clock:
    """What the two hands found.

    Attributes
    ----------
    sun_offset_minutes : (12,) where the sun of GHI stands, counted from the row's start
    noon_minutes : (12,) the same as the noon of GHI shows it; NaN where a month has too little light
    closure_minutes : (12,) the clock at which the three columns close best; NaN without DNI
    closure_rms : root mean square of GHI - DHI - DNI cos(zenith) at ``sun_offset_minutes``, W/m2; NaN without DNI
    best_rms, best_minutes : the same with all months at the clock that closes best, and that clock
    bias : mean of GHI - DHI - DNI cos(zenith) over mean GHI
    dni_usable : DNI belongs to the sun of GHI
    """

    sun_offset_minutes: tuple[float, ...]
    noon_minutes: tuple[float, ...]
    closure_minutes: tuple[float, ...]
    closure_rms: float
    best_rms: float
    best_minutes: float
    bias: float
    dni_usable: bool

    @property
    def excess_rms(self) -> float:
        """What another clock takes off closure, W/m2; instruments part by themselves, clocks add to that in squares.

        0 without DNI.
        """
        excess = self.closure_rms**2 - self.best_rms**2
        return float(np.sqrt(excess)) if excess > 0 else 0.0

    @property
    def stray_minutes(self) -> float:
        """How far the year's noon lies from the clock that was taken; 0 where it could not be found."""
        off = np.array(self.noon_minutes) - self.sun_offset_minutes
        return float(np.nanmedian(off)) if np.isfinite(off).any() else 0.0


def candidates_of(step_minutes: int, nominal: float) -> tuple[float, ...]:
    """Start, middle and end of the row, and what the file's label says; the latter first, so that it wins a tie."""
    return tuple(dict.fromkeys((nominal, 0.0, step_minutes / 2, float(step_minutes))))


def noon_minutes(ghi: Array, axis: TimeAxis, place: Place, altitude: float) -> Array:
    """(12,) minutes from the row's start to the sun of its light, by the phase of the mean day of each month.

    The phase is that of the first harmonic, of GHI against the cosine of the zenith at the rows' starts: it has no
    edge, so that light at any hour is placed.
    """
    start = axis.unixtime()
    zenith = solar_position(start, place.latitude, place.longitude, altitude)[1]
    height = np.maximum(np.cos(np.radians(zenith)), 0)
    known = np.isfinite(ghi)
    light = np.where(known, np.clip(ghi, 0, BRIGHTEST), 0.0)
    height = np.where(known, height, 0.0)
    angle = 2 * np.pi * (start % DAY_S) / DAY_S
    turn = np.exp(1j * angle)
    month = axis.month_index()

    def phase(weights: Array) -> NDArray[np.float64]:
        parts = [np.bincount(month, weights * p, MONTHS) for p in (turn.real, turn.imag)]
        return np.arctan2(parts[1], parts[0])

    late = (phase(height) - phase(light) + np.pi) % (2 * np.pi) - np.pi
    found = late * DAY_S / 60 / (2 * np.pi)
    enough = np.bincount(month, (light > 0) & (height > 0), MONTHS) * axis.step_minutes / 60 >= LIT_HOURS_NEEDED
    return np.where(enough, found, np.nan)


def _closure(
    series: dict[str, Array], axis: TimeAxis, place: Place, altitude: float, clocks: tuple[float, ...]
) -> tuple[Array, Array, Array, Array]:
    """Of each month and clock (12, C): rows judged, their squares of what does not close, its sum, and their GHI."""
    month = axis.month_index()
    count, square, total, light = np.zeros((4, MONTHS, len(clocks)))
    # a single impossible value is mended later; it must not speak for its column
    possible = (series["ghi"] > 0) & (series["ghi"] < BRIGHTEST)
    possible &= (series["dhi"] < BRIGHTEST) & (series["dni"] >= 0) & (series["dni"] < BRIGHTEST)
    for i, minutes in enumerate(clocks):
        sun = sun_over(axis, (minutes,) * MONTHS, place.latitude, place.longitude, altitude)
        gap = series["ghi"] - series["dhi"] - series["dni"] * np.cos(np.radians(sun.zenith))
        rows = np.flatnonzero((sun.zenith < CLOSURE_ZENITH_DEG) & np.isfinite(gap) & possible)
        for table, values in (
            (count, np.ones(rows.size)), (square, gap[rows] ** 2), (total, gap[rows]), (light, series["ghi"][rows]),
        ):  # fmt: skip
            table[:, i] = np.bincount(month[rows], values, MONTHS)
    return count, square, total, light


def find_clock(
    series: dict[str, Array], axis: TimeAxis, place: Place, altitude: float, clocks: tuple[float, ...]
) -> Clock:
    """The clock of a file.

    Parameters
    ----------
    series : ``ghi`` (T,), and ``dhi`` and ``dni`` where the file has them; missing codes are NaN already
    axis : T rows
    place : of the file
    altitude : m
    clocks : minutes from the row's start to the sun that are possible; the first is the file's own, which is kept
        where the noon allows it
    """
    noon = noon_minutes(series["ghi"], axis, place, altitude)
    three = "dhi" in series and "dni" in series
    closing = np.full(MONTHS, np.nan)
    if three:
        # DNI may have been made with a sun that GHI cannot have
        half = axis.step_minutes / 2
        scanned = tuple(dict.fromkeys((*clocks, clocks[0] - half, clocks[0] + half)))
        count, square, total, light = _closure(series, axis, place, altitude, scanned)
        judged = count.max(axis=1) > 0
        rms = np.sqrt(square / np.maximum(count, 1))
        closing[judged] = np.asarray(scanned)[rms.argmin(axis=1)][judged]
    picked = _pick(noon, closing, clocks)
    offsets = tuple(clocks[i] for i in picked)
    if not three or not count.any():
        return Clock(offsets, _plain(noon), _plain(closing), np.nan, np.nan, np.nan, np.nan, dni_usable=False)
    own = (np.arange(MONTHS), picked)
    rows = max(float(count[own].sum()), 1.0)
    own_rms = float(np.sqrt(square[own].sum() / rows))
    others = [float(np.sqrt(square[:, i].sum() / max(count[:, i].sum(), 1))) for i in range(len(scanned))]
    best_rms = min(own_rms, *others)
    best_minutes = offsets[0] if best_rms == own_rms else scanned[int(np.argmin(others))]
    bias = float(total[own].sum() / max(light[own].sum(), 1e-9))
    elsewhere = own_rms > EXACT_RMS and best_rms < BETTER * own_rms
    usable = not elsewhere and own_rms <= UNUSABLE_RMS and abs(bias) <= UNUSABLE_BIAS
    return Clock(offsets, _plain(noon), _plain(closing), own_rms, best_rms, best_minutes, bias, usable)


def _pick(noon: Array, closing: Array, clocks: tuple[float, ...]) -> NDArray[np.intp]:
    """(12,) index of each month's clock: that of most months, or its own where both hands leave that one."""
    known = np.isfinite(noon)
    if not known.any():
        return np.zeros(MONTHS, dtype=np.intp)
    off = np.abs(noon[:, None] - np.asarray(clocks))
    # closure on the side of the file's own clock lets a lopsided sky pass: hills in the east move the noon
    agrees = np.isfinite(closing).any() and np.nanmedian(closing) == clocks[0]
    if np.median(np.abs(noon[known] - clocks[0])) <= TOLERANCE_MIN * (1.5 if agrees else 1.0):
        main = 0
    else:
        main = int(np.minimum(off[known], STRAY_MIN).sum(axis=0).argmin())
    picked = np.full(MONTHS, main, dtype=np.intp)
    unsupported = np.isfinite(closing) & (closing == clocks[main])  # a month's clouds can move its noon, too
    own = known & ~unsupported & (off[:, main] > STRAY_MIN) & (off.min(axis=1) <= TOLERANCE_MIN)
    picked[own] = off[own].argmin(axis=1)
    return picked


def refuse_wrong_zone(name: str, clock: Clock, utc_offset_minutes: int, nominal: float) -> tuple[str, ...]:
    """A warning where the light is centred away from every clock that a file can have.

    Raises
    ------
    WeatherError
        When it is so far away that the time zone must be wrong.
    """
    stray = clock.stray_minutes
    late = np.array(clock.noon_minutes) - clock.sun_offset_minutes
    off = np.flatnonzero(np.abs(late) > STRAY_MIN + TOLERANCE_MIN)
    if abs(stray) <= DOUBT_MIN and not off.size:
        return ()
    # a noon that comes late on the clock means a clock ahead of the sun's
    hours = utc_offset_minutes / 60 - round(float(np.nanmedian(clock.noon_minutes) - nominal) / 30) / 2
    what = f"{name}: the light is centred {abs(stray):.0f} minutes {'before' if stray > 0 else 'after'} the sun's noon"
    if abs(stray) > REFUSED_MIN:
        raise WeatherError(
            f"{what} by its clock, UTC{utc_offset_minutes / 60:+g}: its clock or its time zone is wrong "
            f"(UTC{hours:+g} would fit); check the offset, the hours of the rows and the longitude"
        )
    if off.size > MONTHS // 2 or abs(stray) > DOUBT_MIN:
        return (f"{what}: its clock may be wrong, or mornings and evenings differ that much there",)
    months = ", ".join(str(m + 1) for m in off)
    return (f"{name}: the light of month {months} is centred more than 45 minutes from the sun's noon",)


def _plain(values: Array) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
