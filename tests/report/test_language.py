"""The catalogues say the same in every language, and nothing that nobody asks for."""

from __future__ import annotations

import math
import re
import string

import pytest
from cases import ROOT
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.impact.factors import load_factors
from pvsim.physics.ledger import STEPS
from pvsim.report.language import CODES, language_of
from pvsim.report.page import CHAPTERS

PACKAGE = ROOT / "pvsim"
TEXTS = {code: language_of(code).texts for code in CODES}
USERS = [*(PACKAGE / "report" / "templates").rglob("*.j2"), *(PACKAGE / "report").glob("*.py")]
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in USERS)
# a whole key in quotes; and the start of one that is put together, up to its last dot
WHOLE = set(re.findall(r"""["']([a-z_]+(?:\.[a-z0-9_ -]+)+)["']""", SOURCE)) | {"none"}
STARTS = set(re.findall(r"""["']((?:[a-z_]+\.)+[a-z_]*)["']\s*~""", SOURCE))
STARTS |= set(re.findall(r"""f["']((?:[a-z_]+\.)+[a-z_]*)\{""", SOURCE))
TOP = {"english_below", "no_font"}


def fields_of(text: str) -> list[str]:
    return sorted(field for _, field, _, _ in string.Formatter().parse(text) if field is not None)


@pytest.mark.parametrize("code", [c for c in CODES if c != "en"])
def test_every_language_has_the_same_keys_and_placeholders(code):
    assert set(TEXTS[code]) == set(TEXTS["en"])
    assert {k: fields_of(v) for k, v in TEXTS[code].items()} == {k: fields_of(v) for k, v in TEXTS["en"].items()}


@pytest.mark.parametrize("code", CODES)
def test_no_text_is_empty_but_the_one_that_english_does_not_need(code):
    assert {k for k, v in TEXTS[code].items() if not v.strip()} <= {"english_below"}


def test_the_translations_are_translations():
    """What is equal in two languages is a symbol, a unit or a word that they share: never a whole sentence."""
    for code in ("zh", "it"):
        same = {k for k, v in TEXTS[code].items() if v == TEXTS["en"][k] and len(v.split()) > 3}
        assert same <= {"chart.sun.winds"}, same


def test_every_key_that_is_asked_for_exists():
    roots = {key.split(".")[0] for key in TEXTS["en"]} - {"none"}
    asked = {key for key in WHOLE if key.split(".")[0] in roots}
    asked -= {key for key in WHOLE if key.rsplit(".", 1)[-1] in {"csv", "json", "html", "png", "xlsx", "pdf"}}
    assert len(asked) > 150, "the keys are no longer found in the templates"
    assert asked - set(TEXTS["en"]) == set()


def test_no_key_stands_there_for_nobody():
    titles = {f"{chapter}.title" for chapter in CHAPTERS}
    asked = WHOLE | TOP | titles
    unused = {k for k in TEXTS["en"] if k not in asked and not k.startswith(tuple(STARTS)) and k not in SOURCE}
    assert unused == set()


def test_what_results_may_say_has_words():
    for step in STEPS:
        assert f"ledger.{step.name}" in TEXTS["en"]
    for factor in load_factors().values():
        if factor.kind in {"coal", "co2"}:
            assert f"kind.{factor.method}" in TEXTS["en"], factor.id


def test_an_unknown_language_names_those_that_exist():
    with pytest.raises(UsageError, match=r"language 'de': pvsim writes en \(English\), zh \(Chinese\), it \(Italian\)"):
        language_of("de")


@pytest.mark.parametrize(
    ("code", "number", "percent", "energy", "money"),
    [
        ("en", "2,743,668.1", "82.5%", "2,744 MWh", "CNY 3.45 million"),
        ("zh", "2,743,668.1", "82.5%", "274.4 万千瓦时", "345.1 万元"),
        ("it", "2.743.668,1", "82,5%", "2.744 MWh", "3,45 milioni di CNY"),
    ],
)
def test_numbers_are_written_as_the_language_does(code, number, percent, energy, money):
    language = language_of(code)
    assert language.number(2_743_668.13, 1) == number
    assert language.percent(0.8251) == percent
    assert language.energy(2_743_668.13) == energy
    assert language.money(3_451_452.4) == money


@given(value=st.floats(-1e12, 1e12), decimals=st.integers(0, 6), code=st.sampled_from(CODES))
def test_a_number_reads_back(value, decimals, code):
    language = language_of(code)
    shown = language.number(value, decimals)
    marks = {language.text("habits.thousands"): "", language.text("habits.decimal"): "."}
    back = float("".join(marks.get(c, c) for c in shown))
    assert back == pytest.approx(value, abs=0.51 * 10**-decimals, rel=1e-15)
    assert not (back == 0 and math.copysign(1, back) < 0), "a zero has no sign"


def test_what_does_not_apply_is_said_and_not_printed_as_none():
    for code in CODES:
        language = language_of(code)
        for shown in (language.number(None), language.number(math.nan), language.percent(None), language.energy(None)):
            assert shown == language.text("none")


def test_exact_keeps_the_digits_that_were_given():
    assert language_of("en").exact(106.46) == "106.46"
    assert language_of("it").exact(0.286) == "0,286"
    assert language_of("en").exact(12_000_000) == "12,000,000"
    assert language_of("en").plain(0.1229) == "0.1229"
    assert language_of("it").plain(2_600_000) == "2.600.000"
