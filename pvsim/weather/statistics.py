"""From daily irradiation of some years to the radiation statistics of a climate.

What was decided here, and why:

- **Monthly GHI**: a day counts when its GHI is positive; a missing day or one of zero or less gets the mean of the
  counted days of its own month and year, a month without any counted day the mean of all counted days of that
  calendar month. Of the treatments tried, only this one reproduces means, standard deviations and annual sum of the
  published table of station 57516 to their last digit.
  A month with less than five counted days is taken for one without: a day alone is no month.
- **Clearness of a month** is that GHI over the extraterrestrial irradiation of the month in 2025, the year in which
  generated years are written: so the typical year has the station's GHI at the station.
- **Turbidity**: the one whose clear days have, in the mean of the months, the 99 % quantile of daily clearness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from pvsim.errors import WeatherError
from pvsim.physics.sun import TimeAxis, sun_over
from pvsim.weather.clear import clear_sky
from pvsim.weather.days import DAYS, MONTH_DAYS, MONTHS, Array, lag_1_of_rows, month_sums
from pvsim.weather.table import Place
from pvsim.weather.tuning import tune

TYPICAL_YEAR = 2025
PROBABILITIES = (0.0, 0.01, 0.02, *(i / 20 for i in range(1, 20)), 0.98, 0.99, 1.0)
HIGHEST_CLEARNESS = 0.9  # of a day; the clearest of the highest plateaus have 0.85
IMPOSSIBLE_SHARE = 0.01  # of the days: more is another unit or another place, not an instrument's bad day
DAYS_NEEDED = 60  # of a calendar month: fewer give no distribution
DAYS_OF_A_MEAN = 5  # counted days without which a month takes the mean of its calendar month
DAYS_OF_A_MONTH = 20  # known days without which a single month's correlation says nothing
LEAST_CLEARNESS = 0.2  # of a year; the dullest places of the earth, round Chongqing, have 0.26
LEAST_SPREAD = 0.02  # of clearness between the 5 and 95 % quantiles of a month's days
YEARS_NEEDED = 10  # to know how far years spread
YEARS_WANTED = 20  # to know it within a fifth
TREND_SEEN = 2.0  # of a trend over its standard error
CLIMATE_YEARS = 27  # those of the shipped climates
WHOLE_YEAR = 0.8  # of its days: with less, a year filled up with means lies too near to the mean
USUAL_CV = 0.06  # of annual GHI, where a record is too short: that of Chongqing's stations
TURBIDITY = (1.5, 12.0)


@dataclass(frozen=True)
class Daily:
    """A record of daily GHI: every day from the first of January of its first year to the end of its last.

    Attributes
    ----------
    place : where it was measured, altitude included
    days : (D,) datetime64[D]
    ghi : (D,) kWh/m2, nan where it is unknown
    temp_air : (12,) monthly means in degrees C, if the record has temperatures
    """

    place: Place
    days: NDArray[np.datetime64]
    ghi: Array
    temp_air: Array | None = None

    @property
    def years(self) -> tuple[int, int]:
        """First and last year."""
        first, last = self.days[[0, -1]].astype("datetime64[Y]").astype(int) + 1970
        return int(first), int(last)


def h0_kwh_per_m2(axis: TimeAxis, place: Place) -> Array:
    """(days,) extraterrestrial irradiation on the horizontal of each local day of an axis of hours."""
    sun = sun_over(axis, (30.0,) * MONTHS, place.latitude, place.longitude, place.altitude or 0.0)
    return np.asarray(sun.ghi_extra().reshape(-1, 24).sum(axis=1) / 1000, dtype=np.float64)


def h0_of_year(place: Place, utc_offset_minutes: int) -> Array:
    """(365,) the same in the year in which generated years are written."""
    return h0_kwh_per_m2(TimeAxis.of_year(TYPICAL_YEAR, 60, utc_offset_minutes), place)


def turbidity_for(clearness: float, place: Place, utc_offset_minutes: int) -> float:
    """The Linke turbidity of which clear days have that clearness, in the mean of the months; within 1.5 to 12."""
    axis = TimeAxis.of_year(TYPICAL_YEAR, 60, utc_offset_minutes)
    sun = sun_over(axis, (30.0,) * MONTHS, place.latitude, place.longitude, place.altitude or 0.0)
    h0 = h0_kwh_per_m2(axis, place)

    def excess(linke_turbidity: float) -> float:
        ghi = clear_sky(sun.apparent_zenith, sun.dni_extra, place.altitude or 0.0, linke_turbidity)[0]
        daily = (ghi * sun.sunlit_fraction).reshape(DAYS, 24).sum(axis=1) / 1000 / h0
        return float((month_sums(daily) / np.asarray(MONTH_DAYS)).mean()) - clearness

    low, high = TURBIDITY
    if excess(low) <= 0 or excess(high) >= 0:
        return low if excess(low) <= 0 else high
    return float(brentq(excess, low, high, xtol=1e-3))


def monthly_totals(days: NDArray[np.datetime64], ghi: Array) -> Array:
    """(years, 12) GHI of each month, gaps filled as the module says."""
    month = days.astype("datetime64[M]").astype(int)
    first = int(month[0])
    known = np.isfinite(ghi)
    count = np.bincount(month - first, minlength=0)
    seen = np.bincount(month - first, known)
    total = np.bincount(month - first, np.where(known, ghi, 0.0))
    calendar = np.arange(count.size) % MONTHS
    long_mean = np.bincount(calendar, total, MONTHS) / np.bincount(calendar, seen, MONTHS)
    mean = np.where(seen >= DAYS_OF_A_MEAN, total / np.maximum(seen, 1), long_mean[calendar])
    return np.asarray(mean * count, dtype=np.float64).reshape(-1, MONTHS)


def plausible(daily: Daily, utc_offset_minutes: int) -> tuple[Array, int]:
    """(D,) clearness of each day, nan where unknown, not positive or above what any day can have; how many of these.

    Raises
    ------
    WeatherError : so many impossible days that unit or place must be wrong; too few days of a calendar month
    """
    first = TimeAxis.of_year(daily.years[0], 60, utc_offset_minutes).start_s
    h0 = h0_kwh_per_m2(TimeAxis(first, 60, daily.days.size * 24, utc_offset_minutes), daily.place)
    kt = np.where(daily.ghi > 0, daily.ghi / np.where(h0 > 0, h0, np.inf), np.nan)
    above = kt > HIGHEST_CLEARNESS
    known = np.isfinite(kt)
    if above.sum() > IMPOSSIBLE_SHARE * max(known.sum(), 1):
        raise WeatherError(
            f"{above.sum()} of {known.sum()} days have more than {HIGHEST_CLEARNESS:g} of the light above the "
            "atmosphere, which no day has; check the unit of GHI in the header, latitude and longitude"
        )
    kt = np.where(above, np.nan, kt)
    month = daily.days.astype("datetime64[M]").astype(int) % MONTHS
    count = np.bincount(month[np.isfinite(kt)], minlength=MONTHS)
    if count.min() < DAYS_NEEDED:
        raise WeatherError(
            f"month {int(count.argmin()) + 1} has {count.min()} days with GHI; {DAYS_NEEDED} of each calendar month "
            "are needed for a distribution; with less, give twelve monthly means"
        )
    return kt, int(above.sum())


def _single_months(kt: Array, days: NDArray[np.datetime64]) -> Array:
    """(12,) correlation of consecutive days within one month, mean over those with enough days."""
    month = days.astype("datetime64[M]").astype(int)
    first = int(month[0])
    day = (days - days.astype("datetime64[M]")).astype(int)
    table = np.full((month[-1] - first + 1, 31), np.nan)
    table[month - first, day] = kt
    enough = np.isfinite(table).sum(axis=1) > DAYS_OF_A_MONTH
    calendar = np.arange(table.shape[0]) % MONTHS
    lag = lag_1_of_rows(table)
    rows = [lag[enough & (calendar == m)] for m in range(MONTHS)]
    known = [float(np.nanmean(r)) if np.isfinite(r).any() else np.nan for r in rows]
    if not np.isfinite(known).any():
        raise WeatherError(
            f"no month has more than {DAYS_OF_A_MONTH} days with GHI that follow each other: persistence is not known"
        )
    return np.where(np.isfinite(known), known, np.nanmean(known))


def radiation_of(daily: Daily, utc_offset_minutes: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The statistics of a record, as a climate file holds them but for their source; and what a reader must know.

    Raises
    ------
    WeatherError : the record cannot be used
    """
    kt, impossible = plausible(daily, utc_offset_minutes)
    ghi = np.where(np.isfinite(kt), daily.ghi, np.nan)
    totals = monthly_totals(daily.days, ghi)
    year = daily.days.astype("datetime64[Y]").astype(int)
    known = np.bincount(year - year[0], np.isfinite(ghi)) / np.bincount(year - year[0])
    totals, whole = totals[known > 0], (known >= WHOLE_YEAR)[known > 0]
    month = daily.days.astype("datetime64[M]").astype(int) % MONTHS
    quantiles = [np.quantile(kt[(month == m) & np.isfinite(kt)], PROBABILITIES) for m in range(MONTHS)]
    h0 = h0_of_year(daily.place, utc_offset_minutes)
    mean, annual = totals.mean(axis=0), totals[whole].sum(axis=1)
    _refuse_dull(mean, h0, quantiles)
    notes = _notes(ghi, impossible, annual.size, int((~whole).sum()) + int((known == 0).sum()))
    notes += _trend(np.unique(year)[known > 0][whole] + 1970, annual)
    long = annual.size >= YEARS_NEEDED
    spread = totals[whole].std(axis=0, ddof=1) if annual.size > 1 else np.zeros(MONTHS)
    cv = float(annual.std(ddof=1) / annual.mean()) if long else USUAL_CV
    single = _single_months(kt, daily.days)
    tuned = tune(
        PROBABILITIES, np.round(quantiles, 5).tolist(), h0,
        lag_1_single_month=single, month_cv=spread / mean if long else None, annual_cv=cv,
    )  # fmt: skip
    clearest = float(np.mean([q[PROBABILITIES.index(0.99)] for q in quantiles]))
    return {
        "ghi_kwh_per_m2": rounded(mean, 4),
        "ghi_sd_kwh_per_m2": rounded(spread, 4),
        "interannual_cv": round(cv, 5),
        "clearness": rounded(mean / month_sums(h0), 7),
        "probabilities": list(PROBABILITIES),
        "clearness_quantiles": [rounded(q, 5) for q in quantiles],
        "lag_1_single_month": rounded(single, 4),
        "lag_1_generator": rounded(tuned.lag_1_generator, 3),
        "month_share": rounded(tuned.month_share, 4),
        "year_share": round(tuned.year_share, 5),
        "linke_turbidity": round(turbidity_for(clearest, daily.place, utc_offset_minutes), 2),
    }, notes


def _refuse_dull(mean: Array, h0: Array, quantiles: list[Array]) -> None:
    """Refuse a record that is duller than any place, or whose days do not differ.

    Raises
    ------
    WeatherError
    """
    refuse_too_dull(mean, h0)
    low, high = PROBABILITIES.index(0.05), PROBABILITIES.index(0.95)
    alike = [m + 1 for m, q in enumerate(quantiles) if q[high] - q[low] < LEAST_SPREAD]
    if alike:
        raise WeatherError(
            f"the days of month {alike[0]} hardly differ; monthly means written out as days have no distribution: give "
            "twelve monthly means instead"
        )


def refuse_too_dull(ghi_kwh_per_m2: Array, h0: Array) -> None:
    """Refuse twelve months that hold less light than the dullest places have.

    Raises
    ------
    WeatherError
    """
    clearness = float(ghi_kwh_per_m2.sum() / h0.sum())
    if clearness < LEAST_CLEARNESS:
        raise WeatherError(
            f"GHI of {ghi_kwh_per_m2.sum():,.0f} kWh/m2 a year is {clearness:.2f} of the light above the atmosphere "
            f"and no place has less than {LEAST_CLEARNESS:g}; check the unit of GHI, latitude and longitude"
        )


def _notes(ghi: Array, impossible: int, whole_years: int, other_years: int) -> tuple[str, ...]:
    """What was left out, and what a record is too short for."""
    notes = []
    missing = int(np.isnan(ghi).sum())
    if missing:
        beyond = f", {impossible} of them as no day can be so bright" if impossible else ""
        notes.append(f"{missing} of {ghi.size} days are missing or not positive and take their month's mean{beyond}")
    if other_years:
        notes.append(
            f"{other_years} years have less than {WHOLE_YEAR:.0%} of their days and do not count for the spread "
            "of years"
        )
    if YEARS_NEEDED <= whole_years < YEARS_WANTED:
        error = 1 / np.sqrt(2 * (whole_years - 1))
        notes.append(f"of {whole_years} whole years the spread is known to {error:.0%} of itself")
    if whole_years < YEARS_NEEDED:
        notes.append(
            f"{whole_years} whole years do not show how far years spread: {USUAL_CV:.0%} are taken; {YEARS_NEEDED} are "
            "needed"
        )
    return tuple(notes)


def _trend(years: NDArray[np.int64], annual: Array) -> tuple[str, ...]:
    """A note where GHI rose or fell so far that the mean of all years is not that of the last ones."""
    if annual.size < YEARS_WANTED:
        return ()
    x = years - years.mean()
    slope = float((x * annual).sum() / (x * x).sum())
    rest = annual - annual.mean() - slope * x
    error = float(np.sqrt((rest**2).sum() / (annual.size - 2) / (x * x).sum()))
    if abs(slope) <= TREND_SEEN * error:
        return ()
    last = annual[-CLIMATE_YEARS:].mean()
    return (
        f"GHI {'fell' if slope < 0 else 'rose'} by {abs(10 * slope):.0f} kWh/m2 per decade: the mean of all years is "
        f"{annual.mean():,.0f}, of the last {min(CLIMATE_YEARS, annual.size)} {last:,.0f}; --years takes some of them",
    )


def rounded(values: Any, digits: int) -> list[float]:
    """Plain floats of so many decimals."""
    return [round(float(v), digits) for v in values]
