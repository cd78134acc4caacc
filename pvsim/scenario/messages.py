"""From what pydantic and the rules refuse to problems in plain words: found, allowed, what to do.

Nothing is taken from pydantic's own sentences: what is allowed is read off the declaration of the key,
so a bound that changes there changes the message.
"""

from __future__ import annotations

import datetime
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic.fields import FieldInfo

from pvsim.scenario.fault import Fault, RefusedError
from pvsim.scenario.positions import KeyPath
from pvsim.scenario.schema import MAX_ROOFS, SCHEMA_VERSION, Block, Scenario
from pvsim.scenario.syntax import FLEET_ADVICE
from pvsim.scenario.wording import closest, dotted, is_number, listed, quoted, show

# -- where in the schema a path lies


@dataclass(frozen=True)
class _Spot:
    """A path cut to what stands in the file, the table that holds it, and its declaration."""

    path: KeyPath
    table: type[Block]
    field: FieldInfo | None
    key: str = ""
    is_element: bool = False  # one of the many below the key: roof[0], modules.NAME, factors[1]


def _fields(table: type[Block]) -> dict[str, FieldInfo]:
    """The declared keys as they are written in a file."""
    return {info.alias or name: info for name, info in table.model_fields.items()}


def _bare(annotation: Any) -> Any:
    """The annotation without ``| None``."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        inner = [a for a in typing.get_args(annotation) if a is not type(None)]
        return inner[0] if len(inner) == 1 else annotation
    return annotation


def _block_in(annotation: Any) -> tuple[type[Block] | None, bool]:
    """The table a key holds, and whether there are many of them below an index or a name."""
    annotation = _bare(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return annotation, False
    for part in typing.get_args(annotation):
        if isinstance(part, type) and issubclass(part, Block):
            return part, True
    return None, False


def _locate(location: KeyPath) -> _Spot:
    """Follow a location through the models; what pydantic adds below a leaf is cut off."""
    table: type[Block] = Scenario
    at = 0
    while True:
        field = _fields(table).get(str(location[at])) if at < len(location) else None
        if field is None:
            return _Spot(location[: at + 1], table, None)
        inner, many = _block_in(field.annotation)
        used = at + (2 if many else 1)
        if inner is None:
            element = _is_list(field) and len(location) > used and isinstance(location[used], int)
            return _Spot(location[: used + element], table, field, str(location[at]), element)
        if len(location) <= used:
            return _Spot(location, table, field, str(location[at]), len(location) > at + 1)
        table, at = inner, used


def _is_list(field: FieldInfo) -> bool:
    return typing.get_origin(_bare(field.annotation)) is tuple


# -- what is allowed


def allowed(key: str, field: FieldInfo) -> str:
    """What a key takes, in words, from its declaration."""
    if key == "schema":
        return f"schema = {SCHEMA_VERSION}"
    kind = _bare(field.annotation)
    if typing.get_origin(kind) is Literal:
        return "one of " + ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in typing.get_args(kind))
    block, many = _block_in(field.annotation)
    if block is not None:
        if not many:
            if field.examples:
                return "a table such as { " + ", ".join(f'{k} = "{v}"' for k, v in field.examples[0].items()) + " }"
            required = " and ".join(k for k, f in _fields(block).items() if f.is_required())
            return f"a table [{key}]" + (f" with {required}" if required else "")
        return f"tables [[{key}]]" if _is_list(field) else f"tables [{key}.NAME]"
    extra = field.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    return _kind_text(kind) + _bounds(field.metadata, kind) + (f" ({unit})" if unit else "")


def _kind_text(kind: Any) -> str:
    if kind is float:
        return "a number"
    if kind is int:
        return "a whole number"
    if kind is datetime.date:
        return "a date such as 2022-06-30, without quotes"
    if typing.get_origin(kind) is tuple:
        element = typing.get_args(kind)[0]
        if typing.get_origin(element) is tuple or _is_pair(element):
            return "a list of pairs of numbers such as [[0, 0], [80, 25]]"
        if element is str:
            return 'a list of texts such as ["one", "two"]'
        return "a list of dates" if element is datetime.date else "a list of numbers from 0 to below 100"
    return "a text in quotes" if kind is str else "a text in quotes, or a date"


def _is_pair(element: Any) -> bool:
    return any(typing.get_origin(part) is tuple for part in typing.get_args(element))


def _bounds(metadata: list[Any], kind: Any) -> str:
    """``from 0 to 90``, ``above 0 to 1,000``, ``of 1 to 64 characters``."""
    found: dict[str, Any] = {}
    for bound in metadata:
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length"):
            if getattr(bound, name, None) is not None:
                found[name] = getattr(bound, name)
    if "max_length" in found:
        what = "characters" if kind is str else "items"
        lower = f" of {found['min_length']}" if "min_length" in found else " of up"
        if found.get("min_length") == found["max_length"]:
            return f", {found['max_length']} {what}"
        return f"{lower} to {found['max_length']:,} {what}"
    if kind is int and found.get("ge", 0) >= 1900:  # years
        return f" from {found['ge']} to {found['le']}"
    text = f" from {_number(found['ge'])}" if "ge" in found else ""
    text += f" above {_number(found['gt'])}" if "gt" in found else ""
    text += f" to {_number(found['le'])}" if "le" in found else ""
    return text + (f" to below {_number(found['lt'])}" if "lt" in found else "")


def _number(bound: Any) -> str:
    return f"{bound:,.0f}" if float(bound).is_integer() and abs(bound) < 1e9 else f"{bound:g}"


# -- what to do


def _swapped(value: float, row: Mapping[str, object]) -> str:
    longitude = row.get("longitude")
    if abs(value) > 90 and is_number(longitude) and abs(typing.cast(float, longitude)) <= 90:
        return "latitude and longitude swapped?"
    return ""


def _longitude(value: float, row: Mapping[str, object]) -> str:
    return f"west is negative: write {value - 360:g}" if 180 < value <= 360 else ""


def _azimuth(value: float, row: Mapping[str, object]) -> str:
    if value == 360:
        return "north is 0: use 0"
    convention = "degrees clockwise from north, south = 180"
    if -180 <= value < 0:
        return f"{convention}; counted from south, {value:g} is {value + 180:g} here"
    return convention


def _tilt(value: float, row: Mapping[str, object]) -> str:
    return "0 is flat, 90 upright; the direction goes into surface_azimuth" if value < 0 else ""


def _power(value: float, row: Mapping[str, object]) -> str:
    return f"watts of one module, not kilowatts: {1000 * value:g}?" if 0 < value < 1 else ""


def _annual_ghi(value: float, row: Mapping[str, object]) -> str:
    if 1 < value < 10:
        return f"kWh/m2 a year, not a day: {365 * value:.0f}?"
    return f"kWh/m2, not MJ/m2: {value / 3.6:.0f}?" if 2800 < value < 10_080 else ""


def _gamma(value: float, row: Mapping[str, object]) -> str:
    return "power falls with heat: the coefficient is negative" if value > 0 else ""


def _percent(value: float, row: Mapping[str, object]) -> str:
    return f"percent, not a fraction: {100 * value:g}?" if 0 < value <= 1 else ""


def _schema(value: float, row: Mapping[str, object]) -> str:
    return "the file needs a newer pvsim" if value > SCHEMA_VERSION else ""


_HINTS: dict[tuple[str, str], Callable[[float, Mapping[str, object]], str]] = {
    ("Scenario", "schema"): _schema,
    ("Site", "latitude"): _swapped,
    ("Site", "longitude"): _longitude,
    ("Roof", "surface_azimuth"): _azimuth,
    ("Roof", "surface_tilt"): _tilt,
    ("Module", "gamma_percent_per_c"): _gamma,
    ("Module", "power_w"): _power,
    ("WeatherBlock", "ghi_kwh_per_m2"): _annual_ghi,
    ("Inverter", "efficiency_percent"): _percent,
    ("Inverter", "nominal_efficiency_percent"): _percent,
}


def _advice(spot: _Spot, key: str, value: object, row: Mapping[str, object], field: FieldInfo) -> str:
    hint = _HINTS.get((spot.table.__name__, key))
    if hint is not None and is_number(value):
        return hint(typing.cast(float, value), row)
    block, many = _block_in(field.annotation)
    if block is not None:
        return _table_advice(key, value, field, many)
    kind = _bare(field.annotation)
    if key == "surface_azimuth" and isinstance(value, str):
        return "north is 0, east 90, south 180, west 270"
    if kind in (int, float) and isinstance(value, str) and re.match(r"\s*[+-]?\d", value):
        return "write the number without quotes and without a unit"
    if kind is int and isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"write {value:.0f}"
    if typing.get_origin(kind) is Literal and isinstance(value, str):
        guess = closest(value, [str(v) for v in typing.get_args(kind)])
        return f'did you mean "{guess}"?' if guess else ""
    return ""


def _table_advice(key: str, value: object, field: FieldInfo, many: bool) -> str:
    if _is_list(field):
        if isinstance(value, list | tuple) and len(value) > MAX_ROOFS:
            return FLEET_ADVICE
        return f"write [[{key}]] with double brackets" if isinstance(value, Mapping) else ""
    if isinstance(value, list | tuple):
        return f"write [{key}.NAME]" if many else f"write [{key}] with single brackets"
    return ""


def _unknown_key(spot: _Spot) -> Fault:
    name = str(spot.path[-1])
    known = list(_fields(spot.table))
    guess = closest(name, known)
    advice = f"did you mean {guess}?" if guess else _belongs_elsewhere(name, spot.table)
    return Fault(spot.path, "unknown key", "" if advice else f"allowed here: {listed(known)}", advice)


def _belongs_elsewhere(name: str, table: type[Block]) -> str:
    """``surface_tilt`` in [site] is right in the wrong place."""
    for key, field in _fields(Scenario).items():
        block, _ = _block_in(field.annotation)
        if block is not None and block is not table and key != "claim" and name in _fields(block):
            return (
                f"{name} belongs in {f'[[{key}]]' if key in ('roof', 'outage', 'period', 'obstacle') else f'[{key}]'}"
            )
    return f"{name} belongs at the top of the file" if name in _fields(Scenario) else ""


# -- one error


def fault_of(error: Mapping[str, Any], data: Mapping[str, object]) -> list[Fault]:
    """The faults that one error of pydantic stands for."""
    location: KeyPath = tuple(error["loc"])
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, RefusedError):
        return [fault.below(location) for fault in cause.faults]
    spot = _locate(location)
    if error["type"] == "extra_forbidden" or spot.field is None:
        return [_unknown_key(spot)]
    if error["type"] == "missing":
        return [Fault(spot.path, "missing", allowed(spot.key, spot.field))]
    value = error.get("input")
    found = _found(value, error["type"])
    if spot.is_element:
        return [Fault(spot.path, found, _element_allowed(spot, spot.field))]
    row = _row(data, spot.path[:-1])
    todo = _advice(spot, spot.key, value, row, spot.field)
    return [Fault(spot.path, found, allowed(spot.key, spot.field), todo)]


def _element_allowed(spot: _Spot, field: FieldInfo) -> str:
    if _block_in(field.annotation)[0] is None:
        pairs = _is_pair(typing.get_args(_bare(field.annotation))[0])
        return "a pair of numbers from -5,000 to 5,000 such as [80, 25]" if pairs else "a text in quotes"
    return f"a table [[{spot.key}]]" if _is_list(field) else f"a table [{dotted(spot.path)}]"


def _found(value: object, kind: str) -> str:
    if kind == "too_long" and isinstance(value, list | tuple):
        return f"found {len(value):,}"
    if kind == "string_too_long" and isinstance(value, str):
        return f"found a text of {len(value):,} characters, {quoted(value)}"
    if kind == "finite_number":
        return f"found {show(value)}, which is not a finite number"
    return f"found {show(value)}"


def _row(data: Mapping[str, object], path: KeyPath) -> Mapping[str, object]:
    """The table around a key, as given."""
    here: Any = data
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return {}
    return here if isinstance(here, Mapping) else {}
