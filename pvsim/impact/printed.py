"""Printed figures as intervals: what may stand behind a number that was rounded, and the ratios that follow.

The rounding rule is that of ``reference/factors.md``: half a unit of the last non-zero printed digit, at most
5 %. Words open it to one side: "over", 余, "oltre" upwards, "nearly", 近, "quasi" downwards; up to a whole
unit of that digit then, at most 10 %, because "over 8,000" is a number that begins with 8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from pvsim.errors import PvsimError

# Columns of claims.csv; saved_kwh, raw_coal_t, area_m2, over and nearly beside them.
# A figure may also be an interval of its own, where it was computed and not printed.
Interval = tuple[float, float, float]  # low, best, high
Claim = Mapping[str, float | str | Interval | None]

_BASES: Final = {"annual": True, "lifetime": False, "cumulative": False}
_MOST_KG_PER_KWH: Final = {"tce": 0.8, "co2_t": 2.6}  # twice what the oldest conventions say
LEAST_FIGURE, LARGEST_FIGURE = 1e-9, 1e15  # nothing else has been printed
LARGEST_ROUNDING: Final = 0.05  # "1 million" may be 1.04, hardly 1.4
LARGEST_OPENING: Final = 0.10  # "over 1 million", which one would call 1.1 million if it were that
POLLUTANTS: Final = ("so2", "nox", "dust")
WHOLE_YEAR: Final = 0.95  # of basis_years: below it a total is that of some months


def rounding_interval(x: float) -> tuple[float, float]:
    """The numbers that may stand behind a printed `x` > 0, in the unit of `x`.

    Examples
    --------
    >>> rounding_interval(930)
    (925.0, 935.0)
    """
    half = min(_last_unit(x) / 2, LARGEST_ROUNDING * x)
    return x - half, x + half


@lru_cache(maxsize=4096)
def _last_unit(x: float) -> float:
    """The unit of the last digit of `x` that is not zero: 10 for 930."""
    if not (math.isfinite(x) and x > 0):
        raise PvsimError(f"a printed figure must be a finite number above 0, found {x}")
    exponent = Decimal(repr(float(x))).normalize().as_tuple().exponent
    return float(Decimal(1).scaleb(int(exponent)))


def number(claim: Claim, name: str) -> float | None:
    """A printed figure in the unit of its name, or None where the claim does not print it."""
    value = claim.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, tuple):
        return value[1]
    try:
        figure = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        raise PvsimError(f"claim.{name}: {value!r} is not a number") from None
    if not LEAST_FIGURE <= figure <= LARGEST_FIGURE:
        bounds = f"from {LEAST_FIGURE:g} to {LARGEST_FIGURE:g}"
        raise PvsimError(f"claim.{name}: {value!r}; a printed figure must be finite and above 0, {bounds}")
    return figure


def printed(claim: Claim, name: str) -> Interval | None:
    """A printed figure with its rounding, opened to one side where the claim says "over" or "nearly"."""
    best, own = number(claim, name), claim.get(name)
    if best is None:
        return None
    if isinstance(own, tuple):
        return own
    opening = min(_last_unit(best), LARGEST_OPENING * best)
    if name in words(claim, "over"):
        return best, best, best + opening
    if name in words(claim, "nearly"):
        return best - opening, best, best
    low, high = rounding_interval(best)
    return low, best, high


def words(claim: Claim, name: str) -> tuple[str, ...]:
    """The words of a text of the claim, such as the names in ``over``."""
    value = claim.get(name)
    return tuple(str(value).replace(",", " ").replace(";", " ").split()) if value else ()


def of_a_year(claim: Claim) -> bool:
    """Whether the tonnes of a claim are those of one year, not of a lifetime or so far.

    As stated; else of a year, unless a total is printed and the tonnes are too many for the year's kWh.
    """
    stated = claim.get("lifetime_or_annual")
    if stated in _BASES:
        return _BASES[str(stated)]
    year = number(claim, "annual_kwh")
    if number(claim, "total_kwh") is None or year is None:
        return number(claim, "total_kwh") is None
    return all((number(claim, name) or 0.0) <= most * year / 1e3 for name, most in _MOST_KG_PER_KWH.items())


def saves(claim: Claim) -> bool:
    """Whether the claim is about electricity saved: then no roof has to yield it."""
    return number(claim, "saved_kwh") is not None or claim.get("kind") == "efficiency"


def energy_of_a_year(claim: Claim) -> Interval | None:
    """The kWh of one year: printed, or the mean of a total over its years."""
    year, total, years = printed(claim, "annual_kwh"), printed(claim, "total_kwh"), number(claim, "basis_years")
    if year is not None or total is None or years is None or years < WHOLE_YEAR:
        return year
    return scaled(total, 1.0 / years)


def energy_of_tonnes(claim: Claim) -> Interval | None:
    """The kWh that the printed tonnes belong to: a year's, saved ones, or all of a lifetime."""
    if of_a_year(claim):
        return printed(claim, "saved_kwh") or energy_of_a_year(claim)
    total, year, years = printed(claim, "total_kwh"), printed(claim, "annual_kwh"), number(claim, "basis_years")
    if total is not None or year is None or years is None:
        return total
    return scaled(year, years)


def implied(claim: Claim) -> dict[str, Interval | None]:
    """The ratios that the printed figures imply, as [low, best, high], None where one is not printed.

    Tonnes are divided by the energy of their own basis; kWh per kWp and per panel are those of a year, and None
    for electricity saved.
    """
    kwh, year = energy_of_tonnes(claim), None if saves(claim) else energy_of_a_year(claim)
    tce, co2, panels = (printed(claim, name) for name in ("tce", "co2_t", "panels"))
    capacity = printed(claim, "capacity_kwp")
    watts = printed(claim, "panel_wp")
    from_panels = scaled(product(panels, watts), 1e-3)
    return {
        "kgce_per_kwh": scaled(ratio(tce, kwh), 1e3),
        "kgco2_per_kwh": scaled(ratio(co2, kwh), 1e3),
        "kgco2_per_kgce": ratio(co2, tce),
        "kwh_per_kwp": ratio(year, capacity or from_panels),
        "kwh_per_panel": ratio(year, panels),
        "wp_per_panel": scaled(ratio(capacity, panels), 1e3),
        **{f"kg{kind}_per_kwh": scaled(ratio(printed(claim, f"{kind}_t"), kwh), 1e3) for kind in POLLUTANTS},
    }


def ratio(top: Interval | None, bottom: Interval | None) -> Interval | None:
    """The quotient of two intervals above zero."""
    if top is None or bottom is None:
        return None
    return top[0] / bottom[2], top[1] / bottom[1], top[2] / bottom[0]


def product(a: Interval | None, b: Interval | None) -> Interval | None:
    """The product of two intervals above zero."""
    return None if a is None or b is None else (a[0] * b[0], a[1] * b[1], a[2] * b[2])


def scaled(interval: Interval | None, by: float) -> Interval | None:
    """An interval in another unit."""
    return None if interval is None else (interval[0] * by, interval[1] * by, interval[2] * by)


def overlaps(interval: Interval | None, low: float, high: float) -> bool:
    """Whether some number of the interval lies from `low` to `high`."""
    return interval is not None and interval[0] <= high and interval[2] >= low
