"""What a row of yearly flows is worth: net present value, internal rate of return, payback, LCOE, debt cover.

Flows are one number a year, the first at year 0; rates are fractions (0.06). Nothing is returned that the flows do not
have: a rate of return is given where it is the only one, and a payback where the money comes back for good.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from pvsim.errors import UsageError

IrrStatus = Literal["unique", "none", "not-unique"]

LOWEST_IRR: Final = -0.99  # not included: at -100 % every later flow is infinite
HIGHEST_IRR: Final = 10.0
# of the sum of absolute terms: what is left of a sum of a hundred rounded terms that should be zero
_ROUNDING: Final = 1e-13

_Floats = NDArray[np.float64]


def npv(rate: float, flows: Sequence[float]) -> float:
    """Sum of ``flows[t] / (1 + rate)^t``, in the unit of the flows.

    Raises
    ------
    UsageError
        For a rate of -1 or below, and for flows that are not finite numbers.
    """
    checked = _finite(flows, "flows")
    if not (math.isfinite(rate) and rate > -1):
        raise UsageError(f"a discount rate of {rate}; allowed are fractions above -1 (0.06 for 6 %)")
    return math.fsum(flow / (1 + rate) ** year for year, flow in enumerate(checked.tolist()))


def irr(flows: Sequence[float]) -> tuple[float | None, IrrStatus]:
    """The rate at which the flows are worth nothing, if there is exactly one.

    All real roots in (-0.99, 10] are found: between two neighbouring roots of its derivative a polynomial is monotone
    and has at most one, and the derivatives' roots follow the same way (Rolle). A root that NPV only touches counts
    twice, as no rate below or above it is better.

    Returns
    -------
    (float or None, {"unique", "none", "not-unique"})
        The rate only where it is unique. Flows that are all zero, or never change sign, have none.

    Raises
    ------
    UsageError
        For flows that are not finite numbers.
    """
    coefficients = np.trim_zeros(_finite(flows, "flows"))
    if sign_changes(coefficients.tolist()) == 0:
        return None, "none"
    # in x = 1 / (1 + rate) NPV is a polynomial
    lowest, highest = 1 / (1 + HIGHEST_IRR), 1 / (1 + LOWEST_IRR)
    roots = _roots(coefficients / np.abs(coefficients).max(), lowest, highest)
    count = sum(times for _, times in roots)
    if count == 0:
        return None, "none"
    return (1 / roots[0][0] - 1, "unique") if count == 1 else (None, "not-unique")


def sign_changes(flows: Sequence[float]) -> int:
    """How often the flows change sign, zeros left out: with one change there is at most one rate (Descartes)."""
    signs = [flow > 0 for flow in flows if flow != 0]
    return sum(a != b for a, b in itertools.pairwise(signs))


def _roots(coefficients: _Floats, lowest: float, highest: float) -> list[tuple[float, int]]:
    """Roots of ``sum c[k] x^k`` in [lowest, highest), in their order, each with 1 (crosses) or 2 (touches)."""
    if sign_changes(coefficients.tolist()) == 0:
        return []
    order = np.arange(1, len(coefficients))
    slope = coefficients[1:] * order
    turns = [x for x, _ in _roots(slope / np.abs(slope).max(), lowest, highest) if x > lowest]
    points = [lowest, *turns, highest]
    signs = [_sign(coefficients, x) for x in points]
    found = [(x, 1 if x == lowest else 2) for x, sign in zip(points[:-1], signs, strict=False) if sign == 0]
    for (a, at_a), (b, at_b) in itertools.pairwise(zip(points, signs, strict=True)):
        if at_a * at_b < 0:
            root = brentq(lambda x: float(np.polynomial.polynomial.polyval(x, coefficients)), a, b, xtol=1e-16)
            found.append((float(root), 1))
    return sorted(found)


def _sign(coefficients: _Floats, x: float) -> int:
    """Sign of a polynomial, 0 where rounding leaves it open."""
    value = float(np.polynomial.polynomial.polyval(x, coefficients))
    size = float(np.polynomial.polynomial.polyval(x, np.abs(coefficients)))
    return 0 if abs(value) <= _ROUNDING * size else int(math.copysign(1, value))


def payback(flows: Sequence[float], rate: float = 0.0) -> float | None:
    """Years until the money is back for good; discounted if a rate is given.

    Interpolated within the year. Where a later replacement takes the sum below zero again, the last return counts.

    Returns
    -------
    float or None
        0 where the sum never is below zero, None where it is at the end.
    """
    npv(rate, flows)  # refuses what cannot be summed
    terms = [flow / (1 + rate) ** year for year, flow in enumerate(flows)]
    sums = list(itertools.accumulate(terms))
    sizes = itertools.accumulate(abs(term) for term in terms)
    # a sum that is nothing but rounding is not below zero
    below = [year for year, (total, size) in enumerate(zip(sums, sizes, strict=True)) if total < -_ROUNDING * size]
    if not below:
        return 0.0
    last = below[-1]
    return None if last == len(sums) - 1 else last + -sums[last] / terms[last + 1]


def lcoe_nominal(costs: Sequence[float], kwh: Sequence[float], rate: float) -> float:
    """The price, the same in every year, at which discounted sales cover discounted costs, CNY/kWh.

    Parameters
    ----------
    costs : sequence of float
        CNY of each year in the money of that year, year 0 first; income such as scrap is negative.
    kwh : sequence of float
        Energy of the same years; year 0 has none.
    rate : float
        Nominal discount rate, as a fraction.

    Raises
    ------
    UsageError
        For rows of different length, and for no energy.
    """
    return lcoe_real(costs, kwh, rate, 0.0)


def lcoe_real(costs: Sequence[float], kwh: Sequence[float], rate: float, inflation: float) -> float:
    """The price in the money of year 0 that, rising with inflation, covers the costs, CNY/kWh.

    Parameters and errors as for `lcoe_nominal`; `rate` stays the nominal one.
    """
    if len(costs) != len(kwh):
        raise UsageError(f"costs of {len(costs)} years and energy of {len(kwh)}; both start with year 0")
    if not (math.isfinite(inflation) and inflation > -1):
        raise UsageError(f"an inflation of {inflation}; allowed are fractions above -1 (0.02 for 2 %)")
    energy = npv((1 + rate) / (1 + inflation) - 1, kwh)
    if energy <= 0:
        raise UsageError("no energy to divide the costs by; LCOE needs kWh in at least one year")
    return npv(rate, costs) / energy


def dscr(available: Sequence[float], debt_service: Sequence[float]) -> tuple[float | None, ...]:
    """Debt service cover by year: cash available before debt over what is due; None where nothing is due."""
    return tuple(a / d if d > 0 else None for a, d in zip(available, debt_service, strict=True))


def _finite(values: Sequence[float], what: str) -> _Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise UsageError(f"{what} must be a row of finite numbers, one a year from year 0")
    return array
