"""Conversions against the published figures of reference/factors.md, and what never may be said."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.impact.convert import convert, impact_block
from pvsim.impact.regions import PROVINCES
from pvsim.impact.table import conversion_json, conversion_table

REGIONS = st.sampled_from([*PROVINCES, "CN"])
KWH = st.floats(min_value=0, max_value=1e12)


def tonnes(kwh, region="Chongqing"):
    return {c.factor.id: c.tonnes for c in convert(kwh, region)}


@pytest.mark.parametrize(
    ("kwh", "factor_id", "published", "last_digit"),
    [
        (2.6e6, "coal-calorific-gbt2589", 319.5, 0.1),
        (2.6e6, "coal-supply-2022", 781.8, 0.1),
        (2.6e6, "co2-average-chongqing-2023", 1451, 1),
        (2.6e6, "co2-average-cn-2023", 1380, 1),
        (2.6e6, "co2-cm-central-2019", 1860, 1),
        (32.6e6, "coal-calorific-gbt2589", 4006.5, 0.1),
    ],
)
def test_the_figures_of_the_seed(kwh, factor_id, published, last_digit):
    assert tonnes(kwh)[factor_id] == pytest.approx(published, abs=last_digit / 2)


@given(kwh=KWH, factor=st.floats(min_value=0, max_value=1e3), region=REGIONS)
def test_tonnes_are_linear_in_kwh(kwh, factor, region):
    once, more = tonnes(kwh, region), tonnes(kwh * factor, region)
    assert more == pytest.approx({i: t * factor for i, t in once.items()}, rel=1e-12)


@given(kwh=KWH, share=st.floats(min_value=0, max_value=1), region=REGIONS)
def test_averages_never_apply_to_exports(kwh, share, region):
    for c in convert(kwh, region, self_used_kwh=kwh * share):
        assert c.applies_to in {"self_used", "all"}
        if c.factor.method in {"average", "residual", "footprint"}:
            assert c.applies_to == "self_used"
        counted = kwh * share if c.applies_to == "self_used" else kwh
        assert c.kwh == pytest.approx(counted, abs=1e-300)
        assert c.tonnes == pytest.approx(counted * c.factor.value / 1000, abs=1e-300)


def test_without_a_load_a_self_used_row_says_so():
    for c in convert(2.6e6):
        assert ("if all of it is self-used on site" in c.note) == (c.applies_to == "self_used")
        assert "credit" not in c.note


def test_weak_rows_say_what_weakens_them():
    notes = {c.factor.id: c.note for c in convert(2.6e6)}
    assert "superseded" in notes["co2-cm-central-2019"]
    assert "second-hand copy, check the official notice" in notes["co2-average-chongqing-2023"]
    assert "2.3 times lower than co2-average-chongqing-2023" in notes["co2-average-southwest-2023"]
    assert "no provincial value for Beijing" in impact_block(1.0, "Beijing")["co2"][0]["note"]


@pytest.mark.parametrize("kwh", [-1.0, float("nan"), float("inf")])
def test_impossible_kwh_are_refused(kwh):
    with pytest.raises(UsageError, match="kwh is"):
        convert(kwh)


def test_more_self_used_than_there_is_is_refused():
    with pytest.raises(UsageError, match="more than"):
        convert(1.0, self_used_kwh=2.0)


def test_the_block_of_the_result_document():
    block = impact_block(2.6e6, "Chongqing", ("co2-om-central-2019", "coal-supply-2022", "coal-supply-2005"))
    assert list(block) == ["coal", "co2"]
    assert [r["factor_id"] for r in block["coal"]] == [
        "coal-calorific-gbt2589",
        "coal-supply-2022",
        "coal-supply-2005",
    ]
    assert block["co2"][-1]["factor_id"] == "co2-om-central-2019"
    assert all({"factor_id", "tce", "kind", "year", "status"} <= set(r) for r in block["coal"])
    needed = {"factor_id", "t", "kind", "year", "region", "status", "applies_to"}
    assert all(needed <= set(r) for r in block["co2"])
    assert [r["kind"] for r in block["coal"]] == ["calorific", "supply", "supply"]


def test_a_press_convention_cannot_be_asked_for():
    with pytest.raises(UsageError, match="never to compute"):
        impact_block(1.0, "Chongqing", ("coal-press-0.36",))


def test_nothing_generated_gives_nothing():
    block = impact_block(0.0, "Chongqing", self_used_kwh=0.0)
    assert {r["tce"] for r in block["coal"]} | {r["t"] for r in block["co2"]} == {0.0}


def test_the_table_of_the_terminal():
    text = conversion_table(32.6e6)
    assert "4,006.5" in text
    assert text.count("credit") == text.count("No sellable credits") == 1
    order = ["CALORIFIC", "EQUIVALENT", "LOCATION-BASED", "RESIDUAL", "MARGIN", "FOOTPRINT", "PRESS"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert text.index("co2-footprint-cn-2024") < text.index("coal-press-0.4")


@given(kwh=KWH, region=REGIONS)
def test_the_table_fits_any_terminal(kwh, region):
    text = conversion_table(kwh, region)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100


def test_the_json_holds_what_may_be_computed_with():
    rows = conversion_json(2.6e6)
    assert [r["group"] for r in rows] == ["coal"] * 2 + ["co2"] * 6
    assert not [r for r in rows if "press" in r["factor_id"]]
    assert rows[0]["tce"] == pytest.approx(319.54)


@pytest.mark.parametrize("module", ["pvsim.impact.convert", "pvsim.impact.table", "pvsim.studies.audit"])
def test_no_heavy_import(module):
    heavy = ("numpy", "pandas", "pvlib", "pydantic", "scipy", "matplotlib")
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
