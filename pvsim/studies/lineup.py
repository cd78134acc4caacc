"""Another tool beside our own result: step by step from the sky to the meter, and where the two part first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pvsim.studies.foreign_record import IRRADIATION, STEPS, Foreign

if TYPE_CHECKING:
    from pvsim.studies.result import Result

PARTING = 0.01  # a step that differs by more is said to part
SAME_CAPACITY = 1e-3

TITLES = {
    "ghi": "GHI", "poa": "in-plane irradiation", "effective": "effective irradiation", "dc": "DC energy",
    "inverter": "after the inverters", "ac": "delivered",
}  # fmt: skip
MONTHLY = {
    "ghi": "ghi_kwh_per_m2", "poa": "poa_kwh_per_m2", "dc": "energy_dc_kwh", "ac": "energy_ac_kwh",
}  # fmt: skip
# What stands before a step and is no line of the ledger.
BEFORE = {"ghi": ("weather",), "poa": ("decomposition", "transposition", "albedo")}
# The stage whose last line a step is.
STAGE = {"effective": "irradiance", "dc": "dc", "inverter": "inverter"}


@dataclass(frozen=True)
class Step:
    """One step: both values, theirs over ours, and the same of what is left of the step before.

    ``step_ratio`` is the step alone: (theirs / theirs before) / (ours / ours before). ``contains`` names what stands
    between the step before and this one on our side.
    """

    name: str
    title: str
    unit: str
    ours: float
    theirs: float
    ratio: float | None
    step_ratio: float | None
    contains: tuple[str, ...]


@dataclass(frozen=True)
class MonthSteps:
    """The steps of one month, 1 to 12."""

    month: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Stated:
    """A loss that the other tool states itself, as a change in percent of what was there before, beside ours."""

    name: str
    ours_percent: float | None
    theirs_percent: float | None


@dataclass(frozen=True)
class Lineup:
    """Another tool against the first scenario.

    ``scale`` is "absolute" or "per kWp"; ``first`` and ``largest`` are names of steps, None where none parts.
    """

    tool: str
    kind: str
    file: str
    sha256: str
    scale: str
    ours_kwp: float
    theirs_kwp: float | None
    compared: tuple[int, ...]
    steps: tuple[Step, ...]
    months: tuple[MonthSteps, ...]
    losses: tuple[Stated, ...]
    first: str | None
    largest: str | None
    notes: tuple[str, ...]


def line_up(result: Result, other: Foreign) -> Lineup:
    """Both tools over the months that the other one has complete.

    Capacities that differ by more than 0.1 % make it a comparison per kWp; where the file does not say its capacity,
    the energies are compared as they are.
    """
    ours_kwp, theirs_kwp = result.system.dc_kwp, other.capacity_kwp
    per_kwp = theirs_kwp is not None and abs(theirs_kwp / ours_kwp - 1) > SAME_CAPACITY
    divide = (ours_kwp, theirs_kwp or 1.0) if per_kwp else (1.0, 1.0)
    ours = _own(result)
    theirs = {name: other.steps[name] for name in STEPS if name in other.steps}
    both = [name for name in STEPS if name in ours and name in theirs]
    months = tuple(m for m in range(12) if all(math.isfinite(sums[m]) for sums in theirs.values()))
    whole = len(months) == 12
    yearly = _own_year(result) if whole else {}
    values = {
        name: (
            sum(ours[name][m] for m in months) if name in ours else yearly[name],
            sum(theirs[name][m] for m in months),
        )
        for name in STEPS
        if name in theirs and (name in both or name in yearly) and months
    }
    unit = "kWh/kWp" if per_kwp else "kWh"
    steps = _steps(values, divide, unit, _names(result))
    rows = tuple(
        MonthSteps(m + 1, _steps({n: (ours[n][m], theirs[n][m]) for n in both}, divide, unit, _names(result)))
        for m in months
    )
    first, largest = _parting(steps)
    return Lineup(
        other.tool, other.kind, other.file, other.sha256, "per kWp" if per_kwp else "absolute", ours_kwp, theirs_kwp,
        tuple(m + 1 for m in months), steps, rows, _stated(result, other.losses_percent), first, largest,
        (*other.notes, *_notes(other, per_kwp, whole)),
    )  # fmt: skip


def _notes(other: Foreign, per_kwp: bool, whole: bool) -> list[str]:
    notes = []
    if other.capacity_kwp is None:
        notes.append("the file does not say its capacity: energies are compared as they are")
    elif per_kwp:
        notes.append("the capacities differ: energies are compared per kWp")
    if not whole and other.steps.keys() & {"effective", "inverter"}:
        notes.append("steps that are known here for the whole year only are left out")
    return notes


def _own(result: Result) -> dict[str, tuple[float, ...]]:
    """Twelve sums of the steps that the result has by month; no GHI where only in-plane light was measured."""
    table = result.monthly
    names = [n for n in MONTHLY if n != "ghi" or result.weather.has_ghi]
    return {name: tuple(float(x) for x in table[MONTHLY[name]]) for name in names}


def _own_year(result: Result) -> dict[str, float]:
    """The steps that only the ledger has: in-plane irradiation as far as it is left, and energy after the inverters."""
    lines = result.ledger
    last = {line.stage: line.kwh for line in lines}
    found = {"effective": last["irradiance"] / result.system.dc_kwp}
    if "inverter" in last:
        found["inverter"] = last["inverter"]
    return found


def _names(result: Result) -> dict[str, tuple[str, ...]]:
    """Of each step, the lines of the ledger up to it that are not up to the step before."""
    names: dict[str, tuple[str, ...]] = dict(BEFORE)
    lines = result.ledger[1:]  # the first line is the in-plane step itself
    at = 0
    for step in ("effective", "dc", "inverter", "ac"):
        ends = [i + 1 for i, line in enumerate(lines) if step == "ac" or line.stage == STAGE[step]]
        end = max(ends, default=at)
        names[step] = tuple(line.name for line in lines[at:end])
        at = end
    return names


def _steps(
    values: Mapping[str, tuple[float, float]],
    divide: tuple[float, float],
    unit: str,
    names: Mapping[str, tuple[str, ...]],
) -> tuple[Step, ...]:
    """The steps in order; a step that one side lacks is part of the next one."""
    found: list[Step] = []
    contains: tuple[str, ...] = ()
    before: float | None = 1.0
    for name in STEPS:
        contains += names[name]
        if name not in values:
            continue
        light = name in IRRADIATION
        ours, theirs = (v / (1.0 if light else d) for v, d in zip(values[name], divide, strict=True))
        ratio = theirs / ours if ours > 0 and theirs > 0 else None
        alone = None if ratio is None or before is None else ratio / before
        found.append(Step(name, TITLES[name], "kWh/m2" if light else unit, ours, theirs, ratio, alone, contains))
        contains, before = (), ratio
    return tuple(found)


def _parting(steps: Sequence[Step]) -> tuple[str | None, str | None]:
    """The first step that differs by more than ``PARTING``, and the one that differs most; None where all agree."""
    apart = [(s.name, s.step_ratio) for s in steps if s.step_ratio is not None and abs(s.step_ratio - 1) > PARTING]
    if not apart:
        return None, None
    return apart[0][0], max(apart, key=lambda pair: abs(math.log(pair[1])))[0]


def _stated(result: Result, losses: Mapping[str, float]) -> tuple[Stated, ...]:
    """PVGIS' own losses beside ours. Each is a factor on what was there before, so that all of them make the total."""
    if not losses:
        return ()
    lines = result.ledger
    kept = {b.name: b.kwh / a.kwh for a, b in pairwise(lines) if a.kwh > 0}
    ours = {
        "incidence": kept.get("incidence"),
        "spectral": kept.get("spectral", 1.0),
        "temperature and low light": kept.get("temperature", 1.0) * kept.get("low light", 1.0),
        "total": lines[-1].kwh / lines[0].kwh if lines[0].kwh > 0 else None,
    }
    theirs = {
        name: None if key not in losses else 1 + losses[key] / 100
        for name, key in zip(ours, ("l_aoi", "l_spec", "l_tg", "l_total"), strict=True)
    }
    rows = []
    for name in ("incidence", "spectral", "temperature and low light", "all other", "total"):
        pair = [_rest(side) if name == "all other" else side[name] for side in (ours, theirs)]
        rows.append(Stated(name, *(None if p is None else 100 * (p - 1) for p in pair)))
    return tuple(rows)


def _rest(side: Mapping[str, float | None]) -> float | None:
    """What the total has beyond the named ones."""
    total, named = side["total"], [v for k, v in side.items() if k != "total"]
    parts = [v for v in named if v is not None and v > 0]
    return None if total is None or len(parts) < len(named) else total / math.prod(parts)
