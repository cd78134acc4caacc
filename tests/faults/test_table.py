"""The table of the fault catalogue: which test holds which row, and why a row has none.

A test carries the id of its row in its name: ``test_S1_...``. The ids below are those that this version answers for.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent

# every row of the catalogue: S scenario files, W weather, N network, M models, P processes, X security
CATALOGUE = {
    f"{letter}{n}" for letter, last in zip("SWNMPX", (30, 30, 16, 23, 21, 17), strict=True) for n in range(1, last + 1)
}

ANSWERED = [
    *(f"S{n}" for n in range(1, 30)),
    *(f"W{n}" for n in range(1, 31)),
    *(f"M{n}" for n in range(1, 24)),
    *(f"N{n}" for n in range(1, 17)),
    *("P1", "P7", "P8", "P9", "P10", "P11", "P13", "P15", "P16", "P17", "P18", "P19"),
    *("X1", "X2", "X9", "X10", "X11", "X12", "X14", "X16", "X17"),
]

NO_ROOM = {
    "M13": "no such room yet: a load series comes with energy/",
    "M14": "no such room yet: self-use, export and import come with energy/",
    "M16": "no such room yet: the rate of return comes with finance/",
    "M17": "no such room yet: discount rate and lifetime come with finance/",
    "M19": "no such room yet: Monte Carlo comes with the studies of uncertainty",
}


def collected() -> dict[str, list[str]]:
    """Row -> its tests, by their names in the modules beside this one."""
    table: dict[str, list[str]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (found := re.match(r"test_([A-Z]+\d+)(?:_|$)", node.name)):
                table.setdefault(found[1], []).append(f"{path.stem}.{node.name}")
    return table


TABLE = collected()


def test_every_row_has_a_test_or_a_reason():
    missing = [row for row in ANSWERED if row not in TABLE and row not in NO_ROOM]
    assert not missing


def test_every_test_belongs_to_a_row_of_the_catalogue():
    assert set(TABLE) <= CATALOGUE
    assert set(ANSWERED) <= CATALOGUE
    assert set(NO_ROOM) <= set(ANSWERED)


def test_no_row_has_both_a_test_and_an_excuse():
    assert not set(NO_ROOM) & set(TABLE)
    assert all(reason.strip() for reason in NO_ROOM.values())


def test_rows_lie_in_the_module_of_their_letter():
    homes = {
        "S": "test_scenario_files",
        "W": "test_weather",
        "N": "test_network",
        "M": "test_models",
        "P": "test_processes",
        "X": "test_security",
    }
    for row, tests in TABLE.items():
        for test in tests:
            assert test.startswith(homes[row[0]]), test


def test_no_test_of_a_row_is_switched_off():
    for path in sorted(HERE.glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@pytest\.mark\.(skip|xfail)\b", text), path.name
