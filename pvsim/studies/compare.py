"""Variants side by side: what each yields, and which line of the ledger makes the difference.

A ledger is a product: delivered = nominal x factor x factor ... So the logarithm of the ratio of two delivered
energies is the sum of the logarithms of the ratios of their factors, and each line's share of the difference is

    contribution = L(E, E0) x ln(factor / factor0),   L(E, E0) = (E - E0) / ln(E / E0)

with the logarithmic mean L (the additive log-mean Divisia index, LMDI: Ang, Energy Policy 33 (2005), 867-871). The
shares add up to E - E0 exactly, whatever the order of the lines and also for factors above 1. Where energy falls to
zero the shares' limit is taken: the line at which it does so has all of the difference.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pvsim.errors import UsageError
from pvsim.studies.document import versions
from pvsim.studies.foreign import read_foreign
from pvsim.studies.lineup import Lineup, line_up
from pvsim.studies.result import Result
from pvsim.studies.run import simulate

if TYPE_CHECKING:
    from pvsim.scenario.schema import Scenario

SCHEMA = 1
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Variant:
    """One scenario and what it yields; ``name`` is its own among the variants."""

    name: str
    file: str
    sha256: str
    annual_kwh: float
    specific_yield_kwh_per_kwp: float
    performance_ratio: float | None
    ghi_kwh_per_m2: float | None
    poa_kwh_per_m2: float
    dc_kwp: float
    ac_kw: float
    p90_kwh: float
    p10_kwh: float
    coverage_fraction: float
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A line of one variant: what is left, and against the first variant.

    ``percent_of_previous`` is None in the first line, in lines that the variant has not and where nothing was left
    before; ``change_percent`` is its difference to the first variant's in points; ``contribution_kwh`` is the share of
    this line in the difference of the delivered energies.
    """

    kwh: float | None
    percent_of_previous: float | None
    change_percent: float | None
    contribution_kwh: float


@dataclass(frozen=True)
class Line:
    """A line of the ledgers, one cell for each variant."""

    name: str
    stage: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Part:
    """What the first line is made of: capacity, irradiation and the gain of the tilted planes; one for each variant."""

    name: str
    contribution_kwh: tuple[float, ...]


@dataclass(frozen=True)
class Difference:
    """A parameter that not all variants share; None where a variant has no such key."""

    key: str
    unit: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Comparison:
    """Variants side by side, and another tool against the first of them.

    Attributes
    ----------
    variants : in the order in which they were given; all differences are against the first
    ledger : the lines of all variants
    nominal : the parts of the ledger's first line
    differences : the parameters in which the scenarios differ
    lineup : the other tool, None if there is none
    """

    variants: tuple[Variant, ...]
    ledger: tuple[Line, ...]
    nominal: tuple[Part, ...]
    differences: tuple[Difference, ...]
    lineup: Lineup | None = None

    def to_dict(self) -> dict[str, Any]:
        """What ``pvsim compare --json`` prints."""
        blocks = {name: _lists(block) for name, block in asdict(self).items() if block is not None}
        return {"schema": SCHEMA, "versions": versions(), **blocks}


def _lists(value: Any) -> Any:
    """The same with lists for tuples, as JSON has it."""
    if isinstance(value, dict):
        return {key: _lists(inner) for key, inner in value.items()}
    return [_lists(inner) for inner in value] if isinstance(value, tuple | list) else value


def compare(
    scenarios: Iterable[Scenario | Result],
    with_file: str | Path | None = None,
    *,
    allow_partial: bool = False,
    allow_path: bool = False,
    allow_distance: bool = False,
    allow_network: bool = False,
    offline: bool = False,
) -> Comparison:
    """Simulate scenarios and lay them side by side, all against the first.

    Parameters
    ----------
    scenarios : what ``pvsim.load`` or ``pvsim.simulate`` returns, two or more; with another tool's file one is enough
    with_file : hourly or monthly result of PVsyst, SAM, PVWatts or PVGIS, held against the first scenario
    allow_partial, allow_path, allow_distance, allow_network, offline : as of ``pvsim.simulate``

    Raises
    ------
    UsageError
        When there is nothing to compare, or the file is no result that is understood.
    ScenarioError, WeatherError
        As ``pvsim.simulate``.
    """
    if isinstance(scenarios, Result) or not isinstance(scenarios, Iterable):
        raise UsageError("compare takes a list of scenarios or results")
    given = list(scenarios)
    if len(given) < (2 if with_file is None else 1):
        raise UsageError("compare takes two scenarios or more, or one and another tool's file")
    # before anything is simulated: a file that is no result ends it at once
    other = None if with_file is None else read_foreign(with_file)
    flags = {
        "allow_partial": allow_partial, "allow_path": allow_path, "allow_distance": allow_distance,
        "allow_network": allow_network, "offline": offline,
    }  # fmt: skip
    results = [s if isinstance(s, Result) else simulate(s, **flags) for s in given]
    if with_file is not None and other is not None and other.tool == "PVGIS" and other.kind == "hourly":
        other = read_foreign(with_file, utc_offset_minutes=results[0].weather.axis.utc_offset_minutes)
    lineup = None if other is None else line_up(results[0], other)
    files = [r.scenario.origin.file for r in results]
    return compared([r.to_dict() for r in results], files, lineup)


def compared(documents: Sequence[Document], files: Sequence[str], lineup: Lineup | None = None) -> Comparison:
    """Result documents side by side, all against the first.

    Parameters
    ----------
    documents : result documents, at least one
    files : where each scenario came from
    """
    variants = tuple(
        _variant(d, name, file) for d, name, file in zip(documents, _numbered(documents), files, strict=True)
    )
    ledgers = [d["ledger"] for d in documents]
    return Comparison(variants, ledger_lines(ledgers), _nominal(variants, ledgers), differences(documents), lineup)


def _numbered(documents: Sequence[Document]) -> list[str]:
    """A name for each: its own, with a number where several have the same."""
    names = [d["scenario"]["name"] for d in documents]
    several, count, found = Counter(names), Counter[str](), []
    for name in names:
        count[name] += 1
        found.append(f"{name} ({count[name]})" if several[name] > 1 else name)
    return found


def _variant(d: Document, name: str, file: str) -> Variant:
    energy, system, year = d["energy"], d["system"], d["uncertainty"]["one_year"]
    return Variant(
        name, file, d["scenario"]["sha256"],
        energy["annual_kwh"], energy["specific_yield_kwh_per_kwp"], energy["performance_ratio"],
        d["weather"]["ghi_kwh_per_m2"], d["ledger"][0]["kwh"] / system["dc_kwp"], system["dc_kwp"], system["ac_kw"],
        year["p90_kwh"], 2 * year["p50_kwh"] - year["p90_kwh"],  # a normal spread lies evenly about P50
        d["weather"]["coverage_fraction"], tuple(d["warnings"]),
    )  # fmt: skip


# --- the ledgers --------------------------------------------------------------------------------------------


def ledger_lines(ledgers: Sequence[Sequence[Document]]) -> tuple[Line, ...]:
    """The lines of all ledgers in order; a line that a ledger lacks loses nothing there."""
    stages = {line["name"]: line["stage"] for ledger in reversed(ledgers) for line in ledger}
    names = _in_order([[line["name"] for line in ledger] for ledger in ledgers])
    left = [_left(ledger, names) for ledger in ledgers]
    shares = [contributions(left[0], kwh) for kwh in left]
    columns = []
    for ledger, kwh, share in zip(ledgers, left, shares, strict=True):
        own = {line["name"] for line in ledger}
        percent = [None, *(100 * b / a if a > 0 else None for a, b in pairwise(kwh))]
        columns.append([(kwh[i] if n in own else None, percent[i], share[i]) for i, n in enumerate(names)])
    return tuple(
        Line(name, stages[name], tuple(Cell(k, p, _points(columns[0][i][1], p), c) for k, p, c in row))
        for i, (name, row) in enumerate(zip(names, zip(*columns, strict=True), strict=True))
    )


def _in_order(lists: Sequence[Sequence[str]]) -> list[str]:
    """The union of lists; a name that is new stands after the one that it follows in its own list."""
    names = list(lists[0])
    for other in lists[1:]:
        at = 0
        for name in other:
            if name in names:
                at = names.index(name) + 1
            else:
                names.insert(at, name)
                at += 1
    return names


def _left(ledger: Sequence[Document], names: Sequence[str]) -> list[float]:
    """What is left after each of the names."""
    own = {line["name"]: float(line["kwh"]) for line in ledger}
    found: list[float] = []
    for name in names:
        found.append(own.get(name, found[-1] if found else 0.0))
    return found


def _points(first: float | None, this: float | None) -> float | None:
    return None if first is None or this is None else this - first


def contributions(first: Sequence[float], other: Sequence[float]) -> list[float]:
    """The share of each line in the difference of the last entries, in kWh; they add up to it.

    Parameters
    ----------
    first, other : what is left after each line, of two ledgers with the same lines

    Returns
    -------
    list of float
        One share for each line; see the head of this module. Energy that falls to zero or below, in either of them,
        gives all of the difference to the line where it does.
    """
    difference = other[-1] - first[-1]
    gone = next((i for i, (a, b) in enumerate(zip(first, other, strict=True)) if a <= 0 or b <= 0), None)
    if gone is not None:
        return [difference if i == gone else 0.0 for i in range(len(first))]
    logs = [_log_ratio(a, b) for a, b in zip(first, other, strict=True)]
    mean = log_mean(first[-1], other[-1])
    return [mean * (now - before) for now, before in zip(logs, [0.0, *logs[:-1]], strict=True)]


def log_mean(a: float, b: float) -> float:
    """The logarithmic mean (b - a) / ln(b / a) of two positive numbers, which is a where they are the same."""
    return a if a == b else (b - a) / _log_ratio(a, b)


def _log_ratio(a: float, b: float) -> float:
    """ln(b / a), exact also for numbers that are nearly the same."""
    relative = (b - a) / a
    return math.log1p(relative) if abs(relative) < 0.5 else math.log(b / a)


def _nominal(variants: Sequence[Variant], ledgers: Sequence[Sequence[Document]]) -> tuple[Part, ...]:
    """The first line's share split once more: capacity, GHI and what the planes' tilt gains on it."""
    names = ["capacity", "GHI", "in-plane gain"]
    if any(v.ghi_kwh_per_m2 is None for v in variants):
        names = ["capacity", "in-plane irradiation"]
    left = [_left(ledger, [line["name"] for line in ledger]) for ledger in ledgers]
    columns = []
    for v, kwh in zip(variants, left, strict=True):
        levels = [v.dc_kwp, v.dc_kwp * (v.ghi_kwh_per_m2 or 0.0), kwh[0]]
        # the energy behind the first line stands at the end, so that the shares are of the delivered energies
        columns.append([*(levels if len(names) == 3 else [levels[0], levels[2]]), kwh[-1]])
    shares = [contributions(columns[0], column)[:-1] for column in columns]
    return tuple(Part(name, tuple(s[i] for s in shares)) for i, name in enumerate(names))


# --- the scenarios ------------------------------------------------------------------------------------------


def differences(documents: Sequence[Document]) -> tuple[Difference, ...]:
    """The parameters in effect that are not the same in all documents, in the order of the files."""
    tables = [{a["key"]: a for a in d["assumptions"]} for d in documents]
    found = []
    for key in _in_order([list(table) for table in tables]):
        values = tuple(table[key]["value"] if key in table else None for table in tables)
        if any(v != values[0] for v in values[1:]):
            unit = next(table[key]["unit"] for table in tables if key in table)
            found.append(Difference(key, unit, values))
    return tuple(found)
