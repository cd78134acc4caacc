"""With which conventions was a claim written? Its intervals are matched with every factor on file, jointly.

All rows of ``factors.csv`` serve here, also press conventions and general knowledge (status U): they recognise
what others have written and compute nothing. A factor is named only if its value lies inside the interval of its
own ratio; the order says how well it goes with everything else that is printed.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from pvsim.impact.factors import Factor, load_factors
from pvsim.impact.printed import POLLUTANTS, Claim, Interval, energy_of_tonnes, implied, printed, ratio
from pvsim.impact.regions import AVERAGE_GRID, MARGIN_GRID, NATIONAL, PROVINCES

# Of two rows that explain a figure about as well, the one with a source comes first, then one of the time and one
# per kWh; a row of another province, or from after the claim, comes last. In squared half-widths of the rounding.
_UNSOURCED_PENALTY: Final = 0.3
_DATED_PENALTY: Final = 0.2
_DATED_YEARS: Final = 5  # a text that is younger than its supply rate by more has it from an older text
_PER_COAL_PENALTY: Final = 0.1
_TOGETHER_BONUS: Final = 0.2  # of a coal and a CO2 value that are known to be printed together
_ELSEWHERE_PENALTY: Final = 5.0
_YOUNGER_PENALTY: Final = 10.0
_Fit = tuple[float, float, tuple[Factor, ...]]  # kWh from, to, and the factors that agree on them
_TOGETHER: Final = re.compile(r"(?:goes|printed together) with ([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Recovered:
    """Energy that a claim does not print, from three tonnages that agree on it.

    ``kwh`` is [low, best, high]; ``factor_ids`` are the conventions that make the printed tonnes of it.
    """

    kwh: Interval
    factor_ids: tuple[str, ...]


@cache
def factors_of(kind: str) -> tuple[Factor, ...]:
    """The shipped factors of a kind: ``coal``, ``co2``, ``co2_per_tce``, ``so2`` ..."""
    return tuple(f for f in load_factors().values() if f.kind == kind)


def _inside(kind: str, interval: Sequence[float]) -> list[Factor]:
    low, _, high = interval
    return [f for f in factors_of(kind) if low <= f.value <= high]


def _nearest(found: Iterable[Factor], interval: Sequence[float]) -> list[Factor]:
    return sorted(found, key=lambda f: _off(f, interval))


def _off(factor: Factor, interval: Sequence[float]) -> float:
    """How far a factor lies from the printed ratio, squared, in half-widths of its rounding."""
    low, best, high = interval
    half = max((high - low) / 2, 1e-12 * best)
    return ((factor.value - best) / half) ** 2 + (_UNSOURCED_PENALTY if factor.status == "U" else 0.0)


def conventions(claim: Claim, ratios: Mapping[str, Interval | None] | None = None) -> dict[str, list[str]]:
    """Factor ids that explain the tonnes of a claim, best first; empty where nothing does.

    Coal and CO2 are fitted together with the printed energy: a pair that makes all of the printed figures from
    one amount of electricity comes before factors that fit their own ratio alone. `ratios` are those of
    `pvsim.impact.printed.implied`, where they are at hand.
    """
    ratios = implied(claim) if ratios is None else ratios
    coal, per_kwh, per_coal = ratios["kgce_per_kwh"], ratios["kgco2_per_kwh"], ratios["kgco2_per_kgce"]
    coals = _inside("coal", coal) if coal else []
    co2s = [*(_inside("co2", per_kwh) if per_kwh else []), *(_inside("co2_per_tce", per_coal) if per_coal else [])]
    known: dict[str, float] = {}
    for c, k in itertools.product(coals, co2s):
        cost = _joint(claim, c, k) + _penalty(c, claim) + _penalty(k, claim) - _TOGETHER_BONUS * _together(c, k)
        for factor in (c, k):
            known[factor.id] = min(known.get(factor.id, math.inf), cost)
    if not co2s and coal:
        known |= {c.id: _off(c, coal) + _penalty(c, claim) for c in coals}
    if not coals:
        spans = {"co2": per_kwh, "co2_per_tce": per_coal}
        known |= {k.id: _off(k, span) + _penalty(k, claim) for k in co2s if (span := spans[k.kind])}
    return {
        "coal": sorted((c.id for c in coals), key=lambda i: known[i]),
        "co2": sorted((k.id for k in co2s), key=lambda i: known[i]),
        "pollutants": [f.id for kind in POLLUTANTS for f in _of_pollutant(claim, kind, ratios[f"kg{kind}_per_kwh"])],
    }


def _of_pollutant(claim: Claim, kind: str, per_kwh: Interval | None) -> list[Factor]:
    """The factors of a pollutant inside its ratio to the kWh, or to the coal."""
    per_coal = ratio(printed(claim, f"{kind}_t"), printed(claim, "tce"))
    return [
        *(_nearest(_inside(kind, per_kwh), per_kwh) if per_kwh else []),
        *(_nearest(_inside(f"{kind}_per_tce", per_coal), per_coal) if per_coal else []),
    ]


def _penalty(factor: Factor, claim: Claim) -> float:
    """What speaks against a factor beside its number: no source, another place, data from after the claim."""
    year, place = year_of(claim), str(claim.get("province") or "")
    cost = _UNSOURCED_PENALTY if factor.status == "U" else 0.0
    cost += _PER_COAL_PENALTY if factor.kind == "co2_per_tce" else 0.0
    if year is not None and factor.method not in {"press", "calorific"} and factor.data_year is not None:
        cost += _YOUNGER_PENALTY if factor.data_year >= year else 0.0
        cost += _DATED_PENALTY if factor.data_year < year - _DATED_YEARS else 0.0
    if place in PROVINCES and factor.region not in {place, NATIONAL, AVERAGE_GRID.get(place), MARGIN_GRID.get(place)}:
        cost += _ELSEWHERE_PENALTY
    return cost


def _together(coal: Factor, co2: Factor) -> bool:
    """Whether a note of the one names the value of the other as its companion."""
    named = [(_TOGETHER.search(a.note), b.value) for a, b in ((coal, co2), (co2, coal))]
    return any(match is not None and abs(float(match[1]) - value) < 1e-9 for match, value in named)


def year_of(claim: Claim) -> int | None:
    """The year in which a claim was made, where it has a date."""
    text = str(claim.get("date") or "")
    return int(text[:4]) if text[:4].isdigit() else None


def _joint(claim: Claim, coal: Factor, co2: Factor) -> float:
    """Least squares of one amount of electricity against all that is printed, in half-widths of the rounding."""
    per_kwh = co2.value if co2.kind == "co2" else co2.value * coal.value
    rows = [
        (1.0, energy_of_tonnes(claim)),
        (coal.value / 1e3, printed(claim, "tce")),
        (per_kwh / 1e3, printed(claim, "co2_t")),
    ]
    terms = []
    for slope, interval in rows:
        if interval is not None:
            half = max((interval[2] - interval[0]) / 2, 1e-9 * interval[1])
            terms.append((slope / half, (interval[0] + interval[2]) / 2 / half))
    kwh = sum(a * b for a, b in terms) / sum(a * a for a, _ in terms)
    return sum((a * kwh - b) ** 2 for a, b in terms)


def recovered(claim: Claim) -> Recovered | None:
    """The energy that three printed tonnages agree on where no kWh are printed; None where none or many would do.

    Two tonnages fit too many pairs of factors; a third, of a pollutant, leaves hardly a choice.
    """
    if energy_of_tonnes(claim) is not None:
        return None
    tonnes = {"coal": printed(claim, "tce"), "co2": printed(claim, "co2_t")}
    tonnes |= {kind: printed(claim, f"{kind}_t") for kind in POLLUTANTS}
    given = {kind: interval for kind, interval in tonnes.items() if interval is not None}
    if len(given) < 3:
        return None
    fits: list[_Fit] = [(0.0, math.inf, ())]
    # pollutants first: they have few factors, and what does not meet them falls out at once
    for kind in sorted(given, key=lambda k: len(factors_of(k))):
        fits = list(_meeting(fits, kind, given[kind]))
    if not fits:
        return None
    low, high, factors = min(fits, key=lambda fit: _apart(fit[2], given))
    order = list(given)
    ids = tuple(f.id for f in sorted(factors, key=lambda f: order.index(f.kind)))
    return Recovered((low, (low + high) / 2, high), ids)


def _meeting(fits: Iterable[_Fit], kind: str, tonnes: Interval) -> Iterator[_Fit]:
    """The amounts of electricity so far that some factor of a kind makes the tonnes of, too."""
    for low, high, factors in fits:
        for f in factors_of(kind):
            least, most = max(low, tonnes[0] * 1e3 / f.value), min(high, tonnes[2] * 1e3 / f.value)
            if least <= most:
                yield least, most, (*factors, f)


def _apart(factors: Sequence[Factor], given: Mapping[str, Interval]) -> float:
    """How far the amounts that factors make of the printed tonnes lie apart, relatively."""
    each = [given[f.kind][1] / f.value for f in factors]
    return max(each) / min(each) - 1.0 + 0.01 * sum(f.status == "U" for f in factors)


def calorific_with_average(kgco2_per_kgce: Sequence[float]) -> bool:
    """Whether the ratio is that of grid-average CO2 to calorific coal: unlike kinds, each right."""
    averages = [f.value for f in factors_of("co2") if f.method == "average"]
    calorific = [f.value for f in factors_of("coal") if f.method == "calorific"]
    low, _, high = kgco2_per_kgce
    return any(low <= a / c <= high for a in averages for c in calorific)


def told(factor_ids: Sequence[str], named: int = 4) -> Mapping[str, str]:
    """The first and the others of a list of conventions, as a sentence has them: ``first`` and ``others``."""
    others = f"; {', '.join(factor_ids[1:named])} also fit" if factor_ids[1:] else ""
    return {"first": factor_ids[0] if factor_ids else "", "others": others}
