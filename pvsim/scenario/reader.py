"""A scenario file, text or mapping becomes a `Scenario`, or one `ScenarioError` with all its problems.

Reading runs nothing and opens nothing but the file itself.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from pvsim.errors import Problem, ScenarioError, UsageError
from pvsim.scenario.fault import Fault
from pvsim.scenario.messages import fault_of
from pvsim.scenario.overrides import OverrideError, applied, assigned
from pvsim.scenario.positions import KeyPath, Place
from pvsim.scenario.rules import all_faults
from pvsim.scenario.schema import SCHEMA_VERSION, Origin, Scenario
from pvsim.scenario.syntax import MAX_MB, SyntaxProblemError, read, source_line, too_large
from pvsim.scenario.wording import dotted, is_number, shortened, visible

MAX_PROBLEMS = 100
_NO_PLACES: Mapping[KeyPath, Place] = {}


def load(path: str | os.PathLike[str], *, overrides: Sequence[str] = (), max_mb: float = MAX_MB) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : str or path
        A TOML file in UTF-8.
    overrides : sequence of str
        Values to change, as ``--set`` takes them: ``"losses.soiling_percent=5"``.
    max_mb : float
        Largest file that is read, in MB.

    Returns
    -------
    Scenario
        Its `origin` holds the file, its folder, its sha256 and the lines of its keys.

    Raises
    ------
    ScenarioError
        With every problem of the file, sorted by line.
    """
    file = os.fspath(path)
    try:
        data = _read_file(file, max_mb)
    except SyntaxProblemError as error:
        raise ScenarioError(visible(file), [error.problem]) from None
    return parse(data, file=file, folder=Path(file).parent, overrides=overrides, max_mb=max_mb)


def parse(
    text: str | bytes,
    file: str = "scenario.toml",
    folder: Path | None = None,
    *,
    overrides: Sequence[str] = (),
    max_mb: float = MAX_MB,
) -> Scenario:
    """Read a scenario from TOML text.

    Parameters
    ----------
    text : str or bytes
        The document.
    file : str
        What to call it in messages; its stem is the default name of the scenario.
    folder : Path, optional
        Where relative paths of the scenario start.
    overrides, max_mb
        As in `load`.

    Raises
    ------
    ScenarioError
        With every problem of the text, sorted by line.
    """
    # A lone surrogate in a str becomes invalid UTF-8 here and is reported as such.
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    try:
        values, source, scanned = read(data, max_mb)
        values, changed = applied(values, overrides)
    except (SyntaxProblemError, OverrideError) as error:
        raise ScenarioError(visible(file), [error.problem]) from None
    # what was changed no longer stands in the file: a line would mislead
    places = {path: place for path, place in scanned.places.items() if path not in changed}
    scenario = _validated(values, file, places, source, changed)
    lines = {dotted(path): line for path, (line, _) in places.items()}
    # a changed scenario is another one: its hash covers the changes
    sha256 = hashlib.sha256(b"\n--set ".join([data, *(o.encode("utf-8", "surrogatepass") for o in overrides)]))
    notes = ("the byte order mark at the start of the file was skipped",) if data.startswith(codecs.BOM_UTF8) else ()
    scenario._origin = Origin(file, folder, sha256.hexdigest(), lines, tuple(map(dotted, changed)), notes)
    return scenario


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """`Scenario.changed`, which says what it does."""
    if not isinstance(changes, Mapping) or not all(isinstance(key, str) for key in changes):
        raise UsageError('changes are a mapping of keys to values: {"losses.soiling_percent": 5.0}')
    scenario = scenario.asked
    values = scenario.model_dump(by_alias=True, exclude_unset=True)
    paths: list[str] = []
    try:
        for key, value in changes.items():
            values, path = assigned(values, key, value)
            paths.append(dotted(path))
    except OverrideError as error:
        raise ScenarioError(visible(scenario.origin.file), [error.problem]) from None
    made = from_dict(values, name=scenario.name)
    told = tuple(dict.fromkeys((*scenario.origin.changed, *paths)))
    made._origin = replace(made.origin, file=scenario.origin.file, folder=scenario.origin.folder, changed=told)
    return made


def from_dict(mapping: Mapping[str, Any], name: str = "scenario") -> Scenario:
    """Build a scenario from a mapping with the keys of the file.

    Parameters
    ----------
    mapping : mapping
        ``{"site": {"latitude": 29.44, ...}, "roof": [{"panels": 8000}]}``; dates as `datetime.date`.
    name : str
        Default name of the scenario, also used in messages.

    Raises
    ------
    ScenarioError
        With every problem, without lines.
    """
    if not isinstance(mapping, Mapping):
        raise ScenarioError(visible(name), [Problem("", "not a mapping", "the tables of a scenario")])
    scenario = _validated(dict(mapping), name, _NO_PLACES, "")
    canonical = json.dumps(
        scenario.model_dump(mode="json", by_alias=True, exclude_unset=True), sort_keys=True, ensure_ascii=True
    )
    scenario._origin = Origin(name, None, hashlib.sha256(canonical.encode("ascii")).hexdigest(), {})
    return scenario


# -- the file


def _read_file(file: str, max_mb: float) -> bytes:
    """The bytes of a regular file that is not too large."""
    try:
        if Path(file).is_dir():  # asked first: Windows calls opening a directory "permission denied"
            raise _file_error("is a directory", "a scenario file (TOML)")
        # Not blocking: opening a FIFO would wait for a writer, perhaps for ever.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _file_error("is not a regular file (a device, pipe or socket)", "a scenario file (TOML)")
            if status.st_size > max_mb * 1e6:
                raise SyntaxProblemError(too_large(status.st_size, max_mb))
            return stream.read()
    except FileNotFoundError:
        todo = "check the path; pvsim new FILE writes a first scenario"
        raise _file_error("no such file", "", todo) from None
    except PermissionError:
        raise _file_error("no permission to read the file", "", "check its owner and mode") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise _file_error(f"cannot be read: {visible(reason)}", "") from None


def _file_error(found: str, allowed: str, todo: str = "") -> SyntaxProblemError:
    return SyntaxProblemError(Problem("", found, allowed, todo))


# -- the values


def _validated(
    values: dict[str, Any],
    file: str,
    places: Mapping[KeyPath, Place],
    source: str,
    changed: Mapping[KeyPath, str] = MappingProxyType({}),
) -> Scenario:
    version = values.get("schema")
    if is_number(version) and isinstance(version, int) and version > SCHEMA_VERSION:
        # Nothing else can be judged: what is unknown here may be right there.
        fault = Fault(("schema",), "written for a newer pvsim", f"schema = {SCHEMA_VERSION}", "update pvsim")
        raise ScenarioError(visible(file), [_told(_problem(fault, places, source), changed)])
    values.setdefault("name", _stem(file))
    try:
        return Scenario.model_validate(values)
    except ValidationError as error:
        problems = _problems(error, values, places, source)
    told = [_told(p, changed) for p in problems]
    if changed and told == problems:  # a rule between keys: what was set may be one side of it
        applied_too = ", ".join(f"--set {shortened(visible(a))}" for a in changed.values())
        told[-1] = replace(told[-1], todo="; ".join(filter(None, (told[-1].todo, f"applied was {applied_too}"))))
    raise ScenarioError(visible(file), told)


def _told(problem: Problem, changed: Mapping[KeyPath, str]) -> Problem:
    """A problem of a value that came from ``--set`` says so, and points at no line of the file."""
    for path, assignment in changed.items():
        own = problem.key == dotted(path) or problem.key.startswith((f"{dotted(path)}.", f"{dotted(path)}["))
        made = problem.line is None and dotted(path).startswith(f"{problem.key}.")  # a table that --set created
        if own or (made and problem.key):
            found = f"{problem.found} (from --set {shortened(visible(assignment))})"
            todo = problem.todo
            if "text" in problem.allowed and not todo:
                todo = "a shell takes quotes away: write --set 'key=\"text\"'"
            return replace(problem, found=found, todo=todo, line=None, column=None, source_line="")
    return problem


def _stem(file: str) -> str:
    return visible(Path(file).stem)[:200] or "scenario"


def _problems(
    error: ValidationError, values: Mapping[str, object], places: Mapping[KeyPath, Place], source: str
) -> list[Problem]:
    """Every fault once, sorted by place; at most a hundred are listed, because nobody reads more.

    pydantic asks the rules of a table only when its single values are right, so they are asked again
    here, on the raw values.
    """

    def order(path: KeyPath) -> tuple[Place, list[str]]:
        return _place(path, places) or (0, 0), [str(part) for part in path]

    errors = sorted(error.errors(include_url=False), key=lambda e: order(e["loc"]))
    # Only what can be listed is put into words: a hostile file has errors by the hundred thousand.
    single = [fault for e in errors[:MAX_PROBLEMS] for fault in fault_of(e, values)]
    seen: dict[tuple[KeyPath, str], Fault] = {}
    for fault in (*single, *all_faults(values)):
        seen.setdefault((fault.path, fault.found), fault)
    faults = sorted(seen.values(), key=lambda f: order(f.path))
    problems = [_problem(f, places, source) for f in faults[:MAX_PROBLEMS]]
    more = len(faults) + max(0, len(errors) - MAX_PROBLEMS) - len(problems)
    if more > 0:
        problems.append(Problem("", f"and {more} more problems", ""))
    return problems


def _problem(fault: Fault, places: Mapping[KeyPath, Place], source: str) -> Problem:
    place = _place(fault.path, places)
    allowed = fault.allowed
    other = _place(fault.also, places) if fault.also else None
    if place and other:
        allowed += f" (lines {min(place[0], other[0])} and {max(place[0], other[0])})"
    return Problem(
        dotted(fault.path),
        fault.found,
        allowed,
        fault.todo,
        line=place[0] if place else None,
        column=place[1] if place else None,
        source_line=source_line(source, place) if place else "",
    )


def _place(path: KeyPath, places: Mapping[KeyPath, Place]) -> Place | None:
    """The place of a key, or of the table around it when the key is not there."""
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return None
