"""The factors that turn kWh into standard coal and CO2, each with issuer, document, year and status.

The values stand in ``pvsim/data/factors.csv``; nothing here repeats one. Kinds that answer
different questions (calorific or equivalent coal; average, margin or footprint CO2) stay apart:
``Factor.method`` names the kind and no function adds two of them.

A row needs a value, a unit, a region, an issuer, a place where it was seen or a document, a status, and a
data year. Only press conventions need no year: they have none, and they never compute anything.

Rows that only recognise what others have written (press conventions, tonnes of CO2 per tce, and
status U, general knowledge) are ``comparison_only`` and cannot be asked for.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from pvsim.errors import PvsimError, UsageError
from pvsim.impact.regions import AVERAGE_GRID, MARGIN_GRID, NATIONAL, province

# The start of an id names its method; kinds other than coal and co2 are their own method.
METHODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "coal-calorific-": "calorific",
        "coal-supply-": "supply",
        "coal-equivalent-": "equivalent",
        "coal-press-": "press",
        "co2-average-": "average",
        "co2-residual-": "residual",
        "co2-fossil-": "fossil",
        "co2-om-": "operating-margin",
        "co2-bm-": "build-margin",
        "co2-cm-": "combined-margin",
        "co2-footprint-": "footprint",
        "co2-press-": "press",
    }
)

# What describes the electricity that a site draws from the grid can only count kWh that it no longer
# draws; an inventory subtracts nothing for exports. Margins and coal hold for every kWh generated.
_SELF_USED: Final = frozenset({"average", "residual", "fossil", "footprint"})

STATUS_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "R": "read on a public page",
        "D": "arithmetic from something read",
        "C": "second-hand copy, check the official notice",
        "U": "general knowledge, for recognising claims only",
    }
)


@dataclass(frozen=True, slots=True)
class Factor:
    """One row of ``factors.csv``: tonnes per MWh (kg per kWh) or another ratio, and where it is from.

    ``value`` is in ``unit``; ``data_year`` is the year that the value describes (not that of its
    publication), None for press conventions that have none.
    """

    id: str
    kind: str
    value: float
    unit: str
    boundary: str
    region: str
    data_year: int | None
    issuer: str
    document: str
    published: str
    status: str
    where_seen: str
    note: str

    @property
    def method(self) -> str:
        """The kind of number it is; two methods are never added or read as alternatives."""
        if self.kind not in {"coal", "co2"}:
            return self.kind
        return next(name for start, name in METHODS.items() if self.id.startswith(start))

    @property
    def applies_to(self) -> str:
        """The kWh it may be applied to: ``self_used`` (inventories and footprints) or ``all``."""
        return "self_used" if self.method in _SELF_USED else "all"

    @property
    def status_text(self) -> str:
        """The status letter in words."""
        return STATUS_TEXTS[self.status]

    @property
    def comparison_only(self) -> bool:
        """Whether it may only recognise a claim, never compute a result."""
        press = self.method == "press" or self.issuer == "press"
        return press or self.status == "U" or self.kind == "co2_per_tce"

    @property
    def source(self) -> str:
        """Issuer, document and the place where the value was seen, in one line."""
        named = ", ".join(part for part in (self.issuer, self.document) if part)
        return f"{named}; seen: {self.where_seen}" if self.where_seen else named


_COLUMNS: Final = tuple(field.name for field in fields(Factor))


def read_factors(text: str, file: str) -> Mapping[str, Factor]:
    """Read the text of a factor table; `file` is named in messages.

    Returns
    -------
    Mapping[str, Factor]
        Read-only, in the order of the file.

    Raises
    ------
    PvsimError
        For the first row that lacks something (see the module), with file, line and column.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    header = tuple(next(reader, ()))
    if header != _COLUMNS:
        raise PvsimError(f"{file}:1: the columns are {', '.join(header)}; needed: {', '.join(_COLUMNS)}")
    table: dict[str, Factor] = {}
    line = reader.line_num + 1
    try:
        for cells in reader:
            if cells:
                factor = _factor(cells, f"{file}:{line}")
                if factor.id in table:
                    raise PvsimError(f"{file}:{line}: column id: {factor.id!r} stands in the file twice")
                table[factor.id] = factor
            line = reader.line_num + 1  # a quoted cell may run over several lines
    except csv.Error as error:
        raise PvsimError(f"{file}:{line}: not a CSV row: {error}") from error
    return MappingProxyType(table)


def _factor(cells: list[str], place: str) -> Factor:
    """One row as a Factor; refuses what could not be used honestly."""
    if len(cells) != len(_COLUMNS):
        raise PvsimError(f"{place}: {len(cells)} cells, needed are {len(_COLUMNS)}: {', '.join(_COLUMNS)}")
    row = {name: cell.strip() for name, cell in zip(_COLUMNS, cells, strict=True)}

    def bad(column: str, why: str) -> PvsimError:
        return PvsimError(f"{place}: column {column}: {why} (row {row['id'] or '?'!r})")

    for column in ("id", "kind", "value", "unit", "region", "issuer", "status"):
        if not row[column]:
            raise bad(column, "is empty; a factor needs value, unit, year, region and source")
    if not row["document"] and not row["where_seen"]:
        raise bad("where_seen", "is empty and so is document; one of them must name the source")
    if row["status"] not in STATUS_TEXTS:
        raise bad("status", f"{row['status']!r} is none of {', '.join(STATUS_TEXTS)}")
    if row["kind"] in {"coal", "co2"} and not row["id"].startswith(_starts(row["kind"])):
        raise bad("id", f"must start with one of {', '.join(_starts(row['kind']))}")
    return Factor(
        value=_value(row["value"], bad),
        data_year=_year(row, bad),
        **{name: row[name] for name in _COLUMNS if name not in {"value", "data_year"}},
    )


def _starts(kind: str) -> tuple[str, ...]:
    return tuple(start for start in METHODS if start.startswith(f"{kind}-"))


def _value(text: str, bad: Callable[[str, str], PvsimError]) -> float:
    try:
        value = float(text)
    except ValueError:
        raise bad("value", f"{text!r} is not a number") from None
    if not (math.isfinite(value) and value > 0):
        raise bad("value", f"{text!r} must be a finite number above 0")
    return value


def _year(row: Mapping[str, str], bad: Callable[[str, str], PvsimError]) -> int | None:
    text = row["data_year"]
    if not text:
        if row["issuer"] == "press" or row["id"].startswith(("coal-press-", "co2-press-")):
            return None
        raise bad("data_year", "is empty; only a press convention may lack the year of its data")
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise bad("data_year", f"{text!r} is not a year of four digits")
    return int(text)


@cache
def load_factors() -> Mapping[str, Factor]:
    """The shipped factors by id: read once, read-only, in the order of the file."""
    path = files("pvsim").joinpath("data/factors.csv")
    return read_factors(path.read_text(encoding="utf-8"), "pvsim/data/factors.csv")


def find(factor_id: str) -> Factor:
    """The factor of this id; a wrong id is a UsageError that names the nearest ones."""
    table = load_factors()
    if factor_id in table:
        return table[factor_id]
    near = difflib.get_close_matches(factor_id.casefold(), table, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"valid: {', '.join(table)}"
    raise UsageError(f"no factor {factor_id!r}; {hint}")


def usable(factor_id: str) -> Factor:
    """The factor of this id, if a result may be computed with it: kg of coal or CO2 per kWh.

    Raises
    ------
    UsageError
        For an unknown id, a row that only recognises claims, and another kind of ratio.
    """
    factor = find(factor_id)
    if factor.comparison_only:
        why = "general knowledge (status U)" if factor.status == "U" else "a press convention"
        raise UsageError(
            f"{factor_id} is {why}: it serves to recognise a claim, never to compute a result; "
            f"usable: {', '.join(f.id for f in _computing())}"
        )
    if factor.kind not in {"coal", "co2"}:
        raise UsageError(f"{factor_id} is of kind {factor.kind} ({factor.unit}); only coal and co2 can be asked for")
    return factor


def default_factors(region: str) -> tuple[Factor, ...]:
    """The factor of each kind that a result shows for a roof in `region`, the leading one of a kind first.

    Coal: calorific, and the latest supply rate. CO2: the averages from near to far (province, its
    grid, country), because the table for the meter's own province is the finest official one and an auditor
    must see that the others differ; the combined margin of the grid, where there is a value; the
    residual; the footprint. Where the province has no value of its own, the national average leads.

    Raises
    ------
    UsageError
        If `region` is no province of China and not ``"CN"``.
    """
    place = province(region)
    grid = AVERAGE_GRID.get(place, "")
    nearest = (place, grid, NATIONAL) if _latest("average", place) else (NATIONAL, grid)
    wanted = [
        ("calorific", NATIONAL),
        ("supply", NATIONAL),
        *(("average", where) for where in dict.fromkeys(nearest)),
        ("combined-margin", MARGIN_GRID.get(place, "")),
        ("residual", NATIONAL),
        ("footprint", NATIONAL),
    ]
    chosen = (_latest(method, where) for method, where in wanted)
    return tuple(factor for factor in chosen if factor is not None)


def _computing() -> Iterable[Factor]:
    return (f for f in load_factors().values() if f.kind in {"coal", "co2"} and not f.comparison_only)


def _latest(method: str, region: str) -> Factor | None:
    rows = [f for f in _computing() if f.method == method and f.region == region]
    return max(rows, key=lambda f: f.data_year or 0, default=None)
