"""The factor table: what ships, what is refused, and which factor a result takes."""

import csv
import dataclasses
import io
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import PvsimError, UsageError
from pvsim.impact.factors import default_factors, find, load_factors, read_factors, usable
from pvsim.impact.regions import AVERAGE_GRID, MARGIN_GRID, PROVINCES, province

TEXT = files("pvsim").joinpath("data/factors.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(io.StringIO(TEXT)))


def edited(factor_id, **cells):
    """The shipped table with some cells of one row changed, and the line of that row."""
    rows = [dict(row) for row in ROWS]
    index = next(i for i, row in enumerate(rows) if row["id"] == factor_id)
    rows[index].update(cells)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue(), index + 2


def test_every_shipped_row_loads_in_order():
    factors = load_factors()
    assert list(factors) == [row["id"] for row in ROWS]
    assert [f.value for f in factors.values()] == [float(row["value"]) for row in ROWS]
    for factor in factors.values():
        assert factor.method
        assert factor.applies_to in {"self_used", "all"}
        assert factor.status_text
        assert factor.data_year or factor.comparison_only


def test_the_table_is_read_once_and_read_only():
    assert load_factors() is load_factors()
    with pytest.raises(TypeError):
        load_factors()["x"] = find("coal-supply-2022")
    with pytest.raises(dataclasses.FrozenInstanceError):
        find("coal-supply-2022").value = 1.0


@pytest.mark.parametrize("column", ["value", "unit", "data_year", "issuer", "region", "kind", "status"])
@given(row=st.sampled_from([r for r in ROWS if r["issuer"] != "press" and "-press-" not in r["id"]]))
def test_a_row_that_lacks_something_is_refused_with_its_line(column, row):
    text, line = edited(row["id"], **{column: " "})
    with pytest.raises(PvsimError, match=rf"^my\.csv:{line}: column {column}: is empty") as caught:
        read_factors(text, "my.csv")
    assert row["id"] in str(caught.value)


def test_a_row_without_document_and_place_has_no_source():
    text, line = edited("coal-supply-2022", document="", where_seen="")
    with pytest.raises(PvsimError, match=rf":{line}: column where_seen"):
        read_factors(text, "my.csv")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"value": "0,3"}, "column value: '0,3' is not a number"),
        ({"value": "nan"}, "column value: 'nan' must be a finite"),
        ({"value": "-1"}, "column value: '-1' must be a finite"),
        ({"data_year": "22"}, "column data_year: '22' is not a year"),
        ({"status": "X"}, "column status: 'X' is none of R, D, C, U"),
        ({"id": "coal-new-1"}, "column id: must start with one of coal-calorific-"),
        ({"id": "coal-supply-2021"}, "column id: 'coal-supply-2021' stands in the file twice"),
    ],
)
def test_bad_cells_are_named(cells, message):
    text, line = edited("coal-supply-2022", **cells)
    with pytest.raises(PvsimError) as caught:
        read_factors(text, "my.csv")
    assert str(caught.value).startswith(f"my.csv:{line}: {message}")


def test_a_press_convention_needs_no_year_but_a_value():
    text, _ = edited("coal-press-0.30", data_year="")
    assert read_factors(text, "my.csv")["coal-press-0.30"].data_year is None
    text, line = edited("coal-press-0.4", value="")
    with pytest.raises(PvsimError, match=f":{line}: column value"):
        read_factors(text, "my.csv")


def test_short_rows_and_other_headers_are_refused():
    with pytest.raises(PvsimError, match=r"my\.csv:2: 2 cells"):
        read_factors(TEXT.splitlines()[0] + "\na,b\n", "my.csv")
    with pytest.raises(PvsimError, match=r"my\.csv:1: the columns are"):
        read_factors("a,b\n1,2\n", "my.csv")
    with pytest.raises(PvsimError, match=r"my\.csv:1"):
        read_factors("", "my.csv")


def test_lines_are_counted_through_quoted_breaks():
    head, first = TEXT.splitlines()[:2]
    broken = first.removesuffix("860 kcal/kWh / 7000 kcal/kgce") + '"two\nlines"'
    with pytest.raises(PvsimError, match=r"my\.csv:4: 1 cells"):
        read_factors(f"{head}\n{broken}\nx\n", "my.csv")


def test_find_suggests():
    with pytest.raises(UsageError, match="did you mean coal-supply-2022"):
        find("coal-suply-2022")


@pytest.mark.parametrize(
    ("factor_id", "why"),
    [
        ("coal-press-0.4", "press convention: it serves to recognise"),
        ("co2-press-0.5703", "press convention"),
        ("coal-supply-2019", "general knowledge"),
        ("co2-per-tce-2.7725", "press convention"),
        ("so2-modern", "only coal and co2"),
    ],
)
def test_what_only_recognises_cannot_be_asked_for(factor_id, why):
    with pytest.raises(UsageError, match=why):
        usable(factor_id)


def test_methods_and_kwh():
    expected = {
        "coal-calorific-gbt2589": ("calorific", "all"),
        "coal-supply-2022": ("supply", "all"),
        "coal-equivalent-shanghai-commercial": ("equivalent", "all"),
        "co2-average-chongqing-2023": ("average", "self_used"),
        "co2-residual-cn-2023": ("residual", "self_used"),
        "co2-fossil-cn-2023": ("fossil", "self_used"),
        "co2-om-central-2019": ("operating-margin", "all"),
        "co2-bm-central-2019": ("build-margin", "all"),
        "co2-cm-central-2019": ("combined-margin", "all"),
        "co2-footprint-cn-2024": ("footprint", "self_used"),
        "dust-press": ("dust", "all"),
    }
    assert {i: (find(i).method, find(i).applies_to) for i in expected} == expected


@pytest.mark.parametrize("region", ["Chongqing", "chongqing", " CHONGQING ", "重庆", "重庆市"])
def test_defaults_of_chongqing(region):
    assert [f.id for f in default_factors(region)] == [
        "coal-calorific-gbt2589",
        "coal-supply-2022",
        "co2-average-chongqing-2023",
        "co2-average-southwest-2023",
        "co2-average-cn-2023",
        "co2-cm-central-2019",
        "co2-residual-cn-2023",
        "co2-footprint-cn-2024",
    ]


@pytest.mark.parametrize(
    ("region", "averages"),
    [
        ("Beijing", ["cn"]),
        ("CN", ["cn"]),
        ("Guangdong", ["cn", "south"]),
        ("Hubei", ["hubei", "central", "cn"]),
        ("Guizhou", ["guizhou", "south", "cn"]),
    ],
)
def test_the_nearest_average_leads_and_without_one_the_nation(region, averages):
    factors = default_factors(region)
    assert [f.id for f in factors if f.method == "average"] == [f"co2-average-{a}-2023" for a in averages]
    assert any(f.method == "combined-margin" for f in factors) == (region in MARGIN_GRID)


@given(st.sampled_from([*PROVINCES, "CN"]))
def test_no_default_is_for_comparison_only(region):
    factors = default_factors(region)
    assert not [f.id for f in factors if f.comparison_only]
    assert len({f.id for f in factors}) == len(factors)


def test_grids_are_spelled_as_in_the_table():
    regions = {f.region for f in load_factors().values()}
    assert set(AVERAGE_GRID.values()) | set(MARGIN_GRID.values()) <= regions
    assert set(AVERAGE_GRID) | set(MARGIN_GRID) <= set(PROVINCES)


def test_a_mistyped_province_is_not_silently_the_nation():
    with pytest.raises(UsageError, match="did you mean Chongqing"):
        province("Chonqing")
    with pytest.raises(UsageError, match="no province of China"):
        province("")
