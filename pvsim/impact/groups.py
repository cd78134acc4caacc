"""The questions that a conversion answers, and between which numbers an honest answer to each can lie.

Each group is one kind of number; no function adds two groups or sets one as the low end of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pvsim.impact.convert import Conversion
from pvsim.impact.factors import YEARLY, Factor, load_factors, places_of

# A supply rate is quoted with the data at hand, which may be some years old.
SUPPLY_YEARS: Final = 5


@dataclass(frozen=True, slots=True)
class Group:
    """One question: its heading, what the answer is for, and the methods of its rows, the leading one first."""

    title: str
    purpose: str
    methods: tuple[str, ...]
    unit: str

    @property
    def self_used(self) -> bool:
        """Whether its rows hold for self-used kWh only."""
        return self.methods[0] in {"average", "residual", "footprint"}


GROUPS: Final = (
    Group(
        "1  COAL, CALORIFIC",
        "heat content of the kWh: energy statistics, electricity saved",
        ("calorific",),
        "tce",
    ),
    Group(
        "2  COAL, EQUIVALENT",
        "what thermal plants burn to supply the kWh",
        ("supply", "equivalent"),
        "tce",
    ),
    Group("3  CO2, LOCATION-BASED AVERAGE", "company inventory; holds for self-used kWh only", ("average",), "t CO2"),
    Group(
        "3b CO2, MARKET-BASED RESIDUAL",
        "company inventory, only if the green certificates are kept; self-used kWh only",
        ("residual", "fossil"),
        "t CO2",
    ),
    Group(
        "4  CO2, PROJECT MARGIN",
        "emissions that the project avoids in its grid, on all kWh alike, exported ones too",
        ("combined-margin", "operating-margin", "build-margin"),
        "t CO2",
    ),
    Group("5  CO2e, LIFE-CYCLE FOOTPRINT", "of grid electricity; self-used kWh only", ("footprint",), "t CO2e"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A group with its rows, and the lowest, leading and highest factor that somebody at the place could defend."""

    group: Group
    rows: tuple[Conversion, ...]
    low: Factor
    leading: Factor
    high: Factor

    @property
    def kwh(self) -> float:
        """The kWh that its factors are applied to."""
        return self.rows[0].kwh

    def tonnes(self, factor: Factor) -> float:
        """What a factor of this group gives, in the unit of the group."""
        return self.kwh * factor.value / 1000.0


def answers(conversions: Sequence[Conversion], place: str, year: int | None = None) -> Iterator[tuple[Group, Answer]]:
    """Every group that has a value for `place`, with its low and high end.

    Parameters
    ----------
    conversions
        What `convert` gives.
    place
        Province or ``"CN"``, as ``factors.csv`` spells it.
    year
        The data year that was asked for.

    Notes
    -----
    The ends: of averages the province, its grid and the country; of supply rates those of the data year and of the
    four years before it, and equivalent values of the province's own standards; of all other kinds the one value
    that leads, as operating and build margin are parts of the combined margin and no alternatives to it. A value of
    a later year than the one asked for is no end while another is there, and a user's own factor is one where it
    was asked for and is of the leading kind and of the place, its grid or the country.
    """
    for group in GROUPS:
        rows = tuple(c for c in conversions if c.factor.method in group.methods)
        leading = next((c for c in rows if c.factor.method == group.methods[0] and not c.own), None)
        if leading is None:
            continue
        candidates = [leading.factor, *_others(group, leading.factor, place), *_own(rows, leading.factor, place)]
        if group.methods[0] == "average":
            candidates += [c.factor for c in rows if c.factor.region in places_of("average", place) and not c.own]
        if year is not None and leading.factor.method in YEARLY:
            in_time = [f for f in candidates if (f.data_year or 0) <= year]
            candidates = [leading.factor, *in_time]
        low, high = min(candidates, key=lambda f: f.value), max(candidates, key=lambda f: f.value)
        yield group, Answer(group, rows, low, leading.factor, high)


def _others(group: Group, leading: Factor, place: str) -> list[Factor]:
    """Shipped rows beside those that are shown: supply rates of recent years, equivalent values of the place."""
    if group.methods[0] != "supply":
        return []
    latest = leading.data_year or 0
    usable = [f for f in load_factors().values() if f.method in group.methods and not f.comparison_only]
    recent = [f for f in usable if f.method == "supply" and latest - SUPPLY_YEARS < (f.data_year or 0) <= latest]
    return recent + [f for f in usable if f.method == "equivalent" and f.region == place]


def _own(rows: Iterable[Conversion], leading: Factor, place: str) -> list[Factor]:
    own = [c.factor for c in rows if c.own and c.factor.method == leading.method]
    return [f for f in own if f.region in {place, *places_of(leading.method, place)}]


def group_row(answer: Answer) -> dict[str, Any]:
    """One group of the conversion document (JSON values): tonnes in ``unit``, and the factors of both ends."""
    group = answer.group
    entry: dict[str, Any] = {
        "group": answer.leading.kind,
        "kind": answer.leading.method,
        "purpose": group.purpose,
        "applies_to": answer.leading.applies_to,
        "kwh": answer.kwh,
        "unit": group.unit,
    }
    for end in ("low", "leading", "high"):
        factor: Factor = getattr(answer, end)
        entry[end] = answer.tonnes(factor)
        entry[f"{end}_factor_id"] = factor.id
    return entry
