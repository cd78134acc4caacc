"""Who may import whom: the arrows of the house, read from the source and not from what happens to be loaded.

``errors -> scenario, physics -> weather -> energy -> impact, finance -> studies -> report -> cli``. Imports
inside functions count like those at the top of a module: a cycle that is loaded late is still a cycle. What
stands under ``if TYPE_CHECKING`` does not run and may name anything.

What holds of the Scenario: outside of its own room it is imported by ``cli``, by the namespace and by the
modules of ``SCENARIO_READERS``. Only ``studies.run`` turns it into arrays for the chain; the others read it.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import pvsim

PACKAGE = Path(pvsim.__file__).parent
MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60  # of code: blank lines, comments and the docstring are free
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "base", "common", "misc"}

# Rooms that a room may import; a room that is not listed has no place in the house.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "scenario": {"errors"},
    "physics": {"errors"},
    "weather": {"errors", "physics"},
    "energy": {"errors", "physics", "weather"},
    "impact": {"errors", "physics", "weather", "energy"},
    "finance": {"errors", "physics", "weather", "energy"},
    "studies": {"errors", "scenario", "physics", "weather", "energy", "impact", "finance"},
    "report": {"errors", "physics", "weather", "energy", "impact", "finance", "studies"},
}
# The namespace and the two ways into the program; they see every room, and no room imports them.
TOP = {"pvsim", "pvsim.__main__", "pvsim.cli"}
COMMANDS = ("audit", "climate", "compare", "convert", "layout", "online", "progress", "terminal", "weather")
TOP |= {f"pvsim.cli.{name}" for name in COMMANDS}

WEATHER_USES_OF_PHYSICS = {"pvsim.physics.sun", "pvsim.physics.irradiance"}  # one sun, one way to split light
COMPOSERS_OF_PHYSICS = {"pvsim.physics.chain", "pvsim.physics.shade"}  # every other stage stands alone
UNPACKS_SCENARIO = "pvsim.studies.run"
SCENARIO_READERS = {
    UNPACKS_SCENARIO: "makes arrays of it",
    "pvsim.studies.asked": "says what it asks of the sky",
    "pvsim.studies.hardware": "gathers what it installs",
    "pvsim.studies.roofs": "spells out its shapes and lays its modules",
    "pvsim.studies.shades": "gathers what shades its planes",
    "pvsim.studies.modules": "looks up, reads or fits its modules",
    "pvsim.studies.inverters": "looks up, reads or fits its inverters",
    "pvsim.studies.strings": "holds its strings against the voltages of its inverters",
    "pvsim.studies.timed": "turns what it says by date into rows",
    "pvsim.studies.use": "makes loads, prices and balances of it",
    "pvsim.studies.money": "makes a cash flow of it",
    "pvsim.studies.notes": "says what is odd about its place and level",
    "pvsim.studies.references": "looks up what it names in other rooms",
    "pvsim.studies.register": "lists its parameters with their reasons",
    "pvsim.studies.result": "keeps it beside what was found",
}
# (module, function, target): upward imports that the design names, made only when called
UPWARD = {("pvsim.studies.result", "_repr_html_", "pvsim.report")}
# (module, target, name): a constant of the namespace, which documents, side files and requests state
CONSTANTS = {
    (module, "pvsim", "__version__")
    for module in (
        "pvsim.studies.document",
        "pvsim.cli",
        "pvsim.weather.online.source",
        "pvsim.weather.online.transport",
    )
}


@dataclass(frozen=True)
class Import:
    """One imported module, the name taken from it if any, and where that stands."""

    module: str
    target: str
    name: str
    line: int
    function: str  # the innermost function around it, "" at module level


def room(module: str) -> str:
    """The room of a module: ``pvsim.studies.run`` is in ``studies``."""
    return module.split(".")[1] if "." in module else ""


def in_package(name: str) -> bool:
    return name == "pvsim" or name.startswith("pvsim.")


def imports(source: str, module: str, modules: set[str], *, is_package: bool = False) -> Iterator[Import]:
    """Every import of pvsim's modules in a source, wherever it stands, but for type checking."""
    yield from _imports(ast.parse(source), module, modules, is_package, "")


def _imports(node: ast.AST, module: str, modules: set[str], is_package: bool, function: str) -> Iterator[Import]:
    if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
        children = node.orelse
    else:
        children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Import):
        found = [(alias.name, "") for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        origin = _origin(node, module, is_package)
        # "from pvsim.physics import ac" imports a module, "from pvsim.errors import X" a name of one
        found = [
            (f"{origin}.{a.name}", "") if f"{origin}.{a.name}" in modules else (origin, a.name) for a in node.names
        ]
    else:
        found = []
    yield from (Import(module, t, n, node.lineno, function) for t, n in found if in_package(t))
    inside = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
    for child in children:
        yield from _imports(child, module, modules, is_package, inside)


def _origin(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    above = module.split(".")[: None if is_package and node.level == 1 else is_package - node.level]
    return ".".join([*above, node.module] if node.module else above)


def broken_arrow(found: Import) -> str | None:
    """What is wrong with an import, or None."""
    module, target = found.module, found.target
    mine, theirs = room(module), room(target)
    if module in TOP or (module, found.function, ".".join(target.split(".")[:2])) in UPWARD:
        return None
    if (module, target, found.name) in CONSTANTS:
        return None
    if target in TOP:
        return f"{target} is the top of the house; import from the room that has it"
    if mine not in ROOMS:
        return f"{mine!r} is no room of the house"
    if mine == theirs:
        if mine == "physics" and module not in COMPOSERS_OF_PHYSICS:
            return "inside physics only chain imports its neighbours"
        return None
    if theirs == "scenario" and mine == "studies" and module not in SCENARIO_READERS:
        return f"{UNPACKS_SCENARIO} unpacks the Scenario; take values or arrays"
    if theirs not in ROOMS[mine]:
        return f"{mine} does not import {theirs}"
    if mine == "weather" and theirs == "physics" and target not in WEATHER_USES_OF_PHYSICS:
        return "of physics, weather uses only sun and irradiance"
    return None


def broken_arrows(source: str, module: str, modules: set[str], *, is_package: bool = False) -> list[str]:
    found = imports(source, module, modules, is_package=is_package)
    return [f"{i.module}:{i.line} imports {i.target}: {why}" for i in found if (why := broken_arrow(i))]


def late_names(source: str) -> list[int]:
    """Lines that import by a computed name, which no reading of the source can follow."""
    hidden = {"import_module", "__import__"}
    names = ((node, getattr(node, "attr", getattr(node, "id", None))) for node in ast.walk(ast.parse(source)))
    return [node.lineno for node, name in names if name in hidden]


def long_functions(source: str, limit: int = MAX_FUNCTION_LINES) -> list[str]:
    """Functions whose bodies have more lines of code than the limit."""
    lines = source.splitlines()
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            code = lines[body[0].lineno - 1 : body[-1].end_lineno] if body else []
            count = sum(1 for line in code if line.strip() and not line.lstrip().startswith("#"))
            if count > limit:
                found.append(f"{node.name} has {count} lines of code")
    return found


def _sources() -> dict[str, tuple[str, bool]]:
    """Source of every module, and whether it is the ``__init__`` of a package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        found[".".join(parts[:-1] if is_package else parts)] = (path.read_text(encoding="utf-8"), is_package)
    return found


SOURCES = _sources()
MODULES = set(SOURCES)


def test_there_are_sources():
    assert {"pvsim", "pvsim.cli", "pvsim.errors", "pvsim.physics.chain", UNPACKS_SCENARIO} <= MODULES


@pytest.mark.parametrize("module", SOURCES)
def test_imports_follow_the_arrows(module):
    source, is_package = SOURCES[module]
    assert broken_arrows(source, module, MODULES, is_package=is_package) == []


@pytest.mark.parametrize("module", sorted(MODULES - {"pvsim"}))
def test_imports_are_written_out(module):
    assert late_names(SOURCES[module][0]) == []


def test_those_who_read_the_scenario_are_the_ones_listed():
    readers = {
        i.module
        for module, (source, is_package) in SOURCES.items()
        for i in imports(source, module, MODULES, is_package=is_package)
        if room(i.target) == "scenario" and room(module) != "scenario" and module not in TOP
    }
    assert readers == set(SCENARIO_READERS)


def test_one_module_runs_the_chain():
    """One compute path: all that computes goes through the module that unpacks the Scenario."""
    callers = {
        module
        for module, (source, _) in SOURCES.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in {"chain.compute", "compute"}
    }
    assert callers == {UNPACKS_SCENARIO}


@pytest.mark.parametrize("module", SOURCES)
def test_modules_and_functions_stay_small(module):
    source, _ = SOURCES[module]
    assert FORBIDDEN_NAMES.isdisjoint(module.split("."))
    assert len(source.splitlines()) <= MAX_MODULE_LINES
    assert long_functions(source) == []


def test_data_holds_no_code():
    assert list((PACKAGE / "data").rglob("*.py")) == []


# --- the rules can fail ------------------------------------------------------------------------------------

MADE_UP = {
    "pvsim.physics.sun",
    "pvsim.physics.chain",
    "pvsim.physics.thermal",
    "pvsim.scenario.schema",
    "pvsim.studies.run",
}


@pytest.mark.parametrize(
    ("module", "source", "why"),
    [
        ("pvsim.physics.dc", "from pvsim.scenario.schema import Scenario", "physics does not import scenario"),
        ("pvsim.physics.dc", "from pvsim.physics import thermal", "only chain imports"),
        ("pvsim.physics.dc", "from . import thermal", "only chain imports"),
        ("pvsim.physics.dc", "from .thermal import temp_cell", "only chain imports"),
        ("pvsim.physics.dc", "from ..scenario import schema", "physics does not import scenario"),
        ("pvsim.physics", "from .thermal import temp_cell", "only chain imports"),
        ("pvsim.scenario.schema", "import pvsim.physics.sun", "scenario does not import physics"),
        ("pvsim.weather.files", "from pvsim.physics import thermal", "only sun and irradiance"),
        ("pvsim.weather.files", "def f():\n    import pvsim.scenario.schema", "weather does not import scenario"),
        ("pvsim.impact.factors", "import pvsim.finance.loan", "impact does not import finance"),
        ("pvsim.finance.loan", "from pvsim.impact import factors", "finance does not import impact"),
        ("pvsim.studies.fleet", "from pvsim.scenario.schema import Scenario", "unpacks the Scenario"),
        ("pvsim.studies.result", "def to_html():\n    from pvsim.report import html", "studies does not import report"),
        ("pvsim.studies.run", "import pvsim", "top of the house"),
        ("pvsim.errors", "from pvsim import cli", "top of the house"),
        ("pvsim.report.text", "from pvsim.scenario.schema import Scenario", "report does not import scenario"),
        ("pvsim.extras.thing", "import pvsim.errors", "no room"),
        ("pvsim.physics.dc", "try:\n    import pvsim.weather\nfinally:\n    pass", "physics does not import weather"),
        ("pvsim.physics.dc", "if TYPE_CHECKING:\n    1\nelse:\n    import pvsim.energy", "does not import energy"),
    ],
)  # fmt: skip
def test_a_wrong_import_is_found(module, source, why):
    modules = MADE_UP | {"pvsim.cli"}
    (complaint,) = broken_arrows(source, module, modules, is_package=module.count(".") == 1 and "errors" not in module)
    assert why in complaint
    assert complaint.startswith(f"{module}:")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pvsim.physics.chain", "from pvsim.physics import sun, thermal"),
        ("pvsim.weather.files", "from pvsim.physics.sun import Sun"),
        (
            "pvsim.physics.dc",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pvsim.studies.run",
        ),
        (
            "pvsim.studies.result",
            "class R:\n    def _repr_html_(self):\n        from pvsim.report.html import page",
        ),
        ("pvsim.studies.run", "import numpy, pvlib\nfrom pvsim.scenario.schema import Scenario"),
        ("pvsim.cli", "import pvsim.report.text"),
    ],
)
def test_a_right_import_is_not_blamed(module, source):
    assert broken_arrows(source, module, MADE_UP) == []


def test_a_long_function_and_a_hidden_import_are_found():
    source = "def f():\n" + textwrap.indent('"""Docstring."""\n# why\n\n' + "x = 1\n" * 61, "    ")
    assert long_functions(source) == ["f has 61 lines of code"]
    assert long_functions(source, 61) == []
    assert late_names("import importlib\nimportlib.import_module('pvsim.' + name)") == [2]
    assert late_names("m = __import__('pvsim')") == [1]
    assert late_names("from importlib.resources import files") == []
