"""A climate from twelve monthly means: its days from a family of distributions.

The exponential family of P. Bendt, M. Collares-Pereira and A. Rabl, "The frequency distribution of daily insolation
values", Solar Energy 27(1), 1981, 1-5: between the dullest and the clearest day, a density that rises or falls
exponentially, so steeply that the mean is met. The clearest day after M. E. Herzog (1985), as J. A. Duffie and W. A.
Beckman, "Solar Engineering of Thermal Processes", section 2.9, give it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq

from pvsim.errors import WeatherError
from pvsim.weather.atlas import FARTHEST_KM, climate_at, km_to
from pvsim.weather.clear import CEILING
from pvsim.weather.climate import Climate
from pvsim.weather.dailies import Monthly
from pvsim.weather.days import Array, month_sums
from pvsim.weather.statistics import PROBABILITIES, h0_of_year, refuse_too_dull, rounded, turbidity_for
from pvsim.weather.tuning import tune

# Bendt's 0.05 is that of the United States; up to 4 % of a Chongqing station's days are below it, 0.9 % below 0.02
DULLEST = 0.02
LEAST, MOST = 0.03, 0.85  # monthly means of clearness that any place has
STEEPEST = 500.0


def clearest(mean: Array) -> Array:
    """Clearness of the clearest day of a month with that mean, after Herzog: (12,) to (12,)."""
    return np.asarray(0.6313 + 0.267 * mean - 11.9 * (mean - 0.75) ** 8)


def usual_cv(ghi_kwh_per_m2: float) -> float:
    """How far single years spread at that annual GHI, where no station is near: sunny places vary less.

    A straight line through the 19 stations of CDSRD, 1991-2017, 934 to 1,990 kWh/m2 with 3.0 to 7.0 %; residual 0.6 %.
    """
    return float(np.clip(0.0896 - 0.0000309 * ghi_kwh_per_m2, 0.025, 0.07))


def quantiles_of(mean: float, low: float, high: float) -> Array:
    """Quantiles of daily clearness at ``PROBABILITIES`` for a mean between low and high, not at either."""

    def mean_of(steepness: float) -> float:
        if abs(steepness) < 1e-6:
            return (low + high) / 2
        return float(low + (high - low) * (1 / -np.expm1(-steepness) - 1 / steepness))

    steepness = float(brentq(lambda s: mean_of(s) - mean, -STEEPEST, STEEPEST))
    p = np.asarray(PROBABILITIES)
    if abs(steepness) < 1e-6:
        return np.asarray(low + (high - low) * p)
    if steepness > 0:  # from above, so that nothing overflows
        return np.asarray(high + (high - low) * np.log(p + (1 - p) * np.exp(-steepness)) / steepness)
    return np.asarray(low + (high - low) * np.log1p(p * np.expm1(steepness)) / steepness)


def radiation_of_means(record: Monthly, utc_offset_minutes: int) -> tuple[dict[str, Any], Climate]:
    """The statistics of twelve monthly means, as a climate file holds them but for their source.

    Returns
    -------
    radiation, lender : the climate whose persistence and spread of years were taken

    Raises
    ------
    WeatherError : a month is brighter or duller than any is
    """
    place = record.place
    h0 = h0_of_year(place, utc_offset_minutes)
    mean = record.ghi_kwh_per_m2 / month_sums(h0)
    odd = np.flatnonzero(~((mean >= LEAST) & (mean <= MOST)))
    if odd.size:
        m = int(odd[0])
        raise WeatherError(
            f"GHI of month {m + 1} is {record.ghi_kwh_per_m2[m]:.3g} kWh/m2, {mean[m]:.2f} of what is above the "
            f"atmosphere; {LEAST:g} to {MOST:g} occur; is it the sum of the month (a mean day is GHI(kWh/m2/day)), and "
            "are latitude and longitude right?"
        )
    refuse_too_dull(record.ghi_kwh_per_m2, h0)
    top = np.maximum(clearest(mean), mean + 0.02)
    quantiles = np.array([quantiles_of(k, DULLEST, float(t)) for k, t in zip(mean, top, strict=True)])
    lender = climate_at(place.latitude, place.longitude)
    single = np.asarray(lender.lag_1_single_month)
    month_cv = np.asarray(lender.ghi_sd_kwh_per_m2) / np.asarray(lender.ghi_kwh_per_m2)
    far = km_to(lender, place.latitude, place.longitude) > FARTHEST_KM
    annual_cv = usual_cv(float(record.ghi_kwh_per_m2.sum())) if far else lender.interannual_cv
    tuned = tune(
        PROBABILITIES, quantiles.tolist(), h0,
        lag_1_single_month=single, month_cv=month_cv, annual_cv=annual_cv,
    )  # fmt: skip
    # hours stay below the ceiling: that of the mean month is its clearest day
    turbidity = turbidity_for(float(top.mean()) / CEILING, place, utc_offset_minutes)
    return {
        "ghi_kwh_per_m2": rounded(record.ghi_kwh_per_m2, 4),
        "ghi_sd_kwh_per_m2": rounded(month_cv * record.ghi_kwh_per_m2, 4),
        "interannual_cv": round(annual_cv, 5),
        "clearness": rounded(mean, 7),
        "probabilities": list(PROBABILITIES),
        "clearness_quantiles": [rounded(q, 5) for q in quantiles],
        "lag_1_single_month": rounded(single, 4),
        "lag_1_generator": rounded(tuned.lag_1_generator, 3),
        "month_share": rounded(tuned.month_share, 4),
        "year_share": round(tuned.year_share, 5),
        "linke_turbidity": round(turbidity, 2),
    }, lender
