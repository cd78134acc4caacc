"""What `pvsim explain` answers: every key, every name of a result, and what is misspelt."""

from __future__ import annotations

import datetime
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cases import ROOT, scenario

import pvsim
from pvsim.errors import UsageError
from pvsim.impact.lifetime import lifetime, lifetime_block
from pvsim.impact.table import conversion_document
from pvsim.scenario.explain import RESULTS, explain
from pvsim.scenario.jsonschema import literal, tables

GLOSSARY = tomllib.loads((Path(pvsim.__file__).parent / "data" / "glossary.toml").read_text(encoding="utf-8"))
KEYS = [k for t in tables() for k in t.keys]
TABLES = [t for t in tables() if t.name]
HEAVY = {"numpy", "pandas", "pvlib", "scipy", "matplotlib"}


def words(text: str) -> str:
    """The text without its line breaks and indents."""
    return " ".join(text.split())


def tidy(text: str) -> bool:
    lines = text.splitlines()
    return (
        text.isascii() and text.endswith("\n") and max(map(len, lines)) <= 80 and lines == [x.rstrip() for x in lines]
    )


# --- keys of the scenario


@pytest.mark.parametrize("key", KEYS, ids=lambda k: k.path)
def test_every_key_is_explained(key):
    text = explain(key.path)
    said = words(text)
    assert tidy(text)
    assert key.description in said
    if not key.table:
        return  # a name at the top of the file has no path: others may have it too, and are listed beside it
    assert key.allowed in said
    for what in ("unit", "reason", "source"):
        assert key.said(what) in said
    if key.field.is_required():
        assert "the key is required" in said
    elif key.default is not None:
        assert f"default: {literal(key.default)}" in said
    else:
        assert f"if absent: {key.absent}" in said


def test_an_answer_in_full():
    assert explain("soiling_percent") == (
        "losses.soiling_percent, a key of the scenario\n"
        "  meaning:   Dust and dirt on the modules, the same all year\n"
        "  unit:      %\n"
        "  allowed:   a number from 0 to below 100\n"
        "  default:   3.0\n"
        "  reason:    new flat factory roof in Chongqing: industrial dust, low tilt, dry\n"
        "             dull winter, 1 to 2 cleanings a year; range 1.5 to 6\n"
        "  source:    Frontiers in Energy Research 2021, 665411 (4.7 % current loss in\n"
        "             one summer); level: judgement of the pvsim developers\n"
        "  also in:   [[roof]]\n"
        "  example:   [losses]  soiling_percent = 3.0\n"
    )


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        ("soiling_percent", "losses.soiling_percent"),
        (" losses.soiling_percent ", "losses.soiling_percent"),
        ("mounting", "roof.mounting"),
        ("roof[0].panels", "roof.panels"),
        ("roof[17].panels", "roof.panels"),
        ("roof.hall A.panels", "roof.panels"),
        ('roof."hall 1.5".panels', "roof.panels"),
        ("roof.hall 1.5.panels", "roof.panels"),
        ("modules.n-type.power_w", "modules.power_w"),
        ('modules."a.b".power_w', "modules.power_w"),
        ("[losses]", "losses"),
        ("[[outage]]", "outage"),
        ("[modules.NAME]", "modules"),
        ("modules.n-type", "modules"),
        ("energy.performance_ratio", "performance_ratio"),
        ("hourly.poa_global", "poa_global"),
        ("p_dc_kw[hall A]", "p_dc_kw"),
        ("system.planes[0].poa_kwh_per_m2", "poa_kwh_per_m2"),
        ("claim.fields.annual_kwh.ratio", "ratio"),
    ],
)
def test_the_ways_to_ask(asked, same):
    assert explain(asked) == explain(same)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_a_table_lists_its_keys_with_their_defaults(table):
    text = explain(f"[{table.name}]")
    assert tidy(text)
    assert text.startswith(f"{table.header}, a table of the scenario: {table.description}\n")
    rows = [line.split() for line in text.splitlines()]
    for key in table.keys:
        value = "required" if key.field.is_required() else "-" if key.default is None else literal(key.default)
        assert any(row[:2] == [key.name, value] for row in rows), key.name
    assert f"explain {table.name}.KEY" in text


def test_an_ambiguous_name_lists_what_has_it():
    text = explain("panels")
    assert tidy(text) and text.startswith("Several things have that name")
    assert "  roof.panels\n" in text and "  claim.panels\n" in text
    assert "the result document: system, claim" in text
    text = explain("module")
    assert "  [module]\n" in text and "  roof.module\n" in text
    assert explain("[module]").startswith("[module], a table")
    text = explain("roof")  # an obstacle names one
    assert "  [[roof]]\n" in text and "  obstacle.roof\n" in text
    assert explain("[[roof]]").startswith("[[roof]], a table")
    assert "  name\n" in explain("name") and "  roof.name\n" in explain("name")


def test_a_name_that_is_a_key_and_a_result_is_both():
    text = explain("co2_t")
    assert text.index("co2_t, a name of results") < text.index("claim.co2_t, a key of the scenario")
    text = explain("surface_azimuth")
    assert text.index("roof[0].surface_azimuth, a key") < text.index("surface_azimuth, a name of results")
    assert "energy.annual_kwh" not in explain("claim.annual_kwh").splitlines()[0]


# --- names of results


@pytest.mark.parametrize("name", GLOSSARY)
def test_every_name_of_the_glossary_is_explained(name):
    assert tidy(explain(name))


def test_a_number_of_the_result_in_full():
    assert explain("performance_ratio") == (
        "performance_ratio, a name of results\n"
        "  meaning:   Delivered energy over nameplate power times unshaded in-plane\n"
        "             irradiation, IEC 61724-1\n"
        "  unit:      none, a plain number\n"
        "  found in:  the result document: energy; monthly.csv\n"
    )


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set().union(*map(_names, value)) if isinstance(value, list) else set()


def test_the_places_of_names_are_those_of_a_result():
    """When the document changes, RESULTS in pvsim/scenario/explain.py changes with it."""
    claim = {
        "panels": 100, "panel_wp": 450.0, "capacity_kwp": 45.0, "annual_kwh": 33_000.0, "tce": 10.0, "co2_t": 20.0,
    }  # fmt: skip
    store = {"capacity_kwh": 50.0, "power_kw": 25.0}
    money = {
        "storage": store,
        "load": {"annual_kwh": 1e5},
        "tariff": {"price_cny_per_kwh": 0.7, "surplus_price_cny_per_kwh": 0.3964},
    }
    weather = {"ensemble": ["climate"], "random_years": 2}
    result = pvsim.simulate(
        scenario(
            {"pitch_m": 3.0, "length_m": 40.0, "width_m": 30.0},
            claim=claim,
            weather=weather,
            losses={"soiling_percent_per_day": 0.15, "cleaning_dates": [datetime.date(2025, 1, 15)]},
            finance={"storage_capex_cny_per_kwh": 1000.0},
            **money,
        )
    )
    found = {block: _names(value) for block, value in result.to_dict().items()}
    found |= {"versions": set(), "files": {"name", "rows", "sha256"}}  # packages are no names; files come with --out
    found["rules"] |= {"surplus_price", "price_cny_per_kwh"}  # where the rules say it and not the tariff
    found["weather"] -= set(result.weather.repairs)
    claims = (
        "over 8000 panels, 2.6 million kWh a year, 930 tce",
        {"tce": 5270, "co2_t": 16000, "dust_t": 4370},
        {"annual_kwh": 1.4e6, "capacity_kwp": 1600},
        {"annual_kwh": 1.4e6},
    )
    found["audit"] = _names([pvsim.audit(claim).to_dict() for claim in claims])
    life = {"lifetime": lifetime_block(lifetime(2.6e6, 2, first_year=2026))}
    found["convert"] = _names(conversion_document(2.6e6, "Chongqing") | life)
    for name, table in (("hourly", result.hourly), ("monthly", result.monthly)):
        found[name] = {table.index.name, *table.columns}
    assert {place: set(names.split()) for place, names in RESULTS.items()} == found
    assert set(RESULTS) - {"convert"} <= set(GLOSSARY)


# --- what is not there


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("soiling", "soiling_percent"),
        ("soilng_percent", "soiling_percent"),
        ("surface_tillt", "surface_tilt"),
        ("roof.tilt", "roof.surface_tilt"),
        ("losses.surface_tilt", "roof.surface_tilt"),
        ("losses.x.soiling_percent", "losses.soiling_percent"),
        ("energy.soiling_percent", "losses.soiling_percent"),
        ("perfomance_ratio", "performance_ratio"),
        ("weathr", "weather"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_right_one(asked, meant):
    with pytest.raises(UsageError, match=rf"did you mean {meant.replace('.', '[.]')}\?$"):
        explain(asked)
    assert explain(meant)


@pytest.mark.parametrize("asked", ["", " ", ".", "[]", "...", '"', "qqqq", "\x1b[31mred", "x" * 10_000, "a." * 5000])
def test_nonsense_is_answered_in_one_line(asked):
    with pytest.raises(UsageError) as caught:
        explain(asked)
    text = str(caught.value)
    assert text.isprintable() and len(text) < 400
    assert "there are the tables site, weather" in text or "did you mean" in text


def test_explaining_needs_no_heavy_package():
    command = (
        "import sys; from pvsim.scenario import explain, jsonschema, starter; explain.explain('panels'); "
        "jsonschema.json_schema(); starter.starter(); print(*{m.split('.')[0] for m in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert HEAVY.isdisjoint(done.stdout.split())
