"""Tonnes over a life: properties of the sums, documented declines, given series."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import PvsimError, UsageError
from pvsim.impact.convert import convert
from pvsim.impact.lifetime import DEFAULT_DEGRADATION_PERCENT, lifetime, lifetime_block
from pvsim.impact.lifetime_table import lifetime_table
from pvsim.impact.regions import PROVINCES
from pvsim.impact.trend import documented, read_series
from pvsim.scenario.budget import Losses

REGIONS = st.sampled_from([*PROVINCES, "CN"])
KWH = st.floats(min_value=0, max_value=1e12)
LIVES = st.integers(1, 100)
RATES = st.floats(0, 10)


def by_id(life):
    return {k.conversion.factor.id: k for k in life.kinds}


def series(tmp_path, text, name="series.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_series(path)


@given(kwh=KWH, years=LIVES, region=REGIONS)
def test_without_degradation_a_life_is_so_many_years(kwh, years, region):
    life = lifetime(kwh, years, region, degradation_percent=0)
    assert life.total_kwh == pytest.approx(years * kwh)
    for kind, one in zip(life.kinds, convert(kwh, region), strict=True):
        assert kind.total == kind.constant_total == pytest.approx(years * one.tonnes)


@given(kwh=KWH, years=LIVES, region=REGIONS, rate=RATES)
def test_constant_is_a_decline_of_nothing(kwh, years, region, rate):
    steady = lifetime(kwh, years, region, degradation_percent=rate)
    declining = lifetime(kwh, years, region, degradation_percent=rate, decline=0.0)
    assert [k.tonnes for k in steady.kinds] == [k.tonnes for k in declining.kinds]


@given(
    kwh=KWH, years=LIVES, region=REGIONS, rate=RATES, share=st.floats(0, 1),
    decline=st.none() | st.just("documented") | st.floats(0, 99),
)  # fmt: skip
def test_years_sum_up_and_nothing_grows(kwh, years, region, rate, share, decline):
    life = lifetime(kwh, years, region, degradation_percent=rate, decline=decline, self_used_kwh=kwh * share)
    block = lifetime_block(life)
    assert json.loads(json.dumps(block)) == block
    assert len(life.annual_kwh) == block["year_count"] == years
    assert life.annual_kwh[0] == kwh
    for kind in block["kinds"]:
        name = "tce" if kind["group"] == "coal" else "t"
        assert math.fsum(y[name] for y in kind["years"]) == pytest.approx(kind[f"total_{name}"], abs=1e-300)
        assert kind[f"total_{name}"] <= kind[f"constant_{name}"] * (1 + 1e-12)
        for year in kind["years"]:
            assert year[name] == pytest.approx(year["kwh"] * year["value"] / 1000, rel=1e-9, abs=1e-290)
        if kind["kind"] == "calorific":
            assert kind[f"total_{name}"] == kind[f"constant_{name}"]
    for kind, one in zip(life.kinds, convert(kwh, region, self_used_kwh=kwh * share), strict=True):
        assert kind.tonnes[0] == one.tonnes


def test_the_seed_over_25_years():
    life = lifetime(2.6e6, 25, degradation_percent=0.6)
    assert life.annual_kwh[24] == pytest.approx(2.6e6 * 0.994**24)
    assert life.total_kwh == pytest.approx(2.6e6 * (1 - 0.994**25) / 0.006)
    assert by_id(life)["coal-calorific-gbt2589"].total == pytest.approx(life.total_kwh * 0.1229 / 1000)


def test_what_is_documented():
    supply, average = documented("supply"), documented("average")
    assert supply.percent_per_year == pytest.approx(-1.2, abs=0.05)
    assert (supply.first.id, supply.last.id) == ("coal-supply-2005", "coal-supply-2022")
    assert average.percent_per_year == pytest.approx(-2.4, abs=0.05)
    assert "2021" in average.derived and "2023" in average.derived
    assert documented("footprint") is documented("combined-margin") is documented("calorific") is None


def test_a_documented_decline_says_what_it_is():
    kinds = by_id(lifetime(2.6e6, 25, decline="documented"))
    for factor_id in ("coal-supply-2022", "co2-average-cn-2023"):
        assert "an extrapolation, not a forecast" in kinds[factor_id].course.said
        assert kinds[factor_id].total < kinds[factor_id].constant_total
    assert "Chongqing itself rose" in kinds["co2-average-chongqing-2023"].course.said
    assert "no decline is documented" in kinds["co2-residual-cn-2023"].course.said
    for factor_id in ("co2-cm-central-2019", "co2-footprint-cn-2024", "co2-residual-cn-2023"):
        assert kinds[factor_id].total == kinds[factor_id].constant_total
    assert "never changes" in kinds["coal-calorific-gbt2589"].course.said


def test_the_default_degradation_is_that_of_scenarios():
    assert Losses().annual_degradation_percent == DEFAULT_DEGRADATION_PERCENT == lifetime(1.0).degradation_percent


@pytest.mark.parametrize("years", [0, -1, 101, 200, 2.5, True, "25", float("nan")])
def test_impossible_lives(years):
    with pytest.raises(UsageError, match=r"years is .*1 to 100"):
        lifetime(1.0, years)


@pytest.mark.parametrize("rate", [-0.1, 10.1, 120, float("nan"), float("inf"), True])
def test_impossible_degradation(rate):
    with pytest.raises(UsageError, match=r"degradation is .*0 to 10"):
        lifetime(1.0, 25, degradation_percent=rate)


@pytest.mark.parametrize("decline", [-1, 100, float("nan"), "much", "", True])
def test_impossible_declines(decline):
    with pytest.raises(UsageError, match=r'decline is .*"documented"'):
        lifetime(1.0, 25, decline=decline)


def test_other_impossible_things(tmp_path):
    with pytest.raises(UsageError, match="first year"):
        lifetime(1.0, 25, first_year=1800)
    given_ = series(tmp_path, "year,value\n1,0.5\n")
    with pytest.raises(UsageError, match="exclude each other"):
        lifetime(1.0, 1, decline=1.0, series=given_)


# --- a given series


def test_a_series_is_the_leading_average(tmp_path):
    given_ = series(tmp_path, "year,value\n2,0.4\n1,0.5\n3,0\n")
    kinds = by_id(lifetime(1e6, 3, degradation_percent=0, series=given_))
    assert kinds["co2-average-chongqing-2023"].tonnes == pytest.approx((500, 400, 0))
    assert kinds["co2-average-cn-2023"].total == kinds["co2-average-cn-2023"].constant_total
    assert "series of series.csv" in kinds["co2-average-chongqing-2023"].course.said


def test_a_constant_series_is_constant(tmp_path):
    text = "year,factor_id,value\n" + "".join(f"{y},co2-cm-central-2019,0.7154\n" for y in range(1, 26))
    kind = by_id(lifetime(2.6e6, 25, series=series(tmp_path, text)))["co2-cm-central-2019"]
    assert kind.tonnes == kind.constant_tonnes


def test_years_of_the_calendar_begin_where_they_are_told_to(tmp_path):
    given_ = series(tmp_path, "year,value\n" + "".join(f"{y},{(y - 2000) / 100}\n" for y in range(2024, 2060)))
    first = by_id(lifetime(1e6, 2, degradation_percent=0, series=given_))["co2-average-chongqing-2023"]
    later = lifetime(1e6, 2, degradation_percent=0, series=given_, first_year=2030)
    assert first.course.values == (0.24, 0.25)
    assert by_id(later)["co2-average-chongqing-2023"].course.values == (0.30, 0.31)
    assert lifetime_block(later)["kinds"][0]["years"][1]["calendar_year"] == 2031


def test_a_hole_in_a_series_is_named(tmp_path):
    given_ = series(tmp_path, "year,value\n1,0.5\n2,0.5\n4,0.5\n")
    with pytest.raises(PvsimError, match=r"^series\.csv:2: column year: the series lacks 3, 5; needed .* 1 to 5"):
        lifetime(1.0, 5, series=given_)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r":1: the columns are none; needed: year,value or year,factor_id,value"),
        ("jahr,value\n", r":1: the columns are jahr, value; needed"),
        ("year,value\n", r":1: no row"),
        ("year,value\n1,0.5\n1,0.4\n", r":3: column year: 1 stands there twice"),
        ("year,value\n0,0.5\n", r":2: column year: '0'"),
        ("year,value\nx,0.5\n", r":2: column year: 'x'"),
        ("year,value\n1800,0.5\n", r":2: column year: '1800'"),
        ("year,value\n\n1,nan\n", r":3: column value: 'nan'"),
        ("year,value\n1,-0.1\n", r":2: column value: '-0.1'"),
        ("year,value\n1,558.1\n", r":2: column value: '558.1'.*divide g/kWh by 1000"),
        ("year,value\n1\n", r":2: 1 cells, needed are 2"),
        ("year,value\n1,0.5\n2026,0.5\n", r"years of the life \(1\) beside years of the calendar \(2026\)"),
        ("year,factor_id,value\n1,,0.5\n", r":2: column factor_id: is empty"),
        ('year,value\n1,"0.5\n', r"not a CSV row"),
    ],
)
def test_bad_series(tmp_path, text, said):
    with pytest.raises(PvsimError, match=rf"^series\.csv.*{said}"):
        series(tmp_path, text)


@pytest.mark.parametrize(
    ("factor_id", "said"),
    [
        ("co2-average-chonqing-2023", "did you mean co2-average-chongqing-2023"),
        ("coal-press-0.4", "none of the factors.*--factor"),
        ("coal-calorific-gbt2589", "never changes"),
    ],
)
def test_a_series_of_a_factor_that_is_not_there(tmp_path, factor_id, said):
    given_ = series(tmp_path, f"year,factor_id,value\n1,{factor_id},0.1\n")
    with pytest.raises(PvsimError, match=rf"^series\.csv:2: column factor_id.*{said}"):
        lifetime(1.0, 1, series=given_)


@given(kwh=KWH, years=LIVES, region=REGIONS, decline=st.none() | st.just("documented") | st.floats(0, 99))
def test_the_text_fits_any_terminal(kwh, years, region, decline):
    text = lifetime_table(lifetime(kwh, years, region, decline=decline), 80)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80
    assert ("changing" in text) == (decline is not None)
