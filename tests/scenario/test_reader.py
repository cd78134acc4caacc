"""Reading scenario files: guards, messages with lines, and never another exception."""

import hashlib
import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim.errors import ScenarioError, UsageError
from pvsim.scenario import reader
from pvsim.scenario.reader import from_dict, load, parse
from pvsim.scenario.schema import assumptions

GOOD = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 8000\n"  # five lines


def site(line):
    return GOOD.replace("[[roof]]", f"{line}\n[[roof]]")  # becomes line 4


def problems(text):
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    assert caught.value.exit_code == 3
    message = str(caught.value)
    for jargon in ("Input should", "validation error", "pydantic", "type=", "Traceback"):
        assert jargon not in message
    return caught.value.problems


# Text, then line and pattern (of the rendered message) of each problem, in order.
BAD = {
    "empty": ("", [(None, r"empty.*\[site\] with latitude and longitude.*\[\[roof\]\]")]),
    "only a comment": ("# x\n", [(None, "empty")]),
    "syntax": (GOOD + "x = \n", [(6, "^f:6:.*not valid TOML.*\n    x =$")]),
    "syntax at the end": (GOOD + "x = [1,\n2", [(7, "not valid TOML: unclosed array")]),
    "unit in value": (
        GOOD + "tilt = 10 deg\n",
        [(6, "^f:6:11: .*units belong in the key name\n    tilt = 10 deg")],
    ),
    "unit sign": (GOOD + "tilt = 10°\n", [(6, "units belong in the key name")]),
    "unquoted text": (GOOD + "name = hall A\n", [(6, "double quotes")]),
    "backslash": (GOOD + 'name = "C:\\data"\n', [(6, "single quotes")]),
    "duplicate key": (GOOD + "panels = 1", [(6, "roof.0..panels: defined twice.*line 5, again in line 6")]),
    "duplicate table": (GOOD + "[site]\n", [(6, "site: defined twice.*line 1, again in line 6")]),
    "control character": (GOOD + 'name = "a\0"\n', [(6, r"\\x00")]),
    "bare CR": ("a = 1\rb = 2\n", [(1, "not valid TOML")]),
    "long integer": (GOOD + f"x = {'9' * 5000}\n", [(6, "integer of 5000 digits")]),
    "long hexadecimal": (site(f"altitude = 0x{'f' * 5000}"), [(4, "more than 30 digits")]),
    "deep brackets": (GOOD + "x = " + "[" * 500, [(6, "nested deeper than 32")]),
    "deep dots": (".".join("a" * 5000) + " = 1\n" + GOOD, [(1, "nested deeper than 32")]),
    "date": (site("commissioned = 2026-02-30"), [(4, "invalid date")]),
    "two BOMs": ("\ufeff\ufeff" + GOOD, [(1, r"\\ufeff")]),
    "unknown keys": (
        GOOD + "tilt = 10\nazimut = 180\nfoo = 1\n",
        [
            (6, "roof.0..tilt: unknown key; did you mean surface_tilt"),
            (7, "did you mean surface_azimuth"),
            (8, "unknown key; allowed here: name, panels, shape, surface_tilt"),
        ],
    ),
    "key of another table": (site("surface_tilt = 3"), [(4, r"surface_tilt belongs in \[\[roof\]\]")]),
    "tariff alone": (GOOD + "[tariff]\n", [(6, "tariff: given without a load")]),
    "text for a number": (
        GOOD + 'surface_tilt = "10 deg"\n',
        [
            (
                6,
                r'^f:6:1: roof\[0\].surface_tilt: found "10 deg" \(text\); a number from 0 to 90.*without',
            )
        ],
    ),
    "truth value": (GOOD.replace("8000", "true"), [(5, "found true .*a whole number from 1 to 10,000,000")]),
    "half a panel": (GOOD.replace("8000", "1.5"), [(5, "found 1.5; a whole number")]),
    "float panels": (GOOD.replace("8000", "8000.0"), [(5, "write 8000\n")]),
    "no panels": (GOOD.replace("8000", "0"), [(5, "found 0; a whole number from 1")]),
    "too many panels": (GOOD.replace("8000", "1_000_000_000"), [(5, "found 1000000000;")]),
    "nan": (GOOD.replace("29.44", "nan"), [(2, "found nan, which is not a finite number")]),
    "inf": (GOOD.replace("29.44", "-inf"), [(2, "found -inf, which is not")]),
    "1e400": (GOOD.replace("29.44", "1e400"), [(2, "found inf, which is not")]),
    "missing keys": (
        "[site]\nlatitude = 1\n[[roof]]\nsurface_tilt = 91\n",
        [(1, "site.longitude: missing"), (3, "panels: missing; a whole"), (4, "surface_tilt: found 91")],
    ),
    "no site": (
        "[[roof]]\npanels = 1\n",
        [(None, r"site: missing; a table \[site\] with latitude and longitude")],
    ),
    "no roof": (GOOD.split("[[")[0], [(None, r"at least one \[\[roof\]\].*or a \[claim\]")]),
    "single brackets": (GOOD.replace("[[roof]]", "[roof]"), [(4, "double brackets")]),
    "double brackets": (GOOD.replace("[site]", "[[site]]"), [(1, "single brackets")]),
    "swapped": (
        "[site]\nlatitude = 106.46\nlongitude = 29.44\n[[roof]]\npanels = 1\n",
        [(2, "latitude and longitude swapped")],
    ),
    "longitude east of 180": (GOOD.replace("106.46", "286.55"), [(3, "write -73.45")]),
    "azimuth -90": (
        GOOD + "surface_azimuth = -90\n",
        [(6, "clockwise from north, south = 180.*-90 is 90 here")],
    ),
    "azimuth 360": (GOOD + "surface_azimuth = 360\n", [(6, "use 0")]),
    "azimuth 720": (GOOD + "surface_azimuth = 720\n", [(6, "clockwise from north")]),
    "tilt below": (GOOD + "surface_tilt = -1\n", [(6, "0 to 90")]),
    "mounting": (GOOD + 'mounting = "racks"\n', [(6, 'one of "rack", "steel-sheet".*did you mean "rack"')]),
    "daylight saving": (
        site('tz = "Europe/Rome"'),
        [(4, r'changes its clock.*write a fixed offset: tz = "\+01:00"')],
    ),
    "unknown zone": (site('tz = "Asia/Shangai"'), [(4, 'did you mean "Asia/Shanghai"')]),
    "zone outside": (site('tz = "../../etc/passwd"'), [(4, "no time zone")]),
    "zone folder": (site('tz = "Asia"'), [(4, "no time zone")]),
    "no offset": (site('tz = "+25:00"'), [(4, r"-12:00 to \+14:00")]),
    "gamma as fraction": (
        GOOD + "[module]\ngamma_percent_per_c = -0.0035\n",
        [(7, r"percent per C, not a fraction: did you mean -0\.35")],
    ),
    "gamma above 0": (GOOD + "[module]\ngamma_percent_per_c = 0.35\n", [(7, "negative")]),
    "efficiency as fraction": (GOOD + "[inverter]\nefficiency_percent = 0.98\n", [(7, "not a fraction: 98")]),
    "inverter power 0": (GOOD + "[inverter]\nac_power_kw = 0\n", [(7, "found 0; a number above 0")]),
    "inverter too small": (
        GOOD + "[inverter]\nac_power_kw = 100\n",
        [(7, "3600 kWp is a DC/AC ratio of 36; a ratio from 0.1 to 5; .*count")],
    ),
    "ratio": (GOOD + "[inverter]\ndc_ac_ratio = 6\n", [(7, "from 0.1 to 5")]),
    "fields and rules together": (
        GOOD + "[inverter]\ndc_ac_ratio = 1.2\nac_power_kw = -3\nefficiency_percent = 98\n"
        "nominal_efficiency_percent = 101\n",
        [(7, "lines 7 and 8"), (8, "found -3"), (10, "found 101"), (10, "lines 9 and 10")],
    ),
    "count alone": (
        GOOD + "[inverters.a]\ncount = 3\n",
        [(7, "inverters.a.count: given without ac_power_kw")],
    ),
    "file without path": (
        GOOD + '[weather]\nsource = "file"\nyear = "typical"\nghi_kwh_per_m2 = 900\n',
        [(6, "weather.path: missing"), (8, "year: given together with a file; .*belongs to source")],
    ),
    "CSV without label": (
        GOOD + '[weather]\nsource = "file"\npath = "x.csv"\nformat = "csv"\n',
        [(6, "weather.label: missing; .*never guessed")],
    ),
    "label of an EPW": (
        GOOD + '[weather]\nsource = "file"\npath = "x.epw"\nformat = "epw"\nlabel = "end"\n',
        [(10, 'label belongs to format = "csv"')],
    ),
    "level of a climate": (GOOD + '[weather]\nlevel = "climate"\n', [(7, 'belongs to source = "file" or a provider')]),
    "a column that is none": (
        GOOD + '[weather]\nsource = "file"\npath = "x.csv"\ncolumns = { temp_ait = "G" }\n',
        [(9, "weather.columns.temp_ait: unknown key; did you mean temp_air")],
    ),
    "a column that is no text": (
        GOOD + '[weather]\nsource = "file"\npath = "x.csv"\ncolumns = { ghi = 3 }\n',
        [(9, "weather.columns.ghi: found 3; a text in quotes")],
    ),
    "columns that are no table": (
        GOOD + '[weather]\nsource = "file"\npath = "x.csv"\ncolumns = "ghi"\n',
        [(9, "weather.columns: found .*; a table such as")],
    ),
    "measured without a file": (
        GOOD + 'poa_column = "G"\n',
        [(6, r"roof\[0\].poa_column: given without a weather file")],
    ),
    "path without file": (GOOD + '[weather]\npath = "x.epw"\n', [(7, 'source = "file"')]),
    "dangling module": (
        GOOD + 'module = "jinko"\n[modules.jinko1]\n',
        [(6, 'there are: jinko1; did you mean "jinko1"')],
    ),
    "dangling inverter": (GOOD + 'inverter = "x"\n', [(6, r"there are no \[inverters.NAME\]")]),
    "roof names": (
        GOOD + 'name = "Hall"\n[[roof]]\npanels = 1\nname = "hALL"\n',
        [(9, r"roof\[1\].name: .*lines 6 and 9")],
    ),
    "default roof name taken": (
        GOOD + 'name = "roof 2"\n[[roof]]\npanels = 1\n',
        [(7, r'roof\[1\].name: "roof 2" .*lines 6 and 7')],
    ),
    "invisible characters": (
        GOOD + '"\u202ekey" = 1\nmounting = "ra\u200bck"\n',
        [(6, r'roof\[0\]\."\\u202ekey"'), (7, r"ra\\u200bck")],
    ),
    "roof name length": (GOOD + f'name = "{"x" * 65}"\n', [(6, "65 characters.*of 1 to 64 characters")]),
    "losses": (
        GOOD + "[losses]\nsoiling = 3\nshading_percent = 100\nnameplate_percent = -6\n",
        [(7, "soiling_percent"), (8, "to below 100"), (9, "from -5 to 20")],
    ),
    "claim": (
        GOOD + '[claim]\ndate = 3\ntce = 0\nlifetime_or_annual = "year"\n',
        [(7, "a text in quotes, or a date"), (8, "above 0"), (9, 'one of "annual"')],
    ),
    "factors": (GOOD + '[impact]\nfactors = ["a", 3]\n', [(7, r"factors\[1\]: found 3; a text")]),
    "date as text": (site('commissioned = "2022-06-30"'), [(4, "without quotes")]),
    "newer schema": ("schema = 2\nfuture = 1\n" + GOOD, [(1, "newer pvsim")]),
    "schema 0": ("schema = 0\n" + GOOD, [(1, "found 0; schema = 1")]),
    "too many roofs": (GOOD + "[[roof]]\npanels = 1\n" * 10_000, [(4, "found 10,001.*fleet")]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad(name):
    text, expected = BAD[name]
    found = problems(text)
    assert [p.line for p in found] == [line for line, _ in expected], found
    for problem, (_, pattern) in zip(found, expected, strict=True):
        rendered = problem.render("f")
        assert re.search(pattern, rendered, re.DOTALL), rendered
        assert rendered.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", [n for n in BAD if n not in ("empty", "bare CR", "two BOMs")])
def test_same_lines_with_crlf(name):
    text, expected = BAD[name]
    assert [p.line for p in problems(text.replace("\n", "\r\n"))] == [line for line, _ in expected]


def test_problems_carry_the_source_line():
    (problem,) = problems(GOOD + "surface_tilt = 99 # steep\n")
    assert (problem.line, problem.column, problem.source_line) == (6, 1, "surface_tilt = 99 # steep")


def test_at_most_a_hundred_problems():
    found = problems(GOOD + "".join(f"key{i} = 1\n" for i in range(500)))
    assert len(found) == 101
    assert found[-1].found == "and 400 more problems"


# -- TOML 1.1 stays out, whatever the Python


@pytest.mark.parametrize("text", ["x = {\n a = 1 }", "x = { a = 1, }", 'x = "\\e"', 'x = "\\x41"', "x = 07:32"])
def test_toml_1_1_is_refused(text):
    assert "not valid TOML" in problems(GOOD + text)[0].found


def test_place_from_attributes_as_in_python_3_14(monkeypatch):
    class Decode314(tomllib.TOMLDecodeError):
        lineno, colno = 3, 4

    def loads(text):
        raise Decode314("Invalid value (at line 3, column 4)")

    monkeypatch.setattr(tomllib, "loads", loads)
    (problem,) = problems(GOOD)
    assert (problem.line, problem.column) == (3, 4)
    assert problem.found == "not valid TOML: invalid value"


def test_recursion_error_of_the_parser(monkeypatch):
    def loads(text):
        raise RecursionError

    monkeypatch.setattr(tomllib, "loads", loads)
    assert "nested deeper" in problems(GOOD)[0].found


# -- bytes and files


def test_encodings():
    assert parse(GOOD.encode()).roof[0].panels == 8000
    assert parse("\ufeff" + GOOD).roof[0].panels == 8000
    assert parse(b"\xef\xbb\xbf" + GOOD.encode()).origin.lines["roof[0].panels"] == 5
    chinese = GOOD + 'name = "海康威视"\n'
    (problem,) = problems(chinese.encode("gb18030"))
    assert problem.line == 6
    assert "iconv -f GB18030 -t UTF-8" in problem.todo
    assert "UTF-16" in problems(GOOD.encode("utf-16"))[0].todo
    assert problems(b"\xff")[0].found == "the file is not UTF-8"
    assert problems('x = "\ud800"')[0].found == "the file is not UTF-8"


def write(folder, text, name="case.toml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_load(tmp_path):
    path = write(tmp_path, "#!/usr/bin/env -S pvsim run\n" + GOOD, "hall.toml")
    scenario = load(path)
    assert scenario.name == "hall"
    assert scenario.origin.file == str(path)
    assert scenario.origin.folder == tmp_path
    assert scenario.origin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert scenario.origin.lines["site.latitude"] == 3
    assert load(str(path)) == scenario


def refused(path):
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_that_are_none(tmp_path):
    assert "no such file" in refused(tmp_path / "none.toml")
    assert "is a directory" in refused(tmp_path)
    assert "empty" in refused(write(tmp_path, ""))
    assert "cannot be read" in refused("a\0b")
    assert "cannot be read" in refused(tmp_path / ("x" * 5000))
    assert r"\u202e" in refused(tmp_path / "\u202e")
    big = write(tmp_path, b"#" * 5_000_001)
    assert "5.0 MB" in refused(big)
    with pytest.raises(ScenarioError, match="at most 5 MB"):
        parse(big.read_bytes())


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_special_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refused(tmp_path / "pipe")
    assert "not a regular file" in refused("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    assert "cannot be read" in refused(tmp_path / "loop")


def test_no_permission(tmp_path, monkeypatch):
    def forbidden(*args):
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, GOOD)
    monkeypatch.setattr(reader.os, "open", forbidden)
    assert "no permission" in refused(path)


# -- mappings


def test_from_dict():
    data = {"site": {"latitude": 29.44, "longitude": 106.46}, "roof": [{"panels": 8000}]}
    scenario = from_dict(data, name="case")
    assert scenario.name == "case"
    assert scenario.roof == parse(GOOD).roof
    assert scenario.origin.folder is None
    assert scenario.origin.lines == {}
    assert "name" not in data
    same = {"roof": ({"panels": 8000},), "site": {"longitude": 106.46, "latitude": 29.44}}
    assert from_dict(same, name="case").origin.sha256 == scenario.origin.sha256
    other = data | {"roof": [{"panels": 8001}]}
    assert from_dict(other, name="case").origin.sha256 != scenario.origin.sha256


@pytest.mark.parametrize(
    "data", [{}, {1: 2}, {"site": 3}, {"roof": {"a": object()}}, [], None, {"site": {"latitude": "\ud800"}}]
)
def test_from_dict_refuses(data):
    with pytest.raises(ScenarioError):
        from_dict(data)


def test_from_dict_with_a_loop():
    data = {"site": {}, "roof": []}
    data["site"]["tz"] = data
    data["roof"].append(data["roof"])
    with pytest.raises(ScenarioError):
        from_dict(data)


# -- anything at all

FULL = (
    'schema = 1\nname = "x"\n'
    + site('tz = "Asia/Shanghai"\naltitude = 250\ncommissioned = 2022-06-30')
    + 'name = "hall"\nsurface_tilt = 5\nmodule = "m"\n[modules.m]\npower_w = 580\n[inverter]\nac_power_kw = 100\n'
    'count = 30\n[losses]\nsoiling_percent = 2\n[claim]\ntce = 930\n[impact]\nfactors = ["a", "b"]\n'
    "[uncertainty]\nmodel_percent = 3\n"
).encode()
PIECES = [
    b"[",
    b"]",
    b"[[",
    b'"',
    b"'''",
    b"=",
    b".",
    b"\n",
    b"nan",
    b"-1",
    b"1e999",
    b"true",
    b"{}",
    b"\xff",
    b"\0",
]


def ends_well(data):
    try:
        parse(data)
    except ScenarioError as error:
        assert error.problems
        assert str(error)


def test_full_file_is_good():
    assert parse(FULL).module_of(parse(FULL).roof[0]).power_w == 580


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_byte_soup(data):
    ends_well(data)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_mutated_file(data):
    mutated = bytearray(FULL)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(mutated)))
        stop = min(len(mutated), start + data.draw(st.integers(0, 12)))
        mutated[start:stop] = data.draw(st.sampled_from(PIECES) | st.binary(max_size=3))
    ends_well(bytes(mutated))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.datetimes()
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)
TABLES = ["schema", "name", "site", "weather", "module", "modules", "inverter", "inverters", "roof", "losses"]
KEYS = [
    "latitude",
    "longitude",
    "tz",
    "panels",
    "name",
    "module",
    "source",
    "path",
    "ac_power_kw",
    "count",
    "a",
]


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*TABLES, "physics", "claim", "impact", "uncertainty"]),
        TREES
        | st.dictionaries(st.sampled_from(KEYS), TREES, max_size=4)
        | st.lists(st.dictionaries(st.sampled_from(KEYS), TREES, max_size=4), max_size=3),
    )
)
def test_any_mapping(data):
    try:
        from_dict(data)
    except ScenarioError as error:
        assert error.problems


def test_folder_is_kept():
    assert parse(GOOD, folder=Path("x")).origin.folder == Path("x")


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ('mounting = "rack', "closing quote"),
        ("mounting = \u201crack\u201d", "a Chinese input method"),
        ("albedo \uff1d 5", "a Chinese input method"),
        ("surface_tilt = 8,000", "without commas"),
        ("surface_tilt = 29,44", "take a point"),
        ("surface_tilt = .5", "before the point"),
        ("surface_tilt = 5.", "after the point"),
        ("surface_tilt = 05", "do not start with 0"),
        ("surface_tilt: 5", "not by a colon"),
        ("\u9762\u677f = 5", "keys are the English ones"),
        ("surface_tilt = 10 deg", "units belong in the key name"),
        ("x = 2026-02-30", "no such day"),
        ("mounting = rack", "double quotes"),
        ('surface_azimuth = "south"', "south 180"),
    ],
)
def test_slips_of_the_keyboard_are_answered_with_what_to_type(line, advice):
    with pytest.raises(ScenarioError, match=advice):
        parse("[site]\nlatitude = 29.4\nlongitude = 106.4\n[[roof]]\npanels = 3\n" + line + "\n")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("[module]\npower_w = 0.45", "450"),
        ("[weather]\nghi_kwh_per_m2 = 2.56", "934"),
        ("[weather]\nghi_kwh_per_m2 = 3362", "934"),
    ],
)
def test_other_units_are_recognised(text, advice):
    with pytest.raises(ScenarioError, match=advice):
        parse(text + "\n[site]\nlatitude = 29.4\nlongitude = 106.4\n[[roof]]\npanels = 3\n")


def test_ids_typed_in_two_ways_are_one():
    """One inverter and one module, composed in the table and decomposed in a roof."""
    import pvsim

    text = (
        "[site]\nlatitude = 29.4\nlongitude = 106.4\n"
        '[inverters."\u00e9"]\nac_power_kw = 40\n[modules."\u00e9"]\npower_w = 500\n'
        '[[roof]]\npanels = 50\ninverter = "\u00e9"\nmodule = "e\u0301"\n'
        '[[roof]]\npanels = 50\ninverter = "e\u0301"\n'
    )
    result = pvsim.simulate(parse(text))
    assert result.system.ac_kw == pytest.approx(40)
    assert result.system.dc_kwp == pytest.approx(25 + 22.5)
    assert result.warnings == ()
    assert any(a.key == 'modules."\u00e9".area_m2' for a in result.assumptions)


def test_a_whole_table_that_was_set_says_so():
    text = "[site]\nlatitude = 29.4\nlongitude = 106.4\n[[roof]]\npanels = 3\n"
    rows = {a.key: a for a in assumptions(parse(text, overrides=["losses={soiling_percent=5}", "roof[0]={panels=7}"]))}
    assert "--set" in rows["losses.soiling_percent"].source
    assert "--set" in rows["roof[0].panels"].source
    assert rows["losses.shading_percent"].default


def test_changes_are_a_mapping():
    scenario = parse("[site]\nlatitude = 29.4\nlongitude = 106.4\n[[roof]]\npanels = 3\n")
    for wrong in ({1: 2}, ["losses.soiling_percent=5"], None):
        with pytest.raises(UsageError, match="mapping"):
            scenario.changed(wrong)
