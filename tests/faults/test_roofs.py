"""Roofs that cannot be: too heavy, too small, crossed outlines, things that stand nowhere. All are told by a command.

What the file alone shows is told by ``check`` and ``run`` alike, with its line; what the laying of modules shows, too.
"""

from __future__ import annotations

import json

import pytest

BARE = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\n"  # what is added begins in line 5
SIZE = "length_m = 80\nwidth_m = 25\n"
BOX = "[[obstacle]]\nx_m = 40\ny_m = 12\nlength_m = 4\nwidth_m = 3\nheight_m = 2\n"

# Text, and what is said: the line and the words.
IMPOSSIBLE = {
    "nothing that says how many": (BARE + "surface_tilt = 10\n", r":4:3: .*panels: missing.*or length_m and width_m"),
    "an array heavier than the roof bears": (
        BARE + "panels = 9\narray_kg_per_m2 = 45\nspare_load_kg_per_m2 = 20\n",
        r":7:1: .*spare_load_kg_per_m2: 20 kg/m2; .*weigh 45 kg/m2.*lighter way of mounting",
    ),
    "an obstacle on a roof without an outline": (
        BARE + "panels = 9\n" + BOX, r":6:3: .*obstacle\[0\]: on a roof without an outline; length_m and width_m",
    ),
    "an obstacle on no roof of that name": (
        BARE + SIZE + BOX + 'roof = "hall"\n', r':13:1: .*obstacle\[0\]\.roof: no roof is called "hall"; one of "roof',
    ),
    "a half rectangle": (BARE + "panels = 9\nlength_m = 80\n", ":6:1: .*length_m: given without width_m"),
    "rows without their distance": (BARE + 'panels = 9\nshape = "racks"\n', ":6:1: .*shape: racks without pitch_m"),
    "an outline of another world": (
        BARE + "outline = [[0, 0], [9000, 0], [80, 25]]\n",
        r":5:\d+: .*outline\[1\].*a pair of numbers from -5,000 to 5,000",
    ),
    "an outline of three numbers a corner": (
        BARE + "outline = [[0, 0, 1], [80, 0, 1], [80, 25, 1]]\n", r":5:\d+: .*outline\[0\].*a pair of numbers",
    ),
    "a horizon of words": (
        BARE.replace("[[roof]]", 'horizon_points = [["N", 3], [90, 1], [180, 1], [270, 1]]\n[[roof]]') + "panels = 9\n",
        r":4:\d+: .*horizon_points\[0\].*a pair of numbers",
    ),
}  # fmt: skip
TOO_SMALL = {
    "more modules than fit": (
        BARE + "panels = 4000\n" + SIZE, r":5: .*panels: \d+ modules of .* fit; 4,000 panels are asked for; fewer",
    ),
    "a roof of nothing but its setback": (
        BARE + "length_m = 2\nwidth_m = 2\n", ":5: .*length_m: 0 modules of .* fit; at least 1",
    ),
    "a roof full of one thing": (
        BARE + SIZE + BOX.replace("length_m = 4", "length_m = 80").replace("width_m = 3", "width_m = 25"),
        ":5: .*length_m: 0 modules of .* fit",
    ),
    "a capacity that does not fit": (BARE + SIZE + "capacity_kwp = 1000\n", ":7: .*capacity_kwp: 1000 kWp; .*within 1"),
    "an area that its modules do not fit": (BARE + SIZE + "area_m2 = 400\n", ":7: .*area_m2: 400 m2; .*modules of"),
    "an outline that crosses itself": (
        BARE + "panels = 9\noutline = [[0, 0], [80, 25], [80, 0], [0, 25]]\n", ":6: .*outline: .*crosses itself",
    ),
    "an outline on a line": (BARE + "panels = 9\noutline = [[0, 0], [40, 0], [80, 0]]\n", ":6: .*outline: "),
}  # fmt: skip


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_roof_that_contradicts_itself(ask, case, command, name):
    text, words = IMPOSSIBLE[name]
    ask(command, case(text)).refuses(words)


@pytest.mark.parametrize("name", TOO_SMALL)
def test_what_does_not_fit_is_told_when_it_is_laid(ask, case, name):
    text, words = TOO_SMALL[name]
    ask("run", case(text)).refuses(words)


def test_as_many_as_fit_is_the_number_that_is_refused(ask, case):
    """The count of the message is the count of the result: one module more is one too many."""
    fits = json.loads(ask("run", case(BARE + SIZE), "--json").works().out)["system"]["panels"]
    assert 500 < fits < 80 * 25 / 2.17
    ask("run", case(BARE + f"panels = {fits}\n" + SIZE)).works()
    ask("run", case(BARE + f"panels = {fits + 1}\n" + SIZE)).refuses(rf"panels: {fits} modules")


def test_what_stands_on_a_roof_takes_room_and_light(ask, case):
    def run(text):
        document = json.loads(ask("run", case(text), "--json").works().out)
        return document["system"]["panels"], document["energy"]["specific_yield_kwh_per_kwp"]

    free, beneath = run(BARE + SIZE + "shading_percent = 0\n"), run(BARE + SIZE + "shading_percent = 0\n" + BOX)
    assert beneath[0] < free[0]
    assert beneath[1] < free[1]


def test_the_far_slope_of_a_gable_is_no_mistake(ask, case):
    """A plane turned from the equator is asked about; the second slope of a gable and of pairs is meant."""
    turned = json.loads(ask("run", case(BARE + "panels = 100\nsurface_azimuth = 0\n"), "--json").works().out)
    assert any("faces the pole" in w for w in turned["warnings"])
    for shape in ("gable", "east-west"):
        text = BARE + f'panels = 100\nsurface_azimuth = 180\nshape = "{shape}"\n'
        document = json.loads(ask("run", case(text), "--json").works().out)
        assert [p["panels"] for p in document["system"]["planes"]] == [50, 50]
        assert document["warnings"] == []
