"""The JSON Schema says what the reader does, as far as a schema can."""

from __future__ import annotations

import copy
import datetime
import json
import math
import os
import subprocess
import sys
import tomllib
from typing import Any

import jsonschema
import pytest
from cases import ROOT, SCENARIOS
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pvsim.errors import ScenarioError
from pvsim.scenario.jsonschema import Key, json_schema, key_table, literal, tables
from pvsim.scenario.reader import from_dict
from pvsim.scenario.starter import ROOFS, starter
from pvsim.scenario.statements import DATASHEET_KEYS, RAIN_KEYS

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
GOOD = {"site": {"latitude": 29.44, "longitude": 106.46}, "roof": [{"panels": 400}]}
KEYS = [k for t in tables() for k in t.keys]
MPPT = ("mppt_low_v", "mppt_high_v")
DATASHEET = {"voc_v": 49.3, "isc_a": 11.6, "vmp_v": 41.5, "imp_a": 10.85, "cells_in_series": 72} | {
    "alpha_sc_percent_per_c": 0.05, "beta_voc_percent_per_c": -0.27, "gamma_percent_per_c": -0.35
}  # fmt: skip


def as_json(value: Any) -> Any:
    """TOML data as an editor hands them to a validator: dates as texts."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def as_lists(value: Any) -> Any:
    """A value of the schema as TOML reads it."""
    return [as_lists(v) for v in value] if isinstance(value, tuple) else value


def in_schema(data: dict) -> bool:
    return VALIDATOR.is_valid(as_json(data))


def in_reader(data: dict) -> bool:
    try:
        from_dict(copy.deepcopy(data))
    except ScenarioError:
        return False
    return True


def objects(schema: Any) -> list[dict]:
    """Every schema of a table, at any depth."""
    if isinstance(schema, list):
        return [found for inner in schema for found in objects(inner)]
    if not isinstance(schema, dict):
        return []
    mine = [schema] if schema.get("type") == "object" and "properties" in schema else []
    return mine + [found for inner in schema.values() for found in objects(inner)]


def property_of(key: Key, schema: dict = SCHEMA) -> dict:
    if not key.table:
        return schema["properties"][key.name]
    table = schema["properties"][key.table]
    return table.get("items", table.get("additionalProperties") or table)["properties"][key.name]


# --- the schema itself


def test_it_is_a_schema_of_draft_07():
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:pvsim:scenario:1"


def test_it_refers_to_nothing():
    """Language servers follow references differently; without any there is nothing to follow."""
    text = json.dumps(SCHEMA)
    assert "$ref" not in text and "$defs" not in text and "definitions" not in text
    assert '"null"' not in text  # TOML has none
    assert "anyOf" in text and text.count("anyOf") == 1  # the date of a claim: a date or a text


def test_every_table_is_closed_and_has_the_keys_of_the_file():
    found = objects(SCHEMA)
    assert len(found) == len(tables()) + 1  # weather.columns is a table in a table
    assert all(o["additionalProperties"] is False for o in found)
    assert SCHEMA["required"] == ["site"]
    for table in tables():
        for key in table.keys:
            assert property_of(key)["title"] == key.path


@pytest.mark.parametrize("key", KEYS, ids=lambda k: k.path)
def test_every_key_is_described(key):
    said = property_of(key)
    assert said["description"].startswith(key.description) and said["description"].endswith(".")
    assert said["description"].isascii() and "\n" not in said["description"]
    for what in ("unit", "source"):
        assert key.said(what) in said["description"]
    if key.field.is_required():
        assert "Required" in said["description"] and "default" not in said
    elif key.default is None:
        assert f"If absent: {key.absent}" in said["description"] and "default" not in said
        assert len(said["examples"]) == 1
    else:
        assert key.said("reason") in said["description"]
        assert said["default"] == (list(key.default) if isinstance(key.default, tuple) else key.default)


def test_what_depends_on_the_scenario_is_said():
    described = {k.path: property_of(k)["description"] for k in KEYS}
    assert "towards the equator: 180 north of it" in described["roof.surface_azimuth"]
    assert "the offset of the weather source" in described["site.tz"]
    assert "the file's name" in described["name"]


def test_bounds_names_and_kinds_are_those_of_the_declaration():
    by_path = {k.path: property_of(k) for k in KEYS}
    assert by_path["roof.panels"]["type"] == "integer"
    assert (by_path["site.latitude"]["minimum"], by_path["site.latitude"]["maximum"]) == (-90, 90)
    assert by_path["losses.soiling_percent"]["exclusiveMaximum"] == 100
    assert by_path["physics.transposition"]["enum"][0] == "hay-davies"
    assert by_path["weather.format"]["enum"] == [
        *("epw", "tmy3", "pvgis", "sam", "nasa-power", "era5", "cams", "openmeteo", "csv")
    ]
    assert set(by_path["weather.columns"]["properties"]) >= {"time", "ghi", "temp_air"}
    assert by_path["site.commissioned"]["format"] == "date"
    assert by_path["claim.date"]["anyOf"] == [{"type": "string"}, {"type": "string", "format": "date"}]
    assert by_path["impact.factors"]["items"] == {"type": "string"}


def test_it_is_the_same_everywhere():
    """Same bytes in every process, and nothing of the machine in them."""
    command = "import json; from pvsim.scenario.jsonschema import json_schema; print(json.dumps(json_schema()))"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "7"}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == json.dumps(SCHEMA)
    assert str(ROOT) not in done.stdout


def test_it_is_not_shared():
    """Who changes what was handed out changes nothing else."""
    json_schema()["properties"].clear()
    assert json_schema() == SCHEMA


# --- what it takes and refuses


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda p: p.name)
def test_it_takes_every_scenario(path):
    VALIDATOR.validate(as_json(tomllib.loads(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("roof", ROOFS)
def test_it_takes_the_starters(roof):
    VALIDATOR.validate(as_json(tomllib.loads(starter(roof=roof))))


BAD = {
    "an unknown table": {"sight": {}},
    "an unknown key": {"losses": {"soiling": 3.0}},
    "an unknown key of a roof": {"roof": [{"panels": 400, "tilt": 10}]},
    "an unknown key of a named module": {"modules": {"a": {"power": 450}}},
    "no site": {"site": None},
    "no longitude": {"site": {"latitude": 29.44}},
    "a fraction of a panel": {"roof": [{"panels": 400.5}]},
    "no panel": {"roof": [{"panels": 0}]},
    "one roof without a list": {"roof": {"panels": 400}},
    "roofs by name": {"roof": {"a": {"panels": 400}}},
    "panels in quotes": {"roof": [{"panels": "400"}]},
    "panels as a truth value": {"roof": [{"panels": True}]},
    "a latitude beyond the pole": {"site": {"latitude": 129.44, "longitude": 106.46}},
    "a full circle": {"roof": [{"panels": 400, "surface_azimuth": 360}]},
    "a loss of everything": {"losses": {"soiling_percent": 100}},
    "a model that is none": {"physics": {"transposition": "haydavies"}},
    "a model in another case": {"physics": {"iam": "None"}},
    "a weather source that is none": {"weather": {"source": "sky"}},
    "a table as a number": {"losses": 3.0},
    "a list of tables": {"module": [{"power_w": 450}]},
    "a date that is none": {"site": {"latitude": 29.44, "longitude": 106.46, "commissioned": "2022-06-31"}},
    "a date as a number": {"site": {"latitude": 29.44, "longitude": 106.46, "commissioned": 2022}},
    "a name of nothing": {"name": ""},
    "a long name": {"name": "x" * 201},
    "factors that are none": {"impact": {"factors": [3]}},
    "one factor without a list": {"impact": {"factors": "coal-press-0.36"}},
    "a negative claim": {"claim": {"tce": -930}},
    "a newer file": {"schema": 2},
}


@pytest.mark.parametrize("what", BAD)
def test_it_refuses_what_the_reader_refuses(what):
    data = {key: value for key, value in (GOOD | BAD[what]).items() if value is not None}
    assert not in_schema(data)
    assert not in_reader(data)


# --- schema and reader agree, key by key

# What else a key needs to be judged by itself.
COMPANIONS: dict[str, dict] = {
    "weather.seed": {"weather": {"year": "random"}},
    "weather.start_year": {"weather": {"source": "pvgis"}},
    "weather.end_year": {"weather": {"source": "pvgis", "start_year": 1940}},
    "weather.url": {"weather": {"source": "url"}},
    "weather.path": {"weather": {"source": "file"}},
    **{
        key: {"weather": {"source": "file", "path": "a.csv"}}
        for key in ("weather.format", "weather.label", "weather.columns", "weather.level")
    },
    **{
        key: {"weather": {"source": "file", "path": "a.csv"}}
        for key in ("roof.poa_column", "roof.module_temperature_column")
    },
    "inverter.count": {"inverter": {"ac_power_kw": 100.0}},
    "inverters.count": {"inverters": {"a": {"ac_power_kw": 100.0}}},
}
DRAWN = {"panels": 400, "length_m": 80.0, "width_m": 25.0}
COMPANIONS |= {
    "roof.length_m": {"roof": [{"panels": 400, "width_m": 25.0}]},
    "roof.width_m": {"roof": [{"panels": 400, "length_m": 80.0}]},
    "roof.parapet_m": {"roof": [DRAWN]},
    "roof.spare_load_kg_per_m2": {"roof": [{"panels": 400, "array_kg_per_m2": 15.0}]},
    "module.length_m": {"module": {"width_m": 1.038}},
    "module.width_m": {"module": {"length_m": 2.094}},
    "modules.length_m": {"modules": {"a": {"width_m": 1.038}}},
    "modules.width_m": {"modules": {"a": {"length_m": 2.094}}},
}
PLACED = {"x_m": 40.0, "y_m": 12.0}
KINDS = {
    "box": PLACED | {"length_m": 4.0, "width_m": 3.0},
    "wall": PLACED | {"kind": "wall", "x2_m": 60.0, "y2_m": 12.0},
    "stack": PLACED | {"kind": "stack", "diameter_m": 0.8},
}
OF_KIND = {"x2_m": "wall", "y2_m": "wall", "diameter_m": "stack"}
for name in (k.name for t in tables() if t.name == "obstacle" for k in t.keys):
    COMPANIONS[f"obstacle.{name}"] = {"roof": [DRAWN], "obstacle": [KINDS[OF_KIND.get(name, "box")]]}
LOAD, PRICE = {"load": {"annual_kwh": 1e6}}, {"tariff": {"price_cny_per_kwh": 0.7}}
STATED = ("annual_kwh", "monthly_kwh", "path")
STORE, PERIOD = {"capacity_kwh": 1.0, "power_kw": 1.0}, {"name": "peak", "hours": ["11-17"]}
COMPANIONS |= {"roof.load": {"loads": {"other": {"annual_kwh": 1e6}}}}
for k in (k for t in tables() for k in t.keys):
    COMPANIONS |= {
        "load": {} if k.name in STATED else {k.path: LOAD},
        "loads": {} if k.name in STATED else {k.path: {"loads": {"a": {"annual_kwh": 1e6}}}},
        "storage": {k.path: LOAD | PRICE | {"storage": STORE}},
        "tariff": {k.path: LOAD},
        "period": {k.path: LOAD | PRICE | {"period": [dict(PERIOD)]}},
        "finance": {k.path: LOAD | PRICE},
    }.get(k.table, {})
OTHER = {"roof": [{"panels": 400, "load": "other"}], "loads": {"other": {"annual_kwh": 1e6}}}
COMPANIONS["storage.at"] = OTHER | PRICE | {"storage": STORE}


def document(key: Key, value: Any) -> dict:
    """The smallest scenario with this value at this key."""
    data = copy.deepcopy(GOOD | COMPANIONS.get(key.path, {}))
    if not key.table:
        table = data
    elif key.table == "roof":
        table = data["roof"][0]
    elif key.table in ("outage", "period", "obstacle"):
        table = data.setdefault(key.table, [{}])[0]
    elif key.table in ("modules", "inverters", "loads"):
        table = data.setdefault(key.table, {}).setdefault("a", {})
    else:
        table = data.setdefault(key.table, {})
    table[key.name] = value
    return data


def beyond_a_schema(key: Key, value: Any) -> str:
    """Why the reader may refuse what the schema takes, "" where it may not.

    These are all: values that JSON does not have, rules on more than one key, and names of other things.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "JSON has no NaN and no infinity"
    if key.allowed.startswith(("a whole number", "schema")) and isinstance(value, float) and value.is_integer():
        return "400.0 is a whole number in JSON and none in TOML"
    if isinstance(value, datetime.date) or (key.name == "commissioned" and isinstance(value, str)):
        return "JSON has no dates: an unquoted one and a text look the same"
    if key.name == "tz":
        return "which zones there are, and which change their clock"
    if key.name.endswith("percent_per_c") and isinstance(value, int | float) and 0 < abs(value) < 0.01:
        return "a fraction that is meant as percent"
    if key.table in ("module", "modules") and key.name in (*DATASHEET_KEYS, "iec61853", "model", "efficiency_percent"):
        return "a module is stated once and completely"
    if key.name in MPPT:
        return "a range has two ends"
    if key.table == "losses" and key.name in RAIN_KEYS:
        return "rain washes where dust grows by the day"
    if key.table == "outage":
        return "a first and a last day"
    if key.path == "finance.model":
        return "an investor has a price, a rented roof a rent"
    if key.path in ("roof.module", "roof.inverter", "roof.load", "storage.at", "obstacle.roof"):
        return "the table that it names"
    if key.table in ("load", "loads") and key.name in STATED:
        return "a load is stated once, in twelve months"
    if key.path == "roof.shape":
        return "rows need their pitch"
    if key.path == "roof.spare_load_kg_per_m2":
        return "what lies on the roof"
    if key.path == "obstacle.kind":
        return "each kind has its own sizes"
    if key.path == "site.horizon_points":
        return "azimuths from 0 to 360, heights from 0 to 90, one for each direction"
    if key.name in ("length_m", "width_m") and key.table in ("module", "modules"):
        return "the long side is the longer one"
    if key.path == "period.hours":
        return "hours of a day"
    if key.path == "weather.source":
        return "a file needs its path, an address its url, a provider its years"
    if key.path == "weather.url":
        return "https"
    if key.path == "weather.format" and value == "csv":
        return "a CSV needs its label"
    if key.name in ("area_m2", "power_w") and key.table in ("module", "modules"):
        return "power and area belong to one module"
    if key.path in ("roof.capacity_kwp", "roof.area_m2"):
        return "what the panels come to"
    if key.name in ("ac_power_kw", "count"):
        return "DC power over AC power"
    return ""


def values_of(key: Key) -> st.SearchStrategy[Any]:
    """Values of every kind, many of them near the bounds of the key."""
    said = property_of(key)
    bounds = [said[n] for n in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if n in said]
    near = [b + d for b in bounds for d in (-1, -0.001, 0, 0.001, 1)] + [int(b) for b in bounds]
    lengths = [said[n] + d for n in ("minLength", "maxLength") if n in said for d in (-1, 0, 1)]
    texts = ["x" * n for n in lengths if n >= 0] + said.get("enum", [])
    numbers = st.floats(allow_nan=True) | st.integers(-(10**20), 10**20) | st.integers(-3, 3)
    special = [*near, *texts, as_lists(key.example), datetime.date(2022, 6, 30), "2022-06-30", True, False, [], {}]
    lists = st.lists(st.text(max_size=5) | st.integers(), max_size=3)
    return st.sampled_from(special) | numbers | st.text(max_size=12) | lists | st.dictionaries(st.text(), st.none())


@pytest.mark.parametrize("key", KEYS, ids=lambda k: k.path)
def test_the_example_is_taken_by_both(key):
    value = as_lists(key.example)
    data = document(key, value)
    if key.path in ("roof.module", "roof.inverter", "outage.inverter"):
        data |= {f"{key.name}s": {value: {}}}
    if key.name in DATASHEET_KEYS:
        data[key.table] = {"a": DATASHEET} if key.table == "modules" else DATASHEET
    if key.name in MPPT:
        table = data[key.table] if key.table == "inverter" else data[key.table]["a"]
        table |= {"mppt_low_v": 200.0, "mppt_high_v": 1000.0} | table
    if key.name in RAIN_KEYS:
        data["losses"]["soiling_percent_per_day"] = 0.15
    if key.table == "outage":
        period = {"start": datetime.date(2025, 2, 1), "end": datetime.date(2025, 2, 3)}
        data["outage"] = [period | data["outage"][0]]
    assert in_schema(data)
    assert in_reader(data)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.sampled_from(KEYS).flatmap(lambda key: st.tuples(st.just(key), values_of(key))))
def test_schema_and_reader_agree_on_single_values(pair):
    key, value = pair
    assume(not isinstance(value, tuple))  # no such thing in TOML
    data = document(key, value)
    if in_reader(data):
        assert in_schema(data)
    elif in_schema(data):
        assert beyond_a_schema(key, value), f"{key.path} = {value!r} is refused by the reader only"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("roof.panels", 400.0),
        ("site.commissioned", "2022-06-30"),
        ("site.region", datetime.date(2022, 6, 30)),
        ("site.tz", "Mars/Olympus"),
        ("site.tz", "Europe/Rome"),
        ("module.gamma_percent_per_c", -0.0035),
        ("roof.module", "missing"),
        ("weather.source", "file"),
        ("roof.capacity_kwp", 1.0),
        ("roof.area_m2", 1.0),
        ("inverter.ac_power_kw", 1e6),
        ("losses.soiling_percent", math.nan),
        ("roof.shape", "racks"),
        ("roof.spare_load_kg_per_m2", 10.0),
        ("obstacle.kind", "stack"),
        ("obstacle.roof", "missing"),
        ("site.horizon_points", [[0, 3], [90, 95], [180, 5], [270, 2]]),
        ("module.length_m", 1.0),
    ],
)
def test_every_exception_is_one(path, value):
    """What stands in the list of exceptions is really taken by the schema and refused by the reader."""
    key = next(k for k in KEYS if k.path == path)
    assert beyond_a_schema(key, value)
    assert in_schema(document(key, value))
    assert not in_reader(document(key, value))


@pytest.mark.parametrize("roof", [{"surface_tilt": 10}, {"length_m": 80.0}])
def test_panels_or_a_size_is_a_rule_on_several_keys(roof):
    """A roof without panels is taken by the schema, and by the reader only where its size is known."""
    assert in_schema(GOOD | {"roof": [roof]}) and not in_reader(GOOD | {"roof": [roof]})
    drawn = roof | {"length_m": 80.0, "width_m": 25.0}
    assert in_schema(GOOD | {"roof": [drawn]}) and in_reader(GOOD | {"roof": [drawn]})


# --- how values are written, and the table of keys


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=30) | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_literal_is_read_back(value):
    found = tomllib.loads(f"x = {literal(value)}")["x"]
    assert found == value and type(found) is type(value)


def test_a_literal_of_every_other_kind_is_read_back():
    for value in (True, False, datetime.date(2022, 6, 30), [], ["a", "b"]):
        assert tomllib.loads(f"x = {literal(value)}")["x"] == value


def test_the_table_of_keys_has_every_key_once():
    rows = [line.strip("|").split(" | ") for line in key_table().splitlines()]
    assert key_table().endswith("|\n") and key_table().isascii()
    assert {len(row) for row in rows} == {5}
    named = [row[0].strip(" `") for row in rows[2:]]
    repeated = ("modules", "inverters")
    expected = [k.path for k in KEYS if k.table not in repeated] + [f"[{name}.NAME]" for name in repeated]
    assert sorted(named) == sorted(expected)
