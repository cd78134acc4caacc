"""What notebooks show: the figures of the document, and nothing that a name could smuggle in."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from cases import scenario

import pvsim


class _Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


EVIL = '<script>alert(1)</script>"><img src=x onerror=y>\x1b'


@pytest.fixture(scope="module")
def result():
    return pvsim.simulate(scenario({"name": EVIL}, name=EVIL))


@pytest.mark.parametrize("part", ["result", "scenario"])
def test_names_stay_text(result, part):
    page = _Elements()
    page.feed((result if part == "result" else result.scenario)._repr_html_())
    assert set(page.tags) <= {"div", "h4", "table", "tr", "th", "td", "p", "details", "summary"}
    assert page.attributes == []
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in page.text


def test_figures_are_those_of_the_document(result):
    page = result._repr_html_()
    assert f"{result.annual_kwh:,.0f} kWh" in page
    assert f"{result.ledger[3].kwh:,.0f}" in page


def test_reprs_are_one_line(result):
    for value in (result, result.scenario, result.weather):
        assert "\n" not in repr(value)
        assert len(repr(value)) < 250
