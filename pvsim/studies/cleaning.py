"""What a cleaning is worth: the same year with and without it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.studies.use import Use

Array = NDArray[np.float64]
Dates = tuple[datetime.date, ...]

CANDIDATE_DAYS = (1, 16)  # of each month: a cleaning is planned by the fortnight


@dataclass(frozen=True)
class CleaningWorth:
    """A day of cleaning (ISO date), what it adds in the year, and what that is worth; None without a tariff."""

    date: str
    kwh: float
    value_cny: float | None


@dataclass(frozen=True)
class Cleaning:
    """Cleanings of a year.

    Attributes
    ----------
    energy_lost_percent : of the year's energy that dirt takes with the cleanings as they are
    dates : each cleaning against the year without it, the others in place
    best : the further cleaning, on the 1st or 16th of a month, that adds most; None where none adds anything
    """

    energy_lost_percent: float
    dates: tuple[CleaningWorth, ...]
    best: CleaningWorth | None


def worth_of_cleaning(
    dates: Sequence[datetime.date],
    outcome: Callable[[Dates], tuple[float, float | None]],
    dirt: Callable[[Dates], Array],
    energy: Array,
    years: tuple[int, ...],
) -> Cleaning:
    """Every cleaning against the year without it, and the best further one.

    Parameters
    ----------
    dates : of the scenario
    outcome : kWh and CNY of a year with cleanings on other dates
    dirt : (D,) share of the light that dirt takes in the lit rows with cleanings on other dates
    energy : (D,) delivered in these rows with the dates as they are; tells the candidates apart
    years : that the weather spans; a further cleaning is looked for in a single one
    """
    own = tuple(dates)
    now = outcome(own)
    clean = 1 - dirt(own)
    found = []
    for i, date in enumerate(own):
        found.append(_difference(date, now, outcome(own[:i] + own[i + 1 :])))
    bare = energy / np.maximum(clean, 1e-9)
    soiling = 100 * float(1 - energy.sum() / bare.sum()) if bare.sum() > 0 else 0.0
    return Cleaning(soiling, tuple(found), _best(own, now, outcome, dirt, bare, years))


def _best(
    own: Dates,
    now: tuple[float, float | None],
    outcome: Callable[[Dates], tuple[float, float | None]],
    dirt: Callable[[Dates], Array],
    bare: Array,
    years: tuple[int, ...],
) -> CleaningWorth | None:
    """The candidate that leaves the least dirt where there is energy to lose, and what a run says it adds."""
    if len(years) > 1:
        return None
    candidates = [datetime.date(years[0], m, d) for m in range(1, 13) for d in CANDIDATE_DAYS]
    best = max(candidates, key=lambda date: float((bare * (1 - dirt((*own, date)))).sum()))
    gain = _difference(best, outcome((*own, best)), now)
    return gain if gain.kwh > 0 else None


def _difference(
    date: datetime.date, more: tuple[float, float | None], less: tuple[float, float | None]
) -> CleaningWorth:
    value = None if more[1] is None or less[1] is None else more[1] - less[1]
    return CleaningWorth(date.isoformat(), more[0] - less[0], value)


def first_year_cny(use: Use | None) -> float | None:
    """What the energy brings and saves in the first year, with VAT and before demand charges; None without prices."""
    if use is None or use.prices is None:
        return None
    bought = use.summed("imported_kw") * use.prices.price_cny_per_kwh
    sold = use.summed("exported_kw") * use.prices.surplus_price_cny_per_kwh
    return use.kwh(sold - bought)
