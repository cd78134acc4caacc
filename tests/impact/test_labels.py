"""Numbers under a wrong label are refused with the table they come from; right ones are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import PvsimError
from pvsim.impact.factors import load_factors, read_factors
from pvsim.impact.labels import check_label, mislabelled

HEAD = "id,kind,value,unit,boundary,region,data_year,issuer,document,published,status,where_seen,note\n"
COMPUTING = [f for f in load_factors().values() if not f.comparison_only]


def label(value, region, year, method="average", unit="kgCO2/kWh"):
    return check_label(value, unit, method=method, region=region, year=year)


@given(st.sampled_from(list(load_factors().values())))
def test_no_shipped_row_is_refused(factor):
    assert (
        check_label(factor.value, factor.unit, method=factor.method, region=factor.region, year=factor.data_year)
        is None
    )


@given(st.sampled_from([f for f in COMPUTING if f.method in {"average", "supply"}]), st.integers(2000, 2040))
def test_the_right_number_of_a_place_in_another_year_is_refused(factor, year):
    """Unless the table has the number for that year as well."""
    known = {(f.data_year, f.value) for f in load_factors().values() if f.region == factor.region}
    reason = check_label(factor.value, factor.unit, method=factor.method, region=factor.region, year=year)
    if (year, factor.value) in known:
        assert reason is None
    else:
        assert factor.id in reason and str(factor.data_year) in reason


@pytest.mark.parametrize("case", mislabelled(), ids=lambda c: f"{c.value}-{c.claimed_as}")
def test_every_known_case_is_refused(case):
    reason = check_label(
        case.value,
        case.unit,
        method=case.kind or "combined-margin",
        region=case.claimed_region or "Central",
        year=case.claimed_year or 2020,
    )
    assert case.truth in reason
    if case.really:
        row = load_factors()[case.really]
        assert case.really in reason and row.source in reason and row.value == case.value


@pytest.mark.parametrize(
    ("value", "region", "year", "method", "really"),
    [
        (0.5366, "CN", 2021, "average", "co2-average-cn-2022"),
        (0.5568, "China", 2022, "average", "co2-average-cn-2021"),
        (0.8587, "Central", 2024, "average", "co2-om-central-2019"),
        (0.8587, "华中", 2019, "average", "co2-om-central-2019"),
        (0.9419, "North China", 2024, "average", "operating margin"),
        (0.5257, "Central", 2022, "combined-margin", "average of 2012"),
        (0.7035, "East", 2022, "operating-margin", "average of 2012"),
        (0.8843, "North", 2022, "average", "average of 2012"),
        (0.6231, "Central China", 2022, "average", "matches nothing"),
        (0.5366, "Chongqing", 2021, "average", "co2-average-cn-2022"),
        (0.6096, "CN", 2023, "average", "co2-residual-cn-2023"),
    ],
)
def test_labels_met_in_the_wild(value, region, year, method, really):
    assert really in label(value, region, year, method)


def test_coal_printed_as_carbon():
    assert "standard coal" in label(0.305, "CN", 2020, "average", unit="kgC/kWh")


@pytest.mark.parametrize(
    ("value", "region", "year", "method"),
    [
        (0.5271, "South", 2012, "average"),  # the same digits are Central 2023
        (0.5271, "Central (Henan Hubei Hunan Jiangxi)", 2023, "average"),
        (0.5366, "中国", 2022, "average"),
        (0.5257, "Central", 2012, "average"),
        (0.8587, "Central grid incl. Chongqing", 2019, "operating-margin"),
        (0.5123, "Shaanxi", 2022, "average"),
        (0.5600, "Chongqing", 2023, "average"),  # another source for the same thing is no wrong label
    ],
)
def test_right_labels_are_not_refused(value, region, year, method):
    assert label(value, region, year, method) is None


def test_other_words_for_a_unit():
    assert "co2-average-cn-2022" in label(0.5366, "CN", 2021, unit="tCO2/MWh")
    assert label(0.5366, "CN", 2021, unit="kgCO2e/kWh") is None


def test_equivalent_value_and_supply_rate_are_the_same_number_in_two_texts():
    assert label(0.3007, "CN", 2022, "equivalent", unit="kgce/kWh") is None


@pytest.mark.parametrize("name", ["my.csv", "因子.csv"])
def test_a_file_with_a_wrong_label_is_refused_with_its_line(name):
    good = "co2-average-shaanxi-2022,co2,0.6558,kgCO2/kWh,a,Shaanxi,2022,MEE,notice,,C,seen,\n"
    bad = "co2-average-mine-2021,co2,0.5366,kgCO2/kWh,a,CN,2021,MEE,notice,,C,seen,\n"
    with pytest.raises(PvsimError, match=rf"^{name}:3: column value: 0\.5366 .*co2-average-cn-2022.*correct the row"):
        read_factors(HEAD + good + bad, name)
