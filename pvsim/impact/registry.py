"""The registry of factors that turn kWh into standard coal and CO2, each with issuer, document, year and status.

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
import io
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from pvsim.errors import PvsimError

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

KINDS: Final = (
    "coal", "co2", "co2_per_tce", "raw_coal", "so2", "nox", "dust", "so2_per_tce", "nox_per_tce", "dust_per_tce",
)  # fmt: skip

# What a factor converts into, in the one unit that the arithmetic of this room has: kg per kWh.
UNITS: Final[Mapping[str, str]] = MappingProxyType({"coal": "kgce/kWh", "co2": "kgCO2/kWh", "footprint": "kgCO2e/kWh"})

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
_LONGEST_ID: Final = 60  # characters; what stands on one line of a terminal beside its numbers


def rows_of(text: str, file: str) -> Iterator[tuple[int, Factor]]:
    """The rows of a factor table with the lines that they start on; `file` is named in messages.

    Raises
    ------
    PvsimError
        For the first row that lacks something (see the module) or repeats an id, with file, line and column.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    line, seen = 1, set()
    try:
        _check_header([cell.strip() for cell in next(reader, [])], file)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                factor = _factor(cells, f"{file}:{line}")
                if factor.id in seen:
                    raise PvsimError(f"{file}:{line}: column id: {factor.id!r} stands in the file twice")
                seen.add(factor.id)
                yield line, factor
            line = reader.line_num + 1  # a quoted cell may run over several lines
    except csv.Error as error:
        raise PvsimError(f"{file}:{line}: not a CSV row: {error}") from error


def _check_header(header: list[str], file: str) -> None:
    if tuple(header) == _COLUMNS:
        return
    missing = ", ".join(name for name in _COLUMNS if name not in header)
    raise PvsimError(
        f"{file}:1: the columns are {', '.join(header)[:300]}; needed, in this order: {', '.join(_COLUMNS)}"
        + (f"; missing: {missing}" if missing and header else "")
    )


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
    if len(row["id"]) > _LONGEST_ID or not row["id"].isprintable() or " " in row["id"]:
        raise bad("id", f"must be of at most {_LONGEST_ID} characters without blanks")
    if row["status"] not in STATUS_TEXTS:
        raise bad("status", f"{row['status']!r} is none of {', '.join(STATUS_TEXTS)}")
    if row["kind"] not in KINDS:
        raise bad("kind", f"{row['kind']!r} is none of {', '.join(KINDS)}")
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
    text = files("pvsim").joinpath("data/factors.csv").read_text(encoding="utf-8")
    return MappingProxyType({factor.id: factor for _, factor in rows_of(text, "pvsim/data/factors.csv")})
