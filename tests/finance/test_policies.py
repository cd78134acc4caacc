"""Prices and rules: what the table must say of each, and which hold where and when."""

from __future__ import annotations

import datetime
import subprocess
import sys
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import PvsimError, UsageError
from pvsim.finance.policies import KINDS, STATUS_TEXTS, in_force, load_policies, policy, read_policies
from pvsim.impact.regions import PROVINCES

COLUMNS = (
    "id,kind,value,value_high,unit,region,scope,valid_from,valid_to,issuer,document,published,status,where_seen,note"
)
GOOD = {
    "id": "a-price", "kind": "price", "value": "0.3", "value_high": "0.4", "unit": "CNY/kWh", "region": "Chongqing",
    "scope": "all", "valid_from": "2024-02-29", "valid_to": "2025-01-01", "issuer": "DRC", "document": "notice",
    "published": "2024-01", "status": "R", "where_seen": "page", "note": "",
}  # fmt: skip
DAY = datetime.date(2025, 8, 4)
ANY_DAY = st.dates(datetime.date(2000, 1, 1), datetime.date(2060, 1, 1))


def table(**changes: str) -> str:
    return f"{COLUMNS}\n{','.join((GOOD | changes).values())}\n"


# --- the file -----------------------------------------------------------------------------------------------


def test_every_row_has_what_a_fact_needs():
    for row in load_policies().values():
        assert row.kind in KINDS and row.status in STATUS_TEXTS
        assert row.source and row.region and (row.scope or row.note or row.value is not None)
        assert row.id.isascii() and row.id == row.id.lower() and " " not in row.id
    regions = {part.strip() for row in load_policies().values() for part in row.region.split(";")}
    assert regions <= {*PROVINCES, "CN", "Western Region", "several provinces"}


def test_every_kind_is_used():
    assert {row.kind for row in load_policies().values()} == set(KINDS)


def test_no_id_is_also_one_of_a_factor():
    from pvsim.impact.factors import load_factors

    assert not set(load_factors()) & set(load_policies())


@pytest.mark.parametrize(
    ("policy_id", "value", "high", "unit"),
    [
        ("coal-benchmark-price-chongqing", 0.3964, None, "CNY/kWh"),
        ("surplus-price-before-2025-06-chongqing", 0.3964, None, "CNY/kWh"),
        ("surplus-term-before-2025-06-chongqing", 20, None, "years"),
        ("self-use-floor-chongqing-central", 20, None, "% of output"),
        ("self-use-floor-chongqing-elsewhere", 40, None, "% of output"),
        ("self-use-floor-several-provinces", 50, None, "% of output"),
        ("self-use-floor-jilin", 80, None, "% of output"),
        ("large-plant-self-use", 100, None, "% of output"),
        ("large-plant-capacity", 6, None, "MW"),
        ("large-plant-voltage", 35, None, "kV"),
        ("green-loan-chongqing-2023", 2.85, 2.89, "% per year"),
        ("green-loan-chongqing-2025", 2.49, None, "% per year"),
        ("retrofit-grants-chongqing-2021-2025", 177.3, None, "million CNY"),
        ("retrofit-grant-projects-chongqing-2021-2025", 152, None, "projects"),
        ("investment-rooftop-since-2021", 3.2, 4.4, "CNY/W"),
        ("vat-rate", 13, None, "%"),
        ("income-tax-rate", 25, None, "%"),
        ("income-tax-western-region", 15, None, "%"),
        ("energy-intensity-chongqing", 0.31, None, "tce/10,000 CNY of GDP"),
        ("pilot-parks-chongqing", 9, None, "parks"),
    ],
)
def test_values(policy_id, value, high, unit):
    found = policy(policy_id)
    assert (found.value, found.value_high, found.unit) == (value, high, unit)


@pytest.mark.parametrize(
    "policy_id",
    [
        "time-of-use-hours-residents-chongqing", "income-tax-three-free-three-half",
        "surplus-price-from-2025-06-chongqing",
        "document-136-before-2025-06", "document-136-from-2025-06", "power-factor-fee",
    ],
)  # fmt: skip
def test_facts_without_a_number_say_it_in_words(policy_id):
    found = policy(policy_id)
    assert found.value is None and found.value_high is None and found.unit == "" and found.note


def test_no_industrial_tariff_is_made_up():
    """They were not found: what has a price is the coal benchmark and the surplus that follows it."""
    prices = {p.id for p in load_policies().values() if "CNY/kWh" in p.unit}
    assert prices == {"coal-benchmark-price-chongqing", "surplus-price-before-2025-06-chongqing"}


def test_the_table_is_read_once_and_cannot_be_changed():
    assert load_policies() is load_policies()
    with pytest.raises(TypeError):
        load_policies()["x"] = None


# --- what is in force ---------------------------------------------------------------------------------------


def ids(kind: str, region: str, on: datetime.date) -> list[str]:
    return [p.id for p in in_force(kind, region, on)]


def test_the_floor_begins_on_its_day():
    floors = ["self-use-floor-chongqing-central", "self-use-floor-chongqing-elsewhere"]
    assert ids("self-use-floor", "Chongqing", DAY) == [*floors, "large-plant-self-use"]
    assert ids("self-use-floor", "Chongqing", DAY - datetime.timedelta(days=1)) == ["large-plant-self-use"]
    assert ids("self-use-floor", "Jilin", DAY) == ["self-use-floor-jilin", "large-plant-self-use"]


def test_the_last_day_counts():
    assert "green-loan-chongqing-2023" in ids("loan", "Chongqing", datetime.date(2023, 12, 31))
    assert ids("loan", "Chongqing", datetime.date(2024, 1, 1)) == []
    assert "income-tax-western-region" in ids("tax", "chongqing", datetime.date(2030, 12, 31))
    assert "income-tax-western-region" not in ids("tax", "Chongqing", datetime.date(2031, 1, 1))
    assert "income-tax-western-region" not in ids("tax", "Zhejiang", DAY)


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(PROVINCES)), ANY_DAY)
def test_what_is_in_force_is_of_its_kind_place_and_day(kind, region, on):
    found = in_force(kind, region, on)
    left_out = [p for p in load_policies().values() if p.kind == kind and p not in found]
    assert all(p.kind == kind and p.holds_in(region) and p.holds_on(on) for p in found)
    assert not any(p.holds_in(region) and p.holds_on(on) for p in left_out)


def test_wrong_names_are_answered():
    with pytest.raises(UsageError, match="did you mean self-use-floor-jilin"):
        policy("self-use-floor-jillin")
    with pytest.raises(UsageError, match="valid: coal-benchmark"):
        policy("qqq")
    with pytest.raises(UsageError, match="valid: price"):
        in_force("prices", "Chongqing", DAY)


# --- what is refused ----------------------------------------------------------------------------------------


def test_a_good_row_is_read():
    (found,) = read_policies(table(), "f.csv").values()
    assert (found.value, found.value_high) == (0.3, 0.4)
    assert (found.valid_from, found.valid_to) == (datetime.date(2024, 2, 29), datetime.date(2025, 1, 1))
    assert found.source == "DRC, notice; seen: page"
    assert not found.holds_on(datetime.date(2024, 2, 28)) and found.holds_on(datetime.date(2024, 2, 29))


@pytest.mark.parametrize(
    ("changes", "column", "why"),
    [
        ({"id": ""}, "id", "is empty"),
        ({"kind": " "}, "kind", "is empty"),
        ({"kind": "gift"}, "kind", "is none of price"),
        ({"region": ""}, "region", "is empty"),
        ({"status": ""}, "status", "is empty"),
        ({"status": "X"}, "status", "is none of R"),
        ({"document": "", "where_seen": ""}, "where_seen", "so is document"),
        ({"value": "many"}, "value", "is not a number"),
        ({"value": "nan"}, "value", "finite"),
        ({"value": "-1"}, "value", "at least 0"),
        ({"value_high": "inf"}, "value_high", "finite"),
        ({"value_high": "0.3"}, "value_high", "above value"),
        ({"value": ""}, "value", "beside value_high"),
        ({"value": "", "value_high": ""}, "note", "must say the fact"),
        ({"unit": ""}, "unit", "beside a number"),
        ({"valid_from": "2025-02-29"}, "valid_from", "not a date"),
        ({"valid_from": "20250201"}, "valid_from", "not a date"),
        ({"valid_to": "2025"}, "valid_to", "not a date"),
        ({"valid_to": "2023-01-01"}, "valid_to", "before valid_from"),
        ({"published": "2025-13"}, "published", "not a date"),
        ({"published": "25"}, "published", "not a date"),
    ],
)
def test_a_bad_row_is_refused_with_its_place(changes, column, why):
    with pytest.raises(PvsimError) as caught:
        read_policies(table(**changes), "f.csv")
    assert str(caught.value).startswith(f"f.csv:2: column {column}: ")
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "f.csv:1: the columns are"),
        ("id,kind\n", "f.csv:1: the columns are id, kind; needed"),
        (f"{COLUMNS}\na,b\n", "f.csv:2: 2 cells"),
        (table() + table().splitlines()[1], "f.csv:3: column id: 'a-price' stands in the file twice"),
        (f'{COLUMNS}\n"a\n', "f.csv:2: not a CSV row"),
        (f'{COLUMNS}"x\n', "f.csv:1: "),
        (table(note='"two\nlines"') + "b\n", "f.csv:4: 1 cells"),
    ],
)
def test_a_bad_table_is_refused(text, why):
    with pytest.raises(PvsimError, match=why.replace("(", r"\(")):
        read_policies(text, "f.csv")


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    try:
        read_policies(f"{COLUMNS}\n{text}", "f.csv")
    except PvsimError as error:
        assert str(error).startswith("f.csv:")


@given(st.text(max_size=60))
def test_no_id_breaks_the_search(text):
    if text not in load_policies():
        with pytest.raises(UsageError):
            policy(text)


def test_the_file_is_plain():
    text = (files("pvsim") / "data" / "policies.csv").read_text(encoding="utf-8")
    assert text.isascii() and "\r" not in text and text.splitlines()[0] == COLUMNS


def test_it_needs_no_heavy_package():
    code = (
        "import sys; from pvsim.finance.policies import load_policies; assert load_policies(); "
        "assert not {'numpy', 'pandas', 'pvlib', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
