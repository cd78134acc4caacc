"""Low, leading and high of each kind, the data year, and what stands beside the numbers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.impact.convert import convert
from pvsim.impact.factors import default_factors, load_factors
from pvsim.impact.groups import GROUPS, answers
from pvsim.impact.regions import PROVINCES
from pvsim.impact.table import conversion_document, conversion_json, conversion_table

REGIONS = st.sampled_from([*PROVINCES, "CN"])
KWH = st.floats(min_value=0, max_value=1e12)
YEARS = st.none() | st.integers(min_value=1990, max_value=2100)


def ends(kwh=2.6e6, region="Chongqing", **how):
    return {g["kind"]: g for g in conversion_document(kwh, region, **how)["groups"]}


@given(kwh=KWH, region=REGIONS, year=YEARS, share=st.floats(0, 1))
def test_low_leading_and_high_are_in_order_and_from_the_table(kwh, region, year, share):
    for group in ends(kwh, region, year=year, self_used_kwh=kwh * share).values():
        assert group["low"] <= group["leading"] <= group["high"]
        for end in ("low", "leading", "high"):
            factor = load_factors()[group[f"{end}_factor_id"]]
            assert not factor.comparison_only
            assert group[end] == pytest.approx(group["kwh"] * factor.value / 1000, abs=1e-300)


@given(region=REGIONS, year=YEARS)
def test_every_row_stands_in_one_group_and_no_group_mixes_units(region, year):
    rows = convert(1.0, region, year=year)
    found = [answer for _, answer in answers(rows, region, year)]
    assert sorted(c.factor.id for a in found for c in a.rows) == sorted(c.factor.id for c in rows)
    for answer in found:
        assert len({c.factor.unit for c in answer.rows}) == len({c.applies_to for c in answer.rows}) == 1
    methods = [m for g in GROUPS for m in g.methods]
    assert len(methods) == len(set(methods))


def test_the_ends_of_the_seed():
    found = ends()
    assert (found["average"]["low_factor_id"], found["average"]["high_factor_id"]) == (
        "co2-average-southwest-2023",
        "co2-average-chongqing-2023",
    )
    assert found["average"]["low"] == pytest.approx(642.72)
    assert (found["supply"]["low_factor_id"], found["supply"]["high_factor_id"]) == (
        "coal-supply-2022",
        "coal-supply-2020",
    )
    for kind in ("calorific", "combined-margin", "residual", "footprint"):
        assert found[kind]["low"] == found[kind]["leading"] == found[kind]["high"]
    assert ends(region="Shanghai")["supply"]["low_factor_id"] == "coal-equivalent-shanghai-universities"


def test_parts_of_the_margin_are_no_ends_of_it():
    found = ends(asked=("co2-om-central-2019", "co2-bm-central-2019"))["combined-margin"]
    assert found["low"] == found["high"] == pytest.approx(1860.04)


@given(region=REGIONS, year=st.integers(1990, 2100))
def test_another_year_than_the_one_asked_for_is_said(region, year):
    for c in convert(1.0, region, year=year):
        yearly = c.factor.method in {"average", "residual", "footprint", "supply"}
        told = f"no value of {year} on file" in c.remark and f"no value of {year} on file" in c.note
        assert told == (yearly and c.factor.data_year != year)
        on_file = [
            f.data_year for f in load_factors().values()
            if (f.method, f.region) == (c.factor.method, c.factor.region) and not f.comparison_only
        ]  # fmt: skip
        if yearly:
            before = [y for y in on_file if y <= year]
            assert c.factor.data_year == (max(before) if before else min(on_file))


def test_years():
    assert [f.id for f in default_factors("Chongqing", 2021)] == [
        "coal-calorific-gbt2589",
        "coal-supply-2021",
        "co2-average-chongqing-2021",
        "co2-average-southwest-2023",
        "co2-average-cn-2021",
        "co2-cm-central-2019",
        "co2-residual-cn-2021",
        "co2-footprint-cn-2023",
    ]
    remarks = {c.factor.id: c.remark for c in convert(1.0, year=2021)}
    assert remarks["co2-average-southwest-2023"].endswith("that of 2023, the earliest, stands here")
    assert convert(1.0, year=2050) != convert(1.0)
    assert [c.factor for c in convert(1.0, year=2050)] == [c.factor for c in convert(1.0)]
    # a later year is no end while the year itself is there
    assert ends(year=2021)["average"]["low_factor_id"] == "co2-average-chongqing-2021"


@pytest.mark.parametrize("year", [1800, 1989, 2101, 0, -1, 2022.5, True, "2022", float("nan")])
def test_impossible_years_are_refused(year):
    with pytest.raises(UsageError, match=r"year is .*from 1990 to 2100"):
        convert(1.0, year=year)


def test_averages_count_the_self_used_part_and_margins_all():
    rows = {r["kind"]: r for r in conversion_json(2.6e6, self_used_kwh=2.0e6)}
    assert rows["combined-margin"]["t"] == pytest.approx(1860.04)
    assert rows["supply"]["tce"] == pytest.approx(781.82)
    assert rows["residual"]["t"] == pytest.approx(2000 * 0.6096)
    text = conversion_table(2.6e6, self_used_kwh=2.0e6)
    assert "2,000,000 of them self-used" in text and "as if all of it" not in text


def test_the_coal_as_gdp_of_chongqing():
    calorific, equivalent = conversion_document(2.6e6)["context"]
    # 0.31 tce per 10,000 yuan: 319.54 / 0.31 is 1,030.8 times 10,000 yuan
    assert calorific["value"] == pytest.approx(10.308, abs=5e-4)
    assert equivalent["value"] == pytest.approx(25.220, abs=5e-4)
    assert "calorific" in calorific["name"] and "equivalent" in equivalent["name"]
    for entry in (calorific, equivalent):
        assert entry["unit"] == "million yuan" and "asiacity.news" in entry["source"] and "0.31" in entry["note"]
    assert "calorific coal 10.3 million yuan" in " ".join(conversion_table(2.6e6).split())


@given(REGIONS.filter(lambda r: r != "Chongqing"))
def test_other_places_have_no_such_figure(region):
    assert conversion_document(2.6e6, region)["context"] == []
    assert "CONTEXT" not in conversion_table(2.6e6, region)


def test_the_document():
    document = conversion_document(2.6e6)
    assert json.loads(json.dumps(document)) == document
    assert document["rows"] == conversion_json(2.6e6)
    assert "No sellable credits" in document["not_credits"]
    assert "40 to 50 g" in document["embodied"] and "outside" in document["embodied"]
    assert not any("credit" in r["note"] for r in document["rows"])


@given(kwh=KWH, region=REGIONS, year=YEARS, width=st.integers(80, 100))
def test_every_table_fits(kwh, region, year, width):
    text = conversion_table(kwh, region, width, year=year)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= width
