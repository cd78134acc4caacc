"""The terminal summary: its figures are the document's, it fits a terminal, and names cannot drive it."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from cases import SCENARIOS, scenario, write_epw

import pvsim
from pvsim.report.text import WIDTH, summary


@pytest.fixture(scope="module")
def document():
    return pvsim.simulate(pvsim.load(SCENARIOS / "hikvision_jianqiao.toml")).to_dict()


@pytest.fixture(scope="module")
def text(document):
    return summary(document)


def test_every_block_is_there_and_the_answer_stands_last(text):
    order = ["Assumed because", "Weather", "Roof planes", "Months", "From the light", "How sure", "What it avoids",
             "The published claim: consistent", "kWh in the first year"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_figures_are_those_of_the_document(text, document):
    energy = document["energy"]
    for told in (
        f"{energy['annual_kwh']:,.0f} kWh in the first year",
        f"{energy['monthly_kwh'][6]:,.0f} kWh",
        f"performance ratio {energy['performance_ratio']:.3f}",
        f"{document['uncertainty']['one_year']['p90_kwh']:,.0f}",
        f"{document['impact']['coal'][0]['tce']:,.1f} tce",
        "2,600,000 claimed",
    ):
        assert told in text, told
    for line in document["ledger"]:
        assert f"{line['kwh']:,.0f} kWh" in text
    for assumption in document["assumptions"]:
        assert (f"{assumption['key']} = " in text) == assumption["default"]


def test_it_fits_a_terminal_of_100_columns_in_plain_ascii(text):
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.isascii()


def test_without_claim_there_is_no_claim_block():
    assert "published claim" not in summary(pvsim.simulate(scenario()).to_dict())


def test_names_cannot_drive_the_terminal():
    result = pvsim.simulate(scenario({"name": "x\x1b[2J\x07"}))
    text = summary(result.to_dict())
    assert "\x1b" not in text
    assert "x\\x1b[2J\\x07" in text


def test_many_planes_are_cut_short():
    text = summary(pvsim.simulate(scenario(*({"name": f"r{i}"} for i in range(30)))).to_dict())
    assert "and 10 more planes" in text


def test_warnings_are_printed():
    text = summary(pvsim.simulate(scenario(inverter={"dc_ac_ratio": 3.0})).to_dict())
    assert "warning: DC/AC ratio 3.00 is unusual" in text


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("name", ["屋" * 60, "x" * 150, "海康威视 " * 12])
def test_long_and_wide_names_keep_the_width(width, name):
    document = pvsim.simulate(
        scenario({"name": name[:60], "surface_tilt": 9, "surface_azimuth": 0}, name=name)
    ).to_dict()
    for line in summary(document, width).splitlines():
        assert sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) <= width


def test_a_partial_sum_is_not_called_a_year(tmp_path):
    year = pvsim.simulate(scenario()).weather
    write_epw(tmp_path / "gaps.epw", year, ghi=np.where(year.axis.month_index() == 6, 9999.0, year.ghi))
    asked = scenario(weather={"source": "file", "format": "epw", "path": "gaps.epw"}, folder=tmp_path)
    text = summary(pvsim.simulate(asked, allow_partial=True).to_dict())
    assert "kWh in the first year" not in text
    assert "in the 91.5% of the hours that have weather, NOT a year" in text
