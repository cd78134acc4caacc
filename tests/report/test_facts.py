"""`pvsim explain` of factors and policies: every fact with its source, and the old answers for everything else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.cli import run
from pvsim.finance.policies import load_policies
from pvsim.impact.factors import load_factors
from pvsim.report.facts import explain_fact, near_facts
from pvsim.scenario.explain import RESULTS, explain
from pvsim.scenario.jsonschema import tables

FACTS = {**load_factors(), **load_policies()}


def words(text: str) -> str:
    return " ".join(text.split())


def columns_of(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("fact_id", FACTS)
def test_every_fact_is_told_with_its_source(fact_id, width):
    fact = FACTS[fact_id]
    text = explain_fact(fact_id, width)
    assert text.startswith(f"{fact_id}, a ") and text.endswith("\n")
    assert max(columns_of(line) for line in text.splitlines()) <= width
    broken = "".join(text.split())  # an address longer than a line is cut
    for said in (fact.status_text, fact.issuer, fact.document, fact.published, fact.where_seen, fact.note, fact.unit):
        assert said == "1" or "".join(said.split()) in broken
    assert fact.value is None or f"value: {fact.value:.10g}" in words(text)
    ours = [line for line in text.splitlines() if line.isascii()]
    assert len(ours) >= 7


def test_a_factor():
    assert explain_fact("co2-average-chongqing-2023").splitlines()[:7] == [
        "co2-average-chongqing-2023, a factor",
        "  value:        0.5581 kgCO2/kWh",
        "  what it is:   location-based average",
        "  kind:         co2, average",
        "  region:       Chongqing",
        "  year:         2023, which the value describes",
        "  applies to:   self-used kWh only",
    ]


def test_what_only_recognises_claims_says_so():
    for fact_id, factor in load_factors().items():
        said = "never to compute a result" in explain_fact(fact_id)
        assert said == factor.comparison_only


@pytest.mark.parametrize(
    ("fact_id", "lines"),
    [
        ("coal-benchmark-price-chongqing", ["value: 0.3964 CNY/kWh", "issuer: Chongqing DRC", "seen: eastwp.net"]),
        ("green-loan-chongqing-2023", ["value: 2.85 to 2.89 % per year", "valid: from 2023-01-01 to 2023-12-31"]),
        ("self-use-floor-chongqing-central", ["valid: from 2025-08-04", "value: 20 % of output"]),
        ("income-tax-western-region", ["valid: to 2030-12-31", "region: Western Region; Chongqing"]),
        ("time-of-use-hours-residents-chongqing", ["value: none: a rule in words", "applies to: residents"]),
        ("vat-divisor", ["value: 1.13", "status: U, general knowledge, a common assumption"]),
        ("vat-rate", ["region: CN, the whole country", "valid: dates open or not known"]),
    ],
)
def test_a_policy(fact_id, lines):
    told = [words(line) for line in explain_fact(fact_id).splitlines()]
    assert set(lines) <= set(told)


def test_case_and_blanks_do_not_count():
    assert explain_fact(" Coal-Supply-2022 ") == explain_fact("coal-supply-2022")


def test_no_id_is_a_name_that_is_explained_already():
    names = {*RESULTS, *(t.name for t in tables()), *(k.name for t in tables() for k in t.keys)}
    assert not names & set(FACTS)
    assert explain_fact("soiling_percent") is None and explain_fact("") is None


@pytest.mark.parametrize("fact_id", ["coal-suply-2022", "self-use-floor-jillin", "CO2-average-chonqing-2023"])
def test_a_misspelt_id_has_near_ones(fact_id, capsys):
    assert near_facts(fact_id)
    assert run(["explain", fact_id]) == 2
    error = capsys.readouterr().err
    assert f"near ids: {', '.join(near_facts(fact_id))}" in error and "is no key of a scenario" in error


def test_the_command_falls_back_to_keys_and_results(capsys):
    assert run(["explain", "soiling_percent"]) == 0
    assert capsys.readouterr().out.rstrip("\n") == explain("soiling_percent").rstrip("\n")
    assert run(["explain", "coal-supply-2022"]) == 0
    assert capsys.readouterr().out == explain_fact("coal-supply-2022")


@pytest.mark.parametrize("asked", ["", "qqqq", "weathr", "x" * 10_000])
def test_other_unknown_names_are_answered_as_before(asked, capsys):
    assert near_facts(asked) == ()
    assert run(["explain", asked]) == 2
    assert "near ids" not in capsys.readouterr().err


@given(st.text(max_size=80))
def test_any_text_is_answered(text):
    found = explain_fact(text)
    assert found is None or text.strip().casefold() in {i.casefold() for i in FACTS}
    assert set(near_facts(text)) <= set(FACTS)
