"""The scenario file as frozen values, and the list of everything that was assumed.

The tables themselves are declared in `blocks`, `sky` and `budget`; this module puts them together and is the
one to import from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path, PurePath
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, field_validator, model_validator

from pvsim.errors import Problem
from pvsim.scenario.blocks import Site
from pvsim.scenario.budget import Claim, Impact, Losses, Outage, Physics, Uncertainty
from pvsim.scenario.equipment import DEFAULT_DC_AC_RATIO, DEFAULT_EFFICIENCY_PERCENT, Inverter, Module
from pvsim.scenario.fault import composed, refuse
from pvsim.scenario.fields import MAX_ROOFS, Block, FromList
from pvsim.scenario.money import Finance
from pvsim.scenario.roof import Obstacle, Roof
from pvsim.scenario.rules import effective_roof_name, scenario_faults
from pvsim.scenario.sizing import Size, module_faults, sizing_faults
from pvsim.scenario.sky import WeatherBlock
from pvsim.scenario.use import Load, Period, Storage, Tariff
from pvsim.scenario.wording import dotted, visible

__all__ = [
    "DEFAULT_DC_AC_RATIO",
    "DEFAULT_EFFICIENCY_PERCENT",
    "MAX_ROOFS",
    "SCHEMA_VERSION",
    "Assumption",
    "Block",
    "Claim",
    "Finance",
    "Impact",
    "Inverter",
    "Load",
    "Losses",
    "Module",
    "Obstacle",
    "Origin",
    "Outage",
    "Period",
    "Physics",
    "Roof",
    "Scenario",
    "Site",
    "Storage",
    "Tariff",
    "Uncertainty",
    "WeatherBlock",
    "assumptions",
]

SCHEMA_VERSION = 1
MAX_OUTAGES = 1000
MAX_OBSTACLES = 1000
MAX_PERIODS = 50


@dataclass(frozen=True)
class Origin:
    """Where a scenario came from.

    ``lines`` maps ``roof[0].panels`` to its line, if there is a text; ``changed`` are the keys that were set
    from outside of it; ``notes`` say what the reader did to the text; ``roofs`` holds for each plane the number of the
    [[roof]] that it came from, where shapes were spelled out.
    """

    file: str = "scenario"
    folder: Path | None = None
    sha256: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    roofs: tuple[int, ...] = ()


class Scenario(Block):
    """What is asked: one site, its weather, its roofs, and everything that was assumed."""

    schema_version: int = Field(1, alias="schema", ge=1, le=SCHEMA_VERSION, description="Version of the file format")
    name: str = Field(
        "scenario",
        min_length=1,
        max_length=200,
        description="Title of the scenario",
        examples=["my roof"],
        json_schema_extra={"reason": "the file's name"},
    )
    site: Site = Field(description="Where the roof is")
    weather: WeatherBlock = Field(default_factory=WeatherBlock, description="Where the weather comes from")
    module: Module = Field(default_factory=Module, description="Module of all roofs that name none")
    modules: dict[str, Module] = Field(default_factory=dict, description="Modules that roofs name")
    inverter: Inverter = Field(default_factory=Inverter, description="Inverter of all roofs that name none")
    inverters: dict[str, Inverter] = Field(default_factory=dict, description="Inverters that roofs name")
    roof: Annotated[tuple[Roof, ...], FromList] = Field((), max_length=MAX_ROOFS, description="Planes of modules")
    obstacle: Annotated[tuple[Obstacle, ...], FromList] = Field(
        (), max_length=MAX_OBSTACLES, description="What stands on a roof or beside it"
    )
    losses: Losses = Field(default_factory=Losses, description="Named losses")
    outage: Annotated[tuple[Outage, ...], FromList] = Field(
        (), max_length=MAX_OUTAGES, description="Periods of standstill"
    )
    physics: Physics = Field(default_factory=Physics, description="Model names")
    claim: Claim | None = Field(None, description="What was published")
    impact: Impact = Field(default_factory=Impact, description="Factors asked for")
    load: Load | None = Field(None, description="What the buildings behind the meter use")
    loads: dict[str, Load] = Field(default_factory=dict, description="Loads of further meters, which roofs name")
    storage: Storage | None = Field(None, description="A battery behind the meter")
    tariff: Tariff | None = Field(None, description="What a kWh costs and brings")
    period: Annotated[tuple[Period, ...], FromList] = Field(
        (), max_length=MAX_PERIODS, description="Hours with prices of their own"
    )
    finance: Finance | None = Field(None, description="What the plant costs, and who pays")
    uncertainty: Uncertainty = Field(default_factory=Uncertainty, description="How sure the inputs are")

    _origin: Origin = PrivateAttr(default_factory=Origin)
    _asked: Scenario | None = PrivateAttr(default=None)

    @field_validator("name")
    @classmethod
    def _compose_name(cls, name: str) -> str:
        return composed(name)

    @field_validator("modules", "inverters", "loads")
    @classmethod
    def _compose(cls, tables: dict[str, Any]) -> dict[str, Any]:
        return {composed(name): table for name, table in tables.items()}

    @field_validator("roof")
    @classmethod
    def _name_roofs(cls, roofs: tuple[Roof, ...]) -> tuple[Roof, ...]:
        names = (effective_roof_name({"name": r.name}, i) for i, r in enumerate(roofs))
        return tuple(r if r.name == n else r.model_copy(update={"name": n}) for r, n in zip(roofs, names, strict=True))

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        data = {
            "roof": [r.given() for r in self.roof],
            "modules": self.modules,
            "inverters": self.inverters,
            "claim": self.claim,
            "weather": self.weather.given(),
            "losses": self.losses.given(),
            "site": self.site.given(),
            "outage": [o.given() for o in self.outage],
            "obstacle": [o.given() for o in self.obstacle],
            "loads": {name: table.given() for name, table in self.loads.items()},
            "period": [p.given() for p in self.period],
            **{
                name: None if (block := getattr(self, name)) is None else block.given()
                for name in ("load", "storage", "tariff", "finance")
            },
        }
        refuse(scenario_faults(data))
        refuse(sizing_faults(self.roof, self.module_of, self.inverter_of, _size_stated))
        refuse(module_faults(self.module, self.modules))
        return self

    @property
    def origin(self) -> Origin:
        """The file, its folder, its sha256 and the lines of its keys."""
        return self._origin

    @property
    def asked(self) -> Scenario:
        """The scenario as it was written, of one whose shapes were spelled out."""
        return self if self._asked is None else self._asked

    def with_planes(self, planes: Sequence[Roof], roofs: Sequence[int]) -> Scenario:
        """The same scenario with a [[roof]] for each plane; ``roofs`` are those that they came from."""
        made = self.model_copy(update={"roof": tuple(planes)})
        lines = {key: line for key, line in self.origin.lines.items() if not key.startswith("roof[")}
        for plane, roof in enumerate(roofs):
            for key, line in self.origin.lines.items():
                if key == f"roof[{roof}]" or key.startswith(f"roof[{roof}]."):
                    lines[f"roof[{plane}]{key.removeprefix(f'roof[{roof}]')}"] = line
        made._origin = replace(self.origin, lines=lines, roofs=tuple(roofs))
        made._asked = self
        return made

    def module_of_name(self, name: str | None) -> Module:
        """[modules.NAME], or [module] for None."""
        return self.module if name is None else self.modules[name]

    def module_of(self, roof: Roof) -> Module:
        """The module of a roof: the one it names, else [module]."""
        return self.module_of_name(roof.module)

    def inverter_of_name(self, name: str | None) -> Inverter:
        """[inverters.NAME], or [inverter] for None."""
        return self.inverter if name is None else self.inverters[name]

    def inverter_of(self, roof: Roof) -> Inverter:
        """The inverter of a roof: the one it names, else [inverter]. Roofs of one inverter are pooled."""
        return self.inverter_of_name(roof.inverter)

    @property
    def has_load(self) -> bool:
        """Whether some roof stands behind a meter whose load is said."""
        return self.load is not None or any(r.load is not None for r in self.roof)

    def changed(self, changes: Mapping[str, Any]) -> Scenario:
        """A scenario with other values, judged anew and under a hash of its own.

        Parameters
        ----------
        changes : mapping
            ``{"losses.soiling_percent": 5.0, "roof[0].panels": 100, "roof.hall A.surface_tilt": 30.0}``

        Raises
        ------
        ScenarioError
            When a key leads nowhere or a value is not allowed.
        """
        from pvsim.scenario.reader import changed  # the reader builds scenarios: it knows how, and imports this

        return changed(self, changes)

    def _repr_html_(self) -> str:
        """What a notebook shows: every parameter in effect, defaults with their reason."""
        rows = "".join(
            f"<tr><td>{escape(a.key)}</td><td>{escape(visible(str(a.value)))} {escape(a.unit)}</td>"
            f"<td>{escape(a.reason if a.default else 'given')}</td></tr>"
            for a in assumptions(self)
        )
        return f"<div><h4>{escape(visible(self.name))}</h4><table>{rows}</table></div>"

    def __repr__(self) -> str:
        """One line: name, place, size."""
        panels = sum(r.panels for r in self.roof)
        counted = f"{panels:,} panels" if all(r.panels for r in self.roof) else "as many panels as fit"
        place = f"{self.site.latitude:g}, {self.site.longitude:g}"
        return f"Scenario({self.name!r}, at {place}, {len(self.roof)} planes, {counted})"

    def problem(self, key: str, found: str, allowed: str, todo: str = "") -> Problem:
        """A `Problem` at a key of this scenario, with the line of the key or of the table around it."""
        if any(key == k or key.startswith((f"{k}.", f"{k}[")) for k in self.origin.changed):
            return Problem(key, f"{found} (changed for this run)", allowed, todo)
        place: str | None = key
        while place and place not in self.origin.lines:
            place = _parent(place)
        line = self.origin.lines.get(place) if place else None
        plane = re.match(r"roof\[(\d+)\]", key)
        if plane and self.origin.roofs:  # what is said is the key of the file
            key = f"roof[{self.origin.roofs[int(plane[1])]}]{key[plane.end() :]}"
        return Problem(key, found, allowed, todo, line=line)


def _size_stated(module: Module) -> Size | None:
    """Power and area where the scenario itself says the power; a name or a file says it to the run."""
    power_w = module.effective_power_w
    return None if power_w is None else Size(power_w, module.area_for(power_w))


def _parent(key: str) -> str | None:
    match = re.fullmatch(r"(.+?)(?:\.[^.\[\]]+|\[\d+\]|\.\"[^\"]*\")", key, re.DOTALL)
    return match[1] if match else None


@dataclass(frozen=True)
class Assumption:
    """One parameter in effect: its value, whether it is a default, and why it is that."""

    key: str
    value: float | int | str
    unit: str
    default: bool
    reason: str
    source: str


def assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """Every parameter in effect, given or default.

    Left out are names and other texts, the claim, tables that no roof uses, and values that only the
    run can fill in (a default time zone, altitude, azimuth, module area); the run adds those.
    """
    # A file name only: the result must not tell how somebody's disk is laid out.
    file = PurePath(scenario.origin.file).name
    rows = (row for prefix, block in _blocks(scenario) for row in _rows(prefix, block, file))
    return tuple(_set_outside(row, scenario.origin.changed) for row in _said_once(rows))


def _said_once(rows: Iterable[Assumption]) -> Iterator[Assumption]:
    """A default that many obstacles share stands at the first that has it."""
    seen: set[str] = set()
    for row in rows:
        obstacle = re.fullmatch(r"obstacle\[\d+\]\.(.+)", row.key)
        if obstacle and row.default:
            if obstacle[1] in seen:
                continue
            seen.add(obstacle[1])
        yield row


def _set_outside(row: Assumption, changed: tuple[str, ...]) -> Assumption:
    """A value that was not in the file says so, also when its whole table was set."""
    inside = any(row.key == key or row.key.startswith((f"{key}.", f"{key}[")) for key in changed)
    return (
        replace(row, reason="changed for this run", source="--set or Scenario.changed")
        if inside and not row.default
        else row
    )


def _blocks(scenario: Scenario) -> Iterator[tuple[str, Block]]:
    yield "site", scenario.site
    yield "impact", scenario.impact
    if not scenario.roof:
        return  # a claim without roofs is converted, not simulated: nothing else is in effect
    yield "weather", scenario.weather
    if any(r.module is None for r in scenario.roof):
        yield "module", scenario.module
    for name in dict.fromkeys(r.module for r in scenario.roof if r.module is not None):
        yield dotted(("modules", name)), scenario.modules[name]
    if any(r.inverter is None for r in scenario.roof):
        yield "inverter", scenario.inverter
    for name in dict.fromkeys(r.inverter for r in scenario.roof if r.inverter is not None):
        yield dotted(("inverters", name)), scenario.inverters[name]
    for index, roof in enumerate(scenario.roof):
        yield dotted(("roof", index)), roof
    for index, obstacle in enumerate(scenario.obstacle):
        yield dotted(("obstacle", index)), obstacle
    yield "losses", scenario.losses
    for index, outage in enumerate(scenario.outage):
        yield dotted(("outage", index)), outage
    yield "physics", scenario.physics
    for name in ("load", "storage", "tariff", "finance"):
        if (block := getattr(scenario, name)) is not None:
            yield name, block
    for name in dict.fromkeys(r.load for r in scenario.roof if r.load is not None):
        yield dotted(("loads", name)), scenario.loads[name]
    for index, period in enumerate(scenario.period):
        yield dotted(("period", index)), period
    yield "uncertainty", scenario.uncertainty


# of a roof, a site and a weather file: they point, they do not count
_NAMES = {
    "name",
    "module",
    "inverter",
    "load",
    "at",
    "hours",
    "path",
    "horizon",
    "shading_table",
    "roof",
    "poa_column",
    "module_temperature_column",
}
_FILES = {"name", "pan", "ond", "iec61853"}  # of a module or an inverter: they stand for its values


def _rows(prefix: str, block: Block, file: str) -> Iterator[Assumption]:
    given = block.given()
    for key, value in block.in_effect().items():
        extra: dict[str, Any] = type(block).model_fields[key].json_schema_extra  # type: ignore[assignment]
        if (
            (key in _NAMES and not (key in _FILES and isinstance(block, Module | Inverter)))
            or extra.get("describes")
            or value == ()
        ):
            continue
        default = key not in given
        yield Assumption(
            key=f"{prefix}.{key}",
            value=_plain(value),
            unit=extra.get("unit", ""),
            default=default,
            reason=extra["reason"] if default else "given in the scenario",
            source=extra.get("source", "") if default else file,
        )


def _plain(value: object) -> float | int | str:
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return value if isinstance(value, int | float) else str(value)
