"""With which convention was a published figure written? Printed numbers as intervals, matched with factors.

All rows of ``factors.csv`` serve here, also press conventions and general knowledge (status U):
they recognise what others have written and compute nothing. The rounding rule is that of
``reference/factors.md``: half a unit of the last non-zero printed digit, at most 5 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from pvsim.errors import PvsimError
from pvsim.impact.factors import Factor, load_factors

Claim = Mapping[str, float | str | None]  # columns of claims.csv and saved_kwh
Interval = tuple[float, float, float]  # low, best, high

_BASES: Final = {"annual": True, "lifetime": False, "cumulative": False}
_MOST_KG_PER_KWH: Final = {"tce": 0.8, "co2_t": 2.6}  # twice what the oldest conventions say
LARGEST_ROUNDING: Final = 0.05  # "1 million" may be 1.04, hardly 1.4
# Of two rows that explain a figure about as well, the one with a source comes first.
_UNSOURCED_PENALTY: Final = 2.0


def rounding_interval(x: float) -> tuple[float, float]:
    """The numbers that may stand behind a printed `x` > 0, in the unit of `x`.

    Examples
    --------
    >>> rounding_interval(930)
    (925.0, 935.0)
    """
    if not (math.isfinite(x) and x > 0):
        raise PvsimError(f"a printed figure must be a finite number above 0, found {x}")
    digits = Decimal(repr(float(x))).normalize()
    unit = float(Decimal(1).scaleb(int(digits.as_tuple().exponent)))
    half = min(unit / 2, LARGEST_ROUNDING * x)
    return x - half, x + half


def number(claim: Claim, name: str) -> float | None:
    """A printed figure in the unit of its name, or None where the claim does not print it."""
    value = claim.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        figure = float(value)
    except ValueError:
        raise PvsimError(f"claim.{name}: {value!r} is not a number") from None
    if not (math.isfinite(figure) and figure > 0):
        raise PvsimError(f"claim.{name}: {value!r}; a printed figure must be finite and above 0")
    return figure


def printed(claim: Claim, name: str) -> Interval | None:
    """A printed figure with its rounding."""
    best = number(claim, name)
    if best is None:
        return None
    low, high = rounding_interval(best)
    return low, best, high


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


def energy_of_a_year(claim: Claim) -> Interval | None:
    """The kWh of one year: printed, or the mean of a total over its years."""
    year, total, years = printed(claim, "annual_kwh"), printed(claim, "total_kwh"), number(claim, "basis_years")
    if year is not None or total is None or years is None:
        return year
    return _scaled(total, 1.0 / years)


def energy_of_tonnes(claim: Claim) -> Interval | None:
    """The kWh that the printed tonnes belong to: a year's, saved ones, or all of a lifetime."""
    if not of_a_year(claim):
        return printed(claim, "total_kwh")
    return printed(claim, "saved_kwh") or printed(claim, "annual_kwh")


def coal_conventions(kgce_per_kwh: Sequence[float]) -> list[str]:
    """Ids of the coal factors inside ``[low, best, high]`` (kgce/kWh), best first."""
    return _inside([(f, kgce_per_kwh) for f in load_factors().values() if f.kind == "coal"])


def co2_conventions(kgco2_per_kwh: Sequence[float] | None, kgco2_per_kgce: Sequence[float] | None = None) -> list[str]:
    """Ids of the CO2 factors inside ``[low, best, high]`` per kWh or per kg of coal, best first."""
    pairs: list[tuple[Factor, Sequence[float]]] = []
    for kind, interval in (("co2", kgco2_per_kwh), ("co2_per_tce", kgco2_per_kgce)):
        if interval is not None:
            pairs += [(f, interval) for f in load_factors().values() if f.kind == kind]
    return _inside(pairs)


def _inside(pairs: Iterable[tuple[Factor, Sequence[float]]]) -> list[str]:
    ranked = []
    for factor, (low, best, high) in pairs:
        if low <= factor.value <= high:
            off = abs(factor.value / best - 1.0)
            ranked.append((off * (_UNSOURCED_PENALTY if factor.status == "U" else 1.0), factor.id))
    return [factor_id for _, factor_id in sorted(ranked, key=lambda pair: pair[0])]


def implied(claim: Claim) -> dict[str, Interval | None]:
    """The ratios that the printed figures imply, as [low, best, high], None where one is not printed.

    Tonnes are divided by the energy of their own basis; kWh per kWp and per panel are those of a year.
    """
    kwh, year = energy_of_tonnes(claim), printed(claim, "annual_kwh")
    tce, co2, panels = (printed(claim, name) for name in ("tce", "co2_t", "panels"))
    capacity = printed(claim, "capacity_kwp")
    watts = printed(claim, "panel_wp")
    from_panels = _scaled(_product(panels, watts), 1e-3)
    return {
        "kgce_per_kwh": _scaled(_ratio(tce, kwh), 1e3),
        "kgco2_per_kwh": _scaled(_ratio(co2, kwh), 1e3),
        "kgco2_per_kgce": _ratio(co2, tce),
        "kwh_per_kwp": _ratio(year, capacity or from_panels),
        "kwh_per_panel": _ratio(year, panels),
        "wp_per_panel": _scaled(_ratio(capacity, panels), 1e3),
    }


def conventions(claim: Claim) -> dict[str, list[str]]:
    """Factor ids that explain the tonnes of a claim, best first; empty where nothing does."""
    ratios = implied(claim)
    coal = ratios["kgce_per_kwh"]
    return {
        "coal": coal_conventions(coal) if coal else [],
        "co2": co2_conventions(ratios["kgco2_per_kwh"], ratios["kgco2_per_kgce"]),
    }


def calorific_with_average(kgco2_per_kgce: Sequence[float]) -> bool:
    """Whether the ratio is that of grid-average CO2 to calorific coal: unlike kinds, each right."""
    rows = load_factors().values()
    averages = [f.value for f in rows if f.method == "average"]
    calorific = [f.value for f in rows if f.method == "calorific"]
    low, _, high = kgco2_per_kgce
    return any(low <= a / c <= high for a in averages for c in calorific)


def _ratio(top: Interval | None, bottom: Interval | None) -> Interval | None:
    if top is None or bottom is None:
        return None
    return top[0] / bottom[2], top[1] / bottom[1], top[2] / bottom[0]


def _product(a: Interval | None, b: Interval | None) -> Interval | None:
    return None if a is None or b is None else (a[0] * b[0], a[1] * b[1], a[2] * b[2])


def _scaled(interval: Interval | None, by: float) -> Interval | None:
    return None if interval is None else (interval[0] * by, interval[1] * by, interval[2] * by)
