"""Which factor a result takes, and the factors that a user brings along.

The shipped table is that of ``pvsim.impact.registry``. A user's own file has the same columns; its ids may not
repeat shipped ones, and a number under a label that is known to belong to another number is refused
(``pvsim.impact.labels``): every result that it entered would be wrong in a way that nobody sees.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pvsim.errors import PvsimError, UsageError
from pvsim.impact.labels import check_label
from pvsim.impact.regions import AVERAGE_GRID, MARGIN_GRID, NATIONAL, province
from pvsim.impact.registry import STATUS_TEXTS, UNITS, Factor, load_factors, rows_of
from pvsim.impact.textfile import read_text

__all__ = [
    "STATUS_TEXTS", "Factor", "default_factors", "find", "load_factors", "of_year", "places_of", "read_factors",
    "read_own", "usable",
]  # fmt: skip

# Kinds of which each year has its own value; a margin has editions, the heat of a kWh has neither.
YEARLY: Final = frozenset({"average", "residual", "footprint", "supply"})
# Twice what the oldest conventions say; beyond it the number is in another unit.
_MOST_KG_PER_KWH: Final = {"coal": 0.8, "co2": 2.6}


def read_factors(text: str, file: str, *, taken: Iterable[str] = ()) -> Mapping[str, Factor]:
    """Read the text of a factor table; `file` is named in messages.

    Parameters
    ----------
    text
        CSV with the columns of ``pvsim/data/factors.csv``, in that order.
    file
        How the file is called in messages.
    taken
        Ids that may not be used again.

    Returns
    -------
    Mapping[str, Factor]
        Read-only, in the order of the file.

    Raises
    ------
    PvsimError
        For the first row that lacks value, unit, year, region or source, repeats an id, is in a unit that is
        not kg per kWh, or gives a number a label that belongs to another one; with file, line and column.
    """
    used = frozenset(taken)
    table: dict[str, Factor] = {}
    for line, factor in rows_of(text, file):
        place = f"{file}:{line}"
        if factor.id in used:
            raise PvsimError(f"{place}: column id: {factor.id!r} is an id of pvsim's own table; choose another one")
        wrong = check_label(
            factor.value, factor.unit, method=factor.method, region=factor.region, year=factor.data_year
        )
        if wrong:
            raise PvsimError(f"{place}: column value: {wrong}; correct the row or leave it out (row {factor.id!r})")
        _check_unit(factor, place)
        table[factor.id] = factor
    return MappingProxyType(table)


def _check_unit(factor: Factor, place: str) -> None:
    """What is computed with must be kg per kWh: a factor in grams would give a result 1000 times too large."""
    if factor.kind not in _MOST_KG_PER_KWH:
        return
    needed = UNITS.get(factor.method, UNITS[factor.kind])
    end = f"(row {factor.id!r})"
    if factor.unit != needed and not (factor.kind == "co2" and factor.unit == UNITS["footprint"]):
        todo = "t/MWh is the same number; divide g/kWh by 1000"
        raise PvsimError(f"{place}: column unit: {factor.unit!r}; needed is {needed}; {todo} {end}")
    most = _MOST_KG_PER_KWH[factor.kind]
    if factor.value > most:
        todo = "divide g/kWh or kg/MWh by 1000"
        raise PvsimError(
            f"{place}: column value: {factor.value:g} {needed}; at most {most:g} is possible; {todo} {end}"
        )


def read_own(path: str | Path) -> Mapping[str, Factor]:
    """Read a user's own factor file: UTF-8, at most 5 MB, the columns of the shipped table.

    Raises
    ------
    UsageError
        When there is no such file.
    PvsimError
        For a file that is not UTF-8 text, and as `read_factors`; also when an id repeats a shipped one.
    """
    where = Path(path)
    return read_factors(read_text(where, "a factor file"), where.name, taken=load_factors())


def find(factor_id: str, own: Mapping[str, Factor] | None = None) -> Factor:
    """The factor of this id, shipped or `own`; a wrong id is a UsageError that names the nearest ones."""
    table = load_factors() if not own else {**load_factors(), **own}
    if factor_id in table:
        return table[factor_id]
    near = difflib.get_close_matches(factor_id.casefold()[:100], table, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"valid: {', '.join(table)}"
    raise UsageError(f"no factor {factor_id!r}; {hint}")


def usable(factor_id: str, own: Mapping[str, Factor] | None = None) -> Factor:
    """The factor of this id, if a result may be computed with it: kg of coal or CO2 per kWh.

    Parameters
    ----------
    factor_id
        Id in the shipped table or in `own`.
    own
        The user's factors by id, as `read_own` gives them.

    Raises
    ------
    UsageError
        For an unknown id, a row that only recognises claims, and another kind of ratio.
    """
    factor = find(factor_id, own)
    if factor.comparison_only:
        why = "general knowledge (status U)" if factor.status == "U" else "a press convention"
        known = [*_computing(), *(f for f in (own or {}).values() if not f.comparison_only)]
        raise UsageError(
            f"{factor_id} is {why}: it serves to recognise a claim, never to compute a result; "
            f"usable: {', '.join(f.id for f in known)}"
        )
    if factor.kind not in {"coal", "co2"}:
        raise UsageError(f"{factor_id} is of kind {factor.kind} ({factor.unit}); only coal and co2 can be asked for")
    return factor


def default_factors(region: str, year: int | None = None) -> tuple[Factor, ...]:
    """The factor of each kind that a result shows for a roof in `region`, the leading one of a kind first.

    Coal: calorific, and the supply rate. CO2: the averages from near to far (province, its
    grid, country), because the table for the meter's own province is the finest official one and an auditor
    must see that the others differ; the combined margin of the grid, where there is a value; the
    residual; the footprint. Where the province has no value of its own, the national average leads.

    Parameters
    ----------
    region
        Province of China, or ``"CN"``.
    year
        Data year of the kinds that have one value a year; where the table lacks it, the latest before it, else
        the earliest. Without it the latest. Margins have editions and no years.

    Raises
    ------
    UsageError
        If `region` is no province of China and not ``"CN"``.
    """
    place = province(region)
    nearest = places_of("average", place)
    wanted = [
        ("calorific", NATIONAL),
        ("supply", NATIONAL),
        *(("average", where) for where in nearest),
        ("combined-margin", MARGIN_GRID.get(place, "")),
        ("residual", NATIONAL),
        ("footprint", NATIONAL),
    ]
    chosen = (of_year(method, where, year) for method, where in wanted)
    return tuple(factor for factor in chosen if factor is not None)


def places_of(method: str, place: str) -> tuple[str, ...]:
    """The regions whose factors of this kind somebody at `place` could quote, the leading one first."""
    if method == "average":
        grid = AVERAGE_GRID.get(place, "")
        nearest = (place, grid, NATIONAL) if of_year("average", place) else (NATIONAL, grid)
        return tuple(where for where in dict.fromkeys(nearest) if where)
    if method.endswith("-margin"):
        return (MARGIN_GRID[place],) if place in MARGIN_GRID else ()
    return (place, NATIONAL) if method == "equivalent" else (NATIONAL,)


def of_year(method: str, region: str, year: int | None = None) -> Factor | None:
    """The row of a kind and region for a data year (see `default_factors`), None where there is none at all."""
    rows = sorted((f for f in _computing() if (f.method, f.region) == (method, region)), key=lambda f: f.data_year or 0)
    if year is None or method not in YEARLY:
        return rows[-1] if rows else None
    before = [f for f in rows if (f.data_year or 0) <= year]
    return before[-1] if before else next(iter(rows), None)


def _computing() -> Iterator[Factor]:
    return (f for f in load_factors().values() if f.kind in {"coal", "co2"} and not f.comparison_only)
