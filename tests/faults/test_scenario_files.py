"""Rows S1 to S29 of the fault catalogue: whatever is wrong with a scenario file gets an answer that mends it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import threading
import time
import tomllib
import tracemalloc
from pathlib import Path

import pytest
from cases import ROOT, scenario
from faults.conftest import GOOD, names_in

import pvsim
from pvsim.errors import ScenarioError, WeatherError
from pvsim.scenario import reader
from pvsim.scenario.reader import parse
from pvsim.scenario.schema import Scenario

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
FILE_WEATHER = '[weather]\nsource = "file"\nformat = "epw"\npath = '


def site(line: str) -> str:
    """``GOOD`` with one more line in [site], which becomes line 4."""
    return GOOD.replace("[[roof]]", f"{line}\n[[roof]]")


def problems(text: str | bytes) -> list[tuple[int | None, str]]:
    """Line and words of every problem that the reader finds."""
    with pytest.raises(ScenarioError) as caught:
        parse(text, file="f")
    assert caught.value.exit_code == 3
    return [(p.line, p.render("f")) for p in caught.value.problems]


def values(text: str) -> dict[str, object]:
    """What a good text says, defaults included."""
    return parse(text).model_dump(by_alias=True)


def has(text: str | bytes, line: int | None, pattern: str) -> None:
    """The only problem of a text is at this line and says this."""
    found = problems(text)
    assert len(found) == 1, found
    assert found[0][0] == line, found
    assert re.search(pattern, found[0][1], re.DOTALL), found


def numeric_keys() -> dict[str, dict[str, object]]:
    """Every number that a scenario may hold, ``Table.key`` -> its JSON schema."""
    schema = Scenario.model_json_schema(by_alias=True)
    tables = {name: table["properties"] for name, table in schema["$defs"].items()} | {"top": schema["properties"]}
    found = {}
    for name, properties in tables.items():
        for key, declared in properties.items():
            for kind in declared.get("anyOf", [declared]):
                if kind.get("type") in ("number", "integer"):
                    found[f"{name}.{key}"] = kind
    return found


# --- S1 to S7: the text itself


@pytest.mark.parametrize("command", ["run", "check"])
def test_S1_syntax_error_is_placed_and_shown(ask, case, command):
    path = case(GOOD + "name = 'x'\nsurface_tilt = = 3\n")
    answer = ask(command, path)
    answer.refuses(rf"^{re.escape(str(path))}:7:\d+: .*not valid TOML")
    assert answer.err.splitlines()[1].strip() == "surface_tilt = = 3"


@pytest.mark.parametrize(("text", "line"), [("x = \n", 6), ("x = [1,\n2", 7), ('"', 6), ("[site\n", 6), ("= 3\n", 6)])
def test_S1_place_is_known_wherever_the_parser_stops(text, line):
    has(GOOD + text, line, r"^f:\d+:\d+: ")


def test_S1_place_comes_from_attributes_as_newer_pythons_give_it(monkeypatch):
    class Newer(tomllib.TOMLDecodeError):
        lineno, colno = 3, 4

    def loads(_text):
        raise Newer("Invalid value")

    monkeypatch.setattr(tomllib, "loads", loads)
    has(GOOD, 3, r"^f:3:4: .*invalid value\n    longitude = 106\.46$")


@pytest.mark.parametrize("command", ["run", "check"])
def test_S2_file_that_is_none(ask, case, tmp_path, command):
    for path, message in (
        (tmp_path / "none.toml", "no such file"),
        (tmp_path, "is a directory"),
        (tmp_path / "none" / "deeper.toml", "no such file"),
        ("a\0b", "cannot be read"),
        ("x" * 5000, "cannot be read"),
    ):
        answer = ask(command, path)
        answer.refuses(message)
        assert answer.err.count("\n") == 1
    ask(command, case("")).refuses(r"empty.*\[site\] with latitude and longitude.*\[\[roof\]\]")
    ask(command, case("\n# only a remark\n")).refuses(r"empty.*\[\[roof\]\]")


def test_S2_no_permission(ask, case, monkeypatch):
    def forbidden(*_args, **_keywords):
        raise PermissionError(13, "Permission denied")

    path = case()
    monkeypatch.setattr(reader.os, "open", forbidden)
    answer = ask("check", path)
    answer.refuses("no permission")
    assert answer.err.count("\n") == 1


def test_S3_other_encodings_are_named_never_guessed(ask, case):
    chinese = GOOD + 'name = "海康威视"\n'
    ask("run", case(chinese.encode("gb18030"))).refuses("not UTF-8", "looks like GB18030", "convert with.*iconv", ":6")
    ask("run", case(chinese.encode("utf-16"))).refuses("not UTF-8", "UTF-16", "convert")
    ask("run", case(GOOD.encode() + b'name = "\xff\xff"\n')).refuses("not UTF-8", "UTF-8 in your editor")


def test_S4_one_byte_order_mark_is_taken_off(ask, case):
    marked = case(b"\xef\xbb\xbf" + GOOD.encode())
    assert ask("check", marked).works().err == ""
    for command in ("check", "run"):
        assert "byte order mark" in ask(command, marked, "-v").works().err
        assert "byte order mark" not in ask(command, marked).works().err
    assert "byte order mark" not in ask("check", case(), "--verbose").works().err
    assert values("\ufeff" + GOOD) == values(GOOD)
    has("\ufeff" + GOOD + "surface_tilt = 91\n", 6, "surface_tilt")
    has("\ufeff\ufeff" + GOOD, 1, r"\\ufeff")


def test_S5_line_ends_of_windows():
    text = GOOD + 'name = "hall"\n'
    assert values(text.replace("\n", "\r\n")) == values(text)
    has((text + "surface_tilt = 91\n").replace("\n", "\r\n"), 7, "surface_tilt")
    has((text + "x = = 1\n").replace("\n", "\r\n"), 7, r"x = = 1$")


@pytest.mark.parametrize("character", ["\r", "\0", "\x01", "\x1b", "\x7f", "\x0b"])
@pytest.mark.parametrize("line", ['name = "a{}b"', "# remark {} here", "surface_tilt = 3{}"])
def test_S6_control_characters_are_placed_and_escaped(character, line):
    found = problems(GOOD + line.format(character) + " \n")
    assert len(found) == 1
    assert re.match(r"f:6:\d+: ", found[0][1])
    assert character.encode("unicode_escape").decode() in found[0][1]
    assert found[0][1].replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("text", "key", "first", "second"),
    [
        (GOOD + "panels = 1\n", r"roof\[0\]\.panels", 5, 6),
        (GOOD + "panels = 1", r"roof\[0\]\.panels", 5, 6),
        (GOOD + "[site]\n", "site", 1, 6),
        (GOOD + "[losses]\nlid_percent = 1\nlid_percent = 1\n", r"losses\.lid_percent", 7, 8),
        (GOOD + "[modules.a]\n[modules.a]\n", r"modules\.a", 6, 7),
        ("site.latitude = 1\n" + GOOD, "site", 1, 2),
        (GOOD + '"panels" = 2\n', r"roof\[0\]\.panels", 5, 6),
    ],
)
def test_S7_repetition_names_both_lines(text, key, first, second):
    has(text, second, rf"{key}: defined twice.*line {first}, again in line {second}")


# --- S8 to S16: keys and values


@pytest.mark.parametrize(
    ("text", "line", "meant"),
    [
        (GOOD + "azimut = 180\n", 6, "surface_azimuth"),
        (GOOD + "tilt = 10\n", 6, "surface_tilt"),
        (GOOD + "panel = 10\n", 6, "panels"),
        (GOOD + "[losses]\nsoiling = 3\n", 7, "soiling_percent"),
        (GOOD + "[looses]\n", 6, "losses"),
        (site("Altitude = 3"), 4, "altitude"),
        (GOOD + "[module]\npower = 400\n", 7, "power_w"),
        (GOOD + "[inverter]\ndc_ac = 1.2\n", 7, "dc_ac_ratio"),
    ],
)
def test_S8_unknown_key_says_what_was_meant(text, line, meant):
    has(text, line, rf"unknown key; did you mean {meant}")


def test_S8_key_of_another_table_and_key_of_nowhere():
    has(site("surface_tilt = 3"), 4, r"surface_tilt belongs in \[\[roof\]\]")
    has(GOOD + "qqq = 3\n", 6, "unknown key; allowed here: name, panels, shape, surface_tilt")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("losses.soilin_percent=5", "soiling_percent"),
        ("loss.soiling_percent=5", "losses"),
        ("roof[3].panels=5", r"roof\[3\]"),
        ("roof[-1].panels=5", r"roof\[-1\]"),
        ("roof.hall B.panels=5", "hall A"),
        ("roof[0].panel=5", "panels"),
        ("losses.soiling_percent", "KEY=VALUE|="),
        ("=5", "KEY=VALUE|="),
        ("", "KEY=VALUE|="),
        ("losses.soiling_percent=5 %", "losses"),
        ("site.latitude.deep=5", "latitude"),
        ("roof[0].panels=1\nroof[0].surface_tilt=3", "panels"),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_S8_unknown_path_of_set_names_the_set(ask, case, command, setting, message):
    answer = ask(command, case(GOOD + 'name = "hall A"\n'), "--set", setting)
    assert answer.code in (2, 3), answer
    answer.refuses("--set", message, code=answer.code)


def test_S8_set_that_makes_an_unused_table_is_warned_about(ask, case):
    answer = ask("run", case(GOOD), "--set", "modules.none.power_w=500", "--json")
    assert answer.code == 0
    assert "[modules.none] is used by no roof" in answer.err


def test_S8_set_reaches_tables_and_roofs_by_index_and_by_name(ask, case):
    path = case(GOOD + 'name = "hall A"\n[[roof]]\nname = "hall B"\npanels = 10\n')
    settings = ("losses.soiling_percent=5", "roof[1].panels=20", "roof.hall A.panels=300", "roof.hall A.mounting=flush")
    pairs = [part for setting in settings for part in ("--set", setting)]
    document = json.loads(ask("run", path, "--json", *pairs).works().out)
    assert [p["panels"] for p in document["system"]["planes"]] == [300, 20]
    rows = {a["key"]: a for a in document["assumptions"]}
    assert rows["losses.soiling_percent"]["value"] == 5
    assert rows["roof[0].mounting"]["value"] == "flush"
    assert ask("check", path, *pairs).works().out
    assert tomllib.loads(path.read_text(encoding="utf-8"))["roof"][0]["panels"] == 100, "the file stays as it was"


def test_S9_wrong_types_are_all_told_in_one_run(ask, case):
    path = case(
        "[site]\nlatitude = '29.44'\nlongitude = true\n[[roof]]\npanels = 1.5\nsurface_tilt = \"10 deg\"\n"
        "mounting = 3\nname = 4\n[losses]\nlid_percent = [1]\n[module]\npower_w = 2022-01-01\n"
    )
    answer = ask("check", path)
    answer.refuses("found 1.5; a whole number", r'found "10 deg" \(text\); a number', "found true")
    lines = re.findall(rf"^{re.escape(str(path))}:(\d+)", answer.err, re.MULTILINE)
    assert [int(n) for n in lines] == [2, 3, 5, 6, 7, 8, 10, 12]


def test_S9_wrong_type_in_set_names_the_set(ask, case):
    ask("run", case(), "--set", 'roof[0].panels="many"').refuses("--set", "whole number")
    ask("run", case(), "--set", "roof[0].panels=1.5", "--set", "losses.lid_percent=true").refuses(
        "--set", "whole number", "lid_percent"
    )


@pytest.mark.parametrize("value", ["10 deg", "10°", "10deg", "3 %", "3%", "450 W"])
def test_S10_unit_in_the_value(value):
    has(GOOD + f"surface_tilt = {value}\n", 6, r"^f:6:\d+: .*units belong in the key name\n    surface_tilt = ")


@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-inf", "1e400", "-1e400"])
@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("[losses]\nsoiling_percent", 7),
        ("surface_tilt", 6),
        ("[module]\npower_w", 7),
        ("[claim]\nannual_kwh", 7),
        ("[inverter]\nac_power_kw", 7),
        ("[uncertainty]\nmodel_percent", 7),
    ],
)
def test_S11_numbers_must_be_finite(before, line, value):
    has(GOOD + f"{before} = {value}\n", line, "not a finite number")


@pytest.mark.parametrize("key", [k for k, v in sorted(numeric_keys().items()) if v["type"] == "number"])
def test_S11_no_number_of_the_schema_takes_infinity(key):
    kind = numeric_keys()[key]
    if "enum" in kind:
        return  # so few values that they are listed
    assert "maximum" in kind or "exclusiveMaximum" in kind, "an infinite value would pass"


def test_S11_set_must_be_finite_too(ask, case):
    for value in ("nan", "inf", "1e400"):
        ask("run", case(), "--set", f"losses.soiling_percent={value}").refuses("--set", "finite")


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "1" * 5000, "1_" * 5000 + "1", "0x" + "f" * 5000])
def test_S12_integer_of_thousands_of_digits(digits):
    found = problems(site(f"altitude = {digits}"))
    assert len(found) == 1
    assert found[0][0] == 4
    assert re.search("digits", found[0][1])
    assert len(found[0][1]) < 1000


@pytest.mark.parametrize(
    ("text", "line", "bound"),
    [
        (GOOD.replace("100", "1_000_000_000"), 5, "10,000,000"),
        (GOOD + "[module]\narea_m2 = 1e12\n", 7, "5"),
        (GOOD + "[module]\npower_w = 1e9\n", 7, "1,000"),
        (GOOD + "[inverter]\nac_power_kw = 1e12\n", 7, "1,000,000"),
        (GOOD + "[inverter]\nac_power_kw = 1\ncount = 1000000000\n", 8, "1,000,000"),
        (site("altitude = 1e7"), 4, "6,000"),
        (GOOD + "[claim]\nannual_kwh = 1e300\n", 7, "1e+15"),
    ],
)
def test_S13_huge_numbers_are_above_a_documented_bound(text, line, bound):
    found = dict(problems(text))
    assert line in found
    assert bound in found[line]


@pytest.mark.parametrize("key", sorted(numeric_keys()))
def test_S13_every_number_has_its_bounds_in_the_schema(key):
    kind = numeric_keys()[key]
    if "enum" in kind:
        return  # so few values that they are listed
    assert "maximum" in kind or "exclusiveMaximum" in kind
    assert "minimum" in kind or "exclusiveMinimum" in kind


# Where less than nothing is something: the other side of the equator, of Greenwich, of sea level; power that falls
# with heat; frost; modules that are better than their nameplate; what stands beside a roof.
NEGATIVE_IS_LEGAL = {
    "Site.latitude",
    "Site.longitude",
    "Site.altitude",
    "Site.coldest_c",
    "Site.hottest_c",
    "Module.gamma_percent_per_c",
    "Module.alpha_sc_percent_per_c",
    "Module.beta_voc_percent_per_c",
    "Losses.nameplate_percent",
    "Finance.inflation_percent",  # prices fall, too
    "Finance.opex_growth_percent",
    "Finance.tariff_growth_percent",
    *(f"Obstacle.{key}" for key in ("x_m", "y_m", "x2_m", "y2_m")),  # left of and below the plan's origin
}
ZERO_IS_NOTHING = {
    "Roof.panels": GOOD.replace("100", "{}"),
    "Roof.capacity_kwp": GOOD + "capacity_kwp = {}\n",
    "Roof.area_m2": GOOD + "area_m2 = {}\n",
    "Roof.length_m": GOOD + "width_m = 25\nlength_m = {}\n",
    "Roof.width_m": GOOD + "length_m = 80\nwidth_m = {}\n",
    "Roof.block_m": GOOD + "block_m = {}\n",
    "Roof.pitch_m": GOOD + "pitch_m = {}\n",
    "Roof.ground_coverage_ratio": GOOD + "ground_coverage_ratio = {}\n",
    "Roof.modules_up": GOOD + "modules_up = {}\n",
    "Roof.shade_blocks": GOOD + "shade_blocks = {}\n",
    "Roof.parapet_m": GOOD + "length_m = 80\nwidth_m = 25\nparapet_m = {}\n",
    "Roof.array_kg_per_m2": GOOD + "array_kg_per_m2 = {}\n",
    "Roof.spare_load_kg_per_m2": GOOD + "spare_load_kg_per_m2 = {}\n",
    "Module.length_m": GOOD + "[module]\nwidth_m = 1.038\nlength_m = {}\n",
    "Module.bifaciality_percent": GOOD + "[module]\nbifaciality_percent = {}\n",
    "Module.power_w": GOOD + "[module]\npower_w = {}\n",
    "Module.area_m2": GOOD + "[module]\narea_m2 = {}\n",
    "Inverter.ac_power_kw": GOOD + "[inverter]\nac_power_kw = {}\n",
    "Inverter.count": GOOD + "[inverter]\nac_power_kw = 40\ncount = {}\n",
    "Inverter.dc_ac_ratio": GOOD + "[inverter]\ndc_ac_ratio = {}\n",
    "Claim.panels": GOOD + "[claim]\npanels = {}\n",
    "Claim.annual_kwh": GOOD + "[claim]\nannual_kwh = {}\n",
    "Claim.tce": GOOD + "[claim]\ntce = {}\n",
}


def test_S14_negative_is_legal_only_where_it_means_something():
    bounded = {k: v for k, v in numeric_keys().items() if "enum" not in v}
    negative = {k for k, v in bounded.items() if v.get("minimum", v.get("exclusiveMinimum", -1)) < 0}
    assert negative == NEGATIVE_IS_LEGAL


@pytest.mark.parametrize("value", ["0", "-3"])
@pytest.mark.parametrize("key", ZERO_IS_NOTHING)
def test_S14_nothing_and_less_than_nothing(key, value):
    text = ZERO_IS_NOTHING[key].format(value)
    line = 1 + next(i for i, row in enumerate(text.splitlines()) if row.endswith(f" {value}"))
    has(text, line, rf"{key.split('.')[1]}: found {value}; .*(from|above)")


PERCENTS = [
    *(f"losses.{n}_percent" for n in ("soiling", "shading", "mismatch", "dc_wiring", "lid", "availability")),
    "losses.annual_degradation_percent",
    "module.low_light_loss_percent",
    "uncertainty.model_percent",
]


@pytest.mark.parametrize("key", PERCENTS)
def test_S15_fraction_for_percent_is_asked_about(key):
    table, name = key.split(".")
    said = pvsim.simulate(parse(GOOD + f"[{table}]\n{name} = 0.03\n")).to_dict()["warnings"]
    expected = rf"{re.escape(key)} = 0\.03 %: is a fraction meant\? 3 % is written 3"
    assert len([w for w in said if re.search(expected, w)]) == 1, said


@pytest.mark.parametrize("value", ["0", "0.0", "0.5", "1", "3"])
def test_S15_likely_percents_are_silent(value):
    assert pvsim.simulate(parse(GOOD + f"[losses]\nsoiling_percent = {value}\n")).warnings == ()
    assert pvsim.simulate(parse(GOOD)).warnings == (), "nobody is asked about defaults"


def test_S15_warning_on_the_screen_unless_quiet(ask, case):
    path = case(GOOD + "[losses]\nsoiling_percent = 0.03\n")
    for options in ((), ("--json",)):
        answer = ask("run", path, *options).works()
        assert "is a fraction meant" in answer.out + answer.err
        assert ask("run", path, *options, "-q").works().err == ""
    assert "is a fraction meant" in ask("run", path, "--json").err
    assert json.loads(ask("run", path, "--json", "--quiet").out)["warnings"], "the document keeps what -q does not say"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[losses]\nsoiling_percent = 140\n", "to below 100"),
        ("[losses]\nsoiling_percent = -3\n", "from 0"),
        ("[inverter]\nefficiency_percent = 0.98\n", "not a fraction: 98"),
        ("[inverter]\nnominal_efficiency_percent = 0.96\n", "not a fraction: 96"),
        ("[module]\ngamma_percent_per_c = -0.0035\n", r"not a fraction: did you mean -0\.35"),
        ("[module]\ngamma_percent_per_c = 0.35\n", "negative"),
        ("[module]\ngamma_percent_per_c = -35\n", "from -2 to 0"),
    ],
)
def test_S15_outside_of_the_range_is_an_error(text, message):
    has(GOOD + text, 7, message)


@pytest.mark.parametrize(
    ("kwp", "fits"), [("45", True), ("45.4", True), ("44.6", True), ("45.6", False), ("40", False)]
)
def test_S16_capacity_agrees_with_the_modules(kwp, fits):
    text = GOOD + f"capacity_kwp = {kwp}\n"
    if fits:
        assert parse(text).roof[0].panels == 100
    else:
        has(text, 6, rf"capacity_kwp.*(\b{kwp}\b.*\b45\b|\b45\b.*\b{kwp}\b)")


def test_S16_capacity_counts_with_the_module_of_its_roof():
    named = GOOD + 'module = "n"\ncapacity_kwp = 58\n[modules.n]\npower_w = 580\n'
    assert parse(named).roof
    has(named.replace("capacity_kwp = 58", "capacity_kwp = 45"), 7, r"45.*58|58.*45")


@pytest.mark.parametrize(("area", "fits"), [("218", True), ("1000", True), ("217", False), ("20", False)])
def test_S16_modules_fit_on_the_plane(area, fits):
    text = GOOD + f"area_m2 = {area}\n"  # 100 modules of 2.094 m x 1.038 m are 217.4 m2
    if fits:
        assert parse(text).roof
    else:
        has(text, 6, rf"area_m2.*(\b{area}\b.*\b217|\b217.*\b{area}\b)")


def test_S16_area_counts_with_the_module_of_its_roof():
    named = GOOD + 'module = "n"\narea_m2 = 230\n[modules.n]\narea_m2 = 2.2\n'
    assert parse(named).roof
    has(named.replace("2.2", "2.5"), 7, "230.*250|250.*230")
    other = GOOD + "area_m2 = 220\n[module]\npower_w = 580\n"  # at 20.7 % efficiency 280 m2
    has(other, 6, "220.*280|280.*220")


def test_S16_statements_change_no_energy():
    plain = pvsim.simulate(parse(GOOD))
    stated = pvsim.simulate(parse(GOOD + "capacity_kwp = 45.2\narea_m2 = 400\n"))
    assert stated.annual_kwh == plain.annual_kwh
    assert stated.system.dc_kwp == plain.system.dc_kwp == 45
    assert stated.system.module_area_m2 == plain.system.module_area_m2


# --- S17 to S22: structure and size


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hall", "Hall"), ("Hall", "hALL"), ("Straße", "STRASSE"), ("caf\u00e9", "CAFE\u0301"), ("屋顶", "屋顶")],
)
def test_S17_names_that_are_equal(one, other):
    text = GOOD + f'name = "{one}"\n[[roof]]\npanels = 1\nname = "{other}"\n'
    has(text, 9, r"roof\[1\]\.name: .*lines 6 and 9")


@pytest.mark.parametrize("key", ["modules", "inverters"])
def test_S17_tables_that_differ_only_in_case_stay_apart(key):
    text = GOOD + f'{key[:-1]} = "A"\n[{key}.a]\n[{key}.A]\n'
    assert set(getattr(parse(text), key)) == {"a", "A"}, "the roof's reference is exact, so no id is ambiguous"


def test_S17_display_names_are_free_and_name_no_file(ask, case, tmp_path):
    names = ["CON", "aux", "dot.", "a/b", "a\\\\b", "..", " blank ", "x" * 64]
    roofs = "".join(f'[[roof]]\npanels = 1\nname = "{n}"\n' for n in names)
    path = case(GOOD + roofs)
    ask("run", path, "--out", tmp_path / "out", "--planes", "-q").works()
    assert names_in(tmp_path) == [
        "case.toml",
        "out",
        "out/hourly.csv",
        "out/monthly.csv",
        "out/report.html",
        "out/result.json",
    ]
    document = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert [p["name"] for p in document["system"]["planes"]][1:] == [n.replace("\\\\", "\\") for n in names]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD + 'module = "jinko"\n[modules.jinko1]\n', 6, "there are: jinko1; did you mean"),
        (GOOD + 'inverter = "x"\n[inverters.big]\n[inverters.small]\n', 6, "there are: big, small"),
        (GOOD + 'inverter = "x"\n', 6, r"there are no \[inverters.NAME\]"),
    ],
)
def test_S18_dangling_reference_lists_what_exists(text, line, message):
    has(text, line, message)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (GOOD + '[weather]\nstation = "Shapinba"\n', 4, "Shipped are: .*Shapingba"),
        (GOOD + '[impact]\nfactors = ["co2-average-chonqing-2023"]\n', 3, r":7: impact\.factors\[0\].*did you mean"),
        (GOOD + '[impact]\nfactors = ["x"]\n', 3, ":7: .*valid: .*coal-supply-2022"),
        (site('region = "Chonqing"'), 3, ":4: site.region.*Chongqing"),
        (site('tz = "Asia/Shangai"'), 3, ':4:.*did you mean "Asia/Shanghai"'),
        (GOOD + '[weather]\nsource = "meteonorm"\n', 3, ':7:.*one of "climate", "file"'),
        (GOOD + '[physics]\niam = "ashrae"\n', 3, ':7:.*one of "physical-ar"'),
    ],
)
def test_S18_names_of_other_rooms_list_what_exists(ask, case, text, code, message):
    ask("run", case(text)).refuses(message, code=code)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 500 + "]" * 500,
        "x = " + "[" * 500,
        ".".join("a" * 5000) + " = 1",
        "[" + ".".join("a" * 5000) + "]",
        "x = " + "{a=" * 500 + "1" + "}" * 500,
        "x = " + "[{a=" * 40 + "1" + "}]" * 40,
        "[modules." + ".".join("a" * 40) + "]",
    ],
)
def test_S19_deep_nesting(text):
    has(GOOD + text + "\n", 6, "nested deeper than 32")


def test_S19_recursion_of_the_parser_is_caught_anyway(monkeypatch):
    def loads(_text):
        raise RecursionError

    monkeypatch.setattr(tomllib, "loads", loads)
    has(GOOD, None, "nested deeper than 32")


@pytest.mark.parametrize("command", ["run", "check"])
def test_S20_large_file_is_refused_before_it_is_read(ask, case, command):
    path = case(GOOD)
    os.truncate(path, 100_000_000)
    tracemalloc.start()
    begun = time.perf_counter()
    answer = ask(command, path)
    passed, peak = time.perf_counter() - begun, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    answer.refuses("100.0 MB", "at most 5 MB", "fleet table")
    assert peak < 20e6
    assert passed < 5


def test_S20_limit_can_be_moved(ask, case):
    path = case(GOOD + "# " + "x" * 6_000_000 + "\n")
    ask("check", path).refuses("6.0 MB", "at most 5 MB")
    assert ask("check", path, "--max-scenario-mb", "7").works().out
    ask("check", path, "--max-scenario-mb", "2").refuses("at most 2 MB")
    assert ask("run", path, "--max-scenario-mb", "7", "--json").works().out


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "x", ""])
def test_S20_limit_that_is_none(ask, case, value):
    ask("check", case(), f"--max-scenario-mb={value}").refuses("max-scenario-mb", code=2)


def test_S21_too_many_roofs_belong_into_a_fleet_table():
    assert len(parse(GOOD + "[[roof]]\npanels = 1\n" * 9_999).roof) == 10_000
    has(GOOD + "[[roof]]\npanels = 1\n" * 10_000, 4, "found 10,001.*fleet table")


TOML_1_1 = [
    "x = {\n a = 1 }",
    "x = { a = 1, }",
    "x = { a = 1 # remark\n}",
    'x = "\\e"',
    'x = "\\x41"',
    "x = 07:32",
    "x = 2026-01-01 07:32",
    "ä = 1",
]
TOML_1_0 = [
    "x = [1,\n 2,\n]",
    "x = { a = 1 }",
    'x = "\\u0041"',
    "x = 07:32:00",
    "x = 2026-01-01 07:32:00Z",
    '"ä" = 1',
    "x = 0xff",
    "x = 1e6",
    'x = """a\\\n  b"""',
]


@pytest.mark.parametrize("text", TOML_1_1)
def test_S22_toml_1_1_is_refused(text):
    has(text + "\n" + GOOD, 1, "not valid TOML")


@pytest.mark.parametrize("text", TOML_1_0)
def test_S22_toml_1_0_is_read(text):
    found = problems(text + "\n" + GOOD)
    assert len(found) == 1
    assert "unknown key" in found[0][1], "valid TOML whose key means nothing"


def test_S22_only_pythons_that_read_1_0_are_supported():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    newest = re.search(r"<3\.(\d+)", needed)
    assert newest and int(newest[1]) <= 15, "tomllib of 3.15 reads 1.1: the reader needs a check of its own first"


# --- S23 to S25: what a scenario may open

OUTSIDE = ["../secret.epw", "sub/../../secret.epw", "ABSOLUTE"]
UNEXPANDED = ["~/secret.epw", "~root/secret.epw", "$HOME/secret.epw", "${HOME}/secret.epw", "%HOME%/secret.epw"]


def with_weather(path: str) -> str:
    return GOOD + FILE_WEATHER + json.dumps(path) + "\n"


@pytest.fixture
def secret(tmp_path, epw):
    """A readable weather file above the scenario's folder."""
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "secret.epw"
    path.write_bytes(epw)
    return path


@pytest.mark.parametrize("path", OUTSIDE)
def test_S23_outside_of_the_folder_only_when_allowed(ask, case, secret, path):
    text = with_weather(str(secret) if path == "ABSOLUTE" else path)
    asked = case(text, "home/inner/case.toml")
    (asked.parent / "sub").mkdir()
    ask("run", asked).refuses(r":9(:\d+)?: weather\.path", "outside", "--allow-path|copy the file")
    ask("run", asked, "--allow-path", "--json").works()


@pytest.mark.parametrize("path", UNEXPANDED)
@pytest.mark.parametrize("options", [(), ("--allow-path",)])
def test_S23_nothing_is_expanded(ask, case, secret, monkeypatch, path, options):
    monkeypatch.setenv("HOME", str(secret.parent))
    monkeypatch.setenv("USERPROFILE", str(secret.parent))
    asked = case(with_weather(path), "inner/case.toml")
    answer = ask("run", asked, *options)
    assert answer.code in (3, 4), answer
    answer.refuses("secret.epw", code=answer.code)


def test_S23_a_folder_of_that_name_is_just_a_folder(ask, case, secret, epw, monkeypatch):
    monkeypatch.setenv("HOME", str(secret.parent))
    secret.write_text("not this one", encoding="utf-8")
    asked = case(with_weather("~/secret.epw"), "inner/case.toml")
    (asked.parent / "~").mkdir()
    (asked.parent / "~" / "secret.epw").write_bytes(epw)
    ask("run", asked, "--json").works()


@pytest.mark.parametrize("path", ["\\\\host\\share\\a.epw", "//host/share/a.epw", "C:\\a.epw", "C:a.epw"])
def test_S23_shares_and_drives(ask, case, path):
    answer = ask("run", case(with_weather(path)))
    assert answer.code in (3, 4), answer
    answer.refuses(r"a\.epw", code=answer.code)


@pytest.mark.parametrize("path", ["", ".", "..", "a\\u0000b", "x" * 900])
def test_S23_paths_that_are_none(ask, case, path):
    text = GOOD + FILE_WEATHER + f'"{path}"\n'
    answer = ask("run", case(text))
    assert answer.code in (3, 4), answer
    answer.refuses(code=answer.code)


@POSIX
def test_S24_links_are_followed_before_they_are_judged(ask, case, secret, epw):
    asked = case(with_weather("link.epw"), "inner/case.toml")
    link = asked.parent / "link.epw"
    link.symlink_to(secret)
    ask("run", asked).refuses(r":9(:\d+)?: weather\.path", "outside")
    ask("run", asked, "--allow-path", "--json").works()
    link.unlink()
    (asked.parent / "real.epw").write_bytes(epw)
    link.symlink_to("real.epw")
    ask("run", asked, "--json").works()
    (asked.parent / "folder").symlink_to(secret.parent)
    case(with_weather("folder/secret.epw"), "inner/case.toml")
    ask("run", asked).refuses("outside")


@POSIX
@pytest.mark.parametrize("options", [(), ("--allow-path",)])
def test_S24_loop_of_links(ask, case, options):
    asked = case(with_weather("loop.epw"))
    (asked.parent / "loop.epw").symlink_to("loop.epw")
    answer = ask("run", asked, *options)
    assert answer.code in (3, 4), answer
    answer.refuses(r"loop\.epw", code=answer.code)


@POSIX
def test_S24_pipes_and_devices_are_refused_at_once(ask_process, case, tmp_path):
    os.mkfifo(tmp_path / "pipe.epw")
    answer = ask_process("run", case(with_weather("pipe.epw")), timeout=30)
    assert answer.code in (3, 4), answer
    answer.refuses("regular file", code=answer.code)


@POSIX
def test_S24_device_is_refused_even_where_paths_are_allowed(ask, case):
    answer = ask("run", case(with_weather("/dev/zero")), "--allow-path")
    assert answer.code in (3, 4), answer
    answer.refuses("regular file", code=answer.code)


@POSIX
def test_S24_scenario_that_is_a_pipe(ask, tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    ask("check", tmp_path / "pipe.toml").refuses("regular file")


@POSIX
def test_S24_file_is_judged_on_the_opened_descriptor(case, tmp_path, monkeypatch):
    """A file that turns into a pipe between the look at it and its opening is refused too."""
    pipe = tmp_path / "pipe.epw"
    os.mkfifo(pipe)
    looks_good = case().stat()
    asked = scenario(weather={"source": "file", "format": "epw", "path": "pipe.epw"}, folder=tmp_path)

    def feed():
        # waits for a reader, so that nobody waits for ever; the reader may look and leave
        with contextlib.suppress(BrokenPipeError), open(pipe, "wb", buffering=0) as stream:  # noqa: PTH123
            stream.write(b"LOCATION,")

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    with monkeypatch.context() as patch, pytest.raises((WeatherError, ScenarioError), match="regular file"):
        patch.setattr(Path, "stat", lambda _self, **_keywords: looks_good)
        pvsim.simulate(asked)
    os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
    feeder.join(timeout=5)


ADDRESSES = [
    *("http://127.0.0.1:9/a.epw", "https://127.0.0.1:9/a.epw", "HTTP://127.0.0.1:9/a.epw", "s3://bucket/a.epw"),
    *("file:///etc/hostname", "file:/etc/hostname", "ftp://127.0.0.1:9/a.epw", "gs://b/a.epw", "data:text/plain,a.epw"),
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("options", [(), ("--allow-path",), ("--allow-network",)])
def test_S25_addresses_are_no_files(ask, case, monkeypatch, address, options):
    import socket

    def closed(*_args, **_keywords):
        pytest.fail("somebody asked for a socket")

    monkeypatch.setattr(socket, "socket", closed)
    monkeypatch.setattr(socket, "getaddrinfo", closed)
    answer = ask("run", case(with_weather(address)), *options)
    answer.refuses(r":9(:\d+)?: weather\.path", "address|outside|download|network")


def test_S25_scenario_from_an_address(ask):
    ask("run", "https://127.0.0.1:9/roof.toml").refuses("roof.toml", "no such file|address")


def test_S25_readers_get_open_handles(case, tmp_path, epw, monkeypatch):
    from pvlib import iotools

    seen = []
    real = iotools.read_epw

    def watched(source, *args, **keywords):
        seen.append(source)
        return real(source, *args, **keywords)

    monkeypatch.setattr(iotools, "read_epw", watched)
    (tmp_path / "a.epw").write_bytes(epw)
    pvsim.simulate(scenario(weather={"source": "file", "format": "epw", "path": "a.epw"}, folder=tmp_path))
    assert seen
    assert not any(isinstance(s, str | bytes | os.PathLike) for s in seen)


# --- S26 to S29: names, versions, places, dates

ODD = {"rtl": "hall\\u202eA", "zero-width": "hall\\u200bA", "escape": "hall\\u001b[31mA", "feff": "hall\\ufeffA"}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("where", ["roof", "scenario"])
def test_S26_invisible_characters_are_shown_and_told(ask, case, odd, where):
    line = f'name = "{ODD[odd]}"\n'
    path = case(GOOD + line if where == "roof" else line + GOOD)
    character = json.loads(f'"{ODD[odd]}"')[4]
    shown = character.encode("unicode_escape").decode()
    answer = ask("run", path).works()
    assert character not in answer.out + answer.err
    assert shown in answer.out
    document = json.loads(ask("run", path, "--json").works().out)
    told = [w for w in document["warnings"] if shown in w]
    assert len(told) == 1, document["warnings"]
    assert character not in told[0]


def test_S26_ordinary_names_are_no_matter():
    named = GOOD + 'name = "海康威视 Halle 2, Dach süd (β)"\n'
    assert pvsim.simulate(parse(named)).warnings == ()


def test_S26_names_are_composed():
    read = parse(GOOD + 'name = "cafe\u0301"\nmodule = "e\u0301"\n[modules."\u00e9"]\n')
    assert read.roof[0].name == "caf\u00e9"
    assert read.module_of(read.roof[0]) is read.modules["\u00e9"]
    assert parse('name = "cafe\u0301"\n' + GOOD).name == "caf\u00e9"


def test_S27_schema_of_another_version():
    has("schema = 2\nfuture = 1\n" + GOOD, 1, "newer pvsim")
    has("schema = 0\n" + GOOD, 1, "found 0; schema = 1")
    has("schema = '1'\n" + GOOD, 1, "schema = 1")
    has("schema = 1.0\n" + GOOD, 1, "schema = 1")
    assert values("schema = 1\n" + GOOD) == values(GOOD)


def test_S28_swapped_coordinates_out_of_range(ask, case):
    swapped = "[site]\nlatitude = 106.46\nlongitude = 29.44\n[[roof]]\npanels = 1\n"
    ask("run", case(swapped)).refuses(":2:", "from -90 to 90", "latitude and longitude swapped")


def test_S28_far_from_the_weather(ask, case, tmp_path, epw):
    west = GOOD.replace("106.46", "75.5")
    ask("run", case(west)).refuses("km away", code=4)
    ask("run", case(west.replace("29.44", "75.5").replace("longitude = 75.5", "longitude = 29.44"))).refuses(
        "km away", code=4
    )
    document = json.loads(ask("run", case(GOOD.replace("106.46", "107.2")), "--json").works().out)
    assert [w for w in document["warnings"] if "km away" in w]
    (tmp_path / "a.epw").write_bytes(epw)
    with_file = with_weather("a.epw")
    assert not json.loads(ask("run", case(with_file), "--json").works().out)["warnings"]
    document = json.loads(ask("run", case(with_file.replace("106.46", "107.2")), "--json").works().out)
    assert [w for w in document["warnings"] if "km from the site" in w]
    ask("run", case(with_file.replace("106.46", "110")), "--json").refuses("km from the site", code=4)


@pytest.mark.parametrize("date", ["2026-02-30", "2023-02-29", "2022-13-01", "2022-00-10", "0000-01-01"])
def test_S29_dates_that_do_not_exist(date):
    has(site(f"commissioned = {date}"), 4, "date|month|day|not valid TOML")


@pytest.mark.parametrize("value", ['"2022-06-30"', "2022-06-30T10:00:00", "10:00:00", "2022"])
def test_S29_what_is_no_date(value):
    has(site(f"commissioned = {value}"), 4, "a date such as 2022-06-30")


def test_S29_period_of_nothing():
    has(GOOD + "[claim]\ntotal_kwh = 1e6\nbasis_years = 0\n", 8, "found 0; a number above 0")
