"""From kWh to tonnes of standard coal and CO2, one row per factor, nothing added up.

Which factor holds for which kWh follows the accounting of each use: a company inventory counts
with the average of the place where it draws power and subtracts nothing for exported kWh; a
project counts with the margin of its grid on all kWh alike; energy statistics count the calorific
value or the supply coal rate. Sources stand with every factor (``Factor.source``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pvsim.errors import UsageError
from pvsim.impact.factors import Factor, default_factors, usable
from pvsim.impact.quantity import parse_quantity
from pvsim.impact.regions import NATIONAL, province

__all__ = ["Conversion", "convert", "impact_block", "parse_quantity", "row"]

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
    average leads, and superseded editions; empty for most rows.
    """

    factor: Factor
    kwh: float
    tonnes: float
    applies_to: str
    note: str
    remark: str


def convert(
    kwh: float,
    region: str = "Chongqing",
    *,
    self_used_kwh: float | None = None,
    asked: tuple[str, ...] = (),
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
    asked
        Further factor ids.

    Raises
    ------
    UsageError
        For kWh that are negative or not finite, an unknown region or factor, and a factor that
        only recognises claims.
    """
    if isinstance(kwh, bool) or not isinstance(kwh, int | float) or not isinstance(region, str):
        raise UsageError("convert takes a number of kWh and the name of a province; parse 2.6GWh on the command line")
    given = {"kwh": kwh, "self_used_kwh": self_used_kwh}
    for name, value in given.items():
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise UsageError(f"{name} is {value}; needed is a finite number of kWh, 0 or more")
    if self_used_kwh is not None and self_used_kwh > kwh:
        raise UsageError(f"self_used_kwh is {self_used_kwh}, more than the {kwh} kWh there are")
    place = province(region)
    factors = default_factors(place)
    leading = next(f for f in factors if f.method == "average")
    extra = tuple(f for f in map(usable, dict.fromkeys(asked)) if f not in factors)
    own = kwh if self_used_kwh is None else self_used_kwh  # the kWh that a self-used row may count
    result = []
    for factor in factors + extra:
        counted = own if factor.applies_to == "self_used" else kwh
        rank = _rank(factor, leading, place) if factor.method == "average" else ""
        result.append(
            Conversion(
                factor=factor,
                kwh=counted,
                tonnes=_tonnes(factor, counted),
                applies_to=factor.applies_to,
                note=_note(factor, rank, share_known=self_used_kwh is not None),
                remark=rank or _superseded(factor),
            )
        )
    return tuple(result)


def _tonnes(factor: Factor, kwh: float) -> float:
    return kwh * factor.value / 1000.0  # kg per kWh


def _note(factor: Factor, rank: str, *, share_known: bool) -> str:
    """What the row is for, on which kWh, and what weakens it."""
    parts = [USES[factor.method]]
    if factor.applies_to == "self_used":
        parts.append("on the self-used kWh" if share_known else "if all of it is self-used on site")
        parts.append("nothing may be subtracted for exported kWh")
    parts.append(rank)
    if factor.status == "C":
        parts.append(factor.status_text)
    parts.append(factor.note)
    return "; ".join(part for part in parts if part)


def _rank(factor: Factor, leading: Factor, place: str) -> str:
    """Why this average leads, or how far it lies from the one that does."""
    if factor == leading:
        if factor.region != place:
            return f"leads: no provincial value for {place} is on file"
        return "leads: the finest official table for the place of the meter" if place != NATIONAL else "leads"
    ratio = leading.value / factor.value
    way = f"{ratio:.2g} times lower" if ratio > 1 else f"{1 / ratio:.2g} times higher"
    return f"official too, {way} than {leading.id}, which leads"


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
    }
    return entry


def impact_block(
    kwh: float, region: str, asked: tuple[str, ...] = (), *, self_used_kwh: float | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The block ``impact`` of the result document: the default of each kind, plus what was asked.

    Parameters and errors are those of `convert`; the first average of ``co2`` is the leading one.
    """
    rows = convert(kwh, region, self_used_kwh=self_used_kwh, asked=asked)
    return {kind: [row(c) for c in rows if c.factor.kind == kind] for kind in ("coal", "co2")}
