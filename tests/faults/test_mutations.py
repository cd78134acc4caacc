"""Whatever happens to a good scenario file: an error with a line, a warning, or a result that its values explain.

Never another exception, never a number that is none, never the same values with another number. The runs are the same
every time; ``PVSIM_EXAMPLES=20000`` in the environment makes them many and random, to hunt for what is left.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from cases import toml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pvsim
from pvsim.errors import PvsimError, ScenarioError, WeatherError
from pvsim.report.files import as_json
from pvsim.report.text import summary
from pvsim.scenario.reader import parse

HUNT = int(os.environ.get("PVSIM_EXAMPLES", "0"))


def examples(count: int) -> Callable[..., Any]:
    """So many examples, always the same ones, unless a hunt is on."""
    return settings(max_examples=HUNT or count, derandomize=not HUNT, deadline=None)


TEXT = """\
schema = 1
name = "works"
[site]
latitude = 29.44
longitude = 106.46
altitude = 250
tz = "Asia/Shanghai"
region = "Chongqing"
commissioned = 2022-06-30
[weather]
source = "climate"
ghi_kwh_per_m2 = 940.5
[module]
power_w = 450
gamma_percent_per_c = -0.35
[modules.new]
power_w = 580
area_m2 = 2.58
[inverter]
dc_ac_ratio = 1.2
efficiency_percent = 98.0
[inverters.small]
ac_power_kw = 20
count = 2
[[roof]]
name = "hall A"
panels = 100
surface_tilt = 10
surface_azimuth = 180.0
mounting = "steel-sheet"
length_m = 40.0
width_m = 15
parapet_m = 0.5
[[roof]]
name = "hall B"
panels = 60
surface_tilt = 30
module = "new"
inverter = "small"
[[obstacle]]
roof = "hall A"
kind = "box"
x_m = 20
y_m = 5.0
length_m = 2.0
width_m = 1
height_m = 1.5
[losses]
soiling_percent = 3.0
lid_percent = 1.5
[physics]
albedo = 0.25
[claim]
panels = 160
annual_kwh = 6.1e4
tce = 18
source = "a page"
[impact]
factors = ["co2-average-sichuan-2023"]
[uncertainty]
model_percent = 3
"""
LINES = TEXT.splitlines()
VALUED = [i for i, line in enumerate(LINES) if " = " in line]
NUMBERS = [i for i in VALUED if re.search(r"= -?[\d.e]+$", LINES[i])]
PIECES = [b"\0", b"\r", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"#", b"1", b"[", b"=", b'"', b"."]
WRONG = [
    *("nan", "-nan", "inf", "-inf", "1e400", "true", "false", '"text"', '""', "[]", "[1, 2]", "{}", "{ a = 1 }"),
    *("2022-01-01", "07:30:00", "0", "-1", "1e12", "-1e12", "1.5", "9" * 5000, "0x10", "'3'", '"\\u202e"', "1e-300"),
]


def joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8")


def with_value(line: str, value: str) -> str:
    return f"{line.split(' = ')[0]} = {value}"


def value_of(line: str) -> str:
    return line.split(" = ", 1)[1]


@st.composite
def one_mutation(draw: st.DrawFn) -> bytes:
    """The good text after one accident."""
    lines = list(LINES)
    kind = draw(st.sampled_from(["delete", "double", "scale", "wrong", "swap", "move", "cut", "flip", "insert", "key"]))
    if kind == "delete":
        del lines[draw(st.integers(0, len(lines) - 1))]
    elif kind == "double":
        at = draw(st.integers(0, len(lines) - 1))
        lines.insert(draw(st.integers(0, len(lines))), lines[at])
    elif kind == "scale":
        at = draw(st.sampled_from(NUMBERS))
        factor = draw(st.sampled_from([1000, -1, 10, 100, 0.1, 0.01, 0.001, 1e6]))
        lines[at] = with_value(lines[at], f"{float(value_of(lines[at])) * factor:.12g}")
    elif kind == "wrong":
        at = draw(st.sampled_from(VALUED))
        lines[at] = with_value(lines[at], draw(st.sampled_from(WRONG)))
    elif kind == "swap":
        one, other = draw(st.sampled_from(VALUED)), draw(st.sampled_from(VALUED))
        first, second = value_of(lines[one]), value_of(lines[other])
        lines[one], lines[other] = with_value(lines[one], second), with_value(lines[other], first)
    elif kind == "move":
        lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(draw(st.integers(0, len(lines) - 1))))
    elif kind == "key":
        at = draw(st.sampled_from(VALUED))
        key = lines[at].split(" = ")[0]
        cut = draw(st.integers(0, len(key) - 1))
        lines[at] = key[:cut] + draw(st.sampled_from(["", "_", "X", "e", "percent", "."])) + lines[at][cut + 1 :]
    data = bytearray(joined(lines))
    if kind == "cut":
        return bytes(data[: draw(st.integers(0, len(data)))])
    if kind == "flip":
        data[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
    if kind == "insert":
        at = draw(st.integers(0, len(data)))
        data[at:at] = draw(st.binary(min_size=1, max_size=6) | st.sampled_from(PIECES))
    return bytes(data)


def leaves(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], object]]:
    """Every single value of parsed data with its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def composed(text: object) -> object:
    return unicodedata.normalize("NFC", text) if isinstance(text, str) else text


def is_visible(text: str) -> bool:
    """No character but the line break is one that a terminal obeys or hides."""
    return not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in text if c != "\n")


def says_what_is_wrong(error: ScenarioError, data: bytes) -> None:
    """Words, and a line wherever a key of the file is to blame."""
    assert error.problems
    count = data.count(b"\n") + 1
    for problem in error.problems:
        shown = problem.render("f")
        assert problem.found
        assert is_visible(shown), shown
        assert len(shown) < 3000
        whole_file = not problem.key or problem.key in ("site", "roof")
        assert problem.line is not None or whole_file, shown
        assert problem.line is None or 1 <= problem.line <= count, shown


def holds_what_the_file_says(scenario: pvsim.Scenario, data: bytes) -> None:
    """Every value of the file is in the scenario, as it is: nothing is coerced, dropped or invented."""
    said = dict(leaves(tomllib.loads(data.decode("utf-8").removeprefix("\ufeff"))))
    read = dict(leaves(scenario.model_dump(by_alias=True)))
    named = {tuple(composed(p) for p in path): value for path, value in read.items()}
    for path, value in said.items():
        found = named[tuple(composed(p) for p in path)]
        assert composed(found) == composed(value), path
        assert isinstance(found, bool) == isinstance(value, bool), path
        if isinstance(value, int | float):
            assert math.isfinite(value), path
    given = scenario.model_dump(by_alias=True, exclude_unset=True)
    extra = {p for p, _ in leaves(given)} - {tuple(composed(x) for x in p) for p in said}
    assert all(p[-1] == "name" for p in extra), f"given although the file does not say so: {extra}"


def physics_of(scenario: pvsim.Scenario) -> str:
    """The values on which the energy depends: all but names, remarks, the claim and what it is compared with."""
    values = scenario.model_dump(by_alias=True)
    for key in ("name", "schema", "claim", "impact", "uncertainty"):
        values.pop(key)
    for key in ("district", "region", "commissioned", "owner", "voltage_kv"):
        values["site"].pop(key)
    values["losses"].pop("annual_degradation_percent")
    for index, roof in enumerate(values["roof"]):
        roof["name"] = f"roof {index}"
        for key in ("capacity_kwp", "area_m2"):
            roof.pop(key, None)
    return json.dumps(values, sort_keys=True, default=str)


def numbers_are_numbers(value: object) -> None:
    for path, leaf in leaves(value):
        assert not isinstance(leaf, float) or math.isfinite(leaf), path


def test_the_good_text_is_good():
    scenario = toml(TEXT)
    holds_what_the_file_says(scenario, TEXT.encode())
    result = pvsim.simulate(scenario)
    assert not result.warnings
    numbers_are_numbers(result.to_dict())


def read_or_refused(data: bytes) -> pvsim.Scenario | None:
    """What the reader makes of it; no other exception than its own passes."""
    try:
        scenario = parse(data)
    except ScenarioError as error:
        says_what_is_wrong(error, data)
        return None
    holds_what_the_file_says(scenario, data)
    return scenario


@examples(500)
@given(one_mutation())
def test_reader_answers_any_accident(data):
    read_or_refused(data)


@pytest.mark.parametrize("index", range(len(LINES)))
def test_reader_answers_every_deleted_doubled_and_cut_line(index):
    for lines in (
        LINES[:index] + LINES[index + 1 :],
        LINES[: index + 1] + LINES[index:],
        LINES[:index],
    ):
        read_or_refused(joined(lines))
    if LINES[index].startswith("["):
        return
    with pytest.raises(ScenarioError) as caught:
        parse(joined(LINES[: index + 1] + LINES[index:]))
    assert {p.line for p in caught.value.problems} == {index + 2}, "a repeated key is always an error"


@pytest.mark.parametrize("value", WRONG)
def test_reader_answers_every_wrong_value(value):
    for index in VALUED:
        lines = list(LINES)
        lines[index] = with_value(lines[index], value)
        read_or_refused(joined(lines))


@pytest.mark.parametrize("index", VALUED)
@pytest.mark.parametrize("value", ["nan", "inf", "true", "{}", "[[1]]"])
def test_no_key_takes_what_is_no_value_of_its_kind(index, value):
    lines = list(LINES)
    lines[index] = with_value(lines[index], value)
    with pytest.raises(ScenarioError) as caught:
        parse(joined(lines))
    assert index + 1 in {p.line for p in caught.value.problems}


@examples(150)
@given(st.lists(st.integers(0, len(LINES) - 1), min_size=2, max_size=20))
def test_reader_answers_any_shuffle(order):
    read_or_refused(joined([LINES[i] for i in order]))


KEYS = [
    *("losses.soiling_percent", "roof[0].panels", "roof.hall A.panels", "roof[1]", "roof", "site", "name", "schema"),
    *(
        "modules.new.power_w",
        'modules."new".power_w',
        "module.",
        ".module",
        "roof[-1].panels",
        "roof[9].panels",
        "a.b.c",
    ),
    *("roof[0][0].panels", "site.latitude.deep", "impact.factors[0]", "impact.factors[5]", "weather.path", "", "[0]"),
    *("losses", "roof.roof.panels", "claim.panels", "inverters.small", "\u202e.x", "a" * 300, ".".join("a" * 4000)),
]


@examples(300)
@given(
    st.sampled_from(KEYS) | st.text(max_size=12),
    st.sampled_from([*WRONG, "5", "[" * 600, "{a=" * 300 + "1" + "}" * 300, "1\npanels = 2", "a b", "\0", "\ud800"])
    | st.text(max_size=8),
)
def test_reader_answers_any_setting(key, value):
    try:
        scenario = parse(TEXT, overrides=[f"{key}={value}"])
    except ScenarioError as error:
        assert error.problems
        assert is_visible(str(error))
        assert "--set" in str(error), "the file is good: the setting is to blame"
        return
    numbers_are_numbers(scenario.model_dump())
    assert scenario.origin.sha256 != parse(TEXT).origin.sha256


BASE: dict[str, float] = {}


def base_kwh() -> float:
    if not BASE:
        BASE["kwh"] = pvsim.simulate(toml(TEXT)).annual_kwh
    return BASE["kwh"]


def judged(data: bytes) -> None:
    """Simulate what can be read, and hold the result against the values of the file."""
    scenario = read_or_refused(data)
    if scenario is None:
        return
    try:
        result = pvsim.simulate(scenario)
    except (ScenarioError, WeatherError) as error:
        assert str(error).strip()
        assert error.exit_code in (3, 4)
        return
    document = result.to_dict()
    numbers_are_numbers(document)
    as_json(document)
    assert "kWh in the first year" in summary(document)
    assert result.annual_kwh > 0 or scenario.losses != toml(TEXT).losses
    if physics_of(scenario) == physics_of(toml(TEXT)):
        assert result.annual_kwh == base_kwh(), "the same values with another number"
    assert result.annual_kwh == pvsim.simulate(parse(data)).annual_kwh


@examples(60)
@given(one_mutation())
def test_simulation_answers_any_accident(data):
    judged(data)


@examples(40)
@given(st.sampled_from(NUMBERS), st.floats(0.2, 5).filter(lambda f: abs(f - 1) > 0.01))
def test_another_number_gives_another_result_or_an_answer(index, factor):
    lines = list(LINES)
    key, value = lines[index].split(" = ")
    changed = float(value) * factor
    if re.fullmatch(r"\d+", value) and key in ("panels", "count", "schema"):
        changed = round(changed)
        assume(changed != int(value))
    lines[index] = f"{key} = {changed}"
    scenario = read_or_refused(joined(lines))
    if scenario is None:
        return
    try:
        document = pvsim.simulate(scenario).to_dict()
    except (ScenarioError, WeatherError):
        return
    numbers_are_numbers(document)
    plain = pvsim.simulate(toml(TEXT)).to_dict()
    for block in (document, plain):  # the hash differs anyway, and the list of assumptions repeats the input
        block.pop("scenario")
        block.pop("assumptions")
    assert document != plain, f"{key} = {changed} has no effect and nobody is told"


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("panels = 100", "panels = 10_000_000").replace("power_w = 450", "power_w = 1000"),
        TEXT.replace("soiling_percent = 3.0", "soiling_percent = 99.999"),
        TEXT.replace("ghi_kwh_per_m2 = 940.5", "ghi_kwh_per_m2 = 2800"),
        TEXT.replace("ghi_kwh_per_m2 = 940.5", "ghi_kwh_per_m2 = 500"),
        TEXT.replace("albedo = 0.25", "albedo = 1"),
        TEXT.replace("gamma_percent_per_c = -0.35", "gamma_percent_per_c = -2"),
        TEXT.replace("surface_tilt = 30", "surface_tilt = 90"),
        TEXT.replace("area_m2 = 2.58", "area_m2 = 0.1"),
        TEXT.replace("area_m2 = 2.58", "area_m2 = 5"),
        TEXT.replace("dc_ac_ratio = 1.2", "dc_ac_ratio = 5").replace(
            "efficiency_percent = 98.0", "efficiency_percent = 50"
        ),
        TEXT.replace("altitude = 250", "altitude = 6000"),
        TEXT.replace("altitude = 250", "altitude = -450"),
        TEXT.replace('tz = "Asia/Shanghai"', 'tz = "+14:00"'),
        TEXT.replace('tz = "Asia/Shanghai"', 'tz = "-12:00"'),
        TEXT.replace("power_w = 580", "power_w = 1"),
        TEXT.replace("annual_kwh = 6.1e4", "annual_kwh = 1e-300"),
        TEXT.replace("annual_kwh = 6.1e4", "annual_kwh = 1e15"),
        TEXT.replace("tce = 18", "tce = 1e-15\nco2_t = 1e15"),
        TEXT.replace("model_percent = 3", "model_percent = 50"),
    ],
)
def test_values_at_their_bounds_give_numbers_or_an_answer(text):
    try:
        document = pvsim.simulate(toml(text)).to_dict()
    except PvsimError as error:
        assert str(error).strip()
        return
    numbers_are_numbers(document)
    assert summary(document)


def test_dates_are_the_only_objects_that_toml_has_beside_plain_values():
    assert toml(TEXT).site.commissioned == datetime.date(2022, 6, 30)
