"""The days of a generated year: how bright each is, with the persistence of the place.

A day's clearness is a quantile of its month's measured distribution. Which quantile, says a normal series that
remembers the day before; in a typical year it is ranked within each month, so that every January has the same
days in an order of its own, in a random year it is taken as it falls and shares a part with its month and its
year, as real years do.

Shapes: D = 365 days; every function also takes N years at once, (N, D).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]

DAYS, MONTHS = 365, 12
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTH_EDGES = np.cumsum((0, *MONTH_DAYS))
MONTH_OF_DAY = np.repeat(np.arange(MONTHS), MONTH_DAYS)
IN_MONTH = np.arange(31) < np.asarray(MONTH_DAYS)[:, None]  # (12, 31): the days that exist, in order
SLICES = tuple(slice(int(a), int(b)) for a, b in pairwise(MONTH_EDGES))

SPIN_UP_DAYS = 31  # a month lets the first day of January forget where the series began
NOISE_DAYS = SPIN_UP_DAYS + DAYS
LEAST_LEFT = 0.7


def normals(seed: int | tuple[int, ...], count: int) -> Array:
    """(count,) standard normal numbers that are the same everywhere.

    numpy promises the raw stream of PCG64 for good, not that of ``Generator.normal``; the inverse of the
    normal distribution does the rest.
    """
    raw = np.random.PCG64(seed).random_raw(count)
    return np.asarray(ndtri(((raw >> np.uint64(11)) + 0.5) * 2.0**-53), dtype=np.float64)


def month_sums(daily: Array) -> Array:
    """(..., 12) sums of a daily series (..., D)."""
    return np.add.reduceat(daily, MONTH_EDGES[:-1], axis=-1)


def persistent(lag_1: Sequence[float] | Array, noise: Array) -> Array:
    """(..., D) autoregressive normal series of unit variance; each day has its month's correlation with the day before.

    Parameters
    ----------
    lag_1 : (12,) correlations
    noise : (..., 31 + D) standard normal numbers
    """
    month = np.concatenate([np.full(SPIN_UP_DAYS, MONTHS - 1), MONTH_OF_DAY])
    rho = np.asarray(lag_1)[month]
    step = np.moveaxis(np.sqrt(1 - rho**2) * noise, -1, 0)
    series = np.empty(step.shape)
    x = np.zeros(step.shape[1:])
    for i, r in enumerate(rho.tolist()):
        x = r * x + step[i]
        series[i] = x
    return np.moveaxis(series[SPIN_UP_DAYS:], 0, -1)


def ranked(values: Array) -> Array:
    """(n,) the probability that each of n days of a month stands for, by its rank.

    Day i stands at i / (n - 1), where numpy's quantiles look for it; the dullest and the clearest half a step inside,
    as the records of 27 years are no days of a typical one. So the days of each month have the 5 to 95 % quantiles of
    all shipped stations to 0.02; mid-ranks miss them by up to 0.03.
    """
    n = values.size
    position = (np.arange(n) + 0.5) / n
    if n > 2:
        position = np.arange(n) / (n - 1)
        position[[0, -1]] += np.array([0.5, -0.5]) / (n - 1)
    found = np.empty(n)
    found[np.argsort(values, kind="stable")] = position
    return found


def typical_scores(series: Array) -> Array:
    """Normal scores (D,) of the ranks of a series (D,) within its months: the same set each January, of mean zero."""
    scores = np.empty(DAYS)
    for days in SLICES:
        scores[days] = ndtri(ranked(series[days]))
    return scores


def month_mean_variance(lag_1: Sequence[float] | Array) -> Array:
    """(12,) variance of the mean of a month's days in a persistent series of unit variance."""
    rho, n = np.asarray(lag_1), np.asarray(MONTH_DAYS)
    return np.asarray(((1 + rho) / (1 - rho) - 2 * rho * (1 - rho**n) / (n * (1 - rho) ** 2)) / n)


def random_scores(
    year_share: float,
    month_share: Sequence[float] | Array,
    lag_1: Sequence[float] | Array,
    year: Array,
    months: Array,
    series: Array,
) -> Array:
    """Normal scores (..., D) of a year as it falls: a part common to the year, one to the month, the rest the days'.

    Parameters
    ----------
    year_share, month_share : share of the variance, one and (12,). A negative share of a month is taken out of the mean
        of its days: where spells alternate, months spread less than their persistence alone would have it.
    lag_1 : (12,) that of the series
    year, months : (..., 1) and (..., 12) standard normal numbers
    series : (..., D) of unit variance
    """
    share, spread = np.asarray(month_share), month_mean_variance(lag_1)
    left = np.clip(1 + np.minimum(share, 0) / spread, 0, 1)  # of the variance of a month's mean
    mean = month_sums(series) / np.asarray(MONTH_DAYS)
    days = series - ((1 - np.sqrt(left)) * mean)[..., MONTH_OF_DAY]
    days = days / np.sqrt(1 - (1 - left) * spread)[MONTH_OF_DAY]
    share = np.maximum(share, 0)
    rest = np.sqrt(1 - year_share - share)
    return np.asarray(
        np.sqrt(year_share) * year + (np.sqrt(share) * months)[..., MONTH_OF_DAY] + rest[MONTH_OF_DAY] * days
    )


def daily_clearness(probabilities: Sequence[float], quantiles: Sequence[Sequence[float]], scores: Array) -> Array:
    """(..., D) clearness of days with such scores; quantiles is (12, Q). Sums are not yet set."""
    rank = ndtr(scores)
    tables = zip(SLICES, quantiles, strict=True)
    return np.concatenate([np.interp(rank[..., days], probabilities, q) for days, q in tables], axis=-1)


def with_sum(clearness: Array, h0: Array, total: float) -> Array:
    """Clearness (n,) of a month's days, moved alike until the month has its sum; none to less than 0.7 of its own.

    A factor would move the bright days of a dull month most. What is left after four rounds is for ``fill``.
    """
    moved, least = clearness, LEAST_LEFT * clearness
    for _ in range(4):
        moved = np.maximum(moved + (total - (moved * h0).sum()) / h0.sum(), least)
    return np.asarray(moved)


def lag_1_of_rows(values: Array) -> Array:
    """(N,) correlation of each value with the next one along the rows of (N, days); nan marks gaps."""
    a, b = values[:, :-1], values[:, 1:]
    pairs = np.isfinite(a) & np.isfinite(b)
    count = np.maximum(pairs.sum(axis=1), 1)

    def centred(x: Array) -> Array:
        known = np.where(pairs, x, 0.0)
        return np.where(pairs, known - (known.sum(axis=1) / count)[:, None], 0.0)

    a, b = centred(a), centred(b)
    spread = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.asarray(np.where(spread > 0, (a * b).sum(axis=1) / np.where(spread > 0, spread, 1.0), np.nan))
