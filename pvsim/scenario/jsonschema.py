"""The scenario file for others to read: the list of its keys, its JSON Schema, and a table for the README.

`tables` lists every key with what the schema says of it; the starter, the explanations and what stands here
are all written from that list, so they cannot say anything else than the reader does.

The JSON Schema is draft-07 without references. Taplo (Even Better TOML) and Tombi are what people complete
and check TOML with: both read draft-07, Taplo drops what stands beside a ``$ref`` and Tombi did not always
follow one, so every table is written out where it stands.
"""

from __future__ import annotations

import datetime
import json
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic.fields import FieldInfo

from pvsim.scenario.messages import allowed
from pvsim.scenario.schema import MAX_OBSTACLES, MAX_OUTAGES, MAX_PERIODS, MAX_ROOFS, SCHEMA_VERSION, Block, Scenario

DIALECT = "http://json-schema.org/draft-07/schema#"

# --- the keys, as the schema declares them


@dataclass(frozen=True)
class Key:
    """One key of the scenario file: the table it stands in, its name, and its declaration."""

    table: str
    name: str
    field: FieldInfo

    @property
    def path(self) -> str:
        """``losses.soiling_percent``; keys at the top of the file stand alone."""
        return f"{self.table}.{self.name}" if self.table else self.name

    def said(self, what: str) -> str:
        """The unit, reason or source of the declaration, "" where there is none."""
        extra = self.field.json_schema_extra
        return str(extra.get(what, "")) if isinstance(extra, dict) else ""

    @property
    def in_unit(self) -> str:
        """`` (kWh)`` to stand behind a text, "" without a unit."""
        return f" ({self.said('unit')})" if self.said("unit") else ""

    @property
    def description(self) -> str:
        """What the key is, in one line."""
        return self.field.description or ""

    @property
    def allowed(self) -> str:
        """What the key takes, in words, without the unit."""
        return allowed(self.name, self.field).removesuffix(self.in_unit)

    @property
    def default(self) -> Any:
        """The value that holds where the key is absent; None where that is no fixed value."""
        extra = self.field.json_schema_extra
        if isinstance(extra, dict) and "holds" in extra:
            return extra["holds"]
        # an example beside a default means that something else fills the key in: a name, the weather source
        return None if self.field.is_required() or self.field.examples else self.field.default

    @property
    def example(self) -> Any:
        """A value to write there: the default, else an example."""
        if self.default is not None:
            return self.default
        return self.field.examples[0] if self.field.examples else None

    @property
    def absent(self) -> str:
        """What happens where the key is absent and no fixed value takes its place."""
        if self.field.is_required():
            return "required"
        return self.said("reason") or "not compared"


@dataclass(frozen=True)
class Table:
    """One table of the scenario file; ``many`` says that there may be several of it, ``listed`` without names."""

    name: str
    description: str
    block: type[Block]
    keys: tuple[Key, ...]
    many: bool = False
    listed: bool = False
    may_be_empty: bool = True  # an empty table says no more than none

    @property
    def header(self) -> str:
        """``[losses]``, ``[[roof]]``, ``[modules.NAME]``; "" for the top of the file."""
        if not self.name:
            return ""
        if not self.many:
            return f"[{self.name}]"
        return f"[[{self.name}]]" if self.listed else f"[{self.name}.NAME]"


@cache
def tables() -> tuple[Table, ...]:
    """Every table of the scenario file with its keys, the top of the file first, in the order of the schema."""
    top, found = [], []
    for attribute, field in Scenario.model_fields.items():
        name = field.alias or attribute
        block = _block(field.annotation)
        if block is None:
            top.append(Key("", name, field))
            continue
        keys = tuple(Key(name, k, f) for k, f in block.model_fields.items())
        origin = typing.get_origin(field.annotation)
        many = origin in (tuple, dict)
        empty = field.default_factory is not None and not many
        found.append(Table(name, field.description or "", block, keys, many, origin is tuple, empty))
    return (Table("", "The top of the file", Scenario, tuple(top)), *found)


def _block(annotation: Any) -> type[Block] | None:
    """The table that a key holds, if it holds one."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, Block) else None
    return next((b for b in map(_block, typing.get_args(annotation)) if b is not None), None)


def literal(value: object) -> str:
    """A value as it is written in TOML; what cannot be seen in a text is escaped."""
    if isinstance(value, str):
        # TOML has JSON's escapes, and refuses raw control characters such as DEL, which JSON lets stand
        return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in json.dumps(value, ensure_ascii=False))
    if isinstance(value, bool | datetime.date):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {literal(item)}' for key, item in value.items())} }}"
    return f"{value:_}" if isinstance(value, int | float) and abs(value) >= 1e5 else str(value)


# --- the JSON Schema

# What pydantic says of the values that a key takes; all other words come from the list of keys.
_RULES = (
    *("type", "format", "enum", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"),
    *("minLength", "maxLength", "items", "minItems", "maxItems"),
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the scenario file, draft-07, the same bytes for the same version of pvsim.

    Dates of TOML are dates in it (``format``), as editors present them. It knows single values only: what
    several keys say together, and what a name must be the name of, is asked by ``pvsim check``.
    """
    emitted = Scenario.model_json_schema(by_alias=True)
    models = emitted.pop("$defs") | {"Scenario": emitted}
    top, *others = tables()
    whole = _object(top, models)
    whole["properties"] |= {table.name: _table(table, models) for table in others}
    whole["required"] = [name for name, field in Scenario.model_fields.items() if field.is_required()]
    return {
        "$schema": DIALECT,
        "$id": f"urn:pvsim:scenario:{SCHEMA_VERSION}",
        **whole,
        "title": "pvsim scenario",
        "description": "Rooftop photovoltaics: a place, roof planes with panels, and everything that is assumed. "
        "Required are [site] with latitude and longitude, and [[roof]] with panels (or "
        "length_m and width_m), or a [claim] to audit. "
        "Rules between keys are checked by pvsim check FILE.",
    }


def _table(table: Table, models: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a table, of a list of tables, or of tables by name."""
    one = _object(table, models)
    if not table.many:
        return one
    about = {"title": table.name, "description": f"{table.description}."}
    if table.listed:
        most = {"roof": MAX_ROOFS, "outage": MAX_OUTAGES, "period": MAX_PERIODS, "obstacle": MAX_OBSTACLES}[table.name]
        return about | {"type": "array", "items": one, "maxItems": most}
    return about | {"type": "object", "additionalProperties": one}


def _object(table: Table, models: Mapping[str, Any]) -> dict[str, Any]:
    model = models[table.block.__name__]["properties"]
    schema: dict[str, Any] = {"title": table.header, "description": f"{table.description}.", "type": "object"}
    required = [key.name for key in table.keys if key.field.is_required()]
    schema |= {"required": required} if required else {}
    schema["properties"] = {key.name: _value(key, model[key.name], models) for key in table.keys}
    return schema | {"additionalProperties": False}


def _value(key: Key, emitted: Mapping[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a key: what it takes from pydantic, what it means from the declaration."""
    block = _block(key.field.annotation)
    if block is not None:  # a table in a table
        keys = tuple(Key(key.path, k, f) for k, f in block.model_fields.items())
        inner = _object(Table(key.path, key.description, block, keys), models)
        return inner | {"title": key.path, "description": _in_words(key), "examples": [key.example]}
    # TOML has no null: what may be absent is simply not required
    kinds = [_rules(kind) for kind in emitted.get("anyOf", [emitted]) if kind.get("type") != "null"]
    schema: dict[str, Any] = {"title": key.path, "description": _in_words(key)}
    schema |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if key.default is not None:
        schema["default"] = _plain(key.default)
    elif key.example is not None:
        schema["examples"] = [_plain(key.example)]
    return schema


def _rules(emitted: Mapping[str, Any]) -> dict[str, Any]:
    # editors offer the values of an enum
    found: dict[str, Any] = {"enum": [emitted["const"]]} if "const" in emitted else {}
    found |= {rule: emitted[rule] for rule in _RULES if rule in emitted}
    return {rule: found[rule] for rule in _RULES if rule in found}


def _in_words(key: Key) -> str:
    """Meaning, unit, default, reason and source in one line."""
    if key.field.is_required():
        sentences = ["Required"]
    elif key.default is None:
        sentences = [f"If absent: {key.absent}"]
    else:
        reason = key.said("reason")
        sentences = [f"Default {literal(key.default)}" + (f": {reason}" if reason else "")]
    source = key.said("source")
    sentences += [f"Source: {source}"] if source else []
    return ". ".join([key.description + key.in_unit, *sentences]) + "."


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


# --- the README's table


def key_table() -> str:
    """The Markdown table of all scenario keys: key, unit, default, allowed, what it is. Ends in a line break."""
    lines = ["| key | unit | default | allowed | what it is |", "| --- | --- | --- | --- | --- |"]
    for table in tables():
        if table.name in ("modules", "inverters"):
            cells = [f"`[{table.name}.NAME]`", "", "", f"the keys of `[{table.name[:-1]}]`", table.description]
            lines.append(_markdown_row(cells))
            continue
        for key in table.keys:
            default = f"`{literal(key.default)}`" if key.default is not None else key.absent
            cells = [f"`{key.path}`", key.said("unit"), default, key.allowed, key.description]
            lines.append(_markdown_row(cells))
    return "\n".join(lines) + "\n"


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(c.replace('|', chr(92) + '|') for c in cells)} |"
