"""A load from a kind of building and its yearly or monthly energy; one from a meter's file is read by ``load_file``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from pvsim.energy.calendar import Days
from pvsim.energy.load_file import load_from_file as load_from_file
from pvsim.energy.profiles import HOURS, PROFILES, Profile
from pvsim.errors import PvsimError

Array = NDArray[np.float64]

COOLING_FROM_C = 24.0  # offices and halls in Chongqing are cooled from about there; general knowledge (U)
YEAR_HOURS = 8760
MONTHS = 12
HOUR_MINUTES = 60
SWING = 0.02  # of the working peak, by which a step may lie beyond the hours around it


def synthetic_load(
    local: Days,
    step_hours: float,
    *,
    profile: str,
    annual_kwh: float | None = None,
    monthly_kwh: Sequence[float] | None = None,
    temp_air: Array | None = None,
    cooling_percent: float = 0.0,
    cooling_from_c: float = COOLING_FROM_C,
    stop_days: int | None = None,
    base_percent: float | None = None,
    work_days: str | None = None,
    holidays: str = "china",
) -> Array:
    """The load of a building by its kind, with exactly the energy that is said.

    Parameters
    ----------
    local : (T,) start of each row on the local clock, whole years of equal steps; a year counts from the first row
    step_hours : length of a row in hours; steps below an hour run smoothly through the hourly shape
    profile : a name of ``PROFILES``
    annual_kwh : energy of each year in kWh, cooling included; or
    monthly_kwh : 12 of them, January first, the same in each year
    temp_air : (T,) degrees C; needed for cooling, NaN counts as no cooling
    cooling_percent : part of a year's energy that cools: by degrees above ``cooling_from_c`` times occupancy
    cooling_from_c : in degrees C
    stop_days : stop at Spring Festival in days; the profile's own if None
    base_percent : load that is never switched off, of the working peak without cooling; the profile's own if None
    work_days : "mon-fri", "mon-sat" or "all"; the profile's own if None
    holidays : "china" or "none" (then a school has no vacations either)

    Returns
    -------
    (T,) kW

    Raises
    ------
    PvsimError
        For impossible input: an unknown profile, negative energy, none or both kinds of it, no 12 months, rows that are
        not whole years, cooling without temperatures or warm hours, or more of it than a month's energy.
    """
    local = np.asarray(local)
    annual, monthly = _energies(annual_kwh, monthly_kwh)
    chosen = _chosen(profile, base_percent)
    year, month = _years_and_months(local, step_hours)
    group = year * MONTHS + month if monthly is not None else year
    wanted = np.tile(monthly, int(year[-1]) + 1) if monthly is not None else np.full(int(year[-1]) + 1, annual)
    shape, occupancy = _shapes(chosen, local, step_hours, holidays, work_days, stop_days)
    if not 0 <= cooling_percent <= 100:
        raise PvsimError(f"cooling_percent is {cooling_percent:g}; allowed: 0 to 100, of a year's energy")
    cooling = np.zeros(local.size)
    if cooling_percent and annual:
        warm = occupancy * _degrees(temp_air, local.size, cooling_from_c)
        cooling = _scaled(warm, year, np.full(int(year[-1]) + 1, annual * cooling_percent / 100), step_hours, "cooling")
        wanted = _without_cooling(wanted, _sums(cooling, group, wanted.size) * step_hours, monthly is not None)
    return cooling + _scaled(shape, group, wanted, step_hours, "load")


def _energies(annual_kwh: float | None, monthly_kwh: Sequence[float] | None) -> tuple[float, Array | None]:
    """Energy of a year and that of its months, if it was said by months."""
    if (annual_kwh is None) == (monthly_kwh is None):
        raise PvsimError("the energy of a load is annual_kwh or monthly_kwh: give one of them")
    if monthly_kwh is None:
        energy = np.array([annual_kwh], dtype=np.float64)
    else:
        energy = np.array(monthly_kwh, dtype=np.float64)
        if energy.shape != (MONTHS,):
            raise PvsimError(f"monthly_kwh has {energy.size} values; needed: 12, January first")
    if not np.isfinite(energy).all() or (energy < 0).any():
        name = "annual_kwh" if monthly_kwh is None else "monthly_kwh"
        raise PvsimError(f"{name} holds {energy[~(energy >= 0) | ~np.isfinite(energy)][0]:g}; needed: 0 kWh or more")
    return float(energy.sum()), energy if monthly_kwh is not None else None


def _chosen(profile: str, base_percent: float | None) -> Profile:
    if profile not in PROFILES:
        raise PvsimError(f"profile is {profile!r}; allowed: {', '.join(PROFILES)}")
    return PROFILES[profile] if base_percent is None else PROFILES[profile].with_base(base_percent)


def _years_and_months(local: Days, step_hours: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which year from the first row each row is in, and its month from 0.

    Raises
    ------
    PvsimError
        When the step is no part of an hour, there are no rows, or a year has less than 365 days of rows.
    """
    minutes = step_hours * HOUR_MINUTES
    if not 0 < step_hours <= 1 or abs(minutes - round(minutes)) > 1e-9 or HOUR_MINUTES % round(minutes):
        raise PvsimError(f"step_hours is {step_hours:g}; allowed: an hour or a part of it in whole minutes")
    if local.ndim != 1 or not local.size:
        raise PvsimError(f"a load needs rows of at least a year; there are {local.size} (zero hours)")
    if np.isnat(local).any() or (np.diff(local) <= np.timedelta64(0, "m")).any():
        raise PvsimError("the rows of a load are not in the order of time")
    month = local.astype("datetime64[M]")
    count = month.astype(np.int64)
    # a year ends where the date of the first row comes again, to the minute
    within = (local - month).astype("timedelta64[m]").astype(np.int64)
    passed = count - count[0] - (within < within[0])
    year = passed // MONTHS
    rows = np.bincount(year)
    short = np.flatnonzero(rows * step_hours < YEAR_HOURS - 1e-6)
    if short.size:
        raise PvsimError(
            f"a load needs whole years: year {short[0] + 1} from {local[0]} has {rows[short[0]] * step_hours:g} hours"
        )
    return year, count % MONTHS


def _shapes(
    profile: Profile, local: Days, step_hours: float, holidays: str, work_days: str | None, stop_days: int | None
) -> tuple[Array, Array]:
    """(T,) mean shape of each row and its occupancy, both relative to the working peak."""
    first, last = local[0].astype("datetime64[D]"), local[-1].astype("datetime64[D]") + 1
    days = np.arange(first, last + 1)  # one more: a row of the last day may reach beyond midnight
    which = profile.rows_of(days, holidays=holidays, work_days=work_days, stop_days=stop_days)
    hourly = profile.shapes[which].ravel()
    minute = (local - first).astype("timedelta64[m]").astype(np.int64)
    shape = _interpolated(hourly, minute, round(step_hours * HOUR_MINUTES), profile.least)
    least = profile.least
    occupancy = np.zeros(shape.size) if least >= 1 else np.maximum(shape - least, 0) / (1 - least)
    return shape, occupancy


def _interpolated(hourly: Array, minute: NDArray[np.int64], step: int, base: float) -> Array:
    """Means over steps from hourly means: smooth, not below the base load, and with the hours' means exactly."""
    if step == HOUR_MINUTES and not (minute % HOUR_MINUTES).any():
        means: Array = hourly[minute // HOUR_MINUTES]
        return means
    # a monotone curve through the energy at each full hour; its slope is the power
    energy = PchipInterpolator(np.arange(hourly.size + 1), np.concatenate(([0.0], np.cumsum(hourly))))
    edges = energy(np.concatenate((minute, minute[-1:] + step)) / HOUR_MINUTES)
    regular = bool((np.diff(minute) == step).all())
    ends = edges[1:] if regular else energy((minute + step) / HOUR_MINUTES)
    fine: Array = np.maximum(ends - edges[:-1], 0) * (HOUR_MINUTES / step)
    steps = HOUR_MINUTES // step
    if not regular or minute[0] % HOUR_MINUTES or fine.size % steps:
        return fine
    # where a shift ends at once the curve swings beyond the hours around it, which would make a peak that no meter
    # sees: such an hour is drawn towards its mean
    first = int(minute[0]) // HOUR_MINUTES
    mean = hourly[first : first + fine.size // steps]
    around = np.stack((np.append(mean[:1], mean[:-1]), mean, np.append(mean[1:], mean[-1:])))
    swing = fine.reshape(-1, steps) - mean[:, None]
    room_up, room_down = around.max(axis=0) + SWING - mean, mean - np.maximum(around.min(axis=0) - SWING, base)
    most, least = np.maximum(swing.max(axis=1), 1e-12), np.maximum(-swing.min(axis=1), 1e-12)
    drawn = np.minimum(1.0, np.minimum(room_up / most, room_down / least))
    limited: Array = (mean[:, None] + drawn[:, None] * swing).ravel()
    return limited


def _degrees(temp_air: Array | None, rows: int, cooling_from_c: float) -> Array:
    """(T,) degrees above the temperature from which is cooled."""
    if temp_air is None:
        raise PvsimError("cooling_percent needs temperatures: temp_air is not there")
    temperature = np.asarray(temp_air, dtype=np.float64)
    if temperature.shape != (rows,):
        raise PvsimError(f"temp_air has the shape {temperature.shape}; the load has {rows} rows")
    if np.isinf(temperature).any() or not np.isfinite(cooling_from_c):
        raise PvsimError("temp_air or cooling_from_c is infinite; needed: degrees C")
    return np.fmax(temperature - cooling_from_c, 0.0)


def _scaled(shape: Array, group: NDArray[np.int64], wanted: Array, step_hours: float, what: str) -> Array:
    """The shape with the energy that is wanted in each group of rows."""
    energy = _sums(shape, group, wanted.size) * step_hours
    missing = np.flatnonzero((energy <= 0) & (wanted > 0))
    present = np.bincount(group, minlength=wanted.size) > 0
    missing = missing[present[missing]]
    if missing.size:
        why = "no occupied hour is warm enough" if what == "cooling" else "nothing runs, the shape is 0 there"
        raise PvsimError(f"{wanted[missing[0]]:g} kWh of {what} have no place: {why}")
    factor: Array = np.divide(wanted, energy, out=np.zeros(wanted.size), where=energy > 0)
    found: Array = shape * factor[group]
    return found


def _sums(values: Array, group: NDArray[np.int64], count: int) -> Array:
    return np.bincount(group, values, count).astype(np.float64, copy=False)


def _without_cooling(wanted: Array, cooling_kwh: Array, by_month: bool) -> Array:
    """Energy that is left for all else; a year's is never negative but by rounding."""
    left = wanted - cooling_kwh
    over = np.flatnonzero(left < -1e-9 * np.maximum(wanted, cooling_kwh))
    if by_month and over.size:
        i = int(over[0])
        raise PvsimError(
            f"month {i % MONTHS + 1} has {wanted[i]:g} kWh, but its part of the year's cooling is {cooling_kwh[i]:g}: "
            "lower cooling_percent or give annual_kwh"
        )
    return np.maximum(left, 0.0)


__all__ = ["COOLING_FROM_C", "HOURS", "PROFILES", "Profile", "load_from_file", "synthetic_load"]
