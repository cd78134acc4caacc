"""Numbers under a wrong label: right digits that belong to another year, place or kind.

A bare number does not name its table (0.5271 is the average of South in 2012 and of Central in 2023), so a number is
refused only where something speaks against its label: the table has it for the same place in another year, for the
same year at another place or as another kind, or anywhere while the label itself has another number; or
``pvsim/data/mislabelled.csv`` has the case. Where both place and year differ, equal digits may be chance.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from pvsim.errors import UsageError
from pvsim.impact.regions import NATIONAL, province
from pvsim.impact.registry import Factor, load_factors

# The same number in other words.
_UNITS: Final = {"tCO2/MWh": "kgCO2/kWh", "tCO2e/MWh": "kgCO2e/kWh", "tce/MWh": "kgce/kWh", "tC/MWh": "kgC/kWh"}
_GRIDS: Final = {"华中": "central", "西南": "southwest", "南方": "south"}
SAME: Final = 1e-6  # relative; below the last digit of every table


@dataclass(frozen=True, slots=True)
class Mislabelled:
    """A case that was met: a number (in `unit`) with the label it was given, and what it is; "" and None are any."""

    value: float
    unit: str
    kind: str
    claimed_region: str
    claimed_year: int | None
    claimed_as: str
    truth: str
    really: str
    source: str


@cache
def mislabelled() -> tuple[Mislabelled, ...]:
    """The known cases of ``pvsim/data/mislabelled.csv``."""
    text = files("pvsim").joinpath("data/mislabelled.csv").read_text(encoding="utf-8")
    return tuple(
        Mislabelled(
            **(row | {"value": float(row["value"]), "claimed_year": int(row["claimed_year"] or 0) or None})  # type: ignore[arg-type]
        )
        for row in csv.DictReader(io.StringIO(text))
    )


def check_label(value: float, unit: str, *, method: str, region: str, year: int | None) -> str | None:
    """Why a number does not belong to the label that it is given; None where nothing speaks against it.

    Parameters
    ----------
    value
        The number, in `unit`.
    unit
        Such as ``"kgCO2/kWh"``.
    method
        Kind of number that it is said to be, as `Factor.method`: ``"average"``, ``"supply"`` ...
    region
        Province, ``"CN"`` or the name of a grid.
    year
        Data year; None where the label has none, which nothing can contradict.

    Returns
    -------
    str or None
        The table that the number really comes from, with its source.
    """
    unit, place = _UNITS.get(unit, unit), _place(region)
    said = f"{value:g} {unit} is labelled {method}, {region}, {year or 'no year'}"
    for case in mislabelled():
        if (
            _equal(value, case.value)
            and unit == case.unit
            and case.kind in {"", method}
            and (not case.claimed_region or _place(case.claimed_region) == place)
            and case.claimed_year in {None, year}
        ):
            row = load_factors().get(case.really)
            where = f" ({case.really}: {row.source})" if row else f" ({case.source})"
            return f'{said}, but is {case.truth}{where}; a known mistake: "{case.claimed_as}"'
    return None if year is None or method == "press" else _by_the_table(value, unit, method, place, year, said)


def _by_the_table(value: float, unit: str, method: str, place: str, year: int, said: str) -> str | None:
    """What the shipped rows say of a number: those of general knowledge may confirm it, never contradict it."""
    rows = [f for f in load_factors().values() if f.data_year is not None and f.method != "press" and f.unit == unit]
    labelled = [f for f in rows if (f.method, _place(f.region), f.data_year) == (method, place, year)]
    if any(_equal(value, f.value) for f in labelled):
        return None
    sourced = [f for f in rows if not f.comparison_only]
    instead = [f for f in labelled if not f.comparison_only]
    elsewhere = [f for f in sourced if _equal(value, f.value) and _speaks(f, method, place, year, bool(instead))]
    if not elsewhere:
        return None
    told = f"; that label has {_listed(instead)}" if instead else ""
    return f"{said}, but stands in the table as {_listed(elsewhere)}{told}"


def _speaks(factor: Factor, method: str, place: str, year: int, occupied: bool) -> bool:
    """Whether a row of equal digits speaks against a label: one thing differs, or the label has another number.

    What is the equivalent value in one text is the supply rate in another, so for coal the kind must be the same.
    """
    kind, where, when = factor.method != method, _place(factor.region) != place, factor.data_year != year
    if kind:
        return factor.kind == "co2" and not (where or when)
    return not (where and when) or occupied


def _listed(factors: Iterable[Factor]) -> str:
    return " and ".join(f"{f.value:g} ({f.id}: {f.method}, {f.region}, {f.data_year}; {f.source})" for f in factors)


def _equal(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=SAME)


def _place(region: str) -> str:
    """A province, the country, or the first word of a grid, which is its name in every table."""
    try:
        return province(region)
    except UsageError:
        words = region.casefold().replace("-", " ").split() or [NATIONAL]
        return next((grid for name, grid in _GRIDS.items() if words[0].startswith(name)), words[0])
