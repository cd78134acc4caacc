"""Every rule on roofs, obstacles and the horizon: what breaks it is said at its line, what keeps it is taken."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim.errors import ScenarioError
from pvsim.scenario import roof_rules
from pvsim.scenario.fault import Fault
from pvsim.scenario.reader import parse
from pvsim.scenario.roof_rules import MAX_GUESSES, OF_KIND, roof_faults

BARE = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\n"  # what is added begins in line 5
GOOD = BARE + "panels = 400\n"  # in line 6
SIZE = "length_m = 80\nwidth_m = 25\n"
OUTLINE = "outline = [[0, 0], [80, 0], [80, 25], [0, 25]]\n"
DRAWN = GOOD + SIZE  # in line 8
BOX = "[[obstacle]]\nx_m = 40\ny_m = 12\nlength_m = 4\nwidth_m = 3\n"
WALL = '[[obstacle]]\nkind = "wall"\nx_m = 40\ny_m = 12\nx2_m = 60\ny2_m = 12\n'
STACK = '[[obstacle]]\nkind = "stack"\nx_m = 40\ny_m = 12\ndiameter_m = 0.8\n'
ROWS = "pitch_m = 4\n"
FILE = '[weather]\nsource = "file"\npath = "a.csv"\n'


def horizon(points: str) -> str:
    """A scenario with this list of points in line 4."""
    return GOOD.replace("[[roof]]", f"horizon_points = {points}\n[[roof]]")


def problems(text: str) -> list[tuple[int | None, str]]:
    """Line and words of every problem, in the order of the file."""
    with pytest.raises(ScenarioError) as caught:
        parse(text, file="f")
    assert caught.value.exit_code == 3
    return [(p.line, p.render("f")) for p in caught.value.problems]


TAKEN = {
    "panels alone": GOOD,
    "a rectangle instead of panels": BARE + SIZE,
    "an outline instead of panels": BARE + OUTLINE,
    "both": DRAWN,
    "a parapet along a rectangle": DRAWN + "parapet_m = 1.1\n",
    "a parapet along an outline": GOOD + OUTLINE + "parapet_m = 1.1\n",
    "a plane": GOOD + 'shape = "plane"\n',
    "rows by their pitch alone": GOOD + ROWS,
    "rows by their ratio alone": GOOD + "ground_coverage_ratio = 0.5\n",
    "racks with a pitch": GOOD + 'shape = "racks"\n' + ROWS,
    "racks with a ratio": GOOD + 'shape = "racks"\nground_coverage_ratio = 0.5\n',
    "pairs with a pitch": GOOD + 'shape = "east-west"\n' + ROWS,
    "pairs without one": GOOD + 'shape = "east-west"\n',
    "teeth with a pitch": GOOD + 'shape = "saw-tooth"\n' + ROWS,
    "steep teeth": GOOD + 'shape = "saw-tooth"\nsurface_tilt = 80\n' + ROWS,
    "two slopes with a module each": BARE + 'panels = 2\nshape = "gable"\n',
    "two slopes with as many as fit": BARE + SIZE + 'shape = "gable"\n',
    "as heavy as it may be": GOOD + "array_kg_per_m2 = 30\nspare_load_kg_per_m2 = 30\n",
    "ballast that is usual": GOOD + "spare_load_kg_per_m2 = 45\n",
    "rails that are usual": GOOD + 'mounting = "steel-sheet"\nspare_load_kg_per_m2 = 15\n',
    "a box by default": DRAWN + BOX,
    "a box by its name": DRAWN + BOX + 'kind = "box"\n',
    "a wall": DRAWN + WALL,
    "a stack": DRAWN + STACK,
    "an obstacle in an outline": GOOD + OUTLINE + BOX,
    "an obstacle beside the roof": DRAWN + BOX.replace("x_m = 40", "x_m = -40"),
    "an obstacle of the only roof, by its name": DRAWN + BOX + 'roof = "roof 1"\n',
    "an obstacle of one of two roofs": DRAWN + "[[roof]]\npanels = 3\n" + BOX + 'roof = "roof 1"\n',
    "a name in other characters": DRAWN + 'name = "caf\u00e9"\n' + BOX + 'roof = "cafe\u0301"\n',
    "hills": horizon("[[0, 3], [90, 12], [180, 5], [270, 2]]"),
    "hills that close their circle": horizon("[[0, 3], [90, 12], [180, 5], [360, 3]]"),
    "hills that begin behind it": horizon("[[360, 3], [90, 12], [180, 5], [0, 3]]"),
    "hills to the zenith": horizon("[[0, 0], [90, 90], [180, 0.0], [270.5, 2]]"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_keeps_the_rules_is_taken(name):
    parse(TAKEN[name], file="f")


# Text, and line and words of each problem.
REFUSED = {
    "nothing to count": (
        BARE + "surface_tilt = 10\n",
        [(4, r"roof\[0\]\.panels: missing; a whole number .*, or length_m and width_m to lay as many as fit")],
    ),
    "an outline of no points": (
        BARE + "outline = []\n",
        [(4, r"panels: missing"), (5, r"outline: found .*of 3 to 500 items \(m\)")],
    ),
    "an outline twice": (
        GOOD + SIZE + OUTLINE,
        [(6, r"length_m: given together with outline; it is stated once"), (7, "width_m: given together with outline")],
    ),
    "a length alone": (GOOD + "length_m = 80\n", [(6, "length_m: given without width_m; a rectangle has both")]),
    "a width alone": (GOOD + "width_m = 25\n", [(6, "width_m: given without length_m; a rectangle has both")]),
    "a parapet along nothing": (
        GOOD + "parapet_m = 1.1\n",
        [(6, "parapet_m: given without an outline; it stands along length_m and width_m, or outline; add them")],
    ),
    "a pitch twice": (
        GOOD + ROWS + "ground_coverage_ratio = 0.5\n",
        [
            (
                7,
                "ground_coverage_ratio: given together with pitch_m; it is stated once .lines 6 and 7.; remove",
            )
        ],
    ),
    "a pitch of a plane": (
        GOOD + 'shape = "plane"\n' + ROWS,
        [(7, 'pitch_m: given with shape = "plane"; pitch_m belongs to racks, east-west, saw-tooth')],
    ),
    "a ratio of a gable": (
        GOOD + 'shape = "gable"\nground_coverage_ratio = 0.5\n',
        [(7, 'ground_coverage_ratio: given with shape = "gable"; ground_coverage_ratio belongs to racks')],
    ),
    "racks without a pitch": (
        GOOD + 'shape = "racks"\n',
        [
            (
                6,
                "shape: racks without pitch_m; rows need their distance: pitch_m or ground_coverage_ratio; begin",
            )
        ],
    ),
    "teeth without a pitch": (
        GOOD + 'shape = "saw-tooth"\nground_coverage_ratio = 0.5\n',
        [(6, "shape: saw-tooth without pitch_m; teeth need their distance, pitch_m")],
    ),
    "upright teeth": (
        GOOD + 'shape = "saw-tooth"\nsurface_tilt = 80.5\n' + ROWS,
        [(7, r'surface_tilt: found 80\.5; at most 80 \(degrees\) with shape = "saw-tooth"; upright teeth have no end')],
    ),
    "two slopes of one module": (
        BARE + 'panels = 1\nshape = "gable"\n',
        [(5, r'panels: found 1; at least 2 with shape = "gable"')],
    ),
    "pairs of one module": (
        BARE + 'panels = 1\nshape = "east-west"\n',
        [(5, r'panels: found 1; at least 2 with shape = "east-west"')],
    ),
    "one instrument for two slopes": (
        GOOD + 'shape = "gable"\npoa_column = "a"\nmodule_temperature_column = "b"\n' + FILE,
        [
            (7, r'poa_column: given with shape = "gable"; one column measures one plane; write two \[\[roof\]\]'),
            (8, r'module_temperature_column: given with shape = "gable"; one column'),
        ],
    ),
    "heavier than it bears": (
        GOOD + "array_kg_per_m2 = 30.5\nspare_load_kg_per_m2 = 30\n",
        [
            (
                7,
                r"spare_load_kg_per_m2: 30 kg/m2; modules, rails and ballast weigh 30.5 kg/m2 \(array_kg_per_m2\); a",
            )
        ],
    ),
    "ballast on a weak roof": (GOOD + "spare_load_kg_per_m2 = 44\n", [(6, "44 kg/m2; .* weigh 45 kg/m2")]),
    "rails on a weak roof": (
        GOOD + 'mounting = "steel-sheet"\nspare_load_kg_per_m2 = 14\n',
        [(7, "14 kg/m2; .* weigh 15 kg/m2")],
    ),
    "a box without its sizes": (
        DRAWN + "[[obstacle]]\nx_m = 40\ny_m = 12\n",
        [
            (8, r"obstacle\[0\]\.length_m: missing; a box needs length_m and width_m"),
            (8, r"obstacle\[0\]\.width_m: missing"),
        ],
    ),
    "a wall without its end": (
        DRAWN + WALL.replace("x2_m = 60\n", ""),
        [(8, r"obstacle\[0\]\.x2_m: missing; a wall needs x2_m and y2_m")],
    ),
    "a stack without its diameter": (
        DRAWN + STACK.replace("diameter_m = 0.8\n", ""),
        [(8, r"obstacle\[0\]\.diameter_m: missing; a stack needs diameter_m")],
    ),
    "a box with the size of a stack": (
        DRAWN + BOX + "diameter_m = 0.8\n",
        [(13, r"obstacle\[0\]\.diameter_m: given with a box; a box has length_m and width_m")],
    ),
    "a stack with the end of a wall": (
        DRAWN + STACK + "x2_m = 3\n",
        [(13, r"obstacle\[0\]\.x2_m: given with a stack; a stack has diameter_m")],
    ),
    "an obstacle on nothing": (
        GOOD + BOX,
        [
            (
                6,
                r"obstacle\[0\]: on a roof without an outline; length_m and width_m of the roof, or outline; an",
            )
        ],
    ),
    "an obstacle on the other roof": (
        DRAWN + "[[roof]]\npanels = 3\n" + BOX + 'roof = "roof 2"\n',
        [(10, r"obstacle\[0\]: on a roof without an outline")],
    ),
    "an obstacle of nobody knows which": (
        DRAWN + 'name = "hall A"\n[[roof]]\npanels = 3\n' + BOX,
        [(11, r'obstacle\[0\]\.roof: missing; one of "hall A", "roof 2"; say in whose plan it stands')],
    ),
    "an obstacle of no such roof": (
        DRAWN + 'name = "hall A"\n' + BOX + 'roof = "hall B"\n',
        [(14, r'obstacle\[0\]\.roof: no roof is called "hall B"; one of "hall A"; did you mean "hall A"\?')],
    ),
    "an obstacle without roofs": (
        "[site]\nlatitude = 29.44\nlongitude = 106.46\n[claim]\nannual_kwh = 3000\n" + BOX + 'roof = "hall"\n',
        [(6, r"obstacle\[0\]: given without a \[\[roof\]\]; it stands in the plan of a roof")],
    ),
    "two horizons": (
        GOOD.replace("[[roof]]", 'horizon = "h.csv"\nhorizon_points = [[0, 3], [90, 1], [180, 1], [270, 1]]\n[[roof]]'),
        [
            (
                5,
                r"site\.horizon_points: given together with horizon; it is stated once .lines 4 and 5.; remove",
            )
        ],
    ),
    "azimuths from south": (
        horizon("[[-90, 3], [0, 1], [90, 1], [180, 1]]"),
        [(4, r"horizon_points\[0\]: found \[-90, 3\]; azimuth 0 to 360, clockwise .*; counted from south, add 180")],
    ),
    "beyond a circle": (
        horizon("[[0, 3], [90, 1], [180, 1], [361, 1]]"),
        [
            (
                4,
                r"horizon_points\[3\]: found \[361, 1\]; azimuth 0 to 360, clockwise from north, then height 0 to 90",
            )
        ],
    ),
    "height first": (
        horizon("[[0, 3], [90, 1], [1, 180], [270, -1]]"),
        [(4, r"horizon_points\[2\]: found \[1, 180\]"), (4, r"horizon_points\[3\]: found \[270, -1\]")],
    ),
    "a direction twice": (
        horizon("[[0, 3], [90, 1], [90, 1], [270, 1]]"),
        [(4, r"horizon_points\[2\]: azimuth 90 again; one height for each direction")],
    ),
    "north with two heights": (
        horizon("[[0, 3], [90, 1], [180, 1], [360, 4]]"),
        [(4, r"horizon_points\[3\]: azimuth 360 again; one height for each direction")],
    ),
    "north twice by its other name": (
        horizon("[[90, 3], [180, 1], [360, 1], [360, 1]]"),
        [(4, r"horizon_points\[3\]: azimuth 360 again")],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_breaks_a_rule_is_said_at_its_line(name):
    text, expected = REFUSED[name]
    found = problems(text)
    assert [line for line, _ in found] == [line for line, _ in expected], found
    for (_, words), (_, pattern) in zip(found, expected, strict=True):
        assert re.search(pattern, words), words
        assert words.replace("\n", "").isprintable()


def test_every_rule_is_broken_above(monkeypatch):
    """Every place of the module that makes a fault makes one: who adds a rule adds its row."""
    lines = set()

    def noted(*arguments, **keywords):
        lines.add(sys._getframe(1).f_lineno)
        return Fault(*arguments, **keywords)

    monkeypatch.setattr(roof_rules, "Fault", noted)
    for text, _ in REFUSED.values():
        list(roof_faults(tomllib.loads(text)))
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(roof_rules))) if isinstance(node, ast.Call)]
    assert lines == {call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Fault"}


# --- values whose types nobody has checked


WRONG = [None, True, 3, -1.5, float("nan"), "box", "", [], [1], ["a"], [[1, 2]], [[1, "a"]], {}, {"a": 1}]
KEYS = [
    *("panels", "shape", "length_m", "width_m", "outline", "pitch_m", "ground_coverage_ratio", "parapet_m", "mounting"),
    *("poa_column", "spare_load_kg_per_m2", "array_kg_per_m2", "name"),
]
SIZES = ["kind", "roof", "x_m", "y_m", *(k for keys in OF_KIND.values() for k in keys)]


def tables(keys: list[str]) -> st.SearchStrategy[object]:
    table = st.dictionaries(st.sampled_from(keys), st.sampled_from(WRONG), max_size=6)
    return st.lists(table | st.sampled_from(WRONG), max_size=3) | st.sampled_from(WRONG)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(tables(KEYS), tables(SIZES), st.sampled_from(WRONG), st.sampled_from(WRONG))
def test_the_rules_do_not_trust_types(roofs, obstacles, horizon, points):
    """They are applied to files whose single values are wrong, too, and never fail of it."""
    data = {"roof": roofs, "obstacle": obstacles, "site": {"horizon": horizon, "horizon_points": points}}
    for fault in roof_faults(data):
        assert fault.found and fault.allowed and fault.path[0] in ("roof", "obstacle", "site")


@pytest.mark.parametrize("value", ["[]", '["box"]', "{}", "3", "true"])
def test_a_kind_that_is_no_text_is_one_problem(value):
    found = problems(DRAWN + BOX + f"kind = {value}\n")
    assert len(found) == 1 and found[0][0] == 13
    assert re.search(r'obstacle\[0\]\.kind: found .*; one of "box", "wall", "stack"', found[0][1])


@pytest.mark.parametrize("value", ["3", "[]", "true"])
def test_a_roof_s_name_that_is_no_text_is_one_problem(value):
    """It says nothing of the roof: neither that it has no outline nor that no roof is called so."""
    found = problems(GOOD + "[[roof]]\npanels = 1\n" + BOX + f"roof = {value}\n")
    assert len(found) == 1 and "obstacle[0].roof: found " in found[0][1]


def test_wrong_numbers_are_said_once():
    """What a bound already says no rule says again."""
    for text in (
        GOOD + "spare_load_kg_per_m2 = -3\n",
        GOOD + "length_m = 0\nwidth_m = 25\n",
        GOOD + "[module]\nlength_m = -3\nwidth_m = 1.038\n",
        GOOD + 'shape = "saw-tooth"\npitch_m = 4\nsurface_tilt = 91\n',
        GOOD + "[module]\nlength_m = 0\nwidth_m = 1.038\n",
    ):
        assert len(problems(text)) == 1, text


def test_guesses_are_few(monkeypatch):
    """Of a thousand obstacles on roofs that do not exist only some are told what was meant."""
    asked = []
    monkeypatch.setattr(roof_rules, "closest", lambda name, names: asked.append(name))
    data = {"roof": [{"panels": 1}], "obstacle": [{"roof": f"hall {i}"} for i in range(1000)]}
    assert sum("no roof is called" in f.found for f in roof_faults(data)) == 1000
    assert len(asked) == MAX_GUESSES


# --- the sides of a module


@pytest.mark.parametrize(
    ("module", "line", "words"),
    [
        ("length_m = 2.1", 7, "length_m: given without width_m; a module has both sides"),
        ("width_m = 1.1", 7, "width_m: given without length_m; a module has both sides"),
        ("length_m = 1.1\nwidth_m = 1.2", 7, r"length_m: 1.1 m; at least width_m = 1.2 m; length_m is the long side"),
        (
            "length_m = 2\nwidth_m = 1\narea_m2 = 2.05",
            9,
            "2.05 m2, but length_m x width_m are 2 m2; they agree within 2 %",
        ),
    ],
)
def test_the_sides_of_a_module(module, line, words):
    found = problems(GOOD + f"[module]\n{module}\n")
    assert [at for at, _ in found] == [line]
    assert re.search(words, found[0][1])


@pytest.mark.parametrize("module", ["length_m = 2\nwidth_m = 1\narea_m2 = 2.03", "length_m = 1.2\nwidth_m = 1.2"])
def test_sides_that_agree_are_taken(module):
    parse(GOOD + f"[module]\n{module}\n")
