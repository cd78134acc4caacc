"""The Excel workbook: the document's numbers with their units, and text that stays text."""

from __future__ import annotations

import builtins
import copy
import dataclasses
import functools
import io
import math
import re
import tomllib
import zipfile
from pathlib import Path

import openpyxl
import pytest
from cases import SCENARIOS, scenario

import pvsim
from pvsim.errors import UsageError
from pvsim.report.files import write
from pvsim.report.headings import unit_of, words
from pvsim.report.sheets import sheets
from pvsim.report.workbook import LONGEST, needs_quote, shown, workbook

HOSTILE = (
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "\uff1d1", "<script>alert(1)</script>",
    "$\\foo$", "\u202egnp.exe", "http://x", "mailto:a@b", "internal:Sheet2!A1", "{=1}", "1e5", "a\x00b\x0bc", "_x0041_",
    "a&b\ufffe", "'1", "",
)  # fmt: skip
ALWAYS = {
    "answer", "months", "loss ledger", "25 years", "uncertainty", "uncertainty budget", "impact", "planes",
    "loss ledger by plane", "modules", "inverters", "assumptions", "weather", "weather stations",
    "sources of the weather", "versions and hashes",
}  # fmt: skip


@functools.cache
def _document(name):
    return pvsim.simulate(pvsim.load(SCENARIOS / f"{name}.toml")).to_dict()


def document(name="green_loan"):
    """A document of one of the scenarios, for a test to change."""
    return copy.deepcopy(_document(name))


def read(raw):
    return openpyxl.load_workbook(io.BytesIO(raw))


def parts(raw):
    """The XML files of a workbook as text."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def cells(raw):
    return [cell for page in read(raw) for row in page.iter_rows() for cell in row]


def rows(book, name):
    """Rows of a sheet as dicts by heading."""
    heads, *found = book[name].iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in found]


def figures(book, name):
    return {row["figure"]: row["value"] for row in rows(book, name)}


def numbers(value):
    """Every number of a document at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from numbers(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def written(number):
    return float(f"{number:.16g}")  # XlsxWriter writes 16 digits of a number, a float has up to 17


# --- what it holds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "more"),
    [
        (
            "green_loan",
            {"self-use", "self-use by period", "self-use by meter", "self-use by size", "self-use figures", "money",
             "money by year"},
        ),
        ("hikvision_steel", {"claim", "claim findings", "claim implied", "claim conventions", "roofs", "shading"}),
        ("single_years", {"random years", "random years spread"}),
        ("own_roof", set()),
    ],
)  # fmt: skip
def test_what_is_absent_gives_no_sheet(name, more):
    assert set(read(workbook(document(name))).sheetnames) == ALWAYS | more


@pytest.mark.parametrize("name", ["green_loan", "hikvision_steel", "single_years", "near_zero_park"])
def test_every_number_of_the_document_is_there(name):
    found = {float(c.value) for c in cells(workbook(document(name))) if isinstance(c.value, int | float)}
    whole = document(name)
    whole.pop("schema")  # a name of the format, which stands as text
    missing = [n for n in numbers(whole) if written(n) not in found]
    assert missing == []


def test_numbers_stand_under_their_headings_and_units():
    d, book = document(), read(workbook(document()))
    months = rows(book, "months")
    assert [m["month"] for m in months][::11] == ["Jan", "Dec"]
    assert [m["energy (kWh)"] for m in months] == pytest.approx(d["energy"]["monthly_kwh"], rel=1e-15)
    ledger = rows(book, "loss ledger")
    assert [line["left (kWh)"] for line in ledger] == pytest.approx([x["kwh"] for x in d["ledger"]], rel=1e-15)
    assert ledger[0]["share of the line before (%)"] is None
    last = rows(book, "money by year")[-1]
    assert last["cash flow (CNY)"] == pytest.approx(d["finance"]["years"][-1]["cash_flow_cny"], rel=1e-15)
    answer = figures(book, "answer")
    assert answer["energy of a year"] == pytest.approx(d["energy"]["annual_kwh"], rel=1e-15)
    assert answer["NPV"] == pytest.approx(d["finance"]["npv_cny"], rel=1e-15)
    impact = rows(book, "impact")
    assert [r["factor"] for r in impact] == [r["factor_id"] for k in ("coal", "co2") for r in d["impact"][k]]
    assert (impact[0]["unit"], impact[0]["factor unit"], impact[-1]["unit"]) == ("tce", "kgce/kWh", "t CO2")
    assumed = rows(book, "assumptions")
    assert [a["key"] for a in assumed] == [a["key"] for a in d["assumptions"]]
    assert [a["default"] for a in assumed] == [a["default"] for a in d["assumptions"]]


def test_a_page_is_fit_to_read():
    book = read(workbook(document("hikvision_steel")))
    for page in book:
        assert page.freeze_panes == "A2"
        assert all(cell.font.bold for cell in page[1])
        assert all(10 <= page.column_dimensions[cell.column_letter].width <= 61 for cell in page[1])
    ledger = book["loss ledger"]
    assert (ledger["C2"].number_format, ledger["D3"].number_format) == ("#,##0", "#,##0.00")
    assert ledger["E2"].alignment.wrap_text


def test_units_are_those_of_the_glossary():
    path = Path(pvsim.__file__).parent / "data" / "glossary.toml"
    glossary = tomllib.loads(path.read_text(encoding="utf-8"))

    def keys(value):
        for key, inner in value.items() if isinstance(value, dict) else ():
            yield key
            yield from keys(inner)
        for inner in value if isinstance(value, list) else ():
            yield from keys(inner)

    found = {k for name in ("green_loan", "hikvision_steel", "single_years") for k in keys(document(name))}
    told = {k: unit_of(k)[0] for k in found & set(glossary)}
    apart = {
        "tce": "tce",  # t of what
        "years": "years",  # here the name of a text and of a table
        "count": "",
    }
    assert told == {k: apart.get(k, glossary[k]["unit"]) for k in told}
    assert words("self_used_kwh") == "self used" and words("project_npv_cny") == "project NPV"


def test_files_of_a_folder_are_named_with_their_hashes(tmp_path):
    result = pvsim.simulate(scenario())
    d = write(dataclasses.replace(result), tmp_path)
    told = {r["of"]: r["version or hash"] for r in rows(read(workbook(d)), "versions and hashes")}
    assert told["SHA-256 of hourly.csv, 8760 rows"] == d["files"][0]["sha256"]
    assert told["SHA-256 of the scenario"] == d["scenario"]["sha256"]
    assert told["pvlib"] == d["versions"]["pvlib"]


def test_other_weather_and_cleaning_are_sheets_too():
    losses = {"soiling_percent_per_day": 0.15}
    d = pvsim.simulate(scenario(weather={"ensemble": ["climate"]}, losses=losses)).to_dict()
    book = read(workbook(d))
    (member,) = rows(book, "other weather")
    assert member["energy of a year (kWh)"] == pytest.approx(d["energy"]["annual_kwh"], rel=1e-12)
    lost = [r["lost (%)"] for r in rows(book, "cleaning")]
    assert lost[-1] == pytest.approx(d["cleaning"]["energy_lost_percent"], rel=1e-15)


def test_nothing_and_nan_are_empty_cells():
    d = document("own_roof")
    d["energy"]["monthly_kwh"] = [math.nan, None, math.inf, *range(9)]
    d["weather"]["seed"] = 10**30
    book = read(workbook(d))
    assert [m["energy (kWh)"] for m in rows(book, "months")] == [None, None, None, *range(9)]
    assert figures(book, "weather")["seed"] == str(10**30)  # not rounded to 15 digits


# --- text stays text ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile():
    """A workbook in which every text that a file can bring is one of the hostile ones."""
    d = document("hikvision_self_use") | {k: document("hikvision_steel")[k] for k in ("roofs", "shading")}
    count = 0

    def spoil(value, key=""):
        nonlocal count
        if isinstance(value, dict):
            return {k: spoil(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [spoil(v, key) for v in value]
        if isinstance(value, str) and key not in {"kind", "applies_to", "irr_status", "model"}:
            count += 1
            return HOSTILE[count % len(HOSTILE)]
        return value

    spoiled = spoil(d)
    spoiled["assumptions"] += [
        {"key": k, "value": k, "unit": "", "default": True, "reason": "", "source": ""} for k in HOSTILE
    ]
    assert count > 5 * len(HOSTILE)
    return workbook(spoiled)


def test_hostile_text_is_neither_formula_nor_link(hostile):
    for name, xml in parts(hostile).items():
        assert "<f>" not in xml and "<f " not in xml and "<hyperlink" not in xml and "/hyperlink" not in xml, name
        assert "externalLink" not in xml and 'TargetMode="External"' not in xml, name
    assert not any("externalLinks" in name or "vba" in name for name in parts(hostile))
    assert {c.data_type for c in cells(hostile)} <= {"s", "n", "b"}
    assert not any(c.hyperlink for c in cells(hostile))


def test_hostile_text_is_whole_and_quoted(hostile):
    found = rows(read(hostile), "assumptions")[-len(HOSTILE) :]
    told = [shown(text) or None for text in HOSTILE]
    assert [r["key"] for r in found] == told == [r["value"] for r in found]
    for cell in cells(hostile):
        if isinstance(cell.value, str) and cell.row > 1 and needs_quote(cell.value):
            assert cell.quotePrefix, cell.value
    assert all(map(needs_quote, HOSTILE[:8]))
    assert not needs_quote("a=1") and not needs_quote("http://x") and not needs_quote("")


def test_control_characters_are_shown(hostile):
    text = parts(hostile)["xl/sharedStrings.xml"]
    assert "\u202e" not in text and "\ufffe" not in text
    assert "\\u202egnp.exe" in text and "a\\x00b\\x0bc" in text
    assert re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text) is None
    assert "<script>" not in text and "&lt;script&gt;" in text


@pytest.mark.parametrize("letter", ["x", "\U0001f31e", "\n"])
def test_long_text_is_cut_to_what_a_cell_holds(letter):
    d = document("own_roof")
    d["scenario"]["name"] = letter * 40_000
    name = rows(read(workbook(d)), "answer")[0]["value"]
    assert name.endswith("...")
    assert LONGEST - 2 <= len(name.encode("utf-16-le")) // 2 <= LONGEST
    assert shown("x" * LONGEST) == "x" * LONGEST


# --- the file -----------------------------------------------------------------------------------------------


def test_the_same_document_gives_the_same_bytes():
    raw = workbook(document())
    assert raw == workbook(document())
    core = parts(raw)["docProps/core.xml"]
    assert "2000-01-01T00:00:00Z" in core
    assert "<dc:creator></dc:creator>" in core and "<cp:lastModifiedBy></cp:lastModifiedBy>" in core
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_no_path_is_told():
    raw = workbook(document())
    assert not any(str(SCENARIOS) in xml or str(Path.home()) + "/" in xml for xml in parts(raw).values())


def test_names_of_sheets_are_allowed_and_rows_are_whole():
    for name in ("green_loan", "hikvision_steel", "single_years"):
        made = sheets(document(name))
        assert len({s.name.casefold() for s in made}) == len(made)
        assert all(len(s.name) <= 31 for s in made)
        assert all(len(row) == len(s.columns) for s in made for row in s.rows)


def test_without_the_library_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def refuse(name, *arguments, **keywords):
        if name == "xlsxwriter":
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UsageError, match=r"pip install XlsxWriter"):
        workbook({})
