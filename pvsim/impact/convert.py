"""From kWh to tonnes of standard coal and CO2, one row per factor, nothing added up.

Which factor holds for which kWh follows the accounting of each use: a company inventory counts
with the average of the place where it draws power and subtracts nothing for exported kWh; a
project counts with the margin of its grid on all kWh alike; energy statistics count the calorific
value or the supply coal rate. Sources stand with every factor (``Factor.source``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pvsim.errors import UsageError
from pvsim.impact.factors import YEARLY, Factor, default_factors, usable
from pvsim.impact.quantity import parse_quantity
from pvsim.impact.regions import NATIONAL, province

__all__ = ["Conversion", "convert", "impact_block", "parse_quantity", "row"]

FIRST_YEAR, LAST_YEAR = 1990, 2100  # data years that can be asked for

# What each kind of number is for, in one line of a note.
USES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "calorific": "heat content of the kWh: energy statistics and electricity saved",
        "supply": "coal that thermal plants burn to supply the kWh",
        "equivalent": "equivalent value of a regional standard",
        "average": "company inventory, location-based",
        "residual": "company inventory, market-based: only if the green certificates are kept",
        "fossil": "fossil plants only",
        "operating-margin": "part of the combined margin",
        "build-margin": "part of the combined margin",
        "combined-margin": "emissions avoided by the project, by the margin of its grid",
        "footprint": "life cycle of grid electricity, a kind of its own",
    }
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """One factor applied to one amount of electricity.

    ``kwh`` is the amount that the factor was applied to; ``tonnes`` are tce for coal and t of CO2 (CO2e for
    a footprint). ``remark`` is the part of ``note`` that changes how the row is read beside others: which
    average leads, another year than the one asked for, superseded editions; empty for most rows. ``own`` says
    that the factor is the user's and not pvsim's.
    """

    factor: Factor
    kwh: float
    tonnes: float
    applies_to: str
    note: str
    remark: str
    own: bool = False


def convert(
    kwh: float,
    region: str = "Chongqing",
    *,
    self_used_kwh: float | None = None,
    year: int | None = None,
    asked: tuple[str, ...] = (),
    own_factors: Mapping[str, Factor] | None = None,
) -> tuple[Conversion, ...]:
    """Convert electricity (kWh) with the default factor of each kind for `region`, and those `asked` for.

    Parameters
    ----------
    kwh
        Electricity generated or saved, 0 or more.
    region
        Province of China, or ``"CN"``; picks the CO2 factors.
    self_used_kwh
        Part of `kwh` used on site. Without it, rows that hold for self-used kWh only are computed on
        all of it, without a load on record, and say so.
    year
        Data year, 1990 to 2100, of the kinds that have one value a year (averages, residual, footprint, supply
        rate). Where the table lacks it, the latest before it, else the earliest, and the row says so. Without
        it the latest.
    asked
        Further factor ids.
    own_factors
        The user's factors by id, as ``pvsim.impact.factors.read_own`` gives them; they count where `asked` for.

    Raises
    ------
    UsageError
        For kWh that are negative or not finite, an impossible year, an unknown region or factor, and a factor
        that only recognises claims.
    """
    if isinstance(kwh, bool) or not isinstance(kwh, int | float) or not isinstance(region, str):
        raise UsageError("convert takes a number of kWh and the name of a province; parse 2.6GWh on the command line")
    given = {"kwh": kwh, "self_used_kwh": self_used_kwh}
    for name, value in given.items():
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise UsageError(f"{name} is {value}; needed is a finite number of kWh, 0 or more")
    if self_used_kwh is not None and self_used_kwh > kwh:
        raise UsageError(f"self_used_kwh is {self_used_kwh}, more than the {kwh} kWh there are")
    _check_year(year)
    place = province(region)
    factors = default_factors(place, year)
    leading = next(f for f in factors if f.method == "average")
    extra = tuple(f for f in (usable(i, own_factors) for i in dict.fromkeys(asked)) if f not in factors)
    used = kwh if self_used_kwh is None else self_used_kwh  # the kWh that a self-used row may count
    result = []
    for factor in factors + extra:
        counted = used if factor.applies_to == "self_used" else kwh
        own = factor.id in (own_factors or {})
        remarks = [
            "own factor, from the user's file" if own else "",
            _rank(factor, leading, place, own=own) if factor.method == "average" else "",
            _other_year(factor, year) if factor in factors else "",
        ]
        note = _note(factor, remarks, share_known=self_used_kwh is not None)
        remark = "; ".join(filter(None, [*remarks, _superseded(factor)]))
        result.append(Conversion(factor, counted, _tonnes(factor, counted), factor.applies_to, note, remark, own))
    return tuple(result)


def _check_year(year: int | None) -> None:
    if year is None:
        return
    if isinstance(year, bool) or not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR:
        raise UsageError(f"year is {year!r}; needed is a data year from {FIRST_YEAR} to {LAST_YEAR}, such as 2023")


def _other_year(factor: Factor, year: int | None) -> str:
    """Why a row is of another year than the one that was asked for."""
    if year is None or factor.method not in YEARLY or factor.data_year == year:
        return ""
    which = "latest before it" if (factor.data_year or 0) < year else "earliest"
    return f"no value of {year} on file: that of {factor.data_year}, the {which}, stands here"


def _tonnes(factor: Factor, kwh: float) -> float:
    return kwh * factor.value / 1000.0  # kg per kWh


def _note(factor: Factor, remarks: Sequence[str], *, share_known: bool) -> str:
    """What the row is for, on which kWh, and what weakens it."""
    parts = [USES[factor.method]]
    if factor.applies_to == "self_used":
        parts.append("on the self-used kWh" if share_known else "if all of it is self-used on site")
        parts.append("nothing may be subtracted for exported kWh")
    parts += remarks
    if factor.status == "C":
        parts.append(factor.status_text)
    parts.append(factor.note)
    return "; ".join(part for part in parts if part)


def _rank(factor: Factor, leading: Factor, place: str, *, own: bool) -> str:
    """Why this average leads, or how far it lies from the one that does."""
    if factor == leading:
        if factor.region != place:
            return f"leads: no provincial value for {place} is on file"
        return "leads: the finest official table for the place of the meter" if place != NATIONAL else "leads"
    ratio = factor.value / leading.value
    if 0.9 < ratio < 1.1:
        far = f"{abs(ratio - 1):.1%} {'lower' if ratio < 1 else 'higher'}".replace("%", " %")
    else:
        far = f"{1 / ratio:.2g} times lower" if ratio < 1 else f"{ratio:.2g} times higher"
    return f"{'' if own else 'official too, '}{far} than {leading.id}, which leads"


def _superseded(factor: Factor) -> str:
    start = factor.note.find("superseded")
    return factor.note[start:].split("; say so")[0] if start >= 0 else ""


def row(conversion: Conversion) -> dict[str, Any]:
    """One conversion as a row of the result document (JSON values)."""
    factor = conversion.factor
    entry: dict[str, Any] = {
        "factor_id": factor.id,
        "tce" if factor.kind == "coal" else "t": conversion.tonnes,
        "kind": factor.method,
        "year": factor.data_year,
        "region": factor.region,
        "status": factor.status,
        "applies_to": conversion.applies_to,
        "kwh": conversion.kwh,
        "value": factor.value,
        "unit": factor.unit,
        "source": factor.source,
        "note": conversion.note,
        "own": conversion.own,
    }
    return entry


def impact_block(
    kwh: float,
    region: str,
    asked: tuple[str, ...] = (),
    *,
    self_used_kwh: float | None = None,
    own_factors: Mapping[str, Factor] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """The block ``impact`` of the result document: the default of each kind, plus what was asked.

    Parameters and errors are those of `convert`; the first average of ``co2`` is the leading one.
    """
    rows = convert(kwh, region, self_used_kwh=self_used_kwh, asked=asked, own_factors=own_factors)
    return {kind: [row(c) for c in rows if c.factor.kind == kind] for kind in ("coal", "co2")}
