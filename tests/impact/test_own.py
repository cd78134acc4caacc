"""Factors that a user brings along: read, refused with file and line, asked for by id, in scenarios and commands."""

import json
import os
import subprocess
import sys
import time

import pytest

import pvsim
from pvsim.errors import PvsimError, ScenarioError, UsageError
from pvsim.impact.convert import convert
from pvsim.impact.factors import default_factors, load_factors, read_factors, read_own, usable
from pvsim.impact.table import conversion_document, conversion_table
from pvsim.studies.references import check_references

HEAD = "id,kind,value,unit,boundary,region,data_year,issuer,document,published,status,where_seen,note\n"
AVERAGE = (
    "co2-average-park-2024,co2,0.4321,kgCO2/kWh,park,Chongqing,2024,the park,annual report 2024,2025,R,its page,\n"
)
COAL = "coal-supply-plant-2024,coal,0.2951,kgce/kWh,plant,CN,2024,the plant,report,2025,R,its page,\n"
ROOF = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 100\n"


def written(folder, text, name="my_factors.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def command(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "pvsim", *map(str, arguments)],
        capture_output=True, encoding="utf-8", cwd=cwd, timeout=60, check=False,
    )  # fmt: skip


# --- the file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_is_read_with_and_without_a_byte_order_mark(tmp_path, encoding, ending):
    own = read_own(written(tmp_path, (HEAD + AVERAGE + "\n" + COAL).replace("\n", ending), encoding=encoding))
    assert list(own) == ["co2-average-park-2024", "coal-supply-plant-2024"]
    assert own["co2-average-park-2024"].value == 0.4321
    assert not set(own) & set(load_factors())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r":1: the columns are ; needed, in this order: id, kind"),
        (HEAD.replace("unit,", ""), r":1: .*missing: unit$"),
        (HEAD + AVERAGE + AVERAGE, r":3: column id: 'co2-average-park-2024' stands in the file twice"),
        (HEAD + AVERAGE.replace("park-2024", "cn-2023", 1), r":2: column id: 'co2-average-cn-2023' is an id of"),
        (HEAD + AVERAGE.replace("0.4321", ""), r":2: column value: is empty"),
        (HEAD + AVERAGE.replace("kgCO2/kWh", ""), r":2: column unit: is empty"),
        (HEAD + AVERAGE.replace(",2024,", ",,", 1), r":2: column data_year: is empty"),
        (HEAD + AVERAGE.replace("annual report 2024", "").replace("its page", ""), r":2: column where_seen: is empty"),
        (HEAD + AVERAGE.replace("the park", ""), r":2: column issuer: is empty"),
        (HEAD + AVERAGE.replace("kgCO2/kWh", "gCO2/kWh"), r":2: column unit: 'gCO2/kWh'; needed is kgCO2/kWh; .*1000"),
        (HEAD + AVERAGE.replace("0.4321", "432.1"), r":2: column value: 432.1 kgCO2/kWh; at most 2.6 .*1000"),
        (HEAD + COAL.replace("kgce/kWh", "kgCO2/kWh"), r":2: column unit: 'kgCO2/kWh'; needed is kgce/kWh"),
        (HEAD + AVERAGE.replace(",co2,", ",CO2,"), r":2: column kind: 'CO2' is none of coal, co2"),
        (HEAD + AVERAGE.replace("co2-average-park", "my park"), r":2: column id: must be of .* without blanks"),
        (HEAD + AVERAGE.replace("park-2024", "x" * 60, 1), r":2: column id: must be of at most 60"),
        (HEAD + COAL + AVERAGE.replace("0.4321", "0.5581"), r":3: column value: .*co2-average-chongqing-2023.*MEE"),
        (HEAD + AVERAGE.replace("the park", '"the park'), r":2: not a CSV row"),
        (HEAD + AVERAGE.replace("park", "p\0ark", 1), r":2: holds NUL"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_their_line(tmp_path, text, said):
    with pytest.raises(PvsimError, match=rf"^my_factors\.csv{said}"):
        read_own(written(tmp_path, text))


def test_other_encodings_are_not_guessed(tmp_path):
    text = HEAD + AVERAGE.replace("the park", "重庆建桥园区")
    with pytest.raises(PvsimError, match=r"my_factors\.csv:2: not UTF-8; looks like GB18030: convert it with iconv"):
        read_own(written(tmp_path, text, encoding="gb18030"))
    with pytest.raises(PvsimError, match="UTF-16"):
        read_own(written(tmp_path, text, encoding="utf-16"))
    with pytest.raises(PvsimError, match=r":2: not UTF-8; save it as UTF-8"):
        read_own(written(tmp_path, HEAD + AVERAGE.replace("the park", "caf\xff"), encoding="latin-1"))


def test_what_is_no_file(tmp_path):
    with pytest.raises(UsageError, match=r"none\.csv: cannot be read \(No such file"):
        read_own(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="not a regular file but a folder"):
        read_own(tmp_path)
    with pytest.raises(UsageError, match="not a file name"):
        read_own("a\0b")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UsageError, match="not a regular file"):
            read_own(tmp_path / "pipe")
    (tmp_path / "big.csv").write_bytes(b"x" * 5_000_001)
    with pytest.raises(PvsimError, match="at most 5000000"):
        read_own(tmp_path / "big.csv")


# --- converting with it


def test_own_factors_count_where_they_are_asked_for():
    own = read_factors(HEAD + AVERAGE + COAL, "my.csv")
    assert convert(1.0, own_factors=own) == convert(1.0)
    rows = convert(2.6e6, asked=("co2-average-park-2024",), own_factors=own)
    assert rows[:-1] == convert(2.6e6)
    mine = rows[-1]
    assert (mine.own, mine.applies_to, mine.tonnes) == (True, "self_used", pytest.approx(1123.46))
    assert "own factor, from the user's file" in mine.note and "official" not in mine.note
    assert [f.id for f in default_factors("Chongqing")] == [c.factor.id for c in convert(1.0)]
    assert load_factors() is load_factors() and "co2-average-park-2024" not in load_factors()


def test_own_factors_stand_in_their_group_marked_as_own():
    own = read_factors(HEAD + AVERAGE + COAL, "my.csv")
    document = conversion_document(2.6e6, asked=tuple(own), own_factors=own)
    assert {r["factor_id"] for r in document["rows"] if r["own"]} == set(own)
    supply = next(g for g in document["groups"] if g["kind"] == "supply")
    assert supply["low_factor_id"] == "coal-supply-plant-2024" and supply["leading_factor_id"] == "coal-supply-2022"
    text = conversion_table(2.6e6, asked=tuple(own), own_factors=own)
    assert text.index("3  CO2") < text.index("co2-average-park-2024") < text.index("3b CO2")
    assert "own, the park, annual" in text


def test_an_unknown_or_unusable_own_factor():
    own = read_factors(HEAD + AVERAGE + COAL.replace(",R,", ",U,"), "my.csv")
    with pytest.raises(UsageError, match="did you mean co2-average-park-2024"):
        usable("co2-average-parc-2024", own)
    with pytest.raises(UsageError, match="general knowledge"):
        usable("coal-supply-plant-2024", own)


def test_long_ids_and_issuers_do_not_break_the_table():
    long = AVERAGE.replace("park-2024", "x" * 45, 1).replace("the park", "the park " * 40)
    own = read_factors(HEAD + long, "my.csv")
    text = conversion_table(2.6e6, width=80, asked=tuple(own), own_factors=own)
    assert "own, the park" in text


# --- the command


def test_the_command_with_everything(tmp_path):
    written(tmp_path, HEAD + AVERAGE)
    done = command(
        "convert", "2.6GWh", "--factors", "my_factors.csv", "--factor", "co2-average-park-2024",
        "--self-used", "2.0GWh",
        "--year", "2022", "--years", "3", "--degradation", "1", "--decline", "documented", "--json", cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["rows"][-1]["t"] == pytest.approx(864.2)
    assert [y["kwh"] for y in document["lifetime"]["kinds"][-1]["years"]] == pytest.approx([2e6, 1.98e6, 1.9602e6])
    assert command("convert", "2.6GWh", "--self-used", "0kWh").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--year", "1800"], 2, "year is 1800; needed is a data year from 1990 to 2100"),
        (["--year", "x"], 2, "invalid int"),
        (["--years", "0"], 2, "years is 0; needed is a whole number from 1 to 100"),
        (["--years", "200"], 2, "years is 200"),
        (["--years", "nan"], 2, "invalid int"),
        (["--years", "25", "--degradation", "120"], 2, "degradation is 120.0"),
        (["--years", "25", "--degradation", "nan"], 2, "degradation is nan"),
        (["--years", "25", "--decline", "soon"], 2, "decline is 'soon'"),
        (["--years", "25", "--decline", "nan"], 2, "decline is 'nan'"),
        (["--degradation", "0.6"], 2, "--degradation goes with --years N"),
        (["--first-year", "2026"], 2, "--first-year goes with --years N"),
        (["--self-used", "3GWh"], 2, "more than the"),
        (["--self-used", "half"], 2, "cannot read 'half'"),
        (["--factor", "co2-average-chonqing-2023"], 2, "did you mean co2-average-chongqing-2023"),
        (["--factor", "coal-press-0.4"], 2, "never to compute"),
        (["--factors", "none.csv"], 2, "none.csv: cannot be read"),
        (["--factors", "bad.csv"], 1, "bad.csv:2: column value"),
        (["--years", "3", "--series", "hole.csv"], 1, "hole.csv:2: column year: the series lacks 2"),
    ],
)
def test_wrong_arguments(tmp_path, arguments, code, said):
    written(tmp_path, HEAD + AVERAGE.replace("0.4321", "many"), "bad.csv")
    written(tmp_path, "year,value\n1,0.5\n3,0.5\n", "hole.csv")
    done = command("convert", "2.6GWh", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_command_is_quick():
    def seconds(*arguments):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        return time.perf_counter() - start

    life = ("-m", "pvsim", "convert", "2.6GWh", "--years", "25", "--decline", "documented")
    # an interpreter alone takes a share of it that differs between machines
    assert min(seconds(*life) for _ in range(3)) < min(seconds("-c", "") for _ in range(3)) + 0.5


# --- in a scenario


def scenario(folder, block):
    (folder / "roof.toml").write_text(f"{ROOF}[impact]\n{block}\n", encoding="utf-8")
    return pvsim.load(folder / "roof.toml")


def test_a_run_with_own_factors(tmp_path):
    written(tmp_path, HEAD + AVERAGE)
    found = pvsim.simulate(scenario(tmp_path, 'path = "my_factors.csv"\nfactors = ["co2-average-park-2024"]'))
    (mine,) = [r for r in found.to_dict()["impact"]["co2"] if r["own"]]
    assert mine["t"] == pytest.approx(found.annual_kwh * 0.4321 / 1000)
    assert "own factor" in mine["note"] and mine["source"].startswith("the park")


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ('path = "none.csv"', r"roof\.toml:7:.*impact\.path: none\.csv: cannot be read"),
        ('path = "bad.csv"', r"roof\.toml:7:.*impact\.path: bad\.csv:2: column value"),
        ('path = "../x.csv"', r"impact\.path: '\.\./x\.csv' lies outside of the scenario's folder.*--allow-path"),
        ('path = "https://a.org/x.csv"', r"impact\.path: .*is an address; nothing is fetched"),
        ('path = "a\\u0000b"', r"impact\.path: .*not a file name"),
        ('path = "good.csv"\nfactors = ["co2-average-parc-2024"]', r"impact\.factors\[0\].*co2-average-park-2024"),
        ('factors = ["co2-average-park-2024"]', r"impact\.factors\[0\]: no factor"),
    ],
)
def test_scenarios_that_name_no_usable_file(tmp_path, block, said):
    written(tmp_path, HEAD + AVERAGE, "good.csv")
    written(tmp_path, HEAD + AVERAGE.replace("0.4321", "many"), "bad.csv")
    with pytest.raises(ScenarioError, match=said):
        check_references(scenario(tmp_path, block))


def test_a_file_outside_is_not_read_unless_it_is_allowed(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    written(tmp_path, HEAD + AVERAGE, "x.csv")
    asked = scenario(inside, 'path = "../x.csv"\nfactors = ["co2-average-parc-2024"]')
    with pytest.raises(ScenarioError) as caught:
        check_references(asked)
    assert "co2-average-park" not in str(caught.value)
    check_references(scenario(inside, 'path = "../x.csv"\nfactors = ["co2-average-park-2024"]'), allow_path=True)
