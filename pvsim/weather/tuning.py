"""The three numbers per month that make random years behave as the measured ones do.

Persistence from day to day, a part common to the month and a part common to the year together fix how days follow
each other and how far months and years spread. None of them can be read off the data: a month is short, its
correlation a biased estimate, and clear spells spread a month by themselves. So they are found by generating many
years and comparing them with the data by the same estimators.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pvsim.weather.days import (
    MONTH_OF_DAY,
    MONTHS,
    NOISE_DAYS,
    SLICES,
    Array,
    daily_clearness,
    lag_1_of_rows,
    month_mean_variance,
    month_sums,
    normals,
    persistent,
    random_scores,
)

TUNING_SEED = 2**31  # far from those that users and tests take
YEARS, ROUNDS = 1000, 20  # a month's mean correlation is known to 0.006, a year's spread to 2 %
LARGEST_SHARE = 0.5  # of the variance, of month or year: more leaves the days too little
LARGEST_CUT = 0.8  # of the variance of a month's mean: more would leave months alike
LAG_1 = (-0.5, 0.95)


@dataclass(frozen=True)
class Tuned:
    """Correlations of the generator's normal series, and the shares of month (12,) and year in its variance."""

    lag_1_generator: Array
    month_share: Array
    year_share: float


def tune(
    probabilities: Sequence[float],
    quantiles: Sequence[Sequence[float]],
    h0_kwh_per_m2: Array,
    *,
    lag_1_single_month: Array,
    month_cv: Array | None,
    annual_cv: float,
) -> Tuned:
    """Find them for a climate.

    Parameters
    ----------
    probabilities, quantiles : (Q,) and (12, Q) daily clearness
    h0_kwh_per_m2 : (D,) extraterrestrial irradiation of each day
    lag_1_single_month : (12,) correlation of consecutive days in one month, mean over the years
    month_cv : (12,) standard deviation of the month over its mean; None where a record is too short to know it: months
        then spread as their days and their year do
    annual_cv : of the year, likewise. Months and year cannot always have both: the year's comes first.

    Notes
    -----
    Each round moves every parameter by what is missing, over how far it moves its target when days are normal.
    The noise is the same in each round, so that the rounds converge.
    """
    noise = normals(TUNING_SEED, YEARS * (1 + MONTHS + NOISE_DAYS)).reshape(YEARS, -1)
    year, months, days = noise[:, :1], noise[:, 1 : 1 + MONTHS], noise[:, 1 + MONTHS :]
    independent = daily_clearness(probabilities, quantiles, days[:, NOISE_DAYS - MONTH_OF_DAY.size :])
    # a common part of one standard deviation moves the month's sum by so much
    reach = np.array([independent[:, s].std() * h0_kwh_per_m2[s].sum() for s in SLICES])
    slope = reach.sum() ** 2 - (reach**2).sum()
    lag, common, year_share = np.asarray(lag_1_single_month), np.zeros(MONTHS), 0.0
    for _ in range(ROUNDS):
        share = np.clip(common - year_share, -LARGEST_CUT * month_mean_variance(lag), LARGEST_SHARE)
        scores = random_scores(year_share, share, lag, year, months, persistent(lag, days))
        kt = daily_clearness(probabilities, quantiles, scores)
        sums = month_sums(kt * h0_kwh_per_m2)
        mean, total = sums.mean(axis=0), sums.sum(axis=1)
        found = np.array([np.nanmean(lag_1_of_rows(kt[:, s])) for s in SLICES])
        lag = np.clip(lag + lag_1_single_month - found, *LAG_1)
        if month_cv is None:
            common = np.full(MONTHS, max(year_share, 0.0))
        else:
            common = common + ((month_cv * mean) ** 2 - sums.var(axis=0)) / reach**2
        annual = (annual_cv * total.mean()) ** 2 - total.var()
        year_share += annual / slope
        # months alone spread the year too far: they give way
        excess = min(year_share, 0.0) * slope / (reach**2).sum()
        common = np.clip(common, -1, LARGEST_SHARE) + excess
        year_share = float(np.clip(year_share, 0, LARGEST_SHARE))
    share = np.clip(common - year_share, -LARGEST_CUT * month_mean_variance(lag), LARGEST_SHARE)
    return Tuned(lag, share, year_share)
