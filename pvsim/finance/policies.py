"""Prices, rules and rates as dated facts, each with what it holds for, its validity, source and status.

The facts stand in ``pvsim/data/policies.csv``; nothing here repeats one. A range has ``value`` and ``value_high``; a
rule without a number has its text in ``scope`` and ``note``. An empty date is open or not known. A region is a province
as the factors spell it, ``CN`` for the whole country, several of them with semicolons, or what the source calls it.

What is not there: the levels of industrial tariffs. They were not found on public pages and must be asked of the user;
no price of the table may stand in for them. Rows of status U are common assumptions and no facts about a project.
"""

from __future__ import annotations

import csv
import datetime
import difflib
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from pvsim.errors import PvsimError, UsageError

NATIONAL: Final = "CN"

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "price": "a price of electricity",
        "price-term": "how long a price is paid",
        "self-use-floor": "the least share of the output that must be self-used",
        "tariff-hours": "hours of a time-of-use tariff",
        "loan": "an interest rate of loans",
        "grant": "grants that were paid",
        "investment": "what plants cost to build",
        "tax": "a tax, its rate or its condition",
        "depreciation": "how a plant is written off",
        "rule": "a rule for plants",
        "intensity": "energy used for what an economy makes",
        "pilot-parks": "parks of a programme",
    }
)
STATUS_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "R": "read on a public page",
        "D": "arithmetic from something read",
        "C": "second-hand copy, check the official notice",
        "U": "general knowledge, a common assumption",
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One row of ``policies.csv``.

    Attributes
    ----------
    kind : one of ``KINDS``
    value, value_high : in ``unit``; the second where the fact is a range; None where it has no number
    scope : which projects or what it holds for
    valid_from, valid_to : first and last day; None where open or not known
    published : date of the document, as exactly as it is known (2025, 2025-08, 2025-08-20)
    status : R, D, C or U; ``status_text`` has it in words
    """

    id: str
    kind: str
    value: float | None
    value_high: float | None
    unit: str
    region: str
    scope: str
    valid_from: datetime.date | None
    valid_to: datetime.date | None
    issuer: str
    document: str
    published: str
    status: str
    where_seen: str
    note: str

    @property
    def status_text(self) -> str:
        """The status letter in words."""
        return STATUS_TEXTS[self.status]

    @property
    def source(self) -> str:
        """Issuer, document and the place where it was seen, in one line."""
        named = ", ".join(part for part in (self.issuer, self.document) if part)
        seen = f"seen: {self.where_seen}" if self.where_seen else ""
        return "; ".join(part for part in (named, seen) if part)

    def holds_in(self, region: str) -> bool:
        """Whether it holds in a region: the row names it, or holds for the whole country."""
        asked = region.strip().casefold()
        return any(part.strip().casefold() in {asked, NATIONAL.casefold()} for part in self.region.split(";"))

    def holds_on(self, on: datetime.date) -> bool:
        """Whether it was in force on a day, as far as its dates are known."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


_COLUMNS: Final = tuple(field.name for field in fields(Policy))
_PUBLISHED: Final = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

_Bad = Callable[[str, str], PvsimError]


def read_policies(text: str, file: str) -> Mapping[str, Policy]:
    """Read the text of a table of policies; `file` is named in messages.

    Returns
    -------
    Mapping[str, Policy]
        Read-only, in the order of the file.

    Raises
    ------
    PvsimError
        For the first row without id, kind, region, source or status, or with a wrong number or date, with file, line
        and column.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    table: dict[str, Policy] = {}
    line = 1
    try:
        header = tuple(next(reader, ()))
        if header != _COLUMNS:
            raise PvsimError(f"{file}:1: the columns are {', '.join(header)}; needed: {', '.join(_COLUMNS)}")
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                found = _policy(cells, f"{file}:{line}")
                if found.id in table:
                    raise PvsimError(f"{file}:{line}: column id: {found.id!r} stands in the file twice")
                table[found.id] = found
            line = reader.line_num + 1  # a quoted cell may run over several lines
    except csv.Error as error:
        raise PvsimError(f"{file}:{line}: not a CSV row: {error}") from error
    return MappingProxyType(table)


def _policy(cells: list[str], place: str) -> Policy:
    """One row as a Policy; refuses what could not be quoted honestly."""
    if len(cells) != len(_COLUMNS):
        raise PvsimError(f"{place}: {len(cells)} cells, needed are {len(_COLUMNS)}: {', '.join(_COLUMNS)}")
    row = {name: cell.strip() for name, cell in zip(_COLUMNS, cells, strict=True)}

    def bad(column: str, why: str) -> PvsimError:
        return PvsimError(f"{place}: column {column}: {why} (row {row['id'] or '?'!r})")

    for column in ("id", "kind", "region", "status"):
        if not row[column]:
            raise bad(column, "is empty; a fact needs id, kind, region, source and status")
    if not row["document"] and not row["where_seen"]:
        raise bad("where_seen", "is empty and so is document; one of them must name the source")
    if row["kind"] not in KINDS:
        raise bad("kind", f"{row['kind']!r} is none of {', '.join(KINDS)}")
    if row["status"] not in STATUS_TEXTS:
        raise bad("status", f"{row['status']!r} is none of {', '.join(STATUS_TEXTS)}")
    value, value_high = _numbers(row, bad)
    valid_from, valid_to = (_day(row, column, bad) for column in ("valid_from", "valid_to"))
    if valid_from and valid_to and valid_to < valid_from:
        raise bad("valid_to", f"{valid_to} is before valid_from, {valid_from}")
    if row["published"]:
        _check_published(row["published"], bad)
    parsed = {"value", "value_high", "valid_from", "valid_to"}
    return Policy(
        value=value,
        value_high=value_high,
        valid_from=valid_from,
        valid_to=valid_to,
        **{name: row[name] for name in _COLUMNS if name not in parsed},
    )


def _numbers(row: Mapping[str, str], bad: _Bad) -> tuple[float | None, float | None]:
    """Value and upper end of the range; a number needs its unit, a fact without one its text."""
    value, high = (_number(row[column], column, bad) for column in ("value", "value_high"))
    if value is None:
        if high is not None:
            raise bad("value", "is empty beside value_high; a range needs both ends")
        if not row["note"]:
            raise bad("note", "is empty and so is value; one of them must say the fact")
    elif not row["unit"]:
        raise bad("unit", "is empty beside a number")
    if value is not None and high is not None and high <= value:
        raise bad("value_high", f"{row['value_high']!r} must be above value, {row['value']}")
    return value, high


def _number(text: str, column: str, bad: _Bad) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise bad(column, f"{text!r} is not a number") from None
    if not (math.isfinite(number) and number >= 0):
        raise bad(column, f"{text!r} must be a finite number of at least 0")
    return number


def _day(row: Mapping[str, str], column: str, bad: _Bad) -> datetime.date | None:
    text = row[column]
    if not text:
        return None
    try:
        if not _ISO_DATE.fullmatch(text):
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise bad(column, f"{text!r} is not a date such as 2025-08-04") from None


def _check_published(text: str, bad: _Bad) -> None:
    try:
        if not _PUBLISHED.fullmatch(text):
            raise ValueError
        datetime.date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        raise bad("published", f"{text!r} is not a date such as 2025, 2025-08 or 2025-08-20") from None


@cache
def load_policies() -> Mapping[str, Policy]:
    """The shipped policies by id: read once, read-only, in the order of the file."""
    path = files("pvsim").joinpath("data/policies.csv")
    return read_policies(path.read_text(encoding="utf-8"), "pvsim/data/policies.csv")


def policy(policy_id: str) -> Policy:
    """The policy of this id; a wrong id is a UsageError that names the nearest ones."""
    table = load_policies()
    if policy_id in table:
        return table[policy_id]
    near = difflib.get_close_matches(policy_id.casefold(), table, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"valid: {', '.join(table)}"
    raise UsageError(f"no policy {policy_id!r}; {hint}")


def in_force(kind: str, region: str, on: datetime.date) -> tuple[Policy, ...]:
    """The policies of a kind that hold in a region on a day, in the order of the file.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    region : str
        Province as the factors spell it; what holds for the whole country is found for every one.
    on : datetime.date
        The day. Rows without a date count as valid: their ``scope`` says what they hold for.

    Raises
    ------
    UsageError
        For a kind that does not exist.
    """
    if kind not in KINDS:
        raise UsageError(f"no kind of policy {kind!r}; valid: {', '.join(KINDS)}")
    return tuple(p for p in load_policies().values() if p.kind == kind and p.holds_in(region) and p.holds_on(on))
