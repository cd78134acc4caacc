"""Names and units: what a user reads or writes stands in the one glossary, and says its unit.

The rule: a quantity that pvlib names keeps pvlib's name, unchanged. Every other quantity ends in its unit, as
``SUFFIX`` spells it; what is named differently stands in ``EXCEPTIONS`` with the reason.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib
import inspect
import json
import pkgutil
import tempfile
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pvlib
import pytest
from pydantic import BaseModel

import pvsim
from pvsim.impact.lifetime import lifetime, lifetime_block
from pvsim.impact.table import conversion_document
from pvsim.report.files import write
from pvsim.report.sky import check_document
from pvsim.scenario.reader import from_dict
from pvsim.scenario.schema import Block, Scenario
from pvsim.studies.result import PlaneSummary, System
from pvsim.weather.judge import judge

GLOSSARY: dict[str, dict[str, str]] = tomllib.loads(
    (Path(pvsim.__file__).parent / "data" / "glossary.toml").read_text(encoding="utf-8")
)

# The endings that say a unit; of several that fit, the longest counts: poa_kwh_per_m2 is no area.
SUFFIX: dict[str, tuple[str, ...]] = {
    "kWh/m2": ("kwh_per_m2",),
    "kWh/kWp": ("kwh_per_kwp",),
    "kg/m2": ("kg_per_m2",),
    "MB": ("mb",),
    "kWh/module": ("kwh_per_panel",),
    "W/module": ("wp_per_panel",),
    "CNY/kWh": ("cny_per_kwh",),
    "CNY/W": ("cny_per_w",),
    "CNY/(kW year)": ("cny_per_kw_year",),
    "CNY/(kW month)": ("cny_per_kw_month",),
    "CNY/(m2 year)": ("cny_per_m2_year",),
    "CNY": ("cny",),
    "kg/kWh": ("kgso2_per_kwh", "kgnox_per_kwh", "kgdust_per_kwh"),
    "kgCO2/kWh": ("kgco2_per_kwh",),
    "kgCO2/kgce": ("kgco2_per_kgce",),
    "kgce/kWh": ("kgce_per_kwh",),
    "%/C": ("percent_per_c",),
    "%": ("percent", "percent_of_previous"),
    "1": ("fraction", "ratio"),
    "%/day": ("percent_per_day",),
    "V": ("v",),
    "A": ("a",),
    "mm": ("mm",),
    "days": ("days",),
    "h": ("hours",),
    "kWh": ("kwh",),
    "kWp": ("kwp",),
    "kW": ("kw",),
    "kV": ("kv",),
    "W": ("w", "wp"),
    "m2": ("m2",),
    "m": ("m",),
    "min": ("minutes",),
    "km": ("km",),
    "years": ("years",),
    "C": ("c",),
    "t": ("t", "tce"),
}
EXCEPTIONS = {
    **dict.fromkeys(("irr", "irr_without", "project_irr"), "an internal rate of return is a fraction a year"),
    **dict.fromkeys(("dscr", "dscr_min"), "a debt service coverage ratio, by its field's name"),
    "hours": "of a period: hours of the day, such as 11-17",
    "work_days": "which days of the week are worked",
    "days": "of a period: which days of the week",
    "panels": "a count is named after what it counts",
    "panels_fit": "a count is named after what it counts",
    "count": "a count; its table says of what",
    "modules_in_series": "a count is named after what it counts",
    "modules_up": "a count is named after what it counts",
    "horizon_points": "pairs of azimuth and height, both in degrees",
    "outline": "pairs of x and y, both in m",
    "plan_azimuth": "a direction, as pvlib's surface_azimuth and solar_azimuth, which say no unit either",
    "factor": "a share of one, as everybody calls it in a table of years",
    "month": "a number of the calendar",
    "rows": "a count is named after what it counts",
    "year_count": "a count is named after what it counts",
    "weight": "a share of one, as the mean's own term has it",
    "years": "a text such as 1991-2017: names years and counts none",
}

# Mappings whose keys are not fixed: packages, and rules that mended a file.
OPEN = {"versions", "repairs"}

CLAIM = {
    "panels": 8000, "panel_wp": 450, "capacity_kwp": 3600.0, "annual_kwh": 2.6e6, "tce": 930.0, "co2_t": 1500.0,
    "source": "a text",
}  # fmt: skip


# --- where the names come from ------------------------------------------------------------------------------


def _blocks_in(annotation: Any) -> Iterator[type[Block]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _blocks_in(part)


def scenario_fields(model: type[BaseModel] = Scenario) -> Iterator[tuple[str, Any]]:
    """Key and declaration of every field of the scenario file, tables included."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field
        for block in _blocks_in(field.annotation):
            yield from scenario_fields(block)


def keys_of(value: Any) -> Iterator[str]:
    """Every key of a JSON value at any depth, but for those of open mappings."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in OPEN:
                yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


# A scenario that asks for everything: where the kWh go, and what they are worth.
USE = {
    "load": {"annual_kwh": 6e6},
    "tariff": {"price_cny_per_kwh": 0.7},
    "storage": {"capacity_kwh": 1000.0, "power_kw": 500.0},
    "finance": {"storage_capex_cny_per_kwh": 1000.0},
    "losses": {"soiling_percent_per_day": 0.15, "cleaning_dates": [datetime.date(2025, 1, 15)]},
}
ROOF = {"panels": 8000, "pitch_m": 2.75, "length_m": 230.0, "width_m": 120.0}


@functools.cache
def result() -> pvsim.Result:
    site = {"latitude": 29.44, "longitude": 106.46, "commissioned": datetime.date(2022, 6, 30)}
    weather = {"ensemble": ["climate"], "random_years": 2}
    scenario = {"site": site, "roof": [ROOF], "claim": CLAIM, "weather": weather, **USE}
    return pvsim.simulate(from_dict(scenario))


def document_keys() -> set[str]:
    """Keys of ``result.json``, which are those of ``--json`` and the list of the files beside it."""
    with tempfile.TemporaryDirectory() as folder:
        # a copy, so that writing cannot touch the tables that the other tests look at
        return set(keys_of(write(dataclasses.replace(result()), Path(folder))))


def conversion_keys() -> set[str]:
    life = {"lifetime": lifetime_block(lifetime(2.6e6, 2, first_year=2026))}
    return set(keys_of(conversion_document(2.6e6, "Chongqing") | life))


def weather_keys() -> set[str]:
    """Keys of what ``pvsim weather check --json`` prints, which holds what ``show`` prints."""
    return set(keys_of(check_document(result().weather, judge(result().weather))))


def audit_keys() -> set[str]:
    """Keys of what ``pvsim audit --json`` prints: of a text, of tonnes without kWh, of a roof and of a capacity."""
    claims = (
        "8000 panels, 2.6 million kWh a year, 930 tce",
        {"tce": 5270, "co2_t": 16000, "dust_t": 4370},
        {"annual_kwh": 1.4e6, "capacity_kwp": 1600},
        {"annual_kwh": 1.4e6},
    )
    return set(keys_of([pvsim.audit(claim).to_dict() for claim in claims]))


def comparison_keys() -> set[str]:
    """Keys of what ``pvsim compare --json`` prints, with a loss that differs and another tool's file."""
    other = pvsim.simulate(from_dict({"site": {"latitude": 29.44, "longitude": 106.46}, "roof": [{"panels": 1}]}))
    months = [{"month": m, "E_m": 1.0, "H(i)_m": 90.0} for m in range(1, 13)]
    answer = {
        "inputs": {"pv_module": {"peak_power": 1.0}},
        "outputs": {"monthly": {"fixed": months}, "totals": {"fixed": {"l_aoi": -3.0}}},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pvgis.json"
        path.write_text(json.dumps(answer), encoding="utf-8")
        return set(keys_of(pvsim.compare([result(), other], path).to_dict()))


def column_names() -> set[str]:
    tables = (result().hourly, result().monthly)
    return {name for t in tables for name in (*t.columns, t.index.name)}


def arguments() -> set[str]:
    functions = [f for f in (getattr(pvsim, name) for name in pvsim.__all__) if inspect.isfunction(f)]
    assert {f.__name__ for f in functions} >= {"convert", "load", "simulate", "simulate_many"}
    return {name for f in functions for name in inspect.signature(f).parameters}


def value_fields() -> set[str]:
    """Fields of the values that a user holds: weather, result and its parts, with the figures they compute."""
    found = set()
    for cls in (pvsim.Weather, pvsim.Result, pvsim.Audit, System, PlaneSummary):
        found |= {f.name for f in dataclasses.fields(cls)}
        made = (property, functools.cached_property)
        found |= {name for name, value in vars(cls).items() if isinstance(value, made) and not name.startswith("_")}
    return found


SOURCES_OF_NAMES = {
    "scenario keys": lambda: {name for name, _ in scenario_fields()},
    "result document": document_keys,
    "pvsim convert --json": conversion_keys,
    "pvsim weather --json": weather_keys,
    "pvsim compare --json": comparison_keys,
    "pvsim audit --json": audit_keys,
    "columns": column_names,
    "arguments": arguments,
    "fields": value_fields,
}


@functools.cache
def public_names() -> dict[str, set[str]]:
    return {place: names() for place, names in SOURCES_OF_NAMES.items()}


@functools.cache
def pvlib_parameters() -> frozenset[str]:
    """Names of the parameters of pvlib's public functions."""
    found: set[str] = set()
    for info in pkgutil.iter_modules(pvlib.__path__, "pvlib."):
        for name, function in inspect.getmembers(importlib.import_module(info.name), inspect.isfunction):
            if function.__module__.startswith("pvlib") and not name.startswith("_"):
                found.update(inspect.signature(function).parameters)
    return frozenset(found)


# --- the glossary -------------------------------------------------------------------------------------------


def complaints(name: str, entry: dict[str, str], pvlib_names: frozenset[str]) -> list[str]:
    """What is wrong with an entry of the glossary."""
    if set(entry) != {"unit", "meaning", "origin"}:
        return [f"{name} has the keys {sorted(entry)}"]
    found = []
    if entry["origin"] not in {"pvlib", "pvsim"}:
        found.append(f"{name}: origin {entry['origin']!r}")
    if not entry["meaning"] or "\n" in entry["meaning"] or entry["meaning"].endswith("."):
        found.append(f"{name}: the meaning is one line without a full stop")
    if entry["origin"] == "pvlib":
        if name not in pvlib_names:
            found.append(f"{name} is not a name of pvlib")
        return found
    unit = entry["unit"]
    if unit and name in pvlib_names and name not in EXCEPTIONS:
        found.append(f"{name} is a quantity that pvlib names too: then it is pvlib's")
    if name in EXCEPTIONS:
        return found
    said = unit_said_by(name)
    if said != (unit or None):
        found.append(f"{name} says {said or 'no unit'}, the glossary {unit or 'none'}")
    return found


def unit_said_by(name: str) -> str | None:
    """The unit that a name ends in, by its longest ending."""
    endings = [(ending, unit) for unit, known in SUFFIX.items() for ending in known]
    fitting = [(ending, unit) for ending, unit in endings if name == ending or name.endswith(f"_{ending}")]
    return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None


@pytest.mark.parametrize("name", GLOSSARY)
def test_an_entry_keeps_the_rule(name):
    assert complaints(name, GLOSSARY[name], pvlib_parameters()) == []


def test_the_glossary_is_sorted():
    assert list(GLOSSARY) == sorted(GLOSSARY)


@pytest.mark.parametrize("place", SOURCES_OF_NAMES)
def test_public_names_are_in_the_glossary(place):
    assert sorted(public_names()[place] - set(GLOSSARY)) == []


def test_no_entry_is_unused():
    used = set().union(*public_names().values())
    assert sorted(set(GLOSSARY) - used) == []


def test_exceptions_are_entries():
    assert set(EXCEPTIONS) <= set(GLOSSARY)


def test_the_schema_states_the_units_of_the_glossary():
    """The register of assumptions prints the schema's units; the glossary must not say another."""
    wrong = []
    for name, field in scenario_fields():
        said = (field.json_schema_extra or {}).get("unit", "")
        number = {float, int} & {field.annotation, *typing.get_args(field.annotation)}
        if number and name != "schema" and said != GLOSSARY[name]["unit"].removeprefix("1"):
            wrong.append(f"{name}: schema {said!r}, glossary {GLOSSARY[name]['unit']!r}")
    assert wrong == []


def test_numbers_of_the_document_have_a_unit_or_one_beside_them():
    """A number whose entry has no unit must be one of the few whose unit stands elsewhere in its row."""
    bare = {"schema", "year", "value", "claimed", "simulated", "seed"}
    found = set()

    def visit(key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if key not in OPEN:
                    visit(name, inner)
        elif isinstance(value, list):
            for inner in value:
                visit(key, inner)
        elif isinstance(value, int | float) and not isinstance(value, bool) and GLOSSARY[key]["unit"] == "":
            found.add(key)

    visit("", result().to_dict())
    assert found <= bare


def test_tables_hold_what_their_names_say():
    """Columns are numbers; pvlib's names stand for pvlib's units and the year's sum of kW is kWh."""
    hourly = result().hourly
    assert all(np.issubdtype(dtype, np.floating) for dtype in hourly.dtypes)
    assert {name for name in hourly if GLOSSARY[name]["origin"] == "pvlib"} == {
        "ghi", "dhi", "dni", "temp_air", "wind_speed", "poa_global", "temp_cell",
    }  # fmt: skip
    assert hourly["p_ac_kw"].sum() == pytest.approx(result().annual_kwh, rel=1e-12)


# --- the rules can fail -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "entry", "why"),
    [
        ("annual_yield", {"unit": "kWh", "meaning": "m", "origin": "pvsim"}, "says no unit"),
        ("annual_kw", {"unit": "kWh", "meaning": "m", "origin": "pvsim"}, "says kW"),
        ("roof_area_m2", {"unit": "kWh/m2", "meaning": "m", "origin": "pvsim"}, "says m2"),
        ("width_m", {"unit": "m2", "meaning": "m", "origin": "pvsim"}, "says m,"),
        ("load_kg_per_m2", {"unit": "m2", "meaning": "m", "origin": "pvsim"}, "says kg/m2"),
        ("soiling_percent", {"unit": "1", "meaning": "m", "origin": "pvsim"}, "says %"),
        ("soiling_percent", {"unit": "", "meaning": "m", "origin": "pvsim"}, "says %"),
        ("wind_speed", {"unit": "m/s", "meaning": "m", "origin": "pvsim"}, "then it is pvlib's"),
        ("tilt_of_roof", {"unit": "degrees", "meaning": "m", "origin": "pvlib"}, "not a name of pvlib"),
        ("annual_kwh", {"unit": "kWh", "meaning": "Two.\nLines", "origin": "pvsim"}, "one line"),
        ("annual_kwh", {"unit": "kWh", "meaning": "m", "origin": "me"}, "origin"),
        ("annual_kwh", {"unit": "kWh"}, "has the keys"),
    ],
)
def test_a_wrong_entry_is_found(name, entry, why):
    assert any(why in c for c in complaints(name, entry, pvlib_parameters()))


def test_a_new_key_of_the_document_would_be_found():
    assert set(keys_of({"a": [{"b": 1}], "repairs": {"c": 1}})) == {"a", "b", "repairs"}


def test_tables_inside_optional_and_mapped_keys_are_read():
    names = {name for name, _ in scenario_fields()}
    assert {"area_m2", "panels", "tce", "soiling_percent", "schema"} <= names
