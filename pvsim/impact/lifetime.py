"""Tonnes over the life of a plant: energy that degrades, factors that stay, decline or follow a series.

The energy of year n is ``kwh x (1 - d)^(n - 1)``: the first year is whole, as in the 25-year table of a run, which
ages the modules on the DC side instead and so differs where inverters clip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from pvsim.errors import UsageError
from pvsim.impact.convert import Conversion, convert
from pvsim.impact.factors import Factor
from pvsim.impact.trend import Course, Series, check_decline, check_series_ids, constant, declining

MOST_YEARS: Final = 100
DEFAULT_YEARS: Final = 25
DEFAULT_DEGRADATION_PERCENT: Final = 0.6  # that of scenarios, losses.annual_degradation_percent; a test compares
RULE: Final = "energy of year n = first year x (1 - degradation)^(n - 1); year 1 has the factor's own value"


@dataclass(frozen=True, slots=True)
class KindOfLife:
    """One factor over the life: its values (kg per kWh), and tonnes by year with them and with the first value."""

    conversion: Conversion
    course: Course
    tonnes: tuple[float, ...]
    constant_tonnes: tuple[float, ...]

    @property
    def total(self) -> float:
        """Tonnes over the life (tce for coal, t of CO2 or CO2e)."""
        return math.fsum(self.tonnes)

    @property
    def constant_total(self) -> float:
        """Tonnes over the life if the factor stayed as it is."""
        return math.fsum(self.constant_tonnes)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The energy (kWh) of each year of a life, and what each kind of factor makes of it.

    ``first_year`` is the calendar year of year 1, None where none was given.
    """

    annual_kwh: tuple[float, ...]
    degradation_percent: float
    kinds: tuple[KindOfLife, ...]
    first_year: int | None
    varied: bool

    @property
    def total_kwh(self) -> float:
        """Energy over the life, kWh."""
        return math.fsum(self.annual_kwh)


def lifetime(
    kwh: float,
    years: int = DEFAULT_YEARS,
    region: str = "Chongqing",
    *,
    degradation_percent: float = DEFAULT_DEGRADATION_PERCENT,
    decline: float | str | None = None,
    series: Series | None = None,
    first_year: int | None = None,
    **how: Any,
) -> Lifetime:
    """Tonnes by year and in total over a life of `years` years.

    Parameters
    ----------
    kwh
        Electricity of the first year, 0 or more.
    years
        Length of the life, 1 to 100.
    region
        Province of China, or ``"CN"``.
    degradation_percent
        Loss of energy per year after the first, 0 to 10 %.
    decline
        Percent per year by which every factor but the calorific one declines, or ``"documented"``: what the
        registry documents of the kind, extrapolated. Without it factors stay constant.
    series
        Values by year instead, as ``pvsim.impact.trend.read_series`` gives them; factors that it lacks stay
        constant. Years of the calendar start at `first_year`, or at the series' first.
    first_year
        Calendar year of year 1, 1900 to 2300.
    how
        Further arguments of `convert`; self-used kWh keep their share.

    Raises
    ------
    UsageError
        For impossible years, degradation or decline, decline and series together, and as `convert`.
    PvsimError
        For a series that does not cover the life or has factors that are not converted with.
    """
    _check(years, degradation_percent, first_year)
    check_decline(decline)
    if decline is not None and series is not None:
        raise UsageError("decline and series exclude each other: a factor changes in one way")
    rows = convert(kwh, region, **how)
    if series is not None:
        check_series_ids(series, {c.factor.id: c.factor for c in rows})
        if series.calendar and first_year is None:
            first_year = series.first_year
    ages = [(1 - degradation_percent / 100) ** n for n in range(years)]
    leading = next(c.factor.id for c in rows if c.factor.method == "average")
    kinds = []
    for c in rows:
        course = _course(c.factor, years, decline, series, first_year, leading=c.factor.id == leading)
        energy = [c.kwh * age for age in ages]
        kinds.append(KindOfLife(c, course, _tonnes(energy, course), _tonnes(energy, constant(c.factor, years))))
    varied = decline is not None or series is not None
    return Lifetime(tuple(kwh * a for a in ages), degradation_percent, tuple(kinds), first_year, varied)


def _check(years: int, degradation_percent: float, first_year: int | None) -> None:
    if isinstance(years, bool) or not isinstance(years, int) or not 1 <= years <= MOST_YEARS:
        raise UsageError(f"years is {years!r}; needed is a whole number from 1 to {MOST_YEARS}")
    if isinstance(degradation_percent, bool) or not 0 <= degradation_percent <= 10:  # nan is refused, too
        raise UsageError(
            f"degradation is {degradation_percent!r} percent a year; allowed is 0 to 10; fleets have 0.4 to 0.9"
        )
    if first_year is not None and not 1900 <= first_year <= 2300:
        raise UsageError(f"first year is {first_year!r}; needed is a year of the calendar from 1900 to 2300")


def _course(
    factor: Factor, years: int, decline: float | str | None, series: Series | None, first: int | None, *, leading: bool
) -> Course:
    if series is not None:
        key = factor.id if factor.id in series.values else "" if leading and "" in series.values else None
        if key is not None:
            return series.over(key, (first or 1) if series.calendar else 1, years)
        return constant(factor, years)
    return constant(factor, years) if decline is None else declining(factor, years, decline)


def _tonnes(energy: list[float], course: Course) -> tuple[float, ...]:
    return tuple(kwh * value / 1000.0 for kwh, value in zip(energy, course.values, strict=True))


def lifetime_block(life: Lifetime) -> dict[str, Any]:
    """The block ``lifetime`` of ``pvsim convert --json`` (JSON values)."""
    return {
        "year_count": len(life.annual_kwh),
        "annual_degradation_percent": life.degradation_percent,
        "rule": RULE,
        "total_kwh": life.total_kwh,
        "kinds": [_kind(kind, life) for kind in life.kinds],
    }


def _kind(kind: KindOfLife, life: Lifetime) -> dict[str, Any]:
    factor = kind.conversion.factor
    name = "tce" if factor.kind == "coal" else "t"
    share = [kind.conversion.kwh * (kwh / life.annual_kwh[0]) if life.annual_kwh[0] else 0.0 for kwh in life.annual_kwh]
    return {
        "group": factor.kind,
        "kind": factor.method,
        "factor_id": factor.id,
        "applies_to": kind.conversion.applies_to,
        "unit": factor.unit,
        f"total_{name}": kind.total,
        f"constant_{name}": kind.constant_total,
        "trend": kind.course.said,
        "annual_change_percent": kind.course.percent_per_year,
        "years": [
            {"year": n + 1}
            | ({} if life.first_year is None else {"calendar_year": life.first_year + n})
            | {"kwh": share[n], "value": kind.course.values[n], name: kind.tonnes[n]}
            for n in range(len(share))
        ],
    }
