"""The reader of a CSV of claims: every bad cell at its line, nothing guessed."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import ScenarioError
from pvsim.studies.claims import FIGURES, TEXTS, read_claims

GOOD = "id,what,annual_kwh,tce\na,roof,2600000,930\nb,,1e6,\n"


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "claims.csv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return read_claims(path)


def refused(tmp_path, text, encoding="utf-8"):
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, text, encoding)
    return str(error.value)


def test_numbers_are_numbers_and_blanks_are_left_out(tmp_path):
    assert read(tmp_path, GOOD) == [
        {"id": "a", "what": "roof", "annual_kwh": 2.6e6, "tce": 930.0},
        {"id": "b", "annual_kwh": 1e6},
    ]


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\n\n"])
def test_bom_line_ends_and_empty_lines_do_not_matter(tmp_path, ends):
    assert len(read(tmp_path, "\ufeff" + GOOD.replace("\n", ends))) == 2


def test_a_quoted_cell_may_run_over_lines(tmp_path):
    text = 'id,quote,tce\na,"two\nlines",930\nb,x,-1\n'
    assert ":4: tce: '-1'" in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("id,tce\n", "has a header and no rows"),
        ("id,what\na,b\n", "no column with a figure"),
        ("id;annual_kwh\na;1\n", "separated by semicolons"),
        ("id,anual_kwh\na,1\n", "did you mean annual_kwh?"),
        ("id,tce,tce\na,1,1\n", "stands twice"),
        ("id,tce\na,1,2\n", ":2: 3 cells; 2, as in the header"),
        ("id,tce\na,1\na,2\n", ":3: id: 'a' stands in line 2 too"),
        ('id,tce\na,"2,600"\n', "write 2600"),
        ("id,tce\na,930 t\n", ":2: tce: '930 t'; a finite number above 0"),
        ("id,tce\na,nan\n", "a finite number above 0"),
        ("id,tce\na,0\n", "a finite number above 0"),
        ("id,tce\na,1e400\n", "a finite number above 0"),
        ("id,tce,lifetime_or_annual\na,1,yearly\n", "annual, lifetime, cumulative, unstated"),
        ("id,tce,over\na,1,tc\n", "'tc' is no column with a figure"),
        ('id,tce\na,"1\n', "not a CSV row"),
        ("id,tce,quote\na,1," + "x" * 6000 + "\n", "6000 characters"),
        ("id,tce\0\na,1\n", "NUL"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, said):
    assert said in refused(tmp_path, text)


def test_all_bad_cells_are_listed_and_at_most_a_hundred(tmp_path):
    said = refused(tmp_path, "id,tce,co2_t\n" + "".join(f"{i},x,y\n" for i in range(30)))
    assert said.count("a finite number above 0") == 60
    said = refused(tmp_path, "id,tce,co2_t\n" + "".join(f"{i},x,y\n" for i in range(3000)))
    assert said.count("a finite number above 0") == 100
    assert said.endswith("and more")


def test_another_encoding_a_folder_and_a_missing_file(tmp_path):
    assert "GB18030" in refused(tmp_path, "id,what,tce\na,重庆,1\n", "gb18030")
    with pytest.raises(ScenarioError, match="not a regular file but a folder"):
        read_claims(tmp_path)
    with pytest.raises(ScenarioError, match="No such file"):
        read_claims(tmp_path / "none.csv")


@given(st.lists(st.tuples(st.floats(1e-6, 1e15), st.text(max_size=30)), min_size=1, max_size=5))
def test_what_a_csv_writer_writes_is_read_back(tmp_path_factory, rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["annual_kwh", "quote"])
    clean = [(x, "".join(c for c in text if c.isprintable()).strip()) for x, text in rows]
    writer.writerows([repr(x), text] for x, text in clean)
    found = read(tmp_path_factory.mktemp("claims"), out.getvalue())
    assert [(c["annual_kwh"], c.get("quote", "")) for c in found] == clean


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(tmp_path_factory, raw):
    try:
        read(tmp_path_factory.mktemp("claims"), raw)
    except ScenarioError as error:
        assert str(error)


def test_columns_are_those_of_the_scenario():
    from pvsim.scenario.budget import Claim

    assert {*FIGURES, *TEXTS} == set(Claim.model_fields)
